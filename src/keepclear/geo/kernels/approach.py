"""Which pairs of moving things will come too near to one another, and when: each goes on as it goes.

Each thing sweeps a box over the look-ahead; boxes lie in cells, and only things whose boxes share a cell are
tested, each pair in one cell only. Things are sorted by how far they go: slow ones meet slow ones in small
cells, fast ones meet all in large cells, so that the many slow ones never pay for the few fast ones. A thing
of unknown height meets whatever is above or below it.

The cells are kept between calls: a thing that reports anew is taken out, tested and put back, so that the
cost follows how many report and how many are near them, not how many there are. Own things lie in tables of
their own, so that the many others never look at one another.

A sweep may be bounded: of an own thing that has more pairs than a stated number, or more things in its cells
than it may look at, no further pairs are built. It is named, to be asked by `kernels/crowds.py` instead.

The pair test is a closed form in a plane at the latitude between the two: constant speed, heading and climb.
Minima are closed: touching counts. Rounding is given away on the side of the warning, by one part in 10⁹.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from keepclear.geo.frames import ECCENTRICITY_SQ, EQUATOR_M, Floats
from keepclear.geo.kernels.compiled import compiled, inlined
from keepclear.geo.kernels.fences import Int8s, Int32s, Int64s
from keepclear.geo.kernels.steps import Bools

LEVELS = 2
# How far a thing of the lower level goes at most within the look-ahead.
_SLOW_M = 10_000.0
_MANY = 1_000
_DEG = math.pi / 180.0
_NEVER = -1
_UNKNOWN_LAYER = -(1 << 20)
# Tables of cells: things of a level, then things of lower levels, then all whose height is known, unlayered.
_LOWER = LEVELS
_FLAT = 2 * LEVELS
_FLAT_UNKNOWN = 2 * LEVELS + 1
# The same tables once more, for own things.
_OF_OWN = 8
# Marks of a thing: whether its pairs are wanted, and the groups within which no pair is.
_OWN, _GROUPS = 1, 0b1110
NO_BOUND = 1 << 31


class Movers(NamedTuple):
    """Things as they move, by row; (n,) each.

    Attributes:
        at_s: when each was where it is said to be, in seconds.
        lon: degrees.
        lat: degrees, within 85 of the equator.
        height_m: over one datum for all; nan where it is not known.
        east_mps: speed eastward.
        north_mps: speed northward.
        climb_mps: speed upward.
        minimum_m: how near another may come; of a pair the larger counts.
        minimum_height_m: how near in height; of a pair the larger counts. inf: at any height.
        own: whether it is one whose pairs are wanted.
        groups: bits 1 to 3: two things that share one are no pair. None: there are no groups.
    """

    at_s: Floats
    lon: Floats
    lat: Floats
    height_m: Floats
    east_mps: Floats
    north_mps: Floats
    climb_mps: Floats
    minimum_m: Floats
    minimum_height_m: Floats
    own: Bools
    groups: Int8s | None = None


class Pairs(NamedTuple):
    """Pairs that will come too near; (n,) each.

    Attributes:
        one: row of a thing that reported.
        other: row of the other.
        loss_s: seconds from now until the minimum is lost; 0 if it is lost now.
        closest_s: seconds from now until they are closest over the ground, within the look-ahead.
        closest_m: how near they are then.
        by_height: whether both heights are known, so that they were compared.
    """

    one: Int32s
    other: Int32s
    loss_s: Floats
    closest_s: Floats
    closest_m: Floats
    by_height: Bools


class Overflow(NamedTuple):
    """What a bounded sweep did not finish.

    Attributes:
        crowded: rows of own things of which not all pairs were given.
        cut: whether one that reported could not look at all own things near it: any of these may lack a pair.
    """

    crowded: Int64s
    cut: bool


class Sweep:
    """Cells that hold moving things by the boxes that they sweep; asked by reporting."""

    def __init__(
        self,
        look_ahead_s: float,
        widest_m: float,
        widest_height_m: float,
        keep_s: float = 0.0,
        most: int = NO_BOUND,
        looks: int = NO_BOUND,
    ) -> None:
        """Make empty cells.

        Args:
            look_ahead_s: how far ahead is looked.
            widest_m: the largest minimum over the ground that any thing has.
            widest_height_m: the largest finite minimum in height.
            keep_s: for how long after its report a thing's box must still hold it.
            most: how many pairs of one own thing are given; beyond them it is named as crowded.
            looks: how many entries of cells one report looks at.
        """
        self.widest_m = widest_m
        self.overflow = Overflow(np.empty(0, np.int64), cut=False)
        self._bounds = np.array([most, looks], np.int64)
        self.look_ahead_s, self.keep_s = look_ahead_s, keep_s
        self._half_m, self._half_height_m = widest_m / 2.0 + 1.0, widest_height_m / 2.0 + 1.0
        # Cells so large that most boxes lie in a few: to lay a box into a cell costs more than a test in it.
        fast_m = 240.0 * (look_ahead_s + keep_s)
        self._cell_m = np.array([widest_m + min(1.2 * _SLOW_M, fast_m), widest_m + fast_m])
        self._layer_m = max(4.0 * widest_height_m, 300.0)
        self._rows = 0
        self._things, self._marks = np.empty((0, 9)), np.empty(0, np.int8)
        self._make(0)

    def _make(self, rows: int) -> None:
        size = 1 << max(12, (max(rows, 1) * 8 - 1).bit_length())
        self._heads = np.full(size, _NEVER, np.int32)
        self._entries = np.empty((max(1024, rows * 8), 4), np.int32)
        self._keys = np.empty(len(self._entries), np.int64)
        self._chain = np.full(rows, _NEVER, np.int32)
        self._boxes = np.full((rows, 6), np.nan)
        self._levels = np.zeros(rows, np.int8)
        # How many pairs of each were given in this report, and whether it is crowded.
        self._load = np.zeros((rows, 2), np.int32)
        # The first free entry, how many were ever used, and whether a thing of unknown height, one of
        # another and an own one were ever laid.
        self._counts = np.array([_NEVER, 0, 0, 0, 0], np.int64)

    def report(self, rows: Int64s, movers: Movers, now_s: float) -> Pairs:
        """Take new reports of some things; give the pairs, of which one has reported, that will be too near.

        Args:
            rows: (k,) which things report, each once.
            movers: (k,) what they report.
            now_s: from when on the look-ahead counts; not before any report, nor `keep_s` after the oldest.
        """
        if not len(rows):
            return _pairs(0)
        self._make_room(int(rows.max()) + 1)
        self._things[rows] = np.stack(movers[:9], axis=1)
        groups = 0 if movers.groups is None else movers.groups & _GROUPS
        self._marks[rows] = movers.own | groups
        flat = np.isnan(movers.height_m) | np.isinf(movers.minimum_height_m)
        if bool(flat.any()) and not self._counts[2]:
            # Everything is laid into cells without layers too, now that something meets any height.
            laid = np.setdiff1d(self.laid(), rows)
            self._make(self._rows)
            self._counts[2] = 1
            self._run(laid, 0.0, ask=False)
        return self._run(rows, now_s, ask=True)

    def mark(self, rows: Int64s, now_s: float, *, own: bool) -> Pairs:
        """Take things for own ones, and give their pairs as of now; or for others, whose pairs none wants."""
        rows = self.laid(rows)
        self.overflow = Overflow(np.empty(0, np.int64), cut=False)
        if own:
            self._marks[rows] |= _OWN
        else:
            self._marks[rows] &= ~_OWN
        return self._run(rows, now_s, ask=own) if len(rows) else _pairs(0)

    def laid(self, rows: Int64s | None = None) -> Int64s:
        """Give which things lie in the cells, of some or of all."""
        if rows is None:
            return np.flatnonzero(~np.isnan(self._boxes[:, 0]))
        known: Int64s = rows[rows < self._rows]
        laid: Int64s = known[~np.isnan(self._boxes[known, 0])]
        return laid

    @property
    def things(self) -> Floats:
        """What each thing reported: the columns of `Movers` up to the minima."""
        return self._things

    @property
    def marks(self) -> Int8s:
        """The groups of each thing, and in the lowest bit whether its pairs are wanted here."""
        return self._marks

    def again(self, one: Int64s, other: Int64s, now_s: float, ahead_s: float) -> Pairs:
        """Test listed pairs anew as of a time, by what their things last reported; gives those that count."""
        found = _pairs(len(one))
        count = _test_listed(one, other, now_s, ahead_s, self._things, *found)
        return Pairs._make(column[:count] for column in found)

    def forget(self, rows: Int64s) -> None:
        """Take things out."""
        known = rows[rows < self._rows]
        _take_out(known, self._heads, self._entries, self._keys, self._chain, self._counts)
        self._boxes[known] = np.nan

    def _make_room(self, rows: int) -> None:
        if rows <= self._rows:
            return
        more, held, meets_any = max(rows, 2 * self._rows), self._rows, self._counts[2]
        things, marks = np.full((more, 9), np.nan), np.zeros(more, np.int8)
        things[:held], marks[:held] = self._things, self._marks
        laid = self.laid()
        self._things, self._marks, self._rows = things, marks, more
        self._make(more)
        self._counts[2] = meets_any
        self._run(laid, 0.0, ask=False)

    def _run(self, rows: Int64s, now_s: float, *, ask: bool) -> Pairs:
        room = max(1024, 2 * len(rows)) if ask else 0
        if len(rows) > _MANY:
            # Along rows of cells, so that one after another finds the same cells still in the cache.
            row = np.floor(self._things[rows, 2] * (110_000.0 / self._cell_m[-1]))
            rows = rows[np.argsort(row * 720.0 + self._things[rows, 1])]
        while True:
            _take_out(rows, self._heads, self._entries, self._keys, self._chain, self._counts)
            found, scratch = _pairs(room), np.zeros(2, np.int64)
            self._load[:] = 0
            count = _sweep(
                rows, now_s, self.look_ahead_s, self.keep_s, self._things, self._marks, self._half_m,
                self._half_height_m, self._cell_m, self._layer_m, self._heads, self._entries, self._keys,
                self._chain, self._boxes, self._levels, self._counts, self._bounds, self._load, scratch,
                *found, ask,
            )  # fmt: skip
            if 0 <= count <= room:
                if ask:
                    self.overflow = Overflow(np.flatnonzero(self._load[:, 1]), bool(scratch[1]))
                return Pairs._make(column[:count] for column in found)
            # More pairs, or more entries, than there is room for: begin again with more.
            room = max(room, count)
            if count < 0:
                self._grow(2 * len(self._entries))

    def _grow(self, entries: int) -> None:
        if entries > len(self._entries):
            more = max(entries, 2 * len(self._entries))
            bigger, keys = np.empty((more, 4), np.int32), np.empty(more, np.int64)
            bigger[: len(self._entries)], keys[: len(self._keys)] = self._entries, self._keys
            self._entries, self._keys = bigger, keys


def warm() -> None:
    """Compile, or load from the cache, what a sweep is asked."""
    one = np.zeros(1)
    movers = Movers(one, one, one, one, one, one, one, one + 1.0, one + 1.0, np.ones(1, np.bool_))
    sweep, row = Sweep(60.0, 1.0, 1.0), np.zeros(1, np.int64)
    sweep.report(row, movers, 0.0)
    sweep.again(row, row, 0.0, 60.0)


def _pairs(rows: int) -> Pairs:
    return Pairs(
        np.empty(rows, np.int32),
        np.empty(rows, np.int32),
        np.empty(rows),
        np.empty(rows),
        np.empty(rows),
        np.empty(rows, np.bool_),
    )


@inlined
def _metres_to_degree(lat: float) -> tuple[float, float]:
    """Give metres to a degree eastward and northward at a latitude."""
    s = math.sin(lat * _DEG)
    bend = 1.0 - ECCENTRICITY_SQ * s * s
    normal = EQUATOR_M / math.sqrt(bend)
    return normal * math.cos(lat * _DEG) * _DEG, normal * (1.0 - ECCENTRICITY_SQ) / bend * _DEG


@inlined
def row_of(lat: float, cell_m: float) -> int:
    """Give the row of cells in which a latitude lies."""
    return math.floor((lat + 90.0) * 110_000.0 / cell_m)


@inlined
def columns_of(row: int, cell_m: float) -> int:
    """Give how many cells go round the Earth in a row; at least one."""
    lat = (row + 0.5) * cell_m / 110_000.0 - 90.0
    return max(1, math.floor(360.0 * 111_000.0 * math.cos(min(89.9, max(-89.9, lat)) * _DEG) / cell_m))


@inlined
def column_of(lon: float, columns: int) -> int:
    """Give the column of a row of so many cells in which a longitude lies; it may lie past the last."""
    return math.floor((lon + 180.0) / 360.0 * columns)


@inlined
def _key(table: int, row: int, column: int, columns: int, layer: int) -> int:
    """Give the number of a cell, all that tells it from any other."""
    return ((((layer + (1 << 20)) << 18) + row << 18) + column % columns << 4) + table


@inlined
def _bucket(key: int, size: int) -> int:
    """Give where a cell's list begins; cells beside one another begin beside one another."""
    table, column, row, layer = key & 15, (key >> 4) & 0x3FFFF, (key >> 22) & 0x3FFFF, key >> 40
    return (column + row * 7_919 + layer * 104_729 + table * 1_299_709) & (size - 1)


