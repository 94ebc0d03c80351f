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
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from keepclear.geo.frames import Floats
from keepclear.geo.kernels.compared import WIDE
from keepclear.geo.kernels.compiled import compiled, inlined
from keepclear.geo.kernels.fences import Int8s, Int32s, Int64s
from keepclear.geo.kernels.laid import (
    NEVER,
    UNKNOWN_LAYER,
    Laid,
    Sides,
    bucket_of,
    column_of,
    columns_of,
    firsts_of,
    key_of,
    put_in,
    room_for,
    row_of,
    sides_of,
    take_out,
    touching,
    with_more_room,
)
from keepclear.geo.kernels.pairs import judged, metres_to_degree, stay_apart
from keepclear.geo.kernels.steps import Bools

LEVELS = 2
# How far a thing of the lower level goes at most within the look-ahead.
_SLOW_M = 10_000.0
_MANY = 1_000
_DEG = math.pi / 180.0
# Tables of cells: things of a level, then things of lower levels, then all whose height is known, unlayered.
_LOWER = LEVELS
_FLAT = 2 * LEVELS
_FLAT_UNKNOWN = 2 * LEVELS + 1
# The same tables once more, for own things.
_OF_OWN = 8
# Marks of a thing: whether its pairs are wanted, and the groups within which no pair is.
_OWN, _GROUPS = 1, 0b1110
# What was ever laid: a thing that meets any height, one of another, an own one, a box all round the Earth.
_SEEN_ANY_HEIGHT, _SEEN_OTHER, _SEEN_OWN, _SEEN_RING = 0, 1, 2, 3
# The lowest bit of what may touch in a block.
_LOWEST = np.array([0, *((n & -n).bit_length() - 1 for n in range(1, 1 << WIDE))], np.int8)
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


class Held(NamedTuple):
    """What is known of the things of a sweep, by row.

    Attributes:
        things: (n, 9) what each reported: the columns of `Movers` up to the minima.
        marks: (n,) whether its pairs are wanted, and its groups.
        boxes: (n, 6) west, east, south, north, bottom and top of what it sweeps; nan where it is not laid.
        moves: (n, 8) metres to a degree eastward and northward where it is, longitude, latitude, both
            speeds, when it was there and its minimum: all that the first test of a pair asks.
        levels: (n,) how far it goes: the level of cells that it lies in.
    """

    things: Floats
    marks: Int8s
    boxes: Floats
    moves: Floats
    levels: Int8s


class Grid(NamedTuple):
    """The cells of each level.

    Attributes:
        cell_m: (LEVELS,) how wide a cell is.
        columns: (LEVELS, rows) how many cells go round the Earth in each row.
        layer_m: how high a cell is.
    """

    cell_m: Floats
    columns: Int32s
    layer_m: float


