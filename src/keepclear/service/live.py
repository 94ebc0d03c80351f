"""The engine of live positions: takes what feeds bring, beside the writer and never in its way.

Feeds hand in on the event loop; one thread of its own gates, keeps and watches. What waits is bounded: a
stream that comes faster than it can be looked at is thinned to the newest fix of each thing, and counted.
What the watching finds is not thinned: it stands until the writer has taken it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, suppress
from datetime import datetime, timedelta
from functools import partial
from typing import Final, TypeVar

from msgspec import Struct
from msgspec.structs import replace

from keepclear.errors import KeepclearError, NotAllowed, StoreFault
from keepclear.links.feeds import Leaving, Outgoing, Port, Reading
from keepclear.model.alarms import AlarmRaised, AlarmStep, ClockEvent
from keepclear.model.feeds import Feed, FeedKind
from keepclear.model.hotline import MessageSent, RungReached
from keepclear.model.measures import MeasureStated
from keepclear.model.notices import RemarkMade
from keepclear.model.tracks import Fix, Track
from keepclear.model.words import PartyId
from keepclear.rules.fences import Fence, FenceEvent, fences
from keepclear.rules.live_causes import called, warns_of_approach
from keepclear.service.again import TICK_S, for_ever
from keepclear.service.beside_record import BesideRecord
from keepclear.service.feed_health import Health, Silence
from keepclear.service.feeds import FeedBook
from keepclear.service.live_alarms import LiveAlarms
from keepclear.service.live_desk import LiveDesk
from keepclear.service.node import Node
from keepclear.service.readying import make_ready
from keepclear.service.writer import Writer
from keepclear.stores.tracks import TrackStore
from keepclear.views.live import FeedsAnswer, Taken
from keepclear.views.picture import Picture

LOG = logging.getLogger(__name__)
MAX_WAITING: Final = 50_000
KEEP_S: Final = 5.0
FORGET_S: Final = 600.0
TRAIL_ROWS: Final = 250
"""So many rows of trails go to the disk between two turns: an alarm may wait a few milliseconds for them."""
BREATH_S: Final = 0.01
WARN_M: Final = 10_000.0
"""How near the approach to a measure is watched; a step that goes in within five minutes is told."""
MAX_WINDOWS: Final = 32

R = TypeVar("R")
MakePort = Callable[[Feed], Port]
"""Makes the port of a feed."""
# What the node itself and its officers add all the time, and no measure can follow from.
_NO_MEASURES: Final = (AlarmRaised, AlarmStep, ClockEvent, MessageSent, RungReached, RemarkMade)


class _Waiting(Struct, frozen=True):
    feed: Feed
    reading: Reading
    at: datetime
    heard: str = ""
    done: asyncio.Future[Taken] | None = None


class _Worked(Struct, frozen=True):
    answers: list[tuple[asyncio.Future[Taken], Taken | KeepclearError]]
    events: dict[PartyId, list[FenceEvent]]


class Live:
    """The live pictures of all parties of a node."""

    def __init__(
        self,
        node: Callable[[], Node],
        store: TrackStore,
        book: FeedBook,
        ports: Mapping[FeedKind, MakePort] | None = None,
        keep_hours: int = 24,
    ) -> None:
        """Make the engine.

        Args:
            node: gives the node, which the demo may put another in the place of.
            store: the file of positions; the engine's own thread alone uses it.
            book: the feeds; those that run when the engine starts have their ports opened.
            ports: for each kind of feed that the node itself opens, what makes its port.
            keep_hours: for how long trails and things of others are kept.
        """
        self._node = node
        self._store = store
        self.book = book
        self._ports = ports or {}
        self._beside = BesideRecord()
        self.keep = timedelta(hours=keep_hours)
        self.windows: dict[PartyId, int] = {}
        self.last_turn_s = 0.0
        self._desks: dict[PartyId, LiveDesk] = {}
        self._alarms: dict[PartyId, LiveAlarms] = {}
        self._fenced: dict[PartyId, int] = {}
        self._acting: asyncio.Task[None] | None = None
        self._unacted = False
        self._handed: set[tuple[PartyId, str]] = set()
        """What was handed in since the last tick: what was refused is not tried again before the next."""
        self._keeping: asyncio.Task[None] | None = None
        self._one_keeping = asyncio.Lock()
        # What is found is noted in the order in which it was found, also where a turn is asked for by hand.
        self._one_turn, self._one_act = asyncio.Lock(), asyncio.Lock()
        self._waiting: list[_Waiting] = []
        self._count = 0
        self._more = asyncio.Event()
        self.turned = asyncio.Event()
        """Set when the turn that goes on is over; for whoever waits for news, who takes it before looking."""
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="live")
        self._ticked_at = self._kept_at = self._forgotten_at = float("-inf")

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

    def alarms(self, party: PartyId) -> LiveAlarms:
        """Give the causes of a hosted party.

        Raises:
            NotKnown: the party is not hosted here.
        """
        found = self._alarms.get(party)
        if found is None:
            desk = self.desk(party)
            found = self._alarms[party] = LiveAlarms(party, desk.kept_causes, anew=desk.anew)
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

    def silent(self, party: PartyId) -> list[Silence]:
        """Give the feeds of a party that are silent for longer than they may be."""
        health, now = self.desk(party).health, self._node().clock.now()
        return [
            found for feed in self.book.feeds(party) if (found := health.of(feed.name).silence(feed, now))
        ]

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

    def outgoing(self, party: PartyId) -> Outgoing:
        """Give what a port of a party's feed is handed of what may leave: never another's things (LIM-08)."""
        return _Outgoing(self, party)

    @contextmanager
    def window(self, party: PartyId) -> Iterator[None]:
        """Count an open map for the life of the block."""
        self.windows[party] = self.windows.get(party, 0) + 1
        try:
            yield
        finally:
            self.windows[party] -= 1

    # Turns.

    def work(self, waiting: Iterable[_Waiting]) -> _Worked:
        """Take in what waits, streams of one feed together."""
        worked = _Worked([], {})
        for each in _together(waiting):
            try:
                taken, events = self._take(each)
            except KeepclearError as error:
                if each.done is not None:
                    worked.answers.append((each.done, error))
                continue
            worked.events.setdefault(each.feed.party, []).extend(events)
            if each.done is not None:
                worked.answers.append((each.done, taken))
        return worked

    def _take(self, each: _Waiting) -> tuple[Taken, tuple[FenceEvent, ...]]:
        desk = self.desk(each.feed.party)
        health = desk.health.of(each.feed.name)
        if each.heard:
            health.answered(each.heard, each.at)
        taken, events = desk.take(each.feed, each.reading, each.at)
        return taken if each.done is None else replace(taken, beat=health.beat(each.at)), events

    async def _keep(self, *, forget: bool) -> None:
        """Bring everything to the disk, in a thread beside the engine's: no alarm waits for it."""
        async with self._one_keeping:
            causes = {party: alarms.kept() for party, alarms in self._alarms.items()}
            desks = list(self._desks.items())
            taken = await self.ask(
                lambda: [(desk, desk.to_keep(causes.get(party, b"{}"))) for party, desk in desks]
            )
            for desk, what in taken:
                try:
                    await asyncio.to_thread(desk.write, what)
                except StoreFault:  # it waits and is kept at the next tick; doctor tells of the file
                    await self.ask(partial(desk.not_kept, what))
                else:
                    await self.ask(partial(desk.was_kept, what))
            if forget:
                await self.ask(self._forget)
            await self._add_to_trails()

    def _forget(self) -> None:
        before = self._node().clock.now() - self.keep
        for party, desk in self._desks.items():
            for feed in self.book.feeds(party):
                with suppress(StoreFault):  # it is forgotten the next time; doctor tells of the file
                    desk.forget(feed.name, before)

    async def _add_to_trails(self) -> None:
        """Bring the trails of all parties to the disk, a few rows at a time between the turns."""
        while await self.ask(self._add_some):  # noqa: ASYNC110 - waits for nothing: it leaves room for others
            await asyncio.sleep(BREATH_S)

    def _add_some(self) -> bool:
        more = False
        for desk in self._desks.values():
            with suppress(StoreFault):  # they wait and are added at the next keeping
                more = desk.add_to_trails(TRAIL_ROWS) or more
        return more

    def begin(self) -> None:
        """Hand to the node what was counted before this start, before anything looks for alarms in it."""
        node = self._node()
        for party in node.hosted:
            desk = self.desk(party)
            self._beside.hand(node, party, self._beside.counted(desk, node.clock.now()), {})

    @asynccontextmanager
    async def running(self, writer: Writer) -> AsyncIterator[None]:
        """Run for the life of the block; what waits at its end is still taken in and kept."""
        for party in self._node().hosted:
            self.alarms(party)
        await self.ask(make_ready)
        await self.settle(writer)
        task = asyncio.create_task(for_ever(partial(self._turn, writer), "the live picture"), name="live")
        try:
            async with AsyncExitStack() as stack:
                for feed in self.book.feeds():
                    maker = self._ports.get(feed.kind)
                    if maker is not None and feed.party in self._node().hosted:
                        port = maker(feed)
                        await stack.enter_async_context(port.running(self, self.outgoing(feed.party)))
                yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            if self._keeping is not None:
                # It is let end: an older state must not come to the disk after the last.
                await asyncio.gather(self._keeping, return_exceptions=True)
            await self.settle(writer)
            self._thread.shutdown(wait=True)

    async def begin_again(self, store: TrackStore) -> None:
        """Forget every thing and every cause: the record that they rested on is another one now."""
        self._waiting, self._count = [], 0

        def anew() -> None:
            self._store = store
            for kept in (self._desks, self._alarms, self._fenced):
                kept.clear()

        await self.ask(anew)
        for party in self._node().hosted:
            self.desk(party)

    async def settle(self, writer: Writer) -> None:
        """Take in what waits and do what is due, now: for a clock moved by hand, and at both ends."""
        async with self._one_turn:
            await self._turn_over(writer, self._taken_up())
            await self._tick(writer)
            self._handed.clear()
            while await self._act(writer):
                self._unacted = False
            await self._keep(forget=False)

    def _taken_up(self) -> list[_Waiting]:
        waiting, self._waiting, self._count = self._waiting, [], 0
        return waiting

    async def _turn(self, writer: Writer) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(TICK_S):
                await self._more.wait()
        async with self._one_turn:
            await self._turn_now(writer)

    async def _turn_now(self, writer: Writer) -> None:
        self._more.clear()
        found = await self._turn_over(writer, self._taken_up())
        loop = asyncio.get_running_loop()
        if loop.time() - self._ticked_at >= TICK_S:
            self._ticked_at = loop.time()
            found = True
            self._handed.clear()
            await self._tick(writer)
        if self._keeping is not None and self._keeping.done():
            done, self._keeping = self._keeping, None
            done.result()  # a fault of the keeping is one of the live picture's
        if self._keeping is None and loop.time() - self._kept_at >= KEEP_S:
            self._kept_at = loop.time()
            forget = loop.time() - self._forgotten_at >= FORGET_S
            self._forgotten_at = loop.time() if forget else self._forgotten_at
            self._keeping = asyncio.create_task(self._keep(forget=forget), name="keeping positions")
        self._unacted = self._unacted or found
        if self._unacted and (self._acting is None or self._acting.done()):
            # Beside the next turn: positions do not wait for the disk of the record.
            self._acting = asyncio.create_task(self._act_on(writer), name="live alarms")

    async def _turn_over(self, writer: Writer, waiting: list[_Waiting]) -> bool:
        """Take in what waits; tell whether the fences found anything."""
        if not waiting:
            return False
        loop = asyncio.get_running_loop()
        began = loop.time()
        try:
            worked = await self.ask(lambda: self.work(waiting))
        except BaseException:
            fault = StoreFault("positions that failed inside the node", "internal", "a report of this")
            for each in waiting:
                if each.done is not None and not each.done.done():
                    each.done.set_exception(fault)
            raise
        self.last_turn_s = loop.time() - began
        over, self.turned = self.turned, asyncio.Event()
        over.set()
        _answer(worked.answers)
        return await self._found(writer, worked.events)

    async def _found(self, writer: Writer, events: Mapping[PartyId, Sequence[FenceEvent]]) -> bool:
        """Note what the fences found; tell whether it was anything."""
        if not any(events.values()):
            return False
        await writer.settled()
        node = self._node()
        for party, found in events.items():
            tracks = self.desk(party).columns.tracks
            self.alarms(party).take(node.picture(party), found, tracks.__getitem__)
        return True

    async def _tick(self, writer: Writer) -> None:
        """Do what is due once a second: measures that changed, what time alone brings, notices, silences."""
        await writer.settled()
        node = self._node()
        changed = {party: self._fences_of(node, party) for party in self._desks}
        for party in (each for each, stand in changed.items() if stand is not None):
            self._beside.forget(party)
        now = node.clock.now()
        events = await self.ask(lambda: self._watch(changed, now))
        await self._found(writer, events)
        looked = await self.ask(
            lambda: {
                p: (
                    desk.followed(),
                    desk.closing.closing(now),
                    desk.stayed(now),
                    self._beside.counted(desk, now),
                )
                for p, desk in self._desks.items()
            }
        )
        await writer.settled()
        for party, (tied, closing, stayed, counted) in looked.items():
            desk, alarms = self.desk(party), self.alarms(party)
            tracks, silent = desk.columns.tracks, self.silent(party)
            alarms.look(node.picture(party), now, tied, silent, closing, tracks.__getitem__, desk.heard_at)
            alarms.take_stays(node.picture(party), stayed, tracks.__getitem__)
            self._beside.hand(node, party, counted, _named(alarms.again, tracks))

    def _fences_of(self, node: Node, party: PartyId) -> tuple[Fence, ...] | None:
        """Give the measures that stand at a desk, or None where nothing that came can have changed them."""
        size, seen = node.inbox_size(party), self._fenced.get(party)
        if seen is not None and all(
            isinstance(entry.statement.body, _NO_MEASURES) for entry in node.inbox(party, seen)
        ):
            self._fenced[party] = size
            return None
        self._fenced[party] = size
        return watched_measures(node.picture(party))

    def _watch(
        self, changed: Mapping[PartyId, tuple[Fence, ...] | None], now: datetime
    ) -> dict[PartyId, list[FenceEvent]]:
        found: dict[PartyId, list[FenceEvent]] = {}
        for party, stand in changed.items():
            desk = self._desks[party]
            events = [] if stand is None else [*desk.change(stand, now)]
            found[party] = [*events, *desk.tick(now)]
        return found

    async def _act_on(self, writer: Writer) -> None:
        """Act on what was found, and on what is found meanwhile: that does not wait for the next tick."""
        while self._unacted:
            self._unacted = False
            self._unacted = await self._act(writer) or self._unacted

    async def _act(self, writer: Writer) -> bool:
        """Hand to the writer what is to be raised and ended; tell whether some of it was left.

        The most urgent goes first, and what is found meanwhile goes before alarms that end and what is noted
        at them: no alarm waits behind hundreds of those. What the writer refuses is worked out again at the
        next tick.
        """
        async with self._one_act:
            await writer.settled()
            node = self._node()
            found = (act for alarms in self._alarms.values() for act in alarms.acts(node))
            acts = sorted((act for act in found if act.key not in self._handed), key=lambda act: act.urgency)
            raised = sum(act.raises for act in acts)
            outcomes = await writer.hand_in(
                [act.ask for act in acts], is_overtaken=lambda first: self._unacted and first >= raised
            )
            for act, outcome in zip(acts, outcomes, strict=False):
                self._handed.add(act.key)
                if not isinstance(outcome, BaseException):
                    act.done()
                elif not isinstance(outcome, KeepclearError):
                    raise outcome
            return len(outcomes) < len(acts)


