"""Inside-tests with their grounds: circles, rings, polygons with holes, corridors, spots, clips."""

import math

import numpy as np
import pytest

from keepclear.errors import Malformed
from keepclear.geo.geodesy import destination
from keepclear.geo.shapes import (
    Circle,
    Clip,
    Corridor,
    Inside,
    Path,
    Point,
    Polygon,
    Ring,
    Side,
    Spot,
    area_km2,
    clipped_contains,
    contains,
    distance_m,
)

TANF = Point(lon=38.61778, lat=33.50583)
Z55 = Circle(TANF, 55_000)
# scenarios.md §6: what lies beyond this line, toward Jordan and Iraq, is dropped: its right, facing along it.
BORDER = Clip(
    Path((Point(36.8340, 32.3134), Point(38.7923, 33.3736), Point(41.0064, 34.4194))), keep=Side.LEFT
)


def box(west, south, east, north):
    return (
        Point(west, south), Point(east, south), Point(east, north), Point(west, north), Point(west, south)
    )  # fmt: skip


@pytest.mark.parametrize(
    ("center", "least", "most"),
    [(Point(38.67, 33.5), -9_090, -199), (Point(36, 60), -27_431, 48)],
)
def test_the_circle_is_geodesic_to_a_centimetre_where_a_circle_of_degrees_is_off_by_kilometres(
    center, least, most
):
    circle, degrees, errors = Circle(center, 55_000), 55_000 / 111_320, []
    for bearing in range(0, 360, 2):
        assert distance_m(circle, destination(center, bearing, 55_000)) == pytest.approx(0, abs=1e-6)
        assert contains(circle, destination(center, bearing, 54_999.99), 0).answer is Inside.YES
        assert contains(circle, destination(center, bearing, 55_000.01), 0).answer is Inside.NO
        east, north = math.sin(math.radians(bearing)), math.cos(math.radians(bearing))
        errors.append(distance_m(circle, Point(center.lon + degrees * east, center.lat + degrees * north)))
    # performance.md §5.1
    assert (min(errors), max(errors)) == (pytest.approx(least, abs=2), pytest.approx(most, abs=2))


def test_the_edge_is_inside():
    assert contains(Z55, destination(TANF, 77, 55_000), 0).answer is Inside.YES


def test_step_1_01_lies_55_m_outside_and_is_undetermined_at_500_m():
    convoy = Point(lon=38.1026, lat=33.7521)
    answer = contains(Z55, convoy, accuracy_m=500)
    assert answer.answer is Inside.UNDETERMINED
    assert answer.distance_m == pytest.approx(55, abs=1)
    assert answer.grounds == "undetermined: 55 m outside the edge (position good to 500 m, edge to 0 m)"
    assert contains(Z55, convoy, accuracy_m=0).answer is Inside.NO
    assert contains(Z55, Point(lon=38.15055, lat=33.73035), accuracy_m=500).answer is Inside.YES


def test_the_patrol_of_8_june_is_outside_the_zone():
    answer = contains(Z55, Point(lon=39.0774, lat=33.8865), accuracy_m=500)
    assert answer.answer is Inside.NO
    assert answer.distance_m == pytest.approx(5_000, abs=60)


def test_tolerance_and_accuracy_add_up():
    point = destination(TANF, 10, 54_000)
    assert contains(Z55, point, accuracy_m=600, tolerance_m=300).answer is Inside.YES
    assert contains(Z55, point, accuracy_m=600, tolerance_m=500).answer is Inside.UNDETERMINED


@pytest.mark.parametrize("bad", [-1.0, math.nan, math.inf])
def test_an_accuracy_that_is_no_length_is_refused(bad):
    with pytest.raises(Malformed, match="accuracy_m"):
        contains(Z55, TANF, bad)
    with pytest.raises(Malformed, match="tolerance_m"):
        contains(Z55, TANF, 0, bad)


