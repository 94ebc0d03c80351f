from __future__ import annotations

from fractions import Fraction
from itertools import combinations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from pyproj import Geod
from tests.shares import mostly_long

from keepclear.geo.kernels.approach import Movers, Sweep, warm

GEOD = Geod(ellps="WGS84")
# Metres to a degree at the equator, as the ellipsoid has them.
EAST, NORTH = 111_319.490_793_273_57, 110_574.275_821_594_29
AHEAD_S = 300.0


def movers(rows, own=True):
    """Rows of x, y, z, u, v, w, minimum, minimum in height; metres on a plane at the equator."""
    x, y, z, u, v, w, minimum, height = np.array(rows, np.float64).reshape(-1, 8).T
    return Movers(
        np.zeros(len(x)), x / EAST, y / NORTH, z, u, v, w, minimum, height, np.full(len(x), own, np.bool_)
    )


def swept(given, ahead_s=AHEAD_S, now_s=0.0, widest=(10_000.0, 400.0)):
    sweep = Sweep(ahead_s, *widest)
    return sweep.report(np.arange(len(given.lon)), given, now_s)


def named(pairs):
    return {(min(a, b), max(a, b)) for a, b in zip(pairs.one.tolist(), pairs.other.tolist(), strict=True)}


def slack(a, b, ahead_s=AHEAD_S):
    """The exact twin: the least over the look-ahead of how far a pair is beyond both its minima, squared.

    All in fractions; zero or less: lost. Gives the share of the minimum, so that rounding can be told from
    a wrong answer: over the times at which the heights are lost, the least distance² / minimum².
    """
    dx, dy, dz, du, dv, dw = (Fraction(q) - Fraction(p) for p, q in zip(a[:6], b[:6], strict=True))
    minimum, height = Fraction(max(a[6], b[6])), Fraction(max(a[7], b[7]))
    first, last = Fraction(0), Fraction(ahead_s)
    if dw:
        one, other = (-height - dz) / dw, (height - dz) / dw
        first, last = max(first, min(one, other)), min(last, max(one, other))
    elif abs(dz) > height:
        return None
    if first > last:
        return None
    speed = du * du + dv * dv
    at = min(max(-(dx * du + dy * dv) / speed, first), last) if speed else first
    x, y = dx + du * at, dy + dv * at
    return (x * x + y * y) / (minimum * minimum)


def agrees(rows, pairs):
    """Never too few; too many only within rounding of the minima."""
    found, near = named(pairs), 0
    for a, b in combinations(range(len(rows)), 2):
        share = slack(rows[a], rows[b])
        wider = slack((*rows[a][:7], rows[a][7] * (1 + 1e-6) + 1e-3), rows[b])
        if share is not None and share <= 1:
            assert (a, b) in found, (rows[a], rows[b])
            near += 1
        elif (a, b) in found:
            assert wider is not None
            assert wider <= 1 + 1e-5
    return near


def world(seed, n, side_m=30_000.0):
    dice = np.random.default_rng(seed)
    fast = dice.random(n) < 0.4
    speed = np.where(fast, dice.uniform(80.0, 300.0, n), dice.uniform(0.0, 30.0, n))
    heading = dice.uniform(0.0, 6.283, n)
    height = np.where(fast, dice.uniform(100.0, 4_000.0, n), dice.uniform(0.0, 600.0, n))
    climb = np.where(dice.random(n) < 0.5, dice.uniform(-12.0, 12.0, n), 0.0)
    minimum = dice.choice([150.0, 1_000.0, 5_556.0], n)
    return [
        tuple(map(float, row))
        for row in zip(
            dice.uniform(-side_m, side_m, n), dice.uniform(-side_m, side_m, n), height,
            speed * np.sin(heading), speed * np.cos(heading), climb, minimum, dice.choice([50.0, 305.0], n),
            strict=True,
        )
    ]  # fmt: skip


