"""How single values read aloud: places, heights, spans of time, effects. Neutral words; no picture needed."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from typing import Any

from keepclear.geo.shapes import (
    Area,
    Circle,
    Clip,
    Corridor,
    Point,
    Polygon,
    Ring,
    Shape,
    Spot,
    clipped_outline,
    metres_said,
    outline,
)
from keepclear.geo.volumes import Altitude, Datum, Volume
from keepclear.model.hotline import Text
from keepclear.model.measures import Effect, MeasureKind, MeasureStated
from keepclear.model.words import Count, Place
from keepclear.times import Window

_SHORT = 90

_ASKED = {
    Effect.CALL: "call first",
    Effect.CONTACT_REQUIRED: "make contact before coming nearer",
    Effect.KEEP_OUT_REQUESTED: "please keep out",
    Effect.MONITORED: "the area is monitored, please call before entering",
    Effect.CLOSED: "stated as closed by its author, please call",
}
_DATUMS = {
    Datum.WGS84: "above the WGS84 ellipsoid",
    Datum.AMSL: "above mean sea level",
    Datum.AGL: "above the ground",
    Datum.STD: "on the standard pressure setting",
    Datum.UNKNOWN: "datum not stated",
}


def shortened(words: str) -> str:
    """Give words as one line of a list, cut at a word where they run on."""
    flat = " ".join(words.split())
    if len(flat) <= _SHORT:
        return flat
    return flat[: _SHORT + 1].rsplit(" ", 1)[0].rstrip(",;:") + " …"


def count_words(count: Count | None) -> str:
    """Give a count as it is read aloud; "" where none was said."""
    return "" if count is None else count.shown()


def text_words(texts: tuple[Text, ...]) -> str:
    """Give the words of a message in the language that its author wrote first."""
    return next((text.words for text in texts if not text.translation), texts[0].words)


def place_words(place: Place | None) -> str:
    """Give a place in words, with coordinates and accuracy where it has an area; "" where none was said."""
    if place is None:
        return ""
    if place.withheld:
        return "place withheld"
    if place.area is None:
        return place.words
    where = area_words(place.area)
    return f"{place.words} ({where})" if place.words else where


def area_words(area: Area) -> str:
    """Give an area in words."""
    match area:
        case Spot(at, accuracy_m):
            return f"{point_words(at)}, good to {metres_said(accuracy_m)}"
        case Circle(center, radius_m):
            return f"within {metres_said(radius_m)} of {point_words(center)}"
        case Ring(center, inner_m, outer_m):
            return f"{metres_said(inner_m)} to {metres_said(outer_m)} from {point_words(center)}"
        case Polygon(exterior):
            return f"area of {len(exterior) - 1} corners, first {point_words(exterior[0])}"
        case Corridor(path, half_width_m):
            ends = f"{point_words(path[0])} to {point_words(path[-1])}"
            return f"corridor from {ends}, {metres_said(half_width_m)} to either side"


def point_words(point: Point) -> str:
    """Give a position with its axes named, to four decimals (about 10 m)."""
    return f"lat {point.lat:.4f}, lon {point.lon:.4f}"


def place_outline(place: Place | None) -> dict[str, Any] | None:
    """Give a place for drawing, or None where it has no area or is withheld."""
    if place is None or place.area is None or place.withheld:
        return None
    return area_outline(place.area)


@lru_cache(maxsize=1024)
def area_outline(area: Area) -> dict[str, Any]:
    """Give an area as GeoJSON for drawing; a position without inaccuracy as a point."""
    if isinstance(area, Spot) and area.accuracy_m < 1.0:
        return {"type": "Point", "coordinates": [area.at.lon, area.at.lat]}
    return dict(outline(area))


def shape_outline(shape: Shape | None, body: MeasureStated) -> dict[str, Any] | None:
    """Give a measure's shape as GeoJSON for drawing, less what its clips cut off."""
    if shape is None:
        return None
    if not isinstance(shape, Area):
        return {"type": "LineString", "coordinates": [[p.lon, p.lat] for p in shape.points]}
    return _clipped(shape, body.clips) if body.clips else area_outline(shape)


@lru_cache(maxsize=256)
def _clipped(area: Area, clips: tuple[Clip, ...]) -> dict[str, Any]:
    return dict(clipped_outline(area, clips))


def belt(body: MeasureStated) -> dict[str, Any] | None:
    """Give the tolerance belt of a boundary for drawing: within it no bank is told."""
    if body.shape is None or isinstance(body.shape, Area) or not body.tolerance_m:
        return None
    return area_outline(Corridor(body.shape.points, body.tolerance_m))


def altitude_words(altitude: Altitude) -> str:
    """Give a height with its datum."""
    return f"{altitude.value_m:,.0f} m {_DATUMS[altitude.datum]}"


def heights_words(floor: Altitude | None, ceiling: Altitude | None) -> str:
    """Give a span of heights; a bound that was not stated counts as unbounded and is said to be so."""
    if floor is None and ceiling is None:
        return "all heights (none stated)"
    low = "no floor stated" if floor is None else f"from {altitude_words(floor)}"
    high = "no ceiling stated" if ceiling is None else f"up to {altitude_words(ceiling)}"
    return f"{low}, {high}"


def instant_words(at: datetime) -> str:
    """Give an instant in UTC to the minute."""
    return f"{at:%Y-%m-%d %H:%M}Z"


def window_words(window: Window) -> str:
    """Give a window of time; a bound that was not stated is said to be so."""
    if window.start is None and window.end is None:
        return "no times stated"
    start = "start not stated" if window.start is None else f"from {instant_words(window.start)}"
    end = "end not stated" if window.end is None else f"until {instant_words(window.end)}"
    return f"{start} {end}" if window.start and window.end else f"{start}, {end}"


def windows_words(volumes: tuple[Volume, ...]) -> str:
    """Give the windows of a notice, each once, earliest first."""
    said = sorted({window_words(volume.window) for volume in volumes})
    return "; ".join(said) if said else "no times stated"


def effect_words(body: MeasureStated) -> str:
    """Say what is asked at a measure: a request for distance and contact, never a permission or a threat."""
    if body.measure == MeasureKind.STEP_BACK and body.step_back_m is not None:
        return f"stand-off requested: each side steps back {metres_said(body.step_back_m)}"
    if body.measure == MeasureKind.BOUNDARY and body.effect == Effect.MONITORED:
        return "stand-off requested: the boundary is monitored, please call before crossing"
    return f"stand-off requested: {_ASKED[body.effect]}"
