"""The check of a mutual step-back falls due; its silence is an alarm, and so is what it did not find.

What is asked is a contact: call who was to look, ask again (LIM-07). Source: FAIL-06(c).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from keepclear.model.alarms import AlarmRaised, Asked, Contact
from keepclear.model.measures import MeasureStated
from keepclear.model.statements import Entry
from keepclear.model.step_backs import StepBack, StepBackSeen
from keepclear.model.words import Precedence
from keepclear.rules.escalation import plan_for
from keepclear.times import text
from keepclear.views.attribution import party_name
from keepclear.views.picture import Picture
from keepclear.views.step_backs import answered, in_force

SILENT_CHECK: Final = "step-back-check"
NOT_FOUND: Final = "step-back-not-found"
ENDED_STEP_BACKS: Final[dict[str, str]] = {
    SILENT_CHECK: "the check was made and reported, or the step-back binds nobody any more",
    NOT_FOUND: "a later check found that they stepped back, or the step-back binds nobody any more",
}


def alarms_of_step_backs(picture: Picture, now: datetime) -> Iterator[AlarmRaised]:
    """Give the alarms of step-backs that bind: the check is overdue, or found no step-back."""
    for entry, body, terms in _binding(picture):
        made = answered(picture, entry, terms)
        if not made and now >= terms.check_at:
            yield _silent(picture, entry, body, terms)
        elif made and made[-1][1].found != StepBackSeen.STEPPED_BACK:
            yield _not_found(picture, entry, body, made[-1][0], made[-1][1].found)


def moments_of_step_backs(picture: Picture, now: datetime) -> Iterator[datetime]:
    """Give the instants after now at which a check falls due."""
    for _, _, terms in _binding(picture):
        if terms.check_at > now:
            yield terms.check_at


def _binding(picture: Picture) -> Iterator[tuple[Entry, MeasureStated, StepBack]]:
    for subject, _, _ in picture.each(MeasureStated):
        binding = picture.operative(subject)
        body = None if binding is None else binding.statement.body
        if binding is None or not isinstance(body, MeasureStated) or body.step_back is None:
            continue
        if picture.party in (*body.parties, *body.monitors) and in_force(picture, binding.entry):
            yield binding.entry, body, body.step_back


def _silent(picture: Picture, entry: Entry, body: MeasureStated, terms: StepBack) -> AlarmRaised:
    checker = party_name(picture, terms.check_by)
    ours = terms.check_by == picture.party
    asked = (
        Asked(Contact.ASK, f"Ask the {terms.check_role} what was found, and state it")
        if ours
        else Asked(Contact.CALL, f"Call {checker}, ask for the {terms.check_role}, and note what is said")
    )
    return AlarmRaised(
        matter=entry.statement.subject,
        rule=SILENT_CHECK,
        title=f"Step-back check overdue: {body.name}"[:160],
        precedence=Precedence.PRIORITY,
        plan=plan_for(Precedence.PRIORITY),
        counts_from=terms.check_at,
        words=f"{checker}, {terms.check_role}, was to check at {text(terms.check_at)}. "
        "Nothing has been heard. Silence says nothing of whether anybody stepped back.",
        grounds=(entry.statement.id,),
        asks=(asked,),
    )


def _not_found(
    picture: Picture, entry: Entry, body: MeasureStated, check: Entry, found: StepBackSeen
) -> AlarmRaised:
    author = party_name(picture, check.statement.author.party)
    others = ", ".join(party_name(picture, party) for party in body.parties if party != picture.party)
    return AlarmRaised(
        matter=entry.statement.subject,
        rule=NOT_FOUND,
        title=f"Step-back check, {found}: {body.name}"[:160],
        precedence=Precedence.PRIORITY,
        plan=plan_for(Precedence.PRIORITY),
        counts_from=check.received_at,
        words=f"The check says: {found}, stated by {author}.",
        grounds=(check.statement.id,),
        asks=(Asked(Contact.CALL, f"Call {others}: ask what holds them, and when it will be checked again"),),
    )