@compiled
def _take_out(
    rows: Int64s, heads: Int32s, entries: Int32s, keys: Int64s, chain: Int32s, counts: Int64s
) -> None:
    """Take things out of their cells; an entry: next in the cell, before it, next of the thing, the thing."""
    for n in range(rows.shape[0]):
        entry = chain[rows[n]]
        while entry != _NEVER:
            after, before, following = entries[entry, 0], entries[entry, 1], entries[entry, 2]
            if before == _NEVER:
                heads[_bucket(keys[entry], heads.shape[0])] = after
            else:
                entries[before, 0] = after
            if after != _NEVER:
                entries[after, 1] = before
            entries[entry, 2] = counts[0]
            counts[0] = entry
            entry = following
        chain[rows[n]] = _NEVER


@inlined
def _put_in(
    key: int, thing: int, heads: Int32s, entries: Int32s, keys: Int64s, chain: Int32s, counts: Int64s
) -> bool:
    if counts[0] != _NEVER:
        entry = counts[0]
        counts[0] = entries[entry, 2]
    elif counts[1] < entries.shape[0]:
        entry = counts[1]
        counts[1] += 1
    else:
        return False
    bucket = _bucket(key, heads.shape[0])
    head = heads[bucket]
    entries[entry, 0], entries[entry, 1], entries[entry, 2], entries[entry, 3] = (
        head,
        _NEVER,
        chain[thing],
        thing,
    )
    keys[entry] = key
    if head != _NEVER:
        entries[head, 1] = entry
    heads[bucket] = entry
    chain[thing] = entry
    return True


