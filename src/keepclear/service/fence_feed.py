"""Feeds the fence watch of one party with what its things do, late fixes in their place included."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
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

_FIRST: Final = 1_024
_Past = tuple[int, float, float, float, float, int, float]
_DECODER = msgspec.msgpack.Decoder(WatchState)


class _PastFixes:
    """The few last fixes of each thing, in columns: a thing's rows go round, `_count` says how often."""

    def __init__(self) -> None:
        self._count = np.zeros(_FIRST, dtype=np.int64)
        self._us = np.zeros((_FIRST, REMEMBERED), dtype=np.int64)
        self._said = np.zeros((_FIRST, REMEMBERED, 6))

    def add(self, moves: Moves) -> None:
        """Take fixes after the last of their things, those of one thing together and in order of time."""
        rows = moves.rows
        self._make_room(int(rows.max()) + 1)
        begins = np.ones(len(rows), dtype=np.bool_)
        begins[1:] = rows[1:] != rows[:-1]
        first = np.flatnonzero(begins)
        size = np.diff(np.append(first, len(rows)))
        number = np.arange(len(rows)) - np.repeat(first, size)
        fits = np.repeat(size, size) - number <= REMEMBERED  # of more only the last are held
        held, place = rows[fits], ((self._count[rows] + number) % REMEMBERED)[fits]
        self._us[held, place] = moves.at_us[fits]
        said = (
            moves.lon, moves.lat, moves.accuracy_m, moves.height_m, np.maximum(moves.datum, 0),
            moves.height_accuracy_m,
        )  # fmt: skip
        self._said[held, place] = np.stack([each[fits] for each in said], axis=1)
        self._count[rows[first]] += size

    def of(self, row: int) -> list[_Past]:
        """Give what is held of a thing, in order of time."""
        if row >= len(self._count):
            return []
        count = int(self._count[row])
        places = [number % REMEMBERED for number in range(max(0, count - REMEMBERED), count)]
        found = []
        for us, said in zip(self._us[row, places].tolist(), self._said[row, places].tolist(), strict=True):
            lon, lat, accuracy_m, height_m, datum, height_accuracy_m = said
            found.append((us, lon, lat, accuracy_m, height_m, int(datum), height_accuracy_m))
        return found

    def put(self, row: int, fixes: Sequence[_Past]) -> None:
        """Hold the last of these fixes of a thing, in place of what was held."""
        last = fixes[-REMEMBERED:]
        self._make_room(row + 1)
        self._count[row] = len(last)
        self._us[row, : len(last)] = [fix[0] for fix in last]
        self._said[row, : len(last)] = [fix[1:] for fix in last]

    def _make_room(self, rows: int) -> None:
        more = max(rows, 2 * len(self._count)) - len(self._count)
        if rows > len(self._count):
            self._count = np.pad(self._count, (0, more))
            self._us = np.pad(self._us, ((0, more), (0, 0)))
            self._said = np.pad(self._said, ((0, more), (0, 0), (0, 0)))


class FenceFeed:
    """The fence watch of one party, and the few last fixes of each of its things."""

    def __init__(self) -> None:
        self.watch = FenceWatch()
        self.too_late = 0
        self._past = _PastFixes()

    def change(self, fences: Iterable[Fence], now: datetime) -> tuple[FenceEvent, ...]:
        """Take the measures that stand from now on."""
        return self.watch.change(fences, now)

    def moved(self, moves: Moves) -> tuple[FenceEvent, ...]:
        """Give what some moves brought about."""
        if not len(moves.rows):
            return ()
        self._past.add(moves)
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
        past = self._past.of(row)
        before = [each for each in past if each[0] < fix[0]]
        after = [each for each in past if each[0] > fix[0]]
        if not before or len(before) + len(after) < len(past):
            self.too_late += 1  # older than what is held of it, or of a time that is held: no step is known
            return ()
        chain = [before[-1], fix, *after]
        self._past.put(row, [*before, fix, *after])
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
