"""Hotlines: standing channels between parties, their checks and each use of them."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from msgspec import Meta, Struct

from keepclear.errors import Malformed
from keepclear.model.hours import CheckTimes, Hours
from keepclear.model.words import (
    Domain,
    Level,
    Name,
    PartyId,
    Place,
    Precedence,
    StatementId,
    SubjectId,
    Words,
)
from keepclear.times import Stamp


class Declared(StrEnum):
    """What an end says of its hotline; what is observed may differ and is kept apart."""

    OPEN = "open"
    SUSPENDED = "suspended"


class CheckResult(StrEnum):
    """How a hotline check ended; no answer is not the same as down or suspended."""

    OK = "ok"
    NO_ANSWER = "no answer"
    TECHNICAL_FAULT = "technical fault"
    REFUSED = "refused"


class CheckHow(StrEnum):
    """What a check proves: that a person answers, or that the circuit carries; they stay apart."""

    HUMAN = "human answer"
    ECHO = "technical echo"


class Duty(StrEnum):
    """What somebody on call is on call for."""

    OFFICER = "duty officer"
    INTERPRETER = "interpreter"


class ContactPurpose(StrEnum):
    """What a contact is for."""

    SAFETY = "safety"
    DE_ESCALATION = "de-escalation"
    AIR_WARNING = "air warning"
    NOTIFICATION = "notification"
    QUERY = "query"
    COORDINATION = "coordination"
    MEETING = "meeting"
    CHECK = "check"


class Direction(StrEnum):
    """Who opened the contact, as seen by its author."""

    OUT = "out"
    IN = "in"


class ChannelEnd(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One end of a hotline: a role, not a person."""

    party: PartyId
    role: Name
    place: Place | None = None
    languages: tuple[Name, ...] = ()


class ChannelStated(
    Struct, frozen=True, tag_field="kind", tag="channel", forbid_unknown_fields=True, omit_defaults=True
):
    """A hotline as its author knows it: domain, level, ends, hours and what it is declared to be.

    `opening` are hours that a machine can work out, `hours` are words; `checks` says at which local times it
    is checked. `fallbacks` are the other hotlines to try, in this order.
    """

    name: Name
    domain: Domain
    level: Level
    ends: Annotated[tuple[ChannelEnd, ...], Meta(min_length=2)]
    media: tuple[Name, ...] = ("telephone",)
    hours: Words = ""
    declared: Declared = Declared.OPEN
    security: Words = ""
    purpose_limit: Words = ""
    opening: Hours | None = None
    checks: CheckTimes | None = None
    fallbacks: Annotated[tuple[SubjectId, ...], Meta(max_length=8)] = ()


class CheckMade(
    Struct, frozen=True, tag_field="kind", tag="check", forbid_unknown_fields=True, omit_defaults=True
):
    """A test of a hotline and how it ended: by a person who answered or not, or by an echo of the circuit."""

    channel: SubjectId
    result: CheckResult
    done: Stamp
    by_role: Name
    fault: Words = ""
    how: CheckHow = CheckHow.HUMAN


class ContactLogged(
    Struct, frozen=True, tag_field="kind", tag="contact", forbid_unknown_fields=True, omit_defaults=True
):
    """One use of a hotline as its author reports it; never the counterpart's acknowledgement.

    Restated as the call goes on. `hold_since` is when it was last put on hold and still is, `hold_s` what it
    has waited before that; `language` is the one in which the counterpart spoke (two letters).
    """

    with_party: PartyId
    direction: Direction
    purpose: ContactPurpose
    gist: Words
    started: Stamp
    answered: bool | None = None
    channel: SubjectId | None = None
    precedence: Precedence = Precedence.ROUTINE
    caller_role: Words = ""
    answerer_role: Words = ""
    hold_s: Annotated[int, Meta(ge=0)] | None = None
    interpreter: bool | None = None
    about: tuple[SubjectId, ...] = ()
    passed: tuple[StatementId, ...] = ()
    answered_at: Stamp | None = None
    hold_since: Stamp | None = None
    ended: Stamp | None = None
    language: Annotated[str, Meta(pattern="^([a-z]{2})?$(?!\n)")] = ""


class ChannelEndStated(
    Struct, frozen=True, tag_field="kind", tag="channel-end", forbid_unknown_fields=True, omit_defaults=True
):
    """What one end says of itself on a hotline: who answers there, when, and whether it is open or suspended.

    Each end states its own (statements.md §2); what is observed is each side's own fold and stands apart.
    """

    channel: SubjectId
    role: Name
    declared: Declared = Declared.OPEN
    opening: Hours | None = None
    languages: tuple[Name, ...] = ()
    words: Words = ""


class OnCallStated(
    Struct, frozen=True, tag_field="kind", tag="on-call", forbid_unknown_fields=True, omit_defaults=True
):
    """A role of one's own that is on call at stated hours; kept in the party's own log.

    A role, never a person. An interpreter's `languages` are those between which the role works.
    """

    role: Name
    duty: Duty
    hours: Hours
    level: Level = Level.DESK
    languages: tuple[Name, ...] = ()
    station: Words = ""


class MonitoringStated(
    Struct, frozen=True, tag_field="kind", tag="monitoring", forbid_unknown_fields=True, omit_defaults=True
):
    """Which frequencies crews of one's own listen to, so that a warning is passed where it is heard.

    `crews` names a kind of crew, never one that can be found: no place and no call-sign. Source: FAIL-11(b).
    """

    crews: Name
    monitors: Annotated[tuple[Name, ...], Meta(max_length=32)]
    hours: Hours | None = None
    as_of: Stamp | None = None
    words: Words = ""


class GroupStated(
    Struct, frozen=True, tag_field="kind", tag="group", forbid_unknown_fields=True, omit_defaults=True
):
    """A hotline of three parties and more: what any member says on it goes to every member at once.

    It is in use in the last text to which every member has agreed by its id (statements.md §1.11).
    """

    name: Name
    members: Annotated[tuple[PartyId, ...], Meta(min_length=3, max_length=16)]
    domain: Domain = Domain.GROUND
    words: Words = ""

    def __post_init__(self) -> None:
        if len(set(self.members)) != len(self.members):
            raise Malformed("a group that names a member twice", "group-members", "each once", "members")
