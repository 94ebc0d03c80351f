"""A demo that takes live positions in, and a sender that pushes them over HTTP as a program does."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
from tests.console.serving import Demonstration
from tests.patience import PATIENCE_S

from keepclear.model.feeds import Feed
from keepclear.model.tracks import Standing
from keepclear.model.words import PartyId
from keepclear.service.auth import Role
from keepclear.service.feeds import FeedBook
from keepclear.service.live import Live
from keepclear.service.play import Play
from keepclear.service.writer import Writer
from keepclear.stores.tracks import TrackStore

COA, RUS = PartyId("COA"), PartyId("RUS")
OWN = Feed("own-aircraft", COA, standing=Standing.OWN, silent_s=0)
SEEN = Feed("radar", COA, silent_s=0)
MADE_UP = Feed("exercise", COA, silent_s=0, invented=True)
AID = Feed("aid", COA, standing=Standing.CONSENTING, silent_s=0)
QUIET = Feed("quiet", COA, silent_s=2)


def living_demo(folder: Path, *feeds: Feed) -> Demonstration:
    """A demo with a live picture, played to its end: its clock then runs on."""

    def beside(writer: Writer, _play: Play) -> dict[str, Any]:
        return {"live": Live(lambda: writer.node, TrackStore.open(), FeedBook(None, feeds))}

    served = Demonstration(folder, beside=beside)
    served.skip()
    return served


@dataclass
class Sender:
    """A program that pushes positions to one desk with its token."""

    served: Demonstration
    party: PartyId = COA
    client: httpx.Client = field(default_factory=lambda: httpx.Client(timeout=PATIENCE_S, trust_env=False))

    def base(self) -> str:
        return f"{self.served.url}api/v1/desks/{self.party}/live"

    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.served.tokens.token(self.party, Role.DUTY_OFFICER)}"}

    def now(self) -> datetime:
        return self.served.writer.node.clock.now()

    def fix(
        self, identity: str, lon: float, lat: float, *, ago_s: float = 0.0, **more: Any
    ) -> dict[str, Any]:
        at = (self.now() - timedelta(seconds=ago_s)).isoformat()
        return {"id": identity, "at": at, "lon": lon, "lat": lat, **more}

    def send(self, feed: Feed, *fixes: dict[str, Any]) -> dict[str, Any]:
        answer = self.client.post(
            f"{self.base()}/feeds/{feed.name}/fixes", json={"fixes": fixes}, headers=self.headers()
        )
        answer.raise_for_status()
        said: dict[str, Any] = answer.json()
        return said

    def get(self, path: str, **query: str) -> dict[str, Any]:
        answer = self.client.get(f"{self.base()}{path}", params=query, headers=self.headers())
        answer.raise_for_status()
        said: dict[str, Any] = answer.json()
        return said

    def wait_for(self, what: Any, seconds: float = PATIENCE_S) -> Any:
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            found = what()
            if found:
                return found
            time.sleep(0.1)
        raise AssertionError("it did not come")
