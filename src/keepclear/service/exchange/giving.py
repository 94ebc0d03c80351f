"""The author's side of an exchange: entries after the reader's cursor, and the reader's cosignatures.

Only what is durable is given. A head is signed at the end of every pack, so that the reader can check and
hold each pack by itself, whatever happens to the link after it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import islice

from msgspec import Struct

from keepclear.commands.ports import CheckpointRow, LogRow, ReceiptRow, Store
from keepclear.errors import KeepclearError, StoreFault
from keepclear.model.statements import LogId, decode, entry_bytes
from keepclear.model.words import PUBLIC, PartyId
from keepclear.record import checkpoint, note
from keepclear.record.checkpoint import Checkpoint
from keepclear.record.tree import Frontier
from keepclear.service.asking import Prepared
from keepclear.service.exchange.behind import Ahead
from keepclear.service.exchange.pairing import Peer
from keepclear.service.exchange.wire import PACK_ENTRIES, Beside, Held, Pack, Pull, Unheld
from keepclear.service.node import Node
from keepclear.times import instant, text

_LAST_S = 253_370_764_800
"""The first second of the year 9999: a later time could be kept and not be read again."""

_ATTACHING = b'"attachments":'
PACK_BYTES = 1_000_000
OPENING = 2
"""A log opens with two entries, its name and its author's key (service/node.py)."""
"""A pack ends early beyond this many bytes of entries."""


class Receipts(Struct, frozen=True):
    """What became of the cosignatures in one pull: rows to be made durable, and what was not taken."""

    notes: tuple[CheckpointRow, ...] = ()
    rows: tuple[ReceiptRow, ...] = ()
    refused: tuple[Unheld, ...] = ()
    ahead: tuple[Ahead, ...] = ()
    """Own logs of which the reader holds more, or others, under this node's own signature."""

    def prepare(self, node: Node) -> Prepared:
        """Make the rows ready for the writer."""
        return node.prepare_receipts(self.notes, self.rows)


