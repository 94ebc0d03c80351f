"""Heights with their datum, and what can honestly be said when two datums differ.

Heights over one datum are compared as they are. Unlike datums are never converted: they are compared by bands
so wide that no place on Earth lies outside them, and where the bands overlap the answer is "undetermined",
which counts as meeting.
"""

from __future__ import annotations

import math
from enum import StrEnum

from msgspec import Struct

from keepclear.errors import Malformed


class Datum(StrEnum):
    """What a height is measured from."""

    WGS84 = "WGS84"  # metres above the ellipsoid
    AMSL = "AMSL"  # metres above mean sea level, geoid model not stated
    AGL = "AGL"  # metres above the ground
    STD = "STD"  # pressure altitude on 1013.25 hPa, in metres (flight level × 30.48)
    UNKNOWN = "unknown"


# How far above the ellipsoid the zero of each datum can lie anywhere on Earth: the geoid from -107 m (south
# of India) to +86 m (New Guinea); the ground from the Dead Sea shore to the top of Everest. A pressure
# altitude has no such bound: on a day of 990 hPa it is off by 195 m at sea level, and aloft by more.
_ZERO_ABOVE_ELLIPSOID_M = {
    Datum.WGS84: (0.0, 0.0),
    Datum.AMSL: (-110.0, 90.0),
    Datum.AGL: (-600.0, 9_000.0),
    Datum.STD: (-math.inf, math.inf),
    Datum.UNKNOWN: (-math.inf, math.inf),
}


class Altitude(Struct, frozen=True, forbid_unknown_fields=True, gc=False):
    """A height in metres with its datum."""

    value_m: float
    datum: Datum

    def __post_init__(self) -> None:
        if not -12_000.0 <= self.value_m <= 100_000.0:
            raise Malformed(
                f"a height of {self.value_m} m",
                "height-range",
                "metres from -12,000 to 100,000 (feet × 0.3048)",
                "value_m",
            )

    def __str__(self) -> str:
        """Give the height as it is said: `1200 m AMSL`."""
        return f"{self.value_m:.0f} m {self.datum}"


class Levels(StrEnum):
    """How two spans of height lie to each other."""

    MEET = "meet"
    APART = "apart"
    UNDETERMINED = "undetermined"


class SharedHeights(Struct, frozen=True):
    """The heights that two spans share; a bound that is None is unbounded, or named in `undetermined`."""

    floor: Altitude | None = None
    ceiling: Altitude | None = None
    undetermined: str = ""


def is_below(lower: Altitude | None, upper: Altitude | None) -> bool | None:
    """Tell whether one height is surely below another; None when datums do not let one say.

    An absent bound is unbounded and below nothing.
    """
    if lower is None or upper is None:
        return False
    if lower.datum is upper.datum and lower.datum is not Datum.UNKNOWN:
        return lower.value_m < upper.value_m
    low, high = _band(lower), _band(upper)
    if low[1] < high[0]:
        return True
    return False if low[0] >= high[1] else None


def levels(
    floor_a: Altitude | None, ceiling_a: Altitude | None, floor_b: Altitude | None, ceiling_b: Altitude | None
) -> tuple[Levels, str]:
    """Tell how the spans `floor_a … ceiling_a` and `floor_b … ceiling_b` lie; ends that touch meet.

    Returns:
        The answer, and the grounds in words when it is undetermined.
    """
    pairs = ((ceiling_a, floor_b), (ceiling_b, floor_a))
    below = [is_below(lower, upper) for lower, upper in pairs]
    if True in below:
        return Levels.APART, ""
    doubts = [
        f"a ceiling of {lower} against a floor of {upper}"
        for (lower, upper), answer in zip(pairs, below, strict=True)
        if answer is None
    ]
    if not doubts:
        return Levels.MEET, ""
    return Levels.UNDETERMINED, f"vertical undetermined: datums differ or are unknown ({'; '.join(doubts)})"


def shared(
    floor_a: Altitude | None, ceiling_a: Altitude | None, floor_b: Altitude | None, ceiling_b: Altitude | None
) -> SharedHeights:
    """Give the heights that two spans share; what unlike datums leave open is named, not guessed."""
    doubts = []
    floor, floor_known = _tighter(floor_a, floor_b, want_upper=True)
    ceiling, ceiling_known = _tighter(ceiling_a, ceiling_b, want_upper=False)
    if not floor_known:
        doubts.append(f"floor {floor_a} or {floor_b}")
    if not ceiling_known:
        doubts.append(f"ceiling {ceiling_a} or {ceiling_b}")
    return SharedHeights(floor, ceiling, f"undetermined: {', '.join(doubts)}" if doubts else "")


def _tighter(a: Altitude | None, b: Altitude | None, *, want_upper: bool) -> tuple[Altitude | None, bool]:
    """Give the higher (or lower) of two bounds, and whether it is known which that is."""
    if a is None or b is None:
        return (b if a is None else a), True
    a_below, b_below = is_below(a, b), is_below(b, a)
    if a_below is None or b_below is None:
        return None, False
    return (b if a_below is want_upper else a), True


def _band(height: Altitude) -> tuple[float, float]:
    low, high = _ZERO_ABOVE_ELLIPSOID_M[height.datum]
    return height.value_m + low, height.value_m + high
