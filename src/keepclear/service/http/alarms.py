"""Routes of alarms: what an operator is shown, and what a person does about one; the engine's heartbeat."""

from __future__ import annotations

from datetime import datetime

import msgspec
from msgspec import Struct
from starlette.responses import Response

from keepclear.commands.alarms import decide_step
from keepclear.errors import StoreFault
from keepclear.model.alarms import AlarmStep, StepKind
from keepclear.model.statements import read
from keepclear.model.words import CapStatus, PartyId, StatementId, SubjectId, Words
from keepclear.record.canonical import canonical
from keepclear.rules.escalation import due, next_words
from keepclear.rules.reaching import beyond_words
from keepclear.service.asking import Ask
from keepclear.service.http.acts import KEY, ActAnswer, act, key_of
from keepclear.service.http.policy import Policy
from keepclear.service.http.routes import AT, Call, Param, Route
from keepclear.service.reach import LastHop
from keepclear.times import Instant
from keepclear.views.alarms import Alarm, AlarmView, Board, alarms, board, shown

MAX_ACT_BYTES = 16 * 1024
ALL = Param("all", '"yes": every alarm, ended ones too, instead of what one operator is shown')


class AlarmAct(Struct, frozen=True, forbid_unknown_fields=True):
    """What a person says with an act on an alarm: why, and for shelving until when."""

    reason: Words = ""
    until: Instant | None = None


class BoardAnswer(Struct, frozen=True):
    """What one operator is shown of a desk's alarms, or with `all` every one of them.

    `beyond` says whom they cannot reach beyond the station: "" where each role has a way, and for the past.
    """

    party: PartyId
    at: datetime | None
    now: datetime
    cap: CapStatus
    board: Board
    alarms: tuple[AlarmView, ...]
    beyond: str


class BeatAnswer(Struct, frozen=True):
    """The engine's heartbeat, for a peer that watches it: silence is an alarm at the peer."""

    running: bool
    last: datetime | None
    age_s: float | None


_ACT = msgspec.json.Decoder(AlarmAct)


async def look(call: Call) -> Response:
    """Answer with the desk's alarms."""
    await call.writer.settled()
    node, at = call.writer.node, call.at()
    picture = node.picture(call.party, at)
    now = at or node.clock.now()
    found = alarms(picture)
    rows = [(each, _due_at(each), next_words(each)) for each in found]
    everything = tuple(shown(picture, *row) for row in rows) if call.query("all") == "yes" else ()
    beyond = "" if at is not None else _beyond(call)
    answer = BoardAnswer(call.party, at, now, node.cap, board(picture, rows, now), everything, beyond)
    return Response(msgspec.json.encode(answer), media_type="application/json")


def _beyond(call: Call) -> str:
    hop: LastHop | None = call.request.app.state.reach
    try:
        ways = () if hop is None else tuple(hop.views(call.party))
    except StoreFault as fault:  # the alarms are shown all the same
        return f"Whether anybody is reached beyond the station is not known: {fault}"
    return beyond_words([way.role for way in ways], [way.name for way in ways if way.failures])


def _due_at(found: Alarm) -> datetime | None:
    coming = due(found)
    return None if coming is None else coming.at


async def acknowledge(call: Call) -> Response:
    """Acknowledge an alarm: at one station, for all."""
    return await _step(call, StepKind.ACKNOWLEDGED)


async def shelve(call: Call) -> Response:
    """Put an alarm aside for a bounded time, with a reason."""
    return await _step(call, StepKind.SHELVED)


async def unshelve(call: Call) -> Response:
    """Bring an alarm back from the shelf; it climbs from the beginning."""
    return await _step(call, StepKind.UNSHELVED)


async def end(call: Call) -> Response:
    """End an alarm, with a reason."""
    return await _step(call, StepKind.ENDED)


async def _step(call: Call, kind: StepKind) -> Response:
    body = await call.body(MAX_ACT_BYTES)
    asked: AlarmAct = read(_ACT, body or b"{}", "the act")
    subject = SubjectId(call.request.path_params["subject"])
    step = AlarmStep(StatementId(""), kind, call.caller.role.value, reason=asked.reason, until=asked.until)
    node, key = call.writer.node, key_of(call)
    ask = Ask(
        party=call.party,
        key=key,
        asked=canonical(["alarm", kind, subject, asked]),
        readers=(),
        decide=lambda desk, now: decide_step(desk, subject, step, key, now, node.keys),
    )
    return await act(call, ask)


async def heartbeat(call: Call) -> Response:
    """Answer how old the engine's last beat is; says nothing of what is held."""
    engine = call.request.app.state.engine
    clock = call.writer.node.clock
    last = None if engine is None else engine.heartbeat.last
    age_s = None if engine is None else engine.heartbeat.age_s(clock)
    answer = BeatAnswer(engine is not None, None if last is None else last.wall, age_s)
    return Response(msgspec.json.encode(answer), media_type="application/json")


def routes() -> list[Route]:
    """List the routes of this module."""
    base = "/api/v1/desks/{party}/alarms"
    acts = (
        ("acknowledge", acknowledge, "Acknowledge an alarm; that silences it at every station."),
        ("shelve", shelve, "Put an alarm aside until a time, with a reason."),
        ("unshelve", unshelve, "Bring an alarm back from the shelf."),
        ("end", end, "End an alarm, with a reason."),
    )
    return [
        Route("GET", base, Policy.READ, look, "What one operator is shown of this desk's alarms.",
              BoardAnswer, params=(AT, ALL)),
        *(Route("POST", f"{base}/{{subject}}/{name}", Policy.ACT, answer, words, ActAnswer, AlarmAct,
                headers=(KEY,), status=201) for name, answer, words in acts),
        Route("GET", "/api/v1/heartbeat", Policy.OPEN, heartbeat,
              "How old the engine's last heartbeat is.", BeatAnswer),
    ]  # fmt: skip
