"""What a desk asks of stays in areas: for how long at most, and what of its own must be there.

The watch chief sets it, for the own live picture alone; nothing here says where a thing is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final

import msgspec
from msgspec import Meta, Struct
from starlette.responses import Response

from keepclear.errors import NotKnown
from keepclear.geo.figures import Path
from keepclear.model.statements import read as read_json
from keepclear.model.stays import ExpectedThing, Seconds, Stay, Stayers
from keepclear.model.words import SubjectId
from keepclear.rules.fences import fences
from keepclear.rules.live_causes import called
from keepclear.service.http.policy import Policy
from keepclear.service.http.routes import Call, Route
from keepclear.service.http.tracks import MAX_ACT_BYTES, answer, live_of
from keepclear.times import Instant, in_calendar
from keepclear.views.attribution import named
from keepclear.views.stays import ExpectedView, StaysAnswer, StayView

if TYPE_CHECKING:
    from keepclear.service.live_desk import LiveDesk
    from keepclear.views.picture import Picture


class ExpectAct(Struct, frozen=True, forbid_unknown_fields=True):
    """An own, consenting or released thing by its number, and from when until when it must be inside."""

    thing: Annotated[int, Meta(ge=0)]
    start: Instant | None = None
    end: Instant | None = None
    grace_s: Annotated[int, Meta(ge=0, le=86_400)] = 0

    def __post_init__(self) -> None:
        # The live rules reckon with both every second: what has no instant would stop all of them.
        for name in ("start", "end"):
            bound = getattr(self, name)
            if bound is not None:
                msgspec.structs.force_setattr(self, name, in_calendar(bound, name))


class StayAct(Struct, frozen=True, forbid_unknown_fields=True):
    """What is asked of stays in a measure, in place of what was; with nothing asked it is taken away."""

    about: SubjectId
    dwell_s: Seconds | None = None
    whose: Stayers = Stayers.ANYONE
    expected: tuple[ExpectAct, ...] = ()


_STAY: Final = msgspec.json.Decoder(StayAct)


async def listed(call: Call) -> Response:
    """Answer with what is asked of stays."""
    live = live_of(call)
    desk = live.desk(call.party)
    await call.writer.settled()
    picture, now = call.writer.node.picture(call.party), call.writer.node.clock.now()
    rows = await live.ask(lambda: [_view(picture, desk, stay) for stay in desk.stays.values()])
    ordered = tuple(sorted(rows, key=lambda row: (row.about.name, row.about.subject)))
    return answer(StaysAnswer(call.party, now, ordered))


async def ask(call: Call) -> Response:
    """Set what is asked of stays in a measure that stands; it counts from the next look, in a second."""
    live = live_of(call)
    asked: StayAct = read_json(_STAY, await call.body(MAX_ACT_BYTES), "what is asked of stays")
    desk, node = live.desk(call.party), call.writer.node
    await call.writer.settled()
    picture, now = node.picture(call.party), node.clock.now()
    takes_away = asked.dwell_s is None and not asked.expected
    if not (takes_away and asked.about in desk.stays) and not _is_area(picture, asked.about):
        asks = "the subject of a measure with an area that stands at this desk"
        raise NotKnown(f"the area {asked.about[:80]}", "stay", asks, "about")
    expected = tuple(ExpectedThing("", "", each.start, each.end, each.grace_s) for each in asked.expected)
    stay = Stay(asked.about, now, call.caller.role.value, asked.dwell_s, asked.whose, expected)
    rows = [each.thing for each in asked.expected]
    kept = await live.ask(lambda: desk.ask_of_stays(stay, rows))
    return answer(await live.ask(lambda: _view(picture, desk, kept)))


def _is_area(picture: Picture, subject: SubjectId) -> bool:
    return any(each.subject == subject and not isinstance(each.shape, Path) for each in fences(picture))


def _view(picture: Picture, desk: LiveDesk, stay: Stay) -> StayView:
    expected = []
    for each in stay.expected:
        row = desk.columns.row(each.source, each.id)
        track = None if row is None else desk.columns.tracks[row]
        number, name = (-1, each.id) if row is None or track is None else (row, called(track))
        expected.append(ExpectedView(number, name, each.start, each.end, each.grace_s))
    about = named(picture, stay.about)
    return StayView(about, stay.dwell_s, stay.whose.value, tuple(expected), stay.by_role, stay.since)


def routes() -> list[Route]:
    """List the routes of this module."""
    base = "/api/v1/desks/{party}/live/stays"
    return [
        Route("GET", base, Policy.LIVE, listed,
              "What this desk asks of stays in areas: for how long at most, and what must be there.",
              StaysAnswer),
        Route("POST", base, Policy.LIVE_RULES, ask,
              "Set what is asked of stays in an area; of nothing asked it is taken away.",
              StayView, StayAct),
    ]  # fmt: skip
