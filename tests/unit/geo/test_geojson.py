"""Shapes as GeoJSON: there and back, and what is refused says what would pass."""

import pytest

from keepclear.errors import Malformed
from keepclear.geo.shapes import (
    Circle,
    Corridor,
    Path,
    Point,
    Polygon,
    Ring,
    Spot,
    from_geojson,
    to_geojson,
)

RING = [[38, 33], [39, 33], [39, 34], [38, 33]]
P = Point(38.5, 33.5)
HOLE = (Point(38.6, 33.2), Point(38.7, 33.2), Point(38.7, 33.3), Point(38.6, 33.2))


@pytest.mark.parametrize(
    "shape",
    [
        Circle(P, 55_000), Ring(P, 10, 20), Spot(P, 12.5),
        Corridor((P, Point(39, 34)), 250), Path((P, Point(39, 34))),
        Polygon(tuple(Point(*c) for c in RING)), Polygon(tuple(Point(*c) for c in RING), (HOLE,)),
    ],
)  # fmt: skip
def test_every_shape_comes_back_unchanged(shape):
    assert from_geojson(to_geojson(shape)) == shape


def test_a_bare_point_can_be_shown():
    assert to_geojson(P)["geometry"] == {"type": "Point", "coordinates": [38.5, 33.5]}


def test_a_bare_geometry_is_read_too():
    assert from_geojson({"type": "Polygon", "coordinates": [RING]}) == Polygon(tuple(Point(*c) for c in RING))


def test_other_properties_are_left_alone_and_a_zero_height_is_no_height():
    circle = {
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": [38.5, 33.5, 0]},
        "properties": {"radius_m": 5, "name": "x"},
    }
    assert from_geojson(circle) == Circle(P, 5)


def feature(geometry, **properties):
    return {"type": "Feature", "geometry": geometry, "properties": properties}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ({"type": "MultiPolygon", "coordinates": [[RING]]}, r"geojson-one-shape.*each part of the Mul"),
        ({"type": "FeatureCollection", "features": []}, "one Feature at a time"),
        ({"type": "Polygon", "coordinates": [[[33.5, 138.6]]]}, r"latitude first.*coordinates\[0\]\[0\]"),
        ({"type": "Polygon", "coordinates": [[*RING[:-1], [38, 34]]]}, "ring-closed"),
        ({"type": "Polygon", "coordinates": []}, "an exterior"),
        ({"type": "Point", "coordinates": [38, 33]}, r"without extent.*radius_m"),
        (feature({"type": "Point", "coordinates": [38, 33]}, radius_m="5 km"), r"properties\.radius_m"),
        (feature({"type": "Point", "coordinates": [38, 33]}, radius_m=True), "geojson-number"),
        (feature({"type": "Point", "coordinates": [38, 33]}, radius_m=-5), "radius_m"),
        (feature({"type": "Point", "coordinates": [38, 33]}, inner_m=5), r"properties\.outer_m"),
        ({"type": "Point", "coordinates": [38, 33, 120]}, r"geojson-position.*floor and ceiling"),
        ({"type": "LineString", "coordinates": [[38], [39]]}, r"coordinates\[0\]"),
        ({"type": "LineString", "coordinates": "38,33 39,34"}, "geojson-array"),
        ({"type": "LineString", "coordinates": [[38, None], [39, 2]]}, "geojson-number"),
        ({"type": "LineString", "coordinates": [[38, 1]] * 20_001}, "vertex-limit"),
        ({"type": "Circle", "coordinates": [38, 33]}, r"geojson-type.*Polygon; Point with"),
        ({"type": "Polygon", "coordinates": [RING], "crs": {"name": "EPSG:32637"}}, "geojson-crs"),
        (feature(None), "geometry"),
        ([1, 2], "geojson-object"),
        (None, "geojson-object"),
    ],
)  # fmt: skip
def test_what_is_no_shape_is_refused_with_the_next_step(text, words):
    with pytest.raises(Malformed, match=words):
        from_geojson(text)