class Giver:
    """Gives one peer what parties of this node have told its parties, and everybody."""

    def __init__(self, node: Node, peer: Peer) -> None:
        self._node = node
        self.peer = peer
        self._trees: dict[LogId, Frontier] = {}

    def logs(self) -> list[LogRow]:
        """Give the logs that are this peer's to read; those to its own parties first."""
        mine = [row for row in self._node.store.logs() if row.log.author in self._node.hosted]
        told = [row for row in mine if row.log.reader in self.peer.parties]
        return told + [row for row in mine if row.log.reader == PUBLIC]

    def receipts(self, pull: Pull) -> Receipts:
        """Check the cosignatures that a pull brings; the answers are those of c2sp.org/tlog-witness.

        400 is for a size beyond the log, 403 for a signature that is not the reader's, 404 for a log that is
        not its to read, 409 for another root at this size.
        """
        rows = {row.origin: row for row in self.logs()}
        ahead: list[Ahead] = []
        notes: list[CheckpointRow] = []
        receipts: list[ReceiptRow] = []
        refused: list[Unheld] = []
        largest = {held.origin: held for held in sorted(pull.held, key=lambda held: held.size)}
        for held in largest.values():
            row = rows.get(held.origin)
            if row is None and held.size == 0:
                continue  # nothing was told in it yet
            ahead += self._ahead(held, pull.sent_at)
            if row is None:
                refused.append(Unheld(held.origin, 404, 0, "no log of this origin is this node's to read"))
                continue
            size = self._size(row.log)
            if held.size > size:
                words = f"this node has {size} entries of the log, fewer than its reader holds"
                refused.append(Unheld(held.origin, 400, size, words))
            elif held.receipt:
                try:
                    kept = self._receipt(row, held)
                except _NotTaken as why:
                    refused.append(Unheld(held.origin, why.status, size, str(why)))
                    continue
                except KeepclearError as error:
                    refused.append(Unheld(held.origin, 403, size, str(error)))
                    continue
                if kept is not None:
                    notes.append(kept[0])
                    receipts += [kept[1]] if row.log.reader != PUBLIC else []
        return Receipts(tuple(notes), tuple(receipts), tuple(refused), tuple(ahead))

    def own_logs(self) -> dict[str, LogId]:
        """Give every log by which this node tells the peer, and everybody, by origin; opened or not."""
        readers = (*sorted(self.peer.parties), PUBLIC)
        pairs = [LogId(author, reader) for author in self._node.hosted for reader in readers]
        return {self._node.keys.origin(pair.author, pair.reader): pair for pair in pairs}

    def _ahead(self, held: Held, at: datetime) -> Iterator[Ahead]:
        """Tell whether a reader's head shows, by this node's own signature, that entries are lost here."""
        log = self.own_logs().get(held.origin)
        size = 0 if log is None else self._size(log)
        if log is None or not held.receipt:
            return
        try:
            key = self._node.keys.log_key(log.author, held.origin).verifying
            head = checkpoint.open_checkpoint(held.receipt, key).checkpoint
        except KeepclearError:
            return  # the reader's word alone says nothing of what was signed here
        if head.origin != held.origin or head.size != held.size:
            return
        forked = head.size <= size and self._tree(log, head.size).root() != head.root
        if head.size > size or forked:
            told = held.receipt.decode()
            yield Ahead(
                held.origin, log.author, log.reader, self.peer.node, head.size, size, told, text(at), forked
            )

    def _receipt(self, row: LogRow, held: Held) -> tuple[CheckpointRow, ReceiptRow] | None:
        known = self._node.receipt(row.log)
        if known is not None and known.size >= held.size and row.log.reader != PUBLIC:
            return None
        opened = note.open_note(held.receipt, (self.peer.mirror,))
        self._check_beside(row, opened)
        head = checkpoint.parse(opened.text)
        if head.origin != row.origin or head.size != held.size:
            raise _NotTaken(403, "the cosignature is of another head")
        kept = self._node.store.checkpoint(row.log, head.size)
        own = kept.note if kept is not None else self._signed(row, self._tree(row.log, head.size))
        if checkpoint.parse(note.parse(own).text) != head:
            raise _NotTaken(409, "this node has another root at this size: compare the two records")
        seconds = opened.signed[0].time_s or 0
        if seconds > _LAST_S:
            raise _NotTaken(403, "the cosignature is of a time that lies in no year")
        mirror = self.peer.mirror
        if any((line.name, line.hash) == (mirror.name, mirror.hash) for line in note.parse(own).lines):
            return None  # the first one stays; more of them would only make the note longer than it may be
        marked = note.only(held.receipt, mirror.name, mirror.hash)
        lines = (line.line().encode() for line in note.parse(marked).lines)
        return CheckpointRow(row.log, head.size, note.add_lines(own, *lines)), ReceiptRow(
            row.log, head.size, seconds * 1_000_000, self.peer.card.custody == "party"
        )

    def _check_beside(self, row: LogRow, opened: note.OpenedNote) -> None:
        """Hold what stands beside the reader's signature to this: our own log's line, and it holds."""
        key = self._node.keys.log_key(row.log.author, row.origin).verifying
        for line in opened.unknown:
            if (line.name, line.hash) != (key.name, key.hash):
                raise _NotTaken(403, "a signature that is neither the reader's nor this log's")
            key.verify(line.signature, opened.text.encode())

    def packs(self, pull: Pull) -> tuple[Pack, ...]:
        """Give what comes after the reader's cursors: at most 256 entries over all logs."""
        sizes = {held.origin: held.size for held in pull.held}
        stopped = {held.origin for held in pull.held if held.stopped}
        left, packs = PACK_ENTRIES, []
        for row in self.logs():
            start, size = sizes.get(row.origin, 0), self._size(row.log)
            if start >= size or left <= 0 or row.origin in stopped:
                continue
            pack = self._pack(row, start, min(left, PACK_ENTRIES - start % PACK_ENTRIES), size)
            left -= len(pack.entries)
            packs.append(pack)
        return tuple(packs)

    def _pack(self, row: LogRow, start: int, most: int, size: int) -> Pack:
        tree = self._tree(row.log, start)
        entries, leaves, beside = entries_from(self._node.store, row.log, start, most)
        tree = self._trees[row.log] = tree.extend(leaves)
        head = self._signed(row, tree)
        return Pack(row.origin, start, tuple(entries), head, size, tuple(beside.values()))

    def _size(self, log: LogId) -> int:
        return self._node.durable_size(log)

    def _tree(self, log: LogId, size: int) -> Frontier:
        """Give the tree of the first entries of a log; going on from the last one costs nothing."""
        tree = self._trees.get(log, Frontier())
        if tree.size > size:
            tree = Frontier()
        rows = islice(self._node.store.entries(log, tree.size), size - tree.size)
        tree = tree.extend(row.leaf for row in rows)
        if tree.size != size:
            raise StoreFault(f"the first {size} entries of {log}", "store", "a restore from backup")
        self._trees[log] = tree
        return tree

    def _signed(self, row: LogRow, tree: Frontier) -> bytes:
        head = Checkpoint(row.origin, tree.size, tree.root()).text()
        return note.sign(head, self._node.keys.log_key(row.log.author, row.origin))

    def unsent(self, now: datetime, author: PartyId | None = None) -> Unsent:
        """Give what this peer's parties were told, by one or by all, and their node does not hold yet.

        What a log opens with, its own name and key, is not counted: nobody was told anything by it.
        """
        waiting, oldest = 0, None
        for row in self.logs():
            if row.log.reader == PUBLIC or author not in (None, row.log.author):
                continue
            receipt = self._node.receipt(row.log)
            held = 0 if receipt is None else receipt.size
            for first in islice(self._node.store.entries(row.log, held), 1):
                waiting += self._size(row.log) - max(held, OPENING)
                at = instant(first.recorded_at_us)
                oldest = at if oldest is None else min(oldest, at)
        return Unsent(waiting, 0.0 if oldest is None else max(0.0, (now - oldest).total_seconds()))

    def heads(self, origins: Iterable[str]) -> Iterator[bytes]:
        """Give the signed heads of this node's public logs and of those of others that it holds."""
        wanted = set(origins)
        for row in self._node.store.logs():
            if row.log.reader == PUBLIC and row.origin in wanted:
                kept = self._node.store.checkpoint(row.log)
                if kept is not None:
                    # Who else holds it is not this reader's to know.
                    yield note.only(kept.note, row.origin)


