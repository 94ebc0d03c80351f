"""The engine's bounds: what waits is thinned to the newest fix of each thing, and counted."""

from __future__ import annotations

import asyncio
import threading
from contextlib import asynccontextmanager
from datetime import timedelta

import msgspec
import pytest
from tests.building_node import START, circle, zone
from tests.living import ADSB, BLUE, COA, living
from tests.patience import PATIENCE_S

from keepclear.errors import StoreFault
from keepclear.geo.figures import Point
from keepclear.links.feeds import Reading
from keepclear.model.alarms import AlarmRaised
from keepclear.model.feeds import Feed, FeedKind
from keepclear.model.tracks import Fix, Standing, Track
from keepclear.rules.leaving import may_leave
from keepclear.service import live as engine
from keepclear.service.live_desk import LiveDesk


@pytest.fixture
def live():
    with living() as made:
        yield made


def fixes(count, things=10):
    return tuple(
        Fix(f"t{n % things}", "adsb", START + timedelta(seconds=n / 100), START, Point(2.0, 48.0), 10.0)
        for n in range(count)
    )


def test_a_stream_that_comes_too_fast_is_thinned_and_counted(live, monkeypatch):
    monkeypatch.setattr(engine, "MAX_WAITING", 100)
    live.later(60)
    for n in range(30):
        live.live.take(ADSB, Reading(fixes(300)[n * 10 : n * 10 + 10], alive=True), live.now)
    assert live.live._count <= 100
    live.tick()
    shown = live.feed()
    assert shown["thinned"] > 0
    assert shown["thinned"] + shown["taken"] == 300
    assert len(live.moving()) == 10
    newest = {row.track.id: row.fix.at_us for row in (live.live.desk(COA).thing(n) for n in range(10))}
    assert min(newest.values()) >= round((START + timedelta(seconds=2.9)).timestamp() * 1e6)


def test_a_batch_that_does_not_fit_is_refused_and_comes_again(live, monkeypatch):
    monkeypatch.setattr(engine, "MAX_WAITING", 5)

    async def pushed():
        return await live.live.push(ADSB, Reading(fixes(10), alive=True), live.now)

    with pytest.raises(StoreFault, match="busy"):
        live.house.runner.run(pushed())


def test_links_are_handed_own_and_consenting_things_alone(live):
    for feed in ("adsb", "blue"):
        live.send(live.fix("a", 2.0, 48.0), feed=feed).ok()
    cursor, found = live.house.runner.run(live.live.leaving(COA, 0))
    assert [(each.track.source, each.track.standing) for each in found] == [("blue", Standing.OWN)]
    assert live.house.runner.run(live.live.leaving(COA, cursor))[1] == ()
    assert [standing for standing in Standing if not may_leave(standing)] == [Standing.OTHER]


def test_a_thing_that_was_own_and_is_so_no_more_leaves_no_more(live):
    live.send(live.fix("a", 2.0, 48.0), feed="blue").ok()
    live.later(5)
    live.send(live.fix("a", 2.001, 48.0, standing="other"), feed="blue").ok()
    assert live.house.runner.run(live.live.leaving(COA, 0))[1] == ()
    assert isinstance(live.live.desk(COA).thing(0).track, Track)


class Loopback:
    """A port at the seam: gives one fix at its start, and takes what it is handed at its end."""

    def __init__(self, feed):
        self.feed, self.handed = feed, []

    @asynccontextmanager
    async def running(self, sink, outgoing):
        sink.up(self.feed, "127.0.0.1:8087", START)
        sink.take(self.feed, Reading(fixes(1), alive=True), START)
        sink.asked(self.feed, "ping-1", START)
        sink.answered(self.feed, "ping-1", START)
        try:
            yield
        finally:
            _, self.handed = await outgoing.leaving(0)
            sink.down(self.feed, "closed", START)


def test_a_port_runs_with_the_engine_and_is_handed_what_may_leave_alone():
    cot = Feed("adsb", COA, FeedKind.COT)
    made = []

    def make(feed):
        made.append(Loopback(feed))
        return made[-1]

    with living(feeds=(cot, BLUE), ports={FeedKind.COT: make}) as live:
        live.send(live.fix("u1", 2.0, 48.0), feed="blue").ok()
        live.tick()
        assert set(live.moving()) == {"t0", "u1"}
        assert live.feed()["state"] == "both ways"
        assert live.feed()["words"] == "127.0.0.1:8087"
    assert [each.track.id for each in made[0].handed] == ["u1"]


