"""Cursor on Target to fixes: bytes of a stream, cut anywhere, to what the seam of feeds takes; pure.

The affiliation in an event's type is relative to whoever looks, so it is kept nowhere. What counts as own is
the feed's word; an event can only say less: what was put on the map by hand, or what its sender itself does
not count to its own side, is somebody else's (LIM-08).
"""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime
from functools import lru_cache
from typing import Final

from msgspec import Struct

from keepclear.errors import KeepclearError
from keepclear.geo.figures import Point
from keepclear.geo.heights import Altitude, Datum
from keepclear.links.cot.framing import Cutter
from keepclear.links.cot.reading import Event, read_events
from keepclear.links.feeds import Reading, Unread
from keepclear.model.feeds import Feed, standing_by
from keepclear.model.tracks import Fix, Standing, Track, TrackKind

UNKNOWN_M: Final = 999_999.0
"""From here on a value means "unknown": 9999999 in XML, 999999 in other forms of the same events."""

CE_TO_95: Final = 2.4477
LE_TO_95: Final = 1.96
"""Events state one standard deviation (MITRE, CoT Event schema 2.0); a fix has the radius of 95 in 100."""

PING, PONG = "t-x-c-t", "t-x-c-t-r"
OURS: Final = "keepclear."
"""How the names of what this node sends begin; what comes back with one is an echo."""

MAX_UNREAD: Final = 100
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)")
_CONTROL = re.compile(r"[\x00-\x1f\x7f\u2028\u2029]")
_ITS_OWN: Final = frozenset("fan")


class Taken(Struct, frozen=True):
    """What some bytes of a stream held: the reading for the node, and what the session must answer."""

    reading: Reading
    pings: int = 0
    pongs: tuple[str, ...] = ()
    names: tuple[str, ...] = ()


class CotCodec:
    """Reads one connection of a feed from its beginning."""

    def __init__(self, feed: Feed) -> None:
        self.feed = feed
        self._cutter = Cutter()
        self._known: dict[str, tuple[str, str, str]] = {}

    @property
    def held(self) -> int:
        """How many bytes of an unfinished event are held."""
        return self._cutter.held

    def read(self, part: bytes, received_at: datetime) -> Reading:
        """Take the next bytes, cut anywhere, and give what they completed."""
        return self.take(part, received_at).reading

    def take(self, part: bytes, received_at: datetime) -> Taken:
        """Take the next bytes; give what they completed, with what the session answers to."""
        pieces, unread = self._cutter.take(part, received_at)
        fixes: list[Fix] = []
        tracks: dict[str, Track] = {}
        pongs: list[str] = []
        pings, alive = 0, False
        for (at, _), (event, wrong) in zip(pieces, read_events(pieces), strict=True):
            if wrong is not None:
                unread.append(wrong)
            if event is None:
                continue
            alive = True
            if event.type == PING:
                pings += 1
            elif event.type == PONG:
                pongs.append(event.uid[:120])
            elif event.type.startswith("a-") and not is_echo(event):
                made = fix_of_event(event, self.feed, received_at, at)
                if isinstance(made, Fix):
                    fixes.append(made)
                    self._note(tracks, event)
                elif made is not None:
                    unread.append(made)
        reading = Reading(tuple(fixes), tuple(tracks.values()), _few(unread), alive)
        return Taken(reading, pings, tuple(pongs), tuple(fix.track for fix in fixes))

    def _note(self, tracks: dict[str, Track], event: Event) -> None:
        """Say of a thing what is new of it on this connection."""
        said = (event.type, event.how, event.callsign)
        if self._known.get(event.uid) == said:
            return
        if len(self._known) >= _MOST_KNOWN:
            self._known.clear()  # said again is no harm
        self._known[event.uid] = said
        tracks[event.uid] = track_of_event(event, self.feed)


_MOST_KNOWN: Final = 20_000


def is_echo(event: Event) -> bool:
    """Tell whether an event is one that this node has sent out, come back."""
    return event.uid.startswith(OURS) or any(tag.startswith(OURS) for tag in event.flowed)


