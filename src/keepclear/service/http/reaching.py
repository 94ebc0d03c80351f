"""The route by which a desk sees its ways beyond the station, and which of them fail; never an address."""

from __future__ import annotations

import msgspec
from msgspec import Struct
from starlette.responses import Response

from keepclear.model.words import PartyId
from keepclear.service.http.policy import Policy
from keepclear.service.http.routes import Call, Route
from keepclear.service.reach import LastHop, WayView


class ReachAnswer(Struct, frozen=True):
    """The ways of a party's people; what leaves by one of them acknowledges nothing."""

    party: PartyId
    items: tuple[WayView, ...]


async def reach(call: Call) -> Response:
    """Answer with the desk's ways beyond the station."""
    hop: LastHop | None = call.request.app.state.reach
    items = () if hop is None else tuple(hop.views(call.party))
    return Response(msgspec.json.encode(ReachAnswer(call.party, items)), media_type="application/json")


def routes() -> list[Route]:
    """List the routes of this module."""
    return [
        Route("GET", "/api/v1/desks/{party}/reach", Policy.READ, reach,
              "The ways by which alarms leave for this desk's people, and which of them fail.", ReachAnswer),
    ]  # fmt: skip
