"""Hotlines: declared and observed apart, and the last contact that worked."""

from __future__ import annotations

import pytest
from tests.building import hotline, minute, stamp_at

from keepclear.model.channels import CheckMade, CheckResult, ContactLogged, ContactPurpose, Direction
from keepclear.model.hotline import Answer, AnswerGiven, MessageSent, Purpose, Rung, RungReached, Text
from keepclear.model.telling import Revoked, StatusStated
from keepclear.model.words import Domain, Level, Via
from keepclear.views.hotlines import hotlines


def only(world, party="COA", now=10_000):
    rows = hotlines(world.picture(party), minute(now))
    assert len(rows) == 1
    return rows[0]


def call(world, line, at, answered, gist="gist", author="COA", to=(), received=None):
    with_party = "RUS" if author == "COA" else "COA"
    body = ContactLogged(
        with_party, Direction.OUT, ContactPurpose.SAFETY, gist, stamp_at(at), answered, line.subject
    )
    # Logged a minute after the call at the earliest, in the order in which they were written down.
    return world.tell(author, body, *to, received=at + 1 if received is None else received)


def check(world, line, at, result, fault=""):
    return world.tell("COA", CheckMade(line.subject, result, stamp_at(at), "duty officer", fault))


def test_hotlines_stand_air_before_ground_and_desk_before_commander(world):
    world.tell("COA", hotline("chief", Domain.AIR, Level.CHIEF))
    world.tell("COA", hotline("commander", Domain.GROUND, Level.COMMANDER))
    world.tell("COA", hotline("ground", Domain.GROUND))
    world.tell("COA", hotline("sea", Domain.SEA))
    world.tell("COA", hotline("air", Domain.AIR))
    found = [row.name for row in hotlines(world.picture("COA"), minute(0))]
    assert found == ["air", "chief", "ground", "commander", "sea"]


def test_a_hotline_that_nobody_used_was_not_tried(world):
    world.tell("COA", hotline())
    found = only(world)
    assert (found.declared, found.observed, found.last_contact) == ("open", "unknown", None)


@pytest.mark.parametrize(
    ("result", "observed"),
    [
        (CheckResult.OK, "up"),
        (CheckResult.NO_ANSWER, "unanswered"),
        (CheckResult.REFUSED, "unanswered"),
        (CheckResult.TECHNICAL_FAULT, "down"),
    ],
)
def test_a_check_shows_what_was_observed_and_leaves_the_declared_state(world, result, observed):
    line = world.tell("COA", hotline())
    check(world, line, 10, result, "no tone")
    found = only(world)
    assert (found.observed, found.declared) == (observed, "open")
    assert found.uses[0].gist == f"{result.value}: no tone"


def test_the_last_use_decides_what_is_observed_whenever_it_was_written_down(world):
    line = world.tell("COA", hotline())
    call(world, line, 50, answered=True)
    call(world, line, 20, answered=False, received=90)
    assert only(world).observed == "up"
    call(world, line, 60, answered=False)
    assert only(world).observed == "unanswered"


def test_fail_16c_the_last_contact_is_the_last_that_was_answered(world):
    line = world.tell("COA", hotline())
    call(world, line, 10, answered=True, gist="worked")
    call(world, line, 30, answered=False)
    call(world, line, 40, answered=None)
    found = only(world)
    assert found.last_contact is not None
    assert (found.last_contact.gist, found.last_contact.when.at) == ("worked", minute(10))
    assert [use.when.at for use in found.unanswered] == [minute(30)]
    assert len(found.uses) == 3


def test_a_use_of_which_nobody_said_whether_it_was_answered_changes_nothing(world):
    line = world.tell("COA", hotline())
    call(world, line, 40, answered=None)
    found = only(world)
    assert (found.observed, found.last_contact) == ("unknown", None)


def test_what_the_other_end_reports_counts_as_observed_too(world):
    line = world.tell("COA", hotline(), "RUS")
    call(world, line, 10, answered=True, author="RUS", to=("COA",))
    assert only(world).observed == "up"
    assert only(world).last_contact.said.author == "RUS"


def test_a_use_that_arrived_after_now_is_left_out(world):
    line = world.tell("COA", hotline())
    call(world, line, 50, answered=True, received=52)
    assert only(world, now=51).observed == "unknown"
    assert only(world, now=52).observed == "up"


