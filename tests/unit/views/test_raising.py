"""How a series goes, and whose answer an answer is."""

from __future__ import annotations

import pytest
from tests.building import count, speaker, stamp_at

from keepclear.model.hotline import Answer, AnswerGiven
from keepclear.model.notices import Band
from keepclear.model.words import Count
from keepclear.views.raising import answerer, trend_of


def bands(*counts: Count):
    return [Band(stamp_at(day), value) for day, value in enumerate(counts)]


def numbers(*values):
    return bands(*(count(value, value) for value in values))


@pytest.mark.parametrize(
    ("series", "trend"),
    [
        (numbers(50), "one band"),
        (numbers(50, 80), "rising"),
        (numbers(80, 50), "falling"),
        (numbers(50, 50), "steady"),
        (numbers(50, 80, 120, 200, 300, 400, 500), "rising"),
        (numbers(500, 300, 400, 200, 90), "falling"),
        (numbers(50, 90, 40, 50), "steady"),
        (numbers(10, 50, 60, 5), "steady"),
        (bands(count(50), count(words="many"), count(90)), "rising"),
        (bands(count(words="few"), count(words="many")), "not counted"),
        (bands(count(None, 20), count(30, 60)), "rising"),
        (bands(count(40, 80), count(50, 120)), "unclear"),
        (bands(count(40, 80), count(90, 120), count(70, 100)), "unclear"),
        (bands(count(40, 80), count(40, 80)), "steady"),
        (bands(count(40), count(None, 80)), "unclear"),
    ],
)
def test_a_trend_is_told_from_all_pairs_and_both_ends(series, trend):
    assert trend_of(series)[0] == trend


def test_one_band_says_that_it_has_no_trend():
    assert trend_of(numbers(500))[1] == "One band, 500: no trend can be told from it."


def entry_of(world, statement):
    return world.picture("COA").entry(statement.id)


def test_an_answer_is_that_of_its_author_or_of_whom_it_speaks_for(world):
    own = world.tell("RUS", AnswerGiven(Answer.OURS), "COA")
    spoken = world.tell("COA", AnswerGiven(Answer.OURS), said_by=speaker("desk", "RUS"))
    assert answerer(entry_of(world, own), ()) == answerer(entry_of(world, spoken), ()) == "RUS"


def test_an_unnamed_voice_answers_for_the_only_one_who_was_asked(world):
    told = world.tell("COA", AnswerGiven(Answer.OURS), said_by=speaker("a voice", unclear=True))
    assert answerer(entry_of(world, told), ("RUS",)) == "RUS"
    assert answerer(entry_of(world, told), ("RUS", "SYR")) is None
