"""The reader's side of an exchange: check everything, hold it durably, and only then cosign.

Entries count only where the index is the cursor; everything else is a no-op, so nothing needs a window, a
timer or a memory of ids. A pack is held whole or not at all.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from keepclear.commands.door import check_same
from keepclear.commands.ports import AttachmentRow, EntryRow, LogRow
from keepclear.errors import Malformed, ProofRefused, StoreFault
from keepclear.model.statements import Entry, LogId, Statement
from keepclear.model.words import PUBLIC, PartyId, StatementId
from keepclear.record import checkpoint, note
from keepclear.record.canonical import salted_hash as hash_of
from keepclear.record.canonical import sha256
from keepclear.record.cosign import cosign
from keepclear.record.signing import VerifyingKey
from keepclear.record.tree import Frontier, leaf_hash
from keepclear.service.asking import Prepared
from keepclear.service.exchange import evidence
from keepclear.service.exchange.evidence import Evidence, TwoTexts
from keepclear.service.exchange.pairing import Peer, Peers
from keepclear.service.exchange.reading import Read, read_entry
from keepclear.service.exchange.wire import Beside, Held, Pack
from keepclear.service.node import Node
from keepclear.service.shown import inside
from keepclear.service.stored import MIRROR, Mirrored
from keepclear.times import microseconds, text


class Diverged(ProofRefused):
    """A signed head that does not go on from what is held: the log is stopped, both are kept."""

    def __init__(self, origin: str, head: bytes, proof: Evidence | None) -> None:
        super().__init__(
            f"a head of {origin} that does not go on from what this node holds",
            "split-view",
            "the history that was shown before; both signed heads are kept as evidence",
        )
        self.origin, self.head, self.proof = origin, head, proof


class SecondText(StoreFault):
    """Another text of a statement that is held, signed by the same author: refused, both kept as evidence."""

    def __init__(self, origin: str, head: bytes, proof: TwoTexts) -> None:
        super().__init__(
            f"another text under the id {proof.id}",
            "one-text-per-id",
            "the text that it has; both are signed by their author and are kept: keepclear peer evidence",
        )
        self.origin, self.head, self.proof = origin, head, proof


Ahead = Mapping[bytes, Read]
"""Entries that were read before the writer's turn, by leaf hash."""


