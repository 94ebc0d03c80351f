"""Boundaries: on which bank of a directed line a point lies, and where a way crosses it.

Left and right are as seen facing along the line, for a river downstream. Two parties may hold different maps
of one river, so near the line, within its tolerance and the position's accuracy, the answer is no bank at
all.
"""

from __future__ import annotations

import math
from enum import StrEnum
from fractions import Fraction
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import shapely
from msgspec import Struct

from keepclear.errors import Malformed, Refused
from keepclear.geo.figures import MAX_LEG_M, Path, Point, Side, lonlat, not_self_crossing
from keepclear.geo.frames import MAX_EXTENT_M, STEP_M, Floats, Frame, frame_at, middle
from keepclear.geo.geodesy import chop, distance_m, line_of, nearest_on_line
from keepclear.geo.shapes import EDGE_M, metres_said
from keepclear.geo.sides import Offset, offset_from


class Bank(StrEnum):
    """A side of a boundary, as seen facing along it; undetermined within its tolerance."""

    LEFT = "left"
    RIGHT = "right"
    UNDETERMINED = "undetermined"


class Boundary(Struct, frozen=True, forbid_unknown_fields=True):
    """A directed line with the width of its vagueness and the reach within which its sides mean anything.

    Attributes:
        path: the line; it may not meet itself.
        tolerance_m: how far off the line may be; a sketch has much, a surveyed line little.
        reach_m: farther than this from the line nobody is "on a bank" of it.
    """

    path: Path
    tolerance_m: float
    reach_m: float

    def __post_init__(self) -> None:
        not_self_crossing(self.path, "a boundary", "path")
        if not (math.isfinite(self.tolerance_m) and self.tolerance_m >= 0.0):
            raise Malformed(
                f"a boundary with tolerance_m {self.tolerance_m}", "length", "0 or more metres", "tolerance_m"
            )
        if not (self.tolerance_m < self.reach_m <= MAX_EXTENT_M):
            raise Malformed(
                f"a boundary with reach_m {self.reach_m} and tolerance_m {self.tolerance_m}",
                "boundary-reach",
                f"a reach of more than {self.tolerance_m} m and at most {MAX_EXTENT_M:.0f} m",
                "reach_m",
            )


class BankAnswer(Struct, frozen=True):
    """On which bank a position lies, with its grounds.

    Attributes:
        bank: left, right or undetermined.
        distance_m: to the line.
        tolerance_m: of the line.
        accuracy_m: of the position.
        foot: the place on the line nearest to the position.
        along_m: how far along the line the foot lies.
    """

    bank: Bank
    distance_m: float
    tolerance_m: float
    accuracy_m: float
    foot: Point
    along_m: float

    @property
    def grounds(self) -> str:
        """The answer in words that can be read aloud."""
        given = f"line good to {metres_said(self.tolerance_m)}, position to {metres_said(self.accuracy_m)}"
        away = f"{metres_said(self.distance_m)} from the line"
        if self.bank is Bank.UNDETERMINED:
            return f"bank undetermined: {away} ({given})"
        return f"on the {self.bank} bank, {away} ({given})"


class OutOfReach(Refused):
    """A point so far from a boundary, or so far past its end, that no side of it has a meaning there."""


class Crossing(Struct, frozen=True):
    """A way from one point to another that crosses a boundary.

    Attributes:
        onto: the side on which the way ends.
        at: where it first crosses.
        along_m: how far along the boundary that is.
        leg_index: the leg of the boundary that it first crosses.
        times: how often it crosses; an even number means that it came back.
    """

    onto: Side
    at: Point
    along_m: float
    leg_index: int
    times: int


def bank(path: Path, tolerance_m: float, reach_m: float, point: Point, accuracy_m: float) -> BankAnswer:
    """Tell on which bank of a directed line a position lies.

    A position no farther from the line than `tolerance_m + accuracy_m` (or 1 mm) is on neither bank.

    Raises:
        OutOfReach: the position is farther than `reach_m`, or past an end of the line, where a side has no
            meaning.
        Malformed: `accuracy_m` is negative or no number; the line crosses itself.
    """
    return bank_of(Boundary(path, tolerance_m, reach_m), point, accuracy_m)


def bank_of(boundary: Boundary, point: Point, accuracy_m: float) -> BankAnswer:
    """Tell on which bank of a boundary a position lies; as `bank`.

    Raises:
        OutOfReach: the position is out of reach or past an end.
        Malformed: `accuracy_m` is negative or no number.
    """
    if not (math.isfinite(accuracy_m) and accuracy_m >= 0.0):
        raise Malformed(
            f"a position with accuracy_m {accuracy_m}", "length", "0 or more metres", "accuracy_m"
        )
    offset = offset_from(line_of(boundary.path), point)
    away_m = offset.nearest.distance_m
    near = away_m <= max(boundary.tolerance_m + accuracy_m, EDGE_M)
    if not near:
        _refuse_out_of_reach(boundary, offset)
    side = Bank.LEFT if offset.left_m > 0.0 else Bank.RIGHT
    return BankAnswer(
        Bank.UNDETERMINED if near else side,
        away_m,
        boundary.tolerance_m,
        accuracy_m,
        offset.nearest.foot,
        offset.nearest.along_m,
    )


