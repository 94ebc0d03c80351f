"""Incidents and claims as a desk states them: that something happened, who says what of it, how it stands."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from keepclear.commands.ports import Ids
from keepclear.commands.telling import MAX_READERS, Decision, Desk, Tell, decide
from keepclear.commands.typed import count, place, stamp
from keepclear.commands.withdrawing import restated
from keepclear.errors import Malformed, NotAllowed, NotKnown
from keepclear.geo.positions import read_position
from keepclear.model.incidents import (
    Aspect,
    Certainty,
    ClaimMade,
    Course,
    Ellipse,
    IncidentStated,
    IncidentStatus,
    Involved,
    WasAt,
)
from keepclear.model.words import Name, PartyId, Place, Speaker, SubjectId, Via, Words, owner_of

Metres = Annotated[float, Meta(gt=0, le=500_000)]
Readers = Annotated[tuple[PartyId, ...], Meta(max_length=MAX_READERS)]


class IncidentReported(Struct, frozen=True, forbid_unknown_fields=True):
    """That something happened, as an officer types it: what, when ("about" before it), where.

    `place` is where in words, `at` a position as in "35.336 N 40.309 E" with its accuracy.
    """

    name: Name
    act: Words
    when: Words
    place: Words = ""
    at: Words = ""
    accuracy_m: Annotated[float, Meta(gt=0)] | None = None
    involved: Annotated[tuple[Involved, ...], Meta(max_length=64)] = ()
    readers: Readers = ()


class WasTyped(Struct, frozen=True, forbid_unknown_fields=True):
    """One place of a course, as an officer types it: when, where, and within how many metres of there.

    `across_m` is the other half-axis where the ellipse is no circle; its long one points along `bearing_deg`.
    """

    when: Words
    where: Words
    within_m: Metres
    across_m: Metres | None = None
    bearing_deg: Annotated[float, Meta(ge=0, lt=360)] = 0.0


class CourseTyped(Struct, frozen=True, forbid_unknown_fields=True):
    """The way that something took, as an officer types it; `of_party` is whose it was, None while unknown."""

    what: Name
    places: Annotated[tuple[WasTyped, ...], Meta(min_length=1, max_length=64)]
    of_party: PartyId | None = None


class ClaimKept(Struct, frozen=True, forbid_unknown_fields=True):
    """What one speaker said of one aspect, as an officer types it; `counted` as in "at least 100 killed".

    `speaker` and `for_party` say whose words these are where they are not one's own. A claim of the aspect
    course, and no other, comes with the `course` itself.
    """

    aspect: Aspect
    words: Words = ""
    counted: Words = ""
    whose: Words = ""
    speaker: Words = ""
    for_party: PartyId | None = None
    unclear: bool = False
    certainty: Certainty = Certainty.NOT_STATED
    as_of: Words = ""
    via: Via = Via.DIRECT
    source: SubjectId | None = None
    finding: bool = False
    course: CourseTyped | None = None
    readers: Readers = ()


class IncidentHandled(Struct, frozen=True, forbid_unknown_fields=True):
    """Where the handling of an incident stands; a closed one is reopened with "open"."""

    status: IncidentStatus


def decide_incident(desk: Desk, asked: IncidentReported, key: str, now: datetime, ids: Ids) -> Decision:
    """State that something happened; what exactly is left to claims.

    Raises:
        Malformed: a time or position that cannot be read.
        Refused: a rule of what may be stated says no.
    """
    body = IncidentStated(
        name=asked.name,
        act=asked.act,
        occurred=stamp(asked.when, "when"),
        place=place(asked.place, asked.at, asked.accuracy_m) or Place(words="place not stated"),
        involved=asked.involved,
        status=IncidentStatus.OPEN,
    )
    return decide(desk, Tell(body=body, readers=asked.readers), key, now, ids)


def decide_claim(
    desk: Desk, subject: SubjectId, asked: ClaimKept, key: str, now: datetime, ids: Ids
) -> Decision:
    """Keep what one speaker said of one aspect; it stands beside every other claim and replaces none.

    Raises:
        Malformed: a count, time or position that cannot be read, or a claim that says nothing.
        NotKnown: no such incident.
    """
    body = ClaimMade(
        incident=subject,
        aspect=asked.aspect,
        words=asked.words,
        count=count(asked.counted, "counted") if asked.counted.strip() else None,
        whose=asked.whose,
        as_of=stamp(asked.as_of, "as_of") if asked.as_of.strip() else None,
        certainty=asked.certainty,
        finding=asked.finding,
        course=None if asked.course is None else _course(asked.course),
    )
    tell = Tell(
        body=body,
        readers=asked.readers,
        said_by=_speaker(asked),
        via=Via.PRESS if asked.source is not None else asked.via,
        source=asked.source,
    )
    return decide(desk, tell, key, now, ids)


def decide_handling(
    desk: Desk, subject: SubjectId, asked: IncidentHandled, key: str, now: datetime, ids: Ids
) -> Decision:
    """State where the handling of an own incident stands, to everybody who holds it.

    Raises:
        NotAllowed: another party stated it.
        NotKnown: no such incident.
    """
    text = desk.picture.latest(subject)
    body = None if text is None else text.statement.body
    if not isinstance(body, IncidentStated):
        raise NotKnown(
            f"the status of {subject}", "incident", "the subject of an incident that stands here", "subject"
        )
    if owner_of(subject) != desk.party:
        raise NotAllowed(
            f'the status of "{body.name}", which {owner_of(subject)} stated',
            "one-owner",
            "an incident that this desk stated; on another's: keepclear incident claim, or a reply",
        )
    handled = msgspec.structs.replace(body, status=asked.status)
    return decide(desk, restated(desk, subject, handled), key, now, ids)


def _course(asked: CourseTyped) -> Course:
    places = tuple(_was_at(place, f"course.places[{number}]") for number, place in enumerate(asked.places))
    return Course(asked.what, places, asked.of_party)


def _was_at(asked: WasTyped, field: str) -> WasAt:
    """Read one place of a course; the longer half-axis comes first, whichever was typed first."""
    axes_m = (asked.within_m, asked.within_m if asked.across_m is None else asked.across_m)
    at = stamp(asked.when, f"{field}.when")
    try:
        middle = read_position(asked.where).point
    except Malformed as error:
        raise Malformed(error.asked, error.rule, error.passes, f"{field}.where") from error
    return WasAt(at, Ellipse(middle, max(axes_m), min(axes_m), asked.bearing_deg))


def _speaker(asked: ClaimKept) -> Speaker | None:
    """Give whose words a claim keeps, where they are not the desk's own."""
    if not (asked.speaker or asked.for_party or asked.unclear):
        return None
    name = asked.speaker or ("speaker unclear" if asked.unclear else f"{asked.for_party}")
    return Speaker(name, party=asked.for_party, unclear=asked.unclear)
