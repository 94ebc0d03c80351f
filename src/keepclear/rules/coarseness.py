"""How exactly a body tells a place or a number, and what a coarser form of it must be."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

from msgspec import Struct

from keepclear.errors import LimitRefused, Refused
from keepclear.geo.enclosing import encloses
from keepclear.geo.extents import MIN_MEASURE_RADIUS_M, is_marker
from keepclear.geo.shapes import Area, Circle, Path, Spot, area_km2
from keepclear.model.incidents import Course
from keepclear.model.measures import MeasureKind, MeasureStated
from keepclear.model.notices import BuildUpStated, Observed, PresenceStated
from keepclear.model.statements import Statement
from keepclear.model.words import Count, Form
from keepclear.rules.permissive import REMEMBERED, is_made_by_machine, strings

MIN_CELL_M = 1_000.0
MIN_CELL_KM2 = 1.0
COARSENESS = {Form.EXACT: 0, Form.COVERING: 1, Form.CONFLICT_ONLY: 2}
# Coordinates to better than about a kilometre: degrees with three decimals in pairs, or with a hemisphere;
# minutes with seconds or decimals; grid references of six figures and more, of eight without their zone;
# plus codes and three-word addresses.
_COORDINATES = re.compile(
    r"\d{1,3}[.٫]\d{3,}\D{1,12}?\d{1,3}[.٫]\d{3,}"
    r"|\d{1,3},\d{4,}\D{1,12}?\d{1,3},\d{4,}"
    r"|\d{1,3}([.٫]|\s(?:point|dot|точка)\s|,(?=\d{4}))\d{3,}\s*[°º]?\s*(deg(rees)?\s*)?"
    r"(north|south|east|west|северн|южн|восточн|западн|(?<=\d{4})\s?[NSEW]\b)"
    r"|\b(lat|lon|latitude|longitude|широта|долгота)\b\W{0,4}\d{1,3}[.,٫]\d{3,}"
    r"|\d{1,3}\s*[°º]\s*\d{1,2}\s*['’′´]\s*\d"
    r"|\d{1,3}\s*[°º]\s*\d{1,2}[.,٫]\d+"
    r"|\d{1,3}\s*(?:deg|градус)\w*\W*\d{1,2}(?:[.,٫]\d+|\s*мин\w*\W*\d|\s*min\w*\W*\d)"
    r"|\b\d{1,3}\s+\d{1,2}(\s+\d{1,2}([.,]\d+)?|[.,]\d+)\s*['\"′″]*\s*[NSEW]\b"
    r"|\b[NSEW]\s*\d{1,3}\s+\d{1,2}(\s+\d{1,2}|[.,]\d+)\b"
    r"|\b\d{5,6}(\.\d+)?\s?[NSns]\b\W{0,3}\d{6,7}(\.\d+)?\s?[EWew]\b"
    r"|\b\d{1,2}[\s-]?[C-HJ-NP-Xc-hj-np-x][\s-]?[A-HJ-NP-Za-hj-np-z]{2}[\s-]?(\d{3,5}[\s-]?\d{3,5})\b"
    r"|\b[A-HJ-NP-Z]{2}[\s-]?(\d{4}[\s-]\d{4}|\d{5}[\s-]?\d{5})\b"
    r"|\b\d{1,2}\s?[C-HJ-NP-X]\s+\d{6}\D{1,4}\d{7}\b"
    r"|\b[2-9CFGHJMPQRVWX]{8}\+[2-9CFGHJMPQRVWX]{2,}"
    r"|///\w+\.\w+\.\w+"
)
_MAY_TELL = re.compile(r"\d\D*\d\D*\d|[+/]")
"""Each form of coordinates has three figures, a plus sign or a slash; most words have none of these."""

# A position of any precision: two coordinates with their hemispheres, in figures, or an angle with its sign.
_NUMBER_OF = r"\d{1,3}(?:[.,٫]\d+)?\s*°?\s*"
_N_S, _E_W = r"(?:[NS]|north|south)\b", r"(?:[EW]|east|west)\b"
_POSITION = re.compile(
    rf"\b{_NUMBER_OF}{_N_S}\W{{0,4}}{_NUMBER_OF}{_E_W}"
    rf"|\b{_NUMBER_OF}{_E_W}\W{{0,4}}{_NUMBER_OF}{_N_S}"
    r"|\b[NS]\s?\d{1,3}(?:[.,٫]\d+)?\W{1,4}[EW]\s?\d{1,3}"
    r"|\d\s*[°º]",
    re.IGNORECASE,
)

_FREQUENCY = re.compile(r"\b\d{1,3}\.\d{1,3}\s?[MkK][Hh]z\b")
_NUMBER = re.compile(r"\d+(?:[.,\s]\d{3})*")
_BOUND = re.compile(
    r"[<>≤≥~≈+]|\b(over|more|less|fewer|under|above|below|least|most|about|around|approximately|roughly|some|"
    r"up to|nearly|almost|circa|ca|dozens|hundreds|or so)\b",
    re.IGNORECASE,
)


def areas(value: object, at: str = "body") -> Iterator[tuple[str, Area]]:
    """Go through the areas that a body tells, however deep, each with the field in which it stands."""
    if isinstance(value, Area):
        yield at, value
    elif isinstance(value, Struct) and not isinstance(value, Path):
        for field in value.__struct_fields__:
            yield from areas(getattr(value, field), f"{at}.{field}")
    elif isinstance(value, tuple):
        for number, item in enumerate(value):
            yield from areas(item, f"{at}[{number}]")


def is_fine(area: Area) -> bool:
    """Tell whether an area is too small to be a cell in which others are."""
    if isinstance(area, Circle):
        return area.radius_m < MIN_CELL_M
    if isinstance(area, Spot):
        return area.accuracy_m < MIN_CELL_M
    return area_km2(area) < MIN_CELL_KM2


@lru_cache(maxsize=REMEMBERED)
def tells_coordinates(words: str) -> bool:
    """Tell whether words give coordinates to better than a cell."""
    # In a digest or an id no form fits: all need a border or a sign sooner than these end.
    if _MAY_TELL.search(words) is None or is_made_by_machine(words):
        return False
    visible = words.isascii()
    inked = words if visible else "".join(sign for sign in words if unicodedata.category(sign) != "Cf")
    return _COORDINATES.search(_FREQUENCY.sub(" ", inked)) is not None


def tells_a_position(words: str) -> bool:
    """Tell whether words give coordinates at all, however coarse: of a protected site none are told (LIM-06).

    Two coarse words of one place, or a coarse one beside its area, tell more than either.
    """
    inked = "".join(sign for sign in words if unicodedata.category(sign) != "Cf")
    return tells_coordinates(words) or _POSITION.search(inked) is not None


def is_bare_number(count: Count) -> bool:
    """Tell whether a count tells one number rather than a band, in figures or in its words."""
    if count.is_exact:
        return True
    numbers = _NUMBER.findall(count.words)
    return len(numbers) == 1 and _BOUND.search(count.words) is None


def need_coarse_places(body: Struct, what: str, limit: str = "LIM-08") -> None:
    """Refuse a body that tells a place to better than a cell, as an area or in words.

    Raises:
        LimitRefused: which place is too exact.
    """
    for at, area in areas(body):
        if is_fine(area):
            raise LimitRefused(
                f"{what} told to within {_said(area)}",
                limit,
                f"a circle of {MIN_CELL_M:.0f} m, or a cell or belt of {MIN_CELL_KM2:.0f} km², at least",
                at,
            )
    need_no_coordinates(body, what, limit)


def need_coarse_course(course: Course, what: str) -> None:
    """Refuse a course of others' things that gives a place to better than a cell.

    Raises:
        LimitRefused: which place is too exact.
    """
    for number, place in enumerate(course.places):
        if place.where.minor_m < MIN_CELL_M:
            raise LimitRefused(
                f"{what} told to within {place.where.minor_m:.0f} m",
                "LIM-08",
                f"ellipses with half-axes of {MIN_CELL_M:.0f} m at least",
                f"body.course.places[{number}].where",
            )


def need_no_coordinates(body: Struct, what: str, limit: str = "LIM-08") -> None:
    """Refuse a body whose words give coordinates to better than a cell.

    Raises:
        LimitRefused: which words do.
    """
    for field, words in strings(body, "body"):
        if tells_coordinates(words):
            raise LimitRefused(
                f"{what} told by coordinates in words",
                limit,
                "a cell or belt, or the place by name",
                field,
            )


def need_extent(body: MeasureStated) -> None:
    """Refuse a measure so small that it marks a thing: a protected site is one, a zone or ring is none.

    Raises:
        LimitRefused: its shape is smaller than a circle of 100 m.
    """
    if body.measure == MeasureKind.PROTECTED_SITE or body.shape is None or not is_marker(body.shape):
        return
    raise LimitRefused(
        f"a {body.measure} so small that it marks a thing and keeps nobody apart",
        "LIM-08",
        f"a circle of {MIN_MEASURE_RADIUS_M:.0f} m or an area as large, at least; what is protected "
        "there is a protected site, and a post of a monitor stands in `posts`",
        "body.shape",
    )


def need_bands(body: Struct, what: str) -> None:
    """Refuse a body that tells how many to the man (LIM-08).

    Raises:
        LimitRefused: which count does.
    """
    for at, count in _counts(body):
        if is_bare_number(count):
            raise LimitRefused(
                f"{what} told as the exact number {count.shown()}", "LIM-08", "a band, low and high", at
            )


def need_coarser(statement: Statement, exact: Statement) -> None:
    """Refuse a coarse form that tells as much as the exact one, or that does not cover it.

    Raises:
        Refused: why it is not coarser.
    """
    outer = [area for _, area in areas(statement.body)]
    passes = "an area that holds all of the exact one and is larger, or none"
    if statement.body == exact.body:
        raise Refused(f"the exact text as its {statement.form} form", "form-coarser", passes, "body")
    if not outer:
        return
    for _, inner in areas(exact.body):
        holding = [area for area in outer if encloses(area, inner)]
        if not holding:
            raise Refused(
                f"a {statement.form} form that does not cover the exact one", "form-coarser", passes, "body"
            )
        if any(encloses(inner, area) for area in holding):
            raise Refused(
                f"a {statement.form} form no coarser than the exact one", "form-coarser", passes, "body"
            )


def covers(coarse: Statement, exact: Statement) -> bool:
    """Tell whether a coarse form still holds every place of the exact one; one without areas always does."""
    outer = [area for _, area in areas(coarse.body)]
    return not outer or all(any(encloses(area, inner) for area in outer) for _, inner in areas(exact.body))


def _counts(body: Struct) -> Iterator[tuple[str, Count]]:
    match body:
        case BuildUpStated():
            yield from ((f"body.series[{n}].count", band.count) for n, band in enumerate(body.series))
        case Observed(count=Count() as count):
            yield "body.count", count
        case PresenceStated(strength=Count() as count):
            yield "body.strength", count


def _said(area: Area) -> str:
    if isinstance(area, Circle):
        return f"{area.radius_m:.0f} m"
    return f"{area.accuracy_m:.0f} m" if isinstance(area, Spot) else f"{area_km2(area):.3f} km²"
