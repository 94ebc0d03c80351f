"""Recorded flights past fences: what is real is called about, what is spoofed or badly timed is not."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest
from tests.conftest import recordings

from keepclear.geo.figures import Circle, Point
from keepclear.links.recorded.codec import read
from keepclear.model.feeds import Feed
from keepclear.model.measures import Basis, Effect, MeasureKind, MeasureStated
from keepclear.model.tracks import TrackKind
from keepclear.model.words import PartyId
from keepclear.rules import gates
from keepclear.service.track_replay import TrackReplay

pytestmark = pytest.mark.needs_recordings
FEED = Feed("recording", PartyId("DESK"), silent_s=0)
KM = 1 / 111.195


def recorded(name):
    return read((recordings() / f"{name}.json.gz").read_bytes(), FEED)


def zone(name, lon, lat, radius_m):
    shape = Circle(Point(float(lon), float(lat)), radius_m)
    return MeasureStated(name, MeasureKind.ZONE, Effect.KEEP_OUT_REQUESTED, Basis.DECLARED, shape)


def entered(reading, zones):
    played = TrackReplay(FEED, reading, zones, step=timedelta(seconds=30))
    summary = played.play(lambda _: None, lambda _: None)
    return summary, [line for line in summary.alarms if line.what == "raised" and "approach" not in line.rule]


def where_only_the_jumps_go(reading, away_km, at_most=12):
    """Zones of one kilometre at places that no believable way of the flight comes near."""
    lon = np.array([fix.place.lon for fix in reading.fixes])
    lat = np.array([fix.place.lat for fix in reading.fixes])
    wide = 60
    middle = [
        (np.median(lon[max(0, n - wide) : n + wide]), np.median(lat[max(0, n - wide) : n + wide]))
        for n in range(len(lon))
    ]
    path = np.array(middle)
    found = []
    for n in range(len(lon)):
        shrink = np.cos(np.radians(lat[n]))
        gaps = np.hypot((path[:, 0] - lon[n]) * shrink, path[:, 1] - lat[n]) / KM
        if gaps.min() > away_km and all(
            abs(lon[n] - each[0]) + abs(lat[n] - each[1]) > 0.05 for each in found
        ):
            found.append((lon[n], lat[n]))
    return [zone(f"Zone {n}", *place, 1_000.0) for n, place in enumerate(found[:at_most])]


@pytest.mark.parametrize(
    ("name", "away_km"), [("noisy/noisy_spoofing", 4.0), ("noisy/noisy_time_issue", 4.0)]
)
def test_spoofed_and_badly_timed_fixes_call_nobody(name, away_km):
    reading = recorded(name)
    zones = where_only_the_jumps_go(reading, away_km)
    assert zones, "the recording has jumps that lead away from its way"
    summary, alarms = entered(reading, zones)
    assert summary.refused["faster-than-its-kind"] > 100
    assert alarms == []


def test_a_twin_without_the_speed_gate_calls_for_the_jumps(monkeypatch):
    reading = recorded("noisy/noisy_spoofing")
    zones = where_only_the_jumps_go(reading, 4.0)
    monkeypatch.setitem(gates.FASTEST_MPS, TrackKind.AEROPLANE, 1e7)
    monkeypatch.setitem(gates.FASTEST_MPS, TrackKind.UNKNOWN, 1e7)
    assert entered(reading, zones)[1] != []


def test_a_week_of_fire_flights_is_called_about_where_they_fly_and_nowhere_else():
    reading = recorded("firefighting/calfire")
    busiest, counts = np.unique(
        [(round(fix.place.lon, 1), round(fix.place.lat, 1)) for fix in reading.fixes],
        axis=0,
        return_counts=True,
    )
    lon, lat = busiest[counts.argmax()]
    ocean = zone("Ocean", -128.0, 38.0, 20_000.0)
    summary, alarms = entered(reading, [zone("Busiest", lon, lat, 8_000.0), ocean])
    assert summary.things == 45
    assert alarms
    assert not [line for line in alarms if "Ocean" in line.title]
