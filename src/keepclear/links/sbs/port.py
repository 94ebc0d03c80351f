"""Follows a stream of BaseStation messages, as receivers give it at port 30003."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime, tzinfo

from keepclear.links.feeds import Outgoing, Sink
from keepclear.links.sbs.codec import SbsCodec, zone_of
from keepclear.links.streaming import follow_stream, host_and_port
from keepclear.model.feeds import Feed


def read_address(given: str) -> tuple[str, tzinfo]:
    """Read `HOST:PORT`, with `#+03:00` behind it where the receiver's clock is not in UTC.

    Raises:
        Malformed: it is none.
    """
    address, _, zone = given.partition("#")
    host_and_port(address)
    return address, zone_of(zone)


class SbsPort:
    """One feed; `read_address` says what its address is."""

    def __init__(self, feed: Feed, now: Callable[[], datetime]) -> None:
        self.feed = feed
        self._now = now
        self._address, self._zone = read_address(feed.address)

    @asynccontextmanager
    async def running(self, sink: Sink, outgoing: Outgoing) -> AsyncIterator[None]:
        """Run for the life of the block. Nothing goes out by this link."""
        way = follow_stream(self.feed, self._address, self._codec, sink, self._now)
        task = asyncio.create_task(way, name=f"sbs {self.feed.name}")
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    def _codec(self) -> SbsCodec:
        return SbsCodec(self.feed, self._zone)
