"""The client key of a hosted party: which stands, by the party's own log.

A client key signs what the party's people say. Its secret half is held by the party itself and never by the
node that hosts it, so that what it has signed the host cannot have written.
"""

from __future__ import annotations

from keepclear.model.parties import KeyStated
from keepclear.model.statements import Statement
from keepclear.views.picture import Picture

SIGNS = "statements by client"
"""What a client key signs, in the words of its `key` statement."""

COSIGNS = "cosigning by client"
"""What a client's mirror key signs: checkpoints of logs told to its party, once it holds their entries."""


def client_key_statements(picture: Picture) -> list[Statement]:
    """Give the statements by which a picture's party has stated client keys of its own, oldest first."""
    return [entry.statement for entry, body in picture.own_keys() if body.signs in (SIGNS, COSIGNS)]


def client_keys(picture: Picture) -> list[str]:
    """Give every client key (vkey text) that a picture's party has stated, oldest first."""
    return _stated(picture, SIGNS)


def mirror_keys(picture: Picture) -> list[str]:
    """Give every key (vkey text) with which a picture's party's client has cosigned, oldest first."""
    return _stated(picture, COSIGNS)


def _stated(picture: Picture, signs: str) -> list[str]:
    bodies = [statement.body for statement in client_key_statements(picture)]
    return list(
        dict.fromkeys(body.vkey for body in bodies if isinstance(body, KeyStated) and body.signs == signs)
    )


def client_key(picture: Picture) -> str | None:
    """Give the client key that stands, or None where the party has stated none."""
    stated = client_keys(picture)
    return stated[-1] if stated else None
