"""Committing every hour to what was filed and told nobody, and opening one statement of it to a reader."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

import msgspec
from msgspec import Struct

from keepclear.commands.ports import Ids
from keepclear.commands.telling import Decision, Desk, Telling, tell_on
from keepclear.errors import Malformed, NotKnown, Refused
from keepclear.model import alarms, approvals, parties, telling
from keepclear.model.commitments import CommitmentOpened, CommitmentStated, CommitmentTable
from keepclear.model.handover import HandoverStated
from keepclear.model.statements import Author, Body, Entry, Statement, digest_of
from keepclear.model.words import Attachment, Form, PartyId, StatementId
from keepclear.record.canonical import canonical
from keepclear.record.commitment import LEAVES, commitment_root, open_digest

HOUR: Final = timedelta(hours=1)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
# What the node states of itself, and decisions that are kept for good, nobody could ever open.
_NEVER_TOLD: Final = (
    parties.KeyStated,
    telling.LogOpened,
    telling.LogClosed,
    telling.ReleaseDecided,
    telling.NotTold,
    alarms.AlarmRaised,
    alarms.AlarmStep,
    alarms.ClockEvent,
    approvals.DraftSubmitted,
    approvals.DraftDecided,
    HandoverStated,
    CommitmentStated,
    CommitmentTable,
    CommitmentOpened,
)


class Table(Struct, frozen=True, forbid_unknown_fields=True):
    """What stands beside the log of one commitment: its seed, and the digests in their order; both in hex."""

    seed: str
    filed: tuple[str, ...]

    def encoded(self) -> bytes:
        """Write it as an attachment's body."""
        return canonical(self)


class Due(Struct, frozen=True):
    """The full hour for which a commitment is owed now, and how many hours before it had none."""

    hour: datetime
    missed: int


class Chosen(Struct, frozen=True):
    """What a commitment is to hold: digests in order, and up to which index of A→A all is committed."""

    digests: tuple[bytes, ...]
    covers_to: int


