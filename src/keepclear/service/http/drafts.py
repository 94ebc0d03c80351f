"""Routes of personal drafts: what a signed-in person writes and has shown to nobody; beside the record.

A draft need not be finished or admissible. Submitted for a second person's approval it becomes a statement in
the party's own log (http/approvals.py); here it goes when its writer throws it away or is erased.
"""

from __future__ import annotations

import asyncio
import secrets
from datetime import UTC, datetime
from typing import Annotated, Any, Final

import msgspec
from msgspec import Meta, Struct
from starlette.responses import Response

from keepclear.errors import NotAllowed, NotKnown, Refused
from keepclear.model.statements import MAX_STATEMENT_BYTES, read
from keepclear.record.canonical import canonical
from keepclear.service.http.callers import Caller
from keepclear.service.http.policy import Policy
from keepclear.service.http.routes import Call, Param, Route
from keepclear.service.people import People
from keepclear.stores.people import DraftRow

MAX_DRAFTS: Final = 100
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


class OwnDraft(Struct, frozen=True):
    """One of one's own drafts."""

    id: str
    title: str
    act: msgspec.Raw
    saved_at: datetime


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
    rows = await asyncio.to_thread(people.store.drafts, person)
    if given.id and given.id not in {row.id for row in rows}:
        raise NotKnown(f"the draft {given.id}", "own-draft", "the id of one of one's own drafts", "id")
    now_us = int(call.writer.node.clock.now().timestamp() * 1_000_000)
    row = DraftRow(given.id or secrets.token_hex(8), person, given.title, canonical(given.act), now_us)
    if not await asyncio.to_thread(people.store.put_draft, row, MAX_DRAFTS):
        raise Refused(
            f"a draft more than {MAX_DRAFTS}", "drafts-many", "throw away drafts that are not needed", "act"
        )
    return await _answer(people, person, 201)


async def drop(call: Call) -> Response:
    """Throw one of the caller's own drafts away."""
    people, person = _own(call)
    given: DraftDropped = read(_DROPPED, await call.body(MAX_STATEMENT_BYTES), "the draft")
    if not await asyncio.to_thread(people.store.drop_draft, person, given.id):
        raise NotKnown(f"the draft {given.id}", "own-draft", "the id of one of one's own drafts", "id")
    return await _answer(people, person)


async def _answer(people: People, person: str, status: int = 200) -> Response:
    rows = await asyncio.to_thread(people.store.drafts, person)
    items = tuple(
        OwnDraft(row.id, row.title, msgspec.Raw(row.act), datetime.fromtimestamp(row.saved_at_us / 1e6, UTC))
        for row in rows
    )
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
