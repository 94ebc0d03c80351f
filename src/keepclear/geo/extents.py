"""How large a measure must be: what is smaller marks a thing and asks nobody to keep a distance."""

from __future__ import annotations

import math
from functools import lru_cache

from keepclear.geo.outlines import disc_around
from keepclear.geo.shapes import Area, Corridor, Path, area_km2

MIN_MEASURE_RADIUS_M = 100.0
MIN_MEASURE_KM2 = math.pi * (MIN_MEASURE_RADIUS_M / 1_000.0) ** 2
# Areas of circles are worked out to 0.01 %.
_SLACK = 0.999


@lru_cache(maxsize=4096)
def is_marker(shape: Area | Path) -> bool:
    """Tell whether a shape is smaller than a circle of 100 m, or a path so short that it has no sides."""
    if isinstance(shape, Path):
        return disc_around(Corridor(shape.points, 1.0)).radius_m < MIN_MEASURE_RADIUS_M
    return area_km2(shape) < MIN_MEASURE_KM2 * _SLACK
