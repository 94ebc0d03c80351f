"""Sessions with a party's own devices over TCP: positions in, and out what the node shows them.

A session begins with the node's own presence, then measures, open alarms and positions. A ping is answered.
A feed that does not report own things only hears: beside pings nothing goes out there, and to a server that
the node itself connects to its presence.
Whatever a device sends moves the picture of its feed's party alone; what goes out was chosen by the node.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from typing import Any, Final

from keepclear.links.again import Again
from keepclear.links.cot import writing
from keepclear.links.cot.address import cot_address
from keepclear.links.cot.codec import OURS, PING, PONG, CotCodec
from keepclear.links.cot.outbox import Outbox
from keepclear.links.cot.showing import Sheet
from keepclear.links.feeds import Leaving, Sink
from keepclear.links.showing import Showing, Shown
from keepclear.model.feeds import Feed
from keepclear.rules.leaving import is_told, may_leave

LOG = logging.getLogger(__name__)
READ_BYTES: Final = 64 * 1024
MOST_DEVICES: Final = 64
SLOWEST_S: Final = 30.0
BEAT_S: Final = 20.0
DEAD_S: Final = 60.0
CONNECT_S: Final = 10.0
BREATH: Final = 250
_MOST_NAMES: Final = 100_000


class Ended(Exception):
    """A session is over; the words say why."""


class Session:
    """One device that is connected."""

    def __init__(self, feed: Feed, writer: asyncio.StreamWriter, most_bytes: int) -> None:
        self.codec = CotCodec(feed)
        self.outbox = Outbox(most_bytes)
        self.writer = writer
        self.over: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    def say(self, event: bytes) -> None:
        """Send what must arrive, or end the session: nothing of this is ever left out in silence."""
        if not self.outbox.say(event):
            self.end("it does not read: alarms and messages would be lost to it")

    def end(self, why: str) -> None:
        """End it."""
        if not self.over.done():
            self.over.set_result(why)


class CotPort:
    """One feed of events: connects to a server or listens for devices, on this machine."""

    def __init__(
        self,
        feed: Feed,
        now: Callable[[], datetime],
        node: str,
        *,
        slowest_s: float = SLOWEST_S,
        most_bytes: int = 16 * 1024 * 1024,
        again: Again | None = None,
    ) -> None:
        self.feed = feed
        self.address = cot_address(feed.address)
        self.sessions: set[Session] = set()
        self.tells = is_told(feed.standing)
        self._now, self._node = now, node
        self._slowest_s, self._most_bytes = slowest_s, most_bytes
        self._again = again or Again()
        self._sheet = Sheet(node)
        self._from: dict[str, Session] = {}

    @asynccontextmanager
    async def running(self, sink: Sink, outgoing: Showing) -> AsyncIterator[None]:
        """Run for the life of the block; a connection that is lost is made again, later each time."""
        ways: list[Coroutine[Any, Any, None]] = [
            self._for_ever(self._listen if self.address.listens else self._connect, sink, outgoing),
            self._beat(sink),
        ]
        if self.tells:
            ways += [self._guarded(self._move, outgoing), self._guarded(self._show, outgoing)]
        tasks = [asyncio.create_task(way, name=f"cot {self.feed.name}") for way in ways]
        try:
            yield
        finally:
            for session in self.sessions:
                session.end("the node stops")
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    # Connections.

    async def _for_ever(
        self, once: Callable[[Sink, Showing], Coroutine[Any, Any, None]], sink: Sink, outgoing: Showing
    ) -> None:
        clock = asyncio.get_running_loop()
        while True:
            began = clock.time()
            try:
                await once(sink, outgoing)
            except (OSError, TimeoutError) as error:
                sink.down(self.feed, f"{self.address}: {str(error) or 'no answer'}"[:200], self._now())
            except Exception:
                LOG.exception("the feed %s goes on after a fault", self.feed.name)
            await asyncio.sleep(self._again.wait_s(clock.time() - began))

    async def _connect(self, sink: Sink, outgoing: Showing) -> None:
        async with asyncio.timeout(CONNECT_S):
            reader, writer = await asyncio.open_connection(self.address.host, self.address.port)
        await self._session(reader, writer, sink, outgoing)

    async def _listen(self, sink: Sink, outgoing: Showing) -> None:
        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            if len(self.sessions) >= MOST_DEVICES:
                LOG.warning("the feed %s has %d devices: one more was let go", self.feed.name, MOST_DEVICES)
                writer.close()
                return
            with suppress(asyncio.CancelledError):  # the node stops; the server would log it as a fault
                await self._session(reader, writer, sink, outgoing)

        server = await asyncio.start_server(serve, self.address.host, self.address.port)
        try:
            async with server:
                await server.serve_forever()
        finally:
            for session in self.sessions:
                session.end("the node stops")

    async def _session(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, sink: Sink, outgoing: Showing
    ) -> None:
        session = Session(self.feed, writer, self._most_bytes)
        sink.up(self.feed, f"connected: {self.address}", self._now())
        tasks: list[asyncio.Task[None]] = []
        why = "it ended"
        try:
            tasks = [
                asyncio.create_task(self._until_over(work, session), name=f"cot {self.feed.name}")
                for work in (self._receive(session, reader, sink), self._send(session))
            ]
            await self._greet(session, outgoing)
            why = await session.over
        finally:
            self.sessions.discard(session)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            writer.transport.abort()
            LOG.info("a device of the feed %s is gone: %s", self.feed.name, why)
            if not self.sessions:
                sink.down(self.feed, f"{self.address}: {why}", self._now())

    async def _until_over(self, work: Coroutine[Any, Any, None], session: Session) -> None:
        try:
            await work
        except Ended as ended:
            session.end(str(ended))
        except OSError as error:
            session.end(f"the connection broke: {error}"[:200])
        except Exception:
            LOG.exception("a session of the feed %s ended by a fault", self.feed.name)
            session.end("a fault inside the node")

    async def _greet(self, session: Session, outgoing: Showing) -> None:
        """Begin: the node's presence first, since some clients lose the first event, then the picture."""
        now = self._now()
        if self.tells or not self.address.listens:  # a server is told at least who has come to it
            callsign = f"Keepclear {self.feed.party}"
            session.say(writing.presence(callsign, f"{OURS}{self._node}", now, self._node))
        if not self.tells:
            self.sessions.add(session)
            return
        self._tell(await outgoing.shown(-1))
        for event in self._sheet.whole(now):
            session.say(event)
        self.sessions.add(session)  # from here on it hears of every change
        _, found = await outgoing.leaving(-1)
        self._give(found, (session,))

    # In.

    async def _receive(self, session: Session, reader: asyncio.StreamReader, sink: Sink) -> None:
        while True:
            try:
                async with asyncio.timeout(None if self.address.listens else DEAD_S):
                    part = await reader.read(READ_BYTES)
            except TimeoutError:
                raise Ended(f"nothing came for {DEAD_S:.0f} seconds, not even an answer") from None
            if not part:
                raise Ended("it closed the connection")
            now = self._now()
            taken = session.codec.take(part, now)
            self._note_sender(session, taken.names)
            if taken.reading.alive or taken.reading.unread:
                sink.take(self.feed, taken.reading, now)
            if taken.pings:
                session.outbox.move(PONG, writing.pong(now))
            if taken.pongs:
                sink.answered(self.feed, "", now)

    def _note_sender(self, session: Session, names: tuple[str, ...]) -> None:
        if len(self._from) + len(names) > _MOST_NAMES:
            self._from = {name: held for name, held in self._from.items() if held in self.sessions}
            if len(self._from) + len(names) > _MOST_NAMES:
                self._from.clear()
        self._from.update(dict.fromkeys(names, session))

    # Out.

    async def _send(self, session: Session) -> None:
        writer, outbox = session.writer, session.outbox
        writer.transport.set_write_buffer_limits(high=READ_BYTES)
        while True:
            await outbox.filled.wait()
            writer.write(outbox.take())
            try:
                async with asyncio.timeout(self._slowest_s):
                    await writer.drain()
            except TimeoutError:
                raise Ended(f"it has not read for {self._slowest_s:.0f} seconds") from None

    async def _guarded(self, work: Callable[[Showing], Coroutine[Any, Any, None]], outgoing: Showing) -> None:
        while True:
            try:
                await work(outgoing)
            except Exception:
                LOG.exception("what the feed %s sends goes on after a fault", self.feed.name)
                await asyncio.sleep(1.0)

    async def _move(self, outgoing: Showing) -> None:
        cursor = 0
        while True:
            cursor, found = await outgoing.leaving(cursor)
            for start in range(0, len(found), BREATH):
                if self.sessions:
                    self._give(found[start : start + BREATH], tuple(self.sessions))
                await asyncio.sleep(0)

    def _give(self, found: Sequence[Leaving], sessions: tuple[Session, ...]) -> None:
        """Send positions to each session, but to none what it has sent itself."""
        events: dict[str, bytes] = {}
        own: dict[Session, set[str]] = {}
        for leaving in found:
            track = leaving.track
            if not may_leave(track.standing):
                continue  # the node has chosen already; this is the last door (LIM-08)
            here = track.source == self.feed.name
            if here and not self.address.listens:
                continue  # the server has it from itself
            sender = self._from.get(track.id) if here else None
            if sessions == (sender,):
                continue
            uid = writing.uid_of(track, self.feed.name)
            events[uid] = writing.position(leaving, self.feed.name, self._node)
            if sender is not None:
                own.setdefault(sender, set()).add(uid)
        for session in sessions:
            held = own.get(session)
            given = {uid: event for uid, event in events.items() if uid not in held} if held else events
            session.outbox.move_all(given)

    async def _show(self, outgoing: Showing) -> None:
        turn = -1
        while True:
            shown = await outgoing.shown(turn)
            turn = shown.turn
            self._tell(shown)

    def _tell(self, shown: Shown) -> None:
        """Tell every device what is new; a repeat is left out for one that has not taken the last yet."""
        news, repeats = self._sheet.take(shown, self._now())
        for session in tuple(self.sessions):
            for event in news:
                session.say(event)
            if not session.outbox.must_wait:
                for event in repeats:
                    session.say(event)

    async def _beat(self, sink: Sink) -> None:
        number = 0
        while True:
            await asyncio.sleep(BEAT_S)
            number += 1
            now = self._now()
            for session in tuple(self.sessions):
                mark = f"{OURS}ping.{number}"
                sink.asked(self.feed, mark, now)
                session.outbox.move(PING, writing.ping(mark, now))
