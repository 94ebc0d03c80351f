"""Pairing: a node's card, and the cards of others that were confirmed in person.

A card says who a node is: its parties, the keys of their statements, the keys of the logs that it writes to
the other side, the key with which it cosigns what it holds, its certificate and where it is reached. Nothing
in it is secret. It counts once the two sides have compared its fingerprint by voice or from paper.
"""

from __future__ import annotations

import base64
import hashlib
import os
from collections.abc import Iterable
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Annotated, Final

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from msgspec import Meta, Struct

from keepclear.errors import Malformed, NotKnown, Refused, StoreFault
from keepclear.model.statements import LogId
from keepclear.model.words import PUBLIC, CapStatus, PartyId
from keepclear.record.canonical import canonical
from keepclear.record.policy import HOST, READER, Policy, PolicyLog, PolicyWitness
from keepclear.record.signing import SignatureType, VerifyingKey
from keepclear.service import files
from keepclear.service.keys import Keyring
from keepclear.times import text

MAX_CARD_BYTES: Final = 256 * 1024
_PREFIX: Final = b"keepclear-card/v1\n"
_DIGITS: Final = 30

Id = Annotated[str, Meta(pattern=r"^[A-Za-z][A-Za-z0-9_-]{0,31}$")]
Vkey = Annotated[str, Meta(min_length=1, max_length=400)]


class CardParty(Struct, frozen=True, forbid_unknown_fields=True):
    """A party of a node, and the key with which it signs statements."""

    party: Id
    statements: Vkey


class CardLog(Struct, frozen=True, forbid_unknown_fields=True):
    """A log that the node writes or will write: its pair, origin and the key of its heads."""

    author: Id
    reader: Id
    key: Vkey


class Card(Struct, frozen=True, forbid_unknown_fields=True):
    """Who a node is, for one other side.

    `custody` says whether it is the node of its one party or a host, whose cosignature is no receipt by those
    whom it hosts; `url` is where its exchange is reached, "" where it never is.
    """

    node: Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9.-]{0,60}$")]
    cap: CapStatus
    parties: Annotated[tuple[CardParty, ...], Meta(min_length=1, max_length=64)]
    logs: Annotated[tuple[CardLog, ...], Meta(max_length=512)]
    mirror: Vkey
    certificate: Annotated[str, Meta(max_length=16_384)]
    custody: Annotated[str, Meta(pattern="^(host|party)$")] = "party"
    url: Annotated[str, Meta(pattern=r"^(https://[^/\s]{1,253})?$")] = ""
    v: Annotated[int, Meta(ge=1, le=1)] = 1


def card_bytes(card: Card) -> bytes:
    """Give the one form of a card."""
    return canonical(card)


def fingerprint(card: Card) -> str:
    """Give thirty digits of a card in six groups, to be compared by voice; they cover all of it but `url`.

    Where a node is reached may change; who it is may not.
    """
    said = _PREFIX + card_bytes(msgspec.structs.replace(card, url=""))
    number = int.from_bytes(hashlib.sha256(said).digest(), "big")
    digits = f"{number % 10**_DIGITS:0{_DIGITS}d}"
    return " ".join(digits[start : start + 5] for start in range(0, _DIGITS, 5))


def letters(card: Card) -> str:
    """Give twenty-four letters and digits of a card, to be spelled or compared by eye."""
    said = _PREFIX + b"letters\n" + card_bytes(msgspec.structs.replace(card, url=""))
    return base64.b32encode(hashlib.sha256(said).digest()[:15]).decode()


def own_card(
    keys: Keyring,
    cap: CapStatus,
    parties: tuple[PartyId, ...],
    readers: tuple[PartyId, ...],
    certificate: str,
    url: str = "",
    custody: str = "party",
) -> Card:
    """Make the card of this node for the node of `readers`.

    Raises:
        Refused: a reader is a party of this node itself, or there is none.
    """
    both = [reader for reader in readers if reader in parties]
    if both or not readers:
        raise Refused(
            f"a card for {', '.join(readers) or 'nobody'}",
            "card-readers",
            "the ids of the other node's parties",
        )
    logs = tuple(
        CardLog(author, reader, keys.log_key(author, keys.origin(author, reader)).vkey)
        for author in parties
        for reader in (*readers, PUBLIC)
    )
    people = tuple(CardParty(party, keys.statement_key(party).vkey) for party in parties)
    return Card(keys.node, cap, people, logs, keys.mirror_key().vkey, certificate, custody, url)