class Taker:
    """Takes what one peer's parties have told parties of this node, and everybody."""

    def __init__(self, node: Node, peer: Peer, peers: Peers | None = None) -> None:
        self._node = node
        self.peer = peer
        self._peers = Peers(None, (peer,)) if peers is None else peers
        self._noted: list[TwoTexts] = []

    def noted(self) -> list[TwoTexts]:
        """Give, once, what packs have proved of authors whose words came by others' hands."""
        found, self._noted = self._noted, []
        return found

    def held(self) -> tuple[Held, ...]:
        """Give the cursors of the peer's logs that are this node's to read, with the own cosignature of each.

        The cosignature is read from the store: it is given away only once what it says is durable.
        """
        found = []
        for origin, (log, _) in self.peer.logs.items():
            if log.reader != PUBLIC and log.reader not in self._node.hosted:
                continue
            if self._other_origin(log, origin):
                continue
            size = self._node.durable_size(log)
            found.append(Held(origin, size, self._own_mark(log, size) if size else b""))
        return tuple(found)

    def _other_origin(self, log: LogId, origin: str) -> str:
        """Give the origin under which a log is held here, where it is another one; else ""."""
        known = next((row.origin for row in self._node.store.logs() if row.log == log), origin)
        return "" if known == origin else known

    def elsewhere(self) -> list[tuple[LogId, str]]:
        """Give the peer's logs that cannot be taken, each with the origin under which its pair is held here.

        A party that goes on at another node has other keys there: it is no going on of the same log.
        """
        pairs = [(log, self._other_origin(log, origin)) for origin, (log, _) in self.peer.logs.items()]
        return [(log, known) for log, known in pairs if known]

    def _own_mark(self, log: LogId, size: int) -> bytes:
        row = self._node.store.checkpoint(log, size)
        if row is None:
            return b""
        # The log's own line goes along: an author that has lost entries sees that it did sign this head.
        own, name = self._node.mirror_key, checkpoint.parse(note.parse(row.note).text).origin
        kept = note.parse(row.note)
        lines = [line for line in kept.lines if (line.name, line.hash) == (own.name, own.hash)]
        signed = [line for line in kept.lines if line.name == name]
        return f"{kept.text}\n{''.join(line.line() for line in signed + lines)}".encode() if lines else b""

    def read(self, origin: str, start: int, entries: Iterable[bytes]) -> dict[bytes, Read]:
        """Read entries ahead of the writer's turn; that is most of the work, and needs nothing held here.

        Raises:
            ProofRefused: a signature or key does not hold.
            Malformed: an entry or statement is not as it must be.
        """
        log, _ = self._pinned(origin)
        return {leaf_hash(raw): self._read(log, raw, place) for place, raw in enumerate(entries, start)}

    def prepare(self, packs: Iterable[Pack], now: datetime, ahead: Ahead | None = None) -> Prepared:
        """Check packs and make them ready for the writer; those that are not at the cursor change nothing.

        Args:
            packs: what was told, each with a signed head at its end.
            now: when it arrived.
            ahead: those of its entries that `read` has read already.

        Raises:
            ProofRefused: a signature, root or key does not hold (`Diverged`: a second history).
            Malformed: an entry or statement is not as it must be.
            StoreFault: a statement is not its author's, or has another text under one id.
        """
        return self._node.prepare_mirrored(
            [taken for pack in packs if (taken := self._taken(pack, now, ahead or {})) is not None]
        )

    def _taken(self, pack: Pack, now: datetime, ahead: Ahead) -> Mirrored | None:
        log, key = self._pinned(pack.origin)
        tree, last_at = self._node.mirrored(log)
        if pack.start != tree.size:
            self._check_shown(pack)
            return None
        leaves = [leaf_hash(entry) for entry in pack.entries]
        grown = tree.extend(leaves)
        self._check_head(pack, log, key, grown)
        beside = self._beside(pack.beside)
        entries, rows, statements = [], [], []
        named: set[str] = set()
        known: dict[StatementId, Statement] = {}
        own = self._node.is_partys
        sees_most = self._node.durable_size(LogId(log.reader, log.author))
        for place, (raw, leaf) in enumerate(zip(pack.entries, leaves, strict=True), pack.start):
            part = ahead.get(leaf) or self._read(log, raw, place)
            at, statement = part.at, part.statement
            if at < last_at or (log.reader != PUBLIC and part.sees > sees_most):
                raise Malformed(
                    f"entry {place} of {log}, recorded at {part.recorded_at} having seen {part.sees}",
                    "entry-order", f"a time from {text(last_at)} on, and at most {sees_most} entries seen",
                )  # fmt: skip
            last_at = at
            self._check_one_text(pack, statement, known.setdefault(statement.id, statement))
            for text_ in self._known(statement.id):
                self._check_one_text(pack, statement, text_)
            self._note_shown(statement)
            self._check_attached(statement, beside)
            digest = bytes.fromhex(sha256(part.encoded))
            statements.append((digest, part.encoded))
            named |= {each.salted_hash for each in statement.attachments}
            rows.append(EntryRow(log, place, microseconds(at), microseconds(now), part.sees, digest, leaf))
            entries.append(Entry(log, place, at, now, part.sees, statement, own))
        bodies = tuple(
            AttachmentRow(one.salted_hash, one.salt, one.body)
            for one in beside.values()
            if not one.erased and one.salted_hash in named
        )
        # Lines of keys that are unknown here would only make the note longer than a note may be.
        cosigned = note.add_lines(
            note.only(pack.head, key.name, key.hash), self._cosigned(pack.origin, grown, now)
        )
        row = LogRow(log, pack.origin, MIRROR)
        return Mirrored(row, grown, tuple(entries), tuple(rows), tuple(statements), cosigned, bodies)

    def _pinned(self, origin: str) -> tuple[LogId, VerifyingKey]:
        found = self.peer.logs.get(origin)
        if found is None or (found[0].reader != PUBLIC and found[0].reader not in self._node.hosted):
            raise ProofRefused(
                f"a log {origin} from {self.peer.node}",
                "pinned-log",
                "a log on the card that was confirmed; a new card where the parties have changed",
            )
        other = self._other_origin(found[0], origin)
        if other:
            raise ProofRefused(
                f"a log of {found[0]} from {self.peer.node}, held here as {other}",
                "pinned-log",
                "a new node whose party has an id of its own: the log of one node does not go on at another",
            )
        return found

    def _check_head(self, pack: Pack, log: LogId, key: VerifyingKey, grown: Frontier) -> None:
        head = checkpoint.open_checkpoint(pack.head, key).checkpoint
        if head.origin != pack.origin:
            raise ProofRefused(f"a head of {head.origin}", "head-origin", pack.origin)
        if head.size == grown.size and head.root != grown.root():
            raise Diverged(pack.origin, pack.head, None)
        if head.size != grown.size:
            self._check_shown(pack)
            raise ProofRefused(
                f"a head of {log} at size {head.size}", "head-size", f"the head after entry {grown.size - 1}"
            )

    def _check_shown(self, pack: Pack) -> None:
        """Hold the head of a pack that brings nothing new against what is held.

        Raises:
            Diverged: it is, and this is the proof.
            ProofRefused: its log's key did not sign it.
        """
        proof = self.compare(pack.head)
        if proof is not None:
            raise Diverged(proof.origin, pack.head, proof)

    def compare(self, head: bytes) -> Evidence | None:
        """Hold a signed head of one of the peer's logs against what is held; give proof where they differ.

        None also where nothing can be said: the head is larger than what is held.

        Raises:
            ProofRefused: its log's key did not sign it.
            Malformed: it is no head.
        """
        origin = checkpoint.parse(note.parse(head).text).origin
        log, key = self._pinned(origin)
        last = self._node.store.checkpoint(log)
        size = checkpoint.open_checkpoint(head, key).checkpoint.size
        if last is None or not 0 < size <= last.size:
            return None
        same = self._node.store.checkpoint(log, size)
        if same is not None and note.parse(same.note).text == note.parse(head).text:
            return None
        leaves = [row.leaf for row in self._node.store.entries(log)][: last.size]
        return evidence.split(key, head, last.note, leaves)

    def _read(self, log: LogId, raw: bytes, place: int) -> Read:
        return read_entry(log, raw, place, self.peer.statement_keys[log.author], self._node.cap)

    def _check_one_text(self, pack: Pack, statement: Statement, known: Statement) -> None:
        """Refuse a second text; where its author has signed both, that is evidence against it."""
        try:
            check_same(statement, known)
        except StoreFault:
            key = self.peer.statement_keys[statement.author.party]
            proof = evidence.two_texts(key, known, statement)
            if proof is not None:
                raise SecondText(pack.origin, pack.head, proof) from None
            raise

    def _known(self, identity: StatementId) -> Iterator[Statement]:
        """Give the texts of an id that its author itself has told here."""
        withheld = self._node.withheld.get(identity)
        if withheld is not None:
            yield withheld.statement
        for party in self._node.hosted:
            known = self._node.desk(party).picture.entry(identity)
            if known is not None:
                yield known.statement

    def _note_shown(self, statement: Statement) -> None:
        """Hold what others show on of an author against what it has told here itself, or by other hands.

        Whoever shows it on is honest in that: the entry is taken, and only the author is accused, by its own
        signature. A text that its author did not sign accuses nobody.
        """
        for inner in inside(statement):
            for known in (*self._known(inner.id), *self._node.shown.texts(inner.id)):
                self._note(known, inner)
        for shown in self._node.shown.texts(statement.id):
            self._note(statement, shown)

    def _note(self, known: Statement, other: Statement) -> None:
        if known == other:
            return
        key = self._key_of(known.author.party)
        proof = None if key is None else evidence.two_texts(key, known, other)
        if proof is not None:
            self._noted.append(proof)

    def _key_of(self, party: PartyId) -> VerifyingKey | None:
        if party in self._node.hosted:
            return self._node.keys.statement_key(party).verifying
        found = next((each for each in self._peers.all() if party in each.parties), None)
        return None if found is None else found.statement_keys[party]

    def _beside(self, bodies: Iterable[Beside]) -> dict[str, Beside]:
        for each in bodies:
            if not each.erased and hash_of(each.salt, each.body) != each.salted_hash:
                raise ProofRefused("a body beside the log", "salted-hash", "bytes of this hash")
        return {each.salted_hash: each for each in bodies}

    def _check_attached(self, statement: Statement, beside: dict[str, Beside]) -> None:
        """See that a named body came along: a mirror cosigns what it holds whole."""
        for named in statement.attachments:
            if named.salted_hash not in beside and self._node.store.attachment(named.salted_hash) is None:
                raise ProofRefused(
                    f"statement {statement.id} without what it attaches",
                    "attachment-held",
                    f"the body {named.salted_hash}, or word that its author has erased it",
                )

    def _cosigned(self, origin: str, tree: Frontier, now: datetime) -> bytes:
        head = checkpoint.Checkpoint(origin, tree.size, tree.root()).text()
        return cosign(head, self._node.mirror_signer, now)
