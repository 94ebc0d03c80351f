"""Routes of personal drafts: what a signed-in person writes and has shown to nobody; beside the record.

A draft need not be finished or admissible. Submitted for a second person's approval it becomes a statement in
the party's own log (http/approvals.py); here it goes when its writer throws it away or is erased.
"""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct
from starlette.responses import Response

from keepclear.errors import NotAllowed
from keepclear.model.statements import MAX_STATEMENT_BYTES, read
from keepclear.service.drafts import OwnDraft, drop_draft, keep_draft, own_drafts
from keepclear.service.http.callers import Caller
from keepclear.service.http.policy import Policy
from keepclear.service.http.routes import Call, Param, Route
from keepclear.service.people import People

_CSRF = Param("X-Keepclear-CSRF", "the `csrf` of one's session")
_NO_STORE = {"Cache-Control": "no-store"}


class DraftSaved(Struct, frozen=True, forbid_unknown_fields=True):
    """A draft to keep: an act as far as it is written. `id` names the own draft that it replaces."""

    act: dict[str, Any]
    title: Annotated[str, Meta(max_length=160)] = ""
    id: Annotated[str, Meta(max_length=32)] = ""


class DraftDropped(Struct, frozen=True, forbid_unknown_fields=True):
    """Which of one's own drafts is thrown away."""

    id: Annotated[str, Meta(min_length=1, max_length=32)]


class OwnDrafts(Struct, frozen=True):
    """One's own drafts, the latest first; nobody else is shown them."""

    items: tuple[OwnDraft, ...]


_SAVED = msgspec.json.Decoder(DraftSaved)
_DROPPED = msgspec.json.Decoder(DraftDropped)


async def look(call: Call) -> Response:
    """Answer with the caller's own drafts."""
    people, person = _own(call)
    return await _answer(people, person)


async def save(call: Call) -> Response:
    """Keep a draft of the caller."""
    people, person = _own(call)
    given: DraftSaved = read(_SAVED, await call.body(MAX_STATEMENT_BYTES), "the draft")
    now = call.writer.node.clock.now()
    await asyncio.to_thread(keep_draft, people.store, person, given.act, given.title, given.id, now)
    return await _answer(people, person, 201)


async def drop(call: Call) -> Response:
    """Throw one of the caller's own drafts away."""
    people, person = _own(call)
    given: DraftDropped = read(_DROPPED, await call.body(MAX_STATEMENT_BYTES), "the draft")
    await asyncio.to_thread(drop_draft, people.store, person, given.id)
    return await _answer(people, person)


async def _answer(people: People, person: str, status: int = 200) -> Response:
    items = await asyncio.to_thread(own_drafts, people.store, person)
    return Response(msgspec.json.encode(OwnDrafts(items)), status, _NO_STORE, "application/json")


def _own(call: Call) -> tuple[People, str]:
    caller: Caller | None = call.request.state.caller
    people: People | None = call.request.app.state.callers.people
    if caller is None or caller.session is None or people is None:
        raise NotAllowed("drafts without a session", "session", "a person who has signed in")
    return people, caller.session.person


def routes() -> list[Route]:
    """List the routes of this module."""
    base, own = "/api/v1/drafts", Policy.SIGNED_IN
    return [
        Route("GET", base, own, look, "One's own drafts.", OwnDrafts),
        Route("POST", base, own, save, "Keep a draft of one's own.", OwnDrafts, DraftSaved,
              headers=(_CSRF,), status=201),
        Route("POST", f"{base}/dropped", own, drop, "Throw one of one's own drafts away.",
              OwnDrafts, DraftDropped, headers=(_CSRF,)),
    ]  # fmt: skip
