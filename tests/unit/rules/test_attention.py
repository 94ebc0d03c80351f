"""What needs a person's attention at a desk: which rule found it, on what grounds, until when."""

from __future__ import annotations

import pytest
from tests import building
from tests.building_node import House, buildup, channel, house, message, observation, rung, spot, stance, zone

from keepclear.model.hotline import Answer, AnswerGiven, MessageSent, Purpose, Rung, RungReached, Text
from keepclear.model.notices import Observed
from keepclear.model.words import PUBLIC, Via
from keepclear.rules.attention import attention

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
    assert item["title"] == "To acknowledge: from Coalition (CJTF-OIR)"
    assert item["due"] == "2018-02-01T08:03:00Z", "flash: two minutes"
    assert not item["overdue"]
    assert found(syria, "acknowledgement") == []
    syria.later(3)
    [late] = found(syria, "acknowledgement")
    assert late["overdue"]
    assert late["title"] == "No acknowledgement from Russian forces in Syria"
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


@pytest.fixture
def world() -> building.World:
    made = building.World()
    made.parties()
    return made


def ask_at(world, *to, readers=None):
    body = MessageSent(to, Purpose.SAFETY, (Text("Whose are they?"),))
    return world.tell("COA", body, *(to if readers is None else readers))


def rules_at(world, party):
    return [found.rule for found in attention(world.picture(party), world.box(party), building.minute(300))]


def acknowledged_by(of, reader):
    return RungReached(of.id, reader, Rung.ACKNOWLEDGED, "duty officer")


def test_what_the_sender_reports_of_this_desk_acknowledges_nothing_here(world):
    asked = ask_at(world, "RUS")
    assert rules_at(world, "RUS") == ["acknowledgement"]
    world.tell("COA", acknowledged_by(asked, "RUS"), "RUS", via=Via.PHONE)
    heard = building.speaker("RUS desk", "RUS")
    world.tell("COA", AnswerGiven(Answer.OURS), "RUS", answers=(asked.id,), said_by=heard)
    assert rules_at(world, "RUS") == ["acknowledgement"]


def test_twin_its_own_acknowledgement_does(world):
    asked = ask_at(world, "RUS")
    world.tell("RUS", acknowledged_by(asked, "RUS"), "COA")
    assert rules_at(world, "RUS") == []


def test_the_answer_of_another_addressee_answers_nothing_for_this_one(world):
    asked = ask_at(world, "RUS", "PGF")
    world.tell("PGF", AnswerGiven(Answer.NOT_OURS), "COA", "RUS", answers=(asked.id,))
    assert rules_at(world, "RUS") == ["acknowledgement"]
    assert rules_at(world, "PGF") == []
    world.tell("RUS", AnswerGiven(Answer.CHECKING), "COA", answers=(asked.id,))
    assert rules_at(world, "RUS") == []


def test_a_sighting_in_a_zone_told_in_two_forms_asks_once(world):
    first = world.tell("COA", building.zone(), "SDF", at=1)
    world.tell(
        "COA", building.zone("wide", 80_000.0), PUBLIC, subject=first.subject, form=building.COVERING, at=2
    )
    seen = Observed("vehicles", building.spot(38.7, 33.5, 100.0), building.stamp_at(200))
    world.tell("SDF", seen, at=210)
    assert rules_at(world, "SDF") == ["zone-entry"]


def test_a_sighting_by_a_clock_that_is_ahead_does_not_ask_for_ever(world):
    world.tell("COA", building.zone(), "SDF", at=1)
    world.tell(
        "SDF", Observed("vehicles", building.spot(38.7, 33.5, 100.0), building.stamp_at(90_000)), at=200
    )
    assert rules_at(world, "SDF") == ["zone-entry"]
    later = attention(world.picture("SDF"), world.box("SDF"), building.minute(200 + 25 * 60))
    assert later == []
