"""A story played on several nodes that meet over mutual TLS, as sides that share no server would.

Each node has a folder of its own with keys, record and certificate; they are paired by cards. Each act is
carried out at the node of its author. The next one waits until the readers' nodes hold it and their receipts
are back, since whoever answers a text must have received it. The clock of the story is one for all.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import permutations
from pathlib import Path

from msgspec import Struct

from keepclear.commands.telling import Tell
from keepclear.errors import StoreFault
from keepclear.model.statements import LogId
from keepclear.model.words import PUBLIC, CapStatus, PartyId
from keepclear.scenarios.loader import Script, Step
from keepclear.scenarios.player import TellOn
from keepclear.service.asking import Outcome
from keepclear.service.clock import StoryClock, machine_time
from keepclear.service.delivery import StationLog
from keepclear.service.exchange.identity import EVIDENCE, PEERS, identity
from keepclear.service.exchange.link import Link, certificate_text
from keepclear.service.exchange.pairing import Peer, Peers, card_bytes, fingerprint, own_card, read_card
from keepclear.service.exchange.session import Exchange
from keepclear.service.exchange.stopped import StoppedLogs
from keepclear.service.keys import Keyring
from keepclear.service.node import Node
from keepclear.service.opening import Opened, open_node
from keepclear.service.play import carry_out, stay_live
from keepclear.service.rehearsal import MAX_TURNS, Rehearsal, ask_of
from keepclear.service.replay import opening_time, parties_of
from keepclear.service.settings import KEYS, RECORD, SETTINGS, STATION_LOG, Settings, create
from keepclear.service.writer import Writer
from keepclear.stores.sqlite import SqliteStore

PATIENCE_S = 30.0
"""How long an act may take to its readers' nodes while no link is cut."""

GLANCE_S = 0.05


class Plan(Struct, frozen=True):
    """One node of a stage: its name, its parties, its folder, and where it is pulled from.

    With a `seed` its keys are those of a replay, so that the two can be compared; without, they are its own.
    """

    name: str
    parties: tuple[PartyId, ...]
    folder: Path
    url: str = ""
    seed: bytes = b""


def plans(script: Script, sides: Sequence[tuple[str, PartyId]], rest: str, folder: Path) -> list[Plan]:
    """Give a node to each side that has one of its own, and one to all others together; no addresses yet."""
    own = [Plan(name, (party,), folder / name) for name, party in sides]
    taken = {party for _, party in sides}
    others = tuple(party for party in parties_of(script) if party not in taken)
    return [*own, Plan(rest, others, folder / rest)]


class Seat:
    """One node of a stage, open: its writer, its exchange with the others, and the loop that pulls."""

    def __init__(self, plan: Plan, opened: Opened) -> None:
        self.plan = plan
        self.tokens = opened.tokens
        self.writer = Writer(opened.node)
        self._tls = identity(plan.folder, plan.name, machine_time())
        self.certificate = certificate_text(self._tls.certificate)
        self.exchange = Exchange(
            opened.node, Peers.open(plan.folder / PEERS), StoppedLogs(plan.folder / EVIDENCE)
        )
        self.link = Link(self.exchange, self.writer, self._tls)

    @property
    def node(self) -> Node:
        """The node."""
        return self.writer.node

    def meet(self, other: Seat) -> None:
        """Take the other's card as it is given by hand, and pin it once its fingerprint was compared."""
        card = own_card(
            other.node.keys, other.node.cap, other.node.hosted, self.node.hosted, other.certificate,
            other.plan.url, other.node.custody,
        )  # fmt: skip
        taken = read_card(card_bytes(card))
        said = fingerprint(card)
        if fingerprint(taken) != said:
            raise StoreFault(f"the card of {other.plan.name}", "fingerprint", "the card as it was made")
        self.exchange.peers.put(Peer(taken, said, machine_time()), self.node.hosted)


def wipe(folder: Path) -> None:
    """Leave no record and no peers of an earlier round in a folder; keys, certificate and tokens stay.

    Raises:
        StoreFault: another process plays in it.
    """
    if (folder / RECORD).exists():
        SqliteStore.open(folder / RECORD).close()
    for path in (*folder.glob(f"{RECORD}*"), folder / PEERS, *(folder / EVIDENCE).glob("*.json")):
        path.unlink(missing_ok=True)


