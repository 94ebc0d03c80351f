"""Routes of second-person approval: submit a draft, approve it, return it. The list is one of the desk's."""

from __future__ import annotations

import msgspec
from msgspec import Struct
from starlette.responses import Response

from keepclear.commands.approvals import (
    Person,
    act_of,
    decide_draft,
    decide_submit,
    person_of,
    submitted_draft,
)
from keepclear.commands.telling import Tell
from keepclear.model.approvals import Decided, DraftDecided
from keepclear.model.statements import MAX_STATEMENT_BYTES, kind_of, read
from keepclear.model.words import StatementId, Words
from keepclear.record.canonical import canonical
from keepclear.service.asking import Ask
from keepclear.service.http.acts import KEY, ActAnswer, act, key_of, own_attachments
from keepclear.service.http.policy import Policy, allow_kind
from keepclear.service.http.routes import Call, Route


class DraftAsked(Struct, frozen=True, forbid_unknown_fields=True):
    """A draft for approval: the act as it would be told, and a few words of what it is."""

    act: Tell
    title: Words = ""


class DecisionAsked(Struct, frozen=True, forbid_unknown_fields=True):
    """Why a draft is approved or returned; returning needs a reason."""

    reason: Words = ""


_DRAFT = msgspec.json.Decoder(DraftAsked)
_DECISION = msgspec.json.Decoder(DecisionAsked)


async def submit(call: Call) -> Response:
    """Submit a draft; nobody outside is told of it."""
    asked: DraftAsked = read(_DRAFT, await call.body(MAX_STATEMENT_BYTES), "the draft")
    allow_kind(call.caller, kind_of(type(asked.act.body)), "act.body.kind")
    own_attachments(call, asked.act)
    node, key, who = call.writer.node, key_of(call), _who(call)
    ask = Ask(
        call.party,
        key,
        canonical(["draft", asked, who.handle]),
        (),
        lambda desk, now: decide_submit(desk, asked.act, who, asked.title, key, now, node.keys),
    )
    return await act(call, ask)


async def approve(call: Call) -> Response:
    """Approve another's draft, and tell it."""
    return await _decide(call, Decided.APPROVED)


async def give_back(call: Call) -> Response:
    """Return a draft to its writer, with a reason."""
    return await _decide(call, Decided.RETURNED)


async def _decide(call: Call, decided: Decided) -> Response:
    asked: DecisionAsked = read(_DECISION, await call.body(MAX_STATEMENT_BYTES) or b"{}", "the decision")
    draft = StatementId(call.request.path_params["statement"])
    node, key, who = call.writer.node, key_of(call), _who(call)
    await call.writer.settled()
    tell = act_of(submitted_draft(node.desk(call.party), draft))
    body = DraftDecided(draft, decided, who.role, who.handle, asked.reason)
    readers = tell.readers if decided == Decided.APPROVED else ()
    ask = Ask(
        call.party,
        key,
        canonical(["decide", body]),
        readers,
        lambda desk, now: decide_draft(desk, draft, body, key, now, node.keys),
    )
    return await act(call, ask)


def _who(call: Call) -> Person:
    return person_of(call.caller.role.value, call.caller.person)


def routes() -> list[Route]:
    """List the routes of this module."""
    base = "/api/v1/desks/{party}/approvals"
    one = f"{base}/{{statement}}"
    return [
        Route("POST", base, Policy.ACT, submit, "Submit a draft for a second person's approval.",
              ActAnswer, DraftAsked, headers=(KEY,), status=201),
        Route("POST", f"{one}/approve", Policy.ACT, approve, "Approve another's draft; it is told at once.",
              ActAnswer, DecisionAsked, headers=(KEY,), status=201),
        Route("POST", f"{one}/return", Policy.ACT, give_back, "Return a draft to its writer, with a reason.",
              ActAnswer, DecisionAsked, headers=(KEY,), status=201),
    ]  # fmt: skip
