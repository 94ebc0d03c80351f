"""What a desk claims of the record: no later fact in an earlier sight, and who was left behind with what."""

from __future__ import annotations

import pytest
from tests.building_node import House, house, stance, zone


@pytest.fixture
def made():
    with house() as found:
        yield found


def then(made: House) -> str:
    found = made.clock.now().isoformat().replace("+00:00", "Z")
    made.later(5)
    return found


def test_a_list_of_an_earlier_instant_names_nothing_by_a_later_name(made):
    first = made.tell("COA", zone("First name"), "RUS")
    made.tell("RUS", stance(first, "RUS", "rejected"), "COA")
    before = then(made)
    made.tell("COA", zone("LATER NAME"), "RUS", subject=first["subject"])
    body = made.get("COA", "held", at=before, limit="1000").ok().body
    assert b"First name" in body
    assert b"LATER NAME" not in body
    assert b"LATER NAME" in made.get("COA", "held", limit="1000").ok().body


def test_pages_of_an_earlier_instant_end_where_it_ends(made):
    made.tell("COA", zone(), "RUS")
    before = then(made)
    early = made.get("RUS", "held", at=before, limit="1000").ok().body
    made.tell("COA", zone("later"), "RUS")
    assert made.get("RUS", "held", at=before, limit="1000").ok().body == early


def test_a_statement_of_an_earlier_instant_names_no_reader_told_later(made):
    first = made.tell("COA", zone(), "RUS")
    before = then(made)
    made.post("COA", "tellings", {"statement": first["statement"], "readers": ["SDF"]}).ok()
    path = f"statements/{first['statement']}"
    assert made.get("COA", path, at=before).ok().json["told_to"] == ["COA", "RUS"]
    assert made.get("COA", path).ok().json["told_to"] == ["COA", "RUS", "SDF"]


def test_who_was_not_told_of_a_withdrawal_shows_so_with_the_reason(made):
    first = made.tell("COA", zone("Z"), "RUS", "SDF")
    made.later()
    gone = {"kind": "revoked", "of": first["subject"]}
    made.tell("COA", gone, "SDF", not_telling={"RUS": "the line is down"})
    row = next(row for row in made.items("COA", "told/RUS") if row["subject"] == first["subject"])
    assert row["holds_older"] is True
    assert [(change["what"], change["reason"]) for change in row["behind"]] == [
        ("taken back", "the line is down")
    ]
    told = [row for row in made.items("COA", "told/SDF") if row["subject"] == first["subject"]]
    assert [(row["holds_older"], row["behind"]) for row in told] == [(False, [])]
