"""A story played among recorded flights, on a node that serves: the recording moves its clock.

Between two acts the flights go on at so many times their speed; what they bring about is found by the live
engine of the node and by nothing here. Of a time in which nothing was heard only a moment is played.
"""

from __future__ import annotations

import asyncio
import threading
import time
from bisect import bisect_right
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Final

from keepclear.commands.telling import Tell
from keepclear.links.feeds import Reading
from keepclear.model.feeds import Feed
from keepclear.scenarios.demo import Recorded
from keepclear.scenarios.flights import Flights
from keepclear.scenarios.loader import Step
from keepclear.scenarios.player import TellOn
from keepclear.service.asking import Outcome
from keepclear.service.clock import SimulatedClock
from keepclear.service.delivery import Deliver
from keepclear.service.live import Live
from keepclear.service.node import Node
from keepclear.service.play import Alone, carry_out
from keepclear.service.recording import Cut, cuts, from_then_on
from keepclear.service.writer import Writer
from keepclear.stores.tracks import TrackStore
from keepclear.times import text

SPEED: Final = 60.0
STEP: Final = timedelta(seconds=10)
HURRIED: Final = timedelta(seconds=50)
"""What is heard within so much is taken at once where nobody waits for the pace."""

LONGEST: Final = timedelta(minutes=2)
"""So much is played of a time in which nothing was heard."""

MOST_BEHIND_S: Final = 1.0


class Film:
    """A recording as it is played: cut into steps, each at its second."""

    def __init__(self, reading: Reading, begins: datetime, speed: float, step: timedelta = STEP) -> None:
        """Cut what was heard from an instant on.

        Args:
            reading: the whole recording.
            begins: what was heard before is left out.
            speed: so many times as fast as it was.
            step: how much of it is handed to the node at once.
        """
        self.reading = from_then_on(reading, begins)
        self.speed = speed
        self.cuts: Sequence[Cut] = tuple(cuts(self.reading, step))
        self._untils = [cut.until for cut in self.cuts]
        waits = (min(after - before, LONGEST) for before, after in pairwise(self._untils))
        self.waits_s = [wait.total_seconds() / speed for wait in (*waits, step)][: len(self.cuts)]
        """How long each step is shown before the next one comes, in seconds."""

    @property
    def duration_s(self) -> float:
        """Give how long it takes at its pace."""
        return sum(self.waits_s)

    def second_of(self, at: datetime) -> float:
        """Give the second at which an instant of the recording is played."""
        return sum(self.waits_s[: bisect_right(self._untils, at)])

    def recorded(self, found: Flights) -> Recorded:
        """Give what a page says of it."""
        fixes = self.reading.fixes
        return Recorded(
            found.feed, len(self.reading.tracks), text(fixes[0].at), text(fixes[-1].at), self.speed,
            found.credit, found.licence, found.address,
        )  # fmt: skip


class Flying(Alone):
    """A stage of one node to which a recording is played between the acts."""

    def __init__(
        self,
        writer: Writer,
        clock: SimulatedClock,
        fresh: Callable[[], tuple[Node, SimulatedClock]],
        live: Live,
        feed: Feed,
        film: Film,
        station: Deliver | None = None,
    ) -> None:
        super().__init__(writer, clock, fresh, station)
        self._positions = live
        self._feed = feed
        self._film = film
        self._place = 0
        self._due = 0.0
        self._hurry = threading.Event()

    def begin(self, hurry: threading.Event) -> None:
        """Take up the acts of a story, and the recording from its beginning."""
        super().begin(hurry)
        self._hurry, self._place, self._due = hurry, 0, time.monotonic()

    async def act(self, step: Step, tell: Tell | TellOn, at: datetime) -> Outcome:
        """Let all fly that was heard before an act, then carry it out."""
        await self._fly(at)
        outcome = await super().act(step, tell, at)
        await self._positions.settle(self._writer)
        return outcome

    async def end(self) -> None:
        """Let the rest of the recording fly, and what has rested come once more."""
        await self._fly(None)
        await super().end()

    async def begin_again(self) -> None:
        """Put a fresh record in the place of the one that was played, and follow nothing any more."""
        await super().begin_again()
        await self._positions.begin_again(TrackStore.open())

    async def _fly(self, before: datetime | None) -> None:
        """Play the recording up to an instant, or to its end."""
        while self._place < len(self._film.cuts):
            if before is not None and self._film.cuts[self._place].until >= before:
                return
            taken = self._together(before)
            place, self._place = self._place, self._place + len(taken)
            await carry_out(self._writer, self._rehearsal.up_to(taken[-1].until))
            self._clock.move_to(taken[-1].until)
            for cut in taken:
                self._positions.take(self._feed, cut.reading, self._clock.now())
            await self._positions.settle(self._writer)
            await self._pace(sum(self._film.waits_s[place : self._place]))

    def _together(self, before: datetime | None) -> Sequence[Cut]:
        """Give the next step; where nobody waits for the pace those of its minute, too."""
        first = self._film.cuts[self._place]
        upto = first.until + (HURRIED if self._hurry.is_set() else timedelta())
        coming = self._film.cuts[self._place : self._place + HURRIED // STEP + 1]
        return [cut for cut in coming if cut.until <= upto and (before is None or cut.until < before)]

    async def _pace(self, wait_s: float) -> None:
        now = time.monotonic()
        # A machine that lags does not make up for more than a moment by flying faster.
        self._due = max(self._due + wait_s, now - MOST_BEHIND_S)
        if self._due > now and not self._hurry.is_set():
            await asyncio.sleep(self._due - now)
