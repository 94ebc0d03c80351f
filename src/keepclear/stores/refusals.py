"""Why a store says no: one wording for all stores, each with the next step."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

from keepclear.errors import StoreFault

if TYPE_CHECKING:
    from keepclear.commands.ports import (
        CheckpointRow,
        Claim,
        DeadlineChange,
        EntryRow,
        KeyRow,
        LogRow,
        ReceiptRow,
    )
    from keepclear.model.statements import LogId

NOTHING_LOST = "everything acknowledged before is still there"


def not_next(entry: EntryRow, following: int) -> StoreFault:
    """An entry would leave a gap in its log or stand where another stands."""
    return StoreFault(
        f"entry {entry.index} of log {entry.log} was offered where {following} is next; "
        "the whole batch was left out",
        "log-next",
        f"index {following}",
        "entries.index",
    )


def log_not_open(log: LogId) -> StoreFault:
    """A row names a log that no batch has opened."""
    return StoreFault(
        f"log {log} is not open here; the whole batch was left out",
        "log-open",
        "a batch that opens the log, before or with its first entry",
        "logs",
    )


def log_opened_twice(row: LogRow) -> StoreFault:
    """A log, or its origin, is in use already."""
    return StoreFault(
        f"log {row.log} with origin {row.origin} is opened a second time; the whole batch was left out",
        "log-once",
        "a pair of parties without a log, and an origin of its own",
        "logs",
    )


def statement_missing(entry: EntryRow) -> StoreFault:
    """An entry points at a statement that is neither kept nor in the batch."""
    return StoreFault(
        f"entry {entry.index} of log {entry.log} has no statement; the whole batch was left out",
        "entry-statement",
        "the statement's bytes in this batch or an earlier one",
        "statements",
    )


def digest_malformed() -> StoreFault:
    """A digest or leaf hash is no SHA-256."""
    return StoreFault(
        "a digest or leaf hash has the wrong length; the whole batch was left out", "hash-length", "32 bytes"
    )


def checkpoint_beyond(row: CheckpointRow | ReceiptRow, size: int) -> StoreFault:
    """A checkpoint or a receipt speaks of entries that are not there."""
    return StoreFault(
        f"a checkpoint or receipt of size {row.size} for log {row.log}, which has {size} entries; "
        "the whole batch was left out",
        "checkpoint-size",
        f"a size up to {size}",
        "checkpoints.size",
    )


def key_used(row: KeyRow) -> StoreFault:
    """An idempotency key has made something before."""
    return StoreFault(
        f'the key "{row.key}" of {row.party} was used before; the whole batch was left out',
        "key-once",
        "a key that was not used, or the answer that it gave the first time",
        "keys",
    )


def deadline_moved(change: DeadlineChange) -> StoreFault:
    """A deadline is not what the batch takes it for: another claimed it first."""
    row = change.was or change.now
    alarm = "no alarm" if row is None else f"alarm {row.alarm} of {row.party}"
    return StoreFault(
        f"the deadline of {alarm} is not the one that was expected; the whole batch was left out",
        "deadline-claimed",
        "nothing: whoever claimed it first has done what was due",
        "deadlines",
    )


def outbox_twice(key: str) -> StoreFault:
    """A message of this key waits already."""
    return StoreFault(
        f'a message "{key}" waits to be sent already; the whole batch was left out',
        "outbox-once",
        "a key of its own for every message",
        "outbox",
    )


def outbox_gone(key: str) -> StoreFault:
    """The message to be taken out does not wait any more."""
    return StoreFault(
        f'no message "{key}" waits to be sent; the whole batch was left out',
        "outbox-there",
        "the key of a message that waits",
        "unsent",
    )


def outbox_claimed(claim: Claim) -> StoreFault:
    """The message is gone, or another has claimed it."""
    return StoreFault(
        f'the message "{claim.key}" was cancelled, sent, or claimed by another',
        "outbox-claimed",
        "nothing: it need not be sent from here",
        "claims",
    )


def closed(where: str) -> StoreFault:
    """The store was closed."""
    return StoreFault(f"the store {where} is closed", "store-open", "opening it again")


def bytes_changed(digest: bytes, where: str) -> StoreFault:
    """Kept bytes are no longer what their hash says."""
    return StoreFault(
        f"the statement {digest.hex()} in {where} is not the bytes that were kept",
        "store-bytes",
        "the file from a backup, or the logs fetched again from the parties that mirror them",
    )


_DISK = "check the disk (dmesg, SMART) before writing on; " + NOTHING_LOST
_RESTORE = (
    "stop, copy the data folder away as it is, then restore a backup or fetch the logs again from the "
    "parties that mirror them"
)
_BY_CODE: dict[int, tuple[str, str, str]] = {
    sqlite3.SQLITE_FULL: ("the disk is full", "disk-full", "free space, then repeat; " + NOTHING_LOST),
    sqlite3.SQLITE_READONLY: (
        "the files cannot be written",
        "store-writable",
        "write permission on the data folder and its files, and a disk that is not mounted read-only",
    ),
    sqlite3.SQLITE_CANTOPEN: (
        "the files cannot be opened",
        "store-readable",
        "read and write permission on the data folder and its files",
    ),
    sqlite3.SQLITE_PERM: ("the files cannot be opened", "store-readable", "read and write permission"),
    sqlite3.SQLITE_CORRUPT: ("the file is damaged", "store-whole", _RESTORE),
    sqlite3.SQLITE_NOTADB: ("the file is not a database", "store-whole", _RESTORE),
    sqlite3.SQLITE_IOERR: ("the disk gave an error", "disk-sound", _DISK),
    sqlite3.SQLITE_BUSY: (
        "another program holds the database",
        "one-writer",
        "closing that program (a database browser?), then repeat",
    ),
    sqlite3.SQLITE_LOCKED: ("another program holds the database", "one-writer", "closing it, then repeat"),
    sqlite3.SQLITE_NOMEM: ("memory has run out", "memory", "more free memory, then repeat; " + NOTHING_LOST),
}
_FILE_SIZE_LIMIT = "more room under the file size limit of this process (ulimit -f)"


def damaged(where: str, found: str) -> StoreFault:
    """The file does not hang together."""
    return StoreFault(f"the file {where} is damaged: {found}", "store-whole", _RESTORE)


def database_fault(error: sqlite3.Error, doing: str, where: str) -> StoreFault:
    """Say what the database's error means for the person who runs the node."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    known = _BY_CODE.get(code)
    if known is None:
        return StoreFault(f"{doing} {where}: {error}", "database", "what `keepclear doctor` advises")
    cause, rule, passes = known
    if getattr(error, "sqlite_errorcode", 0) == sqlite3.SQLITE_IOERR_WRITE:
        passes = f"{_FILE_SIZE_LIMIT}, or a sound disk: {passes}"
    return StoreFault(f"{doing} {where}: {cause} ({error})", rule, passes)


