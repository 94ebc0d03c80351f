"""Hotlines: standing channels between parties, their checks and each use of them."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from msgspec import Meta, Struct

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
    """A hotline as its author knows it: domain, level, ends, hours and what it is declared to be."""

    name: Name
    domain: Domain
    level: Level
    ends: Annotated[tuple[ChannelEnd, ...], Meta(min_length=2)]
    media: tuple[Name, ...] = ("telephone",)
    hours: Words = ""
    declared: Declared = Declared.OPEN
    security: Words = ""
    purpose_limit: Words = ""


class CheckMade(
    Struct, frozen=True, tag_field="kind", tag="check", forbid_unknown_fields=True, omit_defaults=True
):
    """A test call on a hotline and how it ended."""

    channel: SubjectId
    result: CheckResult
    done: Stamp
    by_role: Name
    fault: Words = ""


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
