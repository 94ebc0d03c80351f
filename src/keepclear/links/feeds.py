"""The seam between links of live positions and the node: what a codec gives and what a port is given.

A codec is pure: bytes and the time at which they came, in; fixes, what is known of what moves, and what could
not be read, out. It never raises on what others send, and holds a bounded part of a stream at most. A port
does the reading and writing; it hands on what its codec read and never waits for the node: what comes faster
than the node can take is thinned there to the latest fix of each thing, and counted.
"""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Protocol

from msgspec import Struct

from keepclear.model.feeds import Feed
from keepclear.model.tracks import Fix, Track


class Unread(Struct, frozen=True):
    """One piece that could not be read: where it stood, which field, which rule, in words.

    `at` is the byte offset in the stream, or for a batch the number of the item from 0. `words` say all;
    `wrong` and `passes` are what was wrong and what would pass, where they are known apart.
    """

    at: int
    rule: str
    words: str
    field: str = ""
    wrong: str = ""
    passes: str = ""


class Reading(Struct, frozen=True):
    """What a codec made of some bytes.

    Each fix names its thing by (`source`, `track`); `source` is the name of the feed. `tracks` says of things
    what the bytes said of them, each at most once; a thing without an entry keeps what was said earlier.
    `alive` tells that something whole came, be it no fix at all, as a ping is.
    """

    fixes: tuple[Fix, ...] = ()
    tracks: tuple[Track, ...] = ()
    unread: tuple[Unread, ...] = ()
    alive: bool = False


class Codec(Protocol):
    """Reads one stream from its beginning; a new connection begins with a new one."""

    def read(self, part: bytes, received_at: datetime) -> Reading:
        """Take the next bytes, cut anywhere, and give what they completed."""
        ...


class Sink(Protocol):
    """The node, as a port sees it; no call waits and none raises."""

    def take(self, feed: Feed, reading: Reading, received_at: datetime) -> None:
        """Hand on what was read."""
        ...

    def asked(self, feed: Feed, mark: str, at: datetime) -> None:
        """Note that something that asks for an answer was sent, such as a ping, under a mark."""
        ...

    def answered(self, feed: Feed, mark: str, at: datetime) -> None:
        """Note that the other end answered it: proof that it hears us; "" for one that names no mark."""
        ...

    def up(self, feed: Feed, words: str, at: datetime) -> None:
        """Note that the connection stands, and to where."""
        ...

    def down(self, feed: Feed, words: str, at: datetime) -> None:
        """Note that the connection is gone, and why in words."""
        ...


class Leaving(Struct, frozen=True, gc=False):
    """A thing whose position may leave its holder, and its latest fix."""

    track: Track
    fix: Fix


class Outgoing(Protocol):
    """What may leave: own, consenting and released things alone, chosen by the node (LIM-08)."""

    async def leaving(self, after: int) -> tuple[int, tuple[Leaving, ...]]:
        """Give the latest fix of each thing that may leave and has moved since a cursor, and the next cursor.

        Begin with 0. What moved several times in between comes once.
        """
        ...


class Port(Protocol):
    """Reads, and where the link has that direction writes, for the life of a block."""

    def running(self, sink: Sink, outgoing: Outgoing) -> AbstractAsyncContextManager[None]:
        """Run; a connection that is lost is made again, later each time."""
        ...
