"""Positions as typed: three forms, no guessing, and two forms that must agree."""

import pytest

from keepclear.errors import Malformed, Refused
from keepclear.geo.positions import Form, compare_forms, confirm_forms, read_position, spoken, written
from keepclear.geo.shapes import Point

CLINIC = Point(lon=39.8841, lat=33.9012)


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("33.9012N 39.8841E", Form.DECIMAL),
        ("N33.9012 E39.8841", Form.DECIMAL),
        ("33.9012° N, 39.8841° E", Form.DECIMAL),
        ("39.8841E 33.9012N", Form.DECIMAL),
        ("33.9012n39.8841e", Form.DECIMAL),
        ("33.9012, 39.8841", Form.DECIMAL),
        ("33.9012 39.8841", Form.DECIMAL),
        ("33°54.072'N 39°53.046'E", Form.MINUTES),
        ("N 33 54.072, E 39 53.046", Form.MINUTES),
        ("33°54'04.32\"N 39°53'02.76\"E", Form.SECONDS),
        ("33°54′04.32″N 39°53′02.76″E", Form.SECONDS),
        ("33º54’04.32’’N; 39º53’02.76’’E", Form.SECONDS),
        ("33 54 04.32 N 39 53 02.76 E", Form.SECONDS),
        ("E 39 53 02.76 N 33 54 04.32", Form.SECONDS),
    ],
)
def test_one_place_in_all_its_forms(text, form):
    reading = read_position(text)
    assert (reading.point.lat, reading.point.lon) == pytest.approx((CLINIC.lat, CLINIC.lon), abs=1e-9)
    assert reading.form is form


def test_south_and_west_are_negative():
    assert read_position("33.5S 70.25W").point == Point(lon=-70.25, lat=-33.5)
    assert read_position("-33.5, -70.25").point == Point(lon=-70.25, lat=-33.5)
    assert read_position("0°30'00.0\"S 0°15'00.0\"W").point == Point(lon=-0.25, lat=-0.5)


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("33 54 04 39 53 02", "hemisphere-letter"),
        ("33°54'04\" 39°53'02\"", "hemisphere-letter"),
        ("33°54'04\", 39°53'02\"", "hemisphere-letter"),
        ("33.9012N, 39.8841", "hemisphere-letter"),
        ("33.9N 34.1N", "one-latitude-one-longitude"),
        ("-33.9N 20E", "sign-or-letter"),
        ("N33.9S E20", "one-hemisphere-letter"),
        ("N33.9S, E20", "one-hemisphere-letter"),
        ("33°60'N 34°10'E", "below-sixty"),
        ("33°10'60\"N 34°10'00\"E", "below-sixty"),
        ("33°54'04.32\"N 39.8841E", "mixed-forms"),
        ("33,9012 39,8841", "two-coordinates"),
        ("91.0N 20.0E", "coordinate-range"),
        ("139.8841, 33.9012", "coordinate-range"),
        ("39.9N 190E", "coordinate-range"),
        ("37S BU 12345 6789", "grid"),
        ("33.9012", "two-coordinates"),
        ("", "two-coordinates"),
        ("nan, inf", "position-form"),
        ("1" * 5_000, "position-form"),
    ],
)
def test_what_cannot_be_read_for_certain_is_refused_with_what_would_pass(text, rule):
    with pytest.raises(Malformed) as refused:
        read_position(text)
    assert refused.value.rule == rule
    assert refused.value.passes
    assert len(str(refused.value)) < 400


def test_a_pair_without_letters_is_latitude_first_and_says_so():
    assert "read as latitude first" in read_position("33.9012, 39.8841").notes[0]
    assert read_position("33.9012N, 39.8841E").notes == ()


@pytest.mark.parametrize(
    ("text", "metres", "noted"),
    [
        ("33.90N 39.88E", 556, True),
        ("33.901N 39.884E", 56, True),
        ("33.9012N 39.8841E", 5.6, False),
        ("33.9012N 39.9E", 5_560, True),
        ("33°54'N 39°53'E", 927, True),
        ("33°54'04\"N 39°53'02\"E", 15.4, True),
        ("33°54'04.3\"N 39°53'02.7\"E", 1.54, False),
    ],
)
def test_what_the_digits_are_good_for_is_said(text, metres, noted):
    # domain.md: two decimals move a site up to 556 m, three 56 m, four 6 m; hence four at least.
    reading = read_position(text)
    assert reading.precision_m == pytest.approx(metres, rel=0.01)
    assert any("four decimals" in note for note in reading.notes) is noted


