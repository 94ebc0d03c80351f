"""Times of what has happened: they cannot lie ahead, or a wrong clock would outlast every later word."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from msgspec import Struct

from keepclear.errors import Refused
from keepclear.model.base_rates import BaseRateSet
from keepclear.model.channels import CheckMade, ContactLogged, MonitoringStated
from keepclear.model.hotline import MeetingStated, RungReached
from keepclear.model.incidents import ClaimMade, IncidentStated
from keepclear.model.measures import StanceTaken
from keepclear.model.notices import BuildUpStated, Observed, PresenceStated, RemarkMade
from keepclear.model.parties import AgreementStated, RelationStated
from keepclear.model.reconciling import Reconciled
from keepclear.model.statements import Statement
from keepclear.model.step_backs import StepBackChecked
from keepclear.times import Stamp, text

CLOCKS_DIFFER = timedelta(minutes=2)

# A source may be catalogued before it appears, a meeting be planned: those say so by other fields.
_PAST: dict[type[Struct], str] = {
    AgreementStated: "signed",
    BaseRateSet: "base_from",
    CheckMade: "done",
    ClaimMade: "as_of",
    ContactLogged: "started",
    IncidentStated: "occurred",
    MonitoringStated: "as_of",
    Observed: "at",
    PresenceStated: "as_of",
    Reconciled: "done",
    RelationStated: "as_of",
    RemarkMade: "as_of",
    RungReached: "at",
    StanceTaken: "as_of",
    StepBackChecked: "done",
}


def refuse_ahead(statement: Statement, now: datetime) -> None:
    """Refuse a time of what was said, seen or done that lies ahead of the node's clock.

    Raises:
        Refused: which time is still to come.
    """
    for field, stamp in _past(statement):
        if stamp.at > now + CLOCKS_DIFFER:
            raise Refused(
                f"what was at {stamp.shown()}, which is still to come",
                "not-yet",
                f"a time up to {text(now)}, or none; local time goes with its offset",
                field,
            )


def _past(statement: Statement) -> Iterator[tuple[str, Stamp]]:
    if statement.said_at is not None:
        yield "said_at", statement.said_at
    body = statement.body
    if isinstance(body, BuildUpStated):
        yield from ((f"body.series[{n}].at", band.at) for n, band in enumerate(body.series))
        return
    if isinstance(body, MeetingStated) and body.held and body.when is not None:
        yield "body.when", body.when
    if isinstance(body, ClaimMade) and body.course is not None:
        yield from ((f"body.course.places[{n}].at", place.at) for n, place in enumerate(body.course.places))
    field = _PAST.get(type(body))
    stamp = None if field is None else getattr(body, field)
    if stamp is not None:
        yield f"body.{field}", stamp
