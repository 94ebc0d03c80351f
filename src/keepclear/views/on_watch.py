"""Who holds the watch now, by name, at this end of a hotline and at the other; as far as it is known.

That nobody is on shift and that it is not known are two things: a rota says nothing of times that it does not
reach, and a party that has told no rota has not said that nobody is there.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct

from keepclear.model.words import PartyId
from keepclear.views.attribution import party_name
from keepclear.views.picture import Picture
from keepclear.views.shifts import OWN, RotaRow, rota_of
from keepclear.views.wording import instant_words

ON_SHIFT, NOBODY, NOT_KNOWN = "on shift", "nobody is on shift", "not known"


class WatchPerson(Struct, frozen=True):
    """One named person on shift; `how` is "own" by the party's own word, else "reported by" who noted it."""

    name: str
    role: str
    station: str
    since: datetime
    until: datetime
    how: str


class WatchState(Struct, frozen=True):
    """Who is on shift for a party now: "on shift" with persons, "nobody is on shift", or "not known".

    A name that was erased, or did not come along, is shown as not held. Nothing here says that anybody
    would answer.
    """

    party: PartyId
    state: str
    persons: tuple[WatchPerson, ...]
    words: str


def watch_of(picture: Picture, party: PartyId, now: datetime, end_role: str = "") -> WatchState:
    """Tell who holds a party's watch now: in a role, where its rota has that one, else in any."""
    rows = [row for row in rota_of(picture, party, now) if row.what == "shift"]
    same = _in_role(rows, end_role)
    return _state(picture, party, same or rows, now)


def watch_in_role(picture: Picture, party: PartyId, role: str, now: datetime) -> WatchState:
    """Tell who of a party has one role of the watch now."""
    rows = [row for row in rota_of(picture, party, now) if row.what == "shift"]
    return _state(picture, party, _in_role(rows, role), now)


def _in_role(rows: Sequence[RotaRow], role: str) -> list[RotaRow]:
    return [row for row in rows if row.role.casefold() == role.casefold()]


def _state(picture: Picture, party: PartyId, rows: Sequence[RotaRow], now: datetime) -> WatchState:
    there = tuple(
        WatchPerson(row.now_with, row.role, row.station, row.since, row.end, row.how)
        for row in rows
        if row.state == "on"
    )
    if there:
        return WatchState(party, ON_SHIFT, there, "; ".join(map(_words, there)))
    before = [row.end for row in rows if row.state == "over"]
    after = [row.start for row in rows if row.state == "coming"]
    if before and after:
        gap = f"from {instant_words(max(before))} until {instant_words(min(after))}"
        return WatchState(party, NOBODY, (), f"{NOBODY}, {gap}, by the rota")
    return WatchState(party, NOT_KNOWN, (), f"{NOT_KNOWN}: {_why(picture, party, before, after)}")


def _why(picture: Picture, party: PartyId, before: list[datetime], after: list[datetime]) -> str:
    if before:
        return f"the rota ends {instant_words(max(before))}"
    if after:
        return f"the rota begins {instant_words(min(after))}"
    own = party == picture.party
    return "no shift is stated" if own else f"{party_name(picture, party)} has told this desk no shift"


def _words(person: WatchPerson) -> str:
    what = ", ".join(part for part in (f"{person.name} as {person.role}", person.station) if part)
    span = f"since {instant_words(person.since)}, until {instant_words(person.until)}"
    return f"{what}, {span}" + ("" if person.how == OWN else f" ({person.how})")
