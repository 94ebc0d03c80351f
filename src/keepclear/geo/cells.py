"""Cells of fixed grids of longitude and latitude: how a place is told without telling where it is.

A grid is fixed to the degrees, never to what it covers, so that no cell says where in it a thing lies. The
grid becomes coarser where a place would fill too many cells.
"""

from __future__ import annotations

import math

import shapely
import shapely.geometry

from keepclear.geo.figures import Point, Polygon
from keepclear.geo.outlines import GeoJson

SIDES_DEG = (0.1, 0.5, 1.0, 5.0, 15.0)
MOST_CELLS = 16
_MOST_LOOKED_AT = 400

Cell = tuple[int, int]
"""Column and row: the south-west corner, in sides of the grid, from 180° west and 90° south."""


def cells_over(outlines: list[GeoJson]) -> tuple[Polygon, ...]:
    """Give the cells of the finest fixed grid of which at most `MOST_CELLS` touch some outlines (WGS84).

    Of the coarsest grid as many as it takes.
    """
    shapes = [shapely.geometry.shape(outline) for outline in outlines]
    coarsest = SIDES_DEG[-1]
    for side_deg in SIDES_DEG[:-1]:
        if sum(_spanned(shape, side_deg) for shape in shapes) <= _MOST_LOOKED_AT:
            found = {cell for shape in shapes for cell in _touched(shape, side_deg)}
            if len(found) <= MOST_CELLS:
                return tuple(_polygon(cell, side_deg) for cell in sorted(found))
    found = {cell for shape in shapes for cell in _touched(shape, coarsest)}
    return tuple(_polygon(cell, coarsest) for cell in sorted(found))


def _ranges(shape: shapely.Geometry, side_deg: float) -> tuple[range, range]:
    """Give the columns and rows of a grid in the box round a shape."""
    west, south, east, north = shape.bounds
    return (
        _span(west + 180.0, east + 180.0, 360.0, side_deg),
        _span(south + 90.0, north + 90.0, 180.0, side_deg),
    )


def _span(low_deg: float, high_deg: float, whole_deg: float, side_deg: float) -> range:
    """Give the cells of one direction; what lies on the last edge belongs to the last cell."""
    last = round(whole_deg / side_deg) - 1
    return range(min(last, math.floor(low_deg / side_deg)), min(last, math.floor(high_deg / side_deg)) + 1)


def _spanned(shape: shapely.Geometry, side_deg: float) -> int:
    columns, rows = _ranges(shape, side_deg)
    return len(columns) * len(rows)


def _touched(shape: shapely.Geometry, side_deg: float) -> list[Cell]:
    columns, rows = _ranges(shape, side_deg)
    shapely.prepare(shape)
    return [
        (column, row)
        for column in columns
        for row in rows
        if shapely.intersects(shape, shapely.box(*_corners((column, row), side_deg)))
    ]


def _corners(cell: Cell, side_deg: float) -> tuple[float, float, float, float]:
    west, south = (round(place * side_deg - half, 6) for place, half in zip(cell, (180.0, 90.0), strict=True))
    return west, south, round(west + side_deg, 6), min(90.0, round(south + side_deg, 6))


def _polygon(cell: Cell, side_deg: float) -> Polygon:
    west, south, east, north = _corners(cell, side_deg)
    east = min(east, 180.0)
    corners = ((west, south), (east, south), (east, north), (west, north), (west, south))
    return Polygon(tuple(Point(lon=lon, lat=lat) for lon, lat in corners))
