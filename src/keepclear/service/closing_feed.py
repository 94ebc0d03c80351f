"""Feeds the closest-approach watch of one party; without a thing of its own it costs nothing."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

import numpy as np
from msgspec import Struct

from keepclear.model.tracks import Standing, Track
from keepclear.rules.approach import Approach, ApproachWatch, Crowd, Reports
from keepclear.rules.gates import Ints
from keepclear.stores.columns import STANDINGS, Columns

_OWN = STANDINGS.index(Standing.OWN)


class Closing(Struct, frozen=True):
    """One of the own things and another that will lose their separation; rows of both."""

    own: int
    other: int
    found: Approach


class LookedAhead(NamedTuple):
    """The pairs that will lose their separation, and the own things of which not every pair is told."""

    pairs: tuple[Closing, ...] = ()
    crowds: tuple[Crowd, ...] = ()


class ClosingFeed:
    """The closest-approach watch of one party."""

    def __init__(self, columns: Columns) -> None:
        self._columns = columns
        self._watch = ApproachWatch()
        self._known: dict[int, Track] = {}
        self._running = False

    def moved(self, rows: Ints, now: datetime) -> None:
        """Take where some things are now; each row once."""
        columns = self._columns
        if not self._running:
            if not (columns.standing[: columns.size] == _OWN).any():
                return
            self._running, rows = True, columns.held()
        if not len(rows):
            return
        for row in rows.tolist():
            track = columns.tracks[row]
            if track is not None and self._known.get(row) is not track:
                self._known[row] = track
                self._watch.know(row, track.kind, track.standing)
        gates, course = columns.gates, np.radians(columns.course_deg[rows])
        speed = columns.speed_mps[rows]
        self._watch.report(
            Reports(
                rows, gates.at_us[rows], gates.lon[rows], gates.lat[rows], gates.accuracy_m[rows],
                columns.height_m[rows], np.maximum(columns.datum[rows], 0).astype(np.int8),
                columns.height_accuracy_m[rows], speed * np.sin(course), speed * np.cos(course),
                columns.climb_mps[rows],
            ),
            now,
        )  # fmt: skip

    def closing(self, now: datetime) -> LookedAhead:
        """Give the pairs that will lose their separation, the least time left first; and what is not told."""
        if not self._running:
            return LookedAhead()
        found = self._watch.ahead(now)
        return LookedAhead(
            tuple(Closing(each.one, each.other, each) for each in found.approaches), found.crowds
        )
