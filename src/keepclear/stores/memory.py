"""A store that keeps everything in memory: for replay, for tests, and as the oracle of the other stores."""

from __future__ import annotations

import threading
from itertools import islice
from typing import TYPE_CHECKING

from msgspec.structs import replace

from keepclear.stores import refusals

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from keepclear.commands.ports import (
        AttachmentRow,
        Batch,
        CheckpointRow,
        DeadlineRow,
        EntryRow,
        KeyRow,
        LogRow,
        OutboxRow,
        ReceiptRow,
    )
    from keepclear.model.statements import LogId
    from keepclear.model.words import PartyId, SubjectId

_HASH_BYTES = 32


class MemoryStore:
    """Keeps logs until it is closed; the same contract as the durable stores, without the durability."""

    def __init__(self) -> None:
        self._whole = threading.Lock()  # who reads rows has all of a batch or none of it
        self._open = True
        self._logs: dict[LogId, LogRow] = {}
        self._origins: set[str] = set()
        self._by_log: dict[LogId, list[EntryRow]] = {}
        self._entries: list[EntryRow] = []
        self._statements: dict[bytes, bytes] = {}
        self._in_order: list[bytes] = []
        self._checkpoints: dict[LogId, dict[int, CheckpointRow]] = {}
        self._receipts: dict[tuple[LogId, int], ReceiptRow] = {}
        self._keys: dict[tuple[PartyId, str], KeyRow] = {}
        self._attachments: dict[str, AttachmentRow] = {}
        self._deadlines: dict[tuple[PartyId, SubjectId], DeadlineRow] = {}
        self._outbox: dict[str, OutboxRow] = {}

    def commit(self, batch: Batch) -> None:
        """Keep a batch, whole or not at all."""
        with self._whole:
            self._check_open()
            sizes = self._sizes_after_opening(batch)
            self._check_entries(batch, sizes)
            self._check_checkpoints(batch, sizes)
            _check_hashes(batch)
            self._check_keys(batch)
            deadlines = self._deadlines_after(batch)
            outbox = self._outbox_after(batch)
            self._keep(batch)
            self._deadlines, self._outbox = deadlines, outbox

    def _sizes_after_opening(self, batch: Batch) -> dict[LogId, int]:
        origins: set[str] = set()
        sizes = {log: len(entries) for log, entries in self._by_log.items()}
        for row in batch.logs:
            if row.log in sizes or row.origin in self._origins or row.origin in origins:
                raise refusals.log_opened_twice(row)
            origins.add(row.origin)
            sizes[row.log] = 0
        return sizes

    def _check_entries(self, batch: Batch, sizes: dict[LogId, int]) -> None:
        offered = {digest for digest, _ in batch.statements}
        for entry in batch.entries:
            following = sizes.get(entry.log)
            if following is None:
                raise refusals.log_not_open(entry.log)
            if entry.index != following:
                raise refusals.not_next(entry, following)
            if entry.digest not in offered and entry.digest not in self._statements:
                raise refusals.statement_missing(entry)
            sizes[entry.log] = following + 1

    def _check_checkpoints(self, batch: Batch, sizes: dict[LogId, int]) -> None:
        heads: tuple[CheckpointRow | ReceiptRow, ...] = (*batch.checkpoints, *batch.receipts)
        for row in heads:
            size = sizes.get(row.log)
            if size is None:
                raise refusals.log_not_open(row.log)
            if row.size > size:
                raise refusals.checkpoint_beyond(row, size)

    def _check_keys(self, batch: Batch) -> None:
        used: set[tuple[PartyId, str]] = set()
        for row in batch.keys:
            if (row.party, row.key) in self._keys or (row.party, row.key) in used:
                raise refusals.key_used(row)
            used.add((row.party, row.key))

    def _deadlines_after(self, batch: Batch) -> dict[tuple[PartyId, SubjectId], DeadlineRow]:
        if not batch.deadlines:
            return self._deadlines
        kept = dict(self._deadlines)
        for change in batch.deadlines:
            row = change.was or change.now
            if row is None or kept.get((row.party, row.alarm)) != change.was:
                raise refusals.deadline_moved(change)
            kept.pop((row.party, row.alarm), None)
            if change.now is not None:
                if (change.now.party, change.now.alarm) in kept:
                    raise refusals.deadline_moved(change)
                kept[change.now.party, change.now.alarm] = change.now
        return kept

    def _outbox_after(self, batch: Batch) -> dict[str, OutboxRow]:
        if not (batch.outbox or batch.unsent or batch.claims):
            return self._outbox
        kept = dict(self._outbox)
        for claim in batch.claims:
            waiting = kept.get(claim.key)
            if waiting is None or waiting.attempts != claim.attempts:
                raise refusals.outbox_claimed(claim)
            kept[claim.key] = replace(waiting, attempts=claim.attempts + 1)
        for key in batch.unsent:
            if kept.pop(key, None) is None:
                raise refusals.outbox_gone(key)
        for row in batch.outbox:
            if row.key in kept:
                raise refusals.outbox_twice(row.key)
            kept[row.key] = row
        return kept

    def _keep(self, batch: Batch) -> None:
        for log in batch.logs:
            self._logs[log.log] = log
            self._origins.add(log.origin)
            self._by_log[log.log] = []
            self._checkpoints[log.log] = {}
        for digest, encoded in batch.statements:
            if digest not in self._statements:
                self._statements[digest] = encoded
                self._in_order.append(digest)
        for entry in batch.entries:
            self._by_log[entry.log].append(entry)
            self._entries.append(entry)
        for checkpoint in batch.checkpoints:
            self._checkpoints[checkpoint.log][checkpoint.size] = checkpoint
        for receipt in batch.receipts:
            self._receipts.setdefault((receipt.log, receipt.size), receipt)
        for key in batch.keys:
            self._keys[key.party, key.key] = key
        for attachment in batch.attachments:
            self._attachments.setdefault(attachment.salted_hash, attachment)

    def logs(self) -> list[LogRow]:
        """List the logs in the order in which they were opened."""
        with self._whole:
            self._check_open()
            return list(self._logs.values())

    def entries(self, log: LogId | None = None, start: int = 0) -> Iterator[EntryRow]:
        """Give the entries that are there now: of one log, or of all logs in commit order."""
        with self._whole:
            self._check_open()
            kept = self._entries if log is None else self._by_log.get(log, [])
            return islice(kept, start, len(kept))

    def told(self, log: LogId, start: int, most: int) -> list[tuple[EntryRow, bytes]]:
        """Give at most so many entries of a log from an index on, each with its statement's bytes."""
        return [(row, self._statements[row.digest]) for row in islice(self.entries(log, start), most)]

    def statements(self) -> Iterator[tuple[bytes, bytes]]:
        """Give every statement that is there now: digest and canonical bytes, in commit order."""
        with self._whole:
            self._check_open()
            digests = islice(self._in_order, len(self._in_order))
            return ((digest, self._statements[digest]) for digest in digests)

    def statement(self, digest: bytes) -> bytes | None:
        """Give the canonical bytes of one statement."""
        self._check_open()
        return self._statements.get(digest)

    def checkpoints(self, log: LogId) -> list[CheckpointRow]:
        """Give the kept checkpoints of a log, smallest first."""
        with self._whole:
            self._check_open()
            kept = dict(self._checkpoints.get(log, {}))
            return [kept[size] for size in sorted(kept)]

    def checkpoint(self, log: LogId, size: int | None = None) -> CheckpointRow | None:
        """Give the kept checkpoint of a log at a size, or without one the largest."""
        with self._whole:
            self._check_open()
            kept = self._checkpoints.get(log, {})
            return kept.get(max(kept, default=0) if size is None else size)

    def receipts(self) -> list[ReceiptRow]:
        """List the receipts of all logs, those of each log by size."""
        with self._whole:
            self._check_open()
            return sorted(self._receipts.values(), key=lambda row: (row.log, row.size))

    def keys(self, asked: Sequence[tuple[PartyId, str]]) -> list[KeyRow]:
        """Give those of some idempotency keys that were used, with what they made, in one look."""
        with self._whole:
            self._check_open()
            return [self._keys[pair] for pair in dict.fromkeys(asked) if pair in self._keys]

    def deadlines(self) -> list[DeadlineRow]:
        """List what is due, soonest first."""
        with self._whole:
            self._check_open()
            return sorted(self._deadlines.values(), key=lambda row: (row.due_us, row.party, row.alarm))

    def outbox(self) -> list[OutboxRow]:
        """List what waits to be sent, in the order in which it was put in."""
        with self._whole:
            self._check_open()
            return list(self._outbox.values())

    def attachment(self, salted_hash: str) -> AttachmentRow | None:
        """Give an attachment, or None when it was erased or never held."""
        self._check_open()
        return self._attachments.get(salted_hash)

    def erase_attachment(self, salted_hash: str) -> bool:
        """Erase an attachment's salt and body; tell whether there was one."""
        with self._whole:
            self._check_open()
            return self._attachments.pop(salted_hash, None) is not None

    def close(self) -> None:
        """Let go of everything; a second time does nothing."""
        self._open = False

    def _check_open(self) -> None:
        if not self._open:
            raise refusals.closed("in memory")


def _check_hashes(batch: Batch) -> None:
    hashes = [digest for digest, _ in batch.statements]
    hashes += [entry.leaf for entry in batch.entries]
    if any(len(each) != _HASH_BYTES for each in hashes):
        raise refusals.digest_malformed()
