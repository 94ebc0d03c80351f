"""The ports of a node's feeds: one runs for each feed in the settings, and goes when the feed goes."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from typing import Final

from keepclear.errors import KeepclearError
from keepclear.model.feeds import Feed, FeedKind
from keepclear.model.words import PartyId
from keepclear.service.again import running
from keepclear.service.devices import Devices
from keepclear.service.feed_ports import port_of
from keepclear.service.live import Live
from keepclear.service.writer import Writer

LOG = logging.getLogger(__name__)
LOOK_S: Final = 1.0


class Feeding:
    """Runs the ports; what is changed in the settings counts within a second, without a restart."""

    def __init__(self, live: Live) -> None:
        self._live = live
        self.ports: dict[Feed, AsyncExitStack] = {}
        self._devices: dict[PartyId, Devices] = {}
        self._failed: dict[Feed, str] = {}

    @asynccontextmanager
    async def running(self, writer: Writer) -> AsyncIterator[None]:
        """Run for the life of the block."""
        try:
            async with running(partial(self.look, writer), "the feeds", LOOK_S):
                yield
        finally:
            for feed in list(self.ports):
                await self.ports.pop(feed).aclose()

    async def look(self, writer: Writer) -> None:
        """Start the ports of feeds that are new or changed, and end those of feeds that are gone."""
        hosted = writer.node.hosted
        wanted = {
            feed
            for feed in self._live.book.feeds()
            if feed.kind is not FeedKind.PUSH and feed.party in hosted
        }
        for feed in [feed for feed in self.ports if feed not in wanted]:
            await self.ports.pop(feed).aclose()
        for feed in wanted - self.ports.keys():
            await self._start(feed, writer)

    async def _start(self, feed: Feed, writer: Writer) -> None:
        now = writer.node.clock.now
        try:
            port = port_of(feed, now)
        except KeepclearError as error:
            if self._failed.get(feed) != str(error):  # once, not each second
                self._failed[feed] = str(error)
                LOG.warning("the feed %s cannot run: %s", feed.name, error)
                self._live.down(feed, str(error)[:200], now())
            return
        devices = self._devices.get(feed.party)
        if devices is None:
            devices = self._devices[feed.party] = Devices(feed.party, self._live, writer)
        stack = self.ports[feed] = AsyncExitStack()
        await stack.enter_async_context(port.running(self._live, devices))
