"""A caller with a safety message waited 27 minutes for the usual contact; strikes went on (FAIL-02).

The twin shows the story failing when nothing counts the seconds on hold.
"""

from __future__ import annotations

import pytest
from tests.stories.watched import Desk

import keepclear.rules.alarming as alarming
import keepclear.rules.escalation as escalation
import keepclear.rules.missed_calls as missed_calls
import keepclear.rules.watch as watch
from keepclear.model.alarms import StepKind
from keepclear.model.channels import ContactLogged, ContactPurpose, Direction
from keepclear.model.words import Precedence
from keepclear.views.alarms import State, alarms


def after_a_minute_on_hold_any_officer_is_asked(desk):
    """FAIL-02(d): at 60 s the hold alarms and offers the call to any officer; taken, it is over."""
    channel = desk.hotline("Air hotline")
    call = desk.call_in(channel)
    desk.run(64, tick_s=1)
    told = dict(desk.told("on-hold"))
    assert told["any officer"] in (60, 61)
    assert "any officer takes it, now" in desk.post.came[-1].words
    desk.run(60, tick_s=1)
    assert "deputy" in dict(desk.told("on-hold"))
    desk.call_in(channel, subject=call.subject, answered=True, answerer_role="officer of the watch")
    desk.run(2, tick_s=1)
    assert desk.alarm("on-hold").state == State.RETURNED
    assert desk.alarm("on-hold").reason == "taken: the caller has been heard"


def test_fail_02d_after_a_minute_on_hold_any_officer_is_asked():
    after_a_minute_on_hold_any_officer_is_asked(Desk())


def test_fail_02d_twin_without_the_hold_timer_the_caller_waits(monkeypatch):
    monkeypatch.setattr(alarming, "_holds", lambda picture, now: iter(()))
    with pytest.raises((AssertionError, KeyError)):
        after_a_minute_on_hold_any_officer_is_asked(Desk())


def test_fail_02d_twin_with_the_usual_contact_alone_nobody_else_is_asked(monkeypatch):
    monkeypatch.setattr(escalation, "HOLD_S", 27 * 60)
    with pytest.raises((AssertionError, KeyError)):
        after_a_minute_on_hold_any_officer_is_asked(Desk())


def a_caller_who_hangs_up_was_not_heard(desk):
    """FAIL-02(d): a wait that ended with no answer is not taken; it climbs on until somebody has spoken."""
    call = desk.call_in(hold_since=desk.now())
    desk.run(64, tick_s=1)
    desk.call_in(subject=call.subject, answered=False, ended=desk.now(), hold_s=64)
    desk.run(2, tick_s=1)
    assert "not taken" in desk.alarm("on-hold").reason
    missed = desk.alarm("call-not-taken")
    assert missed is not None
    assert missed.is_open
    assert "keepclear call RUS" in missed.body.asks[0].words
    desk.run(300, tick_s=1)
    roles = [role for role, _ in desk.told("call-not-taken")]
    assert {"any officer", "deputy", "commander"} <= set(roles), "it climbs on"
    desk.call_in(answered=True, answered_at=desk.now())
    desk.run(2, tick_s=1)
    assert desk.alarm("call-not-taken").state == State.RETURNED


def test_fail_02d_a_caller_who_hangs_up_was_not_heard():
    a_caller_who_hangs_up_was_not_heard(Desk())


def test_fail_02d_twin_without_the_rule_of_missed_calls_nothing_climbs_on(monkeypatch):
    monkeypatch.setattr(alarming, "missed_calls", lambda picture, now: iter(()))
    with pytest.raises(AssertionError):
        a_caller_who_hangs_up_was_not_heard(Desk())


def test_fail_02d_twin_where_every_end_is_called_taken_the_record_is_wrong(monkeypatch):
    monkeypatch.setattr(alarming, "hold_ended", lambda picture, call: alarming.ENDED["on-hold"])
    with pytest.raises(AssertionError):
        a_caller_who_hangs_up_was_not_heard(Desk())


