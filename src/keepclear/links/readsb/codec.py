"""`aircraft.json` and lines of JSON of readsb and dump1090 to fixes; pure, and it never raises on input.

Feet become metres with their datum: geometric height is above the WGS 84 ellipsoid, pressure altitude is on
the standard setting. Quality becomes an accuracy that holds 95 times in 100, and is unknown where not said.
"""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import msgspec
from msgspec import Struct

from keepclear.errors import KeepclearError
from keepclear.geo.figures import Point
from keepclear.geo.heights import Altitude, Datum
from keepclear.links.feeds import Reading, Unread
from keepclear.model.feeds import Feed, standing_by
from keepclear.model.tracks import Fix, Standing, Track, TrackKind

MAX_LINE_BYTES: Final = 64 * 1024
MAX_AIRCRAFT: Final = 20_000
MAX_UNREAD: Final = 100
FOOT_M: Final = 0.3048
KNOT_MPS: Final = 1852.0 / 3600.0
FEET_A_MINUTE_MPS: Final = FOOT_M / 60.0
NACP_M: Final[dict[int, float]] = {
    1: 18_520.0, 2: 7_408.0, 3: 3_704.0, 4: 1_852.0, 5: 926.0, 6: 555.6, 7: 185.2, 8: 92.6, 9: 30.0,
    10: 10.0, 11: 3.0,
}  # fmt: skip
"""Estimated position uncertainty, 95 %, by NACp (DO-260B); 0 is unknown."""
NIC_M: Final[dict[int, float]] = {
    1: 37_040.0, 2: 14_816.0, 3: 7_408.0, 4: 3_704.0, 5: 1_852.0, 6: 1_111.2, 7: 370.4, 8: 185.2, 9: 75.0,
    10: 25.0, 11: 7.5,
}  # fmt: skip
"""Containment radius by NIC, the widest of each (DO-260B): it holds far more often than 95 times in 100."""
GVA_M: Final = {1: 150.0, 2: 45.0}
"""Vertical figure of merit, 95 %, of the geometric height (DO-260B)."""
_KINDS: Final[dict[str, TrackKind]] = {
    **dict.fromkeys(("A1", "A2", "A3", "A4", "A5", "A6", "B1", "B4"), TrackKind.AEROPLANE),
    "A7": TrackKind.HELICOPTER,
    "B6": TrackKind.DRONE,
    "C1": TrackKind.VEHICLE,
    "C2": TrackKind.VEHICLE,
}
_HEX = re.compile(r"~?[0-9a-fA-F]{6}")


class Aircraft(Struct, frozen=True, gc=False):
    """The fields that are read of an aircraft; the many others are passed over."""

    hex: str
    flight: str | None = None
    lat: float | None = None
    lon: float | None = None
    alt_baro: float | str | None = None
    altitude: float | str | None = None  # as older dump1090 names it
    alt_geom: float | None = None
    gs: float | None = None
    speed: float | None = None  # as older dump1090 names it
    track: float | None = None
    baro_rate: float | None = None
    geom_rate: float | None = None
    nic: int | None = None
    rc: float | None = None
    nac_p: int | None = None
    gva: int | None = None
    seen_pos: float | None = None
    category: str | None = None
    now: float | None = None


class _Document(Struct, frozen=True):
    aircraft: list[msgspec.Raw]
    now: float | None = None


_DOCUMENT = msgspec.json.Decoder(_Document, strict=False)
_AIRCRAFT = msgspec.json.Decoder(Aircraft, strict=False)
_WRONG = (msgspec.DecodeError, KeepclearError, UnicodeDecodeError, RecursionError, OverflowError, ValueError)


def read_document(body: bytes, feed: Feed, received_at: datetime) -> Reading:
    """Read a whole `aircraft.json`: one bad aircraft takes none of its neighbours with it."""
    try:
        document = _DOCUMENT.decode(body)
        made_at = _instant(document.now, received_at)
    except _WRONG as error:
        return Reading(unread=(Unread(0, "readsb-json", f"an aircraft.json: {error}"[:200]),))
    made = _Made(feed, received_at)
    for number, raw in enumerate(document.aircraft[:MAX_AIRCRAFT]):
        made.read(number, bytes(raw), made_at)
    if len(document.aircraft) > MAX_AIRCRAFT:
        made.unread.append(Unread(MAX_AIRCRAFT, "batch-size", f"at most {MAX_AIRCRAFT:,} aircraft"))
    return made.reading(alive=True)


class LineCodec:
    """Reads a stream of aircraft, one JSON object in a line, cut anywhere."""

    def __init__(self, feed: Feed) -> None:
        self._feed = feed
        self._held = bytearray()
        self._skipping = False
        self._offset = 0

    @property
    def held(self) -> int:
        """How many bytes of an unfinished line are held."""
        return len(self._held)

    def read(self, part: bytes, received_at: datetime) -> Reading:
        """Take the next bytes, cut anywhere, and give what they completed."""
        made = _Made(self._feed, received_at)
        alive = False
        *lines, rest = (bytes(self._held) + part).split(b"\n")
        for line in lines:
            at, self._offset = self._offset, self._offset + len(line) + 1
            if self._skipping:
                self._skipping = False
            elif len(line) > MAX_LINE_BYTES:
                made.unread.append(_too_long(at))
            elif line.strip():
                alive |= made.read(at, line, received_at)
        if len(rest) > MAX_LINE_BYTES:
            if not self._skipping:
                made.unread.append(_too_long(self._offset))
            self._skipping = True
            self._offset += len(rest)
            rest = b""
        self._held = bytearray(rest)
        return made.reading(alive=alive)


