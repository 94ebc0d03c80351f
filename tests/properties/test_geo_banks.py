"""Banks: the two directions of a line disagree about everything, a crossing changes the bank."""

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from pyproj import Geod

from keepclear.errors import Malformed
from keepclear.geo.boundaries import Bank, Boundary, OutOfReach, bank_of, crossing
from keepclear.geo.geodesy import bearing_deg, destination, distance_m
from keepclear.geo.shapes import Path, Point, Side

GEOD = Geod(ellps="WGS84")
PLAIN = settings(max_examples=80, deadline=None)
OTHER = {Bank.LEFT: Bank.RIGHT, Bank.RIGHT: Bank.LEFT, Bank.UNDETERMINED: Bank.UNDETERMINED}


@st.composite
def boundaries(draw, highest_lat=88.0):
    """Winding rivers with acute bends, none meeting itself."""
    spots = [Point(draw(st.floats(-180, 180)), draw(st.floats(-highest_lat, highest_lat)))]
    bearing = draw(st.floats(0, 360))
    for _ in range(draw(st.integers(1, 8))):
        bearing += draw(st.one_of(st.floats(-70, 70), st.sampled_from([-172.0, 172.0, 0.0, 90.0])))
        spots.append(destination(spots[-1], bearing, draw(st.floats(200, 40_000))))
    try:
        return Boundary(Path(tuple(spots)), draw(st.sampled_from([0.0, 150.0, 2_500.0])), 60_000)
    except Malformed:
        assume(False)


def asked(boundary, point, accuracy_m=0.0):
    try:
        return bank_of(boundary, point, accuracy_m).bank
    except OutOfReach:
        return None


places = st.tuples(st.integers(0, 8), st.floats(0, 360), st.floats(0, 70_000))


def place(boundary, spot):
    index, bearing, metres = spot
    points = boundary.path.points
    return destination(points[index % len(points)], bearing, metres)


@PLAIN
@given(boundaries(), places, st.floats(0, 3_000))
def test_facing_the_other_way_left_is_right(boundary, spot, accuracy_m):
    point = place(boundary, spot)
    back = Boundary(Path(boundary.path.points[::-1]), boundary.tolerance_m, boundary.reach_m)
    forth = asked(boundary, point, accuracy_m)
    assert asked(back, point, accuracy_m) is (OTHER[forth] if forth is not None else None)


@PLAIN
@given(boundaries(), places, st.floats(0, 3_000))
def test_no_bank_is_told_within_tolerance_and_accuracy_and_always_beyond(boundary, spot, accuracy_m):
    point = place(boundary, spot)
    away_m = plain_distance_m(boundary.path, point)
    margin_m = boundary.tolerance_m + accuracy_m
    assume(abs(away_m - margin_m) > 1.0 and abs(away_m - boundary.reach_m) > 1.0)
    answer = asked(boundary, point, accuracy_m)
    if away_m < margin_m:
        assert answer is Bank.UNDETERMINED
    elif away_m > boundary.reach_m:
        assert answer is None
    else:
        assert answer is not Bank.UNDETERMINED


# The twin is silent about lines that curl and near the poles, where bearings at two places do not compare.
@pytest.mark.long
@settings(PLAIN, suppress_health_check=[HealthCheck.filter_too_much])
@given(boundaries(highest_lat=60.0), places)
def test_the_bank_is_that_of_a_plain_twin(boundary, spot):
    point = place(boundary, spot)
    answer = asked(boundary, point)
    assume(answer in (Bank.LEFT, Bank.RIGHT))
    turn = plain_turn(boundary.path, point)
    assume(turn is not None)
    assert answer is (Bank.LEFT if turn > 0 else Bank.RIGHT)


