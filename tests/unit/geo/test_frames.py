"""Frames keep geodesics straight, come back, and bound their own stretch."""

import numpy as np
import pytest
from pyproj import Geod

from keepclear.geo.frames import STEP_M, frame_at, middle, rough_distances_m

GEOD = Geod(ellps="WGS84")


def bend_m(lon, lat, bearing, length, origin):
    """How far the geodesic strays from the straight line between its ends, in the plane of a frame."""
    n = 21
    lons, lats, _ = GEOD.fwd([lon] * n, [lat] * n, [bearing] * n, list(np.linspace(0, length, n)))
    xy = frame_at(*origin).to_plane(np.column_stack([lons, lats]))
    chord = (xy[-1] - xy[0]) / np.hypot(*(xy[-1] - xy[0]))
    return float(np.max(np.abs((xy - xy[0]) @ np.array([-chord[1], chord[0]]))))


def random_place(random):
    return random.uniform(-180, 180), float(np.degrees(np.arcsin(random.uniform(-1, 1))))


@pytest.mark.parametrize(
    ("away_m", "limit_m"), [(1_000, 1e-5), (100_000, 0.0002), (1_000_000, 0.002), (2_500_000, 0.004)]
)
def test_short_legs_are_straight(away_m, limit_m):
    random = np.random.default_rng(1)
    for _ in range(150):
        origin = random_place(random)
        lon, lat, _ = GEOD.fwd(*origin, random.uniform(0, 360), away_m)
        assert bend_m(lon, lat, random.uniform(0, 360), STEP_M, origin) < limit_m


@pytest.mark.parametrize(("leg_m", "limit_m"), [(100_000, 0.001), (1_000_000, 0.7)])
def test_uncut_legs_about_the_origin_bend_by_little(leg_m, limit_m):
    random = np.random.default_rng(1)
    for _ in range(150):
        (lon, lat), bearing = random_place(random), random.uniform(0, 360)
        origin = GEOD.fwd(lon, lat, bearing, leg_m / 2)[:2]
        assert bend_m(lon, lat, bearing, leg_m, origin) < limit_m


def test_plane_and_ground_agree_there_and_back():
    random = np.random.default_rng(2)
    for _ in range(50):
        origin = random_place(random)
        n = 40
        lons, lats, _ = GEOD.fwd([origin[0]] * n, [origin[1]] * n, random.uniform(0, 360, n), [2.5e6] * n)
        places = np.column_stack([lons, lats])
        frame = frame_at(*origin)
        back = frame.to_lonlat(frame.to_plane(places))
        assert max(GEOD.inv(lons, lats, back[:, 0], back[:, 1])[2]) < 1e-5


def test_stretch_bounds_every_length_and_no_length_shrinks():
    random = np.random.default_rng(3)
    for away_m in (1e4, 1e5, 1e6, 2.5e6):
        origin = random_place(random)
        frame = frame_at(*origin)
        lon, lat, _ = GEOD.fwd(*origin, random.uniform(0, 360), away_m)
        ends = np.column_stack(GEOD.fwd([lon] * 36, [lat] * 36, list(range(0, 360, 10)), [100.0] * 36)[:2])
        here = frame.to_plane(np.array([[lon, lat]]))
        lengths = np.hypot(*(frame.to_plane(ends) - here).T) / 100.0
        assert lengths.max() <= frame.stretch(here, 100.0)
        assert lengths.min() >= 1.0


def test_the_far_side_of_the_earth_has_no_image():
    assert np.isnan(frame_at(0, 0).to_plane(np.array([[150.0, 0.0]]))).all()


def test_middle_knows_no_antimeridian_and_no_pole():
    assert abs(middle(np.array([(179.0, 0.0), (-179.0, 0.0)]))[0]) == pytest.approx(180.0)
    assert middle(np.array([(0.0, 89.0), (120.0, 89.0), (-120.0, 89.0)]))[1] == pytest.approx(90.0)


def test_places_all_round_the_earth_have_their_first_as_middle():
    assert middle(np.array([(10.0, 0.0), (-170.0, 0.0)])) == (10.0, 0.0)


def test_rough_distances_are_within_their_bound():
    random = np.random.default_rng(4)
    places = np.array([random_place(random) for _ in range(200)])
    exact = GEOD.inv([10.0] * 200, [20.0] * 200, places[:, 0], places[:, 1])[2]
    assert rough_distances_m(places, 10.0, 20.0) == pytest.approx(exact, rel=0.006)
