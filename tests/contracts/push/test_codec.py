"""What is sent over HTTP: three forms give the same fixes, and one bad piece takes no other with it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keepclear.errors import Refused
from keepclear.geo.heights import Datum
from keepclear.links.push.codec import CSV, GEOJSON, JSON, MAX_PIECES, MAX_UNREAD, read
from keepclear.model.feeds import Feed
from keepclear.model.tracks import Standing, TrackKind
from keepclear.model.words import PartyId

AT = "2026-03-01T06:00:00Z"
NOW = datetime(2026, 3, 1, 6, 0, 1, tzinfo=UTC)
COA = PartyId("COA")
OTHERS, OWN = Feed("adsb", COA), Feed("blue", COA, standing=Standing.OWN)
PIECE = {"id": "4ca7b3", "at": AT, "lon": 2.35, "lat": 48.85, "speed_mps": 90.0, "kind": "helicopter"}


def as_json(*pieces: object) -> bytes:
    return msgspec.json.encode({"fixes": pieces})


def as_geojson(*pieces: dict) -> bytes:
    features = [
        {
            "type": "Feature",
            "geometry": {"type": "Point", "coordinates": [each["lon"], each["lat"]]},
            "properties": {name: value for name, value in each.items() if name not in ("lon", "lat")},
        }
        for each in pieces
    ]
    return msgspec.json.encode({"type": "FeatureCollection", "features": features})


def as_csv(*pieces: dict) -> bytes:
    names = list(pieces[0])
    rows = [",".join(names), *(",".join(str(each[name]) for name in names) for each in pieces)]
    return "\r\n".join(rows).encode()


FORMS = ((JSON, as_json), (GEOJSON, as_geojson), (CSV, as_csv))


def test_the_three_forms_give_the_same():
    found = [read(form, write(PIECE), OTHERS, NOW) for form, write in FORMS]
    assert found[0] == found[1] == found[2]
    [fix], [track] = found[0].fixes, found[0].tracks
    assert (fix.place.lon, fix.place.lat, fix.speed_mps) == (2.35, 48.85, 90.0)
    assert (fix.source, fix.track, track.kind) == ("adsb", "4ca7b3", TrackKind.HELICOPTER)


def test_what_was_not_said_is_unknown_and_never_zero():
    [fix] = read(JSON, as_json({"id": "a", "at": AT, "lon": 0, "lat": 0}), OTHERS, NOW).fixes
    assert (fix.accuracy_m, fix.height, fix.speed_mps, fix.course_deg, fix.climb_mps) == (None,) * 5


def test_heights_keep_their_datum():
    third = as_geojson(PIECE).replace(b"[2.35,48.85]", b"[2.35,48.85,120.0]")
    assert read(GEOJSON, third, OTHERS, NOW).fixes[0].height.datum is Datum.WGS84
    said = read(CSV, as_csv(PIECE | {"height_m": 300, "height_datum": "AMSL"}), OTHERS, NOW).fixes[0].height
    assert (said.value_m, said.datum) == (300.0, Datum.AMSL)
    assert read(CSV, as_csv(PIECE | {"height_m": 300}), OTHERS, NOW).fixes[0].height.datum is Datum.UNKNOWN


BAD = [
    ({"lon": 200}, "lon", "type"), ({"lat": -91}, "lat", "type"),
    ({"at": "2026-03-01T06:00:00"}, "at", "naive-time"),
    ({"id": ""}, "id", "type"), ({"speed_mps": -1}, "speed_mps", "type"), ({"kind": "tank"}, "kind", "type"),
    ({"accuracy_m": -5}, "accuracy_m", "type"),
    ({"at": "9999-12-31T23:59:59-14:00"}, "at", "calendar"),
    ({"at": "0001-01-01T00:00:00+14:00"}, "at", "calendar"),
]  # fmt: skip


@pytest.mark.parametrize(("wrong", "field", "rule"), BAD)
@pytest.mark.parametrize(("form", "write"), FORMS)
def test_one_bad_piece_is_refused_by_itself(form, write, wrong, field, rule):
    whole = dict.fromkeys(wrong, "") | PIECE if form == CSV else PIECE
    bad = {name: (PIECE | wrong).get(name, "") for name in whole} if form == CSV else PIECE | wrong
    found = read(form, write(whole, bad, whole | {"id": "b"}), OTHERS, NOW)
    assert [fix.track for fix in found.fixes] == ["4ca7b3", "b"]
    [no] = found.unread
    assert (no.at, no.field) == (1, field)
    if rule in ("naive-time", "calendar") or form != CSV:
        assert no.rule == rule


def test_a_field_that_a_limit_bars_is_refused_by_that_limit():
    found = read(JSON, as_json(PIECE | {"weapon": "x"}, PIECE), OTHERS, NOW)
    assert [no.rule for no in found.unread] == ["LIM-01"]
    assert len(found.fixes) == 1


@pytest.mark.parametrize(
    ("feed", "said", "held"),
    [
        (OTHERS, "own", Standing.OTHER),
        (OTHERS, "consenting", Standing.OTHER),
        (OWN, None, Standing.OWN),
        (OWN, "other", Standing.OTHER),
        (OWN, "released", Standing.OTHER),
    ],
)
def test_no_item_says_more_of_itself_than_its_feed_may(feed, said, held):
    [track] = read(JSON, as_json(PIECE | ({} if said is None else {"standing": said})), feed, NOW).tracks
    assert track.standing is held


def test_no_feed_lets_things_out_as_released():
    with pytest.raises(Refused, match="LIM-08"):
        Feed("x", COA, standing=Standing.RELEASED)


def test_a_batch_is_bounded_and_so_is_the_list_of_what_was_refused():
    many = read(JSON, as_json(*[PIECE] * (MAX_PIECES + 5)), OTHERS, NOW)
    assert len(many.fixes) == MAX_PIECES
    assert many.unread[-1].rule == "batch-size"
    bad = read(JSON, as_json(*[{}] * 500), OTHERS, NOW)
    assert len(bad.unread) == MAX_UNREAD + 1
    assert bad.unread[-1].words == f"{500 - MAX_UNREAD} more pieces could not be read"


def test_another_media_type_is_refused_and_named():
    [no] = read("text/xml", b"<a/>", OTHERS, NOW).unread
    assert no.rule == "media-type"
    assert JSON in no.words


@settings(max_examples=150, deadline=timedelta(seconds=2))
@given(form=st.sampled_from(FORMS), cut=st.integers(0, 400), put=st.binary(max_size=6), deep=st.booleans())
def test_whatever_is_sent_it_never_raises(form, cut, put, deep):
    name, write = form
    whole = write(PIECE, PIECE | {"id": "b"})
    mangled = whole[:cut] + put + whole[cut + len(put) :]
    read(name, mangled if not deep else b"[" * 5_000 + mangled, OTHERS, NOW)


@pytest.mark.parametrize("value", ["4_0", "nan", "inf", "0x10", "1,5", "\u0664\u0660", "40N"])
def test_a_number_in_csv_is_one_as_people_write_it(value):
    found = read(CSV, as_csv(PIECE, PIECE | {"id": "b", "lat": f'"{value}"'}), OTHERS, NOW)
    assert [fix.track for fix in found.fixes] == ["4ca7b3"]
    assert [(no.field, no.rule) for no in found.unread] == [("lat", "type")]


@pytest.mark.parametrize("value", ["48.85", "+48", "-48.", ".5", "4.8e1"])
def test_a_number_in_csv_is_read_with_point_sign_and_exponent(value):
    assert read(CSV, as_csv(PIECE | {"lat": value}), OTHERS, NOW).fixes[0].place.lat == float(value)


@pytest.mark.parametrize(("form", "write"), FORMS)
def test_a_kind_that_there_is_not_is_answered_by_all_that_there_are(form, write):
    [no] = read(form, write(PIECE | {"kind": "tank"}), OTHERS, NOW).unread
    assert no.passes == f"one of {', '.join(TrackKind)}"
    assert no.words.count("[rule") == no.words.count("Accepted:") == 1


@pytest.mark.parametrize(("form", "write"), [(JSON, as_json), (GEOJSON, as_geojson)])
def test_what_a_piece_does_not_say_an_earlier_one_of_its_batch_has_said(form, write):
    bare = {"id": "a", "at": AT, "lon": 2.0, "lat": 48.0}
    first = bare | {"callsign": "MIKE 2", "whose": "RUS", "invented": True}
    [track] = read(form, write(first, bare | {"kind": "vehicle"}, bare), OTHERS, NOW).tracks
    said = (track.callsign, track.whose, track.kind, track.invented)
    assert said == ("MIKE 2", "RUS", TrackKind.VEHICLE, True)
    [less] = read(form, write(bare | {"standing": "other"}, bare | {"kind": "drone"}), OWN, NOW).tracks
    assert less.standing is Standing.OTHER, "not own again because the next does not say it"


def test_a_batch_that_is_too_long_says_from_where_on_nothing_was_taken():
    rows = [PIECE | {"id": f"t{number}"} for number in range(MAX_PIECES + 50)]
    found = read(CSV, as_csv(*rows), OTHERS, NOW)
    assert len(found.fixes) == MAX_PIECES
    [no] = found.unread
    assert (no.at, no.rule) == (MAX_PIECES, "batch-size")
    assert "all after it were not taken" in no.words
