"""The file of positions: for its owner alone, whole or not at all, thinned by nothing but time."""

from __future__ import annotations

import sqlite3
import stat
from contextlib import closing

import pytest

from keepclear.errors import StoreFault
from keepclear.model.tracks import FixRow, Standing, Track, TrackKind
from keepclear.model.words import PartyId, SubjectId
from keepclear.stores.tracks import Keeping, RefusedRow, ThingRow, TieRow, TrackStore, TrailRow

COA, RUS = PartyId("COA"), PartyId("RUS")
TRACK = Track("4ca7b3", "adsb", TrackKind.HELICOPTER, "SAMU75", RUS, Standing.OTHER, True)


@pytest.fixture
def store(tmp_path):
    with closing(TrackStore.open(tmp_path / "tracks.sqlite3")) as opened:
        yield opened


def fix(at_us: int, lon: float = 2.0, **more) -> FixRow:
    return FixRow(at_us, at_us + 1, lon, 48.0, **more)


def test_the_file_is_its_owners(store, tmp_path):
    store.keep(COA, Keeping((ThingRow(0, TRACK, fix(1)),)))
    for path in tmp_path.glob("tracks.sqlite3*"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    open_to_others = tmp_path / "open.sqlite3"
    open_to_others.touch(mode=0o644)
    with pytest.raises(StoreFault, match="open to others"):
        TrackStore.open(open_to_others)


def test_what_is_kept_comes_back_and_what_was_not_said_stays_unsaid(tmp_path):
    told = fix(5, accuracy_m=20.0, height_m=300.0, datum="AMSL", speed_mps=50.0)
    with closing(TrackStore.open(tmp_path / "t.sqlite3")) as store:
        trail = (TrailRow(0, fix(1)), TrailRow(0, told), TrailRow(0, fix(5, 9.9)))
        row = RefusedRow("adsb", "twice", 3, 7, "4ca7b3")
        store.keep(COA, Keeping((ThingRow(0, TRACK, told),), (row,), (("fences", b"x"),)))
        store.add_trail(COA, trail)
    with closing(TrackStore.open(tmp_path / "t.sqlite3")) as store:
        assert store.things(COA) == [ThingRow(0, TRACK, told)]
        assert store.trail(COA, 0, 0, 10) == [fix(1), told]
        assert store.trail(COA, 0, 2, 10) == [told]
        assert store.trail(COA, 0, 0, 1) == [told]
        assert store.refused(COA) == [row]
        assert store.kept(COA, "fences") == b"x"
        assert store.kept(COA, "causes") is None


def test_a_large_body_is_small_on_the_disk_and_comes_back(store, tmp_path):
    body = b"{" + b'"a":1,' * 100_000
    store.keep(COA, Keeping(kept=(("causes", body), ("fences", b"\x93" + b"a" * 10))))
    assert (store.kept(COA, "causes"), store.kept(COA, "fences")) == (body, b"\x93" + b"a" * 10)
    with closing(sqlite3.connect(tmp_path / "tracks.sqlite3")) as other:
        [(size,)] = other.execute("SELECT length(body) FROM kept WHERE what = 'causes'")
    assert size < len(body) / 20


def test_parties_do_not_meet(store):
    store.keep(COA, Keeping((ThingRow(0, TRACK, fix(1)),)))
    store.add_trail(COA, [TrailRow(0, fix(1))])
    store.keep(RUS, Keeping((ThingRow(0, TRACK, fix(2)),)))
    assert store.trail(RUS, 0, 0, 10) == []
    assert store.things(RUS) == [ThingRow(0, TRACK, fix(2))]
    assert store.refused(RUS) == store.ties(RUS) == []
    store.forget(RUS, "adsb", 10, [0])
    assert len(store.things(COA)) == 1


def test_old_fixes_go_and_a_thing_takes_its_trail_along(store):
    store.keep(COA, Keeping((ThingRow(0, TRACK, fix(9)),)))
    store.add_trail(COA, [TrailRow(0, fix(at)) for at in range(1, 10)])
    store.add_trail(COA, [TrailRow(1, fix(3))])  # of a thing that is not kept: passed over
    store.forget(COA, "adsb", 5)
    assert [each.at_us for each in store.trail(COA, 0, 0, 100)] == [5, 6, 7, 8, 9]
    store.forget(COA, "adsb", 5, [0])
    assert store.things(COA) == []


def test_ties_are_one_for_a_thing(store):
    store.tie(COA, TieRow("adsb", "a", SubjectId("COA.1"), 1, "duty officer"))
    store.tie(COA, TieRow("adsb", "a", SubjectId("COA.2"), 2, "watch chief"))
    assert [tie.subject for tie in store.ties(COA)] == ["COA.2"]
    store.untie(COA, "adsb", "a")
    assert store.ties(COA) == []


def test_a_keeping_that_fails_leaves_nothing_of_itself(store):
    store.keep(COA, Keeping((ThingRow(0, TRACK, fix(1)),)))
    broken = Keeping((ThingRow(0, TRACK, fix(2)),), kept=((None, b"x"),))  # type: ignore[arg-type]
    with pytest.raises(StoreFault):
        store.keep(COA, broken)
    assert store.things(COA) == [ThingRow(0, TRACK, fix(1))]


def test_a_file_of_another_program_or_a_newer_keepclear_is_left_alone(tmp_path):
    for pragma in ("application_id = 7", "user_version = 99"):
        path = tmp_path / f"{pragma[:5]}.sqlite3"
        TrackStore.open(path).close()
        with closing(sqlite3.connect(path)) as other:
            other.execute(f"PRAGMA {pragma}")
        with pytest.raises(StoreFault):
            TrackStore.open(path)
