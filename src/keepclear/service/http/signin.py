"""Routes by which persons come in and go: passkeys, sessions, and a watch chief's care for its people."""

from __future__ import annotations

import asyncio
from base64 import urlsafe_b64decode
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, Final, TypeVar

import msgspec
from msgspec import Meta, Struct
from starlette.responses import Response

from keepclear.commands.ports import Clock
from keepclear.errors import NotAllowed, NotKnown
from keepclear.model.statements import read
from keepclear.model.words import PartyId
from keepclear.service.auth import Principal, Role
from keepclear.service.http.callers import COOKIE, Caller
from keepclear.service.http.policy import Policy
from keepclear.service.http.routes import Call, Param, Route
from keepclear.service.people import (
    SESSION_LIFE,
    Begun,
    Invited,
    People,
    Person,
    at,
    csrf_of,
    ordered,
    refused_passkey,
)
from keepclear.service.throttle import Throttle, address_key
from keepclear.stores.people import PasskeyRow, PersonRow, SessionRow

if TYPE_CHECKING:  # what checks signatures takes a fifth of a second to load, which only a served node needs
    from keepclear.service.passkeys import Passkeys

MAX_CREDENTIAL_BYTES: Final = 64 * 1024
CSRF = Param("X-Keepclear-CSRF", '"csrf" of GET /api/v1/session; every write of a session bears it')
_NO_STORE: Final = {"Cache-Control": "no-store"}
_COUNTED: Final = "sign-in"
Given = TypeVar("Given")


@dataclass(frozen=True)
class Door:
    """What signing in needs: who may, how passkeys are asked for, and who knocked too often."""

    people: People
    passkeys: Passkeys
    throttle: Throttle
    clock: Clock


class CodeGiven(Struct, frozen=True, forbid_unknown_fields=True):
    """A one-time code, as it was read out or typed."""

    code: Annotated[str, Meta(min_length=1, max_length=64)]


class EnrolmentGiven(Struct, frozen=True, forbid_unknown_fields=True):
    """A one-time code and the passkey that was made for it."""

    code: Annotated[str, Meta(min_length=1, max_length=64)]
    credential: dict[str, Any]


class SignInGiven(Struct, frozen=True, forbid_unknown_fields=True):
    """What a passkey signed, and the role to come in with."""

    credential: dict[str, Any]
    role: Role | None = None


class RoleGiven(Struct, frozen=True, forbid_unknown_fields=True):
    """A role to go on in."""

    role: Role


class SessionAnswer(Struct, frozen=True):
    """Who is signed in, and whether anybody has to be.

    `csrf` goes with every write of the session, in the header X-Keepclear-CSRF. `address` is where passkeys
    of this node work.
    """

    required: bool
    user: str = ""
    party: str = ""
    role: str = ""
    roles: tuple[str, ...] = ()
    until: datetime | None = None
    csrf: str = ""
    address: str = ""


class EnrolmentAnswer(Struct, frozen=True):
    """A session, and the codes to keep on paper, which are never shown again."""

    session: SessionAnswer
    recovery_codes: tuple[str, ...]


class SessionRowAnswer(Struct, frozen=True):
    """One signed-in browser of the caller."""

    id: str
    role: str
    began_at: datetime
    until: datetime
    address: str
    this: bool


class SessionsAnswer(Struct, frozen=True):
    """The caller's sessions."""

    items: tuple[SessionRowAnswer, ...]


class PeopleAnswer(Struct, frozen=True):
    """The persons of a desk."""

    party: PartyId
    items: tuple[Person, ...]


class EndedAnswer(Struct, frozen=True):
    """How many sessions ended."""

    ended: int


_CODE = msgspec.json.Decoder(CodeGiven)
_ENROLMENT = msgspec.json.Decoder(EnrolmentGiven)
_SIGN_IN = msgspec.json.Decoder(SignInGiven)
_ROLE = msgspec.json.Decoder(RoleGiven)


async def session(call: Call) -> Response:
    """Answer who is signed in; anybody may ask."""
    door: Door | None = call.request.app.state.door
    caller: Caller | None = call.request.state.caller
    return _json(_session(door, caller, required=call.request.app.state.demo is None))


async def enrolment_options(call: Call) -> Response:
    """Give a browser what it needs to make a passkey for the holder of a code."""
    door = _door(call)
    given = await _read(call, _CODE)

    def ask() -> dict[str, Any]:
        person = door.people.invited(given.code)
        return door.passkeys.to_enrol(person, given.code, door.clock.now())

    return _json(await _knock(call, door, ask))


