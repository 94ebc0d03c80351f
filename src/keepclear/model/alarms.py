"""Alarms: what a named human must act on, the plan by which it climbs, and every step of its life.

They stand in a party's own log (P→P) and are stated by its node; an alarm asks for a contact, never for
more (LIM-07). The states follow ISA-18.2; views/alarms.py folds them.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from msgspec import Meta, Struct

from keepclear.geo.figures import Point
from keepclear.geo.heights import Altitude
from keepclear.model.words import Level, Name, Precedence, StatementId, SubjectId, Words
from keepclear.times import Instant

Seconds = Annotated[int, Meta(ge=0, le=366 * 86_400)]
Interval = Annotated[int, Meta(ge=1, le=366 * 86_400)]


class Contact(StrEnum):
    """The contact actions, which are all that an alarm may ask for."""

    CALL = "call"
    WARN = "warn"
    ASK = "ask"
    STEP_BACK = "step back"


class StepKind(StrEnum):
    """What happened to an alarm."""

    ESCALATED = "escalated"
    REPEATED = "repeated"
    SENT = "sent"
    ACKNOWLEDGED = "acknowledged"
    SHELVED = "shelved"
    UNSHELVED = "unshelved"
    RETURNED = "returned"
    ENDED = "ended"
    NOTED = "noted"
    """What came to be known of its cause since it was raised; changes nothing else."""


class Asked(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A contact that the alarm asks a person to make, in words."""

    contact: Contact
    words: Words = ""


class PlanStep(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One rung of a plan: so long after the alarm counts, this role is told, by this channel."""

    after_s: Seconds
    role: Name
    level: Level = Level.DESK
    channel: Name = "station"
    words: Words = ""


class Plan(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """How an alarm climbs, as it stood when the alarm was raised; later edits change no running alarm.

    After the last step it is repeated every `repeat_s` until a person answers. An alarm that is acknowledged
    but whose cause lasts, or whose cause ended unacknowledged, comes back to the first role every `remind_s`.
    """

    steps: Annotated[tuple[PlanStep, ...], Meta(min_length=1, max_length=16)]
    repeat_s: Interval
    remind_s: Interval


class FixSeen(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One of the few positions that an alarm rests on, as its feed gave it: kept for whoever inquires.

    `of` is the feed's own name of the thing. It stands in the party's own log alone; what is sent to a device
    or shown with the alarm has no place for it (LIM-08, LIM-09).
    """

    feed: Name
    of: Name
    at: Instant
    place: Point
    accuracy_m: Annotated[float, Meta(ge=0)] | None = None
    height: Altitude | None = None
    received_at: Instant | None = None


class AlarmRaised(
    Struct, frozen=True, tag_field="kind", tag="alarm", forbid_unknown_fields=True, omit_defaults=True
):
    """An alarm of a party to its own officers: the matter, the rule that found it, its grounds and its plan.

    One alarm per rule and matter: raised again, it is a new text of the same subject, with a life of its own.
    `counts_from` is the instant from which the plan's times run; it may lie before the node was up. `fixes`
    are the few positions that it rests on, where it rests on any.
    """

    matter: SubjectId
    rule: Name
    title: Name
    precedence: Precedence
    plan: Plan
    counts_from: Instant
    words: Words = ""
    grounds: tuple[StatementId, ...] = ()
    asks: tuple[Asked, ...] = ()
    fixes: Annotated[tuple[FixSeen, ...], Meta(max_length=8)] = ()


class AlarmStep(
    Struct, frozen=True, tag_field="kind", tag="alarm-step", forbid_unknown_fields=True, omit_defaults=True
):
    """One step in the life of one text of an alarm.

    `first` and `last` number the steps of the plan that an escalation reached: more than one where the node
    was down when they fell due. `due` is when it was due; `until` how long it is shelved; `send` and
    `attempt` say which message left, and at which try. Of what was noted `number` counts the causes that the
    alarm says since.
    """

    of: StatementId
    step: StepKind
    by_role: Name
    reason: Words = ""
    first: Annotated[int, Meta(ge=0)] | None = None
    last: Annotated[int, Meta(ge=0)] | None = None
    number: Annotated[int, Meta(ge=0)] = 0
    due: Instant | None = None
    until: Instant | None = None
    send: Words = ""
    attempt: Annotated[int, Meta(ge=0)] = 0


class ClockEvent(
    Struct, frozen=True, tag_field="kind", tag="clock-event", forbid_unknown_fields=True, omit_defaults=True
):
    """The machine's clock jumped against the steady one by `jump_s`, forward if above zero.

    `record_s` is by how much the times in this record themselves went back: 0 while a process runs, since
    it goes on at the steady pace; below zero where a node started again with a clock that had been set back.
    Deadlines stated before it move with it, so that nothing waits for a time that was never true. `since` is
    the last heartbeat against which a start compared its clock, so that no start counts a jump twice.
    """

    jump_s: float
    record_s: float = 0.0
    words: Words = ""
    since: Instant | None = None
