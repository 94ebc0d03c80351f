"""Heights over one datum compare; over unlike datums only as far as nature bounds them."""

import math

import pytest

from keepclear.errors import Malformed
from keepclear.geo.heights import Altitude, Datum, Levels, is_below, levels, shared


def amsl(value):
    return Altitude(value, Datum.AMSL)


def agl(value):
    return Altitude(value, Datum.AGL)


@pytest.mark.parametrize("value", [math.nan, math.inf, -12_001, 100_001])
def test_a_height_off_the_scale_is_refused(value):
    with pytest.raises(Malformed, match=r"height-range.*feet"):
        amsl(value)


def test_one_datum_compares_closed():
    assert is_below(amsl(100), amsl(100.01)) is True
    assert is_below(amsl(100), amsl(100)) is False


def test_an_absent_bound_is_below_nothing():
    assert is_below(None, amsl(5)) is is_below(amsl(5), None) is False


def test_two_unknown_datums_are_not_taken_for_one():
    assert is_below(Altitude(1, Datum.UNKNOWN), Altitude(90_000, Datum.UNKNOWN)) is None


def test_pressure_heights_compare_with_themselves_only():
    level = Altitude(3_048, Datum.STD)
    assert is_below(level, Altitude(6_096, Datum.STD)) is True
    assert is_below(level, amsl(60_000)) is None


def test_sea_level_and_ellipsoid_differ_by_no_more_than_the_geoid_does():
    assert is_below(Altitude(100, Datum.WGS84), amsl(150)) is None
    assert is_below(Altitude(100, Datum.WGS84), amsl(300)) is True
    assert is_below(Altitude(300, Datum.WGS84), amsl(100)) is False


def test_above_ground_and_above_sea_differ_by_no_more_than_the_ground_does():
    assert is_below(agl(120), amsl(3_000)) is None
    assert is_below(agl(120), amsl(12_000)) is True
    assert is_below(amsl(12_000), agl(120)) is False


def test_levels_that_touch_meet():
    assert levels(amsl(0), amsl(100), amsl(100), amsl(200)) == (Levels.MEET, "")
    assert levels(amsl(0), amsl(99.9), amsl(100), amsl(200)) == (Levels.APART, "")
    assert levels(None, None, amsl(100), None) == (Levels.MEET, "")


def test_unlike_datums_are_undetermined_and_say_so():
    answer, grounds = levels(agl(0), agl(120), amsl(3_000), amsl(5_000))
    assert answer is Levels.UNDETERMINED
    assert grounds == (
        "vertical undetermined: datums differ or are unknown (a ceiling of 120 m AGL against a floor of "
        "3000 m AMSL; a ceiling of 5000 m AMSL against a floor of 0 m AGL)"
    )


def test_one_sure_gap_is_enough():
    assert levels(agl(0), agl(120), amsl(12_000), None) == (Levels.APART, "")


def test_shared_heights_are_the_higher_floor_and_the_lower_ceiling():
    found = shared(amsl(0), amsl(300), amsl(100), None)
    assert (found.floor, found.ceiling, found.undetermined) == (amsl(100), amsl(300), "")
    assert shared(None, None, None, None).floor is None


def test_shared_heights_over_unlike_datums_are_named_and_not_guessed():
    found = shared(agl(0), agl(300), amsl(100), amsl(20_000))
    assert (found.floor, found.ceiling) == (None, agl(300))
    assert found.undetermined == "undetermined: floor 0 m AGL or 100 m AMSL"
