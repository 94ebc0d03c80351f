"""Boxes hold their areas, over the antimeridian and the poles too; the index misses nothing."""

import random

import numpy as np
import pytest

from keepclear.geo.covers import Box, BoxIndex, boxes
from keepclear.geo.geodesy import bearing_deg, destination, distance_m
from keepclear.geo.shapes import Circle, Corridor, Point, Polygon, Ring, Spot

TANF = Point(lon=38.61778, lat=33.50583)


def test_a_box_is_close_round_a_circle():
    (found,) = boxes(Circle(TANF, 55_000))
    assert found.north == pytest.approx(34.0017, abs=0.01)
    assert found.east == pytest.approx(39.2110, abs=0.01)
    assert found.north >= 34.0017
    assert found.east >= 39.2110


def test_a_box_holds_the_bulge_of_an_edge_toward_the_pole():
    corners = [(36, 80), (36.5, 80), (36.5, 80.1), (36, 80.1), (36, 80)]
    (found,) = boxes(Polygon(tuple(Point(*c) for c in corners)))
    start, end = Point(36, 80.1), Point(36.5, 80.1)
    highest = destination(start, bearing_deg(start, end), distance_m(start, end) / 2).lat
    assert highest > 80.10005
    assert highest <= found.north < highest + 0.001


def test_over_the_antimeridian_there_are_two_boxes():
    west, east = boxes(Circle(Point(179.9, 10), 55_000))
    assert (west.east, east.west) == (180.0, -180.0)
    assert west.west == pytest.approx(179.39, abs=0.01)
    assert east.east == pytest.approx(-179.59, abs=0.01)
    assert len(boxes(Corridor((Point(-179.5, 60), Point(179, 60)), 10))) == 2


def test_round_a_pole_every_longitude_is_held():
    cap = Polygon(tuple(Point(lon, 70) for lon in (*range(0, 181, 30), *range(-150, 1, 30))))
    assert boxes(cap) == (Box(-180, pytest.approx(69.999, abs=0.002), 180, 90),)
    (near_south,) = boxes(Ring(Point(10, -89.9), 1_000, 20_000))
    assert (near_south.west, near_south.south, near_south.east) == (-180, -90, 180)


def test_candidates_come_once_each_and_in_order():
    areas = [Spot(Point(180, 0), 100), Spot(Point(0, 0), 100), Circle(Point(179, 0), 200_000)]
    index = BoxIndex(areas)
    assert list(index.candidates(boxes(Circle(Point(-179.9, 0), 50_000)))) == [0, 2]
    assert list(index.candidates(boxes(Spot(Point(90, 0), 10)))) == []
    assert list(BoxIndex([]).candidates(boxes(areas[0]))) == []


def test_a_pad_widens_the_search():
    index = BoxIndex([Spot(Point(0, 0), 10)], pad_m=10_000)
    assert list(index.candidates(boxes(Spot(Point(0.08, 0), 10)))) == [0]
    assert list(index.candidates(boxes(Spot(Point(0.2, 0), 10), pad_m=12_300))) == [0]
    assert list(index.candidates(boxes(Spot(Point(0.2, 0), 10)))) == []


def test_of_many_places_none_near_an_area_is_passed_over():
    drawn = random.Random(5)
    areas = [
        Circle(Point(drawn.uniform(-180, 180), drawn.uniform(-88, 88)), drawn.uniform(1, 500_000))
        for _ in range(60)
    ]
    index = BoxIndex(areas, 1_000.0)
    lon = np.array([drawn.uniform(-180, 180) for _ in range(2_000)])
    lat = np.array([drawn.choice((drawn.uniform(-90, 90), drawn.uniform(-20, 20))) for _ in range(2_000)])
    within_m = np.array([drawn.choice((0.0, 30.0, 5_000.0, 80_000.0)) for _ in range(2_000)])
    may = index.may_hold(lon, lat, within_m)
    held = [
        len(index.candidates(boxes(Spot(Point(*place), off_m)))) > 0
        for *place, off_m in zip(lon.tolist(), lat.tolist(), within_m.tolist(), strict=True)
    ]
    assert not [n for n in range(2_000) if held[n] and not may[n]]
    assert 100 < may.sum() < 2 * sum(held)  # and it passes over most of the others
