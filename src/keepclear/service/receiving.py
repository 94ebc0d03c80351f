"""Cosignatures by which a hosted reader's own client says that it holds what it was told.

The host's cosignature says *held for B*; only a key that the host does not have says that B holds it.
"""

from __future__ import annotations

from keepclear.commands.ports import Batch, CheckpointRow, LogRow
from keepclear.errors import KeepclearError, NotKnown, ProofRefused, Refused
from keepclear.model.words import PartyId
from keepclear.record import note
from keepclear.record.checkpoint import open_checkpoint
from keepclear.record.signing import VerifyingKey
from keepclear.service.node import Node
from keepclear.views.client_keys import mirror_keys


def cosigned(node: Node, party: PartyId, origin: str, size: int, signature: str) -> CheckpointRow | None:
    """Give the checkpoint of a log told to a party with its client's cosignature added; None if it has it.

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
    if any((line.name, line.hash) == (mirror.name, mirror.hash) for line in note.parse(kept[0].note).lines):
        return None  # the first counts: since when it is held
    whole = note.add_lines(kept[0].note, signature.encode())
    _check(node, row, whole, mirror)
    return CheckpointRow(row.log, size, whole)


def _check(node: Node, row: LogRow, whole: bytes, mirror: VerifyingKey) -> None:
    log_key = node.keys.log_key(row.log.author, row.origin).verifying
    try:
        opened = open_checkpoint(whole, log_key, (mirror,))
    except KeepclearError as error:
        raise _not_by(mirror) from error
    lines = note.parse(whole).lines
    if (lines[-1].name, lines[-1].hash) != (mirror.name, mirror.hash) or not opened.cosigned():
        raise _not_by(mirror)


def _not_by(mirror: VerifyingKey) -> ProofRefused:
    return ProofRefused(
        "a cosignature that does not hold", "client-mirror", f"one by {mirror.key_id} over this checkpoint"
    )


def keep(node: Node, rows: list[CheckpointRow]) -> None:
    """Keep cosigned checkpoints durably, all or none."""
    if rows:
        node.store.commit(Batch(checkpoints=tuple(rows)))
