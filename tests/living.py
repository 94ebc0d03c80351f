"""A real node with its live picture, called in process on one simulated clock."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import msgspec
from tests.building_node import CHIEF, Answer, House, house

from keepclear.model.feeds import Feed
from keepclear.model.tracks import Standing
from keepclear.model.words import PartyId
from keepclear.service.auth import Role
from keepclear.service.feeds import FeedBook
from keepclear.service.http.app import application
from keepclear.service.live import Live
from keepclear.stores.tracks import TrackStore

COA, RUS = PartyId("COA"), PartyId("RUS")
ADSB = Feed("adsb", COA)
BLUE = Feed("blue", COA, standing=Standing.OWN)
THEIRS = Feed("adsb", RUS)
FEEDS = (ADSB, BLUE, THEIRS)
ALL = "-180,-90,180,90"


class Living:
    """A house whose node takes positions in, and what its senders and its map do."""

    def __init__(self, made: House, live: Live) -> None:
        self.house = made
        self.live = live

    @property
    def now(self) -> datetime:
        return self.house.clock.now()

    def later(self, seconds: float) -> None:
        self.house.clock.move_to(self.now + timedelta(seconds=seconds))

    def send(self, *fixes: dict[str, Any], party: str = "COA", feed: str = "adsb", **more: Any) -> Answer:
        """Send a batch as JSON, as a program with a token does."""
        return self.send_as("application/json", msgspec.json.encode({"fixes": fixes}), party, feed, **more)

    def send_as(
        self, form: str, body: bytes, party: str = "COA", feed: str = "adsb", *, heard: str = "",
        token: str | None = None,
    ) -> Answer:  # fmt: skip
        headers = {"Content-Type": form} | ({"Keepclear-Heard": heard} if heard else {})
        return self.house.call(
            "POST", f"/api/v1/desks/{party}/live/feeds/{feed}/fixes", headers=headers, body=body,
            token=token or self.house.token(party, Role.DUTY_OFFICER),
        )  # fmt: skip

    def fix(
        self, identity: str, lon: float, lat: float, *, ago_s: float = 0.0, **more: Any
    ) -> dict[str, Any]:
        at = (self.now - timedelta(seconds=ago_s)).isoformat()
        return {"id": identity, "at": at, "lon": lon, "lat": lat, **more}

    def get(self, path: str = "", party: str = "COA", role: Role = CHIEF, **query: str) -> Answer:
        whole = f"/api/v1/desks/{party}/live{path}"
        return self.house.call("GET", whole, token=self.house.token(party, role), query=query)

    def look(self, box: str = ALL, party: str = "COA") -> dict[str, Any]:
        return self.get(box=box, party=party).ok().json

    def moving(self, box: str = ALL, party: str = "COA") -> dict[str, dict[str, Any]]:
        return {each["id"]: each for each in self.look(box, party)["moving"]}

    def feed(self, name: str = "adsb", party: str = "COA") -> dict[str, Any]:
        rows = self.get("/feeds", party).ok().json["feeds"]
        return next(row for row in rows if row["name"] == name)

    def tick(self) -> None:
        """Let the engine do what is due once a second."""
        self.house.runner.run(self.live.settle(self.house.writer))

    def alarms(self, party: str = "COA") -> list[dict[str, Any]]:
        return self.house.get(party, "alarms", all="yes").ok().json["alarms"]


@contextmanager
def living(
    made: House | None = None,
    *,
    feeds: Iterable[Feed] = FEEDS,
    store: TrackStore | None = None,
    ports: Any = None,
) -> Iterator[Living]:
    """A house with a live picture; the engine's turns run, its ticks come by `tick` or each second."""
    made = house() if made is None else made
    live = Live(lambda: made.node, store or TrackStore.open(), FeedBook(None, tuple(feeds)), ports)
    made.app = application(made.writer, made.tokens, live=live)
    running = live.running(made.writer)
    made.runner.run(running.__aenter__())
    try:
        yield Living(made, live)
    finally:
        made.runner.run(running.__aexit__(None, None, None))
        made.close()
