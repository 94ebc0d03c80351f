"""Where everything of one party is now: columns in memory, one row a thing, for thousands of fixes at once.

Rows are never taken away while the node runs, so that a row number means one thing; a thing that was dropped
leaves its row empty. The number of a row is the party's own count and says nothing of others.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import msgspec
import numpy as np
from msgspec import Struct
from msgspec.structs import replace
from numpy.typing import NDArray

from keepclear.geo.figures import Point
from keepclear.geo.frames import said
from keepclear.geo.heights import Altitude, Datum
from keepclear.model.tracks import Fix, FixRow, Standing, Track, TrackKind
from keepclear.rules.fences import DATUMS
from keepclear.rules.gates import (
    FASTEST_MPS,
    NEVER,
    Fixes,
    Floats,
    Gates,
    Ints,
    Verdict,
    Verdicts,
    fresh,
)
from keepclear.stores.tracks import ThingRow, TrailRow
from keepclear.times import instant, microseconds

STANDINGS: Final = tuple(Standing)
KINDS: Final = tuple(TrackKind)
NO_DATUM: Final = -1
_DATUM_CODE = {datum: code for code, datum in enumerate(DATUMS)}
_STANDING_CODE = {standing: code for code, standing in enumerate(STANDINGS)}
_KIND_CODE = {kind: code for code, kind in enumerate(KINDS)}
_FIRST = 1_024

Bools = NDArray[np.bool_]
Codes = NDArray[np.int8]


class Incoming(Struct, frozen=True):
    """Fixes of one feed as columns, each thing's in the order of their times; NaN where nothing was said."""

    fixes: Fixes
    height_m: Floats
    datum: Codes
    height_accuracy_m: Floats
    speed_mps: Floats
    course_deg: Floats
    climb_mps: Floats


class Moves(Struct, frozen=True):
    """What the kept fixes of a batch did, in order: each a step from where its thing was, or a beginning.

    `begins` tells where no step leads to the fix, because it is the first, or the first after a jump.
    `which` are the positions of these fixes in the batch.
    """

    rows: Ints
    begins: Bools
    from_at_us: Ints
    from_lon: Floats
    from_lat: Floats
    from_accuracy_m: Floats
    at_us: Ints
    lon: Floats
    lat: Floats
    accuracy_m: Floats
    height_m: Floats
    datum: Codes
    height_accuracy_m: Floats
    which: Ints


class Before(Struct, frozen=True):
    """Where the thing of each fix of a batch was before the batch; of one length with it."""

    at_us: Ints
    lon: Floats
    lat: Floats
    accuracy_m: Floats


