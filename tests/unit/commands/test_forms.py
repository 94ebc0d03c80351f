"""Holders are holders of a form: nobody is owed, or slipped, a finer one than it held."""

from __future__ import annotations

import pytest
from tests.building_node import House, circle, house, zone

from keepclear.service.auth import Role


@pytest.fixture
def syria():
    with house() as made:
        yield made


def in_two_forms(made: House) -> dict:
    """SDF holds the exact zone of 55 km, RUS a covering one of 80 km."""
    exact = made.tell("COA", zone(), "SDF")
    made.later()
    wide = zone(shape=circle(radius_m=80_000.0))
    made.coarse = made.tell("COA", wide, "RUS", subject=exact["subject"], form="covering")
    made.later()
    return exact


def restated(made: House, exact: dict, *readers: str, radius_m: float = 54_000.0, **more):
    body = zone(shape=circle(radius_m=radius_m))
    return made.try_tell("COA", body, *readers, subject=exact["subject"], **more)


@pytest.mark.parametrize("role", [Role.DUTY_OFFICER, Role.WATCH_CHIEF])
def test_the_exact_text_is_owed_to_those_who_hold_it_and_to_nobody_else(syria, role):
    exact = in_two_forms(syria)
    restated(syria, exact, role=role).refused("sticky-telling", 422)
    restated(syria, exact, "SDF", role=role).ok(201)
    assert [zone["radius_m"] for zone in syria.items("RUS", "measures")] == [80_000.0]


def test_the_exact_text_goes_to_a_holder_of_a_coarse_one_on_purpose_only(syria):
    exact = in_two_forms(syria)
    restated(syria, exact, "SDF", "RUS").refused("finer-form", 422)
    restated(syria, exact, "SDF", "RUS", finer=["RUS"], role=Role.DUTY_OFFICER).refused("role", 403)
    restated(syria, exact, "SDF", "RUS", finer=["RUS"]).ok(201)
    restated(syria, exact, "SDF", "RUS", radius_m=53_000.0).ok(201)


def test_telling_on_gives_no_finer_form_by_the_way_either(syria):
    exact = in_two_forms(syria)
    on = {"statement": exact["statement"], "readers": ["RUS"]}
    syria.post("COA", "tellings", on).refused("finer-form", 422)
    syria.post("COA", "tellings", on | {"finer": ["RUS"]}, role=Role.DUTY_OFFICER).refused("role", 403)
    syria.post("COA", "tellings", {**on, "readers": ["PGF"]}).ok(201)
    syria.post("COA", "tellings", on | {"finer": ["RUS"]}).ok(201)


def test_holders_of_a_coarse_form_are_owed_word_once_it_no_longer_covers(syria):
    exact = in_two_forms(syria)
    restated(syria, exact, "SDF", radius_m=90_000.0).refused("sticky-telling", 422)
    wider = zone(shape=circle(radius_m=100_000.0))
    syria.tell("COA", wider, "RUS", subject=exact["subject"], form="covering")
    restated(syria, exact, "SDF", radius_m=90_000.0).ok(201)


@pytest.mark.parametrize(
    ("body", "passes"),
    [
        (zone(), False),
        (zone("other name"), False),
        (zone(shape=circle(radius_m=40_000.0)), False),
        (zone(shape=circle(lon=42.0, radius_m=80_000.0)), False),
        (zone(shape=circle(radius_m=80_000.0)), True),
        (zone(shape=None, place={"words": "around At Tanf"}), True),
    ],
    ids=["the same", "renamed", "smaller", "elsewhere", "wider", "in words"],
)
def test_a_coarse_form_covers_the_exact_one_and_is_wider(syria, body, passes):
    exact = syria.tell("COA", zone(), "SDF")
    answer = syria.try_tell("COA", body, "RUS", subject=exact["subject"], form="covering")
    if passes:
        answer.ok(201)
    else:
        answer.refused("form-coarser", 422)
