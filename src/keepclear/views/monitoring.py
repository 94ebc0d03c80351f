"""Which crews listen where, and which warnings were passed where nobody says that he listens (FAIL-11(b)).

Who does not state what it monitors is *not stated*, never *not listening*.
"""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct

from keepclear.model.channels import MonitoringStated
from keepclear.model.hotline import WarningGiven
from keepclear.model.words import PartyId, StatementId, SubjectId
from keepclear.views.attribution import Said, Shown, party_name, said, shown
from keepclear.views.opening import Opening, opening
from keepclear.views.picture import Picture
from keepclear.views.wording import shortened, text_words

HEARD, UNHEARD, NOT_STATED = "monitored", "not monitored", "not stated"


class MonitoringView(Struct, frozen=True):
    """What crews of one party listen to, by its own word or as reported."""

    subject: SubjectId
    party: PartyId
    party_name: str
    crews: str
    monitors: tuple[str, ...]
    opening: Opening | None
    as_of: Shown | None
    words: str
    said: Said


class PassedOn(Struct, frozen=True):
    """A warning on a frequency, and whether each addressee says that it is listened to there."""

    subject: SubjectId
    statement: StatementId
    frequency: str
    warning: str
    party: PartyId
    party_name: str
    heard: str
    words: str


class MonitoringTable(Struct, frozen=True):
    """The table of who listens where, and the warnings that were passed by frequency beside it."""

    crews: tuple[MonitoringView, ...]
    warnings: tuple[PassedOn, ...]


def monitoring(picture: Picture, now: datetime) -> MonitoringTable:
    """Give the table, by party and crews, and the warnings, oldest first."""
    crews = sorted(_crews(picture, now), key=lambda row: (row.party_name, row.crews))
    return MonitoringTable(tuple(crews), tuple(passed_on(picture, now)))


def _crews(picture: Picture, now: datetime) -> list[MonitoringView]:
    return [
        MonitoringView(
            subject=subject,
            party=text.statement.author.party,
            party_name=party_name(picture, text.statement.author.party),
            crews=body.crews,
            monitors=body.monitors,
            opening=None if body.hours is None else opening(body.hours, now),
            as_of=None if body.as_of is None else shown(body.as_of),
            words=body.words,
            said=said(picture, text.entry),
        )
        for subject, text, body in picture.each(MonitoringStated)
    ]


def passed_on(picture: Picture, now: datetime) -> list[PassedOn]:
    """Give each warning that names a frequency, once for each addressee."""
    crews = _crews(picture, now)
    rows = []
    for subject, text, body in picture.each(WarningGiven):
        for party in body.to if body.frequency else ():
            stated = [row for row in crews if row.party == party]
            heard = _heard(stated, body.frequency)
            rows.append(
                PassedOn(
                    subject=subject,
                    statement=text.statement.id,
                    frequency=body.frequency,
                    warning=shortened(text_words(body.texts)),
                    party=party,
                    party_name=party_name(picture, party),
                    heard=heard,
                    words=_words(party_name(picture, party), body.frequency, heard, stated),
                )
            )
    return rows


def _heard(stated: list[MonitoringView], frequency: str) -> str:
    if not stated:
        return NOT_STATED
    told = {
        _plain(each) for row in stated if row.opening is None or row.opening.open for each in row.monitors
    }
    return HEARD if _plain(frequency) in told else UNHEARD


def _plain(name: str) -> str:
    return " ".join(name.lower().split())


def _words(party: str, frequency: str, heard: str, stated: list[MonitoringView]) -> str:
    if heard == NOT_STATED:
        return f"{party} has not said which crews monitor what: do not take {frequency} for heard."
    crews = "; ".join(f"{row.crews}: {', '.join(row.monitors) or 'nothing'}" for row in stated)
    if heard == HEARD:
        return f"{party} says that {frequency} is monitored ({crews}). That is no receipt."
    return f"{party} says that no crew monitors {frequency} now ({crews}). Pass it where they listen."
