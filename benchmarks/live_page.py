"""The live page in a real browser while 10,000 things move among 1,000 measures: is its main thread free?

A node serves in a process of its own; a person signs in to it in Chromium by a passkey of a virtual device,
opens the live picture, and 4,000 fixes a second are pushed over HTTP while it is looked at. What
is measured is the page's main thread: its longest task and all tasks of more than 50 ms (the browser's own
observer of long tasks), its time in scripts and in all tasks (the browser's own counters), and how often the
map is told of changes. The map is drawn by the processor here, in a process of Chromium's own that takes the
same two cores: how many frames a second a graphics card gives, this cannot show, and is not asked.
"""

from __future__ import annotations

import asyncio
import os
import random
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from benchmarks import Row
from benchmarks.exchange_screen import keepclear
from benchmarks.hotline import CONNECTIONS, SENDER, Served, answered, served
from keepclear.cli.persons import people_of
from keepclear.geo.figures import Circle, Point
from keepclear.model.measures import Basis, Effect, MeasureKind, MeasureStated
from keepclear.model.words import PartyId
from keepclear.service.auth import Role

NAME = "live-page"
THINGS, ZONES, BATCH, PER_S = 10_000, 1_000, 500, 4_000
SETTLE_S, LOOK_S = 8.0, 20.0
UPDATES_PER_S, LONG_MS, SCRIPT_MS = 4.0, 50.0, 250.0
"""The updates are what was asked; more than 50 ms is what browsers call long; the third is our own bound."""

ZONED, MOVED = (35.8, 33.2, 37.8, 36.2), (39.0, 33.2, 41.4, 36.2)
"""West, south, east, north of the measures and of the things, both on the map. They do not meet: thousands of
alarms at a time would be another question than that of how a picture is drawn."""

DRAWN = {"every pixel drawn": 1.0, "a sixteenth of the pixels": 0.25}
"""The same page twice: what the second leaves out is the work of drawing, which a graphics card would do."""

FEED = "live/feeds/adsb/fixes"
FLAGS = ("--headless=new", "--no-sandbox", "--enable-unsafe-swiftshader", "--disable-background-networking")
WATCH = """() => {
  window.longTasks = []
  new PerformanceObserver((list) => window.longTasks.push(...list.getEntries().map((each) => each.duration)))
    .observe({ type: 'longtask' })
}"""


class Looked(Struct, frozen=True):
    """What the main thread did in `seconds`; times in milliseconds, those of `spent` in each second."""

    seconds: float
    held: int
    updates: int
    long_tasks: tuple[float, ...]
    spent: dict[str, float]


def run() -> list[Row]:
    chromium = os.environ.get("KEEPCLEAR_CHROMIUM", "/usr/bin/chromium")
    built = Path(__file__).parents[1] / "src/keepclear/console_dist/index.html"
    if not os.access(chromium, os.X_OK) or not built.is_file():
        print("live-page NOT RUN: it needs Chromium and the built console: make test-all", file=sys.stderr)
        return []
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as place, served(Path(place) / "page") as node:
        keepclear("feeds", "add", "adsb", "--silent-s", 0, "--as", SENDER, "--dir", node.folder)
        asyncio.run(declare(node))
        found = [rows(*look(chromium, node, ratio), pixels) for pixels, ratio in DRAWN.items()]
    return [row for each in found for row in each]


def rows(looked: Looked, kept_up: float, pixels: str) -> list[Row]:
    rate, worst = looked.updates / looked.seconds, max(looked.long_tasks, default=LONG_MS)
    long_ms = sum(looked.long_tasks) / looked.seconds
    script, every = looked.spent["ScriptDuration"], looked.spent["TaskDuration"]
    layout = looked.spent["LayoutDuration"] + looked.spent["RecalcStyleDuration"]
    where = f"{kept_up:,.0f} fixes/s, load {os.getloadavg()[0]:.1f}"
    whole = looked.held >= THINGS and looked.updates > 0
    name = f"live page, {pixels}"
    return [
        Row(f"{name}: map updates", THINGS, "the figure asked for", UPDATES_PER_S / max(rate, 1e-9), rate,
            UPDATES_PER_S, f"a second, {where}", whole),
        Row(f"{name}: longest task", THINGS, "50 ms, a long task", LONG_MS / worst, worst, LONG_MS,
            f"ms; {len(looked.long_tasks)} long ones, {long_ms:.0f} ms a second", whole),
        Row(f"{name}: scripts", THINGS, "a quarter of the main thread, our own bound", SCRIPT_MS / script,
            script, SCRIPT_MS, f"ms a second; all tasks {every:.0f}, layout and style {layout:.0f}", whole),
    ]  # fmt: skip


async def declare(node: Served) -> None:
    """State the measures, told to nobody."""
    drawn = random.Random(1)
    zones = [Circle(somewhere(drawn, ZONED), drawn.uniform(300, 3_000)) for _ in range(ZONES)]

    async def one(caller: int) -> None:
        pipe = await asyncio.open_connection("127.0.0.1", node.port)
        for number in range(caller, ZONES, CONNECTIONS):
            stated = MeasureStated(
                f"Zone {number}", MeasureKind.ZONE, Effect.CALL, Basis.DECLARED, zones[number]
            )
            body = msgspec.to_builtins(stated)
            asked = {"body": body, "readers": []}
            await answered(pipe, node.request("POST", SENDER, "statements", asked, f"zone-{number}"))
        pipe[1].close()

    await asyncio.gather(*(one(caller) for caller in range(CONNECTIONS)))


