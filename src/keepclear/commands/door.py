"""The door of the pictures: what comes into a log is its author's, and an id has one text."""

from __future__ import annotations

from keepclear.errors import StoreFault
from keepclear.model.statements import Statement
from keepclear.model.words import PartyId, owner_of


def check_own(statement: Statement, author: PartyId) -> None:
    """Refuse a statement in a log whose author did not make it, or under an id of another party.

    Raises:
        StoreFault: whose it is.
    """
    if statement.author.party != author:
        raise StoreFault(
            f"a statement of {statement.author.party} in a log of {author}",
            "author-of-log",
            "a record in which each party writes its own logs; a restore from backup",
        )
    if owner_of(statement.id) != author:
        raise StoreFault(
            f"a statement of {author} under the id {statement.id}",
            "owner-of-id",
            f"an id of {author}: who owns an id is written before its dot; a restore from backup",
        )


def check_same(statement: Statement, known: Statement | None) -> None:
    """Refuse a second text under an id that has one.

    Raises:
        StoreFault: the id.
    """
    if known is not None and known is not statement and known != statement:
        raise StoreFault(
            f"another text under the id {statement.id}",
            "one-text-per-id",
            "the text that it has; both are evidence of a split view, so keep them",
        )
