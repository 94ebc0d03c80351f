"""The live picture of a desk: positions in, and out to the owner's own map alone (docs/decisions/0016).

No route here is for another party, an observer, an auditor or a token of a program; nothing is ordered or
chosen by distance, and a box is never so small that it asks what is at a point (LIM-08, LIM-10).
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

import msgspec
from msgspec import Struct
from starlette.responses import Response, StreamingResponse

from keepclear.errors import Malformed, NotKnown, Refused
from keepclear.links.push.codec import FORMS, Batch, read
from keepclear.model.feeds import Feed, FeedKind
from keepclear.model.statements import read as read_json
from keepclear.model.words import PartyId, SubjectId
from keepclear.rules.conformance import plan_of
from keepclear.service.http.policy import Policy
from keepclear.service.http.routes import MAX_DIGITS, Call, Param, Route
from keepclear.service.http.streams import HEADERS, HEARTBEAT_S, event
from keepclear.times import text, utc
from keepclear.views.live import (
    Box,
    Diff,
    FeedsAnswer,
    FoundAnswer,
    LiveAnswer,
    MovingView,
    Taken,
    TrailAnswer,
)
from keepclear.views.live_things import moving_view, place_view

if TYPE_CHECKING:
    from keepclear.service.live import Live

MAX_ACT_BYTES: Final = 16 * 1024
MAX_BATCH_BYTES: Final = 4 * 1024 * 1024
MAX_LISTED: Final = 2_000
MAX_STREAMED: Final = 10_000
MAX_PLACES: Final = 5_000
LONGEST_TRAIL: Final = timedelta(hours=24)
SHORTEST_SIDE_DEG: Final = 0.02
"""Two kilometres: a smaller box would ask what is at a point."""
PAUSE_S: Final = 0.25
"""At most four updates a second for each open map."""

BOX = Param("box", "west,south,east,north in degrees, each side at least 0.02; what the own map shows")
SINCE = Param("since", "an instant in RFC 3339, at most 24 h ago; without it, one hour ago")
HEARD = Param("Keepclear-Heard", 'the "beat" of the last answer that this sender has read', optional=True)


class TieAct(Struct, frozen=True, forbid_unknown_fields=True):
    """Which notice or movement a thing is tied to."""

    subject: SubjectId


_TIE = msgspec.json.Decoder(TieAct)


def live_of(call: Call) -> Live:
    """Give the engine of live positions.

    Raises:
        NotKnown: this node has none, as a command that opened the folder by itself.
    """
    live: Live | None = call.request.app.state.live
    if live is None:
        raise NotKnown("the live picture of a node that does not run", "live", "first: keepclear serve")
    return live


def box_of(call: Call) -> Box:
    """Read the box that is asked for.

    Raises:
        Malformed: it is none, or a side is so short that it asks what is at a point (LIM-10).
    """
    given = call.query("box") or ""
    try:
        west, south, east, north = (float(part) for part in given.split(","))
    except ValueError:
        raise Malformed(
            f'the box "{given[:80]}"', "box", "four numbers: west,south,east,north", "box"
        ) from None
    sane = -180 <= west <= 180 and -180 <= east <= 180 and -90 <= south < north <= 90
    if not sane or not all(map(math.isfinite, (west, south, east, north))):
        asks = "degrees, longitude first, south below north: west,south,east,north"
        raise Malformed(f'the box "{given[:80]}"', "box", asks, "box")
    wide = east - west if west <= east else east - west + 360.0
    if min(wide, north - south) < SHORTEST_SIDE_DEG:
        asks = f"sides of at least {SHORTEST_SIDE_DEG} degrees: nothing asks what is at a point"
        raise Malformed(f'the box "{given[:80]}"', "LIM-10", asks, "box")
    return Box(west, south, east, north)


def _thing_of(call: Call) -> int:
    given = call.request.path_params["thing"]
    if not given.isascii() or not given.isdigit() or len(given) > MAX_DIGITS:
        asks = "the number of a thing in the live picture of this desk"
        raise NotKnown(f"the thing {given[:40]}", "thing", asks, "thing")
    return int(given)


def answer(value: object, status: int = 200) -> Response:
    """Answer with what is live, which nobody keeps."""
    headers = {"Cache-Control": "no-store"}
    return Response(msgspec.json.encode(value), status, headers, "application/json")


async def look(call: Call) -> Response:
    """Answer with what is in a box now, by name."""
    live, box = live_of(call), box_of(call)
    desk, node = live.desk(call.party), call.writer.node
    now = node.clock.now()
    looked = await live.ask(lambda: desk.look(box, MAX_LISTED, now))
    await call.writer.settled()
    picture = node.picture(call.party)
    again = live.alarms(call.party).again
    moving = tuple(
        moving_view(picture, each, now, desk.tied_to(each.track), again.get(each.number, ""))
        for each in looked.seen
    )
    silent = tuple(each.feed.name for each in live.silent(call.party))
    return answer(LiveAnswer(call.party, now, node.cap, box, looked.cursor, moving, looked.left_out, silent))


async def trail(call: Call) -> Response:
    """Answer with where a thing has been."""
    live, number = live_of(call), _thing_of(call)
    desk, now = live.desk(call.party), call.writer.node.clock.now()
    since = _since(call.query("since"), now)
    thing, places = await live.ask(lambda: desk.trail(number, since, MAX_PLACES))
    return answer(
        TrailAnswer(
            call.party, now, number, thing.track.id, thing.track.source, thing.track.callsign,
            thing.track.invented, desk.trail_every_s, tuple(map(place_view, places)),
        )
    )  # fmt: skip


def _since(given: str | None, now: datetime) -> datetime:
    if given is None:
        return now - timedelta(hours=1)
    since = utc(given.replace(" ", "+"))
    if not now - LONGEST_TRAIL <= since <= now:
        asks = f"an instant from {text(now - LONGEST_TRAIL)} to {text(now)}"
        raise Malformed(f"a trail since {text(since)}", "trail-since", asks, "since")
    return since


async def feeds(call: Call) -> Response:
    """Answer with how the desk's feeds do."""
    live = live_of(call)
    return answer(await live.ask(lambda: live.feeds(call.party)))


