"""Structured parts of a message as they are typed: name=value, the sort told by the value's own form."""

from __future__ import annotations

import re
from typing import Any

from keepclear.errors import KeepclearError, Malformed
from keepclear.geo.heights import Datum
from keepclear.geo.positions import read_position
from keepclear.model.parts import Bank
from keepclear.times import text, utc

_HEIGHT = re.compile(rf"(-?\d+(?:\.\d+)?) ?(m|ft) ({'|'.join(Datum)})", re.IGNORECASE)
_LENGTH = re.compile(r"(\d+(?:\.\d+)?) ?(m|km|nm|ft)", re.IGNORECASE)
_COUNT = re.compile(r"(\d+)(?: to (\d+)|-(\d+))? ([^\W\d_][\w -]*)")
_METRES = {"m": 1.0, "km": 1_000.0, "nm": 1_852.0, "ft": 0.3048}
_NOT_COUNTED = {*"nsew", *_METRES, *(datum.value.casefold() for datum in Datum)}
_DATUMS = {datum.value.casefold(): datum.value for datum in Datum}
ACCEPTED = (
    'a position ("35.28N 40.18E"), a time ("2018-02-07T20:00:00Z"), a height with unit and datum '
    '("1200 m AMSL"), '
    'a distance ("3 km"), a count with what is counted ("20 vehicles", "10 to 20 people"), a bank ("east"), '
    'or a call sign ("call Dove 12")'
)


def part(typed: str, own: str) -> dict[str, Any]:
    """Read one part, as in "place=35.28N 40.18E".

    Args:
        typed: the name of the part, an equals sign, and its value.
        own: whose people are at a place: the party that sends.

    Raises:
        Malformed: a value of no form that is known.
    """
    name, mark, value = (each.strip() for each in typed.partition("="))
    if not mark or not name or not value:
        raise Malformed(f'the part "{typed}"', "part", 'name=value, as in "bank=east"', "part")
    for read in (_bank, _call_sign, _time, _height, _length, _count):
        found = read(value)
        if found is not None:
            return {"name": name, **found}
    try:
        reading = read_position(value)
    except KeepclearError as error:
        # What has degree signs is a place: the position's own words say what is wrong with it.
        why = f": {error.asked}" if "°" in value or "º" in value else ""
        raise Malformed(f'the part "{typed}"{why}', "part", ACCEPTED, "part") from error
    spot = {
        "shape": "spot",
        "at": {"lon": reading.point.lon, "lat": reading.point.lat},
        "accuracy_m": reading.precision_m,
    }
    return {"name": name, "part": "place", "place": spot, "of_party": own}


def _bank(value: str) -> dict[str, Any] | None:
    word = value.casefold().removesuffix(" bank")
    return {"part": "bank", "bank": word} if word in tuple(Bank) else None


def _call_sign(value: str) -> dict[str, Any] | None:
    head, _, sign = value.partition(" ")
    return {"part": "call-sign", "call_sign": sign} if head.casefold() == "call" and sign else None


def _time(value: str) -> dict[str, Any] | None:
    try:
        return {"part": "time", "at": {"at": text(utc(value))}}
    except Malformed:
        return None


def _height(value: str) -> dict[str, Any] | None:
    found = _HEIGHT.fullmatch(value)
    if found is None:
        return None
    metres = float(found[1]) * _METRES[found[2].lower()]
    return {"part": "height", "height": {"value_m": metres, "datum": _DATUMS[found[3].casefold()]}}


def _length(value: str) -> dict[str, Any] | None:
    found = _LENGTH.fullmatch(value)
    if found is None:
        return None
    return {"part": "distance", "distance_m": float(found[1]) * _METRES[found[2].lower()]}


def _count(value: str) -> dict[str, Any] | None:
    found = _COUNT.fullmatch(value)
    if found is None or found[4].casefold() in _NOT_COUNTED:
        return None
    high = found[2] or found[3]
    counted: dict[str, Any] = {"part": "count", "low": int(found[1]), "unit": found[4]}
    return counted if high is None else {**counted, "high": int(high)}
