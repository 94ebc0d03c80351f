"""Recorded flights to fixes: both forms of the file, units, and what is left out and counted."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime

import pytest

from keepclear.errors import Malformed
from keepclear.geo.heights import Datum
from keepclear.links.recorded.codec import read
from keepclear.model.feeds import Feed
from keepclear.model.words import PartyId

FEED = Feed("recording", PartyId("DESK"))
ROWS = [
    {"timestamp": 1_600_000_010_000, "icao24": "a1", "latitude": 40.0, "longitude": -120.0,
     "altitude": 1_000.0, "groundspeed": 100.0, "track": 360.0, "vertical_rate": 600.0, "callsign": "T1 "},
    {"timestamp": 1_600_000_000_000, "icao24": "b2", "latitude": 41.0, "longitude": -121.0,
     "geoaltitude": 500.0},
    {"timestamp": 1_600_000_005_000, "icao24": "b2", "latitude": None, "longitude": None},
]  # fmt: skip


def columns() -> dict:
    names = {name for row in ROWS for name in row}
    return {name: {str(n): row.get(name) for n, row in enumerate(ROWS)} for name in names}


@pytest.mark.parametrize("given", [ROWS, columns()])
@pytest.mark.parametrize("packed", [gzip.compress, bytes])
def test_rows_and_columns_give_the_same_in_the_order_of_time(given, packed):
    found = read(packed(json.dumps(given).encode()), FEED)
    assert [fix.track for fix in found.fixes] == ["b2", "a1"]
    last = found.fixes[-1]
    assert last.at == last.received_at == datetime.fromtimestamp(1_600_000_010, UTC)
    assert (last.height.value_m, last.height.datum) == (pytest.approx(304.8), Datum.STD)
    assert (last.speed_mps, last.course_deg, last.climb_mps) == (pytest.approx(51.444, abs=1e-3), 0.0, 3.048)
    assert found.fixes[0].height.datum is Datum.WGS84
    assert last.accuracy_m is None
    assert {track.callsign for track in found.tracks} == {"T1", ""}
    assert found.unread[0].words == "1 rows without a place or a time"


@pytest.mark.parametrize("body", [b"", b"\x1f\x8b\x00", b"{", b"[1]", b'{"timestamp": 5}', b"[" * 9_000])
def test_what_is_no_recording_is_refused(body):
    with pytest.raises(Malformed):
        read(body, FEED)