def read_card(raw: bytes) -> Card:
    """Read a card strictly.

    Raises:
        Malformed: it is no card, or its keys do not hang together.
    """
    if len(raw) > MAX_CARD_BYTES:
        raise Malformed(f"a card of {len(raw)} bytes", "card-size", f"at most {MAX_CARD_BYTES} bytes")
    try:
        card = msgspec.json.decode(raw, type=Card)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise Malformed(f"a card: {error}", "card", "a file that keepclear peer card has written") from error
    Peer(card, card.node).check()
    return card


class Ended(Struct, frozen=True):
    """A card that counts no more: by what it is known again, when it was revoked, and why.

    `keys` are all keys that it signs with. A card that was only followed by another has no `why` yet.
    """

    fingerprint: str
    certificate: str
    at: datetime | None
    why: str
    keys: tuple[Vkey, ...] = ()


class Peer(Struct, frozen=True, dict=True):
    """Another node as it was confirmed: its card, and whether the exchange with it is cut or ended.

    `fingerprint` is the one that was compared. `revoked` says why its keys count no more from now on.
    `ended` are the cards of it that were revoked before this one; `before` are those that this one followed,
    which end with it.
    """

    card: Card
    fingerprint: str
    added_at: datetime | None = None
    cut: bool = False
    revoked: str = ""
    revoked_at: datetime | None = None
    ended: tuple[Ended, ...] = ()
    before: tuple[Ended, ...] = ()

    @property
    def node(self) -> str:
        """The other node's name."""
        return self.card.node

    @cached_property
    def parties(self) -> frozenset[PartyId]:
        """The parties of the other node."""
        return frozenset(PartyId(each.party) for each in self.card.parties)

    @cached_property
    def mirror(self) -> VerifyingKey:
        """The key with which it cosigns what it holds."""
        return VerifyingKey.parse(self.card.mirror)

    @cached_property
    def logs(self) -> dict[str, tuple[LogId, VerifyingKey]]:
        """The logs that it writes, by origin, each with its key."""
        keys = [(each, VerifyingKey.parse(each.key)) for each in self.card.logs]
        return {key.name: (LogId(PartyId(each.author), PartyId(each.reader)), key) for each, key in keys}

    @cached_property
    def statement_keys(self) -> dict[PartyId, VerifyingKey]:
        """The key of each of its parties' statements."""
        return {PartyId(each.party): VerifyingKey.parse(each.statements) for each in self.card.parties}

    @cached_property
    def certificate(self) -> bytes:
        """Its certificate in DER."""
        return x509.load_pem_x509_certificate(self.card.certificate.encode()).public_bytes(Encoding.DER)

    def ended_cards(self) -> tuple[Ended, ...]:
        """Give every card of it that was revoked: this one too where it was, and all that it had followed."""
        if not self.revoked:
            return self.ended
        ending = (*self.before, _ended(self.card))
        said = {"at": self.revoked_at, "why": self.revoked}
        return (*self.ended, *(msgspec.structs.replace(each, **said) for each in ending))

    def followed_cards(self, card: Card) -> tuple[Ended, ...]:
        """Give the cards that count until `card` takes their place and are revoked with it."""
        if self.revoked:
            return ()
        now = _ended(self.card)
        known = {each.fingerprint for each in self.before} | {fingerprint(card)}
        return self.before if now.fingerprint in known else (*self.before, now)

    def check(self) -> None:
        """Check that a card's keys hang together.

        Raises:
            Malformed: a key, origin, pair or certificate is not as it must be.
        """
        names = [each.party for each in self.card.parties]
        try:
            certificate_ok = not self.card.certificate or bool(self.certificate)
        except ValueError:
            certificate_ok = False
        pairs = [log for log, _ in self.logs.values()]
        if (
            len(set(names)) != len(names)
            or PUBLIC in names
            or len(set(pairs)) != len(self.card.logs)
            or self.mirror.kind is not SignatureType.COSIGNATURE
            or self.mirror.name != f"{self.card.node}/mirror"
            or any(key.kind is not SignatureType.NOTE for _, key in self.logs.values())
            or any(not origin.startswith(f"{self.card.node}/") for origin in self.logs)
            or any(log.author not in self.parties or log.reader in self.parties for log in pairs)
            or any(key.name != party for party, key in self.statement_keys.items())
            or not certificate_ok
            or (self.card.custody == "party" and len(names) != 1)
        ):
            raise Malformed(
                f"the card of {self.card.node}",
                "card-keys",
                "keys, logs and a certificate of this node and its parties alone",
            )


_NEW_CARD: Final = (
    "a card with a new certificate, compared in person; they write it with: keepclear peer card --new-key. "
    "Where their signing keys may be in other hands: a new node of theirs under a new name and party id"
)


