"""What is due, when, and what a person may do; by the declared defaults and by hand."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.building import World, minute

from keepclear.model.alarms import AlarmRaised, AlarmStep, Plan, PlanStep, StepKind
from keepclear.model.words import Level, Precedence
from keepclear.rules.escalation import (
    ACKNOWLEDGE_S,
    CLIMB_S,
    STATIC_LIST_S,
    due,
    fire,
    may,
    message,
    next_words,
    plan_for,
    plan_to_ask_again,
)
from keepclear.views.alarms import Alarm, alarm

PLAN = Plan((PlanStep(0, "a"), PlanStep(60, "b"), PlanStep(120, "c")), 30, 600)


def told(*steps, plan=PLAN, precedence=Precedence.FLASH) -> Alarm:
    world = World()
    text = world.tell("COA", AlarmRaised("COA.s1", "test", "Title", precedence, plan, minute(0)), at=0)
    for at, kind, more in steps:
        world.tell("COA", AlarmStep(text.id, kind, "duty officer", **more), at=at)
    return alarm(world.picture("COA"), text.subject)


def after(found: Alarm) -> tuple[str, float]:
    coming = due(found)
    return coming.what, (coming.at - minute(0)).total_seconds()


def test_the_defaults_are_those_of_the_domain():
    assert [ACKNOWLEDGE_S[each] for each in (Precedence.FLASH, Precedence.PRIORITY, Precedence.ROUTINE)] == [
        120, 900, 14_400,
    ]  # fmt: skip
    assert STATIC_LIST_S == 86_400
    flash = plan_for(Precedence.FLASH)
    assert [(step.after_s, step.role) for step in flash.steps[:3]] == [
        (0, "duty officer"), (60, "any officer"), (120, "deputy"),
    ]  # fmt: skip


@pytest.mark.parametrize("precedence", list(Precedence))
def test_every_plan_climbs_from_desk_to_chief_in_rising_times(precedence):
    for plan in (plan_for(precedence), plan_to_ask_again()):
        times = [step.after_s for step in plan.steps]
        assert times == sorted(set(times))
        assert list(dict.fromkeys(step.level for step in plan.steps)) == list(Level)
    assert CLIMB_S[precedence][0] == ACKNOWLEDGE_S[precedence]


def test_what_nobody_claims_is_asked_again_every_quarter_of_an_hour():
    assert [step.after_s for step in plan_to_ask_again().steps] == [0, 900, 1_800, 2_700]
    assert plan_to_ask_again().remind_s == 900


def test_it_climbs_step_by_step_then_repeats_until_somebody_answers():
    climbed = (0, StepKind.ESCALATED, {"first": 0, "last": 0})
    whole = (2, StepKind.ESCALATED, {"first": 0, "last": 2})
    assert after(told()) == ("step", 0)
    assert after(told(climbed)) == ("step", 60)
    assert after(told(whole)) == ("repeat", 150)
    assert after(told(whole, (3, StepKind.REPEATED, {"number": 3}))) == ("repeat", 240)


def test_acknowledged_shelved_and_returned_each_have_something_coming():
    assert after(told((1, StepKind.ACKNOWLEDGED, {}))) == ("remind", 660)
    assert after(told((1, StepKind.RETURNED, {}))) == ("remind", 660)
    assert after(told((1, StepKind.SHELVED, {"until": minute(9)}))) == ("unshelve", 540)
    assert due(told((1, StepKind.ENDED, {}))) is None
    assert next_words(told((1, StepKind.ENDED, {}))) == ""


def test_from_the_shelf_it_climbs_from_the_beginning():
    found = told(
        (0, StepKind.ESCALATED, {"first": 0, "last": 1}),
        (1, StepKind.SHELVED, {"until": minute(5)}),
        (5, StepKind.UNSHELVED, {}),
    )
    assert after(found) == ("step", 300)


def test_nothing_fires_a_microsecond_early():
    found = told((0, StepKind.ESCALATED, {"first": 0, "last": 0}))
    assert fire(found, minute(1) - timedelta(microseconds=1)) is None
    assert fire(found, minute(1)).last == 1


@pytest.mark.parametrize(("at", "last"), [(0, 0), (0.99, 0), (1, 1), (1.99, 1), (2, 2), (500, 2)])
def test_what_fell_due_meanwhile_comes_in_one_step(at, last):
    step = fire(told(), minute(at))
    assert (step.step, step.first, step.last) == (StepKind.ESCALATED, 0, last)


def test_repeats_that_fell_due_meanwhile_come_as_one():
    found = told((2, StepKind.ESCALATED, {"first": 0, "last": 2}))
    step = fire(found, minute(2) + timedelta(seconds=95))
    assert (step.step, step.number) == (StepKind.REPEATED, 3)


@pytest.mark.parametrize(
    ("steps", "kind", "more", "refused"),
    [
        ([], StepKind.ACKNOWLEDGED, {}, False),
        ([(1, StepKind.ACKNOWLEDGED, {})], StepKind.ACKNOWLEDGED, {}, True),
        ([(1, StepKind.ENDED, {})], StepKind.ACKNOWLEDGED, {}, True),
        ([], StepKind.ENDED, {}, True),
        ([], StepKind.ENDED, {"reason": "because"}, False),
        ([], StepKind.UNSHELVED, {}, True),
        ([(1, StepKind.SHELVED, {"until": minute(9)})], StepKind.UNSHELVED, {}, False),
        ([], StepKind.SHELVED, {"reason": "because"}, True),
        ([], StepKind.SHELVED, {"until": minute(5)}, True),
        ([], StepKind.SHELVED, {"reason": "because", "until": minute(5)}, False),
        ([], StepKind.SHELVED, {"reason": "because", "until": minute(2)}, True),
        ([], StepKind.SHELVED, {"reason": "because", "until": minute(13)}, True),
        ([(1, StepKind.RETURNED, {})], StepKind.SHELVED, {"reason": "r", "until": minute(5)}, True),
    ],
)
def test_what_a_person_may_do(steps, kind, more, refused):
    found = told(*steps)
    no = may(found, AlarmStep(found.text, kind, "duty officer", **more), minute(2))
    assert (no is not None) == refused
    assert no is None or all(no)


def test_a_message_says_exercise_and_repeat_before_anything_else():
    found = told((0, StepKind.ESCALATED, {"first": 0, "last": 1}))
    to, words = message(found, found.waiting[1], 1)
    assert to.role == "b"
    assert words.startswith("EXERCISE. FLASH for b: Title.")
    assert message(found, found.waiting[1], 2)[1].startswith("EXERCISE. REPEAT")
