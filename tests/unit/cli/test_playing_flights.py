"""The recorded flights in the terminal: judged where they are, and said to be missing where they are not."""

from __future__ import annotations

from datetime import timedelta

from tests.flying import BEGINS, flown, kept, way_through

from keepclear.cli import playing_flights
from keepclear.cli.playing_flights import not_here, once, where
from keepclear.scenarios.flights import flights
from keepclear.service.replay import scenario_folder

SOUTH = (-116.67, 32.72)
FOUND = flights(scenario_folder("fire_airspace"))


def test_without_the_recording_nothing_is_judged_and_what_brings_it_is_said(tmp_path, capsys):
    assert once(tmp_path) == 0
    said = capsys.readouterr().out
    assert said.startswith("NOT RUN: ")
    assert "make recordings" in said
    assert "make recordings" in " ".join(where(None, tmp_path))


def test_with_it_every_check_is_judged_and_summed_up_in_plain_words(tmp_path, capsys):
    next_day = way_through("a2", "T82", BEGINS + timedelta(days=1), SOUTH)
    afterwards = way_through("a3", "N999", BEGINS + timedelta(days=5), (-114.0, 36.0))
    folder = kept(tmp_path, way_through("a1", "T71", BEGINS), next_day, afterwards)
    assert once(folder) == 0
    said = capsys.readouterr().out
    assert said.count("    pass  ") == 5
    assert "3 aircraft, 09 to 14 September 2020, 120 positions; recorded by ADS-B networks" in said
    assert "AIR was called 2 times; 2 of these alarms ended with their cause:" in said
    assert said.splitlines()[-1] == "fire_airspace with recorded flights: 5 pass, 0 fail"


def test_twin_where_no_recorded_aircraft_enters_an_area_it_fails(tmp_path, capsys):
    assert once(kept(tmp_path, way_through("a1", "T71", BEGINS))) == 2
    said = capsys.readouterr().out
    assert "FAIL  the desk is called about recorded aircraft in the Southern fire area" in said
    assert not_here(FOUND, tmp_path) not in said


def test_the_address_says_what_is_recorded_and_by_whom(tmp_path):
    folder = kept(tmp_path / "r", way_through("a1", "T71", BEGINS))
    with flown(tmp_path / "demo", folder, speed=60.0) as made:
        said = "\n".join(where(made, folder))
        assert made.url in said
    assert "1 real aircraft" in said
    assert "60 times" in said
    assert "OpenSky" in said
    assert playing_flights.NODE in said
