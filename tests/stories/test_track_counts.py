"""Tracks that cross are numbers a day beside the sightings; usual ones call somebody (FAIL-09)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.building_node import bare_house, boundary, circle, house, path, zone
from tests.living import Living, living

from keepclear.commands.alarms import decide_raise
from keepclear.model.words import PartyId
from keepclear.rules.alarming import changes, wanted
from keepclear.service.asking import Ask
from keepclear.service.auth import Role
from keepclear.service.feeds import FeedBook
from keepclear.service.http.app import application
from keepclear.service.live import Live
from keepclear.service.node import Node
from keepclear.service.writer import Writer
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


class FirstLook:
    """Works beside the writer as the deadlines do, and looks for alarms as it starts."""

    def __init__(self, node: Node, at: datetime) -> None:
        self.node, self.at, self.found = node, at, None

    @asynccontextmanager
    async def running(self, _: Writer) -> AsyncIterator[None]:
        desk = self.node.desk(PartyId("COA"))
        found = wanted(desk.picture, desk.outbox, self.at, desk.live.handed)
        self.found = [each.body.rule for each in found if each.body.rule.startswith("crossings")]
        yield


def first_look(folder: Path, tracks: Path | None) -> list[str]:
    """Start a node as it is served, six days on, and give what the deadlines find first."""
    kept = TrackStore.open(folder / "tracks.sqlite3")
    with living(house(SqliteStore.open(folder / "record.sqlite3")), store=kept) as live:
        six_days(live, 6)
        at = live.now
    kept.close()
    made = bare_house(SqliteStore.open(folder / "record.sqlite3"), at=at)
    engine = Live(lambda: made.node, TrackStore.open(tracks), FeedBook(None, ()))
    look = FirstLook(made.node, at)
    served = application(Writer(made.node), made.tokens, engine=look, live=engine)

    async def start() -> None:
        async with served.router.lifespan_context(served):
            pass

    made.runner.run(start())
    made.close()
    return look.found


def test_what_was_counted_is_there_when_the_deadlines_first_look_after_a_start(tmp_path):
    """Else an alarm that rests on it would be ended at every start, and raised again."""
    assert first_look(tmp_path, tmp_path / "tracks.sqlite3") != []


def test_a_twin_that_starts_on_another_file_finds_nothing(tmp_path):
    assert first_look(tmp_path, None) == []


def goes_past(live: Living, late: tuple[float, float]) -> list[tuple]:
    """The straight way between two fixes leads through the zone; then one between them comes late."""
    live.house.tell("COA", zone("Depot zone", shape=circle(2.0, 48.0, 10_000.0), effect="keep-out-requested"))
    live.tick()
    for place in ((2.1, 48.08), (1.9, 48.08)):
        live.send(live.fix("a", *place, accuracy_m=20.0, kind="helicopter")).ok()
        live.later(200)
    live.tick()
    assert len(series(live)) == 1
    live.send(live.fix("a", *late, ago_s=300, accuracy_m=20.0, kind="helicopter")).ok()
    live.later(10)
    live.tick()
    return [(each["party"], day["low"]) for each in series(live) for day in each["days"]]


def test_a_late_fix_that_shows_that_it_went_round_corrects_the_number(live):
    assert goes_past(live, (2.0, 48.13)) == []


def test_a_twin_whose_late_fix_lies_inside_is_counted_for_certain(live):
    assert goes_past(live, (2.0, 48.05)) == [("not known whose", 1)]


def test_entries_and_what_was_seen_leaving_stand_side_by_side(live):
    goes_past(live, (2.0, 48.05))
    [row] = live.house.get("COA", "crossings").ok().json["items"]
    assert row["counts"]["words"].endswith(
        "Of tracks: 1 or more entered, 1 or more seen leaving, on the days that were watched."
    )
