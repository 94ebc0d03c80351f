"""A thing tied to a notice is held against it: early, late, outside, lost, not what was notified (FAIL-15).

FAIL-15(b): a landed or lost thing stays *expected again*; (c): the handover lists it. Over
northern Iraq in 1994 two helicopters fell out of the picture when they landed.
"""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

import pytest
from tests.building_node import circle, notice
from tests.living import Living, living
from tests.notification_bodies import DAY, movement

from keepclear.rules import conformance
from keepclear.service.auth import Role
from keepclear.times import text

HELI = {"kind": "helicopter", "accuracy_m": 20.0, "callsign": "Eagle 1"}


@pytest.fixture
def live():
    with living() as made:
        yield made


def flight(live: Living, begins_s: float = 600.0, lasts_s: float = 3_600.0) -> dict:
    """A notice of a flight around 48 N 2 E within 20 km."""
    start = live.now + timedelta(seconds=begins_s)
    window = {"start": text(start), "end": text(start + timedelta(seconds=lasts_s))}
    body = notice("Flight of Eagle", circle(2.0, 48.0, 20_000.0), activity="flight")
    body["volumes"] = [{"area": circle(2.0, 48.0, 20_000.0), "window": window}]
    return live.house.tell("COA", body, "RUS")


def heard(
    live: Living, lon: float, *, speed_mps: float = 50.0, every_s: float = 10.0, who: str = "u1"
) -> None:
    sent = live.fix(who, lon, 48.0, speed_mps=speed_mps, **HELI)
    live.send(sent, feed="blue").ok()
    live.later(every_s)
    live.tick()


def tied(live: Living, told: dict, number: int = 0) -> None:
    whole = f"/api/v1/desks/COA/live/{number}/tie"
    answer = live.house.call(
        "POST", whole, token=live.house.token("COA"), body=b'{"subject":"%s"}' % told["subject"].encode()
    ).ok(200)
    assert answer.json["tied_to"]["subject"] == told["subject"]
    live.tick()


def alarms(live: Living, rule: str) -> list[dict]:
    return [each for each in live.alarms() if each["rule"].startswith(rule)]


def again(live: Living) -> list[dict]:
    return live.get("/findings").ok().json["expected_again"]


def test_a_flight_as_notified_calls_nobody(live):
    told = flight(live, begins_s=0)
    heard(live, 2.0)
    tied(live, told)
    for step in range(1, 6):
        heard(live, 2.0 + step * 0.005)
    assert alarms(live, "live-") == []
    assert again(live) == []


def test_it_moves_before_its_time(live):
    told = flight(live, begins_s=3_600)
    heard(live, 2.0)
    tied(live, told)
    heard(live, 2.005)
    heard(live, 2.01)
    [alarm] = alarms(live, "live-early")
    assert alarm["matter"]["subject"] == told["subject"]
    assert "its time begins" in alarm["words"]


def test_it_does_not_set_out_in_its_time(live):
    told = flight(live, begins_s=60)
    heard(live, 1.0, speed_mps=0.0)
    tied(live, told)
    live.later(60 + 16 * 60)
    heard(live, 1.0, speed_mps=0.0)
    [alarm] = alarms(live, "live-late")
    assert "Its time began" in alarm["words"]


def test_it_is_outside_what_was_notified_and_comes_back(live):
    told = flight(live, begins_s=0)
    heard(live, 2.27)
    tied(live, told)
    for step in range(1, 10):
        heard(live, 2.27 + step * 0.004)
    [alarm] = alarms(live, "live-outside")
    assert "beyond the edge" in alarm["words"]
    for step in range(9, -1, -1):
        heard(live, 2.26 + step * 0.003)
    heard(live, 2.25)
    assert alarms(live, "live-outside")[0]["state"] == "returned, unacknowledged"


def test_contact_is_lost_in_the_air_and_it_is_heard_of_again(live):
    told = flight(live, begins_s=0)
    heard(live, 2.0)
    tied(live, told)
    heard(live, 2.01)
    live.later(200)
    live.tick()
    [alarm] = alarms(live, "live-lost")
    assert alarm["precedence"] == "flash"
    assert [each["number"] for each in again(live)] == [0]
    heard(live, 2.05)
    assert alarms(live, "live-lost")[0]["state"] == "returned, unacknowledged"
    assert again(live) == []


def landed(live: Living) -> None:
    told = flight(live, begins_s=0, lasts_s=1_800)
    heard(live, 2.0)
    tied(live, told)
    heard(live, 2.01)
    heard(live, 2.012, speed_mps=0.0)
    live.later(6 * 3_600)  # long after it was last heard of, and long after its window
    live.tick()


def test_fail_15b_a_landed_thing_stays_expected_again(live):
    landed(live)
    [shown] = again(live)
    assert shown["callsign"] == "Eagle 1"
    assert shown["expected_again"].startswith("landed, last heard of")
    assert shown["stale"]
    [on_map] = live.look("1,47,3,49")["moving"]
    assert on_map["expected_again"] == shown["expected_again"]
    assert alarms(live, "live-lost") == []


