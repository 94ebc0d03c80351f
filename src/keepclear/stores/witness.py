"""What a witness last cosigned, in an SQLite file of its own: WAL, `synchronous=FULL`, one transaction each.

Reading the last size, judging the new checkpoint and keeping it are one transaction. In two, a slower request
could put a smaller tree in the place of a larger one, and the witness would cosign two histories
(c2sp.org/tlog-witness spells the race out).
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from msgspec import Struct

from keepclear.errors import StoreFault
from keepclear.record.tree import EMPTY_ROOT
from keepclear.stores.small import Kind, faults, opened, transaction
from keepclear.times import instant

APPLICATION_ID: Final = 0x4B435749  # "KCWI"
SCHEMA_FILES: Final = ("0001_witness.sql",)
_KIND: Final = Kind(APPLICATION_ID, "witness_schema", SCHEMA_FILES, "witness-file")


class LastSeen(Struct, frozen=True):
    """The tree of one log that was last cosigned, size 0 where none was, and when (microseconds UTC)."""

    size: int
    root: bytes
    at_us: int = 0

    @property
    def at(self) -> datetime:
        """The time of the cosignature."""
        return instant(self.at_us)


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
        (connection,) = opened(path, _KIND)
        return cls(path, connection)

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
        with self._lock, faults("reading", str(self._path)):
            return self._connection.execute(sql, values).fetchall()

    @contextmanager
    def _transaction(self, doing: str) -> Iterator[sqlite3.Connection]:
        """Lock the file against every other writer from the first read on; whatever goes wrong undoes it."""
        with self._lock, faults(doing, str(self._path)), transaction(self._connection):
            yield self._connection


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
