"""The port of events with real connections: what a session gives, to whom, and how it ends."""

from __future__ import annotations

import asyncio
import logging
import random
from contextlib import suppress
from xml.etree import ElementTree

import pytest
from tests.building_node import stance, zone
from tests.contracts.cot.devices import COA, Device, Post, free_port, listening, ping, post
from tests.living import BLUE

from keepclear.errors import Refused
from keepclear.links.again import Again
from keepclear.links.cot.outbox import Outbox
from keepclear.links.cot.port import CotPort
from keepclear.model.feeds import Feed, FeedKind
from keepclear.model.tracks import Standing
from keepclear.service.devices import NEWS_S
from keepclear.service.feeding import Feeding


@pytest.fixture(scope="module")
def shared() -> Post:
    with post() as made:
        yield made


async def both(there: Post) -> tuple[Device, Device]:
    first, second = await there.connect(), await there.connect()
    for device in (first, second):
        await device.answered()
    return first, second


def test_a_session_begins_with_the_nodes_presence_and_then_the_picture():
    with post() as there:
        told = there.house.tell("COA", zone("At Tanf zone"), "RUS")
        there.house.tell("RUS", stance(told, "RUS", "not recognised"), "COA")
        there.there.later(1)

        async def talk() -> Device:
            device = await there.connect()
            await device.uid(f"keepclear.measure.{told['subject']}")
            return device

        device = there.run(talk())
        assert device.came[0].get("uid") == "keepclear.node"
        assert device.came[0].find("point").get("ce") == "9999999.0"
        drawn = device.came[-1]
        assert drawn.get("type") == "u-d-c-c"
        ellipse = drawn.find("detail/shape/ellipse")
        assert (ellipse.get("major"), ellipse.get("minor")) == ("55000.0", "55000.0")
        assert drawn.find("detail/strokeStyle").get("value") == "dashed"
        remarks = drawn.findtext("detail/remarks")
        assert "not recognised" in remarks
        assert "call first" in remarks


def test_a_ping_is_answered(shared):
    async def talk() -> ElementTree.Element:
        device = await shared.connect()
        await device.send(ping())
        return await device.of("t-x-c-t-r")

    assert shared.run(talk()).get("uid") == "takPong"


def test_what_one_device_reports_reaches_the_others_and_not_itself(shared):
    async def talk() -> tuple[Device, Device]:
        first, second = await both(shared)
        await first.send(shared.event("ANDROID-1", 33.123, 38.456))
        await second.uid("ANDROID-1")
        await second.send(shared.event("ANDROID-2"))
        await first.uid("ANDROID-2")
        await asyncio.gather(first.answered(), second.answered())
        return first, second

    first, second = shared.run(talk())
    assert "ANDROID-1" not in first.uids()
    assert "ANDROID-2" not in second.uids()
    [seen] = [event for event in second.came if event.get("uid") == "ANDROID-1"]
    assert seen.get("type").startswith("a-n-")
    assert (seen.find("point").get("lat"), seen.find("point").get("ce")) == ("33.1230000", "10.0")
    assert seen.find("point").get("hae") == "9999999.0"
    assert shared.there.moving()["ANDROID-1"]["standing"] == "own"


def test_what_a_feed_of_others_brings_goes_to_nobody():
    with post(standing=Standing.OTHER) as there:

        async def talk() -> tuple[Device, Device]:
            first, second = await both(there)
            await first.send(there.event("seen-1"))
            await asyncio.sleep(0.2)
            await asyncio.gather(first.answered(), second.answered())
            return first, second

        devices = there.run(talk())
        assert there.there.moving()["seen-1"]["standing"] == "other"
        assert not any("seen-1" in device.uids() for device in devices)


@pytest.mark.parametrize("standing", [Standing.OTHER, Standing.CONSENTING])
def test_a_port_that_does_not_report_own_things_only_hears(standing):
    port = free_port()
    with post(listening(port, standing), BLUE) as there:
        told = there.house.tell("COA", zone("At Tanf zone"), "RUS")
        there.there.send(there.there.fix("u1", 38.9, 33.5), feed="blue").ok()
        there.there.later(1)

        async def talk() -> Device:
            device = await there.connect(port)
            await device.send(there.event("heard-1"))
            await device.answered()
            there.there.later(1)
            await asyncio.sleep(NEWS_S + 0.2)  # what moves and what stands would have been told by now
            await device.answered()
            return device

        device = there.run(talk())
        assert {event.get("type") for event in device.came} <= {"t-x-c-t", "t-x-c-t-r"}
        assert told["subject"].encode() not in device.raw
        assert "heard-1" in there.there.moving()


