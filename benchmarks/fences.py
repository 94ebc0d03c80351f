"""Which fences tracks enter and leave: the step kernel beside shapely's STRtree, and the whole watch.

20,000 tracks, most of them slow, move in steps of 2 s over star-shaped zones of 0.2 to 25 km, most of them in
fifty clusters of a theatre of 1,000 × 1,000 km. The peer asks its tree for the zones round each new point and
takes the difference to those before: all points in one call, or one by one as services are written.
Answers are equal when every change of every track is the same. What neither peer can see, since it looks at
points only, is counted against places every 2 % along each step: a way through that the kernel misses fails
the run. Edges are straight between degrees for all, corners rounded to the kernel's 9.3 mm.
The exponent is that of the processor's time for a step in the number of zones at constant density.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from functools import partial
from statistics import median
from typing import NamedTuple

import numpy as np
import shapely

from benchmarks import Row, rate_row
from benchmarks.timing import medians
from keepclear.geo.figures import Point, Polygon
from keepclear.geo.kernels.fences import UNITS_PER_DEG, Chains, FenceGrid, warm
from keepclear.geo.kernels.steps import NO_TIME
from keepclear.model.measures import MeasureKind
from keepclear.model.words import StatementId, SubjectId
from keepclear.rules.fences import Fence, Steps
from keepclear.rules.fencing import FenceWatch
from keepclear.times import instant

NAME = "fences"
ZONES = (1_000, 10_000, 100_000)
TRACKS, STEPS, STEP_S = 20_000, 8, 2.0
TURNS = 20
ALONE = 1_500
FINE_STEPS, FINE = 2_000, 50
SEED = 20180207
SIDE_KM, LON, LAT = 1_000.0, 36.0, 32.0
KM_LON, KM_LAT = 94.0, 110.9
ASKED_BYTES, ASKED_EXPONENT, ASKED_PER_S = 2_048.0, 0.1, 20_000.0


class World(NamedTuple):
    """Zones and where the tracks are at each step, in degrees."""

    grid: FenceGrid
    zones: np.ndarray
    places: list[tuple[np.ndarray, np.ndarray]]


def run() -> list[Row]:
    warm()
    rows = []
    for zones in ZONES:
        world = made(zones, SIDE_KM, clustered=True)
        rows += beside_tree(world)
        if zones == ZONES[-1]:
            rows += [ways_through(world), memory(world)]
    return [*rows, exponent(), whole_watch()]


def made(zones: int, side_km: float, *, clustered: bool) -> World:
    dice = np.random.default_rng(SEED)
    cluster = dice.uniform(0.05 * side_km, 0.95 * side_km, (50, 2))

    def centres(n: int) -> np.ndarray:
        spread = dice.uniform(0.0, side_km, (n, 2))
        near = cluster[dice.integers(0, 50, n)] + dice.normal(0.0, 0.04 * side_km, (n, 2))
        chosen = np.where((dice.random(n) < 0.8)[:, None], near, spread) if clustered else spread
        return np.clip(chosen, 0.0, side_km)

    lon, lat, starts = stars(dice, centres(zones))
    chains = Chains(lon, lat, starts, np.arange(zones, dtype=np.int32), np.zeros(zones))
    rings = np.repeat(np.arange(zones), np.diff(starts))
    shapes = shapely.polygons(shapely.linearrings(lon, lat, indices=rings))
    place = centres(TRACKS)
    fast = dice.random(TRACKS) < 0.3
    km = np.where(fast, dice.uniform(0.1, 0.25, TRACKS), dice.uniform(0.0, 0.03, TRACKS)) * STEP_S
    turn = dice.uniform(0.0, 2.0 * np.pi, TRACKS)
    way = np.stack([np.sin(turn) * km, np.cos(turn) * km], axis=1)
    places = [degrees(place + way * step) for step in range(STEPS + 1)]
    return World(FenceGrid(chains), shapes, places)


def stars(dice: np.random.Generator, centre: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Closed rings of 4 to 24 corners, as columns and where each begins."""
    n = len(centre)
    radius = np.exp(dice.uniform(np.log(0.2), np.log(25.0), n))
    corners = dice.integers(4, 25, n)
    begins = np.concatenate([[0], np.cumsum(corners)])
    own = np.repeat(np.arange(n), corners)
    turn = 2.0 * np.pi * (np.arange(len(own)) - begins[own] + dice.uniform(0.0, 0.6, len(own))) / corners[own]
    reach = radius[own] * dice.uniform(0.6, 1.0, len(own))
    lon, lat = degrees(centre[own] + np.stack([np.cos(turn) * reach, np.sin(turn) * reach], axis=1))
    closed = np.insert(np.arange(len(own)), begins[1:], begins[:-1])
    return lon[closed], lat[closed], (begins + np.arange(n + 1)).astype(np.int64)


