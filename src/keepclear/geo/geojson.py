"""Shapes as GeoJSON and back (RFC 7946, edges as geodesics).

A circle is a Point with the property `radius_m`, a ring has `inner_m` and `outer_m`, a spot `accuracy_m`; a
corridor is a LineString with `half_width_m`. Properties that stand for nothing here are left alone.
"""

from __future__ import annotations

from collections.abc import Mapping

from keepclear.errors import Malformed
from keepclear.geo.figures import (
    DEGREES,
    MAX_VERTICES,
    Circle,
    Corridor,
    Path,
    Point,
    Polygon,
    Ring,
    Shape,
    Spot,
)

GeoJson = dict[str, object]


def to_geojson(shape: Shape | Point) -> GeoJson:
    """Give a shape as a GeoJSON Feature that `from_geojson` reads back unchanged."""
    match shape:
        case Point():
            return _feature("Point", _pair(shape), {})
        case Circle(center, radius_m):
            return _feature("Point", _pair(center), {"radius_m": radius_m})
        case Ring(center, inner_m, outer_m):
            return _feature("Point", _pair(center), {"inner_m": inner_m, "outer_m": outer_m})
        case Spot(at, accuracy_m):
            return _feature("Point", _pair(at), {"accuracy_m": accuracy_m})
        case Corridor(path, half_width_m):
            return _feature("LineString", [_pair(p) for p in path], {"half_width_m": half_width_m})
        case Path(points):
            return _feature("LineString", [_pair(p) for p in points], {})
        case Polygon(exterior, holes):
            return _feature("Polygon", [[_pair(p) for p in ring] for ring in (exterior, *holes)], {})


def from_geojson(obj: object) -> Shape:
    """Read a shape from a GeoJSON Feature or geometry.

    Raises:
        Malformed: the object is no shape that a statement can hold; says which member and what would pass.
    """
    members = _object(obj, "the GeoJSON text")
    kind = members.get("type")
    if kind == "FeatureCollection":
        raise Malformed(
            "a FeatureCollection where one shape is asked",
            "geojson-one-shape",
            "one Feature at a time",
            "type",
        )
    properties: Mapping[str, object] = {}
    if kind == "Feature":
        properties = _object(members.get("properties") or {}, "properties")
        members = _object(members.get("geometry"), "geometry")
    _refuse_other_datum(members)
    return _shape(members.get("type"), members.get("coordinates"), properties)


def _shape(kind: object, coordinates: object, properties: Mapping[str, object]) -> Shape:
    match kind:
        case "Point":
            return _around(_point(coordinates, "coordinates"), properties)
        case "LineString":
            points = _points(coordinates, "coordinates")
            if "half_width_m" in properties:
                return Corridor(points, _metres(properties, "half_width_m"))
            return Path(points)
        case "Polygon":
            parts = _array(coordinates, "coordinates")
            if not parts:
                raise Malformed("a Polygon without rings", "geojson-polygon", "an exterior", "coordinates")
            rings = [_points(ring, f"coordinates[{number}]") for number, ring in enumerate(parts)]
            return Polygon(rings[0], tuple(rings[1:]))
        case "MultiPolygon" | "MultiLineString" | "MultiPoint" | "GeometryCollection":
            raise Malformed(
                f"a {kind} where one shape is asked",
                "geojson-one-shape",
                f"each part of the {kind} as a shape of its own (a volume or a measure each)",
                "type",
            )
        case _:
            raise Malformed(
                f"a geometry of type {kind!r:.40}",
                "geojson-type",
                "Polygon; Point with radius_m, inner_m and outer_m, or accuracy_m; LineString",
                "type",
            )


def _around(center: Point, properties: Mapping[str, object]) -> Shape:
    if "radius_m" in properties:
        return Circle(center, _metres(properties, "radius_m"))
    if "inner_m" in properties or "outer_m" in properties:
        return Ring(center, _metres(properties, "inner_m"), _metres(properties, "outer_m"))
    if "accuracy_m" in properties:
        return Spot(center, _metres(properties, "accuracy_m"))
    raise Malformed(
        "a Point without extent",
        "geojson-point-extent",
        "a property radius_m (a circle), inner_m and outer_m (a ring) or accuracy_m (a spot), in metres",
        "properties",
    )


def _points(value: object, field: str) -> tuple[Point, ...]:
    positions = _array(value, field)
    if len(positions) > MAX_VERTICES:
        raise Malformed(
            f"a shape of {len(positions):,} points", "vertex-limit", f"at most {MAX_VERTICES:,} points", field
        )
    return tuple(_point(position, f"{field}[{number}]") for number, position in enumerate(positions))


def _point(value: object, field: str) -> Point:
    numbers = _array(value, field)
    if len(numbers) == 3 and numbers[2] in (0, 0.0):
        numbers = numbers[:2]
    if len(numbers) != 2:
        raise Malformed(
            f"a position of {len(numbers)} numbers",
            "geojson-position",
            "longitude and latitude; heights stand in floor and ceiling, with their datum",
            field,
        )
    lon, lat = (_number(number, field) for number in numbers)
    try:
        return Point(lon, lat)
    except Malformed as error:
        raise Malformed(error.asked, error.rule, error.passes, field) from error


def _metres(properties: Mapping[str, object], name: str) -> float:
    return _number(properties.get(name), f"properties.{name}")


def _number(value: object, field: str) -> float:
    if isinstance(value, str) and "coordinates" in field:
        asked = f"{value!r:.40} where decimal degrees are asked"
        raise Malformed(asked, "coordinate-form", DEGREES, field)
    if isinstance(value, bool) or not isinstance(value, int | float) or abs(value) > 1e300:
        raise Malformed(f"{value!r:.40} where a number is asked", "geojson-number", "a number", field)
    return float(value)


def _array(value: object, field: str) -> list[object]:
    if not isinstance(value, list | tuple):
        raise Malformed(f"{value!r:.40} where an array is asked", "geojson-array", "an array", field)
    return list(value)


def _object(value: object, field: str) -> Mapping[str, object]:
    if not isinstance(value, dict):
        raise Malformed(f"{value!r:.40} where an object is asked", "geojson-object", "an object", field)
    return value


def _refuse_other_datum(members: Mapping[str, object]) -> None:
    crs = members.get("crs")
    if crs is not None and "CRS84" not in str(crs) and "4326" not in str(crs):
        raise Malformed(
            f"a geometry with the reference system {crs!s:.80}",
            "geojson-crs",
            "WGS84 longitude and latitude, and no crs member",
            "crs",
        )


def _pair(point: Point) -> list[float]:
    return [point.lon, point.lat]


def _feature(kind: str, coordinates: object, properties: GeoJson) -> GeoJson:
    geometry: GeoJson = {"type": kind, "coordinates": coordinates}
    return {"type": "Feature", "geometry": geometry, "properties": properties}