@inlined
def _box_up(
    i: int,
    span_s: float,
    things: Floats,
    half_m: float,
    half_height_m: float,
    boxes: Floats,
) -> float:
    """Box what a thing sweeps, with half the minima round it; give how far it goes over the ground.

    Longitudes may run past 180 degrees.
    """
    dy = things[i, 5] * span_s / 110_500.0
    grown_y = half_m * 1.001 / 110_500.0
    boxes[i, 2] = min(things[i, 2], things[i, 2] + dy) - grown_y
    boxes[i, 3] = max(things[i, 2], things[i, 2] + dy) + grown_y
    # A degree of longitude is shortest at the poleward end: seen from there everything reaches furthest.
    poleward = min(89.0, max(abs(boxes[i, 2]), abs(boxes[i, 3])))
    degree_m = 111_300.0 * math.cos(poleward * _DEG)
    dx = things[i, 4] * span_s / degree_m
    grown_x = half_m * 1.001 / degree_m
    boxes[i, 0] = min(things[i, 1], things[i, 1] + dx) - grown_x
    boxes[i, 1] = max(things[i, 1], things[i, 1] + dx) + grown_x
    dz = things[i, 6] * span_s
    boxes[i, 4] = min(things[i, 3], things[i, 3] + dz) - half_height_m
    boxes[i, 5] = max(things[i, 3], things[i, 3] + dz) + half_height_m
    return math.hypot(things[i, 4], things[i, 5]) * span_s


