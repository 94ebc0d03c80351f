"""BaseStation lines to fixes: `MSG,…` of 22 fields; pure, and it never raises on what was sent.

A message has a position or a speed or a callsign, seldom two of them, so what was said last of an aircraft's
speed goes with its next position while it is fresh. The format says nothing of accuracy: it stays unknown.
"""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import Final, TypeVar

from msgspec import Struct
from msgspec.structs import replace

from keepclear.errors import KeepclearError, Malformed
from keepclear.geo.figures import Point
from keepclear.geo.heights import Altitude, Datum
from keepclear.links.feeds import Reading, Unread
from keepclear.model.feeds import Feed, standing_by
from keepclear.model.tracks import Fix, Standing, Track, TrackKind

MAX_LINE_BYTES: Final = 512
MAX_KNOWN: Final = 5_000
MAX_UNREAD: Final = 100
FRESH: Final = timedelta(seconds=10)
"""For how long a speed goes with positions that come after it."""
FOOT_M: Final = 0.3048
KNOT_MPS: Final = 1852.0 / 3600.0
FEET_A_MINUTE_MPS: Final = FOOT_M / 60.0
_HEX = re.compile(r"[0-9a-fA-F]{6}")
_DATE = re.compile(r"(\d{4})/(\d\d)/(\d\d)")
_CLOCK = re.compile(r"(\d\d):(\d\d):(\d\d)(\.\d{1,6})?")
_ZONE = re.compile(r"[+-]\d\d:\d\d")
_KINDS_OF_LINE: Final = frozenset(("MSG", "SEL", "ID", "AIR", "STA", "CLK"))


T = TypeVar("T")


class _Motion(Struct, frozen=True):
    at: datetime
    speed_mps: float | None = None
    course_deg: float | None = None
    climb_mps: float | None = None


