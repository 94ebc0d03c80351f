"""LIM-01: no field for weapon–place pairing."""

from __future__ import annotations

import pytest
from tests.building_node import feature, incident, plan, remark
from tests.limits.abuse import fields_of, refuses_field_everywhere, refuses_query_everywhere

from keepclear.model.incidents import Aspect
from keepclear.model.statements import limit_for

WEAPONS = (
    "weapon", "munition", "ordnance", "warhead", "target", "aimpoint", "strike_package", "fuze", "aim_point",
    "dmpi", "ammo", "gun", "fire_mission", "caliber", "calibre", "aim",
)  # fmt: skip
HARMLESS = ("begun", "claimed", "regional_office", "maximum", "paragraph", "clinic")


@pytest.mark.parametrize("name", ["weapon", "target", "Munition_Type"])
def test_no_kind_at_any_level_and_no_plan_takes_a_weapon_or_a_target(syria, name):
    assert refuses_field_everywhere(syria, name, "LIM-01") > 120


@pytest.mark.parametrize("name", WEAPONS)
def test_every_word_for_it_is_known(syria, name):
    for spelled in (name, name.upper(), f"the_{name}_s", name.title()):
        assert limit_for(spelled)[0] == "LIM-01"
    syria.try_tell("COA", remark(**{name: {"lon": 1, "lat": 1}})).refused("LIM-01", 403)
    syria.post("COA", "check", plan(feature(**{name: "x"}))).refused("LIM-01", 403)


@pytest.mark.parametrize("name", HARMLESS)
def test_no_harmless_name_is_taken_for_one(syria, name):
    assert limit_for(name) is None
    syria.try_tell("COA", remark(**{name: "x"})).refused("unknown-field", 400)


@pytest.mark.parametrize("name", ["aimPoint", "gunType", "AIM-POINT", "Fire Mission"])
def test_other_spellings_of_a_name_are_known(name):
    assert limit_for(name)[0] == "LIM-01"


@pytest.mark.parametrize("name", ["weapon", "target"])
def test_no_route_takes_one_in_a_query(syria, name):
    refuses_query_everywhere(syria, {name: "x"}, "LIM-01")


def test_where_members_are_named_by_the_author_none_names_a_weapon(syria):
    asked = syria.things["message"]["statement"]
    body = {"kind": "read-back", "of": asked, "fields": {"Weapon": "x", "place": "x"}, "role": "officer"}
    syria.try_tell("COA", body, "RUS").refused("LIM-01", 403)


def test_no_schema_of_the_api_has_such_a_field(syria):
    for schema, fields in fields_of(syria).items():
        for field in fields:
            barred = limit_for(field)
            assert barred is None or barred[0] != "LIM-01", (schema, field)


def test_means_of_attack_are_words_of_a_narrative_or_claim_only(syria):
    made = syria.try_tell("COA", incident("x", narrative="artillery and aircraft"), "public")
    assert made.status == 201
    assert Aspect.MEANS in set(Aspect)
    shown = [item for item in syria.items("RUS", "incidents") if item["name"] == "x"]
    assert shown[0]["narrative"] == "artillery and aircraft"
