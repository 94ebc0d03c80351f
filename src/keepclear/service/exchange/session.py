"""What one node says to another and does with its answers: plain functions, without a network or a clock.

The loop around them (`link`) and the simulation in the tests drive the same code. Every step is a batch for
the one writer; between two steps the node may stop, and nothing is lost or doubled.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime

from msgspec import Struct

from keepclear.errors import KeepclearError, Malformed
from keepclear.model.words import PUBLIC, PartyId, StatementId
from keepclear.record import checkpoint, note
from keepclear.service.asking import Prepared
from keepclear.service.exchange import faults
from keepclear.service.exchange.behind import OwnLogs
from keepclear.service.exchange.evidence import Evidence
from keepclear.service.exchange.giving import Giver, Unsent
from keepclear.service.exchange.pairing import Peer, Peers
from keepclear.service.exchange.stopped import Doubled, Stopped, StoppedLogs, second_text
from keepclear.service.exchange.taking import Ahead, Diverged, SecondText, Taker
from keepclear.service.exchange.taking_back import give_back
from keepclear.service.exchange.wire import Gave, Held, Pack, Pull, Unheld
from keepclear.service.node import Node
from keepclear.times import text

Step = Callable[[Node], Prepared]
"""What becomes durable as one batch, prepared in the writer's turn."""


class Health(Struct):
    """How the exchange with one peer goes, as this node has seen it since it started.

    `offset_s` is how far the peer's clock is ahead of ours (negative: behind), `round_trip_s` how long an
    answer took beyond what the peer waited for news, `behind` how many entries are still to come, by their
    reader, `answers` how many of our answers brought entries. `why` names what is wrong now, "" for nothing;
    `refused` tells that the link works and something that came over it was not taken in here.
    """

    pulled_at: datetime | None = None
    served_at: datetime | None = None
    tried_at: datetime | None = None
    failures: int = 0
    why: str = ""
    refused: bool = False
    offset_s: float | None = None
    round_trip_s: float | None = None
    taken: int = 0
    given: int = 0
    answers: int = 0
    behind: dict[PartyId, int] = {}
    unheld: tuple[Unheld, ...] = ()


