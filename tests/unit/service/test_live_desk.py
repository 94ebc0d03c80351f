"""What the live picture keeps: whole or not at all, without the engine waiting, and again after a fault."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from msgspec.structs import replace

from keepclear.errors import StoreFault
from keepclear.geo.figures import Point
from keepclear.geo.heights import Altitude, Datum
from keepclear.links.feeds import Reading
from keepclear.model.feeds import Feed
from keepclear.model.tracks import Fix, Track, TrackKind
from keepclear.model.words import PartyId
from keepclear.service.live_desk import PLACES, LiveDesk
from keepclear.stores.columns import Columns
from keepclear.stores.tracks import Keeping, TrackStore

COA = PartyId("COA")
FEED = Feed("adsb", COA)
AT = datetime(2031, 1, 1, tzinfo=UTC)


def fix(name: str, seconds: float, lon: float = 30.0, **said) -> Fix:
    at = AT + timedelta(seconds=seconds)
    return Fix(name, "adsb", at, at, Point(lon, 34.0), 10.0, **said)


def send(desk: LiveDesk, *fixes: Fix, tracks: tuple[Track, ...] = ()) -> None:
    now = max((each.at for each in fixes), default=AT)
    desk.take(FEED, Reading(fixes=fixes, tracks=tracks), now)


def rows(desk: LiveDesk):
    return desk.columns.things(np.arange(desk.columns.size))


@pytest.fixture
def path(tmp_path):
    return tmp_path / "tracks.sqlite3"


@pytest.fixture
def desk(path):
    with closing(TrackStore.open(path)) as store:
        yield LiveDesk(COA, store, AT)


def again(path) -> LiveDesk:
    with closing(TrackStore.open(path)) as store:
        return LiveDesk(COA, store, AT)


def test_where_things_are_comes_back_to_the_last_digit_and_what_was_not_said_stays_unsaid(desk, path):
    high = Altitude(1_234.5, Datum.AMSL)
    send(desk, fix("a", 0, height=high, speed_mps=3.25), fix("b", 1, 31.0))
    desk.keep()
    send(desk, fix("a", 5, 30.0001), fix("b", 6, 31.0001, height=high, course_deg=12.5))
    desk.keep()
    assert rows(again(path)) == rows(desk)
    assert [row.fix.height_m for row in rows(desk)] == [None, 1_234.5]


def test_what_was_described_anew_is_kept_without_a_fix(desk, path):
    send(desk, fix("a", 0))
    desk.keep()
    send(desk, tracks=(Track("a", "adsb", TrackKind.VEHICLE, "Medic 2"),))
    desk.keep()
    [row] = rows(again(path))
    assert row.track.callsign == "Medic 2"


def test_a_thing_without_a_fix_is_not_kept(desk, path):
    old = replace(fix("a", -1e6), received_at=AT)
    desk.take(FEED, Reading(fixes=(old,)), AT)
    assert desk.columns.row("adsb", "a") == 0
    desk.keep()
    assert rows(again(path)) == []
    send(desk, fix("a", 1))
    desk.keep()
    assert rows(again(path)) == rows(desk)


def test_what_could_not_be_written_waits_for_the_next_time(desk, path, monkeypatch):
    send(desk, fix("a", 0))
    with monkeypatch.context() as failing:
        failing.setattr(TrackStore, "keep", _full)
        with pytest.raises(StoreFault):
            desk.keep()
    assert not desk.add_to_trails(100)
    desk.keep()
    assert not desk.add_to_trails(100)
    assert rows(again(path)) == rows(desk)
    with closing(sqlite3.connect(path)) as store:
        assert store.execute("SELECT count(*) FROM fix").fetchone() == (1,)


def test_what_comes_while_others_are_written_is_kept_the_next_time(desk, path):
    send(desk, fix("a", 0))
    taken = desk.to_keep(b"{}")
    send(desk, fix("b", 1), tracks=(Track("a", "adsb", TrackKind.VEHICLE, "Medic 2"),))
    desk.write(taken)
    desk.was_kept(taken)
    assert [row.track.id for row in rows(again(path))] == ["a"]
    desk.keep()
    assert [(row.track.id, row.track.callsign) for row in rows(again(path))] == [("a", "Medic 2"), ("b", "")]


def test_trails_go_a_few_rows_at_a_time_and_none_before_its_thing(desk, path):
    for second in range(0, 50, 5):
        send(desk, fix("a", second, 30.0 + second * 1e-4))
    assert not desk.add_to_trails(100)
    desk.keep()
    send(desk, fix("b", 51))
    assert desk.add_to_trails(4)
    assert desk.add_to_trails(4)
    assert not desk.add_to_trails(4)
    store = sqlite3.connect(path)
    assert store.execute("SELECT count(*) FROM fix").fetchone() == (10,)
    assert len(desk.trail(1, AT, 10)[1]) == 1, "what waits is shown all the same"
    desk.keep()
    assert not desk.add_to_trails(4)
    assert store.execute("SELECT count(*) FROM fix").fetchone() == (11,)


@pytest.mark.parametrize("body", [b"", b"\x92", b"nonsense", Columns().places()[:-1] + b"\x01"])
def test_places_that_cannot_be_read_are_passed_over(desk, path, body):
    send(desk, fix("a", 0))
    desk.keep()
    with closing(TrackStore.open(path)) as store:
        store.keep(COA, Keeping(kept=((PLACES, body),)))
    assert [row.fix for row in rows(again(path))] == [row.fix for row in rows(desk)]


def test_a_file_of_before_opens_and_its_places_stand(desk, path):
    """What the first form kept has the newest fix in the row of its thing, and no body of places."""
    send(desk, fix("a", 0, 30.5))
    desk.keep()
    with closing(sqlite3.connect(path, isolation_level=None)) as old:
        old.execute("DELETE FROM kept WHERE what = 'places'")
        for later in ("standing_said", "invented_said"):
            old.execute(f"ALTER TABLE thing DROP COLUMN {later}")
        old.execute("PRAGMA user_version = 1")
    [row] = rows(again(path))
    [kept] = rows(desk)
    assert row == replace(kept, track=replace(kept.track, standing_said=True))
    assert row.fix.lon == 30.5


def _full(*_: object) -> None:
    raise StoreFault("keeping positions", "disk", "room")
