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


def where_only_the_jumps_go(reading):
    """Zones of one kilometre half way along jumps of 5 to 20 km in a second, where no fix at all was."""
    lon = np.array([fix.place.lon for fix in reading.fixes])
    lat = np.array([fix.place.lat for fix in reading.fixes])
    shrink = np.cos(np.radians(lat[1:]))
    step_km = np.hypot(np.diff(lon) * shrink, np.diff(lat)) / KM
    seconds = np.diff([fix.at.timestamp() for fix in reading.fixes])
    found = []
    for n in np.flatnonzero((step_km > 5.0) & (step_km < 20.0) & (seconds < 3.0)):
        middle = (lon[n] + lon[n + 1]) / 2, (lat[n] + lat[n + 1]) / 2
        away_km = np.hypot((lon - middle[0]) * shrink[n], lat - middle[1]) / KM
        if away_km.min() > 2.0:
            found.append(zone(f"Zone {n}", *middle, 1_000.0))
    return found


def along(reading, count=6):
    """Zones of three kilometres at places that the flight passes."""
    places = [reading.fixes[len(reading.fixes) * n // (count + 1)].place for n in range(1, count + 1)]
    return [zone(f"Zone {n}", place.lon, place.lat, 3_000.0) for n, place in enumerate(places)]


def without_the_speed_gate(monkeypatch):
    for kind in (TrackKind.AEROPLANE, TrackKind.UNKNOWN):
        monkeypatch.setitem(gates.FASTEST_MPS, kind, 1e7)


def test_spoofed_jumps_call_nobody():
    reading = recorded("noisy/noisy_spoofing")
    zones = where_only_the_jumps_go(reading)
    assert zones, "the recording has jumps that lead away from its way"
    summary, alarms = entered(reading, zones)
    assert summary.refused["faster-than-its-kind"] > 100
    assert alarms == []


def test_a_twin_without_the_speed_gate_calls_for_the_jumps(monkeypatch):
    reading = recorded("noisy/noisy_spoofing")
    zones = where_only_the_jumps_go(reading)
    without_the_speed_gate(monkeypatch)
    assert entered(reading, zones)[1] != []


def test_fixes_of_a_troubled_clock_are_called_about_once_for_each_passage():
    """Old places come again between the new ones: an area that was left is not entered once more by them."""
    reading = recorded("noisy/noisy_time_issue")
    summary, alarms = entered(reading, along(reading))
    assert summary.refused["faster-than-its-kind"] > 100
    titles = [line.title for line in alarms]
    assert titles
    assert len(titles) == len(set(titles)), titles


@pytest.mark.long
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