@pytest.mark.parametrize("seed", mostly_long(range(6), 2))
def test_a_mixed_sky_gives_the_pairs_of_the_exact_twin(seed):
    rows = world(seed, 90)
    assert agrees(rows, swept(movers(rows))) > 20


coordinate = st.integers(-8, 8)
speed = st.integers(-3, 3)
mover = st.tuples(coordinate, coordinate, coordinate, speed, speed, speed)


@settings(max_examples=300, deadline=None)
@given(st.lists(mover, min_size=2, max_size=8), st.sampled_from([(1_000.0, 100.0), (500.0, 50.0)]))
def test_things_in_line_side_by_side_touching_and_standing_still_are_judged_as_by_the_twin(few, minima):
    # Whole multiples of the minima: many pairs are parallel, equal in speed, head on, or touch exactly.
    minimum, height = minima
    rows = [
        (x * minimum, y * minimum, z * height, u * 10.0, v * 10.0, w * 2.0, minimum, height)
        for x, y, z, u, v, w in few
    ]
    agrees(rows, swept(movers(rows)))


ONE = (0.0, 0.0, 1_000.0, 0.0, 0.0, 0.0, 1_000.0, 100.0)


@pytest.mark.parametrize(
    ("other", "loss_s"),
    [
        ((900.0, 0.0, 1_000.0, 0.0, 0.0, 0.0, 1.0, 1.0), 0.0),  # both stand still, too near
        ((11_000.0, 0.0, 1_000.0, -100.0, 0.0, 0.0, 1.0, 1.0), 100.0),  # head on
        ((0.0, -6_000.0, 1_000.0, 0.0, 50.0, 0.0, 1.0, 1.0), 100.0),
        ((500.0, 0.0, 2_100.0, 0.0, 0.0, -10.0, 1.0, 1.0), 100.0),  # comes down upon it
        ((5_000.0, 0.0, 1_000.0, 100.0, 0.0, 0.0, 1.0, 1.0), None),  # goes away
        ((31_100.0, 0.0, 1_000.0, -100.0, 0.0, 0.0, 1.0, 1.0), None),  # only after the look-ahead
        ((500.0, 0.0, 1_101.0, 0.0, 0.0, 0.0, 1.0, 1.0), None),  # above
        ((500.0, 0.0, 1_000.0, 90.0, 0.0, 0.0, 1.0, 1.0), 0.0),  # parting, but still too near
    ],
)
def test_the_time_until_the_minima_are_lost(other, loss_s):
    found = swept(movers([ONE, other]))
    assert found.loss_s.tolist() == ([] if loss_s is None else [pytest.approx(loss_s, rel=1e-6, abs=1e-6)])


def test_what_touches_exactly_is_too_near():
    touching = (20_000.0, 1_000.0, 1_100.0, -100.0, 0.0, 0.0, 1_000.0, 100.0)
    found = swept(movers([ONE, touching]))
    assert found.closest_m.tolist() == [pytest.approx(1_000.0)]


def test_an_unknown_height_may_be_any():
    unknown = (20_000.0, 0.0, float("nan"), -100.0, 0.0, 0.0, 1_000.0, 100.0)
    high = (0.0, 0.0, 9_000.0, 0.0, 0.0, 0.0, 1_000.0, 100.0)
    found = swept(movers([ONE, high, unknown]))
    assert named(found) == {(0, 2), (1, 2)}
    assert not found.by_height.any()


def test_a_thing_of_unknown_height_that_comes_later_meets_those_that_were_there():
    sweep = Sweep(AHEAD_S, 1_000.0, 100.0)
    sweep.report(np.arange(1), movers([ONE]), 0.0)
    unknown = movers([(500.0, 0.0, float("nan"), 0.0, 0.0, 0.0, 1_000.0, 100.0)])
    assert named(sweep.report(np.array([1]), unknown, 0.0)) == {(0, 1)}
    assert named(sweep.report(np.array([2]), movers([ONE]), 0.0)) == {(0, 2), (1, 2)}


