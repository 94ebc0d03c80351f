"""What is due and what waits to be sent: claimed once, kept with the record, brought over from schema 1."""

from __future__ import annotations

import os
import random
import select
import signal
import sqlite3
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from importlib.resources import files
from pathlib import Path

import pytest
from tests.contracts.stores.apsw_driver import ApswConnection
from tests.contracts.stores.crash_vfs import RecordingVfs, crash_states
from tests.contracts.stores.story import OPENING, OWN, contents, deadline, dice_of, letter, telling
from tests.watching import COA, Machine, Watch, check_law, durable_picture, verdict

import keepclear.stores.duties as store_duties
import keepclear.stores.sqlite as sqlite_module
from keepclear.commands.ports import Batch, Claim, DeadlineChange, Store
from keepclear.errors import StoreFault
from keepclear.model.hotline import MessageSent
from keepclear.model.words import PartyId
from keepclear.service.clock import SystemClock
from keepclear.service.delivery import StationLog
from keepclear.stores.memory import MemoryStore
from keepclear.stores.sqlite import SCHEMA_VERSION, SqliteStore
from keepclear.views.alarms import State, alarms

KILLS = 50
SOAK_KILLS = int(os.environ.get("KEEPCLEAR_KILLS", "1000"))
PACE = 1_200.0  # seconds of the night for each second of the test
STATES = 220


