"""Shapes on the WGS84 ellipsoid: points, circles, polygons, corridors, rings and lines.

Longitude first, named always. Edges of polygons, corridors and lines are geodesics; every shape contains
its edge, which counts as 1 mm wide. A circle is kept as centre and radius and never stored as a polygon.
"""

from __future__ import annotations

import math
from enum import StrEnum
from functools import lru_cache

import numpy as np
import shapely
from msgspec import Struct

from keepclear.errors import Malformed
from keepclear.geo.figures import (
    MAX_VERTICES,
    Area,
    Circle,
    Clip,
    Corridor,
    Path,
    Point,
    Polygon,
    Ring,
    Shape,
    Side,
    Spot,
)
from keepclear.geo.frames import Floats
from keepclear.geo.geodesy import (
    Line,
    bearings_and_distances,
    line,
    line_of,
    nearest_of,
    nearest_on_line,
)
from keepclear.geo.geodesy import area_km2 as ring_area_km2
from keepclear.geo.geodesy import distance_m as geodesic_m
from keepclear.geo.geojson import from_geojson, to_geojson
from keepclear.geo.outlines import clipped_outline, cover, frame_for, outline
from keepclear.geo.sides import offset_from

__all__ = [
    "MAX_VERTICES",
    "Area",
    "Circle",
    "Clip",
    "Containment",
    "Corridor",
    "Inside",
    "Path",
    "Point",
    "Polygon",
    "Ring",
    "Shape",
    "Side",
    "Spot",
    "area_km2",
    "clipped_contains",
    "clipped_outline",
    "contains",
    "distance_m",
    "from_geojson",
    "metres_said",
    "outline",
    "to_geojson",
]

EDGE_M = 1e-3
_FAR_M = 9_000_000.0


class Inside(StrEnum):
    """Whether a position lies in an area, as far as its accuracy lets one say."""

    YES = "yes"
    NO = "no"
    UNDETERMINED = "undetermined"


class Containment(Struct, frozen=True):
    """An answer to "is it inside?" with its grounds.

    Attributes:
        answer: yes, no or undetermined.
        distance_m: to the edge; negative inside, positive outside.
        accuracy_m: how far off the position may be.
        tolerance_m: how far off the edge may be.
        clipped: whether what decided is a clip and not the area's own edge.
    """

    answer: Inside
    distance_m: float
    accuracy_m: float
    tolerance_m: float
    clipped: bool = False

    @property
    def grounds(self) -> str:
        """The answer in words that can be read aloud."""
        where = "inside" if self.distance_m <= 0 else "outside"
        edge = "the clip that ends the measure" if self.clipped else "the edge"
        found = f"{metres_said(abs(self.distance_m))} {where} {edge}"
        given = f"position good to {metres_said(self.accuracy_m)}, edge to {metres_said(self.tolerance_m)}"
        verdict = {Inside.YES: "inside", Inside.NO: "not inside", Inside.UNDETERMINED: "undetermined"}
        return f"{verdict[self.answer]}: {found} ({given})"


def distance_m(area: Area, point: Point) -> float:
    """Give the distance from a point to an area's edge: positive outside, negative inside, 0 on it.

    Exact to 1 cm, except inside a corridor, where the edge may be farther than said at the inner side of a
    bend and where the corridor overlaps itself.
    """
    match area:
        case Circle(center, radius_m) | Spot(center, radius_m):
            return geodesic_m(center, point) - radius_m
        case Ring(center, inner_m, outer_m):
            away_m = geodesic_m(center, point)
            return max(away_m - outer_m, inner_m - away_m if inner_m else -math.inf)
        case Corridor(_, half_width_m):
            return nearest_on_line(_center_line(area), point).distance_m - half_width_m
        case Polygon():
            return _polygon_distance_m(area, point)


def contains(area: Area, point: Point, accuracy_m: float, tolerance_m: float = 0.0) -> Containment:
    """Tell whether a position lies in an area: yes, no, or undetermined.

    A position no farther from the edge than `accuracy_m + tolerance_m` is undetermined. With both zero the
    edge itself (1 mm either way) is inside.

    Raises:
        Malformed: `accuracy_m` or `tolerance_m` is negative or no number.
    """
    return _judged(distance_m(area, point), accuracy_m, tolerance_m, clipped=False)


