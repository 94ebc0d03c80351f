"""How two volumes meet: ground, heights, time, what is unbounded, and what would clear them."""

import math

import msgspec
import pytest
import shapely
from shapely.geometry import shape as read

from keepclear.errors import Malformed
from keepclear.geo.geodesy import destination
from keepclear.geo.shapes import Circle, Corridor, Inside, Point, Polygon, Spot, contains
from keepclear.geo.volumes import Altitude, Datum, Shift, ShiftKind, Volume, meet, meets, shifted
from keepclear.times import Window, utc

TANF = Point(lon=38.61778, lat=33.50583)
MORNING = Window(utc("2017-06-08T06:00Z"), utc("2017-06-08T09:00Z"))
NOON = Window(utc("2017-06-08T09:00Z"), utc("2017-06-08T12:00Z"))
LATE_MORNING = Window(utc("2017-06-08T08:00Z"), utc("2017-06-08T10:00Z"))


def amsl(value):
    return Altitude(value, Datum.AMSL)


def agl(value):
    return Altitude(value, Datum.AGL)


def box(west, south, east, north):
    corners = [(west, south), (east, south), (east, north), (west, north), (west, south)]
    return Polygon(tuple(Point(*corner) for corner in corners))


ZONE = Volume(Circle(TANF, 55_000), None, amsl(3_000), MORNING)
FLIGHT = Volume(box(39.0, 33.6, 39.5, 33.9), amsl(1_000), amsl(1_500), LATE_MORNING)


def shift_of(overlap, kind):
    found = [shift for shift in overlap.smallest_shift if shift.kind is kind]
    return found[0] if found else None


def test_an_overlap_tells_ground_heights_time_and_what_is_open():
    overlap = meet(ZONE, FLIGHT)
    assert overlap.distance_m == 0
    assert overlap.area_km2 == pytest.approx(369.1, abs=0.1)
    assert overlap.window == Window(utc("2017-06-08T08:00Z"), utc("2017-06-08T09:00Z"))
    assert (overlap.heights.floor, overlap.heights.ceiling) == (amsl(1_000), amsl(1_500))
    assert overlap.unbounded == ("a.floor",)
    assert overlap.undetermined == ""
    drawn = read(overlap.outline)
    assert drawn.covers(shapely.Point(39.05, 33.65))
    assert not drawn.covers(shapely.Point(39.45, 33.85))


def test_the_outline_of_the_overlap_is_what_lies_in_both():
    drawn = read(meet(ZONE, FLIGHT).outline)
    for i in range(20):
        for j in range(20):
            spot = Point(38.95 + 0.03 * i, 33.55 + 0.02 * j)
            insides = {contains(volume.area, spot, 30).answer for volume in (ZONE, FLIGHT)}
            if Inside.UNDETERMINED not in insides:
                assert drawn.covers(shapely.Point(spot.lon, spot.lat)) is (insides == {Inside.YES})


def test_windows_that_only_touch_do_not_meet():
    assert meet(ZONE, msgspec.structs.replace(FLIGHT, window=NOON)) is None
    assert not meets(ZONE, msgspec.structs.replace(FLIGHT, window=NOON))


def test_heights_that_touch_meet_and_a_tenth_of_a_metre_parts_them():
    on_top = msgspec.structs.replace(FLIGHT, floor=amsl(3_000), ceiling=amsl(3_500))
    overlap = meet(ZONE, on_top)
    assert overlap.heights.floor == overlap.heights.ceiling == amsl(3_000)
    assert shift_of(meet(on_top, ZONE), ShiftKind.UP).amount == pytest.approx(0.1)
    assert meet(ZONE, msgspec.structs.replace(on_top, floor=amsl(3_000.1))) is None


def test_areas_that_touch_meet_on_no_ground():
    left, right = Volume(box(38, 33, 39, 34)), Volume(box(39, 33, 40, 34))
    overlap = meet(left, right)
    assert overlap.distance_m == 0
    assert overlap.area_km2 < 0.01
    assert read(overlap.outline).bounds[0] == pytest.approx(39, abs=1e-5)


def test_discs_meet_to_the_millimetre():
    for apart, expected in ((29_999.999, True), (30_000.001, False)):
        a = Volume(Circle(TANF, 10_000))
        b = Volume(Circle(destination(TANF, 33, apart), 20_000))
        assert meets(a, b) is expected
        assert (meet(a, b) is not None) is expected


def test_a_buffer_lets_near_things_meet_and_says_how_near():
    spot = Volume(Spot(destination(TANF, 90, 57_000), 500))
    zone = Volume(Circle(TANF, 55_000))
    assert meet(zone, spot) is None
    overlap = meet(zone, spot, buffer_m=1_600)
    assert overlap.distance_m == pytest.approx(1_500, abs=1e-3)
    assert overlap.buffer_m == 1_600
    assert 0 < overlap.area_km2 < math.pi * 0.25
    away = shift_of(overlap, ShiftKind.AWAY)
    assert away.amount == pytest.approx(100, abs=1)
    assert meet(shifted(zone, away), spot, 1_600) is None


