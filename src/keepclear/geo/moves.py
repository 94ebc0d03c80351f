"""Moving an area over the ground, and the shortest move that takes it off another area.

A move keeps an area's shape: each corner is plotted anew from the moved middle, at its old distance and with
the bearing turned as the meridians turn.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from keepclear.errors import Malformed
from keepclear.geo.figures import Area, Circle, Corridor, Point, Polygon, Ring, Spot, lonlat
from keepclear.geo.frames import Floats, Frame
from keepclear.geo.gaps import distance_between_m
from keepclear.geo.geodesy import (
    bearing_deg,
    bearings_and_distances,
    destination,
    destinations,
    distance_m,
    line,
    nearest_on_line,
)
from keepclear.geo.outlines import cover, disc_around, frame_for
from keepclear.geo.shapes import distance_m as edge_distance_m

# Bearings tried besides those square to the edges.
_BEARINGS = 72
_TRIES = 12


class Move(NamedTuple):
    """A way over the ground: a bearing at the middle of the area moved, and a distance."""

    bearing_deg: float
    distance_m: float


def moved(area: Area, bearing_deg: float, distance_m: float) -> Area:
    """Give an area moved over the ground along the geodesic that leaves its middle on a bearing."""
    start = disc_around(area).center
    middle = destination(start, bearing_deg, distance_m)
    match area:
        case Circle(_, radius_m):
            return Circle(middle, radius_m)
        case Ring(_, inner_m, outer_m):
            return Ring(middle, inner_m, outer_m)
        case Spot(_, accuracy_m):
            return Spot(middle, accuracy_m)
        case Corridor(path, half_width_m):
            return Corridor(_replotted(path, start, middle, bearing_deg), half_width_m)
        case Polygon(exterior, holes):
            rings = [_replotted(ring, start, middle, bearing_deg) for ring in (exterior, *holes)]
            return Polygon(rings[0], tuple(rings[1:]))


def shortest_move_off(a: Area, b: Area, buffer_m: float) -> Move | None:
    """Find the shortest move of `a` that leaves more than `buffer_m` between it and `b`.

    The way found is tried on the ellipsoid and then shortened to 0.1 m. For round and convex areas it is the
    shortest; between areas with bays or holes a shorter one may exist. None if none that was tried is clear.
    """
    ways = [*_round_ways(a, b, buffer_m), _hull_way(a, b, buffer_m)]
    ways.sort(key=lambda way: way.distance_m)
    best: Move | None = None
    for way in ways[:3]:
        if best is not None and way.distance_m > best.distance_m:
            break
        found = _settled(a, b, buffer_m, way)
        if found is not None and (best is None or found.distance_m < best.distance_m):
            best = found
    return best


def _replotted(
    points: tuple[Point, ...], start: Point, middle: Point, bearing_out_deg: float
) -> tuple[Point, ...]:
    bearings, distances = bearings_and_distances(start, lonlat(points))
    turn_deg = bearing_deg(middle, start) + 180.0 - bearing_out_deg if start != middle else 0.0
    places = destinations(middle, bearings + turn_deg, distances)
    plotted = [Point(float(lon), float(lat)) for lon, lat in places]
    # A ring stays closed to the last bit.
    return (*plotted[:-1], plotted[0]) if points[0] == points[-1] else tuple(plotted)


def _settled(a: Area, b: Area, buffer_m: float, way: Move) -> Move | None:
    """Lengthen a way until it is clear on the ellipsoid, then take back what it has too much."""
    length_m, clear_m = way.distance_m + 0.05, math.inf
    for attempt in range(_TRIES):
        gap_m = _gap_after_m(a, b, Move(way.bearing_deg, length_m))
        if gap_m > buffer_m:
            clear_m = min(clear_m, length_m)
            if gap_m - buffer_m < 0.1:
                break
            length_m -= gap_m - buffer_m - 0.05
        else:
            longer_m = length_m + max(0.05, 2.0**attempt * 1e-4 * way.distance_m)
            length_m = min(longer_m, (length_m + clear_m) / 2.0)
    if math.isinf(clear_m):
        return None
    rounded = Move(way.bearing_deg, math.ceil(clear_m * 10.0) / 10.0)
    return rounded if _gap_after_m(a, b, rounded) > buffer_m else Move(way.bearing_deg, clear_m)


def _gap_after_m(a: Area, b: Area, way: Move) -> float:
    try:
        return distance_between_m(moved(a, *way), b)
    except Malformed:
        return 0.0  # an area that cannot stand there is no way out


def _hull_way(a: Area, b: Area, buffer_m: float) -> Move:
    """Give the shortest way that takes the hull of `a` off the hull of `b`.

    Two convex areas part first along a normal of one of their edges; for each direction the way needed is
    how far `b` reaches along it, less where `a` begins.
    """
    frame = frame_for(a, b)
    hull_a, hull_b = (shapely.convex_hull(cover(area, frame)) for area in (a, b))
    around = np.linspace(0.0, 2.0 * np.pi, _BEARINGS, endpoint=False)
    directions = np.concatenate(
        [np.column_stack([np.cos(around), np.sin(around)]), _normals(hull_b), -_normals(hull_a)]
    )
    begins = np.min(shapely.get_coordinates(hull_a) @ directions.T, axis=0)
    reaches = np.max(shapely.get_coordinates(hull_b) @ directions.T, axis=0)
    needed = reaches - begins + buffer_m
    best = int(np.argmin(needed))
    return _on_the_ground(disc_around(a).center, float(needed[best]) * directions[best], frame)


def _normals(hull: BaseGeometry) -> Floats:
    """Give the unit normals that point out of a convex polygon, (n, 2)."""
    ring = shapely.get_coordinates(shapely.geometry.polygon.orient(hull))
    edges = np.diff(ring, axis=0)
    edges = edges[np.hypot(edges[:, 0], edges[:, 1]) > 0.0]
    outward = np.column_stack([edges[:, 1], -edges[:, 0]])
    unit: Floats = outward / np.hypot(outward[:, 0], outward[:, 1])[:, None]
    return unit


def _on_the_ground(start: Point, step_xy: Floats, frame: Frame) -> Move:
    here = frame.to_plane(lonlat([start]))
    lon, lat = frame.to_lonlat(here + step_xy)[0]
    there = Point(float(lon), float(lat))
    return Move(bearing_deg(start, there), distance_m(start, there))


def _round_ways(a: Area, b: Area, buffer_m: float) -> list[Move]:
    """Give ways that hulls do not see: out by the nearest edge, and into the hollow of a ring."""
    around_a, around_b = disc_around(a), disc_around(b)
    apart_m = distance_m(around_a.center, around_b.center)
    toward = bearing_deg(around_a.center, around_b.center)
    ways = []
    for ring, other in ((a, around_b), (b, around_a)):
        if isinstance(ring, Ring):
            room_m = ring.inner_m - buffer_m - other.radius_m
            ways.append(Move(toward, apart_m - room_m))
    if isinstance(a, Circle | Spot) and isinstance(b, Polygon | Corridor):
        ways.append(_edge_way(around_a.center, b, around_a.radius_m + buffer_m, out=True))
    if isinstance(b, Circle | Spot) and isinstance(a, Polygon | Corridor):
        ways.append(_edge_way(around_b.center, a, around_b.radius_m + buffer_m, out=False))
    return [way for way in ways if way.distance_m > 0.0]


def _edge_way(center: Point, area: Polygon | Corridor, clear_m: float, *, out: bool) -> Move:
    """Give the way off an area for a disc about `center`: past the nearest edge.

    With `out` the disc moves; else the area does, the other way.
    """
    rings = (area.exterior, *area.holes) if isinstance(area, Polygon) else (area.path,)
    foot = min(
        (nearest_on_line(line(ring), center) for ring in rings), key=lambda found: found.distance_m
    ).foot
    depth_m = -edge_distance_m(area, center)
    leaves_by_foot = depth_m > 0.0 and isinstance(area, Polygon)
    bearing = bearing_deg(center, foot) + (0.0 if leaves_by_foot else 180.0)
    return Move((bearing if out else bearing + 180.0) % 360.0, clear_m + depth_m)
