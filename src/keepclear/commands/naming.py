"""Closed under reference: a statement names only what its reader was told (statements.md, rule 8)."""

from __future__ import annotations

import typing
from functools import cache

from msgspec import Struct

from keepclear.commands.groups import in_group
from keepclear.errors import NotKnown, Refused
from keepclear.model.parties import PartyStated
from keepclear.model.statements import Statement, holds, original_of, references
from keepclear.model.telling import Forwarded
from keepclear.model.words import PUBLIC, PartyId, owner_of
from keepclear.views.picture import Picture
from keepclear.views.told import Outbox


def closed_under_reference(
    picture: Picture, outbox: Outbox, statement: Statement, readers: tuple[PartyId, ...]
) -> None:
    """Refuse a statement that names a statement, subject or party of which its reader was not told.

    Raises:
        NotKnown: it names what its author does not know.
        Refused: a reader was not told it.
    """
    for name in references(statement):
        if name not in picture:
            raise NotKnown(
                f"a statement that names {name}, which has not reached this party",
                "closed-under-reference",
                "an id that this party has been told",
            )
        for reader in readers:
            if not may_name(picture, outbox, reader, name):
                raise _leaks(reader, name)
    for party in sorted(parties_named(statement, within=True)):
        for reader in readers:
            if not _may_name_party(picture, outbox, reader, party, statement):
                raise _leaks(reader, f"the party {party}")


def may_name(picture: Picture, outbox: Outbox, reader: PartyId, name: str) -> bool:
    """Tell whether what is told to a reader may name an id: it made it, was told it, or all were."""
    if picture.is_public(name):
        return True
    if reader == PUBLIC:
        return False
    return owner_of(name) == reader or outbox.holds(reader, name) or in_group(picture, reader, name)


def _may_name_party(
    picture: Picture, outbox: Outbox, reader: PartyId, party: PartyId, statement: Statement
) -> bool:
    """Tell whether a reader knows of a party: it is that party, or has been given a description of it."""
    if party in (reader, statement.author.party):
        return True
    if isinstance(statement.body, PartyStated) and statement.body.party == party:
        return True
    return was_described(picture, outbox, reader, party)


def was_described(picture: Picture, outbox: Outbox, reader: PartyId, party: PartyId) -> bool:
    """Tell whether a reader has been given a description of a party, by what its author knows."""
    told = [entry.statement.id for entry, _ in picture.described(party)]
    return any(may_name(picture, outbox, reader, name) for name in told)


def _leaks(reader: PartyId, name: str) -> Refused:
    return Refused(
        f"telling {reader} a statement that names {name}, which {reader} was not told",
        "closed-under-reference",
        f"tell {reader} that first, or leave the name out",
        "readers",
    )


def parties_named(statement: Statement, *, within: bool = False) -> set[PartyId]:
    """Give the parties that a statement names; `within` looks into what is shown on, too."""
    named = set(_party_ids_of(statement.body))
    if statement.said_by is not None and statement.said_by.party is not None:
        named.add(statement.said_by.party)
    if within and isinstance(statement.body, Forwarded):
        original = original_of(statement.body)
        named |= {original.author.party} | parties_named(original, within=True)
    named.discard(PUBLIC)
    return named


_HOLDING = (Struct, tuple)
_last: tuple[object, frozenset[PartyId]] = (None, frozenset())


def _party_ids_of(body: object) -> frozenset[PartyId]:
    """Give the party ids in a body; each act is asked twice in a row, so the last answer is kept."""
    global _last  # noqa: PLW0603 - a memory of one, of a value that never changes
    kept = _last
    if kept[0] is not body:
        kept = _last = (body, frozenset(_party_ids(body)))
    return kept[1]


def _party_ids(value: object) -> set[PartyId]:
    """Collect the party ids in a value: the fields that are annotated as such, however deep."""
    found: set[PartyId] = set()
    _gather(value, found)
    return found


def _gather(value: object, found: set[PartyId]) -> None:
    if isinstance(value, tuple):
        for item in value:
            _gather(item, found)
    elif isinstance(value, Struct):
        naming = _party_fields(type(value))
        for field in value.__struct_fields__:
            inner = getattr(value, field)
            if field in naming:
                found.update((PartyId(inner),) if isinstance(inner, str) else inner or ())
            elif isinstance(inner, _HOLDING):
                _gather(inner, found)


@cache
def _party_fields(kind: type[Struct]) -> frozenset[str]:
    """Give the fields of a value that hold party ids, read from its annotations so that none is forgotten."""
    hints = typing.get_type_hints(kind)
    return frozenset(field for field, hint in hints.items() if holds(hint, PartyId))