def a_flash_call_that_rings_in_vain_is_not_left_at_that(desk, precedence=Precedence.FLASH):
    """FAIL-02(d): our own flash call without an answer climbs as flash, until they have been spoken with."""

    def call_out(**more):
        said = ("RUS", Direction.OUT, ContactPurpose.SAFETY, "our people are there", desk.now())
        return desk.tell("COA", ContactLogged(*said, precedence=precedence, **more))

    desk.hotline("Ground hotline")
    call_out(answered=False, ended=desk.now())
    desk.run(2, tick_s=1)
    alarm = desk.alarm("call-not-answered")
    assert alarm is not None
    assert (alarm.body.title, alarm.precedence) == ("FLASH CALL NOT ANSWERED: RUS", "flash")
    assert "Ground hotline (desk, unknown)" in alarm.body.words
    assert "keepclear call RUS" in alarm.body.asks[0].words
    desk.run(130, tick_s=1)
    assert [role for role, _ in desk.told("call-not-answered")] == ["duty officer", "any officer", "deputy"]
    call_out(answered=False, ended=desk.now())
    desk.run(2, tick_s=1)
    raised = [each for each in alarms(desk.node.picture("COA")) if each.body.rule == "call-not-answered"]
    assert len(raised) == 1, "a second try is no second alarm"
    call_out(answered=True, answered_at=desk.now())
    desk.run(2, tick_s=1)
    assert desk.alarm("call-not-answered").state == State.RETURNED


def test_fail_02d_a_flash_call_that_rings_in_vain_is_not_left_at_that():
    a_flash_call_that_rings_in_vain_is_not_left_at_that(Desk())


def test_fail_02d_twin_a_routine_call_in_vain_is_no_flash_alarm():
    with pytest.raises(AssertionError):
        a_flash_call_that_rings_in_vain_is_not_left_at_that(Desk(), Precedence.ROUTINE)


def test_fail_02d_twin_without_the_rule_of_calls_in_vain_nothing_climbs(monkeypatch):
    monkeypatch.setattr(missed_calls, "_rung_in_vain", lambda picture, now: iter(()))
    with pytest.raises(AssertionError):
        a_flash_call_that_rings_in_vain_is_not_left_at_that(Desk())


def test_what_a_person_has_ended_comes_back_on_a_new_try_alone():
    desk = Desk()

    def ring():
        said = ("RUS", Direction.OUT, ContactPurpose.SAFETY, "", desk.now())
        desk.tell("COA", ContactLogged(*said, precedence=Precedence.FLASH, answered=False, ended=desk.now()))
        desk.run(2, tick_s=1)

    ring()
    desk.step(desk.alarm("call-not-answered").subject, StepKind.ENDED, reason="passed on by the embassy")
    desk.run(60, tick_s=5)
    assert desk.alarm("call-not-answered").state == State.ENDED
    ring()
    assert desk.alarm("call-not-answered").is_open


def the_refused_handover_names_what_ends_a_call_in_vain(desk):
    """FAIL-02(d): a call that nobody answered bars the handover; its refusal names a command that works."""
    said = ("RUS", Direction.OUT, ContactPurpose.SAFETY, "", desk.now())
    desk.tell("COA", ContactLogged(*said, precedence=Precedence.FLASH, answered=False, ended=desk.now()))
    desk.run(2, tick_s=1)
    here, now = desk.node.desk("COA"), desk.node.clock.now()
    assert watch.open_flash(here.picture, here.outbox, now) == ("alarm: FLASH CALL NOT ANSWERED: RUS",)
    passes = watch.flash_passes(here.picture, here.outbox, now)
    alarm = desk.alarm("call-not-answered").subject
    assert "speaks with them in a call" in passes
    assert f'keepclear alarm end {alarm} --reason "why"' in passes
    assert "in-call acknowledged" not in passes
    desk.step(alarm, StepKind.ENDED, reason="they answer nobody tonight")
    desk.run(2, tick_s=1)
    assert watch.open_flash(desk.node.picture("COA"), here.outbox, desk.node.clock.now()) == ()


def test_fail_02d_the_refused_handover_names_what_ends_a_call_in_vain():
    the_refused_handover_names_what_ends_a_call_in_vain(Desk())


def test_fail_02d_twin_one_answer_for_every_flash_names_what_does_not_end_it(monkeypatch):
    monkeypatch.setattr(watch, "_ENDS", dict.fromkeys(watch._ENDS, watch._WORD))
    with pytest.raises(AssertionError):
        the_refused_handover_names_what_ends_a_call_in_vain(Desk())
