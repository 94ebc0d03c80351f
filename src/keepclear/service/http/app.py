"""The application: routes behind their policies, errors as problems, the console's files, tight headers."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import msgspec
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount
from starlette.routing import Route as Mounted
from starlette.staticfiles import StaticFiles

from keepclear.errors import KeepclearError, Malformed, NotAllowed, NotKnown, StoreFault
from keepclear.model.words import PartyId
from keepclear.service.auth import Tokens
from keepclear.service.http import (
    about,
    acts,
    alarms,
    approvals,
    attachments,
    calls,
    carrying,
    client,
    commitments,
    danger,
    desks,
    drafts,
    forwarding,
    hosting,
    hotlines,
    matters,
    notifications,
    openapi,
    peers,
    proofs,
    reaching,
    reconciling,
    rota,
    signin,
    stays,
    step_backs,
    streams,
    templates,
    tracks,
    watch,
)
from keepclear.service.http import demo as demo_routes
from keepclear.service.http.callers import LOCAL_HOSTS, Callers, bare_host
from keepclear.service.http.direct import Direct
from keepclear.service.http.policy import Policy, allow
from keepclear.service.http.problems import problem
from keepclear.service.http.routes import Call, Route, check_query
from keepclear.service.http.unbuilt import no_page
from keepclear.service.writer import Writer

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from keepclear.service.deadlines import Engine
    from keepclear.service.exchange.link import Link
    from keepclear.service.exchange.session import Exchange
    from keepclear.service.live import Live
    from keepclear.service.play import Play
    from keepclear.service.reach import LastHop

_HEADERS = (
    (b"content-security-policy",
     b"default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; worker-src 'self'; "
     b"connect-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'none'"),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
)  # fmt: skip
_HSTS = (b"strict-transport-security", b"max-age=31536000")


def table() -> list[Route]:
    """List all routes of a node."""
    return [
        *about.routes(),
        *desks.routes(),
        *acts.routes(),
        *attachments.routes(),
        *alarms.routes(),
        *calls.routes(),
        *notifications.routes(),
        *templates.routes(),
        *hotlines.routes(),
        *approvals.routes(),
        *reaching.routes(),
        *drafts.routes(),
        *hosting.routes(),
        *danger.routes(),
        *client.routes(),
        *step_backs.routes(),
        *matters.routes(),
        *commitments.routes(),
        *forwarding.routes(),
        *rota.routes(),
        *watch.routes(),
        *peers.routes(),
        *streams.routes(),
        *proofs.routes(),
        *carrying.routes(),
        *reconciling.routes(),
        *tracks.routes(),
        *stays.routes(),
        *signin.routes(),
        *demo_routes.routes(),
    ]


class Work(Protocol):
    """Something that runs beside the writer for the life of an application."""

    def running(self, writer: Writer) -> AbstractAsyncContextManager[None]:
        """Run for the life of the block."""
        ...


class Guarded:
    """Refuses hosts that are not the node's (against rebinding) and adds the security headers."""

    def __init__(self, app: ASGIApp, hosts: frozenset[str] = frozenset()) -> None:
        self._app = app
        self._hosts = LOCAL_HOSTS | hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        host = headers.get(b"host", b"").decode("latin-1").lower()
        bare = bare_host(host)
        added = (*_HEADERS, _HSTS) if scope["scheme"] == "https" else _HEADERS
        origin = headers.get(b"origin", b"").decode("latin-1").lower()

        async def guarded_send(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), *added]
            await send(message)

        refusal: KeepclearError | None = None
        if bare not in self._hosts:
            asked = f'a request for the host "{host[:80]}"'
            refusal = Malformed(
                asked, "host", "127.0.0.1, localhost or an allowed host of the settings", "Host"
            )
        elif origin and origin not in _pages(scope["scheme"], host):
            refusal = NotAllowed(
                f'a request from a page of "{origin[:80]}"', "origin", "a page of this node", "Origin"
            )
        if refusal is not None:
            await problem(refusal)(scope, receive, guarded_send)
            return
        await self._app(scope, receive, guarded_send)


def _pages(scheme: str, host: str) -> tuple[str, ...]:
    """Give the origins of a node's own pages; one that was fetched without TLS may be anybody's."""
    return (f"https://{host}",) if scheme == "https" else (f"http://{host}", f"https://{host}")


