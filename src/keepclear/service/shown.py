"""Texts that reached this node by others' hands, by id: what an author is held to wherever it was told."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress

from msgspec import Struct

from keepclear.errors import KeepclearError
from keepclear.model.statements import Entry, Statement, original_of
from keepclear.model.telling import Forwarded
from keepclear.model.words import PartyId, StatementId


class Withheld(Struct, frozen=True):
    """Another's statement that breaks a hard limit: which, what was told, and to which desks here."""

    limit: str
    statement: Statement
    readers: frozenset[PartyId]


def inside(statement: Statement) -> list[Statement]:
    """Give the statements that one shows on, the outermost first; those that cannot be read are left out."""
    found: list[Statement] = []
    body = statement.body
    with suppress(KeepclearError):
        while isinstance(body, Forwarded):
            found.append(original_of(body))
            body = found[-1].body
    return found


class ShownOn:
    """The texts of each statement that others have shown on here; most have one."""

    def __init__(self) -> None:
        self._texts: dict[StatementId, tuple[Statement, ...]] = {}

    def clear(self) -> None:
        """Forget all."""
        self._texts.clear()

    def fold(self, entries: Iterable[Entry]) -> None:
        """Take in what entries show on."""
        for entry in entries:
            if isinstance(entry.statement.body, Forwarded):
                for inner in inside(entry.statement):
                    known = self._texts.get(inner.id, ())
                    if inner not in known:
                        self._texts[inner.id] = (*known, inner)

    def texts(self, identity: StatementId) -> tuple[Statement, ...]:
        """Give the texts that were shown on under an id."""
        return self._texts.get(identity, ())
