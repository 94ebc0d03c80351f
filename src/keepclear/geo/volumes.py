"""Volumes: an area, a span of heights with their datum, and a half-open window of time; and how two meet.

Areas and heights are closed: what touches meets. Windows are half-open: one may begin as another ends. What
cannot be decided, since datums differ, counts as meeting and is said.
"""

from __future__ import annotations

import math
from datetime import timedelta
from enum import StrEnum

import shapely
from msgspec import Struct, structs

from keepclear.errors import Malformed
from keepclear.geo.figures import Area
from keepclear.geo.gaps import at_least_apart_m, distance_between_m
from keepclear.geo.geodesy import area_km2 as ring_area_km2
from keepclear.geo.heights import Altitude, Datum, Levels, SharedHeights, is_below, levels, shared
from keepclear.geo.moves import moved, shortest_move_off
from keepclear.geo.outlines import GeoJson, cover, frame_for, to_map
from keepclear.geo.shapes import metres_said
from keepclear.times import Window

__all__ = [
    "Altitude",
    "Datum",
    "Levels",
    "Overlap",
    "SharedHeights",
    "Shift",
    "ShiftKind",
    "Volume",
    "distance_between_m",
    "meet",
    "meets",
    "shifted",
]


class Volume(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """An area between two heights during a window; a bound that is None is unbounded and shown as such."""

    area: Area
    floor: Altitude | None = None
    ceiling: Altitude | None = None
    window: Window = Window()

    def __post_init__(self) -> None:
        if is_below(self.ceiling, self.floor):
            raise Malformed(
                f"a volume whose ceiling ({self.ceiling}) lies below its floor ({self.floor})",
                "height-order",
                f"a ceiling of at least {self.floor}, or none",
                "ceiling",
            )


class ShiftKind(StrEnum):
    """In what a volume is shifted."""

    LATER = "later"
    EARLIER = "earlier"
    UP = "up"
    DOWN = "down"
    AWAY = "away"


class Shift(Struct, frozen=True, omit_defaults=True):
    """A change to the first of two volumes that would leave no overlap with the second.

    Attributes:
        kind: later or earlier in time, up or down in height, or away over the ground.
        amount: how much, never negative.
        unit: `s` or `m`.
        bearing_deg: for `away`, the bearing at the middle of the area.
        words: the shift as it is said.
    """

    kind: ShiftKind
    amount: float
    unit: str
    words: str
    bearing_deg: float | None = None


class Overlap(Struct, frozen=True):
    """Where, at which heights and when two volumes meet.

    Attributes:
        area_km2: ground shared, by covers that are never too small; with a buffer, the ground of the second
            within the buffer of the first.
        outline: that ground as a GeoJSON Polygon or MultiPolygon.
        distance_m: between the areas; 0 if they share ground or touch, else at most the buffer.
        buffer_m: how near counted as meeting.
        window: the time shared.
        heights: the heights shared.
        undetermined: why meeting in height is assumed and not known; empty if it is known.
        unbounded: bounds that neither meets a limit nor is known, e.g. `a.ceiling`, `b.window.end`.
        smallest_shift: per kind, the smallest change to the first volume that leaves no overlap; each tried.
    """

    area_km2: float
    outline: GeoJson
    distance_m: float
    buffer_m: float
    window: Window
    heights: SharedHeights
    undetermined: str
    unbounded: tuple[str, ...]
    smallest_shift: tuple[Shift, ...]


def meets(a: Volume, b: Volume, buffer_m: float = 0.0) -> bool:
    """Tell whether two volumes meet, or cannot be shown to stay apart."""
    return (
        a.window.meet(b.window) is not None
        and _levels(a, b)[0] is not Levels.APART
        and at_least_apart_m(a.area, b.area) <= buffer_m
        and distance_between_m(a.area, b.area) <= buffer_m
    )


def meet(a: Volume, b: Volume, buffer_m: float = 0.0) -> Overlap | None:
    """Find where two volumes meet in space, height and time, or come within `buffer_m` over the ground.

    The decision is geodesic and exact to 1 cm; the outline and area of the overlap are covers.

    Raises:
        Malformed: `buffer_m` is negative or no number.
    """
    if not (math.isfinite(buffer_m) and buffer_m >= 0.0):
        raise Malformed(f"a buffer of {buffer_m} m", "length", "0 or more metres", "buffer_m")
    window = a.window.meet(b.window)
    found, doubt = _levels(a, b)
    if window is None or found is Levels.APART or at_least_apart_m(a.area, b.area) > buffer_m:
        return None
    distance_m = distance_between_m(a.area, b.area)
    if distance_m > buffer_m:
        return None
    area_km2, outline = _ground(a.area, b.area, buffer_m)
    return Overlap(
        area_km2,
        outline,
        distance_m,
        buffer_m,
        window,
        shared(a.floor, a.ceiling, b.floor, b.ceiling),
        doubt,
        (*_open_bounds("a", a), *_open_bounds("b", b)),
        (*_time_shifts(a, b), *_height_shifts(a, b), *_ground_shifts(a, b, buffer_m)),
    )


def shifted(volume: Volume, shift: Shift) -> Volume:
    """Give a volume after a shift.

    Raises:
        Malformed: the shift leads past the heights or the calendar that can be written down.
    """
    match shift.kind:
        case ShiftKind.LATER:
            return _in_time(volume, timedelta(seconds=shift.amount))
        case ShiftKind.EARLIER:
            return _in_time(volume, -timedelta(seconds=shift.amount))
        case ShiftKind.UP:
            return _in_height(volume, shift.amount)
        case ShiftKind.DOWN:
            return _in_height(volume, -shift.amount)
        case ShiftKind.AWAY:
            return structs.replace(volume, area=moved(volume.area, shift.bearing_deg or 0.0, shift.amount))


def _levels(a: Volume, b: Volume) -> tuple[Levels, str]:
    return levels(a.floor, a.ceiling, b.floor, b.ceiling)


def _ground(a: Area, b: Area, buffer_m: float) -> tuple[float, GeoJson]:
    frame = frame_for(a, b)
    cover_a, cover_b = cover(a, frame, buffer_m), cover(b, frame)
    common = shapely.intersection(cover_a, cover_b)
    if common.is_empty:
        # They touch within the rounding of the covers: show the place.
        common = shapely.shortest_line(cover_a, cover_b)
    parts = [part for part in shapely.get_parts(common) if part.geom_type == "Polygon"]
    area_km2 = sum(
        ring_area_km2(frame.to_lonlat(shapely.get_coordinates(ring))) * sign
        for part in parts
        for sign, ring in ((1.0, part.exterior), *((-1.0, hole) for hole in part.interiors))
    )
    return area_km2, to_map(common, frame)


def _open_bounds(name: str, volume: Volume) -> list[str]:
    bounds = {
        "floor": volume.floor,
        "ceiling": volume.ceiling,
        "window.start": volume.window.start,
        "window.end": volume.window.end,
    }
    unbounded = [f"{name}.{field}" for field, bound in bounds.items() if bound is None]
    unknown = [
        f"{name}.{field} (datum unknown)"
        for field, bound in bounds.items()
        if isinstance(bound, Altitude) and bound.datum is Datum.UNKNOWN
    ]
    return unbounded + unknown


def _time_shifts(a: Volume, b: Volume) -> list[Shift]:
    shifts = []
    if a.window.start is not None and b.window.end is not None:
        shifts.append((ShiftKind.LATER, b.window.end - a.window.start))
    if a.window.end is not None and b.window.start is not None:
        shifts.append((ShiftKind.EARLIER, a.window.end - b.window.start))
    found = [
        Shift(kind, by.total_seconds(), "s", f"{_duration_said(by)} {kind}")
        for kind, by in sorted(shifts, key=lambda each: each[1])
    ]
    return [shift for shift in found if _clears(a, b, shift)]


def _height_shifts(a: Volume, b: Volume) -> list[Shift]:
    shifts = []
    for kind, near, far in ((ShiftKind.UP, a.floor, b.ceiling), (ShiftKind.DOWN, b.floor, a.ceiling)):
        if near is None or far is None or near.datum is not far.datum or near.datum is Datum.UNKNOWN:
            continue
        # Spans that touch meet, so the step is the next tenth of a metre beyond.
        amount_m = (math.floor((far.value_m - near.value_m) * 10.0 + 1e-6) + 1) / 10.0
        shifts.append(Shift(kind, amount_m, "m", f"{amount_m:.1f} m {kind}"))
    shifts.sort(key=lambda shift: shift.amount)
    return [shift for shift in shifts if not _goes_under(a, shift) and _clears(a, b, shift)]


def _ground_shifts(a: Volume, b: Volume, buffer_m: float) -> list[Shift]:
    way = shortest_move_off(a.area, b.area, buffer_m)
    if way is None:
        return []
    words = f"{metres_said(way.distance_m)} toward {way.bearing_deg:.0f}°"
    return [Shift(ShiftKind.AWAY, way.distance_m, "m", words, way.bearing_deg)]


def _clears(a: Volume, b: Volume, shift: Shift) -> bool:
    """Tell whether a shift in time or height does what it promises."""
    try:
        there = shifted(a, shift)
    except Malformed:
        return False
    return there.window.meet(b.window) is None or _levels(there, b)[0] is Levels.APART


def _goes_under(volume: Volume, shift: Shift) -> bool:
    if shift.kind is not ShiftKind.DOWN:
        return False
    bounds = (volume.floor, volume.ceiling)
    return any(b is not None and b.datum is Datum.AGL and b.value_m < shift.amount for b in bounds)


def _in_time(volume: Volume, by: timedelta) -> Volume:
    start, end = volume.window.start, volume.window.end
    try:
        window = Window(None if start is None else start + by, None if end is None else end + by)
    except OverflowError as error:
        raise Malformed(f"a window shifted by {by}", "calendar", "years 1 to 9999", "window") from error
    return structs.replace(volume, window=window)


def _in_height(volume: Volume, by_m: float) -> Volume:
    floor, ceiling = (
        None if bound is None else Altitude(bound.value_m + by_m, bound.datum)
        for bound in (volume.floor, volume.ceiling)
    )
    return structs.replace(volume, floor=floor, ceiling=ceiling)


def _duration_said(by: timedelta) -> str:
    minutes, seconds = divmod(by.total_seconds(), 60.0)
    hours, minutes = divmod(minutes, 60.0)
    parts = ((hours, "h"), (minutes, "min"), (round(seconds, 3), "s"))
    return " ".join(f"{value:g} {unit}" for value, unit in parts if value) or "0 s"
