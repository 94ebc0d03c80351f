"""Invented things that move over the demo, so that its live pictures show something; each says so of itself.

Where a thing is follows from the seconds since the feed began and from nothing else. Nothing here asserts
what a rule should find: a vehicle drives over a boundary, an aircraft flies into a zone and out again, two
aircraft of one side meet head on, a convoy stops; what is found of it, the rules of a live node find.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import pairwise
from typing import TYPE_CHECKING, Final, Protocol, TypedDict

from msgspec import Struct

from keepclear.geo.figures import Point
from keepclear.geo.geodesy import bearing_deg, destination, distance_m, length_m
from keepclear.geo.heights import Altitude, Datum
from keepclear.links.feeds import Reading
from keepclear.model.feeds import Feed
from keepclear.model.tracks import Fix, Standing, Track, TrackKind
from keepclear.model.words import PartyId
from keepclear.service.feeds import FeedBook
from keepclear.service.live import Live
from keepclear.stores.tracks import TrackStore

if TYPE_CHECKING:
    from keepclear.service.writer import Writer

COA, RUS = PartyId("COA"), PartyId("RUS")
NAMES: Final = {Standing.OWN: "own-units", Standing.CONSENTING: "aid-units", Standing.OTHER: "sightings"}
EVERY_S: Final = 1.0
SILENT_S: Final = 30


class Then(StrEnum):
    """What a thing does at the end of its way."""

    STOPS = "stops"
    TURNS_BACK = "turns back"


class Mover(Struct, frozen=True):
    """An invented thing: its way as (lon, lat), how fast, and how often it says where it is."""

    callsign: str
    kind: TrackKind
    whose: PartyId | None
    way: tuple[tuple[float, float], ...]
    speed_mps: float
    then: Then
    accuracy_m: float
    every_s: int
    height_m: float | None = None
    standing: Standing = Standing.OTHER


class Placed(Struct, frozen=True):
    """Where a mover is; speed in metres a second, course in degrees from true north."""

    place: Point
    speed_mps: float
    course_deg: float


CROSSING = Mover(
    "truck 41", TrackKind.VEHICLE, None, ((39.3945, 35.8087), (39.4235, 35.8711)), 15.0, Then.STOPS, 60.0, 4
)
INTO_ZONE = Mover(
    "pair 04", TrackKind.AEROPLANE, RUS, ((38.75, 34.13), (38.70, 33.90)), 120.0, Then.TURNS_BACK, 150.0, 2,
    6_000.0,
)  # fmt: skip
CLOSING = tuple(
    Mover(callsign, TrackKind.AEROPLANE, COA, way, 110.0, Then.TURNS_BACK, 40.0, 2, 5_400.0)
    for callsign, way in (
        ("VALE 11", ((39.70, 36.30), (40.30, 36.42))),
        ("VALE 12", ((40.30, 36.42), (39.70, 36.30))),
    )
)
STOPPING = Mover(
    "ROAD 5", TrackKind.CONVOY, COA, ((40.86, 36.02), (40.83, 35.97), (40.80, 35.955)), 12.0, Then.STOPS,
    20.0, 5,
)  # fmt: skip
AID = Mover(
    "RELIEF 2", TrackKind.VEHICLE, None, ((39.05, 36.06), (39.02, 36.00)), 14.0, Then.TURNS_BACK, 25.0, 5,
    standing=Standing.CONSENTING,
)  # fmt: skip

FLEETS: Final[Mapping[PartyId, tuple[Mover, ...]]] = {
    COA: (*CLOSING, STOPPING, AID, CROSSING, INTO_ZONE),
    RUS: (INTO_ZONE, CROSSING),
}
"""What each side sees: the same things, by its own feeds."""


def feeds_of(party: PartyId) -> tuple[Feed, ...]:
    """Give the feeds by which a side hears of its own things, of those that asked for it, and of others'."""
    standings = dict.fromkeys(_standing(party, mover) for mover in FLEETS.get(party, ()))
    return tuple(
        Feed(NAMES[standing], party, standing=standing, silent_s=SILENT_S, invented=True)
        for standing in standings
    )


def _standing(party: PartyId, mover: Mover) -> Standing:
    return Standing.OWN if mover.whose == party else mover.standing


