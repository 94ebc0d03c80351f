"""The routes of peers: how the exchange with each other node goes, and cutting a link and healing it.

On a node of several parties a desk sees what concerns itself alone: how much another hosted party has told,
and when, is nobody else's to see. Whose link is cut there is decided by who runs the node.
"""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct
from starlette.responses import Response

from keepclear.errors import NotAllowed, NotKnown
from keepclear.model.words import PUBLIC, PartyId
from keepclear.service.exchange.behind import next_step
from keepclear.service.http.policy import Policy
from keepclear.service.http.routes import Call, Route
from keepclear.times import span_words

if TYPE_CHECKING:
    from keepclear.service.exchange.link import Link
    from keepclear.service.exchange.pairing import Peer
    from keepclear.service.exchange.session import Exchange, Health
    from keepclear.service.exchange.wire import Unheld

SILENT_S = 45.0
"""A link counts as up when something came over it so lately: one answer waits 20 s for news at most."""

FEWER = 400
"""The status of a receipt for more entries than the author's node has (c2sp.org/tlog-witness)."""

RED_S = 30.0
"""Words that are older than this and not held by their reader's node are shown as such."""

OFFSET_S = 2.0

FETCHED = (
    "the link is down one way: it fetches what is told here, but what it tells does not come; that is tried "
    "again and again"
)
"""The words for a peer that pulls from here and cannot be pulled from."""

NOT_FETCHED = "what it tells comes; it does not fetch what is told here, which waits"
"""The words for a peer that can be pulled from and does not pull from here."""


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
    """The other nodes with which this one exchanges; `own_node` tells that it is the desk's party's own."""

    now: datetime
    own_node: bool
    items: tuple[PeerView, ...]


def clock_words(offset_s: float | None) -> str:
    """Say how a peer's clock stands to ours; below two seconds nothing is said, since the link takes time."""
    if offset_s is None or abs(offset_s) < OFFSET_S:
        return ""
    return f"their clock is {span_words(abs(offset_s))} {'ahead of' if offset_s > 0 else 'behind'} ours"


def peer_view(exchange: Exchange, peer: Peer, now: datetime, desk: PartyId | None = None) -> PeerView:
    """Give how the exchange with one peer goes, for one desk or for the operator."""
    session = exchange.session(peer.node)
    # What was told bears the record's time, the link is watched by the machine's: in a story they differ.
    health, unsent = session.health, session.unsent(exchange.node.clock.now(), desk)
    met = [at for at in (health.pulled_at, health.served_at) if at is not None]
    last = max(met, default=None)
    readers = (desk, PUBLIC)
    stopped = tuple(
        each.origin
        for each in exchange.stopped.all()
        if each.peer == peer.node
        and (desk is None or each.origin not in peer.logs or peer.logs[each.origin][0].reader in readers)
    )
    state = _state(peer, session.health, last, now)
    overdue = unsent.entries > 0 and unsent.age_s > RED_S
    fetched = fetches(health, now)
    words = {
        "up": NOT_FETCHED if overdue and not fetched else "the link is up",
        "down": FETCHED
        if fetched
        else "the link is down; it is tried again and again, and what is told here waits",
        "by hand": "no address: exchanged by hand, with keepclear export and import",
        "cut": "cut here; keepclear peer heal lets it go on",
        "revoked": f"its keys count no more: {peer.revoked}",
        "not met yet": "nothing has come over the link yet",
    }[state]
    kept = [each.limit for each in exchange.node.withheld.values()
            if each.statement.author.party in peer.parties
            and (desk is None or desk in each.readers)]  # fmt: skip
    withheld = f"{len(kept)} of its texts break {', '.join(sorted(set(kept)))}: in the record, on no desk"
    texts = [each for each in exchange.stopped.doubled() if each.evidence.author in peer.parties]
    withheld += "; ask its author on the hotline what is meant"
    doubled = f"it signed two texts of {len(texts)} statements: keepclear peer evidence" if texts else ""
    lost = [each for each in exchange.own.ahead() if each.peer == peer.node]
    ahead = "; ".join(
        f"it holds {each.size} entries of {each.author} to {each.reader}, signed here, and this node "
        f"{each.ours}: {next_step(each)}"
        for each in lost
        if desk in (None, each.author)
    )
    unheard = (
        ""
        if peer not in exchange.own.unheard(exchange.peers)
        else ("not heard of since this node was brought back from a backup: nothing is told to it until then")
    )
    taken = f"not taken in here, and asked for again: {health.why}" if health.refused else health.why
    moved = [
        f"its words as {log.author} to {log.reader} are not taken: that log is held here from another node, "
        f"as {origin}; let them begin a node whose party has an id of its own"
        for log, origin in ([] if peer.revoked else session.taker.elsewhere())
        if desk is None or log.reader in readers
    ]
    found = (
        *moved,
        ahead,
        unheard,
        taken,
        *(not_held(peer, each) for each in health.unheld),
        withheld if kept else "",
        doubled,
    )
    why = "; ".join(words for words in found if words)
    behind = sum(left for reader, left in health.behind.items() if desk is None or reader in readers)
    view = PeerView(
        peer.node, tuple(sorted(peer.parties)), state, words, peer.card.url, last, unsent.entries,
        round(unsent.age_s, 1), overdue, behind, health.offset_s, clock_words(health.offset_s), why,
        stopped, peer.fingerprint,
    )  # fmt: skip
    return view if desk is None or exchange.node.is_partys else _shared(view, health)


