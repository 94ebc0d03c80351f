"""Own entries that were lost here, given back by a reader: checked by its own keys, and taken whole."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from msgspec import Struct

from keepclear.commands.ports import AttachmentRow, EntryRow, LogRow
from keepclear.errors import ProofRefused
from keepclear.model.statements import Entry, LogId, Statement
from keepclear.record import checkpoint, note
from keepclear.record.canonical import salted_hash, sha256
from keepclear.record.cosign import cosign
from keepclear.record.tree import leaf_hash
from keepclear.service.asking import Prepared
from keepclear.service.exchange.giving import entries_from
from keepclear.service.exchange.pairing import Peer
from keepclear.service.exchange.reading import read_entry
from keepclear.service.exchange.wire import PACK_ENTRIES, Beside, Held, Pack
from keepclear.service.node import Node
from keepclear.service.stored import Mirrored
from keepclear.times import microseconds


class Lost(Struct, frozen=True):
    """The end of an own log as a reader gave it back: entries from an index on, and the head at their end."""

    log: LogId
    origin: str
    start: int
    entries: tuple[bytes, ...]
    head: bytes
    beside: tuple[Beside, ...] = ()


def give_back(node: Node, peer: Peer, asked: Iterable[Held]) -> tuple[Pack, ...]:
    """Give a peer the end of logs that it has written and lost: its own words, under heads that it signed."""
    packs = []
    for held in asked:
        log, key = peer.logs.get(held.origin, (None, None))
        last = None if log is None else node.store.checkpoint(log)
        if log is None or key is None or last is None or held.size >= node.durable_size(log):
            continue
        entries, _, beside = entries_from(node.store, log, held.size, PACK_ENTRIES)
        head = note.only(last.note, key.name, key.hash)
        packs.append(Pack(held.origin, held.size, tuple(entries), head, last.size, tuple(beside.values())))
        break  # one at a time keeps an answer within its bounds
    return tuple(packs)


def prepare(node: Node, lost: Lost) -> Prepared:
    """Check what was given back and make it ready for the writer; what this node did not sign is not taken.

    Raises:
        ProofRefused: a signature is not this node's, or the entries do not go on from what is held.
        Malformed: something cannot be read.
    """
    log = lost.log
    key = node.keys.statement_key(log.author).verifying
    tree, last_at = node.mirrored(log)
    leaves = [leaf_hash(raw) for raw in lost.entries]
    grown = tree.extend(leaves)
    signed = node.keys.log_key(log.author, lost.origin).verifying
    head = checkpoint.open_checkpoint(lost.head, signed).checkpoint
    here = (lost.origin, grown.size, grown.root())
    if lost.start != tree.size or (head.origin, head.size, head.root) != here:
        raise ProofRefused(
            f"what was given back of {log}, which does not go on from the {tree.size} entries here",
            "own-fork",
            "the end of this very history; where other entries were told here meanwhile, keep both "
            "and say so "
            "to the reader by voice",
        )
    bodies = {each.salted_hash: each for each in lost.beside if not each.erased}
    if any(salted_hash(each.salt, each.body) != name for name, each in bodies.items()):
        raise ProofRefused("a body beside the log", "salted-hash", "bytes of this hash")
    entries, rows, statements = [], [], []
    for place, (raw, leaf) in enumerate(zip(lost.entries, leaves, strict=True), tree.size):
        read = read_entry(log, raw, place, key, node.cap)
        last_at = read.at
        _check_one_text(node, read.statement)
        digest = bytes.fromhex(sha256(read.encoded))
        at_us = microseconds(read.at)
        statements.append((digest, read.encoded))
        rows.append(EntryRow(log, place, at_us, at_us, read.sees, digest, leaf))
        entries.append(Entry(log, place, read.at, read.at, read.sees, read.statement))
    own = cosign(head.text(), node.mirror_signer, last_at)
    kept = note.add_lines(note.only(lost.head, signed.name, signed.hash), own)
    beside = tuple(AttachmentRow(each.salted_hash, each.salt, each.body) for each in bodies.values())
    row = LogRow(log, lost.origin, node.custody)
    return node.prepare_taken_back(
        Mirrored(row, grown, tuple(entries), tuple(rows), tuple(statements), kept, beside)
    )


def _check_one_text(node: Node, statement: Statement) -> None:
    """Refuse what has another text here: to hold both would be a record that cannot be read again."""
    known = node.desk(statement.author.party).picture.entry(statement.id)
    if known is not None and known.statement != statement:
        raise ProofRefused(
            f"the statement {statement.id}, which has another text here",
            "one-text-per-id",
            "a node that has told nothing since; keep both and say so to the reader by voice",
        )


def joined(packs: Sequence[Pack], log: LogId) -> Lost:
    """Put packs of one log together, as they came one after the other."""
    first, last = packs[0], packs[-1]
    entries = tuple(entry for pack in packs for entry in pack.entries)
    beside = tuple(each for pack in packs for each in pack.beside)
    return Lost(log, first.origin, first.start, entries, last.head, beside)
