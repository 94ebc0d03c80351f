"""The stated rate of false findings beside the measured one, on made-up series, and what must hold.

Every promise has its twin: the same series with the rule behind it off, for which it does not hold.
"""

from __future__ import annotations

import math
from datetime import date, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.shares import mostly_long
from tests.simulated_counts import SEED, UNCHANGED, delay, false_a_month, found_at, missing, steady, table

from keepclear.model.base_rates import BaseRateSet
from keepclear.model.words import SubjectId
from keepclear.rules.base_rates import Departure, coverage, standing
from keepclear.rules.steadiness import DAYS_A_MONTH, SCATTER, chance, mean_run, run, threshold
from keepclear.views.daily_counts import DayCount, Series, Watched

PAGE = Path(__file__).parents[2] / "docs/explanation/build-up-watch.md"
FIRST = date(2026, 1, 1)
GRAVE = (Departure.CERTAIN, Departure.POSSIBLE)
INDEPENDENT = [name for name in UNCHANGED if not any(w in name for w in ("50 %", "upwards", "together"))]


@pytest.mark.long
def test_the_page_states_what_is_measured():
    assert table() in PAGE.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", mostly_long(INDEPENDENT, 3))
def test_what_does_not_change_raises_no_more_than_was_set(name):
    assert false_a_month(UNCHANGED[name]) <= 1.5 * 0.1


@pytest.mark.long
@pytest.mark.parametrize("rate", [0.03, 0.25, 0.5])
def test_the_rate_can_be_set(rate):
    """Measured within a factor of three of the set one, and a lower one finds later."""
    assert rate / 3 <= false_a_month(steady(100, 0.35), rate) <= 3 * rate


@pytest.mark.long
def test_a_lower_rate_finds_later():
    strict, loose = delay(100, 0.35, 2, 0.03), delay(100, 0.35, 2, 1.0)
    assert loose[0] < strict[0]


@pytest.mark.parametrize("rate", [0.03, 0.1, 0.5, 1.0])
def test_the_limit_has_the_mean_run_that_was_asked_for(rate):
    """Against made-up normal scores, not against the chain by which the limit was found."""
    rng = np.random.default_rng(SEED)
    limit, runs = threshold(rate), []
    for _ in range(400):
        total, day = 0.0, 0
        while total <= limit:
            total, day = max(0.0, total + rng.normal() - 0.5), day + 1
        runs.append(day)
    wanted = DAYS_A_MONTH / rate
    assert mean_run(limit) == pytest.approx(wanted, rel=0.01)
    assert np.mean(runs) == pytest.approx(wanted, rel=0.2)


def filled_with_zero(mean, scatter, part):
    def made(rng, n):
        whole = steady(mean, scatter)(rng, n)
        return np.where(rng.random(n) >= part, whole, 0)

    return made


def test_missing_days_twin_taken_for_zero_they_make_a_rise_of_every_day_of_looking():
    """Missing is not zero: three days a month on which somebody looks would each be a build-up."""
    rng = np.random.default_rng(SEED)
    found = [0, 0]
    for _ in range(40):
        looked = missing(100, 0.1, 0.8)(rng, 120)
        zeroed = filled_with_zero(100, 0.1, 0.8)(rng, 120)
        for way, counts in enumerate((looked, zeroed)):
            found[way] += len(found_at(tuple(int(count) for count in counts)))
    assert found[0] == 0
    assert found[1] >= 10


def two_observers(rng):
    """One counts for eighty days; a second one begins on the fortieth and sees the same."""
    counts = [int(count) for count in steady(100, 0.2)(rng, 80)]
    again = [int(count) for count in steady(100, 0.2)(rng, 40)]
    first = tuple(DayCount(FIRST + timedelta(days=n), count, count) for n, count in enumerate(counts))
    second = tuple(DayCount(FIRST + timedelta(days=40 + n), count, count) for n, count in enumerate(again))
    return first, second


def series(*observers):
    watched = tuple(Watched(f"post {n}", days) for n, days in enumerate(observers, 1))
    return Series(SubjectId("COA.s"), "people", "", watched)


def added_up(first, second):
    by_day = {day.day: day.low for day in second}
    counts = [(day.day, day.low + by_day.get(day.day, 0)) for day in first]
    return tuple(DayCount(day, count, count) for day, count in counts)


def test_a_second_observer_is_a_change_of_coverage_and_no_build_up():
    rng = np.random.default_rng(SEED)
    apart = together = 0
    for _ in range(25):
        first, second = two_observers(rng)
        both = series(first, second)
        apart += any(each.answer in GRAVE for each in standing(both, BaseRateSet("test")))
        together += standing(series(added_up(first, second)), BaseRateSet("test"))[0].answer in GRAVE
        now = datetime.fromisoformat("2026-03-21T12:00:00+00:00")
        [change] = coverage(both, now)
        assert change.day == FIRST + timedelta(days=40)
        assert change.words.startswith("coverage changed: post 2 began to count")
    assert apart <= 1
    assert together >= 23, "the twin: added up, every new observer is a build-up"


LEVELS = st.lists(st.integers(0, 300), min_size=5, max_size=30)


@given(
    st.integers(0, 400), st.integers(0, 3_000), st.integers(3, 28), st.integers(0, 300), st.integers(0, 900)
)
def test_a_higher_count_on_a_lower_base_is_never_more_usual(count, before, days, more, less):
    """So what is certain at the low ends against the high ends holds for every level between."""
    higher = chance(count + more, max(0, before - less), days, SCATTER)
    assert higher <= chance(count, before, days, SCATTER) + 1e-9


@given(st.integers(0, 60), st.integers(0, 300), st.integers(3, 28))
def test_the_chance_is_that_of_the_definition(count, before, days):
    """Against the sum over all shares that the day could have had, in fractions of gamma functions."""
    size, total = 1 / SCATTER**2, count + before

    def part(share):
        both = math.lgamma(share + size) + math.lgamma(total - share + days * size)
        return both - math.lgamma(share + 1) - math.lgamma(total - share + 1)

    top = max(map(part, range(total + 1)))
    shares = [math.exp(part(share) - top) for share in range(total + 1)]
    wanted = (sum(shares[count + 1 :]) + shares[count] / 2) / sum(shares)
    assert chance(count, before, days, SCATTER) == pytest.approx(wanted, abs=1e-9)


@given(LEVELS)
def test_what_is_as_usual_in_the_worst_case_is_never_called_certain(lows):
    """Bands so wide that all days can be the same tell nothing for certain."""
    top = max(lows) + 1
    days = tuple(DayCount(FIRST + timedelta(days=n), min(low, top - 1), top) for n, low in enumerate(lows))
    [found] = standing(series(days), BaseRateSet("test"))
    assert found.answer != Departure.CERTAIN


@given(st.lists(st.integers(0, 200), min_size=8, max_size=40), st.integers(0, 39))
def test_what_comes_later_changes_nothing_of_what_was_found(counts, cut):
    whole = run(tuple(counts), tuple(counts), 0.1)
    part = run(tuple(counts[:cut]), tuple(counts[:cut]), 0.1)
    assert whole.days[: len(part.days)] == part.days
