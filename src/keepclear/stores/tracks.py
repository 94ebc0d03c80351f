"""Positions on disk: a SQLite file of its own beside the record, with a time after which they are dropped.

The record is durable before anything is acknowledged; positions are not: they come again. What is kept goes
to the disk every few seconds, so that a power cut costs the last of it and nothing of the record. What is
kept in one call is kept whole or not at all: where things are, and what the fences made of it, agree. So the
newest fixes of all things are one body; trails, with which nothing must agree, go in a few rows at a time.
"""

from __future__ import annotations

import os
import sqlite3
import threading
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

from msgspec import Struct
from msgspec.structs import astuple

from keepclear.errors import StoreFault
from keepclear.model.tracks import FixRow, Standing, Track, TrackKind
from keepclear.model.words import PartyId, SubjectId
from keepclear.stores import refusals

SCHEMA_FILES: Final = ("0001.sql", "0002.sql", "0003.sql")
APPLICATION_ID: Final = 0x4B434C56
_BUSY_TIMEOUT_MS: Final = 5_000
_OWNER_ONLY: Final = 0o600
_LARGE: Final = 65_536
_PACKED: Final = b"\x78\x01"


_FIX: Final = FixRow.__struct_fields__
_FIX_COLUMNS: Final = ", ".join(_FIX)
_TOLD: Final = ("kind", "callsign", "whose", "standing", "invented", "standing_said", "invented_said")
_TOLD_COLUMNS: Final = ", ".join(_TOLD)


class ThingRow(Struct, frozen=True, gc=False):
    """A thing of one party, under the number that the party knows it by, and its newest fix."""

    number: int
    track: Track
    fix: FixRow


class TrailRow(Struct, frozen=True, gc=False):
    """A fix of a thing's trail."""

    number: int
    fix: FixRow


class TieRow(Struct, frozen=True):
    """Which notice or movement a thing was tied to, by whom."""

    source: str
    id: str
    subject: SubjectId
    since_us: int
    by_role: str


class RefusedRow(Struct, frozen=True):
    """How often a rule refused fixes of a feed, and the last that it refused."""

    source: str
    rule: str
    count: int
    last_us: int
    last_id: str


class Keeping(Struct, frozen=True):
    """What is kept in one piece for one party; `kept` are bodies by name, each in place of the last.

    `things` are those that are new or were described anew; where all are now is one of the bodies.
    """

    things: tuple[ThingRow, ...] = ()
    refused: tuple[RefusedRow, ...] = ()
    kept: tuple[tuple[str, bytes], ...] = ()


