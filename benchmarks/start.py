"""How long a node with 200,000 statements takes to start, and how much memory it then holds.

The record is made of the kinds that the Syria accounts use, in their shares, each told to one other party
(so about 400,000 entries), with signatures of the right length that nobody checks at a start. The node is
started in a process of its own; the peer is the bound that the project keeps, so a ratio above 1 is inside.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import msgspec

from benchmarks import Row
from keepclear.commands.ports import Batch, EntryRow, LogRow
from keepclear.geo.shapes import Circle, Point
from keepclear.model.hotline import MessageSent, Purpose, Rung, RungReached, Text
from keepclear.model.incidents import Aspect, ClaimMade, IncidentStated
from keepclear.model.measures import Basis, Effect, MeasureKind, MeasureStated, Stance, StanceTaken
from keepclear.model.statements import Author, Body, LogId, Statement, encode, entry_bytes
from keepclear.model.words import CapStatus, Count, PartyId, Place, Speaker, StatementId, SubjectId
from keepclear.record.tree import leaf_hash
from keepclear.stores.sqlite import SqliteStore
from keepclear.times import Precision, Stamp, text

NAME = "start"
STATEMENTS = 200_000
LIMIT_S = 5.0
LIMIT_MB = 500.0
PARTIES = (PartyId("COA"), PartyId("RUS"))
BEGIN = datetime(2017, 5, 18, tzinfo=UTC)
BATCH = 5_000

STARTED = """
import resource, sys, time
from pathlib import Path
begun = time.perf_counter()
from keepclear.model.words import CapStatus, PartyId
from keepclear.service.clock import SystemClock
from keepclear.service.keys import Keyring
from keepclear.service.node import Node
from keepclear.stores.sqlite import SqliteStore
keys = Keyring.from_seed("bench", b"k" * 32, (PartyId("COA"), PartyId("RUS")))
node = Node(SqliteStore.open(Path(sys.argv[1])), keys, SystemClock(), CapStatus.EXERCISE)
held = len(node.picture(PartyId("COA"))), len(node.picture(PartyId("RUS")))
print(time.perf_counter() - begun, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, *held)
"""


def bodies(number: int, author: PartyId, other: PartyId) -> Body:
    """Give the body of the n-th statement: ten in a row are one incident's worth of telling."""
    place = number % 10
    base = number - place
    first = f"{PARTIES[base // 10 % 2]}."
    if place == 0:
        return IncidentStated("Incident", "fire on positions", _at(number), Place("near the river"))
    if place in (1, 2, 3, 4):
        count = Count(low=number % 90, high=100, words="about 100")
        return ClaimMade(SubjectId(f"{first}s{base}"), Aspect.KILLED, count=count, whose="not said")
    if place == 5:
        circle = Circle(Point(38.0 + number % 1000 / 500, 33.0 + number % 777 / 500), 5_000.0)
        return MeasureStated("Zone", MeasureKind.ZONE, Effect.CALL, Basis.DECLARED, circle)
    if place == 6:
        return StanceTaken(
            StatementId(f"{first}i{base + 5}"), SubjectId(f"{first}s{base + 5}"), author, Stance.SILENT
        )
    if place in (7, 8):
        return MessageSent((other,), Purpose.QUERY, (Text("Are these forces yours? Please answer."),))
    return RungReached(StatementId(f"{first}i{base + 7}"), other, Rung.READ_BACK, "duty officer")


def _at(number: int) -> Stamp:
    return Stamp(BEGIN + timedelta(seconds=number * 60), "", "+03:00", Precision.MINUTE)


def build(path: Path, statements: int) -> None:
    """Write a record of so many statements."""
    store = SqliteStore.open(path)
    logs = [LogId(a, b) for a in PARTIES for b in PARTIES]
    store.commit(Batch(logs=tuple(LogRow(log, f"bench/{log.author}-{log.reader}", "host") for log in logs)))
    sizes = dict.fromkeys(logs, 0)
    for begin in range(0, statements, BATCH):
        kept: list[tuple[bytes, bytes]] = []
        rows: list[EntryRow] = []
        for number in range(begin, min(begin + BATCH, statements)):
            author, other = PARTIES[number // 10 % 2], PARTIES[(number // 10 + 1) % 2]
            statement = Statement(
                id=StatementId(f"{author}.i{number}"),
                subject=SubjectId(f"{author}.s{number}"),
                author=Author(author, f"{author}+0011aabb"),
                cap=CapStatus.EXERCISE,
                stated_at=BEGIN + timedelta(seconds=number),
                body=bodies(number, author, other),
                said_by=Speaker("spokesman", party=author) if number % 3 == 0 else None,
                sig="A" * 86 + "==",
            )
            encoded = encode(statement)
            digest = sha256(encoded).digest()
            kept.append((digest, encoded))
            at = BEGIN + timedelta(seconds=number)
            at_us = int(at.timestamp() * 1_000_000)
            for log in (LogId(author, author), LogId(author, other)):
                leaf = leaf_hash(entry_bytes(sizes[log], text(at), 0, encoded))
                rows.append(EntryRow(log, sizes[log], at_us, at_us, 0, digest, leaf))
                sizes[log] += 1
        store.commit(Batch(statements=tuple(kept), entries=tuple(rows)))
    store.close()


def run() -> list[Row]:
    with tempfile.TemporaryDirectory(dir=".") as folder:
        path = Path(folder) / "record.sqlite3"
        build(path, STATEMENTS)
        runs = []
        for _ in range(3):
            ran = subprocess.run(
                [sys.executable, "-c", STARTED, str(path)], stdout=subprocess.PIPE, text=True, check=True
            )
            runs.append([float(value) for value in ran.stdout.split()])
    seconds, megabytes, *held = sorted(runs)[1]
    equal = all(int(count) == STATEMENTS for count in held)
    name = "start of a node"
    return [
        Row(
            name,
            STATEMENTS,
            "bound of 5 s",
            round(LIMIT_S / seconds, 3),
            round(seconds, 2),
            LIMIT_S,
            "s",
            equal,
        ),
        Row(
            name,
            STATEMENTS,
            "bound of 500 MB",
            round(LIMIT_MB / megabytes, 3),
            round(megabytes, 0),
            LIMIT_MB,
            "MB",
            equal,
        ),
    ]


def main() -> None:
    print(msgspec.json.encode(run()).decode())
