"""LIM-04: no free-fire or other permissive measure; permissive ones are refused."""

from __future__ import annotations

import pytest
from tests.building_node import feature, plan, zone
from tests.limits.abuse import fields_of, refuses_field_everywhere, refuses_query_everywhere

from keepclear.model.measures import Effect, MeasureKind

PERMISSIVE = (
    "Free-fire area 3", "FREE FIRE ZONE", "kill box Alpha", "weapons free north", "fire at will sector",
    "permissive measure", "cleared hot", "target area 4", "open fire zone", "Killbox", "free  fire",
)  # fmt: skip
RESTRICTIVE = ("Restricted area 3", "No-fire area around the hospital", "Fire prevention zone")


@pytest.mark.parametrize("words", PERMISSIVE)
@pytest.mark.parametrize("field", ["name", "purpose", "term"])
def test_a_measure_that_permits_is_refused_whatever_it_is_called(syria, words, field):
    before = syria.size()
    answer = syria.try_tell("COA", zone(**{field: words}), "RUS").refused("LIM-04", 403)
    assert answer.json["field"] == f"body.{field}"
    syria.try_tell("COA", zone(**{field: words})).refused("LIM-04", 403)
    assert syria.size() == before


@pytest.mark.parametrize("name", RESTRICTIVE)
def test_a_measure_that_asks_for_distance_passes(syria, name):
    assert syria.try_tell("COA", zone(name, purpose="keep away, call first"), "RUS").status == 201


def test_a_standing_measure_does_not_become_permissive_by_a_new_text(syria):
    made = syria.tell("COA", zone(), "RUS")
    syria.try_tell("COA", zone("free-fire area"), "RUS", subject=made["subject"]).refused("LIM-04", 403)


@pytest.mark.parametrize("effect", ["free-fire", "permit", "engage", "open", "fire", "Call", ""])
def test_no_effect_permits(syria, effect):
    syria.try_tell("COA", zone(effect=effect), "RUS").refused("LIM-04", 403)


def test_the_effects_are_a_closed_set_that_asks_for_contact_or_distance(syria):
    assert {effect.value for effect in Effect} == {
        "call", "contact-required", "keep-out-requested", "monitored", "closed",
    }  # fmt: skip
    document = syria.call("GET", "/openapi.json").json
    assert set(document["components"]["schemas"]["Effect"]["enum"]) == {effect.value for effect in Effect}
    for effect in Effect:
        assert syria.try_tell("COA", zone(effect=effect.value), "RUS").status == 201


@pytest.mark.parametrize("kind", ["free-fire area", "fire support area", "kill box", "engagement area"])
def test_no_kind_of_measure_permits(syria, kind):
    syria.try_tell("COA", zone(measure=kind), "RUS").refused("type", 400)
    assert kind not in {one.value for one in MeasureKind}


@pytest.mark.parametrize("name", ["free_fire", "permissive", "kill_box"])
def test_no_field_permits(syria, name):
    refuses_field_everywhere(syria, name, "LIM-04")
    refuses_query_everywhere(syria, {name: "yes"}, "LIM-04")
    syria.post("COA", "check", plan(feature(**{name: True}))).refused("LIM-04", 403)


def test_there_is_no_global_word_of_approval(syria):
    for schema, fields in fields_of(syria).items():
        assert not fields & {"approved", "cleared", "permitted", "clearance", "authorised"}, schema
    answer = syria.post("COA", "check", plan(feature(10.0, 50.0))).ok().json
    assert answer["answer"] == "no known conflict"
    assert "no permission" in answer["closing"]
