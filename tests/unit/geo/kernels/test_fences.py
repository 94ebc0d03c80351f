from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod
from tests.shares import mostly_long

from keepclear.errors import Malformed
from keepclear.geo.kernels.fences import MAX_LAT, UNITS_PER_DEG, Chains, FenceGrid, Touched, warm

GEOD = Geod(ellps="WGS84")
UNIT = 1.0 / UNITS_PER_DEG
# The hair by which every moving thing stands further east, and the smaller one further north: in the twin
# they are real, and nothing lies on anything.
SCALE, EAST, NORTH = 1 << 90, 1 << 45, 1


def chains(rings, pad_m=0.0, origin=(0.0, 0.0)):
    """Rings of (x, y) in units, from an origin in degrees, as chains; each is a fence of its own."""
    corners = [corner for ring in rings for corner in [*ring, ring[0]]]
    lon, lat = degrees(corners, origin)
    starts = np.cumsum([0, *(len(ring) + 1 for ring in rings)])
    fence = np.arange(len(rings), dtype=np.int32)
    return Chains(lon, lat, starts.astype(np.int64), fence, np.full(len(rings), pad_m))


def degrees(places, origin=(0.0, 0.0)):
    xy = np.array(places, np.float64).reshape(-1, 2)
    whole = np.rint(np.array(origin) * UNITS_PER_DEG)
    lon = (xy[:, 0] + whole[0]) * UNIT
    return (lon + 180.0) % 360.0 - 180.0, (xy[:, 1] + whole[1]) * UNIT


def touched(grid, steps, pad_m=0.0, origin=(0.0, 0.0)):
    """Steps as ((x, y), (x, y)) in units."""
    lon0, lat0 = degrees([old for old, _ in steps], origin)
    lon1, lat1 = degrees([new for _, new in steps], origin)
    return grid.touched(lon0, lat0, lon1, lat1, np.full(len(steps), pad_m))


def crossings(found: Touched):
    return {
        (int(step), int(fence)): int(times)
        for step, fence, times in zip(found.step, found.fence, found.crossings, strict=True)
    }


def is_inside(ring, place):
    """The plain twin: an even–odd count in whole numbers of any size, with the hair made real."""
    px, py = place[0] * SCALE + EAST, place[1] * SCALE + NORTH
    inside = False
    corners = [(x * SCALE, y * SCALE) for x, y in ring]
    for (ax, ay), (bx, by) in pairwise([*corners, corners[0]]):
        if (ay > py) != (by > py):
            # Left of where the edge meets the place's row, without dividing.
            turn = (bx - ax) * (py - ay) - (by - ay) * (px - ax)
            inside ^= (turn > 0) == (by > ay)
    return inside


def changes(rings, steps):
    return {
        (n, fence)
        for n, (old, new) in enumerate(steps)
        for fence, ring in enumerate(rings)
        if is_inside(ring, old) != is_inside(ring, new)
    }


small = st.tuples(st.integers(-6, 6), st.integers(-6, 6))
ring = st.lists(small, min_size=3, max_size=8, unique=True)
step = st.tuples(small, small)


@pytest.mark.long
@settings(max_examples=400, deadline=None)
@given(
    st.lists(ring, min_size=1, max_size=4),
    st.lists(step, min_size=1, max_size=12),
    st.sampled_from([1, 100_000, 3_000_000]),
    st.sampled_from([(0.0, 0.0), (180.0, 0.0), (-179.9999, 60.0), (39.0, -84.0)]),
)
def test_what_changes_is_what_a_plain_count_says_also_on_corners_and_along_edges(
    rings, steps, stretch, origin
):
    # Rings may cross themselves: parity is defined for them too. Few places, so that all fall on one another.
    rings = [[(x * stretch, y * stretch) for x, y in ring] for ring in rings]
    steps = [((a * stretch, b * stretch), (c * stretch, d * stretch)) for (a, b), (c, d) in steps]
    if abs(origin[1]) > 80.0 and stretch > 1_000_000:
        stretch = 1
        return
    grid = FenceGrid(chains(rings, origin=origin))
    found = crossings(touched(grid, steps, origin=origin))
    assert {pair for pair, times in found.items() if times % 2} == changes(rings, steps)