def degrees(km: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    lon, lat = LON + km[:, 0] / KM_LON, LAT + km[:, 1] / KM_LAT
    return tuple(np.rint(each * UNITS_PER_DEG) / UNITS_PER_DEG for each in (lon, lat))  # type: ignore[return-value]


def ours_changes(world: World, step: int, upto: int = TRACKS) -> np.ndarray:
    (lon0, lat0), (lon1, lat1) = world.places[step], world.places[step + 1]
    found = world.grid.touched(lon0[:upto], lat0[:upto], lon1[:upto], lat1[:upto], np.zeros(upto))
    odd = found.crossings % 2 == 1
    return found.step[odd].astype(np.int64) * len(world.zones) + found.fence[odd]


def beside_tree(world: World) -> list[Row]:
    tree = shapely.STRtree(world.zones)
    tree.query(shapely.Point(0.0, 0.0))
    zones = len(world.zones)

    def held(step: int) -> np.ndarray:
        track, zone = tree.query(shapely.points(*world.places[step]), predicate="intersects")
        return np.sort(track.astype(np.int64) * zones + zone)

    def held_alone(step: int) -> np.ndarray:
        lon, lat = world.places[step]
        found: list[int] = []
        for track in range(ALONE):
            inside = tree.query(shapely.Point(lon[track], lat[track]), predicate="intersects")
            found += (track * zones + inside).tolist()
        return np.sort(np.array(found, np.int64))

    rows = []
    for peer, count, ask in (("shapely STRtree, all in one call", TRACKS, held),
                             ("shapely STRtree, one by one", ALONE, held_alone)):  # fmt: skip
        differ, before, turn = 0, ask(0), 0

        def theirs() -> float:
            nonlocal before, turn, differ
            start = time.perf_counter()
            now = ask(turn % STEPS + 1)  # noqa: B023  (called before the next peer's turn)
            changed = np.setxor1d(before, now, assume_unique=True)
            taken = time.perf_counter() - start
            differ += not np.array_equal(changed, np.sort(ours_changes(world, turn % STEPS, count)))  # noqa: B023
            before, turn = (now, turn + 1) if turn % STEPS + 1 < STEPS else (ask(0), 0)  # noqa: B023
            return taken

        ours, peers = medians(lambda: seconds(world), theirs, 5)
        peers *= TRACKS / count
        rows.append(rate_row(f"fences {zones}", TRACKS, peer, "steps/s", (ours, peers), equal=differ == 0))
    return rows


def seconds(world: World, clock: Callable[[], float] = time.perf_counter) -> float:
    """Give the median seconds of a step of all tracks; by the processor's clock no busy neighbour counts."""
    taken = []
    for step in range(STEPS):
        start = clock()
        ours_changes(world, step)
        taken.append(clock() - start)
    return median(taken)


def ways_through(world: World) -> Row:
    """Count zones that a fine walk along long steps enters and leaves between two fixes, and those missed.

    Steps of 2 s seldom go through anything, so the tracks here report once in 16 s.
    """
    (lon0, lat0), (lon1, lat1) = ((each[:FINE_STEPS] for each in world.places[n]) for n in (0, STEPS))
    found = world.grid.touched(lon0, lat0, lon1, lat1, np.zeros(FINE_STEPS))
    seen = set(zip(found.step.tolist(), found.fence.tolist(), strict=True))
    share = np.linspace(0.0, 1.0, FINE + 1)
    tree = shapely.STRtree(world.zones)
    lon = lon0[:, None] + share * (lon1 - lon0)[:, None]
    lat = lat0[:, None] + share * (lat1 - lat0)[:, None]
    place, zone = tree.query(shapely.points(lon.ravel(), lat.ravel()), predicate="intersects")
    step, at = np.divmod(place, FINE + 1)
    ends = set(
        zip(step[(at == 0) | (at == FINE)].tolist(), zone[(at == 0) | (at == FINE)].tolist(), strict=True)
    )
    through = set(zip(step.tolist(), zone.tolist(), strict=True)) - ends
    missed = len(through - seen)
    name = "fences 100000, ways through seen by a walk in 50 parts"
    caught = len(through) - missed
    return Row(name, FINE_STEPS, "points only: none", 1.0, float(caught), 0.0, "found", missed == 0 < caught)


def memory(world: World) -> Row:
    each = world.grid.nbytes / len(world.zones)
    peer = "the figure asked for"
    return Row(
        "fences, memory", len(world.zones), peer, ASKED_BYTES / each, each, ASKED_BYTES, "bytes/zone", True
    )


def exponent() -> Row:
    """Give how the cost of a step grows with the zones when their density stays that of 100,000."""
    worlds = [made(zones, SIDE_KM * math.sqrt(zones / ZONES[-1]), clustered=False) for zones in ZONES[1:]]
    equal = all(len(ours_changes(world, 0)) > 0 for world in worlds)
    small, large = medians(*(partial(seconds, world, time.thread_time) for world in worlds), TURNS)
    found = math.log(large / small) / math.log(ZONES[2] / ZONES[1])
    name, unit = "fences, growth in zones at constant density", f"exponent, {ZONES[1]} to {ZONES[2]}"
    ratio = ASKED_EXPONENT / max(found, 0.001)
    return Row(name, ZONES[2], "the figure asked for", ratio, found, ASKED_EXPONENT, unit, equal)


def whole_watch() -> Row:
    """Time the whole watch, exact second stage and events and all: 1,000 measures, 10,000 tracks."""
    dice = np.random.default_rng(SEED)
    lon, lat, starts = stars(dice, dice.uniform(0.0, SIDE_KM, (1_000, 2)))
    corners = [Point(x, y) for x, y in zip(lon.tolist(), lat.tolist(), strict=True)]
    watch = FenceWatch()
    watch.change(
        [
            Fence(SubjectId(f"A.{n}"), StatementId(f"A.{n}"), f"zone {n}", MeasureKind.ZONE,
                  Polygon(tuple(corners[starts[n]:starts[n + 1]])))
            for n in range(1_000)
        ],
        instant(0),
    )  # fmt: skip
    tracks = 10_000
    place, turn = dice.uniform(0.0, SIDE_KM, (tracks, 2)), dice.uniform(0.0, 2.0 * np.pi, tracks)
    km = np.where(dice.random(tracks) < 0.3, dice.uniform(0.1, 0.25, tracks), dice.uniform(0.0, 0.03, tracks))
    way = np.stack([np.sin(turn) * km, np.cos(turn) * km], axis=1) * STEP_S
    places = [degrees(place + way * step) for step in range(STEPS + 1)]
    taken, events = [], 0
    for step in range(STEPS + 1):
        before = places[max(0, step - 1)]
        old_us = np.full(tracks, NO_TIME if step == 0 else int((step - 1) * STEP_S * 1e6))
        new_us = np.full(tracks, int(step * STEP_S * 1e6))
        unknown, none = np.full(tracks, np.nan), np.zeros(tracks, np.int8)
        good = np.full(tracks, 10.0)
        batch = Steps(np.arange(tracks), old_us, new_us, *before, *places[step], good, unknown, none, unknown)
        start = time.perf_counter()
        events += len(watch.feed(batch).events)
        taken.append(time.perf_counter() - start)
    per_s = tracks / median(taken[1:])
    name, unit = "fences, whole watch, 1,000 measures", f"fixes/s, {events} events"
    peer = "the figure asked for end to end"
    return Row(name, tracks, peer, per_s / ASKED_PER_S, per_s, ASKED_PER_S, unit, events > tracks // 10)
