"""Tracks counted a day: once each, certain and possible apart, and missing where nobody listened."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from keepclear.geo.figures import Side
from keepclear.model.tracks import Standing, Track, TrackKind
from keepclear.model.words import PartyId, StatementId, SubjectId
from keepclear.rules.fences import EventKind, FenceEvent
from keepclear.rules.track_counts import TrackCounts, decoded, encoded

COA, RUS = PartyId("COA"), PartyId("RUS")
ZONE, RIVER = SubjectId("COA.zone"), SubjectId("COA.river")
FIRST = datetime(2018, 2, 1, tzinfo=UTC)
TRACKS = [
    Track(f"t{n}", "adsb", TrackKind.HELICOPTER, "", RUS, Standing.OTHER, invented=False) for n in range(6)
]


def event(kind, track=0, at=FIRST, subject=ZONE, *, certain=True, onto=None, of=""):
    name = f"{subject}/{track}/{kind}/{certain}/{at}"
    return FenceEvent(name, kind, certain, subject, StatementId("s"), track, at, onto=onto, of=of)


def counts(days=3, heard=range(24), feeds=("adsb",)):
    made = TrackCounts(COA)
    for day in range(days):
        for hour in heard:
            at = FIRST + timedelta(days=day, hours=hour)
            made.watched((ZONE, RIVER), at)
            for feed in feeds:
                made.heard(feed, at)
    return made


def take(made, *events):
    made.take(events, TRACKS.__getitem__)
    return made


def shown(made, days=3, way=""):
    rows = made.days(FIRST + timedelta(days=days))
    return [(each.day.day, each.low, each.high) for each in rows if each.place.way == way]


def test_a_track_counts_once_a_day_and_a_watched_day_without_one_is_zero():
    made = take(counts(), event(EventKind.ENTRY), event(EventKind.ENTRY, at=FIRST + timedelta(hours=3)),
                event(EventKind.ENTRY, 1, certain=False))  # fmt: skip
    assert shown(made) == [(1, 1, 2), (2, 0, 0), (3, 0, 0)]


def test_a_day_on_which_no_feed_was_heard_is_missing_and_never_zero():
    made = counts(1)
    at = FIRST + timedelta(days=2)
    for hour in range(24):
        made.heard("adsb", at + timedelta(hours=hour))
    made.watched((ZONE,), at)
    take(made, event(EventKind.ENTRY))
    assert [day for day, _, _ in shown(made)] == [1, 3]


def test_a_twin_that_was_heard_on_that_day_has_its_zero():
    assert (2, 0, 0) in shown(take(counts(), event(EventKind.ENTRY)))


def test_a_day_that_was_heard_in_part_says_at_least_and_no_zero():
    made = take(counts(heard=range(5)), event(EventKind.ENTRY))
    assert shown(made) == [(1, 1, None)]


def test_the_day_that_runs_says_at_least():
    made = take(counts(), event(EventKind.ENTRY, at=FIRST + timedelta(days=2)))
    rows = made.days(FIRST + timedelta(days=2, hours=23, minutes=59))
    assert [(each.day.day, each.low, each.high) for each in rows] == [(1, 0, 0), (2, 0, 0), (3, 1, None)]


def test_what_is_taken_back_by_a_late_fix_is_counted_no_longer():
    entry = event(EventKind.ENTRY)
    made = take(counts(), entry, event(EventKind.ENTRY, 1))
    take(made, event(EventKind.TAKEN_BACK, of=entry.id, at=FIRST + timedelta(minutes=2)))
    assert shown(made)[0] == (1, 1, 1)


def test_a_twin_of_which_another_finding_is_taken_back_keeps_its_count():
    made = take(counts(), event(EventKind.ENTRY), event(EventKind.ENTRY, 1))
    take(made, event(EventKind.TAKEN_BACK, of="another", at=FIRST + timedelta(minutes=2)))
    assert shown(made)[0] == (1, 2, 2)


def test_a_crossing_that_was_none_is_counted_no_longer():
    over = event(EventKind.CROSSING, subject=RIVER, certain=False, onto=Side.RIGHT)
    made = take(counts(), over, event(EventKind.CROSSING, 1, subject=RIVER, onto=Side.RIGHT))
    take(made, event(EventKind.CAME_BACK, subject=RIVER, onto=Side.LEFT, at=FIRST + timedelta(minutes=1)))
    assert shown(made, way="right side")[0] == (1, 1, 1)


def test_sides_and_ways_are_counted_apart():
    made = take(
        counts(),
        event(EventKind.CROSSING, subject=RIVER, onto=Side.RIGHT),
        event(EventKind.CROSSING, subject=RIVER, onto=Side.LEFT, at=FIRST + timedelta(hours=1)),
        event(EventKind.PASSED, 2, subject=RIVER, certain=False, onto=Side.LEFT),
        event(EventKind.PASSED, 3, certain=False),
        event(EventKind.ALREADY_INSIDE, 4),
    )
    assert shown(made, way="right side")[0] == (1, 1, 2)
    assert shown(made, way="left side")[0] == (1, 1, 1)
    assert shown(made)[0] == shown(made, way="left")[0] == (1, 0, 1)


def test_a_possible_entry_that_becomes_certain_after_midnight_is_of_the_day_before():
    late = FIRST + timedelta(hours=23, minutes=59)
    made = take(counts(), event(EventKind.ENTRY, at=late, certain=False),
                event(EventKind.ENTRY, at=late + timedelta(minutes=2)))  # fmt: skip
    assert shown(made) == [(1, 1, 1), (2, 0, 0), (3, 0, 0)]


def test_a_restart_loses_none_and_what_came_before_it_can_still_be_taken_back():
    entry = event(EventKind.ENTRY)
    before = take(counts(), entry, event(EventKind.ENTRY, 1))
    after = TrackCounts(COA, decoded(encoded(before.state())))
    assert shown(after) == shown(before)
    take(after, event(EventKind.TAKEN_BACK, of=entry.id))
    assert shown(after)[0] == (1, 1, 1)


def test_a_twin_that_kept_nothing_has_nothing():
    assert shown(TrackCounts(COA, decoded(None))) == []
    assert decoded(b"\xc1") is None


def test_closed_days_keep_their_numbers_and_no_track():
    made = take(counts(1), event(EventKind.ENTRY), event(EventKind.ENTRY, 1, certain=False))
    made.watched((ZONE,), FIRST + timedelta(days=5))
    assert shown(made, days=5) == [(1, 1, 2)]
    assert made.state().findings == ()


def test_days_of_which_no_base_asks_any_more_are_dropped():
    made = take(counts(1), event(EventKind.ENTRY))
    made.watched((ZONE,), FIRST + timedelta(days=5))
    made.watched((ZONE,), FIRST + timedelta(days=200))
    assert made.state().heard == ()
    assert made.state().closed == ()


def test_another_feed_is_another_observer():
    made = counts(2)
    for hour in range(24):
        made.heard("radar", FIRST + timedelta(days=1, hours=hour))
    take(made, event(EventKind.ENTRY))
    found = [each for each in made.days(FIRST + timedelta(days=2)) if each.place.way == ""]
    assert [(each.day, each.feeds) for each in found] == [
        (date(2018, 2, 1), ("adsb",)), (date(2018, 2, 2), ("adsb", "radar")),
    ]  # fmt: skip
