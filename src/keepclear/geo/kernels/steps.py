"""The last fix of each track, and what sort of step follows on it: what every fix passes through."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from keepclear.geo.frames import MEAN_RADIUS_M, Floats
from keepclear.geo.kernels.compiled import compiled
from keepclear.geo.kernels.fences import MAX_LAT, MAX_PAD_M, Int8s, Int64s

Bools = NDArray[np.bool_]

STRAIGHT, BIRTH, GAP, TOO_LATE, REFUSED = range(5)
"""What a step is: a straight way, a first fix, two ends without a known way, nothing to judge, nowhere."""
NO_TIME = -(2**63)
_DEGREE_M = math.radians(1.0) * MEAN_RADIUS_M


class Fixes(NamedTuple):
    """The last fix of each track, by its row, and when the track must be looked at again; (rows,) each.

    Attributes:
        us: time of the fix, or `NO_TIME`.
        lon: degrees.
        lat: degrees.
        accuracy_m: nan where it is not known, as in the two below.
        height_m: metres over `datum`.
        datum: code of the datum.
        height_accuracy_m: metres.
        watchful: whether every fix must be judged.
        wake_us: from when on the next fix must be judged.
    """

    us: Int64s
    lon: Floats
    lat: Floats
    accuracy_m: Floats
    height_m: Floats
    datum: Int8s
    height_accuracy_m: Floats
    watchful: Bools
    wake_us: Int64s


class Flow(NamedTuple):
    """What sort of step each is; (n,) each.

    Attributes:
        sort: `STRAIGHT`, `BIRTH`, `GAP`, `TOO_LATE` or `REFUSED`.
        late: whether it goes back before the last fix of its track.
        slow: whether it must be judged though no edge be near.
        height_m: of the fix before, nan where it is not known.
        datum: of that height.
        height_accuracy_m: of that height.
    """

    sort: Int8s
    late: Bools
    slow: Bools
    height_m: Floats
    datum: Int8s
    height_accuracy_m: Floats


def no_fixes(rows: int) -> Fixes:
    """Give room for the fixes of some tracks."""
    nan = (np.full(rows, np.nan) for _ in range(5))
    lon, lat, accuracy, height, height_accuracy = nan
    return Fixes(
        np.full(rows, NO_TIME, np.int64), lon, lat, accuracy, height, np.zeros(rows, np.int8),
        height_accuracy, np.zeros(rows, np.bool_), np.full(rows, 2**63 - 1, np.int64),
    )  # fmt: skip


def grown(fixes: Fixes, rows: int) -> Fixes:
    """Give the same fixes with room for more tracks."""
    more = no_fixes(rows)
    held = len(fixes.us)
    for name in Fixes._fields:
        getattr(more, name)[:held] = getattr(fixes, name)
    return more


def follow(
    fixes: Fixes,
    track: Int64s,
    old_us: Int64s,
    new_us: Int64s,
    old_lon: Floats,
    old_lat: Floats,
    new_lon: Floats,
    new_lat: Floats,
    accuracy_m: Floats,
    height_m: Floats,
    datum: Int8s,
    height_accuracy_m: Floats,
    max_step_m: float,
    max_gap_us: int,
    late_us: int,
) -> Flow:
    """Say of each step what sort it is, and make its fix the last of its track.

    A step that begins before its track's last fix goes back: it is judged anew from there. One that would go
    back by more than `late_us` is left out.
    """
    n = len(track)
    flow = Flow(
        np.empty(n, np.int8), np.zeros(n, np.bool_), np.zeros(n, np.bool_), np.full(n, np.nan),
        np.zeros(n, np.int8), np.full(n, np.nan),
    )  # fmt: skip
    _follow(
        fixes.us, fixes.lon, fixes.lat, fixes.accuracy_m, fixes.height_m, fixes.datum,
        fixes.height_accuracy_m, fixes.watchful, fixes.wake_us, track, old_us, new_us, old_lon, old_lat,
        new_lon, new_lat, accuracy_m, height_m, datum, height_accuracy_m, max_step_m, max_gap_us, late_us,
        flow.sort, flow.late, flow.slow, flow.height_m, flow.datum, flow.height_accuracy_m,
    )  # fmt: skip
    return flow


def warm() -> None:
    """Compile, or load from the cache, what every fix passes through."""
    one, at, code = np.zeros(1), np.zeros(1, np.int64), np.zeros(1, np.int8)
    follow(no_fixes(1), at, at, at + 1, one, one, one, one, one, one, code, one, 1.0, 1, 1)


@compiled
def _sort_of(
    last_us: int, old_us: int, new_us: int, old_lon: float, old_lat: float, new_lon: float, new_lat: float,
    accuracy_m: float, max_step_m: float, max_gap_us: int, late_us: int,
) -> int:  # fmt: skip
    if not (abs(new_lat) <= MAX_LAT and abs(new_lon) <= 180.0) or accuracy_m > MAX_PAD_M or accuracy_m < 0.0:
        return REFUSED
    if old_us != NO_TIME and (new_us <= old_us or not (abs(old_lat) <= MAX_LAT and abs(old_lon) <= 180.0)):
        return REFUSED
    back_us = new_us if old_us == NO_TIME else old_us
    if last_us != NO_TIME and last_us - back_us > late_us:
        return TOO_LATE
    if old_us == NO_TIME:
        return BIRTH
    if last_us == NO_TIME:
        return BIRTH
    north = (new_lat - old_lat) * _DEGREE_M
    turn = (new_lon - old_lon + 540.0) % 360.0 - 180.0
    east = turn * _DEGREE_M * math.cos(math.radians(min(abs(old_lat), abs(new_lat))))
    if old_us > last_us or new_us - old_us > max_gap_us or north * north + east * east > max_step_m**2:
        return GAP
    return STRAIGHT


@compiled
def _follow(
    us: Int64s, lon: Floats, lat: Floats, accuracy: Floats, height: Floats, height_datum: Int8s,
    height_accuracy: Floats, watchful: Bools, wake_us: Int64s, track: Int64s, old_us: Int64s, new_us: Int64s,
    old_lon: Floats, old_lat: Floats, new_lon: Floats, new_lat: Floats, accuracy_m: Floats, height_m: Floats,
    datum: Int8s, height_accuracy_m: Floats, max_step_m: float, max_gap_us: int, late_us: int, sort: Int8s,
    late: Bools, slow: Bools, was_height: Floats, was_datum: Int8s, was_height_accuracy: Floats,
) -> None:  # fmt: skip
    for n in range(track.shape[0]):
        t = track[n]
        sort[n] = _sort_of(
            us[t], old_us[n], new_us[n], old_lon[n], old_lat[n], new_lon[n], new_lat[n], accuracy_m[n],
            max_step_m, max_gap_us, late_us,
        )  # fmt: skip
        if sort[n] == TOO_LATE or sort[n] == REFUSED:
            continue
        if us[t] != NO_TIME:
            late[n] = old_us[n] < us[t] if old_us[n] != NO_TIME else new_us[n] <= us[t]
        if old_us[n] == us[t] and us[t] != NO_TIME:
            was_height[n], was_datum[n] = height[t], height_datum[t]
            was_height_accuracy[n] = height_accuracy[t]
        slow[n] = sort[n] != STRAIGHT or late[n] or watchful[t] or new_us[n] >= wake_us[t]
        us[t], lon[t], lat[t], accuracy[t] = new_us[n], new_lon[n], new_lat[n], accuracy_m[n]
        height[t], height_datum[t], height_accuracy[t] = height_m[n], datum[n], height_accuracy_m[n]
