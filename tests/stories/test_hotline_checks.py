"""Hotlines are checked by people twice a day and after what an end announces; an echo is not a person.

Stories of FAIL-04(c) and FAIL-16(a), each with a twin that fails when its rule is off.
"""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.stories.watched import Desk
from tests.watching import PARTIES

import keepclear.rules.standing_duties as duties
import keepclear.views.checking as checking
import keepclear.views.hotlines as hotline_views
from keepclear.model.channels import (
    ChannelEnd,
    ChannelEndStated,
    ChannelStated,
    CheckHow,
    CheckMade,
    CheckResult,
    Declared,
)
from keepclear.model.hours import CheckTimes
from keepclear.model.words import PUBLIC, Domain, Level
from keepclear.views.alarms import State
from keepclear.views.hotline_board import hotline_states


def checked_hotline(desk, zone="Asia/Damascus", at=("08:00", "20:00"), name="Ground hotline", **more):
    ends = tuple(ChannelEnd(party, "duty officer") for party in PARTIES)
    body = ChannelStated(name, Domain.GROUND, Level.DESK, ends, checks=CheckTimes(zone, at), **more)
    return desk.tell("COA", body, PUBLIC).subject


def echo(desk, channel, result=CheckResult.OK):
    return desk.tell("COA", CheckMade(channel, result, desk.now(), "modem", how=CheckHow.ECHO))


def board(desk, name):
    rows = hotline_states(desk.node.picture("COA"), desk.node.clock.now())
    return next(row for row in rows if row.name == name)


def an_echo_is_no_answer(desk):
    """FAIL-16(a): the circuit carries and nobody answers: unanswered, with the echo shown apart."""
    channel = desk.hotline("Ground hotline")
    echo(desk, channel)
    assert board(desk, "Ground hotline").observed == "unknown"
    desk.run(60, tick_s=20)
    desk.check(channel, CheckResult.OK)
    desk.run(60, tick_s=20)
    desk.check(channel)
    desk.run(60, tick_s=20)
    echo(desk, channel)
    row = board(desk, "Ground hotline")
    assert (row.observed, row.last_echo.answered) == ("unanswered", None)
    assert (row.last_contact_age_s, row.last_contact_words) == (120, "2 min ago")
    echo(desk, channel, CheckResult.TECHNICAL_FAULT)
    assert board(desk, "Ground hotline").observed == "down"
    desk.run(60, tick_s=20)
    desk.check(channel, CheckResult.OK)
    assert board(desk, "Ground hotline").observed == "degraded"


def two_checks_a_day_are_due_by_local_time(desk):
    """A check that falls due alarms at that local time, an echo does not end it, a person's answer does."""
    start = desk.node.clock.now()
    desk.run(60, tick_s=30)
    there = start + timedelta(hours=2)
    channel = checked_hotline(desk, "UTC", (f"{there:%H:%M}", "23:59" if there.hour < 20 else "12:00"))
    desk.run(3_600, tick_s=300)
    assert desk.alarm("check-due") is None
    desk.run(3_900, tick_s=300)
    alarm = desk.alarm("check-due")
    assert alarm.body.title == "Check due: Ground hotline"
    assert alarm.body.counts_from == there.replace(second=0, microsecond=0)
    echo(desk, channel)
    desk.run(60, tick_s=20)
    assert desk.alarm("check-due").is_open
    assert desk.alarm("check-due").state == State.UNACKNOWLEDGED
    desk.check(channel, CheckResult.OK)
    desk.run(60, tick_s=20)
    assert desk.alarm("check-due").state == State.RETURNED
    desk.acknowledge(alarm.subject)
    desk.run(24 * 3_600, tick_s=900)
    assert desk.alarm("check-due").body.counts_from > there, "the next one comes by itself"


def a_suspension_tests_the_fallbacks(desk):
    """FAIL-04(c): an end announces a suspension; the fallback is to be tested, though nobody asks."""
    back = desk.hotline("Deputies' hotline", Level.DEPUTY)
    channel = checked_hotline(desk, fallbacks=(back,))
    desk.check(back, CheckResult.OK)
    desk.check(channel, CheckResult.OK)
    desk.run(30, tick_s=10)
    assert desk.alarm("check-due") is None
    desk.tell("RUS", ChannelEndStated(channel, "ground desk", Declared.SUSPENDED), "COA")
    desk.run(30, tick_s=10)
    row = board(desk, "Ground hotline")
    assert (row.declared, row.observed) == ("open; suspended by RUS", "up"), "declared is not observed"
    found = {each.body.title: each for each in desk.alarms() if each.body.rule == "check-due"}
    assert set(found) == {"Test now: Ground hotline", "Test now: Deputies' hotline"}
    assert "this is its fallback" in found["Test now: Deputies' hotline"].body.words
    desk.check(back, CheckResult.OK)
    desk.check(channel)
    desk.run(30, tick_s=10)
    assert {each.state for each in desk.alarms() if each.body.rule == "check-due"} == {State.RETURNED}
    desk.tell("RUS", ChannelEndStated(channel, "ground desk"), "COA")
    desk.run(30, tick_s=10)
    again = [each for each in desk.alarms() if each.body.rule == "check-due" and each.state != State.RETURNED]
    assert [each.body.title for each in again] == ["Test now: Ground hotline"], "after a resumption too"


def test_fail_16a_an_echo_is_no_answer():
    an_echo_is_no_answer(Desk())


def test_fail_16a_twin_where_an_echo_counts_as_an_answer_silence_looks_well(monkeypatch):
    monkeypatch.setattr(hotline_views, "ECHO", hotline_views.UP)
    with pytest.raises(AssertionError):
        an_echo_is_no_answer(Desk())


@pytest.mark.long
def test_fail_16c_two_checks_a_day_are_due_by_local_time():
    two_checks_a_day_are_due_by_local_time(Desk())


def test_fail_16c_twin_without_times_of_day_no_check_is_due(monkeypatch):
    monkeypatch.setattr(checking, "last_due", lambda times, now: None)
    with pytest.raises(AttributeError):
        two_checks_a_day_are_due_by_local_time(Desk())


def test_fail_04c_a_suspension_tests_the_fallbacks():
    a_suspension_tests_the_fallbacks(Desk())


def test_fail_04c_twin_without_announcements_nobody_tests_the_other_way(monkeypatch):
    monkeypatch.setattr(checking, "announcements", lambda picture, channel: [])
    with pytest.raises(AssertionError):
        a_suspension_tests_the_fallbacks(Desk())


def test_fail_04c_twin_without_fallbacks_only_the_suspended_one_is_tested(monkeypatch):
    monkeypatch.setattr(checking, "stands_in", lambda *more: False)
    with pytest.raises(AssertionError):
        a_suspension_tests_the_fallbacks(Desk())


def test_a_check_that_was_missed_while_the_node_was_down_is_due_when_it_is_up_again():
    desk = Desk()
    there = desk.node.clock.now() + timedelta(hours=1)
    checked_hotline(desk, "UTC", (f"{there:%H:%M}",))
    desk.run(60, tick_s=20)
    desk.machine.pass_s(3 * 24 * 3_600)
    desk.kill()
    desk.run(30, tick_s=10)
    found = [each for each in desk.alarms() if each.body.rule == duties.CHECK_DUE]
    assert len(found) == 1, "three missed checks are one call"