def placed(mover: Mover, elapsed_s: float) -> Placed:
    """Give where a mover is so many seconds after the feed began."""
    way = [Point(lon, lat) for lon, lat in mover.way]
    whole, gone = length_m(way), mover.speed_mps * elapsed_s
    back = False
    if mover.then is Then.TURNS_BACK:
        gone %= 2 * whole
        back = gone > whole
        gone = 2 * whole - gone if back else gone
    leg = _leg_at(way, gone)
    if leg is None:
        return Placed(way[-1], 0.0, bearing_deg(way[-2], way[-1]))
    one, other, along_m = leg
    place = destination(one, bearing_deg(one, other), along_m)
    return Placed(place, mover.speed_mps, bearing_deg(other, one) if back else bearing_deg(one, other))


def _leg_at(way: Sequence[Point], gone_m: float) -> tuple[Point, Point, float] | None:
    for one, other in pairwise(way):
        leg_m = distance_m(one, other)
        if gone_m <= leg_m:
            return one, other, gone_m
        gone_m -= leg_m
    return None


def reading(party: PartyId, feed: Feed, elapsed_s: int, now: datetime) -> Reading:
    """Give what a feed says in one second.

    Args:
        party: whose feed it is.
        feed: one of `feeds_of(party)`.
        elapsed_s: whole seconds since the feed began.
        now: by the node's clock, UTC.
    """
    movers = [each for each in FLEETS.get(party, ()) if _standing(party, each) is feed.standing]
    due = [each for each in movers if elapsed_s % each.every_s == 0]
    fixes = tuple(_fix(each, feed, placed(each, elapsed_s), now) for each in due)
    tracks = tuple(
        Track(each.callsign, feed.name, each.kind, each.callsign, each.whose, feed.standing, invented=True)
        for each in due
    )
    return Reading(fixes, tracks, alive=True)


def _fix(mover: Mover, feed: Feed, at: Placed, now: datetime) -> Fix:
    height = None if mover.height_m is None else Altitude(mover.height_m, Datum.AMSL)
    return Fix(
        mover.callsign, feed.name, now, now, at.place, mover.accuracy_m, height,
        speed_mps=at.speed_mps, course_deg=at.course_deg % 360.0,
    )  # fmt: skip


class Stage(Protocol):
    """A demo, as far as this module asks: whether its story is over, and which round of it this is."""

    state: str
    generation: int


class InventedFeeds:
    """Brings the invented things in once the story is over; anew after each round of it."""

    def __init__(self, live: Live, stage: Stage) -> None:
        self._live = live
        self._stage = stage

    @asynccontextmanager
    async def running(self, writer: Writer) -> AsyncIterator[None]:
        """Run for the life of the block."""
        task = asyncio.create_task(self._rounds(writer), name="invented")
        try:
            yield
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    async def _rounds(self, writer: Writer) -> None:
        while True:
            if self._stage.state == "done":
                await self._one_round(writer, self._stage.generation)
            await asyncio.sleep(EVERY_S)

    async def _one_round(self, writer: Writer, generation: int) -> None:
        await self._live.begin_again(TrackStore.open())
        clock = writer.node.clock
        began = clock.now()
        feeds = [feed for party in writer.node.hosted for feed in feeds_of(party)]
        for feed in feeds:
            self._live.book.add(feed)
        said = -1
        while self._stage.state == "done" and self._stage.generation == generation:
            now = clock.now()
            elapsed = (now - began) // timedelta(seconds=1)
            if elapsed > said:
                said = elapsed
                for feed in feeds:
                    self._live.take(feed, reading(feed.party, feed, elapsed, now), now)
            await asyncio.sleep(EVERY_S / 4)
        for feed in feeds:
            self._live.book.remove(feed.party, feed.name)


class Beside(TypedDict):
    """What `application` takes to run the invented feeds beside a demo."""

    live: Live
    works: tuple[InventedFeeds, ...]


def beside(writer: Writer, stage: Stage) -> Beside:
    """Give a demo's node a live picture, and the invented feeds that fill it."""
    live = Live(lambda: writer.node, TrackStore.open(), FeedBook(None))
    return {"live": live, "works": (InventedFeeds(live, stage),)}
