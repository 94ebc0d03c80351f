"""The rota: who has which role of the watch when, with its gaps and overlaps; who is on shift now."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

from keepclear.model.countersigning import Countersigned
from keepclear.model.handover import HandoverStated
from keepclear.model.shifts import ShiftStated
from keepclear.model.statements import Entry
from keepclear.model.words import PartyId, SubjectId
from keepclear.views.attribution import party_name
from keepclear.views.picture import Picture
from keepclear.views.watch_holder import named
from keepclear.views.wording import instant_words

OWN = "own"


class RotaRow(Struct, frozen=True):
    """One row of a party's rota: a "shift", or a "gap" or "overlap" between two of one role.

    `person` is who has it by the rota, `now_with` to whom handovers have moved it, since `since`; `state` is
    "coming", "on" or "over". A gap or overlap names the persons on both sides in `words`. `how` is "own"
    where the party itself told it, else "reported by" whoever noted it.
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
    since: datetime
    party: PartyId
    party_name: str
    how: str = OWN


def rotas(picture: Picture, now: datetime) -> list[RotaRow]:
    """List this party's rota, then what it knows of the others', each as it was told or noted."""
    others = {of(entry) for entry, _ in picture.history(ShiftStated)} - {picture.party}
    return [row for party in (picture.party, *sorted(others)) for row in rota_of(picture, party, now)]


def rota(picture: Picture, now: datetime) -> list[RotaRow]:
    """List the shifts of this party with the gaps and overlaps between them, by role and time."""
    return rota_of(picture, picture.party, now)


def rota_of(picture: Picture, party: PartyId, now: datetime) -> list[RotaRow]:
    """List the shifts of one party, as far as they have been told or noted here."""
    rows = [_row(picture, party, entry, body, now) for entry, body in _shifts(picture, party)]
    for role in {row.role for row in rows}:
        rows.extend(_between([row for row in rows if row.what == "shift" and row.role == role], now))
    return sorted(rows, key=lambda row: (row.role, row.start, row.what, row.person))


def of(entry: Entry) -> PartyId:
    """Give whose shift a statement names: the party whose words it reports, else its author's."""
    spoken = entry.statement.said_by
    return entry.statement.author.party if spoken is None or spoken.party is None else spoken.party


def on_shift(rows: Sequence[RotaRow], role: str, at: datetime) -> tuple[RotaRow, ...]:
    """Give who has a role of the watch at an instant: nobody in a gap, several in an overlap."""
    return tuple(row for row in rows if (row.what, row.role) == ("shift", role) and row.start <= at < row.end)


def _shifts(picture: Picture, party: PartyId) -> list[tuple[Entry, ShiftStated]]:
    """Give a party's shifts by its own word, and what this party noted of them; no third party's word."""
    found = [
        (text.entry, body)
        for _, text, body in picture.each(ShiftStated)
        if of(text.entry) == party and text.statement.author.party in (party, picture.party)
    ]
    return sorted(found, key=lambda item: (item[1].start, item[1].end, item[0].statement.subject))


def _row(picture: Picture, party: PartyId, entry: Entry, body: ShiftStated, now: datetime) -> RotaRow:
    person, since = (
        _moved(picture, body) if party == picture.party else (named(picture, body.person), body.start)
    )
    rostered, author = named(picture, body.person), entry.statement.author.party
    return RotaRow(
        what="shift", role=body.role, person=rostered, now_with=person, start=body.start, end=body.end,
        station=body.station, state=_state(body.start, body.end, now),
        words="" if person == rostered else f"handed over by {rostered}",
        subject=entry.statement.subject, since=since, party=party, party_name=party_name(picture, party),
        how=OWN if author == party else f"reported by {party_name(picture, author)}",
    )  # fmt: skip


def _moved(picture: Picture, body: ShiftStated) -> tuple[str, datetime]:
    """Follow the handovers taken over within a shift, from the person of the rota on; and since when."""
    person, since = named(picture, body.person), body.start
    for at, stated in sorted(_taken(picture), key=lambda item: item[0]):
        if body.start <= at < body.end and _name(picture, stated.outgoing) == person.casefold():
            person, since = named(picture, stated.incoming), at
    return person, since


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
            yield _finding("gap", shift, last.end, shift.start, words, now)
        elif last is not None and shift.start < last.end:
            words = f"{last.person} and {shift.person} both, from {instant_words(shift.start)}"
            yield _finding("overlap", shift, shift.start, min(last.end, shift.end), words, now)
        last = shift if last is None or shift.end >= last.end else last


def _finding(what: str, of_: RotaRow, start: datetime, end: datetime, words: str, now: datetime) -> RotaRow:
    return replace(
        of_, what=what, person="", now_with="", start=start, end=end, station="",
        state=_state(start, end, now), words=words, subject=None, since=start,
    )  # fmt: skip


def _state(start: datetime, end: datetime, now: datetime) -> str:
    return "coming" if now < start else "on" if now < end else "over"