def test_fail_15b_twin_without_the_rule_it_falls_out_of_what_is_expected(live, monkeypatch):
    monkeypatch.setattr(conformance, "expected_again", lambda *_: "")
    landed(live)
    assert again(live) == []


def test_fail_15b_a_lost_thing_stays_on_the_map_after_a_restart_and_when_others_are_forgotten():
    from keepclear.stores.tracks import TrackStore

    store = TrackStore.open()
    with living(store=store) as live:
        told = flight(live, begins_s=0)
        heard(live, 2.0)
        tied(live, told)
        heard(live, 2.01)
        live.send(live.fix("stranger", 2.5, 48.0)).ok()
        live.later(3 * 86_400)
        desk = live.live.desk("COA")
        for feed in ("adsb", "blue"):
            desk.forget(feed, live.now - timedelta(hours=24))
        live.tick()
        assert [each["id"] for each in live.look()["moving"]] == ["u1"]
        assert [each["id"] for each in again(live)] == ["u1"]


def test_a_notice_that_is_withdrawn_expects_nothing_any_more(live):
    told = flight(live, begins_s=0)
    heard(live, 2.0)
    tied(live, told)
    heard(live, 2.01, speed_mps=0.0)
    live.later(600)
    live.tick()
    assert len(again(live)) == 1
    live.house.tell("COA", {"kind": "revoked", "of": told["subject"]}, "RUS")
    live.tick()
    assert again(live) == []


def test_more_vehicles_than_were_notified(live):
    body = movement(composition=[{"low": 2, "high": 2, "unit": "vehicles"}])
    told = live.house.tell("COA", body, valid=DAY)
    for number in range(3):
        live.send(
            live.fix(f"v{number}", 2.0 + number * 1e-4, 48.0, kind="vehicle", speed_mps=10.0), feed="blue"
        ).ok()
        tied(live, told, number)
    [alarm] = alarms(live, "live-composition")
    assert "3 are heard of where at most 2 were notified" in alarm["words"]


def spot(lon: float, lat: float = 48.0) -> dict:
    return {"area": {"shape": "spot", "at": {"lon": lon, "lat": lat}, "accuracy_m": 100.0}}


def convoy(live: Living, *ends: dict, **more) -> dict:
    """A movement from now on, by one leg between each two places."""
    start = live.now
    legs = [
        {
            "origin": one, "destination": other, "departs": {"at": text(start + timedelta(hours=number))},
            "arrives": {"at": text(start + timedelta(hours=number + 1))},
        }
        for number, (one, other) in enumerate(pairwise(ends))
    ]  # fmt: skip
    body = movement(legs=legs, halts=[], **more)
    return live.house.tell("COA", body, valid={"start": text(start), "end": text(start + timedelta(hours=9))})


def rolls(live: Living, told: dict, *places: tuple[float, float], every_s: float = 45.0) -> None:
    """A vehicle of the movement, from place to place."""
    for number, (lon, lat) in enumerate(places):
        fix = live.fix("u1", lon, lat, kind="vehicle", accuracy_m=20.0, speed_mps=20.0)
        live.send(fix, feed="blue").ok()
        if not number:
            tied(live, told)
        live.later(every_s)
        live.tick()


WAY = [(2.05 + number * 0.01, 48.0) for number in range(4)]
ASIDE = [(2.3, 48.0 + number * 0.02) for number in range(12)]


def test_a_thing_of_a_movement_that_leaves_its_legs_is_outside_and_comes_back(live):
    told = convoy(live, spot(2.0), spot(2.5))  # 37 km: 9 km to each side are tolerated
    rolls(live, told, *ASIDE, every_s=50.0)
    [alarm] = alarms(live, "live-outside")
    assert "Farther from every leg than is tolerated" in alarm["words"]
    assert "beyond the edge" in alarm["words"]
    for lon, lat in reversed(ASIDE[:-1]):
        live.send(live.fix("u1", lon, lat, kind="vehicle", accuracy_m=20.0, speed_mps=20.0), feed="blue").ok()
        live.later(50.0)
    live.tick()
    assert alarms(live, "live-outside")[0]["state"] == "returned, unacknowledged"


def test_a_twin_of_a_movement_that_keeps_to_its_legs_calls_nobody(live):
    told = convoy(live, spot(2.0), spot(2.5))
    rolls(live, told, *WAY)
    assert alarms(live, "live-") == []


def test_a_twin_whose_second_leg_leads_there_calls_nobody(live):
    told = convoy(live, spot(2.0), spot(2.3), spot(2.3, 48.4))
    rolls(live, told, *ASIDE, every_s=50.0)
    assert alarms(live, "live-outside") == []


