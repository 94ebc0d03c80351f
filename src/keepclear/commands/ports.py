"""The seams of the core: what it asks of a store, a clock, an id maker and a signer."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Protocol

from msgspec import Struct

from keepclear.model.statements import LogId, Statement
from keepclear.model.words import Form, PartyId, StatementId, SubjectId


class Clock(Protocol):
    """The only source of the time of day."""

    def now(self) -> datetime:
        """Give the present instant, aware, in UTC; it never goes back while a process runs."""
        ...

    def wall(self) -> datetime:
        """Give what the machine's clock says, even when it was set back."""
        ...

    def monotonic(self) -> float:
        """Give seconds of a clock that nobody sets: it only tells how much time has passed."""
        ...


class Ids(Protocol):
    """Makes ids that leak nothing: keyed hashes of the idempotency key, never serials."""

    def statement(self, party: PartyId, key: str, form: Form) -> StatementId:
        """Give the id of the statement that this idempotency key makes in this form."""
        ...

    def subject(self, party: PartyId, key: str) -> SubjectId:
        """Give the id of the subject that this idempotency key opens."""
        ...


Signer = Callable[[Statement], Statement]
"""Gives the statement back with its author's key id and signature filled in."""


class LogRow(Struct, frozen=True):
    """A log as the store keeps it: who tells whom, under which origin, in whose custody."""

    log: LogId
    origin: str
    custody: str


class EntryRow(Struct, frozen=True, gc=False):
    """A statement's place in a log as the store keeps it.

    `digest` is the SHA-256 (32 bytes) of the statement's canonical bytes, `leaf` the RFC 6962 leaf hash
    (32 bytes) of the entry. Times are microseconds since 1970 UTC.
    """

    log: LogId
    index: int
    recorded_at_us: int
    received_at_us: int
    sees: int
    digest: bytes
    leaf: bytes


class CheckpointRow(Struct, frozen=True, gc=False):
    """A signed checkpoint note of a log at a size, cosignature lines included."""

    log: LogId
    size: int
    note: bytes


class ReceiptRow(Struct, frozen=True, gc=False):
    """That the node of a log's reader holds its first `size` entries since `at_us`.

    The time is the cosigner's, in microseconds since 1970 UTC; the cosignature stands in the checkpoint of
    that size. `by_reader` tells the reader's own node from a host's, which holds for it and is not it.
    """

    log: LogId
    size: int
    at_us: int
    by_reader: bool = True


class KeyRow(Struct, frozen=True, gc=False):
    """An idempotency key that was used: by whom, the hash of what was asked, and what it made."""

    party: PartyId
    key: str
    asked: bytes
    statement: StatementId


class AttachmentRow(Struct, frozen=True, gc=False):
    """A body beside the log: its salted hash (hex), the salt and the bytes; erasable."""

    salted_hash: str
    salt: bytes
    body: bytes


class DeadlineRow(Struct, frozen=True, gc=False):
    """What is due next for one alarm, and when (microseconds since 1970 UTC); an alarm has at most one.

    Worked out of the party's own log alone: `what` and `number` say which repetition of which step it is of
    the text, so that two deadlines of one alarm are never equal.
    """

    party: PartyId
    alarm: SubjectId
    text: StatementId
    what: str
    number: int
    due_us: int


class DeadlineChange(Struct, frozen=True, gc=False):
    """Takes the place of the deadline `was` (None: there was none) by `now` (None: nothing is due).

    The store refuses it where another deadline stands: so a due step is claimed once.
    """

    was: DeadlineRow | None
    now: DeadlineRow | None


class OutboxRow(Struct, frozen=True, gc=False):
    """A message to one role that waits to be sent; its key makes a second sending known as a repeat.

    `attempts` counts the claims. It alone is not in the record.
    """

    key: str
    party: PartyId
    alarm: SubjectId
    step: StatementId
    place: int
    attempts: int = 0


