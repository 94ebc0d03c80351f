"""The exchange between two nodes: entries mirrored and cosigned a second, by the code that the link drives.

The author's node has told its reader all entries; the reader's node pulls them in packs of 256, checks every
root, key and signature, makes each pack durable (`synchronous=FULL`), cosigns it, and the author's node makes
the receipts durable. Both nodes share this process; frames are encoded and decoded as on the wire. The peers
are the figure asked for, and the reader's least work: verifying the same signatures and nothing else.
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

from benchmarks import Row
from benchmarks.timing import Beside
from keepclear.commands.telling import Tell
from keepclear.model.hotline import MessageSent, Precedence, Purpose, Text
from keepclear.model.parties import PartyKind, PartyStated
from keepclear.model.statements import LogId, decode, signed_part
from keepclear.model.words import CapStatus, PartyId
from keepclear.record.signing import decode_base64
from keepclear.service.asking import Prepared
from keepclear.service.clock import SystemClock
from keepclear.service.exchange import wire
from keepclear.service.exchange.pairing import Peer, Peers, fingerprint, own_card
from keepclear.service.exchange.session import Exchange
from keepclear.service.keys import Keyring
from keepclear.service.node import Node
from keepclear.stores.sqlite import SqliteStore

NAME = "exchange"
ENTRIES = 10_000
ASKED_PER_S = 5_000.0
COA, RUS = PartyId("COA"), PartyId("RUS")


def run() -> list[Row]:
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as place:
        author, reader = paired(Path(place))
        fill(author.node)
        beside, began = Beside(), time.perf_counter()
        trips = drain(author, reader)
        ours_s = time.perf_counter() - began
        log = LogId(COA, RUS)
        size = author.node.durable_size(log)
        receipt = author.node.receipt(log)
        equal = reader.node.durable_size(log) == size and receipt is not None and receipt.size == size
        signatures_s = verified(reader.node)
        author.node.store.close()
        reader.node.store.close()
    rate, bare = size / ours_s, size / signatures_s
    name, unit = "exchange mirror and cosign", f"entries/s, {trips} pulls, {beside}"
    asked, alone = "the figure asked for", "verifying the signatures alone"
    return [
        Row(name, size, asked, rate / ASKED_PER_S, rate, ASKED_PER_S, unit, equal),
        Row(name, size, alone, rate / bare, rate, bare, "entries/s", equal),
    ]


def paired(folder: Path) -> tuple[Exchange, Exchange]:
    clock = SystemClock()
    rings = {name: Keyring.from_seed(name, name.encode() * 8, (party,)) for name, party in
             (("alpha", COA), ("bravo", RUS))}  # fmt: skip
    nodes = {
        name: Node(SqliteStore.open(folder / f"{name}.sqlite3"), ring, clock, CapStatus.EXERCISE, "party")
        for name, ring in rings.items()
    }
    cards = {
        "alpha": own_card(rings["alpha"], CapStatus.EXERCISE, (COA,), (RUS,), ""),
        "bravo": own_card(rings["bravo"], CapStatus.EXERCISE, (RUS,), (COA,), ""),
    }
    nodes["alpha"].host(COA)
    nodes["bravo"].host(RUS)
    peers = {"alpha": Peers(None), "bravo": Peers(None)}
    peers["alpha"].put(Peer(cards["bravo"], fingerprint(cards["bravo"])), (COA,))
    peers["bravo"].put(Peer(cards["alpha"], fingerprint(cards["alpha"])), (RUS,))
    return Exchange(nodes["alpha"], peers["alpha"]), Exchange(nodes["bravo"], peers["bravo"])


def fill(node: Node) -> None:
    other = PartyStated(RUS, "Russian forces", PartyKind.STATE_FORCE)
    node.act(node.ask(COA, Tell(body=other), "party"))
    node.act(node.ask(COA, Tell(body=other, readers=(RUS,)), "party told"))
    for start in range(0, ENTRIES, 256):
        asks = [
            node.ask(COA, Tell(body=message(number), readers=(RUS,)), f"m{number}")
            for number in range(start, min(start + 256, ENTRIES))
        ]
        for outcome in node.carry_out(asks):
            if isinstance(outcome, Exception):
                raise outcome


def message(number: int) -> MessageSent:
    words = f"Convoy {number} on the road to Raqqa. Who is on the east bank?"
    return MessageSent((RUS,), Purpose.SAFETY, (Text(words),), Precedence.PRIORITY)


def drain(author: Exchange, reader: Exchange) -> int:
    """Pull until the author knows that the reader holds everything; give the number of pulls."""
    taking, giving = reader.session("alpha"), author.session("bravo")
    for trips in range(1, ENTRIES):
        now = reader.node.clock.now()
        pull = wire.read_pull(wire.encode(taking.pull(now)))
        step, unheld = giving.receipts(pull)
        if step is not None:
            committed(author.node, step(author.node))
        gave = wire.read_gave(wire.encode(giving.gave(pull, unheld, now, now)))
        if not gave.packs:
            return trips
        for each in taking.steps(gave, now):
            committed(reader.node, each(reader.node))
    return ENTRIES


def committed(node: Node, prepared: Prepared) -> None:
    node.store.commit(prepared.batch)
    node.publish(prepared)


def verified(node: Node) -> float:
    """Give the seconds that the signatures of all entries alone take."""
    statements = [decode(encoded) for _, encoded in node.store.statements()]
    theirs = Keyring.from_seed("alpha", b"alpha" * 8, (COA,)).statement_key(COA).verifying
    mine = [each for each in statements if each.author.party == COA]
    began = time.perf_counter()
    for each in mine:
        theirs.verify(decode_base64(each.sig, "a signature"), signed_part(each))
    return time.perf_counter() - began
