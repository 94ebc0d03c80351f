"""Server-sent events of a desk: resumes after any event that was seen, with no gap and no double."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime

import msgspec
from msgspec import Struct
from starlette.responses import Response, StreamingResponse

from keepclear.errors import Malformed
from keepclear.model.words import PartyId, StatementId, SubjectId
from keepclear.service.auth import Principal
from keepclear.service.http.policy import Policy, kept_back
from keepclear.service.http.routes import MAX_DIGITS, Call, Param, Route
from keepclear.service.writer import Writer
from keepclear.views.attribution import title

HEARTBEAT_S = 10.0
LAST_EVENT = Param("Last-Event-ID", "the id of the last event seen; the stream goes on after it")
AFTER = Param("after", "the same as Last-Event-ID, for the first connection: the picture's cursor")
HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}


class Arrived(Struct, frozen=True):
    """One statement that reached the desk."""

    cursor: str
    statement: StatementId
    subject: SubjectId
    kind: str
    title: str
    author: PartyId
    at: datetime


class Receipts(Struct, frozen=True):
    """How often a reader's node has said how much it holds of what this desk told, since the node started."""

    counted: int


def event(name: str, data: object, identity: str = "") -> bytes:
    """Write one server-sent event."""
    line = f"id: {identity}\n" if identity else ""
    return f"{line}event: {name}\ndata: ".encode() + msgspec.json.encode(data) + b"\n\n"


async def stream(call: Call) -> Response:
    """Stream what reaches the desk, from the given cursor or from now on.

    The cursor counts the desk's own inbox and nothing else.
    """
    asked = call.request.headers.get("last-event-id") or call.query("after")
    await call.writer.settled()
    size = call.writer.node.inbox_size(call.party)
    start = size if asked is None else _cursor(asked, size)
    events = _events(call.writer, call.party, call.caller, start)
    return StreamingResponse(events, 200, HEADERS, "text/event-stream")


def _cursor(asked: str, size: int) -> int:
    if not asked.isascii() or not asked.isdigit() or len(asked) > MAX_DIGITS or int(asked) > size:
        raise Malformed(
            f'resuming after "{asked[:40]}"', "cursor", f"an id from 0 to {size}", "Last-Event-ID"
        )
    return int(asked)


async def _events(writer: Writer, party: PartyId, caller: Principal, start: int) -> AsyncIterator[bytes]:
    node = writer.node
    position = start
    receipts = node.receipts_counted(party)
    yield event("ready", {"cursor": str(position)}, str(position))
    clock = asyncio.get_running_loop()
    beat = clock.time() + HEARTBEAT_S
    while True:
        await writer.settled()
        picture = node.picture(party)
        fresh = node.inbox(party, position)
        lines: list[bytes] = []
        for entry in fresh:
            position += 1
            if picture.entry(entry.statement.id) is not entry:
                continue  # already here by another log
            if kept_back(caller, entry, node.outbox(party)):
                continue
            statement = entry.statement
            arrived = Arrived(
                str(position), statement.id, statement.subject, statement.kind, title(picture, entry),
                statement.author.party, entry.received_at,
            )  # fmt: skip
            lines.append(event("entry", arrived, str(position)))
        if receipts != node.receipts_counted(party):
            # Not in the inbox, so without an id: after a lost connection the desk is read anew anyhow.
            receipts = node.receipts_counted(party)
            lines.append(event("receipts", Receipts(receipts)))
        for line in lines:
            yield line
        if writer.node is not node:
            return  # the demo began again on a fresh record
        # By the stream's own time: a beat that others' acts put off would tell of them.
        left = beat - clock.time()
        if left <= 0.0 or (not fresh and not await writer.changed(left)):
            beat += HEARTBEAT_S
            yield b": still here\n\n"


def routes() -> list[Route]:
    """List the routes of this module."""
    return [
        Route(
            "GET", "/api/v1/desks/{party}/stream", Policy.READ, stream,
            "What reaches this desk, as server-sent events.",
            Arrived, params=(AFTER,), headers=(LAST_EVENT,), media_type="text/event-stream",
        ),
    ]  # fmt: skip