def _refuse_out_of_reach(boundary: Boundary, offset: Offset) -> None:
    away_m = offset.nearest.distance_m
    if away_m > boundary.reach_m:
        raise OutOfReach(
            f"a bank was asked {metres_said(away_m)} from the line",
            "boundary-reach",
            f"a position within {metres_said(boundary.reach_m)} of the line",
        )
    if offset.overshoot_m > 0.01:
        raise OutOfReach(
            f"a bank was asked {metres_said(offset.overshoot_m)} past the end of the line",
            "boundary-end",
            "a position abreast of the line, or a longer line",
        )


def crossing(path: Path, p: Point, q: Point) -> Crossing | None:
    """Find where the geodesic from `p` to `q` crosses a directed line, and onto which side; good to 1 cm.

    A point on the line counts as left of it, so a way told in pieces crosses as often as the whole of it.

    Raises:
        Malformed: the way is longer than 2,000 km.
    """
    if (length_m := distance_m(p, q)) > MAX_LEG_M:
        raise Malformed(
            f"a way of {length_m / 1000:,.0f} km in one leg",
            "leg-length",
            f"points no more than {MAX_LEG_M / 1000:,.0f} km apart",
            "q",
        )
    chain = line_of(path)
    if nearest_on_line(chain, p).distance_m > length_m + 1.0:
        return None
    hits = _hits(_traced(path), p, q)
    if not hits:
        return None
    found = nearest_on_line(chain, hits[0].at)
    return Crossing(hits[-1].onto, hits[0].at, found.along_m, found.leg_index, len(hits))


class _Hit(NamedTuple):
    onto: Side
    at: Point


def _hits(trace: _Trace, p: Point, q: Point) -> list[_Hit]:
    """Give the crossings of the way from `p` to `q`, in order."""
    stations = trace.frame.to_plane(chop(lonlat([p, q]), 5.0 * STEP_M))
    hits = []
    for start, end in pairwise(stations):
        legs = [(trace.xy[leg], trace.xy[leg + 1]) for leg in trace.near(start, end)]
        met = [(_share(a, b, start, end), _is_left(a, b, end)) for a, b in legs if _cross(a, b, start, end)]
        for share, is_left in sorted(met):
            at = trace.at(start + share * (end - start))
            hits.append(_Hit(Side.LEFT if is_left else Side.RIGHT, at))
    return hits


class _Trace:
    """A path in the plane of its own frame, cut into legs short enough to be straight there."""

    def __init__(self, path: Path) -> None:
        corners = lonlat(path.points)
        self.frame: Frame = frame_at(*middle(corners))
        self.xy: Floats = self.frame.to_plane(chop(corners, STEP_M))
        legs = shapely.linestrings(np.stack([self.xy[:-1], self.xy[1:]], axis=1))
        self._tree = shapely.STRtree(legs)

    def near(self, start: Floats, end: Floats) -> list[int]:
        """Give the legs whose boxes the straight way between two plane positions may touch."""
        return sorted(int(leg) for leg in self._tree.query(shapely.LineString([start, end])))

    def at(self, xy: Floats) -> Point:
        lon, lat = self.frame.to_lonlat(xy[None, :])[0]
        return Point(float(lon), float(lat))


@lru_cache(maxsize=64)
def _traced(path: Path) -> _Trace:
    return _Trace(path)


def _cross(a: Floats, b: Floats, p: Floats, q: Floats) -> bool:
    return _is_left(a, b, p) != _is_left(a, b, q) and _is_left(p, q, a) != _is_left(p, q, b)


def _is_left(a: Floats, b: Floats, p: Floats) -> bool:
    """Tell exactly whether `p` is left of, or on, the straight line from `a` to `b`.

    In fractions, since the sign of the determinant in floats is wrong on one place in three close to the line
    (docs/explanation/geometry.md, trap 4); only the few legs that a way may touch come here.
    """
    (ax, ay), (bx, by), (px, py) = (map(Fraction, map(float, place)) for place in (a, b, p))
    return (bx - ax) * (py - ay) - (by - ay) * (px - ax) >= 0


def _share(a: Floats, b: Floats, p: Floats, q: Floats) -> float:
    """Give the share of the way from `p` to `q` at which it meets the line through `a` and `b`."""
    leg, way = b - a, q - p
    down = way[0] * leg[1] - way[1] * leg[0]
    if down == 0.0:
        return 0.0
    return float(np.clip(((a - p)[0] * leg[1] - (a - p)[1] * leg[0]) / down, 0.0, 1.0))
