"""The invented feeds of the demo follow from the seconds alone, and say of everything that it is invented."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from keepclear.geo.geodesy import distance_m
from keepclear.model.tracks import Standing
from keepclear.rules.leaving import may_leave
from keepclear.service import invented

NOW = datetime(2018, 5, 23, 21, 0, tzinfo=UTC)
MOVERS = sorted(
    {mover for fleet in invented.FLEETS.values() for mover in fleet}, key=lambda one: one.callsign
)


def said(party: str, second: int) -> list:
    feeds = invented.feeds_of(invented.PartyId(party))
    return [(feed, invented.reading(feed.party, feed, second, NOW)) for feed in feeds]


def test_the_same_second_says_the_same():
    assert said("COA", 61) == said("COA", 61)
    assert said("COA", 60) != said("COA", 64)


@pytest.mark.parametrize("party", ["COA", "RUS"])
def test_everything_says_that_it_is_invented(party):
    for feed, reading in said(party, 0):
        assert feed.invented
        assert reading.tracks
        assert all(track.invented for track in reading.tracks)


def test_no_feed_makes_anothers_thing_ones_own():
    for party, fleet in invented.FLEETS.items():
        for feed, reading in said(party, 0):
            for track in reading.tracks:
                mover = next(one for one in fleet if one.callsign == track.id)
                assert (track.standing is Standing.OWN) == (mover.whose == party)
                assert may_leave(track.standing) == (feed.standing is not Standing.OTHER)


@pytest.mark.parametrize("mover", MOVERS, ids=lambda mover: mover.callsign)
def test_nothing_moves_faster_than_it_says(mover):
    for second in range(900):
        one, other = invented.placed(mover, second), invented.placed(mover, second + 1)
        assert distance_m(one.place, other.place) <= mover.speed_mps * 1.001


def test_the_convoy_stops_and_goes_on_saying_where_it_stands():
    going, standing = invented.placed(invented.STOPPING, 60), invented.placed(invented.STOPPING, 4_000)
    assert going.speed_mps == 12.0
    assert standing.speed_mps == 0.0
    assert (standing.place.lon, standing.place.lat) == invented.STOPPING.way[-1]
    [own] = [reading for feed, reading in said("COA", 4_000) if feed.standing is Standing.OWN]
    assert "ROAD 5" in {fix.track for fix in own.fixes}


def test_the_two_aircraft_meet_head_on_at_one_height():
    apart = [
        distance_m(*(invented.placed(mover, second).place for mover in invented.CLOSING))
        for second in range(600)
    ]
    assert min(apart) < 500.0
    assert apart[0] > 50_000.0
    assert len({mover.height_m for mover in invented.CLOSING}) == 1


def test_what_turns_back_comes_home():
    away, home = invented.placed(invented.INTO_ZONE, 0), invented.placed(invented.INTO_ZONE, 430)
    assert distance_m(away.place, home.place) < 2_000.0
    assert away.course_deg != home.course_deg
