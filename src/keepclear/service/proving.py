"""The proof of one statement: where it stands in a log, under a head that readers and witnesses cosigned."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice
from typing import Final

from msgspec import Struct

from keepclear.commands.ports import CheckpointRow, EntryRow
from keepclear.errors import NotKnown, StoreFault
from keepclear.links.tlog.one_proof import beside_statement
from keepclear.model.statements import Entry, LogId
from keepclear.model.words import PUBLIC, PartyId, StatementId
from keepclear.record import note
from keepclear.record.policy import HOST, READER, WITNESS
from keepclear.record.proof import LogProof, inclusion_proof
from keepclear.record.signing import VerifyingKey
from keepclear.service.exchange.pairing import Peer, cosigner_of
from keepclear.service.exporting import readers_own
from keepclear.service.node import Node
from keepclear.times import instant, text


class Proven(Struct, frozen=True):
    """A tlog-proof, the canonical bytes of the statement, where it stands, and who cosigned the head."""

    proof: bytes
    statement: bytes
    log: LogId
    index: int
    cosigned: tuple[str, ...]


def prove(
    node: Node, peers: Iterable[Peer], party: PartyId, statement: StatementId, reader: PartyId | None = None
) -> Proven:
    """Prove where a statement stands, under the head after it that shows the most of readers and witnesses.

    Where nobody has cosigned it yet, the newest head is taken, which its author alone signed.

    Raises:
        NotKnown: the desk neither told it to that reader nor was told it.
        StoreFault: the store cannot give it.
    """
    entry = _entry(node, party, statement, reader)
    log = entry.log
    row = next(islice(node.store.entries(log, entry.index), 1))
    encoded = node.store.statement(row.digest)
    if encoded is None:
        raise StoreFault(f"entry {row.index} of {log} is missing", "store", "a restore from backup")
    log_key, cosigners = _keys(node, tuple(peers), log)
    names = {(key.name, key.hash): name for key, name in cosigners.items()}
    head, size, cosigned = _head(node.store.checkpoints(log), row, names, (log_key.name, log_key.hash))
    leaves = [each.leaf for each in islice(node.store.entries(log), size)]
    extra = beside_statement(text(instant(row.recorded_at_us)), row.sees)
    proof = LogProof(row.index, tuple(inclusion_proof(leaves, row.index, size)), head, extra)
    return Proven(proof.encode(), encoded, log, row.index, cosigned)


def _entry(node: Node, party: PartyId, statement: StatementId, reader: PartyId | None) -> Entry:
    """Find where the desk told a statement, or where it was told it."""
    box = node.outbox(party)
    readers = [each for each in box.readers() if each != party and box.entry(each, statement) is not None]
    if reader is None and len(readers) > 1:
        raise NotKnown(
            f"the proof of {statement}, which was told to several", "reader", f"one of {', '.join(readers)}"
        )
    chosen = reader or (readers[0] if readers else None)
    found = node.picture(party).entry(statement) if chosen is None else box.entry(chosen, statement)
    if found is None:
        raise NotKnown(
            f"the statement {statement}", "held", "one that this desk told the reader, or was told"
        )
    return found


def _keys(node: Node, peers: tuple[Peer, ...], log: LogId) -> tuple[VerifyingKey, dict[VerifyingKey, str]]:
    """Give a log's key, and whose cosignatures say something of it: readers', a host's, witnesses'."""
    row = next(row for row in node.store.logs() if row.log == log)
    own = f"{READER}{node.hosted[0]}" if node.is_partys else f"{HOST}{node.keys.node}"
    found: dict[VerifyingKey, str] = {}
    if log.author not in node.hosted or (log.reader in node.hosted and log.reader != log.author):
        found[node.mirror_key] = own
    # A hosted reader's own client is its word; the host's key above is nobody's else.
    found |= {one.key: one.name for one in readers_own(node, [row]) if one.name != own}
    found |= {key: f"{WITNESS}{name}" for name, key, _ in node.witnesses}
    if log.author in node.hosted:
        found |= {peer.mirror: cosigner_of(peer.card) for peer in peers if _reads(peer, log)}
        return node.keys.log_key(log.author, row.origin).verifying, found
    for peer in peers:
        if row.origin in peer.logs:
            return peer.logs[row.origin][1], found
    raise NotKnown(f"the key of {log}", "peer", "the card of the node that writes it: keepclear peer add")


def _reads(peer: Peer, log: LogId) -> bool:
    return log.reader in peer.parties or log.reader == PUBLIC


_WORTH: Final = {READER: 2, WITNESS: 2, HOST: 1}


def _head(
    kept: list[CheckpointRow], row: EntryRow, names: dict[tuple[str, bytes], str], log_key: tuple[str, bytes]
) -> tuple[bytes, int, tuple[str, ...]]:
    """Choose the head that covers an entry with the most that it can show, and of those the first.

    A proof has one head: one that a reader and a witness have cosigned shows more than one of either's, and
    where there are two of one kind alone, the earlier binds the time closer.
    """
    markers = [f"— {name} ".encode() for name, _ in names]
    covering = [each for each in kept if each.size > row.index]
    chosen, most = covering[-1], 0
    for each in covering:
        if any(mark in each.note for mark in markers):  # most have none, and reading them takes time
            shown = _shown(each, names)
            if shown > most:
                chosen, most = each, shown
    parsed = note.parse(chosen.note)
    lines = [line for line in parsed.lines if (line.name, line.hash) in {*names, log_key}]
    by = tuple(names[line.name, line.hash] for line in lines if (line.name, line.hash) in names)
    return f"{parsed.text}\n{''.join(line.line() for line in lines)}".encode(), chosen.size, by


def _shown(kept: CheckpointRow, names: dict[tuple[str, bytes], str]) -> int:
    found = {
        names.get((line.name, line.hash), "").partition("/")[0] + "/" for line in note.parse(kept.note).lines
    }
    return sum(worth for role, worth in _WORTH.items() if role in found)
