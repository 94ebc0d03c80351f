"""Recordings made for a test, in the form of those that are fetched, and the demo's node that plays them."""

from __future__ import annotations

import asyncio
import gzip
import json
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import httpx
import msgspec
from tests.patience import PATIENCE_S
from tests.staging import story

from keepclear.cli.playing_apart import own_socket
from keepclear.cli.playing_flights import STORY, Flown
from keepclear.scenarios.loader import Script

R = TypeVar("R")
NORTH = (-116.97, 34.1)
FILE = "firefighting/calfire.json.gz"
BEGINS = datetime(2020, 9, 9, 15, 10, tzinfo=UTC)


def way_through(
    icao24: str, callsign: str, begins: datetime, middle: tuple[float, float] = NORTH, fixes: int = 40
) -> list[dict[str, Any]]:
    """Rows of an aircraft that flies west to east through a place, 1.8 km in twenty seconds."""
    lon, lat = middle
    return [
        {
            "timestamp": (begins + timedelta(seconds=20 * n)).timestamp() * 1e3, "icao24": icao24,
            "callsign": callsign, "longitude": lon + (n - fixes / 2) * 0.02, "latitude": lat,
            "altitude": 5_000.0, "groundspeed": 180.0, "track": 90.0,
        }
        for n in range(fixes)
    ]  # fmt: skip


def kept(folder: Path, *ways: list[dict[str, Any]]) -> Path:
    """Write a recording where one that was fetched would lie; gives the folder of all recordings."""
    path = folder / FILE
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(json.dumps([row for way in ways for row in way]).encode()))
    return folder


def without(*steps: str) -> Script:
    """The scenario without some of its acts."""
    whole = story(STORY)
    return msgspec.structs.replace(whole, steps=tuple(s for s in whole.steps if s.step not in steps))


@contextmanager
def flown(
    folder: Path, recordings: Path, script: Script | None = None, speed: float = 1e6
) -> Iterator[Flown]:
    made = Flown(story(STORY) if script is None else script, recordings / FILE, folder, [own_socket()], speed)
    try:
        yield made
    finally:
        made.close()
        made.page[0].close()


class Asked:
    """What the node's own application answers, asked in process while it runs."""

    def __init__(self, made: Flown) -> None:
        self.made = made
        self.app = made.way().app

    async def get(self, path: str, party: str = "", method: str = "GET") -> Any:
        at = f"/api/v1/desks/{party}/{path}" if party else f"/api/v1/{path}"
        headers = {"Authorization": f"Bearer {self.token(party)}"} if party else {}
        transport = httpx.ASGITransport(self.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            answer = await client.request(method, at, headers=headers)
        answer.raise_for_status()
        return answer.json()

    async def alarms(self, party: str) -> list[dict[str, Any]]:
        """Every alarm of a desk's record, ended ones too."""
        found: list[dict[str, Any]] = (await self.get("alarms?all=yes", party))["alarms"]
        return found

    def token(self, party: str) -> str:
        about = self.made.play.about(self.made.tokens)
        return next(persona.token for persona in about.personas if persona.party == party)

    async def to_the_end(self) -> dict[str, Any]:
        """Let it play at its own pace, as a page does that joins."""
        self.made.play.start()
        async with asyncio.timeout(PATIENCE_S):
            while self.made.play.state != "done":
                await self.made.play.changed.wait()
        about: dict[str, Any] = await self.get("demo")
        return about


def asked(made: Flown, look: Callable[[Asked], Awaitable[R]]) -> R:
    """Serve a node for as long as something is looked at."""

    async def served() -> R:
        one = Asked(made)
        async with one.app.router.lifespan_context(one.app):
            return await look(one)

    return asyncio.run(served())
