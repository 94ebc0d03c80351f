"""Times, counts and places as they are typed; a bound that was not said stays unknown."""

from __future__ import annotations

import pytest
from msgspec import to_builtins

from keepclear.commands.typed import count, dated, place, stamp
from keepclear.errors import KeepclearError


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("20 vehicles", {"low": 20, "high": 20, "unit": "vehicles"}),
        ("10 to 20 people", {"low": 10, "high": 20, "unit": "people"}),
        ("10-20", {"low": 10, "high": 20}),
        ("at least 100 killed", {"low": 100, "words": "at least 100", "unit": "killed"}),
        ("up to 300 killed or wounded", {"high": 300, "words": "up to 300", "unit": "killed or wounded"}),
        ("several dozen", {"words": "several dozen"}),
        ("about 100", {"words": "about 100"}),
        ("9" * 40, {"words": "9" * 40}),
    ],
)
def test_a_count_is_read_as_it_was_said(typed, read):
    assert to_builtins(count(typed)) == read


def test_a_time_is_an_instant_or_a_day_and_may_be_approximate():
    assert to_builtins(stamp("2018-02-07T20:00:00+02:00")) == {"at": "2018-02-07T18:00:00Z"}
    assert to_builtins(stamp("about 2018-02-07")) == {
        "at": "2018-02-07T00:00:00Z",
        "precision": "day",
        "about": True,
    }


@pytest.mark.parametrize("typed", ["yesterday", "2018-02-07T20:00:00", "", "2018-13-40"])
def test_what_is_no_time_is_refused_at_its_field(typed):
    with pytest.raises(KeepclearError) as refused:
        stamp(typed, "when")
    assert refused.value.field == "when"


def test_an_empty_count_is_refused_and_a_place_has_words_or_a_position():
    with pytest.raises(KeepclearError):
        count(" ")
    assert place("", "", None) is None
    found = place("east", "35.336 N 40.309 E", 4000.0)
    assert to_builtins(found) == {
        "words": "east",
        "area": {"shape": "spot", "at": {"lon": 40.309, "lat": 35.336}, "accuracy_m": 4000.0},
    }


def test_what_follows_carries_its_day_and_other_words_stand_as_they_are():
    assert to_builtins(dated("names by 2099-04-01"))["words"] == "names"
    assert to_builtins(dated("stand by the ford")) == {"words": "stand by the ford"}
