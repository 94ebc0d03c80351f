"""The states of an alarm, and what one operator is shown of a flood of them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.building import World, minute

from keepclear.model.alarms import (
    AlarmRaised,
    AlarmStep,
    Asked,
    ClockEvent,
    Contact,
    Plan,
    PlanStep,
    StepKind,
)
from keepclear.model.telling import Revoked
from keepclear.model.words import Precedence
from keepclear.views.alarms import NEXT, State, alarm, alarms, board

PLAN = Plan((PlanStep(0, "duty officer"), PlanStep(60, "deputy")), 120, 900)


def raised(precedence=Precedence.FLASH, at=0, matter="COA.s1", rule="test") -> AlarmRaised:
    return AlarmRaised(
        matter, rule, f"{precedence} of minute {at}", precedence, PLAN, minute(at),
        asks=(Asked(Contact.CALL, "call them"),),
    )  # fmt: skip


def in_state(state: State):
    """A world with one alarm brought to a state, and the alarm's text."""
    world = World()
    text = world.tell("COA", raised())
    path = {
        State.UNACKNOWLEDGED: [],
        State.ACKNOWLEDGED: [StepKind.ACKNOWLEDGED],
        State.RETURNED: [StepKind.RETURNED],
        State.SHELVED: [StepKind.SHELVED],
        State.ENDED: [StepKind.ENDED],
    }[state]
    for kind in path:
        world.tell("COA", AlarmStep(text.id, kind, "duty officer", reason="test", until=minute(99)))
    return world, text


@pytest.mark.parametrize("state", list(State))
@pytest.mark.parametrize("kind", list(StepKind))
def test_every_step_from_every_state_leads_where_the_table_says_and_nowhere_else(state, kind):
    world, text = in_state(state)
    before = alarm(world.picture("COA"), text.subject)
    assert before.state == state
    world.tell("COA", AlarmStep(text.id, kind, "duty officer", first=0, last=0, until=minute(99)))
    after = alarm(world.picture("COA"), text.subject)
    assert after.state == NEXT.get((state, kind), state)
    assert len(after.history) == len(before.history) + 1


def test_every_open_state_can_be_left_by_a_person_and_a_cleared_one_by_nobody():
    for state in State:
        leads_to = {after for (before, _), after in NEXT.items() if before == state}
        assert bool(leads_to) == (state != State.ENDED)


def test_an_escalation_calls_for_a_message_to_each_step_that_it_reached():
    world, text = in_state(State.UNACKNOWLEDGED)
    step = world.tell("COA", AlarmStep(text.id, StepKind.ESCALATED, "node", first=0, last=1))
    found = alarm(world.picture("COA"), text.subject)
    assert found.climbed == 2
    assert [send.key for send in found.waiting] == [f"{step.id}/0", f"{step.id}/1"]


@pytest.mark.parametrize("kind", [StepKind.ACKNOWLEDGED, StepKind.SHELVED, StepKind.RETURNED, StepKind.ENDED])
def test_what_a_person_or_the_end_of_the_cause_brings_about_takes_back_what_waits(kind):
    world, text = in_state(State.UNACKNOWLEDGED)
    world.tell("COA", AlarmStep(text.id, StepKind.ESCALATED, "node", first=0, last=1))
    world.tell("COA", AlarmStep(text.id, kind, "duty officer"))
    assert alarm(world.picture("COA"), text.subject).waiting == ()


def test_raised_again_it_has_a_life_of_its_own():
    world, text = in_state(State.ENDED)
    again = world.tell("COA", raised(at=9), subject=text.subject)
    found = alarm(world.picture("COA"), text.subject)
    assert (found.state, found.text, found.history) == (State.UNACKNOWLEDGED, again.id, ())
    assert len(alarms(world.picture("COA"))) == 1


def test_nobody_else_can_move_an_alarm():
    world, text = in_state(State.UNACKNOWLEDGED)
    world.tell("RUS", AlarmStep(text.id, StepKind.ENDED, "duty officer"), "COA")
    assert alarm(world.picture("COA"), text.subject).state == State.UNACKNOWLEDGED


def test_an_alarm_that_was_taken_back_stands_all_the_same():
    world, text = in_state(State.UNACKNOWLEDGED)
    world.tell("COA", Revoked(text.subject))
    assert [each.state for each in alarms(world.picture("COA"))] == [State.UNACKNOWLEDGED]


def test_the_order_is_the_logs_and_no_clocks():
    world, text = in_state(State.UNACKNOWLEDGED)
    world.tell("COA", AlarmStep(text.id, StepKind.ACKNOWLEDGED, "duty officer"), at=50)
    world.tell("COA", AlarmStep(text.id, StepKind.ENDED, "duty officer"), at=20)
    assert alarm(world.picture("COA"), text.subject).state == State.ENDED


