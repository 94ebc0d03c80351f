"""What a node reads back from its store, and what it is about to hold there of others."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from datetime import datetime

import msgspec
from msgspec import Struct

from keepclear.commands.door import check_own, check_same
from keepclear.commands.ports import AttachmentRow, EntryRow, LogRow, ReceiptRow, Store
from keepclear.errors import StoreFault
from keepclear.model.statements import Author, Entry, LogId, Statement, decode
from keepclear.model.words import CapStatus, PartyId, StatementId
from keepclear.record.tree import Frontier
from keepclear.times import instant
from keepclear.views.told import NOT_RECEIVED, receipted

MIRROR = "mirror"
"""The custody of a log that another's node writes and this one holds."""


class Mirrored(Struct, frozen=True):
    """Entries that another's node has told a party hosted here, checked and ready to be held.

    `row` names the log, `tree` is that of the log with them, `note` the checkpoint at their end with this
    node's own cosignature; `statements` maps digest to canonical bytes.
    """

    row: LogRow
    tree: Frontier
    entries: tuple[Entry, ...]
    rows: tuple[EntryRow, ...]
    statements: tuple[tuple[bytes, bytes], ...]
    note: bytes
    attachments: tuple[AttachmentRow, ...] = ()


class StoredStatements:
    """The stored statements, decoded as they are come to, each once."""

    def __init__(self, store: Store) -> None:
        self._rest = store.statements()
        self._decoded: dict[bytes, Statement] = {}
        self._authors: dict[tuple[str, str], Author] = {}
        self._by_id: dict[StatementId, Statement] = {}

    def of(self, digest: bytes) -> Statement:
        """Give the statement with this hash; the store gives them in the order of the entries."""
        while digest not in self._decoded:
            following = next(self._rest, None)
            if following is None:
                raise StoreFault("an entry whose statement is missing", "store", "a restore from backup")
            statement = decode(following[1])
            # A few authors sign everything: one object for each instead of one per statement.
            author = statement.author
            author = self._authors.setdefault((author.party, author.key), author)
            msgspec.structs.force_setattr(statement, "author", author)
            check_own(statement, author.party)
            check_same(statement, self._by_id.setdefault(statement.id, statement))
            self._decoded[following[0]] = statement
        return self._decoded[digest]


class KeptReceipts:
    """From when on readers' nodes hold how much of each log: the first receipt of each size counts."""

    def __init__(self) -> None:
        self._rows: dict[LogId, list[ReceiptRow]] = {}

    def clear(self) -> None:
        """Forget all."""
        self._rows.clear()

    def count(self, row: ReceiptRow) -> None:
        """Count a receipt; one of no more than is known adds nothing."""
        rows = self._rows.setdefault(row.log, [])
        if not rows or rows[-1].size < row.size:
            rows.append(row)

    def last(self, log: LogId) -> ReceiptRow | None:
        """Give the receipt of most of a log."""
        rows = self._rows.get(log)
        return rows[-1] if rows else None

    def counted(self, party: PartyId) -> int:
        """Count the receipts of all logs that a party writes or reads."""
        return sum(len(rows) for log, rows in self._rows.items() if party in (log.author, log.reader))

    def by_reader(self, log: LogId, index: int) -> datetime | None:
        """Give since when the reader's own key says that it holds an entry; a host's never says it."""
        rows = self._rows.get(log, [])
        place = bisect_right(rows, index, key=lambda row: row.size)
        return instant_of(rows[place]) if place < len(rows) and rows[place].by_reader else None

    def applied(self, entry: Entry) -> Entry:
        """Give an entry as its reader elsewhere has it: since the first receipt for it, or not yet."""
        rows = self._rows.get(entry.log, [])
        place = bisect_right(rows, entry.index, key=lambda row: row.size)
        if place == len(rows):
            return msgspec.structs.replace(entry, received_at=NOT_RECEIVED)
        return receipted(entry, instant_of(rows[place]), by_reader=rows[place].by_reader)


def check_cap(entries: Iterable[Entry], cap: CapStatus) -> None:
    """Refuse to open a record of another CAP status than the node's.

    Raises:
        StoreFault: which it is.
    """
    other = next((entry.statement.cap for entry in entries if entry.statement.cap != cap), None)
    if other is not None:
        raise StoreFault(
            f"opening a record of status {other} as {cap}",
            "cap-status",
            f"a data directory of its own for {cap}: Exercise never mixes with Actual",
        )


def instant_of(row: ReceiptRow) -> datetime:
    """Give the instant of a receipt."""
    return instant(row.at_us)
