"""Inside-tests, distances, outlines and boxes against slow plain twins, anywhere on Earth."""

import math
from itertools import pairwise

import numpy as np
import shapely
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from pyproj import CRS, Geod, Transformer

from keepclear.errors import Malformed
from keepclear.geo.covers import BoxIndex, boxes
from keepclear.geo.gaps import distance_between_m
from keepclear.geo.geodesy import destination
from keepclear.geo.shapes import (
    Circle,
    Corridor,
    Inside,
    Point,
    Polygon,
    Ring,
    Spot,
    contains,
    distance_m,
    from_geojson,
    outline,
    to_geojson,
)

GEOD = Geod(ellps="WGS84")
PLAIN = settings(max_examples=60, deadline=None)

centers = st.builds(
    Point,
    st.one_of(st.floats(-180, 180), st.sampled_from([-180.0, 180.0, 179.99, -179.9, 0.0, 38.6])),
    st.one_of(st.floats(-89.9, 89.9), st.sampled_from([-90.0, 90.0, 89.8, 0.0, 33.5])),
)


@st.composite
def polygons(draw):
    """Star-shaped polygons, some with a hole about the middle."""
    center, reach_m, count = draw(centers), draw(st.floats(500, 150_000)), draw(st.integers(3, 9))
    shares = draw(st.lists(st.floats(0.4, 1.0), min_size=count, max_size=count))
    turn = draw(st.floats(0, 360))
    spots = [destination(center, turn + 360 * k / count, reach_m * share) for k, share in enumerate(shares)]
    holes = ()
    if draw(st.booleans()):
        ring = [destination(center, turn + 120 * k, reach_m * 0.1) for k in range(3)]
        holes = ((*ring, ring[0]),)
    try:
        return Polygon((*spots, spots[0]), holes)
    except Malformed:
        assume(False)


@st.composite
def corridors(draw):
    spots = [draw(centers)]
    bearing = draw(st.floats(0, 360))
    for _ in range(draw(st.integers(1, 4))):
        bearing += draw(st.floats(-120, 120))
        spots.append(destination(spots[-1], bearing, draw(st.floats(500, 60_000))))
    return Corridor(tuple(spots), draw(st.floats(10, 10_000)))


radii = st.floats(1, 300_000)
areas = st.one_of(
    st.builds(Circle, centers, radii),
    st.builds(lambda c, r, share: Ring(c, r * share, r), centers, radii, st.floats(0, 0.95)),
    st.builds(Spot, centers, st.floats(0, 5_000)),
    polygons(),
    corridors(),
)


def seen_from(point):
    """A plane about one point in which distances and bearings from it are true."""
    flat = CRS.from_proj4(f"+proj=aeqd +lat_0={point.lat} +lon_0={point.lon} +datum=WGS84")
    return Transformer.from_crs("OGC:CRS84", flat, always_xy=True)


def dense(ring, step_m=100.0):
    lons, lats = [], []
    for a, b in pairwise(ring):
        count = max(1, min(400, math.ceil(GEOD.inv(a.lon, a.lat, b.lon, b.lat)[2] / step_m)))
        between = GEOD.npts(a.lon, a.lat, b.lon, b.lat, count)
        lons += [a.lon, *(lon for lon, _ in between)]
        lats += [a.lat, *(lat for _, lat in between)]
    return [*lons, ring[-1].lon], [*lats, ring[-1].lat]


def plain_polygon(polygon, point):
    """Oracle: edges as dense chains, in a plane about the point, by GEOS."""
    view = seen_from(point)
    rings = [np.column_stack(view.transform(*dense(ring))) for ring in (polygon.exterior, *polygon.holes)]
    return shapely.Polygon(rings[0], rings[1:])


@PLAIN
@given(polygons(), st.floats(0, 360), st.floats(0, 2))
def test_polygons_agree_with_a_dense_plain_twin_away_from_the_edge(polygon, bearing, share):
    start = polygon.exterior[0]
    across = GEOD.inv(start.lon, start.lat, polygon.exterior[2].lon, polygon.exterior[2].lat)[2]
    point = destination(start, bearing, share * across)
    plain, origin = plain_polygon(polygon, point), shapely.Point(0, 0)
    found = distance_m(polygon, point)
    edge_m = plain.boundary.distance(origin)
    # The twin's chords, up to 750 m long, stray from the geodesic by less than 2 cm and shorten nothing else.
    assert abs(abs(found) - edge_m) < 0.05 + 1e-6 * edge_m
    if edge_m > 1.0:
        assert (found < 0) is plain.contains(origin)
        assert contains(polygon, point, edge_m - 0.9).answer is (Inside.YES if found < 0 else Inside.NO)
        assert contains(polygon, point, edge_m + 0.9).answer is Inside.UNDETERMINED


@PLAIN
@given(areas, st.floats(0, 360), st.floats(0, 400_000))
def test_a_distance_changes_no_faster_than_one_walks(area, bearing, metres):
    start = destination(_place_of(area), bearing, metres)
    step = 100.0
    for way in (0, 90, 200):
        there = destination(start, way, step)
        assert abs(distance_m(area, there) - distance_m(area, start)) <= step + 1e-3


@PLAIN
@given(areas, st.floats(0, 360), st.floats(0, 400_000))
def test_the_distance_to_an_area_is_that_between_it_and_a_spot(area, bearing, metres):
    point = destination(_place_of(area), bearing, metres)
    assert abs(max(0.0, distance_m(area, point)) - distance_between_m(Spot(point, 0), area)) < 0.01


@PLAIN
@given(areas)
def test_every_shape_survives_geojson(area):
    assert from_geojson(to_geojson(area)) == area


@PLAIN
@given(areas, st.lists(st.tuples(st.floats(0, 360), st.floats(0, 1.2)), min_size=30, max_size=30))
def test_an_outline_holds_every_place_of_its_area(area, spots):
    assume(all(abs(p.lat) < 85 for p in _corners(area)))
    drawn = shapely.geometry.shape(outline(area))
    for bearing, share in spots:
        spot = destination(_place_of(area), bearing, share * 20_000)
        if distance_m(area, spot) <= 0:
            assert drawn.covers(shapely.Point(spot.lon, spot.lat))


@settings(max_examples=40, deadline=None)
@given(st.lists(areas, min_size=1, max_size=12), areas, st.floats(0, 50_000))
def test_candidates_miss_nothing_that_brute_force_finds(stored, wanted, pad_m):
    found = set(BoxIndex(stored).candidates(boxes(wanted, pad_m)))
    near = {number for number, area in enumerate(stored) if distance_between_m(area, wanted) <= pad_m}
    assert near <= found


@PLAIN
@given(areas, st.floats(0, 360), st.floats(0, 1))
def test_boxes_hold_every_place_of_their_area(area, bearing, share):
    spot = destination(_place_of(area), bearing, share * 300_000)
    assume(distance_m(area, spot) <= 0)
    assert any(b.west <= spot.lon <= b.east and b.south <= spot.lat <= b.north for b in boxes(area))


def _corners(area):
    match area:
        case Polygon(points) | Corridor(points, _):
            return points
        case Circle(center) | Ring(center) | Spot(center):
            return [center]


def _place_of(area):
    return _corners(area)[0]
