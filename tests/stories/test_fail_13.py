"""A convoy hit while unloading: three figures of the dead, each with its range; none is chosen (FAIL-13(c)).

The twin shows the story failing when ranges are made single numbers.
"""

from __future__ import annotations

import pytest
from tests.stories.playing import staged

import keepclear.views.incidents as incident_views


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
