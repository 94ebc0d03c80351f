"""Two real nodes of two sides that were paired in person, each behind its own application; no link between.

What one side gives the other goes by hand: bytes out of one application and into the other.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from zipfile import ZIP_STORED, ZipFile

from tests.building_node import START, Answer, House, party_body, remark, seeded_tokens

from keepclear.links.tlog import port
from keepclear.model.statements import LogId
from keepclear.model.words import CapStatus, PartyId
from keepclear.service.clock import SimulatedClock
from keepclear.service.exchange.pairing import Peer, Peers, fingerprint, own_card, policy_of
from keepclear.service.exchange.session import Exchange
from keepclear.service.http.app import application
from keepclear.service.keys import Keyring
from keepclear.service.node import Node
from keepclear.stores.memory import MemoryStore

PARTY = {"alpha": "COA", "bravo": "RUS", "carol": "TUR"}


@dataclass
class Side:
    """One side: its node behind its application, and what it pinned of others."""

    name: str
    house: House
    exchange: Exchange

    @property
    def party(self) -> PartyId:
        return PartyId(PARTY[self.name])

    @property
    def node(self) -> Node:
        return self.house.node

    def card(self, *others: str, custody: str = "party") -> Any:
        readers = tuple(PartyId(PARTY[other]) for other in others)
        keys = self.node.keys
        return own_card(keys, self.node.cap, self.node.hosted, readers, "", custody=custody)

    def pin(self, other: Side) -> None:
        card = other.card(self.name, custody="party" if other.node.is_partys else "host")
        self.exchange.peers.put(Peer(card, fingerprint(card)), self.node.hosted)

    def say(self, words: str, *readers: str, **more: Any) -> dict[str, Any]:
        self.house.clock.move_to(self.house.clock.now().replace(microsecond=0))
        self.house.later(0.1)
        return self.house.tell(self.party, remark(words), *readers, **more)

    def heard(self) -> list[str]:
        """The words of the remarks that have reached this side from others, in order of arrival."""
        entries = self.node.inbox(self.party)
        return [
            e.statement.body.text
            for e in entries
            if e.log.author != self.party and e.statement.kind == "remark"
        ]

    def held(self, author: str, reader: str) -> int:
        return self.node.durable_size(LogId(PartyId(author), PartyId(reader)))

    def rungs(self, reader: str) -> list[str]:
        items = self.house.get(self.party, f"told/{reader}").ok().json["items"]
        return [row["ladder"]["reached"] for row in items if row["kind"] == "remark"]

    def policy(self) -> str:
        return policy_of(self.exchange.peers.all()).text()

    # By hand.

    def bundle(self, to: str) -> bytes:
        return self.house.get(self.party, "bundle", to=to).ok(200).body

    def take(self, packed: bytes, **query: str) -> Answer:
        return self.house.call(
            "POST",
            f"/api/v1/desks/{self.party}/bundle",
            token=self.house.token(self.party),
            query=query,
            body=packed,
        )

    def take_receipt(self, receipt: str | bytes) -> Answer:
        raw = receipt.encode() if isinstance(receipt, str) else receipt
        return self.house.post(self.party, "receipts", raw)

    def close(self) -> None:
        self.house.close()


def side(name: str, *, parties: tuple[str, ...] = (), seed: bytes = b"", store: Any = None) -> Side:
    hosted = tuple(PartyId(party) for party in parties or (PARTY[name],))
    clock = SimulatedClock(START)
    custody = "party" if len(hosted) == 1 else "host"
    keys = Keyring.from_seed(name, seed or name.encode() * 8, hosted)
    node = Node(MemoryStore() if store is None else store, keys, clock, CapStatus.EXERCISE, custody)
    node.host(*hosted)
    house = House(node, clock, seeded_tokens(hosted))
    exchange = Exchange(node, Peers(None))
    house.app = application(house.writer, house.tokens, exchange=exchange)
    for party in sorted(set(PARTY.values()) - set(hosted)):
        house.tell(hosted[0], party_body(party))
    return Side(name, house, exchange)


@contextmanager
def sides(*names: str) -> Iterator[list[Side]]:
    """Sides that have all pinned each other's cards."""
    made = [side(name) for name in names]
    try:
        for one in made:
            for other in made:
                if one is not other:
                    one.pin(other)
        yield made
    finally:
        for one in made:
            one.close()


def files_of(packed: bytes) -> dict[str, bytes]:
    return port.read_zip(io.BytesIO(packed))


def packed_of(files: dict[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with ZipFile(packed, "w", ZIP_STORED) as archive:
        for path, raw in files.items():
            archive.writestr(path, raw)
    return packed.getvalue()
