"""Keeping 10,000 open deadlines: processor time of the engine for each second of the night.

Ours is all that the engine does while nothing falls due: looking for what is due, for causes that have come
or gone, beating, and the auditor's fold of every alarm once a minute. The peer is the least that any table of
deadlines costs: one indexed query a second over the same rows, in a file of its own, with nothing behind it.
"""

from __future__ import annotations

import sqlite3
import tempfile
import time
from datetime import datetime, timedelta
from pathlib import Path

from benchmarks import Row
from keepclear.commands.alarms import decide_raise
from keepclear.commands.telling import Decision, Desk
from keepclear.model.alarms import AlarmRaised, Plan
from keepclear.model.words import CapStatus, PartyId, Precedence
from keepclear.rules.escalation import plan_for
from keepclear.service.asking import Ask
from keepclear.service.clock import SystemClock
from keepclear.service.deadlines import Engine
from keepclear.service.delivery import StationLog
from keepclear.service.heartbeat import Heartbeat
from keepclear.service.keys import Keyring
from keepclear.service.node import Node
from keepclear.stores.sqlite import SqliteStore

NAME = "deadlines"
OPEN = 10_000
SECONDS = 600
MOST_US = 10_000.0  # one hundredth of a core
PARTY = PartyId("coalition")


class Night:
    """A clock whose seconds pass when told, while the processor's own are measured."""

    def __init__(self) -> None:
        self._real = SystemClock()
        self._from = self._real.now()
        self.passed_s = 0.0

    def clock(self) -> SystemClock:
        return SystemClock(
            lambda: self._from + timedelta(seconds=self.passed_s + time.process_time()),
            lambda: self.passed_s + time.process_time(),
        )


def run() -> list[Row]:
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as folder:
        night = Night()
        node = filled(Path(folder), night)
        due = [row.due_us for row in node.store.deadlines()]
        ours = us_of_ours(node, night, Path(folder))
        theirs = us_of_a_query(Path(folder) / "bare.db", due)
        node.store.close()
    row = Row(
        name="deadlines open, CPU",
        n=OPEN,
        peer="one indexed SQLite query a second",
        ratio=theirs / ours,
        ours=ours,
        theirs=theirs,
        unit="µs CPU/s",
        equal_answers=len(due) == OPEN and ours < MOST_US,
    )
    return [row]


def filled(folder: Path, night: Night) -> Node:
    keys = Keyring.from_seed("bench", b"no secret", (PARTY,))
    node = Node(SqliteStore.open(folder / "record.db"), keys, night.clock(), CapStatus.EXERCISE)
    node.host(PARTY)
    for first in range(0, OPEN, 500):
        node.carry_out([raising(node, number) for number in range(first, first + 500)])
    return node


def raising(node: Node, number: int) -> Ask:
    key = f"\nbench/{number}"
    later = plan_for(Precedence.ROUTINE)
    plan = Plan(later.steps[1:], later.repeat_s, later.remind_s)  # nothing is due at once
    matter = node.keys.subject(PARTY, key)
    body = AlarmRaised(matter, "bench", f"Alarm {number}", Precedence.ROUTINE, plan, node.clock.now())

    def decided(desk: Desk, now: datetime) -> Decision:
        return decide_raise(desk, body, key, now, node.keys)

    return Ask(PARTY, key, b"", (), decided)


def us_of_ours(node: Node, night: Night, folder: Path) -> float:
    engine = Engine(lambda: node, StationLog(folder / "station.log"), Heartbeat(folder / "beat.json"))
    engine.begin()
    began = time.process_time()
    for _ in range(SECONDS):
        night.passed_s += 1.0
        node.carry_out(engine.turn())
        engine.waiting()
    return 1e6 * (time.process_time() - began) / SECONDS


def us_of_a_query(path: Path, due: list[int]) -> float:
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE deadline (id INTEGER PRIMARY KEY, due_us INTEGER NOT NULL)")
    connection.execute("CREATE INDEX soonest ON deadline (due_us)")
    connection.executemany("INSERT INTO deadline (due_us) VALUES (?)", [(at,) for at in due])
    connection.commit()
    began = time.process_time()
    for second in range(SECONDS):
        connection.execute("SELECT id FROM deadline WHERE due_us <= ?", (second,)).fetchall()
    spent = time.process_time() - began
    connection.close()
    return 1e6 * spent / SECONDS
