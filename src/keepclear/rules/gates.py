"""Which fixes move a track: the age gate (bad clocks), the speed gate (spoofed jumps), late and double ones.

Nothing is dropped in silence: each fix has a verdict, and each refusal a rule that can be read aloud. Numbers
in, numbers out, many fixes at once, compiled; the tests hold it against a slow twin of their own.
"""

from __future__ import annotations

import math
from enum import IntEnum
from typing import Final

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from keepclear.geo.frames import MEAN_RADIUS_M
from keepclear.geo.kernels.compiled import compiled
from keepclear.model.tracks import TrackKind

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Verdicts = NDArray[np.int8]

NEVER: Final = -(2**62)
"""The time of a track that has no fix yet, in microseconds since 1970."""


class Verdict(IntEnum):
    """What is made of a fix. The first four are kept; of these `LATE` does not move the track."""

    MOVES = 0
    BEGINS = 1  # the first of its track: no step leads to it
    RESUMES = 2  # after a jump that stayed: the track goes on there, and no step between is tested
    LATE = 3  # older than the newest: kept in the trail
    TWICE = 4
    AHEAD = 5
    TOO_OLD = 6
    JUMP = 7


KEPT: Final = Verdict.LATE
"""Verdicts up to this one are kept."""

REFUSALS: Final[dict[Verdict, tuple[str, str]]] = {
    Verdict.TWICE: ("twice", "a fix of this time is held already"),
    Verdict.AHEAD: ("from-the-future", "its time lies ahead of this node's clock by more than the feed may"),
    Verdict.TOO_OLD: ("too-old", "it is older than the feed's oldest"),
    Verdict.JUMP: ("faster-than-its-kind", "no thing of its kind comes here from where it was in that time"),
}
"""The rule of each refusal, and its words."""

FASTEST_MPS: Final[dict[TrackKind, float]] = {
    TrackKind.AEROPLANE: 700.0,
    TrackKind.HELICOPTER: 120.0,
    TrackKind.DRONE: 120.0,
    TrackKind.VESSEL: 40.0,
    TrackKind.VEHICLE: 70.0,
    TrackKind.CONVOY: 45.0,
    TrackKind.PERSONS: 15.0,
    TrackKind.UNKNOWN: 700.0,
}
"""Metres a second over the ground above which a step is no movement of its kind. Proposed, to be tried."""

SLACK_M: Final = 100.0
"""What a step may exceed its speed by in any time, and what an unknown accuracy counts for here."""
RESUME_FIXES: Final = 5
RESUME_US: Final = 60_000_000


class Gates(Struct):
    """Per track: where it was last, and the place to which it has jumped if it has; arrays of one length.

    `at_us` in microseconds since 1970 UTC; `lon`, `lat` in degrees; `accuracy_m` NaN where unknown. The
    `jump_*` arrays hold the last fix of a run of refused ones that agree with each other, since when, and how
    many they are.
    """

    at_us: Ints
    lon: Floats
    lat: Floats
    accuracy_m: Floats
    fastest_mps: Floats
    jump_at_us: Ints
    jump_lon: Floats
    jump_lat: Floats
    jump_since_us: Ints
    jump_count: Ints


def fresh(size: int) -> Gates:
    """Make the gates of so many tracks that have no fix yet."""
    unknown = np.full(size, np.nan)
    times = np.full(size, NEVER, dtype=np.int64)
    return Gates(
        times, unknown.copy(), unknown.copy(), unknown.copy(),
        np.full(size, FASTEST_MPS[TrackKind.UNKNOWN]), times.copy(), unknown.copy(), unknown.copy(),
        times.copy(), np.zeros(size, dtype=np.int64),
    )  # fmt: skip


def _away_m(lon: float, lat: float, to_lon: float, to_lat: float) -> float:
    half = math.pi / 360.0
    up, over = math.sin((to_lat - lat) * half), math.sin((to_lon - lon) * half)
    turned = up * up + math.cos(lat * 2.0 * half) * math.cos(to_lat * 2.0 * half) * over * over
    return 2.0 * MEAN_RADIUS_M * math.asin(min(1.0, math.sqrt(turned)))


_away = compiled(_away_m)


def _is_too_fast(
    lon: float,
    lat: float,
    accuracy_m: float,
    to_lon: float,
    to_lat: float,
    to_accuracy_m: float,
    passed_us: int,
    fastest_mps: float,
) -> bool:
    slack = SLACK_M
    slack += SLACK_M if math.isnan(accuracy_m) else accuracy_m
    slack += SLACK_M if math.isnan(to_accuracy_m) else to_accuracy_m
    reach = fastest_mps * abs(passed_us) / 1e6 + slack
    # A degree of latitude is more than 111 km: a wide jump needs no trigonometry to be seen.
    if abs(to_lat - lat) * 111_000.0 > reach:
        return True
    return bool(_away(lon, lat, to_lon, to_lat) > reach)


_too_fast = compiled(_is_too_fast)

_MOVES, _BEGINS, _RESUMES, _LATE = 0, 1, 2, 3
_TWICE, _AHEAD, _TOO_OLD, _JUMP = 4, 5, 6, 7


