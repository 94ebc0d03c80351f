"""Checking one plan against 10,000 measures that have reached a desk: ours beside shapely and pyproj.

The peer is what a careful user would write: an STRtree over boxes in degrees, padded; every candidate is
moved into an azimuthal equidistant plane round the plan, drawn finely, and intersected there.
Both are asked anew each time, index and all, as a desk does whose picture may have changed.
The peer answers which measures meet; ours gives the grounds, heights, times and shifts besides.
Answers are equal when both name the same measures.
"""

from __future__ import annotations

import math
import random
from datetime import UTC, datetime, timedelta

import numpy as np
import shapely
from pyproj import CRS, Geod, Transformer

from benchmarks import Row, rate_row
from benchmarks.timing import medians, timed
from keepclear.geo.shapes import Circle, Point, Polygon
from keepclear.geo.volumes import Volume
from keepclear.model.measures import Basis, Effect, MeasureKind, MeasureStated
from keepclear.model.statements import Author, Entry, LogId, Statement
from keepclear.model.words import CapStatus, PartyId, StatementId, SubjectId
from keepclear.rules.conflicts import check
from keepclear.rules.plans import Part, Plan
from keepclear.views.picture import Picture, picture

NAME = "check"
MEASURES = 10_000
REPEATS = 5
SEED = 20180207
A, B = PartyId("COA"), PartyId("RUS")
NOW = datetime(2018, 2, 7, tzinfo=UTC)
GEOD = Geod(ellps="WGS84")
SIDES = 180
PLAN = ((38.9, 34.9), (39.3, 34.95), (39.2, 35.3), (38.95, 35.2))


def run() -> list[Row]:
    shapes = measures(MEASURES)
    desk = picture(B, [told(number, shape) for number, shape in enumerate(shapes)])
    plan = Plan((Part("plan", Volume(closed(list(PLAN)))),))
    found = {str(finding.statement) for finding in check(desk, plan, NOW).findings}
    peers = {f"{A}.{number}" for number in careful(shapes)}
    seconds = medians(timed(lambda: check(desk, plan, NOW), 1), timed(lambda: careful(shapes), 1), REPEATS)
    peer = f"shapely STRtree + pyproj ({len(found)} meet)"
    equal = bool(found) and found == peers and answers(desk) == MEASURES
    return [rate_row("check", MEASURES, peer, "measures/s", seconds, equal=equal)]


def answers(desk: Picture) -> int:
    """Give how many measures stand on the desk, so that a lost one is not taken for speed."""
    return sum(1 for _ in desk.each(MeasureStated))


def measures(count: int) -> list[Circle | Polygon]:
    """Half circles of 0.5 to 5 km, half four-sided polygons, over the land between two rivers."""
    dice = random.Random(SEED)
    made: list[Circle | Polygon] = []
    for number in range(count):
        lon, lat, reach_m = dice.uniform(36.0, 42.0), dice.uniform(33.0, 37.0), dice.uniform(500.0, 5_000.0)
        if number % 2:
            made.append(Circle(Point(lon, lat), reach_m))
        else:
            turns = [turn + dice.uniform(-30.0, 30.0) for turn in (315, 225, 135, 45)]
            corners = [ahead(lon, lat, turn, reach_m) for turn in turns]
            made.append(closed(corners))
    return made


def closed(corners: list[tuple[float, float]]) -> Polygon:
    return Polygon(tuple(Point(lon, lat) for lon, lat in [*corners, corners[0]]))


def ahead(lon: float, lat: float, azimuth_deg: float, distance_m: float) -> tuple[float, float]:
    east, north, _ = GEOD.fwd(lon, lat, azimuth_deg, distance_m)
    return float(east), float(north)


def told(number: int, shape: Circle | Polygon) -> Entry:
    at = NOW - timedelta(days=1) + timedelta(seconds=number)
    body = MeasureStated(f"zone {number}", MeasureKind.ZONE, Effect.CALL, Basis.DECLARED, shape)
    statement = Statement(
        id=StatementId(f"{A}.{number}"),
        subject=SubjectId(f"{A}.m{number}"),
        author=Author(A, "k"),
        cap=CapStatus.EXERCISE,
        stated_at=at,
        body=body,
    )
    return Entry(LogId(A, B), number, at, at, 0, statement)


def careful(shapes: list[Circle | Polygon]) -> list[int]:
    """The peer: boxes in degrees first, then each candidate in a plane round the plan."""
    tree = shapely.STRtree([shapely.box(*box_of(shape)) for shape in shapes])
    center = np.mean(PLAN, axis=0)
    plane = CRS.from_proj4(f"+proj=aeqd +lat_0={center[1]} +lon_0={center[0]} +datum=WGS84 +units=m")
    into = Transformer.from_crs("EPSG:4326", plane, always_xy=True)
    wanted = drawn(list(PLAN), into)
    candidates = tree.query(shapely.box(*wide(PLAN)))
    return sorted(int(number) for number in candidates if flat(shapes[number], into).intersects(wanted))


def box_of(shape: Circle | Polygon) -> tuple[float, float, float, float]:
    if isinstance(shape, Polygon):
        return wide([(point.lon, point.lat) for point in shape.exterior])
    north = shape.radius_m / 110_500.0
    east = shape.radius_m / (111_000.0 * math.cos(math.radians(abs(shape.center.lat) + north)))
    lon, lat = shape.center.lon, shape.center.lat
    return lon - east, lat - north, lon + east, lat + north


def wide(corners: object) -> tuple[float, float, float, float]:
    places = np.asarray(corners)
    (west, south), (east, north) = places.min(axis=0) - 0.01, places.max(axis=0) + 0.01
    return west, south, east, north


def flat(shape: Circle | Polygon, into: Transformer) -> shapely.Polygon:
    if isinstance(shape, Polygon):
        return drawn([(point.lon, point.lat) for point in shape.exterior[:-1]], into)
    turns = np.arange(SIDES) * (360.0 / SIDES)
    lon, lat = np.full(SIDES, shape.center.lon), np.full(SIDES, shape.center.lat)
    east, north, _ = GEOD.fwd(lon, lat, turns, np.full(SIDES, shape.radius_m))
    return shapely.Polygon(np.column_stack(into.transform(east, north)))


def drawn(corners: list[tuple[float, float]], into: Transformer) -> shapely.Polygon:
    """Draw a polygon whose edges are geodesics, in legs of a kilometre at most."""
    ring: list[tuple[float, float]] = []
    for (a_lon, a_lat), (b_lon, b_lat) in zip(corners, [*corners[1:], corners[0]], strict=True):
        legs = max(1, math.ceil(GEOD.inv(a_lon, a_lat, b_lon, b_lat)[2] / 1_000.0))
        ring.append((a_lon, a_lat))
        ring += GEOD.npts(a_lon, a_lat, b_lon, b_lat, legs - 1) if legs > 1 else []
    return shapely.Polygon(np.column_stack(into.transform(*np.asarray(ring).T)))
