"""Reading a stream over TCP for as long as a feed lasts, making the connection again when it is lost."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime
from typing import Final

from keepclear.errors import Malformed
from keepclear.links.again import Again
from keepclear.links.feeds import Codec, Sink
from keepclear.model.feeds import Feed

LOG = logging.getLogger(__name__)
READ_BYTES: Final = 64 * 1024
CONNECT_S: Final = 10.0
MAX_PORT: Final = 65_535


def host_and_port(given: str) -> tuple[str, int]:
    """Read HOST:PORT.

    Raises:
        Malformed: it is none.
    """
    host, colon, port = given.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    if not colon or not host or not (port.isascii() and port.isdigit()) or not 0 < int(port[:6]) <= MAX_PORT:
        asks = "HOST:PORT, as 127.0.0.1:30003"
        raise Malformed(f'the address "{given[:80]}"', "feed-address", asks, "address")
    return host, int(port)


async def follow_stream(
    feed: Feed,
    address: str,
    codec: Callable[[], Codec],
    sink: Sink,
    now: Callable[[], datetime],
    again: Again | None = None,
) -> None:
    """Read a stream for ever; each connection begins with a codec of its own."""
    host, port = host_and_port(address)
    waiting, clock = again or Again(), asyncio.get_running_loop()
    while True:
        began = clock.time()
        try:
            async with asyncio.timeout(CONNECT_S):
                reader, writer = await asyncio.open_connection(host, port)
        except (OSError, TimeoutError) as error:
            sink.down(feed, f"{address}: {str(error) or 'no answer'}"[:200], now())
        else:
            try:
                sink.up(feed, f"connected: {address}", now())
                await _read(reader, codec(), feed, sink, now)
                sink.down(feed, f"{address}: it closed the connection", now())
            except OSError as error:
                sink.down(feed, f"{address}: {error}"[:200], now())
            except Exception:
                LOG.exception("the feed %s goes on after a fault", feed.name)
            finally:
                writer.transport.abort()
        await asyncio.sleep(waiting.wait_s(clock.time() - began))


async def _read(
    reader: asyncio.StreamReader, codec: Codec, feed: Feed, sink: Sink, now: Callable[[], datetime]
) -> None:
    while part := await reader.read(READ_BYTES):
        at = now()
        reading = codec.read(part, at)
        if reading.alive or reading.unread:
            sink.take(feed, reading, at)
