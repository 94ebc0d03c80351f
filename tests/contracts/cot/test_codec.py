"""Cursor on Target as others send it: golden events, streams cut anywhere, and everything that is wrong."""

from __future__ import annotations

import tracemalloc
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.contracts.cot import golden

from keepclear.geo.heights import Altitude, Datum
from keepclear.links.cot.codec import CE_TO_95, LE_TO_95, CotCodec, instant, kind_of
from keepclear.links.cot.framing import MAX_EVENT_BYTES, SLOWEST
from keepclear.links.feeds import Reading
from keepclear.model.feeds import Feed, FeedKind
from keepclear.model.tracks import Fix, Standing, TrackKind
from keepclear.model.words import PartyId

NOW = datetime(2026, 3, 1, 6, 0, 1, tzinfo=UTC)
COA = PartyId("COA")
OTHERS = Feed("devices", COA, FeedKind.COT)
OWN = Feed("devices", COA, FeedKind.COT, Standing.OWN)


def read(*parts: bytes, feed: Feed = OTHERS) -> Reading:
    """Read a stream that came in these parts."""
    codec = CotCodec(feed)
    found = [codec.read(part, NOW) for part in parts]
    return Reading(
        tuple(fix for each in found for fix in each.fixes),
        tuple(track for each in found for track in each.tracks),
        tuple(no for each in found for no in each.unread),
        any(each.alive for each in found),
    )


def one(event: bytes, feed: Feed = OTHERS) -> Fix:
    [fix] = read(event, feed=feed).fixes
    return fix


def rules(*parts: bytes) -> list[str]:
    return [no.rule for no in read(*parts).unread]


# What is read.


def test_a_device_that_reports_itself_is_read_whole():
    reading = read(golden.SELF)
    [fix], [track] = reading.fixes, reading.tracks
    assert (fix.track, fix.source, fix.received_at) == ("ANDROID-589520ccfcd20f01", "devices", NOW)
    assert fix.at == datetime(2026, 3, 1, 6, 0, 0, 123_000, tzinfo=UTC)
    assert (fix.place.lat, fix.place.lon) == (33.505, 38.98)
    assert fix.height == Altitude(512.3, Datum.WGS84)
    assert fix.accuracy_m == pytest.approx(4.5 * CE_TO_95)
    assert fix.height_accuracy_m == pytest.approx(9.0 * LE_TO_95)
    assert (fix.course_deg, fix.speed_mps, fix.climb_mps) == (123.4, 1.2, None)
    assert track.callsign == "Сокол 3 · ö"


def test_every_golden_event_is_read_and_only_positions_move_anything():
    for event in golden.POSITIONS:
        assert (len(read(event).fixes), read(event).unread) == (1, ()), event
    for event in golden.OTHERS:
        assert read(event) == Reading(alive=True), event


@pytest.mark.parametrize(
    ("event", "kind"),
    [
        (golden.AEROPLANE, TrackKind.AEROPLANE),
        (golden.HELICOPTER, TrackKind.HELICOPTER),
        (golden.DRONE, TrackKind.DRONE),
        (golden.VESSEL, TrackKind.VESSEL),
        (golden.VEHICLE, TrackKind.VEHICLE),
        (golden.SELF, TrackKind.UNKNOWN),
    ],
)
def test_the_type_gives_the_kind(event, kind):
    assert read(event).tracks[0].kind is kind


@pytest.mark.parametrize("affiliation", "puafnshjk")
def test_the_affiliation_is_kept_nowhere(affiliation):
    made = read(golden.event(f"a-{affiliation}-A-M-H", "x"))
    assert made == read(golden.event("a-n-A-M-H", "x"))
    assert kind_of(f"a-{affiliation}-A-M-H") is TrackKind.HELICOPTER