class Columns:
    """The things of one party and where each is."""

    def __init__(self) -> None:
        self.size = 0
        self.gates: Gates = fresh(_FIRST)
        self.received_us = np.zeros(_FIRST, dtype=np.int64)
        self.height_m, self.height_accuracy_m, self.speed_mps, self.course_deg, self.climb_mps = (
            np.full(_FIRST, np.nan) for _ in range(5)
        )
        self.datum = np.full(_FIRST, NO_DATUM, dtype=np.int8)
        self.kind = np.zeros(_FIRST, dtype=np.int8)
        self.standing = np.full(_FIRST, _STANDING_CODE[Standing.OTHER], dtype=np.int8)
        self.resumed_us = np.full(_FIRST, NEVER, dtype=np.int64)
        self.changed = np.zeros(_FIRST, dtype=np.int64)
        self.trail_slot = np.full(_FIRST, NEVER, dtype=np.int64)
        self.turn = 0
        self.tracks: list[Track | None] = []
        self.unsaved: set[int] = set()
        """Rows of things that are new, or were described anew, since whoever keeps them last took them."""
        self._rows: dict[tuple[str, str], int] = {}

    # Which thing is which row.

    def row(self, source: str, identity: str) -> int | None:
        """Give the row of a thing, if it has one."""
        return self._rows.get((source, identity))

    def rows_for(
        self, source: str, identities: Sequence[str], unsaid: Track, said: Sequence[Track] = ()
    ) -> Ints:
        """Give the row of each name, making rows for new ones as `said` or else `unsaid` describes them."""
        known = self._rows
        described = {track.id: track for track in said if track.source == source}
        rows = np.empty(len(identities), dtype=np.int64)
        for number, identity in enumerate(identities):
            row = known.get((source, identity))
            if row is None:
                row = self._add(described.get(identity) or replace(unsaid, id=identity, source=source))
            rows[number] = row
        return rows

    def new_among(self, source: str, identities: Sequence[str]) -> int:
        """Count the names that have no row."""
        return sum((source, identity) not in self._rows for identity in set(identities))

    def describe(self, track: Track) -> None:
        """Take what was said of a thing that has a row; what was not said stays.

        So a thing that was said not to be its feed's stays so until the source says otherwise (LIM-08).
        """
        row = self._rows[track.source, track.id]
        was = self.tracks[row]
        if was is None or was == track:
            return
        known = replace(track, callsign=track.callsign or was.callsign, whose=track.whose or was.whose)
        if known.kind is TrackKind.UNKNOWN:
            known = replace(known, kind=was.kind)
        if was.standing_said and not track.standing_said and was.standing is Standing.OTHER:
            known = replace(known, standing=was.standing, standing_said=True)
        if was.invented_said and not track.invented_said:
            known = replace(known, invented=was.invented or track.invented, invented_said=True)
        if known != was:
            self._describe(row, known)
            self.changed[row] = self.turn

    def lessen(self, source: str, most: Standing) -> None:
        """Let no thing of a source have another standing than its feed has now, but for `other` (LIM-08)."""
        for row, track in enumerate(self.tracks):
            if track is not None and track.source == source and track.standing not in (Standing.OTHER, most):
                self._describe(row, replace(track, standing=most, standing_said=False))
                self.changed[row] = self.turn

    def _add(self, track: Track) -> int:
        row = self.size
        if row == len(self.received_us):
            self._grow()
        self.size += 1
        self._rows[track.source, track.id] = row
        self.tracks.append(track)
        self._describe(row, track)
        return row

    def _describe(self, row: int, track: Track) -> None:
        self.tracks[row] = track
        self.unsaved.add(row)
        self.kind[row] = _KIND_CODE[track.kind]
        self.standing[row] = _STANDING_CODE[track.standing]
        self.gates.fastest_mps[row] = FASTEST_MPS[track.kind]

    def _grow(self) -> None:
        more = fresh(len(self.received_us))
        self.gates = Gates(
            *(
                np.concatenate([getattr(self.gates, name), getattr(more, name)])
                for name in Gates.__struct_fields__
            )
        )
        for name in _OWN:
            kept = getattr(self, name)
            # What a row holds before its first fix is what row 0 of a new table would.
            empty = np.full(len(kept), _EMPTY.get(name, np.nan), dtype=kept.dtype)
            setattr(self, name, np.concatenate([kept, empty]))

    def load(self, things: Sequence[ThingRow], places: bytes | None = None) -> None:
        """Take up what was kept; numbers that are not there any more stay empty.

        Args:
            things: each with its fix of when it was first kept or described anew.
            places: what `places` gave later than that; what cannot be read is passed over.
        """
        for thing in things:
            while self.size < thing.number:
                gone = self._add(Track(f"\n{self.size}", "", TrackKind.UNKNOWN))
                self.drop(gone)
            row = self._add(thing.track)
            self._put_fix(row, thing.fix)
        if places is not None:
            self._put_places(places)
        self.unsaved.clear()

    def places(self) -> bytes:
        """Give the newest fixes of all things in one piece: an array for each column, as in memory."""
        rows = self.held()
        fixes = [np.ascontiguousarray(column[rows]).tobytes() for column in self._fix_columns()]
        return _ENCODER.encode(_Places(rows.tobytes(), tuple(fixes)))

    def _put_places(self, body: bytes) -> None:
        columns = self._fix_columns()
        try:
            kept = _PLACES.decode(body)
            rows = np.frombuffer(kept.rows, np.int64)
            found = [
                np.frombuffer(each, column.dtype) for each, column in zip(kept.fixes, columns, strict=True)
            ]
        except (msgspec.MsgspecError, ValueError):
            return  # positions come again
        if any(len(each) != len(rows) for each in found):
            return
        known = np.array([track is not None for track in self.tracks], dtype=np.bool_)
        here = (rows >= 0) & (rows < self.size)
        here[here] = known[rows[here]]
        for column, values in zip(columns, found, strict=True):
            column[rows[here]] = values[here]

    def _fix_columns(self) -> tuple[NDArray[Any], ...]:
        gates = self.gates
        own = (getattr(self, name) for name in (*_SAID, "datum"))
        return (gates.at_us, self.received_us, gates.lon, gates.lat, gates.accuracy_m, *own)

    def _put_fix(self, row: int, fix: FixRow) -> None:
        gates = self.gates
        gates.at_us[row], gates.lon[row], gates.lat[row] = fix.at_us, fix.lon, fix.lat
        gates.accuracy_m[row] = _or_nan(fix.accuracy_m)
        self.received_us[row] = fix.received_us
        for name in _SAID:
            getattr(self, name)[row] = _or_nan(getattr(fix, name))
        self.datum[row] = NO_DATUM if fix.datum is None else _DATUM_CODE[Datum(fix.datum)]

    def drop(self, row: int) -> None:
        """Leave a row empty: the thing is forgotten."""
        track = self.tracks[row]
        if track is not None:
            del self._rows[track.source, track.id]
        self.tracks[row] = None
        self.unsaved.discard(row)
        self.gates.at_us[row] = NEVER
        self.gates.jump_count[row] = 0
        self.changed[row] = self.turn

    # Fixes.

    def before(self, rows: Ints) -> Before:
        """Give where the things of some fixes are, for `take` after they were judged."""
        gates = self.gates
        return Before(gates.at_us[rows], gates.lon[rows], gates.lat[rows], gates.accuracy_m[rows])

    def take(self, incoming: Incoming, verdicts: Verdicts, before: Before) -> Moves:
        """Move the things whose fixes the gates let pass; judging has moved the gates themselves."""
        self.turn += 1
        fixes = incoming.fixes
        moving = np.flatnonzero(verdicts < Verdict.LATE)
        rows = fixes.rows[moving]
        first = np.ones(len(rows), dtype=np.bool_)
        first[1:] = rows[1:] != rows[:-1]
        at_us, lon, lat, accuracy = (
            getattr(fixes, name)[moving] for name in ("at_us", "lon", "lat", "accuracy_m")
        )
        was_at, was_lon, was_lat, was_accuracy = (
            np.where(first, earlier[moving], np.roll(now, 1))
            for earlier, now in (
                (before.at_us, at_us),
                (before.lon, lon),
                (before.lat, lat),
                (before.accuracy_m, accuracy),
            )
        )
        last = np.roll(first, -1)  # a fix is its thing's last where the next begins another's; empty stays so
        self._move(rows[last], moving[last], incoming)
        begun = verdicts[moving] != Verdict.MOVES
        resumed = verdicts[moving] == Verdict.RESUMES
        self.resumed_us[rows[resumed]] = at_us[resumed]
        return Moves(
            rows, begun, was_at, was_lon, was_lat, was_accuracy, at_us, lon, lat, accuracy,
            incoming.height_m[moving], incoming.datum[moving], incoming.height_accuracy_m[moving], moving,
        )  # fmt: skip

    def _move(self, rows: Ints, which: Ints, incoming: Incoming) -> None:
        self.received_us[rows] = incoming.fixes.received_us[which]
        for name in (*_SAID, "datum"):
            getattr(self, name)[rows] = getattr(incoming, name)[which]
        self.changed[rows] = self.turn

    def thinned(self, moves: Moves, every_us: int) -> Ints:
        """Give which of some moves go into trails: of each thing the first in each span of so many µs."""
        slots = moves.at_us // every_us
        was = np.roll(slots, 1)
        first = np.ones(len(slots), dtype=np.bool_)
        first[1:] = moves.rows[1:] != moves.rows[:-1]
        was = np.where(first, self.trail_slot[moves.rows], was)
        self.trail_slot[moves.rows] = slots  # of several the last counts: they stand in order
        found: Ints = moves.which[slots != was]
        return found

    # Looking.

    def held(self) -> Ints:
        """Give the rows of all things that have a place, in no order that speaks of places."""
        return np.flatnonzero(self.gates.at_us[: self.size] != NEVER)

    def within(self, west: float, south: float, east: float, north: float) -> Ints:
        """Give the rows within a box, edges included; west beyond east goes over the 180th meridian."""
        rows = self.held()
        lon, lat = self.gates.lon[rows], self.gates.lat[rows]
        inside = (lat >= south) & (lat <= north)
        inside &= ((lon >= west) & (lon <= east)) if west <= east else ((lon >= west) | (lon <= east))
        found: Ints = rows[inside]
        return found

    def changed_since(self, turn: int) -> Ints:
        """Give the rows of things that moved or were described after a turn."""
        rows = np.flatnonzero(self.changed[: self.size] > turn)
        found: Ints = rows[self.gates.at_us[rows] != NEVER]
        return found

    def fix_row(self, row: int) -> FixRow:
        """Give the newest fix of a thing."""
        gates = self.gates
        return FixRow(
            int(gates.at_us[row]), int(self.received_us[row]), float(gates.lon[row]), float(gates.lat[row]),
            _or_none(gates.accuracy_m[row]), _or_none(self.height_m[row]), _datum_name(int(self.datum[row])),
            _or_none(self.height_accuracy_m[row]), _or_none(self.speed_mps[row]),
            _or_none(self.course_deg[row]), _or_none(self.climb_mps[row]),
        )  # fmt: skip

    def things(self, rows: Ints) -> list[ThingRow]:
        """Give things as they are kept, many at once; empty rows are left out."""
        gates, code = self.gates, self.datum[rows].tolist()
        fixes = zip(
            gates.at_us[rows].tolist(), self.received_us[rows].tolist(), gates.lon[rows].tolist(),
            gates.lat[rows].tolist(), said(gates.accuracy_m[rows]), said(self.height_m[rows]),
            (_datum_name(each) for each in code),
            *(said(getattr(self, name)[rows]) for name in _SAID[1:]), strict=True,
        )  # fmt: skip
        return [
            ThingRow(row, track, FixRow(*fix))
            for row, fix in zip(rows.tolist(), fixes, strict=True)
            if (track := self.tracks[row]) is not None
        ]

    def thing(self, row: int) -> ThingRow | None:
        """Give a thing as it is kept, or None where the row is empty."""
        track = self.tracks[row] if row < self.size else None
        return None if track is None else ThingRow(row, track, self.fix_row(row))


