"""Distances, bearings and nearest places along geodesics of the WGS84 ellipsoid.

Karney's geodesics by way of pyproj: good to nanometres at any distance, near-antipodal points included.
Arrays of positions are (n, 2) lon_deg, lat_deg; bearings are degrees clockwise from north, 0 to 360.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from pyproj import Geod

from keepclear.geo.figures import Path, Point, lonlat
from keepclear.geo.frames import MEAN_RADIUS_M, Floats, Ints

_WGS84 = Geod(ellps="WGS84")
# A Newton step this small leaves the foot well within a millimetre, since the steps shrink quadratically.
_SETTLED_M = 1e-5


class Nearest(NamedTuple):
    """The place on a path nearest to a point: how far, where, on which leg, how far along the whole path."""

    distance_m: float
    foot: Point
    leg_index: int
    along_m: float


def distance_m(p: Point, q: Point) -> float:
    """Give the length of the geodesic between two points."""
    return float(_WGS84.inv(p.lon, p.lat, q.lon, q.lat)[2])


def bearing_deg(p: Point, q: Point) -> float:
    """Give the bearing at `p` of the geodesic to `q`; 0.0 when they are one place."""
    if p == q:
        return 0.0
    return float(_WGS84.inv(p.lon, p.lat, q.lon, q.lat)[0]) % 360.0


def destination(p: Point, bearing_deg: float, distance_m: float) -> Point:
    """Give the point reached from `p` after `distance_m` along the geodesic that leaves on a bearing."""
    lon, lat, _ = _WGS84.fwd(p.lon, p.lat, bearing_deg, distance_m)
    return Point(float(lon), float(lat))


def distances_m(p: Point, others: Floats) -> Floats:
    """Give the distances, (n,), from `p` to positions (n, 2)."""
    return _inverse(p, others)[1]


def bearings_deg(p: Point, others: Floats) -> Floats:
    """Give the bearings at `p`, (n,), of positions (n, 2)."""
    bearings: Floats = _inverse(p, others)[0] % 360.0
    return bearings


def destinations(p: Point, bearings_deg: Floats, distances_m: Floats) -> Floats:
    """Give the positions, (n, 2), reached from `p` on bearings (n,) after distances (n,)."""
    n = len(bearings_deg)
    lon, lat, _ = _WGS84.fwd(np.full(n, p.lon), np.full(n, p.lat), bearings_deg, distances_m)
    return np.column_stack([lon, lat])


def area_km2(ring: Floats) -> float:
    """Give the area inside a ring of geodesics, (n, 2), closed or not, turning either way."""
    area_m2, _ = _WGS84.polygon_area_perimeter(ring[:, 0], ring[:, 1])
    return abs(float(area_m2)) / 1e6


class Line(NamedTuple):
    """A chain of geodesic legs made ready for many questions; n corners, n - 1 legs.

    Attributes:
        corners: (n, 2) lon_deg, lat_deg.
        bearings: (n - 1,) bearing of each leg at its first corner.
        lengths: (n - 1,) metres.
        starts: (n,) metres along the line at which each corner lies.
    """

    corners: Floats
    bearings: Floats
    lengths: Floats
    starts: Floats


@lru_cache(maxsize=128)
def line_of(path: Path) -> Line:
    """Measure the legs of a path; the last paths asked for are remembered."""
    return line(path.points)


def line(points: Sequence[Point]) -> Line:
    """Measure the legs of a chain of points."""
    return line_through(lonlat(points))


def line_through(corners: Floats) -> Line:
    """Measure the legs of a chain of corners, (n, 2) lon_deg, lat_deg."""
    a, b = corners[:-1], corners[1:]
    bearings, _, lengths = _WGS84.inv(a[:, 0], a[:, 1], b[:, 0], b[:, 1])
    return Line(corners, bearings, lengths, np.concatenate([[0.0], np.cumsum(lengths)]))


def nearest_on_path(path: Path, point: Point) -> Nearest:
    """Find the place on a path that is nearest to a point, to better than 1 cm.

    Of several equally near places the first along the path is given.
    """
    return nearest_on_line(line_of(path), point)


def nearest_on_line(chain: Line, point: Point) -> Nearest:
    """Find the place on a chain of legs that is nearest to a point, to better than 1 cm."""
    return nearest_of(chain, point, distances_m(point, chain.corners))


def nearest_of(chain: Line, point: Point, to_corners_m: Floats) -> Nearest:
    """Find the nearest place on a chain when the distances to its corners, (n,), are already known."""
    # By the triangle inequality no place on a leg is nearer than this, so the search below misses nothing.
    at_least_m = (to_corners_m[:-1] + to_corners_m[1:] - chain.lengths) / 2.0
    legs = np.flatnonzero(at_least_m <= np.min(to_corners_m) + 1e-3)
    places = np.broadcast_to(np.array([[point.lon, point.lat]]), (len(legs), 2))
    distances, feet, offsets = feet_on_legs(chain, legs, places)
    # A foot at a corner belongs to two legs and comes out twice, a few nanometres apart.
    best = int(np.flatnonzero(distances <= np.min(distances) + 1e-6)[0])
    leg = int(legs[best])
    foot = Point(float(feet[best, 0]), float(feet[best, 1]))
    return Nearest(float(distances[best]), foot, leg, float(chain.starts[leg] + offsets[best]))


def feet_on_legs(chain: Line, legs: Ints, places: Floats) -> tuple[Floats, Floats, Floats]:
    """Find the nearest place on leg `legs[i]` to `places[i]`, for each i.

    Args:
        chain: the chain that the legs belong to.
        legs: (n,) leg numbers.
        places: (n, 2) lon_deg, lat_deg.

    Returns:
        distances (n,) in metres, feet (n, 2) lon_deg, lat_deg, and metres along each leg (n,).
    """
    start, bearing, length = chain.corners[legs], chain.bearings[legs], chain.lengths[legs]
    to_start = _distances_between(places, start)
    to_end = _distances_between(places, chain.corners[legs + 1])
    safe = np.maximum(length, 1e-9)
    along = np.clip((length**2 + to_start**2 - to_end**2) / (2.0 * safe), 0.0, length)
    for _ in range(30):
        lon, lat, back = _WGS84.fwd(start[:, 0], start[:, 1], bearing, along)
        toward, _, distance = _WGS84.inv(lon, lat, places[:, 0], places[:, 1])
        step = _newton_step(np.radians(toward - back - 180.0), distance)
        moved = np.clip(along + step, 0.0, length)
        done = bool(np.all(np.abs(moved - along) <= _SETTLED_M))
        along = moved
        if done:
            break
    feet = np.column_stack([lon, lat])
    # An end of a leg is given as the corner itself, so that neighbours agree on it to the last bit.
    feet = np.where((along >= length)[:, None], chain.corners[legs + 1], feet)
    feet = np.where((along <= 0.0)[:, None], start, feet)
    return _distances_between(places, feet), feet, along


def _newton_step(turn: Floats, distance: Floats) -> Floats:
    """Give how far along the leg to move, from the angle between leg and point as seen at the foot.

    The step is Newton's for half the squared distance on a sphere; the sphere only sets the pace, the
    place where it comes to rest is the ellipsoid's.
    """
    arc = np.minimum(distance / MEAN_RADIUS_M, 1.4)
    bend = np.where(arc > 1e-8, arc / np.tan(np.maximum(arc, 1e-8)), 1.0)
    step: Floats = distance * np.cos(turn) / (np.cos(turn) ** 2 + np.sin(turn) ** 2 * bend)
    return step


def chop(corners: Floats, step_m: float) -> Floats:
    """Put extra corners on the geodesic legs of a chain, (n, 2), so that none is longer than `step_m`."""
    a, b = corners[:-1], corners[1:]
    bearings, _, lengths = _WGS84.inv(a[:, 0], a[:, 1], b[:, 0], b[:, 1])
    parts = np.maximum(1, np.ceil(lengths / step_m)).astype(np.intp)
    if int(parts.max()) == 1:
        return corners
    leg = np.repeat(np.arange(len(parts)), parts)
    number = np.arange(len(leg)) - np.repeat(np.cumsum(parts) - parts, parts)
    lon, lat, _ = _WGS84.fwd(a[leg, 0], a[leg, 1], bearings[leg], lengths[leg] * number / parts[leg])
    inner = np.where((number == 0)[:, None], a[leg], np.column_stack([lon, lat]))
    return np.concatenate([inner, corners[-1:]])


def bearings_and_distances(p: Point, others: Floats) -> tuple[Floats, Floats]:
    """Give the bearings at `p` in degrees, (n,), and the distances, (n,), of positions (n, 2)."""
    return _inverse(p, others)


def length_m(points: Sequence[Point]) -> float:
    """Give the length of a chain of geodesic legs."""
    return float(line(points).starts[-1])


def _inverse(p: Point, others: Floats) -> tuple[Floats, Floats]:
    n = len(others)
    bearings, _, distances = _WGS84.inv(np.full(n, p.lon), np.full(n, p.lat), others[:, 0], others[:, 1])
    return bearings, distances


def _distances_between(places: Floats, others: Floats) -> Floats:
    distances: Floats = _WGS84.inv(places[:, 0], places[:, 1], others[:, 0], others[:, 1])[2]
    return distances
