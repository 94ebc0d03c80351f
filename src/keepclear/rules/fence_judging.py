"""How one fix, or one step, lies to one measure: the exact second stage of the fence watch, on the ellipsoid.

Everything here is pure and slow (tens of microseconds); the kernel picks the few that come here.
"""

from __future__ import annotations

import math
from datetime import UTC, datetime
from functools import lru_cache
from typing import NamedTuple

from keepclear.errors import Malformed
from keepclear.geo.boundaries import Bank, Boundary, Crossing, OutOfReach, bank_of, crossing
from keepclear.geo.figures import Area, Corridor, Path, Point
from keepclear.geo.frames import MAX_EXTENT_M
from keepclear.geo.gaps import distance_between_m
from keepclear.geo.geodesy import bearing_deg, destination, distance_m
from keepclear.geo.heights import Altitude, Levels, levels
from keepclear.geo.shapes import EDGE_M, clipped_contains
from keepclear.rules.fences import Fence, FenceSettings, Level

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# A way as an area: as thin as an edge is wide.
_WAY_M = 1e-3
_MARCH = 40


class Seen(NamedTuple):
    """A fix as it is judged; what is not known is None."""

    us: int
    place: Point
    accuracy_m: float | None
    height: Altitude | None
    height_accuracy_m: float | None


class Stand(NamedTuple):
    """How a fix lies to an area: over the ground, in height, and how far from the edge (negative inside)."""

    ground: Level
    height: Level
    distance_m: float
    margin_m: float


class BankStand(NamedTuple):
    """How a fix lies to a boundary: its bank or None out of reach, how far away, within which margin."""

    bank: Bank | None
    distance_m: float
    margin_m: float


def margin_m(fence: Fence, seen: Seen, settings: FenceSettings) -> float:
    """Give how near to an edge nothing is certain: the accuracy of the fix and the tolerance of the edge."""
    accuracy_m = settings.unknown_accuracy_m if seen.accuracy_m is None else seen.accuracy_m
    return accuracy_m + (fence.tolerance_m or 0.0)


def stand(fence: Fence, area: Area, seen: Seen, settings: FenceSettings, *, was_in: bool) -> Stand:
    """Judge a fix against an area. A track that was in must be farther out, by the hysteresis, to be out."""
    away_m = clipped_contains(area, fence.clips, seen.place, 0.0).distance_m
    margin = margin_m(fence, seen, settings)
    sure_in = away_m < -margin or (margin == 0.0 and away_m <= EDGE_M)
    if sure_in and seen.accuracy_m is not None:
        ground = Level.IN
    elif away_m <= max(margin, EDGE_M) + (settings.hysteresis_m if was_in else 0.0):
        ground = Level.MAYBE
    else:
        ground = Level.OUT
    return Stand(ground, in_band(fence, seen, seen, settings, was_in=was_in), away_m, margin)


def in_band(fence: Fence, one: Seen, other: Seen, settings: FenceSettings, *, was_in: bool) -> Level:
    """Judge the heights between two fixes against a measure's band.

    Unlike datums, and heights that are not known, leave it open: the level is then MAYBE, never OUT.
    """
    if fence.floor is None and fence.ceiling is None:
        return Level.IN
    if one.height is None or other.height is None or one.height.datum is not other.height.datum:
        return Level.MAYBE
    wide = _span(one, other, settings, settings.hysteresis_height_m if was_in else 0.0)
    if levels(fence.floor, fence.ceiling, *wide)[0] is Levels.APART:
        return Level.OUT
    known = one.height_accuracy_m is not None and other.height_accuracy_m is not None
    return Level.IN if known and _within(fence, *_span(one, other, settings, 0.0)) else Level.MAYBE


def _within(fence: Fence, bottom: Altitude, top: Altitude) -> bool:
    """Tell whether a span of heights surely lies in a measure's band, over one datum."""
    for bound, height, sign in ((fence.floor, bottom, 1.0), (fence.ceiling, top, -1.0)):
        if bound is None:
            continue
        if bound.datum is not height.datum or bound.datum == "unknown":
            return False
        if sign * (height.value_m - bound.value_m) < 0.0:
            return False
    return True


