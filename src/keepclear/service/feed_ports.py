"""Which port runs for a feed, by its kind; a feed that is sent to the node over HTTP has none."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Final

from keepclear.errors import Malformed
from keepclear.links.cot.address import cot_address
from keepclear.links.cot.port import CotPort
from keepclear.links.feeds import Port
from keepclear.links.readsb import port as readsb
from keepclear.links.sbs import port as sbs
from keepclear.model.feeds import Feed, FeedKind

NODE: Final = "node"
"""How this node marks what it sends out, so that it knows it when it comes back."""


def check_feed(feed: Feed) -> None:
    """Refuse a feed that no port could run.

    Raises:
        Malformed: its address is none of its kind.
        Refused: its kind does not go there.
    """
    match feed.kind:
        case FeedKind.COT:
            cot_address(feed.address)
        case FeedKind.READSB:
            readsb.check_address(feed.address)
        case FeedKind.SBS:
            sbs.read_address(feed.address)
        case FeedKind.PUSH:
            if feed.address:
                raise Malformed(
                    f'the address "{feed.address[:80]}" of a feed that is sent to the node',
                    "feed-address",
                    "none; or one of --cot, --cot-listen, --readsb, --sbs",
                    "address",
                )


def port_of(feed: Feed, now: Callable[[], datetime]) -> Port | CotPort:
    """Make the port of a feed.

    Raises:
        Malformed: its address is none of its kind, or it is sent to the node and has no port.
        Refused: its kind does not go there.
    """
    match feed.kind:
        case FeedKind.COT:
            return CotPort(feed, now, NODE)
        case FeedKind.READSB:
            return readsb.ReadsbPort(feed, now)
        case FeedKind.SBS:
            return sbs.SbsPort(feed, now)
        case _:
            raise Malformed(f'a port for the feed "{feed.name}"', "feed-kind", "cot, readsb or sbs", "kind")