def application(
    writer: Writer,
    tokens: Tokens,
    play: Play | None = None,
    console: Path | None = None,
    caption: str = "",
    door: signin.Door | None = None,
    hosts: frozenset[str] = frozenset(),
    engine: Engine | None = None,
    reach: LastHop | None = None,
    exchange: Exchange | None = None,
    link: Link | None = None,
    live: Live | None = None,
    works: Iterable[Work] = (),
) -> Starlette:
    """Build the application for a node.

    Args:
        writer: the node's writer; its task runs for the life of the application.
        tokens: the tokens of the machine's owner.
        play: the demo's player, or None on a node that is no demo.
        console: the built console's folder, or None to serve one page that says how it is built.
        caption: what stands under every desk, as a reconstruction says that it is one; "" for nothing.
        door: by which persons sign in and programs call; None where nobody does, as in the demo.
        hosts: the names under which the node is reached from elsewhere.
        engine: what fires deadlines and sends alarms for the life of the application, or None.
        reach: what sends alarms to people beyond the station, or None.
        exchange: the exchange with other nodes, or None where there is none.
        link: what pulls from them for the life of the application, or None.
        live: the live pictures of the node's parties, or None where nothing brings positions in.
        works: what else runs for the life of the application, as the hourly commitments do.
    """

    @asynccontextmanager
    async def life(app: Starlette) -> AsyncIterator[None]:
        if live is not None:
            live.begin()
        async with writer.running(), AsyncExitStack() as stack:
            for work in (engine, live, *works, link):
                if work is not None:
                    await stack.enter_async_context(work.running(writer))
            yield

    rows = table()
    callers = Callers(tokens, None if door is None else door.people)

    async def describe(request: Request) -> Response:
        return Response(msgspec.json.encode(openapi.document(rows)), media_type="application/json")

    answered = [(row, _endpoint(row, callers)) for row in rows]
    mounted: list[BaseRoute] = [
        Mounted(row.path, endpoint, methods=[row.method], name=f"{row.method} {row.path}")
        for row, endpoint in answered
    ]
    mounted.append(Mounted("/openapi.json", describe))
    if console is None:
        mounted.append(Mounted("/", no_page))
    else:
        mounted.append(Mount("/", StaticFiles(directory=console, html=True)))
    app = Starlette(
        routes=mounted,
        lifespan=life,
        middleware=[Middleware(Guarded, hosts=hosts), Middleware(Direct, answered)],
        exception_handlers={HTTPException: _http_error, Exception: _failed},
    )
    app.state.writer = writer
    app.state.tokens = tokens
    app.state.callers = callers
    app.state.door = door
    app.state.demo = play
    app.state.caption = caption
    app.state.engine = engine
    app.state.reach = reach
    app.state.exchange = exchange
    app.state.link = link
    app.state.live = live
    return app


def console_folder() -> Path | None:
    """Give the folder of the built console, if it was built."""
    folder = Path(str(files("keepclear"))) / "console_dist"
    return folder if (folder / "index.html").is_file() else None


def _endpoint(route: Route, callers: Callers) -> Callable[[Request], Awaitable[Response]]:
    async def answered(request: Request) -> Response:
        caller = callers.admit(request, route.policy)
        principal = None if caller is None else caller.principal
        party = request.path_params.get("party")
        allow(route.policy, principal, None if party is None else PartyId(party))
        if party is not None and party not in request.app.state.writer.node.hosted:
            raise NotKnown(f"the desk of {party}", "own-desk", "the desk of the caller's party")
        if route.policy is Policy.DEMO and request.app.state.demo is None:
            raise NotKnown("the demo", "demo-only", "a node started with: keepclear demo")
        check_query(request, route)
        request.state.caller = caller
        response = await route.answer(Call(request, principal, request.app.state.writer))
        return response if caller is None else callers.while_admitted(request, caller, response)

    async def endpoint(request: Request) -> Response:
        try:
            return await answered(request)
        except KeepclearError as error:
            return problem(error)

    return endpoint


async def _failed(request: Request, error: Exception) -> Response:
    """Answer a fault of ours as a problem too; what it was stands in the server's log alone."""
    return problem(StoreFault("a request that failed inside the node", "internal", "a report of this"))


async def _http_error(request: Request, error: Exception) -> Response:
    if isinstance(error, HTTPException) and error.status_code == 405:
        refusal = problem(Malformed(f"{request.method} on this path", "method", "a method of /openapi.json"))
        refusal.headers.update(error.headers or {})
        return refusal
    return problem(NotKnown(f"the path {request.url.path[:200]}", "path", "a path of /openapi.json"))
