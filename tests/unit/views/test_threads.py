"""Messages and warnings with their answers and ladders; meetings."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.building import World, boundary, hotline, minute, speaker, stamp_at

from keepclear.model.hotline import (
    Answer,
    AnswerGiven,
    MeetingStated,
    MessageSent,
    Purpose,
    ReadBack,
    Rung,
    RungReached,
    Text,
    WarningGiven,
    WarningKind,
)
from keepclear.model.measures import OverlayOffered
from keepclear.model.notices import RemarkMade
from keepclear.model.parties import RelationKind, RelationStated
from keepclear.model.telling import Revoked
from keepclear.model.words import PUBLIC, Dated, Level, Place, Precedence, Via
from keepclear.views.threads import ACKNOWLEDGE_WITHIN, acknowledged, meetings, messages, owed_messages


def message(*to, precedence=Precedence.FLASH, **more):
    return MessageSent(to or ("RUS",), Purpose.SAFETY, (Text("please stop"),), precedence, **more)


def rows(world, party="COA", now=1):
    return messages(world.picture(party), world.box(party), minute(now))


def only(world, party="COA", now=1):
    found = rows(world, party, now)
    assert len(found) == 1
    return found[0]


def receipt(of, reader, value=Rung.ACKNOWLEDGED, **more):
    return RungReached(of.id, reader, value, "duty officer", **more)


def test_direction_is_out_in_or_reported(world):
    world.tell("COA", message("RUS"), "RUS", PUBLIC, at=0)
    assert only(world, "COA").direction == "out"
    assert only(world, "RUS").direction == "in"
    assert only(world, "PGF").direction == "reported"


def test_a_warning_that_the_press_reports_is_reported_even_to_its_addressee(world):
    world.tell(
        "PRESS",
        WarningGiven(("COA",), WarningKind.CONDITIONAL, (Text("will strike"),), "attacks go on", "strikes"),
        PUBLIC,
        said_by=speaker("Russian MoD", "RUS"),
        via=Via.PRESS,
    )
    found = only(world, "COA")
    assert (found.direction, found.ladders, found.acknowledge_due, found.overdue) == (
        "reported",
        (),
        None,
        False,
    )
    assert found.said.speaker == "Russian MoD"


def test_acc_10_a_conditional_warning_keeps_trigger_consequence_addressee_and_receipt(world):
    sent = world.tell(
        "RUS",
        WarningGiven(("COA",), WarningKind.CONDITIONAL, (Text("stop firing"),), "firing", "will be answered"),
        "COA",
        at=0,
    )
    world.tell("COA", receipt(sent, "COA"), "RUS", at=5)
    found = only(world, "COA")
    assert (found.kind, found.warning, found.trigger, found.consequence) == (
        "warning",
        "conditional",
        "firing",
        "will be answered",
    )
    assert (found.to_names, found.direction) == (("Coalition (CJTF-OIR)",), "in")
    assert [(row.reader, row.reached) for row in found.ladders] == [("COA", "acknowledged")]


def test_a_warning_that_was_withdrawn_warns_no_longer(world):
    sent = world.tell("RUS", WarningGiven(("COA",), WarningKind.STANDING, (Text("x"),)), "COA")
    assert len(rows(world)) == 1
    world.tell("RUS", Revoked(sent.subject), "COA")
    assert rows(world) == []


def test_own_messages_have_one_ladder_for_each_addressee(world):
    sent = world.tell("COA", message("RUS", "SDF"), "RUS", "SDF", at=0)
    world.tell("SDF", receipt(sent, "SDF", Rung.DISPLAYED), "COA")
    assert [(row.reader, row.reached) for row in only(world).ladders] == [
        ("RUS", "sent"),
        ("SDF", "displayed"),
    ]


@pytest.mark.parametrize(
    ("precedence", "minutes"), [(Precedence.FLASH, 2), (Precedence.PRIORITY, 15), (Precedence.ROUTINE, 240)]
)
def test_the_time_to_acknowledge_goes_by_precedence(world, precedence, minutes):
    world.tell("COA", message(precedence=precedence), "RUS", at=0)
    found = only(world)
    assert found.acknowledge_due == minute(minutes)
    assert not only(world, now=minutes).overdue
    assert only(world, now=minutes + 1).overdue
    assert ACKNOWLEDGE_WITHIN[precedence] == timedelta(minutes=minutes)


def test_fail_11a_an_own_acknowledgement_ends_what_is_overdue(world):
    sent = world.tell("COA", message(), "RUS", at=0)
    world.tell("RUS", receipt(sent, "RUS"), "COA", at=1)
    assert not only(world, now=30).overdue


@pytest.mark.parametrize("value", [Rung.DELIVERED, Rung.DISPLAYED, Rung.CONFIRMED, Rung.REFUSED])
def test_fail_11a_twin_a_lower_rung_does_not(world, value):
    sent = world.tell("COA", message(), "RUS", at=0)
    world.tell("RUS", receipt(sent, "RUS", value), "COA", at=1)
    assert only(world, now=30).overdue


def test_fail_11a_twin_a_reported_acknowledgement_does_not(world):
    sent = world.tell("COA", message(), "RUS", at=0)
    world.tell("COA", receipt(sent, "RUS"), said_by=speaker("RUS desk", "RUS"), at=1)
    found = only(world, now=30)
    assert found.ladders[0].reached == "acknowledged"
    assert found.overdue


def test_one_addressees_receipt_does_not_hide_anothers_silence(world):
    sent = world.tell("COA", message("RUS", "SDF"), "RUS", "SDF", at=0)
    world.tell("RUS", receipt(sent, "RUS"), "COA", at=1)
    assert only(world, now=30).overdue
    world.tell("SDF", receipt(sent, "SDF"), "COA", at=40)
    assert not only(world, now=50).overdue


def test_an_own_answer_is_a_sign_of_life_and_a_reported_one_is_none(world):
    sent = world.tell("COA", message(), "RUS", at=0)
    world.tell(
        "COA", AnswerGiven(Answer.CHECKING), said_by=speaker("RUS desk", "RUS"), answers=(sent.id,), at=1
    )
    assert only(world, now=30).overdue
    world.tell("RUS", AnswerGiven(Answer.CHECKING), "COA", answers=(sent.id,), at=2)
    found = only(world, now=30)
    assert not found.overdue
    assert [(answer.by, answer.own) for answer in found.answers] == [
        ("Russian forces in Syria", False),
        ("Russian forces in Syria", True),
    ]


def test_a_received_message_is_overdue_until_this_party_acknowledges(world):
    sent = world.tell("COA", message(), "RUS", at=0)
    assert only(world, "RUS", now=3).overdue
    world.tell("RUS", receipt(sent, "RUS"), at=4)
    assert not only(world, "RUS", now=5).overdue


def test_a_message_that_was_never_told_to_its_addressee_owes_nothing(world):
    world.tell("COA", message(), at=0)
    found = only(world, now=500)
    assert (found.ladders, found.acknowledge_due, found.overdue) == ((), None, False)


def test_a_message_that_answers_what_has_not_arrived_says_so(world):
    asked = world.tell("COA", message(), "SDF", at=0)
    world.tell("SDF", message("RUS"), "RUS", answers=(asked.id,), at=1)
    assert only(world, "RUS").missing
    world.tell_on(asked, "RUS", at=5)
    assert not [row for row in rows(world, "RUS") if row.missing]


def test_read_backs_stand_field_by_field(world):
    sent = world.tell("COA", message(), "RUS", at=0)
    world.tell("RUS", ReadBack(sent.id, {"place": "35.3, 40.3"}, "liaison officer"), "COA")
    found = only(world).read_backs
    assert [(row.by, row.role, row.fields) for row in found] == [
        ("Russian forces in Syria", "liaison officer", {"place": "35.3, 40.3"})
    ]


def test_a_message_for_a_third_party_says_its_way(world):
    line = world.tell("COA", hotline(), "RUS", at=-5)
    world.tell("COA", RelationStated("RUS", "PGF", RelationKind.CAN_INFLUENCE, 25), "RUS", at=-4)
    world.tell("COA", message(channel=line.subject, for_party="PGF"), "RUS", PUBLIC, at=0)
    own, theirs, other = (only(world, party) for party in ("COA", "RUS", "SDF"))
    assert own.for_party == "Pro-government forces"
    assert own.relay_words.startswith("No direct link. Coalition (CJTF-OIR) → Russian forces in Syria")
    assert "about 25 minutes" in theirs.relay_words
    assert theirs.relay_words.startswith("No direct link. Russian forces in Syria → Pro-government forces")
    assert other.relay_words == "To be passed on to Pro-government forces."
    assert own.channel.name == "Ground hotline"


def test_a_message_for_its_addressee_has_no_relay(world):
    world.tell("COA", message(), "RUS")
    assert (only(world).relay_words, only(world).for_party) == ("", "")


def test_messages_stand_oldest_first_by_when_they_were_said(world):
    world.tell("COA", message(), "RUS", at=50)
    world.tell("COA", message(), "RUS", at=20)
    world.tell("RUS", WarningGiven(("COA",), WarningKind.STANDING, (Text("x"),)), "COA", at=30)
    assert [row.said.stated_at for row in rows(world)] == [minute(20), minute(30), minute(50)]


def test_a_meeting_keeps_its_hedge_number_and_withheld_place(world):
    maps = world.tell("COA", OverlayOffered("maps 1"), PUBLIC)
    met = world.tell(
        "PRESS",
        MeetingStated(
            "Meeting of commanders",
            ("COA", "RUS"),
            Level.COMMANDER,
            stamp_at(-2000),
            Place(withheld=True),
            number=1,
            agenda=("prevention",),
            follow_ups=(Dated("maps", stamp_at(0)), Dated("more calls")),
            hedge="believes",
            overlays=(maps.subject,),
        ),
        PUBLIC,
    )
    world.tell("COA", RemarkMade("first of its kind", (met.subject,)), PUBLIC)
    found = meetings(world.picture("RUS"))[0]
    assert (found.place, found.number, found.hedge, found.level) == (
        "place withheld",
        1,
        "believes",
        "commander",
    )
    assert found.parties == ("Coalition (CJTF-OIR)", "Russian forces in Syria")
    assert found.follow_ups == ("maps (2018-02-01 08:00 +00:00)", "more calls")
    assert [item.name for item in found.overlays] == ["maps 1"]
    assert [item.remarks for item in found.remarks] == ["first of its kind"]


def test_meetings_stand_in_the_order_in_which_they_were_held(world):
    for name, at in (("third", 30), ("first", 10)):
        world.tell("COA", MeetingStated(name, ("COA", "RUS"), when=stamp_at(at)))
    assert [row.name for row in meetings(world.picture("COA"))] == ["first", "third"]


def test_what_a_message_is_about_is_named(world):
    first = world.tell("COA", boundary(), "RUS")
    world.tell("COA", message(about=(first.subject,), asks=(Answer.OURS, Answer.NOT_OURS)), "RUS")
    found = only(world)
    assert [item.name for item in found.about] == ["Euphrates boundary"]
    assert found.asks == ("ours", "not ours")


STEPS = st.tuples(
    st.sampled_from(("rung", "report", "answer", "their answer", "revoke", "warning", "message")),
    st.sampled_from(("COA", "RUS", "PGF")),
    st.integers(0, 5),
    st.sampled_from(tuple(Precedence)),
)


@given(steps=st.lists(STEPS, min_size=1, max_size=12), now=st.sampled_from((1, 3, 20, 300)))
def test_what_is_owed_is_what_the_whole_list_says_is_owed(steps, now):
    """The short way to the open messages gives what the views of all of them give."""
    world = World()
    world.parties()
    told = []
    for at, (what, by, which, precedence) in enumerate(steps):
        others = tuple(party for party in ("COA", "RUS", "PGF") if party != by)
        if what in ("message", "warning") or not told:
            body = message(*others[: 1 + which % 2], precedence=precedence)
            if what == "warning":
                body = WarningGiven(
                    others,
                    WarningKind.CONDITIONAL,
                    (Text("keep off"),),
                    "fire",
                    "reply",
                    precedence=precedence,
                )
            told.append(world.tell(by, body, *others, at=at))
            continue
        of = told[which % len(told)]
        value = Rung.RELAYED if precedence == Precedence.FLASH else Rung.ACKNOWLEDGED
        if what in ("rung", "report"):
            reader = by if what == "rung" else others[0]
            world.tell(by, receipt(of, reader, value), *others, at=at)
        elif what == "revoke":
            world.tell(of.author.party, Revoked(of.subject), *others, at=at)
        else:
            said_by = None if what == "answer" else speaker(others[0], others[0])
            world.tell(by, AnswerGiven(Answer.WILL_ACT), *others, answers=(of.id,), at=at, said_by=said_by)
    for party in ("COA", "RUS", "PGF"):
        whole = [
            row
            for row in rows(world, party, now)
            if (row.direction == "out" and row.overdue)
            or (
                row.direction == "in"
                and not any(map(acknowledged, row.ladders))
                and not any(answer.own and answer.said.author == party for answer in row.answers)
            )
        ]
        assert list(owed_messages(world.picture(party), world.box(party), minute(now))) == whole
