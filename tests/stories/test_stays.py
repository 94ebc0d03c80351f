"""Who stays longer than was said, and what is not where it is expected: called about until it is over."""

from __future__ import annotations

from datetime import timedelta

import msgspec
import pytest
from tests.building_node import CHIEF, bare_house, boundary, circle, house, path, zone
from tests.living import Living, living

from keepclear.model.alarms import Contact
from keepclear.service.auth import Role
from keepclear.stores.sqlite import SqliteStore
from keepclear.stores.tracks import TrackStore

ZONE = circle(2.0, 48.0, 10_000.0)
INSIDE, OUTSIDE = (2.0, 48.0), (2.3, 48.0)


@pytest.fixture
def live():
    with living() as made:
        yield made


def declare(live: Living, effect: str = "monitored") -> str:
    subject = live.house.tell("COA", zone("Depot zone", shape=ZONE, effect=effect))["subject"]
    live.tick()
    return subject


def put(live: Living, place: tuple[float, float], who: str = "u1", feed: str = "blue", **more) -> None:
    told = {"accuracy_m": 10.0, "kind": "vehicle", "callsign": who, **more}
    live.send(live.fix(who, *place, **told), feed=feed).ok()
    live.tick()


def drive(live: Living, place: tuple[float, float], minutes: int = 10, **more) -> None:
    """A thing that reports each minute from a place, once its way there has been believed."""
    live.later(1_200)
    put(live, place, **more)
    for _ in range(minutes):
        live.later(60)
        put(live, place, **more)


def ask(live: Living, about: str, role: Role = CHIEF, **asked):
    path = "/api/v1/desks/COA/live/stays"
    body = msgspec.json.encode({"about": about, **asked})
    headers = {"Content-Type": "application/json"}
    return live.house.call("POST", path, headers=headers, body=body, token=live.house.token("COA", role))


def alarms(live: Living, rule: str) -> list[dict]:
    return [each for each in live.alarms() if each["rule"].startswith(rule)]


def number(live: Living, who: str) -> int:
    return live.moving()[who]["number"]


@pytest.mark.parametrize("bound", ["start", "end"])
@pytest.mark.parametrize("at", ["9999-12-31T23:59:59-14:00", "9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z"])
def test_a_time_past_the_calendar_is_refused_and_stops_no_other_rule(live, bound, at):
    about = declare(live)
    put(live, OUTSIDE)
    expected = [{"thing": number(live, "u1"), "grace_s": 86_400, bound: at}]
    ask(live, about, expected=expected).refused("calendar", 400)
    ask(live, about, dwell_s=300).ok()
    live.tick()


def test_a_stay_that_lasts_longer_than_was_said_calls_and_ends_when_it_leaves(live):
    about = declare(live)
    ask(live, about, dwell_s=300).ok()
    put(live, INSIDE, "x1", "adsb")
    live.later(240)
    put(live, INSIDE, "x1", "adsb")
    assert alarms(live, "live-stay") == []
    live.later(61)
    put(live, INSIDE, "x1", "adsb")
    [alarm] = alarms(live, "live-stay")
    assert alarm["matter"]["name"] == "Depot zone"
    assert "longer than the 5 min that were said" in alarm["words"]
    assert {asked.partition(":")[0] for asked in alarm["asks"]} <= {each.value for each in Contact}
    for part in ("48.0", '"lon"', "2.0"):
        assert part not in alarm["words"]
    drive(live, OUTSIDE, who="x1", feed="adsb", minutes=1)
    [ended] = alarms(live, "live-stay")
    assert ended["state"] == "returned, unacknowledged"
    assert "x1 (vehicle) has left" in ended["reason"]


def test_a_twin_of_which_nothing_is_asked_calls_nobody(live):
    declare(live)
    drive(live, INSIDE, who="x1", feed="adsb", minutes=10)
    assert alarms(live, "live-") == []


@pytest.mark.parametrize(("whose", "who"), [("own", {"u1"}), ("anyone", {"u1", "x1"}), ("tied", set())])
def test_of_whose_things_a_stay_is_looked_at_is_what_was_said(live, whose, who):
    about = declare(live)
    ask(live, about, dwell_s=60, whose=whose).ok()
    for _ in range(3):
        put(live, INSIDE, "u1", "blue")
        put(live, INSIDE, "x1", "adsb")
        live.later(45)
    live.tick()
    found = [row for row in live.get("/findings").ok().json["findings"] if row["rule"] == "live-stay"]
    assert {thing["called"].split()[0] for row in found for thing in row["things"]} == who


def test_a_longer_stay_that_is_allowed_now_ends_the_alarm_and_a_shorter_one_raises_it(live):
    about = declare(live)
    put(live, INSIDE, "x1", "adsb")
    live.later(50)
    put(live, INSIDE, "x1", "adsb")
    live.later(50)
    ask(live, about, dwell_s=60).ok()
    live.tick()
    assert len(alarms(live, "live-stay")) == 1
    ask(live, about, dwell_s=3_600).ok()
    live.tick()
    assert "asked there no longer" in alarms(live, "live-stay")[0]["reason"]


