from __future__ import annotations

from datetime import timedelta

from tests.building_node import START

from keepclear.service import clock as clock_module
from keepclear.service.clock import SimulatedClock, SystemClock


def test_the_machines_clock_is_in_utc_and_never_runs_backwards(monkeypatch):
    clock = SystemClock()
    first = clock.now()
    assert first.utcoffset() == timedelta(0)

    class SetBack(clock_module.datetime):
        @classmethod
        def now(cls, tz=None):
            return first - timedelta(days=1)

    monkeypatch.setattr(clock_module, "datetime", SetBack)
    assert clock.now() == first


def test_a_simulated_clock_stands_until_it_is_moved_and_never_goes_back():
    clock = SimulatedClock(START)
    assert clock.now() == clock.now() == START
    clock.move_to(START + timedelta(hours=1))
    clock.move_to(START)
    assert clock.now() == START + timedelta(hours=1)


def test_a_simulated_clock_that_runs_goes_on_from_where_it_stood():
    clock = SimulatedClock(START)
    clock.run()
    first = clock.now()
    assert first >= START
    assert clock.now() >= first
    clock.move_to(START + timedelta(hours=1))
    assert timedelta(hours=1) <= clock.now() - START < timedelta(hours=1, minutes=1)
