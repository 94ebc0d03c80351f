"""Reading a plan: GeoJSON features, each an area with heights and a window, as volumes to be checked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec
from msgspec import Struct

from keepclear.errors import LimitRefused, Malformed
from keepclear.geo.geojson import from_geojson
from keepclear.geo.shapes import Path
from keepclear.geo.volumes import Altitude, Datum, Volume
from keepclear.model.statements import MAX_DEPTH, limit_for
from keepclear.times import Window, utc

MAX_PLAN_BYTES = 2 * 2**20
MAX_FEATURES = 200
MAX_FIELD = 200
_SAID = 80
_PROPERTIES = frozenset(
    (
        "name",
        "title",
        "floor",
        "ceiling",
        "floor_m",
        "ceiling_m",
        "datum",
        "start",
        "end",
        "window",
        "radius_m",
        "half_width_m",
        "inner_m",
        "outer_m",
        "accuracy_m",
    )
)


class Part(Struct, frozen=True):
    """One feature of a plan: its name and its volume."""

    name: str
    volume: Volume


class Plan(Struct, frozen=True):
    """What is to be checked, part by part."""

    parts: tuple[Part, ...]


def read_plan(text: bytes) -> Plan:
    """Read a plan from a GeoJSON Feature or FeatureCollection.

    Properties of a feature: `name`; `floor` and `ceiling` as {value_m, datum}, or `floor_m`, `ceiling_m` and
    `datum` (WGS84, AMSL, AGL, STD); `start` and `end`, or `window` {start, end}, in RFC 3339 with offset.
    A bound that is not given is unbounded and the answer says so.

    Raises:
        Malformed: names the feature, the field, the rule and what would pass.
        LimitRefused: a property that a hard limit bars.
    """
    if len(text) > MAX_PLAN_BYTES:
        raise Malformed(f"a plan of {len(text)} bytes", "size", f"at most {MAX_PLAN_BYTES} bytes")
    try:
        whole: Any = msgspec.json.decode(text)
    except RecursionError as error:
        raise Malformed(
            "a plan nested too deep to be read", "depth", f"at most {MAX_DEPTH} levels"
        ) from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Malformed(
            f"a plan that is not JSON: {error}", "json", "a GeoJSON Feature or FeatureCollection"
        ) from error
    _look_through(whole)
    kind = whole.get("type") if isinstance(whole, dict) else None
    if kind == "FeatureCollection":
        features = whole.get("features")
    elif kind == "Feature":
        features = [whole]
    else:
        raise Malformed("a plan that is no GeoJSON feature", "plan", "a Feature or FeatureCollection", "type")
    if not isinstance(features, list) or not 1 <= len(features) <= MAX_FEATURES:
        raise Malformed(
            "a plan without features, or too many", "plan-size", f"1 to {MAX_FEATURES} features", "features"
        )
    return Plan(tuple(_part(feature, number) for number, feature in enumerate(features)))


def _look_through(whole: object) -> None:
    """Refuse what is nested too deep to be a plan, and any member, however deep, that a hard limit bars."""
    level: list[tuple[str, str, object]] = [("", "", whole)]
    for _ in range(MAX_DEPTH):
        level = [
            (f"{path}.{name}" if path else name, name, inner)
            for path, _, outer in level
            for name, inner in _members(outer)
        ]
        for path, name, _inner in level:
            barred = limit_for(name)
            if barred is not None:
                asked, passes = f'a plan with "{name[:_SAID]}"', f"leave it out: {barred[1]}"
                raise LimitRefused(asked, barred[0], passes, path[:MAX_FIELD])
        if not level:
            return
    raise Malformed("a plan nested too deep", "depth", f"at most {MAX_DEPTH} levels")


def _members(value: object) -> Iterator[tuple[str, object]]:
    if isinstance(value, dict):
        yield from value.items()
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            if isinstance(inner, dict | list):
                yield str(number), inner


def _part(feature: object, number: int) -> Part:
    where = f"features.{number}"
    if not isinstance(feature, dict) or feature.get("type") != "Feature":
        raise Malformed(
            f"feature {number} is no GeoJSON Feature", "plan", 'an object of type "Feature"', where
        )
    properties = feature.get("properties") or {}
    if not isinstance(properties, dict):
        raise Malformed(f"the properties of feature {number}", "plan", "an object", f"{where}.properties")
    _refuse_unknown(properties, f"{where}.properties")
    try:
        shape = from_geojson(feature)
        if isinstance(shape, Path):
            raise Malformed(
                "a bare path",
                "plan-area",
                "half_width_m in its properties, which makes it a corridor",
                "geometry",
            )
        volume = Volume(
            shape, _height(properties, "floor"), _height(properties, "ceiling"), _window(properties)
        )
    except Malformed as error:
        field = f"{where}.{error.field}" if error.field else where
        raise Malformed(f"feature {number}: {error.asked}", error.rule, error.passes, field) from error
    name = properties.get("name") or properties.get("title") or f"part {number + 1}"
    return Part(str(name)[:160], volume)


def _refuse_unknown(properties: Mapping[str, object], where: str) -> None:
    for name in properties:
        if name not in _PROPERTIES:
            raise Malformed(
                f'a plan with the property "{name[:60]}"',
                "unknown-field",
                ", ".join(sorted(_PROPERTIES)),
                f"{where}.{name[:60]}",
            )


def _height(properties: Mapping[str, object], name: str) -> Altitude | None:
    value = properties.get(name)
    if value is not None:
        try:
            return msgspec.convert(value, Altitude)
        except msgspec.ValidationError as error:
            raise Malformed(
                f"the {name} {_short(value)}: {error}",
                "height",
                '{"value_m": 1200, "datum": "AMSL"}',
                f"properties.{name}",
            ) from error
    metres = properties.get(f"{name}_m")
    if metres is None:
        return None
    if not isinstance(metres, int | float) or isinstance(metres, bool):
        raise Malformed(
            f"the height {_short(metres)}", "height", "a number of metres", f"properties.{name}_m"
        )
    datum = properties.get("datum", Datum.UNKNOWN.value)
    if not isinstance(datum, str) or datum not in set(Datum):
        raise Malformed(f"the datum {_short(datum)}", "datum", ", ".join(Datum), "properties.datum")
    return Altitude(float(metres), Datum(str(datum)))


def _window(properties: Mapping[str, object]) -> Window:
    given = properties.get("window")
    bounds: Mapping[str, object] = given if isinstance(given, dict) else properties
    if given is not None and not isinstance(given, dict):
        raise Malformed("a window that is no object", "window", '{"start": …, "end": …}', "properties.window")
    times = {}
    for name in ("start", "end"):
        value = bounds.get(name)
        if value is not None and not isinstance(value, str):
            raise Malformed(
                f"the time {_short(value)}", "rfc3339", '"2018-02-07T20:00:00Z"', f"properties.{name}"
            )
        times[name] = None if value is None else utc(value)
    return Window(times["start"], times["end"])


def _short(value: object) -> str:
    said = repr(value)
    return said if len(said) <= _SAID else f"{said[:_SAID]}…"
