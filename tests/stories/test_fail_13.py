"""A convoy hit while unloading (FAIL-13): the halt as a protected site, check-ins, three figures of the dead.

Each twin shows its story failing when the rule is off, or one thing is as it was then.
"""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.building_node import feature, plan
from tests.notifying import AGENCY, FORCE, Cell
from tests.stories.playing import staged

import keepclear.rules.conflicts as conflicts
import keepclear.views.incidents as incident_views
import keepclear.views.movements as movements
from keepclear.times import Window


def three_figures_stand_with_their_ranges(stage):
    """At least ten, 18, about 20; the board's author "not identified" is kept as a finding of its own."""
    item = stage.fetch("SYR", "incidents")["items"][0]
    aspects = {aspect["aspect"]: aspect for aspect in item["aspects"]}
    dead = [(row["shown"], row["low"], row["high"], row["whose"]) for row in aspects["killed"]["claims"]]
    assert dead == [
        ("at least 10", 10, None, "people at the convoy"),
        ("18 killed", 18, 18, "people at the convoy"),
        ("about 20", None, None, "people at the convoy"),
    ]
    assert set(aspects["killed"]) == {"aspect", "claims"}
    found = [(row["shown"], row["finding"]) for row in aspects["initiator"]["claims"]]
    assert found == [("author not identified", True)]


def test_fail_13c_three_figures_stand_with_their_ranges():
    three_figures_stand_with_their_ranges(staged("urum_convoy"))


def test_fail_13c_twin_single_numbers_would_choose_for_the_reader(monkeypatch):
    whole = incident_views.ClaimView

    def narrowed(**fields):
        return whole(**{**fields, "high": fields["high"] if fields["high"] is not None else fields["low"]})

    monkeypatch.setattr(incident_views, "ClaimView", narrowed)
    with pytest.raises(AssertionError):
        three_figures_stand_with_their_ranges(staged("urum_convoy"))


# Halts as temporary sites, and check-ins per leg.


@pytest.fixture
def cell():
    with Cell() as made:
        yield made


AROUND_THE_HALT = feature(
    39.1, 35.9, 1_000.0, window={"start": "2018-02-03T08:00:00Z", "end": "2018-02-03T09:00:00Z"}
)
AFTERWARDS = feature(
    39.1, 35.9, 1_000.0, window={"start": "2018-02-03T10:00:00Z", "end": "2018-02-03T12:00:00Z"}
)


def unloading_is_a_protected_site_while_it_lasts(cell):
    """FAIL-13(a): the halt stands in the list and in the check of a plan in its window, and only then."""
    cell.told_movement()
    seen = {}
    for clock in ("06:59", "07:00", "09:59", "10:00"):
        cell.at(clock)
        seen[clock] = (cell.sites(FORCE), cell.sites(AGENCY))
    assert seen == {
        "06:59": ([], []),
        "07:00": (["Halt 1"], []),
        "09:59": (["Halt 1"], []),
        "10:00": ([], []),
    }
    checked = cell.house.post(FORCE, "check", plan(AROUND_THE_HALT)).ok().json
    assert [(found["what"], found["matter"]["name"]) for found in checked["findings"]] == [
        ("temporary site", "Movement 7")
    ]
    assert cell.house.post(FORCE, "check", plan(AFTERWARDS)).ok().json["findings"] == []


def test_fail_13a_unloading_is_a_protected_site_while_it_lasts(cell):
    unloading_is_a_protected_site_while_it_lasts(cell)


def test_fail_13a_twin_a_plan_of_legs_alone_has_no_halt(cell, monkeypatch):
    monkeypatch.setattr(conflicts, "_temporary_sites", lambda picture: iter(()))
    with pytest.raises(AssertionError):
        unloading_is_a_protected_site_while_it_lasts(cell)


def test_fail_13a_twin_a_halt_without_its_window_would_stand_for_ever(cell, monkeypatch):
    monkeypatch.setattr(Window, "holds", lambda self, at: True)
    with pytest.raises(AssertionError):
        unloading_is_a_protected_site_while_it_lasts(cell)


def each_leg_is_checked_in(cell, last="07:00"):
    """FAIL-13(b): every leg has its check-ins, at the halt too; what is missed is known ten minutes later."""
    made = cell.under_way()
    subject = made["subject"]
    assert cell.movement()["check_in_due"] == "2018-02-03T06:50:00Z"
    cell.step(subject, "checked in", leg=2).refused("leg-begun", 422)
    cell.at("06:50")
    cell.step(subject, "arrived", leg=1, where="at the halt").ok(201)
    cell.at(last)
    cell.step(subject, "checked in", leg=1, where="unloading").ok(201)
    legs = cell.movement()["legs"]
    assert [(leg["departed_at"], leg["arrived_at"]) for leg in legs] == [
        ("2018-02-03T06:00:00Z", "2018-02-03T06:50:00Z"), (None, None)
    ]  # fmt: skip
    assert legs[0]["where"] == "unloading"
    cell.at("07:39")
    assert cell.movement()["lost"] is None
    cell.at("07:40")
    assert cell.movement()["lost"]["last_contact"] == "2018-02-03T07:00:00Z"


def test_fail_13b_each_leg_is_checked_in(cell):
    each_leg_is_checked_in(cell)


def test_fail_13b_twin_a_later_check_in_is_not_missed_yet(cell):
    with pytest.raises((AssertionError, TypeError)):
        each_leg_is_checked_in(cell, last="07:05")


def test_fail_13b_twin_without_the_interval_nobody_misses_it(cell, monkeypatch):
    monkeypatch.setattr(movements, "MISSED_AFTER", timedelta(days=1))
    with pytest.raises((AssertionError, TypeError)):
        each_leg_is_checked_in(cell)


def test_fail_13b_a_check_in_tells_no_coordinates(cell):
    made = cell.under_way()
    answer = cell.step(made["subject"], "checked in", leg=1, where="at 35.9012, 39.1034")
    answer.refused("LIM-08", 403)
