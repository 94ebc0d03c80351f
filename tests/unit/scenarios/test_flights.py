from __future__ import annotations

import shutil

import pytest
from tests.staging import STORIES, story

from keepclear.errors import Malformed
from keepclear.scenarios.demo import Recorded
from keepclear.scenarios.flights import flights, programme

NAME = "fire_airspace"
FOUND = flights(STORIES / NAME)
RECORDED = Recorded(FOUND.feed, 38, "", "", 60.0, FOUND.credit, FOUND.licence, FOUND.address)


def test_every_act_has_a_caption_at_its_own_second_and_none_waits_by_itself():
    shown = programme(STORIES / NAME, story(NAME), FOUND, RECORDED, 100.0, lambda at: float(at.day))
    assert [(each.step, each.at_s) for each in shown.captions] == [
        ("4-a1", 7.0), ("4-a2", 7.0), ("4-01", 8.0), ("4-02", 9.0), ("4-03", 13.0)
    ]  # fmt: skip
    assert {each.account for each in shown.captions} == {"Invented for the exercise"}
    assert set(shown.seconds.values()) == {0.0}
    assert set(shown.seconds) == {step.step for step in story(NAME).steps}


def test_the_map_and_who_recorded_it_are_told():
    shown = programme(STORIES / NAME, story(NAME), FOUND, RECORDED, 100.0, lambda at: 0.0)
    assert shown.view == (-118.2, 32.35, -115.8, 34.5)
    assert shown.recorded is RECORDED
    assert shown.desks == ("AIR", "FIRE")
    assert shown.sample_plan["geometry"]["type"] == "LineString"


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        ("desk: AIR", "desk: SEA", "flights-desk"),
        ("2020-09-09T14:57:00Z", "2020-09-09T14:57:00", "naive-time"),
        ("licence: MIT", "licences: MIT", "type"),
    ],
)
def test_what_does_not_hold_together_is_refused(tmp_path, old, new, rule):
    shutil.copytree(STORIES / NAME, tmp_path / NAME)
    path = tmp_path / NAME / "flights.yaml"
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new))
    with pytest.raises(Malformed) as refused:
        flights(tmp_path / NAME)
    assert refused.value.rule == rule
