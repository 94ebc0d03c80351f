"""Routes of the neutral host: what it found, as each desk has it."""

from __future__ import annotations

import msgspec
from msgspec import Struct
from starlette.responses import Response

from keepclear.model.words import PartyId
from keepclear.rules.comparing import HITS_A_DAY
from keepclear.service.http.policy import Policy
from keepclear.service.http.routes import AT, Call, Route
from keepclear.views.hosting import CappedView, ComparisonView, capped, comparisons

CLOSING = (
    "Only notices that were told to a neutral host are compared, and only with those that others told it. "
    "No conflict here is no permission and no guarantee."
)


class ComparisonsAnswer(Struct, frozen=True):
    """What neutral hosts told this desk of its notices, or, at a host's desk, what it told each side.

    `hits_a_day` is how many a host tells one pair of parties in a UTC day.
    """

    party: PartyId
    items: tuple[ComparisonView, ...]
    paused: tuple[CappedView, ...]
    hits_a_day: int
    closing: str


async def read(call: Call) -> Response:
    """Answer with the conflicts that neutral hosts found."""
    at = call.at()
    await call.writer.settled()
    node = call.writer.node
    picture = node.picture(call.party, at)
    found = ComparisonsAnswer(
        call.party,
        tuple(comparisons(picture)),
        tuple(capped(picture, at or node.clock.now())),
        HITS_A_DAY,
        CLOSING,
    )
    return Response(msgspec.json.encode(found), media_type="application/json")


def routes() -> list[Route]:
    """List the routes of this module."""
    return [
        Route("GET", "/api/v1/desks/{party}/comparisons", Policy.READ, read,
              "The conflicts that neutral hosts found between notices told to them, in this desk's form.",
              ComparisonsAnswer, params=(AT,)),
    ]  # fmt: skip
