"""Contact steps and ways of words; the stories stand in tests/stories/test_who_can_reach.py."""

from __future__ import annotations

from tests.building import START

from keepclear.model.words import Level, PartyId, Precedence
from keepclear.rules.contact_steps import STEPS, by_level, by_steps, hotline_at, relay_clock, who_can_reach
from keepclear.rules.escalation import plan_for
from keepclear.views.picture import Picture

EMPTY = Picture(PartyId("COA"))


def test_a_plan_longer_than_the_steps_keeps_the_last():
    words = [step.words for step in by_steps(plan_for(Precedence.FLASH)).steps]
    assert [each.startswith(step) for each, step in zip(words, (*STEPS, STEPS[-1]), strict=True)] == [
        True
    ] * 5


def test_where_no_hotline_is_known_a_rung_says_so():
    plan = by_level(EMPTY, plan_for(Precedence.PRIORITY), (PartyId("RUS"),))
    assert "No hotline at the level chief is known" in plan.steps[-1].words
    assert hotline_at(EMPTY, Level.DESK, ()) == "No hotline at the level desk is known: by any other way."


def test_nothing_passed_has_no_clock_and_nobody_known_is_said():
    assert relay_clock(EMPTY, PartyId("PGF"), (), START) is None
    assert "nobody known" in who_can_reach(EMPTY, PartyId("PGF"))
