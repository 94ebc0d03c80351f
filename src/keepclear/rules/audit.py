"""The auditor's rule: every open alarm has a deadline that is still to come or only just past."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from keepclear.model.alarms import AlarmRaised, Asked, Contact
from keepclear.model.words import Precedence, SubjectId
from keepclear.rules.escalation import plan_for
from keepclear.times import instant
from keepclear.views.alarms import Alarm

AUDIT: Final = "deadline-audit"
JUST_PAST: Final = timedelta(minutes=1)


def audit(found: Sequence[Alarm], due_us: Mapping[SubjectId, int], now: datetime) -> Iterator[AlarmRaised]:
    """Raise an alarm for each open one that nothing will ever fire, or that should have fired long ago.

    Args:
        found: the party's alarms, as its record tells them.
        due_us: what the store holds as due for each, in microseconds since 1970 UTC.
        now: the time of day.
    """
    watched = {each.body.matter for each in found if each.body.rule == AUDIT and each.is_open}
    for each in found:
        if not each.is_open or each.body.rule == AUDIT or each.subject in watched:
            continue
        at_us = due_us.get(each.subject)
        if at_us is None:
            yield _finding(each, "nothing is due for it", now)
        elif now - instant(at_us) > JUST_PAST:
            yield _finding(each, "what was due has not been done", now)


def _finding(each: Alarm, what: str, now: datetime) -> AlarmRaised:
    return AlarmRaised(
        matter=each.subject,
        rule=AUDIT,
        title=f"Escalation has stopped: {each.body.title}"[:160],
        precedence=Precedence.FLASH,
        plan=plan_for(Precedence.FLASH),
        counts_from=now,
        words=f"The alarm is open and {what}. Take it up by hand and have the node looked at.",
        grounds=(each.text,),
        asks=(Asked(Contact.CALL, "Call who has to act; do not rely on the escalation"),),
    )