class Apart:
    """A stage of several nodes, which are paired with one another."""

    def __init__(self, script: Script, planned: Iterable[Plan]) -> None:
        self._script = script
        self._planned = list(planned)
        self.clock = StoryClock(opening_time(script))
        self.seats = [Seat(plan, opened) for plan, opened in zip(self._planned, self._opened(), strict=True)]
        for one, other in permutations(self.seats, 2):
            one.meet(other)
        self._rehearsals: list[Rehearsal] = []
        self._live: list[asyncio.Task[None]] = []

    def _opened(self) -> list[Opened]:
        opened = []
        for plan in self._planned:
            wipe(plan.folder)
            if not (plan.folder / SETTINGS).exists():
                create(plan.folder, Settings(plan.name, CapStatus.EXERCISE, plan.parties))
            if plan.seed:
                Keyring.from_seed(plan.name, plan.seed, plan.parties, plan.folder / KEYS)
            opened.append(open_node(plan.folder, self.clock))
        return opened

    def close(self) -> None:
        """Close the records."""
        for seat in self.seats:
            seat.node.store.close()

    def seat_of(self, party: PartyId) -> Seat:
        """Give the seat of a party."""
        return next(seat for seat in self.seats if party in seat.node.hosted)

    # The story.

    def begin(self, hurry: threading.Event | None = None) -> None:
        """Take up the acts of a story."""
        self._rehearsals = [Rehearsal(seat.node, self.clock) for seat in self.seats]

    async def act(self, step: Step, tell: Tell | TellOn, at: datetime) -> Outcome:
        """Carry out an act at its author's node; done once all readers' nodes hold it, and what follows."""
        await self.up_to(at)
        self.clock.move_to(at)
        seat = self.seat_of(step.by)
        outcome = await seat.writer.submit(ask_of(seat.node, step, tell))
        await self.carried()
        for each, rehearsal in zip(self.seats, self._rehearsals, strict=True):
            await carry_out(each.writer, rehearsal.after((step.by, *tell.readers), step.body))
        await self.carried()
        return outcome

    async def up_to(self, at: datetime) -> None:
        """Fire what falls due at any node before an instant, in order of time, with one clock for all."""
        for _ in range(MAX_TURNS):
            coming = [due for each in self._rehearsals if (due := each.next_due()) is not None]
            due = min(coming, default=None)
            if due is None or due > at:
                return
            for seat, rehearsal in zip(self.seats, self._rehearsals, strict=True):
                await carry_out(seat.writer, rehearsal.up_to(due))
            await self.carried()

    async def end(self) -> None:
        """Let what has rested come once more."""
        for seat, rehearsal in zip(self.seats, self._rehearsals, strict=True):
            await carry_out(seat.writer, rehearsal.rest())
        await self.carried()

    def go_live(self) -> None:
        """Let the clock run on, with the engine of a live node at each."""
        self.clock.run()
        for seat in self.seats:
            station = StationLog(seat.plan.folder / STATION_LOG)
            self._live.append(asyncio.create_task(stay_live(seat.writer, station), name="engine"))

    async def begin_again(self) -> None:
        """Put fresh records in the place of those that were played; links rest meanwhile."""
        for task in self._live:
            task.cancel()
        await asyncio.gather(*self._live, return_exceptions=True)
        self._live = []
        for seat in self.seats:
            for peer in seat.exchange.peers.all():
                seat.exchange.peers.cut(peer.node, seat.node.hosted)
            await seat.link.rest()
        for seat in self.seats:
            await seat.writer.settled()
        self.close()
        self.clock = StoryClock(opening_time(self._script))
        for seat, opened in zip(self.seats, await asyncio.to_thread(self._opened), strict=True):
            seat.writer.node = opened.node
            seat.exchange.take_up(opened.node)
        for one, other in permutations(self.seats, 2):
            one.meet(other)

    # What is on its way.

    async def carried(self) -> None:
        """Wait until every node holds what it is to read, and every author has the receipts for it.

        While a link is cut this waits, as the sides would.

        Raises:
            StoreFault: something did not arrive though no link is cut.
        """
        loop = asyncio.get_running_loop()
        until = loop.time() + PATIENCE_S
        while missing := self.missing():
            if any(peer.cut for seat in self.seats for peer in seat.exchange.peers.all()):
                until = loop.time() + PATIENCE_S
            if loop.time() > until:
                raise StoreFault(
                    f"what {missing[0].author} told {missing[0].reader}, which has not arrived",
                    "carried",
                    "a link that is up; see keepclear peer list",
                )
            waits = [asyncio.create_task(seat.writer.changed(GLANCE_S)) for seat in self.seats]
            _, left = await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
            for each in left:
                each.cancel()

    def missing(self) -> list[LogId]:
        """Give the logs of which a reader's node lacks entries, or their author the receipt."""
        return [
            row.log
            for seat in self.seats
            for party in seat.node.hosted
            for row in seat.node.logs_of(party)
            if row.log.reader not in seat.node.hosted and not self._is_held(seat, row.log)
        ]

    def _is_held(self, seat: Seat, log: LogId) -> bool:
        size = seat.node.durable_size(log)
        readers = [
            each for each in self.seats if each is not seat and log.reader in (PUBLIC, *each.node.hosted)
        ]
        receipt = seat.node.receipt(log)
        got = log.reader == PUBLIC or not readers or (receipt is not None and receipt.size == size)
        return got and all(each.node.durable_size(log) == size for each in readers)
