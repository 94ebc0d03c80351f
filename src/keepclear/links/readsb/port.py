"""Fetches `aircraft.json` again and again, reads a file as it changes, or follows a stream of JSON lines."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Final

import httpx

from keepclear.errors import Malformed
from keepclear.links.feeds import Outgoing, Sink
from keepclear.links.readsb.codec import LineCodec, read_document
from keepclear.links.streaming import follow_stream, host_and_port
from keepclear.model.feeds import Feed

LOG = logging.getLogger(__name__)
EVERY_S: Final = 1.0
TIMEOUT_S: Final = 10.0
MAX_BYTES: Final = 16 * 1024 * 1024
FETCHED: Final = ("http://", "https://")
STREAM: Final = "tcp://"


def check_address(given: str) -> None:
    """Refuse what is no address of aircraft.

    Raises:
        Malformed: it is none.
    """
    if given.startswith(STREAM):
        host_and_port(given.removeprefix(STREAM))
    elif not given.startswith(FETCHED) and (not given.strip() or "://" in given):
        asks = "http://…/aircraft.json, the path of such a file, or tcp://HOST:PORT for lines of JSON"
        raise Malformed(f'the address "{given[:80]}"', "feed-address", asks, "address")


class ReadsbPort:
    """One feed: `http(s)://…/aircraft.json`, the path of one, or `tcp://HOST:PORT` for lines of JSON."""

    def __init__(self, feed: Feed, now: Callable[[], datetime], every_s: float = EVERY_S) -> None:
        self.feed = feed
        self._now, self._every_s = now, every_s
        self._was: tuple[int, int] | None = None
        check_address(feed.address)

    @asynccontextmanager
    async def running(self, sink: Sink, outgoing: Outgoing) -> AsyncIterator[None]:
        """Run for the life of the block. Nothing goes out by this link."""
        way = self._follow if self.feed.address.startswith(STREAM) else self._poll
        task = asyncio.create_task(way(sink), name=f"readsb {self.feed.name}")
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def _follow(self, sink: Sink) -> None:
        await follow_stream(
            self.feed, self.feed.address.removeprefix(STREAM), lambda: LineCodec(self.feed), sink, self._now
        )

    async def _poll(self, sink: Sink) -> None:
        stands: bool | None = None
        async with httpx.AsyncClient(timeout=TIMEOUT_S, follow_redirects=False, trust_env=False) as client:
            while True:
                try:
                    body = await self._body(client)
                    if stands is not True:
                        sink.up(self.feed, self.feed.address[:200], self._now())
                    stands = True
                    if body is not None:
                        now = self._now()
                        sink.take(self.feed, read_document(body, self.feed, now), now)
                except (OSError, httpx.HTTPError, httpx.InvalidURL) as error:
                    if stands is not False:
                        sink.down(self.feed, f"{str(error) or type(error).__name__}"[:200], self._now())
                    stands = False
                except Exception:
                    LOG.exception("the feed %s goes on after a fault", self.feed.name)
                await asyncio.sleep(self._every_s)

    async def _body(self, client: httpx.AsyncClient) -> bytes | None:
        """Fetch or read the document; None for a file that has not changed."""
        if not self.feed.address.startswith(FETCHED):
            return await asyncio.to_thread(self._of_file, Path(self.feed.address))
        async with client.stream("GET", self.feed.address) as response:
            response.raise_for_status()
            body = bytearray()
            async for part in response.aiter_bytes():
                body += part
                if len(body) > MAX_BYTES:
                    raise OSError(f"more than {MAX_BYTES:,} bytes in one answer")
        return bytes(body)

    def _of_file(self, path: Path) -> bytes | None:
        with path.open("rb") as file:
            found = path.stat()
            stamp = (found.st_mtime_ns, found.st_size)
            if stamp == self._was:
                return None
            body = file.read(MAX_BYTES + 1)
        if len(body) > MAX_BYTES:
            raise OSError(f"a file of more than {MAX_BYTES:,} bytes")
        self._was = stamp
        return body