def test_a_point_beyond_the_clip_is_not_inside_though_within_the_radius():
    # SCN-1.12
    south = Point(lon=38.92130, lat=33.25044)
    assert contains(Z55, south, 0).answer is Inside.YES
    answer = clipped_contains(Z55, (BORDER,), south, 500)
    assert answer.answer is Inside.NO
    assert "the clip that ends the measure" in answer.grounds
    assert clipped_contains(Z55, (BORDER,), TANF, 500).answer is Inside.YES
    other = Clip(BORDER.path, keep=Side.RIGHT)
    assert clipped_contains(Z55, (other,), south, 500).answer is Inside.YES
    assert clipped_contains(Z55, (other,), TANF, 500).answer is Inside.NO


def test_a_point_near_the_clip_is_undetermined_and_outside_stays_outside():
    on_line = Point(38.7923, 33.3736)
    assert clipped_contains(Z55, (BORDER,), on_line, 100).answer is Inside.UNDETERMINED
    far = destination(TANF, 0, 70_000)
    answer = clipped_contains(Z55, (BORDER,), far, 100)
    assert (answer.answer, answer.clipped) == (Inside.NO, False)


def test_clips_go_on_past_their_ends():
    short = Clip(Path((Point(38.7, 33.32), Point(38.8, 33.38))), keep=Side.LEFT)
    assert clipped_contains(Z55, (short,), Point(lon=38.92130, lat=33.25044), 0).answer is Inside.NO
    assert clipped_contains(Z55, (short,), Point(lon=39.0, lat=33.55), 0).answer is Inside.YES


def test_several_clips_all_count():
    north = Clip(Path((Point(38.0, 33.6), Point(39.2, 33.6))), keep=Side.RIGHT)
    assert clipped_contains(Z55, (BORDER, north), Point(38.6, 33.7), 0).answer is Inside.NO
    assert clipped_contains(Z55, (BORDER, north), Point(38.6, 33.55), 0).answer is Inside.YES
    assert clipped_contains(Z55, (), Point(38.6, 33.55), 0).answer is Inside.YES


def test_a_ring_has_an_inside_a_hollow_and_an_outside():
    ring = Ring(TANF, 10_000, 20_000)
    for away, answer, metres in (
        (5_000, Inside.NO, 5_000),
        (15_000, Inside.YES, -5_000),
        (26_000, Inside.NO, 6_000),
    ):
        found = contains(ring, destination(TANF, 45, away), 0)
        assert (found.answer, found.distance_m) == (answer, pytest.approx(metres, abs=1e-3))
    assert contains(Ring(TANF, 0, 20_000), TANF, 100).answer is Inside.YES


def test_a_polygon_knows_its_hole():
    donut = Polygon(box(38, 33, 39, 34), (box(38.4, 33.4, 38.6, 33.6),))
    assert contains(donut, Point(38.2, 33.5), 0).answer is Inside.YES
    in_hole = contains(donut, Point(38.5, 33.5), 0)
    assert in_hole.answer is Inside.NO
    assert in_hole.distance_m == pytest.approx(9_294, abs=5)
    assert contains(donut, Point(38.39999, 33.5), 10).answer is Inside.UNDETERMINED
    assert area_km2(donut) == pytest.approx(area_km2(Polygon(box(38, 33, 39, 34))) * 0.96, rel=1e-3)


def test_either_sense_of_turning_is_the_same_polygon():
    forth, back = Polygon(box(38, 33, 39, 34)), Polygon(box(38, 33, 39, 34)[::-1])
    for point in (Point(38.5, 33.5), Point(37.9, 33.5), Point(38.5, 34.0005)):
        assert distance_m(forth, point) == pytest.approx(distance_m(back, point), abs=1e-6)


def test_polygon_edges_are_geodesics():
    wide = Polygon(box(36, 59, 42, 60))
    # The northern edge bulges 3.9 km north of the parallel at its middle; the southern one does too.
    assert contains(wide, Point(39, 60.02), 0).answer is Inside.YES
    assert contains(wide, Point(39, 59.02), 0).answer is Inside.NO


def test_a_polygon_over_the_antimeridian_holds_what_is_in_it_and_not_the_rest_of_the_world():
    # performance.md §5.3: a planar test says True for longitude 0 and False for 179.9.
    fiji = Polygon(box(179, 0, -179, 1))
    assert contains(fiji, Point(179.9, 0.5), 0).answer is Inside.YES
    assert contains(fiji, Point(-179.9, 0.5), 0).answer is Inside.YES
    assert contains(fiji, Point(180.0, 0.5), 0).answer is Inside.YES
    assert contains(fiji, Point(0, 0.5), 0).answer is Inside.NO
    assert contains(fiji, Point(178.9, 0.5), 0).answer is Inside.NO
    # ... nor the mirror image on the far side of the Earth.
    assert contains(fiji, Point(0.0, -0.5), 0).answer is Inside.NO