class Claim(Struct, frozen=True, gc=False):
    """Counts an attempt of an outbox row that has had `attempts`; refused where it has gone or had more."""

    key: str
    attempts: int


class Batch(Struct, frozen=True):
    """What one group commit makes durable: all of it or none.

    `statements` maps digest to canonical bytes; a digest already kept is kept once, and so is an attachment.
    The whole batch is refused when one row of it does not fit: a log or an origin that is open already, an
    entry of a log that is not open, at an index that is not the next, or without its statement, a checkpoint
    beyond its log, or an idempotency key that was used. A checkpoint of a size that has one takes its place
    (it has gained cosignatures); of receipts of one size the first stays. What falls due and what waits to be
    sent change in the same commit as the statements from which they follow: `outbox` is put in, `unsent`
    taken out, `claims` counted.
    """

    logs: tuple[LogRow, ...] = ()
    statements: tuple[tuple[bytes, bytes], ...] = ()
    entries: tuple[EntryRow, ...] = ()
    checkpoints: tuple[CheckpointRow, ...] = ()
    keys: tuple[KeyRow, ...] = ()
    attachments: tuple[AttachmentRow, ...] = ()
    deadlines: tuple[DeadlineChange, ...] = ()
    outbox: tuple[OutboxRow, ...] = ()
    unsent: tuple[str, ...] = ()
    claims: tuple[Claim, ...] = ()
    receipts: tuple[ReceiptRow, ...] = ()


class Store(Protocol):
    """Keeps logs durably. What `commit` has returned from survives any crash.

    Every method may be called from any thread, and raises StoreFault when the disk or database cannot take
    or give what was asked. Iterators give what was there when they were asked for, however late they are
    read, and never hold up a commit. After a fault in `commit` the batch is whole or absent: offer it again
    under the same idempotency keys, or ask `key` what became of it.
    """

    def commit(self, batch: Batch) -> None:
        """Make a batch durable, whole or not at all; refuse what does not fit (see `Batch`)."""
        ...

    def logs(self) -> list[LogRow]:
        """List the logs in the order in which they were opened."""
        ...

    def entries(self, log: LogId | None = None, start: int = 0) -> Iterator[EntryRow]:
        """Give the entries of one log from an index on, or of all logs in commit order.

        For all logs, `start` is the number of entries to leave out, so that a caller can go on where it
        stopped.
        """
        ...

    def told(self, log: LogId, start: int, most: int) -> list[tuple[EntryRow, bytes]]:
        """Give at most so many entries of a log from an index on, each with its statement's bytes."""
        ...

    def statements(self) -> Iterator[tuple[bytes, bytes]]:
        """Give every statement once: digest and canonical bytes, in commit order."""
        ...

    def statement(self, digest: bytes) -> bytes | None:
        """Give the canonical bytes of one statement."""
        ...

    def checkpoints(self, log: LogId) -> list[CheckpointRow]:
        """Give the kept checkpoints of a log, smallest first."""
        ...

    def checkpoint(self, log: LogId, size: int | None = None) -> CheckpointRow | None:
        """Give the kept checkpoint of a log at a size, or without one the largest; the work does not grow."""
        ...

    def receipts(self) -> list[ReceiptRow]:
        """List the receipts of all logs, those of each log by size."""
        ...

    def keys(self, asked: Sequence[tuple[PartyId, str]]) -> list[KeyRow]:
        """Give those of some idempotency keys that were used, with what they made, in one look."""
        ...

    def deadlines(self) -> list[DeadlineRow]:
        """List what is due, soonest first."""
        ...

    def outbox(self) -> list[OutboxRow]:
        """List what waits to be sent, in the order in which it was put in."""
        ...

    def attachment(self, salted_hash: str) -> AttachmentRow | None:
        """Give an attachment, or None when it was erased or never held."""
        ...

    def erase_attachment(self, salted_hash: str) -> bool:
        """Erase an attachment's salt and body for good; tell whether there was one."""
        ...

    def close(self) -> None:
        """Let go of the files."""
        ...
