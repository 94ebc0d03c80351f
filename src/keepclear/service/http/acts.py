"""Routes by which a desk acts: telling, telling on, and the check that submits nothing."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct
from starlette.responses import Response

from keepclear.commands.telling import MAX_KEY, MAX_READERS, Tell
from keepclear.errors import Malformed, Refused
from keepclear.model.statements import MAX_STATEMENT_BYTES, Body, kind_of, original_of, read
from keepclear.model.telling import Forwarded, NotTold, ReleaseDecided
from keepclear.model.words import PartyId, StatementId, SubjectId
from keepclear.rules.conflicts import CheckAnswer, check
from keepclear.rules.namesakes import same_name
from keepclear.rules.plans import MAX_PLAN_BYTES, read_plan
from keepclear.rules.shown_on import left_behind
from keepclear.service.asking import Ask, Outcome, Place
from keepclear.service.http.policy import Policy, allow_kind
from keepclear.service.http.routes import Call, Param, Route
from keepclear.service.http.waiting import waits

_TELL = msgspec.json.Decoder(Tell)
KEY = Param("Idempotency-Key", f"1 to {MAX_KEY} characters; the same key and act give the same answer")
IF_MATCH = Param("If-Match", "the id of the text that is restated; refused when another one stands")


class TellOn(Struct, frozen=True, forbid_unknown_fields=True):
    """To tell an own statement, as it is, to more readers; `finer` names those who held a coarser form."""

    statement: StatementId
    readers: Annotated[tuple[PartyId, ...], Meta(min_length=1, max_length=MAX_READERS)]
    finer: Annotated[tuple[PartyId, ...], Meta(max_length=MAX_READERS)] = ()


_TELL_ON = msgspec.json.Decoder(TellOn)


class ActAnswer(Struct, frozen=True):
    """What an act made: the statement, its subject, its hash, and its place in each log.

    `warnings` say what is allowed and may yet be a slip: they refuse nothing. `waits` says of
    readers at other nodes why it does not reach them now.
    """

    statement: StatementId
    subject: SubjectId
    digest: str
    told: tuple[Place, ...]
    repeated: bool
    at: datetime
    warnings: tuple[str, ...] = ()
    waits: tuple[str, ...] = ()


async def tell(call: Call) -> Response:
    """State something and tell it to readers."""
    asked: Tell = read(_TELL, await call.body(MAX_STATEMENT_BYTES), "the act")
    allow_kind(call.caller, kind_of(type(asked.body)))
    if asked.not_telling:
        allow_kind(call.caller, kind_of(NotTold), "not_telling")
    if asked.finer:
        allow_kind(call.caller, kind_of(ReleaseDecided), "finer")
    own_attachments(call, asked)
    matched = call.request.headers.get("if-match")
    if_match = None if matched is None else StatementId(matched.strip().strip('"'))
    ask = call.writer.node.ask(call.party, asked, key_of(call), if_match)
    return await act(call, ask)


def own_attachments(call: Call, asked: Tell) -> None:
    """Refuse a statement that names a body which is not kept here, or which another party attached.

    Who shows another's statement on may name the bodies that it names: so its large shape goes along.
    """
    node = call.writer.node
    shown = files_of(call, asked.body)
    for named in asked.attachments:
        kept = node.store.attachment(named.salted_hash)
        ours = kept is not None and node.keys.owns_salt(call.party, kept.salt)
        if kept is None or not (ours or named.salted_hash in shown):
            raise Refused(
                f"a statement with the attachment {named.salted_hash}",
                "attachment-kept",
                f"first: POST /api/v1/desks/{call.party}/attachments with the body; it answers the hash",
                "attachments",
            )


def files_of(call: Call, body: Body) -> frozenset[str]:
    """Give the files of what is shown on, by their hashes; none unless these very bytes reached the desk."""
    if not isinstance(body, Forwarded):
        return frozenset()
    original = original_of(body)
    entry = call.writer.node.picture(call.party).entry(original.id)
    if entry is None or entry.statement != original:
        return frozenset()
    return frozenset(named.salted_hash for named in original.attachments)


async def tell_on(call: Call) -> Response:
    """Tell an own statement to more readers."""
    asked: TellOn = read(_TELL_ON, await call.body(MAX_STATEMENT_BYTES), "the act")
    if asked.finer:
        allow_kind(call.caller, kind_of(ReleaseDecided), "finer")
    ask = call.writer.node.ask_on(call.party, asked.statement, asked.readers, key_of(call), asked.finer)
    return await act(call, ask)


async def act(call: Call, ask: Ask) -> Response:
    """Carry out an act and answer with what it made."""
    outcome: Outcome = await call.writer.submit(ask)
    made = ActAnswer(
        outcome.statement,
        outcome.subject,
        outcome.digest,
        outcome.told,
        outcome.repeated,
        max((place.recorded_at for place in outcome.told), default=call.writer.node.clock.now()),
        (
            *same_name(call.writer.node.picture(call.party), outcome.subject),
            *left_behind(call.writer.node.picture(call.party), outcome.statement),
        ),
        waits(call, (place.reader for place in outcome.told)),
    )
    status = 200 if outcome.repeated else 201
    location = f"/api/v1/desks/{call.party}/statements/{outcome.statement}"
    return Response(msgspec.json.encode(made), status, {"Location": location}, "application/json")


def key_of(call: Call) -> str:
    """Give the idempotency key of an act.

    Raises:
        Malformed: there is none, or it is too long.
    """
    key = call.request.headers.get("idempotency-key", "")
    if not 1 <= len(key) <= MAX_KEY or not key.isprintable():
        raise Malformed(
            "an act without an idempotency key",
            "idempotency-key",
            f"the header Idempotency-Key with 1 to {MAX_KEY} printable characters, new for each act",
            "Idempotency-Key",
        )
    return key


async def check_plan(call: Call) -> Response:
    """Check a plan against what has reached this desk; nothing is submitted or kept."""
    plan = read_plan(await call.body(MAX_PLAN_BYTES))
    await call.writer.settled()
    node = call.writer.node
    found: CheckAnswer = check(node.picture(call.party), plan, node.clock.now())
    return Response(msgspec.json.encode(found), 200, media_type="application/json")


def routes() -> list[Route]:
    """List the routes of this module."""
    base = "/api/v1/desks/{party}"
    return [
        Route(
            "POST", f"{base}/statements", Policy.ACT, tell, "State something and tell it to readers.",
            ActAnswer, Tell, headers=(KEY, IF_MATCH), status=201,
        ),
        Route(
            "POST", f"{base}/tellings", Policy.ACT, tell_on, "Tell an own statement to more readers.",
            ActAnswer, TellOn, headers=(KEY,), status=201,
        ),
        Route(
            "POST", f"{base}/check", Policy.WHOLE, check_plan,
            "Check a GeoJSON plan against what has reached this desk; submits nothing.",
            CheckAnswer, dict[str, Any],
        ),
    ]  # fmt: skip
