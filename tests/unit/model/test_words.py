"""Ids, counts and places: ownership is in the id, a missing bound is unknown, and nothing is empty."""

from __future__ import annotations

import pytest

from keepclear.errors import Malformed
from keepclear.geo.shapes import Point, Spot
from keepclear.model.words import Count, Place, owner_of


def test_the_owner_is_read_from_the_id():
    assert owner_of("RUS.k7qf") == "RUS"
    assert owner_of("A-1.b.c") == "A-1"


@pytest.mark.parametrize(
    ("count", "read"),
    [
        (Count(low=25, high=25, unit="wounded"), "25 wounded"),
        (Count(low=100, unit="killed"), "100 to unknown killed"),
        (Count(high=40), "unknown to 40"),
        (Count(low=100, words=">100"), ">100"),
    ],
)
def test_a_count_reads_as_its_speaker_gave_it(count, read):
    assert count.shown() == read


def test_only_two_equal_bounds_make_an_exact_number():
    assert Count(low=5, high=5).is_exact
    assert not Count(low=5).is_exact
    assert not Count(words="five").is_exact


@pytest.mark.parametrize(
    ("fields", "rule"),
    [({}, "count-empty"), ({"low": -1}, "count-range"), ({"low": 3, "high": 2}, "count-range")],
)
def test_a_count_that_says_nothing_or_nonsense_is_refused(fields, rule):
    with pytest.raises(Malformed) as refused:
        Count(**fields)
    assert refused.value.rule == rule


def test_a_place_says_something_or_that_it_is_withheld():
    assert Place(withheld=True).words == ""
    with pytest.raises(Malformed, match="place-empty"):
        Place()


@pytest.mark.parametrize(
    "given", [{"words": "Amman"}, {"area": Spot(Point(35.9, 31.9), 500.0)}], ids=["words", "area"]
)
def test_a_withheld_place_is_not_told_beside_its_withholding(given):
    with pytest.raises(Malformed) as refused:
        Place(withheld=True, **given)
    assert refused.value.rule == "place-withheld"
    assert not Place(**given).withheld