class _Places(Struct, frozen=True, array_like=True):
    """The newest fixes of things as arrays of bytes: their rows, then column by column."""

    rows: bytes
    fixes: tuple[bytes, ...]


_ENCODER: Final = msgspec.msgpack.Encoder()
_PLACES: Final = msgspec.msgpack.Decoder(_Places)
_SAID = ("height_m", "height_accuracy_m", "speed_mps", "course_deg", "climb_mps")
_OWN = ("received_us", *_SAID, "datum", "kind", "standing", "resumed_us", "changed", "trail_slot")
_EMPTY: dict[str, float] = {
    "received_us": 0, "datum": NO_DATUM, "kind": 0, "standing": _STANDING_CODE[Standing.OTHER],
    "resumed_us": NEVER, "changed": 0, "trail_slot": NEVER,
}  # fmt: skip


def incoming(fixes: Sequence[Fix], rows: Ints) -> Incoming:
    """Put fixes of one feed into columns, each thing's in the order of their times."""
    at_us = np.array([microseconds(fix.at) for fix in fixes], dtype=np.int64)
    order = np.lexsort((at_us, rows))
    placed = Fixes(
        rows[order],
        at_us[order],
        np.array([microseconds(fix.received_at) for fix in fixes], dtype=np.int64)[order],
        np.array([fix.place.lon for fix in fixes], dtype=np.float64)[order],
        np.array([fix.place.lat for fix in fixes], dtype=np.float64)[order],
        _floats([fix.accuracy_m for fix in fixes])[order],
    )
    heights = [fix.height for fix in fixes]
    return Incoming(
        placed,
        _floats([None if height is None else height.value_m for height in heights])[order],
        np.array(
            [NO_DATUM if height is None else _DATUM_CODE[height.datum] for height in heights], dtype=np.int8
        )[order],
        *(
            _floats([getattr(fix, name) for fix in fixes])[order]
            for name in ("height_accuracy_m", "speed_mps", "course_deg", "climb_mps")
        ),
    )


