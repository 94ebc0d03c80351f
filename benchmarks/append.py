"""Appending already signed statements: our store beside a bare SQLite loop that writes the same rows.

Both run WAL with `synchronous=FULL` on fresh files in one directory and commit the same batches: statements
told in two logs each, an idempotency key for each, a checkpoint for each log. The peer has its rows ready as
tuples, checks nothing and remembers nothing. Signing, hashing and canonical form have rows of their own
(`record`).
"""

from __future__ import annotations

import sqlite3
import tempfile
import time
from hashlib import sha256
from importlib.resources import files
from pathlib import Path

from benchmarks import Row, rate_row
from benchmarks.timing import medians
from keepclear.commands.ports import Batch, CheckpointRow, EntryRow, KeyRow, LogRow
from keepclear.model.statements import LogId
from keepclear.model.words import PartyId, StatementId
from keepclear.record.tree import leaf_hash
from keepclear.stores.sqlite import SCHEMA_FILES, SqliteStore

NAME = "append"
SIZES = ((1, 400), (16, 200), (256, 30))  # statements in a commit, commits
REPEATS = 15
STATEMENT_BYTES = 700
NOTE_BYTES = 350
START_US = 1_518_000_000_000_000
OWN = LogId(PartyId("coalition"), PartyId("coalition"))
TOLD = LogId(PartyId("coalition"), PartyId("russia"))
ROW_OF = {OWN: 1, TOLD: 2}
OPENING = Batch(logs=(LogRow(OWN, "node/own", "party"), LogRow(TOLD, "node/told", "party")))
TABLES = ("log", "statement", "entry", "checkpoint", "idempotency", "attachment")
BareBatch = tuple[list[tuple[object, ...]], ...]


def run() -> list[Row]:
    return [row_for(statements, commits) for statements, commits in SIZES]


def row_for(statements: int, commits: int) -> Row:
    batches = [batch(number * statements, statements) for number in range(commits)]
    bare = [bare_rows(each) for each in batches]
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as folder:
        place = Path(folder)
        seconds = medians(
            lambda: append_ours(batches, fresh(place, "ours")),
            lambda: append_bare(bare, fresh(place, "bare")),
            REPEATS,
        )
        equal = everything_in(place / "ours.db") == everything_in(place / "bare.db")
    entries = 2 * statements * commits
    row = rate_row("append", entries, "bare SQLite WAL FULL", "entries/s", seconds, equal=equal)
    return Row(f"append {statements}/commit", *(getattr(row, field) for field in row.__struct_fields__[1:]))


def batch(first: int, count: int) -> Batch:
    """Make a batch of statements of which every one is told in both logs."""
    statements, entries, keys = [], [], []
    for number in range(first, first + count):
        encoded = (b'{"id":"coalition.%d","text":"' % number).ljust(STATEMENT_BYTES - 2, b"x") + b'"}'
        digest = sha256(encoded).digest()
        statements.append((digest, encoded))
        at = START_US + number
        for log in (OWN, TOLD):
            leaf = leaf_hash(encoded + str(log).encode())
            entries.append(EntryRow(log, number, at, at, number // 2, digest, leaf))
        keys.append(KeyRow(PartyId("coalition"), f"key-{number}", digest, StatementId(f"coalition.{number}")))
    notes = tuple(CheckpointRow(log, first + count, bytes([65 + first % 26]) * NOTE_BYTES) for log in ROW_OF)
    return Batch((), tuple(statements), tuple(entries), notes, tuple(keys))


def bare_rows(each: Batch) -> BareBatch:
    entries = [
        (ROW_OF[row.log], row.index, row.recorded_at_us, row.received_at_us, row.sees, row.digest, row.leaf)
        for row in each.entries
    ]
    notes = [(ROW_OF[row.log], row.size, row.note) for row in each.checkpoints]
    keys = [(row.party, row.key, row.asked, row.statement) for row in each.keys]
    return [tuple(row) for row in each.statements], entries, notes, keys


def fresh(place: Path, name: str) -> Path:
    for old in place.glob(f"{name}.db*"):
        old.unlink()
    return place / f"{name}.db"


def append_ours(batches: list[Batch], path: Path) -> float:
    store = SqliteStore.open(path)
    store.commit(OPENING)
    start = time.perf_counter()
    for each in batches:
        store.commit(each)
    seconds = time.perf_counter() - start
    store.close()
    return seconds


def append_bare(batches: list[BareBatch], path: Path) -> float:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA journal_mode = WAL")
    for name in SCHEMA_FILES:
        connection.executescript((files("keepclear.stores") / "schema" / name).read_text())
    opened = [
        (ROW_OF[row.log], row.log.author, row.log.reader, row.origin, row.custody) for row in OPENING.logs
    ]
    connection.executemany("INSERT INTO log VALUES (?, ?, ?, ?, ?)", opened)
    start = time.perf_counter()
    for statements, entries, notes, keys in batches:
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany("INSERT INTO statement VALUES (?, ?)", statements)
        connection.executemany("INSERT INTO entry VALUES (NULL, ?, ?, ?, ?, ?, ?, ?)", entries)
        connection.executemany("INSERT INTO checkpoint VALUES (?, ?, ?)", notes)
        connection.executemany("INSERT INTO idempotency VALUES (?, ?, ?, ?)", keys)
        connection.execute("COMMIT")
    seconds = time.perf_counter() - start
    connection.close()
    return seconds


def everything_in(path: Path) -> dict[str, list[tuple[object, ...]]]:
    connection = sqlite3.connect(path)
    try:
        return {
            table: connection.execute(f"SELECT * FROM {table} ORDER BY 1, 2").fetchall() for table in TABLES
        }
    finally:
        connection.close()