class Session:
    """The exchange with one peer."""

    def __init__(
        self,
        node: Node,
        peer: Peer,
        stopped: StoppedLogs,
        peers: Peers | None = None,
        own: OwnLogs | None = None,
    ) -> None:
        self._node = node
        self.peer = peer
        self.giver = Giver(node, peer)
        self.taker = Taker(node, peer, peers)
        self._stopped = stopped
        self._refused: KeepclearError | None = None
        self._own = OwnLogs() if own is None else own
        self.health = Health()

    # The reader's side.

    def pull(self, now: datetime, wait_s: float = 0.0) -> Pull:
        """Give what to ask the peer now."""
        held = tuple(
            Held(each.origin, each.size, stopped=True) if each.origin in self._stopped else each
            for each in self.taker.held()
        )
        self.health.tried_at = now
        return Pull(held, now, wait_s, tuple(self._third_heads()))

    def _third_heads(self) -> Iterator[bytes]:
        """Give the heads of what others say to everybody: two readers who compare them find a split view."""
        for row in self._node.store.logs():
            theirs = row.log.author in self.peer.parties or row.log.author in self._node.hosted
            if row.log.reader == PUBLIC and not theirs:
                kept = self._node.store.checkpoint(row.log)
                if kept is not None:
                    yield note.only(kept.note, row.origin)

    def steps(self, gave: Gave, now: datetime) -> Iterator[Step]:
        """Give what to make durable of an answer, pack by pack; a pack that is refused holds up no other."""
        for pack in gave.packs:
            if pack.origin not in self._stopped:
                yield self._step(pack, now)

    def _step(self, pack: Pack, now: datetime) -> Step:
        def prepared(node: Node) -> Prepared:
            try:
                # The time of its turn, not of its arrival: what reached a node is in order of time.
                return self.prepare((pack,), node.clock.now())
            except Diverged as found:
                self._diverged(found, now)
                raise

        return prepared

    def prepare(self, packs: Iterable[Pack], now: datetime, ahead: Ahead | None = None) -> Prepared:
        """Check packs and make them ready, as the taker does; keep what they prove against an author first.

        Raises:
            Diverged: a second history was shown.
            SecondText: a second text was told; its log is stopped, both texts are kept.
            KeepclearError: something in them was refused; nothing was changed.
        """
        try:
            return self.taker.prepare(packs, now, ahead)
        except SecondText as found:
            self._stopped.double(Doubled(self.peer.node, text(now), found.proof))
            stop = second_text(
                found.origin, self.peer.node, text(now), found.head, StatementId(found.proof.id)
            )
            self._stopped.stop(stop)
            raise
        finally:
            for proof in self.taker.noted():
                self._stopped.double(Doubled(self.peer.node, text(now), proof))

    def _diverged(self, found: Diverged, now: datetime) -> None:
        """Stop a log whose second history is proved; keep a bare contradiction until it can be.

        Entries that a signed head does not cover prove nothing against its author: whoever carried them may
        have changed them. They are refused, and the head is held against what is held later.
        """
        if found.proof is not None:
            self.stop(found.origin, found.head, found.proof, now)
        else:
            self._stopped.keep_unjoined(found.head)

    def check_unjoined(self, now: datetime) -> list[str]:
        """Hold heads that did not go on from what was held against what is held now; give what stopped."""
        found = []
        for origin, head in self._stopped.unjoined(self.peer.logs):
            if checkpoint.parse(note.parse(head).text).size <= self._node.durable_size(
                self.peer.logs[origin][0]
            ):
                proof = self.taker.compare(head)
                if proof is not None and self.stop(origin, head, proof, now):
                    found.append(origin)
                self._stopped.joined(origin)  # after it: a crash between looks at it once more
        return found

    def took(self, pull: Pull, gave: Gave, now: datetime, refused: KeepclearError | None = None) -> None:
        """Note how an answer came in: the clocks, what is still to come, which receipts were not taken.

        With something in it that was refused here the try counts as failed, so that the next one waits
        longer: `failed` follows.
        """
        asked, got, answered = pull.sent_at, gave.got_at, gave.answered_at
        self.check_unjoined(now)
        there = (answered - got).total_seconds()
        whole = (now - asked).total_seconds()
        health = self.health
        health.pulled_at = now
        self._refused = refused
        if refused is None:
            health.failures, health.why, health.refused = 0, "", False
        health.round_trip_s = max(0.0, whole - there)
        health.offset_s = ((got - asked) + (answered - now)).total_seconds() / 2
        health.taken += sum(len(pack.entries) for pack in gave.packs)
        health.behind = {}
        for pack in gave.packs:
            reader = self.peer.logs[pack.origin][0].reader if pack.origin in self.peer.logs else PUBLIC
            still = max(0, pack.size - pack.start - len(pack.entries))
            health.behind[reader] = health.behind.get(reader, 0) + still
        health.unheld = tuple(each for each in gave.unheld if each.status != 404)

    def failed(self, error: Exception, now: datetime) -> None:
        """Note that a try went wrong: the link failed, or something that came over it was refused."""
        self.health.tried_at = now
        self.health.failures += 1
        self.health.refused = error is self._refused
        self.health.why = faults.words(error, self.peer)[:400]

    # The author's side.

    def receipts(self, pull: Pull) -> tuple[Step | None, tuple[Unheld, ...]]:
        """Give what to make durable of the cosignatures that a pull brings, and what is not taken."""
        found = self.giver.receipts(pull)
        for each in found.ahead:
            self._own.note(each)

        def prepared(node: Node) -> Prepared:
            # Looked at again in its turn: another pull may have brought as much meanwhile.
            return self.giver.receipts(pull).prepare(node)

        return (prepared if found.notes else None), found.refused

    def gave(self, pull: Pull, unheld: tuple[Unheld, ...], got_at: datetime, now: datetime) -> Gave:
        """Give the answer to a pull."""
        packs = self.giver.packs(pull)
        back = give_back(self._node, self.peer, pull.back)
        self._hear(pull)
        self.health.served_at = got_at  # when it was heard of: who waits for news may be gone by now
        self.health.given += sum(len(pack.entries) for pack in packs)
        self.health.answers += bool(packs)
        origins = [checkpoint.parse(note.parse(head).text).origin for head in pull.heads]
        return Gave(packs, got_at, now, unheld, tuple(self.giver.heads(origins)), back)

    def _hear(self, pull: Pull) -> None:
        """Note that a peer has said what it holds of this node's logs: no more than is here."""
        own = self.giver.own_logs()
        sizes = [(held.size, self._node.durable_size(own[held.origin])) for held in pull.held
                 if held.origin in own]  # fmt: skip
        if sizes and all(there <= here for there, here in sizes):
            self._own.hear(self.peer.node)

    def unsent(self, now: datetime, author: PartyId | None = None) -> Unsent:
        """Give what the peer was told and does not hold yet; by one author or by all."""
        return self.giver.unsent(now, author)

    def stop(self, origin: str, head: bytes, proof: Evidence | None, now: datetime) -> bool:
        """Stop a log of which two histories were shown; both signed heads are kept."""
        log, _ = self.peer.logs[origin]
        kept = self._node.store.checkpoint(log)
        ours = "" if kept is None else kept.note.decode()
        return self._stopped.stop(Stopped(origin, self.peer.node, text(now), head.decode(), ours, proof))


