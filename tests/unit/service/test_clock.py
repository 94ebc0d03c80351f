"""The node's clock follows the machine forward, and goes on steadily when the machine is set back."""

from __future__ import annotations

from datetime import timedelta

from tests.watching import START, Machine

from keepclear.service.clock import SimulatedClock, SystemClock


def test_it_follows_the_machine_forward() -> None:
    machine = Machine()
    clock = machine.clock()
    machine.set_by(86_400)
    assert clock.now() == START + timedelta(days=1)


def test_set_back_it_goes_on_at_the_steady_pace_and_says_what_the_machine_says() -> None:
    machine = Machine()
    clock = machine.clock()
    machine.pass_s(10)
    machine.set_by(-86_400)
    machine.pass_s(5)
    assert clock.now() == START + timedelta(seconds=15)
    assert clock.wall() == START + timedelta(seconds=15, days=-1)
    assert clock.monotonic() == 1_015.0


def test_it_never_goes_back_however_the_machine_is_set() -> None:
    machine = Machine()
    clock, last = machine.clock(), START
    for step in (5, -3, -86_400, 7, 86_400, -1, 0, -50_000):
        machine.set_by(step)
        machine.pass_s(0.5)
        assert clock.now() > last
        last = clock.now()


def test_the_real_one_keeps_to_the_machine() -> None:
    clock = SystemClock()
    for _ in range(1_000):
        clock.now()
    assert abs(clock.now() - clock.wall()) < timedelta(seconds=0.1)
    assert clock.monotonic() <= clock.monotonic()


def test_a_simulated_one_passes_by_the_same_seconds_on_every_face() -> None:
    clock = SimulatedClock(START)
    before = clock.monotonic()
    clock.move_to(START + timedelta(seconds=9))
    assert (clock.now(), clock.wall(), clock.monotonic() - before) == (clock.wall(), clock.now(), 9.0)


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
