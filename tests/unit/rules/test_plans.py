"""Plans as people and other programs write them: read whole, or refused naming feature and member."""

from __future__ import annotations

import msgspec
import pytest
from tests.building_node import feature, plan

from keepclear.errors import KeepclearError, LimitRefused, Malformed
from keepclear.geo.shapes import Circle, Corridor, Point, Polygon, Ring
from keepclear.geo.volumes import Altitude, Datum
from keepclear.rules.plans import MAX_FEATURES, MAX_PLAN_BYTES, read_plan
from keepclear.times import utc

TRACE = {"type": "LineString", "coordinates": [[40.0, 35.0], [40.2, 35.1]]}


def read(value):
    return read_plan(value if isinstance(value, bytes) else msgspec.json.encode(value))


def refusal(value) -> KeepclearError:
    with pytest.raises(KeepclearError) as refused:
        read(value)
    assert refused.value.passes, "a refusal says what would pass"
    return refused.value


def other(geometry, **properties):
    return {"type": "Feature", "geometry": geometry, "properties": properties}


def test_a_plan_is_read_part_by_part():
    square = [[[40.0, 35.0], [40.1, 35.0], [40.1, 35.1], [40.0, 35.0]]]
    parts = [
        feature(),
        other({"type": "Polygon", "coordinates": square}, title="area"),
        other(TRACE, half_width_m=500),
        other(feature()["geometry"], inner_m=10, outer_m=20),
    ]
    whole = read(plan(*parts))
    assert [type(part.volume.area) for part in whole.parts] == [Circle, Polygon, Corridor, Ring]
    assert [part.name for part in whole.parts] == ["patrol", "area", "part 3", "part 4"]
    assert whole.parts[0].volume.area == Circle(Point(lon=38.6, lat=33.5), 1_000.0)


def test_one_feature_alone_is_a_plan():
    assert len(read(feature()).parts) == 1


def test_heights_are_read_in_both_ways_and_an_unstated_datum_is_unknown():
    low, high = Altitude(300.0, Datum.AGL), Altitude(900.0, Datum.AMSL)
    objects = {"value_m": 300, "datum": "AGL"}, {"value_m": 900, "datum": "AMSL"}
    volume = read(feature(floor=objects[0], ceiling=objects[1])).parts[0].volume
    assert (volume.floor, volume.ceiling) == (low, high)
    volume = read(feature(floor_m=300, ceiling_m=900, datum="AMSL")).parts[0].volume
    assert (volume.floor, volume.ceiling) == (Altitude(300.0, Datum.AMSL), high)
    assert read(feature(floor_m=300)).parts[0].volume.floor == Altitude(300.0, Datum.UNKNOWN)
    volume = read(feature()).parts[0].volume
    assert (volume.floor, volume.ceiling) == (None, None)


def test_times_are_read_in_both_ways_with_any_offset():
    start, end = "2018-02-07T20:00:00+02:00", "2018-02-07T20:00:00Z"
    for properties in ({"start": start, "end": end}, {"window": {"start": start, "end": end}}):
        window = read(feature(**properties)).parts[0].volume.window
        assert (window.start, window.end) == (utc(start), utc(end))
    assert read(feature(end=end)).parts[0].volume.window.start is None


@pytest.mark.parametrize(
    ("properties", "rule", "field"),
    [
        ({"start": "2018-02-07T20:00:00"}, "naive-time", "features.0"),
        ({"start": "later"}, "rfc3339", "features.0"),
        ({"start": 5}, "rfc3339", "features.0.properties.start"),
        ({"window": []}, "window", "features.0.properties.window"),
        (
            {"start": "2018-02-07T20:00:00Z", "end": "2018-02-07T19:00:00Z"},
            "window-order",
            "features.0.window",
        ),
        ({"floor_m": "high"}, "height", "features.0.properties.floor_m"),
        ({"floor_m": True}, "height", "features.0.properties.floor_m"),
        ({"floor_m": 5, "datum": "sea"}, "datum", "features.0.properties.datum"),
        ({"floor_m": 5, "datum": ["AMSL"]}, "datum", "features.0.properties.datum"),
        ({"floor": 5}, "height", "features.0.properties.floor"),
        ({"floor_m": 900, "ceiling_m": 100, "datum": "AMSL"}, "height-order", "features.0.ceiling"),
        ({"floor_m": 1e9, "datum": "AMSL"}, "height-range", "features.0.value_m"),
        ({"colour": "red"}, "unknown-field", "features.0.properties.colour"),
        ({"radius_m": -5}, "length", "features.0.radius_m"),
        ({"radius_m": "5"}, "geojson-number", "features.0.properties.radius_m"),
    ],
)
def test_a_property_that_cannot_be_is_refused_by_name(properties, rule, field):
    error = refusal(plan(feature(**properties)))
    assert isinstance(error, Malformed)
    assert (error.rule, error.field) == (rule, field)