def somewhere(drawn: random.Random, within: tuple[float, float, float, float]) -> Point:
    west, south, east, north = within
    return Point(drawn.uniform(west, east), drawn.uniform(south, north))


class Feeding(threading.Thread):
    """A program that sends every thing's next position in turn, by the clock, until it is told to end."""

    def __init__(self, node: Served) -> None:
        super().__init__(daemon=True)
        drawn = random.Random(2)
        self._node, self._ended = node, threading.Event()
        self._things = [
            (somewhere(drawn, MOVED), drawn.uniform(-1, 1), drawn.uniform(-1, 1)) for _ in range(THINGS)
        ]
        self.sent, self.began = 0, time.perf_counter()

    def run(self) -> None:
        asyncio.run(self._run())

    def end(self) -> None:
        self._ended.set()
        self.join(30)

    async def _run(self) -> None:
        pipe = await asyncio.open_connection("127.0.0.1", self._node.port)
        while not self._ended.is_set():
            await asyncio.sleep(max(0.0, self.began + self.sent / PER_S - time.perf_counter()))
            batch = self._batch(self.sent % THINGS, time.perf_counter() - self.began)
            await answered(pipe, self._node.request("POST", SENDER, FEED, {"fixes": batch}), b"200")
            self.sent += BATCH
        pipe[1].close()

    def _batch(self, first: int, run_s: float) -> list[dict[str, Any]]:
        """Give 500 things where they are after so many seconds, at up to 20 m/s each way."""
        at = datetime.now(UTC).isoformat()
        fixes = []
        for number in range(first, first + BATCH):
            begins, east, north = self._things[number]
            lon, lat = begins.lon + run_s * east * 2e-4, begins.lat + run_s * north * 2e-4
            fixes.append({"id": f"t{number}", "at": at, "lon": round(lon, 6), "lat": round(lat, 6),
                          "accuracy_m": 10.0, "kind": "vehicle", "course_deg": 90.0})  # fmt: skip
        return fixes


@contextmanager
def signed_in(chromium: str, node: Served, ratio: float) -> Iterator[Any]:
    """Open the page of a person who signs in with a one-time code and a passkey made by a virtual device."""
    from playwright.sync_api import sync_playwright  # heavy, and not everywhere

    with people_of(node.folder) as people:
        code = people.add(f"Anna Berg {ratio}", PartyId(SENDER), Role.DUTY_OFFICER).code
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=list(FLAGS))
        page = browser.new_page(viewport={"width": 1440, "height": 900}, device_scale_factor=ratio)
        page.set_default_timeout(120_000)
        device = page.context.new_cdp_session(page)
        device.send("WebAuthn.enable")
        options = {
            "protocol": "ctap2", "ctap2Version": "ctap2_1", "transport": "internal", "hasResidentKey": True,
            "hasUserVerification": True, "isUserVerified": True, "automaticPresenceSimulation": True,
        }  # fmt: skip
        device.send("WebAuthn.addVirtualAuthenticator", {"options": options})
        page.goto(f"http://localhost:{node.port}", wait_until="commit")
        page.locator("[data-signin] input").first.fill(code)
        page.get_by_role("button", name="Make a passkey with this code").click()
        page.get_by_role("button", name="I have written them down").click()
        page.wait_for_selector("figure[data-drawn=true]")
        yield page
        browser.close()


def look(chromium: str, node: Served, ratio: float) -> tuple[Looked, float]:
    """Give what the page did while it was looked at, and how many fixes a second were taken then."""
    with signed_in(chromium, node, ratio) as page:
        page.locator(".stages button", has_text="Live").first.click()
        counters = page.context.new_cdp_session(page)
        counters.send("Performance.enable")
        feeding = Feeding(node)
        feeding.start()
        page.wait_for_selector(f"figure[data-live-held='{THINGS}']")
        page.wait_for_timeout(SETTLE_S * 1e3)
        page.evaluate(WATCH)
        sent, start, before, updates = feeding.sent, time.perf_counter(), metrics(counters), told(page)
        page.wait_for_timeout(LOOK_S * 1e3)
        after, seconds = metrics(counters), time.perf_counter() - start
        kept_up, count = (feeding.sent - sent) / seconds, told(page) - updates
        long_tasks = tuple(page.evaluate("window.longTasks"))
        held = int(page.locator("figure").get_attribute("data-live-held") or 0)
        feeding.end()
    spent = {
        name: 1e3 * (after[name] - before[name]) / seconds for name in after if name.endswith("Duration")
    }
    return Looked(seconds, held, count, long_tasks, spent), kept_up


def metrics(counters: Any) -> dict[str, float]:
    """Give the browser's counters of a page, in seconds."""
    return {each["name"]: each["value"] for each in counters.send("Performance.getMetrics")["metrics"]}


def told(page: Any) -> int:
    """Give how often the map was told of changes so far."""
    return int(page.locator("figure").get_attribute("data-live-updates") or 0)
