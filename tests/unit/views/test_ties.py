"""What belongs to a subject."""

from __future__ import annotations

from tests.building import COVERING, zone

from keepclear.model.incidents import Linked, LinkKind, PublicStated, Topic
from keepclear.model.notices import RemarkMade
from keepclear.model.telling import Revoked, StatusStated
from keepclear.views.ties import condition, linked, remarks


def test_a_tie_that_was_taken_back_ties_no_more(world):
    a, b = world.tell("COA", zone("a")), world.tell("COA", zone("b"))
    tie = world.tell("COA", Linked(a.subject, b.subject, LinkKind.SAME_SERIES))
    assert [item.name for item in linked(world.picture("COA"), a.subject)] == ["b"]
    assert [item.name for item in linked(world.picture("COA"), b.subject)] == ["a"]
    world.tell("COA", Revoked(tie.subject))
    assert linked(world.picture("COA"), a.subject) == ()


def test_a_statement_restated_without_the_matter_is_tied_no_more(world):
    a = world.tell("COA", zone("a"))
    said = world.tell("COA", PublicStated(Topic.POSTURE, "about a", (a.subject,)))
    assert [item.name for item in linked(world.picture("COA"), a.subject)] == ["about a"]
    world.tell("COA", PublicStated(Topic.POSTURE, "about nothing"), subject=said.subject)
    assert linked(world.picture("COA"), a.subject) == ()


def test_each_thing_is_named_once_and_never_itself(world):
    a, b = world.tell("COA", zone("a")), world.tell("COA", zone("b"))
    for relation in (LinkKind.SAME_PLACE, LinkKind.SAME_EVENT):
        world.tell("COA", Linked(a.subject, b.subject, relation))
    world.tell("COA", Linked(a.subject, a.subject, LinkKind.MATTER))
    assert [item.name for item in linked(world.picture("COA"), a.subject)] == ["b"]


def test_the_last_condition_stated_by_the_owner_counts(world):
    a = world.tell("COA", zone())
    entry = world.picture("COA").entry(a.id)
    assert condition(world.picture("COA"), entry) == ""
    for status in ("paused", "active"):
        last = world.tell("COA", StatusStated(a.id, status))
    world.tell("RUS", StatusStated(a.id, "lapsed"), "COA")
    assert condition(world.picture("COA"), entry) == "active"
    world.tell("COA", Revoked(last.subject))
    assert condition(world.picture("COA"), entry) == "paused"


def test_remarks_come_oldest_first_and_only_as_they_stand(world):
    a = world.tell("COA", zone())
    first = world.tell("COA", RemarkMade("one", (a.subject,)))
    world.tell("COA", RemarkMade("two", (a.subject,)))
    world.tell("COA", RemarkMade("one again", (a.subject,)), subject=first.subject)
    assert [item.remarks for item in remarks(world.picture("COA"), a.subject)] == ["two", "one again"]


def told_in_two_forms(world):
    exact = world.tell("COA", zone(), "SDF")
    cover = world.tell("COA", zone("wide", 80_000.0), "RUS", subject=exact.subject, form=COVERING)
    return exact, cover


def conditions_seen(world, *pairs):
    return [condition(world.picture(party), world.picture(party).entry(text.id)) for party, text in pairs]


def test_a_condition_stated_of_one_form_is_seen_on_the_desk_that_holds_the_other_too(world):
    exact, cover = told_in_two_forms(world)
    world.tell("COA", StatusStated(cover.id, "suspended"), "RUS")
    assert conditions_seen(world, ("COA", exact), ("COA", cover), ("RUS", cover)) == ["suspended"] * 3
    world.tell("COA", StatusStated(exact.id, "resumed"), "SDF")
    assert conditions_seen(world, ("COA", exact), ("SDF", exact), ("COA", cover)) == ["resumed"] * 3


def test_twin_a_condition_of_a_text_since_restated_is_not_carried_over(world):
    exact, _ = told_in_two_forms(world)
    world.tell("COA", StatusStated(exact.id, "suspended"), "SDF")
    world.tell("COA", zone("wider", 90_000.0), "RUS", subject=exact.subject, form=COVERING)
    again = world.tell("COA", zone("moved"), "SDF", subject=exact.subject)
    assert conditions_seen(world, ("COA", again), ("SDF", again), ("COA", exact)) == ["", "", "suspended"]
