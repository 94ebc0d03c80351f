"""The rota names persons: gaps and overlaps are said, a handover moves a shift, a plan names who is there."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.building_node import house
from tests.stories.watched import Desk

import keepclear.rules.alarming as alarming
import keepclear.views.shifts as shift_views
from keepclear.model.shifts import ShiftStated


def shift(person, start, end, **more):
    day = "2018-02-01T"
    return {"kind": "shift", "role": "duty officer", "person": person, "start": f"{day}{start}:00Z",
            "end": f"{day}{end}:00Z", **more}  # fmt: skip


def a_gap_and_an_overlap_are_said(node):
    node.tell("COA", shift("Major Adams", "06:00", "12:00", station="desk 1"))
    node.tell("COA", shift("Captain Brook", "11:00", "16:00"))
    node.tell("COA", shift("Captain Cole", "17:00", "22:00"))
    rows = node.items("COA", "shifts")
    assert [row["what"] for row in rows] == ["shift", "overlap", "shift", "gap", "shift"]
    assert (rows[1]["start"], rows[1]["end"]) == ("2018-02-01T11:00:00Z", "2018-02-01T12:00:00Z")
    assert (rows[3]["start"], rows[3]["end"]) == ("2018-02-01T16:00:00Z", "2018-02-01T17:00:00Z")
    assert rows[3]["words"].startswith("nobody between Captain Brook and Captain Cole")


def a_handover_moves_the_shift(node):
    node.tell("COA", shift("Major Adams", "06:00", "12:00"))
    people = {"outgoing": "Major Adams", "incoming": "Captain Brook"}
    made = node.post("COA", "watch/handovers", people).ok(201).json
    assert node.items("COA", "shifts")[0]["now_with"] == "Major Adams"
    node.post("COA", f"watch/handovers/{made['statement']}/countersign", {"name": "Captain Brook"}).ok(201)
    row = node.items("COA", "shifts")[0]
    assert (row["now_with"], row["words"], row["state"]) == (
        "Captain Brook",
        "handed over by Major Adams",
        "on",
    )


def the_plan_names_who_is_on_shift(desk):
    now = desk.node.clock.now()
    ends = now + timedelta(hours=8)
    desk.tell("COA", ShiftStated("duty officer", "Captain Brook", now, ends, "desk 1"))
    desk.call_in()
    desk.run(65, tick_s=5)
    steps = desk.alarm("on-hold").body.plan.steps
    assert steps[0].words.startswith("On shift: Captain Brook, desk 1.")
    assert "Captain Brook" not in "".join(step.words for step in steps[1:])


@pytest.fixture
def node():
    with house() as made:
        yield made


def test_a_gap_and_an_overlap_are_said(node):
    a_gap_and_an_overlap_are_said(node)


def test_a_gap_and_an_overlap_are_said_twin(node, monkeypatch):
    monkeypatch.setattr(shift_views, "_between", lambda shifts, now: iter(()))
    with pytest.raises(AssertionError):
        a_gap_and_an_overlap_are_said(node)


def test_a_handover_moves_the_shift(node):
    a_handover_moves_the_shift(node)


def test_a_handover_moves_the_shift_twin(node, monkeypatch):
    monkeypatch.setattr(shift_views, "_taken", lambda picture: iter(()))
    with pytest.raises(AssertionError):
        a_handover_moves_the_shift(node)


def test_the_plan_names_who_is_on_shift():
    the_plan_names_who_is_on_shift(Desk())


def test_the_plan_names_who_is_on_shift_twin(monkeypatch):
    monkeypatch.setattr(alarming, "with_persons", lambda rows, body, now: body)
    with pytest.raises(AssertionError):
        the_plan_names_who_is_on_shift(Desk())


def test_a_shift_is_told_to_nobody_and_ends_after_it_starts(node):
    node.try_tell("COA", shift("Major Adams", "06:00", "12:00"), "RUS").refused("kept-in-own-log")
    node.try_tell("COA", shift("Major Adams", "12:00", "12:00")).refused("window-order")
    node.tell("COA", shift("Major Adams", "06:00", "12:00"))
    assert node.items("RUS", "shifts") == []