def entries_from(
    store: Store, log: LogId, start: int, most: int
) -> tuple[list[bytes], list[bytes], dict[str, Beside]]:
    """Give the entries of a log from an index on, their leaf hashes, and what stands beside them.

    At most so many, and no more than a pack may weigh, but one at least.
    """
    entries: list[bytes] = []
    leaves: list[bytes] = []
    beside: dict[str, Beside] = {}
    total = 0
    for stored, statement in store.told(log, start, most):
        at = instant(stored.recorded_at_us)
        encoded = entry_bytes(stored.index, text(at), stored.sees, statement)
        bodies = _attached(store, statement) if _ATTACHING in statement else []
        total += len(encoded) + sum(len(each.body) for each in bodies)
        if entries and total > PACK_BYTES:
            break
        entries.append(encoded)
        leaves.append(stored.leaf)
        beside |= {each.salted_hash: each for each in bodies}
    return entries, leaves, beside


def _attached(store: Store, statement: bytes) -> list[Beside]:
    bodies = []
    for named in decode(statement).attachments:
        kept = store.attachment(named.salted_hash)
        bodies.append(
            Beside(named.salted_hash, erased=True)
            if kept is None
            else Beside(kept.salted_hash, kept.salt, kept.body)
        )
    return bodies


class Unsent(Struct, frozen=True):
    """How many entries a peer does not hold yet, bar those that open a log; the oldest one's age in s."""

    entries: int
    age_s: float


class _NotTaken(Exception):
    def __init__(self, status: int, words: str) -> None:
        super().__init__(words)
        self.status = status
