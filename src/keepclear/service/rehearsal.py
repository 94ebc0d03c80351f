"""A rehearsal: the engine on a clock that is moved by hand, so that what falls due between two acts fires.

A played story has the same deadlines as a night at the desk. Each fires at its own instant, in order, before
the next act; what fires is stated by the node in the party's own log, as always.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Final, Protocol

from keepclear.commands.ports import DeadlineRow
from keepclear.commands.telling import Tell
from keepclear.errors import StoreFault
from keepclear.model.incidents import ClaimMade, Linked, PublicStated, ReplyMade, SourceStated
from keepclear.model.notices import RemarkMade
from keepclear.model.parties import PartyStated
from keepclear.model.words import PUBLIC, PartyId
from keepclear.rules.escalation import REMIND, REPEAT
from keepclear.rules.moments import coming
from keepclear.scenarios.loader import Step
from keepclear.scenarios.player import TellOn
from keepclear.service.asking import Ask
from keepclear.service.deadlines import Engine
from keepclear.service.delivery import Delivery
from keepclear.service.heartbeat import Heartbeat
from keepclear.service.node import Node
from keepclear.times import instant, microseconds

REPEATS_PLAYED: Final = 3
"""How often an alarm that nobody answers comes again in a story; its months have no officer at the desk."""

MAX_TURNS: Final = 10_000
# Accounts of the past and descriptions: no rule of alarms rests on one alone.
_QUIET: Final = (ClaimMade, Linked, PartyStated, PublicStated, RemarkMade, ReplyMade, SourceStated)


class MovedClock(Protocol):
    """A clock that is put forward by hand."""

    def now(self) -> datetime:
        """Give the instant at which it stands."""
        ...

    def move_to(self, at: datetime) -> None:
        """Put it forward."""
        ...


class NoPost:
    """Takes no message: a story has nobody at the other end. What an alarm calls for waits, and shows so."""

    def deliver(self, delivery: Delivery) -> None:
        """Raise StoreFault."""
        raise StoreFault(f"a message to {delivery.role} in a story", "no-post", "a live node")


class Rehearsal:
    """Fires what falls due on a clock moved by hand, and looks for causes of alarms after each act.

    Its methods give batches of asks: carry each out before asking for the next, which looks at what stands
    by then. So a plain node and a writer on an event loop can both be driven.

    An alarm that has climbed its ladder and come again three times rests until the end: then it comes once
    more for all the times between, as after a stop of the node.
    """

    def __init__(self, node: Node, clock: MovedClock) -> None:
        self._node = node
        self._clock = clock
        self._engine = Engine(lambda: node, NoPost(), Heartbeat(None, ""))
        self._moments: list[tuple[datetime, PartyId]] = []

    def up_to(self, at: datetime) -> Iterator[list[Ask]]:
        """Fire all that falls due before an act, each at its own instant.

        Args:
            at: when the act comes; what falls due at that very instant comes first.
        """
        for _ in range(MAX_TURNS):
            due = self._next()
            if due is None or due > at:
                return
            self._clock.move_to(due)
            yield from self._turn(self._come(due))

    def next_due(self) -> datetime | None:
        """Give the instant of what falls due next; None for nothing."""
        return self._next()

    def after(self, parties: Iterable[PartyId], body: object = None) -> Iterator[list[Ask]]:
        """Look for causes that an act has brought about or ended at the desks that it reached.

        Args:
            parties: who told, and who was told.
            body: what was told; accounts and descriptions cause no alarm, so that nothing is looked for.
        """
        if isinstance(body, _QUIET):
            return
        reached = set(parties)
        hosted = self._node.hosted
        yield from self._turn([party for party in hosted if party in reached or PUBLIC in reached])

    def rest(self) -> Iterator[list[Ask]]:
        """Let what has rested come once more, so that nothing is past due where the story stops."""
        now_us = microseconds(self._clock.now())
        yield from self._fire([row for row in self._rows() if row.due_us <= now_us])

    def _turn(self, looked_at: list[PartyId]) -> Iterator[list[Ask]]:
        if looked_at:
            asks = self._engine.sweep(looked_at)
            if asks:
                yield asks
            now = self._clock.now()
            for party in looked_at:
                desk = self._node.desk(party)
                for moment in coming(desk.picture, desk.outbox, now):
                    heapq.heappush(self._moments, (moment, party))
        while due := self._due():
            yield from self._fire(due)

    def _due(self) -> list[DeadlineRow]:
        now_us = microseconds(self._clock.now())
        return [row for row in self._waking() if row.due_us <= now_us]

    def _fire(self, rows: list[DeadlineRow]) -> Iterator[list[Ask]]:
        if rows:
            yield self._engine.fire(sorted(rows, key=lambda row: (row.due_us, row.party, row.alarm)))

    def _next(self) -> datetime | None:
        found = [instant(row.due_us) for row in self._waking()]
        return min([*found, *(moment for moment, _ in self._moments[:1])], default=None)

    def _come(self, now: datetime) -> list[PartyId]:
        """Give the desks at which a cause may come about by time alone at this instant."""
        found: dict[PartyId, None] = {}
        while self._moments and self._moments[0][0] <= now:
            found.setdefault(heapq.heappop(self._moments)[1])
        return list(found)

    def _waking(self) -> Iterator[DeadlineRow]:
        return (row for row in self._rows() if not _rests(row))

    def _rows(self) -> Iterator[DeadlineRow]:
        return (rows.deadline for rows in self._node.duties.rows.values() if rows.deadline is not None)


def ask_of(node: Node, step: Step, tell: Tell | TellOn) -> Ask:
    """Make the act of a step ready for a node."""
    key = f"step/{step.step}"
    if isinstance(tell, TellOn):
        return node.ask_on(step.by, tell.statement, tell.readers, key)
    return node.ask(step.by, tell, key)


def _rests(row: DeadlineRow) -> bool:
    return row.what in (REPEAT, REMIND) and row.number > REPEATS_PLAYED
