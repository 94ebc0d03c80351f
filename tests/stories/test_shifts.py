"""The rota names persons: gaps and overlaps are said, a handover moves a shift, a plan names the station."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.building_node import house
from tests.stories.watched import Desk

import keepclear.rules.alarming as alarming
import keepclear.views.shifts as shift_views
from keepclear.commands.ports import AttachmentRow, Batch
from keepclear.model.shifts import ShiftStated
from keepclear.model.words import Attachment
from keepclear.record.canonical import salted_hash


def shift(person, start, end, **more):
    day = "2018-02-01T"
    return {"role": "duty officer", "name": person, "start": f"{day}{start}:00Z",
            "end": f"{day}{end}:00Z", **more}  # fmt: skip


def state(node, *shift_of, **more):
    return node.post("COA", "shifts", shift(*shift_of, **more)).ok(201).json


def a_gap_and_an_overlap_are_said(node):
    state(node, "Major Adams", "06:00", "12:00", station="desk 1")
    state(node, "Captain Brook", "11:00", "16:00")
    state(node, "Captain Cole", "17:00", "22:00")
    rows = node.items("COA", "shifts")
    assert [row["what"] for row in rows] == ["shift", "overlap", "shift", "gap", "shift"]
    assert (rows[1]["start"], rows[1]["end"]) == ("2018-02-01T11:00:00Z", "2018-02-01T12:00:00Z")
    assert (rows[3]["start"], rows[3]["end"]) == ("2018-02-01T16:00:00Z", "2018-02-01T17:00:00Z")
    assert rows[3]["words"].startswith("nobody between Captain Brook and Captain Cole")


def a_handover_moves_the_shift(node):
    state(node, "Major Adams", "06:00", "12:00")
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


def the_plan_names_the_station_on_shift(desk):
    now = desk.node.clock.now()
    ends = now + timedelta(hours=8)
    named = kept_name(desk.node, "Captain Brook")
    body = ShiftStated("duty officer", named.salted_hash, now, ends, "desk 1")
    desk.tell("COA", body, attachments=(named,))
    desk.call_in()
    desk.run(65, tick_s=5)
    steps = desk.alarm("on-hold").body.plan.steps
    assert steps[0].words.startswith("On shift at desk 1.")
    assert "desk 1" not in "".join(step.words for step in steps[1:])
    assert "Captain Brook" not in "".join(step.words for step in steps), "a plan stands for good"


def kept_name(node, name):
    salt = node.keys.salt("COA")
    row = AttachmentRow(salted_hash(salt, name.encode()), salt, name.encode())
    node.store.commit(Batch(attachments=(row,)))
    return Attachment(row.salted_hash, "name")


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


def test_the_plan_names_the_station_on_shift():
    the_plan_names_the_station_on_shift(Desk())


def test_the_plan_names_the_station_on_shift_twin(monkeypatch):
    monkeypatch.setattr(alarming, "with_stations", lambda rows, body, now: body)
    with pytest.raises(AssertionError):
        the_plan_names_the_station_on_shift(Desk())


def test_a_shift_is_told_to_nobody_and_ends_after_it_starts(node):
    made = state(node, "Major Adams", "06:00", "12:00")
    body = node.get("COA", f"statements/{made['statement']}").ok().json["statement"]["body"]
    node.try_tell("COA", body, "RUS").refused("shift-readers")
    node.try_tell("COA", body).refused("name-beside")
    node.post("COA", "shifts", shift("Major Adams", "12:00", "12:00")).refused("window-order")
    state(node, "Major Adams", "06:00", "12:00")
    assert node.items("RUS", "shifts") == []
