"""What moves past a fence is called about: at the measure, with grounds, once, and ended with the reason."""

from __future__ import annotations

import re

import pytest
from tests.building_node import bare_house, boundary, circle, house, path, zone
from tests.living import Living, living

from keepclear.model.alarms import Contact
from keepclear.stores.sqlite import SqliteStore
from keepclear.stores.tracks import TrackStore

ZONE = circle(2.0, 48.0, 10_000.0)
INSIDE, OUTSIDE, BEYOND = (2.0, 48.0), (2.3, 48.0), (1.7, 48.0)
LIVE_RULES = ("live-", "feed-")


@pytest.fixture
def live():
    with living() as made:
        yield made


def declare(live: Living, by: str = "COA", *to: str, **more):
    told = live.house.tell(by, zone("Depot zone", shape=ZONE, effect="keep-out-requested", **more), *to)
    live.later(1)
    live.tick()
    return told


def fly(
    live: Living, *places: tuple[float, float], who: str = "4ca7b3", every_s: float = 30.0, **more
) -> None:
    for lon, lat in places:
        live.send(live.fix(who, lon, lat, accuracy_m=20.0, kind="helicopter", **more)).ok()
        live.later(every_s)
    live.tick()


def alarms(live: Living, rule: str = "live-", party: str = "COA") -> list[dict]:
    return [each for each in live.alarms(party) if each["rule"].startswith(rule)]


def test_an_entry_is_called_about_at_the_measure_with_contact_alone(live):
    told = declare(live)
    fly(live, OUTSIDE, (2.2, 48.0), INSIDE, every_s=200)
    [alarm] = alarms(live, "live-entry")
    assert alarm["title"] == "Entry: Depot zone"
    assert alarm["matter"] == {"subject": told["subject"], "name": "Depot zone", "kind": "measure"}
    assert alarm["state"] == "unacknowledged, active"
    assert {asked.partition(":")[0] for asked in alarm["asks"]} <= {each.value for each in Contact}
    assert "4ca7b3" in alarm["words"]
    for part in ("2.2", "48.0", "lon", "lat"):
        assert part not in alarm["title"] + alarm["words"]


def test_the_fixes_it_rests_on_are_kept_in_the_own_log_and_nowhere_else(live):
    declare(live, "COA", "RUS")
    fly(live, (2.1543, 48.0), (2.0321, 48.0), every_s=200)
    [alarm] = alarms(live, "live-entry")
    said = live.house.node.picture("COA").entry(alarm["statement"]).statement.body
    assert [fix.place.lon for fix in said.fixes] == [2.1543, 2.0321]
    assert {fix.feed for fix in said.fixes} == {"adsb"}
    for party in ("RUS", "PGF", "SDF"):
        for entry in live.house.node.inbox(party):
            assert b"2.0321" not in repr(entry).encode()
    assert b"2.0321" not in live.house.get("COA", "alarms", all="yes").body
    assert b"2.0321" not in live.house.get("RUS", "held").body


def test_one_alarm_for_a_measure_and_it_ends_when_all_have_left_with_the_reason(live):
    declare(live)
    fly(live, OUTSIDE, INSIDE, who="a", every_s=200)
    fly(live, OUTSIDE, INSIDE, who="b", every_s=200)
    [alarm] = alarms(live, "live-entry")
    fly(live, (2.01, 48.0), OUTSIDE, who="a", every_s=200)
    assert alarms(live, "live-entry")[0]["state"] == "unacknowledged, active"
    fly(live, (2.01, 48.0), OUTSIDE, who="b", every_s=200)
    [ended] = alarms(live, "live-entry")
    assert ended["statement"] == alarm["statement"]
    assert ended["state"] == "returned, unacknowledged"
    assert "b (helicopter) has left" in ended["reason"]


def test_what_comes_after_it_was_acknowledged_calls_again(live):
    declare(live)
    fly(live, OUTSIDE, INSIDE, who="a", every_s=200)
    [first] = alarms(live, "live-entry")
    live.house.post("COA", f"alarms/{first['subject']}/acknowledge", {}).ok(201)
    live.tick()
    assert len(alarms(live, "live-entry")) == 1
    fly(live, OUTSIDE, INSIDE, who="b", every_s=200)
    assert [each["rule"] for each in alarms(live, "live-entry")] == ["live-entry", "live-entry/2"]


