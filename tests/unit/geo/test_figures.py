"""What cannot be a shape is refused where it is made, with field, rule and what would pass."""

import math

import msgspec
import pytest
import shapely

from keepclear.errors import Malformed
from keepclear.geo.figures import not_self_crossing
from keepclear.geo.shapes import (
    MAX_VERTICES,
    Area,
    Circle,
    Clip,
    Corridor,
    Path,
    Point,
    Polygon,
    Ring,
    Side,
    Spot,
)

TANF = Point(lon=38.61778, lat=33.50583)


def square(west=38.0, south=33.0, size=1.0):
    corners = [(0, 0), (1, 0), (1, 1), (0, 1), (0, 0)]
    return tuple(Point(west + x * size, south + y * size) for x, y in corners)


def rounded(n):
    spots = [Point(38 + math.cos(2 * math.pi * i / n), 33 + math.sin(2 * math.pi * i / n)) for i in range(n)]
    return (*spots, spots[0])


@pytest.mark.parametrize(("lon", "lat"), [(math.nan, 0), (0, math.inf), (181, 0), (0, -90.1)])
def test_a_point_off_the_map_is_refused(lon, lat):
    with pytest.raises(Malformed, match="coordinate-range"):
        Point(lon, lat)


def test_latitude_first_is_recognised():
    with pytest.raises(Malformed, match=r"look like latitude first.*longitude first"):
        Point(lon=33.5, lat=138.6)


@pytest.mark.parametrize("radius", [0, -1, math.nan, math.inf, 2_500_001])
def test_a_circle_needs_a_positive_finite_radius(radius):
    with pytest.raises(Malformed, match=r"radius_m.*rule length.*field radius_m.*Accepted"):
        Circle(TANF, radius)


@pytest.mark.parametrize(("inner", "outer"), [(5, 5), (6, 5), (-1, 5), (math.nan, 5), (0, math.inf)])
def test_a_ring_needs_its_radii_in_order(inner, outer):
    with pytest.raises(Malformed):
        Ring(TANF, inner, outer)


def test_a_spot_may_be_exact_but_not_negative():
    assert Spot(TANF, 0).accuracy_m == 0
    with pytest.raises(Malformed, match="accuracy_m"):
        Spot(TANF, -1)


def test_an_open_ring_is_refused_with_both_ends():
    with pytest.raises(Malformed, match=r"starts at lon 38.*ends at lon 38.*ring-closed.*exterior"):
        Polygon(square()[:-1])


def test_three_points_are_no_ring():
    with pytest.raises(Malformed, match="ring-points"):
        Polygon((Point(0, 0), Point(1, 1), Point(0, 0)))


def test_a_self_crossing_polygon_names_the_crossing():
    bow = (Point(0, 0), Point(1, 1), Point(0, 1), Point(1, 0), Point(0, 0))
    with pytest.raises(Malformed, match=r"at lon 0\.500000, lat 0\.5000\d\d.*polygon-crossing"):
        Polygon(bow)


def test_a_polygon_that_touches_itself_is_refused():
    pinched = [(0, 0), (1, 0), (0.5, 0.5), (1, 1), (0, 1), (0.5, 0.5), (0, 0)]
    with pytest.raises(Malformed, match=r"lon 0\.500000, lat 0\.500000.*polygon-crossing"):
        Polygon(tuple(Point(*corner) for corner in pinched))


def test_a_flat_polygon_is_refused():
    with pytest.raises(Malformed, match="polygon-crossing"):
        Polygon((Point(0, 0), Point(1, 0), Point(2, 0), Point(0, 0)))


def test_crossing_is_judged_on_geodesics_not_on_the_flat_map():
    # On the flat map the bent-in corner lies south of the long edge and outside; the geodesic bulges north.
    east_west = (Point(30, 60), Point(40, 60))
    notch = Point(35, 60.05)
    inside_the_bulge = (*east_west, Point(40, 59), notch, Point(30, 59), Point(30, 60))
    assert not shapely.Polygon([(p.lon, p.lat) for p in inside_the_bulge]).is_valid
    assert Polygon(inside_the_bulge).exterior[3] == notch


def test_a_hole_outside_its_polygon_is_refused():
    with pytest.raises(Malformed, match="polygon-holes"):
        Polygon(square(), (square(west=45, size=0.1),))


def test_a_hole_that_cuts_the_edge_is_refused():
    with pytest.raises(Malformed, match="rule polygon-"):
        Polygon(square(), (square(west=38.9, south=33.4, size=0.2),))


def test_a_hole_is_checked_as_a_ring():
    with pytest.raises(Malformed, match=r"ring-closed.*holes\[0\]"):
        Polygon(square(), (square(west=38.4, size=0.1)[:-1],))


def test_polygons_over_the_antimeridian_and_round_the_pole_can_be_made():
    Polygon((Point(179, 0), Point(-179, 0), Point(-179, 1), Point(179, 1), Point(179, 0)))
    Polygon((Point(0, 85), Point(90, 85), Point(180, 85), Point(-90, 85), Point(0, 85)))


def test_too_many_points_are_refused():
    assert len(Polygon(rounded(MAX_VERTICES - 1)).exterior) == MAX_VERTICES
    with pytest.raises(Malformed, match="vertex-limit"):
        Polygon(rounded(MAX_VERTICES))


def test_a_leg_so_long_that_nobody_can_picture_it_is_refused():
    with pytest.raises(Malformed, match=r"leg-length.*points\[1\]"):
        Path((Point(0, 0), Point(1, 0), Point(30, 0)))


def test_a_shape_round_half_the_earth_is_refused():
    with pytest.raises(Malformed, match="extent"):
        Corridor(tuple(Point(lon, 0) for lon in range(0, 61, 10)), 1000)


def test_a_line_needs_two_different_points():
    with pytest.raises(Malformed, match="line-points"):
        Path((Point(1, 1), Point(1, 1)))
    with pytest.raises(Malformed, match="line-points"):
        Corridor((Point(1, 1),), 100)


def test_a_line_that_crosses_itself_has_no_sides():
    eight = Path((Point(0, 0), Point(1, 1), Point(1, 0), Point(0, 1)))
    with pytest.raises(Malformed, match=r"a clip.*lon 0\.500000, lat 0\.5000\d\d.*path-crossing"):
        Clip(eight, Side.LEFT)


def test_a_line_that_turns_back_on_itself_has_no_sides():
    with pytest.raises(Malformed, match="path-crossing"):
        not_self_crossing(Path((Point(0, 0), Point(2, 0), Point(1, 0))), "a boundary", "path")


def test_a_closed_line_has_no_two_sides():
    with pytest.raises(Malformed, match="path-closed"):
        Clip(Path(square()), Side.LEFT)


def test_shapes_come_back_from_json_and_bad_ones_name_their_field():
    polygon = Polygon(square(), (square(west=38.4, south=33.4, size=0.1),))
    assert msgspec.json.decode(msgspec.json.encode(polygon), type=Area) == polygon
    with pytest.raises(msgspec.ValidationError, match="radius_m"):
        msgspec.json.decode(b'{"shape":"circle","center":{"lon":1,"lat":2},"radius_m":-3}', type=Area)
