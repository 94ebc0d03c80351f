"""What a node reads back from its store, and what it is about to hold there of others."""

from __future__ import annotations

import msgspec
from msgspec import Struct

from keepclear.commands.door import check_own, check_same
from keepclear.commands.ports import AttachmentRow, EntryRow, LogRow, Store
from keepclear.errors import StoreFault
from keepclear.model.statements import Author, Entry, Statement, decode
from keepclear.model.words import StatementId
from keepclear.record.tree import Frontier

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
