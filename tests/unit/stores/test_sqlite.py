"""What is special to the SQLite store; the rest is in tests/contracts/stores."""

from __future__ import annotations

import sqlite3
import stat
from collections.abc import Iterable
from hashlib import sha256
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from keepclear.commands.ports import AttachmentRow, Batch, EntryRow, LogRow
from keepclear.errors import StoreFault
from keepclear.model.statements import LogId
from keepclear.model.words import PartyId
from keepclear.stores.sqlite import (
    APPLICATION_ID,
    SCHEMA_FILES,
    SCHEMA_VERSION,
    Connection,
    SqliteStore,
    connect_sqlite,
)

OWN = LogId(PartyId("a"), PartyId("a"))
OPENING = Batch(logs=(LogRow(OWN, "node/1", "party"),))


def telling(index: int, text: bytes) -> Batch:
    digest = sha256(text).digest()
    return Batch(statements=((digest, text),), entries=(EntryRow(OWN, index, 1, 2, 3, digest, digest),))


def ask(path: Path, sql: str) -> Any:
    connection = sqlite3.connect(path)
    try:
        return connection.execute(sql).fetchone()[0]
    finally:
        connection.close()


def test_the_file_says_whose_it_is_and_of_which_schema(tmp_path: Path) -> None:
    path = tmp_path / "logs.db"
    SqliteStore.open(path).close()
    assert ask(path, "PRAGMA application_id") == APPLICATION_ID
    assert ask(path, "PRAGMA user_version") == SCHEMA_VERSION
    assert ask(path, "PRAGMA journal_mode") == "wal"


def test_every_schema_file_is_listed_in_order() -> None:
    found = sorted(file.name for file in (files("keepclear.stores") / "schema").iterdir())
    assert [name for name in found if name.endswith(".sql")] == list(SCHEMA_FILES)


def test_the_files_are_for_their_owner_only(tmp_path: Path) -> None:
    store = SqliteStore.open(tmp_path / "logs.db")
    store.commit(OPENING)
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}
    store.close()
    assert set(modes) == {"logs.db", "logs.db-wal", "logs.db-shm", "logs.db.lock"}
    assert set(modes.values()) == {0o600}


def test_a_clean_close_leaves_one_file_and_its_lock(tmp_path: Path) -> None:
    store = SqliteStore.open(tmp_path / "logs.db")
    store.commit(OPENING)
    store.close()
    assert {path.name for path in tmp_path.iterdir()} == {"logs.db", "logs.db.lock"}


def test_a_statement_told_often_costs_its_bytes_once(tmp_path: Path) -> None:
    store = SqliteStore.open(tmp_path / "logs.db")
    store.commit(OPENING)
    for index in range(100):
        store.commit(telling(index, b"x" * 20_000))
    store.close()
    assert (tmp_path / "logs.db").stat().st_size < 200_000


def test_the_reading_connection_cannot_write(tmp_path: Path) -> None:
    store = SqliteStore.open(tmp_path / "logs.db")
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        store._reader.execute("DELETE FROM log")
    store.close()


def test_an_attachment_lies_outside_the_pages_that_are_balanced(tmp_path: Path) -> None:
    path = tmp_path / "logs.db"
    row = AttachmentRow("a" * 64, b"salt" * 8, b"a name")
    store = SqliteStore.open(path)
    store.commit(Batch(attachments=(row,)))
    assert store.attachment(row.salted_hash) == row
    store.close()
    root = ask(path, "SELECT rootpage FROM sqlite_schema WHERE name = 'attachment'")
    whole = path.read_bytes()
    tree_page = whole[(root - 1) * 4_096 : root * 4_096]
    assert row.salted_hash.encode() in tree_page
    assert row.body in whole
    assert row.body not in tree_page


class DoubtfulCommit:
    """A driver whose commit is carried out and then reported as failed, once it is told to."""

    def __init__(self, path: str) -> None:
        self.inside = connect_sqlite(path)
        self.doubtful = False

    def execute(self, sql: str, parameters: Any = (), /) -> Iterable[tuple[Any, ...]]:
        rows = list(self.inside.execute(sql, parameters))
        if sql == "COMMIT" and self.doubtful:
            self.doubtful = False
            raise sqlite3.OperationalError("disk I/O error")
        return rows

    def executemany(self, sql: str, rows: Any, /) -> object:
        return self.inside.executemany(sql, rows)

    def close(self) -> None:
        self.inside.close()


def test_after_a_commit_in_doubt_the_store_asks_the_file_what_is_in_it(tmp_path: Path) -> None:
    made: list[DoubtfulCommit] = []

    def connect(path: str) -> Connection:
        made.append(DoubtfulCommit(path))
        return made[-1]

    store = SqliteStore.open(tmp_path / "logs.db", connect)
    store.commit(OPENING)
    made[0].doubtful = True
    with pytest.raises(StoreFault):
        store.commit(telling(0, b"perhaps"))
    with pytest.raises(StoreFault) as refusal:
        store.commit(telling(0, b"perhaps"))
    assert refusal.value.rule == "log-next"
    store.commit(telling(1, b"surely"))
    assert [encoded for _, encoded in store.statements()] == [b"perhaps", b"surely"]
    assert [row.index for row in store.entries(OWN)] == [0, 1]
    store.close()