@inlined
def _apart_in_time(
    dx: float, dy: float, dz: float, du: float, dv: float, dw: float, minimum: float,
    minimum_height: float, by_height: bool, ahead_s: float,
) -> tuple[float, float, float]:  # fmt: skip
    """Give when both minima are first lost (never: past the look-ahead), when they are closest, how near."""
    a, b, c = du * du + dv * dv, dx * du + dy * dv, dx * dx + dy * dy
    limit_sq = minimum * minimum * (1.0 + 2e-9)
    closest_s = 0.0
    if a * ahead_s * ahead_s > 1e-12:
        closest_s = min(max(-b / a, 0.0), ahead_s)
    x, y = dx + du * closest_s, dy + dv * closest_s
    closest_sq = x * x + y * y
    never = 2.0 * ahead_s + 1.0
    if closest_sq > limit_sq:
        return never, closest_s, math.sqrt(closest_sq)
    first, last = 0.0, ahead_s
    if a * ahead_s * ahead_s > 1e-12:
        # From the closest moment outward, which keeps the small difference of large squares out of it.
        middle = -b / a
        px, py = dx + du * middle, dy + dv * middle
        half = math.sqrt(max(0.0, (limit_sq - (px * px + py * py)) / a))
        first, last = max(0.0, middle - half), min(ahead_s, middle + half)
        if c <= limit_sq:
            first = 0.0
        first, last = min(first, closest_s), max(last, closest_s)
    if by_height:
        limit = minimum_height * (1.0 + 1e-9) + 1e-9
        if abs(dw) * ahead_s > 1e-9:
            one, other = (-limit - dz) / dw, (limit - dz) / dw
            first, last = max(first, min(one, other)), min(last, max(one, other))
        elif abs(dz) > limit:
            return never, closest_s, math.sqrt(closest_sq)
    if first > last:
        return never, closest_s, math.sqrt(closest_sq)
    return first, closest_s, math.sqrt(closest_sq)