def test_what_a_person_ended_is_not_called_about_again_while_it_lasts(live):
    declare(live)
    fly(live, OUTSIDE, INSIDE, every_s=200)
    [alarm] = alarms(live, "live-entry")
    live.house.post("COA", f"alarms/{alarm['subject']}/end", {"reason": "spoken to"}).ok(201)
    fly(live, (2.01, 48.0), INSIDE)
    assert [each["state"] for each in alarms(live, "live-entry")] == ["ended"]
    fly(live, OUTSIDE, (2.28, 48.0), INSIDE, every_s=200)
    assert [each["state"] for each in alarms(live, "live-entry")] == ["unacknowledged, active"]


def test_a_fly_through_between_two_fixes_is_caught_and_over_at_once(live):
    declare(live)
    fly(live, (2.1, 48.08), (1.9, 48.08), every_s=150)  # 8.9 km north of the middle: a chord of 9 km
    [alarm] = alarms(live, "live-entry")
    live.tick()
    [alarm] = alarms(live, "live-entry")
    assert alarm["state"] == "returned, unacknowledged"
    assert "in and out between two fixes" in alarm["reason"]


def test_what_comes_while_nobody_has_answered_is_said_by_the_alarm_too(live):
    declare(live)
    fly(live, OUTSIDE, INSIDE, who="a", every_s=200)
    fly(live, (2.1, 48.08), (1.9, 48.08), who="b", every_s=150)
    [alarm] = alarms(live, "live-entry")
    assert alarm["state"] == "unacknowledged, active"
    assert "Since then, 1 more: b (helicopter), possible, at" in alarm["words"]
    assert "b (helicopter) was in and out between two fixes" in alarm["words"]
    live.tick()
    assert alarms(live, "live-entry")[0]["words"] == alarm["words"]
    fly(live, (2.01, 48.0), OUTSIDE, who="a", every_s=200)
    assert alarms(live, "live-entry")[0]["reason"].startswith("all 2 are over; the last: ")


def come_and_gone(live: Living, who: str) -> None:
    fly(live, OUTSIDE, INSIDE, who=who, every_s=200)
    fly(live, (2.01, 48.0), OUTSIDE, who=who, every_s=200)


def test_what_is_gone_before_anybody_saw_it_is_still_said_when_the_next_comes(live):
    declare(live)
    come_and_gone(live, "a")
    assert alarms(live, "live-entry")[0]["state"] == "returned, unacknowledged"
    fly(live, OUTSIDE, INSIDE, who="b", every_s=200)
    [alarm] = alarms(live, "live-entry")
    assert alarm["words"].startswith("1: b (helicopter)")
    assert "Before that, and seen by nobody yet: 1: a (helicopter)" in alarm["words"]
    assert "Over: a (helicopter) has left" in alarm["words"]
    assert re.search(r"[.] Before that", alarm["words"]), "as sentences, to be read aloud"
    assert alarm["words"].endswith("Z.")


def test_a_twin_that_somebody_saw_is_not_said_again(live):
    declare(live)
    come_and_gone(live, "a")
    live.house.post("COA", f"alarms/{alarms(live, 'live-entry')[0]['subject']}/acknowledge", {}).ok(201)
    fly(live, OUTSIDE, INSIDE, who="b", every_s=200)
    [alarm] = alarms(live, "live-entry")
    assert alarm["words"].startswith("1: b (helicopter)")
    assert "a (helicopter)" not in alarm["words"]


def test_what_is_inside_when_a_measure_is_declared_is_one_alarm(live):
    for who in "abc":
        fly(live, INSIDE, who=who)
    declare(live)
    [alarm] = alarms(live)
    assert alarm["rule"] == "live-inside"
    assert alarm["words"].startswith("3: ")


def test_ones_own_thing_is_not_kept_out_of_ones_own_zone(live):
    declare(live)
    for lon, lat in (OUTSIDE, INSIDE):
        live.send(live.fix("u1", lon, lat, accuracy_m=5.0, kind="vehicle"), feed="blue").ok()
        live.later(1_500)
    live.tick()
    assert alarms(live) == []


