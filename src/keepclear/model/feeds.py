"""Where live positions come from: a feed, as the party's own settings name it.

A feed is no statement: it tells nobody anything. What it may say of the things that it reports is settled
here and not by whoever sends: no feed makes another party's vehicle one's own (LIM-08).
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from msgspec import Meta, Struct

from keepclear.errors import Refused
from keepclear.model.tracks import Standing
from keepclear.model.words import PartyId

FeedName = Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9._-]{0,39}$(?!\n)")]


class FeedKind(StrEnum):
    """By which link a feed comes in."""

    PUSH = "push"  # sent to the node over HTTP as JSON, GeoJSON or CSV
    COT = "cot"  # Cursor on Target over TCP
    READSB = "readsb"  # JSON of readsb or dump1090
    SBS = "sbs"  # BaseStation messages over TCP


class Feed(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A feed of one party, and what is believed of it.

    `standing` is the standing of everything that it reports; an item may say less (`other`), never more.
    `oldest_s` is the age in seconds beyond which a fix is refused as too old, `ahead_s` how far its time may
    lie ahead of ours. `silent_s` is after how long a silence of the whole feed is an alarm; 0 for never.
    """

    name: FeedName
    party: PartyId
    kind: FeedKind = FeedKind.PUSH
    standing: Standing = Standing.OTHER
    address: Annotated[str, Meta(max_length=400)] = ""
    oldest_s: Annotated[int, Meta(ge=1, le=7 * 86_400)] = 3_600
    ahead_s: Annotated[int, Meta(ge=0, le=3_600)] = 5
    silent_s: Annotated[int, Meta(ge=0, le=86_400)] = 60
    invented: bool = False

    def __post_init__(self) -> None:
        if self.standing is Standing.RELEASED:
            raise Refused(
                f'the feed "{self.name}" whose things count as released',
                "LIM-08",
                "own, consenting or other; a named person's Release alone lets anything else out",
                "standing",
            )


def standing_by(feed: Feed, said: Standing | None) -> Standing:
    """Give the standing of a thing that a feed reports: what the feed has, or less if the item says so."""
    return feed.standing if said in (None, feed.standing) else Standing.OTHER