@pytest.mark.parametrize(
    "given_", ["9999999", "9999999.0", "999999", "9999999.00", "0", "0.0", "-1", "NaN", "", "x"]
)
def test_an_accuracy_that_is_not_known_is_never_zero(given_):
    fix = one(
        golden.event(
            "a-n-G", "x", point=f'<point lat="1" lon="2" hae="{given_}" ce="{given_}" le="{given_}"/>'
        )
    )
    assert (fix.accuracy_m, fix.height_accuracy_m) == (None, None)
    assert one(golden.UNKNOWN_ERROR).height is None


@pytest.mark.parametrize(
    ("written", "microsecond"),
    [
        ("", 0),
        (".12", 120_000),
        (".123", 123_000),
        (".123456", 123_456),
        (".1", 100_000),
        (".123456789", 123_456),
    ],
)
def test_a_time_may_have_any_number_of_digits(written, microsecond):
    fix = one(golden.event("a-n-G", "x", time=f"2026-03-01T06:00:00{written}Z"))
    assert fix.at == datetime(2026, 3, 1, 6, 0, 0, microsecond, tzinfo=UTC)


def test_a_time_with_an_offset_is_the_same_instant():
    assert instant("2026-03-01T09:00:00+03:00") == datetime(2026, 3, 1, 6, tzinfo=UTC)


@pytest.mark.parametrize(
    "time",
    ["", "now", "2026-03-01", "2026-03-01T06:00:00", "2026-13-01T06:00:00Z", "20260301T060000Z",
     "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "2026-03-01T25:00:00Z", "2026-W09-7T06:00:00Z",
     "2026-03-01T06:00:00." + "1" * 60 + "Z", "٢٠٢٦-03-01T06:00:00Z"],
)  # fmt: skip
def test_what_is_no_instant_is_refused(time):
    assert rules(golden.event("a-n-G", "x", time=time)) == ["event-instant"]


@pytest.mark.parametrize("uid", ["", "x" * 121, "a&#10;b"])
def test_a_name_that_is_none_is_refused(uid):
    assert rules(golden.event("a-n-G", uid)) == ["event-uid"]


@pytest.mark.parametrize("lat", ["91", "NaN", "inf", "", "north", "1e999"])
def test_a_place_on_no_map_is_refused(lat):
    assert rules(golden.event("a-n-G", "x", point=f'<point lat="{lat}" lon="2" ce="3"/>')) == [
        "coordinate-range"
    ]


def test_an_event_without_a_point_is_refused():
    assert rules(golden.event("a-n-G", "x", point="")) == ["coordinate-range"]


# Whose it is.


def test_whose_a_thing_is_comes_from_the_feed_and_never_from_the_sender():
    mine = golden.event("a-f-G-U-C", "x", '<__group name="COA" role="HQ"/>')
    assert read(mine).tracks[0].standing is Standing.OTHER
    [track] = read(mine, feed=OWN).tracks
    assert (track.standing, track.whose) == (Standing.OWN, "COA")


@pytest.mark.parametrize(
    "event", [golden.BY_HAND, golden.VESSEL, golden.event("a-h-A-M-F", "seen", how="m-r")]
)
def test_what_a_device_has_put_on_its_map_of_others_does_not_become_own(event):
    [track] = read(event, feed=OWN).tracks
    assert (track.standing, track.whose) == (Standing.OTHER, None)


def test_what_this_node_has_sent_out_does_not_come_in_again():
    for echo in (
        golden.event("a-n-A-C-F", "keepclear.adsb.4ca7b3"),
        golden.event("a-f-G-U-C", "ANDROID-1", '<_flow-tags_ TAK-Server-1="x" keepclear.node="2026"/>'),
    ):
        assert read(echo, feed=OWN) == Reading(alive=True)
    flowed = golden.event("a-f-G-U-C", "ANDROID-1", '<_flow-tags_ TAK-Server-1="2026"/>')
    assert len(read(flowed).fixes) == 1


def test_what_is_said_of_a_thing_is_said_once_on_a_connection_and_when_it_changes():
    codec = CotCodec(OWN)
    renamed = golden.SELF.replace('callsign="Сокол 3 · ö"'.encode(), b'callsign="B"')
    assert [len(codec.read(event, NOW).tracks) for event in (golden.SELF, golden.SELF, renamed)] == [1, 0, 1]


