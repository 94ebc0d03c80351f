"""Tracks that cross are numbers a day beside the sightings; usual ones call somebody (FAIL-09)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from tests.building_node import bare_house, boundary, house, path
from tests.living import Living, living

from keepclear.commands.alarms import decide_raise
from keepclear.model.words import PartyId
from keepclear.rules.alarming import changes, wanted
from keepclear.service.asking import Ask
from keepclear.service.auth import Role
from keepclear.service.feeds import FeedBook
from keepclear.service.live import Live
from keepclear.stores.sqlite import SqliteStore
from keepclear.stores.tracks import TrackStore

WEST, EAST = (1.95, 48.0), (2.05, 48.0)
MIDNIGHT = datetime(2018, 2, 2, tzinfo=UTC)


def river(live: Living) -> dict:
    banks = {"left_name": "west bank", "right_name": "east bank", "left": ["RUS"], "right": ["COA"]}
    shape = path((2.0, 47.5), (2.0, 48.5))
    told = live.house.tell(
        "COA", boundary(shape=shape, basis="declared", parties=[], tolerance_m=200.0, banks=banks)
    )
    live.tick()
    return told


def to(live: Living, at: datetime) -> None:
    live.house.clock.move_to(at)


def day(live: Living, number: int, tracks: int, *, heard: bool = True) -> None:
    """One day from midnight: so many tracks go over at three, and the feed is heard in every hour."""
    start = MIDNIGHT + timedelta(days=number)
    for hour in range(24) if heard else ():
        to(live, start + timedelta(hours=hour, seconds=1))
        live.send(live.fix("far", 10.0, 40.0)).ok()
        if hour == 3:
            over(live, tracks, number)
    to(live, start + timedelta(hours=23, minutes=59, seconds=55))
    live.tick()


def over(live: Living, tracks: int, number: int, places=(WEST, EAST)) -> None:
    for place in places:
        fixes = [
            live.fix(f"d{number}t{n}", *place, accuracy_m=20.0, kind="helicopter") for n in range(tracks)
        ]
        live.send(*fixes).ok() if fixes else None
        live.later(100)
    live.tick()


def series(live: Living, role: Role = Role.WATCH_CHIEF) -> list[dict]:
    got = live.house.call(
        "GET",
        "/api/v1/desks/COA/crossings",
        token=live.house.token("*" if role is Role.AUDITOR else "COA", role),
    ).ok()
    return [each for row in got.json["items"] for each in row["series"]]


def days(live: Living) -> dict[str, tuple]:
    [found] = series(live)
    return {
        each["day"][-2:]: (each["low"], each["high"]) for each in found["days"] if each["state"] == "watched"
    }


@pytest.fixture
def live():
    with living() as made:
        yield made


def test_tracks_that_cross_are_counted_a_day_beside_the_record(live):
    river(live)
    day(live, 0, 2)
    day(live, 1, 0)
    day(live, 2, 3)
    to(live, MIDNIGHT + timedelta(days=3))
    live.tick()
    [found] = series(live)
    assert found["party"] == "not known whose, onto the east bank"
    assert [each["observer"] for each in found["observers"]] == ["tracks of adsb"]
    assert days(live) == {"02": (2, 2), "03": (0, 0), "04": (3, 3)}


def test_a_twin_with_a_deaf_day_has_no_zero_for_it(live):
    river(live)
    day(live, 0, 2)
    day(live, 1, 0, heard=False)
    day(live, 2, 3)
    to(live, MIDNIGHT + timedelta(days=3))
    live.tick()
    assert days(live) == {"02": (2, 2), "04": (3, 3)}


def test_neither_observer_nor_auditor_is_handed_numbers_of_tracks(live):
    river(live)
    day(live, 0, 2)
    assert series(live)
    assert series(live, Role.OBSERVER) == []
    assert series(live, Role.AUDITOR) == []


def calls(live: Living) -> list:
    desk = live.house.node.desk("COA")
    found = wanted(desk.picture, desk.outbox, live.now, desk.live.handed)
    return [each.body for each in found if each.body.rule.startswith("crossings")]


def six_days(live: Living, each: int) -> None:
    river(live)
    for number in range(7):
        day(live, number, each)
    to(live, MIDNIGHT + timedelta(days=7))
    live.tick()


def test_fail_09a_crossings_of_tracks_become_usual_and_call_somebody(live):
    six_days(live, 6)
    [call] = calls(live)
    assert call.title.startswith("Crossings have become usual")
    assert {asked.contact.value for asked in call.asks} == {"call", "ask"}


def test_fail_09a_twin_one_a_day_is_tolerated(live):
    six_days(live, 1)
    assert calls(live) == []


def raised_and_ended(live: Living) -> None:
    """The alarm stands, and a person has ended it."""
    [body] = calls(live)
    keys = live.house.node.keys
    ask = Ask(
        PartyId("COA"), "raise", b"raise", (),
        lambda desk, now: decide_raise(desk, body, "raise", now, keys),
    )  # fmt: skip
    live.house.runner.run(live.house.writer.submit(ask))
    [alarm] = [each for each in live.alarms() if each["rule"].startswith("crossings")]
    live.house.post("COA", f"alarms/{alarm['subject']}/end", {"reason": "spoken of"}).ok(201)


def to_raise(live: Living) -> list[str]:
    desk = live.house.node.desk("COA")
    found = wanted(desk.picture, desk.outbox, live.now, desk.live.handed)
    new = changes(found, live.house.node.duties.standing("COA")).to_raise
    return [each.body.rule for each in new if each.body.rule.startswith("crossings")]


def test_what_a_person_ended_is_asked_again_after_a_week(live):
    six_days(live, 6)
    raised_and_ended(live)
    live.later(8 * 86_400)
    assert [rule.partition("/")[0] for rule in to_raise(live)] == ["crossings"]


def test_a_twin_within_the_week_it_is_not(live):
    six_days(live, 6)
    raised_and_ended(live)
    live.later(6 * 86_400)
    assert to_raise(live) == []


def test_a_restart_loses_no_day(tmp_path):
    def files():
        return SqliteStore.open(tmp_path / "record.sqlite3"), TrackStore.open(tmp_path / "tracks.sqlite3")

    record, tracks = files()
    with living(house(record), store=tracks) as live:
        river(live)
        day(live, 0, 2)
        over(live, 1, 9)  # of the day that still runs, and its end is of the day after
        before, at = days(live), live.now
    tracks.close()
    record, tracks = files()
    with living(bare_house(record, at=at), store=tracks) as live:
        assert days(live) == before
        day(live, 1, 1)
        assert set(days(live)) >= set(before)


def test_a_twin_whose_file_of_positions_was_lost_has_no_day(tmp_path):
    with living(house(SqliteStore.open(tmp_path / "record.sqlite3"))) as live:
        river(live)
        day(live, 0, 2)
        at = live.now
    with living(bare_house(SqliteStore.open(tmp_path / "record.sqlite3"), at=at)) as live:
        assert series(live) == []


def test_what_is_handed_before_the_first_look_keeps_an_alarm_from_ending(tmp_path):
    """The deadlines look first after a start: what was counted must be there by then."""
    record, tracks = SqliteStore.open(tmp_path / "r.sqlite3"), TrackStore.open(tmp_path / "t.sqlite3")
    with living(house(record), store=tracks) as live:
        six_days(live, 6)
        at = live.now
    tracks.close()
    made = bare_house(SqliteStore.open(tmp_path / "r.sqlite3"), at=at)
    store = TrackStore.open(tmp_path / "t.sqlite3")
    engine = Live(lambda: made.node, store, FeedBook(None, ()))
    desk = made.node.desk("COA")
    assert not [each for each in wanted(desk.picture, desk.outbox, at, desk.live.handed)
                if each.body.rule.startswith("crossings")]  # fmt: skip
    engine.begin()
    desk = made.node.desk("COA")
    assert [each for each in wanted(desk.picture, desk.outbox, at, desk.live.handed)
            if each.body.rule.startswith("crossings")]  # fmt: skip
    made.close()
