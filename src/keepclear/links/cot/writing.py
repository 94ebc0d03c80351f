"""What a device is shown, written as events: own positions, measures as shapes, alarms at their measure.

Bytes for one event each, without an XML declaration, ended by a line break. Nothing is coloured by party.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, Final
from xml.sax.saxutils import quoteattr

from keepclear.geo.figures import Circle, Path, Point, Polygon, Ring, Spot
from keepclear.geo.heights import Altitude, Datum
from keepclear.geo.shapes import outline
from keepclear.links.cot.codec import CE_TO_95, LE_TO_95, OURS, PING, PONG
from keepclear.links.cot.reading import FLOW_TAGS
from keepclear.links.feeds import Leaving
from keepclear.links.showing import Drawn, Raised
from keepclear.model.tracks import Fix, Track, TrackKind

SHOWN_FOR: Final = timedelta(minutes=30)
"""For how long a device may show a measure that it is not told of again."""
RAISED_FOR: Final = timedelta(minutes=3)
MOVING_FOR: Final = timedelta(minutes=5)
_TO_THE_MINUTE: Final = len("2026-03-01T06:00:")
_PLAIN = re.compile(r"[A-Za-z0-9 ._:,/#@()-]*")
NO_PLACE: Final = '<point lat="0" lon="0" hae="9999999.0" ce="9999999.0" le="9999999.0"/>'
_INK: Final = -14_000_016  # a dark grey blue, for everybody's measures alike
_WASH: Final = 438_984_848
_STROKES: Final = {"operative": "solid", "declared": "dashed"}
_TYPES: Final[dict[TrackKind, str]] = {
    TrackKind.AEROPLANE: "a-n-A-C-F",
    TrackKind.HELICOPTER: "a-n-A-C-H",
    TrackKind.DRONE: "a-n-A-M-F-Q",
    TrackKind.VESSEL: "a-n-S",
    TrackKind.VEHICLE: "a-n-G-E-V",
    TrackKind.CONVOY: "a-n-G-E-V",
    TrackKind.PERSONS: "a-n-G-U",
    TrackKind.UNKNOWN: "a-n-G",
}


def stamp(at: datetime) -> str:
    """Give an instant as events have it, in UTC to the millisecond."""
    there = at if at.tzinfo is UTC else at.astimezone(UTC)
    return f"{there.isoformat(timespec='milliseconds')[:-6]}Z"


def _event(uid: str, type_: str, how: str, made: str, stale: str, rest: str) -> bytes:
    return (
        f'<event version="2.0" uid={_quoted(uid)} type="{type_}" how="{how}" time="{made}" start="{made}" '
        f'stale="{stale}">{rest}</event>\n'
    ).encode()


def _quoted(words: str) -> str:
    """Quote a value; what XML cannot hold at all becomes a space."""
    if _PLAIN.fullmatch(words):
        return f'"{words}"'
    if not words.isprintable():
        words = "".join(each if each.isprintable() else " " for each in words)
    return quoteattr(words)


def _flow(node: str, made: str) -> str:
    return f'<{FLOW_TAGS} {OURS}{node}="{made}"/>'


def uid_of(track: Track, feed: str) -> str:
    """Give the name under which a thing is sent at a feed: its own there, marked as ours anywhere else."""
    return track.id if track.source == feed else f"{OURS}{track.source}.{track.id}"


def position(leaving: Leaving, feed: str, node: str) -> bytes:
    """Write where one's own or a consenting thing is; `time` stays that of its fix."""
    track, fix = leaving.track, leaving.fix
    made = stamp(fix.at)
    stale = f"{_moving_until(made[:_TO_THE_MINUTE])}{made[_TO_THE_MINUTE:]}"
    motion = ""
    if fix.course_deg is not None or fix.speed_mps is not None:
        course = "" if fix.course_deg is None else f' course="{fix.course_deg:.1f}"'
        speed = "" if fix.speed_mps is None else f' speed="{fix.speed_mps:.1f}"'
        motion = f"<track{course}{speed}/>"
    callsign = _quoted(f"{track.callsign or track.id}{' (invented)' if track.invented else ''}")
    rest = (
        f"{_point(fix)}<detail><contact callsign={callsign}/>{motion}{_height_remark(fix.height)}"
        f"{_flow(node, made)}</detail>"
    )
    how = "m-s" if track.invented else "m-g"
    return _event(uid_of(track, feed), _TYPES[track.kind], how, made, stale, rest)


