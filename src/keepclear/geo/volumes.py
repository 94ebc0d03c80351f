"""Volumes: an area, a span of heights with their datum, and a half-open window of time."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct

from keepclear.geo.shapes import Area
from keepclear.times import Window


class Datum(StrEnum):
    """What a height is measured from."""

    WGS84 = "WGS84"  # metres above the ellipsoid
    AMSL = "AMSL"  # metres above mean sea level, geoid model not stated
    AGL = "AGL"  # metres above the ground
    STD = "STD"  # pressure altitude on 1013.25 hPa, in metres (flight level × 30.48)
    UNKNOWN = "unknown"


class Altitude(Struct, frozen=True, forbid_unknown_fields=True):
    """A height in metres with its datum."""

    value_m: float
    datum: Datum


class Volume(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """An area between two heights during a window; a bound that is None is unbounded and shown as such."""

    area: Area
    floor: Altitude | None = None
    ceiling: Altitude | None = None
    window: Window = Window()