def test_ones_own_thing_in_anothers_zone_is_called_back(live):
    declare(live, "RUS", "COA")
    for lon, lat in ((2.3, 48.0), (2.2, 48.0), INSIDE):
        live.send(
            live.fix("u1", lon, lat, accuracy_m=5.0, kind="vehicle", callsign="Patrol 1"), feed="blue"
        ).ok()
        live.later(500)
    live.tick()
    [alarm] = alarms(live, "live-entry")
    assert any(asked.startswith("step back: Ask Patrol 1") for asked in alarm["asks"])


def test_a_measure_that_is_monitored_alone_calls_nobody(live):
    live.house.tell("COA", zone("Watch", shape=ZONE, effect="monitored"))
    live.tick()
    fly(live, OUTSIDE, INSIDE, every_s=200)
    assert alarms(live) == []


def test_a_crossing_onto_the_own_bank_is_called_about_and_ends_when_it_crosses_back(live):
    banks = {"left_name": "west bank", "right_name": "east bank", "left": ["RUS"], "right": ["COA"]}
    meridian = path((2.0, 47.5), (2.0, 48.5))
    body = boundary(shape=meridian, basis="declared", parties=[], tolerance_m=200.0, banks=banks)
    live.house.tell("COA", body)
    live.tick()
    fly(live, (1.95, 48.0), (2.05, 48.0), every_s=100)
    [alarm] = alarms(live, "live-crossing")
    assert "east bank" in alarm["words"] or "right side" in alarm["words"]
    fly(live, (2.04, 48.0), (1.95, 48.0), every_s=100)
    assert alarms(live, "live-crossing")[0]["state"] == "returned, unacknowledged"


BANKS = {"left_name": "west bank", "right_name": "east bank", "left": ["RUS"], "right": ["COA"]}


def meridian(live: Living, name: str, south: float, north: float, **more) -> dict:
    """A boundary northward along a meridian, whose east bank is the own one."""
    body = boundary(
        name, shape=path((2.0, south), (2.0, north)), basis="declared", parties=[], tolerance_m=200.0,
        **{"banks": BANKS, **more},
    )  # fmt: skip
    told = live.house.tell("COA", body)
    live.tick()
    return told


def over(live: Living, lat: float = 48.0, who: str = "4ca7b3", **more) -> None:
    fly(live, (1.95, lat), (2.05, lat), who=who, every_s=100, **more)


def back(live: Living, lat: float = 48.0, who: str = "4ca7b3") -> None:
    fly(live, (2.04, lat), (1.95, lat), who=who, every_s=100)


def test_a_boundary_and_its_own_segment_are_one_alarm_for_a_crossing(live):
    whole = meridian(live, "River", 47.5, 48.5)
    meridian(live, "Bridge segment", 47.9, 48.1, part_of=whole["subject"])
    over(live)
    [alarm] = alarms(live, "live-crossing")
    assert alarm["matter"]["name"] == "Bridge segment"
    back(live)
    [ended] = alarms(live, "live-crossing")
    assert ended["state"] == "returned, unacknowledged"


def test_a_crossing_beside_the_segment_is_called_about_at_the_boundary(live):
    whole = meridian(live, "River", 47.5, 48.5)
    meridian(live, "Bridge segment", 47.9, 48.1, part_of=whole["subject"])
    over(live, lat=48.3)
    assert [each["matter"]["name"] for each in alarms(live, "live-crossing")] == ["River"]


def test_one_that_crossed_at_the_segment_and_back_beside_it_ends_the_segments_alarm(live):
    whole = meridian(live, "River", 47.5, 48.5)
    meridian(live, "Bridge segment", 47.9, 48.1, part_of=whole["subject"])
    over(live)
    fly(live, (2.05, 48.15), (2.05, 48.3), every_s=400)
    back(live, lat=48.3)
    [ended] = alarms(live, "live-crossing")
    assert (ended["matter"]["name"], ended["state"]) == ("Bridge segment", "returned, unacknowledged")


def test_where_the_segment_calls_for_nothing_the_boundary_does(live):
    whole = meridian(live, "River", 47.5, 48.5)
    meridian(live, "Bridge segment", 47.9, 48.1, part_of=whole["subject"], effect="monitored")
    over(live)
    assert [each["matter"]["name"] for each in alarms(live, "live-crossing")] == ["River"]


