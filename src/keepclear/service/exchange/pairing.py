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
    """A card that was revoked: by which fingerprint and certificate it is known again, when, and why."""

    fingerprint: str
    certificate: str
    at: datetime | None
    why: str


class Peer(Struct, frozen=True, dict=True):
    """Another node as it was confirmed: its card, and whether the exchange with it is cut or ended.

    `fingerprint` is the one that was compared. `revoked` says why its keys count no more from now on.
    `ended` are the cards of it that were revoked before this one.
    """

    card: Card
    fingerprint: str
    added_at: datetime | None = None
    cut: bool = False
    revoked: str = ""
    revoked_at: datetime | None = None
    ended: tuple[Ended, ...] = ()

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
        """Give every card of it that was revoked, this one too where it was."""
        if not self.revoked:
            return self.ended
        own = Ended(fingerprint(self.card), self.card.certificate, self.revoked_at, self.revoked)
        return (*self.ended, own)

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

    def put(self, peer: Peer, own: tuple[PartyId, ...]) -> None:
        """Keep a peer, durably; a card of the same node takes the place of the one before.

        Raises:
            Refused: one of its parties is this node's own or another peer's, or the card was revoked.
        """
        known = self._peers.get(peer.node)
        if known is not None and not peer.revoked:
            ended = known.ended_cards()
            _check_not_ended(peer.card, ended)
            peer = msgspec.structs.replace(peer, ended=ended)
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


def _check_not_ended(card: Card, ended: Iterable[Ended]) -> None:
    """Refuse a card that was revoked, and another that bears its certificate: by it the link comes up."""
    said = fingerprint(card)
    for each in ended:
        if each.fingerprint == said or (card.certificate and card.certificate == each.certificate):
            at = "" if each.at is None else f" at {text(each.at)}"
            raise Refused(
                f"the card of {card.node}, which was revoked here{at} for: {each.why}",
                "card-revoked",
                "a card with new keys, compared in person; they write it with: keepclear peer card --new-key",
            )


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
