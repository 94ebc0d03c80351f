"""Where a place lies as to the measures that a party knows: inside, outside, on which bank, or undetermined.

Every answer carries its tolerance and accuracy, and its distance where one is told (views/ranging.py).
Tests stand in the order of the measures' names: nothing is ordered by distance, and a measure is tested
because it is named or because the place lies in its neighbourhood, never to find what is nearest.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
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
    Corridor,
    Inside,
    Path,
    Point,
    clipped_contains,
    metres_said,
)
from keepclear.model.measures import MeasureStated
from keepclear.model.statements import Statement
from keepclear.model.words import Place, SubjectId
from keepclear.times import Window
from keepclear.views.attribution import Named, named
from keepclear.views.picture import Picture

NEIGHBOURHOOD_M = 100_000.0
OUT_OF_REACH = "out of reach"
UNDETERMINED = "undetermined"
INSIDE = "inside"
_INSIDE = {Inside.YES: INSIDE, Inside.NO: "outside", Inside.UNDETERMINED: UNDETERMINED}


class SideTest(Struct, frozen=True):
    """Where a place lies as to one measure: inside, outside or undetermined; or on which bank.

    `answer` is "inside", "outside", the bank's name, "undetermined" or "out of reach". `words` reads aloud
    with distance and tolerance. `distance_m` is to the edge, from whichever side, and None where no distance
    is told.
    """

    measure: Named
    answer: str
    distance_m: float | None
    tolerance_m: float | None
    accuracy_m: float | None
    words: str


class Known(Struct, frozen=True):
    """A measure against which places can be tested: the text that counts, and a disc that holds its shape.

    `since` and `until` say when it stood: as its author states, else from when it was first stated.
    """

    measure: Named
    since: datetime
    until: datetime | None
    body: MeasureStated
    shape: Area | Path
    around: Disc
    note: str


def known_measures(picture: Picture) -> list[Known]:
    """Give the measures against which places are tested, by name.

    A measure that was taken back is not among them; one that is only proposed is, and its tests say so. One
    that was told exactly and later in a coarser form is there twice (see `Picture.counting`).
    """
    found = []
    for subject, _, _ in picture.each(MeasureStated):
        note = "" if picture.operative(subject) is not None else " (proposed, not agreed)"
        for number, text in enumerate(picture.counting(subject)):
            body = text.statement.body
            body = picture.whole(body) if isinstance(body, MeasureStated) else body
            if isinstance(body, MeasureStated) and body.shape is not None:
                since, until = _stood(picture, subject, text.statement)
                form = "" if number == 0 else f" ({text.statement.form.value} form, told later)"
                known = Known(
                    named(picture, subject), since, until, body, body.shape, _around(body.shape), note + form
                )
                found.append(known)
    return sorted(found, key=lambda known: (known.measure.name, known.measure.subject))


def _stood(picture: Picture, subject: SubjectId, text: Statement) -> tuple[datetime, datetime | None]:
    first = picture.standing(subject)[0].statement
    stated = first.stated_at if first.said_at is None else min(first.stated_at, first.said_at.at)
    if text.valid is None:
        return stated, None
    return text.valid.start or stated, text.valid.end


@lru_cache(maxsize=8_192)  # fewer than a desk's measures, and none would be found again
def _around(shape: Area | Path) -> Disc:
    return disc_around(Corridor(shape.points, 1.0) if isinstance(shape, Path) else shape)


def side_tests(
    known: Iterable[Known],
    place: Place | None,
    at: Window,
    about: Iterable[SubjectId] = (),
    unranged: Collection[SubjectId] = (),
) -> tuple[SideTest, ...]:
    """Test a place against the measures named in `about`, and against those in whose neighbourhood it lies.

    Of the latter only those count that stood at the time of the matter: what was agreed afterwards says
    nothing of it. A place without an area, or one that is withheld, has no test. As to the measures in
    `unranged` only the answer is told, without a distance.
    """
    if place is None or place.area is None or place.withheld:
        return ()
    wanted = set(about)
    spot = disc_around(place.area)
    found = []
    for measure in known:
        is_named = measure.measure.subject in wanted
        if is_named or (_stood_at(measure, at) and _apart_m(measure.around, spot) <= NEIGHBOURHOOD_M):
            test = _tested(measure, spot)
            if is_named or _is_near(test):
                found.append(_unranged(measure, test) if measure.measure.subject in unranged else test)
    return tuple(found)


def _unranged(known: Known, test: SideTest) -> SideTest:
    words = (
        f"{known.measure.name}{known.note}: {test.answer}; no distance is told from a measure of this sort"
    )
    return SideTest(test.measure, test.answer, None, test.tolerance_m, test.accuracy_m, words)


def _stood_at(known: Known, at: Window) -> bool:
    return Window(known.since, known.until).meet(at) is not None


def _apart_m(a: Disc, b: Disc) -> float:
    return distance_m(a.center, b.center) - a.radius_m - b.radius_m


def _is_near(test: SideTest) -> bool:
    if test.answer == OUT_OF_REACH:
        return False
    return test.answer == INSIDE or (test.distance_m or 0.0) <= NEIGHBOURHOOD_M


def _tested(known: Known, spot: Disc) -> SideTest:
    if isinstance(known.shape, Path):
        return _bank_test(known, known.shape, spot)
    return _area_test(known, known.shape, spot)


def _area_test(known: Known, area: Area, spot: Disc) -> SideTest:
    measure, body, note = known.measure, known.body, known.note
    tolerance_m = body.tolerance_m or 0.0
    found = _contained(area, body.clips, spot.center, spot.radius_m, tolerance_m)
    answer = _INSIDE[found.answer]
    way = "from"
    if answer == UNDETERMINED:
        way = "inside" if found.distance_m <= 0 else "outside"
    edge = "the limit where it is cut off" if found.clipped else "its edge"
    words = (
        f"{measure.name}{note}: {answer}, {metres_said(abs(found.distance_m))} {way} {edge}"
        f" ({_margins(spot.radius_m, body.tolerance_m, 'edge')})"
    )
    return SideTest(measure, answer, abs(found.distance_m), body.tolerance_m, spot.radius_m, words)


def _bank_test(known: Known, path: Path, spot: Disc) -> SideTest:
    measure, body, note = known.measure, known.body, known.note
    margins = _margins(spot.radius_m, body.tolerance_m, "boundary")
    away_m = _away_m(path, spot.center)
    answer = _bank_name(body, path, spot)
    away = f"{metres_said(away_m)} from it ({margins})"
    if answer == OUT_OF_REACH:
        answer_words = "out of reach, where a side has no meaning"
    elif answer == UNDETERMINED:
        answer_words = "undetermined, on which side cannot be told"
    else:
        answer_words = answer
    words = f"{measure.name}{note}: {answer_words}, {away}"
    return SideTest(measure, answer, away_m, body.tolerance_m, spot.radius_m, words)


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
def _away_m(path: Path, point: Point) -> float:
    return nearest_on_path(path, point).distance_m


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
    return _apart_m(disc_around(area), disc_around(other)) <= reach_m
