"""Routes of the node itself: what it is, whether it lives and is ready, its measurements."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct
from prometheus_client import CollectorRegistry, Gauge, generate_latest
from starlette.responses import Response

from keepclear import __version__
from keepclear.service.http.peers import peer_view
from keepclear.service.http.policy import Policy
from keepclear.service.http.routes import Call, Route

if TYPE_CHECKING:
    from keepclear.service.exchange.session import Exchange


class NodeAnswer(Struct, frozen=True):
    """What a node says of itself to anybody; nothing of what it holds.

    `live` tells whether it takes live positions in.
    """

    name: str
    version: str
    mode: str
    cap: str
    custody: str
    now: datetime
    live: bool


async def node(call: Call) -> Response:
    """Answer what this node is."""
    held = call.writer.node
    mode = "demo" if call.request.app.state.demo is not None else "node"
    has_live = call.request.app.state.live is not None
    about = NodeAnswer(
        held.keys.node, __version__, mode, held.cap.value, held.custody, held.clock.now(), has_live
    )
    return Response(msgspec.json.encode(about), media_type="application/json")


async def livez(call: Call) -> Response:
    """Answer while the process lives."""
    return Response(b'{"alive":true}', media_type="application/json")


async def readyz(call: Call) -> Response:
    """Answer once the record is folded and no batch is stuck; refused while it cannot be read."""
    await call.writer.settled()
    call.writer.node.check_readable()
    return Response(b'{"ready":true}', media_type="application/json")


async def metrics(call: Call) -> Response:
    """Answer counters of the process, to its operator only: to a party they would tell of others' acts."""
    registry = CollectorRegistry()
    writer = call.writer
    for name, words, value in (
        ("keepclear_acts_total", "Acts carried out since start", writer.acts),
        ("keepclear_commits_total", "Group commits since start", writer.commits),
    ):
        Gauge(name, words, registry=registry).set(value)
    exchange = call.request.app.state.exchange
    if exchange is not None:
        _peer_gauges(registry, exchange, writer.node.clock.wall())
    return Response(generate_latest(registry), media_type="text/plain; version=0.0.4")


def _peer_gauges(registry: CollectorRegistry, exchange: Exchange, now: datetime) -> None:
    known = exchange.peers.all()
    found = [peer_view(exchange, peer, now) for peer in known]
    answers = Gauge(
        "keepclear_peer_answers", "Answers to the peer that brought entries", ("peer",), registry=registry
    )
    failures = {each.node: exchange.session(each.node).health.failures for each in known}
    for each in known:
        answers.labels(each.node).set(exchange.session(each.node).health.answers)
    for name, words, of in (
        ("up", "Whether the link to the peer is up", lambda peer: float(peer.state == "up")),
        ("unsent_entries", "Entries that the peer does not hold yet", lambda peer: float(peer.unsent)),
        ("unsent_age_seconds", "Age of the oldest of them", lambda peer: peer.unsent_age_s),
        ("behind_entries", "Entries of the peer still to come", lambda peer: float(peer.behind)),
        ("clock_offset_seconds", "How far its clock is ahead of ours", lambda peer: peer.offset_s),
        ("failed_tries", "Tries that failed, in a row", lambda peer: float(failures[peer.node])),
        ("silent_seconds", "Since anything came over the link", lambda peer: _since(peer.last_contact, now)),
        ("stopped_logs", "Logs with two histories", lambda peer: float(len(peer.stopped))),
    ):
        gauge = Gauge(f"keepclear_peer_{name}", words, ("peer",), registry=registry)
        for peer in found:
            value = of(peer)
            if value is not None:  # unknown is not zero
                gauge.labels(peer.node).set(value)


def _since(last: datetime | None, now: datetime) -> float | None:
    return None if last is None else max(0.0, (now - last).total_seconds())


def routes() -> list[Route]:
    """List the routes of this module."""
    return [
        Route("GET", "/livez", Policy.OPEN, livez, "Whether the process lives.", dict[str, bool]),
        Route("GET", "/readyz", Policy.OPEN, readyz, "Whether the node can serve.", dict[str, bool]),
        Route("GET", "/metrics", Policy.OPERATE, metrics, "Counters.", str, media_type="text/plain"),
        Route("GET", "/api/v1/node", Policy.OPEN, node, "What this node is.", NodeAnswer),
    ]
