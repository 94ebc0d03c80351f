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
from keepclear.errors import NotAllowed, NotKnown
from keepclear.model.incidents import (
    Aspect,
    Certainty,
    ClaimMade,
    IncidentStated,
    IncidentStatus,
    Involved,
)
from keepclear.model.words import Name, PartyId, Place, Speaker, SubjectId, Via, Words, owner_of

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


class ClaimKept(Struct, frozen=True, forbid_unknown_fields=True):
    """What one speaker said of one aspect, as an officer types it; `counted` as in "at least 100 killed".

    `speaker` and `for_party` say whose words these are where they are not one's own.
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
        Malformed: a count or time that cannot be read, or a claim that says nothing.
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


def _speaker(asked: ClaimKept) -> Speaker | None:
    """Give whose words a claim keeps, where they are not the desk's own."""
    if not (asked.speaker or asked.for_party or asked.unclear):
        return None
    name = asked.speaker or ("speaker unclear" if asked.unclear else f"{asked.for_party}")
    return Speaker(name, party=asked.for_party, unclear=asked.unclear)
