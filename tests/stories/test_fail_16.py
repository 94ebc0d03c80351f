"""The other end does not answer for days; nobody knows whether by fault or by choice (FAIL-16).

Each twin shows the story failing when the rule behind it is switched off.
"""

from __future__ import annotations

import pytest
from tests.stories.watched import Desk

import keepclear.rules.alarming as alarming
import keepclear.views.hotlines as hotline_views
from keepclear.model.channels import CheckResult
from keepclear.model.words import Level
from keepclear.views.hotlines import hotlines


def a_fault_of_the_line_is_not_a_silence(desk):
    """FAIL-16(a): a technical fault and a line that nobody answers are told apart; only silence alarms."""
    broken, silent = desk.hotline("Ground hotline"), desk.hotline("Air hotline")
    desk.check(broken, CheckResult.TECHNICAL_FAULT, "no dial tone")
    desk.check(silent)
    desk.run(3, tick_s=1)
    found = {row.name: row.observed for row in hotlines(desk.node.picture("COA"), desk.node.clock.now())}
    assert found == {"Ground hotline": "down", "Air hotline": "unanswered"}
    assert [each.body.matter for each in desk.alarms()] == [silent]


def silence_names_another_way(desk):
    """FAIL-16(b): the alarm names the other hotlines to the same end, those that answer first."""
    silent = desk.hotline("Ground hotline")
    desk.hotline("Deputies' hotline", Level.DEPUTY)
    works = desk.hotline("Commanders' hotline", Level.COMMANDER)
    desk.check(works, CheckResult.OK)
    desk.check(silent)
    desk.run(3, tick_s=1)
    words = desk.alarm("hotline-unanswered").body.words
    assert "Other ways: Commanders' hotline (commander, up); Deputies' hotline (deputy, unknown)." in words


def silence_says_when_somebody_last_answered(desk):
    """FAIL-16(c): the time of the last contact that was answered, and the silence climbs by itself."""
    silent = desk.hotline("Ground hotline")
    desk.check(silent, CheckResult.OK)
    last = desk.now().shown()
    desk.run(600, tick_s=60)
    desk.check(silent)
    desk.run(3_700, tick_s=20)
    assert f"Last contact that was answered: {last}" in desk.alarm("hotline-unanswered").body.words
    assert [role for role, _ in desk.told("hotline-unanswered")] == [
        "duty officer", "deputy", "commander", "chief of staff",
    ]  # fmt: skip


def test_fail_16a_a_fault_of_the_line_is_not_a_silence():
    a_fault_of_the_line_is_not_a_silence(Desk())


def test_fail_16a_twin_one_word_for_both_hides_who_is_silent(monkeypatch):
    monkeypatch.setitem(hotline_views._RESULTS, CheckResult.TECHNICAL_FAULT, hotline_views.UNANSWERED)
    with pytest.raises(AssertionError):
        a_fault_of_the_line_is_not_a_silence(Desk())


def test_fail_16b_silence_names_another_way():
    silence_names_another_way(Desk())


def test_fail_16b_twin_without_other_ways_the_desk_waits_at_a_dead_line(monkeypatch):
    monkeypatch.setattr(alarming, "_other_ways", lambda this, rows: "")
    with pytest.raises(AssertionError):
        silence_names_another_way(Desk())


def test_fail_16c_silence_says_when_somebody_last_answered():
    silence_says_when_somebody_last_answered(Desk())


def test_fail_16c_twin_a_silence_that_does_not_climb_is_nobodys(monkeypatch):
    true = alarming.plan_for
    monkeypatch.setattr(
        alarming, "plan_for", lambda *more: type(true(*more))(true(*more).steps[:1], 86_400, 86_400)
    )
    with pytest.raises(AssertionError):
        silence_says_when_somebody_last_answered(Desk())
