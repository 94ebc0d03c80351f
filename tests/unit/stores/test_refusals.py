"""A store's refusals read aloud: what was asked, which rule, what would pass."""

from __future__ import annotations

import errno
import sqlite3

import pytest

from keepclear.stores import refusals


def database_error(code: int) -> sqlite3.Error:
    error = sqlite3.OperationalError("the database's own words")
    error.sqlite_errorcode = code
    return error


@pytest.mark.parametrize(
    ("code", "rule", "step"),
    [
        (sqlite3.SQLITE_FULL, "disk-full", "free space"),
        (sqlite3.SQLITE_READONLY, "store-writable", "write permission"),
        (sqlite3.SQLITE_CANTOPEN, "store-readable", "permission"),
        (sqlite3.SQLITE_CORRUPT, "store-whole", "backup"),
        (sqlite3.SQLITE_NOTADB, "store-whole", "backup"),
        (sqlite3.SQLITE_IOERR, "disk-sound", "check the disk"),
        (sqlite3.SQLITE_BUSY, "one-writer", "closing that program"),
        (sqlite3.SQLITE_CORRUPT_INDEX, "store-whole", "backup"),
        (sqlite3.SQLITE_IOERR_WRITE, "disk-sound", "ulimit"),
        (sqlite3.SQLITE_MISUSE, "database", "doctor"),
    ],
)
def test_every_fault_of_the_database_gives_the_next_step(code: int, rule: str, step: str) -> None:
    fault = refusals.database_fault(database_error(code), "keeping a batch in", "logs.db")
    assert fault.rule == rule
    assert step in fault.passes
    assert "keeping a batch in logs.db" in str(fault)
    assert "the database's own words" in str(fault)


def test_an_error_without_a_code_is_still_a_fault() -> None:
    fault = refusals.database_fault(sqlite3.ProgrammingError("misuse"), "reading", "logs.db")
    assert fault.rule == "database"


def test_a_full_disk_says_that_nothing_was_lost() -> None:
    fault = refusals.database_fault(database_error(sqlite3.SQLITE_FULL), "keeping a batch in", "logs.db")
    assert refusals.NOTHING_LOST in str(fault)


def test_a_file_that_the_system_refuses_is_named() -> None:
    fault = refusals.file_fault(OSError(errno.EROFS, "Read-only file system"), "opening", "/data/logs.db")
    assert "opening /data/logs.db: Read-only file system" in str(fault)
    assert fault.passes