async def enrol(call: Call) -> Response:
    """Spend a code on a passkey and sign in with it."""
    door = _door(call)
    given = await _read(call, _ENROLMENT)

    def spend() -> tuple[Begun, tuple[str, ...]]:
        person = door.people.invited(given.code)
        passkey = door.passkeys.enrolled(person, given.code, given.credential, door.clock.now())
        made = door.people.enrol(given.code, passkey)
        return door.people.begin(person, None, _peer(call)), made.recovery_codes

    begun, codes = await _knock(call, door, spend)
    return _signed_in(EnrolmentAnswer(_begun(door, begun), codes), begun)


async def sign_in_options(call: Call) -> Response:
    """Give a browser what it needs to sign in by any passkey of this node."""
    door = _door(call)
    return _json(door.passkeys.to_sign_in(door.clock.now()))


async def sign_in(call: Call) -> Response:
    """Sign in by what a passkey signed."""
    door = _door(call)
    given = await _read(call, _SIGN_IN)
    person, passkey = _whose(door, given.credential)

    def check() -> Begun:
        if person is None or passkey is None:
            raise refused_passkey()
        count = door.passkeys.signed(person, passkey, given.credential, door.clock.now())
        present = call.request.cookies.get(COOKIE)
        return door.people.begin(person, given.role, _peer(call), (passkey, count), present)

    begun = await _knock(call, door, check, person)
    return _signed_in(_begun(door, begun), begun)


def _whose(door: Door, credential: dict[str, Any]) -> tuple[PersonRow | None, PasskeyRow | None]:
    try:
        identity = urlsafe_b64decode(credential["rawId"] + "==")
    except (KeyError, TypeError, ValueError):
        return None, None
    passkey = door.people.store.passkey(identity)
    return (None, None) if passkey is None else (door.people.store.person(passkey.person), passkey)


async def take_role(call: Call) -> Response:
    """Go on in another of one's roles."""
    door = _door(call)
    given = await _read(call, _ROLE)
    if not await asyncio.to_thread(door.people.store.take_role, _own(call).id, given.role):
        raise NotAllowed("going on in this role", "sign-in-role", "a role that the person holds", "role")
    return _json(_session(door, call.request.app.state.callers.caller(call.request), required=True))


async def sign_out(call: Call) -> Response:
    """End the session of this browser."""
    await _end(call, _own(call).id)
    response = _json(_session(_door(call), None, required=True))
    response.delete_cookie(COOKIE, path="/", secure=True, httponly=True, samesite="strict")
    response.headers["Clear-Site-Data"] = '"cache"'
    return response


async def sessions(call: Call) -> Response:
    """List the caller's own sessions."""
    door, own = _door(call), _own(call)
    rows = tuple(
        SessionRowAnswer(
            row.id, row.role, at(row.began_at_us), at(row.until_us), row.address, row.id == own.id
        )
        for row in door.people.sessions(own.person)
    )
    return _json(SessionsAnswer(rows))


async def end_session(call: Call) -> Response:
    """End one of the caller's own sessions, in whatever browser it is."""
    await _end(call, str(call.request.path_params["session"]))
    return await sessions(call)


async def _end(call: Call, identity: str) -> None:
    ended = await asyncio.to_thread(_door(call).people.store.end_session, identity, _own(call).person)
    if not ended:
        raise NotKnown(f"the session {identity[:40]}", "session-id", "an id of GET /api/v1/sessions")


async def people(call: Call) -> Response:
    """List the persons of the desk."""
    return _json(PeopleAnswer(call.party, _door(call).people.listed(call.party)))


async def invite(call: Call) -> Response:
    """Make a code for a person of the desk who has lost its passkey; shown once."""
    door = _door(call)
    return _json(await asyncio.to_thread(door.people.invite, _of_desk(call, door)), 201)


async def end_sessions(call: Call) -> Response:
    """End all sessions of a person of the desk."""
    door = _door(call)
    return _json(
        EndedAnswer(await asyncio.to_thread(door.people.store.end_sessions, _of_desk(call, door).id))
    )


def _of_desk(call: Call, door: Door) -> PersonRow:
    identity = str(call.request.path_params["person"])
    person = door.people.store.person(identity)
    if person is None or person.party != call.party:
        raise NotKnown(f"the person {identity[:40]}", "person", "an id of the desk's people")
    return person


def _door(call: Call) -> Door:
    door: Door | None = call.request.app.state.door
    if door is None:
        raise NotKnown("signing in", "sign-in-none", "a node started with: keepclear serve")
    return door


