"""Which steps of moving things touch which fences: the step is tested, not the point.

What a thing is inside of changes only where its step crosses an edge, so only the edges near the step are
looked at, and one that flew through between two fixes is seen. Edges lie in cells of about 1.2 km, copied
into the cell, so that a step reads one stream of memory; its cost follows the edges near it, not how many
fences there are.

Longitudes and latitudes are 32-bit fractions of the full circle (9.3 mm): differences wrap by themselves at
the antimeridian, cells are shifts of bits, and the side of an edge is computed in whole numbers without
rounding. A place exactly on an edge, or a corner exactly on a step, is decided as if every moving thing stood
a hair further east and a smaller hair further north, the same for all, so that no crossing is counted twice
or lost. Near the poles, where cells of longitude lose their meaning, places are refused.

Answers are candidates: they may be too many, never too few. What they mean is decided on the ellipsoid.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from keepclear.errors import Malformed
from keepclear.geo.frames import Floats
from keepclear.geo.kernels.compiled import compiled, inlined

Int8s = NDArray[np.int8]
Int32s = NDArray[np.int32]
Int64s = NDArray[np.int64]
Float32s = NDArray[np.float32]

MAX_LAT = 85.0
MAX_STEP_M = 50_000.0
MAX_PAD_M = 50_000.0
# No leg of a fence may be longer, so that products of differences stay within 64 bits.
MAX_LEG_DEG = 20.0
UNITS_PER_DEG = 2.0**32 / 360.0
# Metres to one unit, too few on purpose: the smallest radii of curvature, north–south and east–west.
_NORTH_M = 6_335_439.0 * 2.0 * math.pi / 2.0**32
_EAST_M = 6_378_137.0 * 2.0 * math.pi / 2.0**32
_CELL_BITS = 17
_QUARTER = 1 << 30
_HALF = 1 << 31
_CIRCLE = 1 << 32
_TILE_ROWS = 256
_TILE_COLS = 512
_IN_TILE = 64
_CELLS = _IN_TILE * _IN_TILE
# Rounding to units moves an edge or a place by at most half a unit each way.
_ROUNDED = 3
# Steps whose cells are looked up together; room for the cells of the widest step, twice.
_BLOCK = 256
_MAX_SPANS = 1 << 18
_MAX_SEEN = 4096


class Chains(NamedTuple):
    """Edges of fences as chains of straight legs between degrees; v corners, c chains.

    Attributes:
        lon: (v,) degrees; a closed ring repeats its first corner as its last.
        lat: (v,) degrees.
        starts: (c + 1,) where each chain's corners begin, and v.
        fence: (c,) the fence to which each chain belongs.
        pad_m: (c,) how near to the chain counts as touching it, on top of what the step brings.
    """

    lon: Floats
    lat: Floats
    starts: Int64s
    fence: Int32s
    pad_m: Floats


class Touched(NamedTuple):
    """Steps and the fences whose edges they touch; each pair once, steps in rising order; n pairs.

    Attributes:
        step: (n,) number of the step.
        fence: (n,) number of the fence.
        crossings: (n,) how many legs the step crosses; 0 where it only comes near. Beyond `_MAX_SEEN` legs
            crossed by one step, a leg that lies in several cells may be counted twice. No rule uses the
            count: whether a pair is touched at all stays exact.
    """

    step: Int32s
    fence: Int32s
    crossings: Int32s


class _Grid(NamedTuple):
    """Legs in cells: `tiles` gives the block of a tile, `starts` the first entry of a cell of a block."""

    tiles: Int32s
    shifts: Int8s
    east_m: Floats
    starts: Int32s
    legs: Int32s
    leg_ids: Int32s
    leg_pads: Float32s
    leg_fence: Int32s
    widest_m: float


class FenceGrid:
    """Fences laid into cells once; asked many times."""

    def __init__(self, chains: Chains) -> None:
        """Lay chains into cells.

        Raises:
            Malformed: a corner lies nearer to a pole than `MAX_LAT`, or a leg is too long.
        """
        refuse_polar(chains.lat, "a fence")
        self._grid = _laid(chains)

    @property
    def nbytes(self) -> int:
        """Tell how much memory the cells take, the table of tiles (half a megabyte) included."""
        return sum(part.nbytes for part in self._grid if isinstance(part, np.ndarray))

    def touched(
        self, lon0: Floats, lat0: Floats, lon1: Floats, lat1: Floats, pad_m: Floats, at_least: int = 0
    ) -> Touched:
        """Find the fences whose edges steps cross, or come near by no more than the pads of both.

        Args:
            lon0: (n,) degrees from which each step goes.
            lat0: (n,) degrees; within `MAX_LAT` of the equator, as all latitudes here.
            lon1: (n,) degrees to which it goes, the short way round; at most `MAX_STEP_M` away.
            lat1: (n,) degrees.
            pad_m: (n,) how near counts as touching; with 0 and fences of pad 0, only crossings are given.
            at_least: room to make ready for pairs, if the caller can guess.
        """
        g = self._grid
        room = max(256, len(lon0), at_least)
        while True:
            step, fence, crossings = (np.empty(room, np.int32) for _ in range(3))
            found = _touch(
                lon0, lat0, lon1, lat1, pad_m, g.tiles, g.shifts, g.east_m, g.starts, g.legs, g.leg_ids,
                g.leg_pads, g.leg_fence, g.widest_m, step, fence, crossings,
                np.empty((_BLOCK, 4), np.int64), np.empty((_MAX_SPANS, 2), np.int32),
                np.empty(_BLOCK + 1, np.int32), np.empty(_MAX_SEEN, np.int32),
            )  # fmt: skip
            if found <= room:
                return Touched(step[:found], fence[:found], crossings[:found])
            room = found


def refuse_polar(lat: Floats, what: str) -> None:
    """Refuse latitudes for which cells of longitude have no meaning.

    Raises:
        Malformed: a latitude lies beyond `MAX_LAT`, or is no number.
    """
    if len(lat) and not bool(np.all(np.abs(lat) <= MAX_LAT)):
        worst = float(lat[int(np.argmax(~(np.abs(lat) <= MAX_LAT)))])
        raise Malformed(
            f"{what} at latitude {worst:.4f}",
            "live-latitude",
            f"latitudes from {-MAX_LAT:.0f} to {MAX_LAT:.0f}; nearer to a pole live fences are not watched",
            "lat",
        )


def warm() -> None:
    """Compile, or load from the cache, what is asked of a grid, so that no alarm waits for it."""
    square = np.array([0.0, 0.1, 0.1, 0.0, 0.0]), np.array([0.0, 0.0, 0.1, 0.1, 0.0])
    chains = Chains(*square, np.array([0, 5]), np.zeros(1, np.int32), np.ones(1))
    at = np.array([0.05])
    FenceGrid(chains).touched(at, at, at + 0.1, at, np.ones(1))


def _laid(chains: Chains) -> _Grid:
    legs, leg_fence, pads = _legs_of(chains)
    shifts, east_m = _rows()
    tiles = np.full(_TILE_ROWS * _TILE_COLS, -1, np.int32)
    nothing = np.empty((0, 4), np.int32), np.empty(0, np.int32), np.empty(0, np.float32)
    _lay(legs, pads, shifts, east_m, tiles, np.empty(0, np.int32), *nothing, 0)
    used = np.flatnonzero(tiles != -1)
    tiles[used] = np.arange(len(used), dtype=np.int32)
    starts = np.zeros(len(used) * _CELLS + 1, np.int32)
    _lay(legs, pads, shifts, east_m, tiles, starts, *nothing, 1)
    np.cumsum(starts, out=starts)
    total = int(starts[-1])
    entries = np.empty((total, 4), np.int32), np.empty(total, np.int32), np.empty(total, np.float32)
    _lay(legs, pads, shifts, east_m, tiles, starts, *entries, 2)
    widest_m = float(pads.max(initial=0.0))
    return _Grid(tiles, shifts, east_m, starts, *entries, leg_fence, widest_m)


def _legs_of(chains: Chains) -> tuple[Int32s, Int32s, Float32s]:
    """Give the legs of all chains in units, (l, 4), the fence of each and its pad, rounded up."""
    first = np.ones(len(chains.lon), bool)
    first[chains.starts[1:] - 1] = False
    at = np.flatnonzero(first)
    corners = np.stack([_units(chains.lon), _units(chains.lat)], axis=1)
    legs = np.concatenate([corners[at], corners[at + 1]], axis=1)
    chain = np.repeat(np.arange(len(chains.fence)), np.diff(chains.starts))[at]
    apart = (legs[:, 2].astype(np.int64) - legs[:, 0] + _HALF) % _CIRCLE - _HALF
    if len(apart) and int(np.abs(apart).max()) > MAX_LEG_DEG * UNITS_PER_DEG:
        raise Malformed(
            "a fence with a leg of more than 20 degrees of longitude",
            "leg-length",
            "legs cut at places in between",
            "lon",
        )
    real = (legs[:, 0] != legs[:, 2]) | (legs[:, 1] != legs[:, 3])
    pads = np.nextafter(chains.pad_m.astype(np.float32), np.float32(np.inf))
    pads = np.where(chains.pad_m > 0.0, pads, np.float32(0.0)).astype(np.float32)
    kept = np.flatnonzero(real)
    return legs[kept], chains.fence[chain[kept]].astype(np.int32), pads[chain[kept]]


def _units(degrees: Floats) -> Int32s:
    return np.rint(degrees * UNITS_PER_DEG).astype(np.int64).astype(np.int32)


def _rows() -> tuple[Int8s, Floats]:
    """Give, per row of tiles, how many more bits a cell of longitude has, and metres to a unit eastward."""
    edges = (np.arange(_TILE_ROWS + 1) / _TILE_ROWS - 0.5) * 180.0
    poleward = np.maximum(np.abs(edges[:-1]), np.abs(edges[1:]))
    squash = np.cos(np.radians(np.minimum(poleward, 89.0)))
    return np.floor(-np.log2(squash)).astype(np.int8), _EAST_M * squash


@inlined
def _tile_row(y: int) -> int:
    return min(max((y + _QUARTER) >> (_CELL_BITS + 6), 0), _TILE_ROWS - 1)


@inlined
def _span_in_row(x0: int, y0: int, x1: int, y1: int, low: int, high: int, pad: int) -> tuple[int, int]:
    """Give the span of x that a segment widened by `pad` takes where y lies within `low … high`."""
    if y0 > y1:
        x0, y0, x1, y1 = x1, y1, x0, y0
    if y1 - y0 < 2 or (y0 >= low and y1 <= high):
        return min(x0, x1) - pad, max(x0, x1) + pad
    slope = (x1 - x0) / (y1 - y0)
    a = x0 + slope * (max(low, y0) - y0) if low > y0 else float(x0)
    b = x0 + slope * (min(high, y1) - y0) if high < y1 else float(x1)
    if low > y1:
        a = float(x1)
    if high < y0:
        b = float(x0)
    return math.floor(min(a, b)) - pad - 1, math.ceil(max(a, b)) + pad + 1


@compiled
def _lay(
    legs: Int32s, pads: Float32s, shifts: Int8s, east_m: Floats, tiles: Int32s, starts: Int32s,
    entries: Int32s, ids: Int32s, entry_pads: Float32s, stage: int,
) -> None:  # fmt: skip
    """Go through the cells that legs touch: mark their tiles (0), count entries (1), or file them (2).

    `starts` holds, after stage 1 and a running sum, where each cell ends; stage 2 counts it down to where
    the cell begins.
    """
    for leg in range(legs.shape[0]):
        x0 = int(legs[leg, 0])
        x1 = x0 + int(np.int32(int(legs[leg, 2]) - x0))
        y0, y1 = int(legs[leg, 1]), int(legs[leg, 3])
        pad_y = math.ceil(pads[leg] / _NORTH_M) + _ROUNDED
        low, high = min(y0, y1) - pad_y, max(y0, y1) + pad_y
        squash = min(east_m[_tile_row(low)], east_m[_tile_row(high)])
        pad_x = math.ceil(pads[leg] / squash) + _ROUNDED
        for row in range((low + _QUARTER) >> _CELL_BITS, ((high + _QUARTER) >> _CELL_BITS) + 1):
            if row < 0 or row >= _TILE_ROWS * _IN_TILE:
                continue
            floor = (row << _CELL_BITS) - _QUARTER
            a, b = _span_in_row(x0, y0, x1, y1, floor - pad_y, floor + (1 << _CELL_BITS) + pad_y, pad_x)
            shift = _CELL_BITS + int(shifts[row >> 6])
            columns = 1 << (32 - shift)
            last = min(b >> shift, (a >> shift) + columns - 1)
            for wide in range(a >> shift, last + 1):
                column = wide & (columns - 1)
                tile = (row >> 6) * _TILE_COLS + (column >> 6)
                if stage == 0:
                    tiles[tile] = 0
                    continue
                cell = tiles[tile] * _CELLS + (row & 63) * _IN_TILE + (column & 63)
                if stage == 1:
                    starts[cell] += 1
                    continue
                starts[cell] -= 1
                entry = starts[cell]
                ids[entry] = leg
                entry_pads[entry] = pads[leg]
                for n in range(4):
                    entries[entry, n] = legs[leg, n]


@inlined
def _left_of_leg(ux: int, uy: int, wx: int, wy: int, px: int, py: int) -> bool:
    """Tell exactly on which side of a leg a moving place lies, taken a hair to the east and to the north."""
    turn = (wx - ux) * (py - uy) - (wy - uy) * (px - ux)
    if turn != 0:
        return turn > 0
    if wy != uy:
        return wy < uy
    return wx > ux


@inlined
def _left_of_step(dx: int, dy: int, px: int, py: int) -> bool:
    """Tell exactly on which side of a step from the origin a corner lies, with the same hair for the step."""
    turn = dx * py - dy * px
    if turn != 0:
        return turn > 0
    if dy != 0:
        return dy > 0
    return dx < 0


@inlined
def _off_segment_sq(px: float, py: float, ax: float, ay: float, bx: float, by: float) -> float:
    """Give the squared distance of a place from a segment."""
    vx, vy = bx - ax, by - ay
    length_sq = vx * vx + vy * vy
    share = 0.0
    if length_sq > 0.0:
        share = min(1.0, max(0.0, ((px - ax) * vx + (py - ay) * vy) / length_sq))
    x, y = px - ax - share * vx, py - ay - share * vy
    return x * x + y * y


@inlined
def _near(dx: float, dy: float, ux: float, uy: float, wx: float, wy: float, within_m: float) -> bool:
    """Tell whether a step from the origin and a leg that do not cross lie within a distance, in metres."""
    apart = min(
        _off_segment_sq(0.0, 0.0, ux, uy, wx, wy),
        _off_segment_sq(dx, dy, ux, uy, wx, wy),
        _off_segment_sq(ux, uy, 0.0, 0.0, dx, dy),
        _off_segment_sq(wx, wy, 0.0, 0.0, dx, dy),
    )
    return apart <= within_m * within_m


@compiled
def _touch(
    lon0: Floats, lat0: Floats, lon1: Floats, lat1: Floats, pad_m: Floats, tiles: Int32s, shifts: Int8s,
    east_m: Floats, starts: Int32s, legs: Int32s, leg_ids: Int32s, leg_pads: Float32s, leg_fence: Int32s,
    widest_m: float, out_step: Int32s, out_fence: Int32s, out_crossings: Int32s, frames: Int64s,
    spans: Int32s, ends: Int32s, seen: Int32s,
) -> int:  # fmt: skip
    """Fill the three outputs as far as they reach; give how many pairs there are.

    Steps go in blocks: first the cells of a block are named, then where each begins and the legs in it are
    touched, so that the waits for memory overlap; then the legs are tested. No branch hangs on what a wait
    brings: one that was guessed wrong would end the overlap.
    """
    found, step, steps = 0, 0, lon0.shape[0]
    ends[0] = 0
    while step < steps:
        block = 0
        while block < _BLOCK and step + block < steps and ends[block] < _MAX_SPANS // 2:
            n = step + block
            frames[block, 0] = int(np.rint(lon0[n] * UNITS_PER_DEG))
            frames[block, 1] = int(np.rint(lat0[n] * UNITS_PER_DEG))
            to_x = int(np.rint(lon1[n] * UNITS_PER_DEG))
            frames[block, 2] = int(np.int32(to_x - frames[block, 0]))
            frames[block, 3] = int(np.rint(lat1[n] * UNITS_PER_DEG)) - frames[block, 1]
            x0, y0, dx, dy = frames[block, 0], frames[block, 1], frames[block, 2], frames[block, 3]
            ends[block + 1] = _cells(x0, y0, dx, dy, pad_m[n], tiles, shifts, east_m, spans, ends[block])
            block += 1
        touched = 0
        for n in range(ends[block]):
            spans[n, 1] = starts[spans[n, 0] + 1]
            spans[n, 0] = starts[spans[n, 0]]
        _leave_out_empty(spans, ends, block)
        for n in range(ends[block]):
            for entry in range(spans[n, 0], spans[n, 1], 4):
                touched += legs[entry, 0]
        for n in range(block):
            if ends[n] == ends[n + 1]:
                continue
            found = _judge(
                step + n, frames[n, 0], frames[n, 1], frames[n, 2], frames[n, 3], pad_m[step + n], east_m,
                spans, ends[n], ends[n + 1], legs, leg_ids, leg_pads, leg_fence, widest_m, seen, found,
                out_step, out_fence, out_crossings,
            )  # fmt: skip
        step += block
        seen[0] = touched
    return found


@inlined
def _leave_out_empty(spans: Int32s, ends: Int32s, steps: int) -> None:
    """Move the spans that hold something together, step by step."""
    filled, first = 0, 0
    for n in range(steps):
        last = ends[n + 1]
        for span in range(first, last):
            spans[filled, 0], spans[filled, 1] = spans[span, 0], spans[span, 1]
            filled += int(spans[filled, 0] < spans[filled, 1])
        first = last
        ends[n + 1] = filled


@inlined
def _cells(
    x0: int, y0: int, dx: int, dy: int, pad_m: float, tiles: Int32s, shifts: Int8s, east_m: Floats,
    spans: Int32s, filled: int,
) -> int:  # fmt: skip
    """Name the cells that a step, widened by its pad, may touch, each where its span will stand."""
    pad_y = math.ceil(pad_m / _NORTH_M)
    low, high = y0 + min(0, dy) - pad_y, y0 + max(0, dy) + pad_y
    squash = min(east_m[_tile_row(low)], east_m[_tile_row(high)])
    pad_x = math.ceil(pad_m / squash)
    left, right = min(0, dx) - pad_x, max(0, dx) + pad_x
    first_row = max((low + _QUARTER) >> _CELL_BITS, 0)
    last_row = min((high + _QUARTER) >> _CELL_BITS, _TILE_ROWS * _IN_TILE - 1)
    for row in range(first_row, last_row + 1):
        shift = _CELL_BITS + int(shifts[row >> 6])
        mask = (1 << (32 - shift)) - 1
        a, b = left, right
        if last_row > first_row + 1:
            floor = (row << _CELL_BITS) - _QUARTER - y0
            a, b = _span_in_row(0, 0, dx, dy, floor - pad_y, floor + (1 << _CELL_BITS) + pad_y, pad_x)
        for wide in range((x0 + a) >> shift, ((x0 + b) >> shift) + 1):
            column = wide & mask
            block = int(tiles[(row >> 6) * _TILE_COLS + (column >> 6)])
            if block < 0:
                continue
            spans[filled, 0] = block * _CELLS + (row & 63) * _IN_TILE + (column & 63)
            filled += 1
    return filled


@inlined
def _judge(  # noqa: C901  (one loop over legs: split further, each leg would be read twice)
    step: int,
    x0: int,
    y0: int,
    dx: int,
    dy: int,
    pad_m: float,
    east_m: Floats,
    spans: Int32s,
    first: int,
    last: int,
    legs: Int32s,
    leg_ids: Int32s,
    leg_pads: Float32s,
    leg_fence: Int32s,
    widest_m: float,
    seen: Int32s,
    found: int,
    out_step: Int32s,
    out_fence: Int32s,
    out_crossings: Int32s,
) -> int:
    """Test one step against the legs in its cells; give how many pairs there are by now."""
    room, begun, crossed = out_step.shape[0], found, 0
    pad_y = math.ceil(pad_m / _NORTH_M)
    low, high = min(0, dy) - pad_y, max(0, dy) + pad_y
    squash = min(east_m[_tile_row(y0 + low)], east_m[_tile_row(y0 + high)])
    pad_x = math.ceil(pad_m / squash)
    left, right = min(0, dx) - pad_x, max(0, dx) + pad_x
    pads = pad_m > 0.0 or widest_m > 0.0
    more_x, more_y = 0, 0
    for span in range(first, last):
        for entry in range(spans[span, 0], spans[span, 1]):
            uy, wy = int(legs[entry, 1]) - y0, int(legs[entry, 3]) - y0
            ux = int(np.int32(int(legs[entry, 0]) - x0))
            wx = int(np.int32(int(legs[entry, 2]) - x0))
            if widest_m > 0.0:
                more_x = int(leg_pads[entry] / squash) + 2 * _ROUNDED
                more_y = int(leg_pads[entry] / _NORTH_M) + 2 * _ROUNDED
            if (
                max(uy, wy) < low - more_y
                or min(uy, wy) > high + more_y
                or max(ux, wx) < left - more_x
                or min(ux, wx) > right + more_x
            ):
                continue
            crosses = _cross(dx, dy, ux, uy, wx, wy)
            if crosses:
                if last > first + 1 and _is_seen(seen, crossed, leg_ids[entry]):
                    continue
                seen[min(crossed, _MAX_SEEN - 1)] = leg_ids[entry]
                crossed += 1
            elif not pads or not _near(
                dx * squash, dy * _NORTH_M, ux * squash, uy * _NORTH_M, wx * squash, wy * _NORTH_M,
                pad_m + leg_pads[entry] + 2.0 * _ROUNDED * _EAST_M,
            ):  # fmt: skip
                continue
            fence = leg_fence[leg_ids[entry]]
            place = _place_of(out_fence, begun, min(found, room), fence, found)
            if place == found:
                if found < room:
                    out_step[found], out_fence[found], out_crossings[found] = step, fence, 0
                found += 1
            if crosses and place < room:
                out_crossings[place] += 1
    return found


@inlined
def _cross(dx: int, dy: int, ux: int, uy: int, wx: int, wy: int) -> bool:
    """Tell whether a step from the origin crosses a leg."""
    if dx == 0 and dy == 0:
        return False
    if _left_of_leg(ux, uy, wx, wy, 0, 0) == _left_of_leg(ux, uy, wx, wy, dx, dy):
        return False
    return _left_of_step(dx, dy, ux, uy) != _left_of_step(dx, dy, wx, wy)


@inlined
def _is_seen(seen: Int32s, crossed: int, leg: int) -> bool:
    """Tell whether a leg that lies in several cells was counted before."""
    for n in range(min(crossed, _MAX_SEEN)):  # noqa: SIM110  (the compiler knows no generators here)
        if seen[n] == leg:
            return True
    return False


@inlined
def _place_of(out_fence: Int32s, begun: int, end: int, fence: int, otherwise: int) -> int:
    for n in range(begun, end):
        if out_fence[n] == fence:
            return n
    return otherwise