def test_positions_are_taken_in_while_others_are_written(live, monkeypatch):
    """The engine waits for no disk: a batch is answered while what is kept is being written."""
    writing, disk = threading.Event(), threading.Event()
    write = LiveDesk.write

    def slow(desk, taken):
        writing.set()
        assert disk.wait(60)
        write(desk, taken)

    async def pushed():
        keeping = asyncio.create_task(live.live._keep(forget=False))
        assert await asyncio.to_thread(writing.wait, 60)
        batch = tuple(msgspec.structs.replace(each, received_at=live.now) for each in fixes(10))
        taken = await live.live.push(ADSB, Reading(batch, alive=True), live.now)
        assert not keeping.done()
        disk.set()
        await keeping
        return taken.taken

    monkeypatch.setattr(LiveDesk, "write", slow)
    live.later(60)
    assert live.house.runner.run(pushed()) == 10
    live.tick()
    assert len(live.moving()) == 10


def at(live, name, lon):
    return Reading((Fix(name, "adsb", live.now, live.now, Point(lon, 48.0), 20.0),), alive=True)


def raised(live):
    bodies = (entry.statement.body for entry in live.house.node.inbox(COA))
    return [each.title for each in bodies if isinstance(each, AlarmRaised)]


def test_what_is_found_while_alarms_are_handed_in_waits_for_no_tick(live, monkeypatch):
    """It would lie for a second: nothing else may be found that has it handed in."""
    for name, lon in (("North", 2.0), ("South", 4.0)):
        live.house.tell("COA", zone(name, shape=circle(lon, 48.0, 10_000.0), effect="keep-out-requested"))
    live.later(1)
    live.tick()
    for name, lon in (("a", 2.2), ("b", 4.2)):
        live.send(live.fix(name, lon, 48.0, accuracy_m=20.0, kind="helicopter")).ok()
    live.later(200)
    monkeypatch.setattr(engine, "TICK_S", 10 * PATIENCE_S)
    hand_in, handing, gate = live.house.writer.hand_in, asyncio.Event(), asyncio.Event()

    async def slow(acts, **more):
        outcomes = await hand_in(acts, **more)
        handing.set()
        await gate.wait()
        return outcomes

    async def both():
        async with asyncio.timeout(PATIENCE_S):
            await live.live.push(ADSB, at(live, "a", 2.0), live.now)
            await handing.wait()
            await live.live.push(ADSB, at(live, "b", 4.0), live.now)
            gate.set()
            while len(raised(live)) < 2:
                await live.house.writer.changed(1.0)

    monkeypatch.setattr(live.house.writer, "hand_in", slow)
    live.house.runner.run(both())
    assert raised(live) == ["Entry: North", "Entry: South"]


@pytest.mark.parametrize("twin", [False, True])
def test_an_alarm_does_not_wait_behind_many_that_end(live, monkeypatch, twin):
    """The twin hands in all that it began with first."""
    zones = [(f"Z{n:02}", 2.0 + n * 0.05) for n in range(20)]
    for name, lon in [*zones, ("Last", 4.0)]:
        live.house.tell("COA", zone(name, shape=circle(lon, 48.0, 1_000.0)))
    live.later(1)
    live.tick()
    live.send(live.fix("new", 4.2, 48.0, accuracy_m=20.0)).ok()
    for part in (0.02, 0.0):
        live.send(*(live.fix(name, lon + part, 48.0, accuracy_m=20.0) for name, lon in zones)).ok()
        live.later(200)
    live.tick()
    before = live.house.node.inbox_size(COA)
    monkeypatch.setattr(engine, "TICK_S", 10 * PATIENCE_S)
    hand_in, many = live.house.writer.hand_in, []

    async def watched(acts, **more):
        if len(acts) == len(zones) and not many:
            many.append(len(acts))
            await live.live.push(ADSB, at(live, "new", 4.0), live.now)
            for _ in range(100):  # the turn that took it in goes on to what it found
                await asyncio.sleep(0)
        return await hand_in(acts, **({} if twin else more))

    def told():
        bodies = (entry.statement.body for entry in live.house.node.inbox(COA, before))
        return [each.title if isinstance(each, AlarmRaised) else "ended" for each in bodies]

    async def left():
        async with asyncio.timeout(PATIENCE_S):
            await live.live.push(ADSB, Reading(gone, alive=True), live.now)
            while len(told()) < len(zones) + 1:
                await live.house.writer.changed(1.0)

    gone = tuple(Fix(name, "adsb", live.now, live.now, Point(lon + 0.02, 48.0), 20.0) for name, lon in zones)
    monkeypatch.setattr(live.house.writer, "hand_in", watched)
    live.house.runner.run(left())
    assert many == [len(zones)]
    assert sorted(told()) == sorted(["Entry: Last", *["ended"] * len(zones)])
    assert (told()[-1] == "Entry: Last") is twin
