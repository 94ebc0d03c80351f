"""A site in danger: the alarm that stands until a person of everybody called has answered (FAIL-01)."""

from __future__ import annotations

from datetime import datetime

from keepclear.errors import Refused
from keepclear.model.alarms import AlarmRaised, Asked, Contact
from keepclear.model.words import Precedence, SubjectId
from keepclear.rules.escalation import SITE_IN_DANGER, plan_in_danger
from keepclear.views.dangers import DangerView, dangers
from keepclear.views.picture import Picture


def unanswered(picture: Picture, now: datetime) -> list[AlarmRaised]:
    """Give an alarm for each own call for a site in danger that somebody has not answered."""
    return [_alarm(call, now) for call in dangers(picture) if call.own and call.waiting]


def refuse_while_called(picture: Picture, site: SubjectId) -> None:
    """Refuse to take a site back while an own call for it stands: its readers would lose what is in danger.

    Raises:
        Refused: with the command that ends the call.
    """
    for call in dangers(picture):
        if call.own and call.site is not None and call.site.subject == site:
            raise Refused(
                f"taking back {call.site.name} while a call for it in danger stands",
                "site-in-danger",
                f'first the end of the call, once over: keepclear withdraw {call.subject} --reason "over"',
                "body.of",
            )


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
        words=f"{call.words} No person has answered, named by office, of: {waiting}."[:3_800]
        + f' When it is over: keepclear withdraw {call.subject} --reason "over".',
        grounds=(call.statement,),
        asks=(
            Asked(Contact.CALL, f"Call {waiting} by voice, on any hotline, at any level"[:4_000]),
            Asked(Contact.ASK, "Who answers? Which cell have they told?"),
        ),
    )