class _Outgoing:
    """What may leave of one party, as a port is given it."""

    def __init__(self, live: Live, party: PartyId) -> None:
        self._live = live
        self._party = party

    async def leaving(self, after: int) -> tuple[int, tuple[Leaving, ...]]:
        """Give what has moved since a cursor and may leave, and the next cursor."""
        return await self._live.leaving(self._party, after)


def _named(again: Mapping[int, str], tracks: Sequence[Track | None]) -> dict[int, str]:
    """Say of what is expected again what it is called."""
    things = {number: tracks[number] for number in again}
    return {
        number: f"{called(track)}: {again[number]}" for number, track in things.items() if track is not None
    }


def watched_measures(picture: Picture) -> tuple[Fence, ...]:
    """Give the measures that bind, each with the warning distance that its effect calls for.

    The way to a measure is watched only where a thing on its way in is something to call about.
    """
    found = []
    for fence in fences(picture):
        text = picture.operative(fence.subject)
        body = None if text is None else text.statement.body
        warns = isinstance(body, MeasureStated) and warns_of_approach(body)
        found.append(replace(fence, warn_m=WARN_M) if warns else fence)
    return tuple(found)


def _answer(answers: Iterable[tuple[asyncio.Future[Taken], Taken | KeepclearError]]) -> None:
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