class TrackStore:
    """The file of positions. Threads use it in turn: the engine's own, and the one that keeps beside it."""

    def __init__(self, where: str, connection: sqlite3.Connection) -> None:
        """Use `TrackStore.open`, which makes the file and checks it."""
        self._where = where
        self._connection = connection
        self._one_at_a_time = threading.Lock()

    @classmethod
    def open(cls, path: Path | None = None) -> TrackStore:
        """Open the file, or make it so that its owner alone can read it; None: in memory.

        Raises:
            StoreFault: it cannot be used, others may read it, or a newer Keepclear wrote it.
        """
        where = ":memory:" if path is None else str(path)
        if path is not None:
            _only_the_owners(path)
        with _faults("opening", where):
            connection = sqlite3.connect(where, isolation_level=None, check_same_thread=False)
            try:
                _make_ready(connection, where)
            except BaseException:
                connection.close()
                raise
        return cls(where, connection)

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()

    def keep(self, party: PartyId, keeping: Keeping) -> None:
        """Keep something of a party, whole or not at all.

        Raises:
            StoreFault: the disk is full or the file cannot be written; nothing was changed.
        """
        with self._writing("keeping positions in"):
            self._put_things(party, keeping.things)
            self._connection.executemany(
                "INSERT OR REPLACE INTO refused VALUES (?, ?, ?, ?, ?, ?)",
                (
                    (party, row.source, row.rule, row.count, row.last_us, row.last_id)
                    for row in keeping.refused
                ),
            )
            self._connection.executemany(
                "INSERT OR REPLACE INTO kept VALUES (?, ?, ?)",
                ((party, what, _packed(body)) for what, body in keeping.kept),
            )

    def _put_things(self, party: PartyId, things: Iterable[ThingRow]) -> None:
        changing = ", ".join(f"{name} = excluded.{name}" for name in (*_TOLD, *_FIX))
        places = ", ".join("?" * (4 + len(_TOLD) + len(_FIX)))
        self._connection.executemany(
            f"INSERT INTO thing (party, number, source, id, {_TOLD_COLUMNS}, {_FIX_COLUMNS}) "  # noqa: S608
            f"VALUES ({places}) "
            f"ON CONFLICT (party, number) DO UPDATE SET {changing}",
            ((party, row.number, *_named(row.track), *_values(row.fix)) for row in things),
        )

    def add_trail(self, party: PartyId, trail: Iterable[TrailRow]) -> None:
        """Add fixes to the trails of things that are kept; one that is there already stays as it is.

        Raises:
            StoreFault: the disk is full or the file cannot be written; nothing was changed.
        """
        places = ", ".join("?" * len(_FIX))
        with self._writing("adding to trails in"):
            self._connection.executemany(
                f"INSERT OR IGNORE INTO fix (thing, {_FIX_COLUMNS}) "  # noqa: S608 - own names
                f"VALUES ((SELECT key FROM thing WHERE party = ? AND number = ?), {places})",
                ((party, row.number, *_values(row.fix)) for row in trail),
            )

    def things(self, party: PartyId) -> list[ThingRow]:
        """Give the things of a party, by their numbers."""
        found = self._read(
            f"SELECT number, id, source, {_TOLD_COLUMNS}, {_FIX_COLUMNS} "  # noqa: S608 - own names
            "FROM thing WHERE party = ? ORDER BY number",
            (party,),
        )
        split = 3 + len(_TOLD)
        return [ThingRow(row[0], _track(row[1:split]), FixRow(*row[split:])) for row in found]

    def trail(self, party: PartyId, number: int, since_us: int, at_most: int) -> list[FixRow]:
        """Give a thing's kept fixes from a time on, the newest so many of them, oldest first."""
        found = self._read(
            f"SELECT {_FIX_COLUMNS} FROM fix "  # noqa: S608 - own names
            "WHERE thing = (SELECT key FROM thing WHERE party = ? AND number = ?) AND at_us >= ? "
            "ORDER BY at_us DESC LIMIT ?",
            (party, number, since_us, at_most),
        )
        return [FixRow(*row) for row in reversed(found)]

    def refused(self, party: PartyId) -> list[RefusedRow]:
        """Give what was refused of a party's feeds, counted by rule."""
        found = self._read(
            "SELECT source, rule, count, last_us, last_id FROM refused WHERE party = ?", (party,)
        )
        return [RefusedRow(*row) for row in found]

    def kept(self, party: PartyId, what: str) -> bytes | None:
        """Give what was kept under a name, or None."""
        found = self._read("SELECT body FROM kept WHERE party = ? AND what = ?", (party, what))
        return _unpacked(bytes(found[0][0])) if found else None

    def ties(self, party: PartyId) -> list[TieRow]:
        """Give which things of a party are tied to what."""
        found = self._read(
            "SELECT source, id, subject, since_us, by_role FROM tie WHERE party = ? ORDER BY source, id",
            (party,),
        )
        return [TieRow(*row) for row in found]

    def tie(self, party: PartyId, row: TieRow) -> None:
        """Tie a thing, in place of what it was tied to."""
        with self._writing("tying a thing in"):
            self._connection.execute(
                "INSERT OR REPLACE INTO tie VALUES (?, ?, ?, ?, ?, ?)",
                (party, row.source, row.id, row.subject, row.since_us, row.by_role),
            )

    def untie(self, party: PartyId, source: str, identity: str) -> None:
        """Take a tie away."""
        with self._writing("untying a thing in"):
            self._connection.execute(
                "DELETE FROM tie WHERE party = ? AND source = ? AND id = ?", (party, source, identity)
            )

    def forget(self, party: PartyId, source: str, before_us: int, numbers: Iterable[int] = ()) -> None:
        """Drop the fixes of a feed that are older than a time, and whole things by their numbers."""
        with self._writing("dropping old positions from"):
            self._connection.execute(
                "DELETE FROM fix WHERE at_us < ? "
                "AND thing IN (SELECT key FROM thing WHERE party = ? AND source = ?)",
                (before_us, party, source),
            )
            self._connection.executemany(
                "DELETE FROM thing WHERE party = ? AND number = ?", ((party, number) for number in numbers)
            )

    def _read(self, sql: str, values: tuple[Any, ...]) -> list[Any]:
        with self._one_at_a_time, _faults("reading", self._where):
            return self._connection.execute(sql, values).fetchall()

    @contextmanager
    def _writing(self, doing: str) -> Iterator[None]:
        with self._one_at_a_time, _faults(doing, self._where):
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._connection.execute("COMMIT")
            except BaseException:
                with suppress(sqlite3.Error):  # after a disk error SQLite may have rolled back by itself
                    self._connection.execute("ROLLBACK")
                raise


def _only_the_owners(path: Path) -> None:
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, _OWNER_ONLY))
        if path.stat().st_mode & 0o077:
            raise StoreFault(f"the file {path} is open to others", "tracks-file", f"chmod 600 {path}")
    except OSError as error:
        raise refusals.file_fault(error, "opening", str(path)) from error


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
    for setting in (
        "journal_mode = WAL", "synchronous = NORMAL", "foreign_keys = ON", "trusted_schema = OFF",
        "secure_delete = ON", "temp_store = MEMORY",
    ):  # fmt: skip
        run(f"PRAGMA {setting}")
    for number, name in enumerate(SCHEMA_FILES[version:], version + 1):
        text = files("keepclear.stores").joinpath("tracks_schema", name).read_text("utf-8")
        connection.executescript(
            f"BEGIN; {text} PRAGMA user_version = {number}; PRAGMA application_id = {APPLICATION_ID}; COMMIT;"
        )


def _packed(body: bytes) -> bytes:
    """Make a large body small: ten megabytes every few seconds held up the record's own disk.

    What is packed begins with the two bytes of this compression, with which no body begins as it is.
    """
    return body if len(body) < _LARGE else zlib.compress(body, 1)


def _unpacked(body: bytes) -> bytes:
    return zlib.decompress(body) if body[:2] == _PACKED else body


# Looked up for each of ten thousand rows: a member's own `value` costs more than the rest of the row.
_KINDS: Final = {kind: kind.value for kind in TrackKind}
_STANDINGS: Final = {standing: standing.value for standing in Standing}


def _named(track: Track) -> tuple[Any, ...]:
    return (
        track.source, track.id, _KINDS[track.kind], track.callsign, track.whose, _STANDINGS[track.standing],
        int(track.invented), int(track.standing_said), int(track.invented_said),
    )  # fmt: skip


def _values(fix: FixRow) -> tuple[Any, ...]:
    values: tuple[Any, ...] = astuple(fix)
    return values


def _track(row: tuple[Any, ...]) -> Track:
    identity, source, kind, callsign, whose, standing, *flags = row
    return Track(
        identity, source, TrackKind(kind), callsign, None if whose is None else PartyId(whose),
        Standing(standing), *map(bool, flags),
    )  # fmt: skip