@compiled
def _sweep(
    rows: Int64s, now_s: float, ahead_s: float, keep_s: float, things: Floats, marks: Int8s, half_m: float,
    half_height_m: float, cell_m: Floats, layer_m: float, heads: Int32s, entries: Int32s, keys: Int64s,
    chain: Int32s, boxes: Floats, levels: Int8s, counts: Int64s, bounds: Int64s, load: Int32s,
    scratch: Int64s, out_one: Int32s, out_other: Int32s, out_loss: Floats, out_closest_s: Floats,
    out_closest: Floats, out_by_height: Bools, ask: bool,
) -> int:  # fmt: skip
    """Ask for each thing's pairs among those laid already, and lay it; give how many pairs, -1: no room."""
    found = 0
    for n in range(rows.shape[0]):
        i = rows[n]
        goes_m = _box_up(i, ahead_s + keep_s, things, half_m, half_height_m, boxes)
        levels[i] = 0 if goes_m <= _SLOW_M else 1
        known = not math.isnan(things[i, 3]) and math.isfinite(things[i, 8])
        if ask:
            found = _ask(
                i, known, now_s, ahead_s, things, marks, cell_m, layer_m, heads, entries, keys, boxes,
                levels, counts, bounds, load, scratch, out_one, out_other, out_loss, out_closest_s,
                out_closest, out_by_height, found,
            )  # fmt: skip
        half = _OF_OWN if marks[i] & _OWN else 0
        counts[4 if half else 3] = 1
        if not known:
            if not _put(
                i, half + _FLAT_UNKNOWN, LEVELS - 1, False, boxes, cell_m, layer_m, heads, entries, keys,
                chain, counts,
            ):  # fmt: skip
                return -1
            continue
        if not _put(
            i, half + levels[i], levels[i], True, boxes, cell_m, layer_m, heads, entries, keys, chain, counts
        ):
            return -1
        for level in range(levels[i] + 1, LEVELS):
            if not _put(
                i, half + _LOWER + level, level, True, boxes, cell_m, layer_m, heads, entries, keys, chain,
                counts,
            ):  # fmt: skip
                return -1
        if counts[2] and not _put(
            i, half + _FLAT, LEVELS - 1, False, boxes, cell_m, layer_m, heads, entries, keys, chain, counts
        ):
            return -1
    return found


