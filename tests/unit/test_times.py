from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keepclear.errors import Malformed
from keepclear.times import EPOCH, Precision, Stamp, Window, instant, microseconds, span_words, text, utc

NOON = datetime(2018, 2, 7, 12, tzinfo=UTC)


def test_a_time_is_read_with_its_offset_and_kept_in_utc():
    assert utc("2018-02-07T15:00:00+03:00") == NOON
    assert utc("2018-02-07T12:00:00Z").tzinfo is UTC


@pytest.mark.parametrize(
    ("words", "rule"),
    [
        ("2018-02-07T15:00:00", "naive-time"),
        ("yesterday", "rfc3339"),
        ("0001-01-01T00:00:00+14:00", "calendar"),
        ("9999-12-31T23:59:59-12:00", "calendar"),
    ],
)
def test_a_time_that_cannot_be_kept_is_refused(words, rule):
    with pytest.raises(Malformed) as refused:
        utc(words)
    assert refused.value.rule == rule
    assert refused.value.passes


def test_a_window_takes_bounds_of_any_offset_but_none_beyond_the_calendar():
    there = timezone(timedelta(hours=3))
    assert Window(datetime(2018, 2, 7, 15, tzinfo=there)).start == NOON
    with pytest.raises(Malformed, match="calendar"):
        Window(datetime(1, 1, 1, tzinfo=there))


@pytest.mark.parametrize("offset", ["", "+99:00", "3", "+03", "+03:60", "utc", "+03:00:00", "+٠٣:00"])
def test_a_stamp_that_could_not_be_shown_is_refused(offset):
    with pytest.raises(Malformed) as refused:
        Stamp(NOON, offset=offset)
    assert refused.value.rule == "offset"


@pytest.mark.parametrize("offset", ["+00:00", "+03:00", "-09:30", "+14:00", "+3:00"])
@pytest.mark.parametrize("year", [2, 1900, 9998])
@pytest.mark.parametrize("precision", list(Precision))
def test_a_stamp_that_is_taken_can_be_shown_and_spanned(offset, year, precision):
    made = Stamp(datetime(year, 12, 1, tzinfo=UTC), offset=offset, precision=precision)
    assert made.shown()
    assert made.span().holds(made.at)


@pytest.mark.parametrize("at", [datetime(1, 6, 1, tzinfo=UTC), datetime(9999, 6, 1, tzinfo=UTC)])
def test_a_stamp_at_the_edge_of_the_calendar_is_refused(at):
    with pytest.raises(Malformed, match="calendar"):
        Stamp(at)


def test_what_lies_in_no_year_in_utc_is_shown_as_it_was_stated():
    west = datetime.fromisoformat("9999-12-31T23:59:59-14:00")
    assert text(west) == "9999-12-31T23:59:59-14:00"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (-3, "0 s"),
        (0, "0 s"),
        (59.9, "59 s"),
        (60, "1 min"),
        (3_599, "59 min"),
        (3_600, "1 h"),
        (7_500, "2 h 05 min"),
        (2 * 86_400 - 1, "47 h 59 min"),
        (2 * 86_400, "2 d"),
        (9.99 * 86_400, "9 d"),
    ],
)
def test_how_long_is_said_in_units_and_never_rounded_up(seconds, words):
    assert span_words(seconds) == words


@given(st.integers(min_value=-(10**16), max_value=10**17))
def test_an_instant_and_its_microseconds_are_one(at_us):
    assert microseconds(instant(at_us)) == at_us
    assert instant(0) == EPOCH
