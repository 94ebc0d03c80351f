"""The heartbeat: a file, its age, and what a start learns from the last one."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from tests.watching import Machine

from keepclear.service.heartbeat import Heartbeat, this_boot


def beaten(path: Path, machine: Machine, boot: str = "a") -> None:
    Heartbeat(path, boot).beat(machine.clock())


def test_a_beat_is_left_in_the_file_and_ages(tmp_path: Path) -> None:
    machine = Machine()
    beaten(tmp_path / "beat.json", machine)
    machine.pass_s(12)
    read = Heartbeat(tmp_path / "beat.json", "a")
    assert read.age_s(machine.clock()) == pytest.approx(12)
    assert [path.name for path in tmp_path.iterdir()] == ["beat.json"]


def test_no_beat_no_age_and_no_jump(tmp_path: Path) -> None:
    found = Heartbeat(tmp_path / "beat.json", "a")
    assert (found.age_s(Machine().clock()), found.since_last(Machine().clock())) == (None, None)
    (tmp_path / "torn.json").write_bytes(b'{"record')
    assert Heartbeat(tmp_path / "torn.json", "a").last is None


@pytest.mark.parametrize("set_by", [-86_400, -3, 0, 1.9, 3, 86_400])
def test_on_the_same_start_of_the_machine_a_jump_is_known_exactly(tmp_path: Path, set_by: float) -> None:
    machine = Machine()
    beaten(tmp_path / "beat.json", machine)
    machine.pass_s(3_600)
    machine.set_by(set_by)
    jump = Heartbeat(tmp_path / "beat.json", "a").since_last(machine.clock())
    if abs(set_by) <= 2:
        assert jump is None
    else:
        assert jump is not None
        assert jump.jump_s == pytest.approx(set_by)
        assert jump.record_s == pytest.approx(min(0, set_by))


@pytest.mark.parametrize(("set_by", "found"), [(-86_400, True), (-10, False), (86_400, False)])
def test_after_another_start_only_a_clock_that_went_back_is_known(
    tmp_path: Path, set_by: float, found: bool
) -> None:
    machine = Machine()
    beaten(tmp_path / "beat.json", machine)
    machine.wall += timedelta(seconds=60)
    machine.steady_s = 5
    machine.set_by(set_by)
    assert (Heartbeat(tmp_path / "beat.json", "b").since_last(machine.clock()) is not None) == found


def test_a_beat_that_cannot_be_written_stops_nothing(tmp_path: Path) -> None:
    found = Heartbeat(tmp_path / "no" / "beat.json", "a")
    found.beat(Machine().clock())
    assert found.last is not None


def test_this_machine_says_which_start_it_is_or_nothing() -> None:
    assert this_boot() == this_boot()
