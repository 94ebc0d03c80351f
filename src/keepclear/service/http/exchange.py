"""The exchange as peers' nodes call it: one route, behind mutual TLS with pinned certificates."""

from __future__ import annotations

import asyncio
import gzip
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from keepclear.errors import KeepclearError, Malformed, NotAllowed, StoreFault
from keepclear.service.exchange import wire
from keepclear.service.exchange.faults import PEER_RULE
from keepclear.service.exchange.link import PATH, Link
from keepclear.service.exchange.session import Session
from keepclear.service.exchange.wire import Gave, Pull
from keepclear.service.http.problems import problem
from keepclear.service.http.protocol import PEER_CERTIFICATE
from keepclear.service.writer import Writer

if TYPE_CHECKING:
    from datetime import datetime

MEDIA_TYPE = "application/vnd.keepclear.exchange"
_GZIP_FROM = 512
_LOOK_S = 1.0


def exchange_application(link: Link, writer: Writer) -> Starlette:
    """Build the application that answers peers' pulls."""

    async def pull(request: Request) -> Response:
        try:
            session = _session(link, request)
            asked = wire.read_pull(await _body(request))
            gave = await _answered(link, writer, session, asked)
        except KeepclearError as error:
            return problem(error)
        except asyncio.CancelledError:
            # The node stops while a peer waits for news: that is no fault, and the peer tries again.
            return problem(StoreFault("a pull from a node that is stopping", "stopping", "the same again"))
        raw = wire.encode(gave)
        headers = {"Cache-Control": "no-store"}
        if len(raw) >= _GZIP_FROM and "gzip" in request.headers.get("accept-encoding", ""):
            raw, headers["Content-Encoding"] = await asyncio.to_thread(gzip.compress, raw, 6), "gzip"
        return Response(raw, 200, headers, MEDIA_TYPE)

    return Starlette(routes=[Route(PATH, pull, methods=["POST"])])


def _no_peer() -> NotAllowed:
    return NotAllowed(
        "a pull by a node that is no peer now", PEER_RULE, "a certificate on a card that was confirmed here"
    )


def _session(link: Link, request: Request) -> Session:
    certificate = request.scope.get(PEER_CERTIFICATE)
    link.exchange.peers.refresh()
    peer = None if certificate is None else link.exchange.peers.by_certificate(certificate)
    if peer is None or peer.cut:
        raise _no_peer()
    link.wake(peer.node)
    return link.exchange.session(peer.node)


async def _body(request: Request) -> bytes:
    raw = bytearray()
    try:
        async for piece in request.stream():
            raw += piece
            if len(raw) > wire.MAX_PULL_BYTES:
                raise Malformed("a pull", "exchange-size", f"at most {wire.MAX_PULL_BYTES} bytes")
    except ClientDisconnect as error:
        raise Malformed("a pull that was cut off", "exchange-frame", "a whole pull") from error
    return bytes(raw)


async def _answered(link: Link, writer: Writer, session: Session, asked: Pull) -> Gave:
    """Take the cosignatures at once, and wait for news as long as the reader allows."""
    clock = link.exchange.node.clock
    got_at: datetime = clock.wall()
    await writer.settled()
    step, unheld = session.receipts(asked)
    if step is not None:
        await writer.submit_whole(step)
    stopped = link.exchange.compare(asked.heads, got_at)
    loop = asyncio.get_running_loop()
    until = loop.time() + asked.wait_s
    while True:
        await writer.settled()
        if not link.stands(session.peer):
            raise _no_peer()  # cut, revoked or changed while it waited: nothing more goes over
        gave = session.gave(asked, unheld, got_at, clock.wall())
        left = until - loop.time()
        if gave.packs or stopped or left <= 0.0:
            return gave
        await writer.changed(min(left, _LOOK_S))
