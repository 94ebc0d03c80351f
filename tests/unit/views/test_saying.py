"""Counts are said in the counterpart's language with what is counted, and heard again as the same."""

from __future__ import annotations

import pytest

from keepclear.model.parts import CountPart
from keepclear.views.hearing import Outcome, compare
from keepclear.views.saying import value_words


@pytest.mark.parametrize(
    ("count", "lang", "said"),
    [
        (20, "ru", "20 машин"), (1, "ru", "1 машина"), (3, "ru", "3 машины"), (12, "ru", "12 машин"),
        (20, "ar", "20 مركبة"), (5, "ar", "5 مركبات"), (20, "en", "20 vehicles"),
    ],
)  # fmt: skip
def test_what_is_counted_is_said_in_the_language_and_heard_as_the_same(count, lang, said):
    part = CountPart("vehicles", low=count, unit="vehicles")
    assert value_words(part, lang) == said
    assert compare(part, said).outcome is Outcome.SAME


def test_a_unit_that_is_not_known_in_a_language_stays_as_it_was_written():
    assert value_words(CountPart("boats", low=3, unit="boats"), "ru") == "3 boats"


@pytest.mark.parametrize(
    "heard", ["around twenty", "around 20 vehicles", "about twenty", "примерно 20 машин"]
)
def test_around_is_no_other_thing_that_is_counted(heard):
    part = CountPart("vehicles", low=20, unit="vehicles")
    assert compare(part, heard).outcome is Outcome.SAME
    assert compare(part, heard.replace("20", "12").replace("twenty", "twelve")).outcome is Outcome.DIFFERS
    assert compare(part, f"{heard.split()[0]} 20 trucks").words == "heard trucks, said was vehicles"
