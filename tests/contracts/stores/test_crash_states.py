"""No power cut, after whichever write, takes an acknowledged statement or leaves half of a batch."""

from __future__ import annotations

import os
import sqlite3
import sys
from collections import Counter
from collections.abc import Callable, Iterable
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from tests.contracts.stores.apsw_driver import ApswConnection
from tests.contracts.stores.crash_vfs import CrashState, Operation, RecordingVfs, crash_states
from tests.contracts.stores.story import Step, contents, dice_of, expected, steps, take
from tests.shares import mostly_long

from keepclear.errors import StoreFault
from keepclear.stores.sqlite import Connection, SqliteStore

STEPS = 26
STATES_PER_SEED = 1_000
SEEDS = range(2)
TWIN_STEPS = 14
CHECKPOINT_PAGES = 40  # small, so that the course passes through many checkpoints of the write-ahead log
SOAK_STATES = int(os.environ.get("KEEPCLEAR_CRASH_STATES", "100000"))


class HalfSynced(ApswConnection):
    """The planted defect: says that it syncs fully, and syncs as `synchronous=NORMAL` does."""

    def execute(self, sql: str, parameters: Iterable[Any] = (), /) -> Iterable[tuple[Any, ...]]:
        if sql == "PRAGMA synchronous = FULL":
            return super().execute("PRAGMA synchronous = NORMAL")
        if sql == "PRAGMA synchronous":
            return [(2,)]
        return super().execute(sql, tuple(parameters))


def record(
    course: list[Step],
    folder: Path,
    driver: type[ApswConnection] = ApswConnection,
    forgets_sync_of: str | None = None,
) -> list[Operation]:
    """Let a store take the course, with a restart in the middle, and give what it did to its files."""
    vfs = RecordingVfs(f"recording-{folder.name}-{driver.__name__}", forgets_sync_of)

    def connect(path: str) -> Connection:
        connection = driver(path, vfs.name)
        connection.execute(f"PRAGMA wal_autocheckpoint = {CHECKPOINT_PAGES}")
        return connection

    half = len(course) // 2
    for part in (course[:half], course[half:]):
        store = SqliteStore.open(folder / "logs.db", connect)
        for step in part:
            take(store, step)
            vfs.acknowledge()
        store.close()
    return vfs.operations


class Inspector:
    """Opens what a power cut left with the real store, and says what became of the course."""

    def __init__(self, course: list[Step], folder: Path) -> None:
        self.course = course
        self.folder = folder
        self.wanted = [expected(course, done) for done in range(len(course) + 1)]

    def verdict(self, state: CrashState) -> str:
        for left in self.folder.iterdir():
            left.unlink()
        for name, content in state.files.items():
            (self.folder / name).write_bytes(content)
        path = self.folder / "logs.db"
        try:
            store = SqliteStore.open(path)
            found = contents(store, self.course)
            store.close()
        except StoreFault:
            return "corrupt"
        with sqlite3.connect(path) as connection:
            sound = connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        connection.close()
        if not sound:
            return "corrupt"
        allowed = self.wanted[state.acknowledged : state.acknowledged + 2]
        if found in allowed:
            return "kept"
        return "lost" if found in self.wanted else "torn"

    def count(self, states: Iterable[CrashState]) -> Counter[str]:
        return Counter(map(self.verdict, states))


@pytest.mark.parametrize("seed", mostly_long(SEEDS, 1))
def test_no_power_cut_loses_or_tears_what_was_acknowledged(
    seed: int, tmp_path: Path, fast_folder: Callable[[str], Path]
) -> None:
    course = list(islice(steps(seed), STEPS))
    operations = record(course, tmp_path)
    found = Inspector(course, fast_folder("after")).count(crash_states(operations, dice_of(seed)))
    assert found.total() >= STATES_PER_SEED
    assert set(found) == {"kept"}


def test_the_run_as_a_whole_sees_two_thousand_states() -> None:
    assert STATES_PER_SEED * len(SEEDS) >= 2_000


@pytest.mark.long
def test_a_store_that_syncs_by_halves_is_caught_losing(
    tmp_path: Path, fast_folder: Callable[[str], Path]
) -> None:
    course = list(islice(steps(0), TWIN_STEPS))
    operations = record(course, tmp_path, HalfSynced)
    found = Inspector(course, fast_folder("after")).count(crash_states(operations, dice_of(0)))
    assert found["lost"] > 50


@pytest.mark.long
def test_a_file_system_that_forgets_to_sync_the_write_ahead_log_is_caught(
    tmp_path: Path, fast_folder: Callable[[str], Path]
) -> None:
    course = list(islice(steps(0), TWIN_STEPS))
    operations = record(course, tmp_path, forgets_sync_of="-wal")
    found = Inspector(course, fast_folder("after")).count(crash_states(operations, dice_of(0)))
    assert found["lost"] > 50


def test_a_store_goes_on_after_a_power_cut(tmp_path: Path, fast_folder: Callable[[str], Path]) -> None:
    course = list(islice(steps(1), STEPS))
    states = list(crash_states(record(course, tmp_path), dice_of(1)))
    inspector = Inspector(course, fast_folder("after"))
    for state in states[::17]:
        assert inspector.verdict(state) == "kept"
        store = SqliteStore.open(inspector.folder / "logs.db")
        done = inspector.wanted.index(contents(store, course))
        for step in course[done:]:
            take(store, step)
        assert contents(store, course) == inspector.wanted[-1]
        store.close()


@pytest.mark.soak
def test_no_power_cut_loses_or_tears_anything_in_a_long_sweep(
    tmp_path: Path, fast_folder: Callable[[str], Path], capsys: pytest.CaptureFixture[str]
) -> None:
    found: Counter[str] = Counter()
    seed = 1_000
    while found.total() < SOAK_STATES:
        course = list(islice(steps(seed), STEPS))
        place = tmp_path / str(seed)
        place.mkdir()
        states = crash_states(record(course, place), dice_of(seed), draws=6)
        found += Inspector(course, fast_folder(str(seed))).count(states)
        assert set(found) == {"kept"}, f"seed {seed}"
        seed += 1
    with capsys.disabled():
        sys.stdout.write(
            f"\n{found.total():,} crash states, {seed - 1_000} courses of the store alone: all kept\n"
        )
