"""The embedded store: one SQLite file in WAL mode with `synchronous=FULL`, one writer, readers beside it.

Why these settings and what they are proved by: docs/decisions/0004-sqlite-wal-full.md and
docs/explanation/durability.md. Reads are taken in short pieces, so that a slow reader never pins the
write-ahead log, and see what was there when they were asked for.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from contextlib import ExitStack, contextmanager, suppress
from hashlib import sha256
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from keepclear.commands.ports import (
    AttachmentRow,
    CheckpointRow,
    DeadlineRow,
    EntryRow,
    KeyRow,
    LogRow,
    OutboxRow,
    ReceiptRow,
)
from keepclear.model.statements import LogId
from keepclear.model.words import PartyId, StatementId, SubjectId
from keepclear.stores import duties, refusals
from keepclear.stores.ownership import Ownership

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

    from keepclear.commands.ports import Batch

APPLICATION_ID = 0x4B434C52  # "KCLR", so that `file` and other programs know whose database it is
SCHEMA_FILES = ("0001_logs.sql", "0002_deadlines.sql", "0003_receipts.sql")
SCHEMA_VERSION = len(SCHEMA_FILES)
_BUSY_TIMEOUT_MS = 5_000
_PAGE_BYTES = 4_096
_PAD_BYTES = _PAGE_BYTES  # keeps attachments out of tree pages; why: docs/decisions/0004
_PIECE_ROWS = 2_048
_OWNER_ONLY = 0o600
_SYNCHRONOUS_FULL = 2

_ENTRIES_IN_ORDER = """
    SELECT seq, log, idx, recorded_at_us, received_at_us, sees, digest, leaf
    FROM entry WHERE seq > ? AND seq <= ? ORDER BY seq LIMIT ?
"""
_ENTRIES_OF_LOG = """
    SELECT idx, log, idx, recorded_at_us, received_at_us, sees, digest, leaf
    FROM entry WHERE log = ? AND idx > ? AND idx <= ? ORDER BY idx LIMIT ?
"""
_TOLD = """
    SELECT idx, recorded_at_us, received_at_us, sees, entry.digest, leaf, bytes
    FROM entry JOIN statement ON statement.digest = entry.digest
    WHERE log = ? AND idx > ? AND idx <= ? ORDER BY idx LIMIT ?
"""
_LAST_CHECKPOINT = "SELECT size, note FROM checkpoint WHERE log = ? ORDER BY size DESC LIMIT 1"
_CHECKPOINT = "SELECT size, note FROM checkpoint WHERE log = ? AND size = ?"
_STATEMENTS_IN_ORDER = """
    SELECT rowid, digest, bytes FROM statement WHERE rowid > ? AND rowid <= ? ORDER BY rowid LIMIT ?
"""

Value = int | str | bytes | None
Row = tuple[Any, ...]
T = TypeVar("T")


class Connection(Protocol):
    """What the store needs of a database driver; its errors are `sqlite3.Error` with `sqlite_errorcode`."""

    def execute(self, sql: str, parameters: Sequence[Value] = ..., /) -> Iterable[Row]:
        """Run one statement in autocommit mode and give its rows."""
        ...

    def executemany(self, sql: str, rows: Iterable[Sequence[Value]], /) -> object:
        """Run one statement for every row."""
        ...

    def close(self) -> None:
        """Let go of the file."""
        ...


def connect_sqlite(path: str) -> Connection:
    """Connect with Python's own driver; the store begins and ends transactions itself."""
    return sqlite3.connect(path, isolation_level=None, check_same_thread=False)


class _Place:
    """Where a log stands: its row id and the index that is next in it."""

    __slots__ = ("row", "size")

    def __init__(self, row: int, size: int) -> None:
        self.row = row
        self.size = size


_NOWHERE = _Place(0, 0)


