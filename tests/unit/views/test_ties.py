"""What belongs to a subject."""

from __future__ import annotations

from tests.building import zone

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