def due(desk: Desk, now: datetime) -> Due | None:
    """Tell for which hour a party owes a commitment; by its own clock alone, never by what it has filed.

    Hours that passed while the node was down are not made up for one by one: the first moment up makes one
    commitment, which says how many are missing. What was filed before the stop stands in it.
    """
    last = max(
        (body.hour for _, body in desk.picture.history(CommitmentStated) if _own(desk, _)), default=None
    )
    if last is None:
        first = next(iter(desk.outbox.told(desk.party)), None)
        if first is None:
            return None
        last = full_hour(first.recorded_at)
    hour = full_hour(now)
    return None if hour <= last else Due(hour, (hour - last) // HOUR - 1)


def _own(desk: Desk, entry: Entry) -> bool:
    return entry.statement.author.party == desk.party


def full_hour(at: datetime) -> datetime:
    """Give the last full hour (UTC) at or before an instant."""
    return _EPOCH + (at - _EPOCH) // HOUR * HOUR


def choose(desk: Desk) -> Chosen:
    """Choose what the next commitment holds, of what stands in the own log alone.

    First what no commitment holds yet, oldest first; what does not fit waits for the next hour. Places that
    are left go to what an earlier one holds, newest first, so that who became a reader since can be shown it.
    """
    own = desk.outbox.told(desk.party)
    shared = {
        entry.statement.id
        for reader in desk.outbox.readers()
        if reader != desk.party
        for entry in desk.outbox.told(reader)
    }
    untold = [
        entry
        for entry in own
        if entry.statement.id not in shared and not isinstance(entry.statement.body, _NEVER_TOLD)
    ]
    covered = max((body.covers_to for _, body in desk.picture.history(CommitmentTable)), default=0)
    fresh = [entry for entry in untold if entry.index >= covered]
    taken = fresh[:LEAVES]
    covers_to = fresh[LEAVES].index if len(fresh) > LEAVES else own[-1].index + 1 if own else covered
    before = [entry for entry in reversed(untold) if entry.index < covered]
    taken += before[: LEAVES - len(taken)]
    return Chosen(tuple(_digest(entry.statement) for entry in taken), covers_to)


def _digest(statement: Statement) -> bytes:
    return bytes.fromhex(digest_of(statement))


def table_of(chosen: Chosen, seed: bytes) -> Table:
    """Make what stands beside the log of a commitment."""
    return Table(seed.hex(), tuple(digest.hex() for digest in chosen.digests))


def read_table(body: bytes) -> Table:
    """Read what stands beside the log of a commitment.

    Raises:
        Malformed: it is no such table.
    """
    try:
        return msgspec.json.decode(body, type=Table)
    except msgspec.DecodeError as error:
        raise Malformed(f"a commitment's table: {error}", "commitment-table", "the body as kept") from error


class Prepared(Struct, frozen=True):
    """A commitment worked out beforehand, so that stating it takes as long whatever was filed.

    `root` in hex; `salted_hash` and `size_bytes` are those of its table beside the log.
    """

    due: Due
    root: str
    covers_to: int
    salted_hash: str
    size_bytes: int


def prepare(owed: Due, chosen: Chosen, table: Table, salted_hash: str) -> Prepared:
    """Work a commitment out."""
    root = commitment_root(bytes.fromhex(table.seed), chosen.digests).hex()
    return Prepared(owed, root, chosen.covers_to, salted_hash, len(table.encoded()))


def decide_commitment(desk: Desk, made: Prepared, key: str, now: datetime, ids: Ids) -> Decision:
    """Commit: the same bytes to every reader, and the table to nobody.

    Raises:
        Refused: there is a commitment for this hour, or a later one.
    """
    owed = made.due
    standing = due(desk, now)
    if standing is None or standing.hour != owed.hour:
        raise Refused(
            f"a second commitment for an hour that has one, {owed.hour:%Y-%m-%d %H:%M}Z",
            "commitment-once",
            "one commitment for each hour",
        )
    body = CommitmentStated(owed.hour, made.root, owed.missed)
    # One subject for all of them, so that no reader meets more names than hours.
    stated = _statement(desk, body, key, "\ncommitments", now, ids)
    beside = Attachment(
        made.salted_hash, "leaves and salts of the commitment", "application/json", made.size_bytes
    )
    noted = _statement(
        desk,
        CommitmentTable(stated.id, made.covers_to),
        f"{key}/table",
        "\ncommitment-tables",
        now,
        ids,
        (beside,),
    )
    return Decision((Telling(stated, _others(desk)), Telling(noted, ())))


def _others(desk: Desk) -> tuple[PartyId, ...]:
    return tuple(reader for reader in desk.outbox.readers() if reader != desk.party)


def _statement(
    desk: Desk,
    body: Body,
    key: str,
    subject_key: str,
    now: datetime,
    ids: Ids,
    attachments: tuple[Attachment, ...] = (),
) -> Statement:
    return Statement(
        id=ids.statement(desk.party, key, Form.EXACT),
        subject=ids.subject(desk.party, subject_key),
        author=Author(desk.party, "unsigned"),
        cap=desk.cap,
        stated_at=now,
        body=body,
        attachments=attachments,
    )


class Kept(Struct, frozen=True):
    """A commitment whose table is still held, and in which a statement stands."""

    commitment: StatementId
    table: Table


def candidates(desk: Desk, statement: StatementId, reader: PartyId) -> list[tuple[StatementId, str]]:
    """Give the commitments that a reader was told and in which an own statement may stand, oldest first.

    Each with the salted hash of its table.

    Raises:
        NotKnown: there is no such own statement.
    """
    entry = desk.picture.entry(statement)
    if entry is None or entry.statement.author.party != desk.party:
        raise NotKnown(
            f"opening the statement {statement}", "own-statement", "a statement that this party itself made"
        )
    return [
        (body.of, noted.statement.attachments[0].salted_hash)
        for noted, body in desk.picture.history(CommitmentTable)
        if desk.outbox.entry(reader, body.of) is not None
        and noted.recorded_at >= entry.recorded_at
        and noted.statement.attachments
    ]


def holds_digest(table: Table, desk: Desk, statement: StatementId) -> bool:
    """Tell whether a table has the bytes of an own statement."""
    entry = desk.picture.entry(statement)
    return entry is not None and digest_of(entry.statement) in table.filed


def decide_opening(
    desk: Desk, statement: StatementId, kept: Kept | None, reader: PartyId, key: str, now: datetime, ids: Ids
) -> Decision:
    """Tell a reader a statement, and what leads from it to a commitment that the reader holds.

    Raises:
        NotKnown: the statement is not the desk's own.
        Refused: no commitment that the reader holds has it, or a rule bars telling it.
    """
    entry = desk.picture.entry(statement)
    if entry is None or entry.statement.author.party != desk.party:
        raise NotKnown(
            f"opening the statement {statement}", "own-statement", "a statement that this party itself made"
        )
    if kept is None:
        raise Refused(
            f"opening the statement {statement} to {reader}",
            "commitment-holds",
            f"a statement that a commitment told to {reader} holds, with its table not erased; "
            "the next hourly commitment holds what was told nobody until then",
            "statement",
        )
    held = desk.outbox.entry(reader, statement) is not None
    tells = () if held else tell_on(desk, statement, (reader,), now).tells
    seed, filed = bytes.fromhex(kept.table.seed), [bytes.fromhex(one) for one in kept.table.filed]
    found = open_digest(seed, filed, _digest(entry.statement))
    body = CommitmentOpened(
        kept.commitment, statement, found.place, found.salt.hex(), tuple(one.hex() for one in found.path)
    )
    opened = _statement(desk, body, key, key, now, ids)
    return Decision((Telling(opened, (reader,)), *tells))
