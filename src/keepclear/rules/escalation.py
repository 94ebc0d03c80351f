"""What is due for an alarm, and what is said when it fires; pure, from the fold and the time alone.

The defaults are the project's proposals (domain.md §8), to be tried with users. A deadline fires at the
first moment at or after it, once, and takes all steps that fell due meanwhile with it.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from msgspec import Struct

from keepclear.model.alarms import AlarmStep, Plan, PlanStep, StepKind
from keepclear.model.words import CapStatus, Level, Precedence
from keepclear.times import text
from keepclear.views.alarms import Alarm, Send, State, asks_now, title_now, words_now

BY_THE_NODE: Final = "node"
ANY_OFFICER: Final = "any officer"
SITE_IN_DANGER: Final = "site-in-danger"
ROLES: Final[dict[Level, str]] = {
    Level.DESK: "duty officer",
    Level.DEPUTY: "deputy",
    Level.COMMANDER: "commander",
    Level.CHIEF: "chief of staff",
}

# The declared defaults, all in one place; seconds.
HOLD_S: Final = 60
REASK_S: Final = 15 * 60
STATIC_LIST_S: Final = 24 * 3_600
ACKNOWLEDGE_S: Final[dict[Precedence, int]] = {
    Precedence.FLASH: 2 * 60,
    Precedence.PRIORITY: 15 * 60,
    Precedence.ROUTINE: 4 * 3_600,
}
CLIMB_S: Final[dict[Precedence, tuple[int, int, int]]] = {  # deputy, commander, chief
    Precedence.FLASH: (2 * 60, 5 * 60, 10 * 60),
    Precedence.PRIORITY: (15 * 60, 30 * 60, 60 * 60),
    Precedence.ROUTINE: (4 * 3_600, 24 * 3_600, 48 * 3_600),
}
REPEAT_S: Final[dict[Precedence, int]] = {
    Precedence.FLASH: 2 * 60,
    Precedence.PRIORITY: 15 * 60,
    Precedence.ROUTINE: 4 * 3_600,
}
REMIND_S: Final[dict[Precedence, int]] = {
    Precedence.FLASH: REASK_S,
    Precedence.PRIORITY: 60 * 60,
    Precedence.ROUTINE: 24 * 3_600,
}
MAX_SHELF_S: Final[dict[Precedence, int]] = {
    Precedence.FLASH: 10 * 60,
    Precedence.PRIORITY: 60 * 60,
    Precedence.ROUTINE: 24 * 3_600,
}


class Due(Struct, frozen=True):
    """What comes next for an alarm by itself: which step, its number, and when."""

    what: str
    number: int
    at: datetime


STEP, REPEAT, REMIND, UNSHELVE = "step", "repeat", "remind", "unshelve"


def plan_for(precedence: Precedence, hold_words: str = "") -> Plan:
    """Give the plan of a precedence: the desk at once, then deputy, commander and chief.

    A flash is also offered to any officer after the hold time: nobody waits for the usual contact (FAIL-02).
    """
    steps = [PlanStep(0, ROLES[Level.DESK], Level.DESK)]
    if precedence == Precedence.FLASH:
        steps.append(
            PlanStep(HOLD_S, ANY_OFFICER, Level.DESK, words=hold_words or "Any officer may take it.")
        )
    climbs = zip((Level.DEPUTY, Level.COMMANDER, Level.CHIEF), CLIMB_S[precedence], strict=True)
    steps += [PlanStep(after_s, ROLES[level], level) for level, after_s in climbs]
    return Plan(tuple(steps), REPEAT_S[precedence], REMIND_S[precedence])


def plan_in_danger() -> Plan:
    """Give the plan of a site in danger: as a flash, and repeated as often after somebody has taken it up.

    That one's own officer has seen it is no answer of those who were called (FAIL-01).
    """
    flash = plan_for(Precedence.FLASH, "Any officer calls those who have not answered.")
    return Plan(flash.steps, flash.repeat_s, flash.repeat_s)


def plan_to_ask_again() -> Plan:
    """Give the plan of what nobody claims: asked again every 15 min, each time one level higher (FAIL-05)."""
    steps = tuple(PlanStep(REASK_S * rung, ROLES[level], level) for rung, level in enumerate(Level))
    return Plan(steps, REASK_S, REASK_S)


def due(found: Alarm) -> Due | None:
    """Give what comes next for an alarm, or None for one that is ended: every open alarm has something.

    Where the record's times went back since (a node that started with a clock set back), it moves along.
    """
    coming = _due(found)
    if coming is None or not found.moved_s:
        return coming
    return Due(coming.what, coming.number, coming.at + timedelta(seconds=found.moved_s))


def _due(found: Alarm) -> Due | None:
    plan = found.body.plan
    again = found.repeats + 1
    match found.state:
        case State.ENDED:
            return None
        case State.SHELVED:
            return Due(UNSHELVE, 0, found.until or found.base)
        case State.UNACKNOWLEDGED if found.climbed < len(plan.steps):
            return Due(STEP, found.climbed, found.base + timedelta(seconds=plan.steps[found.climbed].after_s))
        case State.UNACKNOWLEDGED:
            waited_s = plan.steps[-1].after_s + again * plan.repeat_s
            return Due(REPEAT, again, found.base + timedelta(seconds=waited_s))
        case _:
            return Due(REMIND, again, found.base + timedelta(seconds=again * _remind_s(found)))


def _remind_s(found: Alarm) -> int:
    """Give how often the first role is reminded; an answered call for a site as any flash."""
    answered = found.state == State.RETURNED and found.body.rule == SITE_IN_DANGER
    return REMIND_S[found.precedence] if answered else found.body.plan.remind_s


def fire(found: Alarm, now: datetime) -> AlarmStep | None:
    """Give the one step that brings an alarm up to now, or None where nothing is due.

    Whatever fell due while the node was down is in it: each step of the plan once, repeats as one.
    """
    coming = due(found)
    if coming is None or coming.at > now:
        return None
    if coming.what == UNSHELVE:
        words = "the time for which it was shelved is over"
        return AlarmStep(found.text, StepKind.UNSHELVED, BY_THE_NODE, reason=words, due=coming.at)
    if coming.what == STEP:
        last = _last_due(found, now)
        return AlarmStep(
            found.text, StepKind.ESCALATED, BY_THE_NODE, first=found.climbed, last=last, due=coming.at
        )
    every_s = found.body.plan.repeat_s if coming.what == REPEAT else _remind_s(found)
    number = coming.number + int((now - coming.at) / timedelta(seconds=every_s))
    return AlarmStep(
        found.text,
        StepKind.REPEATED,
        BY_THE_NODE,
        reason=_again(found, coming.what),
        number=number,
        due=coming.at,
    )


def _last_due(found: Alarm, now: datetime) -> int:
    start = found.base + timedelta(seconds=found.moved_s)
    steps = found.body.plan.steps
    reached = found.climbed
    while reached + 1 < len(steps) and start + timedelta(seconds=steps[reached + 1].after_s) <= now:
        reached += 1
    return reached


def _again(found: Alarm, what: str) -> str:
    if found.state == State.RETURNED:
        return "its cause is gone, and nobody has seen it yet"
    return "nobody has answered" if what == REPEAT else "its cause or its answer is still open"


_ANSWERS: Final = (
    "an own acknowledgement or answer of everybody called, for a party reached by voice its reported answer "
    "with the name of who gave it; or withdraw the call"
)


def _is_called_still(found: Alarm) -> bool:
    """Tell whether an alarm is of a site in danger whose call is still without an answer."""
    return found.body.rule == SITE_IN_DANGER and found.state != State.RETURNED


def may(found: Alarm, step: AlarmStep, now: datetime) -> tuple[str, str] | None:
    """Give why a person's step on an alarm is refused, and what would pass; None if it may be taken."""
    if not found.is_open:
        return "the alarm is ended", "an alarm that is open"
    if _is_called_still(found) and step.step == StepKind.ENDED:
        return "a site is in danger and somebody who was called has not answered", _ANSWERS
    match step.step:
        case StepKind.ACKNOWLEDGED if found.state == State.ACKNOWLEDGED:
            return f"{found.by_role} has acknowledged it already", "shelve or end, with a reason"
        case StepKind.UNSHELVED if found.state != State.SHELVED:
            return "the alarm is not shelved", "an alarm that is shelved"
        case StepKind.SHELVED if found.state in (State.RETURNED, State.SHELVED):
            return f"the alarm is {found.state.value}", "acknowledge or end it"
        case StepKind.SHELVED:
            return _may_shelve(found, step, now)
        case StepKind.ENDED if not step.reason:
            return "no reason is given", "a reason"
        case StepKind.NOTED if step.number and found.state != State.UNACKNOWLEDGED:
            return f"the alarm is {found.state.value}", "an alarm of its own for what has come since"
        case _:
            return None


