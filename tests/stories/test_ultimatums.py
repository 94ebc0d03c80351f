"""A commander calls at night without appointment and gives 48 hours (SCN-1.9): the engine runs."""

from __future__ import annotations

import pytest
from tests.stories.watched import Desk

import keepclear.rules.standing_duties as duties
import keepclear.rules.ultimatums as ultimatum_rules
from keepclear.model.channels import Duty, OnCallStated
from keepclear.model.hotline import Rung, RungReached, Text, WarningGiven, WarningKind
from keepclear.model.hours import Hours, Span
from keepclear.model.words import Level, Precedence
from keepclear.rules.ultimatums import clock, ultimatums
from keepclear.views.alarms import State

ALWAYS = Hours("Asia/Baghdad", (Span("00:00", "00:00"),))


def give(desk, hours=48, **more):
    body = WarningGiven(
        ("COA",), WarningKind.CONDITIONAL, (Text("48 часов.", "ru"), Text("48 hours.", translation=True)),
        "still there in 48 hours", "not stated", precedence=Precedence.FLASH, within_s=hours * 3_600, **more,
    )  # fmt: skip
    return desk.tell("RUS", body, "COA")


def view(desk):
    return ultimatums(desk.node.picture("COA"), desk.node.clock.now())[0]


def whoever_is_on_duty_takes_it_and_the_ladder_opens(desk):
    desk.hotline("Chiefs' hotline", Level.CHIEF)
    desk.tell("COA", OnCallStated("night duty officer", Duty.OFFICER, ALWAYS))
    desk.tell("COA", OnCallStated("night linguist", Duty.INTERPRETER, ALWAYS, languages=("en", "ru")))
    told = give(desk)
    desk.run(2, tick_s=1)
    alarm = desk.alarm("ultimatum")
    assert alarm.body.title == "Ultimatum, 48:00: RUS"
    assert "Interpreter on call: night linguist." in alarm.body.words
    assert [role for role, _ in desk.told("ultimatum")] == ["night duty officer"]
    desk.run(600, tick_s=10)
    roles = [role for role, _ in desk.told("ultimatum")]
    assert roles[:5] == ["night duty officer", "any officer", "deputy", "commander", "chief of staff"]
    assert "On Chiefs' hotline (chief)." in alarm.body.plan.steps[-1].words
    taken = RungReached(told.statement, "COA", Rung.ACKNOWLEDGED, "night duty officer", told.digest)
    desk.tell("COA", taken, "RUS")
    row = view(desk)
    assert (row.state, row.hours, row.taken_by, row.taken_on_duty) == (
        "running", "48:00", "night duty officer", True,
    )  # fmt: skip
    assert row.left == "47:50"
    desk.acknowledge(alarm.subject)


def it_comes_back_before_it_ends(desk):
    give(desk, hours=7)
    desk.run(3_500, tick_s=100)
    assert desk.alarm("ultimatum-ends") is None
    desk.run(200, tick_s=100)
    assert desk.alarm("ultimatum-ends").state == State.UNACKNOWLEDGED
    assert {role for role, _ in desk.told("ultimatum-ends")} == {
        "duty officer",
        "commander",
        "chief of staff",
    }


def test_scn_1_9_whoever_is_on_duty_takes_it_and_the_ladder_opens():
    whoever_is_on_duty_takes_it_and_the_ladder_opens(Desk())


def test_scn_1_9_twin_with_the_usual_contact_alone_it_waits(monkeypatch):
    monkeypatch.setattr(ultimatum_rules, "officer_on_duty", lambda picture, now: None)
    with pytest.raises(AssertionError):
        whoever_is_on_duty_takes_it_and_the_ladder_opens(Desk())


def test_scn_1_9_twin_without_the_rule_no_ladder_opens(monkeypatch):
    monkeypatch.setattr(duties, "alarms_of_ultimatums", lambda picture, now: iter(()))
    with pytest.raises(AttributeError):
        whoever_is_on_duty_takes_it_and_the_ladder_opens(Desk())


def test_an_ultimatum_comes_back_before_it_ends():
    it_comes_back_before_it_ends(Desk())


def test_an_ultimatum_comes_back_before_it_ends_twin(monkeypatch):
    monkeypatch.setattr(ultimatum_rules, "ENDING", ultimatum_rules.ENDING / 6)
    with pytest.raises(AttributeError):
        it_comes_back_before_it_ends(Desk())


@pytest.mark.parametrize(
    ("seconds", "said"), [(172_800, "48:00"), (59, "00:01"), (0, "00:00"), (-5, "00:00")]
)
def test_a_timer_counts_minutes_begun(seconds, said):
    assert clock(seconds) == said