@lru_cache(maxsize=1_024)  # thousands of positions of one minute are written at once
def _moving_until(minute: str) -> str:
    """Give the minute up to which a device may show what moved in a minute, both as events have them."""
    return stamp(datetime.fromisoformat(f"{minute}00Z") + MOVING_FOR)[:_TO_THE_MINUTE]


def _point(fix: Fix) -> str:
    height = fix.height
    hae = f"{height.value_m:.1f}" if height is not None and height.datum is Datum.WGS84 else "9999999.0"
    ce = "9999999.0" if fix.accuracy_m is None else f"{fix.accuracy_m / CE_TO_95:.1f}"
    le = "9999999.0" if fix.height_accuracy_m is None else f"{fix.height_accuracy_m / LE_TO_95:.1f}"
    return f'<point lat="{fix.place.lat:.7f}" lon="{fix.place.lon:.7f}" hae="{hae}" ce="{ce}" le="{le}"/>'


def _height_remark(height: Altitude | None) -> str:
    """Say a height that is not above the ellipsoid in words, since the event has no place for its datum."""
    if height is None or height.datum is Datum.WGS84:
        return ""
    return f"<remarks>Height {height.value_m:.0f} m {height.datum.value}.</remarks>"


def presence(callsign: str, uid: str, now: datetime, node: str) -> bytes:
    """Write that this node is there; it is first in a session, and it has no place."""
    made = stamp(now)
    rest = f"{NO_PLACE}<detail><contact callsign={_quoted(callsign)}/>{_flow(node, made)}</detail>"
    return _event(uid, "a-n-G-I", "m-g", made, stamp(now + MOVING_FOR), rest)


def ping(mark: str, now: datetime) -> bytes:
    """Write a ping under a mark."""
    return _event(mark, PING, "m-g", stamp(now), stamp(now + timedelta(seconds=20)), NO_PLACE)


def pong(now: datetime) -> bytes:
    """Write the answer to a ping."""
    return _event("takPong", PONG, "h-g-i-g-o", stamp(now), stamp(now + timedelta(seconds=20)), NO_PLACE)


def uid_of_measure(drawn: Drawn) -> str:
    """Give the name under which a measure is drawn."""
    return f"{OURS}measure.{drawn.subject}"


def measure(drawn: Drawn, now: datetime, node: str) -> list[tuple[str, bytes]]:
    """Write a measure as shapes, each with its uid; a hole and an inner circle are shapes of their own."""
    until = now + SHOWN_FOR if drawn.until is None else min(drawn.until, now + SHOWN_FOR)
    made, stale, base = stamp(now), stamp(until), uid_of_measure(drawn)
    found = []
    for number, (type_, at, geometry, note) in enumerate(_parts(drawn)):
        uid = base if number == 0 else f"{base}.{number}"
        name = f"{drawn.name}{note}"
        rest = (
            f'<point lat="{at.lat:.7f}" lon="{at.lon:.7f}" hae="9999999.0" ce="9999999.0" le="9999999.0"/>'
            f"<detail>{geometry}<contact callsign={_quoted(name)}/>"
            f"<remarks>{_text(f'{drawn.words} Standing: {drawn.standing}.')}</remarks>"
            f'<strokeColor value="{_INK}"/><strokeWeight value="3.0"/>'
            f'<strokeStyle value="{_STROKES.get(drawn.standing, "dotted")}"/>'
            f'<fillColor value="{0 if _is_open(drawn) else _WASH}"/><labels_on value="true"/>'
            f"{_flow(node, made)}</detail>"
        )
        found.append((uid, _event(uid, type_, "h-g-i-g-o", made, stale, rest)))
    return found


_Part = tuple[str, Point, str, str]


def _is_open(drawn: Drawn) -> bool:
    return isinstance(drawn.shape, Path)