def test_a_twin_of_two_boundaries_of_which_neither_is_a_part_is_two_alarms(live):
    meridian(live, "River", 47.5, 48.5)
    meridian(live, "Old boundary", 47.9, 48.1)
    over(live)
    assert {each["matter"]["name"] for each in alarms(live, "live-crossing")} == {"River", "Old boundary"}


@pytest.mark.parametrize(
    ("domain", "kind", "calls"),
    [
        ("air", "vehicle", False), ("air", "convoy", False), ("air", "vessel", False),
        ("air", "drone", True), ("air", "unknown", True), ("ground", "vehicle", True),
        (None, "vehicle", True),
    ],
)  # fmt: skip
def test_what_is_on_the_ground_is_not_held_against_a_measure_of_the_air(live, domain, kind, calls):
    meridian(live, "River", 47.5, 48.5, **({"domain": domain} if domain else {}))
    told = {"shape": ZONE, "effect": "keep-out-requested"} | ({"domain": domain} if domain else {})
    live.house.tell("COA", zone("Depot zone", **told))
    live.tick()
    for lon in (1.8, 2.05, 2.051):
        live.send(live.fix("g1", lon, 48.0, accuracy_m=20.0, kind=kind)).ok()
        live.later(1_500)
    live.tick()
    assert bool(alarms(live, "live-")) == calls


def test_a_silent_feed_is_an_alarm_until_it_is_heard_again(live):
    live.send(live.fix("a", *OUTSIDE)).ok()
    live.later(61)
    live.tick()
    [alarm] = alarms(live, "feed-")
    assert "adsb has been silent" in alarm["words"]
    live.send(live.fix("a", *OUTSIDE)).ok()
    live.send(live.fix("u", *OUTSIDE), feed="blue").ok()
    live.tick()
    assert alarms(live, "feed-")[0]["state"] == "returned, unacknowledged"
    assert alarms(live, "feed-")[0]["reason"] == "heard again"


def test_a_feed_that_was_never_heard_is_not_said_to_have_fallen_silent(live):
    live.send(live.fix("a", *OUTSIDE)).ok()
    live.later(61)
    live.tick()
    [alarm] = alarms(live, "feed-")
    heard, never = alarm["words"].split(". ")
    assert "adsb has been silent since" in heard
    assert re.fullmatch(
        r"Nothing has come from the feed blue since this node began to listen, at [\dT:-]+Z", never
    )


def test_each_silent_feed_is_said_with_its_own_time_and_no_other(live):
    live.send(live.fix("a", *OUTSIDE)).ok()
    live.send(live.fix("u", *OUTSIDE), feed="blue").ok()
    live.later(61)
    live.tick()
    live.send(live.fix("a", *OUTSIDE)).ok()
    live.tick()
    [finding] = live.get("/findings").ok().json["findings"]
    assert "The feed blue has been silent since" in finding["words"]
    assert "adsb" not in finding["words"]
    live.later(61)
    live.tick()
    [alarm] = alarms(live, "feed-")
    course = re.split(r"; |\. | Since then: ", alarm["words"])
    told = [step.split(" since")[0] for step in course if step.startswith(("The feed", "adsb", "blue"))]
    silent = ["The feed adsb has been silent", "The feed blue has been silent"]
    assert told == [*silent, "adsb: heard again", silent[0]], "who hears it knows which is silent now"
    [finding] = live.get("/findings").ok().json["findings"]
    assert finding["words"].count("The feed adsb has been silent since") == 1


def test_a_spoofed_jump_into_a_zone_is_refused_and_calls_nobody(live):
    declare(live)
    fly(live, (12.0, 48.0), (12.01, 48.0))
    for _ in range(3):
        assert live.send(live.fix("4ca7b3", *INSIDE, accuracy_m=20.0)).ok().json["refused"]
        live.later(5)
    fly(live, (12.02, 48.0))
    assert alarms(live, "live-") == []


def test_a_twin_without_the_speed_gate_calls_for_a_jump(live, monkeypatch):
    """The same, with a helicopter that may be anywhere: the story above rests on the gate."""
    from keepclear.model.tracks import TrackKind
    from keepclear.rules import gates

    monkeypatch.setitem(gates.FASTEST_MPS, TrackKind.HELICOPTER, 1e6)
    declare(live)
    fly(live, (12.0, 48.0), (12.01, 48.0))
    fly(live, INSIDE)
    assert alarms(live, "live-") != []


