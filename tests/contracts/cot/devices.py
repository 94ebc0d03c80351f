"""A node with a port of events and devices on it, over TCP, on one event loop and one hand-moved clock."""

from __future__ import annotations

import asyncio
import re
import socket
from collections.abc import Awaitable, Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar
from xml.etree import ElementTree

from tests.building_node import House
from tests.living import Living, living
from tests.patience import PATIENCE_S

from keepclear.model.feeds import Feed, FeedKind
from keepclear.model.tracks import Standing
from keepclear.model.words import PartyId
from keepclear.service.feeding import Feeding
from keepclear.times import text

COA = PartyId("COA")
R = TypeVar("R")


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port


def listening(port: int, standing: Standing = Standing.OWN, party: str = "COA", **more: Any) -> Feed:
    return Feed("devices", PartyId(party), FeedKind.COT, standing, f"listen:{port}", **more)


async def until(holds: Callable[[], bool]) -> None:
    """Wait until something holds."""
    while not holds():  # noqa: ASYNC110 - the node has no event for it
        await asyncio.sleep(0.02)


class Device:
    """A client that speaks bytes; what came is kept, cut at the ends of events."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer
        self.came: list[ElementTree.Element] = []
        self.raw = b""

    async def send(self, *events: bytes) -> None:
        self.writer.write(b"".join(events))
        await self.writer.drain()

    async def until(self, wanted: Callable[[ElementTree.Element], bool]) -> ElementTree.Element:
        """Read on until such an event comes; give it."""
        seen = 0
        async with asyncio.timeout(PATIENCE_S):
            while True:
                for event in self.came[seen:]:
                    if wanted(event):
                        return event
                seen = len(self.came)
                await self._read()

    async def _read(self) -> None:
        whole = await self.reader.readuntil(b"</event>")
        self.raw += whole
        self.came.append(ElementTree.fromstring(whole))  # noqa: S314 - what our own node has sent

    async def uid(self, uid: str) -> ElementTree.Element:
        return await self.until(lambda event: event.get("uid") == uid)

    async def of(self, type_: str) -> ElementTree.Element:
        return await self.until(lambda event: event.get("type") == type_)

    async def answered(self) -> None:
        """Wait for the answer to a ping: what was told before it is here."""
        before = len(self.came)
        await self.send(ping())
        async with asyncio.timeout(PATIENCE_S):
            while not any(event.get("type") == "t-x-c-t-r" for event in self.came[before:]):
                await self._read()

    def uids(self) -> set[str]:
        return {event.get("uid", "") for event in self.came}


def ping() -> bytes:
    return (
        b'<event version="2.0" uid="p" type="t-x-c-t" how="m-g" time="2018-02-01T08:00:00Z" '
        b'start="2018-02-01T08:00:00Z" stale="2018-02-01T08:01:00Z"><point lat="0" lon="0" hae="0" ce="1" '
        b'le="1"/></event>'
    )


class Post:
    """A house whose devices are connected by TCP."""

    def __init__(self, there: Living, feeding: Feeding, port: int) -> None:
        self.there, self.feeding, self.port = there, feeding, port
        self.devices: list[Device] = []

    @property
    def house(self) -> House:
        return self.there.house

    def run(self, work: Awaitable[R]) -> R:
        async def bounded() -> R:
            async with asyncio.timeout(PATIENCE_S * 2):
                return await work

        found: R = self.house.runner.run(bounded())
        return found

    async def connect(self, port: int | None = None) -> Device:
        async with asyncio.timeout(PATIENCE_S):
            while True:
                try:
                    made = Device(*await asyncio.open_connection("127.0.0.1", port or self.port))
                    self.devices.append(made)
                    return made
                except OSError:
                    await asyncio.sleep(0.02)

    def apart(self, uid: str, number: int) -> bytes:
        """A position of now, ten kilometres and more from that of any other number below 100,000."""
        return self.event(uid, round(-70 + number % 1_400 * 0.1, 1), round(-179 + number // 1_400 * 1.0, 1))

    async def leave(self) -> None:
        """Hang up on every device's side."""
        for device in self.devices:
            device.writer.close()
        await asyncio.sleep(0)

    def event(self, uid: str, lat: float = 33.5, lon: float = 38.9, **more: str) -> bytes:
        """A position of now, as a device sends it."""
        type_, how = more.get("type_", "a-f-G-U-C"), more.get("how", "m-g")
        now, detail = text(self.there.now), more.get("detail", "")
        return (
            f'<event version="2.0" uid="{uid}" type="{type_}" how="{how}" time="{now}" start="{now}" '
            f'stale="{now}"><point lat="{lat}" lon="{lon}" hae="9999999.0" ce="10.0" le="9999999.0"/>'
            f'<detail><contact callsign="{uid}"/>{detail}</detail></event>'
        ).encode()


@contextmanager
def post(*feeds: Feed, made: House | None = None, standing: Standing = Standing.OWN) -> Iterator[Post]:
    """A house with one port for devices, or with these feeds."""
    port = free_port()
    every: Iterable[Feed] = feeds or (listening(port, standing),)
    with living(made, feeds=every) as there:
        feeding = Feeding(there.live)
        running = feeding.running(there.house.writer)
        there.house.runner.run(running.__aenter__())
        made_post = Post(there, feeding, port)
        try:
            yield made_post
        finally:
            there.house.runner.run(made_post.leave())
            there.house.runner.run(running.__aexit__(None, None, None))


def digits(place: float) -> re.Pattern[bytes]:
    """How a coordinate of the tests would look in any output."""
    return re.compile(re.escape(f"{place:.3f}").encode())
