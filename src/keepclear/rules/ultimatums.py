"""Ultimatums: a conditional warning with hours, its timer, who took the call, and the ladder that it opens.

Nobody waits for the usual contact: whoever holds the duty now takes it, with the interpreter who is on call.
What is offered is a contact, at every rung (LIM-07). Source: scenarios/at_tanf_2017 (PRA-07).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from keepclear.model.alarms import AlarmRaised, Asked, Contact, Plan, PlanStep
from keepclear.model.channels import ContactLogged
from keepclear.model.hotline import Rung, RungReached, WarningGiven, WarningKind
from keepclear.model.statements import Entry
from keepclear.model.words import Level, PartyId, Precedence, StatementId, SubjectId
from keepclear.rules.contact_steps import by_level
from keepclear.rules.escalation import REMIND_S, REPEAT_S, ROLES, plan_for
from keepclear.views.attribution import Said, is_latest, party_name, said
from keepclear.views.duty import OnCallView, interpreters, officer_on_duty, on_call
from keepclear.views.picture import Picture
from keepclear.views.ties import condition
from keepclear.views.wording import shortened, text_words

ULTIMATUM: Final = "ultimatum"
ULTIMATUM_ENDS: Final = "ultimatum-ends"
ENDING = timedelta(hours=6)
"""How long before its end an ultimatum comes back to everybody."""
KEPT = timedelta(days=1)
"""How long after its end it still asks for a contact."""
_OVER = frozenset({"withdrawn", "lapsed", "closed"})


class LadderRung(Struct, frozen=True):
    """One rung of the ladder that an ultimatum opens: who, when, and whether that has come."""

    role: str
    level: str
    at: datetime
    opened: bool
    words: str


class UltimatumView(Struct, frozen=True):
    """An ultimatum and its timer. `hours` is the whole of it, `left` what is left, both as "48:00".

    `taken_by` is the role that took the call or acknowledged it; `holds_duty` the role on duty when it
    came, and `taken_on_duty` tells whether the role that took it was on call then.
    `interpreters` are those of the languages in which it was said, on call at that time first.
    """

    subject: SubjectId
    statement: StatementId
    from_party: PartyId
    from_name: str
    to: tuple[PartyId, ...]
    texts: tuple[str, ...]
    trigger: str
    consequence: str
    began: datetime
    ends: datetime
    hours: str
    left: str
    left_s: int
    state: str
    taken_by: str
    taken_on_duty: bool
    taken_at: datetime | None
    interpreter: bool | None
    holds_duty: str
    interpreters: tuple[OnCallView, ...]
    ladder: tuple[LadderRung, ...]
    said: Said


def ultimatums(picture: Picture, now: datetime) -> list[UltimatumView]:
    """List the ultimatums that this party was given or gave, those that run first, the soonest end first."""
    rows = [
        _view(picture, text.entry, body, now) for _, text, body in picture.each(WarningGiven) if runs(body)
    ]
    rows = [row for row in rows if row.began <= now]
    return sorted(rows, key=lambda row: (row.state != "running", row.ends, row.subject))


def runs(body: WarningGiven) -> bool:
    """Tell whether a warning is an ultimatum: conditional, with hours."""
    return body.warning == WarningKind.CONDITIONAL and body.within_s is not None


def began(entry: Entry) -> datetime:
    """Give when an ultimatum was said: by what is told of that, never later than it arrived."""
    spoken = entry.statement.said_at
    at = entry.statement.stated_at if spoken is None else spoken.at
    return min(at, entry.received_at)


def clock(seconds: float) -> str:
    """Give a span as hours and minutes, minutes begun counting whole: "48:00"; below zero "00:00"."""
    minutes = max(0, -int(-seconds // 60))
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def _view(picture: Picture, entry: Entry, body: WarningGiven, now: datetime) -> UltimatumView:
    start = began(entry)
    ends = start + timedelta(seconds=body.within_s or 0)
    left = ends - now
    taken_by, taken_at, interpreter = _taken(picture, entry, now)
    duty = officer_on_duty(picture, start)
    plan = _plan(picture, entry, body)
    stop = taken_at or now
    return UltimatumView(
        subject=entry.statement.subject,
        statement=entry.statement.id,
        from_party=entry.statement.author.party,
        from_name=party_name(picture, entry.statement.author.party),
        to=body.to,
        texts=tuple(each.words for each in body.texts),
        trigger=body.trigger,
        consequence=body.consequence,
        began=start,
        ends=ends,
        hours=clock(body.within_s or 0),
        left=clock(left.total_seconds()),
        left_s=max(0, left // timedelta(seconds=1)),
        state=_state(picture, entry, ends, now),
        taken_by=taken_by,
        taken_on_duty=any(row.on_call and row.role == taken_by for row in on_call(picture, start)),
        taken_at=taken_at,
        interpreter=interpreter,
        holds_duty="" if duty is None else duty.role,
        interpreters=tuple(_interpreters(picture, body, start)),
        ladder=tuple(_rung(step, start, min(stop, now)) for step in plan.steps),
        said=said(picture, entry),
    )


def _rung(step: PlanStep, start: datetime, until: datetime) -> LadderRung:
    at = start + timedelta(seconds=step.after_s)
    return LadderRung(step.role, step.level.value, at, at <= until, step.words)


def _state(picture: Picture, entry: Entry, ends: datetime, now: datetime) -> str:
    stated = condition(picture, entry)
    if stated in _OVER:
        return stated
    return "running" if now < ends else "run out"


def _interpreters(picture: Picture, body: WarningGiven, at: datetime) -> Iterator[OnCallView]:
    """Give the interpreters of the languages in which it was said; a translation names none."""
    for language in dict.fromkeys(each.lang for each in body.texts if not each.translation):
        yield from interpreters(picture, language, at)


def _taken(picture: Picture, entry: Entry, now: datetime) -> tuple[str, datetime | None, bool | None]:
    """Give who took it here first: the role that answered the call, or that acknowledged the warning."""
    found: list[tuple[datetime, str, bool | None]] = []
    for told, call in picture.about(entry.statement.id, ContactLogged):
        if call.answered and _here(picture, told, now):
            found.append((told.received_at, call.answerer_role, call.interpreter))
    for told, rung in picture.about(entry.statement.id, RungReached):
        if rung.rung == Rung.ACKNOWLEDGED and rung.reader == picture.party and _here(picture, told, now):
            found.append((told.received_at, rung.role, None))
    if not found:
        return "", None, None
    at, role, interpreter = min(found, key=lambda item: item[0])
    return role, at, interpreter


def _here(picture: Picture, entry: Entry, now: datetime) -> bool:
    own = entry.statement.author.party == picture.party
    return own and entry.received_at <= now and is_latest(picture, entry)


def _plan(picture: Picture, entry: Entry, body: WarningGiven) -> Plan:
    """Give the ladder of an ultimatum: first to whoever is on duty, then level by level."""
    plan = plan_for(Precedence.FLASH)
    duty = officer_on_duty(picture, began(entry))
    others = tuple(party for party in (entry.statement.author.party, *body.to) if party != picture.party)
    first = replace(
        plan.steps[0],
        role=plan.steps[0].role if duty is None else duty.role,
        words="Take it now; the interpreter on call joins; do not wait for the usual contact.",
    )
    return by_level(picture, replace(plan, steps=(first, *plan.steps[1:])), others)


def alarms_of_ultimatums(picture: Picture, now: datetime) -> Iterator[AlarmRaised]:
    """Give the alarms that the ultimatums given to this party call for: at once, and before they end."""
    for _, text, body in picture.each(WarningGiven):
        entry = text.entry
        if not runs(body) or entry.statement.author.party == picture.party or picture.party not in body.to:
            continue
        ends = began(entry) + timedelta(seconds=body.within_s or 0)
        if _state(picture, entry, ends, now) in _OVER or now >= ends + KEPT:
            continue
        yield _alarm(picture, entry, body, ends, now)
        if now >= ends - ENDING:
            yield _ending(picture, entry, body, ends)


def _alarm(picture: Picture, entry: Entry, body: WarningGiven, ends: datetime, now: datetime) -> AlarmRaised:
    speakers = ", ".join(each.role for each in _interpreters(picture, body, began(entry)) if each.on_call)
    return AlarmRaised(
        matter=entry.statement.subject,
        rule=ULTIMATUM,
        title=f"Ultimatum, {clock(body.within_s or 0)}: {_giver(picture, entry)}"[:160],
        precedence=Precedence.FLASH,
        plan=_plan(picture, entry, body),
        counts_from=min(now, began(entry)),
        words=(
            f"{shortened(text_words(body.texts))} If: {body.trigger}. Ends {ends:%Y-%m-%d %H:%M}Z. "
            f"Interpreter on call: {speakers or 'none of that language'}."
        )[:4_000],
        grounds=(entry.statement.id,),
        asks=_asks(),
    )


def _ending(picture: Picture, entry: Entry, body: WarningGiven, ends: datetime) -> AlarmRaised:
    plan = Plan(
        (
            PlanStep(0, ROLES[Level.DESK], Level.DESK),
            PlanStep(0, ROLES[Level.COMMANDER], Level.COMMANDER),
            PlanStep(0, ROLES[Level.CHIEF], Level.CHIEF),
        ),
        REPEAT_S[Precedence.PRIORITY],
        REMIND_S[Precedence.FLASH],
    )
    return AlarmRaised(
        matter=entry.statement.subject,
        rule=ULTIMATUM_ENDS,
        title=f"Ultimatum ends {ends:%H:%M}Z: {_giver(picture, entry)}"[:160],
        precedence=Precedence.FLASH,
        plan=plan,
        counts_from=ends - ENDING,
        words=f"Six hours or less are left of {clock(body.within_s or 0)}. If: {body.trigger}."[:4_000],
        grounds=(entry.statement.id,),
        asks=_asks(),
    )


def _giver(picture: Picture, entry: Entry) -> str:
    return party_name(picture, entry.statement.author.party)


def _asks() -> tuple[Asked, ...]:
    return (
        Asked(Contact.CALL, "Call back on the commanders' hotline; chief to chief if it is not taken"),
        Asked(Contact.ASK, "Ask what is meant, and for more time"),
        Asked(Contact.STEP_BACK, "Offer a mutual step-back"),
    )


def moments_of_ultimatums(picture: Picture, now: datetime) -> Iterator[datetime]:
    """Give the instants after now at which an ultimatum comes back, or asks for nothing any more."""
    for _, text, body in picture.each(WarningGiven):
        if runs(body) and picture.party in body.to:
            ends = began(text.entry) + timedelta(seconds=body.within_s or 0)
            yield from (at for at in (ends - ENDING, ends + KEPT) if at > now)
