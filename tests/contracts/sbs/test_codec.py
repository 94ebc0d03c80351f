"""BaseStation lines: fields, units, the zone that no line states, and everything that is wrong."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest
from tests.contracts.cot.devices import COA, free_port, post, until
from tests.contracts.mutations import mutated

from keepclear.errors import Malformed
from keepclear.geo.heights import Altitude, Datum
from keepclear.links.sbs.codec import MAX_LINE_BYTES, SbsCodec, zone_of
from keepclear.links.sbs.port import read_address
from keepclear.model.feeds import Feed, FeedKind
from keepclear.model.tracks import Standing

NOW = datetime(2026, 3, 1, 6, 0, 1, tzinfo=UTC)
FEED = Feed("sbs", COA, FeedKind.SBS)

# Written by hand after the published field list of the socket output.
CALLSIGN = b"MSG,1,1,1,4CA7B3,1,2026/03/01,06:00:00.100,2026/03/01,06:00:00.150,RYR12AB ,,,,,,,,,,,0"
AIRBORNE = (
    b"MSG,3,1,1,4CA7B3,1,2026/03/01,06:00:00.500,2026/03/01,06:00:00.550,,36000,,,48.85300,2.34900,,,0,0,0,0"
)
SPEED = b"MSG,4,1,1,4CA7B3,1,2026/03/01,06:00:00.300,2026/03/01,06:00:00.350,,,446.3,87.0,,,-64,,0,0,0,0"
SURFACE = (
    b"MSG,2,1,1,3C6444,1,2026/03/01,06:00:00.700,2026/03/01,06:00:00.750,,0,8.5,10.0,50.1,8.6,,,0,0,0,-1"
)
OTHERS = (
    b"STA,,5,179,400AE7,10103,2026/03/01,06:00:00,2026/03/01,06:00:00,RM",
    b"CLK,,,,,,2026/03/01,06:00:00,,",
)
EVERY = (CALLSIGN, SPEED, AIRBORNE, SURFACE, *OTHERS)
STREAM = b"\r\n".join(EVERY) + b"\r\n"


def read(*parts: bytes, zone: str = ""):
    codec = SbsCodec(FEED, zone_of(zone))
    found = [codec.read(part, NOW) for part in parts]
    return (
        [fix for each in found for fix in each.fixes],
        {track.id: track for each in found for track in each.tracks},
        [no for each in found for no in each.unread],
    )


def test_a_position_has_the_speed_and_the_callsign_that_came_before_it():
    fixes, tracks, unread = read(STREAM)
    first, second = fixes
    assert unread == []
    assert (first.track, first.place.lat, first.place.lon) == ("4ca7b3", 48.853, 2.349)
    assert first.at == datetime(2026, 3, 1, 6, 0, 0, 500_000, tzinfo=UTC)
    assert first.height == Altitude(36_000 * 0.3048, Datum.STD)
    assert first.speed_mps == pytest.approx(229.596, abs=0.01)
    assert first.climb_mps == pytest.approx(-0.32512)
    assert (first.course_deg, first.accuracy_m, first.height_accuracy_m) == (87.0, None, None)
    assert (tracks["4ca7b3"].callsign, tracks["4ca7b3"].standing) == ("RYR12AB", Standing.OTHER)
    assert second.height == Altitude(0.0, Datum.AGL)


def test_a_speed_that_has_aged_goes_with_no_position():
    late = AIRBORNE.replace(b"06:00:00.500", b"06:00:11.500")
    [fix], _, _ = read(SPEED + b"\n" + late + b"\n")
    assert fix.speed_mps is None


def test_the_zone_of_the_receivers_clock_is_a_setting():
    [fix], _, _ = read(AIRBORNE.replace(b"06:00:00.500", b"09:00:00.500") + b"\n", zone="+03:00")
    assert fix.at == datetime(2026, 3, 1, 6, 0, 0, 500_000, tzinfo=UTC)
    assert read_address("127.0.0.1:30003#-05:30")[1] == zone_of("-05:30")


def test_a_line_without_a_time_counts_when_it_came():
    [fix], _, _ = read(AIRBORNE.replace(b"2026/03/01,06:00:00.500", b",") + b"\n")
    assert fix.at == NOW


@pytest.mark.parametrize(
    ("line", "rule"),
    [
        (b"hello", "sbs-line"),
        (b"MSG,3", "sbs-line"),
        (b"MSG,3" + b"," * 30, "sbs-line"),
        (AIRBORNE.replace(b"4CA7B3", b"XYZ"), "aircraft-address"),
        (AIRBORNE.replace(b"2026/03/01,06:00:00.500", b"2026/13/01,06:00:00.500"), "sbs-instant"),
        (AIRBORNE.replace(b"06:00:00.500", b"soon"), "sbs-instant"),
        (AIRBORNE.replace(b"48.85300", b"148.8"), "coordinate-range"),
        (AIRBORNE.replace(b"48.85300", b"NaN"), "coordinate-range"),
        (AIRBORNE.replace(b"48.85300", b"\xff\xfe"), "sbs-line"),
        (b"x" * (MAX_LINE_BYTES + 1), "line-size"),
    ],
)
def test_one_bad_line_is_refused_by_itself(line, rule):
    fixes, _, unread = read(AIRBORNE + b"\n" + line + b"\n" + SURFACE + b"\n")
    assert [fix.track for fix in fixes] == ["4ca7b3", "3c6444"]
    assert [no.rule for no in unread] == [rule]


def test_a_stream_split_at_every_byte_reads_the_same():
    whole = read(STREAM)
    for cut in range(len(STREAM) + 1):
        assert read(STREAM[:cut], STREAM[cut:]) == whole
    assert read(*(STREAM[at : at + 1] for at in range(len(STREAM)))) == whole


def test_a_line_without_end_holds_a_bounded_part_and_the_stream_goes_on():
    codec = SbsCodec(FEED)
    unread = [no for _ in range(200) for no in codec.read(b"x" * 1_000, NOW).unread]
    assert [no.rule for no in unread] == ["line-size"]
    assert codec.held <= MAX_LINE_BYTES
    assert len(codec.read(b"\n" + STREAM, NOW).fixes) == 2


def sweep(count: int, seed: int) -> int:
    wrong = 0
    codec = SbsCodec(FEED)
    for data in mutated((*EVERY, STREAM), count, seed):
        reading = codec.read(data + b"\n", NOW)
        wrong += len(reading.unread)
        assert codec.held <= MAX_LINE_BYTES
        for fix in reading.fixes:
            assert fix.accuracy_m is None
            assert fix.speed_mps is None or fix.speed_mps >= 0
    return wrong


def test_damaged_input_is_refused_and_never_raises():
    assert sweep(3_000, 5) > 500


@pytest.mark.soak
def test_much_damaged_input_never_raises():
    assert sweep(300_000, 6) > 50_000


@pytest.mark.parametrize(
    "address", ["", "host", "host:x", "host:70000", "127.0.0.1:30003#3", "127.0.0.1:30003#+99:00"]
)
def test_what_is_no_address_is_refused(address):
    with pytest.raises(Malformed):
        read_address(address)


def test_a_receiver_brings_aircraft_in():
    port = free_port()
    with post(Feed("sbs", COA, FeedKind.SBS, address=f"127.0.0.1:{port}")) as there:
        day, clock = f"{there.there.now:%Y/%m/%d}".encode(), f"{there.there.now:%H:%M:%S}".encode()

        async def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(STREAM.replace(b"2026/03/01", day).replace(b"06:00:00", clock))
            await writer.drain()
            await asyncio.sleep(5)
            writer.close()

        async def wait() -> None:
            async with await asyncio.start_server(answer, "127.0.0.1", port):
                await until(lambda: there.there.live.desk(COA).columns.size == 2)

        there.run(wait())
        assert set(there.there.moving()) == {"4ca7b3", "3c6444"}
        assert there.there.moving()["4ca7b3"]["callsign"] == "RYR12AB"