@inlined
def _put(
    i: int, table: int, level: int, layered: bool, boxes: Floats, cell_m: Floats, layer_m: float,
    heads: Int32s, entries: Int32s, keys: Int64s, chain: Int32s, counts: Int64s,
) -> bool:  # fmt: skip
    """Lay a thing's box into the cells of a table."""
    cell = cell_m[level]
    low, high = _UNKNOWN_LAYER, _UNKNOWN_LAYER
    if layered:
        low, high = math.floor(boxes[i, 4] / layer_m), math.floor(boxes[i, 5] / layer_m)
    for row in range(row_of(boxes[i, 2], cell), row_of(boxes[i, 3], cell) + 1):
        columns = columns_of(row, cell)
        first = column_of(boxes[i, 0], columns)
        last = min(column_of(boxes[i, 1], columns), first + columns - 1)
        for column in range(first, last + 1):
            for layer in range(low, high + 1):
                key = _key(table, row, column, columns, layer)
                if not _put_in(key, i, heads, entries, keys, chain, counts):
                    return False
    return True


@inlined
def _ask(
    i: int, known: bool, now_s: float, ahead_s: float, things: Floats, marks: Int8s, cell_m: Floats,
    layer_m: float, heads: Int32s, entries: Int32s, keys: Int64s, boxes: Floats, levels: Int8s,
    counts: Int64s, bounds: Int64s, load: Int32s, scratch: Int64s, out_one: Int32s, out_other: Int32s,
    out_loss: Floats, out_closest_s: Floats, out_closest: Floats, out_by_height: Bools, found: int,
) -> int:  # fmt: skip
    """Test a thing against those in its cells, in every table where one that it may meet can lie."""
    scratch[0] = bounds[1]
    # Own things first: of those each may miss a pair where a look is cut short, of others only this one.
    for half in (_OF_OWN, 0):
        if half:
            if not counts[4]:
                continue
        elif not counts[3] or not marks[i] & _OWN or load[i, 1] or scratch[0] < 0:
            continue
        found = _ask_half(
            i, half, known, now_s, ahead_s, things, marks, cell_m, layer_m, heads, entries, keys, boxes,
            levels, counts, bounds, load, scratch, out_one, out_other, out_loss, out_closest_s, out_closest,
            out_by_height, found,
        )  # fmt: skip
        if half and scratch[0] < 0:
            scratch[1] = 1
    if scratch[0] < 0 and marks[i] & _OWN:
        load[i, 1] = 1
    return found