def _own(call: Call) -> SessionRow:
    caller: Caller | None = call.request.state.caller
    if caller is None or caller.session is None:
        raise NotAllowed("this without a session", "session", "a person who has signed in")
    return caller.session


async def _read(call: Call, decoder: msgspec.json.Decoder[Given]) -> Given:
    given: Given = read(decoder, await call.body(MAX_CREDENTIAL_BYTES), "what was given to sign in")
    return given


async def _knock(call: Call, door: Door, work: Callable[[], Given], person: PersonRow | None = None) -> Given:
    """Do what may fail for a stranger, and count it if it does."""
    concerned = (address_key(_peer(call)), *(() if person is None else (f"person {person.id}",)))
    door.throttle.check(concerned, door.clock.now())
    try:
        done = await asyncio.to_thread(work)
    except NotAllowed as refusal:
        if refusal.rule == _COUNTED:
            door.throttle.failed(concerned, door.clock.now())
        raise
    if person is not None:
        door.throttle.succeeded(f"person {person.id}")
    return done


def _peer(call: Call) -> str:
    return call.request.client.host if call.request.client is not None else "unknown"


def _session(door: Door | None, caller: Caller | None, *, required: bool) -> SessionAnswer:
    address = door.passkeys.place.origins[0] if door is not None else ""
    if caller is None:
        return SessionAnswer(required, address=address)
    principal, own = caller.principal, caller.session
    if own is None or door is None:
        return SessionAnswer(
            required, "", principal.party, principal.role, (principal.role,), address=address
        )
    person = door.people.store.person(own.person)
    roles = () if person is None else ordered(person.roles)
    return SessionAnswer(
        required, own.name, own.party, own.role, roles, at(own.until_us), csrf_of(caller.secret), address
    )


def _begun(door: Door, begun: Begun) -> SessionAnswer:
    own = begun.session
    principal = Principal(own.party, Role(own.role), own.person, own.name)
    return _session(door, Caller(principal, own, begun.secret), required=True)


def _signed_in(answer: object, begun: Begun) -> Response:
    response = _json(answer, 201)
    response.set_cookie(
        COOKIE, begun.secret, max_age=int(SESSION_LIFE.total_seconds()), path="/", secure=True, httponly=True,
        samesite="strict",
    )  # fmt: skip
    return response


def _json(answer: object, status: int = 200) -> Response:
    return Response(msgspec.json.encode(answer), status, _NO_STORE, "application/json")


def routes() -> list[Route]:
    """List the routes of this module."""
    desk = "/api/v1/desks/{party}/people"
    own, chief, csrf = Policy.SIGNED_IN, Policy.PEOPLE, (CSRF,)
    return [
        Route("GET", "/api/v1/session", Policy.OPEN, session, "Who is signed in.", SessionAnswer),
        Route("POST", "/api/v1/enrolment/options", Policy.OPEN, enrolment_options,
              "What a browser is to make a passkey of, for a one-time code.", dict[str, Any], CodeGiven),
        Route("POST", "/api/v1/enrolment", Policy.OPEN, enrol,
              "Spend a code on a passkey, and sign in.", EnrolmentAnswer, EnrolmentGiven, status=201),
        Route("POST", "/api/v1/sign-in/options", Policy.OPEN, sign_in_options,
              "What a browser is to sign.", dict[str, Any]),
        Route("POST", "/api/v1/sign-in", Policy.OPEN, sign_in, "Sign in by a passkey.",
              SessionAnswer, SignInGiven, status=201),
        Route("PUT", "/api/v1/session", own, take_role, "Go on in another of one's roles.",
              SessionAnswer, RoleGiven, headers=csrf),
        Route("DELETE", "/api/v1/session", own, sign_out, "Sign out.", SessionAnswer, headers=csrf),
        Route("GET", "/api/v1/sessions", own, sessions, "One's own sessions.", SessionsAnswer),
        Route("DELETE", "/api/v1/sessions/{session}", own, end_session, "End one of one's own sessions.",
              SessionsAnswer, headers=csrf),
        Route("GET", desk, chief, people, "The persons of this desk.", PeopleAnswer),
        Route("POST", f"{desk}/{{person}}/code", chief, invite, "A new code for a person of this desk.",
              Invited, headers=csrf, status=201),
        Route("DELETE", f"{desk}/{{person}}/sessions", chief, end_sessions,
              "End all sessions of a person of this desk.", EndedAnswer, headers=csrf),
    ]  # fmt: skip
