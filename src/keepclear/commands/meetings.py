"""Meetings as a desk works them: planned, and noted as held with what was settled."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from keepclear.commands.incidents import Readers
from keepclear.commands.ports import Ids
from keepclear.commands.telling import MAX_READERS, Decision, Desk, Tell, decide
from keepclear.commands.typed import dated, place, stamp
from keepclear.commands.withdrawing import restated
from keepclear.errors import NotAllowed, NotKnown
from keepclear.model.hotline import MeetingStated
from keepclear.model.words import Level, Name, PartyId, Place, SubjectId, Words, owner_of

Lines = Annotated[tuple[Annotated[str, Meta(min_length=1, max_length=4000)], ...], Meta(max_length=64)]


class MeetingPlanned(Struct, frozen=True, forbid_unknown_fields=True):
    """A meeting as an officer types it: without a place it is withheld, without a number the next follows."""

    name: Name
    others: Annotated[tuple[PartyId, ...], Meta(min_length=1, max_length=MAX_READERS)]
    when: Words = ""
    place: Words = ""
    level: Level = Level.DEPUTY
    series: Words = ""
    number: Annotated[int, Meta(gt=0)] | None = None
    agenda: Lines = ()
    readers: Readers = ()


class MeetingHeld(Struct, frozen=True, forbid_unknown_fields=True):
    """What was settled; what follows as "words" or "words by 2099-04-01"; when, if otherwise than planned."""

    outcomes: Lines = ()
    follow_ups: Lines = ()
    overlays: Annotated[tuple[SubjectId, ...], Meta(max_length=64)] = ()
    when: Words = ""


def decide_plan(desk: Desk, asked: MeetingPlanned, key: str, now: datetime, ids: Ids) -> Decision:
    """Plan a meeting; where no place is given it is withheld, from everybody alike.

    Raises:
        Malformed: a time that cannot be read.
        Refused: a rule of what may be stated says no.
    """
    number = asked.number
    if asked.series and number is None:
        number = _next(desk, asked.series)
    body = MeetingStated(
        name=asked.name,
        parties=(desk.party, *(party for party in asked.others if party != desk.party)),
        level=asked.level,
        when=stamp(asked.when, "when") if asked.when.strip() else None,
        place=place(asked.place, "", None) or Place(withheld=True),
        series=asked.series,
        number=number,
        agenda=asked.agenda,
        held=False,
    )
    return decide(desk, Tell(body=body, readers=asked.readers), key, now, ids)


def decide_held(
    desk: Desk, subject: SubjectId, asked: MeetingHeld, key: str, now: datetime, ids: Ids
) -> Decision:
    """Note an own meeting as held, with what was settled; everybody who holds it is told the new text.

    Raises:
        NotKnown: no such meeting.
        NotAllowed: another party stated it.
        Malformed: a time that cannot be read.
    """
    text = desk.picture.latest(subject)
    body = None if text is None else text.statement.body
    if not isinstance(body, MeetingStated):
        raise NotKnown(
            f"the meeting {subject}", "meeting", "the subject of a meeting that stands here", "subject"
        )
    if owner_of(subject) != desk.party:
        raise NotAllowed(
            f'noting "{body.name}" as held, which {owner_of(subject)} stated',
            "one-owner",
            "a meeting that this desk stated; what you say of another's: a remark about it",
        )
    held = msgspec.structs.replace(
        body,
        held=True,
        outcomes=asked.outcomes,
        follow_ups=tuple(map(dated, asked.follow_ups)),
        overlays=asked.overlays or body.overlays,
        when=stamp(asked.when, "when") if asked.when.strip() else body.when,
    )
    return decide(desk, restated(desk, subject, held), key, now, ids)


def _next(desk: Desk, series: str) -> int:
    numbers = [body.number or 0 for _, _, body in desk.picture.each(MeetingStated) if body.series == series]
    return 1 + max(numbers, default=0)
