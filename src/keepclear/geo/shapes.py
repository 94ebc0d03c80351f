"""Shapes on the WGS84 ellipsoid: points, circles, polygons, corridors, rings and lines.

Longitude first, named always. Edges of polygons, corridors and lines are geodesics; every shape contains
its edge. A circle is kept as centre and radius and never stored as a polygon.
"""

from __future__ import annotations

from msgspec import Struct

from keepclear.errors import Malformed

MAX_VERTICES = 20_000


class Point(Struct, frozen=True, forbid_unknown_fields=True):
    """A position in degrees, WGS84."""

    lon: float
    lat: float

    def __post_init__(self) -> None:
        if not (-180.0 <= self.lon <= 180.0 and -90.0 <= self.lat <= 90.0):
            raise Malformed(
                f"a position at lon {self.lon}, lat {self.lat} lies on no map",
                "coordinate-range",
                "lon within -180 to 180 and lat within -90 to 90, longitude first",
                "lon,lat",
            )


class Circle(Struct, frozen=True, tag_field="shape", tag="circle", forbid_unknown_fields=True):
    """All points within `radius_m` of `center` along the ellipsoid, edge included."""

    center: Point
    radius_m: float


class Ring(Struct, frozen=True, tag_field="shape", tag="ring", forbid_unknown_fields=True):
    """All points at least `inner_m` and at most `outer_m` from `center`, both edges included."""

    center: Point
    inner_m: float
    outer_m: float


class Polygon(Struct, frozen=True, tag_field="shape", tag="polygon", forbid_unknown_fields=True, omit_defaults=True):
    """The inside of a closed exterior ring less its holes, edges included; edges are geodesics.

    `exterior` and each hole: first point repeated as last, at least four points.
    """

    exterior: tuple[Point, ...]
    holes: tuple[tuple[Point, ...], ...] = ()


class Corridor(Struct, frozen=True, tag_field="shape", tag="corridor", forbid_unknown_fields=True):
    """All points within `half_width_m` of the path, ends rounded, edge included."""

    path: tuple[Point, ...]
    half_width_m: float


class Spot(Struct, frozen=True, tag_field="shape", tag="spot", forbid_unknown_fields=True):
    """One position known to within `accuracy_m`; as an area, the disc of that radius."""

    at: Point
    accuracy_m: float


class Path(Struct, frozen=True, tag_field="shape", tag="path", forbid_unknown_fields=True):
    """A directed line of geodesic legs: a boundary has one; left and right are as seen along it."""

    points: tuple[Point, ...]


Area = Circle | Ring | Polygon | Corridor | Spot
Shape = Area | Path
