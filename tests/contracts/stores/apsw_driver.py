"""The store's driver protocol over apsw, whose SQLite is another version and takes file systems in Python."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import apsw


class ApswConnection:
    """An apsw connection that raises what `keepclear.stores.sqlite` expects of a driver."""

    def __init__(self, path: str, vfs: str | None = None) -> None:
        self.raw = _translated(lambda: apsw.Connection(path, vfs=vfs))

    def execute(self, sql: str, parameters: Sequence[Any] = (), /) -> Iterable[tuple[Any, ...]]:
        return _translated(lambda: list(self.raw.execute(sql, parameters)))

    def executemany(self, sql: str, rows: Iterable[Sequence[Any]], /) -> object:
        return _translated(lambda: list(self.raw.executemany(sql, rows)))

    def close(self) -> None:
        _translated(lambda: self.raw.close(force=True))


def connect_apsw(path: str) -> ApswConnection:
    return ApswConnection(path)


def _translated(work: Callable[[], Any]) -> Any:
    try:
        return work()
    except apsw.Error as error:
        kind = sqlite3.IntegrityError if isinstance(error, apsw.ConstraintError) else sqlite3.OperationalError
        told = kind(str(error))
        told.sqlite_errorcode = getattr(error, "extendedresult", getattr(error, "result", 0))
        raise told from error
