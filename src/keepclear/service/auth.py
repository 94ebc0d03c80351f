"""Who is calling: roles, and the tokens in the file of the machine's owner.

These tokens are for commands on the machine itself (http/callers.py). Persons and programs: people.py.
"""

from __future__ import annotations

import hmac
import os
import secrets
from enum import StrEnum
from pathlib import Path

import msgspec
from msgspec import Struct

from keepclear.errors import StoreFault
from keepclear.model.words import PartyId


class Role(StrEnum):
    """What a caller may do; deny by default, see http/policy.py."""

    DUTY_OFFICER = "duty officer"
    LIAISON_OFFICER = "liaison officer"
    WATCH_CHIEF = "watch chief"
    INFORMATION_STEWARD = "information steward"
    OBSERVER = "observer"
    AUDITOR = "auditor"
    OPERATOR = "operator"


OF_THE_NODE = (Role.AUDITOR, Role.OPERATOR)
"""Roles that belong to no party: the auditor whom all appointed, and who keeps the machine running."""


class Principal(Struct, frozen=True):
    """A caller: the party it acts for ("*" for an auditor or operator) and its role.

    `person` and `name` are those of a signed-in person; a token's caller has neither.
    """

    party: PartyId
    role: Role
    person: str = ""
    name: str = ""


class Grant(Struct, frozen=True):
    """A token and what it stands for."""

    token: str
    party: PartyId
    role: Role


class Tokens:
    """The tokens of a node; compared in constant time."""

    def __init__(self, grants: tuple[Grant, ...] = ()) -> None:
        self._grants = grants

    @classmethod
    def fresh(cls, parties: tuple[PartyId, ...]) -> Tokens:
        """Make one token for each role at each desk, one for an auditor, and one for the operator."""
        places = [(party, role) for party in parties for role in Role if role not in OF_THE_NODE]
        places += [(PartyId("*"), role) for role in OF_THE_NODE]
        return cls(tuple(Grant(secrets.token_urlsafe(24), party, role) for party, role in places))

    @classmethod
    def open(cls, path: Path, parties: tuple[PartyId, ...]) -> Tokens:
        """Read the token file; make it, or add what new parties need, with owner-only rights.

        Raises:
            StoreFault: the file cannot be read or written.
        """
        try:
            if path.exists() and path.stat().st_mode & 0o077:
                asked = f"the token file {path} is open to others"
                raise StoreFault(asked, "token-file", f"chmod 600 {path}")
            kept = msgspec.json.decode(path.read_bytes(), type=tuple[Grant, ...]) if path.exists() else ()
            have = {(grant.party, grant.role) for grant in kept}
            added = tuple(
                grant for grant in cls.fresh(parties)._grants if (grant.party, grant.role) not in have
            )
            if added:
                kept = (*kept, *added)
                beside = path.with_suffix(".new")
                beside.unlink(missing_ok=True)
                handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
                with os.fdopen(handle, "wb") as file:
                    file.write(msgspec.json.encode(kept))
                beside.replace(path)
        except (OSError, msgspec.DecodeError) as error:
            raise StoreFault(
                f"the token file {path}: {error}", "token-file", "a readable file, or none"
            ) from error
        return cls(kept)

    def principal(self, token: str) -> Principal | None:
        """Give whom a token stands for, or None."""
        found = None
        for grant in self._grants:
            if hmac.compare_digest(grant.token.encode(), token.encode()):
                found = Principal(grant.party, grant.role)
        return found

    def token(self, party: PartyId, role: Role) -> str:
        """Give the token of a desk and role.

        Raises:
            StoreFault: there is none.
        """
        for grant in self._grants:
            if grant.party == party and grant.role == role:
                return grant.token
        raise StoreFault(f"no token for {role} of {party}", "token", "a party that this node hosts")
