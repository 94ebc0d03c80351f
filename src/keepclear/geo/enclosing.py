"""Whether one area holds another whole, as a coarser form of the same thing must, or touches it."""

from __future__ import annotations

from functools import lru_cache

from keepclear.geo.figures import Area
from keepclear.geo.outlines import cover, frame_for

# Covers of round areas are drawn round them by at most 4 m at 55 km; beyond that, nothing is forgiven.
_SLACK_M = 5.0


@lru_cache(maxsize=512)
def encloses(outer: Area, inner: Area) -> bool:
    """Tell whether an area holds all of another, to within 5 m."""
    frame = frame_for(outer, inner)
    return bool(cover(outer, frame, _SLACK_M).covers(cover(inner, frame)))


@lru_cache(maxsize=512)
def touches(a: Area, b: Area) -> bool:
    """Tell whether two areas share a point, edges included; covers are compared, so never too few do."""
    frame = frame_for(a, b)
    return bool(cover(a, frame).intersects(cover(b, frame)))
