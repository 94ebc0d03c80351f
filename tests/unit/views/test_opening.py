"""Opening hours and times of day in 30 zones, against clocks read minute by minute."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.shares import mostly_long

from keepclear.model.hours import CheckTimes, Day, Hours, Span
from keepclear.views.opening import due_between, last_due, next_due, opening, zone_of

ZONES = (
    "Asia/Damascus", "Asia/Baghdad", "Asia/Beirut", "Asia/Jerusalem", "Asia/Gaza", "Asia/Amman",
    "Asia/Tehran",
    "Asia/Kabul", "Asia/Kathmandu", "Asia/Seoul", "Asia/Kolkata", "Europe/Moscow", "Europe/Istanbul",
    "Europe/Berlin", "Europe/London", "Europe/Kyiv", "Europe/Lisbon", "Africa/Cairo", "Africa/Casablanca",
    "Africa/Tripoli", "America/New_York", "America/St_Johns", "America/Sao_Paulo", "America/Santiago",
    "Australia/Lord_Howe", "Australia/Adelaide", "Pacific/Chatham", "Pacific/Apia", "Atlantic/Azores", "UTC",
)  # fmt: skip
MINUTE = timedelta(minutes=1)
TIMES = st.builds(lambda h, m: f"{h:02d}:{m:02d}", st.integers(0, 23), st.sampled_from((0, 15, 30, 45, 59)))


def changes(zone: str, year: int) -> list[datetime]:
    """The instants of a year, to the hour, after which the clocks of a zone run otherwise."""
    there, at = ZoneInfo(zone), datetime(year, 1, 1, tzinfo=UTC)
    found = []
    for _ in range(366 * 24):
        after = at + timedelta(hours=1)
        if at.astimezone(there).utcoffset() != after.astimezone(there).utcoffset():
            found.append(at)
        at = after
    return found


def read_minute_by_minute(hours: Hours, start: datetime, minutes: int) -> list[bool]:
    """What a person with a wall clock says: open from the first minute at or past, to the last before."""
    zone = ZoneInfo(hours.zone)
    walls = [
        (start + n * MINUTE).astimezone(zone).replace(tzinfo=None)
        for n in range(-2 * 1440, minutes + 2 * 1440)
    ]
    is_open = [False] * len(walls)
    for day in sorted({wall.date() for wall in walls}):
        for span in hours.spans:
            if span.days and list(Day)[day.weekday()] not in span.days:
                continue
            opens, closes = time.fromisoformat(span.opens), time.fromisoformat(span.closes)
            till = day if closes > opens else day + timedelta(days=1)
            begin, end = datetime.combine(day, opens), datetime.combine(till, closes)
            first = next((n for n, wall in enumerate(walls) if wall >= begin), None)
            before = [n for n, wall in enumerate(walls) if wall < end]
            if first is not None and before:
                is_open[first : before[-1] + 1] = [True] * (before[-1] + 1 - first)
    return is_open[2 * 1440 : 2 * 1440 + minutes]


def cases() -> list[tuple[str, datetime]]:
    found = []
    for zone in ZONES:
        near = [*changes(zone, 2021)[:2], *changes(zone, 2011)[:2], datetime(2022, 6, 15, tzinfo=UTC)]
        found += [(zone, at) for at in near]
    return found


CASES = cases()


def test_the_cases_are_30_zones_with_their_clock_changes():
    assert len(set(ZONES)) == 30
    assert all(zone_of(zone) is not None for zone in ZONES)
    assert sum(at != datetime(2022, 6, 15, tzinfo=UTC) for _, at in CASES) >= 60


@pytest.mark.parametrize("zone", mostly_long(ZONES, 8))
@settings(max_examples=6, deadline=None)
@given(data=st.data())
def test_hours_are_open_when_a_wall_clock_says_so(zone, data):
    at = data.draw(st.sampled_from([when for name, when in CASES if name == zone]))
    opens, closes = data.draw(TIMES), data.draw(TIMES)
    if opens == closes:
        closes = "12:34"
    days = tuple(sorted(data.draw(st.sets(st.sampled_from(list(Day)), max_size=3))))
    hours = Hours(zone, (Span(opens, closes, days),))
    start = at - timedelta(hours=6)
    wall = read_minute_by_minute(hours, start, 720)
    for n in range(0, 720, 5):
        found = opening(hours, start + n * MINUTE)
        assert found.open == wall[n], (hours, start + n * MINUTE)
        if found.until is not None and found.until < start + 720 * MINUTE:
            turn = (found.until - start) // MINUTE
            assert all(state == wall[n] for state in wall[n:turn])
            assert wall[turn] != wall[n]


@pytest.mark.parametrize("zone", ZONES)
def test_two_checks_a_day_fall_due_once_each_through_every_clock_change(zone):
    times = CheckTimes(zone, ("02:30", "20:00"))
    there = ZoneInfo(zone)
    for at in [when for name, when in CASES if name == zone]:
        start = at - timedelta(days=2)
        due = due_between(times, start, at + timedelta(days=2))
        days = {moment.astimezone(there).date() for moment in due}
        for day in sorted(days)[1:-1]:
            on_day = [moment for moment in due if moment.astimezone(there).date() == day]
            assert len(on_day) == 2, (zone, day, on_day)
        for moment in due:
            assert last_due(times, moment) == moment
            assert next_due(times, moment - MINUTE) == moment
            assert next_due(times, moment) > moment


def test_a_skipped_time_falls_due_at_the_change_and_a_doubled_one_at_its_first_coming():
    times = CheckTimes("Europe/Berlin", ("02:30",))
    assert next_due(times, datetime(2024, 3, 30, 12, tzinfo=UTC)) == datetime(2024, 3, 31, 1, 0, tzinfo=UTC)
    assert next_due(times, datetime(2024, 10, 26, 12, tzinfo=UTC)) == datetime(
        2024, 10, 27, 0, 30, tzinfo=UTC
    )
    assert next_due(times, datetime(2024, 10, 27, 0, 30, tzinfo=UTC)) == datetime(
        2024, 10, 28, 1, 30, tzinfo=UTC
    )


def test_closing_at_the_time_at_which_clocks_are_put_back_is_closing_before_they_are():
    by_half_past_one = Hours("Australia/Lord_Howe", (Span("00:00", "01:30"),))
    found = opening(by_half_past_one, datetime(2021, 4, 3, 14, 0, tzinfo=UTC))
    assert found.until == datetime(2021, 4, 3, 14, 30, tzinfo=UTC)
    assert not opening(by_half_past_one, datetime(2021, 4, 3, 14, 45, tzinfo=UTC)).open
    past_it = Hours("Australia/Lord_Howe", (Span("00:00", "01:45"),))
    assert opening(past_it, datetime(2021, 4, 3, 15, 10, tzinfo=UTC)).until == datetime(
        2021, 4, 3, 15, 15, tzinfo=UTC
    )


def test_around_the_clock_never_closes():
    hours = Hours("Europe/Berlin", (Span("00:00", "00:00"),))
    found = opening(hours, datetime(2024, 10, 26, 22, 30, tzinfo=UTC))
    assert (found.open, found.until, found.words) == (True, None, "open, around the clock")


def test_closed_hours_say_when_they_open_in_local_time():
    hours = Hours("Asia/Baghdad", (Span("08:00", "16:00", (Day.SUNDAY,)),))
    found = opening(hours, datetime(2024, 1, 1, 12, tzinfo=UTC))
    assert found.words == "closed, opens 2024-01-07 08:00 +0300 (Asia/Baghdad)"
    assert found.until == datetime(2024, 1, 7, 5, 0, tzinfo=UTC)


def test_a_zone_that_the_machine_does_not_know_is_said_to_be_so():
    hours = Hours("Atlantis/Deep", (Span("08:00", "16:00"),))
    found = opening(hours, datetime(2024, 1, 1, 12, tzinfo=UTC))
    assert (found.known, found.open, found.until) == (False, False, None)
    assert last_due(CheckTimes("Atlantis/Deep"), datetime(2024, 1, 1, tzinfo=UTC)) is None
