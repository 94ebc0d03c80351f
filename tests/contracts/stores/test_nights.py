"""A power cut at any write of a night at the desk: the record, what is due and what waits are as they stood.

A night is the real node and engine over the real store: flash calls that climb, messages that are claimed,
leave or fail to, people who acknowledge, shelve and end. After each commit the law holds and what the store
gives is noted; whatever a power cut leaves must be what was noted after the last commit that returned, or
after the one that was under way. A node started on it goes on: nothing due is lost, nothing fires twice.
"""

from __future__ import annotations

import os
import random
import sqlite3
import sys
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

import pytest
from tests.contracts.stores.apsw_driver import ApswConnection
from tests.contracts.stores.crash_vfs import CrashState, Operation, RecordingVfs, crash_states
from tests.contracts.stores.story import dice_of
from tests.contracts.stores.test_crash_states import HalfSynced
from tests.shares import mostly_long
from tests.watching import Machine, Watch, check_law, due_steps

from keepclear.commands.ports import Batch, Store
from keepclear.errors import StoreFault
from keepclear.model.alarms import StepKind
from keepclear.model.words import Precedence
from keepclear.stores.sqlite import SqliteStore
from keepclear.views.alarms import State

TICKS = 36
STATES_PER_NIGHT = 500
CHECKPOINT_PAGES = 40
STARTED_EVERY = 97  # of so many states one is started as a whole node
SOAK_STATES = int(os.environ.get("KEEPCLEAR_NIGHT_STATES", "100000"))


def mark(store: Store) -> bytes:
    """What a store gives of the record, of what is due and of what waits, with every attempt counted."""
    found = (list(store.entries()), list(store.statements()), store.deadlines(), store.outbox())
    return sha256(repr(found).encode()).digest()


class Noting:
    """A store that notes after each commit what it gives by then; the law is held against it there."""

    def __init__(self, store: Store, vfs: RecordingVfs) -> None:
        self._store = store
        self._vfs = vfs
        self.marks = [b"", mark(store)]  # before the file was made, and when it was
        vfs.acknowledge()

    def commit(self, batch: Batch) -> None:
        self._store.commit(batch)
        self.marks.append(mark(self._store))
        self._vfs.acknowledge()
        if batch.statements:
            check_law(self._store)

    def __getattr__(self, name: str) -> object:
        return getattr(self._store, name)


class Night:
    """One recorded night: what was done to the files, what stood after each commit, and when it ended."""

    def __init__(self, seed: int, folder: Path, driver: type[ApswConnection] = ApswConnection) -> None:
        self.vfs = RecordingVfs(f"night-{seed}-{driver.__name__}")

        def connect(path: str) -> ApswConnection:
            connection = driver(path, self.vfs.name)
            connection.execute(f"PRAGMA wal_autocheckpoint = {CHECKPOINT_PAGES}")
            return connection

        noting = Noting(SqliteStore.open(folder / "logs.db", connect), self.vfs)
        self.watch = Watch(noting)
        pass_the_night(self.watch, dice_of(seed))
        self.marks = noting.marks
        noting.close()

    @property
    def operations(self) -> list[Operation]:
        return self.vfs.operations


def pass_the_night(watch: Watch, dice: random.Random) -> None:
    """Calls come, people answer or do not, mail fails for a while, the process is killed now and then."""
    acts: list[Callable[[], object]] = [
        lambda: watch.message(dice.choice(list(Precedence))),
        watch.raise_alarm,
        lambda: someone(watch, dice, StepKind.ACKNOWLEDGED),
        lambda: someone(watch, dice, StepKind.SHELVED),
        lambda: someone(watch, dice, StepKind.ENDED),
        lambda: setattr(watch.post, "broken", not watch.post.broken),
        watch.kill,
    ]
    watch.message()
    for _ in range(TICKS):
        watch.turn()
        watch.send()
        if dice.random() < 0.35:
            dice.choice(acts)()
        watch.machine.pass_s(dice.choice((1.0, 7.0, 31.0)))


def someone(watch: Watch, dice: random.Random, kind: StepKind) -> None:
    """Let a person do something about one of the alarms that climb."""
    climbing = [each for each in watch.alarms() if each.state == State.UNACKNOWLEDGED]
    if climbing:
        until = watch.node.clock.now() + timedelta(seconds=60)
        more = {"until": until} if kind == StepKind.SHELVED else {}
        said = {} if kind == StepKind.ACKNOWLEDGED else {"reason": "passed by telephone"}
        watch.step(dice.choice(climbing).subject, kind, **said, **more)


