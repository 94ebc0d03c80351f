"""Cells cover what they are given, are few, and say nothing of where in them a thing lies."""

from __future__ import annotations

import pytest
import shapely
import shapely.geometry
from hypothesis import given, settings
from hypothesis import strategies as st

from keepclear.geo.cells import MOST_CELLS, SIDES_DEG, cells_over

LON, LAT = st.floats(-179.9, 179.0), st.floats(-89.0, 88.0)


def outline(west, south, width=0.02, height=0.02):
    return shapely.geometry.mapping(
        shapely.box(west, south, min(180.0, west + width), min(90, south + height))
    )


def box(cell):
    return shapely.Polygon([(point.lon, point.lat) for point in cell.exterior])


@settings(deadline=None)
@given(LON, LAT, st.floats(0.001, 60.0), st.floats(0.001, 30.0))
def test_cells_cover_an_outline_and_are_few(west, south, width, height):
    shape = outline(west, south, width, height)
    cells = cells_over([shape])
    whole = shapely.union_all([box(cell) for cell in cells]).buffer(1e-6)
    assert whole.covers(shapely.geometry.shape(shape))
    assert len(cells) <= MOST_CELLS or width * height > 3 * SIDES_DEG[-1]


def test_a_place_within_a_cell_does_not_show():
    assert cells_over([outline(39.01, 35.91)]) == cells_over([outline(39.06, 35.97, 0.03, 0.02)])


@pytest.mark.parametrize("west", [39.05, 39.09], ids=["within", "over the edge"])
def test_the_grid_stands_still(west):
    corners = {point.lon for cell in cells_over([outline(west, 35.91)]) for point in cell.exterior}
    assert corners == ({39.0, 39.1} if west == 39.05 else {39.0, 39.1, 39.2})


def test_what_would_fill_many_cells_is_told_by_larger_ones():
    cells = cells_over([outline(39.0, 35.0, 0.9, 0.9)])
    assert len(cells) <= MOST_CELLS
    assert {point.lon for point in cells[0].exterior} == {39.0, 39.5}