class SbsCodec:
    """Reads one stream of lines, cut anywhere; `zone` is of the receiver's clock: no line states it."""

    def __init__(self, feed: Feed, zone: tzinfo = UTC) -> None:
        self._feed, self._zone = feed, zone
        self._held = b""
        self._offset = 0
        self._skipping = False
        self._motions: dict[str, _Motion] = {}
        self._tracks: dict[str, Track] = {}

    @property
    def held(self) -> int:
        """How many bytes of an unfinished line are held."""
        return len(self._held)

    def read(self, part: bytes, received_at: datetime) -> Reading:
        """Take the next bytes, cut anywhere, and give what they completed."""
        fixes: list[Fix] = []
        tracks: dict[str, Track] = {}
        unread: list[Unread] = []
        alive = False
        *lines, rest = (self._held + part).split(b"\n")
        for line in lines:
            at, self._offset = self._offset, self._offset + len(line) + 1
            if self._skipping:
                self._skipping = False
                continue
            try:
                found = self._line(line, received_at)
            except KeepclearError as error:
                unread.append(Unread(at, error.rule, f"{error}"[:200], error.field))
                continue
            alive |= found is not None
            if isinstance(found, Fix):
                fixes.append(found)
            elif isinstance(found, Track):
                tracks[found.id] = found
        if len(rest) > MAX_LINE_BYTES:
            if not self._skipping:
                unread.append(Unread(self._offset, "line-size", f"a line of {MAX_LINE_BYTES} bytes at most"))
            self._offset += len(rest)
            self._skipping, rest = True, b""
        self._held = rest
        few = unread[:MAX_UNREAD]
        if len(unread) > MAX_UNREAD:
            few.append(Unread(-1, "more", f"{len(unread) - MAX_UNREAD} more lines could not be read"))
        # A thing is described by its last callsign, which may have come before its first position.
        tracks |= {fix.track: self._track(fix.track) for fix in fixes}
        return Reading(tuple(fixes), tuple(tracks.values()), tuple(few), alive)

    def _line(self, line: bytes, received_at: datetime) -> Fix | Track | bool | None:
        """Read one line: a fix, what is known of an aircraft, True for anything else, None for nothing."""
        text = line.strip(b" \r\t\x00")
        if not text:
            return None
        if len(text) > MAX_LINE_BYTES:
            raise _malformed("a line that does not end", "line-size", f"at most {MAX_LINE_BYTES} bytes")
        try:
            fields = text.decode("ascii").split(",")
        except UnicodeDecodeError:
            raise _malformed("a line that is no ASCII", "sbs-line", "a line of ASCII") from None
        if fields[0] not in _KINDS_OF_LINE:
            raise _malformed(
                f'a line of the kind "{fields[0][:20]}"', "sbs-line", "MSG and 21 further fields"
            )
        if fields[0] != "MSG":
            return True
        if len(fields) != 22:
            raise _malformed(f"a message of {len(fields)} fields", "sbs-line", "MSG and 21 further fields")
        identity = fields[4].strip()
        if _HEX.fullmatch(identity) is None:
            raise _malformed(f'the address "{identity[:20]}"', "aircraft-address", "six hexadecimal digits")
        return self._message(identity.lower(), fields, received_at)

    def _message(self, identity: str, fields: list[str], received_at: datetime) -> Fix | Track | bool:
        at = self._instant(fields, received_at)
        motion = _Motion(
            at,
            _number(fields[12], KNOT_MPS, 0.0, 20_000.0),
            _number(fields[13], 1.0, 0.0, 360.0),
            _number(fields[16], FEET_A_MINUTE_MPS, -20_000.0, 20_000.0),
        )
        if motion.speed_mps is not None or motion.course_deg is not None:
            _bounded(self._motions)[identity] = motion
        if callsign := fields[10].strip():
            _bounded(self._tracks)[identity] = replace(self._track(identity), callsign=callsign[:80])
            if not fields[14]:
                return self._tracks[identity]
        if not fields[14] or not fields[15]:
            return True
        lat, lon = _number(fields[14], 1.0, -90.0, 90.0), _number(fields[15], 1.0, -180.0, 180.0)
        if lat is None or lon is None:
            raise _malformed("a place that lies on no map", "coordinate-range", "degrees", "lat,lon")
        known = self._motions.get(identity, motion)
        known = known if timedelta() <= at - known.at <= FRESH else motion
        return Fix(
            identity, self._feed.name, at, received_at, Point(lon, lat), None, _height(fields), None,
            known.speed_mps, known.course_deg, known.climb_mps,
        )  # fmt: skip

    def _instant(self, fields: list[str], received_at: datetime) -> datetime:
        """Give when the message was made; where it does not say, when it came."""
        date, clock = fields[6].strip(), fields[7].strip()
        if not date and not clock:
            return received_at
        day, hour = _DATE.fullmatch(date), _CLOCK.fullmatch(clock)
        if day is None or hour is None:
            raise _malformed(f'the time "{date[:12]} {clock[:16]}"', "sbs-instant", "2026/03/01,06:00:00.000")
        try:
            whole = datetime.fromisoformat(f"{'-'.join(day.groups())}T{clock}").replace(tzinfo=self._zone)
            return whole.astimezone(UTC)
        except (ValueError, OverflowError):
            asks = "an instant of the calendar"
            raise _malformed(f'the time "{date} {clock}"', "sbs-instant", asks) from None

    def _track(self, identity: str) -> Track:
        known = self._tracks.get(identity)
        if known is not None:
            return known
        standing = standing_by(self._feed, None)
        whose = self._feed.party if standing is Standing.OWN else None
        return Track(identity, self._feed.name, TrackKind.UNKNOWN, "", whose, standing, self._feed.invented)


def _height(fields: list[str]) -> Altitude | None:
    if fields[21].strip() in ("-1", "1"):
        return Altitude(0.0, Datum.AGL)
    value = _number(fields[11], FOOT_M, -12_000.0, 100_000.0)
    return None if value is None else Altitude(value, Datum.STD)


def _bounded(known: dict[str, T]) -> dict[str, T]:
    while len(known) >= MAX_KNOWN:
        known.pop(next(iter(known)))
    return known


def _number(given: str, unit: float, low: float, high: float) -> float | None:
    """Read a number in a unit; None where there is none, or none that makes sense."""
    if not given or len(given) > 24 or "_" in given:
        return None
    try:
        value = float(given) * unit
    except ValueError:
        return None
    return value if math.isfinite(value) and low <= value <= high else None


def _malformed(what: str, rule: str, passes: str, field: str = "") -> Malformed:
    return Malformed(what, rule, passes, field)


def zone_of(given: str) -> tzinfo:
    """Read the zone of a receiver's clock, as +03:00; UTC where it is not said.

    Raises:
        Malformed: it is none.
    """
    if not given:
        return UTC
    if _ZONE.fullmatch(given) is None or not int(given[1:3]) <= 14 or not int(given[4:]) < 60:
        raise Malformed(f'the zone "{given[:20]}"', "feed-zone", "as +03:00", "zone")
    ahead = timedelta(hours=int(given[1:3]), minutes=int(given[4:]))
    return timezone(-ahead if given[0] == "-" else ahead)
