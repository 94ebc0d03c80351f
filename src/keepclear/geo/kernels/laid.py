"""Boxes laid into cells, and kept there between calls: what may touch a box stands in the lists of its cells.

A list is of blocks. A block holds the sides of its boxes beside one another in single precision, so that they
are compared all at once, without a branch for each. Sides are rounded outward: what a comparison leaves out
does not touch. What it lets through, the caller tests in full.

A list has room in its first block alone: what is taken out leaves its place to the last of the first block.

Two boxes may share several cells. Of these one counts: that which is the first of either along each axis. A
block keeps, a bit for each box and axis, whether its cell is the box's first.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from keepclear.geo.frames import Floats
from keepclear.geo.kernels.compared import WIDE, apart
from keepclear.geo.kernels.compiled import compiled, inlined
from keepclear.geo.kernels.fences import Float32s, Int32s, Int64s

NEVER = -1
UNKNOWN_LAYER = -(1 << 20)
_DEG = math.pi / 180.0
# More than single precision loses of degrees of arc; of metres it loses a part.
_ARC_LOST, _PART_LOST = 2e-5, 2e-7

# Of a row's, a column's and a layer's bits the lowest, and all.
_ONE_EACH = 1 | 1 << WIDE | 1 << 2 * WIDE
_ALL = (1 << WIDE) - 1
Sides = tuple[np.float32, np.float32, np.float32, np.float32, np.float32, np.float32]


class Laid(NamedTuple):
    """Lists of boxes by cell.

    Attributes:
        heads: (m,) the first block of each list.
        blocks: (b, 4) the block after each, how many boxes it holds, of which of them its cell is the first
            row, column and layer (a byte of bits each), and nothing: all on one line of the cache.
        sides: (b, 6, WIDE) west, east, south, north, bottom and top of its boxes.
        things: (b * WIDE,) whose box it is.
        keys: (b * WIDE,) the cell.
        following: (b * WIDE,) the next place of the same thing.
        chain: (n,) the first place of each thing.
        counts: (2,) the first free block, and how many were ever used.
    """

    heads: Int32s
    blocks: Int32s
    sides: Float32s
    things: Int32s
    keys: Int64s
    following: Int32s
    chain: Int32s
    counts: Int64s


def room_for(things: int) -> Laid:
    """Make empty lists for so many things."""
    blocks = max(256, 4 * things)
    return Laid(
        np.full(1 << max(12, (max(things, 1) * 8 - 1).bit_length()), NEVER, np.int32),
        *_blocks(blocks),
        np.full(things, NEVER, np.int32),
        np.array([NEVER, 0], np.int64),
    )


def with_more_room(laid: Laid) -> Laid:
    """Give the same lists with room for twice as many blocks."""
    more = Laid(laid.heads, *_blocks(2 * len(laid.blocks)), laid.chain, laid.counts)
    for name in ("blocks", "sides", "things", "keys", "following"):
        held = getattr(laid, name)
        getattr(more, name)[: len(held)] = held
    return more


def _blocks(count: int) -> tuple[Int32s, Float32s, Int32s, Int64s, Int32s]:
    return (
        np.empty((count, 4), np.int32),
        np.empty((count, 6, WIDE), np.float32),
        np.empty(count * WIDE, np.int32),
        np.empty(count * WIDE, np.int64),
        np.empty(count * WIDE, np.int32),
    )


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
def key_of(table: int, row: int, column: int, columns: int, layer: int) -> int:
    """Give the number of a cell, all that tells it from any other."""
    return ((((layer + (1 << 20)) << 18) + row << 18) + column % columns << 4) + table


@inlined
def bucket_of(key: int, size: int) -> int:
    """Give where a cell's list begins; cells beside one another begin beside one another."""
    table, column, row, layer = key & 15, (key >> 4) & 0x3FFFF, (key >> 22) & 0x3FFFF, key >> 40
    return (column + row * 7_919 + layer * 104_729 + table * 1_299_709) & (size - 1)