class Going(NamedTuple):
    """A sweep under way.

    Attributes:
        now_s: from when on the look-ahead counts.
        ahead_s: how far ahead is looked.
        held: the things.
        grid: the cells.
        laid: the boxes in them.
        seen: (4,) what was ever laid.
        load: (n, 2) how many pairs of each were given, and whether it is crowded.
        left: (2,) how many looks the thing that asks has left, and whether any had too few for own things.
        most: how many pairs of one own thing are given.
        looks: how many looks each has.
        out: where pairs are noted.
    """

    now_s: float
    ahead_s: float
    held: Held
    grid: Grid
    laid: Laid
    seen: Int64s
    load: Int32s
    left: Int64s
    most: int
    looks: int
    out: Pairs


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
        self._most, self._looks = most, looks
        self.look_ahead_s, self.keep_s = look_ahead_s, keep_s
        self._half_m, self._half_height_m = widest_m / 2.0 + 1.0, widest_height_m / 2.0 + 1.0
        # Cells so large that most boxes lie in a few: to lay a box into a cell costs more than a test in it.
        fast_m = 240.0 * (look_ahead_s + keep_s)
        self._grid = _grid(
            [widest_m + min(1.2 * _SLOW_M, fast_m), widest_m + fast_m], max(4.0 * widest_height_m, 300.0)
        )
        self._rows = 0
        self._held = _held(0)
        self._make(0)

    def _make(self, rows: int) -> None:
        self._laid = room_for(rows)
        self._held.boxes[:] = np.nan
        # How many pairs of each were given in this report, and whether it is crowded.
        self._load = np.zeros((rows, 2), np.int32)
        self._seen = np.zeros(4, np.int64)

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
        self._held.things[rows] = np.stack(movers[:9], axis=1)
        groups = 0 if movers.groups is None else movers.groups & _GROUPS
        self._held.marks[rows] = movers.own | groups
        flat = np.isnan(movers.height_m) | np.isinf(movers.minimum_height_m)
        if bool(flat.any()) and not self._seen[_SEEN_ANY_HEIGHT]:
            # Everything is laid into cells without layers too, now that something meets any height.
            laid = np.setdiff1d(self.laid(), rows)
            self._make(self._rows)
            self._seen[_SEEN_ANY_HEIGHT] = 1
            self._run(laid, 0.0, ask=False)
        return self._run(rows, now_s, ask=True)

    def mark(self, rows: Int64s, now_s: float, *, own: bool) -> Pairs:
        """Take things for own ones, and give their pairs as of now; or for others, whose pairs none wants."""
        rows = self.laid(rows)
        self.overflow = Overflow(np.empty(0, np.int64), cut=False)
        if own:
            self._held.marks[rows] |= _OWN
        else:
            self._held.marks[rows] &= ~_OWN
        return self._run(rows, now_s, ask=own) if len(rows) else _pairs(0)

    def laid(self, rows: Int64s | None = None) -> Int64s:
        """Give which things lie in the cells, of some or of all."""
        if rows is None:
            return np.flatnonzero(~np.isnan(self._held.boxes[:, 0]))
        known: Int64s = rows[rows < self._rows]
        laid: Int64s = known[~np.isnan(self._held.boxes[known, 0])]
        return laid

    @property
    def things(self) -> Floats:
        """What each thing reported: the columns of `Movers` up to the minima."""
        return self._held.things

    @property
    def marks(self) -> Int8s:
        """The groups of each thing, and in the lowest bit whether its pairs are wanted here."""
        return self._held.marks

    def again(self, one: Int64s, other: Int64s, now_s: float, ahead_s: float) -> Pairs:
        """Test listed pairs anew as of a time, by what their things last reported; gives those that count."""
        found = _pairs(len(one))
        count = _test_listed(one, other, now_s, ahead_s, self._held.things, found)
        return Pairs._make(column[:count] for column in found)

    def forget(self, rows: Int64s) -> None:
        """Take things out."""
        known = rows[rows < self._rows]
        take_out(self._laid, known)
        self._held.boxes[known] = np.nan

    def _make_room(self, rows: int) -> None:
        if rows <= self._rows:
            return
        more, held, meets_any = max(rows, 2 * self._rows), self._rows, self._seen[_SEEN_ANY_HEIGHT]
        bigger, laid = _held(more), self.laid()
        bigger.things[:held], bigger.marks[:held] = self._held.things, self._held.marks
        self._held, self._rows = bigger, more
        self._make(more)
        self._seen[_SEEN_ANY_HEIGHT] = meets_any
        self._run(laid, 0.0, ask=False)

    def _run(self, rows: Int64s, now_s: float, *, ask: bool) -> Pairs:
        room = max(1024, 2 * len(rows)) if ask else 0
        if len(rows) > _MANY:
            # Along rows of cells, so that one after another finds the same cells still in the cache.
            row = np.floor(self._held.things[rows, 2] * (110_000.0 / self._grid.cell_m[-1]))
            rows = rows[np.argsort(row * 720.0 + self._held.things[rows, 1])]
        while True:
            take_out(self._laid, rows)
            found, left = _pairs(room), np.zeros(2, np.int64)
            self._load[:] = 0
            going = Going(
                float(now_s), float(self.look_ahead_s), self._held, self._grid, self._laid, self._seen,
                self._load, left, self._most, self._looks, found,
            )  # fmt: skip
            count = _sweep(rows, float(self.keep_s), self._half_m, self._half_height_m, going, ask)
            if 0 <= count <= room:
                if ask:
                    self.overflow = Overflow(np.flatnonzero(self._load[:, 1]), bool(left[1]))
                return Pairs._make(column[:count] for column in found)
            # More pairs, or more blocks, than there is room for: begin again with more.
            room = max(room, count)
            if count < 0:
                self._laid = with_more_room(self._laid)


def warm() -> None:
    """Compile, or load from the cache, what a sweep is asked."""
    one = np.zeros(1)
    movers = Movers(one, one, one, one, one, one, one, one + 1.0, one + 1.0, np.ones(1, np.bool_))
    sweep, row = Sweep(60.0, 1.0, 1.0), np.zeros(1, np.int64)
    sweep.report(row, movers, 0.0)
    sweep.again(row, row, 0.0, 60.0)


def _grid(cell_m: list[float], layer_m: float) -> Grid:
    columns = np.empty((LEVELS, row_of(90.0, min(cell_m)) + 2), np.int32)
    for level, cell in enumerate(cell_m):
        columns[level] = [columns_of(row, cell) for row in range(columns.shape[1])]
    return Grid(np.array(cell_m), columns, layer_m)


