"""Seven incidents before a board of inquiry: its graded words are kept as the board used them (FAIL-12(g)).

The twin shows the story failing when grades are rounded to a common scale.
"""

from __future__ import annotations

import pytest
from tests.stories.playing import staged

import keepclear.views.incidents as incident_views


def the_boards_words_are_kept(stage):
    """Four "highly probable", one "plausible", one "probable", one incident without any; no total."""
    items = stage.fetch("COA", "incidents")["items"]
    graded = [
        [
            (claim["certainty"], claim["shown"], claim["finding"], claim["speaker"])
            for claim in aspect["claims"]
        ]
        for item in items
        for aspect in item["aspects"]
    ]
    government = ("the government or its allies", True, "UN board of inquiry")
    assert graded == [
        *[[("highly probable", *government)]] * 4,
        [("plausible", *government)],
        [("probable", "armed opposition", True, "UN board of inquiry")],
    ]
    assert len(items) == 7
    assert {item["place"] for item in items} == {"place withheld"}


def test_fail_12g_the_boards_graded_words_are_kept():
    the_boards_words_are_kept(staged("idlib_inquiry"))


def test_fail_12g_twin_rounded_grades_would_put_words_into_the_boards_mouth(monkeypatch):
    whole = incident_views.ClaimView

    def rounded(**fields):
        return whole(**{**fields, "certainty": "probable"})

    monkeypatch.setattr(incident_views, "ClaimView", rounded)
    with pytest.raises(AssertionError):
        the_boards_words_are_kept(staged("idlib_inquiry"))
