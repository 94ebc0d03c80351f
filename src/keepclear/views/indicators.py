"""The indicators of a build-up that are looked for: what people prepare before they move (FAIL-06(a)).

The list is closed, so that what was not reported is named as well; not reported is not absent. Others keep
the words in which they were said.
"""

from __future__ import annotations

from datetime import date

from msgspec import Struct

from keepclear.model.notices import BuildUpStated, Observed
from keepclear.model.statements import Entry
from keepclear.model.words import StatementId, SubjectId
from keepclear.times import Stamp
from keepclear.views.attribution import Shown, party_name, shown
from keepclear.views.daily_counts import inside
from keepclear.views.picture import Picture

LOOKED_FOR = (
    "dug positions",
    "bridging",
    "crossing points prepared",
    "obstacles removed",
    "rehearsals",
    "vehicle moves",
    "supplies brought up",
    "first aid posts set up",
    "residents leaving",
    "radio silence",
)


class IndicatorView(Struct, frozen=True):
    """One indicator: whether it was reported, when first and last, by whom, and by which statements.

    `listed` tells that it is one that is looked for.
    """

    indicator: str
    listed: bool
    reported: bool
    first: Shown | None
    last: Shown | None
    by: tuple[str, ...]
    grounds: tuple[StatementId, ...]


def indicators(picture: Picture, subject: SubjectId) -> tuple[IndicatorView, ...]:
    """List the indicators of a build-up: those looked for in their order, then others as they came."""
    seen: dict[str, list[tuple[Stamp, Entry]]] = {}
    for at, words, entry in _told(picture, subject):
        seen.setdefault(words.strip().casefold(), []).append((at, entry))
    others = [words for words in seen if words not in LOOKED_FOR]
    return tuple(_view(picture, words, seen.get(words, [])) for words in (*LOOKED_FOR, *others) if words)


def last_listed(found: tuple[IndicatorView, ...]) -> date | None:
    """Give the day on which an indicator that is looked for was last reported."""
    days = [each.last.at.date() for each in found if each.listed and each.last is not None]
    return max(days, default=None)


def _told(picture: Picture, subject: SubjectId) -> list[tuple[Stamp, str, Entry]]:
    found: list[tuple[Stamp, str, Entry]] = []
    area = None
    for entry in picture.forms(subject):
        body = entry.statement.body
        if isinstance(body, BuildUpStated):
            area = area or body.area
            found += [(band.at, words, entry) for band in body.series for words in band.indicators]
    for _, text, seen in picture.each(Observed):
        about = subject in seen.about or (area is not None and inside(area, seen) is True)
        found += [(seen.at, words, text.entry) for words in seen.indicators if about]
    return sorted(found, key=lambda item: (item[0].at, item[2].statement.id, item[1]))


def _view(picture: Picture, words: str, seen: list[tuple[Stamp, Entry]]) -> IndicatorView:
    return IndicatorView(
        indicator=words,
        listed=words in LOOKED_FOR,
        reported=bool(seen),
        first=shown(seen[0][0]) if seen else None,
        last=shown(seen[-1][0]) if seen else None,
        by=tuple(dict.fromkeys(party_name(picture, entry.statement.author.party) for _, entry in seen)),
        grounds=tuple(dict.fromkeys(StatementId(entry.statement.id) for _, entry in seen)),
    )