def _jump_stays(
    row: int, at_us: int, lon: float, lat: float, accuracy_m: float, fastest_mps: float,
    jump_at: Ints, jump_lon: Floats, jump_lat: Floats, jump_since: Ints, jump_count: Ints,
) -> bool:  # fmt: skip
    """Add a jump to the run of its track, or begin another run; tell whether the run is long enough."""
    since = at_us - jump_at[row]
    if jump_count[row] > 0 and since <= 0:
        return False
    if jump_count[row] == 0 or _too_fast(
        jump_lon[row], jump_lat[row], accuracy_m, lon, lat, accuracy_m, since, fastest_mps
    ):
        jump_since[row], jump_count[row] = at_us, 0
    jump_at[row], jump_lon[row], jump_lat[row] = at_us, lon, lat
    jump_count[row] += 1
    return bool(jump_count[row] >= RESUME_FIXES and at_us - jump_since[row] >= RESUME_US)


_stays = compiled(_jump_stays)


def _went_with_the_jump(
    row: int, lon: float, lat: float, was_lon: Floats, was_lat: Floats, jump_lon: Floats, jump_lat: Floats,
    jump_count: Ints,
) -> bool:  # fmt: skip
    """Tell whether a step that time now allows leads to where refused fixes were.

    In time any jump can be walked: what goes on there has still jumped.
    """
    if jump_count[row] == 0:
        return False
    there = _away(jump_lon[row], jump_lat[row], lon, lat)
    return bool(there < _away(was_lon[row], was_lat[row], lon, lat))


_went_with = compiled(_went_with_the_jump)


def _judge_each(
    rows: Ints, at_us: Ints, received_us: Ints, lon: Floats, lat: Floats, accuracy_m: Floats,
    oldest_us: int, ahead_us: int, was_at: Ints, was_lon: Floats, was_lat: Floats, was_accuracy: Floats,
    fastest: Floats, jump_at: Ints, jump_lon: Floats, jump_lat: Floats, jump_since: Ints, jump_count: Ints,
    verdicts: Verdicts,
) -> None:  # fmt: skip
    for i in range(rows.shape[0]):
        row, at, x, y, accuracy = rows[i], at_us[i], lon[i], lat[i], accuracy_m[i]
        passed = at - was_at[row]
        if at > received_us[i] + ahead_us:
            verdicts[i] = _AHEAD
        elif at < received_us[i] - oldest_us:
            verdicts[i] = _TOO_OLD
        elif was_at[row] == NEVER:
            verdicts[i] = _BEGINS
        elif passed == 0:
            verdicts[i] = _TWICE
        elif not _too_fast(
            was_lon[row], was_lat[row], was_accuracy[row], x, y, accuracy, passed, fastest[row]
        ):
            went = passed > 0 and _went_with(row, x, y, was_lon, was_lat, jump_lon, jump_lat, jump_count)
            verdicts[i] = _LATE if passed < 0 else _RESUMES if went else _MOVES
        elif passed > 0 and _stays(
            row, at, x, y, accuracy, fastest[row], jump_at, jump_lon, jump_lat, jump_since, jump_count
        ):
            verdicts[i] = _RESUMES
        else:
            verdicts[i] = _JUMP
        if verdicts[i] < _LATE:
            was_at[row], was_lon[row], was_lat[row], was_accuracy[row] = at, x, y, accuracy
            jump_count[row] = 0


_judge_compiled = compiled(_judge_each)


class Limits(Struct, frozen=True):
    """The age gate of a feed, in microseconds: how old a fix may be, and how far ahead of our clock."""

    oldest_us: int
    ahead_us: int


class Fixes(Struct, frozen=True):
    """Fixes of one feed as columns of one length, in the order of time for each row.

    `rows` names the track of each; `at_us` and `received_us` are microseconds since 1970 UTC.
    """

    rows: Ints
    at_us: Ints
    received_us: Ints
    lon: Floats
    lat: Floats
    accuracy_m: Floats


def judge(fixes: Fixes, gates: Gates, limits: Limits) -> Verdicts:
    """Give the verdict on each fix, in order, and move the gates along with those that are kept.

    A fix that is `AHEAD` or `TOO_OLD` by the feed's limits is looked at no further. A step that would be
    faster than its kind moves, with the accuracies of both ends and `SLACK_M` taken off, is a `JUMP`. Where
    five jumps over a minute agree with each other, the track goes on where they are: it `RESUMES`. So it does
    where enough time has passed for the step, and it leads to where the refused fixes were.
    """
    verdicts = np.zeros(len(fixes.rows), dtype=np.int8)
    _judge_compiled(
        fixes.rows, fixes.at_us, fixes.received_us, fixes.lon, fixes.lat, fixes.accuracy_m,
        limits.oldest_us, limits.ahead_us, gates.at_us, gates.lon, gates.lat, gates.accuracy_m,
        gates.fastest_mps, gates.jump_at_us, gates.jump_lon, gates.jump_lat, gates.jump_since_us,
        gates.jump_count, verdicts,
    )  # fmt: skip
    return verdicts


def warm() -> None:
    """Compile the gates, or load them from the cache."""
    nothing, unknown = np.zeros(0, np.int64), np.zeros(0)
    judge(Fixes(nothing, nothing, nothing, unknown, unknown, unknown), fresh(1), Limits(1, 1))
