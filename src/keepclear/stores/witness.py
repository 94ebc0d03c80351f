"""What a witness last cosigned, in an SQLite file of its own: WAL, `synchronous=FULL`, one transaction each.

Reading the last size, judging the new checkpoint and keeping it are one transaction. In two, a slower request
could put a smaller tree in the place of a larger one, and the witness would cosign two histories
(c2sp.org/tlog-witness spells the race out).
"""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

from msgspec import Struct

from keepclear.errors import StoreFault
from keepclear.record.tree import EMPTY_ROOT
from keepclear.stores import refusals

APPLICATION_ID: Final = 0x4B435749  # "KCWI"
SCHEMA_FILES: Final = ("0001_witness.sql",)
_BUSY_TIMEOUT_MS: Final = 5_000
_OWNER_ONLY: Final = 0o600
_SYNCHRONOUS_FULL: Final = 2


class LastSeen(Struct, frozen=True):
    """The tree of one log that was last cosigned, size 0 where none was, and when (microseconds UTC)."""

    size: int
    root: bytes
    at_us: int = 0

    @property
    def at(self) -> datetime:
        """The time of the cosignature."""
        return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=self.at_us)


Judge = Callable[[LastSeen], LastSeen]
"""Gives what is to be kept in the place of what was last seen, or raises what refuses it."""


class WitnessStore:
    """Keeps what a witness last cosigned. Every method may be called from any thread and process."""

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        """Use `WitnessStore.open`, which makes the file and checks it."""
        self._path = path
        self._connection = connection
        self._lock = threading.Lock()

    @classmethod
    def open(cls, path: Path) -> WitnessStore:
        """Open the file, or make it so that its owner alone can read it.

        Raises:
            StoreFault: it cannot be used, others may read it, or a newer Keepclear wrote it.
        """
        where = str(path)
        try:
            os.close(os.open(path, os.O_RDWR | os.O_CREAT, _OWNER_ONLY))
            if path.stat().st_mode & 0o077:
                raise StoreFault(f"the file {path} is open to others", "witness-file", f"chmod 600 {path}")
        except OSError as error:
            raise refusals.file_fault(error, "opening", where) from error
        with ExitStack() as undo, _faults("opening", where):
            connection = sqlite3.connect(where, isolation_level=None, check_same_thread=False)
            undo.callback(connection.close)
            _make_ready(connection, where)
            store = cls(path, connection)
            with store._transaction("opening"):
                _bring_up_to_date(connection)
            undo.pop_all()
        return store

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            self._connection.close()

    def trust(self, origin: str, vkey: str) -> bool:
        """Trust a key for a log; False if it was trusted before."""
        with self._transaction("trusting a key in") as connection:
            connection.execute(
                "INSERT INTO log VALUES (?, 0, ?, 0) ON CONFLICT DO NOTHING", (origin, EMPTY_ROOT)
            )
            done = connection.execute(
                "INSERT INTO trusted_key VALUES (?, ?) ON CONFLICT DO NOTHING RETURNING 1", (origin, vkey)
            )
            return done.fetchone() is not None

    def keys(self, origin: str) -> list[str]:
        """Give the keys that are trusted for a log; none where the log is not known."""
        return [str(row[0]) for row in self._read("SELECT vkey FROM trusted_key WHERE origin = ?", origin)]

    def logs(self) -> dict[str, LastSeen]:
        """Give every known log with what was last cosigned of it."""
        rows = self._read("SELECT origin, size, root, at_us FROM log ORDER BY origin")
        return {str(origin): LastSeen(size, root, at_us) for origin, size, root, at_us in rows}

    def advance(self, origin: str, judge: Judge) -> LastSeen:
        """Judge a new checkpoint on what was last cosigned and keep it, in one transaction.

        Raises:
            StoreFault: the log is not known, or the disk does not take it.
            KeepclearError: what the judge refuses; then nothing is changed.
        """
        with self._transaction("keeping a checkpoint in") as connection:
            new = judge(_last(connection, origin, str(self._path)))
            _keep(connection, origin, new)
        return new

    def _read(self, sql: str, *values: str) -> list[tuple[Any, ...]]:
        with self._lock, _faults("reading", str(self._path)):
            return self._connection.execute(sql, values).fetchall()

    @contextmanager
    def _transaction(self, doing: str) -> Iterator[sqlite3.Connection]:
        """Lock the file against every other writer from the first read on; whatever goes wrong undoes it."""
        with self._lock, _faults(doing, str(self._path)):
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
                self._connection.execute("COMMIT")
            except BaseException:
                with suppress(sqlite3.Error):  # after a disk error SQLite may have rolled back by itself
                    self._connection.execute("ROLLBACK")
                raise


def _last(connection: sqlite3.Connection, origin: str, where: str) -> LastSeen:
    row = connection.execute("SELECT size, root, at_us FROM log WHERE origin = ?", (origin,)).fetchone()
    if row is None:
        raise StoreFault(f"the log {origin} in {where}", "witness-log", "a log that was added")
    return LastSeen(*row)


def _keep(connection: sqlite3.Connection, origin: str, new: LastSeen) -> None:
    connection.execute(
        "UPDATE log SET size = ?, root = ?, at_us = ? WHERE origin = ?",
        (new.size, new.root, new.at_us, origin),
    )


@contextmanager
def _faults(doing: str, where: str) -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise refusals.database_fault(error, doing, where) from error


def _make_ready(connection: sqlite3.Connection, where: str) -> None:
    run = connection.execute
    run(f"PRAGMA busy_timeout = {_BUSY_TIMEOUT_MS}")
    (version,) = run("PRAGMA user_version").fetchone()
    (identity,) = run("PRAGMA application_id").fetchone()
    if identity not in (0, APPLICATION_ID):
        raise refusals.foreign_database(where)
    if version > len(SCHEMA_FILES):
        raise refusals.newer_schema(where, version, len(SCHEMA_FILES))
    (mode,) = run("PRAGMA journal_mode = WAL").fetchone()
    run("PRAGMA synchronous = FULL")
    (synchronous,) = run("PRAGMA synchronous").fetchone()
    if mode != "wal" or synchronous != _SYNCHRONOUS_FULL:
        raise refusals.not_durable(where, "journal_mode", mode)
    for setting in ("foreign_keys = ON", "trusted_schema = OFF", "temp_store = MEMORY"):
        run(f"PRAGMA {setting}")


def _bring_up_to_date(connection: sqlite3.Connection) -> None:
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    for number, name in enumerate(SCHEMA_FILES[version:], version + 1):
        text = files("keepclear.stores").joinpath("witness_schema", name).read_text("utf-8")
        bare = "\n".join(row.partition("--")[0] for row in text.splitlines())
        for statement in filter(str.strip, bare.split(";")):
            connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {number}")
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
