"""LIM-08, LIM-09 at the port of events: nothing of another party leaves; alarms stand at the measure."""

from __future__ import annotations

import asyncio
import re
from itertools import count

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.building_node import zone
from tests.contracts.cot.devices import COA, Device, Post, free_port, listening, post

from keepclear.links.feeds import Leaving
from keepclear.model.feeds import Feed
from keepclear.model.tracks import Standing
from keepclear.model.words import PartyId
from keepclear.rules import leaving as rule
from keepclear.service.live_desk import LiveDesk

OWN = Feed("blue", COA, standing=Standing.OWN)
AID = Feed("aid", COA, standing=Standing.CONSENTING)
SEEN = Feed("seen", COA)
RUS = PartyId("RUS")
MAY_LEAVE = (Standing.OWN, Standing.CONSENTING, Standing.RELEASED)
things = st.lists(
    st.tuples(
        st.sampled_from(["blue", "aid", "seen"]),
        st.sampled_from([None, "other"]),
        st.integers(10_000, 99_999),
        st.booleans(),
    ),
    min_size=1, max_size=12, unique_by=lambda thing: thing[2],
)  # fmt: skip


@pytest.fixture(scope="module")
def there() -> Post:
    port = free_port()
    theirs = listening(port + 1, party="RUS")
    with post(listening(port), OWN, AID, SEEN, theirs, Feed("seen", RUS)) as made:
        made.port = port
        yield made


async def listened(there: Post, port: int | None = None) -> Device:
    """Everything that a device is told when it connects, and a little after."""
    device = await there.connect(port)
    await device.answered()
    await asyncio.sleep(0.05)
    await device.answered()
    return device


ROUND = count()


def lon(number: int) -> float:
    return round(38.0 + number / 1e5, 5)


def report(
    there: Post, feed: str, name: str, number: int, said: str | None = None, ago_s: float = 0.0
) -> None:
    more = {} if said is None else {"standing": said}
    fix = there.there.fix(
        f"thing-{name}", lon(number), 33.5, callsign=f"call-{name}", ago_s=ago_s, kind="helicopter", **more
    )
    there.there.send(fix, feed=feed).ok()


@given(things)
@settings(max_examples=20, deadline=None)
def test_nothing_of_others_leaves_whatever_was_reported_and_how(there, found):
    there.there.later(60)
    turn = next(ROUND)
    closed, open_ = {}, {}
    for feed, said, number, twice in found:
        name = f"{turn}-{number}"
        if twice:  # what was own at first and is said to be another's afterwards stays too
            report(there, feed, name, number, ago_s=1.0)
        report(there, feed, name, number, said)
        (open_ if feed != "seen" and said is None else closed)[name] = number
    raw = there.run(listened(there)).raw
    told = set(map(float, re.findall(rb'lon="([0-9.]+)"', b"".join(_of(raw, f"-{turn}-")))))
    for name, number in closed.items():
        assert f"thing-{name}".encode() not in raw
        assert f"call-{name}".encode() not in raw
        assert lon(number) not in told
    for name in open_:
        assert f"thing-{name}".encode() in raw


def _of(raw: bytes, turn: str) -> list[bytes]:
    """Give the events of one round: things of earlier rounds stay on the picture."""
    return [event for event in raw.split(b"</event>") if turn.encode() in event]


def test_a_device_of_one_party_is_told_nothing_that_another_party_holds(there):
    report(there, "blue", "12345", 12_345)
    device = there.run(listened(there, there.port + 1))
    assert b"thing-12345" not in device.raw
    assert b"thing-12345" in there.run(listened(there)).raw


def test_a_planted_hole_in_the_one_door_would_be_found(there, monkeypatch):
    """Both doors have to be opened for a leak: the node's and the port's."""
    report(there, "seen", "54321", 54_321)
    assert b"thing-54321" not in there.run(listened(there)).raw
    monkeypatch.setattr("keepclear.service.live_desk.may_leave", lambda standing: True)
    assert b"thing-54321" not in there.run(listened(there)).raw
    monkeypatch.setattr("keepclear.links.cot.port.may_leave", lambda standing: True)
    assert b"thing-54321" in there.run(listened(there)).raw
    assert rule.may_leave(Standing.OTHER) is False
    assert LiveDesk.leaving is not None
    assert Leaving.__struct_fields__ == ("track", "fix")


def test_the_standings_that_may_leave_are_these_and_no_more():
    assert tuple(standing for standing in Standing if rule.may_leave(standing)) == MAY_LEAVE


def test_an_alarm_stands_at_its_measure_and_ends_when_its_cause_does():
    """A thing of others comes into a zone: own devices hear of the zone, and nowhere of the thing."""
    with post() as alone:
        book = alone.there.live.book
        book.add(SEEN)
        told = alone.house.tell("COA", zone("At Tanf zone"), "RUS")
        alone.there.later(30)
        alone.there.tick()
        place = {"lon": 38.71234, "lat": 33.45678}
        outside = alone.there.fix("thing-7", 40.5, 33.45678, ago_s=900, kind="vehicle", callsign="call-7")
        alone.there.send(outside, feed="seen").ok()
        alone.there.send(alone.there.fix("thing-7", **place, kind="aeroplane"), feed="seen").ok()
        for _ in range(3):
            alone.there.later(2)
            alone.there.tick()
        assert [each["matter"]["subject"] for each in alone.there.alarms()] == [told["subject"]]

        async def told_of() -> Device:
            device = await alone.connect()
            await device.of("b-a-g")
            await device.answered()
            return device

        device = alone.run(told_of())
        [alarm] = [event for event in device.came if event.get("type") == "b-a-g"]
        assert alarm.get("uid").endswith("-9-1-1")
        assert alarm.find("point").get("lat") == "33.5058300"
        assert alarm.find("point").get("lon") == "38.6177800"
        assert "At Tanf zone" in alarm.findtext("detail/emergency")
        for trace in (b"thing-7", b"call-7", b"38.712", b"33.456"):
            assert trace not in device.raw
        subject = alone.there.alarms()[0]["subject"]
        alone.house.post("COA", f"alarms/{subject}/end", {"reason": "it left"})
        over = alone.run(device.of("b-a-o-can"))
        assert over.get("uid") == alarm.get("uid")
        assert over.find("detail/emergency").get("cancel") == "true"
        assert over.find("point").attrib == alarm.find("point").attrib
