"""Maps offered together: zones and boundaries in one named set, and what was left out on purpose.

What a reader has not been told cannot be offered to it. Own texts that are named in `told_along` are told in
the same act, all or none, so that nobody is offered what did not arrive.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from msgspec import Meta, Struct

from keepclear.commands.meetings import Lines
from keepclear.commands.naming import may_name
from keepclear.commands.ports import Ids
from keepclear.commands.several import Several
from keepclear.commands.telling import MAX_READERS, Decision, Desk, Tell
from keepclear.errors import NotKnown
from keepclear.model.measures import MeasureStated, OverlayOffered
from keepclear.model.words import Name, PartyId, StatementId, SubjectId, Words, owner_of

MAX_MAPS = 64
Maps = Annotated[tuple[SubjectId, ...], Meta(min_length=1, max_length=MAX_MAPS)]
Offered = Annotated[tuple[PartyId, ...], Meta(min_length=1, max_length=MAX_READERS)]


class MapsChosen(Struct, frozen=True, forbid_unknown_fields=True):
    """Zones and boundaries, and to whom they would be offered."""

    items: Maps
    readers: Offered


class MapsOffered(Struct, frozen=True, forbid_unknown_fields=True):
    """Maps as an officer offers them; `medium` says how they went over, as in "on paper, at the meeting".

    `told_along` are those of the items that are told, in the same act, to readers who do not hold them yet.
    """

    name: Name
    items: Maps
    readers: Offered
    left_out: Lines = ()
    medium: Words = ""
    told_along: Annotated[tuple[SubjectId, ...], Meta(max_length=MAX_MAPS)] = ()


class Lack(Struct, frozen=True):
    """A map that a reader does not hold; `own` tells that this desk stated it and may tell it along."""

    reader: PartyId
    item: SubjectId
    own: bool


def lacking(desk: Desk, asked: MapsChosen) -> tuple[Lack, ...]:
    """Give which readers do not hold which of the maps; nothing is stated by it.

    Raises:
        NotKnown: an item is no zone or boundary that stands here.
    """
    texts = {item: standing(desk, item) for item in asked.items}
    return tuple(
        Lack(reader, item, owner_of(item) == desk.party)
        for item, text in texts.items()
        for reader in asked.readers
        if not may_name(desk.picture, desk.outbox, reader, text)
    )


def decide_offer(desk: Desk, asked: MapsOffered, key: str, now: datetime, ids: Ids) -> Decision:
    """Offer maps by the very texts that stand; own ones that are named are told along, all or none.

    Raises:
        NotKnown: an item is no zone or boundary that stands here.
        Refused: a reader was not told one of them, or may not be.
    """
    steps = Several(desk, key, now, ids)
    for item in asked.items:
        if item in asked.told_along:
            steps.tell_on(standing(desk, item), asked.readers)
    body = OverlayOffered(
        name=asked.name,
        items=tuple(standing(desk, item) for item in asked.items),
        left_out=asked.left_out,
        medium=asked.medium,
    )
    return steps.ending(Tell(body=body, readers=asked.readers))


def standing(desk: Desk, item: SubjectId) -> StatementId:
    """Give the text of a measure that is shown: the one that binds, or the latest where none does.

    Raises:
        NotKnown: it is none, or was taken back.
    """
    text = desk.picture.operative(item) or desk.picture.latest(item)
    if text is None or not isinstance(text.statement.body, MeasureStated):
        raise NotKnown(f"offering {item}", "maps", "zones and boundaries that stand at this desk", "items")
    return text.statement.id