@pytest.mark.parametrize("body", [(), ("fix",)])
def test_a_feed_that_devices_connect_to_is_not_sent_over_http(body):
    with post() as there:
        fixes = [there.there.fix("forged", 2.0, 48.0) for _ in body]
        refused = there.there.send(*fixes, feed="devices").refused("feed-kind", 422)
        assert "keepclear feeds add" in refused.json["detail"]
        assert there.there.moving() == {}
        assert there.there.feed("devices")["heard_at"] is None


def test_our_own_events_do_not_come_in_again():
    with post() as there:

        async def talk() -> Device:
            first, second = await both(there)
            await first.send(there.event("ANDROID-1"))
            echo = await second.uid("ANDROID-1")
            await second.send(ElementTree.tostring(echo).replace(b"ANDROID-1", b"ANDROID-9"))
            await second.send(there.event("keepclear.adsb.4ca7b3"))
            await second.answered()
            await asyncio.sleep(0.1)
            return second

        there.run(talk())
        assert set(there.there.moving()) == {"ANDROID-1"}


def test_two_nodes_that_are_joined_to_each_other_do_not_loop():
    port = free_port()
    with post(listening(port), Feed("out", COA, FeedKind.COT, Standing.OWN, f"127.0.0.1:{port}")) as there:
        there.port = port

        async def talk() -> Device:
            device = await there.connect()
            await device.answered()
            await device.send(there.event("ANDROID-1"))
            await asyncio.sleep(1.0)
            await device.answered()
            return device

        there.run(talk())
        assert set(there.there.moving()) == {"ANDROID-1"}
        assert there.there.feed("devices")["taken"] == 1
        assert there.there.feed("out")["taken"] == 0


def test_a_burst_is_not_lost_and_arrives_once():
    with post() as there:

        async def talk() -> tuple[Device, Device]:
            first, second = await both(there)
            await first.send(*(there.apart(f"uas-{number}", number) for number in range(3_000)))
            await second.until(lambda _: len(second.came) > 3_000)
            await second.answered()
            return first, second

        _, second = there.run(talk())
        arrived = [event.get("uid") for event in second.came if event.get("uid").startswith("uas-")]
        assert sorted(arrived) == sorted(f"uas-{number}" for number in range(3_000))


def test_a_measure_that_is_taken_back_is_taken_off_and_a_new_text_replaces_the_old():
    with post() as there:
        first = there.house.tell("COA", zone("At Tanf zone"), "RUS")

        async def connect() -> Device:
            device = await there.connect()
            await device.uid(f"keepclear.measure.{first['subject']}")
            return device

        device = there.run(connect())
        there.there.later(60)
        there.house.tell("COA", zone("Another zone"), "RUS")
        drawn = there.run(
            device.until(lambda event: event.find("detail/contact").get("callsign") == "Another zone")
        )
        assert drawn.get("type") == "u-d-c-c"


def test_how_a_feed_does_is_shown():
    with post() as there:

        async def talk() -> None:
            device = await there.connect()
            await device.send(there.event("ANDROID-1"), b"x</event>")
            await device.answered()
            await asyncio.sleep(0.1)

        there.run(talk())
        row = there.there.feed("devices")
        assert (row["state"], row["last_fix_age_s"]) == ("heard", 0.0)
        assert (row["taken"], row["unread"]) == (1, 1)
        assert row["refused"][0]["rule"] == "event-xml"
        assert row["hears_us_at"] is None

        async def answer() -> None:
            device = await there.connect()
            await device.send(ping().replace(b"t-x-c-t", b"t-x-c-t-r"))
            await device.answered()

        there.run(answer())
        row = there.there.feed("devices")
        assert row["state"] == "both ways"
        assert row["words"] == f"connected: listen:127.0.0.1:{there.port}"


# Connections.


