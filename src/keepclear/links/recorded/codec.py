"""Recorded flights to fixes; pure. Rows without a place or a time are counted, never filled."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, Final

import msgspec
from msgspec import Struct

from keepclear.errors import KeepclearError, Malformed
from keepclear.geo.figures import Point
from keepclear.geo.heights import Altitude, Datum
from keepclear.links.feeds import Reading, Unread
from keepclear.model.feeds import Feed
from keepclear.model.tracks import Fix, Track, TrackKind

MAX_BYTES: Final = 256 * 1024 * 1024
FOOT_M, KNOT_MPS, FOOT_A_MINUTE_MPS = 0.3048, 1_852.0 / 3_600.0, 0.3048 / 60.0
_ASKS: Final = "a .json.gz of data/samples of the traffic package: rows or columns of JSON"


class Row(Struct, frozen=True, gc=False):
    """A row of a recording in its own units: milliseconds, degrees, feet, knots, feet a minute."""

    timestamp: float | None = None
    icao24: str | None = None
    latitude: float | None = None
    longitude: float | None = None
    callsign: str | None = None
    altitude: float | None = None
    geoaltitude: float | None = None
    groundspeed: float | None = None
    track: float | None = None
    vertical_rate: float | None = None


_ROWS = msgspec.json.Decoder(list[Row])
_COLUMNS = msgspec.json.Decoder(dict[str, dict[str, Any]])


def read(body: bytes, feed: Feed, kind: TrackKind = TrackKind.AEROPLANE) -> Reading:
    """Read a recording, whole, in the order of its times.

    Raises:
        Malformed: it is no such file, or larger than a recording may be.
    """
    rows = sorted(_rows(_unpacked(body)), key=lambda row: row.timestamp or 0.0)
    fixes: list[Fix] = []
    tracks: dict[str, Track] = {}
    without = 0
    for row in rows:
        fix = _fix(row, feed)
        if fix is None:
            without += 1
            continue
        fixes.append(fix)
        known = tracks.get(fix.track)
        if known is None or (row.callsign and not known.callsign):
            tracks[fix.track] = Track(
                fix.track,
                feed.name,
                kind,
                (row.callsign or "").strip()[:80],
                None,
                feed.standing,
                feed.invented,
            )
    unread = (Unread(0, "no-position", f"{without} rows without a place or a time"),) if without else ()
    return Reading(tuple(fixes), tuple(tracks.values()), unread, alive=True)


def _unpacked(body: bytes) -> bytes:
    if not body.startswith(b"\x1f\x8b"):
        return body
    try:
        opened = zlib.decompressobj(wbits=31)
        whole = opened.decompress(body, MAX_BYTES)
    except zlib.error as error:
        raise Malformed(f"a recording that is no gzip: {error}", "recording", _ASKS) from error
    if opened.unconsumed_tail:
        raise Malformed(f"a recording of more than {MAX_BYTES} bytes", "size", "a shorter recording")
    return whole


def _rows(body: bytes) -> Iterator[Row]:
    try:
        if body[:1] == b"[":
            yield from _ROWS.decode(body)
            return
        columns = _COLUMNS.decode(body)
        names = [name for name in Row.__struct_fields__ if name in columns]
        for key in columns.get("timestamp", {}):
            yield msgspec.convert({name: columns[name].get(key) for name in names}, Row)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Malformed(f"a recording that cannot be read: {error}", "recording", _ASKS) from error


def _fix(row: Row, feed: Feed) -> Fix | None:
    if row.timestamp is None or row.latitude is None or row.longitude is None or not row.icao24:
        return None
    try:
        at = datetime.fromtimestamp(row.timestamp / 1e3, UTC)
        place = Point(row.longitude, row.latitude)
        height = _height(row)
    except (KeepclearError, ValueError, OverflowError, OSError):
        return None
    return Fix(
        row.icao24, feed.name, at, at, place, None, height, None, _scaled(row.groundspeed, KNOT_MPS),
        None if row.track is None else row.track % 360.0, _scaled(row.vertical_rate, FOOT_A_MINUTE_MPS),
    )  # fmt: skip


def _height(row: Row) -> Altitude | None:
    if row.altitude is not None:
        return Altitude(row.altitude * FOOT_M, Datum.STD)
    return None if row.geoaltitude is None else Altitude(row.geoaltitude * FOOT_M, Datum.WGS84)


def _scaled(value: float | None, by: float) -> float | None:
    return None if value is None else value * by
