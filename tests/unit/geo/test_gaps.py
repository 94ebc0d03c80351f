"""Distances between areas, against a plain search over every pair of legs."""

from itertools import pairwise

import numpy as np
import pytest
from pyproj import Geod

from keepclear.geo.gaps import at_least_apart_m, distance_between_m
from keepclear.geo.geodesy import destination, distance_m
from keepclear.geo.shapes import Circle, Corridor, Point, Polygon, Ring, Spot

GEOD = Geod(ellps="WGS84")


def plain_leg_m(a, b, point):
    bearing, _, length = GEOD.inv(a.lon, a.lat, b.lon, b.lat)

    def away(t):
        lon, lat, _ = GEOD.fwd(a.lon, a.lat, bearing, t)
        return GEOD.inv(lon, lat, point.lon, point.lat)[2]

    low, high = 0.0, length
    for _ in range(60):
        third = (high - low) * 0.381966
        low, high = (low, high - third) if away(low + third) < away(high - third) else (low + third, high)
    return away((low + high) / 2)


def plain_gap_m(one, other):
    """Oracle for two chains that do not cross: every end of every leg against every leg."""
    return min(
        *(plain_leg_m(a, b, p) for a, b in pairwise(one) for p in other),
        *(plain_leg_m(a, b, p) for a, b in pairwise(other) for p in one),
    )


def star(center, radius_m, corners, random):
    bearings = (np.arange(corners) + random.uniform(0, 0.6, corners)) * 360 / corners
    spots = [destination(center, b, radius_m * random.uniform(0.4, 1)) for b in bearings]
    return (*spots, spots[0])


def box(west, south, east, north):
    return (
        Point(west, south), Point(east, south), Point(east, north), Point(west, north), Point(west, south)
    )  # fmt: skip


def test_polygons_and_corridors_are_measured_to_a_centimetre():
    random = np.random.default_rng(11)
    for _ in range(12):
        center = Point(random.uniform(-180, 180), random.uniform(-75, 75))
        there = destination(center, random.uniform(0, 360), random.uniform(120_000, 400_000))
        one, other = star(center, 50_000, 5, random), star(there, 60_000, 4, random)
        a, b = Polygon(one), Polygon(other)
        gap = plain_gap_m(one, other)
        assert distance_between_m(a, b) == pytest.approx(gap, abs=0.01)
        track = Corridor(other[:-1], 700.0)
        open_gap = plain_gap_m(one, other[:-1])
        assert distance_between_m(a, track) == pytest.approx(open_gap - 700, abs=0.01)
        twin = Corridor(one[:-1], 300.0)
        assert distance_between_m(track, twin) == pytest.approx(
            plain_gap_m(one[:-1], other[:-1]) - 1_000, abs=0.01
        )


def test_crossing_corridors_touch_even_when_no_corner_is_near():
    a = Corridor((Point(38, 33), Point(40, 35)), 1)
    b = Corridor((Point(38, 35), Point(40, 33)), 1)
    assert distance_between_m(a, b) == 0.0


def test_an_area_within_another_is_at_no_distance():
    outer, inner = Polygon(box(38, 33, 39, 34)), Polygon(box(38.4, 33.4, 38.6, 33.6))
    assert distance_between_m(outer, inner) == distance_between_m(inner, outer) == 0.0
    assert distance_between_m(outer, Corridor((Point(38.4, 33.5), Point(38.6, 33.5)), 5)) == 0.0
    assert distance_between_m(outer, Spot(Point(38.5, 33.5), 0)) == 0.0


def test_an_area_within_a_hole_is_apart():
    donut = Polygon(box(38, 33, 39, 34), (box(38.2, 33.2, 38.8, 33.8),))
    inner = Polygon(box(38.4, 33.4, 38.6, 33.6))
    assert distance_between_m(donut, inner) == pytest.approx(18_546, abs=30)
    assert distance_between_m(donut, Circle(Point(38.5, 33.5), 5_000)) == pytest.approx(22_870, abs=30)


def test_discs_touch_at_the_sum_of_their_radii():
    center = Point(38.6, 33.5)
    for apart, gap in ((30_000, 0), (29_999, 0), (30_001, 1)):
        other = Circle(destination(center, 33, apart), 20_000)
        assert distance_between_m(Circle(center, 10_000), other) == pytest.approx(gap, abs=1e-4)


def test_rings_have_a_hollow():
    center = Point(38.6, 33.5)
    ring = Ring(center, 20_000, 30_000)
    assert distance_between_m(ring, Circle(center, 5_000)) == pytest.approx(15_000)
    assert distance_between_m(ring, Spot(destination(center, 9, 25_000), 0)) == 0
    assert distance_between_m(ring, Spot(destination(center, 9, 33_000), 500)) == pytest.approx(2_500)
    assert distance_between_m(ring, Ring(center, 1_000, 8_000)) == pytest.approx(12_000)
    assert distance_between_m(Ring(center, 1_000, 8_000), ring) == pytest.approx(12_000)
    little = Polygon(tuple(destination(center, b, 4_000) for b in (0, 120, 240, 0)))
    assert distance_between_m(ring, little) == pytest.approx(16_000, abs=1e-3)
    assert distance_between_m(little, ring) == pytest.approx(16_000, abs=1e-3)
    path = Corridor((destination(center, 0, 4_000), destination(center, 180, 4_000)), 500)
    assert distance_between_m(ring, path) == pytest.approx(15_500, abs=1e-3)


def test_touching_boxes_touch():
    left, right = Polygon(box(38, 33, 39, 34)), Polygon(box(39, 33, 40, 34))
    corner = Polygon(box(39, 34, 40, 35))
    assert distance_between_m(left, right) == distance_between_m(left, corner) == 0.0


def test_distances_over_the_antimeridian_and_the_pole():
    west, east = Polygon(box(179, 0, 179.9, 1)), Polygon(box(-179.9, 0, -179, 1))
    assert distance_between_m(west, east) == pytest.approx(
        distance_m(Point(179.9, 1), Point(-179.9, 1)), abs=0.01
    )
    here = Corridor((Point(0, 88), Point(0, 89)), 100)
    there = Corridor((Point(180, 88), Point(180, 89)), 100)
    assert distance_between_m(here, there) == pytest.approx(
        distance_m(Point(0, 89), Point(180, 89)) - 200, abs=0.01
    )


def test_far_areas_are_never_said_to_be_farther_than_they_are():
    a, b = Polygon(box(0, 0, 1, 1)), Polygon(box(30, 0, 31, 1))
    said = distance_between_m(a, b)
    assert at_least_apart_m(a, b) == said
    assert 0.95 * 3_228_000 < said <= distance_m(Point(1, 1), Point(30, 1))
