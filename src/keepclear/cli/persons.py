"""Commands about who may call: persons with passkeys and their sessions, tokens for programs.

They work on the node's file of people, whether the node runs or not, and count at once.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

from cyclopts import App, Parameter

from keepclear.cli.client import FOLDER
from keepclear.cli.looking import Dir, Json
from keepclear.cli.output import Printer, bold, instant, joined, safe, say
from keepclear.cli.telling import one_of
from keepclear.errors import NotKnown, Refused
from keepclear.model.words import PartyId
from keepclear.service.auth import OF_THE_NODE, Role
from keepclear.service.clock import SystemClock
from keepclear.service.people import EVERYBODY, Invited, People, Scope, at
from keepclear.service.settings import PEOPLE, settings_of
from keepclear.stores.people import PeopleStore

user = App(name="user", help="Persons who sign in: add, appoint, help after a lost passkey, erase.")
token = App(name="token", help="Tokens for programs: add, list, revoke.")

Name = Annotated[str, Parameter(help="The person's name.")]
Party = Annotated[str | None, Parameter(help="The party; needed where several have a person of this name.")]


@contextmanager
def people_of(folder: Path) -> Iterator[People]:
    """Open a node's file of people.

    Raises:
        Refused: there is no node in the folder.
        StoreFault: the file cannot be used.
    """
    settings_of(folder)
    store = PeopleStore.open(folder / PEOPLE)
    try:
        yield People(store, SystemClock())
    finally:
        store.close()


def hosted(folder: Path, party: str | None, role: Role, whose: str = "of this person") -> PartyId:
    """Give the party of a role, which the node must host; `whose` says of what it is.

    Raises:
        NotKnown: the node does not host it, or none was named where it hosts several.
    """
    if role in OF_THE_NODE:
        if party in (None, EVERYBODY):
            return EVERYBODY
        raise Refused(
            f"the role {role} at {party}",
            "role-of-party",
            f"no --party: the {role} belongs to no party, but to all that this node hosts",
            "party",
        )
    parties = settings_of(folder).parties
    named = parties[0] if party is None and len(parties) == 1 else party
    if named not in (*parties, EVERYBODY):
        raise NotKnown(
            f"the party {named or whose}",
            "hosted-party",
            f"--party with one of {', '.join(parties)}",
        )
    return PartyId(str(named))


@user.command
def add(
    name: Annotated[str, Parameter(help="The person's name, as it is to be shown.")],
    /,
    *,
    role: Annotated[str, one_of(Role, "The first role.")],
    party: Annotated[str | None, Parameter(help="The party, where the node hosts several.")] = None,
    dir_: Dir = FOLDER,
    json: Json = False,
) -> int:
    """Add a person and print the one-time code by which it makes its passkey."""
    with people_of(dir_) as people:
        invited = people.add(name, hosted(dir_, party, Role(role)), Role(role))
    _give_code(invited, Printer(as_json=json))
    return 0


@user.command
def code(name: Name, /, *, party: Party = None, dir_: Dir = FOLDER, json: Json = False) -> int:
    """Print a new one-time code, as after a lost passkey; using it ends the old passkey and all sessions."""
    with people_of(dir_) as people:
        invited = people.invite(people.named(name, _party(party)))
    _give_code(invited, Printer(as_json=json))
    return 0


@user.command
def appoint(
    name: Name,
    /,
    *,
    role: Annotated[str, one_of(Role, "One more role.")],
    party: Party = None,
    dir_: Dir = FOLDER,
) -> int:
    """Let a person take one more role at its party."""
    with people_of(dir_) as people:
        people.appoint(people.named(name, _party(party)), Role(role))
    say(f"{name} may now sign in as {role}.")
    return 0


@user.command
def dismiss(
    name: Name,
    /,
    *,
    role: Annotated[str, one_of(Role, "The role to take away.")],
    party: Party = None,
    dir_: Dir = FOLDER,
) -> int:
    """Take a role from a person; its sessions in that role end at once."""
    with people_of(dir_) as people:
        if not people.store.dismiss(people.named(name, _party(party)).id, role):
            raise NotKnown(f"{name} as {role}", "person-role", "a role of keepclear user list")
    say(f"{name} is no longer {role}; sessions in that role have ended.")
    return 0


@user.command(name="list")
def list_users(*, dir_: Dir = FOLDER, json: Json = False) -> int:
    """List the persons with their roles, and whether each has a passkey."""
    with people_of(dir_) as people:
        found = people.listed()

    def lined(_: object) -> Iterator[str]:
        for person in found:
            passkey = "has a passkey" if person.has_passkey else "no passkey yet"
            sessions = f"{person.sessions} signed in" if person.sessions else ""
            yield (
                f"{bold(person.name)} of {safe(person.party)}: "
                f"{joined(', '.join(person.roles) or 'no role', passkey, sessions)}"
            )
        if not found:
            yield "Nobody. Next: keepclear user add NAME --party PARTY --role ROLE"

    Printer(as_json=json).give(found, lined)
    return 0


@user.command
def sessions(
    name: Annotated[str | None, Parameter(help="Only this person's.")] = None,
    /,
    *,
    party: Party = None,
    dir_: Dir = FOLDER,
    json: Json = False,
) -> int:
    """List who is signed in, in which role, from where and until when."""
    with people_of(dir_) as people:
        found = people.sessions(None if name is None else people.named(name, _party(party)).id)
    rows = [
        {
            "id": row.id, "name": row.name, "party": row.party, "role": row.role, "address": row.address,
            "began_at": at(row.began_at_us), "until": at(row.until_us),
        }
        for row in found
    ]  # fmt: skip

    def lined(_: object) -> Iterator[str]:
        for row in found:
            place = f"as {safe(row.role)} from {safe(row.address)}"
            yield f"{bold(row.name)} of {safe(row.party)} {place}, until {_shown(at(row.until_us))}"
        if not found:
            yield "Nobody is signed in."

    Printer(as_json=json).give(rows, lined)
    return 0


@user.command(name="sign-out")
def sign_out(name: Name, /, *, party: Party = None, dir_: Dir = FOLDER) -> int:
    """End all sessions of a person at once; the passkey stands."""
    with people_of(dir_) as people:
        ended = people.store.end_sessions(people.named(name, _party(party)).id)
    say(f"Ended {ended} sessions of {name}.")
    return 0


@user.command
def erase(name: Name, /, *, party: Party = None, dir_: Dir = FOLDER) -> int:
    """Erase a person with passkey, codes and sessions; the record, which holds none of it, stands."""
    with people_of(dir_) as people:
        people.store.erase(people.named(name, _party(party)).id)
    say(f"Erased {name}. Backups made before still hold the name.")
    return 0


_OF_THE_NODE = {Scope.AUDITOR: Role.AUDITOR, Scope.OPERATE: Role.OPERATOR}
"""The scopes that belong to no party, and their roles."""


@token.command(name="add")
def add_token(
    name: Annotated[str, Parameter(help="What the program is, as it is to be shown.")],
    /,
    *,
    scope: Annotated[str, one_of(Scope, "What it is for.")],
    party: Annotated[
        str | None,
        Parameter(help="The party, where the node hosts several; without it that of KEEPCLEAR_AS."),
    ] = None,
    role: Annotated[
        str | None, one_of(Role, "The role in which it acts; without it, the scope's own.")
    ] = None,
    days: Annotated[int, Parameter(help="For how many days, at most 366.")] = 90,
    dir_: Dir = FOLDER,
    json: Json = False,
) -> int:
    """Make a token for a program and print it, once."""
    asked = None if role is None else Role(role)
    with people_of(dir_) as people:
        of_the_node = _OF_THE_NODE.get(Scope(scope))
        if party is None and of_the_node is None:
            party = os.environ.get("KEEPCLEAR_AS") or None
        place = hosted(dir_, party, of_the_node or asked or Role.OBSERVER, "of this token")
        secret, row = people.add_token(name, place, Scope(scope), asked, timedelta(days=days))

    def lined(made: dict[str, Any]) -> Iterable[str]:
        return (safe(made["token"]),)

    until = at(row.until_us)
    made = {
        "id": row.id,
        "token": secret,
        "party": row.party,
        "scope": row.scope,
        "role": row.role,
        "until": until,
    }
    say(f"Token {row.id} to {row.scope} at {row.party} as {row.role}, until {until:%Y-%m-%d}. Shown once:")
    Printer(as_json=json).give(made, lined)
    return 0


@token.command(name="list")
def list_tokens(*, dir_: Dir = FOLDER, json: Json = False) -> int:
    """List the tokens: what for, until when, and whether they count; never the tokens themselves."""
    with people_of(dir_) as people:
        found = people.tokens()
    rows = [
        {
            "id": row.id, "name": row.name, "party": row.party, "scope": row.scope, "role": row.role,
            "until": at(row.until_us), "standing": standing,
        }
        for row, standing in found
    ]  # fmt: skip

    def lined(_: object) -> Iterator[str]:
        for row, standing in found:
            place = f"{safe(row.scope)} at {safe(row.party)} as {safe(row.role)}"
            until = f"until {at(row.until_us):%Y-%m-%d}, {standing}"
            yield f"{safe(row.id)}  {bold(row.name)}: {place}, {until}"
        if not found:
            yield "No tokens."

    Printer(as_json=json).give(rows, lined)
    return 0


@token.command
def revoke(
    identity: Annotated[str, Parameter(help="The token's id, as keepclear token list gives it.")],
    /,
    *,
    dir_: Dir = FOLDER,
) -> int:
    """Revoke a token at once and for good."""
    with people_of(dir_) as people:
        people.revoke_token(identity)
    say(f"Token {identity} no longer counts.")
    return 0


def _party(party: str | None) -> PartyId | None:
    return None if party is None else PartyId(party)


def _give_code(invited: Invited, out: Printer) -> None:
    say(f"Usable once, until {_shown(invited.until)}, on the sign-in page:")
    out.give(invited, lambda _: (safe(invited.code),))


def _shown(moment: datetime) -> str:
    return instant(moment.replace(microsecond=0).isoformat())
