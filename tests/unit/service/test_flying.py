"""A recording at its pace; that it moves a node's clock among the acts is a story (test_fire_demo)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.flying import BEGINS, FILE, kept, way_through
from tests.staging import STORIES

from keepclear.links.recorded.codec import read
from keepclear.model.feeds import Feed
from keepclear.model.words import PartyId
from keepclear.scenarios.flights import flights
from keepclear.service.flying import Film


@pytest.fixture
def reading(tmp_path):
    earlier = way_through("a0", "T1", BEGINS - timedelta(days=1))
    folder = kept(tmp_path, way_through("a1", "T71", BEGINS), earlier)
    return read((folder / FILE).read_bytes(), Feed("recorded-flights", PartyId("AIR"), silent_s=0))


def test_what_was_heard_before_it_begins_is_left_out(reading):
    assert [track.callsign for track in Film(reading, BEGINS, 60.0).reading.tracks] == ["T71"]
    assert len(Film(reading, BEGINS - timedelta(days=2), 60.0).reading.tracks) == 2


def test_twice_as_fast_takes_half_as_long(reading):
    one, other = Film(reading, BEGINS, 60.0), Film(reading, BEGINS, 120.0)
    assert one.duration_s == pytest.approx(2 * other.duration_s)
    assert one.duration_s == pytest.approx((39 * 20 + 10) / 60)


def test_of_a_night_in_which_nothing_was_heard_two_minutes_are_played(reading):
    whole, last = Film(reading, BEGINS - timedelta(days=2), 60.0), Film(reading, BEGINS, 60.0)
    assert whole.duration_s == pytest.approx(2 * last.duration_s + (120 - 10) / 60)


def test_an_instant_comes_at_its_second_and_one_before_the_recording_at_once(reading):
    film = Film(reading, BEGINS, 60.0)
    assert film.second_of(BEGINS - timedelta(hours=9)) == 0.0
    assert film.second_of(BEGINS + timedelta(days=9)) == film.duration_s
    assert 0.0 < film.second_of(BEGINS + timedelta(minutes=5)) < film.duration_s


def test_it_says_by_whom_it_was_recorded_and_how_fast_it_goes(reading):
    said = Film(reading, BEGINS, 90.0).recorded(flights(STORIES / "fire_airspace"))
    assert (said.aircraft, said.speed, said.licence) == (1, 90.0, "MIT")
    assert (said.began[:16], said.ended[:16]) == ("2020-09-09T15:10", "2020-09-09T15:23")
