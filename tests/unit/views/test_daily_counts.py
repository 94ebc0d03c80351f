"""What was counted on each day: bands, gaps, forms, observers, and numbers that are handed in."""

from __future__ import annotations

from datetime import date

import pytest
from tests.building_node import boundary, buildup, circle, house, observation, spot, zone

from keepclear.model.words import PartyId, SubjectId
from keepclear.rules.base_rates import held
from keepclear.views.daily_counts import DayCount, HandedIn, of_belts, of_build_up, of_crossings


def on(day, precision="day"):
    return {"at": f"2018-01-{day:02d}T00:00:00Z", "precision": precision}


def band(day, low, high, unit="fighters", **more):
    ends = {key: end for key, end in (("low", low), ("high", high)) if end is not None}
    return {"at": on(day), "count": {**ends, "unit": unit, **more}}


def seen(day, low=None, high=None, unit="fighters", place=None, hour=0, **more):
    at = on(day) if not hour else {"at": f"2018-01-{day:02d}T{hour:02d}:00:00Z"}
    count = {key: end for key, end in (("low", low), ("high", high)) if end is not None} | {"unit": unit}
    if low is None and high is None:
        count |= {"words": "several"}
    return observation(at=at, count=count, place={"area": place or spot(40.3, 35.3)}, **more)


@pytest.fixture
def syria():
    with house() as made:
        yield made


def picture(made, party="COA"):
    return made.node.picture(PartyId(party))


def days(found):
    return [(day.day.day, day.low, day.high, day.counted) for day in found.days]


def test_a_build_up_counts_its_bands_and_what_was_seen_there_before_it_was_stated(syria):
    syria.tell("COA", seen(10, 5, 8))
    syria.tell("COA", seen(12, 6, 9, place=spot(41.5, 35.3)))
    told = syria.tell("COA", buildup(series=[band(20, 50, 60), band(22, 80, None)]))
    [series] = of_build_up(picture(syria), SubjectId(told["subject"]))
    assert days(series) == [(10, 5, 8, True), (20, 50, 60, True), (22, 80, None, True)]
    assert len(series.observers) == 1, "one who counts and states is one observer"


def test_a_day_without_a_word_is_not_there_and_one_without_a_number_is_no_zero(syria):
    told = syria.tell("COA", buildup(series=[band(20, 50, 60), band(23, 0, 0)]))
    syria.tell("COA", seen(21))
    [series] = of_build_up(picture(syria), SubjectId(told["subject"]))
    assert days(series) == [(20, 50, 60, True), (21, 0, None, False), (23, 0, 0, True)]


def test_what_lies_perhaps_there_counts_from_zero(syria):
    told = syria.tell("COA", buildup(area=circle(40.3, 35.3, 3_000.0), series=[band(20, 50, 60)]))
    syria.tell("COA", seen(21, 40, 60, place=spot(40.3, 35.3) | {"accuracy_m": 9_000.0}))
    [series] = of_build_up(picture(syria), SubjectId(told["subject"]))
    assert days(series)[1] == (21, 0, 60, True)


def test_another_post_is_another_observer_and_is_never_added_up(syria):
    told = syria.tell("COA", buildup(series=[band(20, 50, 60)]))
    post = {"name": "post 2", "party": "COA"}
    syria.tell("COA", seen(20, 45, 70), said_by=post)
    [series] = of_build_up(picture(syria), SubjectId(told["subject"]))
    assert [each.observer for each in series.observers] == [
        "Coalition (CJTF-OIR)",
        "Coalition (CJTF-OIR): post 2",
    ]
    assert [days_of.days[0].low for days_of in series.observers] == [50, 45]
    assert days(series) == [(20, 50, 130, True)], "at least what one saw, at most both"


def test_another_unit_is_another_series(syria):
    told = syria.tell("COA", buildup(series=[band(20, 50, 60), band(20, 4, 5, unit="vehicles")]))
    found = of_build_up(picture(syria), SubjectId(told["subject"]))
    assert {series.unit for series in found} == {"fighters", "vehicles"}


def test_after_it_was_closed_what_is_seen_there_is_not_of_it(syria):
    told = syria.tell("COA", buildup(series=[band(20, 50, 60)]))
    syria.tell("COA", seen(25, 5, 6))
    [series] = of_build_up(picture(syria), SubjectId(told["subject"]), until=date(2018, 1, 22))
    assert days(series) == [(20, 50, 60, True)]


def test_crossings_of_a_day_are_its_count_or_the_sum_of_its_parts(syria):
    line = syria.tell("COA", boundary(), "RUS")
    about = {"about": [line["subject"]], "party": "RUS", "unit": "crossings"}
    syria.tell("COA", seen(20, 6, 8, **about))
    syria.tell("COA", seen(20, 1, 1, hour=9, **about))
    syria.tell("COA", seen(21, 1, 1, hour=9, **about))
    syria.tell("COA", seen(21, 2, 3, hour=11, **about))
    [series] = of_crossings(picture(syria))
    assert series.part == "Russian forces in Syria"
    assert days(series) == [(20, 6, 8, True), (21, 3, 4, True)]


def test_numbers_of_tracks_are_handed_in_and_a_new_feed_is_a_new_observer(syria):
    line = SubjectId(syria.tell("COA", boundary(), "RUS")["subject"])
    counts = [HandedIn(line, "radar 1", DayCount(date(2018, 1, day), day, day)) for day in (10, 11)]
    counts.append(HandedIn(line, "radar 1, radar 2", DayCount(date(2018, 1, 12), 30, 30)))
    [series] = of_crossings(picture(syria), counts)
    assert [(each.observer, len(each.days)) for each in series.observers] == [
        ("radar 1", 2), ("radar 1, radar 2", 1)
    ]  # fmt: skip


def test_the_belt_of_a_boundary_counts_what_no_build_up_holds(syria):
    syria.tell("COA", boundary(domain="ground"), "RUS")
    at = spot(39.94, 35.595)
    syria.tell("COA", seen(20, 40, 60, place=at))
    [series] = of_belts(picture(syria))
    assert (series.part, days(series)) == ("east bank", [(20, 40, 60, True)])
    syria.tell("COA", buildup(area=circle(39.94, 35.595, 5_000.0), series=[band(21, 50, 60)]))
    assert [each.watches for each in held(picture(syria))] == ["build-up"]


def test_a_zone_has_no_belt_and_an_own_sighting_of_oneself_no_count(syria):
    syria.tell("COA", zone(), "RUS")
    syria.tell("COA", seen(20, 40, 60, place=spot(38.62, 33.5)))
    assert of_belts(picture(syria)) == []


def test_a_week_is_no_day(syria):
    told = syria.tell("COA", buildup(series=[band(20, 50, 60), {"at": on(8, "week"), "count": {"low": 5}}]))
    [series] = of_build_up(picture(syria), SubjectId(told["subject"]))
    assert days(series) == [(20, 50, 60, True)]


def test_nobody_elses_picture_holds_what_was_not_told(syria):
    told = syria.tell("COA", buildup(series=[band(20, 50, 60)]))
    assert of_build_up(picture(syria, "RUS"), SubjectId(told["subject"])) == ()