def test_decimals_that_may_be_minutes_and_seconds_run_together_name_the_other_writing():
    (note,) = [each for each in read_position("33.3018N 36.1730E").notes if "run together" in each]
    assert "33°30'18.0\"N 036°17'30.0\"E" in note
    assert "25.1 km" in note


@pytest.mark.parametrize(
    "text",
    [
        "33.9012N 39.8841E",  # no angle has 90 minutes
        "33.3000N 36.1700E",  # whole minutes: round decimals are commoner
        "33.30N 36.17E",  # too few digits for seconds
        "33°30'18.0\"N 36°17'30.0\"E",  # the right form
    ],
)
def test_other_positions_are_not_doubted(text):
    assert not any("run together" in each for each in read_position(text).notes)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("33 30 18 36 17 30", "need N or S and E or W"),
        ("33°30'18\" 36°17'30\"", "need N or S and E or W"),
        ("33°75'18\"N 36°17'30\"E", "lie below 60"),
        ("33°30'18\"N 36.2917E", "write both in one"),
        ("33°30'18\"N", "latitude and longitude in one text"),
    ],
)
def test_a_slip_in_degrees_minutes_and_seconds_is_told_its_own_remedy(text, says):
    with pytest.raises(Malformed, match=says):
        read_position(text)


def test_the_kunduz_pair_lies_44_6_km_apart():
    typed = read_position("36°43′04.91″N 68°51′43.96″E"), read_position("36.430491, 68.514396")
    assert compare_forms(*typed) == pytest.approx(44_600, abs=50)
    assert compare_forms(*typed) == compare_forms(*reversed(typed))
    with pytest.raises(
        Refused, match=r"44\.6 km apart; the second form looks like degrees, minutes and seconds"
    ):
        confirm_forms(*typed)


def test_step_3_01_lies_51_7_km_off():
    typed = read_position("33.9012,39.8841"), read_position("33.540432,39.530276")
    assert compare_forms(*typed) == pytest.approx(51_700, abs=50)
    with pytest.raises(Refused, match=r"51\.7 km apart; the second form looks like.*position-forms"):
        confirm_forms(*typed)
    with pytest.raises(Refused, match="the first form looks like"):
        confirm_forms(*reversed(typed))


def test_minutes_typed_as_decimals_are_recognised_too():
    with pytest.raises(Refused, match="looks like"):
        confirm_forms(read_position("33°54.072'N 39°53.046'E"), read_position("33.54072N 39.53046E"))


def test_other_disagreement_is_not_explained_away():
    with pytest.raises(Refused) as refused:
        confirm_forms(read_position("33.9012,39.8841"), read_position("33.9512,39.8841"))
    assert "looks like" not in str(refused.value)
    with pytest.raises(Refused):
        confirm_forms(read_position("33.9012,39.8841"), read_position("33.7890,39.7890"))


def test_two_forms_that_agree_give_the_sharper():
    sharp = read_position("33°54'04.32\"N 39°53'02.76\"E")
    assert confirm_forms(read_position("33.9012,39.8841"), sharp) == sharp
    assert confirm_forms(sharp, read_position("33.9012,39.8841")) == sharp


def test_a_point_is_said_back_in_degrees_minutes_and_seconds():
    assert written(CLINIC) == "33°54'04.3\"N 039°53'02.8\"E"
    assert spoken(CLINIC) == (
        "33 degrees 54 minutes 4.3 seconds north, 39 degrees 53 minutes 2.8 seconds east"
    )
    assert written(Point(-0.99999999, -59.99999999)) == "60°00'00.0\"S 001°00'00.0\"W"


def test_what_is_said_back_reads_as_the_same_place():
    assert compare_forms(read_position(written(CLINIC)), read_position("33.9012N 39.8841E")) < 3
