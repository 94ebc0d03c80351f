"""Alarms of what a desk owes each week and each month: to verify again what stands, to reconcile records.

One alarm for each counterpart, of routine precedence, to the duty officer; it ends by doing it. Like every
other it is worked out of the record and the time: a node that was down raises it once, when it is up again.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from keepclear.model.alarms import AlarmRaised, Asked, Contact, Plan, PlanStep
from keepclear.model.words import Level, Precedence
from keepclear.rules.escalation import REMIND_S, REPEAT_S, ROLES
from keepclear.times import text
from keepclear.views.attribution import party_name
from keepclear.views.periodic import ToReconcile, ToVerify, to_reconcile, to_verify
from keepclear.views.picture import Picture
from keepclear.views.told import Outbox

VERIFY_AGAIN: Final = "verify-again"
RECONCILE: Final = "reconcile-due"
LATE_S: Final = 24 * 60 * 60
"""How long after its time a periodic duty goes to the deputy: a proposal, to be tried with users."""
NAMED: Final = 12
GROUNDS: Final = 64

ENDED_PERIODIC: Final[dict[str, str]] = {
    VERIFY_AGAIN: "verified again by a named person, or it stands no longer",
    RECONCILE: "the records were laid side by side since, or there is no hotline any more",
}


def periodic_duties(picture: Picture, box: Outbox, now: datetime) -> Iterator[AlarmRaised]:
    """Give the alarms of a desk for duties whose week or month has passed."""
    for group in to_verify(picture, box, now):
        if group.due_at <= now:
            yield _verify(picture, group)
    for owed in to_reconcile(picture, now):
        if owed.due_at <= now:
            yield _reconcile(picture, owed)


def moments_of_periodic(picture: Picture, box: Outbox, now: datetime) -> Iterator[datetime]:
    """Give the instants after now at which such a duty falls due."""
    verify = (group.due_at for group in to_verify(picture, box, now))
    reconcile = (owed.due_at for owed in to_reconcile(picture, now))
    yield from (at for at in (*verify, *reconcile) if at > now)


def _verify(picture: Picture, group: ToVerify) -> AlarmRaised:
    due = [row for row in group.rows if row.due]
    own = group.party == picture.party
    whose = "own, told to others" if own else party_name(picture, group.party)
    names = ", ".join(f"{row.what} {row.name}" for row in due[:NAMED])
    more = f" and {len(due) - NAMED} more" if len(due) > NAMED else ""
    call = "who holds them" if own else party_name(picture, group.party)
    return AlarmRaised(
        matter=group.matter,
        rule=VERIFY_AGAIN,
        title=f"Verify again: {len(due)} of {whose}"[:160],
        precedence=Precedence.ROUTINE,
        plan=_plan(),
        counts_from=group.due_at,
        words=f"Nobody has verified for a week that this still stands as it is stated: {names}{more}."[
            :4_000
        ],
        grounds=tuple(row.statement for row in due[:GROUNDS]),
        asks=(
            Asked(
                Contact.CALL, f"Call {call}, read each aloud, ask whether it stands, and state that you did"
            ),
        ),
    )


def _reconcile(picture: Picture, owed: ToReconcile) -> AlarmRaised:
    name = party_name(picture, owed.party)
    last = "never yet" if owed.last is None else f"last on {text(owed.last)}"
    return AlarmRaised(
        matter=owed.matter,
        rule=RECONCILE,
        title=f"Reconcile the records: {name}"[:160],
        precedence=Precedence.ROUTINE,
        plan=_plan(),
        counts_from=owed.due_at,
        words=f"Our record and that of {name} have not been laid side by side for a month: {last}."[:4_000],
        grounds=owed.grounds,
        asks=(
            Asked(
                Contact.CALL,
                f"Call {name}, exchange the exports of what you share, compare, state the result",
            ),
        ),
    )


def _plan() -> Plan:
    steps = (
        PlanStep(0, ROLES[Level.DESK], Level.DESK),
        PlanStep(LATE_S, ROLES[Level.DEPUTY], Level.DEPUTY),
    )
    return Plan(steps, REPEAT_S[Precedence.ROUTINE], REMIND_S[Precedence.ROUTINE])
