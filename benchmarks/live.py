"""Live positions end to end: batches over the HTTP application, past 1,000 measures, onto disk, with alarms.

10,000 things move in steps of two seconds through a theatre of 1,000 zones. Ours is everything from the bytes
of a batch to its answer: reading, gates, fences, the columns, and the alarms that the writer takes beside it.
What stands beside it is the floor that the project set itself, 20,000 fixes a second of one core. The answers
are equal when every fix was taken and no zone is known to hold fewer things than the plain distance says.
"""

from __future__ import annotations

import asyncio
import math
import random
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import msgspec

from benchmarks import Row, rate_row
from keepclear.commands.telling import Tell
from keepclear.geo.figures import Circle, Point
from keepclear.geo.geodesy import distance_m
from keepclear.model.feeds import Feed
from keepclear.model.measures import Basis, Effect, MeasureKind, MeasureStated
from keepclear.model.words import CapStatus, PartyId
from keepclear.service.auth import Role, Tokens
from keepclear.service.clock import SimulatedClock
from keepclear.service.feeds import FeedBook
from keepclear.service.http.app import application
from keepclear.service.keys import Keyring
from keepclear.service.live import Live
from keepclear.service.node import Node
from keepclear.service.writer import Writer
from keepclear.stores.memory import MemoryStore
from keepclear.stores.tracks import TrackStore

NAME = "live"
THINGS, ZONES, BATCH, STEPS = 10_000, 1_000, 1_000, 5
FLOOR = 20_000.0
PARTY = PartyId("DESK")
START = datetime(2026, 3, 1, 6, tzinfo=UTC)


class Theatre:
    """Zones, and things that go straight on."""

    def __init__(self) -> None:
        drawn = random.Random(1)
        self.zones = [
            Circle(Point(drawn.uniform(0, 10), drawn.uniform(40, 50)), drawn.uniform(500, 20_000))
            for _ in range(ZONES)
        ]
        self.things = [
            [
                drawn.uniform(0, 10),
                drawn.uniform(40, 50),
                drawn.uniform(0, math.tau),
                drawn.choice((10.0, 200.0)),
            ]
            for _ in range(THINGS)
        ]

    def step(self, at: datetime) -> list[bytes]:
        """Move everything by two seconds; give the batches that say so."""
        fixes: list[dict[str, Any]] = []
        for number, thing in enumerate(self.things):
            lon, lat, course, speed = thing
            thing[0] = lon + 2 * speed * math.sin(course) / 75_000
            thing[1] = lat + 2 * speed * math.cos(course) / 111_000
            fixes.append(
                {"id": f"t{number}", "at": at, "lon": thing[0], "lat": thing[1], "accuracy_m": 10.0,
                 "height": {"value_m": 1_000.0, "datum": "STD"}, "speed_mps": speed, "kind": "aeroplane",
                 "course_deg": math.degrees(course) % 360}
            )  # fmt: skip
        parts = (fixes[n : n + BATCH] for n in range(0, THINGS, BATCH))
        return [msgspec.json.encode({"fixes": part}) for part in parts]

    def surely_inside(self) -> Counter[int]:
        """Count by the plain distance what lies inside each zone beyond any doubt."""
        found: Counter[int] = Counter()
        for number, zone in enumerate(self.zones):
            reach = (zone.radius_m + 1_000) / 111_000
            for lon, lat, *_ in self.things:
                near = abs(lat - zone.center.lat) < reach and abs(lon - zone.center.lon) < 2 * reach
                if near and distance_m(zone.center, Point(lon, lat)) < zone.radius_m - 100:
                    found[number] += 1
        return found


def run() -> list[Row]:
    return asyncio.run(_run())


async def _run() -> list[Row]:
    theatre, clock = Theatre(), SimulatedClock(START)
    node = Node(MemoryStore(), Keyring.from_seed("bench", b"bench", (PARTY,)), clock, CapStatus.EXERCISE)
    node.host(PARTY)
    for number, shape in enumerate(theatre.zones):
        body = MeasureStated(f"Zone {number}", MeasureKind.ZONE, Effect.CALL, Basis.DECLARED, shape)
        clock.move_to(clock.now() + timedelta(milliseconds=1))
        node.act(node.ask(PARTY, Tell(body=body), f"zone-{number}"))
    writer, tokens = Writer(node), Tokens.fresh((PARTY,))
    live = Live(lambda: node, TrackStore.open(), FeedBook(None, (Feed("adsb", PARTY, silent_s=0),)))
    transport = httpx.ASGITransport(application(writer, tokens, live=live))
    headers = {
        "Authorization": f"Bearer {tokens.token(PARTY, Role.DUTY_OFFICER)}",
        "Content-Type": "application/json",
    }
    path = f"/api/v1/desks/{PARTY}/live/feeds/adsb/fixes"
    spent, taken = [], 0
    async with (
        writer.running(), live.running(writer),
        httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1", headers=headers) as http,
    ):  # fmt: skip
        for _ in range(STEPS + 1):
            clock.move_to(clock.now() + timedelta(seconds=2))
            bodies = theatre.step(clock.now())
            began = time.process_time()
            answers = await asyncio.gather(*(http.post(path, content=body) for body in bodies))
            spent.append(time.process_time() - began)
            taken += sum(answer.json()["taken"] for answer in answers)
        await live.settle(writer)
        held = Counter(
            cause.matter for cause in live.alarms(PARTY).book.all() if cause.certain and not cause.over
        )
    by_name = {text.statement.subject: body.name for _, text, body in node.picture(PARTY).each(MeasureStated)}
    found = {by_name[matter]: count for matter, count in held.items()}
    least = {f"Zone {number}": count for number, count in theatre.surely_inside().items()}
    equal = taken == THINGS * (STEPS + 1) and all(
        found.get(name, 0) >= count for name, count in least.items()
    )
    # The first step makes everything known, once; what counts is what moves.
    seconds = sorted(spent[1:])[STEPS // 2]
    return [
        rate_row("live positions end to end", THINGS, "the floor of 20,000 a second of one core", "fixes/s",
                 (seconds, THINGS / FLOOR), equal=equal),
    ]  # fmt: skip
