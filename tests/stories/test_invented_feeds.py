"""What moves over the demo is invented; what is found of it, the rules of a live node find by themselves."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.building_node import House, seeded_tokens
from tests.living import Living, living

from keepclear.model.alarms import Contact
from keepclear.scenarios.loader import load
from keepclear.service import invented
from keepclear.service.replay import replay, scenario_folder

SIDES = (invented.COA, invented.RUS)
LASTS_S, EVERY_S = 260, 2


def watched(*left_out: str) -> dict[str, list[dict]]:
    """Play the story, let the invented feeds run beside it, and give each side's live alarms."""
    held = replay(load(scenario_folder("syria_accounts")))
    made = House(held.node, held.node.clock, seeded_tokens(held.node.hosted))
    feeds = tuple(feed for party in SIDES for feed in invented.feeds_of(party))
    with living(made, feeds=feeds) as live:
        run(live, feeds, left_out)
        return {
            party: [alarm for alarm in live.alarms(party) if alarm["rule"].startswith(("live-", "feed-"))]
            for party in SIDES
        }


def run(live: Living, feeds, left_out: tuple[str, ...]) -> None:
    began = live.now
    for elapsed in range(0, LASTS_S, EVERY_S):
        live.house.clock.move_to(began + timedelta(seconds=elapsed))
        for feed in feeds:
            said = invented.reading(feed.party, feed, elapsed, live.now)
            kept = tuple(fix for fix in said.fixes if fix.track not in left_out)
            live.live.take(feed, type(said)(kept, said.tracks, (), alive=True), live.now)
        live.tick()


@pytest.fixture(scope="module")
def found():
    return watched()


def saying(alarms: list[dict], rule: str, who: str) -> list[dict]:
    return [each for each in alarms if each["rule"].startswith(rule) and who in each["words"]]


@pytest.mark.long
def test_a_vehicle_over_the_boundary_is_called_about_once_at_the_segment_that_it_crosses(found):
    [crossing] = saying(found["COA"], "live-crossing", "truck 41 (vehicle, invented)")
    assert crossing["matter"]["name"].startswith("Euphrates boundary, segment 1: ")


@pytest.mark.long
def test_ones_own_aircraft_in_anothers_zone_is_asked_to_step_back(found):
    [alarm] = saying(found["RUS"], "live-entry", "pair 04")
    assert alarm["matter"]["name"] == "At Tanf 55 km zone"
    assert {ask.partition(":")[0] for ask in alarm["asks"]} == {"call", "step back"}


def test_two_of_ones_own_that_close_in_on_each_other_are_called(found):
    [alarm] = saying(found["COA"], "live-closing", "VALE 11")
    assert "VALE 12" in alarm["words"]
    assert not saying(found["RUS"], "live-closing", "VALE")


def test_everything_asked_for_is_contact_and_nothing_says_where_a_thing_is(found):
    for alarm in (each for party in SIDES for each in found[party]):
        assert {ask.partition(":")[0] for ask in alarm["asks"]} <= {each.value for each in Contact}
        assert "lon" not in alarm["words"].split()
        assert "invented" in alarm["words"]


@pytest.mark.long
def test_twin_without_the_vehicle_nobody_is_called_about_a_crossing():
    alarms = watched("truck 41")
    assert not any(saying(alarms[party], "live-crossing", "") for party in SIDES)
    assert saying(alarms["RUS"], "live-entry", "pair 04")