# Framing.

STREAM = golden.DECLARATION.join((b"", *golden.EVERY))
VARIANTS = (
    b"".join(golden.EVERY),
    b"\n".join(golden.EVERY),
    b"\r\n\r\n".join((*golden.EVERY, b"")),
    STREAM,
    b"\n".join(golden.DECLARATION + b"\n" + event for event in golden.EVERY),
    b"\xef\xbb\xbf" + STREAM,
    b" \t\n\0".join(golden.EVERY),
)
WHOLE = read(b"".join(golden.EVERY))


@pytest.mark.parametrize("stream", VARIANTS, ids=range(len(VARIANTS)))
def test_declarations_and_line_breaks_between_events_make_no_difference(stream):
    assert read(stream) == WHOLE
    assert len(WHOLE.fixes) == len(golden.POSITIONS)


def test_a_stream_split_at_every_byte_reads_the_same_inside_a_character_too():
    pair = golden.DECLARATION + golden.SELF + b"\n" + golden.DECLARATION + golden.CHAT + golden.AEROPLANE
    whole = read(pair)
    assert any(byte > 127 for byte in golden.SELF)
    for cut in range(len(pair) + 1):
        assert read(pair[:cut], pair[cut:]) == whole, cut


def test_reads_of_one_byte_give_the_same():
    assert read(*(STREAM[at : at + 1] for at in range(len(STREAM)))) == WHOLE


@given(st.lists(st.integers(0, len(STREAM)), max_size=30))
@settings(max_examples=100, deadline=None)
def test_a_stream_cut_anywhere_reads_the_same(cuts):
    ends = [0, *sorted(cuts), len(STREAM)]
    assert read(*(STREAM[a:b] for a, b in pairwise(ends))) == WHOLE


def test_the_end_of_an_event_may_have_white_space():
    assert len(read(golden.SELF.replace(b"</event>", b"</event\n >") + golden.AEROPLANE).fixes) == 2


# What is wrong takes nothing else with it.

MANY = " ".join(f'a{number}="1"' for number in range(65))


@pytest.mark.parametrize(
    ("wrong", "rule"),
    [
        (b'<!DOCTYPE event [<!ENTITY a "b">]>' + golden.SELF, "document-type"),
        (b'<!DOCTYPE event SYSTEM "file:///etc/passwd">' + golden.SELF, "document-type"),
        (b"<?xml-stylesheet href='x'?>" + golden.SELF, "document-type"),
        (golden.SELF.replace(b"ATAK-CIV", b"&undefined;"), "event-xml"),
        (golden.SELF.replace(b"ATAK-CIV", b"\xff\xfe"), "event-xml"),
        (golden.SELF.replace(b"ATAK-CIV", b"\xed\xa0\x80"), "event-xml"),
        (golden.SELF.replace(b"<status", b"<status<"), "event-xml"),
        (golden.event("a-n-G", "x", "<d>" * 31 + "</d>" * 31), "event-depth"),
        (golden.event("a-n-G", "x", f"<d {MANY}/>"), "event-attributes"),
        (golden.event("a-n-G", "x", "<d/>" * 4_001), "event-attributes"),
        (b"<html><body/></html></event>", "event-root"),
        (b'<auth><cot username="a" password="b"/></auth></event>', "event-root"),
        (b"garbage</event>", "event-xml"),
    ],
)  # fmt: skip
def test_one_bad_event_is_refused_by_itself(wrong, rule):
    found = read(golden.AEROPLANE + wrong + golden.HELICOPTER)
    assert [fix.track for fix in found.fixes] == ["ICAO-4CA7B3", "rescue-1"]
    assert [no.rule for no in found.unread] == [rule]
    assert found.unread[0].at == len(golden.AEROPLANE)