@pytest.mark.parametrize(
    ("value", "rule"),
    [
        (b"", "json"),
        (b"{", "json"),
        (b"\xff\xfe", "json"),
        (b"[" * 200_000, "depth"),
        (b"[]", "plan"),
        (b"null", "plan"),
        (b'{"type":"Polygon"}', "plan"),
        (b'{"type":["Feature"]}', "plan"),
        (b'{"type":"FeatureCollection"}', "plan-size"),
        (b'{"type":"FeatureCollection","features":[]}', "plan-size"),
        (b'{"type":"FeatureCollection","features":[5]}', "plan"),
        (b'{"type":"FeatureCollection","features":[{"type":"Feature","properties":[1]}]}', "plan"),
        (b'{"type":"Feature","properties":{}}', "geojson-object"),
        (b'{"type":"Feature","geometry":{"type":"Point","coordinates":[1,2]}}', "geojson-point-extent"),
        (b'{"type":"Feature","geometry":{"type":"Point","coordinates":[1,200]}}', "coordinate-range"),
        (b" " * (MAX_PLAN_BYTES + 1), "size"),
    ],
)
def test_what_is_no_plan_is_refused(value, rule):
    assert refusal(value).rule == rule


def test_a_trace_without_width_is_no_area():
    error = refusal(plan(feature(), other(TRACE)))
    assert (error.rule, error.field) == ("plan-area", "features.1.geometry")
    assert "half_width_m" in error.passes


def test_a_plan_of_too_many_parts_is_refused_and_one_less_passes():
    assert refusal(plan(*[feature()] * (MAX_FEATURES + 1))).rule == "plan-size"
    assert len(read(plan(*[feature()] * MAX_FEATURES)).parts) == MAX_FEATURES


def test_other_members_that_geojson_allows_are_left_alone():
    whole = plan({**feature(), "id": 7, "bbox": [1, 2, 3, 4]})
    assert len(read({**whole, "name": "layer", "crs": {"properties": {"name": "CRS84"}}}).parts) == 1


@pytest.mark.parametrize("where", ["collection", "feature", "geometry", "properties", "window"])
def test_a_member_that_a_limit_bars_is_refused_wherever_it_stands(where):
    whole = plan(feature(window={"start": "2018-02-07T20:00:00Z"}))
    part = whole["features"][0]
    places = {"collection": whole, "feature": part, "geometry": part["geometry"],
              "properties": part["properties"], "window": part["properties"]["window"]}  # fmt: skip
    assert len(read(whole).parts) == 1
    places[where]["a.weapon.x"] = 1
    error = refusal(whole)
    assert isinstance(error, LimitRefused)
    assert error.rule == "LIM-01"
    assert error.field.endswith("a.weapon.x")


def test_a_refusal_repeats_little_of_what_was_sent():
    error = refusal(plan(feature(floor=["x" * 100_000])))
    assert len(str(error)) < 1_000
    assert len(refusal(plan(feature(**{"x" * 100_000: 1}))).field) < 300


def test_a_plan_too_deep_even_to_be_read_names_the_depth():
    with pytest.raises(Malformed) as refused:
        read_plan(b"[" * 5_000 + b"]" * 5_000)
    assert (refused.value.rule, refused.value.passes) == ("depth", "at most 32 levels")