class SqliteStore:
    """Keeps logs in one SQLite file. Every method may be called from any thread."""

    def __init__(self, path: Path, writer: Connection, reader: Connection, ownership: Ownership) -> None:
        """Use `SqliteStore.open`, which checks the file first."""
        self._path = path
        self._writer = writer
        self._reader = reader
        self._ownership = ownership
        self._writing = threading.Lock()
        self._reading = threading.Lock()
        self._open = True
        self._places: dict[LogId, _Place] = {}
        self._logs_by_row: dict[int, LogId] = {}
        self._origins: set[str] = set()
        self._last_seq = 0
        self._learn_places()
        self._in_doubt = False

    @classmethod
    def open(cls, path: Path, connect: Callable[[str], Connection] = connect_sqlite) -> SqliteStore:
        """Open the store at a path, or make it there.

        Raises:
            StoreFault: the folder or file cannot be written, is held by another process, is damaged, is of
                another program or a newer Keepclear, or does not take the durable settings.
        """
        where = str(path)
        with ExitStack() as undo:
            ownership = Ownership(path)
            undo.callback(ownership.release)
            _find_or_make(path, had_store=ownership.had_store)
            was_closed = not path.with_name(f"{path.name}-wal").exists()
            with _faults("opening", where):
                writer = connect(where)
                undo.callback(writer.close)
                is_new = _recognise(writer, where)
                if was_closed:
                    _check_length(path)
                _make_durable(writer, where, is_new=is_new)
                _bring_up_to_date(writer)
                if not was_closed:
                    _check_whole(writer, where, "quick_check")
                _value(writer, "PRAGMA wal_checkpoint(TRUNCATE)")
                reader = connect(where)
                undo.callback(reader.close)
                _make_reader(reader)
                store = cls(path, writer, reader, ownership)
            if not ownership.had_store:
                ownership.remember_store(path)
            undo.pop_all()
        return store

    def commit(self, batch: Batch) -> None:
        """Make a batch durable, whole or not at all.

        Raises:
            StoreFault: a row does not fit what is there (see `Batch`), or the disk or file does not take it.
        """
        with self._writing:
            self._check_open()
            touched = self._durably("keeping a batch in", lambda: self._put(batch))
            self._remember(batch, touched)

    def logs(self) -> list[LogRow]:
        """List the logs in the order in which they were opened."""
        rows = self._read("SELECT author, reader, origin, custody FROM log ORDER BY id")
        return [
            LogRow(LogId(PartyId(author), PartyId(reader)), origin, custody)
            for author, reader, origin, custody in rows
        ]

    def entries(self, log: LogId | None = None, start: int = 0) -> Iterator[EntryRow]:
        """Give the entries that are there now: of one log, or of all logs in commit order."""
        self._check_open()
        if log is None:
            return self._entry_rows(_ENTRIES_IN_ORDER, (), start, self._last_seq)
        place = self._places.get(log, _NOWHERE)
        return self._entry_rows(_ENTRIES_OF_LOG, (place.row,), start - 1, place.size - 1)

    def told(self, log: LogId, start: int, most: int) -> list[tuple[EntryRow, bytes]]:
        """Give at most so many entries of a log from an index on, each with its statement's bytes.

        Raises:
            StoreFault: kept bytes no longer have their hash.
        """
        place = self._places.get(log, _NOWHERE)
        rows = self._read(_TOLD, (place.row, start - 1, place.size - 1, most))
        return [
            (EntryRow(log, index, recorded, received, sees, digest, leaf), self._unchanged(digest, encoded))
            for index, recorded, received, sees, digest, leaf, encoded in rows
        ]

    def statements(self) -> Iterator[tuple[bytes, bytes]]:
        """Give every statement that is there now: digest and canonical bytes, in commit order.

        Raises:
            StoreFault: kept bytes no longer have their hash.
        """
        [(last,)] = self._read("SELECT coalesce(max(rowid), 0) FROM statement")
        pieces = self._pieces(_STATEMENTS_IN_ORDER, (), 0, last)
        return ((digest, self._unchanged(digest, encoded)) for rows in pieces for _, digest, encoded in rows)

    def statement(self, digest: bytes) -> bytes | None:
        """Give the canonical bytes of one statement.

        Raises:
            StoreFault: the kept bytes no longer have this hash.
        """
        for (encoded,) in self._read("SELECT bytes FROM statement WHERE digest = ?", (digest,)):
            return self._unchanged(digest, encoded)
        return None

    def checkpoints(self, log: LogId) -> list[CheckpointRow]:
        """Give the kept checkpoints of a log, smallest first."""
        rows = self._read(
            "SELECT size, note FROM checkpoint WHERE log = ? ORDER BY size",
            (self._places.get(log, _NOWHERE).row,),
        )
        return [CheckpointRow(log, size, note) for size, note in rows]

    def checkpoint(self, log: LogId, size: int | None = None) -> CheckpointRow | None:
        """Give the kept checkpoint of a log at a size, or without one the largest; two steps in an index."""
        row = self._places.get(log, _NOWHERE).row
        asked = (_LAST_CHECKPOINT, (row,)) if size is None else (_CHECKPOINT, (row, size))
        for at, note in self._read(*asked):
            return CheckpointRow(log, at, note)
        return None

    def receipts(self) -> list[ReceiptRow]:
        """List the receipts of all logs, those of each log by size."""
        sql = """
            SELECT author, reader, size, at_us, by_reader FROM receipt JOIN log ON log.id = receipt.log
            ORDER BY author, reader, size
        """
        return [
            ReceiptRow(LogId(PartyId(author), PartyId(reader)), size, at_us, bool(by_reader))
            for author, reader, size, at_us, by_reader in self._read(sql)
        ]

    def keys(self, asked: Sequence[tuple[PartyId, str]]) -> list[KeyRow]:
        """Give those of some idempotency keys that were used, with what they made, in one look."""
        pairs = ", ".join(["(?, ?)"] * len(asked))
        sql = f"SELECT party, key, asked, statement FROM idempotency WHERE (party, key) IN (VALUES {pairs})"  # noqa: S608 - question marks alone
        rows = self._read(sql, [word for pair in asked for word in pair]) if asked else []
        return [KeyRow(PartyId(party), key, act, StatementId(made)) for party, key, act, made in rows]

    def deadlines(self) -> list[DeadlineRow]:
        """List what is due, soonest first."""
        return [
            DeadlineRow(PartyId(party), SubjectId(alarm), StatementId(text), what, number, due_us)
            for party, alarm, text, what, number, due_us in self._read(duties.DEADLINES)
        ]

    def outbox(self) -> list[OutboxRow]:
        """List what waits to be sent, in the order in which it was put in."""
        return [
            OutboxRow(key, PartyId(party), SubjectId(alarm), StatementId(step), place, attempts)
            for key, party, alarm, step, place, attempts in self._read(duties.OUTBOX)
        ]

    def attachment(self, salted_hash: str) -> AttachmentRow | None:
        """Give an attachment, or None when it was erased or never held."""
        sql = "SELECT salt, body FROM attachment WHERE salted_hash = ?"
        for salt, body in self._read(sql, (salted_hash,)):
            return AttachmentRow(salted_hash, salt, body)
        return None

    def erase_attachment(self, salted_hash: str) -> bool:
        """Erase an attachment's salt and body from the files; tell whether there was one.

        Raises:
            StoreFault: it is erased, but another program that reads the file keeps the old bytes for now.
        """
        with self._writing:
            self._check_open()
            erased = self._durably("erasing an attachment from", lambda: self._delete(salted_hash))
            if erased:
                self._empty_write_ahead_log(salted_hash)
            return erased

    def check(self) -> None:
        """Read the whole file and check that it hangs together.

        Raises:
            StoreFault: it does not.
        """
        with self._reading, _faults("checking", str(self._path)):
            self._check_open()
            _check_whole(self._reader, str(self._path), "integrity_check")

    def close(self) -> None:
        """Let go of the files; a second time does nothing."""
        with self._writing, self._reading:
            if self._open:
                self._open = False
                self._reader.close()
                self._writer.close()
                self._ownership.release()

    def _check_open(self) -> None:
        if not self._open:
            raise refusals.closed(str(self._path))

    def _learn_places(self) -> None:
        for row, author, reader, origin in self._writer.execute("SELECT id, author, reader, origin FROM log"):
            self._logs_by_row[row] = LogId(PartyId(author), PartyId(reader))
            self._origins.add(origin)
        for row, log in self._logs_by_row.items():
            sql = "SELECT coalesce(max(idx) + 1, 0) FROM entry WHERE log = ?"
            self._places[log] = _Place(row, _value(self._writer, sql, (row,)))
        self._last_seq = _value(self._writer, "SELECT coalesce(max(seq), 0) FROM entry")

    def _durably(self, doing: str, work: Callable[[], T]) -> T:
        """Do the work as one durable transaction; whatever goes wrong undoes it whole.

        Hand-written rather than a context manager: this runs for every commit.
        """
        try:
            if self._in_doubt:
                self._learn_places()
                self._in_doubt = False
            self._writer.execute("BEGIN IMMEDIATE")
            done = work()
            self._writer.execute("COMMIT")
        except sqlite3.Error as error:
            self._roll_back()
            self._in_doubt = True
            raise refusals.database_fault(error, doing, str(self._path)) from error
        except BaseException:
            self._roll_back()
            raise
        return done

    def _roll_back(self) -> None:
        # SQLite may have rolled back by itself after a disk error; then there is nothing to undo.
        with suppress(sqlite3.Error):
            self._writer.execute("ROLLBACK")

    def _put(self, batch: Batch) -> dict[LogId, _Place]:
        """Check and write a batch; give the places that its logs have afterwards."""
        touched = self._admit_logs(batch)
        entries = self._admit_entries(batch, touched)
        notes = self._admit_checkpoints(batch, touched)
        receipts = self._admit_receipts(batch, touched)
        if batch.logs:
            self._write_opened(batch, touched)
        self._write_entries(batch, entries, notes)
        if receipts:
            sql = "INSERT INTO receipt VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING"
            self._writer.executemany(sql, receipts)
        if batch.keys:
            self._write_keys(batch.keys)
        if batch.attachments:
            self._write_attachments(batch.attachments)
        if batch.deadlines or batch.claims or batch.unsent or batch.outbox:
            duties.write(self._writer, batch)
        return touched

    def _remember(self, batch: Batch, touched: dict[LogId, _Place]) -> None:
        for row in batch.logs:
            self._logs_by_row[touched[row.log].row] = row.log
            self._origins.add(row.origin)
        # Last, so that no reader meets an entry of a log that it cannot name.
        self._places.update(touched)
        self._last_seq += len(batch.entries)

    def _admit_logs(self, batch: Batch) -> dict[LogId, _Place]:
        """Give the places of the logs that the batch opens."""
        opened: dict[LogId, _Place] = {}
        origins: set[str] = set()
        for row in batch.logs:
            if row.log in self._places or row.log in opened:
                raise refusals.log_opened_twice(row)
            if row.origin in self._origins or row.origin in origins:
                raise refusals.log_opened_twice(row)
            origins.add(row.origin)
            opened[row.log] = _Place(len(self._places) + len(opened) + 1, 0)
        return opened

    def _admit_entries(self, batch: Batch, touched: dict[LogId, _Place]) -> list[Row]:
        """Check every entry against its log and give the rows; counts the touched places up."""
        offered = {digest for digest, _ in batch.statements}
        rows: list[Row] = []
        for entry in batch.entries:
            log = entry.log
            place = touched.get(log)
            if place is None:
                place = touched[log] = self._place(log)
            index = entry.index
            if index != place.size:
                raise refusals.not_next(entry, place.size)
            digest = entry.digest
            if digest not in offered and not self._keeps(digest):
                raise refusals.statement_missing(entry)
            place.size = index + 1
            recorded, received = entry.recorded_at_us, entry.received_at_us
            rows.append((place.row, index, recorded, received, entry.sees, digest, entry.leaf))
        return rows

    def _place(self, log: LogId) -> _Place:
        place = self._places.get(log)
        if place is None:
            raise refusals.log_not_open(log)
        return _Place(place.row, place.size)

    def _keeps(self, digest: bytes) -> bool:
        return bool(list(self._writer.execute("SELECT 1 FROM statement WHERE digest = ?", (digest,))))

    def _admit_checkpoints(self, batch: Batch, touched: dict[LogId, _Place]) -> list[Row]:
        return [(self._row_of(row, touched), row.size, row.note) for row in batch.checkpoints]

    def _admit_receipts(self, batch: Batch, touched: dict[LogId, _Place]) -> list[Row]:
        return [
            (self._row_of(row, touched), row.size, row.at_us, int(row.by_reader)) for row in batch.receipts
        ]

    def _row_of(self, row: CheckpointRow | ReceiptRow, touched: dict[LogId, _Place]) -> int:
        """Give the row id of a log of which a head is kept; refuse one beyond what the log holds."""
        place = touched.get(row.log) or self._place(row.log)
        if row.size > place.size:
            raise refusals.checkpoint_beyond(row, place.size)
        return place.row

    def _write_opened(self, batch: Batch, touched: dict[LogId, _Place]) -> None:
        opened = [
            (touched[row.log].row, row.log.author, row.log.reader, row.origin, row.custody)
            for row in batch.logs
        ]
        self._writer.executemany("INSERT INTO log VALUES (?, ?, ?, ?, ?)", opened)

    def _write_entries(self, batch: Batch, entries: list[Row], notes: list[Row]) -> None:
        put = self._writer.executemany
        try:
            if batch.statements:
                put("INSERT INTO statement VALUES (?, ?) ON CONFLICT DO NOTHING", batch.statements)
            if entries:
                put("INSERT INTO entry VALUES (NULL, ?, ?, ?, ?, ?, ?, ?)", entries)
        except sqlite3.IntegrityError as error:
            raise refusals.digest_malformed() from error
        if notes:
            put("INSERT OR REPLACE INTO checkpoint VALUES (?, ?, ?)", notes)

    def _write_keys(self, keys: tuple[KeyRow, ...]) -> None:
        rows = [(row.party, row.key, row.asked, row.statement) for row in keys]
        try:
            self._writer.executemany("INSERT INTO idempotency VALUES (?, ?, ?, ?)", rows)
        except sqlite3.IntegrityError as error:
            raise refusals.key_used(self._first_used(keys)) from error

    def _first_used(self, keys: tuple[KeyRow, ...]) -> KeyRow:
        """Give the first key of a refused batch that was used before it, or twice in it."""
        seen: set[tuple[PartyId, str]] = set()
        for row in keys:
            if (row.party, row.key) in seen or self.keys([(row.party, row.key)]):
                return row
            seen.add((row.party, row.key))
        return keys[0]

    def _write_attachments(self, attachments: tuple[AttachmentRow, ...]) -> None:
        rows = [(row.salted_hash, _PAD_BYTES, row.salt, row.body) for row in attachments]
        sql = "INSERT INTO attachment VALUES (?, zeroblob(?), ?, ?) ON CONFLICT DO NOTHING"
        self._writer.executemany(sql, rows)

    def _delete(self, salted_hash: str) -> bool:
        sql = "DELETE FROM attachment WHERE salted_hash = ? RETURNING 1"
        return bool(list(self._writer.execute(sql, (salted_hash,))))

    def _empty_write_ahead_log(self, salted_hash: str) -> None:
        """Move everything into the main file and empty the log, which still has the erased bytes."""
        where = str(self._path)
        with self._reading, _faults("erasing an attachment from", where):
            if _value(self._writer, "PRAGMA wal_checkpoint(TRUNCATE)"):
                raise refusals.erasure_pending(salted_hash, where)
            try:
                log_file = os.open(f"{where}-wal", os.O_RDONLY)
                try:
                    os.fsync(log_file)
                finally:
                    os.close(log_file)
            except OSError as error:
                raise refusals.file_fault(error, "erasing an attachment from", where) from error

    def _read(self, sql: str, parameters: Sequence[Value] = ()) -> list[Row]:
        with self._reading:
            self._check_open()
            with _faults("reading", str(self._path)):
                return list(self._reader.execute(sql, parameters))

    def _pieces(self, sql: str, parameters: tuple[Value, ...], after: int, last: int) -> Iterator[list[Row]]:
        """Give rows in the order of their first column, in reads short enough to hold up nobody."""
        while after < last:
            rows = self._read(sql, (*parameters, after, last, _PIECE_ROWS))
            if not rows:
                return
            yield rows
            after = rows[-1][0]

    def _entry_rows(
        self, sql: str, parameters: tuple[Value, ...], after: int, last: int
    ) -> Iterator[EntryRow]:
        logs = self._logs_by_row
        for rows in self._pieces(sql, parameters, after, last):
            try:
                yield from [
                    EntryRow(logs[log], index, recorded_at_us, received_at_us, sees, digest, leaf)
                    for _, log, index, recorded_at_us, received_at_us, sees, digest, leaf in rows
                ]
            except KeyError as error:
                raise refusals.damaged(str(self._path), f"an entry of the unknown log {error}") from error

    def _unchanged(self, digest: object, encoded: object) -> bytes:
        if not (isinstance(digest, bytes) and isinstance(encoded, bytes)):
            raise refusals.damaged(str(self._path), "a statement or hash that is not bytes")
        if sha256(encoded).digest() != digest:
            raise refusals.bytes_changed(digest, str(self._path))
        return encoded