@pytest.mark.parametrize("buffer_m", [-1, math.nan, math.inf])
def test_a_buffer_must_be_a_length(buffer_m):
    with pytest.raises(Malformed, match="buffer_m"):
        meet(ZONE, FLIGHT, buffer_m)


def test_unlike_datums_count_as_meeting_and_say_why():
    low = Volume(FLIGHT.area, agl(0), agl(120), LATE_MORNING)
    high = Volume(FLIGHT.area, amsl(3_000), amsl(5_000), LATE_MORNING)
    overlap = meet(low, high)
    assert overlap.undetermined.startswith(
        "vertical undetermined: datums differ or are unknown (a ceiling of 120 m"
    )
    assert overlap.heights.undetermined == (
        "undetermined: floor 0 m AGL or 3000 m AMSL, ceiling 120 m AGL or 5000 m AMSL"
    )
    assert shift_of(overlap, ShiftKind.UP) is shift_of(overlap, ShiftKind.DOWN) is None
    assert meet(low, msgspec.structs.replace(high, floor=amsl(12_000), ceiling=None)) is None


def test_an_unknown_datum_is_named_among_the_open_bounds():
    vague = msgspec.structs.replace(FLIGHT, floor=Altitude(0, Datum.UNKNOWN), ceiling=None, window=Window())
    overlap = meet(ZONE, vague)
    assert overlap.unbounded == (
        "a.floor", "b.ceiling", "b.window.start", "b.window.end", "b.floor (datum unknown)"
    )  # fmt: skip
    assert "unknown" in overlap.undetermined


def test_the_smallest_shift_in_time_ends_as_the_other_begins():
    overlap = meet(ZONE, FLIGHT)
    assert [(s.kind, s.amount, s.words) for s in overlap.smallest_shift[:2]] == [
        (ShiftKind.EARLIER, 3_600, "1 h earlier"),
        (ShiftKind.LATER, 14_400, "4 h later"),
    ]


def test_without_an_end_there_is_no_later():
    endless = msgspec.structs.replace(FLIGHT, window=Window(utc("2017-06-08T08:00Z"), None))
    overlap = meet(ZONE, endless)
    assert shift_of(overlap, ShiftKind.LATER) is None
    assert shift_of(overlap, ShiftKind.EARLIER).amount == 3_600
    always = meet(Volume(ZONE.area), Volume(FLIGHT.area))
    assert [shift.kind for shift in always.smallest_shift] == [ShiftKind.AWAY]


def test_the_smallest_shift_in_height():
    overlap = meet(FLIGHT, ZONE)
    up = shift_of(overlap, ShiftKind.UP)
    assert (up.amount, up.unit, up.words) == (2_000.1, "m", "2000.1 m up")
    assert shift_of(overlap, ShiftKind.DOWN) is None  # the zone has no floor


def test_nothing_is_sent_under_the_ground():
    low = Volume(FLIGHT.area, agl(50), agl(120), LATE_MORNING)
    other = Volume(FLIGHT.area, agl(30), agl(300), LATE_MORNING)
    assert shift_of(meet(low, other), ShiftKind.DOWN) is None
    assert shift_of(meet(low, other), ShiftKind.UP).amount == pytest.approx(250.1)


def test_every_shift_named_clears():
    corridor = Volume(Corridor((Point(38.9, 33.4), Point(39.4, 33.9)), 2_000), agl(0), agl(300), MORNING)
    for a, b in ((ZONE, FLIGHT), (FLIGHT, ZONE), (ZONE, corridor), (corridor, ZONE), (FLIGHT, corridor)):
        overlap = meet(a, b)
        assert shift_of(overlap, ShiftKind.AWAY) is not None
        for shift in overlap.smallest_shift:
            assert meet(shifted(a, shift), b) is None


def test_a_shift_past_the_calendar_is_refused():
    with pytest.raises(Malformed, match="calendar"):
        shifted(ZONE, Shift(ShiftKind.LATER, 1e12, "s", ""))


def test_a_volume_upside_down_is_refused():
    with pytest.raises(
        Malformed, match=r"ceiling \(100 m AMSL\) lies below its floor \(200 m AMSL\).*height-order"
    ):
        Volume(ZONE.area, amsl(200), amsl(100))
    Volume(ZONE.area, amsl(200), amsl(200))
    Volume(ZONE.area, amsl(200), agl(100))


def test_meeting_over_the_antimeridian():
    a, b = Volume(Circle(Point(179.9, 10), 30_000)), Volume(Circle(Point(-179.9, 10), 30_000))
    overlap = meet(a, b)
    assert overlap.outline["type"] == "MultiPolygon"
    assert overlap.area_km2 == pytest.approx(1_550, rel=0.05)


def test_far_things_do_not_meet():
    assert meet(Volume(box(0, 0, 1, 1)), Volume(box(30, 0, 31, 1))) is None
    assert not meets(Volume(box(0, 0, 1, 1)), Volume(box(170, 0, 171, 1)))
