"""Local plane frames in which geodesics are all but straight, anywhere on the ellipsoid.

A frame looks from the centre of curvature under its origin through the ellipsoid onto the tangent plane.
Legs cut to `STEP_M` or shorter bend by less than 0.2 mm within 100 km of the origin, 4 mm within 2,500 km
(measured, `tests/unit/geo/test_frames.py`), so what meets in the plane meets on the ground. There is no seam:
the antimeridian and the poles are places like any other. Lengths are *not* kept (`stretch` bounds them);
distances that are told to people are always geodesic.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]

EQUATOR_M = 6_378_137.0
ECCENTRICITY_SQ = 0.006_694_379_990_141_316
MEAN_RADIUS_M = 6_371_008.8
MAX_EXTENT_M = 2_500_000.0
STEP_M = 10_000.0


def said(values: Floats) -> list[float | None]:
    """Give floats as a list, for keeping; what was not said, NaN in a column, is None."""
    unsaid = np.isnan(values)
    if not unsaid.any():
        return list(values.tolist())
    return [None if gone else value for value, gone in zip(values.tolist(), unsaid.tolist(), strict=True)]


class Frame(NamedTuple):
    """A plane touching the ellipsoid at its origin; `axes`: (3, 3) rows east, north, up."""

    axes: Floats
    eye: Floats
    radius_m: float

    def to_plane(self, lonlat: Floats) -> Floats:
        """Give plane coordinates, (n, 2) x_m, y_m, of positions (n, 2) lon_deg, lat_deg.

        Positions more than 80° from the origin have no image and come back as nan.
        """
        rays = (_earth_fixed(lonlat) - self.eye) @ self.axes.T
        depth = np.where(rays[:, 2] > 0.17 * self.radius_m, rays[:, 2], np.nan)
        xy: Floats = self.radius_m * rays[:, :2] / depth[:, None]
        return xy

    def to_lonlat(self, xy: Floats) -> Floats:
        """Give positions, (n, 2) lon_deg, lat_deg, of plane coordinates (n, 2) x_m, y_m."""
        rays = np.column_stack([xy, np.full(len(xy), self.radius_m)]) @ self.axes
        squash = np.array([1.0, 1.0, 1.0 / (1.0 - ECCENTRICITY_SQ)])
        a = (rays * rays) @ squash
        b = (rays * self.eye) @ squash
        c = (self.eye * self.eye) @ squash - EQUATOR_M**2
        reach = (np.sqrt(b * b - a * c) - b) / a
        x, y, z = (self.eye + reach[:, None] * rays).T
        lat = np.arctan2(z, (1.0 - ECCENTRICITY_SQ) * np.hypot(x, y))
        lonlat: Floats = np.degrees(np.column_stack([np.arctan2(y, x), lat]))
        return lonlat

    def stretch(self, xy: Floats, around_m: float = 0.0) -> float:
        """Bound the factor by which a plane length within `around_m` of the positions exceeds the true one.

        A plane length is never shorter than the true one.
        """
        farthest_m = float(np.max(np.hypot(xy[:, 0], xy[:, 1]), initial=0.0)) + around_m
        return 1.0 + 1.02 * (farthest_m / self.radius_m) ** 2


@lru_cache(maxsize=256)
def frame_at(lon_deg: float, lat_deg: float) -> Frame:
    """Make the frame that touches the ellipsoid at a position."""
    lon, lat = np.radians(lon_deg), np.radians(lat_deg)
    up = np.array([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)])
    east = np.array([-np.sin(lon), np.cos(lon), 0.0])
    radius_m = float(EQUATOR_M * np.sqrt(1.0 - ECCENTRICITY_SQ) / (1.0 - ECCENTRICITY_SQ * np.sin(lat) ** 2))
    touch = _earth_fixed(np.array([[lon_deg, lat_deg]]))[0]
    return Frame(np.stack([east, np.cross(up, east), up]), touch - radius_m * up, radius_m)


def middle(lonlat: Floats) -> tuple[float, float]:
    """Give lon_deg, lat_deg of the middle of positions (n, 2), across the antimeridian and the poles.

    Positions spread evenly around the Earth have no middle; the first of them is given then.
    """
    mean = _directions(lonlat).mean(axis=0)
    if float(np.linalg.norm(mean)) < 1e-6:
        return float(lonlat[0, 0]), float(lonlat[0, 1])
    return (
        float(np.degrees(np.arctan2(mean[1], mean[0]))),
        float(np.degrees(np.arctan2(mean[2], np.hypot(mean[0], mean[1])))),
    )


def rough_distances_m(lonlat: Floats, lon_deg: float, lat_deg: float) -> Floats:
    """Give distances (n,) from one position to positions (n, 2) on a sphere, within 0.6 % of the true."""
    chords = np.linalg.norm(_directions(lonlat) - _directions(np.array([[lon_deg, lat_deg]])), axis=1)
    angles: Floats = 2.0 * MEAN_RADIUS_M * np.arcsin(np.minimum(1.0, chords / 2.0))
    return angles


def _directions(lonlat: Floats) -> Floats:
    lon, lat = np.radians(lonlat[:, 0]), np.radians(lonlat[:, 1])
    return np.column_stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)])


def _earth_fixed(lonlat: Floats) -> Floats:
    up = _directions(lonlat)
    normal_m = EQUATOR_M / np.sqrt(1.0 - ECCENTRICITY_SQ * up[:, 2] ** 2)
    fixed: Floats = up * normal_m[:, None] * np.array([1.0, 1.0, 1.0 - ECCENTRICITY_SQ])
    return fixed
