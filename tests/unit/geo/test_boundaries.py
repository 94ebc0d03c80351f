"""Banks and crossings of a boundary, with the traps that fooled simpler ways."""

import math
from itertools import pairwise

import numpy as np
import pytest

from keepclear.errors import Malformed, Refused
from keepclear.geo.boundaries import Bank, Boundary, OutOfReach, _is_left, bank, bank_of, crossing
from keepclear.geo.geodesy import bearing_deg, destination, distance_m
from keepclear.geo.shapes import Path, Point, Side

# scenarios.md §3: a coarse sketch of the Euphrates, running downstream; left of it is east.
EL = Path(
    tuple(
        Point(lon=lon, lat=lat)
        for lat, lon in (
            (35.872, 38.566), (35.940, 39.010), (35.750, 39.630), (35.690, 39.820), (35.460, 40.020),
            (35.340, 40.150), (35.220, 40.300), (35.010, 40.450), (34.720, 40.720), (34.450, 40.930),
        )
    )
)  # fmt: skip
HEADQUARTERS = Point(lon=40.30944, lat=35.33611)


def test_the_site_of_7_february_lies_9_8_km_east_of_the_line():
    # SCN-2.1, SCN-2.14
    answer = bank(EL, tolerance_m=2_500, reach_m=50_000, point=HEADQUARTERS, accuracy_m=100)
    assert answer.bank is Bank.LEFT
    assert answer.distance_m == pytest.approx(9_813.67, abs=0.01)
    assert distance_m(answer.foot, HEADQUARTERS) == pytest.approx(answer.distance_m)
    assert answer.grounds == "on the left bank, 9.8 km from the line (line good to 2.5 km, position to 100 m)"


def test_within_tolerance_and_accuracy_there_is_no_bank():
    near = destination(EL.points[4], 45, 2_600)
    assert bank(EL, 2_500, 50_000, near, accuracy_m=0).bank is Bank.LEFT
    undetermined = bank(EL, 2_500, 50_000, near, accuracy_m=200)
    assert undetermined.bank is Bank.UNDETERMINED
    assert "bank undetermined" in undetermined.grounds
    assert bank(EL, 0, 50_000, EL.points[4], accuracy_m=0).bank is Bank.UNDETERMINED


def test_the_other_bank():
    assert bank(EL, 2_500, 50_000, Point(lon=40.0, lat=35.3), 100).bank is Bank.RIGHT


@pytest.mark.parametrize("point", [(11, -0.2), (11, 0.5), (12, 0.3), (10.5, 0.0)])
def test_beyond_an_acute_bend_there_is_one_answer(point):
    # performance.md §5.6: by the nearest leg alone these get opposite answers by tie order.
    bend = Path((Point(0, 0), Point(10, 0), Point(0, 1)))
    assert bank(bend, 0, 500_000, Point(*point), 0).bank is Bank.RIGHT
    assert bank(Path(bend.points[::-1]), 0, 500_000, Point(*point), 0).bank is Bank.LEFT


@pytest.mark.parametrize(
    ("point", "side"), [((9, 0.04), Bank.LEFT), ((5, 0.2), Bank.LEFT), ((5, -0.2), Bank.RIGHT)]
)
def test_inside_and_beside_the_acute_bend(point, side):
    bend = Path((Point(0, 0), Point(10, 0), Point(0, 1)))
    assert bank(bend, 0, 500_000, Point(*point), 0).bank is side


def test_every_direction_from_a_sharp_corner_has_the_side_of_its_wedge():
    corner = Point(38, 33)
    bend = Path((destination(corner, 270, 50_000), corner, destination(corner, 275, 50_000)))
    outside = [bearing for bearing in range(360) if not 269 <= bearing <= 276]
    sides = {bank(bend, 0, 100_000, destination(corner, bearing, 5_000), 0).bank for bearing in outside}
    assert sides == {Bank.RIGHT}
    assert bank(bend, 0, 100_000, destination(corner, 272.5, 5_000), 0).bank is Bank.LEFT


def test_a_repeated_point_at_a_corner_changes_nothing():
    plain = Path((Point(0, 0), Point(1, 0), Point(0, 0.1)))
    stuttering = Path((Point(0, 0), Point(0, 0), Point(1, 0), Point(1, 0), Point(0, 0.1), Point(0, 0.1)))
    for spot in (Point(1.1, 0.05), Point(0.5, 0.02), Point(0.5, -0.02), Point(0.5, 0.2)):
        assert bank(plain, 0, 1e5, spot, 0).bank is bank(stuttering, 0, 1e5, spot, 0).bank


def test_beyond_its_reach_a_boundary_has_no_sides():
    with pytest.raises(OutOfReach, match=r"245\.0 km from the line.*boundary-reach.*within 100\.0 km"):
        bank(EL, 2_500, 100_000, Point(40, 38), 100)


def test_past_its_ends_a_boundary_has_no_sides():
    past = destination(EL.points[-1], bearing_deg(EL.points[-2], EL.points[-1]), 20_000)
    with pytest.raises(Refused, match="boundary-end"):
        bank(EL, 2_500, 100_000, past, 100)
    before = destination(EL.points[0], bearing_deg(EL.points[1], EL.points[0]), 20_000)
    with pytest.raises(OutOfReach, match=r"20\.0 km past the end"):
        bank(EL, 2_500, 100_000, before, 100)


