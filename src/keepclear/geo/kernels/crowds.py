"""Of a thing in a crowd: the few others with which it will be too near soonest, without building every pair.

Things lie in cells by where they reported from, those of a cell in the order of their rows. From a thing the
look goes outward in boxes that double. What lies outside a box cannot be too near before a time that follows
from the speeds (the cheap bound), so the look ends where as many are kept as are wanted and nothing further
out, or further on in a cell, can come before the last of them. Many at one point cost as few looks as many
are wanted; whatever else is done, no thing costs more looks than are stated, and one that would is named.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from keepclear.geo.frames import Floats
from keepclear.geo.kernels.approach import Sweep
from keepclear.geo.kernels.compiled import compiled, inlined
from keepclear.geo.kernels.fences import Int8s, Int32s, Int64s
from keepclear.geo.kernels.laid import column_of, columns_of, row_of
from keepclear.geo.kernels.pairs import judged
from keepclear.geo.kernels.steps import Bools

_DEG = math.pi / 180.0
_GROUPS = 0b1110


class Soonest(NamedTuple):
    """The soonest pairs of some things, a row for each thing asked about: (k,) or (k, most).

    Attributes:
        kept: how many are kept.
        other: rows of the others, soonest first, of equal times by row; only the first `kept` count.
        loss_s: seconds from now until the minimum is lost; 0 if it is lost now.
        closest_s: seconds from now until they are closest over the ground.
        closest_m: how near they are then.
        by_height: whether heights were compared.
        around: how many other things lie within `within_m`, as far as was looked.
        within_m: how far was looked.
        cut: whether more lay there than could be looked at, so that a sooner one may be missing.
        looks: how many looks it took.
    """

    kept: Int32s
    other: Int32s
    loss_s: Floats
    closest_s: Floats
    closest_m: Floats
    by_height: Bools
    around: Int64s
    within_m: Floats
    cut: Bools
    looks: Int64s


def soonest(sweep: Sweep, asked: Int64s, now_s: float, ahead_s: float, most: int, looks: int) -> Soonest:
    """Give of each thing the pairs that will be too near soonest, among all that lie in a sweep.

    Args:
        sweep: holds the things and how they move; its own pairs play no part.
        asked: (k,) rows that lie in it, each wanted whether or not the sweep takes it for an own one.
        now_s: from when on the look-ahead counts.
        ahead_s: how far ahead is looked.
        most: how many pairs of each are kept.
        looks: how many looks each may take.
    """
    laid, things = sweep.laid(), sweep.things
    cell_m = sweep.widest_m + 1.0
    rows = np.floor((things[laid, 2] + 90.0) * 110_000.0 / cell_m).astype(np.int64)
    columns = np.empty(len(laid), np.int64)
    _columns_in(rows, things[laid, 1], cell_m, columns)
    keys = (rows << 24) + columns
    order = np.lexsort((laid, keys))
    laid, keys = laid[order], keys[order]
    ends = np.searchsorted(keys, keys, side="right").astype(np.int64)
    speed = np.hypot(things[laid, 4], things[laid, 5])
    gone_m = float((speed * np.abs(now_s - things[laid, 0])).max(initial=0.0))
    found = Soonest(
        np.zeros(len(asked), np.int32), np.empty((len(asked), most), np.int32),
        np.empty((len(asked), most)), np.empty((len(asked), most)), np.empty((len(asked), most)),
        np.empty((len(asked), most), np.bool_),
        np.zeros(len(asked), np.int64), np.zeros(len(asked)), np.zeros(len(asked), np.bool_),
        np.zeros(len(asked), np.int64),
    )  # fmt: skip
    _soonest(
        asked, now_s, ahead_s, things, sweep.marks, laid, keys, ends, cell_m, sweep.widest_m,
        float(speed.max(initial=0.0)), gone_m, looks, *found, np.zeros(3, np.int64),
    )  # fmt: skip
    return found


def warm() -> None:
    """Compile, or load from the cache, what is asked here."""
    soonest(Sweep(60.0, 1.0, 1.0), np.zeros(0, np.int64), 0.0, 60.0, 1, 1)


@compiled
def _columns_in(rows: Int64s, lon: Floats, cell_m: float, out: Int64s) -> None:
    for n in range(rows.shape[0]):
        columns = columns_of(rows[n], cell_m)
        out[n] = column_of(lon[n], columns) % columns


@inlined
def _first(keys: Int64s, key: int) -> int:
    """Give the place of the first key that is not less."""
    low, high = 0, keys.shape[0]
    while low < high:
        middle = (low + high) >> 1
        if keys[middle] < key:
            low = middle + 1
        else:
            high = middle
    return low


@compiled
def _soonest(
    asked: Int64s, now_s: float, ahead_s: float, things: Floats, marks: Int8s, laid: Int64s, keys: Int64s,
    ends: Int64s, cell_m: float, widest_m: float, fastest: float, gone_m: float, looks: int, count: Int32s,
    other: Int32s, loss_s: Floats, closest_s: Floats, closest_m: Floats, by_height: Bools, around: Int64s,
    within_m: Floats, cut: Bools, taken: Int64s, kept: Int64s,
) -> None:  # fmt: skip
    for n in range(asked.shape[0]):
        i = asked[n]
        own_mps = math.hypot(things[i, 4], things[i, 5])
        closing = own_mps + fastest
        # What was reported a while ago may have moved since, towards one another.
        drift_m = 1.002 * (own_mps * abs(now_s - things[i, 0]) + gone_m) + 1.0
        reach_m = 1.002 * (widest_m + closing * ahead_s) + drift_m
        inner_m, outer_m = -1.0, min(cell_m + drift_m, reach_m)
        # How many are kept, how many looks are left, how many lie in the boxes.
        kept[0], kept[1], kept[2] = 0, looks, 0
        while True:
            sooner_s = 0.0
            if inner_m > 0.0:
                sooner_s = max(0.0, (0.998 * inner_m - widest_m - drift_m) / max(closing, 1e-9))
            if kept[0] == other.shape[1] and loss_s[n, kept[0] - 1] < sooner_s:
                break
            _ring(
                n, i, inner_m, outer_m, sooner_s, now_s, ahead_s, things, marks, laid, keys, ends, cell_m,
                kept, other, loss_s, closest_s, closest_m, by_height,
            )  # fmt: skip
            # A cell that the box touches lies within its far corner and a cell's diagonal, with room for how
            # a box widens toward the equator.
            within_m[n] = 1.7 * (outer_m + cell_m)
            if outer_m >= reach_m or kept[1] < 0:
                break
            inner_m, outer_m = outer_m, min(2.0 * outer_m, reach_m)
        cut[n] = kept[1] < 0
        count[n], around[n], taken[n] = kept[0], kept[2] - 1, looks - kept[1]


@inlined
def _ring(
    n: int, i: int, inner_m: float, outer_m: float, sooner_s: float, now_s: float, ahead_s: float,
    things: Floats, marks: Int8s, laid: Int64s, keys: Int64s, ends: Int64s, cell_m: float, kept: Int64s,
    other: Int32s, loss_s: Floats, closest_s: Floats, closest_m: Floats, by_height: Bools,
) -> None:  # fmt: skip
    """Look at what lies in the cells of a box and not in those of the box inside it."""
    lon, lat = things[i, 1], things[i, 2]
    inner_first, inner_last = 1, 0
    if inner_m > 0.0:
        up = 1.001 * inner_m / 110_500.0
        inner_first, inner_last = row_of(lat - up, cell_m), row_of(lat + up, cell_m)
    up = 1.001 * outer_m / 110_500.0
    for row in range(row_of(lat - up, cell_m), row_of(lat + up, cell_m) + 1):
        columns = columns_of(row, cell_m)
        first, last = _across(lon, lat, outer_m, columns)
        if inner_first <= row <= inner_last:
            old_first, old_last = _across(lon, lat, inner_m, columns)
            first, last = max(first, old_last + 1 - columns), min(last, old_first - 1 + columns)
            if first < old_first:
                _stretch(
                    n, i, row, first, old_first - 1, columns, sooner_s, now_s, ahead_s, things, marks, laid,
                    keys, ends, kept, other, loss_s, closest_s, closest_m, by_height,
                )  # fmt: skip
                last = min(last, first + columns - 1)
            first = old_last + 1
        if first <= last:
            _stretch(
                n, i, row, first, last, columns, sooner_s, now_s, ahead_s, things, marks, laid, keys, ends,
                kept, other, loss_s, closest_s, closest_m, by_height,
            )  # fmt: skip
        if kept[1] < 0:
            return


@inlined
def _across(lon: float, lat: float, half_m: float, columns: int) -> tuple[int, int]:
    """Give the first and the last column that a box reaches; they may lie beyond the antimeridian."""
    poleward = min(89.0, abs(lat) + 1.001 * half_m / 110_500.0)
    wide = 1.001 * half_m / (111_300.0 * math.cos(poleward * _DEG))
    if wide >= 180.0:
        middle = column_of(lon, columns)
        return middle - columns // 2, middle - columns // 2 + columns - 1
    first = column_of(lon - wide, columns)
    return first, min(column_of(lon + wide, columns), first + columns - 1)


@compiled
def _stretch(
    n: int, i: int, row: int, first: int, last: int, columns: int, sooner_s: float, now_s: float,
    ahead_s: float, things: Floats, marks: Int8s, laid: Int64s, keys: Int64s, ends: Int64s, kept: Int64s,
    other: Int32s, loss_s: Floats, closest_s: Floats, closest_m: Floats, by_height: Bools,
) -> None:  # fmt: skip
    """Look at the cells of a row from a column to another, which may run past the antimeridian."""
    most = other.shape[1]
    at = first
    while at <= last:
        west = at % columns
        # As far as the columns run on without wrapping round.
        east = min(west + last - at, columns - 1)
        at += east - west + 1
        kept[1] -= 1
        place, end = _first(keys, (row << 24) + west), _first(keys, (row << 24) + east + 1)
        kept[2] += end - place
        while place < end:
            j = laid[place]
            full = kept[0] == most
            # Nothing further on in this cell can come before the last that is kept.
            if full and (
                loss_s[n, most - 1] < sooner_s or (loss_s[n, most - 1] == sooner_s and other[n, most - 1] < j)
            ):
                place = ends[place]
                continue
            place += 1
            if j == i or marks[i] & marks[j] & _GROUPS:
                continue
            kept[1] -= 1
            if kept[1] < 0:
                return
            # In the order of the rows, so that a pair is judged alike from either end.
            loss, when, near, high = judged(min(i, j), max(i, j), now_s, ahead_s, things)
            if loss > ahead_s:
                continue
            if full:
                if loss > loss_s[n, most - 1] or (loss == loss_s[n, most - 1] and j > other[n, most - 1]):
                    continue
                kept[0] -= 1
            slot = kept[0]
            while slot > 0 and (
                loss_s[n, slot - 1] > loss or (loss_s[n, slot - 1] == loss and other[n, slot - 1] > j)
            ):
                other[n, slot], loss_s[n, slot] = other[n, slot - 1], loss_s[n, slot - 1]
                closest_s[n, slot], closest_m[n, slot] = closest_s[n, slot - 1], closest_m[n, slot - 1]
                by_height[n, slot] = by_height[n, slot - 1]
                slot -= 1
            other[n, slot], loss_s[n, slot], closest_s[n, slot] = j, loss, when
            closest_m[n, slot], by_height[n, slot] = near, high
            kept[0] += 1
