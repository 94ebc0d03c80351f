"""The rota: who has which role of the watch when, with its gaps and overlaps; who is on shift now."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from msgspec import Struct

from keepclear.model.countersigning import Countersigned
from keepclear.model.handover import HandoverStated
from keepclear.model.shifts import ShiftStated
from keepclear.model.words import SubjectId
from keepclear.views.picture import Picture
from keepclear.views.watch_holder import named
from keepclear.views.wording import instant_words


class RotaRow(Struct, frozen=True):
    """One row of the rota: a "shift", or a "gap" or "overlap" between two of one role.

    `person` is who has it by the rota, `now_with` to whom handovers have moved it; `state` is "coming",
    "on" or "over". A gap or overlap names the persons on both sides in `words`.
    """

    what: str
    role: str
    person: str
    now_with: str
    start: datetime
    end: datetime
    station: str
    state: str
    words: str
    subject: SubjectId | None


def rota(picture: Picture, now: datetime) -> list[RotaRow]:
    """List the shifts of this party with the gaps and overlaps between them, by role and time."""
    shifts = _shifts(picture)
    rows = [_row(picture, subject, body, now) for subject, body in shifts]
    for role in {body.role for _, body in shifts}:
        rows.extend(_between([row for row in rows if row.what == "shift" and row.role == role], now))
    return sorted(rows, key=lambda row: (row.role, row.start, row.what, row.person))


def on_shift(rows: Sequence[RotaRow], role: str, at: datetime) -> tuple[RotaRow, ...]:
    """Give who has a role of the watch at an instant: nobody in a gap, several in an overlap."""
    return tuple(row for row in rows if (row.what, row.role) == ("shift", role) and row.start <= at < row.end)


def _shifts(picture: Picture) -> list[tuple[SubjectId, ShiftStated]]:
    own = [
        (subject, body)
        for subject, text, body in picture.each(ShiftStated)
        if text.statement.author.party == picture.party
    ]
    return sorted(own, key=lambda item: (item[1].start, item[1].end, item[0]))


def _row(picture: Picture, subject: SubjectId, body: ShiftStated, now: datetime) -> RotaRow:
    person = _moved(picture, body)
    rostered = named(picture, body.person)
    words = "" if person == rostered else f"handed over by {rostered}"
    return RotaRow(
        "shift", body.role, rostered, person, body.start, body.end, body.station,
        _state(body.start, body.end, now), words, subject,
    )  # fmt: skip


def _moved(picture: Picture, body: ShiftStated) -> str:
    """Follow the handovers taken over within a shift, from the person of the rota on."""
    person = named(picture, body.person)
    for at, stated in sorted(_taken(picture), key=lambda item: item[0]):
        if body.start <= at < body.end and _name(picture, stated.outgoing) == person.casefold():
            person = named(picture, stated.incoming)
    return person


def _taken(picture: Picture) -> Iterator[tuple[datetime, HandoverStated]]:
    for entry, body in picture.history(HandoverStated):
        for signed, _ in picture.about(entry.statement.id, Countersigned):
            yield signed.statement.stated_at, body


def _name(picture: Picture, salted_hash: str) -> str:
    """Give a name as it is compared; an erased one is nobody's."""
    return (picture.names(salted_hash) or "").casefold()


def _between(shifts: list[RotaRow], now: datetime) -> Iterator[RotaRow]:
    """Give the gaps and overlaps of one role, whose shifts come in order of their start."""
    last: RotaRow | None = None
    for shift in shifts:
        if last is not None and shift.start > last.end:
            words = f"nobody between {last.person} and {shift.person}, from {instant_words(last.end)}"
            yield _finding("gap", shift.role, last.end, shift.start, words, now)
        elif last is not None and shift.start < last.end:
            words = f"{last.person} and {shift.person} both, from {instant_words(shift.start)}"
            yield _finding("overlap", shift.role, shift.start, min(last.end, shift.end), words, now)
        last = shift if last is None or shift.end >= last.end else last


def _finding(what: str, role: str, start: datetime, end: datetime, words: str, now: datetime) -> RotaRow:
    return RotaRow(what, role, "", "", start, end, "", _state(start, end, now), words, None)


def _state(start: datetime, end: datetime, now: datetime) -> str:
    return "coming" if now < start else "on" if now < end else "over"