def test_abreast_of_the_very_end_there_still_is_a_side():
    end, heading = EL.points[-1], bearing_deg(EL.points[-1], EL.points[-2]) + 180
    assert bank(EL, 2_500, 100_000, destination(end, heading - 91, 20_000), 0).bank is Bank.LEFT
    assert bank(EL, 2_500, 100_000, destination(end, heading + 91, 20_000), 0).bank is Bank.RIGHT


def test_over_the_antimeridian_and_round_the_pole_sides_hold():
    date_line = Path((Point(179, 0), Point(-179, 0)))
    assert bank(date_line, 0, 1e5, Point(-179.99, 0.1), 0).bank is Bank.LEFT
    over_pole = Path((Point(0, 89), Point(180, 89)))
    assert bank(over_pole, 0, 2e5, Point(90, 89.5), 0).bank is Bank.RIGHT
    assert bank(over_pole, 0, 2e5, Point(-90, 89.5), 0).bank is Bank.LEFT


@pytest.mark.parametrize(
    ("tolerance", "reach", "rule"), [(-1, 10, "length"), (math.nan, 10, "length"), (10, 10, "boundary-reach")]
)
def test_a_boundary_needs_a_reach_beyond_its_tolerance(tolerance, reach, rule):
    with pytest.raises(Malformed, match=rule):
        Boundary(EL, tolerance, reach)


def test_a_boundary_that_crosses_itself_is_refused():
    with pytest.raises(Malformed, match=r"a boundary that crosses.*lon 0\.500000.*path-crossing"):
        Boundary(Path((Point(0, 0), Point(1, 1), Point(1, 0), Point(0, 1))), 10, 100)


def test_an_accuracy_that_is_no_length_is_refused():
    with pytest.raises(Malformed, match="accuracy_m"):
        bank_of(Boundary(EL, 10, 100), HEADQUARTERS, math.nan)


def test_a_way_over_the_line_crosses_onto_the_other_side():
    west = Point(lon=40.1, lat=35.2)
    onto_west, onto_east = crossing(EL, HEADQUARTERS, west), crossing(EL, west, HEADQUARTERS)
    assert (onto_west.onto, onto_east.onto) == (Side.RIGHT, Side.LEFT)
    assert onto_west.times == onto_east.times == 1
    assert distance_m(onto_west.at, onto_east.at) < 0.01
    assert bank(EL, 0, 50_000, onto_west.at, 0).distance_m < 0.01
    assert onto_west.leg_index == 5


def test_a_way_that_stays_on_its_side_crosses_nothing():
    assert crossing(EL, HEADQUARTERS, Point(lon=40.4, lat=35.5)) is None
    assert crossing(EL, Point(0, 0), Point(1, 1)) is None


def test_a_way_there_and_back_over_a_meander_crosses_twice():
    meander = Path((Point(0, 0), Point(1, 0.3), Point(2, 0)))
    found = crossing(meander, Point(0.2, 0.2), Point(1.8, 0.2))
    assert (found.times, found.onto) == (2, Side.LEFT)
    assert found.at.lon == pytest.approx(2 / 3, abs=1e-3)


def test_a_way_told_in_pieces_crosses_as_often_as_the_whole():
    meridian = Path((Point(10, -1), Point(10, 0), Point(10, 1)))
    # One stop lies on the line, at a corner of it, and one fix is repeated there.
    stops = [Point(9, 0), Point(10, 0), Point(10, 0), Point(11, 0)]
    assert sum(1 for p, q in pairwise(stops) if crossing(meridian, p, q)) == 1
    touch_and_go = [Point(9, 0), Point(10, 0), Point(9, 0.5)]
    assert sum(1 for p, q in pairwise(touch_and_go) if crossing(meridian, p, q)) % 2 == 0


def test_a_way_over_the_antimeridian_crosses_where_it_should():
    date_line = Path((Point(180, -1), Point(180, 1)))
    found = crossing(date_line, Point(179, 0.5), Point(-179, 0.5))
    assert found.onto is Side.RIGHT
    assert abs(found.at.lon) == pytest.approx(180)


def test_a_long_way_crosses_on_its_geodesic():
    line = Path((Point(39, 59.5), Point(39, 60.5)))
    # East-west at latitude 60 over 560 km the geodesic passes 12 km north of the parallel.
    found = crossing(line, Point(34, 60), Point(44, 60))
    assert found.at.lat == pytest.approx(60.094, abs=0.005)


def test_an_endless_way_is_refused():
    with pytest.raises(Malformed, match="leg-length"):
        crossing(EL, Point(0, 0), Point(40, 0))


def test_the_sign_of_a_crossing_is_exact_where_that_of_floats_is_wrong():
    # performance.md §5.4: 64 by 64 places about (0.5, 0.5), 2**-53 apart, against the line y = x.
    a, b, wrong_in_floats = np.array([12.0, 12.0]), np.array([24.0, 24.0]), 0
    for i in range(64):
        for j in range(64):
            place = np.array([0.5 + i * 2.0**-53, 0.5 + j * 2.0**-53])
            x, y = (int(value * 2.0**53) for value in place)
            assert _is_left(a, b, place) is (y >= x)
            determinant = (b - a)[0] * (place - a)[1] - (b - a)[1] * (place - a)[0]
            wrong_in_floats += np.sign(determinant) != np.sign(y - x)
    assert wrong_in_floats == 1_330
