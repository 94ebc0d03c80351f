"""A watch changes hands with what is open, by two persons, and never during a flash (PRA-24)."""

from __future__ import annotations

import pytest
from tests.building_node import house, message, rung

import keepclear.commands.handover as handover

PEOPLE = {"outgoing": "Major Adams", "incoming": "Captain Brook"}


@pytest.fixture
def made():
    with house() as node:
        yield node


def nobody_hands_over_in_a_flash(node):
    asked = node.tell("RUS", message("COA"), "COA")
    node.post("COA", "watch/handovers", PEOPLE).refused("handover-in-flash")
    node.tell("COA", rung(asked, "COA"), "RUS")
    return node.post("COA", "watch/handovers", PEOPLE).ok(201).json


def test_nobody_hands_over_in_a_flash(made):
    nobody_hands_over_in_a_flash(made)


def test_nobody_hands_over_in_a_flash_twin_without_the_bar(made, monkeypatch):
    monkeypatch.setattr(handover, "open_flash", lambda picture, box, now: ())
    with pytest.raises(AssertionError):
        nobody_hands_over_in_a_flash(made)


def test_another_person_takes_over_what_was_open(made):
    made.tell("RUS", message("COA", words="Who is there?", precedence="routine"), "COA")
    shown = made.get("COA", "watch").ok().json
    assert [item["what"] for item in shown["items"]] == ["not acknowledged"]
    stated = made.post("COA", "watch/handovers", PEOPLE).ok(201).json
    body = made.get("COA", f"statements/{stated['statement']}").ok().json["statement"]["body"]
    assert (body["items"], body["items_hash"]) == (shown["items"], shown["items_hash"])
    path = f"watch/handovers/{stated['statement']}/countersign"
    made.post("COA", path, {"name": "Major Adams"}).refused("two-persons")
    made.post("RUS", path, {"name": "Captain Brook"}).refused("handover")
    made.post("COA", path, {"name": "Captain Brook"}).ok(201)
    made.post("COA", "watch/handovers", {"outgoing": "A", "incoming": "a"}).refused("two-persons")
    assert made.get("RUS", f"statements/{stated['statement']}").status == 404


def test_agenda_and_report_are_the_same_to_the_byte_and_carry_purpose_and_status(made):
    made.tell("RUS", message("COA", words="Who is there?", asks=["ours"], precedence="routine"), "COA")
    for path in ("agenda", "sitrep"):
        first, second = (made.get("COA", path).ok() for _ in range(2))
        assert first.body == second.body
        words = first.json["markdown"]
        assert words.startswith("# EXERCISE. ")
        assert "Status Exercise." in words
        assert "not for choosing or attacking anything" in words
        assert "Who is there?" in words
