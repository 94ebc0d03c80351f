"""Two fires, September 2020: recorded flights among invented acts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from tests.conftest import recordings
from tests.staging import STORIES, story

from keepclear.links.recorded.codec import read
from keepclear.model.feeds import Feed
from keepclear.model.words import PartyId
from keepclear.scenarios.changes import with_change
from keepclear.scenarios.checks import Verdict, expectations, judge, run
from keepclear.scenarios.citing import sources_page
from keepclear.scenarios.lint import lint_folder
from keepclear.service.flights_trial import called_where_they_flew
from keepclear.service.replay import replay
from keepclear.service.track_replay import TrackReplay

NAME = "fire_airspace"
EXPECTED = expectations(STORIES / NAME)
FEED = Feed("recording", PartyId("AIR"), silent_s=0)
SOUTH = (datetime(2020, 9, 9, 15, tzinfo=UTC), datetime(2020, 9, 13, 3, tzinfo=UTC))


def test_the_script_has_no_faults_and_its_sources_are_written():
    assert [str(fault) for fault in lint_folder(STORIES / NAME)] == []
    assert (STORIES / NAME / "sources.md").read_text() == sources_page(story(NAME), NAME)


def test_every_check_passes_and_fails_for_its_twins():
    with replay(story(NAME)).asking() as asked:
        results = run(EXPECTED, asked.played, asked.fetch)
    assert {result.verdict for result in results} == {Verdict.PASS}
    for check in EXPECTED.checks:
        for twin in check.twins:
            with replay(with_change(story(NAME), twin), refused=lambda step, error: None).asking() as asked:
                assert judge(check, asked.played, asked.fetch).verdict == Verdict.FAIL


def summed(script):
    reading = read((recordings() / "firefighting/calfire.json.gz").read_bytes(), FEED)
    played = TrackReplay(FEED, reading, (), script, timedelta(seconds=30))
    return played.play(lambda _: None, lambda _: None)


def flown(script):
    return [line for line in summed(script).alarms if line.what == "raised"]


@pytest.mark.long
@pytest.mark.needs_recordings
def test_the_air_desk_is_called_about_recorded_flights_while_the_areas_stand():
    alarms = flown(story(NAME))
    north = [line for line in alarms if "Northern" in line.title]
    south = [line for line in alarms if "Southern" in line.title]
    assert len(north) >= 5
    assert south
    assert all(SOUTH[0] <= line.at <= SOUTH[1] for line in south)
    assert len(alarms) == len(north) + len(south)


@pytest.mark.long
@pytest.mark.needs_recordings
def test_what_the_demo_holds_the_flights_against_passes_and_a_twin_without_the_southern_area_fails():
    whole = story(NAME)
    assert all(each.ok for each in called_where_they_flew(whole, summed(whole)))
    steps = tuple(step for step in whole.steps if step.step not in ("4-02", "4-03"))
    fewer = summed(msgspec.structs.replace(whole, steps=steps))
    wrong = [each.what for each in called_where_they_flew(whole, fewer) if not each.ok]
    assert wrong == ["the desk is called about recorded aircraft in the Southern fire area"]
