"""The feeds of a node's parties, in one file that only its owner can read: an address may hold a secret."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

import msgspec

from keepclear.errors import NotKnown, Refused, StoreFault
from keepclear.model.feeds import Feed
from keepclear.model.words import PartyId

MAX_FEEDS: Final = 100
_ASKS: Final = "a name of: keepclear feeds list"


class FeedBook:
    """The feeds of a node. What is changed in the file counts at once, without a restart."""

    def __init__(self, path: Path | None, feeds: tuple[Feed, ...] = ()) -> None:
        self._path = path
        self._read_at: tuple[int, int] | None = None
        self._feeds = feeds

    def feeds(self, party: PartyId | None = None) -> tuple[Feed, ...]:
        """Give the feeds of one party or of all, by name.

        Raises:
            StoreFault: the file cannot be read, or others than its owner may read it.
        """
        if self._path is not None:
            self._look(self._path)
        return tuple(feed for feed in self._feeds if party in (None, feed.party))

    def _look(self, path: Path) -> None:
        try:
            found = path.stat()
        except FileNotFoundError:
            self._read_at, self._feeds = None, ()
            return
        if found.st_mode & 0o077:
            raise StoreFault(f"the file of feeds {path} is open to others", "feeds-file", f"chmod 600 {path}")
        stamp = (found.st_mtime_ns, found.st_size)
        if stamp == self._read_at:
            return
        try:
            self._feeds = msgspec.json.decode(path.read_bytes(), type=tuple[Feed, ...])
        except (OSError, msgspec.DecodeError) as error:
            asks = "the file as it was made"
            raise StoreFault(f"the file of feeds {path} cannot be read", "feeds-file", asks) from error
        self._read_at = stamp

    def named(self, party: PartyId, name: str) -> Feed:
        """Give a party's feed by its name.

        Raises:
            NotKnown: it has none of this name.
        """
        for feed in self.feeds(party):
            if feed.name == name:
                return feed
        raise NotKnown(f'the feed "{name[:40]}" of {party}', "feed", _ASKS, "feed")

    def add(self, feed: Feed) -> None:
        """Add a feed.

        Raises:
            Malformed: a value is not as documented.
            Refused: the party has one of this name, or there are too many.
        """
        checked = msgspec.json.decode(msgspec.json.encode(feed), type=Feed)
        feeds = self.feeds()
        if (
            any((each.party, each.name) == (feed.party, feed.name) for each in feeds)
            or len(feeds) >= MAX_FEEDS
        ):
            raise Refused(
                f'the feed "{feed.name}" again', "feed-once", "a new name; or remove that one first"
            )
        self._save(tuple(sorted((*feeds, checked), key=lambda each: (each.party, each.name))))

    def remove(self, party: PartyId, name: str) -> None:
        """Take a feed out; what it has brought stays until its time.

        Raises:
            NotKnown: there is none of this name.
        """
        gone = self.named(party, name)
        self._save(tuple(each for each in self.feeds() if each is not gone))

    def _save(self, feeds: tuple[Feed, ...]) -> None:
        if self._path is None:
            self._feeds = feeds
            return
        fresh = self._path.with_name(f"{self._path.name}.new")
        try:
            fresh.unlink(missing_ok=True)
            handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "wb") as file:
                file.write(msgspec.json.format(msgspec.json.encode(feeds), indent=1))
            fresh.replace(self._path)
        except OSError as error:
            asks = "a folder that can be written"
            raise StoreFault(f"writing the file of feeds: {error}", "feeds-file", asks) from error
