"""What waits to be sent to one device: bounded, positions by their newest, alarms and messages without loss.

A device that reads too slowly for what must reach it is not kept waiting for ever: there is no room, and
whoever fills the box ends the connection and says why.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Mapping
from itertools import islice
from typing import Final

MOST_BYTES: Final = 16 * 1024 * 1024
MOST_MOVING: Final = 100_000
CHUNK_BYTES: Final = 64 * 1024


class Outbox:
    """What one device is still to be sent."""

    def __init__(self, most_bytes: int = MOST_BYTES, most_moving: int = MOST_MOVING) -> None:
        self.filled = asyncio.Event()
        self.conflated = self.thinned = 0
        self._most_bytes, self._most_moving = most_bytes, most_moving
        self._must: deque[bytes] = deque()
        self._must_bytes = 0
        self._moving: dict[str, bytes] = {}

    @property
    def must_wait(self) -> bool:
        """Tell whether anything waits that must not be lost."""
        return bool(self._must)

    def say(self, event: bytes) -> bool:
        """Put in what must arrive, in order; False where there is no room for it."""
        if self._must_bytes + len(event) > self._most_bytes:
            return False
        self._must.append(event)
        self._must_bytes += len(event)
        self.filled.set()
        return True

    def move(self, uid: str, event: bytes) -> None:
        """Put in where a thing is, in place of where it was; beyond the bound the oldest gives way."""
        if uid in self._moving:
            self.conflated += 1
        elif len(self._moving) >= self._most_moving:
            self._moving.pop(next(iter(self._moving)))
            self.thinned += 1
        self._moving[uid] = event
        self.filled.set()

    def move_all(self, events: Mapping[str, bytes]) -> None:
        """Put in where many things are, as `move` does one after the other."""
        held = len(self._moving)
        if held + len(events) > self._most_moving:
            for uid, event in events.items():
                self.move(uid, event)
            return
        self._moving.update(events)
        self.conflated += held + len(events) - len(self._moving)
        if events:
            self.filled.set()

    def take(self) -> bytes:
        """Take out what goes next, about `CHUNK_BYTES` of it; what must arrive goes first."""
        taken: list[bytes] = []
        size = 0
        while self._must and size < CHUNK_BYTES:
            event = self._must.popleft()
            size += len(event)
            taken.append(event)
        self._must_bytes -= size
        if size < CHUNK_BYTES and self._moving:
            size += self._take_moving(taken, CHUNK_BYTES - size)
        if not self._must and not self._moving:
            self.filled.clear()
        return b"".join(taken)

    def _take_moving(self, taken: list[bytes], room: int) -> int:
        uids, size = [], 0
        for uid, event in islice(self._moving.items(), len(self._moving)):
            if size >= room:
                break
            uids.append(uid)
            taken.append(event)
            size += len(event)
        for uid in uids:
            del self._moving[uid]
        return size
