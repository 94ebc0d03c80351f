"""What an act's answer says of words that do not go over a link now: they wait, or will never arrive."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from keepclear.errors import KeepclearError
from keepclear.model.words import PUBLIC
from keepclear.service.http.peers import fetches, peer_view

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from keepclear.model.words import PartyId
    from keepclear.service.exchange.session import Exchange
    from keepclear.service.http.routes import Call

_BY_VOICE = "call them on the hotline"


def waits(call: Call, readers: Iterable[PartyId]) -> tuple[str, ...]:
    """Say of each reader at another node why what was told does not reach it now; () where it does.

    A link that is merely not met yet is no reason: a node that is not served knows nothing of its links.
    """
    exchange: Exchange | None = call.request.app.state.exchange
    if exchange is None:
        return ()
    away = [each for each in dict.fromkeys(readers) if each != PUBLIC and each not in exchange.node.hosted]
    if not away:
        return ()
    with suppress(KeepclearError):  # the act stands; what was known of the links is said of it
        exchange.peers.refresh()
    return tuple(_words(call, exchange, away))


def _words(call: Call, exchange: Exchange, readers: Iterable[PartyId]) -> Iterator[str]:
    now = call.writer.node.clock.wall()
    for reader in readers:
        theirs = [peer for peer in exchange.peers.all() if reader in peer.parties]
        alive = [peer for peer in theirs if not peer.revoked]
        for peer in alive or theirs[-1:]:
            state = peer_view(exchange, peer, now, call.party).state
            if state == "revoked":
                yield (
                    f"This will not reach {reader}: the keys of {peer.node} were revoked here for: "
                    f"{peer.revoked}. {_BY_VOICE.capitalize()}."
                )
            elif state == "cut":
                yield (
                    f"This waits: the link to {peer.node} ({reader}) is cut here. It goes on with: keepclear "
                    f"peer heal {peer.node}; {_BY_VOICE} until then."
                )
            elif state == "down" and not fetches(exchange.session(peer.node).health, now):
                yield (
                    f"This waits: the link to {peer.node} ({reader}) is down, and is tried again and again; "
                    f"{_BY_VOICE} until it is up."
                )
