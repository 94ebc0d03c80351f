"""A recording by command: what it came to and what was watched is said, and no senseless speed begins."""

from __future__ import annotations

import json

import pytest

from keepclear.cli import tracks
from keepclear.cli.main import main

ROWS = [
    {"timestamp": 1_600_000_000_000 + 1_000 * n, "icao24": "a1", "latitude": 40.0 + n / 5_000,
     "longitude": -120.0, "altitude": 1_000.0}
    for n in range(60)
]  # fmt: skip
ZONE = {
    "type": "Feature",
    "geometry": {
        "type": "Polygon",
        "coordinates": [[[-120.1, 40.0], [-119.9, 40.0], [-119.9, 40.1], [-120.1, 40.1], [-120.1, 40.0]]],
    },
    "properties": {"name": "Burnt ridge"},
}


@pytest.fixture
def flight(tmp_path):
    file = tmp_path / "flight.json"
    file.write_text(json.dumps(ROWS))
    return file


def test_a_replay_past_nothing_says_so_before_it_begins_and_at_its_end(flight, capsys):
    assert main(["tracks", "replay", str(flight)]) == 0
    said = capsys.readouterr()
    assert "pass --zones FILE" in said.out
    assert "pass --zones FILE" in said.err
    assert "1 things, 60 fixes taken" in said.out
    assert "60 positions, 2020-09-13 12:26 to 2020-09-13 12:27 UTC" in said.err


@pytest.mark.parametrize("form", [(), ("--json",)])
def test_a_replay_says_what_was_watched(flight, tmp_path, capsys, form):
    zones = tmp_path / "zones.geojson"
    zones.write_text(json.dumps(ZONE))
    assert main(["tracks", "replay", str(flight), "--zones", str(zones), *form]) == 0
    said = capsys.readouterr()
    assert "pass --zones" not in said.out + said.err
    if form:
        assert json.loads(said.out)["watched"] == ["Burnt ridge"]
    else:
        assert "watched: Burnt ridge" in said.out


def test_how_far_it_is_played_is_said_beside_what_is_found(flight, capsys, monkeypatch):
    monkeypatch.setattr(tracks, "PROGRESS_S", 0.0)
    assert main(["tracks", "replay", str(flight), "--json"]) == 0
    said = capsys.readouterr()
    assert "Played up to 2020-09-13 12:27 of 2020-09-13 12:27 UTC" in said.err
    assert json.loads(said.out)["watched"] == []


@pytest.mark.parametrize("speed", ["-1", "0", "nan", "inf", "-inf"])
def test_a_speed_at_which_nothing_can_be_played_is_refused_before_anything_is_read(tmp_path, capsys, speed):
    assert main(["tracks", "replay", str(tmp_path / "none.json"), f"--speed={speed}"]) == 1
    said = capsys.readouterr().err
    assert "[rule speed]" in said
    assert "a number above 0" in said
