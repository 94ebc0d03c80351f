"""Every change of meaning in a read-back is flagged; order, spelling and rounding in tolerance are not.

Each structured field is said as the script says it, and in the ways in which people say it back: that is no
difference. Then one thing that matters is changed, and that is one, in the field in which it was changed.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from keepclear.geo.figures import Circle, Point, Spot
from keepclear.geo.geodesy import distance_m
from keepclear.geo.heights import Altitude, Datum
from keepclear.geo.positions import spoken, written
from keepclear.model import parts
from keepclear.times import Stamp
from keepclear.views.hearing import Outcome, compare
from keepclear.views.readbacks import OPEN
from keepclear.views.saying import decimal_form, value_words
from keepclear.views.spelling import spelled_words

MANY = settings(max_examples=150, deadline=None)
DIGITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
TEENS = (
    "ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen",
    "nineteen",
)  # fmt: skip

degrees = st.floats(0.1, 89.0, allow_nan=False)
points = st.builds(
    lambda lat, lon, south, west: Point(lon=-lon if west else lon, lat=-lat if south else lat),
    degrees, st.floats(0.1, 179.0, allow_nan=False), st.booleans(), st.booleans(),
)  # fmt: skip
FIRST = datetime(2015, 1, 2, tzinfo=UTC)
times = st.integers(0, 15 * 365 * 1440).map(lambda minutes: FIRST + timedelta(minutes=minutes))


def same(part, *ways):
    for words in ways:
        found = compare(part, words)
        assert found.outcome == Outcome.SAME, (words, found)


def flagged(part, *ways):
    for words in ways:
        assert compare(part, words).outcome.value in OPEN, words


def in_words(number):
    """A whole number below ten thousand as it is said."""
    if number < 10:
        return DIGITS[number]
    if number < 20:
        return TEENS[number - 10]
    if number < 100:
        return TENS[number // 10 - 2] + ("" if number % 10 == 0 else f" {DIGITS[number % 10]}")
    if number < 1000:
        rest = "" if number % 100 == 0 else f" and {in_words(number % 100)}"
        return f"{DIGITS[number // 100]} hundred{rest}"
    rest = "" if number % 1000 == 0 else f" {in_words(number % 1000)}"
    return f"{in_words(number // 1000)} thousand{rest}"


def one_by_one(figures):
    return " ".join("decimal" if sign == "." else DIGITS[int(sign)] for sign in figures)


# Places.


@MANY
@given(points)
def test_a_place_said_back_in_any_of_its_forms_is_the_same(at):
    place = parts.PlacePart("place", Spot(at, 10.0))
    lat, lon = decimal_form(at).split()
    same(
        place, written(at), spoken(at), decimal_form(at), f"{lon} {lat}", value_words(place),
        f"{at.lat:.4f}, {at.lon:.4f}", f"{decimal_form(at)} / {written(at)}",
    )  # fmt: skip


@MANY
@given(points)
def test_a_place_said_figure_by_figure_is_the_same(at):
    place = parts.PlacePart("place", Spot(at, 10.0))
    lat, lon = decimal_form(at).split()
    words = {"N": "north", "S": "south", "E": "east", "W": "west"}
    same(place, f"{one_by_one(lat[:-1])} {words[lat[-1]]} {one_by_one(lon[:-1])} {words[lon[-1]]}")


@MANY
@given(points)
def test_another_hemisphere_or_latitude_for_longitude_is_flagged(at):
    assume(abs(at.lat - at.lon) > 0.001)
    assume(abs(at.lon) < 89.0)
    place = parts.PlacePart("place", Spot(at, 10.0))
    flagged(
        place,
        decimal_form(Point(at.lon, -at.lat)), decimal_form(Point(-at.lon, at.lat)),
        written(Point(at.lon, -at.lat)), spoken(Point(-at.lon, at.lat)), decimal_form(Point(at.lat, at.lon)),
        f"{decimal_form(at)} / {decimal_form(Point(-at.lon, at.lat))}",
    )  # fmt: skip


@MANY
@given(points, st.data())
def test_any_digit_that_moves_a_place_beyond_rounding_is_flagged(at, data):
    place = parts.PlacePart("place", Spot(at, 10.0))
    form = data.draw(st.sampled_from([decimal_form(at), f"{abs(at.lat):.4f}{'NS'[at.lat < 0]} "
                                      f"{abs(at.lon):.4f}{'EW'[at.lon < 0]}"]))  # fmt: skip
    where = data.draw(st.sampled_from([n for n, sign in enumerate(form) if sign.isdigit()]))
    other = data.draw(st.sampled_from([digit for digit in "0123456789" if digit != form[where]]))
    changed = form[:where] + other + form[where + 1 :]
    lat, lon = changed.split()
    assume(float(lat[:-1]) <= 90 and float(lon[:-1]) <= 180)
    moved = Point(
        (-1 if lon[-1] == "W" else 1) * float(lon[:-1]), (-1 if lat[-1] == "S" else 1) * float(lat[:-1])
    )
    assume(distance_m(at, moved) > 14.0)  # two units of the last digit, rounded: metres
    flagged(place, changed)


@MANY
@given(points)
def test_a_place_read_back_too_coarsely_is_asked_for_again(at):
    place = parts.PlacePart("place", Spot(at, 10.0))
    flagged(place, f"{at.lat:.2f}, {at.lon:.2f}", "near the river", "")


@MANY
@given(points, st.integers(1, 50))
def test_a_radius_read_back_with_the_centre_is_held_against_it(at, kilometres):
    place = parts.PlacePart("zone", Circle(at, kilometres * 1000.0))
    same(place, value_words(place), f"{decimal_form(at)} radius {kilometres} km")
    flagged(
        place, f"{decimal_form(at)} radius {kilometres + 1} km", f"{decimal_form(at)} radius {kilometres} m"
    )


@MANY
@given(st.lists(points, min_size=2, max_size=4, unique_by=lambda at: (round(at.lon), round(at.lat))))
def test_a_route_keeps_its_points_and_their_order(found):
    route = parts.RoutePart("route", tuple(Spot(at, 10.0) for at in found))
    forms = [decimal_form(at) for at in found]
    same(route, value_words(route), "; ".join(forms), " then ".join(forms))
    flagged(route, "; ".join(reversed(forms)), "; ".join(forms[:-1]), "; ".join([*forms, forms[0]]))


# Times.


@MANY
@given(times, st.integers(-11, 14))
def test_a_time_said_in_another_zone_order_or_clock_is_the_same(at, hours):
    part = parts.TimePart("time", Stamp(at))
    there = at.astimezone(timezone(timedelta(hours=hours)))
    noon = there.strftime("%p").lower()
    sign = "+" if hours >= 0 else "-"
    offset = f"{sign}{abs(hours):02d}:00"
    same(
        part, value_words(part), f"{at:%H%M}Z {at:%Y-%m-%d}", f"{at:%d%H%MZ %b %y}",
        f"{at:%-d %B %Y} {at:%H:%M} UTC",
        f"{there:%Y-%m-%d %H:%M} {offset}", f"{there:%-I:%M} {noon} {offset} {there:%-d %B %Y}",
        f"{one_by_one(f'{at:%H%M}')} zulu {at:%-d %B}",
    )  # fmt: skip


@MANY
@given(times, st.integers(1, 1439), st.integers(1, 400))
def test_another_minute_hour_half_of_the_day_date_or_zone_is_flagged(at, minutes, days):
    part = parts.TimePart("time", Stamp(at))
    later, other_day = at + timedelta(minutes=minutes), at + timedelta(days=days)
    half = at + timedelta(hours=12)
    flagged(
        part, f"{later:%H:%M} UTC {at:%Y-%m-%d}", f"{other_day:%Y-%m-%d} {at:%H:%M} UTC",
        f"{at:%-I:%M} {half.strftime('%p').lower()} UTC {at:%-d %B %Y}", f"{at:%Y-%m-%d %H:%M} +03:00",
        f"{at:%H:%M} {at:%Y-%m-%d}", f"{at:%H:%M} UTC", "soon",
    )  # fmt: skip


@MANY
@given(times, st.integers(1, 59))
def test_seconds_may_be_rounded_to_the_minute_and_no_further(at, second):
    part = parts.TimePart("time", Stamp(at.replace(second=second)))
    nearest = at + timedelta(minutes=second > 30)
    same(part, f"{nearest:%H:%M} UTC {nearest:%Y-%m-%d}")
    flagged(part, f"{at + timedelta(minutes=2):%H:%M} UTC {at:%Y-%m-%d}")


# Heights, distances.

DATUM_WORDS = {
    Datum.AGL: "above the ground", Datum.AMSL: "above mean sea level", Datum.WGS84: "above the ellipsoid",
    Datum.STD: "on standard pressure",
}  # fmt: skip


@MANY
@given(st.integers(10, 9_999), st.sampled_from(list(DATUM_WORDS)))
def test_a_height_in_words_in_feet_or_the_other_way_round_is_the_same(metres, datum):
    part = parts.HeightPart("ceiling", Altitude(float(metres), datum))
    feet = metres / 0.3048
    same(
        part, value_words(part), f"{metres} m {datum}", f"{DATUM_WORDS[datum]} {metres} metres",
        f"{in_words(metres)} metres {DATUM_WORDS[datum]}", f"{one_by_one(str(metres))} metres {datum}",
        f"{feet:.1f} feet {DATUM_WORDS[datum]}", f"{metres:,} m {datum}",
    )  # fmt: skip


@MANY
@given(st.integers(10, 9_999), st.sampled_from(list(DATUM_WORDS)), st.data())
def test_another_unit_datum_or_digit_of_a_height_is_flagged(metres, datum, data):
    part = parts.HeightPart("ceiling", Altitude(float(metres), datum))
    other = data.draw(st.sampled_from([word for word in DATUM_WORDS if word != datum]))
    figures = str(metres)
    where = data.draw(st.integers(0, len(figures) - 1))
    digit = data.draw(st.sampled_from([digit for digit in "0123456789" if digit != figures[where]]))
    changed = figures[:where] + digit + figures[where + 1 :]
    flagged(
        part, f"{metres} feet {datum}", f"{metres} km {datum}", f"{metres} m {other}",
        f"{metres} m {DATUM_WORDS[other]}", f"{changed} m {datum}", f"minus {metres} m {datum}",
        f"{metres} {datum}", f"{metres} m", f"{one_by_one(changed)} metres {datum}",
    )  # fmt: skip


@MANY
@given(st.integers(10, 99_999))
def test_a_distance_may_change_its_unit_and_not_its_length(metres):
    part = parts.DistancePart("step back", float(metres))
    same(part, value_words(part), f"{metres / 1000:g} km", f"{metres:,} metres", f"{metres / 0.3048:.1f} ft")
    flagged(
        part,
        f"{metres} ft",
        f"{metres} km",
        f"{metres}",
        f"{metres * 10} m",
        f"{metres / 1000:g} nautical miles",
    )


@MANY
@given(st.integers(100, 9_999), st.data())
def test_any_digit_of_a_distance_counts(metres, data):
    figures = str(metres)
    where = data.draw(st.integers(0, len(figures) - 1))
    digit = data.draw(st.sampled_from([digit for digit in "0123456789" if digit != figures[where]]))
    flagged(parts.DistancePart("d", float(metres)), f"{figures[:where]}{digit}{figures[where + 1 :]} m")


# Counts, banks, call signs.


@MANY
@given(st.integers(0, 9_989))
def test_a_count_in_words_or_figures_is_the_same_and_another_number_is_not(number):
    part = parts.CountPart("vehicles", number, "vehicles")
    same(
        part, f"{number} vehicles", f"vehicles: {number}", str(number), in_words(number),
        f"{in_words(number)} vehicles", f"{number:,} vehicles", one_by_one(str(number)),
    )  # fmt: skip
    flagged(part, f"{number + 1} vehicles", in_words(number + 10), f"{number} people", f"1{number} vehicles",
            f"{number} to {number + 5} vehicles", "many")  # fmt: skip


@MANY
@given(st.integers(0, 500), st.integers(1, 500))
def test_a_band_keeps_both_ends_in_either_order(low, more):
    part = parts.CountPart("people", low, "people", low + more)
    same(part, value_words(part), f"{low}-{low + more}", f"between {low} and {low + more} persons",
         f"{in_words(low)} to {in_words(low + more)} people")  # fmt: skip
    flagged(part, f"{low}", f"{low} to {low + more + 1} people", f"{low + more} vehicles")


BANK_WORDS = {
    bank: (bank.value, f"the {bank.value} bank", f"{bank.value.title()} bank") for bank in parts.Bank
}


@pytest.mark.parametrize("bank", list(parts.Bank))
def test_a_bank_is_that_bank_and_no_other(bank):
    part = parts.BankPart("bank", bank)
    same(part, *BANK_WORDS[bank], value_words(part, "ru"), value_words(part, "ar"))
    others = [words for other in parts.Bank if other != bank for words in BANK_WORDS[other]]
    flagged(part, *others, f"not the {bank.value} bank", "this side", "")
    for other in parts.Bank:
        if other != bank:
            flagged(part, value_words(parts.BankPart("bank", other), "ru"),
                    value_words(parts.BankPart("bank", other), "ar"))  # fmt: skip


call_signs = st.from_regex(r"[A-Z]{2,6} ?[0-9]{1,3}", fullmatch=True)


@MANY
@given(call_signs, st.data())
def test_a_call_sign_spelled_or_spoken_is_the_same_and_another_sign_is_not(sign, data):
    part = parts.CallSignPart("call sign", sign)
    plain = sign.replace(" ", "")
    where = data.draw(st.integers(0, len(plain) - 1))
    others = "0123456789" if plain[where].isdigit() else "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    other = data.draw(st.sampled_from([letter for letter in others if letter != plain[where]]))
    changed = plain[:where] + other + plain[where + 1 :]
    same(part, sign, sign.lower(), plain, spelled_words(sign), spelled_words(sign, "ru"))
    flagged(part, changed, spelled_words(changed), plain[:-1])


def test_every_sort_of_part_is_walked_here():
    walked = {
        parts.PlacePart, parts.TimePart, parts.HeightPart, parts.RoutePart, parts.CountPart, parts.BankPart,
        parts.DistancePart, parts.CallSignPart,
    }  # fmt: skip
    assert walked == set(parts.Part.__args__)
