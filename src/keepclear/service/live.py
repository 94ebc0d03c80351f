"""The engine of live positions: takes what feeds bring, beside the writer and never in its way.

Feeds hand in on the event loop; one thread of its own gates, keeps and watches. What waits is bounded: a
stream that comes faster than it can be looked at is thinned to the newest fix of each thing, and counted.
What the watching finds is not thinned: it stands until the writer has taken it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager, suppress
from datetime import datetime, timedelta
from typing import Final, TypeVar

from msgspec import Struct
from msgspec.structs import replace

from keepclear.errors import KeepclearError, NotAllowed, StoreFault
from keepclear.links.feeds import Leaving, Reading
from keepclear.model.feeds import Feed
from keepclear.model.tracks import Fix
from keepclear.model.words import PartyId
from keepclear.service.feed_health import Health
from keepclear.service.feeds import FeedBook
from keepclear.service.live_desk import LiveDesk
from keepclear.service.node import Node
from keepclear.service.writer import Writer
from keepclear.stores.tracks import TrackStore
from keepclear.views.live import FeedsAnswer, Taken

LOG = logging.getLogger(__name__)
MAX_WAITING: Final = 50_000
TICK_S: Final = 1.0
FORGET_S: Final = 600.0
MAX_WINDOWS: Final = 32

R = TypeVar("R")


class _Waiting(Struct, frozen=True):
    feed: Feed
    reading: Reading
    at: datetime
    heard: str = ""
    done: asyncio.Future[Taken] | None = None


class Live:
    """The live pictures of all parties of a node."""

    def __init__(
        self, node: Callable[[], Node], store: TrackStore, book: FeedBook, keep_hours: int = 24
    ) -> None:
        self._node = node
        self._store = store
        self.book = book
        self.keep = timedelta(hours=keep_hours)
        self.windows: dict[PartyId, int] = {}
        self.last_turn_s = 0.0
        self._desks: dict[PartyId, LiveDesk] = {}
        self._waiting: list[_Waiting] = []
        self._count = 0
        self._more = asyncio.Event()
        self.turned = asyncio.Event()
        """Set when the turn that goes on is over; for whoever waits for news, who takes it before looking."""
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="live")
        self._ticked_at = float("-inf")
        self._forgotten_at = float("-inf")

    # What feeds hand in; none of it waits.

    def take(self, feed: Feed, reading: Reading, received_at: datetime) -> None:
        """Hand in what a link has read of a stream."""
        if self._count + len(reading.fixes) > MAX_WAITING:
            self._thin()
        self._put(_Waiting(feed, reading, received_at))

    async def push(self, feed: Feed, reading: Reading, received_at: datetime, heard: str = "") -> Taken:
        """Hand in a batch and wait for what became of it.

        Raises:
            StoreFault: more is waiting than this node can take.
        """
        if self._count + len(reading.fixes) > MAX_WAITING:
            raise StoreFault("positions while the node is overloaded", "busy", "the newest a little later")
        done: asyncio.Future[Taken] = asyncio.get_running_loop().create_future()
        self._put(_Waiting(feed, reading, received_at, heard, done))
        return await done

    def _put(self, waiting: _Waiting) -> None:
        self._waiting.append(waiting)
        self._count += len(waiting.reading.fixes)
        self._more.set()

    def _thin(self) -> None:
        """Keep of each thing of a stream only the newest fix that waits; batches of a waiting sender stay."""
        newest: dict[tuple[PartyId, str, str], Fix] = {}
        streams = [each for each in self._waiting if each.done is None]
        for each in streams:
            for fix in each.reading.fixes:
                place = (each.feed.party, fix.source, fix.track)
                if place not in newest or newest[place].at <= fix.at:
                    newest[place] = fix
        kept = {id(fix) for fix in newest.values()}
        thinned = []
        for each in self._waiting:
            left = each.reading.fixes
            if each.done is None:
                left = tuple(fix for fix in left if id(fix) in kept)
                self.health(each.feed).thinned += len(each.reading.fixes) - len(left)
            thinned.append(replace(each, reading=replace(each.reading, fixes=left)))
        self._waiting = thinned
        self._count = sum(len(each.reading.fixes) for each in thinned)

    def asked(self, feed: Feed, mark: str, at: datetime) -> None:
        """Note that something that asks for an answer was sent to a feed."""
        self.health(feed).asked(mark, at)

    def answered(self, feed: Feed, mark: str, at: datetime) -> None:
        """Note that a feed has answered."""
        self.health(feed).answered(mark, at)

    def up(self, feed: Feed, words: str, at: datetime) -> None:
        """Note that a feed's connection stands."""
        health = self.health(feed)
        health.connected, health.words = True, words

    def down(self, feed: Feed, words: str, at: datetime) -> None:
        """Note that a feed's connection is gone."""
        health = self.health(feed)
        health.connected, health.words = False, words

    def health(self, feed: Feed) -> Health:
        """Give how a feed does."""
        return self.desk(feed.party).health.of(feed.name)

    def desk(self, party: PartyId) -> LiveDesk:
        """Give the live picture of a hosted party.

        Raises:
            NotKnown: the party is not hosted here.
        """
        found = self._desks.get(party)
        if found is None:
            node = self._node()
            node.desk(party)
            found = self._desks[party] = LiveDesk(party, self._store, node.clock.now())
        return found

    # What is asked of it.

    async def ask(self, look: Callable[[], R]) -> R:
        """Look at a live picture in the engine's own thread, between two turns of it."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, look)

    def feeds(self, party: PartyId) -> FeedsAnswer:
        """Give how the feeds of a party do."""
        desk, now = self.desk(party), self._node().clock.now()
        rows = tuple(
            desk.health.of(feed.name).view(feed, desk.things_of(feed.name), now)
            for feed in self.book.feeds(party)
        )
        # Of this party alone: what waits of others' would tell of them.
        waiting = sum(len(each.reading.fixes) for each in self._waiting if each.feed.party == party)
        return FeedsAnswer(party, now, rows, waiting)

    def silent(self, party: PartyId) -> list[tuple[Feed, datetime]]:
        """Give the feeds of a party that are silent for longer than they may be, and since when."""
        desk, now = self.desk(party), self._node().clock.now()
        found = ((feed, desk.health.of(feed.name).silent_since(feed, now)) for feed in self.book.feeds(party))
        return [(feed, since) for feed, since in found if since is not None]

    async def leaving(self, party: PartyId, after: int) -> tuple[int, tuple[Leaving, ...]]:
        """Give what of a party's may leave and has moved since a cursor."""
        return await self.ask(lambda: self.desk(party).leaving(after))

    def check_room(self, party: PartyId) -> None:
        """Refuse one more open map where there are too many.

        Raises:
            NotAllowed: there are.
        """
        if self.windows.get(party, 0) >= MAX_WINDOWS:
            asks = f"at most {MAX_WINDOWS} open live maps of one party"
            raise NotAllowed("one more live map", "live-maps", asks)

    @contextmanager
    def window(self, party: PartyId) -> Iterator[None]:
        """Count an open map for the life of the block."""
        self.windows[party] = self.windows.get(party, 0) + 1
        try:
            yield
        finally:
            self.windows[party] -= 1

    # Turns.

    def work(self, waiting: Iterable[_Waiting]) -> list[tuple[asyncio.Future[Taken], Taken | KeepclearError]]:
        """Take in what waits, streams of one feed together; give the answers for whoever waits for one."""
        answers: list[tuple[asyncio.Future[Taken], Taken | KeepclearError]] = []
        for each in _together(waiting):
            try:
                taken = self._take(each)
            except KeepclearError as error:
                if each.done is not None:
                    answers.append((each.done, error))
                continue
            if each.done is not None:
                answers.append((each.done, taken))
        return answers

    def _take(self, each: _Waiting) -> Taken:
        desk = self.desk(each.feed.party)
        health = desk.health.of(each.feed.name)
        if each.heard:
            health.answered(each.heard, each.at)
        taken, _moves = desk.take(each.feed, each.reading, each.at)
        return taken if each.done is None else replace(taken, beat=health.beat(each.at))

    def tick(self) -> None:
        """Do what is due once a second: bring what has changed to the disk, and drop what is too old."""
        now = self._node().clock.now()
        monotonic = self._node().clock.monotonic()
        for desk in self._desks.values():
            with suppress(StoreFault):  # it waits and is kept at the next tick; the file's fault is in doctor
                desk.keep()
        if monotonic - self._forgotten_at >= FORGET_S:
            self._forgotten_at = monotonic
            for feed in self.book.feeds():
                if feed.party in self._desks:
                    self._desks[feed.party].forget(feed.name, now - self.keep, frozenset())

    @asynccontextmanager
    async def running(self, writer: Writer) -> AsyncIterator[None]:
        """Run for the life of the block; what waits at its end is still taken in and kept."""
        for party in self._node().hosted:
            self.desk(party)
        task = asyncio.create_task(_for_ever(self._turn, writer), name="live")
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            await self._turn_over(self._waiting)
            await self.ask(self.tick)
            self._thread.shutdown(wait=True)

    async def settle(self, writer: Writer) -> None:
        """Take in what waits and do what is due once a second, now: for whoever drives the clock by hand."""
        waiting, self._waiting, self._count = self._waiting, [], 0
        await self._turn_over(waiting)
        await self.ask(self.tick)

    async def _turn(self, writer: Writer) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._more.wait(), TICK_S)
        self._more.clear()
        waiting, self._waiting, self._count = self._waiting, [], 0
        await self._turn_over(waiting)
        loop = asyncio.get_running_loop()
        if loop.time() - self._ticked_at >= TICK_S:
            self._ticked_at = loop.time()
            await self.ask(self.tick)

    async def _turn_over(self, waiting: list[_Waiting]) -> None:
        if not waiting:
            return
        loop = asyncio.get_running_loop()
        began = loop.time()
        try:
            answers = await self.ask(lambda: self.work(waiting))
        except BaseException as error:
            fault = StoreFault("positions that failed inside the node", "internal", "a report of this")
            for each in waiting:
                if each.done is not None and not each.done.done():
                    each.done.set_exception(fault)
            raise error
        self.last_turn_s = loop.time() - began
        over, self.turned = self.turned, asyncio.Event()
        over.set()
        for done, answer in answers:
            if done.done():
                continue  # whoever sent it went away; what was taken stands
            if isinstance(answer, KeepclearError):
                done.set_exception(answer)
            else:
                done.set_result(answer)


def _together(waiting: Iterable[_Waiting]) -> list[_Waiting]:
    """Join what streams of one feed have brought, in its order; batches of a waiting sender stay apart."""
    found: list[list[_Waiting]] = []
    streams: dict[tuple[PartyId, str], list[_Waiting]] = {}
    for each in waiting:
        key = (each.feed.party, each.feed.name)
        if each.done is not None:
            found.append([each])
        elif key in streams:
            streams[key].append(each)
        else:
            streams[key] = [each]
            found.append(streams[key])
    return [each[0] if len(each) == 1 else _joined(each) for each in found]


def _joined(parts: list[_Waiting]) -> _Waiting:
    readings = [part.reading for part in parts]
    return replace(
        parts[-1],
        reading=Reading(
            tuple(fix for each in readings for fix in each.fixes),
            tuple(track for each in readings for track in each.tracks),
            tuple(no for each in readings for no in each.unread),
            any(each.alive for each in readings),
        ),
    )


async def _for_ever(work: Callable[[Writer], Awaitable[None]], writer: Writer) -> None:
    """Do the work again and again: one fault must not end it."""
    while True:
        try:
            await work(writer)
        except Exception:
            LOG.exception("the live picture goes on after a fault")
            await asyncio.sleep(TICK_S)
