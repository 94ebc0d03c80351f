"""Live positions into a served node over real sockets, and from a fix to the alarm on the desk's screen.

A node serves in a process of its own, with its record and its file of positions on disk; the senders and the
screen share this process, and the machine with it. 10,000 things move among 1,000 zones, in batches of 1,000.
First as fast as four senders are answered; then 20,000 fixes a second by the clock, while twenty times a
second one more thing steps into a zone that nothing has entered, and the desk's stream is watched for its
alarm. A fix counts when the answer says that it was taken. The peers are the figures asked for.
"""

from __future__ import annotations

import asyncio
import math
import random
import re
import tempfile
import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec

from benchmarks import Row
from benchmarks.exchange_screen import keepclear
from benchmarks.hotline import CONNECTIONS, SENDER, Pipe, Served, answered, served
from benchmarks.timing import Beside
from keepclear.geo.figures import Circle, Point
from keepclear.model.measures import Basis, Effect, MeasureKind, MeasureStated

NAME = "live-served"
THINGS, ZONES, BATCH, SENDERS = 10_000, 1_000, 1_000, 4
STEPS, STEP_S = 12, 0.5
PROBES, PROBE_PACE_S, LEAD_S = 300, 0.05, 3.0
ASKED_PER_S, ASKED_MS = 20_000.0, 250.0
FEED = "live/feeds/adsb/fixes"
_ALARM = re.compile(rb'"kind":"alarm".*?Probe (\d+)')