async def push(call: Call) -> Response:
    """Take a batch of positions; answer with what became of each part of it."""
    live = live_of(call)
    feed = live.book.named(call.party, call.request.path_params["feed"])
    _check_sent(feed)
    body = await call.body(MAX_BATCH_BYTES)
    form = call.request.headers.get("content-type", "").partition(";")[0].strip().lower()
    now = call.writer.node.clock.now()
    reading = read(form, body, feed, now)
    if not reading.fixes and reading.unread and reading.unread[0].rule in ("media-type", "csv-heading"):
        no = reading.unread[0]
        raise Malformed(f'{no.wrong}, sent as "{form[:80]}"', no.rule, no.passes, no.field)
    heard = call.request.headers.get("keepclear-heard", "")[:80]
    taken = await live.push(feed, reading, now, heard)
    if not reading.fixes and taken.unread:
        no = reading.unread[0]
        raise Refused(
            f"a batch of which nothing could be read: {no.wrong or no.words}",
            no.rule,
            no.passes or FORMS,
            no.field,
        )
    return answer(taken)


def _check_sent(feed: Feed) -> None:
    """Refuse a batch for a feed that comes in by itself: it would count as a sign of life of what is silent.

    Raises:
        Refused: it is such a feed.
    """
    if feed.kind is not FeedKind.PUSH:
        asks = "a feed of its own for what is sent to the node: keepclear feeds add NAME"
        what = f'a batch for the feed "{feed.name}", which comes in by {feed.kind.value} and is not sent'
        raise Refused(what, "feed-kind", asks, "feed")


async def findings(call: Call) -> Response:
    """Answer with what the live rules find now, each at its measure, and what is expected again."""
    live = live_of(call)
    desk, alarms, node = live.desk(call.party), live.alarms(call.party), call.writer.node
    now = node.clock.now()
    seen = await live.ask(lambda: [desk.seen_one(number, now) for number in sorted(alarms.again)])
    await call.writer.settled()
    picture = node.picture(call.party)
    again = tuple(
        moving_view(picture, each, now, desk.tied_to(each.track), alarms.again.get(each.number, ""))
        for each in seen
    )
    return answer(FoundAnswer(call.party, now, node.cap, alarms.found(node, picture), again))