def test_only_pairs_with_one_of_ones_own_are_given():
    rows = [ONE, (100.0, 0.0, *ONE[2:]), (200.0, 0.0, *ONE[2:])]
    given = movers(rows)
    given.own[1:] = False
    assert named(swept(given)) == {(0, 1), (0, 2)}


@pytest.mark.parametrize("seed", range(3))
def test_what_is_kept_between_reports_is_what_a_fresh_look_finds(seed):
    dice = np.random.default_rng(seed)
    rows = world(seed, 80)
    sweep = Sweep(AHEAD_S, 10_000.0, 400.0, keep_s=60.0)
    every = sweep.report(np.arange(80), movers(rows), 0.0)
    pairs = named(every)
    for now_s in (5.0, 12.0, 40.0, 60.0):
        some = np.sort(dice.choice(80, 15, replace=False))
        moved = list(rows)
        for row in some:
            x, y, z, u, v, w, *minima = rows[row]
            turned = (float(dice.uniform(-200.0, 200.0)), float(dice.uniform(-200.0, 200.0)))
            moved[row] = (x + u * now_s, y + v * now_s, z + w * now_s, *turned, w, *minima)
        # All as they stand now, for the twin.
        now = [
            each if n in some else (x + u * now_s, y + v * now_s, z + w * now_s, u, v, w, *minima)
            for n, (each, (x, y, z, u, v, w, *minima)) in enumerate(zip(moved, rows, strict=True))
        ]
        reported = movers([now[row] for row in some])
        reported.at_s[:] = now_s
        found = named(sweep.report(some, reported, now_s))
        fresh = named(swept(movers(now)))
        touched = {pair for pair in fresh if set(pair) & set(some.tolist())}
        assert found == touched
        pairs = {pair for pair in pairs if not set(pair) & set(some.tolist())} | found
        # The rows that reported start anew from here; the others go on as they did.
        for row in some:
            x, y, z, u, v, w, *minima = now[row]
            rows[row] = (x - u * now_s, y - v * now_s, z - w * now_s, u, v, w, *minima)


def test_what_is_forgotten_is_met_no_more():
    sweep = Sweep(AHEAD_S, 1_000.0, 100.0)
    sweep.report(np.arange(2), movers([ONE, ONE]), 0.0)
    sweep.forget(np.array([1]))
    assert len(sweep.report(np.array([0]), movers([ONE]), 0.0).one) == 0


def test_reporting_again_and_again_takes_no_more_room():
    rows = world(1, 200)
    sweep = Sweep(AHEAD_S, 10_000.0, 400.0)
    first = named(sweep.report(np.arange(200), movers(rows), 0.0))
    used = int(sweep._laid.counts[1])
    for _ in range(20):
        assert named(sweep.report(np.arange(200), movers(rows), 0.0)) == first
    assert int(sweep._laid.counts[1]) == used


@settings(max_examples=60, deadline=None)
@given(
    st.floats(-179.9, 180.0), st.floats(-80.0, 80.0), st.floats(0.0, 360.0), st.floats(0.0, 360.0),
    st.floats(500.0, 40_000.0), st.floats(20.0, 250.0), st.floats(0.0, 360.0), st.floats(0.0, 250.0),
)  # fmt: skip
def test_on_the_ellipsoid_a_meeting_is_found_anywhere(
    lon, lat, toward, course, away_m, speed, other_course, other_speed
):
    """Two that are steered to meet at one place after a time, by geodesics, are found to come near."""
    seconds = away_m / speed
    assume(seconds <= 250.0)
    a = GEOD.fwd(lon, lat, course + 180.0, speed * seconds)
    b = GEOD.fwd(lon, lat, other_course + 180.0, other_speed * seconds)
    headings = [GEOD.inv(*start[:2], lon, lat)[0] for start in (a, b)]
    speeds = np.array([speed, other_speed])
    course_rad = np.radians(headings)
    given = Movers(
        np.zeros(2), np.array([a[0], b[0]]), np.array([a[1], b[1]]), np.full(2, 500.0),
        speeds * np.sin(course_rad), speeds * np.cos(course_rad), np.zeros(2), np.full(2, 1_852.0),
        np.full(2, 150.0), np.ones(2, np.bool_),
    )  # fmt: skip
    found = swept(given, widest=(1_852.0, 150.0))
    assert named(found) == {(0, 1)}


