"""The values that stand in statements: points, circles, rings, polygons, corridors, spots and paths.

A value that breaks a rule of its kind cannot be made: the maker gets `Malformed` with the field, the rule and
what would pass. What can be asked of shapes is in `keepclear.geo.shapes`, which also gives these names.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from enum import StrEnum

import numpy as np
import shapely
from msgspec import Struct

from keepclear.errors import Malformed
from keepclear.geo.frames import MAX_EXTENT_M, MEAN_RADIUS_M, Floats, frame_at, middle, rough_distances_m

MAX_VERTICES = 20_000
DEGREES = (
    "a number of decimal degrees, south and west negative, such as 33.505 for 33°30'18\"N: "
    "33 + 30/60 + 18/3600; minutes and seconds are never read as decimals"
)
MAX_LEG_M = 2_000_000.0
# What is drawn smaller is no area: it is a spot, which says how well its place is known.
MIN_RADIUS_M = 1.0
_WHERE = re.compile(r"(?P<what>[^\[]+)\[(?P<x>\S+) (?P<y>\S+)\]")


class Point(Struct, frozen=True, forbid_unknown_fields=True, gc=False):
    """A position in degrees, WGS84."""

    lon: float
    lat: float

    def __post_init__(self) -> None:
        if not (-180.0 <= self.lon <= 180.0 and -90.0 <= self.lat <= 90.0):
            swapped = 90.0 < abs(self.lat) <= 180.0 and abs(self.lon) <= 90.0
            hint = "; these two look like latitude first" if swapped else ""
            raise Malformed(
                f"a position at lon {self.lon}, lat {self.lat} lies on no map{hint}",
                "coordinate-range",
                "lon within -180 to 180 and lat within -90 to 90, longitude first",
                "lon,lat",
            )


class Circle(Struct, frozen=True, tag_field="shape", tag="circle", forbid_unknown_fields=True):
    """All points within `radius_m` of `center` along the ellipsoid, edge included."""

    center: Point
    radius_m: float

    def __post_init__(self) -> None:
        _length("a circle", "radius_m", self.radius_m, MIN_RADIUS_M)


class Ring(Struct, frozen=True, tag_field="shape", tag="ring", forbid_unknown_fields=True):
    """All points at least `inner_m` and at most `outer_m` from `center`, both edges included."""

    center: Point
    inner_m: float
    outer_m: float

    def __post_init__(self) -> None:
        _length("a ring", "outer_m", self.outer_m, MIN_RADIUS_M)
        if not 0.0 <= self.inner_m < self.outer_m:
            raise Malformed(
                f"a ring with inner_m {self.inner_m} and outer_m {self.outer_m}",
                "ring-order",
                f"inner_m of at least 0 and less than {self.outer_m}",
                "inner_m",
            )


class Polygon(
    Struct, frozen=True, cache_hash=True, tag_field="shape", tag="polygon", forbid_unknown_fields=True,
    omit_defaults=True,
):  # fmt: skip
    """The inside of a closed exterior ring less its holes, edges included; edges are geodesics.

    `exterior` and each hole: first point repeated as last, at least four points, in either sense of turning.
    """

    exterior: tuple[Point, ...]
    holes: tuple[tuple[Point, ...], ...] = ()

    def __post_init__(self) -> None:
        names = ["exterior", *(f"holes[{number}]" for number in range(len(self.holes)))]
        rings = [self.exterior, *self.holes]
        _count(sum(map(len, rings)), "a polygon", "exterior")
        for name, ring in zip(names, rings, strict=True):
            _closed(ring, name)
        corners = [lonlat(ring) for ring in rings]
        if not all(map(_is_compact, corners)):
            for name, corner in zip(names, corners, strict=True):
                _legs(corner, "a polygon", name)
            _extent(np.concatenate(corners), "a polygon", "exterior")
        _not_crossing(corners)


class Corridor(
    Struct, frozen=True, cache_hash=True, tag_field="shape", tag="corridor", forbid_unknown_fields=True
):
    """All points within `half_width_m` of the path, ends rounded, edge included."""

    path: tuple[Point, ...]
    half_width_m: float

    def __post_init__(self) -> None:
        _length("a corridor", "half_width_m", self.half_width_m)
        _line(self.path, "a corridor", "path")


class Spot(Struct, frozen=True, tag_field="shape", tag="spot", forbid_unknown_fields=True):
    """One position known to within `accuracy_m`; as an area, the disc of that radius."""

    at: Point
    accuracy_m: float

    def __post_init__(self) -> None:
        if not 0.0 <= self.accuracy_m <= MAX_EXTENT_M:
            raise Malformed(
                f"a spot with accuracy_m {self.accuracy_m}",
                "length",
                f"a number of metres from 0 to {MAX_EXTENT_M:.0f}",
                "accuracy_m",
            )


class Path(Struct, frozen=True, cache_hash=True, tag_field="shape", tag="path", forbid_unknown_fields=True):
    """A directed line of geodesic legs: a boundary has one; left and right are as seen along it."""

    points: tuple[Point, ...]

    def __post_init__(self) -> None:
        _line(self.points, "a path", "points")


Area = Circle | Ring | Polygon | Corridor | Spot
Shape = Area | Path


class Side(StrEnum):
    """A side of a directed path, as seen facing along it."""

    LEFT = "left"
    RIGHT = "right"


class Clip(Struct, frozen=True, forbid_unknown_fields=True):
    """A polyline beyond which a measure does not hold; only what lies on the `keep` side of it stays.

    The end legs count as prolonged, so every point lies on one side or the other.
    """

    path: Path
    keep: Side

    def __post_init__(self) -> None:
        not_self_crossing(self.path, "a clip", "path")


def lonlat(points: Sequence[Point]) -> Floats:
    """Give positions as an array, (n, 2) lon_deg, lat_deg."""
    return np.array([(p.lon, p.lat) for p in points], dtype=np.float64).reshape(-1, 2)


def _length(what: str, field: str, value: float, least_m: float = 0.0) -> None:
    if not (math.isfinite(value) and max(least_m, math.ulp(0.0)) <= value <= MAX_EXTENT_M):
        lowest = f"at least {least_m:.0f}" if least_m else "above 0"
        raise Malformed(
            f"{what} with {field} {value}",
            "length",
            f"a number of metres {lowest} and at most {MAX_EXTENT_M:.0f}",
            field,
        )


def _count(count: int, what: str, field: str) -> None:
    if count > MAX_VERTICES:
        raise Malformed(
            f"{what} of {count:,} points", "vertex-limit", f"at most {MAX_VERTICES:,} points", field
        )


def _closed(ring: tuple[Point, ...], field: str) -> None:
    if len(ring) < 4:
        raise Malformed(
            f"a polygon ring of {len(ring)} points",
            "ring-points",
            "at least four points, the first repeated as the last",
            field,
        )
    if ring[0] != ring[-1]:
        raise Malformed(
            f"an open polygon ring: it starts at {said(ring[0])} and ends at {said(ring[-1])}",
            "ring-closed",
            f"the first point, {said(ring[0])}, repeated as the last",
            field,
        )


def _line(points: tuple[Point, ...], what: str, field: str) -> None:
    _count(len(points), what, field)
    if len(set(points)) < 2:
        raise Malformed(
            f"{what} with {len(set(points))} distinct points",
            "line-points",
            "at least two different points",
            field,
        )
    corners = lonlat(points)
    if not _is_compact(corners):
        _legs(corners, what, field)
        _extent(corners, what, field)


def _is_compact(corners: Floats) -> bool:
    """Tell cheaply that neither legs nor extent can be too long; most shapes fit in 5 by 5 degrees."""
    return bool(np.all(corners.max(axis=0) - corners.min(axis=0) < 5.0))


def _legs(corners: Floats, what: str, field: str) -> None:
    # Between far points the eye cannot guess which way a geodesic bulges: 1.2 km off the straight map line
    # at 300 km east-west, latitude 35 (docs/explanation/geometry.md).
    lon, lat = np.radians(corners[:, 0]), np.radians(corners[:, 1])
    ahead = np.column_stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)])
    chords = np.linalg.norm(np.diff(ahead, axis=0), axis=1)
    too_long = np.flatnonzero(chords > MAX_LEG_M / MEAN_RADIUS_M)
    if len(too_long):
        index = int(too_long[0])
        raise Malformed(
            f"{what} with a leg, from point {index} to the next, longer than {MAX_LEG_M / 1000:,.0f} km",
            "leg-length",
            f"points in between, no more than {MAX_LEG_M / 1000:,.0f} km apart",
            f"{field}[{index}]",
        )


def _extent(corners: Floats, what: str, field: str) -> None:
    farthest_m = float(np.max(rough_distances_m(corners, *middle(corners))))
    if farthest_m > MAX_EXTENT_M:
        raise Malformed(
            f"{what} that reaches {farthest_m / 1000:,.0f} km from its middle",
            "extent",
            f"parts that each lie within {MAX_EXTENT_M / 1000:,.0f} km of their middle",
            field,
        )


def _not_crossing(rings: list[Floats]) -> None:
    frame = frame_at(*middle(rings[0]))
    plane = [frame.to_plane(ring) for ring in rings]
    polygon = shapely.Polygon(plane[0], plane[1:])
    if shapely.is_valid(polygon) and shapely.area(polygon) > 0.0:
        return
    reason = str(shapely.is_valid_reason(polygon))
    found = _WHERE.match(reason)
    where, what = "", reason
    if found is not None:
        lon, lat = frame.to_lonlat(np.array([[float(found["x"]), float(found["y"])]]))[0]
        where, what = f" at {said(Point(float(lon), float(lat)))}", found["what"]
    lies_wrong = what.startswith(("Hole", "Nested", "Interior"))
    raise Malformed(
        f"a polygon whose hole lies wrong{where} ({what.lower()})"
        if lies_wrong
        else f"a polygon whose edges cross or touch{where} ({what.lower()})",
        "polygon-holes" if lies_wrong else "polygon-crossing",
        "holes inside the exterior and apart from one another"
        if lies_wrong
        else "points in the order in which one walks round the area, each edge meeting only its neighbours",
        "holes" if lies_wrong else "exterior",
    )


def not_self_crossing(path: Path, what: str, field: str) -> None:
    """Refuse a path that crosses or touches itself, since it has no two sides.

    Raises:
        Malformed: naming the first place at which it meets itself.
    """
    if path.points[0] == path.points[-1]:
        raise Malformed(
            f"{what} that ends where it starts, at {said(path.points[0])}",
            "path-closed",
            "a line with two ends; for an area, a polygon",
            field,
        )
    corners = lonlat(path.points)
    frame = frame_at(*middle(corners))
    trace = shapely.LineString(frame.to_plane(corners))
    if shapely.is_simple(trace):
        return
    # Noding cuts the line wherever it meets itself: the cuts are the corners that it did not have before.
    pieces = shapely.get_parts(shapely.node(trace))
    ends = [tuple(xy) for piece in pieces for xy in shapely.get_coordinates(piece)[[0, -1]]]
    met = np.array([xy for xy in dict.fromkeys(ends) if ends.count(xy) > 2] or ends[:1])
    lon, lat = frame.to_lonlat(met)[0]
    raise Malformed(
        f"{what} that crosses or touches itself at {said(Point(float(lon), float(lat)))}",
        "path-crossing",
        "points in the order in which one walks along it, never meeting an earlier leg",
        field,
    )


def said(point: Point) -> str:
    """Give a position in words for a message, to about 0.1 m."""
    return f"lon {point.lon:.6f}, lat {point.lat:.6f}"
