"""A site in danger: the alarm that stands until a named person of everybody called has answered (FAIL-01)."""

from __future__ import annotations

from datetime import datetime

from keepclear.model.alarms import AlarmRaised, Asked, Contact
from keepclear.model.words import Precedence
from keepclear.rules.escalation import SITE_IN_DANGER, plan_in_danger
from keepclear.views.dangers import DangerView, dangers
from keepclear.views.picture import Picture


def unanswered(picture: Picture, now: datetime) -> list[AlarmRaised]:
    """Give an alarm for each own call for a site in danger that somebody has not answered."""
    return [_alarm(call, now) for call in dangers(picture) if call.own and call.waiting]


def _alarm(call: DangerView, now: datetime) -> AlarmRaised:
    waiting = ", ".join(call.waiting)
    site = "" if call.site is None else f": {call.site.name}"
    return AlarmRaised(
        matter=call.subject,
        rule=SITE_IN_DANGER,
        title=f"SITE IN DANGER{site}; no answer from {waiting}"[:160],
        precedence=Precedence.FLASH,
        plan=plan_in_danger(),
        counts_from=min(now, call.said.stated_at),
        words=f"{call.words} No named person has answered of: {waiting}."[:4_000],
        grounds=(call.statement,),
        asks=(
            Asked(Contact.CALL, f"Call {waiting} by voice, on any hotline, at any level"[:4_000]),
            Asked(Contact.ASK, "Who answers? Which cell have they told?"),
        ),
    )
