"""The same exchange by hand: what a bundle brings goes through the reader's side of the network's exchange.

A bundle is an export: whole logs from their first entry, with one signed head at the end of each. So what is
new in a log is one pack, up to that head, and becomes durable as one batch. The receipt that goes back holds
the same cosignatures that a pull would bring.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Final

import msgspec
from msgspec import Meta, Struct

from keepclear.errors import Malformed, NotKnown, ProofRefused, Refused
from keepclear.links.tlog import codec
from keepclear.links.tlog.verify import report, verify_files
from keepclear.model.statements import LogId
from keepclear.model.words import PUBLIC, PartyId
from keepclear.record import note
from keepclear.record.canonical import canonical
from keepclear.record.tree import Frontier, leaf_hash
from keepclear.service.asking import Prepared
from keepclear.service.exchange import evidence
from keepclear.service.exchange.pairing import Peer, Peers, policy_of
from keepclear.service.exchange.session import Exchange, Session
from keepclear.service.exchange.taking import Ahead, Diverged
from keepclear.service.exchange.wire import MAX_LOGS, Beside, Held, Origin, Pack, Pull, Size
from keepclear.service.node import Node

MAX_RECEIPT_BYTES: Final = 2**20

WHAT: Final = "a receipt: the reader's node says how much of each log it holds"
TAKEN: Final = "taken"
NOTHING_NEW: Final = "nothing new"
STOPPED: Final = "stopped: two histories were shown"


class Receipt(Struct, frozen=True, forbid_unknown_fields=True):
    """What is carried back: the cosignatures by which `node` says how much of each log of `author` it holds.

    Each `receipt` is a signed note: the log's head at that size with the reader's own signature line.
    """

    node: Annotated[str, Meta(max_length=64)]
    author: Annotated[str, Meta(max_length=64)]
    held: Annotated[tuple[ReceiptOf, ...], Meta(min_length=1, max_length=MAX_LOGS)]
    what: str = WHAT
    v: Annotated[int, Meta(ge=1, le=1)] = 1

    def text(self) -> bytes:
        """Give the file of this receipt."""
        return canonical(self) + b"\n"

    def pull(self, now: datetime) -> Pull:
        """Give it as what a pull over the network would have brought."""
        return Pull(tuple(Held(each.origin, each.size, each.receipt.encode()) for each in self.held), now)


class ReceiptOf(Struct, frozen=True, forbid_unknown_fields=True):
    """How much of one log is held, and the cosigned head that says so."""

    origin: Origin
    size: Size
    receipt: Annotated[str, Meta(min_length=1, max_length=16_384)]


def read_receipt(raw: bytes) -> Receipt:
    """Read a receipt strictly; its signatures are checked against the reader's pinned key when it is taken.

    Raises:
        Malformed: it is no receipt.
    """
    if len(raw) > MAX_RECEIPT_BYTES:
        raise Malformed(f"a receipt of {len(raw)} bytes", "receipt", f"at most {MAX_RECEIPT_BYTES} bytes")
    try:
        receipt = msgspec.json.decode(raw, type=Receipt)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise Malformed(f"a receipt: {error}", "receipt", "the file that keepclear import wrote") from error
    if raw != receipt.text() or receipt.what != WHAT:
        raise Malformed("a receipt that was changed", "canonical", "the file that keepclear import wrote")
    return receipt


def receipt_of(exchange: Exchange, peer: Peer, party: PartyId) -> Receipt | None:
    """Give the receipt of what one desk holds of a peer's logs; None where it holds nothing yet."""
    held = tuple(
        ReceiptOf(each.origin, each.size, each.receipt.decode())
        for each in exchange.session(peer.node).taker.held()
        if each.receipt and peer.logs[each.origin][0].reader in (party, PUBLIC)
    )
    return Receipt(exchange.node.keys.node, peer.node, held) if held else None


class Came(Struct, frozen=True):
    """What a bundle brought of one log: how much was held before, how much is held now, and the outcome."""

    author: PartyId
    reader: PartyId
    before: int
    size: int
    outcome: str


class CarriedLog(Struct, frozen=True):
    """One log of a bundle that a desk may take: verified, its new entries read ahead of the writer's turn."""

    session: Session
    log: LogId
    export: codec.LogExport
    leaves: tuple[bytes, ...]
    ahead: Ahead
    beside: tuple[Beside, ...]

    def step(self, node: Node, now: datetime) -> Prepared:
        """Make what is new ready for the writer, in its turn: the cursor may have moved since it was read.

        Raises:
            Diverged: the bundle does not go on from what is held; both histories are kept as evidence.
            KeepclearError: something in it was refused; nothing was changed.
        """
        origin, entries = self.export.origin, self.export.entries
        tree, _ = node.mirrored(self.log)
        start = tree.size
        if start >= len(entries):
            return self.session.prepare((), now)
        if Frontier().extend(self.leaves[:start]).root() != tree.root():
            self._stop(now, self._split(node))
        pack = Pack(origin, start, entries[start:], self._head(), len(entries), self.beside)
        try:
            return self.session.prepare((pack,), now, self.ahead)
        except Diverged as found:
            self._stop(now, found.proof)
            raise

    def compare(self, now: datetime) -> None:
        """Hold the bundle's signed heads against what is held; nothing is said of larger ones.

        Raises:
            Diverged: one of them contradicts it; both are kept as evidence.
        """
        for head in (*self.export.earlier, self.export.signed_checkpoint):
            proof = self.session.taker.compare(head)
            if proof is not None:
                self._stop(now, proof)

    def _stop(self, now: datetime, proof: evidence.Evidence | None) -> None:
        head = self.export.signed_checkpoint
        self.session.stop(self.export.origin, head, proof, now)
        raise Diverged(self.export.origin, head, proof)

    def _split(self, node: Node) -> evidence.Evidence | None:
        """Prove two histories: the head held here against the longer tree, all of which the bundle gives."""
        ours = node.store.checkpoint(self.log)
        if ours is None:
            return None
        key = self.session.peer.logs[self.export.origin][1]
        return evidence.split(key, ours.note, self.export.signed_checkpoint, list(self.leaves))

    def _head(self) -> bytes:
        """Give the head as its log alone signed it: others' lines in the bundle are their bearer's word."""
        key = self.session.peer.logs[self.export.origin][1]
        parsed = note.parse(self.export.signed_checkpoint)
        lines = [line.line() for line in parsed.lines if (line.name, line.hash) == (key.name, key.hash)]
        return f"{parsed.text}\n{''.join(lines)}".encode()