def _held(rows: int) -> Held:
    return Held(
        np.full((rows, 9), np.nan),
        np.zeros(rows, np.int8),
        np.full((rows, 6), np.nan),
        np.empty((rows, 8)),
        np.zeros(rows, np.int8),
    )


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
def _box_up(i: int, span_s: float, half_m: float, half_height_m: float, held: Held) -> float:
    """Box what a thing sweeps, with half the minima round it; give how far it goes over the ground.

    Longitudes may run past 180 degrees.
    """
    things, boxes, moves = held.things, held.boxes, held.moves
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
    moves[i, 0], moves[i, 1] = metres_to_degree(things[i, 2])
    moves[i, 2], moves[i, 3] = things[i, 1], things[i, 2]
    moves[i, 4], moves[i, 5] = things[i, 4], things[i, 5]
    moves[i, 6], moves[i, 7] = things[i, 0], things[i, 7]
    return math.hypot(things[i, 4], things[i, 5]) * span_s


@compiled
def _sweep(rows: Int64s, keep_s: float, half_m: float, half_height_m: float, going: Going, ask: bool) -> int:
    """Ask for each thing's pairs among those laid already, and lay it; give how many pairs, -1: no room."""
    held, seen, found = going.held, going.seen, 0
    for n in range(rows.shape[0]):
        i = rows[n]
        goes_m = _box_up(i, going.ahead_s + keep_s, half_m, half_height_m, held)
        level = 0 if goes_m <= _SLOW_M else 1
        held.levels[i] = level
        known = not math.isnan(held.things[i, 3]) and math.isfinite(held.things[i, 8])
        layered, flat = sides_of(i, True, held.boxes), sides_of(i, False, held.boxes)
        if ask:
            found = _ask(i, known, layered, flat, going, found)
        half = _OF_OWN if held.marks[i] & _OWN else 0
        seen[_SEEN_OWN if half else _SEEN_OTHER] = 1
        if not known:
            if not _put(i, half + _FLAT_UNKNOWN, LEVELS - 1, False, flat, going):
                return -1
            continue
        if not _put(i, half + level, level, True, layered, going):
            return -1
        for above in range(level + 1, LEVELS):
            if not _put(i, half + _LOWER + above, above, True, layered, going):
                return -1
        if seen[_SEEN_ANY_HEIGHT] and not _put(i, half + _FLAT, LEVELS - 1, False, flat, going):
            return -1
    return found


@inlined
def _put(i: int, table: int, level: int, layered: bool, sides: Sides, going: Going) -> bool:
    """Lay a thing's box into the cells of a table."""
    south, north, low, high = _rows_and_layers(i, level, layered, going)
    for row in range(south, north + 1):
        columns = _columns(row, level, going.grid)
        first, last = _reach(i, columns, going.held)
        if last - first + 1 == columns:
            going.seen[_SEEN_RING] = 1
        for column in range(first, last + 1):
            for layer in range(low, high + 1):
                key = key_of(table, row, column, columns, layer)
                firsts = firsts_of(row == south, column == first, layer == low)
                if not put_in(going.laid, key, i, sides, firsts):
                    return False
    return True


@inlined
def _rows_and_layers(i: int, level: int, layered: bool, going: Going) -> tuple[int, int, int, int]:
    """Give the first and last row of cells in which a box lies, and its first and last layer."""
    boxes, cell, layer_m = going.held.boxes, going.grid.cell_m[level], going.grid.layer_m
    low, high = UNKNOWN_LAYER, UNKNOWN_LAYER
    if layered:
        low, high = math.floor(boxes[i, 4] / layer_m), math.floor(boxes[i, 5] / layer_m)
    return row_of(boxes[i, 2], cell), row_of(boxes[i, 3], cell), low, high


@inlined
def _columns(row: int, level: int, grid: Grid) -> int:
    """Give how many cells go round the Earth in a row of a level; a box may lie past the pole."""
    columns: int = grid.columns[level, min(max(row, 0), grid.columns.shape[1] - 1)]
    return columns


@inlined
def _reach(i: int, columns: int, held: Held) -> tuple[int, int]:
    """Give the first and last column of a box; where it goes round by more than half, all of them."""
    first, last = column_of(held.boxes[i, 0], columns), column_of(held.boxes[i, 1], columns)
    if 2 * (last - first + 1) > columns:
        return 0, columns - 1
    return first, last


@inlined
def _ask(i: int, known: bool, sides: Sides, flat: Sides, going: Going, found: int) -> int:
    """Test a thing against those in its cells, in every table where one that it may meet can lie."""
    left, load, own = going.left, going.load, going.held.marks[i] & _OWN
    left[0] = going.looks
    # Own things first: of those each may miss a pair where a look is cut short, of others only this one.
    if going.seen[_SEEN_OWN]:
        found = _ask_half(i, _OF_OWN, known, sides, flat, going, found)
        if left[0] < 0:
            left[1] = 1
    if going.seen[_SEEN_OTHER] and own and not load[i, 1] and left[0] >= 0:
        found = _ask_half(i, 0, known, sides, flat, going, found)
    if left[0] < 0 and own:
        load[i, 1] = 1
    return found


