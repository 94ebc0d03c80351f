"""Grid references: read at the centre of their square, written to a metre, held against another reckoning."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Proj

from keepclear.errors import Malformed
from keepclear.geo.figures import Point
from keepclear.geo.geodesy import distance_m
from keepclear.geo.grid import grid, is_grid, read_grid
from keepclear.geo.positions import Form, compare_forms, confirm_forms, read_position

SITE = Point(lon=40.30944, lat=35.33611)


def test_a_reference_is_written_with_zone_square_and_two_numbers():
    assert grid(SITE) == "37S FV 19001 11103"


@pytest.mark.parametrize("text", ["37S FV 19001 11103", "37sfv1900111103", " 37S FV 1900111103 "])
def test_it_is_read_however_it_is_spaced(text):
    found = read_position(text)
    assert (found.form, found.precision_m) == (Form.GRID, 0.5)
    assert distance_m(found.point, SITE) < 1.0


@pytest.mark.parametrize(
    ("digits", "half_m"), [("11", 5000.0), ("1911", 500.0), ("190111", 50.0), ("19001110", 5.0)]
)
def test_fewer_digits_say_less(digits, half_m):
    point, precision_m = read_grid(f"37SFV{digits}")
    assert precision_m == half_m
    assert distance_m(point, SITE) <= half_m * 2**0.5 + 1.0


def test_a_coarse_reference_says_that_a_site_needs_more():
    assert "eight digits" in read_position("37S FV 190 111").notes[0]
    assert read_position("37S FV 1900 1110").notes == ()


@given(
    st.floats(-79.9, 83.9),
    st.floats(-180.0, 179.999),
)
def test_what_is_written_is_read_again_within_a_metre(lat, lon):
    point = Point(lon=lon, lat=lat)
    found, _ = read_grid(grid(point))
    assert distance_m(found, point) < 1.0


@given(st.floats(36.05, 41.95), st.floats(32.05, 39.95))
def test_the_numbers_are_those_of_utm_by_another_reckoning(lon, lat):
    easting, northing = Proj(proj="utm", zone=37, ellps="WGS84")(lon, lat)
    numbers = grid(Point(lon=lon, lat=lat)).split()[2:]
    assert abs(int(numbers[0]) + 0.5 - easting % 100_000) < 0.51 or easting % 100_000 < 0.01
    assert abs(int(numbers[1]) + 0.5 - northing % 100_000) < 0.51 or northing % 100_000 < 0.01


@pytest.mark.parametrize(
    "text",
    ["37S FV 19001 1110", "37S FV 1", "37S FV", "37S FV 190011 111031", "37I FV 19 11", "37S IO 19 11",
     "99S FV 19 11", "37S FV 19 11 12", "37S AA 19 11", "38S FV 19001 11103"],
)  # fmt: skip
def test_what_is_no_reference_is_refused_with_an_example(text):
    with pytest.raises(Malformed) as refused:
        read_position(text)
    assert refused.value.rule == "grid"
    assert "37S FV 19001 11103" in refused.value.passes


def test_degrees_are_no_reference():
    assert not is_grid("33.9012N 39.8841E")
    assert not is_grid("33°54'04.3\"N 39°53'02.8\"E")


def test_near_the_poles_there_is_none():
    assert grid(Point(lon=10.0, lat=84.5)) == ""


def test_a_reference_and_degrees_of_one_place_agree():
    degrees = read_position("35.33611N 40.30944E")
    reference = read_position("37S FV 19001 11103")
    assert compare_forms(degrees, reference) < 2.0
    assert confirm_forms(degrees, reference).point