def _when_and_why(ended: Ended) -> str:
    return f"{'' if ended.at is None else f' at {text(ended.at)}'} for: {ended.why}"


class Peers:
    """The peers of a node, in one file that only its owner writes."""

    def __init__(self, path: Path | None, peers: tuple[Peer, ...] = ()) -> None:
        self._path = path
        self._peers = {peer.node: peer for peer in peers}
        self._seen = self._mark()

    @classmethod
    def open(cls, path: Path) -> Peers:
        """Read the peers of a node; none where there is no file.

        Raises:
            StoreFault: the file cannot be read.
        """
        try:
            kept = msgspec.json.decode(path.read_bytes(), type=tuple[Peer, ...]) if path.exists() else ()
            for peer in kept:
                peer.check()
        except (OSError, msgspec.DecodeError, UnicodeDecodeError, Malformed) as error:
            raise StoreFault(
                f"the peers in {path}: {error}", "peers-file", "the file as it was made"
            ) from error
        return cls(path, kept)

    def refresh(self) -> bool:
        """Read the file again where a command has changed it since; tell whether it had.

        Raises:
            StoreFault: the file cannot be read; what was known stays.
        """
        if self._path is None or self._mark() == self._seen:
            return False
        fresh = Peers.open(self._path)
        self._peers, self._seen = fresh._peers, fresh._seen
        return True

    def _mark(self) -> tuple[int, int, int]:
        try:
            found = os.stat(self._path or "")
        except OSError:
            return (0, 0, 0)
        return (found.st_mtime_ns, found.st_size, found.st_ino)

    def all(self) -> list[Peer]:
        """Give all peers, in the order in which they were added."""
        return list(self._peers.values())

    def of(self, node: str) -> Peer:
        """Give one peer.

        Raises:
            NotKnown: there is no peer of this name.
        """
        if node not in self._peers:
            known = ", ".join(self._peers) or "none yet: keepclear peer add"
            raise NotKnown(f"the peer {node}", "peer", f"one of: {known}")
        return self._peers[node]

    def of_party(self, party: PartyId) -> Peer:
        """Give the peer from whose node a party writes.

        Raises:
            NotKnown: no peer has that party, or its keys count no more.
        """
        found = next((each for each in self.all() if party in each.parties and not each.revoked), None)
        if found is None:
            known = ", ".join(sorted(one for each in self.all() if not each.revoked for one in each.parties))
            words = f"one of: {known}" if known else "none yet: keepclear peer add"
            raise NotKnown(f"a node of {party} among the peers", "peer", words)
        return found

    def by_certificate(self, der: bytes) -> Peer | None:
        """Give the peer that a certificate was pinned for; None where it is nobody's, cut off or revoked."""
        for peer in self._peers.values():
            if peer.card.certificate and peer.certificate == der and not peer.revoked:
                return peer
        return None

    def revoked_with(self, card: Card) -> Ended | None:
        """Give the last card revoked here, of whatever node, with a signing key that `card` has too."""
        keys = _publics(_signing_keys(card))
        ended = (each for peer in self._peers.values() for each in peer.ended_cards())
        return next((each for each in reversed([*ended]) if keys & _publics(each.keys)), None)

    def put(self, peer: Peer, own: tuple[PartyId, ...], *, keys_kept: bool = False) -> None:
        """Keep a peer, durably; a card of the same node takes the place of the one before.

        `keys_kept`: who runs this node says that signing keys of a revoked card are still theirs alone.

        Raises:
            Refused: one of its parties is this node's own or another peer's; or the card was revoked, or
                bears a revoked card's signing keys and nobody says that they were kept.
        """
        known = self._peers.get(peer.node)
        if not peer.revoked:
            pinned = known is not None and not known.revoked and known.fingerprint == fingerprint(peer.card)
            self._check_not_ended(peer.card, keys_kept=keys_kept or pinned)
            if known is not None:
                peer = msgspec.structs.replace(
                    peer, ended=known.ended_cards(), before=known.followed_cards(peer.card)
                )
        others = {
            party: each.node
            for each in self._peers.values()
            if each.node != peer.node and not each.revoked
            for party in each.parties
        }
        taken = [party for party in peer.parties if party in own or party in others]
        same = [
            each.node
            for each in self._peers.values()
            if each.node != peer.node and peer.card.certificate and each.card.certificate
            and each.certificate == peer.certificate
        ]  # fmt: skip
        if same and not peer.revoked:
            raise Refused(
                f"a peer {peer.node} with the certificate of {', '.join(same)}",
                "peer-certificate",
                "a certificate of its own: by it a node is known",
            )
        if taken and not peer.revoked:
            raise Refused(
                f"a peer {peer.node} with {', '.join(sorted(taken))}",
                "peer-party",
                "parties that neither this node nor another peer has: one party writes from one node",
            )
        self._save({**self._peers, peer.node: peer})

    def _check_not_ended(self, card: Card, *, keys_kept: bool) -> None:
        """Refuse what a revoked node, or who holds its disk, has: its cards, older ones, its signing keys."""
        all_ended = [(peer.node, each) for peer in self._peers.values() for each in peer.ended_cards()]
        said = fingerprint(card)
        for _, each in all_ended:
            if each.fingerprint == said or (card.certificate and card.certificate == each.certificate):
                raise Refused(
                    f"the card of {card.node}, which was revoked here{_when_and_why(each)}",
                    "card-revoked",
                    _NEW_CARD,
                )
        of_node = [each for node, each in all_ended if node == card.node]
        if _is_older(card, of_node):
            raise Refused(
                f"a card of {card.node} older than the one that was revoked here{_when_and_why(of_node[-1])}",
                "card-revoked",
                _NEW_CARD,
            )
        same = None if keys_kept else self.revoked_with(card)
        if same is not None:
            raise Refused(
                f"a card of {card.node} with signing keys that were revoked here{_when_and_why(same)}",
                "card-keys-revoked",
                "the same with --keys-kept, where they say by voice that nobody else can hold these keys; "
                "else a new node of theirs under a new name, with a new party id and keys of its own",
            )

    def cut(self, node: str, own: tuple[PartyId, ...]) -> Peer:
        """Cut the link to a peer, durably; what is told waits.

        Raises:
            NotKnown: there is no peer of this name.
            Refused: its keys were revoked.
        """
        return self._turned(node, own, cut=True)

    def heal(self, node: str, own: tuple[PartyId, ...]) -> Peer:
        """Let a link that was cut go on.

        Raises:
            NotKnown: there is no peer of this name.
            Refused: its keys were revoked: a new card has to be compared.
        """
        return self._turned(node, own, cut=False)

    def _turned(self, node: str, own: tuple[PartyId, ...], *, cut: bool) -> Peer:
        self.refresh()
        known = self.of(node)
        if known.revoked:
            raise Refused(
                f"the link to {node}, whose keys count no more: {known.revoked}",
                "peer-revoked",
                "a new card of it, compared in person: keepclear peer add",
            )
        changed = msgspec.structs.replace(known, cut=cut)
        self.put(changed, own)
        return changed

    def _save(self, peers: dict[str, Peer]) -> None:
        self._write(list(peers.values()))
        self._peers = peers

    def _write(self, peers: list[Peer]) -> None:
        if self._path is None:
            return
        files.keep(self._path, msgspec.json.format(msgspec.json.encode(peers), indent=1), "peers-file")
        self._seen = self._mark()


