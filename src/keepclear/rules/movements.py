"""What a notification cell must act on: a check-in that was missed, a list that nobody acknowledged.

The order of what is asked for is that of FAIL-14: call, second telephone, flash to all, pause and ask.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from keepclear.model.alarms import AlarmRaised, Asked, Contact, Plan, PlanStep
from keepclear.model.measures import MeasureKind, MeasureStated
from keepclear.model.notifications import MovementStated
from keepclear.model.statements import Entry
from keepclear.model.words import Level, Precedence, StatementId, SubjectId
from keepclear.rules.escalation import ROLES, STATIC_LIST_S
from keepclear.times import text
from keepclear.views.movements import Standing, standing
from keepclear.views.picture import Picture
from keepclear.views.sites import SiteReader, site_readers
from keepclear.views.told import Outbox

CONTACT_LOST, LIST = "contact-lost", "list-unacknowledged"
WATCH_CHIEF: Final = "watch chief"

# Proposed defaults, seconds after the check-in was missed, to be tried with users.
CALL_S, SECOND_PHONE_S, FLASH_S, PAUSE_S = 0, 120, 240, 360
_PLAN = Plan(
    (
        PlanStep(CALL_S, ROLES[Level.DESK], words="Call the first telephone."),
        PlanStep(SECOND_PHONE_S, ROLES[Level.DESK], words="Call the second telephone."),
        PlanStep(
            FLASH_S, WATCH_CHIEF, Level.DEPUTY, words="Flash to all who hold it: contact lost, do not assume."
        ),
        PlanStep(PAUSE_S, WATCH_CHIEF, Level.DEPUTY, words="Pause and ask: nobody assumes where it is."),
    ),
    repeat_s=120,
    remind_s=900,
)
_LIST_PLAN = Plan(
    (
        PlanStep(STATIC_LIST_S, WATCH_CHIEF, Level.DEPUTY, words="Call; any officer there can acknowledge."),
        PlanStep(2 * STATIC_LIST_S, ROLES[Level.COMMANDER], Level.COMMANDER),
    ),
    repeat_s=STATIC_LIST_S,
    remind_s=STATIC_LIST_S,
)


def missed_check_ins(picture: Picture, now: datetime) -> Iterator[AlarmRaised]:
    """Give the alarm of each own movement whose check-in is missed."""
    for found in _own(picture):
        missed_at = found.missed_at()
        if missed_at is not None and missed_at <= now:
            yield _contact_lost(found, missed_at)


def _contact_lost(found: Standing, missed_at: datetime) -> AlarmRaised:
    last = max(found.way, key=lambda item: item[0].statement.stated_at)[0]
    due = found.check_in_due or missed_at
    return AlarmRaised(
        matter=found.subject,
        rule=CONTACT_LOST,
        title=f"Check-in missed: {found.body.name}"[:160],
        precedence=Precedence.FLASH,
        plan=_PLAN,
        counts_from=missed_at,
        words=f"Its check-in was due {text(due)}. Contact is lost; do not assume anything of it.",
        grounds=(StatementId(last.statement.id), StatementId(found.entry.statement.id)),
        asks=(
            Asked(Contact.CALL, "The first telephone, then the second"),
            Asked(Contact.WARN, "Flash to all who hold it: contact lost, do not assume"),
            Asked(Contact.ASK, "Who has seen or heard of it; it stays paused until it is heard of"),
        ),
    )


def unacknowledged_sites(picture: Picture, box: Outbox, now: datetime) -> Iterator[AlarmRaised]:
    """Give the alarm of each own site that a reader has not acknowledged within the time of a static list."""
    for subject, entry, rows in _own_sites(picture, box, now):
        silent = [row for row in rows if row.acknowledged_at is None and row.acknowledge_due <= now]
        if silent:
            yield _unacknowledged(subject, entry, silent)


def _unacknowledged(subject: SubjectId, entry: Entry, silent: list[SiteReader]) -> AlarmRaised:
    body = entry.statement.body
    name = body.name if isinstance(body, MeasureStated) else ""
    who = ", ".join(row.reader_name for row in silent)
    return AlarmRaised(
        matter=subject,
        rule=LIST,
        title=f"No acknowledgement of {name}: {who}"[:160],
        precedence=Precedence.ROUTINE,
        plan=_LIST_PLAN,
        counts_from=min(row.told_at for row in silent),
        words=f"Told and not acknowledged within 24 h by {who}. Without a receipt it counts as not received.",
        grounds=(StatementId(entry.statement.id),),
        asks=(Asked(Contact.CALL, "Call; ask for the acknowledgement, and to which cells it was relayed"),),
    )


def moments(picture: Picture, box: Outbox, now: datetime) -> Iterator[datetime]:
    """Give the instants after now at which one of these causes comes about by time alone."""
    for found in _own(picture):
        missed_at = found.missed_at()
        if missed_at is not None and missed_at > now:
            yield missed_at
    for _, _, rows in _own_sites(picture, box, now):
        for row in rows:
            if row.acknowledged_at is None and row.acknowledge_due > now:
                yield row.acknowledge_due


def _own(picture: Picture) -> Iterator[Standing]:
    for subject, text_, _ in picture.each(MovementStated):
        found = standing(picture, subject)
        valid = text_.statement.valid
        if found is None or text_.statement.author.party != picture.party:
            continue
        due = found.check_in_due
        if due is None or valid is None or valid.end is None or due < valid.end + timedelta(days=1):
            yield found


def _own_sites(
    picture: Picture, box: Outbox, now: datetime
) -> Iterator[tuple[SubjectId, Entry, tuple[SiteReader, ...]]]:
    for subject, text_, body in picture.each(MeasureStated):
        if body.measure == MeasureKind.PROTECTED_SITE and text_.statement.author.party == picture.party:
            yield subject, text_.entry, site_readers(picture, box, text_.entry, now)
