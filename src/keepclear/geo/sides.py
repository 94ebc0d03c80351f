"""On which side of a directed chain of legs a point lies.

The side comes from the nearest place on the chain. Where that is a corner, both legs speak: the point is
judged against the sum of their normals, so that an acute bend cannot give two answers (trap 6 of
docs/explanation/geometry.md). No orientation determinant is taken, so its rounding cannot flip a side: the
sign is that of an angle between bearings, in doubt only within nanometres of the chain.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from keepclear.geo.figures import Point
from keepclear.geo.geodesy import Line, Nearest, bearing_deg, nearest_on_line


class Offset(NamedTuple):
    """How a point lies to a chain.

    Attributes:
        left_m: distance to the chain, positive on its left, negative on its right.
        overshoot_m: how far the point lies beyond an end of the chain, along the end leg; else 0.
        nearest: the nearest place on the chain.
    """

    left_m: float
    overshoot_m: float
    nearest: Nearest


def offset_from(chain: Line, point: Point) -> Offset:
    """Tell how far to the left or right of a chain a point lies; at its ends, of the prolonged end leg."""
    nearest = nearest_on_line(chain, point)
    toward = np.radians(bearing_deg(nearest.foot, point))
    arriving, leaving = _headings(chain, nearest)
    if arriving is not None and leaving is not None:
        leftward = -(np.sin(toward - arriving) + np.sin(toward - leaving))
        return Offset(float(np.copysign(nearest.distance_m, leftward)), 0.0, nearest)
    heading, forward = (arriving, 1.0) if leaving is None else (leaving, -1.0)
    ahead_m = forward * nearest.distance_m * float(np.cos(toward - heading))
    sideways_m = -nearest.distance_m * float(np.sin(toward - heading))
    return Offset(sideways_m, max(0.0, ahead_m), nearest)


def _headings(chain: Line, nearest: Nearest) -> tuple[float | None, float | None]:
    """Give the headings, in radians, with which the chain comes to and goes from the nearest place.

    None stands for "the chain begins (ends) here". Legs without length have no heading and are passed over.
    """
    real = np.flatnonzero(chain.lengths > 0.0)
    here = (nearest.foot.lon, nearest.foot.lat)
    leg = nearest.leg_index
    if here != tuple(chain.corners[leg]) and here != tuple(chain.corners[leg + 1]):
        heading = _heading_at(chain, leg, nearest)
        return heading, heading
    corner = leg if here == tuple(chain.corners[leg]) else leg + 1
    before, after = real[real < corner], real[real >= corner]
    arriving = _heading_at(chain, int(before[-1]), nearest) if len(before) else None
    leaving = float(np.radians(chain.bearings[after[0]])) if len(after) else None
    return arriving, leaving


def _heading_at(chain: Line, leg: int, nearest: Nearest) -> float:
    """Give the heading of a leg, in radians, at a place on it other than its first corner."""
    start, end = (Point(float(lon), float(lat)) for lon, lat in chain.corners[leg : leg + 2])
    # The longer stretch of the leg gives the steadier bearing.
    if nearest.along_m - chain.starts[leg] > chain.lengths[leg] / 2.0:
        return float(np.radians(bearing_deg(nearest.foot, start) + 180.0))
    return float(np.radians(bearing_deg(nearest.foot, end)))