def test_a_use_logged_by_a_clock_that_is_ahead_is_seen_and_outlasts_no_later_one(world):
    line = world.tell("COA", hotline())
    call(world, line, 5_000, answered=True, received=50)
    assert only(world, now=50).observed == "up"
    call(world, line, 60, answered=False)
    assert only(world).observed == "unanswered"


def test_a_use_taken_back_is_left_out(world):
    line = world.tell("COA", hotline())
    logged = call(world, line, 10, answered=True)
    world.tell("COA", Revoked(logged.subject))
    assert only(world).observed == "unknown"


def test_uses_of_another_hotline_do_not_count(world):
    world.tell("COA", hotline("one"))
    other = world.tell("COA", hotline("two"))
    call(world, other, 10, answered=True)
    found = {row.name: row.observed for row in hotlines(world.picture("COA"), minute(100))}
    assert found == {"one": "unknown", "two": "up"}


def test_a_suspension_by_the_other_end_stands_beside_what_is_declared(world):
    line = world.tell("COA", hotline(), "RUS")
    world.tell("RUS", StatusStated(line.id, "suspended"), "COA")
    check(world, line, 30, CheckResult.OK)
    found = only(world)
    assert found.declared == "open; suspended by Russian forces in Syria"
    assert found.observed == "up"


def test_ends_are_roles_with_their_party_in_full(world):
    world.tell("COA", hotline())
    assert [(end.party_name, end.role) for end in only(world).ends] == [
        ("Coalition (CJTF-OIR)", "desk officer"),
        ("Russian forces in Syria", "desk officer"),
    ]


def message(to, **more):
    return MessageSent((to,), Purpose.CONCERN, (Text("yours?"),), **more)


def rung(of, reader, reached):
    return RungReached(of.id, reader, reached, "duty officer")


def asked(world, line, author="COA", at=100, **more):
    other = "RUS" if author == "COA" else "COA"
    body = message(other, channel=line.subject)
    return world.tell(author, body, other, at=at, received=at, **more)


@pytest.mark.parametrize("author", ["COA", "RUS"])
@pytest.mark.parametrize("how", ["acknowledgement", "answer"])
def test_an_acknowledged_or_answered_message_is_a_contact_that_worked(world, author, how):
    line = world.tell("COA", hotline(), "RUS")
    call(world, line, 10, answered=True, gist="worked")
    sent = asked(world, line, author)
    other = "RUS" if author == "COA" else "COA"
    assert only(world).last_contact.gist == "worked"
    if how == "answer":
        world.tell(other, AnswerGiven(Answer.CHECKING), author, at=110, answers=(sent.id,))
    else:
        world.tell(other, rung(sent, other, Rung.ACKNOWLEDGED), author, at=110)
    for party in ("COA", "RUS"):
        found = only(world, party)
        assert (found.last_contact.what, found.last_contact.when.at) == (how, minute(110))
        assert found.observed == "up"
    assert len(only(world).uses) == 1


def test_twin_a_report_of_an_acknowledgement_is_no_contact(world):
    line = world.tell("COA", hotline(), "RUS")
    sent = asked(world, line)
    world.tell("COA", rung(sent, "RUS", Rung.ACKNOWLEDGED), "RUS", at=110, via=Via.PHONE)
    assert only(world).last_contact is None


def test_twin_an_acknowledgement_on_another_hotline_is_none_here(world):
    line = world.tell("COA", hotline(), "RUS")
    other = world.tell("COA", hotline("Air hotline", Domain.AIR), "RUS")
    sent = asked(world, other)
    world.tell("RUS", rung(sent, "RUS", Rung.ACKNOWLEDGED), "COA", at=110)
    rows = {row.subject: row for row in hotlines(world.picture("COA"), minute(10_000))}
    assert rows[line.subject].last_contact is None
    assert rows[other.subject].last_contact is not None


def test_a_call_that_failed_after_an_acknowledgement_is_what_is_observed(world):
    line = world.tell("COA", hotline(), "RUS")
    sent = asked(world, line)
    world.tell("RUS", rung(sent, "RUS", Rung.ACKNOWLEDGED), "COA", at=110)
    call(world, line, 200, answered=False)
    found = only(world)
    assert (found.observed, found.last_contact.what) == ("unanswered", "acknowledgement")