def _parts(drawn: Drawn) -> Iterator[_Part]:
    match drawn.shape:
        case None:
            yield from _outlined(drawn.outline or {})
        case Circle(center, radius_m) | Spot(center, radius_m):
            yield "u-d-c-c", center, _circle(drawn, radius_m), ""
        case Ring(center, inner_m, outer_m):
            yield "u-d-c-c", center, _circle(drawn, outer_m), ", outer edge"
            if inner_m:
                yield "u-d-c-c", center, _circle(drawn, inner_m), ", inner edge"
        case Path(points):
            yield "u-d-f", points[len(points) // 2], _links(points), ""
        case Polygon(exterior, holes):
            yield "u-d-f", exterior[0], _links(exterior), ""
            for hole in holes:
                yield "u-d-f", hole[0], _links(hole), ", not inside here"
        case shape:
            yield from _outlined(dict(outline(shape)))


def _circle(drawn: Drawn, radius_m: float) -> str:
    size = f"{max(radius_m, 1.0):.1f}"
    return (
        f'<shape><ellipse major="{size}" minor="{size}" angle="360"/>'
        f'<link uid={_quoted(f"{uid_of_measure(drawn)}.Style")} type="b-x-KmlStyle" relation="p-c"><Style>'
        "<LineStyle><color>ff302a5f</color><width>3.0</width></LineStyle>"
        "<PolyStyle><color>1a302a5f</color></PolyStyle></Style></link></shape>"
    )


def _links(points: Sequence[Point]) -> str:
    return "".join(f'<link point="{point.lat:.7f},{point.lon:.7f}"/>' for point in points)


def _outlined(geometry: dict[str, Any]) -> Iterator[_Part]:
    kind, coordinates = geometry.get("type"), geometry.get("coordinates", [])
    polygons = {"Polygon": [coordinates], "MultiPolygon": coordinates}.get(str(kind), [])
    for number, rings in enumerate(polygons):
        for inner, ring in enumerate(rings):
            points = [Point(lon, lat) for lon, lat, *_ in ring]
            note = ", not inside here" if inner else f", part {number + 1}" if number else ""
            yield "u-d-f", points[0], _links(points), note


def gone(uid: str, now: datetime) -> bytes:
    """Write that something drawn is to be taken off."""
    made = stamp(now)
    rest = f'{NO_PLACE}<detail><link uid={_quoted(uid)} relation="p-p" type="none"/><__forcedelete/></detail>'
    return _event(f"{uid}.gone", "t-x-d-d", "m-g", made, stamp(now + timedelta(minutes=1)), rest)


def uid_of_alarm(raised: Raised) -> str:
    """Give the name of an alarm; emergencies end so."""
    return f"{OURS}alarm.{raised.subject}-9-1-1"


def alarm(raised: Raised, now: datetime, node: str) -> bytes:
    """Write an open alarm; it stands at the measure that it concerns (LIM-09)."""
    made = stamp(now)
    rest = (
        f"{_at(raised.place)}<detail>"
        f'<emergency type="Geo-fence Breached">{_text(raised.words)}</emergency>'
        f"<contact callsign={_quoted(raised.words)}/><remarks>{_text(raised.words)}</remarks>"
        f"{_flow(node, made)}</detail>"
    )
    return _event(uid_of_alarm(raised), "b-a-g", "m-g", made, stamp(now + RAISED_FOR), rest)


def alarm_over(raised: Raised, now: datetime, node: str) -> bytes:
    """Write that an alarm is over, at the place where it stood."""
    made = stamp(now)
    rest = (
        f'{_at(raised.place)}<detail><emergency cancel="true">{_text(raised.words)}</emergency>'
        f"{_flow(node, made)}</detail>"
    )
    return _event(uid_of_alarm(raised), "b-a-o-can", "m-g", made, stamp(now + timedelta(seconds=20)), rest)


def _at(place: Point) -> str:
    return (
        f'<point lat="{place.lat:.7f}" lon="{place.lon:.7f}" hae="9999999.0" ce="9999999.0" le="9999999.0"/>'
    )


def _text(words: str) -> str:
    clean = "".join(each if each.isprintable() or each == "\n" else " " for each in words)
    return clean.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
