"""The route by which a desk opens to a reader what an hourly commitment holds."""

from __future__ import annotations

import msgspec
from msgspec import Struct
from starlette.responses import Response

from keepclear.model.statements import read
from keepclear.model.words import PartyId, StatementId
from keepclear.service.commitments import ask_opening
from keepclear.service.http.acts import KEY, ActAnswer, act, key_of
from keepclear.service.http.policy import Policy
from keepclear.service.http.routes import Call, Route

MAX_BYTES = 4 * 1024


class OpeningAsked(Struct, frozen=True, forbid_unknown_fields=True):
    """To open a filed statement to a reader who holds the commitment: it is told, with salt and path."""

    statement: StatementId
    reader: PartyId


_ASKED = msgspec.json.Decoder(OpeningAsked)


async def open_to(call: Call) -> Response:
    """Tell a reader a filed statement, and what proves since when it had been filed."""
    asked: OpeningAsked = read(_ASKED, await call.body(MAX_BYTES), "the act")
    ask = ask_opening(call.writer.node, call.party, asked.statement, asked.reader, key_of(call))
    return await act(call, ask)


def routes() -> list[Route]:
    """List the routes of this module."""
    return [
        Route(
            "POST", "/api/v1/desks/{party}/openings", Policy.ACT, open_to,
            "Open to a reader what an hourly commitment holds.", ActAnswer, OpeningAsked,
            headers=(KEY,), status=201,
        ),
    ]  # fmt: skip
