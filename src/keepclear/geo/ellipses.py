"""Ellipses of error on the WGS84 ellipsoid: their outline, and whether two of them share a point."""

from __future__ import annotations

import math

from keepclear.geo.enclosing import touches
from keepclear.geo.figures import Point, Polygon
from keepclear.geo.geodesy import destination

SIDES = 72


def ellipse(center: Point, major_m: float, minor_m: float, bearing_deg: float) -> Polygon:
    """Give an ellipse as a polygon of 72 corners on its edge.

    Args:
        center: its middle.
        major_m: the longer half-axis.
        minor_m: the shorter half-axis.
        bearing_deg: where the longer one points, from true north.
    """
    corners = []
    for number in range(SIDES):
        turn = 2 * math.pi * number / SIDES
        along, across = major_m * math.cos(turn), minor_m * math.sin(turn)
        bearing = bearing_deg + math.degrees(math.atan2(across, along))
        corners.append(destination(center, bearing % 360.0, math.hypot(along, across)))
    return Polygon((*corners, corners[0]))


def ellipses_meet(a: Polygon, b: Polygon) -> bool:
    """Tell whether two ellipses share a point, edges included; never too few do."""
    return touches(a, b)
