"""Who is on call: roles of one's own by duty and language, at their hours, and who has each by the rota."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct

from keepclear.model.channels import Duty, OnCallStated
from keepclear.model.words import Level, SubjectId
from keepclear.views.attribution import Said, said
from keepclear.views.on_watch import WatchState, watch_in_role
from keepclear.views.opening import Opening, opening
from keepclear.views.picture import Picture


class OnCallView(Struct, frozen=True):
    """A role and whether it is on call now; `opening` says until when, or from when, `watch` who has it."""

    subject: SubjectId
    role: str
    duty: str
    level: str
    languages: tuple[str, ...]
    station: str
    on_call: bool
    opening: Opening
    watch: WatchState
    said: Said


def on_call(picture: Picture, now: datetime) -> list[OnCallView]:
    """List the roles of this party that are ever on call: those on call now first, officers before others."""
    rows = [
        OnCallView(
            subject=subject,
            role=body.role,
            duty=body.duty.value,
            level=body.level.value,
            languages=body.languages,
            station=body.station,
            on_call=(found := opening(body.hours, now)).open,
            opening=found,
            watch=watch_in_role(picture, picture.party, body.role, now),
            said=said(picture, text.entry),
        )
        for subject, text, body in picture.each(OnCallStated)
        if text.statement.author.party == picture.party
    ]
    return sorted(rows, key=_order)


def _order(row: OnCallView) -> tuple[bool, int, int, str]:
    return (not row.on_call, list(Duty).index(Duty(row.duty)), list(Level).index(Level(row.level)), row.role)


def interpreters(picture: Picture, language: str, now: datetime) -> list[OnCallView]:
    """Give the interpreters of a language, those on call first; where none is, the first says from when."""
    rows = [row for row in on_call(picture, now) if row.duty == Duty.INTERPRETER]
    return [row for row in rows if language in row.languages]


def officer_on_duty(picture: Picture, now: datetime) -> OnCallView | None:
    """Give the role that holds the desk now, so that nobody waits for the usual contact (FAIL-02(a))."""
    rows = [row for row in on_call(picture, now) if row.duty == Duty.OFFICER and row.on_call]
    return rows[0] if rows else None