@PLAIN
@given(boundaries(), st.integers(0, 7), st.floats(0.05, 0.95))
def test_stepping_over_the_line_crosses_it_once_onto_the_bank_where_one_stands(boundary, leg, share):
    line = Boundary(boundary.path, 0.0, boundary.reach_m)
    start, end = line.path.points[leg % (len(line.path.points) - 1) :][:2]
    bearing, length = bearing_deg(start, end), distance_m(start, end)
    foot = destination(start, bearing, length * share)
    heading = bearing_deg(foot, end)
    left, right = destination(foot, heading - 90, 2.0), destination(foot, heading + 90, 2.0)
    others = [p for p in line.path.points if distance_m(p, foot) < 15.0]
    assume(not others and plain_legs_near(line.path, foot, 10.0) == 1)
    assert (asked(line, left), asked(line, right)) == (Bank.LEFT, Bank.RIGHT)
    there, back = crossing(line.path, left, right), crossing(line.path, right, left)
    assert (there.onto, there.times, back.onto, back.times) == (Side.RIGHT, 1, Side.LEFT, 1)
    assert distance_m(there.at, foot) < 0.01


@pytest.mark.long
@PLAIN
@given(boundaries(), places, places, st.floats(0.1, 0.9))
def test_a_way_cut_in_two_crosses_as_often_as_the_whole(boundary, first, last, share):
    p, q = place(boundary, first), place(boundary, last)
    assume(distance_m(p, q) > 10.0)
    stop = destination(p, bearing_deg(p, q), share * distance_m(p, q))
    assume(all(plain_distance_m(boundary.path, place) > 0.1 for place in (p, stop, q)))

    def times(a, b):
        found = crossing(boundary.path, a, b)
        return found.times if found else 0

    assert times(p, q) == times(p, stop) + times(stop, q)
    assert times(p, q) == times(q, p)


def plain_points(path, step_m=25.0):
    for a, b in pairwise(path.points):
        bearing, _, length = GEOD.inv(a.lon, a.lat, b.lon, b.lat)
        count = max(2, math.ceil(length / step_m))
        along = np.linspace(0, length, count)
        lons, lats, _ = GEOD.fwd([a.lon] * count, [a.lat] * count, [bearing] * count, along)
        yield np.array(lons), np.array(lats)


def plain_distance_m(path, point):
    """Oracle: the nearest of places 25 m apart along every leg, then 5 cm apart about it."""
    best = math.inf
    for lons, lats in plain_points(path):
        n = len(lons)
        away = GEOD.inv([point.lon] * n, [point.lat] * n, lons, lats)[2]
        nearest = int(np.argmin(away))
        for a, b in ((nearest - 1, nearest), (nearest, nearest + 1)):
            if a >= 0 and b < n:
                bearing, _, length = GEOD.inv(lons[a], lats[a], lons[b], lats[b])
                fine = GEOD.fwd(
                    [lons[a]] * 501, [lats[a]] * 501, [bearing] * 501, np.linspace(0, length, 501)
                )
                best = min(best, *GEOD.inv([point.lon] * 501, [point.lat] * 501, fine[0], fine[1])[2])
    return best


def plain_legs_near(path, point, within_m):
    """How many legs come within a distance of a point."""
    return sum(plain_distance_m(Path((a, b)), point) < within_m for a, b in pairwise(path.points))


def plain_turn(path, point):
    """Oracle: how the line, its end legs prolonged, sweeps past the eye; positive for a point on its left.

    It sweeps by half a turn one way or the other, less or more by the line's own bend. None where that says
    nothing: prolonged ends that meet the line again or come between, or a line that curls by half a turn.
    """
    legs = list(pairwise(path.points))
    leaving = [bearing_deg(a, b) for a, b in legs]
    arriving = [bearing_deg(b, a) + 180 for a, b in legs]
    bend = sum(wrapped(out - into) for into, out in zip(arriving[:-1], leaving[1:], strict=True))
    head, tail = leaving[0] + 180, arriving[-1]
    first, last = path.points[0], path.points[-1]
    prolonged = ((destination(first, head, 5), destination(first, head, 150_000)),
                 (destination(last, tail, 5), destination(last, tail, 150_000)))  # fmt: skip
    if abs(bend) > 140 or any(crossing(path, *way) for way in prolonged):
        return None
    if min(plain_distance_m(Path(way), point) for way in prolonged) < plain_distance_m(path, point):
        return None
    seen = [head, *(bearing_deg(point, p) for p in path.points), tail]
    return -sum(wrapped(b - a) for a, b in pairwise(seen))


def wrapped(degrees):
    return (degrees + 180) % 360 - 180
