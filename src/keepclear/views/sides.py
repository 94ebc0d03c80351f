"""Where a place lies as to the measures that a party knows: inside, outside, on which bank, or undetermined.

Every answer carries its distance, tolerance and accuracy. Tests stand in the order of the measures' names:
nothing is ordered by distance, and a measure is tested because it is named or because the place lies in its
neighbourhood, never to find what is nearest.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from msgspec import Struct

from keepclear.errors import Malformed
from keepclear.geo.boundaries import Bank, BankAnswer, OutOfReach, bank
from keepclear.geo.frames import MAX_EXTENT_M
from keepclear.geo.geodesy import distance_m, nearest_on_path
from keepclear.geo.outlines import Disc, disc_around
from keepclear.geo.shapes import (
    Area,
    Clip,
    Containment,
    Inside,
    Path,
    Point,
    clipped_contains,
    metres_said,
)
from keepclear.model.measures import MeasureStated
from keepclear.model.words import Place, SubjectId
from keepclear.views.attribution import Named, named
from keepclear.views.picture import Picture

NEIGHBOURHOOD_M = 100_000.0
OUT_OF_REACH = "out of reach"
UNDETERMINED = "undetermined"
_INSIDE = {Inside.YES: "inside", Inside.NO: "outside", Inside.UNDETERMINED: UNDETERMINED}


class SideTest(Struct, frozen=True):
    """Where a place lies as to one measure: inside, outside or undetermined; or on which bank.

    `answer` is "inside", "outside", the bank's name, "undetermined" or "out of reach". `words` reads aloud
    with distance and tolerance. `distance_m` is to the edge, from whichever side.
    """

    measure: Named
    answer: str
    distance_m: float | None
    tolerance_m: float | None
    accuracy_m: float | None
    words: str


def side_tests(
    picture: Picture, place: Place | None, about: Iterable[SubjectId] = ()
) -> tuple[SideTest, ...]:
    """Test a place against the measures named in `about` and against those in whose neighbourhood it lies.

    A place without an area, or one that is withheld, has no test. A measure that was taken back is not
    tested; one that is only proposed is, and the words say so.
    """
    if place is None or place.area is None or place.withheld:
        return ()
    wanted = set(about)
    spot = disc_around(place.area)
    found = []
    for subject, _, latest in picture.each(MeasureStated):
        binding = picture.operative(subject)
        body = latest if binding is None else binding.statement.body
        if not isinstance(body, MeasureStated) or body.shape is None:
            continue
        note = "" if binding is not None else " (proposed, not agreed)"
        test = _tested(picture, subject, body, spot, note)
        near = test.answer != OUT_OF_REACH and (test.distance_m or 0.0) <= NEIGHBOURHOOD_M
        if near or subject in wanted:
            found.append(test)
    return tuple(sorted(found, key=lambda test: (test.measure.name, test.measure.subject)))


def _tested(picture: Picture, subject: SubjectId, body: MeasureStated, spot: Disc, note: str) -> SideTest:
    measure = named(picture, subject)
    if isinstance(body.shape, Path):
        return _bank_test(measure, body, body.shape, spot, note)
    return _area_test(measure, body, spot, note)


def _area_test(measure: Named, body: MeasureStated, spot: Disc, note: str) -> SideTest:
    assert isinstance(body.shape, Area)  # noqa: S101 - narrows the type; `_tested` sends paths elsewhere
    tolerance_m = body.tolerance_m or 0.0
    found = _contained(body.shape, body.clips, spot.center, spot.radius_m, tolerance_m)
    answer = _INSIDE[found.answer]
    way = "inside" if found.distance_m <= 0 else "outside"
    edge = "the limit where it is cut off" if found.clipped else "its edge"
    words = (
        f"{answer}: {measure.name}{note}, {metres_said(abs(found.distance_m))} {way} {edge}"
        f" ({_margins(spot.radius_m, body.tolerance_m, 'edge')})"
    )
    return SideTest(measure, answer, abs(found.distance_m), body.tolerance_m, spot.radius_m, words)


def _bank_test(measure: Named, body: MeasureStated, path: Path, spot: Disc, note: str) -> SideTest:
    margins = _margins(spot.radius_m, body.tolerance_m, "boundary")
    away_m = nearest_on_path(path, spot.center).distance_m
    answer = _bank_name(body, path, spot)
    away = f"{metres_said(away_m)} from it ({margins})"
    if answer == OUT_OF_REACH:
        words = f"out of reach of {measure.name}{note}, where a side has no meaning: {away}"
    elif answer == UNDETERMINED:
        words = f"undetermined: on which side of {measure.name}{note} cannot be told, {away}"
    else:
        words = f"{_on(answer)} of {measure.name}{note}: {away}"
    return SideTest(measure, answer, away_m, body.tolerance_m, spot.radius_m, words)


def _on(side: str) -> str:
    return f"on the {side}" if "bank" in side or "side" in side else side


def _margins(accuracy_m: float, tolerance_m: float | None, what: str) -> str:
    tolerance = "not stated" if tolerance_m is None else metres_said(tolerance_m)
    return f"position good to {metres_said(accuracy_m)}, tolerance of the {what} {tolerance}"


def _bank_name(body: MeasureStated, path: Path, spot: Disc) -> str:
    """Name the bank by the words that the boundary's author gave its sides."""
    found = _on_bank(path, body.tolerance_m or 0.0, body.reach_m or MAX_EXTENT_M, spot.center, spot.radius_m)
    if isinstance(found, str):
        return found
    if found.bank is Bank.UNDETERMINED:
        return UNDETERMINED
    left = found.bank is Bank.LEFT
    if body.banks is None:
        return "left side" if left else "right side"
    return body.banks.left_name if left else body.banks.right_name


@lru_cache(maxsize=8192)
def _contained(
    area: Area, clips: tuple[Clip, ...], point: Point, accuracy_m: float, tolerance_m: float
) -> Containment:
    return clipped_contains(area, clips, point, accuracy_m, tolerance_m)


@lru_cache(maxsize=8192)
def _on_bank(
    path: Path, tolerance_m: float, reach_m: float, point: Point, accuracy_m: float
) -> BankAnswer | str:
    try:
        return bank(path, tolerance_m, reach_m, point, accuracy_m)
    except OutOfReach:
        return OUT_OF_REACH
    except Malformed:
        # A boundary that crosses itself, or whose reach lies within its tolerance, has no sides to tell.
        return UNDETERMINED


def accuracy_m(place: Place) -> float | None:
    """Give how far from its middle a place may reach, or None where it has no area or is withheld."""
    if place.area is None or place.withheld:
        return None
    return disc_around(place.area).radius_m


def within(area: Area, other: Area, reach_m: float) -> bool:
    """Tell whether two areas may lie within a distance of one another, each taken with all its inaccuracy."""
    a, b = disc_around(area), disc_around(other)
    return distance_m(a.center, b.center) - a.radius_m - b.radius_m <= reach_m