def _span(one: Seen, other: Seen, settings: FenceSettings, extra_m: float) -> tuple[Altitude, Altitude]:
    """Give the lowest and highest that a thing may have been at two fixes."""
    ends = []
    for seen in (one, other):
        height = seen.height
        assert height is not None  # noqa: S101  (asked only of fixes with a height)
        off_m = settings.unknown_height_m if seen.height_accuracy_m is None else seen.height_accuracy_m
        ends += [height.value_m - off_m - extra_m, height.value_m + off_m + extra_m]
        datum = height.datum
    low_m, high_m = max(min(ends), -12_000.0), min(max(ends), 100_000.0)
    return Altitude(low_m, datum), Altitude(high_m, datum)


def way_meets(fence: Fence, area: Area, old: Seen, new: Seen, settings: FenceSettings) -> bool:
    """Tell whether the straight way between two fixes may lead into an area at heights that fit.

    The distance between way and area is exact to 1 cm; a clip takes away only what lies beyond it for sure.
    """
    if in_band(fence, old, new, settings, was_in=False) is Level.OUT or old.place == new.place:
        return False
    way = Corridor((old.place, new.place), _WAY_M)
    margin = margin_m(fence, new, settings)
    if distance_between_m(way, area) > margin + EDGE_M:
        return False
    return not fence.clips or _way_meets_clipped(fence, area, old.place, new.place, margin, 12)


def _way_meets_clipped(fence: Fence, area: Area, p: Point, q: Point, margin: float, depth: int) -> bool:
    """Tell the same of a clipped area, by halving: no place changes its distance faster than it moves."""
    away_p, away_q = (clipped_contains(area, fence.clips, end, 0.0).distance_m for end in (p, q))
    if min(away_p, away_q) <= margin + EDGE_M:
        return True
    length_m = distance_m(p, q)
    if away_p + away_q > length_m + 2.0 * margin + 0.02:
        return False
    if depth == 0:
        return True
    middle = destination(p, bearing_deg(p, q), length_m / 2.0)
    return _way_meets_clipped(fence, area, p, middle, margin, depth - 1) or _way_meets_clipped(
        fence, area, middle, q, margin, depth - 1
    )


def time_to_entry_s(fence: Fence, area: Area, old: Seen, new: Seen, settings: FenceSettings) -> float | None:
    """Give after how many seconds a track that goes on as in its last step comes to the edge.

    None: not within the look-ahead. The way is walked in strides of the distance to the area, which no way
    can be shorter than.
    """
    seconds = (new.us - old.us) / 1e6
    speed_mps = distance_m(old.place, new.place) / seconds if seconds > 0.0 else 0.0
    if speed_mps < 0.1:
        return None
    bearing = (bearing_deg(new.place, old.place) + 180.0) % 360.0
    gone_m, reach_m = 0.0, speed_mps * settings.look_ahead_s
    margin = margin_m(fence, new, settings)
    for _ in range(_MARCH):
        at = destination(new.place, bearing, gone_m)
        away_m = clipped_contains(area, fence.clips, at, 0.0).distance_m - margin
        if away_m <= 1.0:
            return gone_m / speed_mps
        gone_m += away_m
        if gone_m > reach_m:
            return None
    return None


def bank_stand(fence: Fence, path: Path, seen: Seen, settings: FenceSettings) -> BankStand:
    """Judge a fix against a boundary: on which bank it lies, if any can be told."""
    accuracy_m = settings.unknown_accuracy_m if seen.accuracy_m is None else seen.accuracy_m
    margin = margin_m(fence, seen, settings)
    try:
        found = bank_of(_boundary(path, fence.tolerance_m or 0.0, fence.reach_m), seen.place, accuracy_m)
    except OutOfReach:
        return BankStand(None, math.inf, margin)
    except Malformed:
        # A boundary that crosses itself, or whose reach lies within its tolerance, has no sides to tell.
        return BankStand(Bank.UNDETERMINED, 0.0, margin)
    return BankStand(found.bank, found.distance_m, margin)


@lru_cache(maxsize=1024)
def _boundary(path: Path, tolerance_m: float, reach_m: float | None) -> Boundary:
    return Boundary(path, tolerance_m, reach_m or MAX_EXTENT_M)


def crossed(path: Path, old: Seen, new: Seen) -> Crossing | None:
    """Give where the straight way between two fixes crosses a boundary."""
    try:
        return crossing(path, old.place, new.place)
    except Malformed:
        return None