def _may_shelve(found: Alarm, step: AlarmStep, now: datetime) -> tuple[str, str] | None:
    longest = now + timedelta(seconds=MAX_SHELF_S[found.precedence])
    if not step.reason:
        return "no reason is given", "a reason, and until when"
    if step.until is None or not now < step.until <= longest:
        return "it is not shelved for a time that is bounded", f"until a time up to {text(longest)}"
    return None


def next_words(found: Alarm) -> str:
    """Say what comes next for an alarm by itself; not that anybody is reached, which it cannot know."""
    coming = _due(found)
    if coming is None:
        return ""
    match coming.what:
        case "step":
            step = found.body.plan.steps[coming.number]
            return f"it climbs to {step.role}"
        case "repeat":
            return "it comes again for everybody on the ladder"
        case "unshelve":
            return "it comes back from the shelf"
        case _:
            of_what = ", since nobody has seen it yet" if found.state == State.RETURNED else ""
            return f"it comes again for {found.body.plan.steps[0].role}{of_what}"


def message(found: Alarm, send: Send, attempt: int) -> tuple[PlanStep, str]:
    """Give to whom a message goes and its words.

    What is not actual says so first, and a second try says that it is one.
    """
    steps = found.body.plan.steps
    to = steps[min(send.place, len(steps) - 1)]
    cap = found.entry.statement.cap
    asks = "; ".join(asks_now(found))
    parts = [
        "" if cap == CapStatus.ACTUAL else f"{cap.value.upper()}.",
        "REPEAT, sent before perhaps." if attempt > 1 else "",
        f"{found.precedence.value.upper()} for {to.role}: {title_now(found)}.",
        words_now(found),
        "" if found.state == State.RETURNED else to.words,
        asks,
    ]
    return to, " ".join(part for part in parts if part)
