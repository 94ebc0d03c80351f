"""Routes of the watch: open items, handover and taking over, the morning call, the daily report."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import msgspec
from msgspec import Struct
from starlette.responses import Response

from keepclear.commands.handover import Names, decide_handover, decide_takeover
from keepclear.model.handover import HandoverStated, OpenItem
from keepclear.model.statements import read
from keepclear.model.words import CapStatus, Name, PartyId, StatementId, SubjectId
from keepclear.record.canonical import canonical
from keepclear.rules.watch import DAY, Draft, agenda, items_hash, markdown, open_flash, open_items, sitrep
from keepclear.service.asking import Ask
from keepclear.service.http.acts import KEY, ActAnswer, act, key_of
from keepclear.service.http.beside_live import from_live
from keepclear.service.http.names import name_beside
from keepclear.service.http.policy import Policy
from keepclear.service.http.routes import AT, Call, Param, Route
from keepclear.times import utc
from keepclear.views.desk import banner
from keepclear.views.from_live import FromLive
from keepclear.views.picture import Picture
from keepclear.views.provenance import ProvenanceRow, provenance
from keepclear.views.shifts import RotaRow, rota
from keepclear.views.told import Outbox
from keepclear.views.watch_holder import Expected, Holder, expected, holder

MAX_ACT_BYTES = 16 * 1024
SINCE = Param("since", "an instant in RFC 3339: the last call or report; a day before where left out")


class Handing(Struct, frozen=True, forbid_unknown_fields=True):
    """Who goes and who comes."""

    outgoing: Name
    incoming: Name


class Taking(Struct, frozen=True, forbid_unknown_fields=True):
    """Who takes over, by name."""

    name: Name


class OpenAnswer(Struct, frozen=True):
    """What a handover would hold now, the flashes that bar it, who has the watch and who takes it over."""

    party: PartyId
    now: datetime
    cap: CapStatus
    items: tuple[OpenItem, ...]
    items_hash: str
    flash: tuple[str, ...]
    handovers: tuple[StatementId, ...]
    held_by: Holder | None
    expected: Expected | None
    on_shift: tuple[RotaRow, ...]


class DraftAnswer(Struct, frozen=True):
    """A draft, in parts and as Markdown."""

    draft: Draft
    markdown: str


class ProvenanceAnswer(Struct, frozen=True):
    """Which text each reader had of a subject at a time, and how far it had got."""

    party: PartyId
    subject: SubjectId
    at: datetime
    cap: CapStatus
    banner: str
    items: tuple[ProvenanceRow, ...]


_HANDING = msgspec.json.Decoder(Handing)
_SIDES = ("goes", "comes")
_TAKING = msgspec.json.Decoder(Taking)


async def hand_over(call: Call) -> Response:
    """State a handover with what is open now."""
    asked: Handing = read(_HANDING, await call.body(MAX_ACT_BYTES) or b"{}", "the handover")
    node, key, by = call.writer.node, key_of(call), (call.caller.role.value, call.caller.person)
    people = ((call.caller.name or asked.outgoing).strip(), asked.incoming.strip())
    beside = [
        name_beside(call, name, f"name of who {what}") for name, what in zip(people, _SIDES, strict=True)
    ]
    names = Names(*people, (beside[0].named, beside[1].named))
    ask = Ask(
        call.party, key, canonical(["handover"]), (),
        lambda desk, now: decide_handover(desk, names, by, key, now, node.keys),
        people, tuple(each.row for each in beside),
    )  # fmt: skip
    return await act(call, ask)


async def take_over(call: Call) -> Response:
    """Countersign a handover."""
    asked: Taking = read(_TAKING, await call.body(MAX_ACT_BYTES) or b"{}", "the signature")
    of = StatementId(call.request.path_params["statement"])
    node, key, by = call.writer.node, key_of(call), (call.caller.role.value, call.caller.person)
    name = call.caller.name or asked.name
    ask = Ask(
        call.party, key, canonical(["take-over", of]), (),
        lambda desk, now: decide_takeover(desk, of, name, by, key, now, node.keys), (name.strip(),),
    )  # fmt: skip
    return await act(call, ask)


async def look(call: Call) -> Response:
    """Answer with what is open."""
    picture, box, now = await _sight(call)
    items = open_items(picture, box, now, from_live(call))
    stated = tuple(entry.statement.id for entry, _ in picture.history(HandoverStated))
    flash, cap = open_flash(picture, box, now), call.writer.node.cap
    there = tuple(row for row in rota(picture, now) if (row.what, row.state) == ("shift", "on"))
    answer = OpenAnswer(
        call.party, now, cap, items, items_hash(items), flash, stated,
        holder(picture), expected(picture), there,
    )  # fmt: skip
    return Response(msgspec.json.encode(answer), media_type="application/json")


async def morning(call: Call) -> Response:
    """Answer with the agenda of the morning call."""
    return await _drafted(call, agenda)


async def daily(call: Call) -> Response:
    """Answer with the daily report."""
    return await _drafted(call, sitrep)


async def trace(call: Call) -> Response:
    """Answer with the provenance of an own subject, or of the subject of an own statement."""
    picture, box, now = await _sight(call)
    named = call.request.path_params["subject"]
    stated = picture.entry(StatementId(named))
    subject = SubjectId(named) if stated is None else stated.statement.subject
    rows = tuple(provenance(picture, box, subject, now))
    answer = ProvenanceAnswer(
        call.party, subject, now, call.writer.node.cap, banner(call.writer.node.cap), rows
    )
    return Response(msgspec.json.encode(answer), media_type="application/json")


Drafting = Callable[[Picture, Outbox, CapStatus, datetime, datetime, FromLive], Draft]


async def _drafted(call: Call, make: Drafting) -> Response:
    picture, box, now = await _sight(call)
    asked = call.query("since")
    since = now - DAY if asked is None else utc(asked.replace(" ", "+"))
    draft = make(picture, box, call.writer.node.cap, since, now, from_live(call))
    answer = DraftAnswer(draft, markdown(draft))
    return Response(msgspec.json.encode(answer), media_type="application/json")


async def _sight(call: Call) -> tuple[Picture, Outbox, datetime]:
    await call.writer.settled()
    node, at = call.writer.node, call.at()
    return node.picture(call.party, at), node.outbox(call.party), at or node.clock.now()


def routes() -> list[Route]:
    """List the routes of this module."""
    base = "/api/v1/desks/{party}"
    return [
        Route("GET", f"{base}/watch", Policy.WHOLE, look, "What a handover would hold now.", OpenAnswer),
        Route("POST", f"{base}/watch/handovers", Policy.ACT, hand_over,
              "Hand the watch over with what is open; refused while a flash is open.", ActAnswer, Handing,
              headers=(KEY,), status=201),
        Route("POST", f"{base}/watch/handovers/{{statement}}/countersign", Policy.ACT, take_over,
              "Take the watch over: the second signature.", ActAnswer, Taking, headers=(KEY,), status=201),
        Route("GET", f"{base}/agenda", Policy.WHOLE, morning, "The agenda of the morning call, drafted.",
              DraftAnswer, params=(SINCE,)),
        Route("GET", f"{base}/sitrep", Policy.WHOLE, daily, "The daily report, drafted.", DraftAnswer,
              params=(SINCE,)),
        Route("GET", f"{base}/provenance/{{subject}}", Policy.WHOLE, trace,
              "Which text each reader had of an own subject at a time, and how far it had got.",
              ProvenanceAnswer, params=(AT,)),
    ]  # fmt: skip
