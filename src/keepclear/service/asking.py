"""What is asked of a node, and what it comes to: acts that wait for the writer, and batches made of them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from msgspec import Struct

from keepclear.commands.ports import AttachmentRow, Batch
from keepclear.commands.telling import Decision, Desk
from keepclear.errors import KeepclearError
from keepclear.model.statements import Entry
from keepclear.model.words import PartyId, StatementId, SubjectId


class Place(Struct, frozen=True):
    """Where a statement now stands: in which reader's log, at which index, since when."""

    reader: PartyId
    index: int
    recorded_at: datetime


class Outcome(Struct, frozen=True):
    """What an act came to: the statement, its hash, and its place in each log; `repeated` if seen before."""

    statement: StatementId
    subject: SubjectId
    digest: str
    told: tuple[Place, ...]
    repeated: bool = False


class Ask(Struct, frozen=True):
    """One act that waits for the writer: whose, under which key, and what is to be decided.

    `asked` is the canonical form of all that was asked, so that the same act is known when it comes again;
    `readers` are those in whose logs the answer says where it stands, besides the author's own. `asked` is
    kept as a hash for good, so it never holds the name of a person: `names` does, which are compared with
    what stands beside the statement while that is held. `beside` is kept if and when the act is.
    """

    party: PartyId
    key: str
    asked: bytes
    readers: tuple[PartyId, ...]
    decide: Callable[[Desk, datetime], Decision]
    names: tuple[str, ...] = ()
    beside: tuple[AttachmentRow, ...] = ()


class Prepared(Struct, frozen=True):
    """A batch that was decided and folded but is not yet durable."""

    batch: Batch
    outcomes: tuple[Outcome | KeepclearError, ...]
    entries: tuple[Entry, ...]
