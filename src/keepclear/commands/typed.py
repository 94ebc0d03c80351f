"""Times, counts and places as an officer types them, read in one way for the page and the command line."""

from __future__ import annotations

import re

from keepclear.errors import Malformed
from keepclear.geo.positions import read_position
from keepclear.geo.shapes import Spot
from keepclear.model.words import Count, Dated, Place
from keepclear.times import Precision, Stamp, utc

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_COUNT = re.compile(
    r"(?P<bound>at least|more than|over|at most|up to|fewer than)?\s*"
    r"(?P<low>\d{1,9})(?:\s*(?:to|-)\s*(?P<high>\d{1,9}))?(?:\s+(?P<unit>[^\W\d].*))?",
    re.IGNORECASE,
)
_LOWER = ("at least", "more than", "over")


def stamp(typed: str, field: str = "") -> Stamp:
    """Read a time: an instant with its offset, or a day; "about" before it says that it is approximate.

    Raises:
        Malformed: it is none.
    """
    words = typed.strip()
    about = words.casefold().startswith("about ")
    words = words[6:].strip() if about else words
    try:
        if _DAY.fullmatch(words):
            return Stamp(utc(f"{words}T00:00:00Z"), precision=Precision.DAY, about=about)
        return Stamp(utc(words), about=about)
    except Malformed as error:
        raise Malformed(error.asked, error.rule, error.passes, field) from error


def count(typed: str, field: str = "count") -> Count:
    """Read a count: "20 vehicles", "10 to 20 people", "at least 100 killed"; other words stand as they are.

    A bound that was not given stays unknown; it is never taken for zero.

    Raises:
        Malformed: there are no words.
    """
    words = typed.strip()
    if not words:
        asks = '"20 vehicles", "10 to 20 people", "at least 100 killed", or the words as they were said'
        raise Malformed("a count without words", "count-empty", asks, field)
    found = _COUNT.fullmatch(words)
    if found is None:
        return Count(words=words)
    low, high, unit = int(found["low"]), int(found["high"] or found["low"]), found["unit"] or ""
    bound = (found["bound"] or "").casefold()
    if not bound:
        return Count(low=low, high=high, unit=unit)
    said = words.removesuffix(unit).strip()
    if bound in _LOWER:
        return Count(low=low, words=said, unit=unit)
    return Count(high=high, words=said, unit=unit)


def place(words: str, at: str, accuracy_m: float | None) -> Place | None:
    """Make a place of words, a position with its accuracy, or both; None where neither is given."""
    if not at:
        return Place(words=words) if words else None
    reading = read_position(at)
    within_m = reading.precision_m if accuracy_m is None else accuracy_m
    return Place(words=words, area=Spot(reading.point, within_m))


def dated(typed: str) -> Dated:
    """Read what follows: "words", or "words by 2099-04-01" with the day by which."""
    words, mark, by = typed.rpartition(" by ")
    if not mark or not by[:1].isdigit():
        return Dated(typed)
    return Dated(words, stamp(by))