def _too_long(at: int) -> Unread:
    return Unread(at, "line-size", f"a line of at most {MAX_LINE_BYTES:,} bytes")


class _Made:
    """What is made of one batch."""

    def __init__(self, feed: Feed, received_at: datetime) -> None:
        self._feed, self._received_at = feed, received_at
        self._fixes: list[Fix] = []
        self._tracks: dict[str, Track] = {}
        self.unread: list[Unread] = []

    def read(self, at: int, raw: bytes, made_at: datetime) -> bool:
        """Read one aircraft; tell whether it could be read."""
        try:
            aircraft = _AIRCRAFT.decode(raw)
            if _HEX.fullmatch(aircraft.hex) is None:
                self.unread.append(Unread(at, "aircraft-address", "six hexadecimal digits", "hex"))
                return False
            if aircraft.now is not None:
                made_at = _instant(aircraft.now, made_at)
            fix = fix_of(aircraft, self._feed, made_at, self._received_at)
        except _WRONG as error:
            self.unread.append(Unread(at, "readsb-json", f"an aircraft: {error}"[:200]))
            return False
        if fix is not None:
            self._fixes.append(fix)
            self._tracks[fix.track] = track_of(aircraft, self._feed)
        return True

    def reading(self, *, alive: bool) -> Reading:
        """Give the batch."""
        few = self.unread[:MAX_UNREAD]
        if len(self.unread) > MAX_UNREAD:
            few.append(Unread(-1, "more", f"{len(self.unread) - MAX_UNREAD} more could not be read"))
        return Reading(tuple(self._fixes), tuple(self._tracks.values()), tuple(few), alive)


def fix_of(aircraft: Aircraft, feed: Feed, made_at: datetime, received_at: datetime) -> Fix | None:
    """Give where an aircraft was when its position was last heard; None where it has none.

    Raises:
        KeepclearError: the position lies on no map.
        OverflowError: its age is out of all reason.
    """
    if aircraft.lat is None or aircraft.lon is None:
        return None
    age_s = aircraft.seen_pos or 0.0
    if not 0.0 <= age_s <= 86_400.0:
        raise OverflowError(f"a position of an age of {age_s} s")
    height, height_accuracy = height_of(aircraft)
    return Fix(
        aircraft.hex.lower(), feed.name, made_at - timedelta(seconds=age_s), received_at,
        Point(aircraft.lon, aircraft.lat), accuracy_m(aircraft), height, height_accuracy,
        _within(_first(aircraft.gs, aircraft.speed), KNOT_MPS, 0.0, 20_000.0),
        _within(aircraft.track, 1.0, 0.0, 360.0),
        _within(_first(aircraft.geom_rate, aircraft.baro_rate), FEET_A_MINUTE_MPS, -20_000.0, 20_000.0),
    )  # fmt: skip


def accuracy_m(aircraft: Aircraft) -> float | None:
    """Give within which an aircraft lies 95 times in 100: NACp, else its containment, else unknown."""
    if aircraft.nac_p in NACP_M:
        return NACP_M[aircraft.nac_p]
    if aircraft.rc is not None and 0.0 < aircraft.rc <= 50_000.0:
        return aircraft.rc
    return None if aircraft.nic is None else NIC_M.get(aircraft.nic)


def height_of(aircraft: Aircraft) -> tuple[Altitude | None, float | None]:
    """Give the height with its datum and its accuracy: geometric where it is known, else by pressure."""
    said = _first(aircraft.alt_baro, aircraft.altitude)
    if said == "ground":
        return Altitude(0.0, Datum.AGL), None
    geometric = _within(aircraft.alt_geom, FOOT_M, -12_000.0, 100_000.0)
    if geometric is not None:
        return Altitude(geometric, Datum.WGS84), None if aircraft.gva is None else GVA_M.get(aircraft.gva)
    pressure = _within(said if isinstance(said, float) else None, FOOT_M, -12_000.0, 100_000.0)
    return (None if pressure is None else Altitude(pressure, Datum.STD)), None


def track_of(aircraft: Aircraft, feed: Feed) -> Track:
    """Give what is known of an aircraft; whose it is comes from the feed alone."""
    flight = "".join(each for each in aircraft.flight or "" if each.isprintable()).strip()[:80]
    standing = standing_by(feed, None)
    whose = feed.party if standing is Standing.OWN else None
    kind = _KINDS.get(aircraft.category or "", TrackKind.UNKNOWN)
    return Track(aircraft.hex.lower(), feed.name, kind, flight, whose, standing, feed.invented)


def _first(first: Any, second: Any) -> Any:  # noqa: ANN401 - a number or a word
    return second if first is None else first


def _within(value: float | None, unit: float, low: float, high: float) -> float | None:
    if value is None or not math.isfinite(value) or not low <= value * unit <= high:
        return None
    return value * unit


def _instant(seconds: float | None, otherwise: datetime) -> datetime:
    """Give an instant of seconds since 1970.

    Raises:
        ValueError: it is none of this age of the world.
    """
    if seconds is None:
        return otherwise
    if not 0.0 <= seconds <= 7_258_118_400.0:
        raise ValueError(f"now: {seconds} seconds since 1970")
    return datetime.fromtimestamp(seconds, UTC)
