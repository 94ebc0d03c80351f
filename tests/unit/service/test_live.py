"""The engine's bounds: what waits is thinned to the newest fix of each thing, and counted."""

from __future__ import annotations

import asyncio
import threading
from contextlib import asynccontextmanager
from datetime import timedelta

import msgspec
import pytest
from tests.building_node import START
from tests.living import ADSB, BLUE, COA, living

from keepclear.errors import StoreFault
from keepclear.geo.figures import Point
from keepclear.links.feeds import Reading
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
