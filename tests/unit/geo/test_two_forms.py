"""Two forms of one place: what was read, how far apart, and which reading would agree."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keepclear.geo.figures import Point
from keepclear.geo.geodesy import distance_m
from keepclear.geo.positions import written
from keepclear.geo.two_forms import compare

CLINIC = "33.9012,39.8841"
SECONDS = "33°54'04.32\"N 39°53'02.76\"E"


def test_forms_that_agree_give_the_sharper_point_and_what_their_digits_excuse():
    found = compare((CLINIC, SECONDS))
    assert found.agree
    assert found.gap_m is not None
    assert found.gap_m < 1.0
    assert found.point is not None
    assert distance_m(found.point, Point(lon=39.8841, lat=33.9012)) < 0.001
    assert "agree to" in found.words
    assert [form.form for form in found.forms] == ["decimal degrees", "degrees, minutes and seconds"]
    assert found.forms[0].notes == ("no hemisphere letters: read as latitude first, north and east positive",)


def test_seconds_typed_as_decimals_are_51_km_away_and_the_words_name_the_reading_that_would_agree():
    found = compare((CLINIC, "33.540432,39.530276"))
    assert not found.agree
    assert found.point is None
    assert found.gap_m == pytest.approx(51_737, abs=1)
    assert found.words.startswith("form 2, read as decimal degrees, is 51.7 km away from form 1")
    assert found.would_agree == (
        "form 2 read as degrees, minutes and seconds, 33°54'04.3\"N 039°53'02.8\"E, would agree with form 1"
    )


def test_the_slip_is_found_in_whichever_form_it_stands():
    found = compare(("33.540432,39.530276", SECONDS))
    assert found.would_agree.startswith("form 1 read as degrees, minutes and seconds")


def test_the_kunduz_pair_lies_44_6_km_away():
    """domain.md, field rules: measured."""
    found = compare(("36°43'04.91\"N 68°51'43.96\"E", "36.430491, 68.514396"))
    assert found.gap_m == pytest.approx(44_600, abs=60)
    assert "would agree" in found.would_agree


def test_two_places_agree_by_no_other_reading():
    found = compare((CLINIC, "34.9012,39.8841"))
    assert (found.agree, found.would_agree) == (False, "")
    assert "no other reading of either agrees" in found.words


def test_a_form_that_cannot_be_read_is_named_and_nothing_is_measured():
    found = compare((CLINIC, "by the old mill"))
    assert not found.agree
    assert found.gap_m is None
    assert found.forms[1].point is None
    assert "form 2 could not be read" in found.words


def test_of_three_forms_the_one_that_is_off_counts():
    found = compare((CLINIC, SECONDS, "33.9512,39.8841"))
    assert not found.agree
    assert "form 3" in found.words


@given(
    lat=st.floats(-80, 80).map(lambda value: round(value, 4)),
    lon=st.floats(-179, 179).map(lambda value: round(value, 4)),
)
def test_a_place_written_in_both_forms_always_agrees(lat, lon):
    point = Point(lon=lon, lat=lat)
    assert compare((f"{lat:.4f},{lon:.4f}", written(point))).agree