class Theatre:
    """Zones among which things move straight on, and far from them a zone for each probe."""

    def __init__(self) -> None:
        drawn = random.Random(1)
        self.zones = [
            (f"Zone {n}", Circle(somewhere(drawn), drawn.uniform(500, 20_000))) for n in range(ZONES - PROBES)
        ]
        self.probes = [Point(20 + n % 10, 40 + n // 10 * 0.3) for n in range(PROBES)]
        self.zones += [(f"Probe {n}", Circle(at, 2_000.0)) for n, at in enumerate(self.probes)]
        self._things = [
            (somewhere(drawn), drawn.uniform(0, math.tau), drawn.choice((10.0, 200.0))) for _ in range(THINGS)
        ]

    def batch(self, first: int, at: datetime, run_s: float) -> dict[str, Any]:
        """Give where a thousand things are after so many seconds of their way."""
        fixes = []
        for number in range(first, first + BATCH):
            begins, course, speed = self._things[number]
            lon = begins.lon + run_s * speed * math.sin(course) / 75_000
            lat = begins.lat + run_s * speed * math.cos(course) / 111_000
            fixes.append(fix(f"t{number}", at, lon, lat) | {
                "height": {"value_m": 1_000.0, "datum": "STD"}, "speed_mps": speed,
                "course_deg": math.degrees(course) % 360,
            })  # fmt: skip
        return {"fixes": fixes}


def somewhere(drawn: random.Random) -> Point:
    return Point(drawn.uniform(0, 10), drawn.uniform(40, 50))


def fix(name: str, at: datetime, lon: float, lat: float) -> dict[str, Any]:
    return {"id": name, "at": at.isoformat(), "lon": round(lon, 6), "lat": round(lat, 6), "accuracy_m": 10.0,
            "kind": "aeroplane"}  # fmt: skip


def run() -> list[Row]:
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as place, served(Path(place) / "live") as node:
        keepclear("feeds", "add", "adsb", "--silent-s", 0, "--as", SENDER, "--dir", node.folder)
        beside = Beside()
        rate, kept_up, seen_ms, whole = asyncio.run(_run(node, Theatre()))
    seen_ms.sort()
    p99 = seen_ms[int(len(seen_ms) * 0.99)]
    asked = "the figure asked for"
    return [
        Row("live fixes into a served node", (STEPS - 1) * THINGS, asked, rate / ASKED_PER_S, rate,
            ASKED_PER_S, f"fixes/s, wall clock, {beside}", whole),
        Row("live alarm on the screen, p99", PROBES, asked, ASKED_MS / p99, p99, ASKED_MS,
            f"ms at {kept_up:,.0f} fixes/s, median {seen_ms[len(seen_ms) // 2]:.0f}, {beside}",
            whole and len(seen_ms) == PROBES),
    ]  # fmt: skip


async def _run(node: Served, theatre: Theatre) -> tuple[float, float, list[float], bool]:
    await declare(node, theatre)
    began = datetime.now(UTC) - timedelta(seconds=2 * STEPS * STEP_S)
    steps = [
        [theatre.batch(first, began + timedelta(seconds=run_s), run_s) for first in range(0, THINGS, BATCH)]
        for run_s in (n * STEP_S for n in range(STEPS))
    ]
    pipes = [await asyncio.open_connection("127.0.0.1", node.port) for _ in range(SENDERS)]
    whole = await send(node, pipes, steps[:1])  # makes everything known, once
    start = time.perf_counter()
    whole = await send(node, pipes, steps[1:]) and whole
    rate = (STEPS - 1) * THINGS / (time.perf_counter() - start)
    kept_up, seen_ms = await probed(node, theatre, STEPS * STEP_S)
    return rate, kept_up, seen_ms, whole


async def declare(node: Served, theatre: Theatre) -> None:
    """State all zones at the desk that the feed belongs to."""

    async def one(caller: int) -> None:
        pipe = await asyncio.open_connection("127.0.0.1", node.port)
        for number in range(caller, ZONES, CONNECTIONS):
            name, shape = theatre.zones[number]
            body = msgspec.to_builtins(
                MeasureStated(name, MeasureKind.ZONE, Effect.CALL, Basis.DECLARED, shape)
            )
            asked = {"body": body, "readers": []}
            await answered(pipe, node.request("POST", SENDER, "statements", asked, f"zone-{number}"))
        pipe[1].close()

    await asyncio.gather(*(one(caller) for caller in range(CONNECTIONS)))


async def send(node: Served, pipes: list[Pipe], steps: list[list[dict[str, Any]]]) -> bool:
    """Send step after step, each sender its own things; tell whether all were taken."""
    requests = [
        [node.request("POST", SENDER, FEED, batch) for batches in steps for batch in batches[sender::SENDERS]]
        for sender in range(SENDERS)
    ]

    async def one(pipe: Pipe, mine: list[bytes]) -> int:
        return sum([(await answered(pipe, request, b"200"))["taken"] for request in mine])

    taken = await asyncio.gather(*map(one, pipes, requests))
    return sum(taken) == len(steps) * THINGS


class Probing:
    """Probes that enter a zone each, and the screen that watches for their alarms."""

    def __init__(self, node: Served, probes: list[Point]) -> None:
        self._node, self._probes = node, probes
        self._told: dict[int, float] = {}
        self._seen: dict[int, float] = {}

    async def open(self) -> None:
        """Open the screen, and let every probe be known outside its zone."""
        await self.connect()
        self._screen = await asyncio.open_connection("127.0.0.1", self._node.port)
        self._screen[1].write(self._node.request("GET", SENDER, "stream"))
        await self._screen[0].readuntil(b"event: ready")
        now = datetime.now(UTC)
        await self._send([fix(f"p{n}", now, at.lon + 0.05, at.lat) for n, at in enumerate(self._probes)])

    async def connect(self) -> None:
        """Connect the sender anew: the node ends connections on which nothing comes for a while."""
        self._sender = await asyncio.open_connection("127.0.0.1", self._node.port)

    async def _send(self, fixes: list[dict[str, Any]]) -> None:
        await answered(self._sender, self._node.request("POST", SENDER, FEED, {"fixes": fixes}), b"200")

    async def enter(self, start: float) -> None:
        """Let one probe after another step into its zone."""
        for number, at in enumerate(self._probes):
            due = start + LEAD_S + number * PROBE_PACE_S
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            self._told[number] = time.perf_counter()
            await self._send([fix(f"p{number}", datetime.now(UTC), at.lon, at.lat)])

    async def watch(self) -> None:
        """Read the desk's stream until it has told of every probe."""
        while len(self._seen) < len(self._probes):
            read = await self._screen[0].readline()
            found = _ALARM.search(read) if read.startswith(b"data:") else None
            if found is not None:
                self._seen.setdefault(int(found[1]), time.perf_counter())

    def close(self) -> None:
        for _, writer in (self._sender, self._screen):
            writer.close()

    def seen_ms(self) -> list[float]:
        """Give for each probe whose alarm came the milliseconds from its fix to the screen."""
        return [1e3 * (self._seen[number] - at) for number, at in self._told.items() if number in self._seen]


async def probed(node: Served, theatre: Theatre, run_s: float) -> tuple[float, list[float]]:
    """Send 20,000 fixes a second, probes beside them; give the rate held and each alarm's way in ms."""
    many = int((LEAD_S + PROBES * PROBE_PACE_S) * ASKED_PER_S / BATCH)
    # Before the batches are written: a probe that enters too soon after this has jumped, and is refused.
    probing = Probing(node, theatre.probes)
    await probing.open()
    start_at = datetime.now(UTC) + timedelta(seconds=8)  # the batches are written before it comes
    requests = []
    for n in range(many):
        at_s = n * BATCH / ASKED_PER_S
        batch = theatre.batch(n * BATCH % THINGS, start_at + timedelta(seconds=at_s), run_s + 20 + at_s)
        requests.append((at_s, node.request("POST", SENDER, FEED, batch)))
    await asyncio.sleep(max(0.0, (start_at - datetime.now(UTC)).total_seconds()))
    await probing.connect()
    pipes = [await asyncio.open_connection("127.0.0.1", node.port) for _ in range(SENDERS)]
    start = time.perf_counter()

    async def stream(sender: int) -> float:
        for at_s, request in requests[sender::SENDERS]:
            await asyncio.sleep(max(0.0, start + at_s - time.perf_counter()))
            await answered(pipes[sender], request, b"200")
        return time.perf_counter()

    watching = asyncio.create_task(probing.watch())
    *ended, _ = await asyncio.gather(*map(stream, range(SENDERS)), probing.enter(start))
    with suppress(TimeoutError):
        await asyncio.wait_for(watching, 20)
    probing.close()
    return many * BATCH / (max(map(float, ended)) - start), probing.seen_ms()