@inlined
def _ask_half(
    i: int, half: int, known: bool, now_s: float, ahead_s: float, things: Floats, marks: Int8s,
    cell_m: Floats, layer_m: float, heads: Int32s, entries: Int32s, keys: Int64s, boxes: Floats,
    levels: Int8s, counts: Int64s, bounds: Int64s, load: Int32s, scratch: Int64s, out_one: Int32s,
    out_other: Int32s, out_loss: Floats, out_closest_s: Floats, out_closest: Floats, out_by_height: Bools,
    found: int,
) -> int:  # fmt: skip
    """Test a thing against own things, or against others."""
    for table in range(_FLAT_UNKNOWN + 1):
        level, layered = LEVELS - 1, False
        if table < _LOWER:
            # Of its own level or above; lower ones lie in the lower table of its own level.
            if not known or table < levels[i]:
                continue
            level, layered = table, True
        elif table < _FLAT:
            if not known or table != _LOWER + levels[i]:
                continue
            level, layered = table - _LOWER, True
        elif table == _FLAT:
            if known or not counts[2]:
                continue
        elif not counts[2]:
            continue
        found = _ask_table(
            i, half + table, level, layered, now_s, ahead_s, things, marks, cell_m, layer_m, heads, entries,
            keys, boxes, bounds, load, scratch, out_one, out_other, out_loss, out_closest_s, out_closest,
            out_by_height, found,
        )  # fmt: skip
    return found


@inlined
def _ask_table(  # noqa: C901  (one loop over a cell's list: the tests stand in the order of their cost)
    i: int, table: int, level: int, layered: bool, now_s: float, ahead_s: float, things: Floats,
    marks: Int8s, cell_m: Floats, layer_m: float, heads: Int32s, entries: Int32s, keys: Int64s,
    boxes: Floats, bounds: Int64s, load: Int32s, scratch: Int64s, out_one: Int32s, out_other: Int32s,
    out_loss: Floats, out_closest_s: Floats, out_closest: Floats, out_by_height: Bools, found: int,
) -> int:  # fmt: skip
    cell = cell_m[level]
    box = (boxes[i, 0], boxes[i, 1], boxes[i, 2], boxes[i, 3], boxes[i, 4], boxes[i, 5])
    low, high = _UNKNOWN_LAYER, _UNKNOWN_LAYER
    if layered:
        low, high = math.floor(box[4] / layer_m), math.floor(box[5] / layer_m)
    left, most = scratch[0], bounds[0]
    for row in range(row_of(box[2], cell), row_of(box[3], cell) + 1):
        columns = columns_of(row, cell)
        first = column_of(box[0], columns)
        last = min(column_of(box[1], columns), first + columns - 1)
        for column in range(first, last + 1):
            for layer in range(low, high + 1):
                key = _key(table, row, column, columns, layer)
                entry = heads[_bucket(key, heads.shape[0])]
                while entry != _NEVER and left >= 0:
                    at, j = entry, entries[entry, 3]
                    entry = entries[entry, 0]
                    left -= 1
                    south, bottom = max(box[2], boxes[j, 2]), max(box[4], boxes[j, 4])
                    if south > min(box[3], boxes[j, 3]):
                        continue
                    if layered and bottom > min(box[5], boxes[j, 5]):
                        continue
                    turn = 0.0
                    if abs(box[0] - boxes[j, 0]) > 180.0:
                        turn = math.copysign(360.0, box[0] - boxes[j, 0])
                    west = max(box[0], boxes[j, 0] + turn)
                    if west > min(box[1], boxes[j, 1] + turn) or marks[i] & marks[j] & _GROUPS:
                        continue
                    # Of the cells in which both lie, the one with the low corner of what they share counts.
                    if keys[at] != key or row_of(south, cell) != row:
                        continue
                    if layered and math.floor(bottom / layer_m) != layer:
                        continue
                    if (column_of(west, columns) - column) % columns != 0:
                        continue
                    # A pair is built for the sake of an own thing that is not crowded.
                    for_i = marks[i] & _OWN and not load[i, 1]
                    for_j = marks[j] & _OWN and not load[j, 1]
                    if not (for_i or for_j):
                        continue
                    after = _test(
                        i, j, now_s, ahead_s, things, out_one, out_other, out_loss, out_closest_s,
                        out_closest, out_by_height, found,
                    )  # fmt: skip
                    if after == found:
                        continue
                    if for_i:
                        _count(i, load, most)
                    if for_j:
                        _count(j, load, most)
                    found = after
    scratch[0] = left
    return found


