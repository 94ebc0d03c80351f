"""Receipts were confirmed at headquarters, and the crew had other graphics (FAIL-01).

(c) and (d) stand with the site in danger and the cards. The twin shows the story failing.
"""

from __future__ import annotations

import pytest
from tests.building_node import house, notice, rung


def ladder_of(desk, statement):
    [row] = [row for row in desk.items("COA", "told/RUS") if row["statement"] == statement]
    return row


def who_has_which_text_is_told_cell_by_cell(desk, cell):
    """FAIL-01(a): relayed and briefed name the cell and the text; a new text begins its ladder anew."""
    first = desk.tell("COA", notice("Hospital, coordinates"), "RUS")
    desk.later()
    desk.tell("RUS", rung(first, "RUS", "relayed", cell=cell), "COA")
    desk.tell("RUS", rung(first, "RUS", "briefed", cell="crew of the evening"), "COA")
    desk.later()
    second = desk.tell("COA", notice("Hospital, coordinates corrected"), "RUS", subject=first["subject"])
    rows = {name: ladder_of(desk, made["statement"]) for name, made in (("old", first), ("new", second))}
    relayed, briefed = rows["old"]["ladder"]["steps"][-2:]
    assert (relayed["rung"], relayed["cell"], relayed["how"]) == ("relayed", "air operations cell", "own")
    assert (briefed["rung"], briefed["cell"]) == ("briefed", "crew of the evening")
    assert (rows["old"]["ordinal"], rows["old"]["superseded"]) == (1, True)
    assert (rows["new"]["ordinal"], rows["new"]["ladder"]["reached"]) == (2, "sent")
    paused = {"kind": "status", "of": second["statement"], "status": "paused", "reason": "under way"}
    desk.tell("RUS", rung(second, "RUS", "relayed", cell=cell), "COA")
    desk.tell("COA", paused, "RUS")
    assert ladder_of(desk, second["statement"])["ladder"]["reached"] == "relayed", (
        "a condition resets nothing"
    )
    for word in ("refused", "disputed", "no answer"):
        desk.tell("RUS", rung(second, "RUS", word, cell=cell, remarks="as asked"), "COA")
    beside = ladder_of(desk, second["statement"])["ladder"]["beside"]
    assert {(step["rung"], step["how"], step["cell"]) for step in beside} == {
        (word, "own", cell) for word in ("refused", "disputed", "no answer")
    }
    by_hand = {
        "body": rung(second, "RUS", "briefed", cell="second crew"), "via": "phone",
        "said_by": {"name": "desk", "party": "RUS"},
    }  # fmt: skip
    desk.post("COA", "statements", by_hand).ok(201)
    steps = ladder_of(desk, second["statement"])["ladder"]["steps"]
    [last] = [step for step in steps if step["cell"] == "second crew"]
    assert (last["rung"], last["how"]) == ("briefed", "reported")
    assert last["per"] == "Coalition (CJTF-OIR), from desk"


def test_fail_01a_who_has_which_text_is_told_cell_by_cell():
    with house() as desk:
        who_has_which_text_is_told_cell_by_cell(desk, "air operations cell")


def test_fail_01a_twin_headquarters_is_not_the_cell():
    with house() as desk, pytest.raises(AssertionError):
        who_has_which_text_is_told_cell_by_cell(desk, "")