class Exchange:
    """The exchange of one node with all its peers."""

    def __init__(
        self, node: Node, peers: Peers, stopped: StoppedLogs | None = None, own: OwnLogs | None = None
    ) -> None:
        self.node = node
        self.own = OwnLogs() if own is None else own
        self.peers = peers
        self.stopped = StoppedLogs() if stopped is None else stopped
        self._sessions: dict[str, Session] = {}
        self._watch()

    def session(self, name: str) -> Session:
        """Give the exchange with one peer.

        Raises:
            NotKnown: there is no such peer.
        """
        peer = self.peers.of(name)
        known = self._sessions.get(name)
        if known is None or known.peer != peer:
            health = Health() if known is None else known.health
            known = self._sessions[name] = Session(self.node, peer, self.stopped, self.peers, self.own)
            known.health = health  # a link that was cut and healed has its last contact all the same
        return known

    def take_up(self, node: Node) -> None:
        """Go on with a fresh record of the same node, as the demo does; nothing of the old one is known."""
        self.node = node
        self._sessions.clear()
        self._watch()

    def _watch(self) -> None:
        """Let the node tell nothing in a log that has lost its end."""
        self.node.check_tellable = lambda log: self.own.check(log, self.peers)
        self.node.is_whole = lambda party: self.own.is_whole(party, self.peers)

    def compare(self, heads: tuple[bytes, ...], now: datetime) -> list[str]:
        """Hold heads that a peer has against what is held here; stop each log with a second history.

        Gives the origins that were stopped by this. A head that its log did not sign says nothing.
        """
        found = []
        for head in heads:
            try:
                origin = checkpoint.parse(note.parse(head).text).origin
                session = self._writer_of(origin)
                proof = None if session is None else session.taker.compare(head)
            except (KeepclearError, Malformed):
                continue
            if session is not None and proof is not None and session.stop(origin, head, proof, now):
                found.append(origin)
        return found

    def _writer_of(self, origin: str) -> Session | None:
        for peer in self.peers.all():
            if origin in peer.logs:
                return self.session(peer.node)
        return None