class Morning:
    """Opens what a power cut left of a night with the real store, and says what became of it."""

    def __init__(self, night: Night, folder: Path) -> None:
        self.night = night
        self.folder = folder
        self.path = folder / "logs.db"
        self.seen = 0

    def verdict(self, state: CrashState) -> str:
        for left in self.folder.iterdir():
            left.unlink()
        for name, content in state.files.items():
            (self.folder / name).write_bytes(content)
        try:
            store = SqliteStore.open(self.path)
            found = mark(store)
            store.close()
        except StoreFault:
            return "corrupt"
        if not self._sound():
            return "corrupt"
        self.seen += 1
        near = self.night.marks[state.acknowledged : state.acknowledged + 2]
        if found in near or (not state.acknowledged and found == self.night.marks[1]):
            if self.seen % STARTED_EVERY == 0:
                self.start()
            return "kept"
        return "lost" if found in self.night.marks else "torn"

    def _sound(self) -> bool:
        connection = sqlite3.connect(self.path)
        try:
            return connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        finally:
            connection.close()

    def start(self) -> None:
        """Start a node on what is left, later that morning: it fires what it missed, once, and sends it."""
        store = SqliteStore.open(self.path)
        watch = Watch(store, Machine(self.night.watch.machine.wall))
        watch.run(30, tick_s=10)
        watch.check_law()
        now = watch.node.clock.now()
        for each in watch.alarms():
            marks = [(body.step, body.due, body.number, body.send)
                     for body in (entry.statement.body for entry in each.history)
                     if body.due is not None or body.send]  # fmt: skip
            assert len(set(marks)) == len(marks), "a step twice"
            assert each.waiting == (), "a message still waits"
            if each.state == State.UNACKNOWLEDGED and not each.until and each.base == each.body.counts_from:
                assert each.climbed == due_steps(each, now), "a step that was due is lost"
        store.close()

    def count(self, states: list[CrashState]) -> Counter[str]:
        return Counter(map(self.verdict, states))


@pytest.mark.long
@pytest.mark.parametrize("seed", mostly_long(range(2), 1))
def test_no_power_cut_of_a_night_loses_doubles_or_parts_what_was_kept(
    seed: int, tmp_path: Path, fast_folder: Callable[[str], Path]
) -> None:
    night = Night(seed, tmp_path)
    states = list(crash_states(night.operations, dice_of(seed)))
    morning = Morning(night, fast_folder("after"))
    found = morning.count(states[:: max(1, len(states) // STATES_PER_NIGHT)])
    assert found.total() >= STATES_PER_NIGHT
    assert set(found) == {"kept"}


@pytest.mark.long
def test_a_store_that_syncs_by_halves_is_caught_losing_a_night(
    tmp_path: Path, fast_folder: Callable[[str], Path]
) -> None:
    night = Night(0, tmp_path, HalfSynced)
    states = list(crash_states(night.operations, dice_of(0)))
    assert Morning(night, fast_folder("after")).count(states[::9])["lost"] > 20


def test_a_morning_whose_record_lost_its_last_entry_is_caught(
    tmp_path: Path, fast_folder: Callable[[str], Path]
) -> None:
    night = Night(1, tmp_path)
    whole = list(crash_states(night.operations, dice_of(1)))[-1]
    after = fast_folder("after")
    morning = Morning(night, after)
    assert morning.verdict(whole) == "kept"
    connection = sqlite3.connect(after / "logs.db")
    connection.execute("DELETE FROM outbox")
    connection.execute("DELETE FROM deadline")
    connection.commit()
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    left = {each.name: each.read_bytes() for each in after.iterdir()}
    assert morning.verdict(CrashState(left, whole.acknowledged)) == "torn"


@pytest.mark.soak
def test_no_power_cut_of_many_nights_loses_doubles_or_parts_anything(
    tmp_path: Path, fast_folder: Callable[[str], Path], capsys: pytest.CaptureFixture[str]
) -> None:
    found: Counter[str] = Counter()
    seed = 2_000
    while found.total() < SOAK_STATES:
        place = tmp_path / str(seed)
        place.mkdir()
        night = Night(seed, place)
        states = crash_states(night.operations, dice_of(seed), draws=3)
        after = fast_folder(str(seed))
        found += Counter(map(Morning(night, after).verdict, states))
        assert set(found) == {"kept"}, f"seed {seed}"
        seed += 1
    with capsys.disabled():
        sys.stdout.write(
            f"\n{found.total():,} crash states, {seed - 2_000} nights of deadlines and outbox: all kept\n"
        )
