"""Routes for a hosted party that signs with its own key: prepare an act, then hand in the signed bytes."""

from __future__ import annotations

from base64 import b64encode
from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta, Struct
from starlette.responses import Response

from keepclear.commands.client import Enrolment, Wish, prepare, take_signed
from keepclear.commands.telling import Decision, Desk, Tell
from keepclear.errors import Malformed, NotAllowed
from keepclear.model.parties import KeyStated
from keepclear.model.statements import MAX_STATEMENT_BYTES, encode, kind_of, read
from keepclear.model.telling import NotTold, ReleaseDecided
from keepclear.model.words import PartyId, StatementId
from keepclear.record.canonical import canonical
from keepclear.service.asking import Ask
from keepclear.service.auth import Role
from keepclear.service.http.acts import IF_MATCH, KEY, ActAnswer, act, key_of, own_attachments
from keepclear.service.http.policy import Policy, allow_kind
from keepclear.service.http.routes import Call, Route
from keepclear.service.receiving import prepared as prepared_cosignatures
from keepclear.views.client_keys import client_key


class WishAsked(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What the client wants stated: an act of telling, or to enrol a client key; one of the two."""

    act: Tell | None = None
    enrol: Enrolment | None = None


class PreparedStatement(Struct, frozen=True):
    """One statement to be signed: its canonical bytes without a signature (base64), and its readers."""

    unsigned: str
    readers: tuple[PartyId, ...]


class PreparedAnswer(Struct, frozen=True):
    """The statements of an act as they are to be signed, and the client key that stands ("" for none)."""

    party: PartyId
    client_key: str
    statements: tuple[PreparedStatement, ...]


class SignedAsked(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """An act as it was prepared, with the signed canonical bytes of its statements (base64)."""

    signed: tuple[str, ...]
    act: Tell | None = None
    enrol: Enrolment | None = None


class Cosignature(Struct, frozen=True, forbid_unknown_fields=True):
    """The client's cosignature of one checkpoint of a log told to its party: the signature line."""

    origin: Annotated[str, Meta(max_length=255)]
    size: Annotated[int, Meta(ge=1)]
    line: Annotated[str, Meta(max_length=1_000)]


class CosignaturesAsked(Struct, frozen=True, forbid_unknown_fields=True):
    """What the client has fetched, verified and kept, and says that it holds."""

    items: Annotated[tuple[Cosignature, ...], Meta(max_length=512)]


class CosignedAnswer(Struct, frozen=True):
    """How many checkpoints have gained the client's cosignature; the others had it."""

    party: PartyId
    cosigned: int


_COSIGNATURES = msgspec.json.Decoder(CosignaturesAsked)
_WISH = msgspec.json.Decoder(WishAsked)
_SIGNED = msgspec.json.Decoder(SignedAsked)
_MOST_BYTES = 4 * MAX_STATEMENT_BYTES


async def prepared(call: Call) -> Response:
    """Work out the statements of an act for the client to sign; nothing is kept."""
    asked: WishAsked = read(_WISH, await call.body(MAX_STATEMENT_BYTES), "the act")
    wish, key = _wish(call, asked), key_of(call)
    await call.writer.settled()
    node = call.writer.node
    desk = node.desk(call.party)
    decision = prepare(desk, wish, key, node.clock.now(), node.keys, _if_match(call))
    found = PreparedAnswer(
        call.party,
        client_key(desk.picture) or "",
        tuple(
            PreparedStatement(b64encode(encode(one.statement)).decode(), one.readers)
            for one in decision.tells
        ),
    )
    return Response(msgspec.json.encode(found), media_type="application/json")


async def state(call: Call) -> Response:
    """State what the client has signed, byte for byte."""
    asked: SignedAsked = read(_SIGNED, await call.body(_MOST_BYTES), "the signed act")
    wish, key, if_match = _wish(call, asked), key_of(call), _if_match(call)
    node = call.writer.node

    def decided(desk: Desk, now: datetime) -> Decision:
        return take_signed(desk, wish, asked.signed, key, now, node.keys, if_match)

    readers = wish.readers if isinstance(wish, Tell) else ()
    return await act(
        call, Ask(call.party, key, canonical(["client", asked, if_match or ""]), readers, decided)
    )


async def cosign(call: Call) -> Response:
    """Keep the cosignatures by which the desk's client says that it holds what was told to it."""
    asked: CosignaturesAsked = read(_COSIGNATURES, await call.body(_MOST_BYTES), "the cosignatures")
    items = [(each.origin, each.size, each.line) for each in asked.items]
    await call.writer.settled()
    # What is refused is refused here, since a batch that fails in its turn has the record read again.
    _, gained = prepared_cosignatures(call.writer.node, call.party, items)
    if gained:
        await call.writer.submit_whole(lambda node: prepared_cosignatures(node, call.party, items)[0])
    answer = CosignedAnswer(call.party, gained)
    return Response(msgspec.json.encode(answer), media_type="application/json")


def _wish(call: Call, asked: WishAsked | SignedAsked) -> Wish:
    """Give the one thing asked for, where the caller's role may.

    Raises:
        Malformed: it asks for none, or for both.
        NotAllowed: another role does this.
    """
    if (asked.act is None) == (asked.enrol is None):
        raise Malformed("neither an act nor a key to enrol, or both", "client-act", "one of act and enrol")
    if asked.enrol is not None:
        if call.caller.role is not Role.WATCH_CHIEF:
            raise NotAllowed(f"enrolling a {kind_of(KeyStated)} by {call.caller.role}", "role", "watch chief")
        return asked.enrol
    assert asked.act is not None  # noqa: S101 - narrows the type; one of the two is there
    allow_kind(call.caller, kind_of(type(asked.act.body)), "act.body.kind")
    if asked.act.not_telling:
        allow_kind(call.caller, kind_of(NotTold), "act.not_telling")
    if asked.act.finer:
        allow_kind(call.caller, kind_of(ReleaseDecided), "act.finer")
    own_attachments(call, asked.act)
    return asked.act


def _if_match(call: Call) -> StatementId | None:
    matched = call.request.headers.get("if-match")
    return None if matched is None else StatementId(matched.strip().strip('"'))


def routes() -> list[Route]:
    """List the routes of this module."""
    base = "/api/v1/desks/{party}/client"
    return [
        Route("POST", f"{base}/prepare", Policy.ACT, prepared,
              "Work out an act's statements for the desk's client to sign; keeps nothing.",
              PreparedAnswer, WishAsked, headers=(KEY, IF_MATCH)),
        Route("POST", f"{base}/statements", Policy.ACT, state,
              "State what the desk's client key has signed, byte for byte.",
              ActAnswer, SignedAsked, headers=(KEY, IF_MATCH), status=201),
        Route("POST", f"{base}/cosignatures", Policy.ACT, cosign,
              "Keep the cosignatures of the desk's client over what it has fetched.",
              CosignedAnswer, CosignaturesAsked),
    ]  # fmt: skip