@contextmanager
def _faults(doing: str, where: str) -> Iterator[None]:
    """Turn the database's errors into faults that say what to do."""
    try:
        yield
    except sqlite3.Error as error:
        raise refusals.database_fault(error, doing, where) from error
    except UnicodeDecodeError as error:
        # Python's driver raises it for damaged text, even for that inside SQLite's own messages.
        raise refusals.damaged(where, "text that is no text") from error


def _find_or_make(path: Path, *, had_store: bool) -> None:
    """Make sure that the file is there and can be written, before the database silently reads only."""
    try:
        if had_store and (not path.exists() or path.stat().st_size == 0):
            raise refusals.vanished(str(path))
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, _OWNER_ONLY))
    except OSError as error:
        raise refusals.file_fault(error, "opening", str(path)) from error


def _value(connection: Connection, sql: str, parameters: Sequence[Value] = ()) -> Any:  # noqa: ANN401 - SQLite's own
    """Give the first column of the first row."""
    rows = list(connection.execute(sql, parameters))  # to the end: an unfinished read would pin the log
    return rows[0][0]


def _recognise(connection: Connection, where: str) -> bool:
    """Tell whether the file is still empty; refuse one that is not ours, before anything is written."""
    application = _value(connection, "PRAGMA application_id")
    version = _value(connection, "PRAGMA user_version")
    is_empty = _value(connection, "SELECT count(*) FROM sqlite_schema") == 0
    if application == 0 and version == 0 and is_empty:
        return True
    if application != APPLICATION_ID:
        raise refusals.foreign_database(where)
    if version > SCHEMA_VERSION:
        raise refusals.newer_schema(where, version, SCHEMA_VERSION)
    return False