async def tie(call: Call) -> Response:
    """Tie a thing to a notice or movement; from then on it is held against it."""
    live, number = live_of(call), _thing_of(call)
    asked: TieAct = read_json(_TIE, await call.body(MAX_ACT_BYTES), "the tie")
    desk, node = live.desk(call.party), call.writer.node
    await call.writer.settled()
    now = node.clock.now()
    if plan_of(node.picture(call.party), asked.subject) is None:
        asks = "the subject of a notice or movement that stands at this desk"
        raise NotKnown(f"the notice or movement {asked.subject[:80]}", "tie", asks, "subject")
    await live.ask(lambda: desk.tie(number, asked.subject, call.caller.role.value, now))
    return await _one(call, live, number)


async def untie(call: Call) -> Response:
    """Take a thing's tie away; it is held against nothing and expected no longer."""
    live, number = live_of(call), _thing_of(call)
    desk = live.desk(call.party)
    await live.ask(lambda: desk.untie(number))
    return await _one(call, live, number)


async def _one(call: Call, live: Live, number: int) -> Response:
    desk, node = live.desk(call.party), call.writer.node
    now = node.clock.now()
    seen = await live.ask(lambda: desk.seen_one(number, now))
    await call.writer.settled()
    return answer(moving_view(node.picture(call.party), seen, now, desk.tied_to(seen.track)))


async def stream(call: Call) -> Response:
    """Stream what changes in a box: everything once, then differences, at most four a second."""
    live, box = live_of(call), box_of(call)
    live.check_room(call.party)
    return StreamingResponse(_diffs(live, call.party, box, call), 200, HEADERS, "text/event-stream")


async def _diffs(live: Live, party: PartyId, box: Box, call: Call) -> AsyncIterator[bytes]:
    with live.window(party):
        desk, node = live.desk(party), call.writer.node
        window = desk.window(box, MAX_STREAMED)
        name, clock = "full", asyncio.get_running_loop()
        quiet_until = clock.time()
        while call.writer.node is node:
            found = await live.ask(lambda: desk.diff(window, node.clock.now()))
            if name == "full" or found.number or found.out or found.named:
                yield event(name, found)
                name, quiet_until = "diff", clock.time() + HEARTBEAT_S
            elif clock.time() >= quiet_until:
                quiet_until = clock.time() + HEARTBEAT_S
                yield b": still here\n\n"
            await asyncio.sleep(PAUSE_S)


def routes() -> list[Route]:
    """List the routes of this module."""
    base = "/api/v1/desks/{party}/live"
    return [
        Route("GET", base, Policy.LIVE, look,
              "What this desk holds in a box now; for its own map alone.", LiveAnswer, params=(BOX,)),
        Route("GET", f"{base}/stream", Policy.LIVE, stream,
              "What changes in a box, as server-sent events: full once, then diff, at most four a second.",
              Diff, params=(BOX,), media_type="text/event-stream"),
        Route("GET", f"{base}/feeds", Policy.LIVE, feeds,
              "How this desk's feeds do: proof of life each way, clocks, refusals.", FeedsAnswer),
        Route("POST", f"{base}/feeds/{{feed}}/fixes", Policy.FEED, push,
              "Bring in a batch of positions, as JSON, GeoJSON or CSV.", Taken, Batch, headers=(HEARD,)),
        Route("GET", f"{base}/findings", Policy.LIVE, findings,
              "What the live rules find now, each at its measure; and what is expected again.", FoundAnswer),
        Route("POST", f"{base}/{{thing}}/tie", Policy.LIVE, tie,
              "Tie a thing to a notice or movement, to be held against it.", MovingView, TieAct),
        Route("POST", f"{base}/{{thing}}/untie", Policy.LIVE, untie,
              "Take a thing's tie away.", MovingView),
        Route("GET", f"{base}/{{thing}}/trail", Policy.LIVE, trail,
              "Where a thing of this desk's live picture has been.", TrailAnswer, params=(SINCE,)),
    ]  # fmt: skip