def test_it_can_be_warmed():
    warm()


# Minimum, minimum in height and fastest speed.
SKIES = ((9_260.0, 304.8, 260.0), (1_000.0, 100.0, 1_500.0), (120.0, 30.0, 20.0))


@pytest.mark.parametrize("lat", [0.0, 52.0, 84.6, -84.8])
@pytest.mark.parametrize("lon", [10.0, 179.9, -179.95])
@pytest.mark.parametrize("seed", range(4))
def test_anywhere_on_the_earth_each_pair_is_given_once(lat, lon, seed):
    """Past the 180th meridian, and near a pole, where a box of a few hundred kilometres goes all round."""
    dice, count = np.random.default_rng(seed), 150
    minimum, height, fastest = SKIES[seed % 3]
    spread = 40.0 * minimum / 111_000.0
    sky = Movers(
        np.zeros(count),
        (lon + dice.uniform(-1.0, 1.0, count) * spread / np.cos(np.radians(lat)) + 180.0) % 360.0 - 180.0,
        np.clip(lat + dice.uniform(-1.0, 1.0, count) * spread, -85.0, 85.0),
        np.where(dice.random(count) < 0.1, np.nan, dice.uniform(0.0, 8.0 * height, count)),
        *dice.uniform(-fastest, fastest, (2, count)),
        dice.uniform(-10.0, 10.0, count),
        np.full(count, minimum),
        np.where(dice.random(count) < 0.05, np.inf, height),
        dice.random(count) < 0.7,
    )
    sweep = Sweep(AHEAD_S, minimum, height)
    for turn in range(3):
        rows = np.arange(count) if not turn else np.sort(dice.choice(count, 40, replace=False))
        part = Movers._make(None if column is None else column[rows] for column in sky)
        given = list(zip(*(each.tolist() for each in sweep.report(rows, part, 0.0)[:2]), strict=True))
        ends = np.triu_indices(count, 1)
        wanted = named(sweep.again(*ends, 0.0, AHEAD_S))
        wanted = {(a, b) for a, b in wanted if (sky.own[a] or sky.own[b]) and {a, b} & set(rows.tolist())}
        assert len(given) == len(wanted) > 0
        assert {(min(pair), max(pair)) for pair in given} == wanted


@pytest.mark.parametrize("seed", range(300))
def test_a_pair_that_just_loses_its_minimum_is_not_taken_for_one_that_stays_apart(seed):
    """Most pairs are told apart by metres to a degree that are not quite those between them."""
    dice = np.random.default_rng(seed)
    lat = dice.uniform(-82.0, 82.0)
    apart = dice.uniform(-1.2, 1.2, 2)
    course, other = dice.uniform(-900.0, 900.0, (2, 2))
    lon = np.array([0.0, apart[0] / np.cos(np.radians(lat))]) + dice.choice([0.0, 179.9, -90.0])
    sky = Movers(
        np.zeros(2), (lon + 180.0) % 360.0 - 180.0, np.array([lat, lat + apart[1]]), np.full(2, 1_000.0),
        np.array([course[0], other[0]]), np.array([course[1], other[1]]), np.zeros(2), np.full(2, 1e7),
        np.full(2, 100.0), np.ones(2, np.bool_),
    )  # fmt: skip
    [closest] = swept(sky, widest=(1e7, 100.0)).closest_m
    for minimum, lost in ((closest * (1.0 + 1e-9), 1), (closest * (1.0 - 1e-6), 0)):
        given = sky._replace(minimum_m=np.full(2, minimum))
        assert len(swept(given, widest=(minimum, 100.0)).one) == lost
