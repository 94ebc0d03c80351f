"""Helicopters had landed, controllers dropped their symbols, and the next watch did not know (FAIL-15)."""

from __future__ import annotations

import pytest
from tests.notifying import CELL, Cell

import keepclear.rules.watch as watch


@pytest.fixture
def cell():
    with Cell() as made:
        yield made


def the_handover_lists_it(cell, clock="07:30"):
    """FAIL-15(c): out of contact, it stays expected again, and who comes reads it."""
    cell.under_way()
    cell.at(clock)
    items = cell.house.get(CELL, "watch").ok().json["items"]
    found = [item["words"] for item in items if item["what"] == "expected again"]
    assert len(found) == 1
    assert "out of contact, last heard of" in found[0]


def test_fail_15c_the_handover_lists_what_is_out_of_contact(cell):
    the_handover_lists_it(cell)


def test_fail_15c_twin_while_it_is_heard_of_it_is_not_listed(cell):
    with pytest.raises(AssertionError):
        the_handover_lists_it(cell, "06:21")


def test_fail_15c_twin_without_the_rule_nobody_reads_it(cell, monkeypatch):
    monkeypatch.setattr(watch, "expected_again", lambda picture, now: ())
    with pytest.raises(AssertionError):
        the_handover_lists_it(cell)


def test_fail_15c_landed_after_a_leg_it_is_expected_again(cell):
    made = cell.under_way()
    cell.step(made["subject"], "arrived", leg=1).ok(201)
    items = cell.house.get(CELL, "watch").ok().json["items"]
    found = [item["words"] for item in items if item["what"] == "expected again"]
    assert len(found) == 1
    assert "landed after leg 1" in found[0]
