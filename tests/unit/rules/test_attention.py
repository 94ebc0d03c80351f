"""What needs a person's attention at a desk: which rule found it, on what grounds, until when."""

from __future__ import annotations

import pytest
from tests.building_node import House, buildup, channel, house, message, observation, rung, spot, stance, zone

SEEN = {"at": "2018-02-01T08:10:00Z"}


@pytest.fixture
def syria():
    with house() as made:
        yield made


def found(made: House, rule: str, by: str = "COA"):
    return [item for item in made.items(by, "attention") if item["rule"] == rule]


def sighting(lon: float = 38.62, accuracy_m: float = 2_000.0, **more):
    return observation(place={"area": spot(lon, 33.5, accuracy_m)}, at=SEEN, **more)


def test_a_quiet_desk_needs_nothing(syria):
    assert syria.items("COA", "attention") == []


def test_a_sighting_inside_a_zone_says_whose_stances_apply(syria):
    made = syria.tell("COA", zone(), "RUS")
    syria.tell("RUS", stance(made, "RUS", "not recognised"), "COA")
    syria.later(30)
    seen = syria.tell("COA", sighting())
    [entry] = found(syria, "zone-entry")
    assert entry["title"] == "Entry: At Tanf zone"
    assert [ground["statement"] for ground in entry["grounds"]] == [seen["statement"]]
    assert [row["stance"] for row in entry["stances"]] == ["not recognised"]
    assert entry["words"].startswith("vehicles on the east bank, ")


def test_near_the_edge_it_is_a_possible_entry_and_far_from_it_none(syria):
    syria.tell("COA", zone())
    syria.later(30)
    syria.tell("COA", sighting(39.2, 9_000.0))
    [entry] = found(syria, "zone-entry")
    assert entry["title"].startswith("Possible entry")
    assert entry["overdue"] is False
    syria.tell("COA", sighting(39.9))
    assert len(found(syria, "zone-entry")) == 1


def test_a_sighting_of_long_ago_asks_for_no_call(syria):
    syria.tell("COA", zone())
    syria.later(30)
    syria.tell("COA", sighting())
    assert len(found(syria, "zone-entry")) == 1
    syria.later(60 * 25)
    assert found(syria, "zone-entry") == []


def test_no_desk_is_told_of_a_sighting_that_did_not_reach_it(syria):
    syria.tell("COA", zone(), "RUS")
    syria.later(30)
    syria.tell("COA", sighting())
    assert found(syria, "zone-entry", by="RUS") == []


def test_a_rising_build_up_is_to_be_raised_and_once_raised_is_not(syria):
    own = syria.tell("COA", buildup())
    [item] = found(syria, "build-up-rising")
    assert item["matter"]["subject"] == own["subject"]
    band = buildup()["series"][:1]
    syria.tell("COA", buildup(name="steady", series=band))
    assert len(found(syria, "build-up-rising")) == 1


def test_a_message_waits_for_its_acknowledgement_at_both_desks(syria):
    told = syria.tell("COA", message("RUS"), "RUS")
    [item] = found(syria, "acknowledgement", by="RUS")
    assert item["title"] == "To acknowledge: from Coalition (CJTF-OIR), “Who is on the east bank?”"
    assert item["due"] == "2018-02-01T08:03:00Z", "flash: two minutes"
    assert not item["overdue"]
    assert found(syria, "acknowledgement") == []
    syria.later(3)
    [late] = found(syria, "acknowledgement")
    assert late["overdue"]
    assert late["title"] == "No acknowledgement from Russian forces in Syria, “Who is on the east bank?”"
    assert found(syria, "acknowledgement", by="RUS")[0]["overdue"]
    syria.tell("RUS", rung(told, "RUS", text_hash=told["digest"]), "COA")
    assert found(syria, "acknowledgement") == []
    assert found(syria, "acknowledgement", by="RUS") == []


def test_a_hotline_that_nobody_answered_is_unanswered_and_not_suspended(syria):
    line = syria.tell("COA", channel(), "RUS")
    call = {
        "kind": "contact", "with_party": "RUS", "direction": "out", "purpose": "safety", "gist": "rang twice",
        "started": {"at": "2018-02-01T08:00:00Z"}, "channel": line["subject"], "answered": False,
    }  # fmt: skip
    syria.tell("COA", call)
    [item] = found(syria, "hotline-unanswered")
    assert "never" in item["words"]
    assert "not the same as suspended" in item["words"]
    answered = {**call, "started": {"at": "2018-02-01T08:01:00Z"}, "answered": True, "gist": "answered"}
    syria.tell("COA", answered)
    assert found(syria, "hotline-unanswered") == []


def test_what_is_overdue_comes_first_then_the_latest(syria):
    syria.tell("COA", message("RUS"), "RUS")
    syria.later(10)
    syria.tell("COA", buildup())
    order = [(item["overdue"], item["at"]) for item in syria.items("COA", "attention")]
    assert order[0][0]
    rest = [at for overdue, at in order if not overdue]
    assert rest == sorted(rest, reverse=True)
