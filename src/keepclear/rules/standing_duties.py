"""Alarms of what a desk owes by the clock: checks of hotlines, ultimatums, warnings that nobody can hear."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from keepclear.model.alarms import AlarmRaised, Asked, Contact, Plan, PlanStep
from keepclear.model.channels import ChannelStated
from keepclear.model.words import Level, Precedence, SubjectId
from keepclear.rules.escalation import REMIND_S, REPEAT_S, ROLES, plan_for
from keepclear.rules.step_backs import ENDED_STEP_BACKS, alarms_of_step_backs, moments_of_step_backs
from keepclear.rules.ultimatums import (
    ULTIMATUM,
    ULTIMATUM_ENDS,
    alarms_of_ultimatums,
    moments_of_ultimatums,
)
from keepclear.views.checking import CheckDue, check_due, check_next
from keepclear.views.hotline_board import unanswered_words
from keepclear.views.monitoring import UNHEARD, passed_on
from keepclear.views.picture import Picture

CHECK_DUE: Final = "check-due"
UNHEARD_WARNING: Final = "warning-not-monitored"
CHECK_LATE_S: Final = 60 * 60
"""How long after its time a daily check goes to the deputy: a proposal, to be tried with users."""

ENDED_DUTIES: Final[dict[str, str]] = {
    CHECK_DUE: "checked by a person since",
    ULTIMATUM: "withdrawn by who gave it, or long past its end",
    ULTIMATUM_ENDS: "withdrawn by who gave it, or long past its end",
    UNHEARD_WARNING: "passed where they say that they listen, or taken back",
    **ENDED_STEP_BACKS,
}
RECURRING: Final = frozenset({CHECK_DUE})
"""Rules whose alarm comes again on the same grounds, at a later time."""


def standing_duties(picture: Picture, now: datetime) -> Iterator[AlarmRaised]:
    """Give the alarms that hold at a desk by the clock and its own hotlines."""
    for subject, _, body in picture.each(ChannelStated):
        waiting = check_due(picture, subject, now)
        if waiting is not None:
            yield _check(picture, subject, body, waiting, now)
    yield from alarms_of_ultimatums(picture, now)
    yield from _unheard(picture, now)
    yield from alarms_of_step_backs(picture, now)


def _check(
    picture: Picture, subject: SubjectId, body: ChannelStated, waiting: CheckDue, now: datetime
) -> AlarmRaised:
    precedence = Precedence.PRIORITY if waiting.announced else Precedence.ROUTINE
    what = "Test now" if waiting.announced else "Check due"
    others = unanswered_words(picture, subject, now)
    return AlarmRaised(
        matter=subject,
        rule=CHECK_DUE,
        title=f"{what}: {body.name}"[:160],
        precedence=precedence,
        plan=plan_for(precedence) if waiting.announced else _daily(),
        counts_from=min(now, waiting.since),
        words=f"Because of {waiting.why}. A person must answer; an echo does not count. {others}"[:4_000],
        grounds=waiting.grounds,
        asks=(Asked(Contact.CALL, f"Call on {body.name}, ask who answers, and log the check"),),
    )


def _daily() -> Plan:
    steps = (
        PlanStep(0, ROLES[Level.DESK], Level.DESK),
        PlanStep(CHECK_LATE_S, ROLES[Level.DEPUTY], Level.DEPUTY),
    )
    return Plan(steps, REPEAT_S[Precedence.ROUTINE], REMIND_S[Precedence.ROUTINE])


def _unheard(picture: Picture, now: datetime) -> Iterator[AlarmRaised]:
    """A warning passed where its addressee says that nobody listens is not passed (FAIL-11(b))."""
    for row in passed_on(picture, now):
        text = picture.entry(row.statement)
        ours = text is not None and text.statement.author.party == picture.party
        if text is None or not ours or row.heard != UNHEARD or now - text.received_at > timedelta(days=1):
            continue
        yield AlarmRaised(
            matter=row.subject,
            rule=UNHEARD_WARNING,
            title=f"NOT MONITORED: {row.frequency}, {row.party_name}"[:160],
            precedence=Precedence.FLASH,
            plan=plan_for(Precedence.FLASH),
            counts_from=min(now, text.received_at),
            words=f"{row.warning}: {row.words}"[:4_000],
            grounds=(row.statement,),
            asks=(Asked(Contact.CALL, "Call on the hotline and pass the warning by voice"),),
        )


def moments(picture: Picture, now: datetime) -> Iterator[datetime]:
    """Give the instants after now at which something here falls due by time alone."""
    for _, _, body in picture.each(ChannelStated):
        at = check_next(picture, body, now)
        if at is not None:
            yield at
    yield from moments_of_ultimatums(picture, now)
    yield from moments_of_step_backs(picture, now)
