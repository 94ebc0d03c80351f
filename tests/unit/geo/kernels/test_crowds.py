from __future__ import annotations

import numpy as np
import pytest

from keepclear.geo.kernels.approach import Movers, Sweep
from keepclear.geo.kernels.crowds import soonest, warm

AHEAD_S = 300.0
NO_BOUND = 1 << 40


def world(seed, n, lon=38.0, lat=34.0, wide_deg=1.0, stale_s=30.0):
    """Things of all speeds round a place, some without heights, reported at different times."""
    dice = np.random.default_rng(seed)
    speed = np.where(dice.random(n) < 0.3, dice.uniform(80.0, 300.0, n), dice.uniform(0.0, 30.0, n))
    turn = dice.uniform(0.0, 6.283, n)
    lons = lon + dice.uniform(-wide_deg, wide_deg, n) / np.cos(np.radians(lat))
    return Movers(
        -dice.uniform(0.0, stale_s, n), (lons + 540.0) % 360.0 - 180.0,
        lat + dice.uniform(-wide_deg, wide_deg, n),
        np.where(dice.random(n) < 0.2, np.nan, dice.uniform(0.0, 3_000.0, n)), speed * np.sin(turn),
        speed * np.cos(turn), dice.uniform(-5.0, 5.0, n), dice.choice([150.0, 1_000.0, 5_556.0], n),
        dice.choice([50.0, 305.0], n), dice.random(n) < 0.5, dice.choice([0, 2], n).astype(np.int8),
    )  # fmt: skip


def laid(movers):
    """A bounded sweep that holds them: its own pairs play no part here."""
    sweep = Sweep(AHEAD_S + 60.0, 5_556.0, 305.0, 60.0, most=4, looks=64)
    sweep.report(np.arange(len(movers.lon)), movers, 0.0)
    return sweep


def twin(sweep, movers, i, most):
    """The slow twin: every other thing that is no company, sorted by the time left, then by row."""
    others = [j for j in range(len(movers.lon)) if j != i and not movers.groups[i] & movers.groups[j]]
    low = np.array([min(i, j) for j in others], np.int64)
    high = np.array([max(i, j) for j in others], np.int64)
    pairs = sweep.again(low, high, 0.0, AHEAD_S)
    found = [
        (loss, a + b - i)
        for a, b, loss in zip(pairs.one.tolist(), pairs.other.tolist(), pairs.loss_s.tolist(), strict=True)
    ]
    return [other for _, other in sorted(found)[:most]]


@pytest.mark.parametrize("lat", [34.0, -60.0, 79.0])
@pytest.mark.parametrize("lon", [38.0, 179.8])
@pytest.mark.parametrize("most", [1, 5, 200])
def test_the_pairs_kept_are_those_of_the_slow_twin_in_its_order(lon, lat, most):
    movers = world(int(abs(lat)) + most, 150, lon, lat, wide_deg=0.3)
    sweep = laid(movers)
    found = soonest(sweep, np.arange(150), 0.0, AHEAD_S, most, NO_BOUND)
    assert not found.cut.any()
    kept = [found.other[i, : found.kept[i]].tolist() for i in range(150)]
    assert kept == [twin(sweep, movers, i, most) for i in range(150)]
    assert sum(map(len, kept)) > 100


def test_the_look_ends_before_everything_was_looked_at():
    movers = world(7, 2_000, wide_deg=0.2)
    found = soonest(laid(movers), np.arange(2_000), 0.0, AHEAD_S, 3, NO_BOUND)
    assert found.looks.mean() < 700


def standing(n, lon=38.0):
    """Many things at one point, at rest, at no known height."""
    zero = np.zeros(n)
    return Movers(
        zero, np.full(n, lon), np.full(n, 34.0), np.full(n, np.nan), zero, zero, zero,
        np.full(n, 5_556.0), np.full(n, 305.0), np.ones(n, np.bool_), np.zeros(n, np.int8),
    )  # fmt: skip


@pytest.mark.parametrize("count", [1_000, 4_000])
def test_many_at_one_point_cost_as_few_looks_as_pairs_are_kept(count):
    found = soonest(laid(standing(count)), np.arange(count), 0.0, AHEAD_S, 8, NO_BOUND)
    assert found.looks.max() <= 8 + 20
    assert found.other[count - 1].tolist() == list(range(8))
    assert found.around.tolist() == [count - 1] * count


def test_one_that_would_take_more_looks_than_stated_is_named():
    movers = world(3, 300, wide_deg=0.2)
    found = soonest(laid(movers), np.arange(300), 0.0, AHEAD_S, 5, 50)
    assert found.cut.any()
    assert found.looks.max() <= 55
    assert not soonest(laid(movers), np.arange(300), 0.0, AHEAD_S, 5, 5_000).cut.any()


def test_what_was_counted_lies_within_what_is_said():
    movers = standing(40)._replace(lon=38.0 + np.arange(40) * 0.02)
    found = soonest(laid(movers), np.arange(1), 0.0, AHEAD_S, 3, NO_BOUND)
    metres = np.arange(1, 40) * 0.02 * 111_320.0 * np.cos(np.radians(34.0))
    assert found.around[0] <= (metres <= found.within_m[0]).sum()
    assert found.around[0] >= 3


def test_it_can_be_warmed():
    warm()
