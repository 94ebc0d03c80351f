"""Shapes on the WGS84 ellipsoid: points, circles, polygons, corridors, rings and lines.

Longitude first, named always. Edges of polygons, corridors and lines are geodesics; every shape contains
its edge. A circle is kept as centre and radius and never stored as a polygon.
"""

from __future__ import annotations

from keepclear.geo.figures import (
    MAX_VERTICES,
    Area,
    Circle,
    Corridor,
    Path,
    Point,
    Polygon,
    Ring,
    Shape,
    Spot,
)

__all__ = ["MAX_VERTICES", "Area", "Circle", "Corridor", "Path", "Point", "Polygon", "Ring", "Shape", "Spot"]
