"""Routes of the demo: what is played, its personas, and the stream of captions. Not on a real node."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import msgspec
from starlette.responses import Response, StreamingResponse

from keepclear.errors import NotKnown
from keepclear.service.http.policy import Policy
from keepclear.service.http.routes import Call, Route
from keepclear.service.http.streams import HEADERS, HEARTBEAT_S, event
from keepclear.service.play import DemoAnswer, Play


def _play(call: Call) -> Play:
    play: Play | None = call.request.app.state.demo
    if play is None:
        raise NotKnown("the demo", "demo-only", "a node started with: keepclear demo")
    return play


async def about(call: Call) -> Response:
    """Answer what is played, how far it is, and by which tokens the page sits at the desks."""
    told = _play(call).about(call.request.app.state.tokens, call.writer.node.hosted)
    body = msgspec.json.encode(told)
    return Response(body, 200, {"Cache-Control": "no-store"}, "application/json")


async def restart(call: Call) -> Response:
    """Play from the beginning, on a fresh record."""
    await _play(call).restart()
    return await about(call)


async def skip(call: Call) -> Response:
    """Carry out all that remains at once."""
    await _play(call).skip()
    return await about(call)


async def stream(call: Call) -> Response:
    """Stream scenes and captions as they come; the first page that listens starts the play."""
    play = _play(call)
    play.start()
    return StreamingResponse(_events(play), 200, HEADERS, "text/event-stream")


async def _events(play: Play) -> AsyncIterator[bytes]:
    shown = 0
    generation = play.generation
    while True:
        if play.generation != generation:
            generation, shown = play.generation, 0
            yield event("restart", {})
        while shown < len(play.happened):
            name, data = play.happened[shown]
            shown += 1
            yield event(name, data, str(shown))
        try:
            async with asyncio.timeout(HEARTBEAT_S):
                await play.changed.wait()
        except TimeoutError:
            yield b": still here\n\n"


def routes() -> list[Route]:
    """List the routes of this module."""
    return [
        Route("GET", "/api/v1/demo", Policy.DEMO, about, "What the demo plays.", DemoAnswer),
        Route("POST", "/api/v1/demo/play", Policy.DEMO, restart, "Play from the beginning.", DemoAnswer),
        Route("POST", "/api/v1/demo/skip", Policy.DEMO, skip, "Go to the end.", DemoAnswer),
        Route(
            "GET",
            "/api/v1/demo/stream",
            Policy.DEMO,
            stream,
            "Scenes and captions as server-sent events.",
            media_type="text/event-stream",
        ),
    ]