def test_what_is_expected_and_not_there_calls_and_ends_when_it_is_inside(live):
    about = declare(live)
    put(live, OUTSIDE)
    start, end = live.now, live.now + timedelta(hours=3)
    window = {"start": start.isoformat(), "end": end.isoformat(), "grace_s": 120}
    ask(live, about, expected=[{"thing": number(live, "u1"), **window}]).ok()
    live.tick()
    assert alarms(live, "live-absent") == []
    live.later(121)
    put(live, OUTSIDE)
    [alarm] = alarms(live, "live-absent")
    assert alarm["title"] == "Not where it is expected: Depot zone"
    assert alarm["asks"][0].startswith("call: Call u1")
    drive(live, INSIDE)
    [ended] = alarms(live, "live-absent")
    assert ended["state"] == "returned, unacknowledged"
    assert "u1 (vehicle) is inside" in ended["reason"]
    drive(live, OUTSIDE, minutes=2)
    assert [each["state"] for each in alarms(live, "live-absent")].count("unacknowledged, active") == 1
    live.later(3 * 3_600)
    put(live, OUTSIDE)
    assert all(each["state"] != "unacknowledged, active" for each in alarms(live, "live-absent"))


def test_a_twin_that_is_inside_in_its_time_calls_nobody(live):
    about = declare(live)
    put(live, INSIDE)
    ask(live, about, expected=[{"thing": number(live, "u1")}]).ok()
    for _ in range(5):
        live.later(60)
        put(live, INSIDE)
    assert alarms(live, "live-absent") == []


def test_what_is_inside_and_falls_silent_is_not_taken_to_be_there(live):
    about = declare(live)
    put(live, INSIDE)
    ask(live, about, expected=[{"thing": number(live, "u1")}]).ok()
    live.later(4_000)
    live.tick()
    [alarm] = alarms(live, "live-absent")
    assert alarm["title"].startswith("Possible: ")
    assert "where it is now is not known" in alarm["words"]


def test_anothers_thing_can_be_expected_nowhere(live):
    about = declare(live)
    put(live, INSIDE, "x1", "adsb")
    ask(live, about, expected=[{"thing": number(live, "x1")}]).refused("LIM-08", 403)
    assert live.get("/stays").ok().json["stays"] == []


def test_what_becomes_anothers_is_expected_no_longer(live):
    about = declare(live)
    put(live, OUTSIDE)
    ask(live, about, expected=[{"thing": number(live, "u1")}]).ok()
    live.tick()
    assert len(alarms(live, "live-absent")) == 1
    live.later(60)
    put(live, OUTSIDE, standing="other")
    [ended] = alarms(live, "live-absent")
    assert "expected there no longer" in ended["reason"]


def test_the_watch_chief_sets_it_and_others_that_act_read_it(live):
    about = declare(live)
    ask(live, about, Role.DUTY_OFFICER, dwell_s=300).refused("role", 403)
    ask(live, about, dwell_s=300).ok()
    [row] = live.get("/stays", role=Role.DUTY_OFFICER).ok().json["stays"]
    assert (row["about"]["name"], row["dwell_s"], row["by_role"]) == ("Depot zone", 300, "watch chief")
    live.get("/stays", role=Role.OBSERVER).refused("role", 403)
    ask(live, about).ok()
    assert live.get("/stays").ok().json["stays"] == []


def test_a_boundary_and_an_unknown_measure_are_refused(live):
    meridian = path((2.0, 47.5), (2.0, 48.5))
    body = boundary(shape=meridian, basis="declared", parties=[], tolerance_m=200.0)
    about = live.house.tell("COA", body)["subject"]
    ask(live, about, dwell_s=300).refused("stay", 404)
    ask(live, "COA:nothing", dwell_s=300).refused("stay", 404)
    ask(live, declare(live), dwell_s=5).refused("type", 400)


def test_a_window_that_ends_before_it_begins_is_refused(live):
    about = declare(live)
    put(live, INSIDE)
    over = (live.now - timedelta(hours=1)).isoformat()
    asked = [{"thing": number(live, "u1"), "end": over}]
    ask(live, about, expected=asked).refused("window-order", 400)


def test_a_measure_that_is_withdrawn_ends_what_it_brought(live):
    told = live.house.tell("COA", zone("Depot zone", shape=ZONE, effect="monitored"))
    live.tick()
    ask(live, told["subject"], dwell_s=60).ok()
    for _ in range(3):
        put(live, INSIDE, "x1", "adsb")
        live.later(45)
    live.tick()
    assert len(alarms(live, "live-stay")) == 1
    live.house.tell("COA", {"kind": "status", "of": told["statement"], "status": "withdrawn"})
    live.later(1)
    live.tick()
    assert "no longer stands" in alarms(live, "live-stay")[0]["reason"]


def test_it_survives_a_restart_and_repeats_nothing(tmp_path):
    def record():
        return SqliteStore.open(tmp_path / "record.sqlite3")

    with living(house(record()), store=TrackStore.open(tmp_path / "tracks.sqlite3")) as live:
        about = declare(live)
        put(live, OUTSIDE)
        ask(live, about, dwell_s=300, expected=[{"thing": number(live, "u1")}]).ok()
        put(live, INSIDE, "x1", "adsb")
        live.tick()
        [absent] = alarms(live, "live-absent")
        clock_at = live.now
    with living(
        bare_house(record(), at=clock_at), store=TrackStore.open(tmp_path / "tracks.sqlite3")
    ) as live:
        assert [row["dwell_s"] for row in live.get("/stays").ok().json["stays"]] == [300]
        live.later(301)
        put(live, INSIDE, "x1", "adsb")
        assert [each["statement"] for each in alarms(live, "live-absent")] == [absent["statement"]]
        [stay] = alarms(live, "live-stay")
        assert "longer than the 5 min" in stay["words"]
