"""A known position is struck: which text had been told, acknowledged by whom, when, in force? (FAIL-08)

The twin shows the story failing when receipts count per subject instead of per text.
"""

from __future__ import annotations

import pytest
import tests.staging as staging
from tests.stories.playing import staged

from keepclear.views.told import ladder


def provenance(stage, party, at_step):
    """What had been told of the position by the time of a step, text by text."""
    rows = stage.fetch(party, "told/RUS", stage.played.made(at_step).at)["items"]
    return [
        (row["ordinal"], row["superseded"], row["ladder"]["reached"], persons(row["ladder"]))
        for row in rows
        if row["kind"] == "presence"
    ]


def persons(found):
    return [
        (step["rung"], step["by"], step["cell"], step["at"])
        for step in found["steps"]
        if step["how"] == "own"
    ]


def the_report_says_which_text_was_known(stage):
    """FAIL-08(b): text 1 was acknowledged and relayed, and was no longer in force; text 2 was only sent."""
    first, second = provenance(stage, "COA", "strike")
    assert first == (
        1,
        True,
        "relayed",
        [
            ("acknowledged", "ground desk, duty officer", "", "2017-09-10T05:12:00Z"),
            ("relayed", "ground desk, duty officer", "operations cell, Deir ez-Zor", "2017-09-10T06:00:00Z"),
        ],
    )
    assert second == (2, False, "sent", [])


def test_fail_08b_the_report_says_which_text_was_known():
    the_report_says_which_text_was_known(staged("known_position"))


def test_fail_08b_before_the_position_moved_its_first_text_was_in_force():
    assert provenance(staged("known_position"), "COA", "v1-relay")[0][:3] == (1, False, "relayed")


def test_fail_08b_twin_receipts_per_subject_would_call_the_new_position_known(monkeypatch):
    def told_as_one(box, own, reader, at=None):
        rows = staging_told(box, own, reader, at)
        first = {}
        for row in rows:
            first.setdefault(row.entry.statement.subject, ladder(own, row.entry, reader, at))
        return [type(row)(row.entry, row.ordinal, False, first[row.entry.statement.subject]) for row in rows]

    staging_told = staging.told
    monkeypatch.setattr(staging, "told", told_as_one)
    with pytest.raises(AssertionError):
        the_report_says_which_text_was_known(staged("known_position"))
