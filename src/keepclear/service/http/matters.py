"""Routes by which an officer works matters as they are typed: build-ups, incidents, claims, meetings.

Each is one act, with times, counts and places in the words of whoever types; the page and the command line go
the same way. Whatever kinds of statement an act makes, the caller's role must be one that makes them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct
from starlette.responses import Response

from keepclear.commands.buildups import (
    BuildUpCounted,
    BuildUpEnded,
    BuildUpHeard,
    BuildUpRaised,
    BuildUpWatched,
    decide_count,
    decide_end,
    decide_heard,
    decide_raise,
    decide_watch,
    holding,
    wide_form,
)
from keepclear.commands.incidents import (
    ClaimKept,
    IncidentHandled,
    IncidentReported,
    decide_claim,
    decide_handling,
    decide_incident,
)
from keepclear.commands.maps import Lack, MapsChosen, MapsOffered, decide_offer, lacking
from keepclear.commands.meetings import MeetingHeld, MeetingPlanned, decide_held, decide_plan
from keepclear.commands.ports import Ids
from keepclear.commands.telling import Decision, Desk
from keepclear.commands.withdrawing import Withdrawal, decide_withdrawal, holders, subject_of
from keepclear.geo.positions import read_position, written
from keepclear.model.statements import read
from keepclear.model.words import PartyId, SubjectId
from keepclear.record.canonical import canonical
from keepclear.service.asking import Ask
from keepclear.service.http.acts import KEY, ActAnswer, act, key_of
from keepclear.service.http.policy import Policy, allow_kind
from keepclear.service.http.routes import Call, Handler, Route

MAX_ACT_BYTES = 32 * 1024

_Decide = Callable[..., Decision]
_Told = Callable[[Desk, SubjectId, Any], Iterable[PartyId]]


class WideAnswer(Struct, frozen=True):
    """A build-up as others would be told it: its circle, its counts as bands, and who holds it already."""

    radius_m: float
    bands: tuple[str, ...]
    readers: tuple[PartyId, ...]


class WideAsked(Struct, frozen=True, forbid_unknown_fields=True):
    """In which radius at least a build-up would be told."""

    radius_km: float | None = None


class PositionTyped(Struct, frozen=True, forbid_unknown_fields=True):
    """A position as it is typed: degrees in any form, or a grid reference."""

    text: Annotated[str, Meta(max_length=160)]


class PositionAnswer(Struct, frozen=True):
    """A position as it is read: in degrees, in words to read back, and what the reader should know."""

    lon: float
    lat: float
    words: str
    precision_m: float
    notes: tuple[str, ...]


class LackAnswer(Struct, frozen=True):
    """Which readers do not hold which of the maps that are to be offered."""

    items: tuple[Lack, ...]


_WIDE, _TYPED = msgspec.json.Decoder(WideAsked), msgspec.json.Decoder(PositionTyped)
_CHOSEN = msgspec.json.Decoder(MapsChosen)


def acting(what: str, shape: type[Struct], decide: _Decide, told: _Told) -> Handler:
    """Make the answer of a route that carries out one act, decided when its turn comes."""
    decoder = msgspec.json.Decoder(shape)

    async def answered(call: Call) -> Response:
        asked = read(decoder, await call.body(MAX_ACT_BYTES) or b"{}", "the act")
        of = [SubjectId(call.request.path_params["subject"])] if "subject" in call.request.path_params else []
        node, key = call.writer.node, key_of(call)
        await call.writer.settled()
        readers = tuple(told(node.desk(call.party), of[0] if of else SubjectId(""), asked))

        def decided(desk: Desk, now: datetime) -> Decision:
            decision = decide(desk, *of, asked, key, now, node.keys)
            for telling in decision.tells:
                allow_kind(call.caller, telling.statement.kind)
            return decision

        return await act(
            call, Ask(call.party, key, canonical(["matter", what, *of, asked]), readers, decided)
        )

    return answered


async def raise_it(call: Call) -> Response:
    """Raise a build-up: who decides the releases stands in them."""
    role = call.caller.role.value

    def decide(
        desk: Desk, subject: SubjectId, asked: BuildUpRaised, key: str, now: datetime, ids: Ids
    ) -> Decision:
        return decide_raise(desk, subject, asked, role, key, now, ids)

    return await acting("build-up/raise", BuildUpRaised, decide, lambda _desk, _of, asked: (asked.to,))(call)


async def look_wide(call: Call) -> Response:
    """Answer with the form in which others would be told a build-up; nothing is stated by it."""
    asked: WideAsked = read(_WIDE, await call.body(MAX_ACT_BYTES) or b"{}", "the form")
    await call.writer.settled()
    subject = SubjectId(call.request.path_params["subject"])
    found = wide_form(call.writer.node.desk(call.party), subject, asked.radius_km)
    answer = WideAnswer(found.radius_m, found.bands, found.readers)
    return Response(msgspec.json.encode(answer), media_type="application/json")


async def look_lacking(call: Call) -> Response:
    """Answer with which readers do not hold which maps; nothing is stated by it."""
    asked: MapsChosen = read(_CHOSEN, await call.body(MAX_ACT_BYTES), "the maps")
    await call.writer.settled()
    answer = LackAnswer(lacking(call.writer.node.desk(call.party), asked))
    return Response(msgspec.json.encode(answer), media_type="application/json")


async def read_typed(call: Call) -> Response:
    """Answer with how a position is read; nothing is stated by it."""
    asked: PositionTyped = read(_TYPED, await call.body(MAX_ACT_BYTES), "the position")
    found = read_position(asked.text)
    answer = PositionAnswer(
        found.point.lon, found.point.lat, written(found.point), found.precision_m, found.notes
    )
    return Response(msgspec.json.encode(answer), media_type="application/json")


def _nobody(_desk: Desk, _of: SubjectId, _asked: object) -> Iterable[PartyId]:
    return ()


def _asked_for(_desk: Desk, _of: SubjectId, asked: Any) -> Iterable[PartyId]:  # noqa: ANN401 - one of several shapes
    readers: tuple[PartyId, ...] = asked.readers
    return readers


def _all_holders(desk: Desk, of: SubjectId, _asked: object) -> Iterable[PartyId]:
    return holders(desk, of)


def _its_holders(desk: Desk, _of: SubjectId, asked: Withdrawal) -> Iterable[PartyId]:
    return holders(desk, subject_of(desk, asked))


def routes() -> list[Route]:
    """List the routes of this module."""
    base = "/api/v1/desks/{party}"
    build_up, incident = f"{base}/buildups/{{subject}}", f"{base}/incidents/{{subject}}"
    acts: tuple[tuple[str, Handler, str, type[Struct]], ...] = (
        (
            f"{base}/buildups",
            acting("build-up/watch", BuildUpWatched, decide_watch, _nobody),
            "Begin to watch a gathering of strength; it stays in the own log.",
            BuildUpWatched,
        ),
        (
            f"{build_up}/counts",
            acting("build-up/count", BuildUpCounted, decide_count, _nobody),
            "Note what is seen now of an own build-up; others still hold what they were told.",
            BuildUpCounted,
        ),
        (
            f"{build_up}/raise",
            raise_it,
            "Raise an own build-up: releases, the wide form and the question, all or none.",
            BuildUpRaised,
        ),
        (
            f"{build_up}/heard",
            acting("build-up/heard", BuildUpHeard, decide_heard, _nobody),
            "Note an answer that was given by telephone, as a report.",
            BuildUpHeard,
        ),
        (
            f"{build_up}/end",
            acting("build-up/end", BuildUpEnded, decide_end, lambda desk, of, _asked: holding(desk, of)),
            "State how an own build-up ended, to those who hold it.",
            BuildUpEnded,
        ),
        (
            f"{base}/incidents",
            acting("incident/state", IncidentReported, decide_incident, _asked_for),
            "State that something happened.",
            IncidentReported,
        ),
        (
            f"{incident}/claims",
            acting("incident/claim", ClaimKept, decide_claim, _asked_for),
            "Keep what one speaker said of one aspect of an incident.",
            ClaimKept,
        ),
        (
            f"{incident}/status",
            acting("incident/status", IncidentHandled, decide_handling, _all_holders),
            "State where the handling of an own incident stands; a closed one is reopened with open.",
            IncidentHandled,
        ),
        (
            f"{base}/meetings",
            acting("meeting/plan", MeetingPlanned, decide_plan, _asked_for),
            "Plan a meeting; without a place it is withheld.",
            MeetingPlanned,
        ),
        (
            f"{base}/meetings/{{subject}}/held",
            acting("meeting/held", MeetingHeld, decide_held, _all_holders),
            "Note an own meeting as held, with what was settled.",
            MeetingHeld,
        ),
        (
            f"{base}/map-exchanges",
            acting("maps/offer", MapsOffered, decide_offer, _asked_for),
            "Offer zones and boundaries together; own ones that are named are told along, all or none.",
            MapsOffered,
        ),
        (
            f"{base}/withdrawals",
            acting("withdraw", Withdrawal, decide_withdrawal, _its_holders),
            "Take back something that this desk stated; everybody who holds it is told.",
            Withdrawal,
        ),
    )
    return [
        Route("POST", f"{build_up}/wide", Policy.WHOLE, look_wide,
              "An own build-up as others would be told it; states nothing.", WideAnswer, WideAsked),
        Route("POST", f"{base}/map-exchanges/lacking", Policy.WHOLE, look_lacking,
              "Which readers do not hold which of these maps; states nothing.", LackAnswer, MapsChosen),
        Route("POST", f"{base}/coordinates", Policy.WHOLE, read_typed,
              "How a position is read as it is typed; states nothing.", PositionAnswer, PositionTyped),
    ] + [
        Route("POST", path, Policy.ACT, answer, words, ActAnswer, takes, headers=(KEY,), status=201)
        for path, answer, words, takes in acts
    ]  # fmt: skip