def fetches(health: Health, now: datetime) -> bool:
    """Tell whether a peer pulls from this node: what is told here reaches it, whichever else is down."""
    return health.served_at is not None and (now - health.served_at).total_seconds() <= SILENT_S


def not_held(peer: Peer, each: Unheld) -> str:
    """Say of a receipt that a peer does not take whose log it is, and who has how much."""
    log = None if each.origin not in peer.logs else peer.logs[each.origin][0]
    of = f"the log {each.origin}" if log is None else f"its log {log.author} to {_whom(log.reader)}"
    if each.status == FEWER:
        return (
            f"{peer.node} has {each.size} entries of {of}, fewer than this node holds of it: {peer.node} was "
            "probably brought back from a backup, and lacks its last words. Call them on the hotline and say "
            "so; they take these back from this node with keepclear peer take-back"
        )
    return f"{peer.node} does not take our receipt of {of}: {each.words}"


def _whom(reader: PartyId) -> str:
    return "everybody" if reader == PUBLIC else reader


def _shared(view: PeerView, health: Health) -> PeerView:
    """Give a view as a desk of a node of several parties may see it.

    An answer comes at once where there is news for anybody: its instant and its offset to the microsecond
    would tell of news for others.
    """
    return msgspec.structs.replace(
        view,
        last_contact=None if view.state == "up" else view.last_contact,
        offset_s=None if view.offset_s is None else round(view.offset_s),
        why=health.why if view.state == "down" else "",
    )


def _state(peer: Peer, health: Health, last: datetime | None, now: datetime) -> str:
    if peer.revoked or peer.cut:
        return "revoked" if peer.revoked else "cut"
    heard = (
        health.served_at is not None and health.tried_at is not None and health.served_at > health.tried_at
    )
    if last is not None and health.failures and not heard and not health.refused:
        return "down"
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
    if exchange is not None:
        exchange.peers.refresh()
    known = () if exchange is None else exchange.peers.all()
    items = tuple(peer_view(exchange, each, now, call.party) for each in known)
    view = PeersView(now, call.writer.node.is_partys, items)
    return Response(msgspec.json.encode(view), media_type="application/json")


def _own_exchange(call: Call) -> Exchange:
    exchange: Exchange | None = call.request.app.state.exchange
    if exchange is None:
        raise NotKnown("the peers of a node that has none", "peer", "a node with peers: keepclear peer add")
    if not exchange.node.is_partys:
        raise NotAllowed(
            "cutting or healing a link of a node that hosts several parties",
            "shared-link",
            "who runs the node, on its machine: keepclear peer cut, keepclear peer heal",
        )
    return exchange


async def cut(call: Call) -> Response:
    """Cut the link to a peer; nothing is pulled or given until it is healed."""
    exchange = _own_exchange(call)
    await asyncio.to_thread(exchange.peers.cut, call.request.path_params["peer"], exchange.node.hosted)
    return await _looked(call)


async def heal(call: Call) -> Response:
    """Let a link that was cut go on."""
    exchange = _own_exchange(call)
    await asyncio.to_thread(exchange.peers.heal, call.request.path_params["peer"], exchange.node.hosted)
    return await _looked(call)


async def _looked(call: Call) -> Response:
    link: Link | None = call.request.app.state.link
    if link is not None:
        link.look()
    return await peers(call)


def routes() -> list[Route]:
    """List the routes of this module."""
    return [
        Route("GET", "/api/v1/desks/{party}/peers", Policy.READ, peers,
              "How the exchange with each other node goes.", PeersView),
        Route("POST", "/api/v1/desks/{party}/peers/{peer}/cut", Policy.LINK, cut,
              "Cut the link to another node; what is told waits.", PeersView),
        Route("POST", "/api/v1/desks/{party}/peers/{peer}/heal", Policy.LINK, heal,
              "Let a link that was cut go on.", PeersView),
    ]  # fmt: skip
