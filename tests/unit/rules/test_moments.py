"""Whoever moves a clock by hand learns where to stop: at what falls due with nobody doing anything."""

from __future__ import annotations

from datetime import timedelta

from tests.building_node import house, message

from keepclear.rules.moments import coming


def test_a_message_that_waits_for_its_receipt_is_a_moment_and_once_past_no_longer():
    with house() as night:
        night.tell("COA", message("RUS"), "RUS")
        desk, now = night.node.desk("COA"), night.clock.now()
        assert [moment - now for moment in coming(desk.picture, desk.outbox, now)] == [timedelta(minutes=2)]
        later = now + timedelta(minutes=3)
        assert list(coming(desk.picture, desk.outbox, later)) == []


def test_the_reader_has_no_moment_since_its_alarm_stands_at_once():
    with house() as night:
        night.tell("COA", message("RUS"), "RUS")
        desk = night.node.desk("RUS")
        assert list(coming(desk.picture, desk.outbox, night.clock.now())) == []
