"""A statement names nothing of which its reader was not told: no party, nothing inside what is shown."""

from __future__ import annotations

import pytest
from tests.building_node import House, encoded_statement, house, party_body, remark, stance, zone


@pytest.fixture
def syria():
    with house() as made:
        yield made


RELATION = {"kind": "relation", "from_party": "LOCAL", "to_party": "COA", "relation": "supports"}


def test_a_party_that_the_reader_was_not_told_of_is_not_named(syria):
    own = syria.tell("COA", party_body("LOCAL", "Local council"))
    syria.try_tell("COA", RELATION, "RUS").refused("closed-under-reference", 422)
    said = {"name": "its head", "party": "LOCAL"}
    syria.try_tell("COA", remark(), "RUS", said_by=said, via="phone").refused("closed-under-reference", 422)
    syria.post("COA", "tellings", {"statement": own["statement"], "readers": ["RUS"]}).ok(201)
    syria.try_tell("COA", RELATION, "RUS").ok(201)
    syria.try_tell("COA", remark(), "RUS", said_by=said, via="phone").ok(201)
    syria.try_tell("COA", RELATION, "SDF").refused("closed-under-reference", 422)
    syria.try_tell("COA", RELATION, "public").refused("closed-under-reference", 422)


def test_a_party_that_everybody_was_told_of_may_be_named_to_all(syria):
    syria.tell("RUS", party_body("LOCAL", "Local council"), "public")
    syria.try_tell("COA", RELATION, "SDF", "public").ok(201)


def test_a_party_may_be_described_to_whom_it_is_new(syria):
    syria.try_tell("COA", party_body("LOCAL", "Local council"), "RUS").ok(201)


def forwarded(made: House, party: str, told: dict) -> dict:
    return {"kind": "forwarded", "original": encoded_statement(made, party, told["statement"])}


def test_what_is_shown_on_names_what_stands_in_it(syria):
    secret = syria.tell("COA", zone(), "RUS")
    spoken = syria.tell("RUS", stance(secret, "RUS", "rejected"), "COA")
    syria.try_tell("COA", forwarded(syria, "COA", spoken), "SDF").refused("closed-under-reference", 422)
    syria.post("COA", "tellings", {"statement": secret["statement"], "readers": ["SDF"]}).ok(201)
    syria.try_tell("COA", forwarded(syria, "COA", spoken), "SDF").ok(201)


def test_what_is_shown_on_twice_names_it_too(syria):
    secret = syria.tell("COA", zone(), "RUS")
    spoken = syria.tell("RUS", stance(secret, "RUS", "rejected"), "COA")
    syria.post("COA", "tellings", {"statement": secret["statement"], "readers": ["SDF"]}).ok(201)
    shown = syria.tell("COA", forwarded(syria, "COA", spoken), "SDF")
    syria.try_tell("SDF", forwarded(syria, "SDF", shown), "PGF").refused("closed-under-reference", 422)


def test_a_statement_that_names_nothing_is_shown_on(syria):
    note = syria.tell("RUS", remark("as it came"), "COA")
    syria.try_tell("COA", forwarded(syria, "COA", note), "SDF").ok(201)
