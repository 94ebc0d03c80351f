"""Boxes of longitude and latitude round areas, and an index of them: the first, coarse stage of a search.

A box may be too large, never too small; across the antimeridian an area has two. What the index gives are
candidates only: whether areas meet is decided by `keepclear.geo.volumes`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

from keepclear.geo.figures import Area, Circle, Corridor, Polygon, Ring, Spot, lonlat
from keepclear.geo.frames import MEAN_RADIUS_M, STEP_M, Floats, Ints
from keepclear.geo.geodesy import chop

# Below the smallest radius of curvature (6,335,439 m), so that every angle comes out too large.
_SMALL_RADIUS_M = 6_330_000.0
_POLAR_LAT = 89.0


class Box(NamedTuple):
    """A span of longitudes and latitudes in degrees, edges included; `west` ≤ `east` always."""

    west: float
    south: float
    east: float
    north: float


@lru_cache(maxsize=4096)
def boxes(area: Area, pad_m: float = 0.0) -> tuple[Box, ...]:
    """Give one box, or two at the antimeridian, that hold the area and all within `pad_m` of it."""
    match area:
        case Circle(center, reach_m) | Ring(center, _, reach_m) | Spot(center, reach_m):
            return _boxed(lonlat([center]), reach_m + pad_m)
        case Corridor(path, half_width_m):
            return _boxed(chop(lonlat(path), STEP_M), half_width_m + pad_m)
        case Polygon(exterior, _):
            return _boxed(chop(lonlat(exterior), STEP_M), pad_m)


class BoxIndex:
    """Many areas by their boxes, for "which of these may meet that?"."""

    def __init__(self, areas: Sequence[Area], pad_m: float = 0.0) -> None:
        """Index some areas, each widened by `pad_m`; answers name them by their place in the sequence."""
        every = [(number, box) for number, area in enumerate(areas) for box in boxes(area, pad_m)]
        self._owners: Ints = np.array([number for number, _ in every], dtype=np.intp)
        self._tree = shapely.STRtree([shapely.box(*box) for _, box in every])

    def candidates(self, wanted: Sequence[Box]) -> Ints:
        """Give, in rising order, the numbers of all areas of which a box touches one of those wanted."""
        found = self._tree.query([shapely.box(*box) for box in wanted])[1]
        return np.unique(self._owners[found])

    def may_hold(self, lon: Floats, lat: Floats, within_m: Floats) -> NDArray[np.bool_]:
        """Tell of each place, many at once, whether an area may be within a distance of it.

        What lies by a pole, or so that its box would go over the 180th meridian, always may.
        """
        reach = within_m * 1.001 / _SMALL_RADIUS_M + 1e-9
        highest = np.abs(np.radians(lat)) + reach
        high = np.degrees(reach)
        wide = high * 1.001 / np.cos(np.minimum(highest, math.radians(_POLAR_LAT)))
        west, east = lon - wide, lon + wide
        beside = (highest >= math.radians(_POLAR_LAT)) | (west <= -180.0) | (east >= 180.0) | (wide > 90.0)
        found: NDArray[np.bool_] = ~np.isfinite(lon + lat + within_m) | beside
        rest = np.flatnonzero(~found)
        asked = shapely.box(west[rest], (lat - high)[rest], east[rest], (lat + high)[rest])
        found[rest[self._tree.query(asked)[0]]] = True
        return found


def _boxed(places: Floats, reach_m: float) -> tuple[Box, ...]:
    """Give the boxes of a chain of positions, (n, 2) and at most `STEP_M` apart, and all near it."""
    lat = places[:, 1]
    highest = float(np.max(np.abs(lat)))
    leg_m = STEP_M if len(places) > 1 else 0.0
    reach_m = reach_m * 1.001 + _bulge_m(leg_m, highest) + 0.01
    reach = reach_m / _SMALL_RADIUS_M
    south, north = float(lat.min()) - math.degrees(reach), float(lat.max()) + math.degrees(reach)
    steps = (np.diff(places[:, 0]) + 180.0) % 360.0 - 180.0
    lon = places[0, 0] + np.concatenate([[0.0], np.cumsum(steps)])
    wind = abs(float(lon[-1] - lon[0]))
    if max(abs(south), abs(north)) >= _POLAR_LAT or (wind > 180.0 and places[0, 0] == places[-1, 0]):
        # Near a pole, or round it, every longitude is near.
        to_north, to_south = north >= _POLAR_LAT or lat.mean() > 0, south <= -_POLAR_LAT or lat.mean() < 0
        return (Box(-180.0, -90.0 if to_south else south, 180.0, 90.0 if to_north else north),)
    beside = math.degrees(math.asin(math.sin(reach) / math.cos(math.radians(highest)))) * 1.001
    return _split(float(lon.min()) - beside, south, float(lon.max()) + beside, north)


def _bulge_m(leg_m: float, lat_deg: float) -> float:
    """Bound how far a geodesic leg bulges toward the pole beyond its ends."""
    return min(
        leg_m / 2.0, 1.1 * leg_m**2 * math.tan(math.radians(min(lat_deg, 89.9))) / (8.0 * MEAN_RADIUS_M)
    )


def _split(west: float, south: float, east: float, north: float) -> tuple[Box, ...]:
    if east - west >= 360.0:
        return (Box(-180.0, south, 180.0, north),)
    turns = math.floor((west + 180.0) / 360.0)
    west, east = west - 360.0 * turns, east - 360.0 * turns
    if east <= 180.0:
        return (Box(west, south, east, north),)
    return (Box(west, south, 180.0, north), Box(-180.0, south, east - 360.0, north))
