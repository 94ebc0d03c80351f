"""Who came into a zone and what became of it: entered and left, too, is written down (FAIL-03(c)).

Without the passages that ended in nothing every entry looks like the one that did not. Leaving counts where a
sighting says so of that zone; one that was not seen leaving is not taken to have stayed, nor to have left.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from enum import StrEnum

from msgspec import Struct

from keepclear.model.incidents import IncidentStated
from keepclear.model.measures import MeasureKind
from keepclear.model.notices import Observed
from keepclear.model.statements import Entry
from keepclear.model.words import StatementId, SubjectId
from keepclear.times import Window
from keepclear.views.attribution import Named, Shown, in_time, named, party_name, shown
from keepclear.views.picture import Picture
from keepclear.views.sides import INSIDE, known_measures, side_tests

TOGETHER = timedelta(days=1)
"""How long after it was last seen inside something may be seen leaving, or an incident belong to it."""

_OUTSIDE = "outside"


class Outcome(StrEnum):
    """What became of an entry, as far as was seen."""

    LEFT = "entered and left"
    INCIDENT = "entered, an incident followed"
    UNSEEN = "entered, not seen leaving"


class Passage(Struct, frozen=True):
    """One entry into a zone: by whom as seen, when it was seen inside and outside, what became of it."""

    day: date
    party: str
    seen_inside: Shown | None
    seen_outside: Shown | None
    outcome: str
    incident: Named | None
    words: str
    grounds: tuple[StatementId, ...]


class _Seen(Struct, frozen=True):
    entry: Entry
    body: Observed
    answer: str


def passages(picture: Picture) -> dict[SubjectId, list[Passage]]:
    """Give the entries of each zone, the earliest first; what lies perhaps inside is no entry."""
    zones = [known for known in known_measures(picture) if known.body.measure != MeasureKind.BOUNDARY]
    seen: dict[tuple[SubjectId, str], list[_Seen]] = {}
    told = sorted(picture.each(Observed), key=lambda item: in_time(item[1].entry, item[2].at))
    for _, text, body in told:
        for test in side_tests(zones, body.place, body.at.span(), body.about):
            if test.answer == INSIDE or (test.answer == _OUTSIDE and test.measure.subject in body.about):
                key = (test.measure.subject, party_name(picture, body.party))
                seen.setdefault(key, []).append(_Seen(text.entry, body, test.answer))
    found: dict[SubjectId, list[Passage]] = {}
    for (subject, party), rows in seen.items():
        found.setdefault(subject, []).extend(_passages(picture, subject, party, rows))
    return {subject: sorted(rows, key=lambda row: (row.day, row.party)) for subject, rows in found.items()}


def _passages(picture: Picture, subject: SubjectId, party: str, rows: Sequence[_Seen]) -> list[Passage]:
    found: list[Passage] = []
    inside: list[_Seen] = []
    for row in rows:
        late = bool(inside) and row.body.at.at - inside[-1].body.at.at > TOGETHER
        if late:
            found.append(_passage(picture, subject, party, inside, None))
            inside = []
        if row.answer == INSIDE:
            inside.append(row)
        elif inside:
            found.append(_passage(picture, subject, party, inside, row))
            inside = []
    if inside:
        found.append(_passage(picture, subject, party, inside, None))
    return found


def _passage(
    picture: Picture, subject: SubjectId, party: str, inside: Sequence[_Seen], left: _Seen | None
) -> Passage:
    first, last = inside[0].body.at, (inside[-1] if left is None else left).body.at
    incident = _incident(picture, subject, first.at, last.at + TOGETHER)
    outcome = Outcome.INCIDENT if incident else Outcome.UNSEEN if left is None else Outcome.LEFT
    rows = (*inside, *(() if left is None else (left,)))
    return Passage(
        day=first.local_day(),
        party=party,
        seen_inside=shown(first),
        seen_outside=None if left is None else shown(left.body.at),
        outcome=outcome.value,
        incident=incident,
        words=f"{party or 'an unknown party'}, {first.shown()}: {outcome.value}",
        grounds=tuple(StatementId(row.entry.statement.id) for row in rows),
    )


def _incident(picture: Picture, subject: SubjectId, since: datetime, until: datetime) -> Named | None:
    """Name the first incident that is stated to concern the zone and may have happened in this time."""
    at = Window(since, until)
    told = sorted(picture.each(IncidentStated), key=lambda item: in_time(item[1].entry, item[2].occurred))
    for incident, _, body in told:
        if subject in body.measures and body.occurred.span().meet(at) is not None:
            return named(picture, incident)
    return None
