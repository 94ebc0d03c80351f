"""A small SQLite file beside the record: WAL, `synchronous=FULL`, its owner alone, a change a transaction.

What the files of people and of witnesses have in common: how one is made and opened, how its schema is
brought up to date, and how a change is made durable whole or not at all.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

from msgspec import Struct

from keepclear.errors import StoreFault
from keepclear.stores import refusals

_BUSY_TIMEOUT_MS: Final = 5_000
_OWNER_ONLY: Final = 0o600
_SYNCHRONOUS_FULL: Final = 2

Row = tuple[Any, ...]
Run = Callable[..., sqlite3.Cursor]


class Kind(Struct, frozen=True):
    """What one sort of file is: its mark, the folder of its schema's steps in order, how a fault is named.

    `settings` are pragmas besides those of every small file.
    """

    application_id: int
    folder: str
    schema: tuple[str, ...]
    rule: str
    settings: tuple[str, ...] = ()


def opened(path: Path, kind: Kind, connections: int = 1) -> list[sqlite3.Connection]:
    """Open a file, or make it so that its owner alone can read it; give connections to it, ready for use.

    Raises:
        StoreFault: it cannot be used, others may read it, or a newer Keepclear wrote it.
    """
    where = str(path)
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, _OWNER_ONLY))
        if path.stat().st_mode & 0o077:
            raise StoreFault(f"the file {path} is open to others", kind.rule, f"chmod 600 {path}")
    except OSError as error:
        raise refusals.file_fault(error, "opening", where) from error
    made = []
    with ExitStack() as undo, faults("opening", where):
        for _ in range(connections):
            connection = sqlite3.connect(where, isolation_level=None, check_same_thread=False)
            undo.callback(connection.close)
            _make_ready(connection, where, kind)
            made.append(connection)
        with transaction(made[0]):
            _bring_up_to_date(made[0], kind)
        undo.pop_all()
    return made


@contextmanager
def faults(doing: str, where: str) -> Iterator[None]:
    """Give whatever the database refuses as a fault that says what was done, and what to do."""
    try:
        yield
    except sqlite3.Error as error:
        raise refusals.database_fault(error, doing, where) from error


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[Run]:
    """Lock the file against every other writer from the first read on; whatever goes wrong undoes it."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield connection.execute
        connection.execute("COMMIT")
    except BaseException:
        with suppress(sqlite3.Error):  # after a disk error SQLite may have rolled back by itself
            connection.execute("ROLLBACK")
        raise


def _make_ready(connection: sqlite3.Connection, where: str, kind: Kind) -> None:
    run = connection.execute
    run(f"PRAGMA busy_timeout = {_BUSY_TIMEOUT_MS}")
    (version,) = run("PRAGMA user_version").fetchone()
    (identity,) = run("PRAGMA application_id").fetchone()
    if identity not in (0, kind.application_id):
        raise refusals.foreign_database(where)
    if version > len(kind.schema):
        raise refusals.newer_schema(where, version, len(kind.schema))
    (mode,) = run("PRAGMA journal_mode = WAL").fetchone()
    run("PRAGMA synchronous = FULL")
    (synchronous,) = run("PRAGMA synchronous").fetchone()
    if mode != "wal" or synchronous != _SYNCHRONOUS_FULL:
        raise refusals.not_durable(where, "journal_mode", mode)
    for setting in ("foreign_keys = ON", "trusted_schema = OFF", "temp_store = MEMORY", *kind.settings):
        run(f"PRAGMA {setting}")


def _bring_up_to_date(connection: sqlite3.Connection, kind: Kind) -> None:
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    for number, name in enumerate(kind.schema[version:], version + 1):
        text = files("keepclear.stores").joinpath(kind.folder, name).read_text("utf-8")
        for statement in _statements(text):
            connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {number}")
        connection.execute(f"PRAGMA application_id = {kind.application_id}")


def _statements(text: str) -> Iterator[str]:
    """Split SQL that holds no semicolon but at the ends of its statements."""
    bare = "\n".join(line.partition("--")[0] for line in text.splitlines())
    yield from (part for part in bare.split(";") if part.strip())
