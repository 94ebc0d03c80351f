"""Edges of shapes as chains of short legs for the fence kernel: near the true edge, by no more than is said.

A chain may lie beside the edge that it stands for by its `slack_m`; whoever lays it into cells widens it by
that, so that a step that touches the true edge always touches the widened chain. Nothing is decided here.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import shapely

from keepclear.geo.figures import (
    Area,
    Circle,
    Clip,
    Corridor,
    Path,
    Point,
    Polygon,
    Ring,
    Shape,
    Spot,
    lonlat,
)
from keepclear.geo.frames import MEAN_RADIUS_M, STEP_M, Floats, rough_distances_m
from keepclear.geo.geodesy import chop, destination, destinations, distance_m, line_of
from keepclear.geo.outlines import cover, disc_around, frame_for

# How far a side of a drawn circle may lie inside it, and how far a drawn outline may be straightened.
_SAGITTA_M = 5.0
_STRAIGHTENED_M = 2.0
_ROUNDING_M = 0.05


class Chain(NamedTuple):
    """Corners, (n, 2) lon_deg, lat_deg, of legs straight in degrees; how far off the edge they may be."""

    corners: Floats
    slack_m: float


def edges(shape: Shape, clips: tuple[Clip, ...] = ()) -> list[Chain]:
    """Give chains for all edges of a shape, and for the clips that cut it, as far as the shape reaches."""
    if isinstance(shape, Path):
        return [_legs(lonlat(shape.points), 0.0)]
    return [*_outline(shape, 0.0), *(chain for clip in clips for chain in _clip_edges(clip, shape))]


def edges_around(area: Area, away_m: float) -> list[Chain]:
    """Give chains for the outer edge of all that lies within `away_m` of an area; never too near to it."""
    return list(_outline(area, away_m))


def _outline(area: Area, away_m: float) -> Iterator[Chain]:
    match area:
        case Circle(center, radius_m) | Spot(center, radius_m):
            yield _circle(center, radius_m + away_m)
        case Ring(center, inner_m, outer_m):
            yield _circle(center, outer_m + away_m)
            if inner_m > away_m:
                yield _circle(center, inner_m - away_m)
        case Polygon(exterior, holes) if not away_m:
            for ring in (exterior, *holes):
                yield _legs(lonlat(ring), 0.0)
        case Polygon() | Corridor():
            yield from _drawn(area, away_m)


def _circle(center: Point, radius_m: float) -> Chain:
    radius_m = max(radius_m, 0.1)
    sides = max(8, math.ceil(math.pi * math.sqrt(radius_m / (2.0 * _SAGITTA_M))))
    sides = max(sides, math.ceil(2.0 * math.pi * radius_m / STEP_M))
    bearings = np.linspace(0.0, 360.0, sides, endpoint=False)
    corners = destinations(center, bearings, np.full(sides, radius_m))
    return _legs(np.concatenate([corners, corners[:1]]), min(1.1 * _SAGITTA_M, radius_m))


def _drawn(area: Polygon | Corridor, away_m: float) -> Iterator[Chain]:
    """Give the rings of the cover of an area, straightened a little."""
    frame = frame_for(area)
    drawn = cover(area, frame, away_m)
    by_m = away_m + (area.half_width_m if isinstance(area, Corridor) else 0.0)
    excess_m = by_m * (frame.stretch(shapely.get_coordinates(drawn), by_m) * 1.0001 - 1.0)
    simple = shapely.simplify(drawn, _STRAIGHTENED_M)
    for ring in shapely.get_rings(shapely.get_parts(simple)):
        yield _legs(frame.to_lonlat(shapely.get_coordinates(ring)), excess_m + _STRAIGHTENED_M + 0.05)


def _legs(corners: Floats, slack_m: float) -> Chain:
    """Cut legs short, so that the straight way between degrees leaves the geodesic by little."""
    cut = chop(corners, STEP_M)
    lat = math.radians(min(89.0, float(np.max(np.abs(cut[:, 1])))))
    bulge_m = 1.1 * STEP_M**2 * math.tan(lat) / (8.0 * MEAN_RADIUS_M)
    return Chain(cut, slack_m + bulge_m + _ROUNDING_M)


def _clip_edges(clip: Clip, area: Area) -> Iterator[Chain]:
    """Give the parts of a clip, its end legs prolonged, that may lie in an area."""
    around = disc_around(area)
    points = clip.path.points
    far_m = [distance_m(end, around.center) + around.radius_m + STEP_M for end in (points[0], points[-1])]
    bearings = line_of(clip.path).bearings
    back = (float(bearings[0]) + 180.0) % 360.0
    arriving = float(line_of(Path(points[-2:][::-1])).bearings[0])
    start = destination(points[0], back, min(far_m[0], 9_000_000.0))
    end = destination(points[-1], (arriving + 180.0) % 360.0, min(far_m[1], 9_000_000.0))
    whole = _legs(lonlat([start, *points, end]), 0.0)
    near = rough_distances_m(whole.corners, around.center.lon, around.center.lat)
    kept = near <= 1.01 * around.radius_m + 3.0 * STEP_M
    wanted = kept[:-1] | kept[1:]
    bounds = np.flatnonzero(np.diff(np.concatenate([[False], wanted, [False]]).astype(np.int8)))
    for first, last in bounds.reshape(-1, 2):
        yield Chain(whole.corners[first : last + 1], whole.slack_m)
