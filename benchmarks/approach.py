"""Closest approach in three dimensions: ours beside BlueSky's detector compiled in C++, and all pairs.

"air" is 1,000 × 1,000 km of aircraft at 120 to 260 m/s with minima of 5 NM and 1,000 ft; in "mixed" four of
five are slow and low, with minima of 1 km and 100 m; both look 300 s ahead. All tracks count as one's own, as
they do for the peer. Ours is timed from empty cells, and again where 1 in 100 reports anew.
Answers are equal when the pairs are the same, but for those that pass within 1 % of a minimum or of the end
of the look-ahead: the peer lays its plane otherwise. How many those are stands in the peer's name.
All pairs by the same closed form, in numpy, must be the same pairs to the last one.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from types import SimpleNamespace
from typing import NamedTuple

import numpy as np

from benchmarks import Row, rate_row
from benchmarks.timing import medians
from benchmarks.yardsticks import has
from keepclear.geo.kernels.approach import Movers, Pairs, Sweep, warm

NAME = "approach"
COUNTS = (1_000, 10_000)
SEED = 20180207
SIDE_M, AHEAD_S = 1e6, 300.0
REPEATS, TURNS = 3, 5
ASKED_EXPONENT = 1.1
# Metres to a degree at the equator, as ours takes the Earth and as the peer does: each is given the places of
# one plane by its own.
EAST_M, NORTH_M = 111_319.490_793, 110_574.275_822
THEIRS_M = 6_371_000.0 * math.pi / 180.0
NEAR = 0.01


class Sky(NamedTuple):
    """A world of moving things, and the minima that hold in it."""

    name: str
    minimum_m: float
    minimum_height_m: float
    movers: Movers


def run() -> list[Row]:
    warm()
    rows = []
    for count in COUNTS:
        for sky in (made("air", count), made("mixed", count)):
            rows += [beside_all_pairs(sky)] if count == COUNTS[0] else [*beside_bluesky(sky), some_anew(sky)]
    return [*rows, growth("air"), growth("mixed")]


def made(name: str, count: int, side_m: float = SIDE_M) -> Sky:
    dice = np.random.default_rng(SEED)
    minimum_m, minimum_height_m = (9_260.0, 304.8) if name == "air" else (1_000.0, 100.0)
    fast = dice.random(count) < (1.0 if name == "air" else 0.2)
    x, y = dice.uniform(-side_m / 2.0, side_m / 2.0, (2, count))
    turn = dice.uniform(0.0, 2.0 * np.pi, count)
    speed = np.where(fast, dice.uniform(120.0, 260.0, count), dice.uniform(0.0, 30.0, count))
    height = np.where(fast, dice.uniform(300.0, 12_000.0, count), dice.uniform(0.0, 600.0, count))
    climb = np.where(dice.random(count) < 0.3, dice.uniform(-12.0, 12.0, count), 0.0) * np.where(
        fast, 1.0, 0.25
    )
    return Sky(
        name,
        minimum_m,
        minimum_height_m,
        Movers(
            np.zeros(count), x / EAST_M, y / NORTH_M, height, speed * np.sin(turn), speed * np.cos(turn),
            climb, np.full(count, minimum_m), np.full(count, minimum_height_m), np.ones(count, np.bool_),
        ),
    )  # fmt: skip


def swept(sky: Sky, clock: Callable[[], float] = time.perf_counter) -> tuple[float, Pairs]:
    sweep = Sweep(AHEAD_S, sky.minimum_m, sky.minimum_height_m)
    rows = np.arange(len(sky.movers.lon))
    start = clock()
    found = sweep.report(rows, sky.movers, 0.0)
    return clock() - start, found


def named(pairs: Pairs) -> set[tuple[int, int]]:
    return {(min(a, b), max(a, b)) for a, b in zip(pairs.one.tolist(), pairs.other.tolist(), strict=True)}


def beside_all_pairs(sky: Sky) -> Row:
    """All pairs at once in numpy; the pairs must be the same."""
    count = len(sky.movers.lon)
    one, other = np.triu_indices(count, 1)
    start = time.perf_counter()
    lost = margins(sky, one, other)[0]
    theirs = time.perf_counter() - start
    ours, found = min((swept(sky) for _ in range(REPEATS)), key=lambda each: each[0])
    equal = named(found) == set(zip(one[lost].tolist(), other[lost].tolist(), strict=True))
    return rate_row(
        f"approach {sky.name}", count, "all pairs in numpy", "tracks/s", (ours, theirs), equal=equal
    )


def margins(sky: Sky, one: np.ndarray, other: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Tell which pairs lose their minima, and which pass so near to a minimum that a plane decides."""
    return lost_at(sky, one, other, 1.0, 1.0), (
        lost_at(sky, one, other, 1.0 + NEAR, 1.0 + NEAR) & ~lost_at(sky, one, other, 1.0 - NEAR, 1.0 - NEAR)
    )


