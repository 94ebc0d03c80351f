"""What a course in a claim must fulfil: history of its incident, never a live position (LIM-08)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from keepclear.commands.acts import Act
from keepclear.errors import LimitRefused, Refused
from keepclear.model.incidents import ClaimMade, IncidentStated
from keepclear.rules.others_in_words import PRESENT
from keepclear.times import Window, text

AROUND = timedelta(days=1)
"""How far before and after an incident a course that explains it may reach."""


def admit_course(act: Act, body: ClaimMade) -> None:
    """Hold a course to its incident, and to what lies a day back at least.

    Raises:
        LimitRefused: a place that is not yet a day old.
        Refused: a place that has nothing to do with the time of the incident.
    """
    if body.course is None:
        return
    spans = [
        entry.statement.body.occurred.span()
        for entry in act.picture.texts(body.incident)
        if isinstance(entry.statement.body, IncidentStated)
    ]
    for number, place in enumerate(body.course.places):
        field, at = f"body.course.places[{number}].at", place.at.at
        if act.statement.stated_at - at < PRESENT:
            raise LimitRefused(
                f"a place of {place.at.shown()} in a course",
                "LIM-08",
                f"{_wanted(spans, act.statement.stated_at - PRESENT)}: a course is history",
                field,
            )
        if not any(Window(_less(span.start), _more(span.end)).holds(at) for span in spans):
            raise Refused(
                f"a place of {place.at.shown()} in a course",
                "course-of-incident",
                _wanted(spans, act.statement.stated_at - PRESENT),
                field,
            )


def _wanted(spans: Sequence[Window], until: datetime) -> str:
    """Say which times would pass: the incident's, a day more on both sides, and none of the last day."""
    first = min(filter(None, (_less(span.start) for span in spans)), default=None)
    last = min(until, max((_more(span.end) or until for span in spans), default=until))
    if first is not None and first > last:
        return f"places from {text(first)} on, once they are a day old"
    since = "" if first is None else f"from {text(first)} "
    return f"places {since}to {text(last)}, within a day of when the incident occurred and a day old"


def _less(start: datetime | None) -> datetime | None:
    return None if start is None else start - AROUND


def _more(end: datetime | None) -> datetime | None:
    return None if end is None else end + AROUND
