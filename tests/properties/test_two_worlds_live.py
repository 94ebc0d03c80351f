"""Two worlds with live positions: where others' things are leaves no byte at a party that does not hold them.

The worlds and the questions are those of test_two_worlds.py. In both, P has a feed of its own; in one, A
and Q follow many things besides and have alarms raised over them. P asks every route, live ones with boxes
too, and every status, header and body must be equal. Leaks planted on purpose must be found.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import msgspec
import pytest
from tests.building_node import CHIEF, circle, zone
from tests.properties.test_two_worlds import TOKENS, A, P, Q, World, closing, differences

from keepclear.model.feeds import Feed
from keepclear.model.words import PartyId
from keepclear.service.auth import Role
from keepclear.service.feeds import FeedBook
from keepclear.service.http import app
from keepclear.service.live import Live
from keepclear.service.live_desk import LiveDesk
from keepclear.stores.tracks import TrackStore

# None is ever silent here: that is called about at the engine's own pace, which is no world's.
FEEDS = tuple(Feed("adsb", PartyId(party), silent_s=0) for party in (A, P, Q))
BOXES = ("-180,-90,180,90", "2,47,3,49")


def with_live(world: World) -> Live:
    made = world.house
    live = Live(lambda: made.node, TrackStore.open(), FeedBook(None, FEEDS))
    made.app = app.application(made.writer, TOKENS, live=live)
    world.running = live.running(made.writer)
    made.runner.run(world.running.__aenter__())
    return live


def send(world: World, party: str, *fixes: tuple[str, float, float]) -> int:
    at = world.house.clock.now().isoformat()
    body = {"fixes": [{"id": name, "at": at, "lon": lon, "lat": lat} for name, lon, lat in fixes]}
    answer = world.house.call(
        "POST", f"/api/v1/desks/{party}/live/feeds/adsb/fixes", token=TOKENS.token(party, Role.DUTY_OFFICER),
        headers={"Content-Type": "application/json"}, body=msgspec.json.encode(body),
    )  # fmt: skip
    return answer.status


@contextmanager
def played() -> Iterator[tuple[World, World]]:
    worlds = World(hidden=False), World(hidden=True)
    lives = []
    for world in worlds:
        world.tried = []
        lives.append(with_live(world))
        world.tell("zone", A, zone(shape=circle(10.0, 48.0, 20_000.0)), P)
        world.house.runner.run(lives[-1].settle(world.house.writer))
        for minute in range(1, 5):
            world.at(minute)
            if world.hidden:
                many = [(f"x{n}", 9.5 + n / 100 + minute / 10, 48.0) for n in range(20)]
                assert send(world, A, *many) == 200
                assert send(world, Q, ("p1", 2.2, 48.2), ("bad", 300.0, 0.0)) == 200
            assert send(world, P, ("p1", 2.1 + minute / 1_000, 48.1), ("p2", 2.3, 48.0)) == 200
        world.house.runner.run(lives[-1].settle(world.house.writer))
    with closing(worlds):
        try:
            yield worlds
        finally:
            for world in worlds:
                world.house.runner.run(world.running.__aexit__(None, None, None))


def alarms_of(world: World, party: str) -> list[dict[str, Any]]:
    return world.house.get(party, "alarms", all="yes").ok().json["alarms"]


def asked(world: World) -> list[Any]:
    """What P gets of the live routes, at its own desk and at others'."""
    found = []
    for desk in (P, A, Q, "XXX"):
        base = f"/api/v1/desks/{desk}/live"
        found += [
            world.house.call("GET", base, token=TOKENS.token(P, CHIEF), query={"box": box}) for box in BOXES
        ]
        paths = [f"{base}/feeds", f"{base}/stays", *(f"{base}/{number}/trail" for number in range(4))]
        found += [world.house.call("GET", path, token=TOKENS.token(P, CHIEF)) for path in paths]
    return found


def all_differences(first: World, second: World) -> Iterator[str]:
    for one, two in zip(asked(first), asked(second), strict=True):
        if one != two:
            yield f"{one} / {two}"
    yield from differences(first, second)


def test_where_others_things_are_leaves_no_byte_at_a_party():
    with played() as (first, second):
        assert list(all_differences(first, second)) == []
        assert {each["rule"] for each in alarms_of(second, A)} == {"live-entry", "live-inside"}
        assert alarms_of(second, P) == alarms_of(first, A) == []
        mine = asked(second)[0].json
        assert [each["id"] for each in mine["moving"]] == ["p1", "p2"]


def test_the_answers_hold_what_the_party_itself_follows():
    with played() as (first, _):
        whole, part = asked(first)[:2]
        assert len(whole.json["moving"]) == len(part.json["moving"]) == 2


LIVES: list[Live] = []


@pytest.fixture(autouse=True)
def remembered(monkeypatch):
    """Which engines were made: a leak that is planted has to reach it."""
    real = Live.__init__

    def noting(self: Live, *given: Any) -> None:
        real(self, *given)
        LIVES.append(self)

    monkeypatch.setattr(Live, "__init__", noting)


def plant_one_picture_for_all(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every party's things in one table, as in a server made for one organisation."""
    real = Live.desk
    monkeypatch.setattr(Live, "desk", lambda self, party: real(self, PartyId(A)))


def plant_waiting_of_all(monkeypatch: pytest.MonkeyPatch) -> None:
    real = Live.feeds

    def feeds(self: Live, party: PartyId) -> Any:
        counted = sum(desk.columns.size for desk in self._desks.values())
        return msgspec.structs.replace(real(self, party), waiting=counted)

    monkeypatch.setattr(Live, "feeds", feeds)


def plant_another_desk_that_exists(monkeypatch: pytest.MonkeyPatch) -> None:
    real = LiveDesk.trail

    def trail(self: LiveDesk, number: int, *rest: Any) -> Any:
        mine = next(live for live in LIVES if self in live._desks.values())
        others = [desk for desk in mine._desks.values() if desk is not self]
        if number >= self.columns.size and any(number < desk.columns.size for desk in others):
            number = 0
        return real(self, number, *rest)

    monkeypatch.setattr(LiveDesk, "trail", trail)


@pytest.mark.parametrize(
    "plant", [plant_one_picture_for_all, plant_waiting_of_all, plant_another_desk_that_exists]
)
def test_a_planted_leak_is_found(monkeypatch, plant):
    plant(monkeypatch)
    with played() as (first, second):
        assert next(all_differences(first, second), None) is not None
