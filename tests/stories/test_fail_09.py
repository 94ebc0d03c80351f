"""The air boundary, late 2017: crossings that became usual, and two versions of one day (FAIL-09).

Each twin shows the story failing when one input is changed or the rule behind it is off.
"""

from __future__ import annotations

from datetime import datetime

import pytest
from tests.staging import Stage, story
from tests.stories.playing import staged

import keepclear.rules.numbers_alarms as numbers
import keepclear.views.courses as course_views
from keepclear.rules.alarming import wanted
from keepclear.scenarios.changes import Setting, Twin, with_change

BEFORE = datetime.fromisoformat("2017-12-12T20:00:00+00:00")
DAYS = "abcdefghijk"


def called_for(stage, at, rule):
    sight = stage.sight("COA", at)
    calls = wanted(sight.picture, sight.outbox, sight.now)
    return [each.body for each in calls if each.body.rule.startswith(rule)]


def what_happens_every_day_is_an_alarm_before_it_is_news(stage):
    """FAIL-09(a): six to eight crossings a day raise the alarm of drift before 13 December."""
    early = datetime.fromisoformat("2017-11-24T19:00:00+00:00")
    [first] = called_for(stage, early, "crossings/")
    [found] = called_for(stage, BEFORE, "crossings/")
    assert first.title == found.title
    assert found.title.startswith("Crossings have become usual: Euphrates air boundary")
    assert "7 of the last 7 counted days had 7 to 8 a day; 1 a day is tolerated" in found.words
    assert set(found.grounds) == {stage.played.made(f"2-04{day}").statement for day in "ab"}
    assert {asked.contact.value for asked in found.asks} == {"call", "ask"}
    [series] = stage.fetch("COA", "crossings", BEFORE)["items"][-1]["series"]
    assert series["answer"] == "as usual", (
        "its own base has grown used to it: only the tolerated rate finds it"
    )


def test_fail_09a_what_happens_every_day_is_an_alarm_before_it_is_news():
    what_happens_every_day_is_an_alarm_before_it_is_news(staged("euphrates_2018"))


def test_fail_09a_twin_one_crossing_a_day_is_tolerated():
    one = {"low": 1, "high": 1, "unit": "crossings"}
    changed = [Setting(f"2-04{day}", "observation.count", one) for day in DAYS]
    with pytest.raises(ValueError, match="not enough values"):
        what_happens_every_day_is_an_alarm_before_it_is_news(
            Stage(with_change(story("euphrates_2018"), Twin(set=changed)))
        )


def test_fail_09a_twin_days_on_which_nobody_counted_are_no_crossings():
    changed = Twin(drop=[f"2-04{day}" for day in DAYS[3:]])
    with pytest.raises(ValueError, match="not enough values"):
        what_happens_every_day_is_an_alarm_before_it_is_news(
            Stage(with_change(story("euphrates_2018"), changed))
        )


def test_fail_09a_twin_held_against_its_own_base_alone_it_is_usual(monkeypatch):
    monkeypatch.setattr(numbers, "_is_usual", lambda series: False)
    with pytest.raises(ValueError, match="not enough values"):
        what_happens_every_day_is_an_alarm_before_it_is_news(staged("euphrates_2018"))


def both_versions_stand_with_their_error(stage, party="COA"):
    """FAIL-09(c): each side's course of 13 December stands with its ellipses, and none is chosen."""
    [row] = stage.fetch(party, "courses")["items"]
    told = [(each["speaker_party"], each["of_party"], each["places"]) for each in row["versions"]]
    assert [(speaker, whose) for speaker, whose, _ in told] == [
        ("COA", "Russian forces in Syria"), ("RUS", "Russian forces in Syria")
    ]  # fmt: skip
    axes = [[(place["major_m"], place["minor_m"]) for place in places] for _, _, places in told]
    assert axes == [[(3_000.0, 1_500.0)] * 2, [(4_000.0, 2_000.0)] * 2]
    sides = [places[0]["tests"][0]["answer"].split()[0] for _, _, places in told]
    assert sides == ["east", "west"]
    assert [each["both_can_hold"] for each in row["compared"]] == [False, False]
    assert "None is chosen" in row["words"]
    keys = {key for version in row["versions"] for key in version} | set(row)
    assert not keys & {"chosen", "rank", "nearest", "order", "likely", "true"}


@pytest.mark.parametrize("party", ["COA", "RUS", "SDF"])
def test_fail_09c_both_versions_stand_with_their_error(party):
    both_versions_stand_with_their_error(staged("euphrates_2018"), party)


def test_fail_09c_twin_with_one_version_there_is_nothing_to_compare():
    stage = Stage(with_change(story("euphrates_2018"), Twin(drop="2-05e")))
    with pytest.raises(AssertionError):
        both_versions_stand_with_their_error(stage)


def test_fail_09c_twin_wider_ellipses_can_both_hold():
    wide = [
        Setting(f"2-05{step}", f"claim.course.places.{place}.where.{axis}", 20_000)
        for step in "de" for place in (0, 1) for axis in ("major_m", "minor_m")
    ]  # fmt: skip
    stage = Stage(with_change(story("euphrates_2018"), Twin(set=wide)))
    [row] = stage.fetch("COA", "courses")["items"]
    assert [each["both_can_hold"] for each in row["compared"]] == [True, True]
    with pytest.raises(AssertionError):
        both_versions_stand_with_their_error(stage)


def test_fail_09c_twin_without_the_error_every_two_points_contradict(monkeypatch):
    monkeypatch.setattr(course_views, "ellipses_meet", lambda a, b: True)
    with pytest.raises(AssertionError):
        both_versions_stand_with_their_error(staged("euphrates_2018"))