def test_a_server_that_goes_away_is_connected_to_again():
    port = free_port()
    with post(Feed("server", COA, FeedKind.COT, Standing.OTHER, f"127.0.0.1:{port}")) as there:

        async def serve(count: int) -> list[bytes]:
            got: list[bytes] = []
            come = asyncio.Event()

            async def one(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
                got.append(await reader.readuntil(b"</event>"))
                writer.write(there.event(f"seen-{count}"))
                await writer.drain()
                await asyncio.sleep(0.1)
                writer.close()
                come.set()

            server = await asyncio.start_server(one, "127.0.0.1", port)
            async with server:
                await come.wait()
            return got

        [feed] = there.there.live.book.feeds()
        for count in range(2):
            [first] = there.run(serve(count))
            assert b'uid="keepclear.node"' in first
            seen = {f"seen-{number}" for number in range(count + 1)}
            while set(there.there.moving()) != seen or "closed" not in there.there.live.health(feed).words:
                there.run(asyncio.sleep(0.02))


def test_the_wait_for_the_next_attempt_grows_with_a_spread_and_ends_after_a_good_one():
    again = Again()
    waits = [again.wait_s(0.0) for _ in range(12)]
    for number, wait in enumerate(waits):
        longest = min(2.0**number, 60.0)
        assert longest / 2 <= wait <= longest
    assert len(set(waits)) == len(waits)
    assert again.wait_s(61.0) <= 1.0


def test_a_feed_that_is_taken_out_lets_its_devices_go():
    with post() as there:
        device = there.run(there.connect())
        there.run(device.answered())
        there.there.live.book.remove(COA, "devices")

        async def ended() -> bytes:
            return await device.reader.read(-1)

        with suppress(ConnectionError):
            there.run(ended())
        assert there.feeding.ports == {}


@pytest.mark.parametrize(
    "address", ["10.0.0.1:8087", "0.0.0.0:8087", "listen:0.0.0.0:8087", "tak.example:8087"]
)
def test_plain_events_do_not_leave_this_machine(address):
    with pytest.raises(Refused, match="cot-plain"):
        CotPort(Feed("x", COA, FeedKind.COT, address=address), lambda: None, "node")


# A device that reads too slowly.


def test_positions_are_conflated_and_alarms_are_not():
    box = Outbox()
    for number in range(1_000):
        box.move("a", b"position %d\n" % number)
        assert box.say(b"alarm %d\n" % number)
    taken = b""
    while box.filled.is_set():
        taken += box.take()
    assert taken == b"".join(b"alarm %d\n" % number for number in range(1_000)) + b"position 999\n"
    assert box.conflated == 999


def test_what_waits_is_bounded_and_what_must_arrive_is_never_left_out_in_silence():
    box = Outbox(most_bytes=100, most_moving=10)
    for number in range(1_000):
        box.move(f"t{number}", b"x")
    assert box.thinned == 990
    assert box.take() == b"x" * 10
    assert box.say(b"y" * 100)
    assert not box.say(b"y")
    assert box.take() == b"y" * 100
    assert box.say(b"y")


def test_many_positions_at_once_are_put_in_as_one_after_the_other():
    conflated = thinned = 0
    for seed in range(20):
        dice = random.Random(seed)
        at_once, singly = Outbox(most_moving=12), Outbox(most_moving=12)
        for turn in range(30):
            many = {f"t{dice.randrange(20)}": b"%d " % (turn * 100 + n) for n in range(dice.randrange(8))}
            at_once.move_all(many)
            for uid, event in many.items():
                singly.move(uid, event)
            if dice.random() < 0.2:
                assert at_once.take() == singly.take()
            assert at_once.filled.is_set() == singly.filled.is_set()
        assert at_once.take() == singly.take()
        assert (at_once.conflated, at_once.thinned) == (singly.conflated, singly.thinned)
        conflated, thinned = conflated + at_once.conflated, thinned + at_once.thinned
    assert conflated > 100 < thinned


def test_a_device_that_does_not_read_is_let_go_with_the_reason_and_holds_nobody_up(caplog, monkeypatch):
    def impatient(feed, now, node):
        return CotPort(feed, now, node, slowest_s=0.5)

    monkeypatch.setattr("keepclear.service.feed_ports.CotPort", impatient)
    with post() as there, caplog.at_level(logging.INFO, "keepclear.links.cot.port"):

        async def talk() -> Device:
            slow = await there.connect()
            slow.writer.get_extra_info("socket").setsockopt(1, 8, 4096)  # SO_RCVBUF
            slow.reader._transport.pause_reading()
            sender, reader = await both(there)
            for turn in range(40):
                await sender.send(
                    *(there.apart(f"uas-{number}-{turn}", number + turn * 1_000) for number in range(1_000))
                )
                await sender.answered()
                await asyncio.sleep(0.02)
                if "has not read" in caplog.text:
                    break
            await reader.uid("uas-999-0")
            return reader

        there.run(talk())
    assert "it has not read for" in caplog.text


def test_every_feed_of_the_settings_has_its_port_within_a_second():
    with post() as there:
        port = free_port()
        there.there.live.book.add(Feed("more", COA, FeedKind.COT, address=f"listen:{port}"))
        there.run(there.connect(port))
        assert isinstance(there.feeding, Feeding)
        assert {feed.name for feed in there.feeding.ports} == {"devices", "more"}