def test_a_circle_over_the_antimeridian():
    circle = Circle(Point(179.9, 10), 55_000)
    assert contains(circle, Point(-179.8, 10), 0).answer is Inside.YES
    assert contains(circle, Point(-179.5, 10), 0).answer is Inside.NO


def test_a_polygon_round_the_pole_holds_the_pole():
    arctic = Polygon(tuple(Point(lon, 85) for lon in (0, 60, 120, 180, -120, -60, 0)))
    assert contains(arctic, Point(33, 90), 0).answer is Inside.YES
    assert contains(arctic, Point(90, 84), 0).answer is Inside.NO


def test_a_corridor_is_as_wide_as_it_says_with_rounded_ends():
    corridor = Corridor((Point(38, 33), Point(39, 33)), 1_000)
    end = Point(39, 33)
    assert contains(corridor, destination(end, 45, 999), 0).answer is Inside.YES
    assert contains(corridor, destination(end, 45, 1_001), 0).answer is Inside.NO
    assert distance_m(corridor, destination(end, 90, 3_000)) == pytest.approx(2_000, abs=1)


def test_a_spot_is_the_disc_of_its_accuracy():
    assert contains(Spot(TANF, 50), destination(TANF, 5, 40), 0).answer is Inside.YES
    assert contains(Spot(TANF, 0), TANF, 0).answer is Inside.YES
    assert contains(Spot(TANF, 0), destination(TANF, 5, 40), 0).answer is Inside.NO


def test_a_point_on_a_corner_is_inside():
    polygon = Polygon(box(38, 33, 39, 34))
    for corner in polygon.exterior:
        assert contains(polygon, corner, 0).answer is Inside.YES


@pytest.mark.long
def test_points_of_degenerate_grids_by_an_edge_are_on_it_and_not_flung_to_a_side():
    # performance.md §5.4: on grids as fine as this one a naive orientation sign is wrong for a third of all
    # places. They lie within nanometres of the edge, where the distance decides before any sign is asked.
    triangle = Polygon((Point(0, 0), Point(1, 1), Point(0, 1), Point(0, 0)))
    for i in range(0, 64, 7):
        for j in range(0, 64, 7):
            on_edge = contains(triangle, Point(0.5 + i * 2.0**-53, _edge_lat(0.5) + j * 2.0**-53), 0)
            assert on_edge.answer is Inside.YES
            assert abs(on_edge.distance_m) < 1e-6


def _edge_lat(lon):
    """The latitude at which the geodesic from (0, 0) to (1, 1) passes a longitude, by bisection."""
    triangle = Polygon((Point(0, 0), Point(1, 1), Point(0, 1), Point(0, 0)))
    low, high = 0.49, 0.51
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (low, middle) if distance_m(triangle, Point(lon, middle)) < 0 else (middle, high)
    return high


def test_areas_by_cover_are_a_hair_too_large():
    exact = 2 * math.pi * (1 - math.cos(55 / 6371.0)) * 6371.0**2
    assert exact < area_km2(Z55) < exact * 1.0005
    assert area_km2(Ring(TANF, 30_000, 55_000)) == pytest.approx(exact * (1 - (30 / 55) ** 2), rel=2e-3)
    assert area_km2(Corridor((Point(38, 33), Point(39, 33)), 1_000)) == pytest.approx(
        93.458 * 2 + math.pi, rel=2e-3
    )


def test_a_large_polygon_answers_all_the_same():
    angles = np.linspace(0, 2 * np.pi, 5_000, endpoint=False)
    ring = [Point(38.6 + 0.5 * math.cos(a), 33.5 + 0.4 * math.sin(a)) for a in angles]
    lake = Polygon((*ring, ring[0]))
    assert contains(lake, TANF, 0).answer is Inside.YES
    assert contains(lake, Point(39.2, 33.5), 0).answer is Inside.NO
