"""Aircraft of readsb and dump1090: units, datums, quality, ages, and everything that is wrong."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from tests.contracts.cot.devices import COA, free_port, post, until
from tests.contracts.mutations import mutated

from keepclear.errors import Malformed
from keepclear.geo.heights import Altitude, Datum
from keepclear.links.readsb.codec import MAX_LINE_BYTES, LineCodec, read_document
from keepclear.links.readsb.port import check_address
from keepclear.model.feeds import Feed, FeedKind
from keepclear.model.tracks import Standing, TrackKind

NOW = datetime(2026, 3, 1, 6, 0, 1, tzinfo=UTC)
FEED = Feed("adsb", COA, FeedKind.READSB)
SECONDS = 1_772_344_800.0  # 2026-03-01 06:00:00 UTC

# Written by hand after the field list of readsb's README-json.
RYANAIR = b"""{"hex":"4ca7b3","type":"adsb_icao","flight":"RYR12AB ","r":"EI-DLC","t":"B738","alt_baro":36000,
"alt_geom":36625,"gs":446.3,"ias":250,"tas":440,"mach":0.76,"track":87.04,"baro_rate":-64,"geom_rate":-32,
"squawk":"1000","emergency":"none","category":"A3","nav_qnh":1013.6,"lat":48.853,"lon":2.349,"nic":8,"rc":186,
"seen_pos":1.25,"version":2,"nic_baro":1,"nac_p":9,"nac_v":1,"sil":3,"sil_type":"perhour","gva":2,"sda":2,
"alert":0,"spi":0,"mlat":[],"tisb":[],"messages":1234,"seen":0.1,"rssi":-12.3}"""
DUMP1090 = (
    b'{"hex":"3c6444","flight":"DLH4A","lat":50.1,"lon":8.6,"altitude":12000,"speed":300,"track":10,"seen":1}'
)
ON_GROUND = b'{"hex":"~2a0b01","lat":48.0,"lon":2.0,"alt_baro":"ground","gs":8.5,"category":"C2","nac_p":0}'
NO_PLACE = b'{"hex":"a1b2c3","alt_baro":5000,"seen":3}'
EVERY = (RYANAIR, DUMP1090, ON_GROUND, NO_PLACE)


def document(*aircraft: bytes) -> bytes:
    return b'{"now":%f,"messages":1,"aircraft":[%s]}' % (SECONDS, b",".join(aircraft))


def one(aircraft: bytes, feed: Feed = FEED):
    reading = read_document(document(aircraft), feed, NOW)
    [fix], [track] = reading.fixes, reading.tracks
    return fix, track


def changed(**more: object):
    said = msgspec.json.decode(RYANAIR) | more
    return one(msgspec.json.encode({name: value for name, value in said.items() if value is not None}))[0]


def test_an_aircraft_is_read_in_metres_with_the_time_at_which_it_was_heard():
    fix, track = one(RYANAIR)
    assert fix.at == datetime.fromtimestamp(SECONDS - 1.25, UTC)
    assert (fix.track, fix.source, fix.place.lat, fix.place.lon) == ("4ca7b3", "adsb", 48.853, 2.349)
    assert fix.height == Altitude(36_625 * 0.3048, Datum.WGS84)
    assert fix.height_accuracy_m == 45.0
    assert fix.accuracy_m == 30.0
    assert fix.speed_mps == pytest.approx(229.596, abs=0.01)
    assert fix.climb_mps == pytest.approx(-0.16256)
    assert fix.course_deg == 87.04
    assert (track.callsign, track.kind, track.standing) == ("RYR12AB", TrackKind.AEROPLANE, Standing.OTHER)


def test_pressure_altitude_stays_on_the_standard_setting():
    fix = changed(alt_geom=None)
    assert fix.height == Altitude(36_000 * 0.3048, Datum.STD)
    assert fix.height_accuracy_m is None
    assert one(DUMP1090)[0].height == Altitude(12_000 * 0.3048, Datum.STD)


def test_on_the_ground_is_zero_above_ground():
    fix, track = one(ON_GROUND)
    assert fix.height == Altitude(0.0, Datum.AGL)
    assert (fix.accuracy_m, track.kind) == (None, TrackKind.VEHICLE)


@pytest.mark.parametrize(
    ("said", "accuracy_m"),
    [
        ({"nac_p": 11}, 3.0),
        ({"nac_p": 8}, 92.6),
        ({"nac_p": 0}, 186.0),
        ({"nac_p": None, "rc": None}, 185.2),
        ({"nac_p": 0, "rc": 0, "nic": 0}, None),
        ({"nac_p": None, "rc": None, "nic": None}, None),
    ],
)
def test_quality_becomes_an_accuracy_and_is_unknown_where_it_was_not_said(said, accuracy_m):
    assert changed(**said).accuracy_m == accuracy_m


def test_an_aircraft_without_a_place_is_proof_of_life_alone():
    reading = read_document(document(NO_PLACE), FEED, NOW)
    assert (reading.fixes, reading.unread, reading.alive) == ((), (), True)


def test_one_bad_aircraft_takes_none_of_its_neighbours():
    wrong = (
        b'{"hex":"zz"}', b'{"hex":"abcdef","lat":91,"lon":0}', b'{"lat":1}', b'{"hex":"abcdef","lat":{}}',
        b'{"hex":"abcdef","lat":1,"lon":1,"seen_pos":-5}', b'{"hex":"abcdef","lat":1,"lon":1,"now":1e99}',
    )  # fmt: skip
    reading = read_document(document(RYANAIR, *wrong, DUMP1090), FEED, NOW)
    assert [fix.track for fix in reading.fixes] == ["4ca7b3", "3c6444"]
    assert [no.at for no in reading.unread] == [1, 2, 3, 4, 5, 6]


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'{"aircraft":1}', b'{"now":"x","aircraft":[]}', b"\xff"])
def test_what_is_no_document_is_refused(body):
    [no] = read_document(body, FEED, NOW).unread
    assert no.rule == "readsb-json"


STREAM = b"\n".join(aircraft.replace(b"\n", b"") for aircraft in EVERY) + b"\n"


def lines(*parts: bytes):
    codec = LineCodec(FEED)
    found = [codec.read(part, NOW) for part in parts]
    return [fix for each in found for fix in each.fixes], [no for each in found for no in each.unread]


def test_lines_split_at_every_byte_read_the_same():
    whole = lines(STREAM)
    assert len(whole[0]) == 3
    for cut in range(len(STREAM) + 1):
        assert lines(STREAM[:cut], STREAM[cut:]) == whole
    assert lines(*(STREAM[at : at + 1] for at in range(len(STREAM)))) == whole


def test_a_line_without_end_holds_a_bounded_part_and_the_stream_goes_on():
    codec = LineCodec(FEED)
    unread = [no for _ in range(200) for no in codec.read(b"x" * 10_000, NOW).unread]
    assert [no.rule for no in unread] == ["line-size"]
    assert codec.held <= MAX_LINE_BYTES
    assert len(codec.read(b"\n" + STREAM, NOW).fixes) == 3


def sweep(count: int, seed: int) -> int:
    wrong = 0
    codec = LineCodec(FEED)
    for data in mutated((*EVERY, document(*EVERY), STREAM), count, seed):
        reading = read_document(data, FEED, NOW)
        stream = codec.read(data, NOW)
        wrong += len(reading.unread) + len(stream.unread)
        assert codec.held <= MAX_LINE_BYTES
        for fix in (*reading.fixes, *stream.fixes):
            assert fix.accuracy_m is None or fix.accuracy_m > 0
            assert fix.at <= NOW + timedelta(days=100_000)
    return wrong


def test_damaged_input_is_refused_and_never_raises():
    assert sweep(2_000, 3) > 500


@pytest.mark.soak
def test_much_damaged_input_never_raises():
    assert sweep(300_000, 4) > 50_000


@pytest.mark.parametrize("address", ["", "ftp://x/aircraft.json", "tcp://host", "tcp://host:0"])
def test_what_is_no_address_is_refused(address):
    with pytest.raises(Malformed, match="feed-address"):
        check_address(address)


def test_a_file_and_a_receiver_over_http_bring_aircraft_in(tmp_path):
    path, port = tmp_path / "aircraft.json", free_port()
    by_file = Feed("file", COA, FeedKind.READSB, address=str(path))
    by_http = Feed("web", COA, FeedKind.READSB, address=f"http://127.0.0.1:{port}/data/aircraft.json")
    with post(by_file, by_http) as there:
        made = document(RYANAIR).replace(b"%f" % SECONDS, b"%f" % there.there.now.timestamp())
        path.write_bytes(made)

        async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(made) + made)
            await writer.drain()
            writer.close()

        async def wait() -> None:
            async with await asyncio.start_server(answer, "127.0.0.1", port):
                await until(lambda: there.there.live.desk(COA).columns.size == 2)

        there.run(wait())
        assert {thing["feed"] for thing in there.there.look()["moving"]} == {"file", "web"}
        path.write_bytes(b"{")

        async def refused() -> None:
            await until(lambda: there.there.live.health(by_file).unread)

        there.run(refused())