def file_fault(error: OSError, doing: str, where: str) -> StoreFault:
    """Say what the system's refusal of a file means for the person who runs the node."""
    return StoreFault(
        f"{doing} {where}: {error.strerror or error}",
        "store-writable",
        "an existing data folder that this user may read and write, on a disk that is not read-only or full",
    )


def newer_schema(where: str, found: int, known: int) -> StoreFault:
    """The file was written by a newer Keepclear."""
    return StoreFault(
        f"the store {where} has schema {found}; this Keepclear knows schemas up to {known} and "
        "has left it alone",
        "store-schema",
        f"a Keepclear that knows schema {found}: install the newer version again",
    )


def foreign_database(where: str) -> StoreFault:
    """The file is a database of some other program."""
    return StoreFault(
        f"{where} is a database of another program; it was not touched", "store-ours", "another path"
    )


def vanished(where: str) -> StoreFault:
    """The file is gone or empty although a store was here: starting anew would hide the loss."""
    return StoreFault(
        f"a store was kept at {where}, but the file is missing or empty",
        "store-present",
        f"the file from a backup; or, to begin with nothing, remove {where}.lock as well",
    )


def held_by_another(where: str, holder: str) -> StoreFault:
    """Another process has the store open."""
    return StoreFault(
        f"the store {where} is held by another process{f' ({holder})' if holder else ''}",
        "one-process",
        "the same again in some seconds where a node was just started there; another data folder; "
        "or, only if "
        "that process is to end, stopping it",
    )


def not_durable(where: str, setting: str, found: object) -> StoreFault:
    """The database does not take a setting without which acknowledged statements can be lost."""
    return StoreFault(
        f"the store {where} has {setting} = {found}",
        "durable-settings",
        "journal_mode = wal and synchronous = 2 (FULL), on a local disk",
    )


def erasure_pending(salted_hash: str, where: str) -> StoreFault:
    """An attachment was erased, but another program keeps its old bytes in the log file."""
    return StoreFault(
        f"attachment {salted_hash} is erased, but another program that reads {where} keeps its bytes in the "
        "write-ahead log",
        "erase-whole",
        "closing that program; the bytes go with the next erasure or the next start",
    )
