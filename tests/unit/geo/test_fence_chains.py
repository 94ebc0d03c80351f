from __future__ import annotations

import numpy as np
import pytest
from pyproj import Geod
from tests.shares import mostly_long

from keepclear.geo.fence_chains import edges, edges_around
from keepclear.geo.figures import Circle, Clip, Corridor, Path, Point, Polygon, Ring, Side
from keepclear.geo.geodesy import destination
from keepclear.geo.shapes import clipped_contains, distance_m

GEOD = Geod(ellps="WGS84")


def shapes(lon, lat):
    middle = Point(lon, lat)

    def away(turn, metres):
        return destination(middle, turn, metres)

    corners = [away(turn, metres) for turn, metres in ((10, 9e4), (100, 3e4), (200, 8e4), (290, 5e4))]
    return {
        "small circle": Circle(middle, 300.0),
        "large circle": Circle(middle, 55_000.0),
        "ring": Ring(middle, 4_000.0, 9_000.0),
        "polygon": Polygon((*corners, corners[0])),
        "corridor": Corridor((away(250, 6e4), middle, away(20, 5e4)), 5_000.0),
    }


def walked(chain):
    """Places along the straight legs of a chain, between degrees."""
    share = np.linspace(0.0, 1.0, 20)[:, None, None]
    steps = np.diff(chain.corners, axis=0)
    steps[:, 0] = (steps[:, 0] + 180.0) % 360.0 - 180.0
    return (chain.corners[:-1] + share * steps).reshape(-1, 2)


PLACES = [(39.0, 34.0), (180.0, -17.0), (-30.0, 70.0)]


@pytest.mark.parametrize("place", mostly_long(PLACES, 1))
@pytest.mark.parametrize("name", shapes(0.0, 0.0))
def test_the_chains_run_along_the_true_edge_within_what_they_say(place, name):
    shape = shapes(*place)[name]
    chains = edges(shape)
    for chain in chains:
        for lon, lat in walked(chain)[::7]:
            at = Point((float(lon) + 180.0) % 360.0 - 180.0, float(lat))
            # Inside a corridor's bend and where it overlaps itself its edge may be farther than said.
            assert abs(distance_m(shape, at)) <= chain.slack_m + 0.05 or isinstance(shape, Corridor)
    along = np.concatenate([walked(chain) for chain in chains])
    slack_m = max(chain.slack_m for chain in chains)
    spacing_m = 10_000.0 / 19.0
    for turn in range(0, 360, 30):
        edge = _edge_on(shape, Point(*place), float(turn))
        n = len(along)
        metres = GEOD.inv(np.full(n, edge.lon), np.full(n, edge.lat), along[:, 0], along[:, 1])[2]
        assert float(np.min(metres)) <= slack_m + spacing_m


def _edge_on(shape, middle, turn):
    """The outermost place of a shape's edge on a bearing from its middle."""
    low, high = 0.0, 200_000.0
    tried = np.linspace(low, high, 200)
    low = float(max(r for r in tried if distance_m(shape, destination(middle, turn, r)) <= 0.0 or not r))
    high = low + 1_000.0
    for _ in range(30):
        half = (low + high) / 2.0
        low, high = (half, high) if distance_m(shape, destination(middle, turn, half)) <= 0 else (low, half)
    return destination(middle, turn, low)


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("name", shapes(0.0, 0.0))
def test_the_edge_around_is_never_too_near(place, name):
    shape = shapes(*place)[name]
    for chain in edges_around(shape, 3_000.0):
        for lon, lat in chain.corners:
            away_m = distance_m(shape, Point(float(lon), float(lat)))
            assert 3_000.0 - 2.5 <= away_m <= 3_000.0 + chain.slack_m + 5.0


@pytest.mark.parametrize("keep", list(Side))
def test_a_clip_is_an_edge_where_it_cuts_and_beyond_its_ends(keep):
    circle = Circle(Point(39.0, 34.0), 20_000.0)
    clip = Clip(Path((Point(39.02, 33.98), Point(39.0, 34.05))), keep)
    chains = edges(circle, (clip,))
    every = np.concatenate([walked(chain) for chain in chains])
    for north_m in (-15_000.0, -5_000.0, 0.0, 5_000.0, 15_000.0):
        row = destination(Point(39.0, 34.0), 0.0, north_m)
        line = [destination(row, 90.0, east) for east in np.linspace(-19_000.0, 19_000.0, 400)]
        kept = [clipped_contains(circle, (clip,), at, 0.0).distance_m <= 0.0 for at in line]
        for n in np.flatnonzero(np.diff(np.array(kept).astype(int))):
            at, size = line[n], len(every)
            metres = GEOD.inv(np.full(size, at.lon), np.full(size, at.lat), every[:, 0], every[:, 1])[2]
            assert float(np.min(metres)) < 700.0


def test_a_path_is_one_open_chain():
    [chain] = edges(Path((Point(39.0, 34.0), Point(39.5, 34.2))))
    assert (chain.corners[0].tolist(), chain.corners[-1].tolist()) == ([39.0, 34.0], [39.5, 34.2])
    assert len(chain.corners) > 4
