"""The route of the rota: state a shift with a person's name, which is kept beside the log, erasable."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta, Struct
from msgspec.structs import replace
from starlette.responses import Response

from keepclear.commands.telling import MAX_READERS, Tell, decide
from keepclear.model.shifts import ShiftStated
from keepclear.model.statements import kind_of, read
from keepclear.model.words import Name, PartyId, Speaker, SubjectId, Via, Words
from keepclear.record.canonical import canonical
from keepclear.service.asking import Ask
from keepclear.service.http.acts import KEY, ActAnswer, act, key_of
from keepclear.service.http.names import name_beside
from keepclear.service.http.policy import Policy, allow_kind
from keepclear.service.http.routes import Call, Route
from keepclear.times import Instant

MAX_BYTES = 16 * 1024


class ShiftAsked(Struct, frozen=True, forbid_unknown_fields=True):
    """Who, by name, has which role of the watch from `start` until before `end`; `subject` restates one.

    `readers` are parties at the other end of a hotline, which are told the name. `party` notes another
    party's shift as it was said by telephone: a report in the own log, told to nobody.
    """

    role: Name
    name: Name
    start: Instant
    end: Instant
    station: Words = ""
    subject: SubjectId | None = None
    readers: Annotated[tuple[PartyId, ...], Meta(max_length=MAX_READERS)] = ()
    party: PartyId | None = None


_SHIFT = msgspec.json.Decoder(ShiftAsked)


async def state(call: Call) -> Response:
    """State a shift; the name is kept beside the own log when the shift is."""
    asked: ShiftAsked = read(_SHIFT, await call.body(MAX_BYTES), "the shift")
    allow_kind(call.caller, kind_of(ShiftStated))
    node, key = call.writer.node, key_of(call)
    beside = name_beside(call, asked.name, "name of who is on shift")
    body = ShiftStated(asked.role, beside.row.salted_hash, asked.start, asked.end, asked.station)
    reported = asked.party is not None and asked.party != call.party
    tell = Tell(
        body=body, subject=asked.subject, attachments=(beside.named,), readers=asked.readers,
        said_by=Speaker(asked.role, party=asked.party) if reported else None,
        via=Via.PHONE if reported else Via.DIRECT,
    )  # fmt: skip
    ask = Ask(
        call.party,
        key,
        canonical(["shift", replace(asked, name="-")]),
        asked.readers,
        lambda desk, now: decide(desk, tell, key, now, node.keys),
        (asked.name,),
        (beside.row,),
    )
    return await act(call, ask)


def routes() -> list[Route]:
    """List the routes of this module."""
    return [
        Route("POST", "/api/v1/desks/{party}/shifts", Policy.ACT, state,
              "State who has the watch from when until when; the name is kept beside the log.",
              ActAnswer, ShiftAsked, headers=(KEY,), status=201),
    ]  # fmt: skip