def rows_of(batch: Incoming, which: Ints) -> list[TrailRow]:
    """Give some fixes of a batch as they are kept."""
    fixes = batch.fixes
    found = zip(
        fixes.at_us[which].tolist(), fixes.received_us[which].tolist(), fixes.lon[which].tolist(),
        fixes.lat[which].tolist(), said(fixes.accuracy_m[which]), said(batch.height_m[which]),
        (_datum_name(each) for each in batch.datum[which].tolist()),
        *(said(getattr(batch, name)[which]) for name in _SAID[1:]), strict=True,
    )  # fmt: skip
    return [TrailRow(row, FixRow(*fix)) for row, fix in zip(fixes.rows[which].tolist(), found, strict=True)]


def fix_of(thing: ThingRow) -> Fix:
    """Give a thing's newest fix as links know it."""
    row = thing.fix
    height = (
        None
        if row.height_m is None
        else Altitude(row.height_m, Datum.UNKNOWN if row.datum is None else _DATUMS[row.datum])
    )
    return Fix(
        thing.track.id, thing.track.source, instant(row.at_us), instant(row.received_us),
        Point(row.lon, row.lat), row.accuracy_m, height, row.height_accuracy_m, row.speed_mps, row.course_deg,
        row.climb_mps,
    )  # fmt: skip


def _floats(values: Sequence[float | None]) -> Floats:
    return np.array(values, dtype=np.float64)  # None becomes NaN


def _or_none(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


def _or_nan(value: float | None) -> float:
    return float("nan") if value is None else value


# Asked for each of ten thousand rows: a member's own `value` costs more than all the rest of the row.
_DATUM_NAMES: dict[int, str] = {code: datum.value for code, datum in enumerate(DATUMS)}
_DATUMS: dict[str, Datum] = {datum.value: datum for datum in Datum}


def _datum_name(code: int) -> str | None:
    return _DATUM_NAMES.get(code)
