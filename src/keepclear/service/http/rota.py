"""The route of the rota: state a shift with a person's name, which is kept beside the log, erasable."""

from __future__ import annotations

import msgspec
from msgspec import Struct
from msgspec.structs import replace
from starlette.responses import Response

from keepclear.commands.telling import Tell, decide
from keepclear.model.shifts import ShiftStated
from keepclear.model.statements import kind_of, read
from keepclear.model.words import Name, SubjectId, Words
from keepclear.record.canonical import canonical
from keepclear.service.asking import Ask
from keepclear.service.http.acts import KEY, ActAnswer, act, key_of
from keepclear.service.http.names import name_beside
from keepclear.service.http.policy import Policy, allow_kind
from keepclear.service.http.routes import Call, Route
from keepclear.times import Instant

MAX_BYTES = 16 * 1024


class ShiftAsked(Struct, frozen=True, forbid_unknown_fields=True):
    """Who, by name, has which role of the watch from `start` until before `end`; `subject` restates one."""

    role: Name
    name: Name
    start: Instant
    end: Instant
    station: Words = ""
    subject: SubjectId | None = None


_SHIFT = msgspec.json.Decoder(ShiftAsked)


async def state(call: Call) -> Response:
    """State a shift; the name is kept beside the own log when the shift is."""
    asked: ShiftAsked = read(_SHIFT, await call.body(MAX_BYTES), "the shift")
    allow_kind(call.caller, kind_of(ShiftStated))
    node, key = call.writer.node, key_of(call)
    beside = name_beside(call, asked.name, "name of who is on shift")
    body = ShiftStated(asked.role, beside.row.salted_hash, asked.start, asked.end, asked.station)
    tell = Tell(body=body, subject=asked.subject, attachments=(beside.named,))
    ask = Ask(
        call.party,
        key,
        canonical(["shift", replace(asked, name="-")]),
        (),
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
