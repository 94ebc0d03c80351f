"""Tracks and measures made for the tests of live rules: ways in, columns of steps out."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np

from keepclear.geo.figures import Circle, Path, Point, Polygon
from keepclear.geo.geodesy import destination
from keepclear.model.measures import Banks, MeasureKind
from keepclear.model.words import StatementId, SubjectId
from keepclear.rules.fences import DATUMS, NO_TIME, Fence, Steps

T0 = datetime(2018, 2, 7, 19, 0, tzinfo=UTC)
NAN = float("nan")


def us(seconds: float) -> int:
    """Microseconds since 1970 at so many seconds after the tests' beginning."""
    return int(T0.timestamp()) * 1_000_000 + round(seconds * 1e6)


def when(seconds: float) -> datetime:
    return T0 + timedelta(seconds=seconds)


def fence(shape, name="zone", text=1, **fields):
    kind = MeasureKind.BOUNDARY if isinstance(shape, Path) else MeasureKind.ZONE
    return Fence(SubjectId(f"COA.{name}"), StatementId(f"COA.{name}{text}"), name, kind, shape, **fields)


def square(lon, lat, side_m=2_000.0):
    """A square of geodesic edges around a place."""
    middle = Point(lon, lat)
    corners = [destination(middle, turn, side_m / 2.0 * 2.0**0.5) for turn in (45.0, 315.0, 225.0, 135.0)]
    return Polygon((*corners, corners[0]))


def circle(lon, lat, radius_m=1_000.0):
    return Circle(Point(lon, lat), radius_m)


def river(*places, left=("east",), right=("west",)):
    return Path(tuple(Point(*place) for place in places)), Banks(left[0], right[0])


def fix(at_s, point, accuracy_m=5.0, height_m=NAN, datum="unknown", height_accuracy_m=NAN):
    """One fix: seconds, place, and how good it is."""
    lon, lat = (point.lon, point.lat) if isinstance(point, Point) else point
    return (us(at_s), lon, lat, accuracy_m, height_m, DATUMS.index(datum), height_accuracy_m)


def steps(fixes, track=0, before=None):
    """Columns of the steps along the fixes of one track; `before` is the fix that was fed last."""
    rows = []
    for at in fixes:
        old = (NO_TIME, NAN, NAN) if before is None else before[:3]
        rows.append((track, old[0], at[0], old[1], old[2], at[1], at[2], *at[3:]))
        before = at
    return columns(rows)


def columns(rows):
    kinds = (np.int64, np.int64, np.int64, *[np.float64] * 6, np.int8, np.float64)
    parts = list(zip(*rows, strict=True)) if rows else [()] * len(kinds)
    return Steps(*(np.array(part, dtype=kind) for part, kind in zip(parts, kinds, strict=True)))


def joined(*batches):
    """Several batches as one, in this order."""
    return Steps(*(np.concatenate(parts) for parts in zip(*batches, strict=True)))


def along(start, bearing_deg, speed_mps, seconds, every_s=2.0, **how):
    """Fixes of a thing that goes straight on from a place."""
    times = np.arange(0.0, seconds + 1e-9, every_s)
    return [fix(float(t), destination(start, bearing_deg, speed_mps * float(t)), **how) for t in times]


def said(events):
    """Kinds of events, possible ones with a question mark."""
    return [f"{event.kind}{'' if event.certain else '?'}" for event in events]