def test_places_a_hair_from_an_edge_are_told_apart_exactly():
    # The grid of places near a diagonal on which the sign of a determinant in floats is wrong one time in
    # three (docs/explanation/geometry.md, trap 4), in units.
    ring = [(0, 0), (24_000_000, 24_000_001), (24_000_000, -5_000_000)]
    grid = FenceGrid(chains([ring]))
    base = 12_000_000
    steps = [
        ((base + x, base + y), (base + x + 3, base + y - 7)) for x in range(-32, 32) for y in range(-32, 32)
    ]
    found = crossings(touched(grid, steps))
    assert {pair for pair, times in found.items() if times % 2} == changes([ring], steps)
    assert len(found) > 100


def test_a_walk_in_steps_crosses_as_its_ends_say():
    dice = np.random.default_rng(5)
    rings = [
        [tuple(map(int, corner)) for corner in dice.integers(-400_000, 400_000, (dice.integers(3, 9), 2))]
        for _ in range(60)
    ]
    grid = FenceGrid(chains(rings))
    walk = np.cumsum(dice.integers(-60_000, 60_000, (400, 2)), axis=0) // 8
    places = [tuple(map(int, place)) for place in walk]
    steps = list(pairwise(places))
    found = crossings(touched(grid, steps))
    assert {pair for pair, times in found.items() if times % 2} == changes(rings, steps)


@pytest.mark.long
def test_no_way_through_is_missed_that_a_fine_walk_sees():
    dice = np.random.default_rng(7)
    rings = []
    for _ in range(200):
        x, y = dice.integers(-3_000_000, 3_000_000, 2)
        r = int(dice.integers(5_000, 60_000))
        rings.append([(int(x + dx * r), int(y + dy * r)) for dx, dy in ((1, 0), (0, 1), (-1, 0), (0, -1))])
    grid = FenceGrid(chains(rings))
    ends = dice.integers(-3_000_000, 3_000_000, (300, 2))
    steps = [
        (tuple(map(int, end)), tuple(map(int, end + dice.integers(-900_000, 900_000, 2)))) for end in ends
    ]
    found = crossings(touched(grid, steps))
    seen = 0
    for n, (old, new) in enumerate(steps):
        for fence, ring in enumerate(rings):
            fine = np.linspace(old, new, 400)
            (cx, cy), r = np.mean(ring, axis=0), abs(ring[0][0] - ring[2][0]) / 2.0
            if bool(np.any(np.abs(fine[:, 0] - cx) + np.abs(fine[:, 1] - cy) < r)):
                outside = [abs(end[0] - cx) + abs(end[1] - cy) > r for end in (old, new)]
                seen += all(outside)
                assert found.get((n, fence), 0) >= sum(outside)
    assert seen > 50