@pytest.fixture(params=["memory", "sqlite"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    made = MemoryStore() if request.param == "memory" else SqliteStore.open(tmp_path / "logs.db")
    made.commit(OPENING)
    yield made
    made.close()


def test_a_deadline_is_claimed_once(store: Store) -> None:
    first, second = deadline(1, 0), deadline(1, 1)
    store.commit(Batch(deadlines=(DeadlineChange(None, first),)))
    store.commit(Batch(deadlines=(DeadlineChange(first, second),)))
    with pytest.raises(StoreFault, match="deadline-claimed"):
        store.commit(Batch(deadlines=(DeadlineChange(first, second),)))
    assert store.deadlines() == [second]


def test_a_claim_that_is_refused_takes_the_statement_of_its_batch_with_it(store: Store) -> None:
    told = telling(OWN, 0, b"escalated")
    stolen = Batch((), told.statements, told.entries, deadlines=(DeadlineChange(deadline(1, 0), None),))
    with pytest.raises(StoreFault, match="whole batch was left out"):
        store.commit(stolen)
    assert list(store.entries()) == []


def test_an_alarm_has_one_deadline(store: Store) -> None:
    store.commit(Batch(deadlines=(DeadlineChange(None, deadline(1, 0)),)))
    with pytest.raises(StoreFault, match="deadline-claimed"):
        store.commit(Batch(deadlines=(DeadlineChange(None, deadline(1, 1)),)))


def test_what_is_due_comes_soonest_first(store: Store) -> None:
    rows = [deadline(alarm, 0, due_us) for alarm, due_us in ((1, 30), (2, -10), (3, 20))]
    store.commit(Batch(deadlines=tuple(DeadlineChange(None, row) for row in rows)))
    assert [row.due_us for row in store.deadlines()] == [-10, 20, 30]


def test_a_message_is_claimed_once_for_each_attempt_and_leaves_once(store: Store) -> None:
    store.commit(Batch(outbox=(letter("a"), letter("b"))))
    with pytest.raises(StoreFault, match="outbox-once"):
        store.commit(Batch(outbox=(letter("a"),)))
    store.commit(Batch(claims=(Claim("a", 0),)))
    for stale in (Claim("a", 0), Claim("gone", 0)):
        with pytest.raises(StoreFault, match="outbox-claimed"):
            store.commit(Batch(claims=(stale,)))
    assert [(row.key, row.attempts) for row in store.outbox()] == [("a", 1), ("b", 0)]
    store.commit(Batch(unsent=("a",)))
    with pytest.raises(StoreFault, match="outbox-there"):
        store.commit(Batch(unsent=("a",)))
    assert [row.key for row in store.outbox()] == ["b"]


def test_a_change_of_nothing_into_nothing_is_refused(store: Store) -> None:
    with pytest.raises(StoreFault, match="deadline-claimed"):
        store.commit(Batch(deadlines=(DeadlineChange(None, None),)))


# A file of schema 1.


def file_of_schema_1(path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.executescript("PRAGMA page_size = 4096; PRAGMA journal_mode = WAL;")
    connection.executescript((files("keepclear.stores") / "schema" / "0001_logs.sql").read_text())
    connection.execute("INSERT INTO log VALUES (1, 'coalition', 'coalition', 'node/0', 'party')")
    row = telling(OWN, 0, b"before")
    connection.execute("INSERT INTO statement VALUES (?, ?)", row.statements[0])
    each = row.entries[0]
    connection.execute(
        "INSERT INTO entry VALUES (NULL, 1, 0, ?, ?, ?, ?, ?)",
        (each.recorded_at_us, each.received_at_us, each.sees, each.digest, each.leaf),
    )
    connection.executescript("PRAGMA application_id = 0x4B434C52; PRAGMA user_version = 1;")
    connection.commit()
    connection.close()


def test_a_file_of_schema_1_opens_with_all_that_it_held_and_takes_deadlines(tmp_path: Path) -> None:
    file_of_schema_1(tmp_path / "old.db")
    store = SqliteStore.open(tmp_path / "old.db")
    assert list(store.entries()) == list(telling(OWN, 0, b"before").entries)
    assert (store.deadlines(), store.outbox()) == ([], [])
    store.commit(telling(OWN, 1, b"after"))
    store.commit(Batch(deadlines=(DeadlineChange(None, deadline(1, 0)),), outbox=(letter("a"),)))
    before = contents(store, [])
    store.close()
    again = SqliteStore.open(tmp_path / "old.db")
    assert contents(again, []) == before
    again.close()
    with sqlite3.connect(tmp_path / "old.db") as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (SCHEMA_VERSION,) == (3,)
    connection.close()


def test_a_power_cut_while_a_file_is_brought_over_leaves_a_whole_schema(
    tmp_path: Path, fast_folder: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    vfs, path = RecordingVfs("bringing-over"), tmp_path / "old.db"
    with monkeypatch.context() as as_it_was:
        as_it_was.setattr(sqlite_module, "SCHEMA_FILES", ("0001_logs.sql",))
        as_it_was.setattr(sqlite_module, "SCHEMA_VERSION", 1)
        store = SqliteStore.open(path, lambda where: ApswConnection(where, vfs.name))
        store.commit(OPENING)
        store.commit(telling(OWN, 0, b"before"))
        store.close()
    vfs.acknowledge()
    SqliteStore.open(path, lambda where: ApswConnection(where, vfs.name)).close()
    after, seen = fast_folder("after"), Counter[int]()
    for state in crash_states(vfs.operations, dice_of(3)):
        if not state.acknowledged:
            continue
        for left in after.iterdir():
            left.unlink()
        for name, content in state.files.items():
            (after / name).write_bytes(content)
        with sqlite3.connect(after / "old.db") as connection:
            seen[connection.execute("PRAGMA user_version").fetchone()[0]] += 1
        connection.close()
        store = SqliteStore.open(after / "old.db")
        assert list(store.entries()) == list(telling(OWN, 0, b"before").entries)
        assert store.deadlines() == []
        store.close()
    assert set(seen) == {1, 2, 3}, "each schema file is a transaction of its own"


# The whole node, and what a power cut leaves of it.


def test_after_any_power_cut_the_rows_are_those_of_the_record(
    tmp_path: Path, fast_folder: Callable[[str], Path]
) -> None:
    operations = record_a_night(tmp_path)
    after = fast_folder("after")
    states = list(crash_states(operations, dice_of(5)))
    assert len(states) > STATES
    most = 0
    for state in states[:: max(1, len(states) // STATES)]:
        most = max(most, look(after, state.files))
    assert most >= 2


def record_a_night(folder: Path) -> list:
    vfs = RecordingVfs(f"night-{folder.name}")

    def connect(path: str) -> ApswConnection:
        connection = ApswConnection(path, vfs.name)
        connection.execute("PRAGMA wal_autocheckpoint = 40")
        return connection

    watch = Watch(SqliteStore.open(folder / "logs.db", connect))
    watch.message()
    watch.run(70, tick_s=10)
    watch.acknowledge(watch.raise_alarm().subject)
    watch.run(130, tick_s=10)
    verdict(watch)
    watch.durable.close()
    return vfs.operations


def look(after: Path, left: dict[str, bytes]) -> int:
    """Open what is left with the real store, hold the law against it, and count its deadlines."""
    for old in after.iterdir():
        old.unlink()
    for name, content in left.items():
        (after / name).write_bytes(content)
    store = SqliteStore.open(after / "logs.db")
    try:
        check_law(store)
        return len(store.deadlines())
    finally:
        store.close()


def test_rows_outside_the_transaction_would_be_caught(
    tmp_path: Path, fast_folder: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    true = store_duties.write

    def apart(connection, batch):
        connection.execute("COMMIT")
        connection.execute("BEGIN IMMEDIATE")
        true(connection, batch)

    monkeypatch.setattr(store_duties, "write", apart)
    operations = record_a_night(tmp_path)
    after = fast_folder("after")
    caught = 0
    for state in list(crash_states(operations, dice_of(5)))[::5]:
        try:
            look(after, state.files)
        except AssertionError:
            caught += 1
    assert caught > 3


# A process that is killed.


class Real(Machine):
    """A machine whose time runs by itself, and fast."""

    def __init__(self) -> None:
        super().__init__()
        self._origin, self._began = self.wall, time.monotonic()

    def clock(self):
        machine = self

        def steady() -> float:
            return (time.monotonic() - machine._began) * PACE

        return SystemClock(lambda: machine._origin + timedelta(seconds=steady()), steady)


def work(folder: Path, machine: Real, told: int) -> None:
    """What the child does until it is killed: raise alarms, fire, send, and say what is durable."""
    watch = Watch(SqliteStore.open(folder / "logs.db"), machine)
    watch.engine._deliver = StationLog(folder / "station.log")
    number = 0
    while True:
        number += 1
        if number % 3 == 1:
            os.write(told, f"{watch.message(key=f'{os.getpid()}/{number}')}\n".encode())
        watch.turn()
        watch.send()
        open_ones = [each for each in watch.alarms() if each.state == State.UNACKNOWLEDGED]
        if len(open_ones) > 4:
            watch.acknowledge(open_ones[0].subject)


def survive(folder: Path, kills: int, dice: random.Random) -> int:
    """Kill so many lives, and on a slow machine more, until a step was told for each; counts the steps."""
    machine, acknowledged, steps = Real(), [], dict[Path, int]()
    for number in range(4 * kills):
        if number >= kills and sum(steps.values()) > kills:
            break
        place = folder / str(number // 25)
        place.mkdir(exist_ok=True)
        acknowledged = [] if number % 25 == 0 else acknowledged
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            try:
                work(place, machine, writing)
            finally:
                os._exit(1)
        os.close(writing)
        lines = b""
        if number % 2:  # else it may be killed while it opens its files
            assert select.select([reading], [], [], 30.0)[0], "the child tells nothing"
            lines += os.read(reading, 4_096)
        time.sleep(0.02 + dice.random() * 0.06)
        os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        assert os.WIFSIGNALED(status), "the child ended by itself"
        with os.fdopen(reading, "rb") as pipe:
            acknowledged += [line.decode() for line in (lines + pipe.read()).split(b"\n")[:-1]]
        steps[place] = after_the_kill(place, acknowledged)
    return sum(after_the_kill(place, []) for place in folder.iterdir())


def after_the_kill(folder: Path, acknowledged: list[str]) -> int:
    """Nothing acknowledged is lost, no step is doubled, and the rows are the record's; counts the steps."""
    store = SqliteStore.open(folder / "logs.db")
    try:
        check_law(store)
        picture = durable_picture(store, COA)
        theirs = {entry.statement.id for entry in durable_picture(store, PartyId("RUS")).entries()
                  if isinstance(entry.statement.body, MessageSent)}  # fmt: skip
        assert set(acknowledged) <= theirs
        steps = 0
        for each in alarms(picture):
            marks = [(step.step, step.due, step.number, step.send)
                     for step in (entry.statement.body for entry in each.history)]  # fmt: skip
            assert len(set(marks)) == len(marks)
            steps += len(marks)
        return steps
    finally:
        store.close()


def test_fifty_kills_lose_and_double_nothing(fast_folder: Callable[[str], Path]) -> None:
    assert survive(fast_folder("kills"), KILLS, dice_of(9)) > KILLS


@pytest.mark.soak
def test_a_thousand_kills_lose_and_double_nothing(fast_folder: Callable[[str], Path]) -> None:
    assert survive(fast_folder("kills"), SOAK_KILLS, dice_of(10)) > SOAK_KILLS
