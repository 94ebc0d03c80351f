"""The demo's third address: invented desks of a fire, and flights of a recording that moves their clock."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest
from tests.flying import BEGINS, NORTH, asked, flown, kept, way_through, without

SOUTH = (-116.67, 32.72)


@pytest.fixture(scope="module")
def recordings(tmp_path_factory):
    """One aircraft over each area, a day apart, and one that nobody is called about; the second by night."""
    return kept(
        tmp_path_factory.mktemp("recordings"),
        way_through("a1", "T71", BEGINS),
        way_through("a2", "N999", BEGINS, (-114.0, 36.0)),
        way_through("a3", "T82", BEGINS + timedelta(days=1), SOUTH),
        way_through("a0", "EARLIER", BEGINS - timedelta(days=1)),
    )


def played(folder, recordings, script=None):
    async def look(one):
        about = await one.to_the_end()
        alarms = await one.alarms("AIR")
        live = await one.get("live?box=-180,-90,180,90", "AIR")
        held = [each["title"] for each in (await one.get("held", "AIR"))["items"]]
        return about, alarms, live["moving"], held

    with flown(folder, recordings, script) as made:
        return asked(made, look)


@pytest.fixture(scope="module")
def found(tmp_path_factory, recordings):
    return played(tmp_path_factory.mktemp("demo"), recordings)


def raised_as(alarm):
    """The title under which an alarm was raised whose cause is gone; now it says so first."""
    was, _, why = alarm["title"].removeprefix("CAUSE GONE (was: ").partition("): ")
    assert "has left" in why
    return was


def test_the_air_desk_is_called_about_each_recorded_aircraft_that_enters_an_area(found):
    _, alarms, _, _ = found
    assert {raised_as(alarm) for alarm in alarms} == {
        "Possible: Entry: Northern fire area",
        "Possible: Entry: Southern fire area",
    }
    words = " ".join(alarm["words"] for alarm in alarms)
    assert [who for who in ("T71", "T82", "N999", "EARLIER") if who in words] == ["T71", "T82"]


def test_an_alarm_is_over_with_its_reason_when_its_aircraft_has_left(found):
    _, alarms, _, _ = found
    assert {alarm["state"] for alarm in alarms} == {"returned, unacknowledged"}
    assert all("has left" in alarm["reason"] for alarm in alarms)


def test_twin_where_no_area_is_declared_nobody_is_called(tmp_path, recordings):
    about, alarms, moving, _ = played(tmp_path, recordings, without("4-01", "4-02", "4-03"))
    assert alarms == []
    assert {each["callsign"] for each in moving} == {"T71", "N999", "T82"}
    assert about["state"] == "done"


def test_twin_where_the_southern_area_is_not_declared_only_the_northern_is_called_about(tmp_path, recordings):
    _, alarms, _, _ = played(tmp_path, recordings, without("4-02", "4-03"))
    assert [raised_as(alarm) for alarm in alarms] == ["Possible: Entry: Northern fire area"]


def test_what_is_recorded_says_nothing_of_being_invented_and_the_demo_says_by_whom_it_is(found):
    about, _, moving, _ = found
    assert {each["callsign"] for each in moving} == {"T71", "N999", "T82"}
    assert {(each["feed"], each["invented"], each["standing"]) for each in moving} == {
        ("recorded-flights", False, "other")
    }
    said = about["recorded"]
    assert (said["feed"], said["aircraft"], said["licence"]) == ("recorded-flights", 3, "MIT")
    assert "OpenSky" in said["credit"]
    assert {caption["mark"] for caption in about["captions"]} == {"I"}
    assert "recorded" in about["caption"]
    assert "invented" in about["caption"]


def test_the_map_begins_where_the_flights_are(found):
    west, south, east, north = found[0]["view"]
    for lon, lat in (NORTH, SOUTH):
        assert west < lon < east
        assert south < lat < north


def test_every_act_of_the_story_is_told_in_its_place_among_the_flights(found):
    about, alarms, _, held = found
    assert about["shown"] == [1, 2, 3, 4, 5]
    assert sum("fire area" in title for title in held) >= 3
    [south] = [alarm for alarm in alarms if "Southern" in alarm["title"]]
    assert south["raised_at"].startswith("2020-09-10T15:1")


def test_the_others_desk_follows_nothing_and_is_called_about_nothing(tmp_path, recordings):
    async def look(one):
        await one.to_the_end()
        return (await one.get("live/feeds", "FIRE"))["feeds"], await one.alarms("FIRE")

    with flown(tmp_path, recordings) as made:
        assert asked(made, look) == ([], [])


def test_played_again_it_begins_with_an_empty_map_and_comes_to_the_same_end(tmp_path, recordings):
    async def look(one):
        await one.get("demo/skip", method="POST")
        first = await one.alarms("AIR")
        await one.get("demo/play", method="POST")
        begun = await one.get("live?box=-180,-90,180,90", "AIR")
        await one.to_the_end()
        return first, begun, await one.alarms("AIR"), await one.get("live/feeds", "AIR")

    with flown(tmp_path, recordings) as made:
        first, begun, again, feeds = asked(made, look)
    assert len(begun["moving"]) < 3
    assert len(first) == 2
    assert [each["title"] for each in first] == [each["title"] for each in again]
    assert feeds["feeds"][0]["things"] == 3


def test_at_its_pace_it_takes_as_long_as_it_says_and_the_night_is_left_out(tmp_path, recordings):
    with flown(tmp_path, recordings, speed=600.0) as made:
        lasts = made.film.duration_s
        assert 2.5 < lasts < 3.0  # two times thirteen minutes and two of the night between, at 600 times
        assert made.film.recorded(made.found).speed == 600.0

        async def look(one):
            began = time.monotonic()
            await one.to_the_end()
            return time.monotonic() - began, one.made.writer.node.clock.now()

        took, ended = asked(made, look)
    assert took >= lasts - 0.1
    assert ended >= BEGINS + timedelta(days=1, minutes=13)
