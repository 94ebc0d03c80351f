"""Two forms of one place, compared: what was read, how far apart they lie, and which reading would agree.

A slip in one form is found by the other. The Kunduz pair typed as decimals would have moved the hospital by
44.6 km (docs/explanation/geometry.md).
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

from msgspec import Struct

from keepclear.errors import KeepclearError
from keepclear.geo.figures import Point
from keepclear.geo.geodesy import bearing_deg, distance_m
from keepclear.geo.positions import Reading, read_position, rereadings, spoken, written
from keepclear.geo.shapes import metres_said


class FormRead(Struct, frozen=True):
    """One form as it was typed and as it was read; `fault` says why it could not be, and then nothing is."""

    typed: str
    form: str = ""
    point: Point | None = None
    written: str = ""
    spoken: str = ""
    notes: tuple[str, ...] = ()
    fault: str = ""


class FormsCompared(Struct, frozen=True):
    """What comes of comparing the forms of one place.

    `gap_m` is the largest distance between two of them, `bearing_deg` from the first of those two to the
    second, `allowed_m` what their last digits excuse. `agree` tells whether all forms were read and agree.
    `point` is the sharpest reading of forms that agree. `words` can be read aloud; `would_agree` names the
    reading that would.
    """

    forms: tuple[FormRead, ...]
    gap_m: float | None
    bearing_deg: float | None
    allowed_m: float | None
    agree: bool
    point: Point | None
    words: str
    would_agree: str = ""


def compare(typed: Sequence[str]) -> FormsCompared:
    """Compare the forms in which one place was typed; refuses nothing, so that a slip can be shown.

    Args:
        typed: two forms or more.
    """
    read = [_read(words) for words in typed]
    forms = tuple(shown for shown, _ in read)
    readings = [reading for _, reading in read]
    faults = [f"form {n} could not be read: {form.fault}" for n, form in enumerate(forms, 1) if form.fault]
    known = [(n, reading) for n, reading in enumerate(readings, 1) if reading is not None]
    if faults or len(known) < 2:
        words = "; ".join(faults) or "one form alone cannot be compared"
        return FormsCompared(forms, None, None, None, False, None, words)
    (first, a), (second, b) = max(combinations(known, 2), key=_excess)
    gap_m, allowed_m = distance_m(a.point, b.point), _allowed_m(a, b)
    bearing = bearing_deg(a.point, b.point)
    if gap_m <= allowed_m:
        sharpest = min((reading for _, reading in known), key=lambda reading: reading.precision_m)
        words = f"the forms agree to {metres_said(gap_m)} (their last digits excuse {metres_said(allowed_m)})"
        return FormsCompared(forms, gap_m, bearing, allowed_m, True, sharpest.point, words)
    apart = f"form {second}, read as {b.form.value}, is {metres_said(gap_m)} away from form {first}"
    hint = _would_agree(first, a, second, b) or _would_agree(second, b, first, a)
    words = f"{apart}; {hint}" if hint else f"{apart}, and no other reading of either agrees"
    return FormsCompared(forms, gap_m, bearing, allowed_m, False, None, words, hint)


def _read(typed: str) -> tuple[FormRead, Reading | None]:
    try:
        reading = read_position(typed)
    except KeepclearError as error:
        return FormRead(typed, fault=str(error)), None
    point = reading.point
    shown = FormRead(typed, reading.form.value, point, written(point), spoken(point), reading.notes)
    return shown, reading


def _allowed_m(a: Reading, b: Reading) -> float:
    return 1.5 * (a.precision_m + b.precision_m) + 5.0


def _excess(pair: tuple[tuple[int, Reading], tuple[int, Reading]]) -> float:
    (_, a), (_, b) = pair
    return distance_m(a.point, b.point) - _allowed_m(a, b)


def _would_agree(kept: int, a: Reading, other: int, b: Reading) -> str:
    """Name the reading of one form that agrees with another; "" where none does."""
    for point, form in rereadings(b):
        gap_m = distance_m(a.point, point)
        if gap_m <= _allowed_m(a, b):
            return f"form {other} read as {form.value}, {written(point)}, would agree with form {kept}"
    return ""
