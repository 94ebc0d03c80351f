"""The distance between two areas: zero where they share ground or touch, else exact to 1 cm.

Round areas are answered by geodesics alone: from the centre of one, the other spans a range of distances.
Polygons and corridors are compared leg by leg; a plane frame only picks the legs that can be nearest, with
its stretch allowed for, so that none is missed.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from keepclear.geo.figures import Area, Circle, Corridor, Point, Polygon, Ring, Spot, lonlat
from keepclear.geo.frames import STEP_M, Floats, Frame, Ints
from keepclear.geo.geodesy import Line, chop, distance_m, distances_m, feet_on_legs, line_through
from keepclear.geo.outlines import disc_around, frame_for
from keepclear.geo.shapes import distance_m as edge_distance_m

# Areas farther apart than this are not measured to the centimetre: a plane frame no longer holds both.
FAR_M = 1_000_000.0
_PAIRS_AT_ONCE = 50_000


def distance_between_m(a: Area, b: Area) -> float:
    """Give the shortest distance between two areas; 0.0 where they share ground or touch.

    Exact to 1 cm up to 1,000 km; beyond, the answer is never too large.
    """
    if _is_round(a):
        return _round_gap_m(a, b)
    if _is_round(b):
        return _round_gap_m(b, a)
    at_least_m = at_least_apart_m(a, b)
    if at_least_m > FAR_M:
        return at_least_m
    pads_m = sum(area.half_width_m for area in (a, b) if isinstance(area, Corridor))
    return max(0.0, _bare_gap_m(a, b, pads_m) - pads_m)


def at_least_apart_m(a: Area, b: Area) -> float:
    """Give a cheap lower bound of the distance between two areas, from the discs that hold them."""
    around_a, around_b = disc_around(a), disc_around(b)
    apart_m = distance_m(around_a.center, around_b.center)
    return max(0.0, apart_m - around_a.radius_m - around_b.radius_m)


def _is_round(area: Area) -> bool:
    return isinstance(area, Circle | Spot | Ring)


def _round_gap_m(round_area: Area, other: Area) -> float:
    around = disc_around(round_area)
    inner_m = round_area.inner_m if isinstance(round_area, Ring) else 0.0
    nearest_m = max(0.0, edge_distance_m(other, around.center))
    if nearest_m > around.radius_m:
        return nearest_m - around.radius_m
    return max(0.0, inner_m - _farthest_m(other, around.center)) if inner_m else 0.0


def _farthest_m(area: Area, center: Point) -> float:
    """Give the distance of the farthest place of an area; along a geodesic that is always an end."""
    match area:
        case Circle(at, reach_m) | Spot(at, reach_m) | Ring(at, _, reach_m):
            return distance_m(center, at) + reach_m
        case Polygon(points) | Corridor(points, _):
            reach_m = area.half_width_m if isinstance(area, Corridor) else 0.0
            return float(np.max(distances_m(center, lonlat(points)))) + reach_m


class _Bare(NamedTuple):
    """An area without its half width: the chains of its edges, and how they lie in a frame."""

    chains: tuple[Line, ...]
    plane: BaseGeometry
    corners_xy: tuple[Floats, ...]


@lru_cache(maxsize=128)
def _chains(area: Polygon | Corridor) -> tuple[Line, ...]:
    rings = (area.exterior, *area.holes) if isinstance(area, Polygon) else (area.path,)
    return tuple(line_through(chop(lonlat(ring), STEP_M)) for ring in rings)


def _bare(area: Area, frame: Frame) -> _Bare:
    assert isinstance(area, Polygon | Corridor)  # noqa: S101  (round areas never come here)
    chains = _chains(area)
    corners = tuple(frame.to_plane(chain.corners) for chain in chains)
    if isinstance(area, Polygon):
        return _Bare(chains, shapely.Polygon(corners[0], corners[1:]), corners)
    return _Bare(chains, shapely.LineString(corners[0]), corners)


def _bare_gap_m(a: Area, b: Area, enough_m: float) -> float:
    """Give the distance between two areas without their half widths; not sharper than needed below it."""
    frame = frame_for(a, b)
    first, second = _bare(a, frame), _bare(b, frame)
    if shapely.intersects(first.plane, second.plane):
        return 0.0
    link = shapely.get_coordinates(shapely.shortest_line(first.plane, second.plane))
    ends = frame.to_lonlat(link)
    at_most_m = float(distances_m(Point(*map(float, ends[0])), ends[1:])[0]) + 1e-3
    if at_most_m < enough_m - 1.0:
        return at_most_m
    everything = np.concatenate([*first.corners_xy, *second.corners_xy])
    within_m = at_most_m * frame.stretch(everything) + 0.01
    return min(
        (
            _chain_gap_m(one, one_xy, other, other_xy, within_m)
            for one, one_xy in zip(first.chains, first.corners_xy, strict=True)
            for other, other_xy in zip(second.chains, second.corners_xy, strict=True)
        ),
        default=at_most_m,
    )


def _chain_gap_m(one: Line, one_xy: Floats, other: Line, other_xy: Floats, within_m: float) -> float:
    """Give the distance between two chains that do not meet, or inf if it exceeds `within_m` in the plane."""
    mine, theirs = _near_pairs(one_xy, other_xy, within_m)
    nearest_m = np.inf
    for first in range(0, len(mine), _PAIRS_AT_ONCE):
        part = slice(first, first + _PAIRS_AT_ONCE)
        i, j = mine[part], theirs[part]
        # Two legs that do not meet are nearest at an end of one of them.
        for chain, legs, ends in ((other, j, one.corners[i]), (other, j, one.corners[i + 1]),
                                  (one, i, other.corners[j]), (one, i, other.corners[j + 1])):  # fmt: skip
            nearest_m = min(nearest_m, float(np.min(feet_on_legs(chain, legs, ends)[0])))
    return nearest_m


def _near_pairs(one_xy: Floats, other_xy: Floats, within_m: float) -> tuple[Ints, Ints]:
    legs = [shapely.linestrings(np.stack([xy[:-1], xy[1:]], axis=1)) for xy in (one_xy, other_xy)]
    found = shapely.STRtree(legs[1]).query(legs[0], predicate="dwithin", distance=within_m)
    return found[0], found[1]