def fix_of_event(event: Event, feed: Feed, received_at: datetime, at: int) -> Fix | Unread | None:
    """Give the fix that an event states; None where it says that it has none, and why where it cannot be.

    A device without a fix sends longitude and latitude 0 with unknown accuracy: that is no place.
    """
    if not 0 < len(event.uid) <= 120 or _CONTROL.search(event.uid):
        return Unread(at, "event-uid", "a uid of 1 to 120 characters", "uid")
    when = instant(event.time)
    if when is None:
        return Unread(at, "event-instant", "an instant as 2026-03-01T06:00:00Z, with any fraction", "time")
    lon, lat = _number(event.lon), _number(event.lat)
    accuracy = known_m(event.ce)
    if lon == 0.0 and lat == 0.0 and accuracy is None:
        return None
    try:
        place = Point(lon, lat)
    except KeepclearError as error:
        return Unread(at, error.rule, f"{error}"[:200], "point")
    speed, course = _number(event.speed), _number(event.course)
    height_accuracy = known_m(event.le)
    return Fix(
        event.uid, feed.name, when, received_at, place,
        None if accuracy is None else accuracy * CE_TO_95, _height(event.hae),
        None if height_accuracy is None else height_accuracy * LE_TO_95,
        speed if 0.0 <= speed <= 20_000.0 else None, course if 0.0 <= course <= 360.0 else None,
    )  # fmt: skip


def track_of_event(event: Event, feed: Feed) -> Track:
    """Give what an event says of its thing; each says its standing, and whose it is the feed alone says."""
    says_less = event.how.startswith("h") or event.type[2:3] not in _ITS_OWN
    standing = standing_by(feed, Standing.OTHER if says_less else None)
    whose = feed.party if standing is Standing.OWN else None
    callsign = _CONTROL.sub(" ", event.callsign)[:80].strip()
    kind = kind_of(event.type)
    return Track(event.uid, feed.name, kind, callsign, whose, standing, feed.invented, standing_said=True)


@lru_cache(maxsize=1_024)  # there are few types, and each event has one
def kind_of(type_: str) -> TrackKind:
    """Give the kind of thing that a type names: its dimension and function, never its affiliation.

    A unit on the ground may be on foot or mounted, so it stays unknown.
    """
    parts = type_.split("-")
    dimension = parts[2] if len(parts) > 2 else ""
    if dimension in ("S", "U"):
        return TrackKind.VESSEL
    if dimension == "A":
        function = parts[3:]
        if "Q" in function:
            return TrackKind.DRONE
        if function[1:2] == ["H"]:
            return TrackKind.HELICOPTER
        return TrackKind.AEROPLANE if function[1:2] == ["F"] else TrackKind.UNKNOWN
    return TrackKind.VEHICLE if parts[2:5] == ["G", "E", "V"] else TrackKind.UNKNOWN


def instant(given: str) -> datetime | None:
    """Read a time of an event, with any number of digits after the second; None where it is none."""
    if len(given) > 40 or _TIME.fullmatch(given) is None:
        return None
    try:
        at = datetime.fromisoformat(given)
        at = at if at.tzinfo is UTC else at.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return at if 1970 <= at.year <= 2200 else None


@lru_cache(maxsize=4_096)  # devices say the same few errors again and again
def known_m(given: str) -> float | None:
    """Read an error in metres: what is unknown, zero or senseless is None, never zero."""
    value = _number(given)
    return value if 0.0 < value < UNKNOWN_M else None


def _height(given: str) -> Altitude | None:
    value = _number(given)
    return Altitude(value, Datum.WGS84) if -12_000.0 <= value <= 100_000.0 else None


def _number(given: str) -> float:
    """Read a number; NaN where it is none, which no range lets pass."""
    if not given or len(given) > 40 or "_" in given:
        return math.nan
    try:
        return float(given)
    except ValueError:
        return math.nan


def _few(unread: list[Unread]) -> tuple[Unread, ...]:
    if len(unread) <= MAX_UNREAD:
        return tuple(unread)
    more = Unread(-1, "more", f"{len(unread) - MAX_UNREAD} more events could not be read")
    return (*unread[:MAX_UNREAD], more)