@inlined
def _count(i: int, load: Int32s, most: int) -> None:
    """Count one more pair of an own thing."""
    load[i, 0] += 1
    if load[i, 0] > most:
        load[i, 1] = 1


@inlined
def judged(i: int, j: int, now_s: float, ahead_s: float, things: Floats) -> tuple[float, float, float, bool]:
    """Judge one pair in the plane between them.

    Gives when its minima are lost, past the look-ahead where never; when it is closest; how near; and whether
    heights were compared. Seconds from now, and metres.
    """
    degree_x, degree_y = _metres_to_degree(0.5 * (things[i, 2] + things[j, 2]))
    turn = (things[j, 1] - things[i, 1] + 540.0) % 360.0 - 180.0
    gone_i, gone_j = now_s - things[i, 0], now_s - things[j, 0]
    du, dv, dw = things[j, 4] - things[i, 4], things[j, 5] - things[i, 5], things[j, 6] - things[i, 6]
    dx = turn * degree_x + things[j, 4] * gone_j - things[i, 4] * gone_i
    dy = (things[j, 2] - things[i, 2]) * degree_y + things[j, 5] * gone_j - things[i, 5] * gone_i
    vertical = max(things[i, 8], things[j, 8])
    by_height = not (math.isnan(things[i, 3]) or math.isnan(things[j, 3])) and math.isfinite(vertical)
    dz = things[j, 3] + things[j, 6] * gone_j - things[i, 3] - things[i, 6] * gone_i if by_height else 0.0
    loss_s, closest_s, closest = _apart_in_time(
        dx, dy, dz, du, dv, dw, max(things[i, 7], things[j, 7]), vertical, by_height, ahead_s
    )
    return loss_s, closest_s, closest, by_height


@inlined
def _test(
    i: int, j: int, now_s: float, ahead_s: float, things: Floats, out_one: Int32s, out_other: Int32s,
    out_loss: Floats, out_closest_s: Floats, out_closest: Floats, out_by_height: Bools, found: int,
) -> int:  # fmt: skip
    """Test one pair, and note it if it will be too near."""
    loss_s, closest_s, closest, by_height = judged(i, j, now_s, ahead_s, things)
    if loss_s > ahead_s:
        return found
    if found < out_one.shape[0]:
        out_one[found], out_other[found] = i, j
        out_loss[found], out_closest_s[found], out_closest[found] = loss_s, closest_s, closest
        out_by_height[found] = by_height
    return found + 1


@compiled
def _test_listed(
    one: Int64s, other: Int64s, now_s: float, ahead_s: float, things: Floats, out_one: Int32s,
    out_other: Int32s, out_loss: Floats, out_closest_s: Floats, out_closest: Floats, out_by_height: Bools,
) -> int:  # fmt: skip
    found = 0
    for n in range(one.shape[0]):
        found = _test(
            one[n], other[n], now_s, ahead_s, things, out_one, out_other, out_loss, out_closest_s,
            out_closest, out_by_height, found,
        )  # fmt: skip
    return found