def _make_durable(connection: Connection, where: str, *, is_new: bool) -> None:
    """Set what durability and erasure rest on, and read it back: a setting may be refused silently."""
    _run(connection, f"PRAGMA busy_timeout = {_BUSY_TIMEOUT_MS}")
    if is_new:
        _run(connection, f"PRAGMA page_size = {_PAGE_BYTES}")
    _run(connection, "PRAGMA synchronous = FULL")
    _run(connection, "PRAGMA journal_mode = WAL")
    _run(connection, "PRAGMA secure_delete = ON")
    _run(connection, "PRAGMA temp_store = MEMORY")
    wanted = {
        "journal_mode": "wal",
        "synchronous": _SYNCHRONOUS_FULL,
        "secure_delete": 1,
        "page_size": _PAGE_BYTES,
    }
    for setting, value in wanted.items():
        found = _value(connection, f"PRAGMA {setting}")
        if found != value:
            raise refusals.not_durable(where, setting, found)


def _make_reader(connection: Connection) -> None:
    """Bar a connection from writing, so that the writer alone ever resets the write-ahead log."""
    _run(connection, f"PRAGMA busy_timeout = {_BUSY_TIMEOUT_MS}")
    _run(connection, "PRAGMA query_only = ON")


def _check_length(path: Path) -> None:
    """Refuse a file that ends inside a page; after a power cut it may, and the write-ahead log mends it."""
    over = path.stat().st_size % _PAGE_BYTES
    if over:
        raise refusals.damaged(str(path), f"it ends {over} bytes into a page, so it was cut short")


def _check_whole(connection: Connection, where: str, check: str) -> None:
    found = [str(row[0]) for row in connection.execute(f"PRAGMA {check}(10)")]
    if found != ["ok"]:
        raise refusals.damaged(where, "; ".join(found))


def _bring_up_to_date(connection: Connection) -> None:
    """Apply the schema files that the store has not seen, each in a transaction of its own."""
    for version in range(_value(connection, "PRAGMA user_version"), SCHEMA_VERSION):
        script = (files("keepclear.stores") / "schema" / SCHEMA_FILES[version]).read_text("utf-8")
        _run(connection, "BEGIN IMMEDIATE")
        for statement in _statements_in(script):
            _run(connection, statement)
        _run(connection, f"PRAGMA application_id = {APPLICATION_ID}")
        _run(connection, f"PRAGMA user_version = {version + 1}")
        _run(connection, "COMMIT")


def _statements_in(script: str) -> Iterator[str]:
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""


def _run(connection: Connection, sql: str) -> None:
    list(connection.execute(sql))