@pytest.mark.parametrize("lon", mostly_long([180.0, 39.0, -179.99], 1))
@pytest.mark.parametrize("lat", mostly_long([84.0, 0.0, 34.0, -62.0], 1))
@pytest.mark.parametrize("pads", [(0.0, 300.0), (300.0, 0.0), (40.0, 2_500.0)])
def test_whatever_comes_near_is_given_also_near_the_seam_and_far_north(lon, lat, pads):
    dice = np.random.default_rng(int(abs(lon) + abs(lat)))
    fence_pad_m, step_pad_m = pads
    n = 120
    away, turn = dice.uniform(0.0, 20_000.0, n), dice.uniform(0.0, 360.0, n)
    x, y, _ = GEOD.fwd(np.full(n, lon), np.full(n, lat), turn, away)
    x1, y1, _ = GEOD.fwd(x, y, dice.uniform(0.0, 360.0, n), np.full(n, 400.0))
    fences = np.stack([np.stack([x, y], 1), np.stack([x1, y1], 1)], 1).reshape(-1, 2)
    starts = np.arange(0, 2 * n + 1, 2)
    corners = fences[:, 0].copy(), fences[:, 1].copy()
    made = Chains(*corners, starts, np.arange(n, dtype=np.int32), np.full(n, fence_pad_m))
    away, turn = dice.uniform(0.0, 20_000.0, n), dice.uniform(0.0, 360.0, n)
    a, b, _ = GEOD.fwd(np.full(n, lon), np.full(n, lat), turn, away)
    a1, b1, _ = GEOD.fwd(a, b, dice.uniform(0.0, 360.0, n), dice.uniform(0.0, 3_000.0, n))
    found = FenceGrid(made).touched(a, b, a1, b1, np.full(n, step_pad_m))
    pairs = set(zip(found.step.tolist(), found.fence.tolist(), strict=True))
    # The twin: places along the step against places along the fence, on the ellipsoid.
    share = np.linspace(0.0, 1.0, 9)
    walk = np.stack([a, b], 1)[:, None] + share[:, None] * _turned(np.stack([a1 - a, b1 - b], 1))[:, None]
    legs = np.stack([x, y], 1)[:, None] + share[:, None] * _turned(np.stack([x1 - x, y1 - y], 1))[:, None]
    near = 0
    for n_step, places in enumerate(walk):
        for place in places:
            every = legs.reshape(-1, 2)
            _, _, metres = GEOD.inv(
                np.full(len(every), place[0]), np.full(len(every), place[1]), every[:, 0], every[:, 1]
            )
            for fence in np.flatnonzero(metres.reshape(-1, 9).min(axis=1) <= fence_pad_m + step_pad_m):
                assert (n_step, int(fence)) in pairs
                near += 1
    assert near > 20
    assert len(pairs) < n * n / 4


def _turned(steps):
    steps[:, 0] = (steps[:, 0] + 180.0) % 360.0 - 180.0
    return steps


def test_a_pair_is_given_once_however_many_cells_it_lies_in():
    ring = [(2_000_000 * x, 2_000_000 * y) for x, y in ((-1, -1), (1, -1), (1, 1), (-1, 1))]
    found = touched(FenceGrid(chains([ring], pad_m=500.0)), [((-3_000_000, 1), (3_000_000, 5))], 1_000.0)
    assert found.crossings.tolist() == [2]


def test_there_is_room_for_any_number_of_pairs():
    rings = [[(-n, -n), (n, -n), (n, n), (-n, n)] for n in range(100, 1_100)]
    found = touched(FenceGrid(chains(rings)), [((0, 3), (5_000, 3)), ((5_000, 3), (0, 3))])
    assert len(found.step) == 2_000
    assert set(found.crossings.tolist()) == {1}


def test_none_and_nothing_are_no_fault():
    empty = FenceGrid(chains([]))
    assert len(touched(empty, [((0, 0), (5, 5))], 100.0).step) == 0
    assert len(touched(FenceGrid(chains([[(0, 0), (9, 0), (0, 9)]])), []).step) == 0


def test_near_a_pole_a_fence_is_refused():
    with pytest.raises(Malformed, match="live-latitude"):
        FenceGrid(chains([[(0, 0), (9, 0), (0, 9)]], origin=(0.0, MAX_LAT + 0.1)))


def test_a_leg_over_a_third_of_the_way_round_is_refused():
    with pytest.raises(Malformed, match="leg-length"):
        FenceGrid(chains([[(0, 0), (1 << 30, 0), (0, 9)]]))


def test_it_can_be_warmed():
    warm()


def test_at_a_hundred_thousand_fences_one_takes_less_than_two_kilobytes():
    dice = np.random.default_rng(3)
    rings = []
    for x, y in dice.integers(-50_000_000, 50_000_000, (10_000, 2)):
        r = float(np.exp(dice.uniform(np.log(20_000), np.log(2_600_000))))
        turns = np.sort(dice.uniform(0.0, 6.28, 14))
        rings.append([(int(x + r * np.cos(turn)), int(y + r * np.sin(turn))) for turn in turns])
    grid = FenceGrid(chains(rings))
    tables = 4 * 256 * 512
    assert (grid.nbytes - tables) / len(rings) < 2_048
