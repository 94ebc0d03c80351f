"""Events cut out of a stream byte by byte: at `</event>`, wherever reads fall, with a bound on what is held.

A stream is events back to back; an XML declaration and any white space may stand before each. An event that
does not end is dropped when it is too long or too old, and the stream goes on after its end.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Final

from keepclear.links.feeds import Unread

MAX_EVENT_BYTES: Final = 64 * 1024
SLOWEST: Final = timedelta(seconds=30)
"""How long an event may take to come whole."""

_END = re.compile(rb"</event[ \t\r\n]{0,16}>")
_LONGEST_END: Final = len(b"</event>") + 16
_BLANK: Final = b" \t\r\n\x00\xef\xbb\xbf"


class Cutter:
    """Cuts one stream; holds `MAX_EVENT_BYTES` of it at most."""

    def __init__(self) -> None:
        self._held = bytearray()
        self._looked = 0
        self._skipping = False
        self._offset = 0  # of the first held byte in the stream
        self._begun_at: datetime | None = None

    @property
    def held(self) -> int:
        """How many bytes of an unfinished event are held."""
        return len(self._held)

    def take(self, part: bytes, at: datetime) -> tuple[list[tuple[int, bytes]], list[Unread]]:
        """Take the next bytes; give what events they complete, with offsets, and what was dropped."""
        whole: list[tuple[int, bytes]] = []
        dropped: list[Unread] = []
        # Bounded pieces, so that a huge read is never held twice.
        for start in range(0, len(part), MAX_EVENT_BYTES):
            self._held += part[start : start + MAX_EVENT_BYTES]
            self._cut(whole, dropped, at)
        return whole, dropped

    def _cut(self, whole: list[tuple[int, bytes]], dropped: list[Unread], at: datetime) -> None:
        held, start = self._held, 0
        looked = self._looked
        while (found := _END.search(held, looked)) is not None:
            end = found.end()
            if self._skipping:
                self._skipping = False
            elif end - start > MAX_EVENT_BYTES:
                dropped.append(_too_long(self._offset + start))
            else:
                whole.append((self._offset + start, bytes(held[start:end])))
            start = looked = end
            self._begun_at = None
        del held[:start]
        self._offset += start
        self._looked = max(0, len(held) - _LONGEST_END)
        self._bound(dropped, at)

    def _bound(self, dropped: list[Unread], at: datetime) -> None:
        held = self._held
        if not self._skipping and not held.strip(_BLANK):
            self._forget(len(held))
            self._begun_at = None
            return
        if self._begun_at is None:
            self._begun_at = at
        late = at - self._begun_at > SLOWEST
        if not self._skipping and (len(held) > MAX_EVENT_BYTES or late):
            dropped.append(_too_slow(self._offset) if late else _too_long(self._offset))
            self._skipping = True
        if self._skipping:
            self._forget(max(0, len(held) - _LONGEST_END))

    def _forget(self, count: int) -> None:
        del self._held[:count]
        self._offset += count
        self._looked = max(0, len(self._held) - _LONGEST_END)


def _too_long(at: int) -> Unread:
    return Unread(at, "event-size", f"an event of at most {MAX_EVENT_BYTES:,} bytes, ended by </event>")


def _too_slow(at: int) -> Unread:
    return Unread(at, "event-time", f"an event that comes whole within {SLOWEST.seconds} seconds")
