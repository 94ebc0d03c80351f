"""Geodesics against published vectors, and nearest places against a plain search."""

import numpy as np
import pytest
from pyproj import Geod

from keepclear.geo.geodesy import (
    area_km2,
    bearing_deg,
    bearings_deg,
    chop,
    destination,
    destinations,
    distance_m,
    distances_m,
    length_m,
    line,
    nearest_on_path,
)
from keepclear.geo.shapes import Path, Point

GEOD = Geod(ellps="WGS84")


def plain_nearest_m(path: Path, point: Point) -> tuple[float, float]:
    """Oracle: golden-section search along every leg; gives the distance and how far along it lies."""
    best, before = (np.inf, 0.0), 0.0
    for a, b in zip(path.points[:-1], path.points[1:], strict=True):
        bearing, _, length = GEOD.inv(a.lon, a.lat, b.lon, b.lat)

        def away(t, a=a, bearing=bearing):
            lon, lat, _ = GEOD.fwd(a.lon, a.lat, bearing, t)
            return GEOD.inv(lon, lat, point.lon, point.lat)[2]

        low, high = 0.0, length
        for _ in range(70):
            third = (high - low) * 0.381966
            if away(low + third) < away(high - third):
                high -= third
            else:
                low += third
        best = min(best, (away((low + high) / 2), before + (low + high) / 2))
        before += length
    return best


@pytest.mark.parametrize(
    ("p", "q", "metres"),
    [
        (Point(lon=-73.8, lat=40.6), Point(lon=-0.5, lat=51.6), 5_551_759.400),
        (Point(lon=0, lat=0), Point(lon=179.5, lat=0.5), 19_936_288.579),
        (Point(lon=0, lat=89.9), Point(lon=180, lat=89.9), 22_338.8),
    ],
)
def test_distances_are_karneys_even_near_the_antipode_and_over_the_pole(p, q, metres):
    assert distance_m(p, q) == pytest.approx(metres, abs=0.05 if metres < 1e6 else 0.001)


def test_destinations_are_karneys():
    start = Point(lon=38.67, lat=33.5)
    east, north = destination(start, 90, 55_000), destination(start, 0, 55_000)
    assert (east.lat, east.lon) == pytest.approx((33.49858632, 39.26188440), abs=1e-8)
    assert (north.lat, north.lon) == pytest.approx((33.99586250, 38.67), abs=1e-8)


def test_arrays_say_what_single_points_say():
    start = Point(lon=179.9, lat=-12.0)
    bearings, distances = np.array([0.0, 91.0, 359.0]), np.array([10.0, 2e4, 3e6])
    places = destinations(start, bearings, distances)
    assert places.shape == (3, 2)
    assert distances_m(start, places) == pytest.approx(distances, abs=1e-6)
    assert bearings_deg(start, places) == pytest.approx(bearings, abs=1e-5)
    single = destination(start, 91.0, 2e4)
    assert places[1] == pytest.approx((single.lon, single.lat), abs=1e-12)
    assert bearing_deg(start, single) == pytest.approx(91.0)
    assert bearing_deg(start, start) == 0.0


def test_area_of_a_degree_square_at_the_equator():
    square = np.array([(0, 0), (1, 0), (1, 1), (0, 1)], dtype=float)
    assert area_km2(square) == pytest.approx(12_308.778, abs=0.01)
    assert area_km2(square[::-1]) == area_km2(square)


def test_nearest_place_is_found_to_a_centimetre_on_random_paths():
    random = np.random.default_rng(7)
    for _ in range(60):
        lon, lat = random.uniform(-180, 180), random.uniform(-85, 85)
        steps = random.uniform(-0.8, 0.8, (6, 2))
        corners = np.array([lon, lat]) + np.cumsum(steps, axis=0)
        corners[:, 0] = (corners[:, 0] + 180) % 360 - 180
        path = Path(tuple(Point(float(x), float(np.clip(y, -89.9, 89.9))) for x, y in corners))
        point = destination(path.points[2], random.uniform(0, 360), random.uniform(0, 150_000))
        found, (metres, along) = nearest_on_path(path, point), plain_nearest_m(path, point)
        assert found.distance_m == pytest.approx(metres, abs=0.001)
        assert distance_m(found.foot, point) == pytest.approx(found.distance_m, abs=1e-6)
        assert found.along_m == pytest.approx(along, abs=0.5)


def test_nearest_place_on_a_very_long_leg():
    path = Path((Point(0, 50), Point(25, 50)))
    point = Point(12, 20)
    assert nearest_on_path(path, point).distance_m == pytest.approx(
        plain_nearest_m(path, point)[0], abs=0.001
    )


def test_nearest_place_of_a_point_on_the_path_is_the_point():
    path = Path((Point(38, 33), Point(39, 34), Point(40, 34)))
    on_it = destination(path.points[0], bearing_deg(*path.points[:2]), 40_000)
    found = nearest_on_path(path, on_it)
    assert (found.distance_m, found.along_m) == pytest.approx((0.0, 40_000), abs=1e-5)
    assert found.leg_index == 0


def test_nearest_place_at_a_shared_corner_belongs_to_the_first_leg():
    path = Path((Point(0, 0), Point(1, 0), Point(0, 0.1)))
    found = nearest_on_path(path, Point(1.1, 0.05))
    assert found.foot == Point(1, 0)
    assert found.leg_index == 0
    assert found.along_m == pytest.approx(length_m(path.points[:2]))


def test_repeated_points_do_no_harm():
    path = Path((Point(38, 33), Point(38, 33), Point(39, 33), Point(39, 33)))
    assert nearest_on_path(path, Point(38.5, 33.1)).distance_m == pytest.approx(
        plain_nearest_m(path, Point(38.5, 33.1))[0], abs=0.001
    )


def test_chopped_legs_stay_on_the_geodesic():
    corners = np.array([(36.0, 60.0), (42.0, 60.0)])
    chopped = chop(corners, 10_000)
    assert np.all(np.diff(line([Point(*map(float, c)) for c in chopped]).starts) <= 10_000.001)
    path = Path(tuple(Point(*map(float, c)) for c in corners))
    assert max(nearest_on_path(path, Point(*map(float, c))).distance_m for c in chopped) < 1e-4
    assert np.array_equal(chopped[[0, -1]], corners)


def test_a_long_edge_is_a_geodesic_and_not_the_straight_line_of_the_map():
    # performance.md §5.2: the gap at mid-edge, east-west, latitude 35 and 60.
    for lat, length, gap in ((35, 10e3, 1.4), (35, 300e3, 1233), (60, 100e3, 338)):
        start = Point(36, lat)
        end = Point(destination(start, 90, length).lon, lat)
        middle_of_map = Point((start.lon + end.lon) / 2, lat)
        assert nearest_on_path(Path((start, end)), middle_of_map).distance_m == pytest.approx(gap, rel=0.03)