def test_a_movement_whose_time_is_over_is_outside_of_nothing(live):
    told = convoy(live, spot(2.0), spot(2.5))
    rolls(live, told, WAY[0])
    live.later(3_700)
    for lon, lat in ASIDE:
        live.send(live.fix("u1", lon, lat, kind="vehicle", accuracy_m=20.0, speed_mps=20.0), feed="blue").ok()
        live.later(50.0)
    live.tick()
    assert alarms(live, "live-outside") == []


def test_a_movement_told_in_words_alone_says_nothing_of_where(live):
    told = convoy(live, spot(2.0), spot(2.5), {"words": "clinic"})
    rolls(live, told, *ASIDE, every_s=50.0)
    assert alarms(live, "live-outside") == []


def test_a_movement_that_stands_at_its_beginning_is_late(live):
    told = convoy(live, spot(2.0), spot(2.5))
    rolls(live, told, *[(2.0, 48.0)] * 4, every_s=320.0)
    [alarm] = alarms(live, "live-late")
    assert "Its time began" in alarm["words"]


def test_one_vehicle_is_not_with_the_others(live):
    body = movement(composition=[{"low": 4, "high": 4, "unit": "vehicles"}])
    told = live.house.tell("COA", body, valid=DAY)
    for number, lon in enumerate((2.0, 2.001, 2.002, 2.2)):
        live.send(live.fix(f"v{number}", lon, 48.0, kind="vehicle", speed_mps=10.0), feed="blue").ok()
        tied(live, told, number)
    [alarm] = alarms(live, "live-composition")
    assert alarm["words"].startswith("1: v3 (vehicle)")


def test_nothing_is_tied_to_what_is_no_notice(live):
    heard(live, 2.0)
    zone = live.house.tell("COA", {"kind": "remark", "text": "x"})
    for subject in (zone["subject"], "COA.nothing"):
        live.house.call(
            "POST", "/api/v1/desks/COA/live/0/tie", token=live.house.token("COA"),
            body=b'{"subject":"%s"}' % subject.encode(),
        ).refused("tie", 404)  # fmt: skip


def test_a_position_is_no_check_in(live):
    """What the record says of check-ins stays: a thing that is heard of has not been spoken to."""
    told = flight(live, begins_s=0)
    heard(live, 2.0)
    tied(live, told)
    size = live.house.size()
    heard(live, 2.001)
    assert live.house.size() == size


PEOPLE = {"outgoing": "Major Adams", "incoming": "Captain Brook"}


def listed(items: list[dict]) -> list[str]:
    return [each["words"] for each in items if each["what"] == "expected again"]


def the_handover_lists_it(live: Living) -> None:
    """FAIL-15(c): who comes reads of the tied thing that landed, and it stands in what both sign."""
    [words] = listed(live.house.get("COA", "watch").ok().json["items"])
    assert words.startswith("Eagle 1 (helicopter): landed, last heard of")
    for part in ("2.0", "48.", "lon", "lat"):
        assert part not in words
    stated = live.house.post("COA", "watch/handovers", PEOPLE).ok(201).json
    body = live.house.get("COA", f"statements/{stated['statement']}").ok().json["statement"]["body"]
    assert listed(body["items"]) == [words]
    assert words in live.house.get("COA", "sitrep").ok().json["markdown"]


def test_fail_15c_the_handover_lists_a_tied_thing_that_landed(live):
    landed(live)
    the_handover_lists_it(live)


def test_fail_15c_twin_untied_it_is_not_listed(live):
    landed(live)
    live.house.call("POST", "/api/v1/desks/COA/live/0/untie", token=live.house.token("COA"), body=b"{}").ok()
    live.tick()
    with pytest.raises(ValueError, match="not enough values"):
        the_handover_lists_it(live)


def test_fail_15c_the_handover_lists_a_tied_thing_that_fell_silent_until_it_is_heard_again(live):
    told = flight(live, begins_s=0)
    heard(live, 2.0)
    tied(live, told)
    heard(live, 2.01)
    live.later(200)
    live.tick()
    [words] = listed(live.house.get("COA", "watch").ok().json["items"])
    assert words.startswith("Eagle 1 (helicopter): not heard of since")
    heard(live, 2.05)
    assert listed(live.house.get("COA", "watch").ok().json["items"]) == []


def test_fail_15c_twin_one_that_is_under_way_is_not_listed(live):
    told = flight(live, begins_s=0)
    heard(live, 2.0)
    tied(live, told)
    heard(live, 2.01)
    assert listed(live.house.get("COA", "watch").ok().json["items"]) == []


def test_what_is_expected_again_is_not_told_to_others_nor_to_an_auditor(live):
    landed(live)
    assert listed(live.house.get("RUS", "watch").ok().json["items"]) == []
    got = live.house.call("GET", "/api/v1/desks/COA/watch", token=live.house.token("*", Role.AUDITOR)).ok()
    assert listed(got.json["items"]) == []
