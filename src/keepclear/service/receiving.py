"""Cosignatures by which a hosted reader's own client says that it holds what it was told.

The host's cosignature says *held for B*; only a key that the host does not have says that B holds it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from msgspec import Struct

from keepclear.commands.ports import CheckpointRow, LogRow, ReceiptRow
from keepclear.errors import KeepclearError, NotKnown, ProofRefused, Refused
from keepclear.model.words import PartyId
from keepclear.record import note
from keepclear.record.checkpoint import open_checkpoint
from keepclear.record.signing import VerifyingKey
from keepclear.service.asking import Prepared
from keepclear.service.node import Node
from keepclear.times import microseconds
from keepclear.views.client_keys import mirror_keys

_SECOND_US: Final = 1_000_000


class Cosigned(Struct, frozen=True):
    """A checkpoint with the cosignature of its reader's client, and the receipt for all up to there."""

    note: CheckpointRow
    receipt: ReceiptRow


def cosigned(node: Node, party: PartyId, origin: str, size: int, signature: str) -> Cosigned | None:
    """Give the checkpoint of a log told to a party with its client's cosignature added; None if it has it.

    The receipt bears the time of the cosignature, or the node's where the client's clock is ahead of it.

    Raises:
        Refused: the party's client has stated no key to cosign with.
        NotKnown: there is no such log told to the party, or no checkpoint of this size.
        ProofRefused: the cosignature is not by that key over that checkpoint.
    """
    keys = mirror_keys(node.picture(party))
    if not keys:
        raise Refused("a cosignature without a key to cosign with", "client-mirror", "keepclear client enrol")
    row = next((row for row in node.store.logs() if (row.log.reader, row.origin) == (party, origin)), None)
    kept = [] if row is None else [each for each in node.store.checkpoints(row.log) if each.size == size]
    if row is None or not kept:
        raise NotKnown(
            f"a checkpoint of size {size} of the log {origin}", "checkpoint", "one of an export of this desk"
        )
    mirror = VerifyingKey.parse(keys[-1])
    if mirror.public == node.mirror_key.public:
        raise Refused("a cosignature by the host's own key", "client-mirror", "one by a key that it lacks")
    if any((line.name, line.hash) == (mirror.name, mirror.hash) for line in note.parse(kept[0].note).lines):
        return None  # the first counts: since when it is held
    whole = note.add_lines(kept[0].note, signature.encode())
    seconds = _checked(node, row, whole, mirror)
    now_us = microseconds(node.clock.now())
    receipt = ReceiptRow(row.log, size, min(seconds * _SECOND_US, now_us), by_reader=True)
    return Cosigned(CheckpointRow(row.log, size, whole), receipt)


def _checked(node: Node, row: LogRow, whole: bytes, mirror: VerifyingKey) -> int:
    """Check the last line of a checkpoint as the client's; give its time in seconds since 1970 UTC."""
    log_key = node.keys.log_key(row.log.author, row.origin).verifying
    try:
        opened = open_checkpoint(whole, log_key, (mirror,))
    except KeepclearError as error:
        raise _not_by(mirror) from error
    lines = note.parse(whole).lines
    found = opened.cosigned()
    if (lines[-1].name, lines[-1].hash) != (mirror.name, mirror.hash) or not found:
        raise _not_by(mirror)
    return found[-1].time_s or 0


def _not_by(mirror: VerifyingKey) -> ProofRefused:
    return ProofRefused(
        "a cosignature that does not hold", "client-mirror", f"one by {mirror.key_id} over this checkpoint"
    )


def prepared(node: Node, party: PartyId, asked: Iterable[tuple[str, int, str]]) -> tuple[Prepared, int]:
    """Make ready what a client has cosigned, by origin, size and signature line; all of it or none.

    Follow as with any batch of the writer. What the party said to itself has no reader who owes a receipt.

    Returns:
        The batch, and how many checkpoints gain a cosignature by it; the others had it.

    Raises:
        KeepclearError: as `cosigned`.
    """
    found = [each for asks in asked if (each := cosigned(node, party, *asks)) is not None]
    rows = sorted((each.receipt for each in found), key=lambda row: row.size)
    receipts = [row for row in rows if row.log.author != party and row.size > _receipted(node, row)]
    return node.prepare_receipts([each.note for each in found], receipts), len(found)


def _receipted(node: Node, row: ReceiptRow) -> int:
    """Give how much of a log its reader has receipted; less, said later, would move the time at a restart."""
    known = node.receipt(row.log)
    return 0 if known is None else known.size