def test_what_is_found_now_is_shown_at_the_measure(live):
    declare(live)
    fly(live, OUTSIDE, INSIDE, every_s=200)
    answer = live.get("/findings").ok()
    [found] = [row for row in answer.json["findings"] if row["rule"] == "live-entry"]
    assert found["matter"]["name"] == "Depot zone"
    assert [(thing["number"], thing["called"], thing["over"]) for thing in found["things"]] == [
        (0, "4ca7b3 (helicopter)", "")
    ]
    assert found["alarm"] == alarms(live, "live-entry")[0]["subject"]
    for part in (b'"lon"', b'"lat"', b"48.0"):
        assert part not in answer.body


def test_others_alarms_stay_theirs(live):
    declare(live, "COA", "RUS")
    fly(live, OUTSIDE, INSIDE, every_s=200)
    assert alarms(live, "live-", "RUS") == []


def record_in(folder):
    return SqliteStore.open(folder / "record.sqlite3")


def test_a_restart_repeats_nothing_and_misses_nothing(tmp_path):
    """The node stops while one is inside and starts again on its files."""
    with living(house(record_in(tmp_path)), store=TrackStore.open(tmp_path / "tracks.sqlite3")) as live:
        declare(live)
        fly(live, OUTSIDE, INSIDE, who="a", every_s=200)
        [before] = alarms(live, "live-entry")
        clock_at = live.now
    with living(
        bare_house(record_in(tmp_path), at=clock_at), store=TrackStore.open(tmp_path / "tracks.sqlite3")
    ) as live:
        assert [each["statement"] for each in alarms(live, "live-entry")] == [before["statement"]]
        fly(live, (2.01, 48.0), who="a", every_s=200)
        live.tick()
        assert [each["statement"] for each in alarms(live, "live-")] == [before["statement"]]
        fly(live, OUTSIDE, who="a", every_s=200)
        [ended] = alarms(live, "live-entry")
        assert ended["state"] == "returned, unacknowledged"
        assert "a (helicopter) has left" in ended["reason"]


def test_a_step_through_a_zone_over_a_restart_is_caught(tmp_path):
    with living(house(record_in(tmp_path)), store=TrackStore.open(tmp_path / "tracks.sqlite3")) as live:
        declare(live)
        fly(live, (2.1, 48.08), every_s=75)
        clock_at = live.now
    with living(
        bare_house(record_in(tmp_path), at=clock_at), store=TrackStore.open(tmp_path / "tracks.sqlite3")
    ) as live:
        live.later(75)
        fly(live, (1.9, 48.08))
        [alarm] = alarms(live, "live-entry")
        assert "in and out" in alarm["words"] + alarm["reason"]


def test_a_late_fix_finds_the_entry_that_was_missed(live):
    declare(live)
    fly(live, (2.05, 48.095), (1.95, 48.095), every_s=200)
    assert alarms(live, "live-entry") == []
    live.send(live.fix("4ca7b3", 2.0, 48.05, ago_s=300, accuracy_m=20.0)).ok()
    live.tick()
    assert len(alarms(live, "live-entry")) == 1


LEVEL = {
    "height": {"value_m": 3_000.0, "datum": "STD"}, "kind": "aeroplane", "accuracy_m": 30.0,
    "height_accuracy_m": 20.0, "speed_mps": 200.0, "climb_mps": 0.0,
}  # fmt: skip


def closing_in(live, *, own_feed: str) -> None:
    """Two aircraft at one height, 40 km apart, nose to nose at 200 m/s each."""
    for _ in range(2):
        live.send(live.fix("o1", 2.0, 48.0, course_deg=90.0, callsign="Own 1", **LEVEL), feed=own_feed).ok()
        live.send(live.fix("x1", 2.536, 48.0, course_deg=270.0, **LEVEL)).ok()
        live.later(1)
        live.tick()


def test_an_own_aircraft_that_another_closes_in_on_is_called(live):
    closing_in(live, own_feed="blue")
    [alarm] = alarms(live, "live-closing")
    assert "Own 1" in alarm["words"]
    assert "x1" in alarm["words"]
    assert alarm["asks"][0].startswith("call: Call the own crew")
    assert part(live) == "returned, unacknowledged"
    assert "close in no longer" in alarms(live, "live-closing")[0]["reason"]