def _signing_keys(card: Card) -> tuple[Vkey, ...]:
    """Give every key by which a card's node signs: statements, heads of logs, what it holds."""
    return (*(each.statements for each in card.parties), *(each.key for each in card.logs), card.mirror)


def _publics(keys: Iterable[Vkey]) -> set[bytes]:
    """Give the keys themselves: under another name it is the same key."""
    return {VerifyingKey.parse(key).public for key in keys}


def _ended(card: Card) -> Ended:
    return Ended(fingerprint(card), card.certificate, None, "", _signing_keys(card))


def _made_at(certificate: str) -> datetime:
    return x509.load_pem_x509_certificate(certificate.encode()).not_valid_before_utc


def _is_older(card: Card, ended: Iterable[Ended]) -> bool:
    """Tell whether a card's certificate was made before one that was revoked: a lost disk may hold it too."""
    made = [_made_at(each.certificate) for each in ended if each.certificate]
    return bool(card.certificate and made) and _made_at(card.certificate) < max(made)


def policy_of(peers: list[Peer], own: Card | None = None) -> Policy:
    """Write what was confirmed in person as a policy: whose each cosigning key is.

    `reader/PARTY` is the key of a party's own node; `host/NODE` that of a host, whose word is nobody's else.
    """
    cards = [peer.card for peer in peers] + ([] if own is None else [own])
    logs = {each.key: PolicyLog(VerifyingKey.parse(each.key)) for card in cards for each in card.logs}
    witnesses = tuple(PolicyWitness(cosigner_of(card), VerifyingKey.parse(card.mirror)) for card in cards)
    return Policy(tuple(logs.values()), witnesses)


def cosigner_of(card: Card) -> str:
    """Give the name in a policy that says what a node's cosignature is worth."""
    return f"{READER}{card.parties[0].party}" if card.custody == "party" else f"{HOST}{card.node}"