def lost_at(sky: Sky, one: np.ndarray, other: np.ndarray, share: float, time_share: float) -> np.ndarray:
    """Tell which pairs lose a share of both minima within a share of the look-ahead."""
    m, a, b = sky.movers, one, other
    middle = np.radians(0.5 * (m.lat[a] + m.lat[b]))
    bend = 1.0 - 0.006_694_379_990_141_316 * np.sin(middle) ** 2
    normal = 6_378_137.0 / np.sqrt(bend) * np.radians(1.0)
    dx = (m.lon[b] - m.lon[a]) * normal * np.cos(middle)
    dy = (m.lat[b] - m.lat[a]) * normal * (1.0 - 0.006_694_379_990_141_316) / bend
    du, dv = m.east_mps[b] - m.east_mps[a], m.north_mps[b] - m.north_mps[a]
    dz, dw = m.height_m[b] - m.height_m[a], m.climb_mps[b] - m.climb_mps[a]
    limit, high = share * sky.minimum_m, share * sky.minimum_height_m
    with np.errstate(divide="ignore", invalid="ignore"):
        speed_sq = du * du + dv * dv
        at = -(dx * du + dy * dv) / speed_sq
        least_sq = (dx + du * at) ** 2 + (dy + dv * at) ** 2
        half = np.sqrt(np.maximum(0.0, limit**2 - least_sq) / speed_sq)
        first, last = (-high - dz) / dw, (high - dz) / dw
        enter = np.where(dw == 0.0, np.where(np.abs(dz) <= high, -np.inf, np.inf), np.minimum(first, last))
        leave = np.where(dw == 0.0, np.inf, np.maximum(first, last))
    begins = np.maximum(np.maximum(at - half, enter), 0.0)
    ends = np.minimum(np.minimum(at + half, leave), time_share * AHEAD_S)
    return (least_sq <= limit**2) & (begins <= ends)


def beside_bluesky(sky: Sky) -> list[Row]:
    """BlueSky's detector as its simulator calls it."""
    if not has("bluesky"):
        return []
    from bluesky.traffic.asas import cstatebased

    count, m = len(sky.movers.lon), sky.movers
    own = SimpleNamespace(
        ntraf=count,
        lat=m.lat * (NORTH_M / THEIRS_M),
        lon=m.lon * (EAST_M / THEIRS_M),
        trk=np.degrees(np.arctan2(m.east_mps, m.north_mps)),
        gs=np.hypot(m.east_mps, m.north_mps),
        alt=m.height_m,
        vs=m.climb_mps,
        id=[str(n) for n in range(count)],
    )
    limits = (sky.minimum_m, sky.minimum_height_m, AHEAD_S)
    theirs_found: set[tuple[int, int]] = set()

    def theirs() -> float:
        start = time.perf_counter()
        found = cstatebased.detect(own, own, *(np.full(count, limit) for limit in limits))
        taken = time.perf_counter() - start
        theirs_found.update((min(int(a), int(b)), max(int(a), int(b))) for a, b in found[0])
        return taken

    ours, peers = medians(lambda: swept(sky)[0], theirs, REPEATS)
    differ = named(swept(sky)[1]) ^ theirs_found
    pairs = np.array(sorted(differ), np.int64).reshape(-1, 2)
    on_edge = int(np.count_nonzero(margins(sky, pairs[:, 0], pairs[:, 1])[1]))
    peer = f"BlueSky C++ ({len(theirs_found)} pairs, {len(differ)} within 1 %)"
    equal = on_edge == len(differ) and bool(theirs_found)
    return [rate_row(f"approach {sky.name}", count, peer, "tracks/s", (ours, peers), equal=equal)]


def some_anew(sky: Sky) -> Row:
    """Let 1 in 100 report anew; beside all of them."""
    count = len(sky.movers.lon)
    sweep = Sweep(AHEAD_S, sky.minimum_m, sky.minimum_height_m)
    every = named(sweep.report(np.arange(count), sky.movers, 0.0))
    some = np.arange(0, count, 100)
    part = Movers._make(None if column is None else column[some] for column in sky.movers)
    found: set[tuple[int, int]] = set()

    def anew() -> float:
        nonlocal found
        start = time.perf_counter()
        pairs = sweep.report(some, part, 0.0)
        taken = time.perf_counter() - start
        found = named(pairs)
        return taken

    ours, theirs = medians(anew, lambda: swept(sky)[0], 5)
    chosen = set(some.tolist())
    equal = found == {pair for pair in every if set(pair) & chosen}
    name = f"approach {sky.name}, 1 in 100 reports"
    return Row(name, count, "ours, all report", theirs / ours, ours * 1e3, theirs * 1e3, "ms", equal)


def growth(name: str) -> Row:
    """Give how the processor's time grows with the tracks when their density stays that of 10,000."""
    few, many = 10_000, 100_000
    skies = [made(name, count, SIDE_M * math.sqrt(count / few)) for count in (few, many)]
    pairs = [len(swept(sky)[1].one) for sky in skies]
    small, large = medians(*(lambda sky=sky: swept(sky, time.thread_time)[0] for sky in skies), TURNS)
    found = math.log(large / small) / math.log(many / few)
    unit = f"exponent, {few} to {many} ({pairs[0]} and {pairs[1]} pairs)"
    ratio = ASKED_EXPONENT / found
    peer = "the figure asked for"
    return Row(
        f"approach {name}, growth at constant density", many, peer, ratio, found, ASKED_EXPONENT, unit, True
    )
