"""Routes of message templates: what there is and who let it into use, filling one, approving its words."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct
from msgspec.structs import replace
from starlette.responses import Response

from keepclear.commands.messages import is_approved
from keepclear.commands.telling import Tell, decide
from keepclear.errors import Refused
from keepclear.model.parts import Parts
from keepclear.model.statements import kind_of, read
from keepclear.model.templates import Language, TemplateApproved, TextHash, Wording, placeholders
from keepclear.model.words import CapStatus, Name, PartyId
from keepclear.record.canonical import canonical
from keepclear.service.asking import Ask
from keepclear.service.http.acts import KEY, ActAnswer, act, key_of
from keepclear.service.http.desks import answer, sight_of
from keepclear.service.http.names import name_beside
from keepclear.service.http.policy import Policy, allow_kind
from keepclear.service.http.routes import AT, Call, Route
from keepclear.service.templates import filled, template, templates
from keepclear.views.picture import Picture
from keepclear.views.saying import NOT_REVIEWED

MAX_BYTES = 32 * 1024


class WordingView(Struct, frozen=True):
    """A template's words in one language: their hash, and whether this deployment has let them into use.

    `usable` tells whether they may be used under the status of this node: in Exercise always, in Actual once
    a named person has approved these very words. `reviewed` says what is known of them.
    """

    lang: str
    text: str
    text_hash: str
    needs: tuple[str, ...]
    let_in: bool
    usable: bool
    reviewed: str


class TemplateView(Struct, frozen=True):
    """A template with its words in each language, the original first."""

    name: str
    purpose: str
    precedence: str
    asks: tuple[str, ...]
    wordings: tuple[WordingView, ...]


class TemplatesAnswer(Struct, frozen=True):
    """The templates of this node, as this desk may use them."""

    party: PartyId
    cap: CapStatus
    templates: tuple[TemplateView, ...]


class Fill(Struct, frozen=True, forbid_unknown_fields=True):
    """What a template is filled with: for whom, in which languages beside the original, from which parts."""

    to: Annotated[tuple[PartyId, ...], Meta(min_length=1, max_length=32)]
    parts: Parts = ()
    langs: Annotated[tuple[Language, ...], Meta(max_length=8)] = ()


class Filled(Struct, frozen=True):
    """A message made from a template: a body for `POST …/statements`; nothing is stated by it."""

    body: dict[str, Any]


class Approve(Struct, frozen=True, forbid_unknown_fields=True):
    """A person lets a template's words into use; the hash is that of the words which the person has read."""

    lang: Language
    text_hash: TextHash
    name: Annotated[str, Meta(min_length=1, max_length=160)]
    role: Name = "watch chief"


_FILL, _APPROVE = msgspec.json.Decoder(Fill), msgspec.json.Decoder(Approve)


async def look(call: Call) -> Response:
    """Answer with the templates, and which of their words may be used."""
    await call.writer.settled()
    picture, cap = sight_of(call).picture, call.writer.node.cap
    rows = tuple(
        TemplateView(
            each.name,
            each.purpose.value,
            each.precedence.value,
            tuple(ask.value for ask in each.asks),
            tuple(_wording(picture, cap, each.name, word) for word in each.wordings()),
        )
        for each in templates()
    )
    return answer(call, TemplatesAnswer(call.party, cap, rows))


def _wording(picture: Picture, cap: CapStatus, name: str, word: Wording) -> WordingView:
    let_in = is_approved(picture, name, word.lang, word.text_hash)
    usable = let_in or cap != CapStatus.ACTUAL
    needs = placeholders(word.text)
    return WordingView(word.lang, word.text, word.text_hash, needs, let_in, usable, NOT_REVIEWED)


async def fill(call: Call) -> Response:
    """Fill a template; states nothing."""
    asked: Fill = read(_FILL, await call.body(MAX_BYTES), "what the template is filled with")
    found = template(call.request.path_params["template"])
    made = Filled(msgspec.to_builtins(filled(found, asked.to, asked.langs, asked.parts)))
    return Response(msgspec.json.encode(made), media_type="application/json")


async def approve(call: Call) -> Response:
    """Let a template's words into use, by a named person; the name is kept beside the log."""
    asked: Approve = read(_APPROVE, await call.body(MAX_BYTES), "the approval")
    allow_kind(call.caller, kind_of(TemplateApproved))
    found = template(call.request.path_params["template"])
    wording = found.wording(asked.lang)
    if asked.text_hash != wording.text_hash:
        raise Refused(
            "an approval of other words than the template's",
            "text-hash",
            wording.text_hash,
            "text_hash",
        )
    key = key_of(call)
    beside = name_beside(call, asked.name, "name of the person who approves")
    body = TemplateApproved(found.name, asked.lang, asked.text_hash, asked.role)
    tell, node = Tell(body=body, attachments=(beside.named,)), call.writer.node
    # The hash of what was asked is kept for good, so that the name, which can be erased, is no part of it.
    ask = Ask(
        party=call.party,
        key=key,
        asked=canonical(["template-approved", found.name, replace(asked, name="-")]),
        readers=(),
        decide=lambda desk, now: decide(desk, tell, key, now, node.keys),
        names=(asked.name,),
        beside=(beside.row,),
    )
    return await act(call, ask)


def routes() -> list[Route]:
    """List the routes of this module."""
    base = "/api/v1/desks/{party}/templates"
    return [
        Route("GET", base, Policy.READ, look, "The message templates, and which words may be used.",
              TemplatesAnswer, params=(AT,)),
        Route("POST", f"{base}/{{template}}/fill", Policy.WHOLE, fill,
              "Fill a template from structured parts; states nothing.", Filled, Fill),
        Route("POST", f"{base}/{{template}}/approve", Policy.ACT, approve,
              "A named person lets a template's words into use.", ActAnswer, Approve, headers=(KEY,),
              status=201),
    ]  # fmt: skip
