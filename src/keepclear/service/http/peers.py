"""The route of peers: how the exchange with each other node goes, for every desk of this one."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct
from starlette.responses import Response

from keepclear.model.words import PartyId, owner_of
from keepclear.service.http.policy import Policy
from keepclear.service.http.routes import Call, Route

if TYPE_CHECKING:
    from keepclear.service.exchange.pairing import Peer
    from keepclear.service.exchange.session import Exchange

SILENT_S = 45.0
"""A link counts as up when something came over it so lately: one answer waits 20 s for news at most."""

RED_S = 30.0
"""Words that are older than this and not held by their reader's node are shown as such."""

OFFSET_S = 2.0
_MINUTE_S, _HOUR_S = 60, 3_600


class PeerView(Struct, frozen=True):
    """One other node: its parties, whether the link is up, what waits, and what its clock says.

    `state` is "up", "down", "by hand" (it has no address), "cut", "revoked" or "not met yet". `unsent` counts
    entries told to its parties that it does not hold; `unsent_age_s` is the age of the oldest, and `overdue`
    says that it is more than half a minute. `offset_s` is how far its clock is ahead of ours. `stopped` names
    logs of which two histories were shown.
    """

    node: str
    parties: tuple[PartyId, ...]
    state: str
    words: str
    url: str
    last_contact: datetime | None
    unsent: int
    unsent_age_s: float
    overdue: bool
    behind: int
    offset_s: float | None
    clock: str
    why: str
    stopped: tuple[str, ...]
    fingerprint: str


class PeersView(Struct, frozen=True):
    """The other nodes with which this one exchanges."""

    now: datetime
    items: tuple[PeerView, ...]


def clock_words(offset_s: float | None) -> str:
    """Say how a peer's clock stands to ours; below two seconds nothing is said, since the link takes time."""
    if offset_s is None or abs(offset_s) < OFFSET_S:
        return ""
    amount = abs(offset_s)
    if amount < _MINUTE_S:
        said = f"{amount:.0f} s"
    elif amount < _HOUR_S:
        said = f"{amount / _MINUTE_S:.0f} min"
    else:
        said = f"{int(amount // _HOUR_S)} h {int(amount % _HOUR_S // _MINUTE_S):02d} min"
    return f"their clock is {said} {'ahead of' if offset_s > 0 else 'behind'} ours"


def peer_view(exchange: Exchange, peer: Peer, now: datetime) -> PeerView:
    """Give how the exchange with one peer goes."""
    session = exchange.session(peer.node)
    health, unsent = session.health, session.unsent(now)
    met = [at for at in (health.pulled_at, health.served_at) if at is not None]
    last = max(met, default=None)
    stopped = tuple(each.origin for each in exchange.stopped.all() if each.peer == peer.node)
    state = _state(peer, last, now)
    overdue = unsent.entries > 0 and unsent.age_s > RED_S
    words = {
        "up": "the link is up",
        "down": "the link is down; it is tried again and again, and what is told here waits",
        "by hand": "no address: exchanged by hand, with keepclear export and import",
        "cut": "cut here; keepclear peer heal lets it go on",
        "revoked": f"its keys count no more: {peer.revoked}",
        "not met yet": "nothing has come over the link yet",
    }[state]
    kept = [limit for text, limit in exchange.node.withheld.items() if owner_of(text) in peer.parties]
    withheld = f"{len(kept)} of its texts break {', '.join(sorted(set(kept)))}: in the record, on no desk"
    found = (health.why, *(each.words for each in health.unheld), withheld if kept else "")
    why = "; ".join(words for words in found if words)
    return PeerView(
        peer.node, tuple(sorted(peer.parties)), state, words, peer.card.url, last, unsent.entries,
        round(unsent.age_s, 1), overdue, health.behind, health.offset_s, clock_words(health.offset_s), why,
        stopped, peer.fingerprint,
    )  # fmt: skip


def _state(peer: Peer, last: datetime | None, now: datetime) -> str:
    if peer.revoked or peer.cut:
        return "revoked" if peer.revoked else "cut"
    if last is not None and (now - last).total_seconds() <= SILENT_S:
        return "up"
    if last is None and not peer.card.url:
        return "by hand"
    return "not met yet" if last is None else "down"


async def peers(call: Call) -> Response:
    """Answer how the exchange with each peer goes."""
    await call.writer.settled()
    exchange = call.request.app.state.exchange
    now = call.writer.node.clock.wall()
    items = () if exchange is None else tuple(peer_view(exchange, each, now) for each in exchange.peers.all())
    return Response(msgspec.json.encode(PeersView(now, items)), media_type="application/json")


def routes() -> list[Route]:
    """List the routes of this module."""
    return [
        Route("GET", "/api/v1/desks/{party}/peers", Policy.READ, peers,
              "How the exchange with each other node goes.", PeersView),
    ]  # fmt: skip