def test_where_the_records_times_went_back_what_was_stated_before_moves_with_them():
    world, text = in_state(State.UNACKNOWLEDGED)
    world.tell("COA", ClockEvent(-3_600.0, -3_600.0))
    later = world.tell("COA", raised(matter="COA.s2"))
    view = world.picture("COA")
    assert [alarm(view, each.subject).moved_s for each in (text, later)] == [-3_600.0, 0.0]


# What one operator is shown.


def flood(count=1_000, minutes=10.0):
    """Alarms in quick succession, every tenth a flash."""
    world = World()
    for number in range(count):
        precedence = Precedence.FLASH if number % 10 == 9 else list(Precedence)[number % 2]
        world.tell("COA", raised(precedence, at=0, matter=f"COA.m{number}"), at=number * minutes / count)
    return world


def shown_at(world, at):
    view = world.picture("COA", minute(at))
    rows = [(each, None, "") for each in alarms(view)]
    return board(view, rows, minute(at)), rows


@pytest.mark.parametrize("at", [0.05, 1, 3.3, 9.99, 12, 19])
def test_of_a_thousand_alarms_in_ten_minutes_at_most_ten_new_ones_are_shown_and_none_is_lost(at):
    found, rows = shown_at(flood(), at)
    assert len(found.new) <= 10
    assert len(found.earlier) <= 10
    apart = [view.subject for view in (*found.new, *found.earlier)]
    bundled = [subject for bundle in found.bundled for subject in bundle.alarms]
    assert sorted([*apart, *bundled]) == sorted(each.subject for each, _, _ in rows)
    assert sum(bundle.count for bundle in found.bundled) == len(bundled)
    assert found.flood == (sum(row[0].entry.statement.stated_at > minute(at - 10) for row in rows) > 10)


def test_flash_comes_first_whatever_came_before_it():
    found, _rows = shown_at(flood(), 9.99)
    assert {view.precedence for view in found.new} == {"flash"}
    world = flood(300)
    world.tell("COA", raised(Precedence.FLASH, matter="COA.last"), at=9.999)
    few, _ = shown_at(World(), 1)
    assert (few.new, few.bundled, few.flood) == ((), (), False)


def test_a_single_flash_after_a_flood_of_routine_is_shown_at_the_top_at_once():
    world = World()
    for number in range(200):
        world.tell("COA", raised(Precedence.ROUTINE, matter=f"COA.m{number}"), at=1)
    world.tell("COA", raised(Precedence.FLASH, matter="COA.last"), at=2)
    found, _ = shown_at(world, 2)
    assert found.new[0].precedence == "flash"
    assert [bundle.count for bundle in found.bundled] == [191]


def what_came_with_ten_that_are_dealt_with_takes_their_place(step):
    world = World()
    texts = [world.tell("COA", raised(matter=f"COA.m{number}"), at=number / 100) for number in range(25)]
    for text in texts[:10]:
        world.tell("COA", AlarmStep(text.id, step, "duty officer"), at=1)
    found, _ = shown_at(world, 2)
    assert [view.subject for view in found.new] == [text.subject for text in texts[10:20]]
    (bundle,) = found.bundled
    assert (bundle.count, bundle.unacknowledged) == (15, 5)
    assert bundle.alarms[:5] == tuple(text.subject for text in texts[20:])


def test_what_came_with_ten_that_are_dealt_with_takes_their_place():
    what_came_with_ten_that_are_dealt_with_takes_their_place(StepKind.ACKNOWLEDGED)


def test_what_came_with_ten_twin_a_message_sent_of_them_is_no_person_dealing_with_them():
    with pytest.raises(AssertionError):
        what_came_with_ten_that_are_dealt_with_takes_their_place(StepKind.SENT)


def test_shelved_alarms_stand_apart_and_cleared_ones_are_gone():
    world, _ = in_state(State.SHELVED)
    found, _ = shown_at(world, 5)
    assert (len(found.shelved), found.new, found.open_count) == (1, (), 1)
    gone, _ = in_state(State.ENDED)
    assert shown_at(gone, 5)[0].open_count == 0


def test_an_alarm_is_marked_as_exercise_and_says_what_to_do_and_what_came_of_it():
    world, text = in_state(State.ACKNOWLEDGED)
    world.tell("COA", AlarmStep(text.id, StepKind.SENT, "node", send=f"{text.id}/1", attempt=2))
    found, _ = shown_at(world, 5)
    [view] = found.new
    assert view.cap == "Exercise"
    assert view.asks == ("call: call them",)
    assert [(step.step, step.words) for step in view.steps] == [
        ("acknowledged", "test"),
        ("sent", "to deputy by station, repeat"),
    ]
    assert minute(5) - view.raised_at > timedelta(0)
