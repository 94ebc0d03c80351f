"""Routes by which a desk shows another's words on, and sees the way that a text has gone."""

from __future__ import annotations

from datetime import datetime

import msgspec
from starlette.responses import Response

from keepclear.commands.forwarding import Forward, decide_forward
from keepclear.commands.telling import Decision, Desk
from keepclear.errors import NotKnown
from keepclear.model.statements import kind_of, read
from keepclear.model.telling import Forwarded
from keepclear.model.words import StatementId
from keepclear.record.canonical import canonical
from keepclear.service.asking import Ask
from keepclear.service.http.acts import KEY, ActAnswer, act, key_of
from keepclear.service.http.desks import answer, sight_of
from keepclear.service.http.policy import Policy, allow_kind
from keepclear.service.http.routes import AT, Call, Route
from keepclear.views.forwarding import RelayTrail, relay_trail

MAX_BYTES = 16 * 1024
_ASKED = msgspec.json.Decoder(Forward)


async def forward(call: Call) -> Response:
    """Show a statement on, as it came."""
    asked: Forward = read(_ASKED, await call.body(MAX_BYTES), "the act")
    allow_kind(call.caller, kind_of(Forwarded))
    node, key = call.writer.node, key_of(call)

    def decided(desk: Desk, now: datetime) -> Decision:
        return decide_forward(desk, asked, key, now, node.keys)

    return await act(call, Ask(call.party, key, canonical(["forward", asked]), asked.readers, decided))


async def relay(call: Call) -> Response:
    """Give the way of a text as far as it is known at this desk."""
    await call.writer.settled()
    seen = sight_of(call)
    identity = StatementId(call.request.path_params["statement"])
    found = relay_trail(seen.picture, seen.outbox, identity, seen.now)
    if found is None:
        raise NotKnown(f"statement {identity}", "held", "the id of a statement that has reached this desk")
    return answer(call, found)


def routes() -> list[Route]:
    """List the routes of this module."""
    base = "/api/v1/desks/{party}"
    return [
        Route(
            "POST", f"{base}/forwards", Policy.ACT, forward, "Show another's statement on, as it came.",
            ActAnswer, Forward, headers=(KEY,), status=201,
        ),
        Route(
            "GET", f"{base}/statements/{{statement}}/relay", Policy.READ, relay,
            "The way of a text: who showed it on, what came back, what waits.", RelayTrail, params=(AT,),
        ),
    ]  # fmt: skip
