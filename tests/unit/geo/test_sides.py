"""Left and right of a chain, and how far past its ends."""

import pytest

from keepclear.geo.geodesy import destination, line
from keepclear.geo.shapes import Point
from keepclear.geo.sides import offset_from

EASTWARD = line((Point(0, 0), Point(1, 0)))


@pytest.mark.parametrize(("bearing", "sign"), [(0, 1), (180, -1)])
def test_left_counts_positive_and_right_negative(bearing, sign):
    offset = offset_from(EASTWARD, destination(Point(0.5, 0), bearing, 2_000))
    assert offset.left_m == pytest.approx(sign * 2_000, abs=1e-3)
    assert offset.overshoot_m == 0


def test_past_an_end_the_offset_is_that_of_the_prolonged_leg():
    offset = offset_from(EASTWARD, destination(destination(Point(1, 0), 90, 3_000), 0, 4_000))
    assert offset.left_m == pytest.approx(4_000, abs=5)
    assert offset.overshoot_m == pytest.approx(3_000, abs=5)
    behind = offset_from(EASTWARD, destination(destination(Point(0, 0), 270, 3_000), 180, 4_000))
    assert behind.left_m == pytest.approx(-4_000, abs=5)
    assert behind.overshoot_m == pytest.approx(3_000, abs=5)


def test_at_a_corner_both_legs_speak():
    bend = line((Point(0, 0), Point(1, 0), Point(0, 0.1)))
    beyond = offset_from(bend, Point(1.1, 0.0))
    assert beyond.left_m == pytest.approx(-11_132, abs=1)
    assert beyond.overshoot_m == 0
