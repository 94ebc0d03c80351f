"""Areas moved over the ground keep their shape; the shortest way off is short and clear."""

import pytest

from keepclear.geo.gaps import distance_between_m
from keepclear.geo.geodesy import bearing_deg, destination, distance_m, nearest_on_path
from keepclear.geo.moves import moved, shortest_move_off
from keepclear.geo.outlines import disc_around
from keepclear.geo.shapes import Circle, Corridor, Path, Point, Polygon, Ring, Spot, area_km2

HERE = Point(38.6, 33.5)


def regular(center, radius_m, corners, turn=0.0):
    spots = [destination(center, turn + 360 * k / corners, radius_m) for k in range(corners)]
    return Polygon((*spots, spots[0]))


@pytest.mark.parametrize("bearing", [0, 77, 180, 301])
def test_a_moved_polygon_keeps_its_sides_and_area(bearing):
    polygon = regular(Point(20, 70), 30_000, 5)
    there = moved(polygon, bearing, 400_000)
    for k in range(5):
        before = distance_m(polygon.exterior[k], polygon.exterior[k + 1])
        assert distance_m(there.exterior[k], there.exterior[k + 1]) == pytest.approx(before, rel=1e-4)
    assert area_km2(there) == pytest.approx(area_km2(polygon), rel=1e-3)
    assert there.exterior[0] == there.exterior[-1]


def test_a_moved_area_goes_where_it_was_sent():
    assert moved(Circle(HERE, 5), 90, 1_000) == Circle(destination(HERE, 90, 1_000), 5)
    assert moved(Ring(HERE, 5, 9), 90, 1_000) == Ring(destination(HERE, 90, 1_000), 5, 9)
    assert moved(Spot(HERE, 5), 90, 1_000) == Spot(destination(HERE, 90, 1_000), 5)
    corridor = moved(Corridor((Point(38, 33), Point(39, 33)), 5), 0, 10_000)
    assert corridor.path[0].lat == pytest.approx(33.0902, abs=1e-3)


def test_a_moved_line_that_points_the_way_it_goes_stays_on_its_geodesic():
    start = Point(20, 70)
    track = Corridor((start, destination(start, 90, 40_000)), 5)
    there = moved(track, bearing_deg(disc_around(track).center, track.path[1]), 400_000)
    ahead = Path((start, destination(start, 90, 600_000)))
    assert max(nearest_on_path(ahead, p).distance_m for p in there.path) < 2.0


def test_two_discs_part_along_the_line_of_their_middles():
    other = Circle(destination(HERE, 60, 12_000), 9_000)
    way = shortest_move_off(Circle(HERE, 8_000), other, 500)
    assert way.distance_m == pytest.approx(5_500, abs=0.2)
    assert way.bearing_deg == pytest.approx(240, abs=2)


def test_out_of_the_middle_of_a_box_the_nearest_edge_is_the_way():
    corners = [(38, 33), (40, 33), (40, 33.4), (38, 33.4), (38, 33)]
    box = Polygon(tuple(Point(*c) for c in corners))
    way = shortest_move_off(Spot(Point(39, 33.3), 100), box, 0)
    assert way.bearing_deg == pytest.approx(0, abs=1)
    assert way.distance_m == pytest.approx(11_190 + 100, abs=400)


def test_a_disc_in_a_bay_leaves_by_the_bay_and_not_by_the_hull():
    bay = [
        (38, 33),
        (39, 33),
        (39, 34),
        (38.9, 34),
        (38.9, 33.1),
        (38.1, 33.1),
        (38.1, 34),
        (38, 34),
        (38, 33),
    ]
    horseshoe = Polygon(tuple(Point(*c) for c in bay))
    disc = Circle(Point(38.5, 33.15), 8_000)
    way = shortest_move_off(disc, horseshoe, 0)
    assert way.distance_m < 3_000
    assert distance_between_m(moved(disc, *way), horseshoe) > 0
    # ... and the horseshoe, asked to move, goes the other way.
    back = shortest_move_off(horseshoe, disc, 0)
    assert back.distance_m < 3_000
    assert distance_between_m(moved(horseshoe, *back), disc) > 0


def test_into_the_hollow_of_a_ring_is_a_way_out():
    ring = Ring(HERE, 30_000, 60_000)
    disc = Circle(destination(HERE, 10, 28_000), 3_000)
    way = shortest_move_off(disc, ring, 200)
    assert way.distance_m == pytest.approx(1_200, abs=1)
    assert way.bearing_deg == pytest.approx(190, abs=1)
    around = shortest_move_off(ring, disc, 200)
    assert around.distance_m == pytest.approx(1_200, abs=1)


def test_two_areas_in_one_place_part_all_the_same():
    for area in (
        Circle(HERE, 5_000),
        regular(HERE, 5_000, 4),
        Corridor((Point(38, 33), Point(38.2, 33)), 900),
    ):
        way = shortest_move_off(area, area, 0)
        assert distance_between_m(moved(area, *way), area) > 0