def part(live) -> str:
    """Send both on, away from each other, until the look ahead has not found them for a while."""
    for _ in range(5):
        for who, lon, course, feed in (("o1", 1.9, 270.0, "blue"), ("x1", 2.6, 90.0, "adsb")):
            more = {**LEVEL, "course_deg": course, "callsign": "Own 1" if feed == "blue" else ""}
            live.send(live.fix(who, lon, 48.0, **more), feed=feed).ok()
        live.later(10)
        live.tick()
    return alarms(live, "live-closing")[0]["state"]


def test_two_that_fell_silent_while_closing_in_are_not_said_to_do_so_no_longer(live):
    closing_in(live, own_feed="blue")
    for _ in range(20):
        live.later(20)
        live.tick()
    [alarm] = alarms(live, "live-closing")
    assert alarm["state"] == "unacknowledged, active"
    assert "Own 1 (aeroplane) and x1 (aeroplane) not heard of since" in alarm["words"]
    assert [step["step"] for step in alarm["steps"]].count("noted") == 1
    findings = live.get("/findings").ok().json["findings"]
    [finding] = [each for each in findings if each["rule"] == "live-closing"]
    assert "not heard of since: whether it goes on is not known" in finding["words"]
    closing_in(live, own_feed="blue")
    assert "heard of again" in alarms(live, "live-closing")[0]["words"]
    assert part(live) == "returned, unacknowledged"


def test_a_twin_of_which_neither_is_ones_own_calls_nobody(live):
    closing_in(live, own_feed="adsb")
    assert alarms(live, "live-closing") == []


def crowd_round(live: Living, count: int) -> None:
    """An own drone, and so many others reported at its place by one sender."""
    drone = {"kind": "drone", "accuracy_m": 20.0}
    live.send(live.fix("o1", 2.0, 48.0, callsign="VALE 11", **drone), feed="blue").ok()
    live.send(*(live.fix(f"x{n}", 2.0, 48.0, **drone) for n in range(count))).ok()
    live.tick()


def test_a_crowd_round_an_own_thing_is_told_as_one_and_its_crew_is_called(live):
    crowd_round(live, 300)
    [crowd] = alarms(live, "live-crowd")
    assert "VALE 11 (drone): more than 16 things may lose their separation" in crowd["words"]
    assert "the pairs beyond the 16 soonest are not judged one by one" in crowd["words"]
    assert crowd["asks"][0].startswith("call: Call VALE 11")
    assert {asked.partition(":")[0] for asked in crowd["asks"]} <= {each.value for each in Contact}
    assert "x299" not in crowd["words"]
    [found] = [row for row in live.get("/findings").ok().json["findings"] if row["rule"] == "live-closing"]
    assert len(found["things"]) == 16
    live.later(62)
    live.tick()
    live.later(31)
    live.tick()
    [silent] = alarms(live, "live-crowd")
    assert silent["state"] == "unacknowledged, active"
    assert "VALE 11 (drone) not heard of since" in silent["words"]
    crowd_round(live, 0)
    [ended] = alarms(live, "live-crowd")
    assert ended["state"] == "returned, unacknowledged"
    assert "every pair is told again" in ended["reason"]


def test_a_twin_of_as_many_as_are_told_one_by_one_is_no_crowd(live):
    crowd_round(live, 16)
    assert alarms(live, "live-crowd") == []
    [found] = [row for row in live.get("/findings").ok().json["findings"] if row["rule"] == "live-closing"]
    assert len(found["things"]) == 16


def test_a_thing_that_was_inside_and_is_believed_elsewhere_has_left(live):
    declare(live)
    fly(live, OUTSIDE, INSIDE, every_s=200)
    assert alarms(live, "live-entry")[0]["state"] == "unacknowledged, active"
    for _ in range(14):
        live.send(live.fix("4ca7b3", 12.0, 48.0, accuracy_m=20.0)).ok()
        live.later(6)
    live.tick()
    [ended] = alarms(live, "live-entry")
    assert ended["state"] == "returned, unacknowledged"
    assert "elsewhere until" in live.moving()["4ca7b3"]["doubt"]
