"""Routes of mutual step-backs: propose, agree or decline by the text's hash, and state the check."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct
from starlette.responses import Response

from keepclear.commands.telling import MAX_READERS, Decision, Desk, Tell, decide
from keepclear.errors import NotKnown
from keepclear.model.measures import (
    Basis,
    Effect,
    MeasureKind,
    MeasureStated,
    Stance,
    StanceTaken,
)
from keepclear.model.statements import Entry, kind_of, read
from keepclear.model.step_backs import StepBack, StepBackChecked, StepBackSeen
from keepclear.model.words import Domain, Name, PartyId, Place, Speaker, StatementId, Via, Words
from keepclear.record.canonical import canonical
from keepclear.service.asking import Ask
from keepclear.service.http.acts import KEY, ActAnswer, act, key_of
from keepclear.service.http.policy import Policy, allow_kind
from keepclear.service.http.routes import Call, Route
from keepclear.times import Stamp

MAX_BYTES = 16 * 1024


class StepBackProposed(Struct, frozen=True, forbid_unknown_fields=True):
    """A step-back to be agreed with `others`: whose forces, from where, how far, by when, and its check."""

    name: Name
    others: Annotated[tuple[PartyId, ...], Meta(min_length=1, max_length=MAX_READERS)]
    place: Place
    distance_m: Annotated[float, Meta(gt=0)]
    terms: StepBack
    purpose: Words = ""


class StepBackAgreed(Struct, frozen=True, forbid_unknown_fields=True):
    """The hash of the text to which one agrees, as it was read or heard."""

    text_hash: Annotated[str, Meta(pattern="^[0-9a-f]{64}$(?!\n)")]
    words: Words = ""


class StepBackDeclined(Struct, frozen=True, forbid_unknown_fields=True):
    """Why one does not agree, or no longer does."""

    words: Words = ""


class StepBackFound(Struct, frozen=True, forbid_unknown_fields=True):
    """What the check found, at `done` or now; `said_by` is whose words these are, heard by `via`."""

    found: StepBackSeen
    by_role: Name
    done: Stamp | None = None
    words: Words = ""
    said_by: Speaker | None = None
    via: Via = Via.DIRECT


_Made = Callable[[Desk, datetime], Tell]


async def propose(call: Call) -> Response:
    """Propose a step-back to the other parties, and to who is to check it."""
    asked: StepBackProposed = await _asked(call, StepBackProposed)
    parties = tuple(dict.fromkeys((call.party, *asked.others)))
    checker = asked.terms.check_by
    monitors = () if checker in parties else (checker,)
    body = MeasureStated(
        name=asked.name,
        measure=MeasureKind.STEP_BACK,
        effect=Effect.KEEP_OUT_REQUESTED,
        basis=Basis.AGREED,
        place=asked.place,
        parties=parties,
        domain=Domain.GROUND,
        monitors=monitors,
        step_back_m=asked.distance_m,
        checked_by=asked.terms.check_role,
        purpose=asked.purpose,
        step_back=asked.terms,
    )
    readers = tuple(party for party in (*parties, *monitors) if party != call.party)
    return await _act(
        call, "propose", asked, MeasureStated, lambda desk, now: Tell(body=body, readers=readers)
    )


async def agree(call: Call) -> Response:
    """Agree to a step-back by the hash of its text."""
    asked: StepBackAgreed = await _asked(call, StepBackAgreed)
    return await _stance(call, "agree", asked, Stance.AGREED, asked.text_hash)


async def decline(call: Call) -> Response:
    """Decline a step-back, or take an agreement to it back."""
    asked: StepBackDeclined = await _asked(call, StepBackDeclined)
    return await _stance(call, "decline", asked, Stance.REJECTED, "")


async def check(call: Call) -> Response:
    """State what the check of a step-back found."""
    asked: StepBackFound = await _asked(call, StepBackFound)

    def made(desk: Desk, now: datetime) -> Tell:
        entry, _, readers = _held(call, desk)
        body = StepBackChecked(
            entry.statement.id,
            entry.statement.subject,
            asked.found,
            asked.done or Stamp(now),
            asked.by_role,
            asked.words,
        )
        return Tell(body=body, readers=readers, said_by=asked.said_by, via=asked.via)

    return await _act(call, "check", asked, StepBackChecked, made)


async def _stance(
    call: Call, what: str, asked: StepBackAgreed | StepBackDeclined, stance: Stance, text_hash: str
) -> Response:
    def made(desk: Desk, now: datetime) -> Tell:
        entry, _, readers = _held(call, desk)
        of = entry.statement
        body = StanceTaken(of.id, of.subject, desk.party, stance, asked.words, text_hash=text_hash)
        return Tell(body=body, readers=readers)

    return await _act(call, what, asked, StanceTaken, made)


def _held(call: Call, desk: Desk) -> tuple[Entry, MeasureStated, tuple[PartyId, ...]]:
    """Give the step-back's text, its body, and the others to whom what is said of it goes."""
    identity = StatementId(call.request.path_params["statement"])
    entry = desk.picture.entry(identity)
    body = None if entry is None else entry.statement.body
    if entry is None or not isinstance(body, MeasureStated) or body.step_back is None:
        raise NotKnown(
            f"the step-back {identity}", "step-back", "the id of a step-back at this desk", "statement"
        )
    known = (*body.parties, *body.monitors)
    return entry, body, tuple(party for party in known if party != desk.party)


async def _asked(call: Call, shape: type[Any]) -> Any:  # noqa: ANN401 - the shape's own type
    return read(msgspec.json.Decoder(shape), await call.body(MAX_BYTES) or b"{}", "the act")


async def _act(call: Call, what: str, asked: Struct, kind: type[Struct], made: _Made) -> Response:
    """Carry out an act whose text is made from the picture as it stands when its turn comes."""
    allow_kind(call.caller, kind_of(kind))
    node, key = call.writer.node, key_of(call)

    def decided(desk: Desk, now: datetime) -> Decision:
        return decide(desk, made(desk, now), key, now, node.keys)

    of = call.request.path_params.get("statement", "")
    return await act(call, Ask(call.party, key, canonical(["step-back", what, of, asked]), (), decided))


def routes() -> list[Route]:
    """List the routes of this module."""
    base = "/api/v1/desks/{party}/step-backs"
    of = f"{base}/{{statement}}"
    acts = (
        (base, propose, "Propose a mutual step-back.", StepBackProposed),
        (f"{of}/agree", agree, "Agree to a step-back by the hash of its text.", StepBackAgreed),
        (f"{of}/decline", decline, "Decline a step-back, or take an agreement back.", StepBackDeclined),
        (f"{of}/check", check, "State what the check of a step-back found.", StepBackFound),
    )
    return [
        Route("POST", path, Policy.ACT, answer, words, ActAnswer, takes, headers=(KEY,), status=201)
        for path, answer, words, takes in acts
    ]