@inlined
def sides_of(i: int, layered: bool, boxes: Floats) -> Sides:
    """Give the sides of a box, rounded outward.

    A box past the 180th meridian reaches all round, since what it meets may be numbered from either side; of
    a box without layers no height is compared.
    """
    west, east = boxes[i, 0] - _ARC_LOST, boxes[i, 1] + _ARC_LOST
    if west < -180.0 or east > 180.0:
        west, east = -math.inf, math.inf
    bottom, top = -math.inf, math.inf
    if layered:
        bottom = boxes[i, 4] - (_PART_LOST * abs(boxes[i, 4]) + 1e-3)
        top = boxes[i, 5] + (_PART_LOST * abs(boxes[i, 5]) + 1e-3)
    return (
        np.float32(west),
        np.float32(east),
        np.float32(boxes[i, 2] - _ARC_LOST),
        np.float32(boxes[i, 3] + _ARC_LOST),
        np.float32(bottom),
        np.float32(top),
    )


@inlined
def firsts_of(row: bool, column: bool, layer: bool) -> int:
    """Give whether a cell is a box's first row, column and layer: for each all bits, or none."""
    return (_ALL if row else 0) | (_ALL << WIDE if column else 0) | (_ALL << 2 * WIDE if layer else 0)


@inlined
def touching(laid: Laid, block: int, of: Sides, firsts: int) -> int:
    """Give which boxes of a block may touch another and count with it in this cell, a bit for each."""
    found: int = ~apart(laid.sides, block, of) & ((1 << laid.blocks[block, 1]) - 1)
    counts = int(laid.blocks[block, 2]) | firsts
    return found & counts & counts >> WIDE & counts >> 2 * WIDE


@inlined
def put_in(laid: Laid, key: int, thing: int, sides: Sides, firsts: int) -> bool:
    """Put a box into a cell's list; tell whether there was room."""
    bucket = bucket_of(key, laid.heads.shape[0])
    block = laid.heads[bucket]
    if block == NEVER or laid.blocks[block, 1] == WIDE:
        after = block
        if laid.counts[0] != NEVER:
            block = laid.counts[0]
            laid.counts[0] = laid.blocks[block, 0]
        elif laid.counts[1] < laid.blocks.shape[0]:
            block = laid.counts[1]
            laid.counts[1] += 1
        else:
            return False
        laid.blocks[block, 0], laid.blocks[block, 1], laid.blocks[block, 2] = after, 0, 0
        laid.heads[bucket] = block
    n = laid.blocks[block, 1]
    laid.blocks[block, 1] = n + 1
    for side in range(6):
        laid.sides[block, side, n] = sides[side]
    laid.blocks[block, 2] |= firsts & _ONE_EACH << n
    place = block * WIDE + n
    laid.things[place], laid.keys[place] = thing, key
    laid.following[place] = laid.chain[thing]
    laid.chain[thing] = place
    return True


@compiled
def take_out(laid: Laid, rows: Int64s) -> None:
    """Take all boxes of some things out of their lists."""
    for row in rows:
        while laid.chain[row] != NEVER:
            place = laid.chain[row]
            laid.chain[row] = laid.following[place]
            bucket = bucket_of(laid.keys[place], laid.heads.shape[0])
            first = laid.heads[bucket]
            left = laid.blocks[first, 1] - 1
            laid.blocks[first, 1] = left
            if place != first * WIDE + left:
                _move(laid, first * WIDE + left, place)
            laid.blocks[first, 2] &= ~(_ONE_EACH << left)
            if left == 0:
                laid.heads[bucket] = laid.blocks[first, 0]
                laid.blocks[first, 0] = laid.counts[0]
                laid.counts[0] = first


@inlined
def _move(laid: Laid, place: int, to: int) -> None:
    """Move a box to another place of its list."""
    thing = laid.things[place]
    laid.things[to], laid.keys[to], laid.following[to] = thing, laid.keys[place], laid.following[place]
    block, n, onto, m = place // WIDE, place % WIDE, to // WIDE, to % WIDE
    for side in range(6):
        laid.sides[onto, side, m] = laid.sides[block, side, n]
    firsts = laid.blocks[block, 2] >> n & _ONE_EACH
    laid.blocks[onto, 2] = laid.blocks[onto, 2] & ~(_ONE_EACH << m) | firsts << m
    at = laid.chain[thing]
    if at == place:
        laid.chain[thing] = to
        return
    while laid.following[at] != place:
        at = laid.following[at]
    laid.following[at] = to
