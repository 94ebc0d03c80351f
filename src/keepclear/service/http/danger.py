"""Routes of sites in danger: the one act that calls every cell, and who has not answered."""

from __future__ import annotations

from datetime import datetime

import msgspec
from msgspec import Struct
from starlette.responses import Response

from keepclear.commands.danger import Danger, cells, decide_danger
from keepclear.errors import KeepclearError
from keepclear.model.hotline import MessageSent
from keepclear.model.statements import kind_of, read
from keepclear.model.words import CapStatus, PartyId, SubjectId
from keepclear.record.canonical import canonical
from keepclear.service.asking import Ask
from keepclear.service.http.acts import KEY, ActAnswer, act, key_of
from keepclear.service.http.policy import Policy, allow_kind
from keepclear.service.http.routes import AT, Call, Route
from keepclear.views.dangers import DangerView, dangers
from keepclear.views.desk import banner

MAX_ACT_BYTES = 16 * 1024


class DangersAnswer(Struct, frozen=True):
    """The calls for sites in danger at a desk, and who of those called has not answered."""

    party: PartyId
    at: datetime | None
    now: datetime
    cap: CapStatus
    banner: str
    items: tuple[DangerView, ...]


_DANGER = msgspec.json.Decoder(Danger)


async def raise_danger(call: Call) -> Response:
    """Call every cell at once for a site in danger."""
    allow_kind(call.caller, kind_of(MessageSent))
    body = await call.body(MAX_ACT_BYTES)
    asked: Danger = read(_DANGER, body or b"{}", "the call")
    site = SubjectId(call.request.path_params["subject"])
    node, key, role = call.writer.node, key_of(call), call.caller.role.value
    await call.writer.settled()
    try:
        readers = cells(node.desk(call.party), site, asked)
    except KeepclearError:
        readers = ()  # the writer refuses it, or repeats what the key made before
    ask = Ask(
        party=call.party,
        key=key,
        asked=canonical(["danger", site, asked]),
        readers=readers,
        decide=lambda desk, now: decide_danger(desk, site, asked, role, key, now, node.keys),
    )
    return await act(call, ask)


async def look(call: Call) -> Response:
    """Answer with the calls for sites in danger."""
    await call.writer.settled()
    node, at = call.writer.node, call.at()
    found = tuple(dangers(node.picture(call.party, at)))
    answer = DangersAnswer(call.party, at, at or node.clock.now(), node.cap, banner(node.cap), found)
    return Response(msgspec.json.encode(answer), media_type="application/json")


def routes() -> list[Route]:
    """List the routes of this module."""
    base = "/api/v1/desks/{party}"
    return [
        Route("GET", f"{base}/dangers", Policy.WHOLE, look,
              "The calls for sites in danger, and who has not answered.", DangersAnswer, params=(AT,)),
        Route("POST", f"{base}/sites/{{subject}}/danger", Policy.ACT, raise_danger,
              "Call every cell at once: a protected site is in danger.", ActAnswer, Danger,
              headers=(KEY,), status=201),
    ]  # fmt: skip
