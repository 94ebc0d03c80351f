"""Feeds the fence watch of one party with what its things do, late fixes in their place included."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable
from datetime import datetime
from typing import Final

import msgspec
import numpy as np

from keepclear.rules.fence_tracks import WatchState
from keepclear.rules.fences import NO_TIME, Fence, FenceEvent, Steps
from keepclear.rules.fencing import FenceWatch
from keepclear.rules.gates import Ints
from keepclear.stores.columns import Incoming, Moves

REMEMBERED: Final = 8
"""How many of its last fixes are held of each thing, so that a late one can be put in its place."""

_Past = tuple[int, float, float, float, float, int, float]
_DECODER = msgspec.msgpack.Decoder(WatchState)


class FenceFeed:
    """The fence watch of one party, and the few last fixes of each of its things."""

    def __init__(self) -> None:
        self.watch = FenceWatch()
        self.too_late = 0
        self._past: defaultdict[int, deque[_Past]] = defaultdict(lambda: deque(maxlen=REMEMBERED))

    def change(self, fences: Iterable[Fence], now: datetime) -> tuple[FenceEvent, ...]:
        """Take the measures that stand from now on."""
        return self.watch.change(fences, now)

    def moved(self, moves: Moves) -> tuple[FenceEvent, ...]:
        """Give what some moves brought about."""
        if not len(moves.rows):
            return ()
        held = zip(
            moves.rows.tolist(), moves.at_us.tolist(), moves.lon.tolist(), moves.lat.tolist(),
            moves.accuracy_m.tolist(), moves.height_m.tolist(), np.maximum(moves.datum, 0).tolist(),
            moves.height_accuracy_m.tolist(), strict=True,
        )  # fmt: skip
        for row, *fix in held:
            self._past[row].append(tuple(fix))
        steps = Steps(
            moves.rows, np.where(moves.begins, NO_TIME, moves.from_at_us), moves.at_us,
            np.nan_to_num(moves.from_lon), np.nan_to_num(moves.from_lat), moves.lon, moves.lat,
            moves.accuracy_m, moves.height_m, np.maximum(moves.datum, 0).astype(np.int8),
            moves.height_accuracy_m,
        )  # fmt: skip
        return self.watch.feed(steps).events

    def late(self, batch: Incoming, which: Ints) -> tuple[FenceEvent, ...]:
        """Put late fixes in their place: the step to each, and all later steps of its thing, once more."""
        events: list[FenceEvent] = []
        fixes = batch.fixes
        for number in which.tolist():
            row = int(fixes.rows[number])
            fix: _Past = (
                int(fixes.at_us[number]), float(fixes.lon[number]), float(fixes.lat[number]),
                float(fixes.accuracy_m[number]), float(batch.height_m[number]),
                max(0, int(batch.datum[number])), float(batch.height_accuracy_m[number]),
            )  # fmt: skip
            events += self._put_in_place(row, fix)
        return tuple(events)

    def _put_in_place(self, row: int, fix: _Past) -> tuple[FenceEvent, ...]:
        past = self._past.get(row, ())
        before = [each for each in past if each[0] < fix[0]]
        after = [each for each in past if each[0] > fix[0]]
        if not before or len(before) + len(after) < len(past):
            self.too_late += 1  # older than what is held of it, or of a time that is held: no step is known
            return ()
        chain = [before[-1], fix, *after]
        self._past[row] = deque([*before, fix, *after], maxlen=REMEMBERED)
        fed = self.watch.feed(_steps(row, chain))
        self.too_late += fed.too_late
        return fed.events

    def tick(self, now: datetime) -> tuple[FenceEvent, ...]:
        """Give what became true by time alone."""
        return self.watch.tick(now)

    def state(self) -> bytes:
        """Give all that the watch remembers."""
        return self.watch.written()

    def restore(self, state: bytes) -> bool:
        """Take what a watch remembered; tell whether it could be read. `change` must follow."""
        try:
            self.watch.restore(_DECODER.decode(state))
        except msgspec.DecodeError:
            return False
        return True


def _steps(row: int, chain: list[_Past]) -> Steps:
    old, new = chain[:-1], chain[1:]
    columns = [np.array([fix[place] for fix in new]) for place in range(7)]
    at, lon, lat, accuracy, height, datum, height_accuracy = columns
    return Steps(
        np.full(len(new), row, dtype=np.int64), np.array([fix[0] for fix in old], dtype=np.int64),
        at.astype(np.int64), np.array([fix[1] for fix in old]), np.array([fix[2] for fix in old]), lon, lat,
        accuracy, height, datum.astype(np.int8), height_accuracy,
    )  # fmt: skip
