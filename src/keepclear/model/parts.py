"""The structured parts of a message: what a listener must get right, each under a name of its own.

Free text cannot be compared by a machine; a part can. Each has one meaning, so that a read-back typed in as
heard is held against it field by field (views/readbacks.py).
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from msgspec import Meta, Struct

from keepclear.errors import Malformed
from keepclear.geo.figures import Circle, Spot
from keepclear.geo.heights import Altitude
from keepclear.model.words import Name, PartyId
from keepclear.times import Stamp

MAX_PARTS = 24
PartName = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9 _-]{0,39}$(?!\n)")]


class Bank(StrEnum):
    """A side of a boundary as it is spoken of; left and right face downstream."""

    EAST = "east"
    WEST = "west"
    NORTH = "north"
    SOUTH = "south"
    LEFT = "left"
    RIGHT = "right"


class PlacePart(
    Struct, frozen=True, tag_field="part", tag="place", forbid_unknown_fields=True, omit_defaults=True
):
    """A place: a spot with its accuracy, or a circle; `of_party` says whose people or things are there.

    Where another party's are, the place is told as a circle or spot of at least 1 km (LIM-08).
    """

    name: PartName
    place: Spot | Circle
    of_party: PartyId | None = None


class TimePart(
    Struct, frozen=True, tag_field="part", tag="time", forbid_unknown_fields=True, omit_defaults=True
):
    """A time, to the minute."""

    name: PartName
    at: Stamp


class HeightPart(
    Struct, frozen=True, tag_field="part", tag="height", forbid_unknown_fields=True, omit_defaults=True
):
    """A height in metres with its datum."""

    name: PartName
    height: Altitude


class RoutePart(
    Struct, frozen=True, tag_field="part", tag="route", forbid_unknown_fields=True, omit_defaults=True
):
    """A route: its points in the order in which they are passed."""

    name: PartName
    points: Annotated[tuple[Spot, ...], Meta(min_length=2, max_length=24)]
    of_party: PartyId | None = None


class CountPart(
    Struct, frozen=True, tag_field="part", tag="count", forbid_unknown_fields=True, omit_defaults=True
):
    """A number of something, or a band from `low` to `high`; of others' people only a band (LIM-08)."""

    name: PartName
    low: Annotated[int, Meta(ge=0, le=10_000_000)]
    unit: Name
    high: Annotated[int, Meta(ge=0, le=10_000_000)] | None = None
    of_party: PartyId | None = None

    def __post_init__(self) -> None:
        if self.high is not None and self.high <= self.low:
            raise Malformed(
                f"a band from {self.low} to {self.high}",
                "count-range",
                "a high above the low, or none",
                "high",
            )


class BankPart(
    Struct, frozen=True, tag_field="part", tag="bank", forbid_unknown_fields=True, omit_defaults=True
):
    """A side of a boundary."""

    name: PartName
    bank: Bank


class DistancePart(
    Struct, frozen=True, tag_field="part", tag="distance", forbid_unknown_fields=True, omit_defaults=True
):
    """A distance in metres."""

    name: PartName
    distance_m: Annotated[float, Meta(gt=0.0, le=20_100_000.0)]


class CallSignPart(
    Struct, frozen=True, tag_field="part", tag="call-sign", forbid_unknown_fields=True, omit_defaults=True
):
    """A call sign, letter by letter and figure by figure."""

    name: PartName
    call_sign: Annotated[str, Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9 -]{0,19}$(?!\n)")]


Part = PlacePart | TimePart | HeightPart | RoutePart | CountPart | BankPart | DistancePart | CallSignPart
Parts = Annotated[tuple[Part, ...], Meta(max_length=MAX_PARTS)]