def test_entity_bombs_cost_nothing():
    laughs = b"".join(b'<!ENTITY l%d "%s">' % (n, b"&l%d;" % (n - 1) * 10) for n in range(1, 12))
    bomb = (
        b'<!DOCTYPE event [<!ENTITY l0 "lol">' + laughs + b"]>" + golden.SELF.replace(b"ATAK-CIV", b"&l11;")
    )
    tracemalloc.start()
    found = read(bomb + golden.HELICOPTER)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert [fix.track for fix in found.fixes] == ["rescue-1"]
    assert peak < 2_000_000


def test_the_rest_of_a_broken_event_does_not_take_its_neighbour():
    cut = golden.SELF[:200]
    found = read(cut + golden.DECLARATION + golden.AEROPLANE + golden.HELICOPTER)
    assert [fix.track for fix in found.fixes] == ["ICAO-4CA7B3", "rescue-1"]
    assert [no.rule for no in found.unread] == ["event-xml"]


def test_what_is_sent_before_the_first_event_does_not_take_it():
    found = read(b'<auth><cot username="a" password="b"/></auth>' + golden.HELICOPTER)
    assert ([fix.track for fix in found.fixes], len(found.unread)) == (["rescue-1"], 1)


def test_deep_nesting_is_refused_before_it_costs():
    assert rules(golden.event("a-n-G", "x", "<d>" * 15_000)) == ["event-depth"]


def test_an_event_at_the_bound_is_read_and_one_beyond_it_is_not():
    bare = len(golden.event("a-n-G", "x", "<r></r>"))
    largest = golden.event("a-n-G", "x", f"<r>{'y' * (MAX_EVENT_BYTES - bare)}</r>")
    assert len(largest) == MAX_EVENT_BYTES
    assert len(read(largest).fixes) == 1
    larger = largest.replace(b"yy</r>", b"yyy</r>")
    assert rules(larger) == ["event-size"]
    assert [fix.track for fix in read(larger + golden.HELICOPTER).fixes] == ["rescue-1"]


def test_an_endless_event_holds_a_bounded_part_and_the_stream_goes_on_after_it():
    codec = CotCodec(OTHERS)
    tracemalloc.start()
    unread = list(codec.read(golden.SELF[:-30], NOW).unread)
    for _ in range(2_000):
        unread += codec.read(b"y" * 10_000, NOW).unread
        assert codec.held <= MAX_EVENT_BYTES
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert [no.rule for no in unread] == ["event-size"]
    assert peak < 2_000_000
    found = codec.read(b"</event>" + golden.HELICOPTER, NOW)
    assert [fix.track for fix in found.fixes] == ["rescue-1"]


def test_an_event_that_trickles_in_is_given_up_after_its_time():
    codec = CotCodec(OTHERS)
    assert codec.read(golden.SELF[:100], NOW).unread == ()
    assert codec.read(golden.SELF[100:101], NOW + SLOWEST).unread == ()
    [no] = codec.read(golden.SELF[101:102], NOW + SLOWEST + timedelta(seconds=1)).unread
    assert no.rule == "event-time"
    late = NOW + SLOWEST * 3
    assert codec.read(golden.SELF[102:], late) == Reading()
    assert len(codec.read(golden.SELF, late).fixes) == 1


def test_many_bad_events_are_counted_and_few_are_listed():
    found = read(b"x</event>" * 500)
    assert len(found.unread) == 101
    assert found.unread[-1].words.startswith("400 more")


def test_ours_is_one_parser_and_it_refuses_what_an_event_never_needs():
    """A parser made elsewhere in the link would have none of these bounds."""
    import pathlib

    import keepclear.links.cot as link

    folder = pathlib.Path(link.__file__).parent
    made = {path.name: path.read_text("utf-8") for path in folder.glob("*.py")}
    assert [name for name, text in made.items() if "ParserCreate" in text] == ["reading.py"]
    assert made["reading.py"].count("ParserCreate") == 1
    assert not [name for name, text in made.items() if "ElementTree" in text or "lxml" in text]