class Carried(Struct, frozen=True):
    """A bundle that was verified: whose it is, the logs of it that are for one desk, and those that stand."""

    peer: Peer
    logs: tuple[CarriedLog, ...]
    stopped: tuple[LogId, ...] = ()


def carried(
    exchange: Exchange,
    files: Mapping[str, bytes],
    party: PartyId,
    held: Mapping[str, int],
    erased: Sequence[str] = (),
) -> Carried:
    """Verify a bundle by the verifier, and read what is new in it for one desk; nothing is held yet.

    Args:
        exchange: the node's exchange, whose peers were confirmed in person.
        files: the bundle's files by path.
        party: the desk for which it is taken: logs to others are left alone.
        held: how much of each log is held, by origin: what is before that is not read again.
        erased: bodies of which the author says, by another way, that it has erased them.

    Raises:
        Malformed, ProofRefused: it does not verify, or is of no node that was confirmed here.
        Refused: its author's keys count no more.
    """
    sure = [peer for peer in exchange.peers.all() if not peer.revoked]
    verdict = verify_files(files, policy_of(sure).text())
    if not verdict.verified:
        raise ProofRefused(
            f"a bundle whose proof does not hold: {report(verdict)[-1]}",
            "verify-first",
            "a new bundle: ask its author for another copy, and say what this one was refused for",
        )
    export = codec.parse(files)
    peer = _author(exchange.peers, export, exchange.node)
    session = exchange.session(peer.node)
    beside = _beside(export, erased)
    logs = [each for each in export.logs if each.author not in exchange.node.hosted]
    mine = [each for each in logs if each.reader in (party, PUBLIC)]
    if not mine:
        raise NotKnown(f"a bundle of {peer.node} for {party}", "bundle-reader", "one exported to this desk")
    return Carried(
        peer,
        tuple(
            _carried(session, each, beside, held.get(each.origin, 0))
            for each in mine
            if each.origin not in exchange.stopped
        ),
        tuple(session.peer.logs[each.origin][0] for each in mine if each.origin in exchange.stopped),
    )


def _carried(
    session: Session, export: codec.LogExport, beside: Mapping[str, Beside], held: int
) -> CarriedLog:
    pinned = session.peer.logs.get(export.origin)
    log = LogId(PartyId(export.author), PartyId(export.reader))
    if pinned is None or pinned[0] != log:
        raise ProofRefused(
            f"a log {export.origin} from {export.author} to {export.reader}", "pinned-log",
            "a log on the card that was confirmed; a new card where the parties have changed",
        )  # fmt: skip
    fresh = export.entries[held:]
    ahead = session.taker.read(export.origin, held, fresh)
    named = {each.salted_hash for read in ahead.values() for each in read.statement.attachments}
    bodies = tuple(beside[name] for name in sorted(named) if name in beside)
    leaves = tuple(map(leaf_hash, export.entries))
    return CarriedLog(session, log, export, leaves, ahead, bodies)


def _author(peers: Peers, export: codec.Export, node: Node) -> Peer:
    """Give the one peer whose logs a bundle holds; those that this node writes may be in it too."""
    origins = {log.origin for log in export.logs if log.author not in node.hosted}
    for peer in peers.all():
        if origins and origins <= set(peer.logs):
            if peer.revoked:
                raise Refused(
                    f"a bundle of {peer.node}, whose keys count no more: {peer.revoked}", "revoked",
                    "a new card, compared anew: keepclear peer add",
                )  # fmt: skip
            return peer
    if not origins:
        raise Refused(
            "your own bundle, as this node has written it", "own-bundle",
            "it at the reader's node; here, the receipt that the reader's import writes",
        )  # fmt: skip
    raise ProofRefused(
        "a bundle of a node whose card was not confirmed here, or of several",
        "pinned-log",
        "one exported by a peer: keepclear peer list shows them, keepclear peer add makes one",
    )


def _beside(export: codec.Export, erased: Sequence[str]) -> dict[str, Beside]:
    gone = {name: Beside(name, erased=True) for name in erased if name not in export.attachments}
    return {name: Beside(name, each.salt, each.body) for name, each in export.attachments.items()} | gone