@inlined
def _ask_half(i: int, half: int, known: bool, sides: Sides, flat: Sides, going: Going, found: int) -> int:
    """Test a thing against own things, or against others."""
    own_level = going.held.levels[i]
    for table in range(_FLAT_UNKNOWN + 1):
        level, layered = LEVELS - 1, False
        if table < _LOWER:
            # Of its own level or above; lower ones lie in the lower table of its own level.
            if not known or table < own_level:
                continue
            level, layered = table, True
        elif table < _FLAT:
            if not known or table != _LOWER + own_level:
                continue
            level, layered = table - _LOWER, True
        elif not going.seen[_SEEN_ANY_HEIGHT] or (table == _FLAT and known):
            continue
        found = _ask_table(i, half + table, level, layered, sides if layered else flat, going, found)
    return found


@inlined
def _ask_table(i: int, table: int, level: int, layered: bool, sides: Sides, going: Going, found: int) -> int:
    """Test a thing against those in its cells of one table."""
    laid, left = going.laid, going.left[0]
    south, north, low, high = _rows_and_layers(i, level, layered, going)
    for row in range(south, north + 1):
        columns = _columns(row, level, going.grid)
        first, last = _reach(i, columns, going.held)
        rings = going.seen[_SEEN_RING] != 0 or last - first + 1 == columns
        for column in range(first, last + 1):
            for layer in range(low, high + 1):
                key = key_of(table, row, column, columns, layer)
                firsts = firsts_of(row == south, rings or column == first, layer == low)
                block = laid.heads[bucket_of(key, laid.heads.shape[0])]
                while block != NEVER and left >= 0:
                    may = touching(laid, block, sides, firsts)
                    here, left = block * WIDE, left - laid.blocks[block, 1]
                    block = laid.blocks[block, 0]
                    while may:
                        place = here + _LOWEST[may]
                        may &= may - 1
                        j = laid.things[place]
                        # A list may be of other cells, too.
                        if laid.keys[place] == key and not (
                            rings and not _counts_in(i, j, column, columns, going.held)
                        ):
                            found = _pair(i, j, going, found)
    going.left[0] = left
    return found


@inlined
def _counts_in(i: int, j: int, column: int, columns: int, held: Held) -> bool:
    """Tell whether a column is the one that counts of those that two boxes share, if either is all round."""
    first_i, last_i = _reach(i, columns, held)
    first_j, last_j = _reach(j, columns, held)
    if last_i - first_i + 1 == columns:
        return (first_j - column) % columns == 0
    if last_j - first_j + 1 == columns:
        return (first_i - column) % columns == 0
    return (first_i - column) % columns == 0 or (first_j - column) % columns == 0


@inlined
def _pair(i: int, j: int, going: Going, found: int) -> int:
    """Test a pair, if one of it is own and not crowded, and note it if it will be too near."""
    marks, load = going.held.marks, going.load
    for_i, for_j = marks[i] & _OWN and not load[i, 1], marks[j] & _OWN and not load[j, 1]
    if not (for_i or for_j) or marks[i] & marks[j] & _GROUPS:
        return found
    if stay_apart(i, j, going.now_s, going.ahead_s, going.held.moves):
        return found
    after = _test(i, j, going.now_s, going.ahead_s, going.held.things, going.out, found)
    if after > found:
        if for_i:
            _count(i, load, going.most)
        if for_j:
            _count(j, load, going.most)
    return after


@inlined
def _count(i: int, load: Int32s, most: int) -> None:
    """Count one more pair of an own thing."""
    load[i, 0] += 1
    if load[i, 0] > most:
        load[i, 1] = 1


@inlined
def _test(i: int, j: int, now_s: float, ahead_s: float, things: Floats, out: Pairs, found: int) -> int:
    """Test one pair, and note it if it will be too near."""
    loss_s, closest_s, closest, by_height = judged(i, j, now_s, ahead_s, things)
    if loss_s > ahead_s:
        return found
    if found < out.one.shape[0]:
        out.one[found], out.other[found] = i, j
        out.loss_s[found], out.closest_s[found], out.closest_m[found] = loss_s, closest_s, closest
        out.by_height[found] = by_height
    return found + 1


@compiled
def _test_listed(one: Int64s, other: Int64s, now_s: float, ahead_s: float, things: Floats, out: Pairs) -> int:
    found = 0
    for n in range(one.shape[0]):
        found = _test(one[n], other[n], now_s, ahead_s, things, out, found)
    return found