def clipped_contains(
    area: Area, clips: tuple[Clip, ...], point: Point, accuracy_m: float, tolerance_m: float = 0.0
) -> Containment:
    """Tell whether a position lies in what the clips leave of an area.

    A position beyond any clip is not inside, whatever the area says; near a clip it is undetermined as it
    is near the edge.

    Raises:
        Malformed: `accuracy_m` or `tolerance_m` is negative or no number.
    """
    away_m = distance_m(area, point)
    beyond_m = max((_beyond_m(clip, point) for clip in clips), default=-math.inf)
    return _judged(max(away_m, beyond_m), accuracy_m, tolerance_m, clipped=beyond_m > away_m)


def area_km2(area: Area) -> float:
    """Give the ground that an area covers; corridors, and circles by 0.01 %, a little too large."""
    if isinstance(area, Polygon):
        rings = [ring_area_km2(chain.corners) for chain in _rings(area)]
        return rings[0] - sum(rings[1:])
    frame = frame_for(area)
    plane = cover(area, frame)
    rings = [
        ring_area_km2(frame.to_lonlat(shapely.get_coordinates(ring)))
        for part in shapely.get_parts(plane)
        for ring in (part.exterior, *part.interiors)
    ]
    return rings[0] - sum(rings[1:])


def metres_said(value_m: float) -> str:
    """Give a length as one says it: metres below a kilometre, else kilometres with one decimal."""
    if value_m < 1.0:
        return f"{value_m:.2f} m" if value_m else "0 m"
    return f"{value_m:.0f} m" if value_m < 999.5 else f"{value_m / 1000.0:.1f} km"


def _judged(away_m: float, accuracy_m: float, tolerance_m: float, *, clipped: bool) -> Containment:
    for name, value in (("accuracy_m", accuracy_m), ("tolerance_m", tolerance_m)):
        if not (math.isfinite(value) and value >= 0.0):
            raise Malformed(f"an inside-test with {name} {value}", "length", "0 or more metres", name)
    margin_m = accuracy_m + tolerance_m
    if away_m < -margin_m or (margin_m == 0.0 and away_m <= EDGE_M):
        answer = Inside.YES
    elif away_m > margin_m:
        answer = Inside.NO
    else:
        answer = Inside.UNDETERMINED
    return Containment(answer, away_m, accuracy_m, tolerance_m, clipped)


def _beyond_m(clip: Clip, point: Point) -> float:
    """Give how far beyond a clip a point lies; negative on the side that is kept."""
    left_m = offset_from(line_of(clip.path), point).left_m
    return -left_m if clip.keep is Side.LEFT else left_m


def _polygon_distance_m(polygon: Polygon, point: Point) -> float:
    away_m, depth = math.inf, 0
    for chain in _rings(polygon):
        bearings, to_corners_m = bearings_and_distances(point, chain.corners)
        away_m = min(away_m, nearest_of(chain, point, to_corners_m).distance_m)
        depth += _goes_round(bearings) and float(to_corners_m[0]) < _FAR_M
    return -away_m if depth == 1 else away_m


def _goes_round(bearings: Floats) -> bool:
    """Tell whether a ring goes round the place from which its corners are seen on these bearings.

    A leg never turns the eye by half a circle or more, so the turns add up exactly; they are in doubt only
    for a place within nanometres of a leg, where the distance has already settled the answer. The far side
    of the Earth is seen as a mirror image and must be kept out by the caller.
    """
    turns = (np.diff(bearings) + 180.0) % 360.0 - 180.0
    return round(float(turns.sum()) / 360.0) % 2 != 0


@lru_cache(maxsize=128)
def _rings(polygon: Polygon) -> tuple[Line, ...]:
    return tuple(line(ring) for ring in (polygon.exterior, *polygon.holes))


@lru_cache(maxsize=128)
def _center_line(corridor: Corridor) -> Line:
    return line(corridor.path)
