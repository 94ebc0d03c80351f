"""Which of one's own tracks will lose its separation from another, and when: the closest-approach watch.

A pair is told only if one of the two is one's own, and in the order of the time left (LIM-10: no distance
orders anything, and nothing answers who is nearest). What follows is contact: call, warn, ask, step back
(LIM-07). Each track is taken to go on with the speed, heading and climb that it reported.

Any sender can report many things at one point. So the pairs are bounded: of an own track the soonest few are
told, and of all own tracks together the soonest so many. Where there are more, that is a finding of its own.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import NamedTuple

import numpy as np
from msgspec import Struct, field

from keepclear.geo.heights import Datum
from keepclear.geo.kernels.approach import Movers, Pairs, Sweep
from keepclear.geo.kernels.crowds import Soonest, soonest
from keepclear.geo.kernels.fences import MAX_LAT, Int8s, Int64s
from keepclear.geo.shapes import metres_said
from keepclear.model.tracks import Standing, TrackKind
from keepclear.rules.fences import DATUMS, Floats
from keepclear.rules.gates import FASTEST_MPS
from keepclear.times import microseconds

NAUTICAL_MILE_M = 1_852.0


class Minima(Struct, frozen=True):
    """How near two things may come: over the ground, and in height where that counts too (None: at any)."""

    ground_m: float
    height_m: float | None = None


# Between aircraft 3 NM, as the memorandum of 2015 has it (domain.md PRA-02); the others are stated here and
# can be set. Of a pair the larger counts.
_MINIMA = {
    TrackKind.AEROPLANE: Minima(3.0 * NAUTICAL_MILE_M, 304.8),
    TrackKind.HELICOPTER: Minima(NAUTICAL_MILE_M, 152.4),
    TrackKind.DRONE: Minima(500.0, 100.0),
    TrackKind.VESSEL: Minima(NAUTICAL_MILE_M),
    TrackKind.VEHICLE: Minima(200.0),
    TrackKind.CONVOY: Minima(500.0),
    TrackKind.PERSONS: Minima(200.0),
    TrackKind.UNKNOWN: Minima(NAUTICAL_MILE_M, 304.8),
}
_AIR = frozenset({TrackKind.AEROPLANE, TrackKind.HELICOPTER, TrackKind.DRONE, TrackKind.UNKNOWN})
_SEA = frozenset({TrackKind.VESSEL, TrackKind.UNKNOWN})
_GROUND = frozenset({TrackKind.VEHICLE, TrackKind.CONVOY, TrackKind.PERSONS, TrackKind.UNKNOWN})
DOMAINS = (_AIR, _SEA, _GROUND)
"""Kinds that are separated from one another; what is of unknown kind is in each."""
_COMPANY = _GROUND - {TrackKind.UNKNOWN}
_KEEPS_COMPANY, _SEEN_ELSEWHERE = 0b010, 0b100
FASTEST_CLIMB_MPS = 100.0
"""Climbs beyond it, and speeds beyond what a kind can make, are taken as not said. Proposed, to be tried."""
_LOOKS_IN_A_REPORT = 4_096
_LOOKS_IN_ALL = 20_000_000
_FIRST = 1_024
# What is asked of a kind, by its place among the kinds: thousands report at once.
_KINDS = tuple(TrackKind)
_CODES = {kind: code for code, kind in enumerate(_KINDS)}
_UNKNOWN = _CODES[TrackKind.UNKNOWN]
_FASTEST_MPS = np.array([FASTEST_MPS[kind] for kind in _KINDS])
_IN_COMPANY = np.array([kind in _COMPANY for kind in _KINDS])
_IN_DOMAIN = tuple(np.array([kind in domain for kind in _KINDS]) for domain in DOMAINS)


class ApproachSettings(Struct, frozen=True):
    """The stated rules of the watch.

    Attributes:
        look_ahead_s: how far ahead is looked.
        stale_s: a track that has not reported for so long is left out, and named so.
        minima: by kind; of a pair the larger counts.
        layered: the datum over which most heights come; the others are compared within their own datum.
        most: how many pairs of one own track are told, those soonest lost; of equal times by row. Counted
            before heights over other data are compared.
        most_told: how many pairs of all own tracks together are told.
    """

    look_ahead_s: float = 300.0
    stale_s: float = 60.0
    minima: dict[TrackKind, Minima] = field(default_factory=lambda: dict(_MINIMA))
    layered: Datum = Datum.STD
    most: int = 16
    most_told: int = 1_000


class Reports(NamedTuple):
    """What tracks report of how they move, as columns, (n,) each; each track once.

    Attributes:
        track: row of the track in its store.
        us: microseconds since 1970 UTC of the fix.
        lon: degrees.
        lat: degrees.
        accuracy_m: nan where it is not known, as in all that follow.
        height_m: over `datum`.
        datum: its place in `fences.DATUMS`.
        height_accuracy_m: metres.
        east_mps: speed over the ground, eastward.
        north_mps: northward.
        climb_mps: upward.
    """

    track: Int64s
    us: Int64s
    lon: Floats
    lat: Floats
    accuracy_m: Floats
    height_m: Floats
    datum: Int8s
    height_accuracy_m: Floats
    east_mps: Floats
    north_mps: Floats
    climb_mps: Floats


class Approach(Struct, frozen=True):
    """Two tracks that will lose their separation if both go on as they do.

    Attributes:
        one: row of one's own track.
        other: row of the other.
        certain: whether it holds for all that the accuracies allow; never with a height or speed unknown.
        time_to_loss_s: until both minima are lost; 0 if they are.
        apart_m: how far apart over the ground they will be at the least.
        apart_in_s: when.
        minimum_m: the minimum over the ground.
        minimum_height_m: the minimum in height; None where height does not count.
        by_height: whether their heights could be compared; if not, any height is possible.
        words: the finding, to be read aloud.
    """

    one: int
    other: int
    certain: bool
    time_to_loss_s: float
    apart_m: float
    apart_in_s: float
    minimum_m: float
    minimum_height_m: float | None
    by_height: bool
    words: str


class Crowd(Struct, frozen=True):
    """An own track with which more will lose their separation than are told one by one.

    Attributes:
        own: row of the own track.
        most: how many of its pairs are judged; with `spread` the bound is that of all own tracks together.
        around: how many other things were reported within `within_m` at least; with `spread` 0.
        within_m: how far was looked, rounded up.
        cut: whether so many were there that not all could be looked at: a sooner pair may not be told.
        spread: whether its own pairs are few enough, but those of all own tracks together are too many.
        words: the finding, to be read aloud after the name of the track.
    """

    own: int
    most: int
    around: int
    within_m: float
    cut: bool
    spread: bool
    words: str


class Ahead(NamedTuple):
    """What will lose its separation, the least time left first, and of which own tracks not all is told."""

    approaches: tuple[Approach, ...]
    crowds: tuple[Crowd, ...]


class _Found(NamedTuple):
    loss_s: float
    least_s: float
    least_m: float
    by_height: bool


class ApproachWatch:
    """Keeps how tracks move, and the pairs that will lose their separation."""

    def __init__(self, settings: ApproachSettings | None = None) -> None:
        self.settings = settings or ApproachSettings()
        minima = self.settings.minima
        self._sweeps = []
        for domain in DOMAINS:
            mine = [minima[kind] for kind in sorted(domain)]
            widest_m = max(each.ground_m for each in mine)
            widest_height_m = max(each.height_m or 0.0 for each in mine)
            # As far ahead as a report may be looked at, so that what comes into sight meanwhile is known.
            ahead_s = self.settings.look_ahead_s + self.settings.stale_s
            self._sweeps.append(
                Sweep(
                    ahead_s, widest_m, widest_height_m, self.settings.stale_s, self.settings.most,
                    _LOOKS_IN_A_REPORT,
                )
            )  # fmt: skip
        each_kind = [minima[kind] for kind in _KINDS]
        self._ground_m = np.array([each.ground_m for each in each_kind])
        self._height_m = np.array([np.inf if each.height_m is None else each.height_m for each in each_kind])
        # By row: the place of its kind among the kinds, and whether it is one's own.
        self._code = np.full(_FIRST, _UNKNOWN, np.int8)
        self._is_own = np.zeros(_FIRST, np.bool_)
        self._last: dict[int, tuple[float, ...]] = {}
        # Pairs that may lose their separation before either reports again, and where they were found.
        self._pairs: dict[tuple[int, int], int] = {}
        self._of: dict[int, set[tuple[int, int]]] = {}
        # Own tracks with too many pairs to keep them: asked anew, for the soonest few, at each look.
        self._crowded: set[int] = set()
        self.tested = 0
        """How many looks the last look took for own tracks in crowds: what its cost follows."""

    def know(self, track: int, kind: TrackKind, standing: Standing) -> None:
        """Note what moves, and whether it is one's own; what is not noted is unknown and another's."""
        if track >= len(self._code):
            self._make_room(track + 1)
        self._code[track], self._is_own[track] = _CODES[kind], standing is Standing.OWN

    def report(self, reports: Reports, now: datetime) -> int:
        """Take what tracks report; gives how many were left out, too old or too near to a pole.

        The cost follows how many report, and how many are near them.
        """
        now_us = microseconds(now)
        young = now_us - reports.us <= int(self.settings.stale_s * 1e6)
        placed = (np.abs(reports.lat) <= MAX_LAT) & (np.abs(reports.lon) <= 180.0)
        taken = Reports._make(column[young & placed] for column in reports)
        rows = taken.track.tolist()
        for row in self._of.keys() & set(rows):
            self._drop(row)
        self._crowded = {row for row in self._crowded if self._is_own[row]}
        if not rows:
            return len(reports.track)
        if max(rows) >= len(self._code):
            self._make_room(max(rows) + 1)
        codes = self._code[taken.track]
        taken = _believed(taken, _FASTEST_MPS[codes])
        columns = (taken.us, *taken[2:])
        self._last.update(zip(rows, zip(*(column.tolist() for column in columns), strict=True), strict=True))
        movers = self._movers(taken, codes, now_us)
        for number, (is_in, sweep) in enumerate(zip(_IN_DOMAIN, self._sweeps, strict=True)):
            mine = is_in[codes]
            if mine.any():
                part = self._in_sweep(movers, taken.track, codes, number)
                part = Movers._make(column[mine] for column in part if column is not None)
                pairs = sweep.report(taken.track[mine], part, now_us / 1e6)
                self._crowd(number, self._note(pairs, number), now_us)
        return len(reports.track) - len(rows)

    def _make_room(self, rows: int) -> None:
        more = max(rows, 2 * len(self._code)) - len(self._code)
        self._code = np.pad(self._code, (0, more), constant_values=_UNKNOWN)
        self._is_own = np.pad(self._is_own, (0, more))

    def _movers(self, taken: Reports, codes: Int8s, now_us: int) -> Movers:
        layered = taken.datum == DATUMS.index(self.settings.layered)
        return Movers(
            np.minimum(taken.us, now_us) / 1e6,
            taken.lon,
            taken.lat,
            np.where(layered, taken.height_m, np.nan),
            # What has not said how it moves is taken to stand still, which makes nothing certain.
            np.nan_to_num(taken.east_mps),
            np.nan_to_num(taken.north_mps),
            np.nan_to_num(taken.climb_mps),
            self._ground_m[codes],
            self._height_m[codes],
            self._is_own[taken.track],
        )

    def _in_sweep(self, movers: Movers, rows: Int64s, codes: Int8s, number: int) -> Movers:
        """Say whose pairs are kept, and the groups within which no pair is wanted.

        Own things on the ground keep company: a convoy would call about itself. Two of unknown kind lie in
        every sweep, and are a pair in the first.
        """
        groups = np.where(movers.own & _IN_COMPANY[codes], _KEEPS_COMPANY, 0)
        if number:
            groups |= np.where(codes == _UNKNOWN, _SEEN_ELSEWHERE, 0)
        own = movers.own
        if self._crowded:
            own = own & ~np.isin(rows, list(self._crowded))
        return movers._replace(own=own, groups=groups.astype(np.int8))

    def _asks(self, row: int) -> bool:
        """Tell whether pairs are kept for the sake of a track."""
        return bool(self._is_own[row]) and row not in self._crowded

    def _note(self, pairs: Pairs, sweep: int) -> set[int]:
        """Note pairs; give the tracks that now have more than are kept for one."""
        touched = set()
        for one, other in zip(pairs.one.tolist(), pairs.other.tolist(), strict=True):
            key = (min(one, other), max(one, other))
            self._pairs[key] = sweep
            for row in key:
                held = self._of.setdefault(row, set())
                held.add(key)
                if len(held) > self.settings.most:
                    touched.add(row)
        return touched

    def _crowd(self, number: int, too_many: set[int], now_us: int) -> None:
        """Keep no more pairs of own tracks that have too many: they are asked anew at each look."""
        sweep = self._sweeps[number]
        concerned = too_many.union(sweep.overflow.crowded.tolist())
        if sweep.overflow.cut:
            concerned.update(sweep.laid().tolist())
        crowded = {row for row in concerned if self._asks(row)}
        if not crowded:
            return
        self._crowded |= crowded
        for row in crowded:
            for key in tuple(self._of.get(row, ())):
                if not any(self._asks(each) for each in key):
                    self._forget_pair(key)
        rows = np.array(sorted(crowded), np.int64)
        for each in self._sweeps:
            each.mark(rows, now_us / 1e6, own=False)

    def _may_meet_in_height(self, key: tuple[int, int], now_us: int) -> bool:
        """Compare heights that do not come over the datum of most, where both come over one."""
        heights = [self._height(row, now_us) for row in key]
        one, other = heights
        _, minimum_m = self._minima(key)
        if one is None or other is None or minimum_m is None or one[2] != other[2]:
            return True
        apart, closing = other[0] - one[0], (other[1] - one[1]) * self.settings.look_ahead_s
        return min(apart, apart + closing) <= minimum_m and max(apart, apart + closing) >= -minimum_m

    def _height(self, row: int, now_us: int) -> tuple[float, float, Datum] | None:
        """Give a track's height now, its climb and its datum; None where it is not known."""
        us, _, _, _, height_m, datum, _, _, _, climb = self._last[row]
        if np.isnan(height_m) or DATUMS[int(datum)] is Datum.UNKNOWN:
            return None
        climb = 0.0 if np.isnan(climb) else climb
        return height_m + climb * (now_us - us) / 1e6, climb, DATUMS[int(datum)]

    def _minima(self, key: tuple[int, int]) -> tuple[float, float | None]:
        both = [self.settings.minima[_KINDS[self._code[row]]] for row in key]
        heights = [each.height_m for each in both]
        high = None if None in heights else max(each for each in heights if each is not None)
        return max(each.ground_m for each in both), high

    def approaches(self, now: datetime) -> tuple[Approach, ...]:
        """Give the pairs that will lose their separation, the one with the least time left first."""
        return self.ahead(now).approaches

    def ahead(self, now: datetime) -> Ahead:
        """Give the pairs that will lose their separation, the one with the least time left first.

        Of equal times by their rows: no distance orders anything. A pair is told if it is among the soonest
        few of one of its own tracks; the own tracks that have more are given as crowds.
        """
        now_us = microseconds(now)
        self._forget_stale(now_us)
        pairs, crowds = self._in_crowds(now_us)
        pairs.update(self._judged(now_us))
        soonest_first = sorted(pairs.items(), key=lambda each: (each[1].loss_s, *self._own_first(each[0])))
        meet = (
            (key, each)
            for key, each in soonest_first
            if each.by_height or self._may_meet_in_height(key, now_us)
        )
        told: list[Approach] = []
        for key, each in meet:
            if len(told) < self.settings.most_told:
                told.append(self._told(key, each, now_us))
            else:
                untold = [row for row in key if self._is_own[row] and row not in crowds]
                crowds.update((row, self._spread(row)) for row in untold)
        return Ahead(tuple(told), tuple(crowds[row] for row in sorted(crowds)))

    def _own_first(self, key: tuple[int, int]) -> tuple[int, int]:
        return key if self._is_own[key[0]] else (key[1], key[0])

    def _in_crowds(self, now_us: int) -> tuple[dict[tuple[int, int], _Found], dict[int, Crowd]]:
        """Ask for the soonest pairs of the own tracks in crowds; those that are so no more are kept again."""
        self.tested = 0
        pairs: dict[tuple[int, int], _Found] = {}
        crowds: dict[int, Crowd] = {}
        parts: dict[int, list[tuple[Soonest, int]]] = {}
        most = self.settings.most
        looks = max(8 * most, _LOOKS_IN_ALL // max(1, len(self._crowded)))
        for sweep in self._sweeps if self._crowded else ():
            rows = sweep.laid(np.array(sorted(self._crowded), np.int64))
            part = soonest(sweep, rows, now_us / 1e6, self.settings.look_ahead_s, most + 1, looks)
            self.tested += int(part.looks.sum())
            for place, row in enumerate(rows.tolist()):
                parts.setdefault(row, []).append((part, place))
        calm = []
        for row, asked in parts.items():
            best = sorted(each for part, place in asked for each in _listed(part, place))
            cut = any(bool(part.cut[place]) for part, place in asked)
            pairs.update(((min(row, other), max(row, other)), found) for _, other, found in best[:most])
            if len(best) > most or cut:
                crowds[row] = self._crowded_by(row, asked, cut=cut)
            elif len(best) <= most // 2:
                calm.append(row)
        self._calm(calm, now_us)
        return pairs, crowds

    def _calm(self, rows: Iterable[int], now_us: int) -> None:
        """Keep the pairs of tracks again that are in a crowd no more."""
        self._crowded.difference_update(rows)
        again = np.array(sorted(rows), np.int64)
        if len(again):
            for number, sweep in enumerate(self._sweeps):
                pairs = sweep.mark(again, now_us / 1e6, own=True)
                self._crowd(number, self._note(pairs, number), now_us)

    def _crowded_by(self, row: int, asked: list[tuple[Soonest, int]], *, cut: bool) -> Crowd:
        most = self.settings.most
        around = max(int(part.around[place]) for part, place in asked)
        within_m = math.ceil(max(float(part.within_m[place]) for part, place in asked) / 1_000.0) * 1_000.0
        words = (
            f"more than {most} things may lose their separation within {self.settings.look_ahead_s:.0f} s; "
            f"at least {around:,} were reported within {metres_said(within_m)}: the pairs beyond the {most} "
            "soonest are not judged one by one"
        )
        if cut:
            words = (
                f"more things were reported within {metres_said(within_m)} than can be looked at: "
                f"of those looked at the {most} soonest pairs are told, and a sooner one may be missing"
            )
        return Crowd(row, most, around, within_m, cut, spread=False, words=words)

    def _spread(self, row: int) -> Crowd:
        most = self.settings.most_told
        words = (
            f"more than {most:,} pairs of own things may lose their separation: beyond the {most:,} soonest "
            "they are not told one by one, and some of its pairs are among those"
        )
        return Crowd(row, most, 0, 0.0, cut=False, spread=True, words=words)

    def _judged(self, now_us: int) -> Iterator[tuple[tuple[int, int], _Found]]:
        """Judge the pairs that were found, as of now."""
        for number, sweep in enumerate(self._sweeps):
            keys = [key for key, where in self._pairs.items() if where == number]
            rows = np.array(keys, np.int64).reshape(-1, 2)
            one, other = np.ascontiguousarray(rows[:, 0]), np.ascontiguousarray(rows[:, 1])
            pairs = sweep.again(one, other, now_us / 1e6, self.settings.look_ahead_s)
            columns = (column.tolist() for column in pairs)
            for first, second, loss_s, least_s, least_m, by_height in zip(*columns, strict=True):
                yield (first, second), _Found(loss_s, least_s, least_m, by_height)

    @property
    def watched(self) -> frozenset[int]:
        """The rows of the tracks whose last report is young enough to be judged."""
        return frozenset(self._last)

    def _told(self, key: tuple[int, int], found: _Found, now_us: int) -> Approach:
        one, other = self._own_first(key)
        minimum_m, minimum_height_m = self._minima(key)
        left_s, least_s = found.loss_s, found.least_s
        heights = [self._height(row, now_us) for row in key]
        comparable = None not in heights and len({each[2] for each in heights if each is not None}) == 1
        by_height = minimum_height_m is not None and comparable
        certain = self._is_certain(key, found, now_us, by_height=by_height)
        when = "lost now" if not left_s else f"lost in {left_s:.0f} s"
        words = (
            f"separation of {metres_said(minimum_m)} {when}{'' if certain else ' (possible)'}; "
            f"{metres_said(found.least_m)} apart at the least, in {least_s:.0f} s"
        )
        if minimum_height_m is not None and not by_height:
            words += "; heights cannot be compared, so any height counts"
        return Approach(
            one, other, certain, left_s, found.least_m, least_s, minimum_m, minimum_height_m, by_height, words
        )

    def _is_certain(self, key: tuple[int, int], found: _Found, now_us: int, *, by_height: bool) -> bool:
        """Tell whether a loss holds for every place and height that the accuracies allow."""
        minimum_m, minimum_height_m = self._minima(key)
        off_m, off_height_m = 0.0, 0.0
        for row in key:
            _, _, _, accuracy_m, _, _, height_accuracy_m, east, north, climb = self._last[row]
            if np.isnan(accuracy_m) or np.isnan(east) or np.isnan(north):
                return False
            if minimum_height_m is not None and (np.isnan(height_accuracy_m) or np.isnan(climb)):
                return False
            off_m, off_height_m = off_m + accuracy_m, off_height_m + height_accuracy_m
        if found.least_m + off_m > minimum_m:
            return False
        if minimum_height_m is None:
            return True
        one, other = (self._height(row, now_us + int(found.least_s * 1e6)) for row in key)
        if one is None or other is None or not by_height:
            return False
        return abs(other[0] - one[0]) + off_height_m <= minimum_height_m

    def _forget_stale(self, now_us: int) -> None:
        limit_us = now_us - int(self.settings.stale_s * 1e6)
        old = [row for row, (us, *_) in self._last.items() if us < limit_us]
        for row in old:
            self._drop(row)
            del self._last[row]
        self._crowded.difference_update(old)
        if old:
            for sweep in self._sweeps:
                sweep.forget(np.array(old, np.int64))

    def _drop(self, row: int) -> None:
        """Drop the pairs of a track."""
        for key in tuple(self._of.get(row, ())):
            self._forget_pair(key)

    def _forget_pair(self, key: tuple[int, int]) -> None:
        self._pairs.pop(key, None)
        for row in key:
            held = self._of.get(row, set())
            held.discard(key)
            if not held:
                self._of.pop(row, None)


def _believed(taken: Reports, fastest_mps: Floats) -> Reports:
    """Take a speed that a kind cannot make as not said: a box as large as any claim would fill the memory."""
    fit = np.hypot(taken.east_mps, taken.north_mps) <= fastest_mps
    return taken._replace(
        east_mps=np.where(fit, taken.east_mps, np.nan),
        north_mps=np.where(fit, taken.north_mps, np.nan),
        climb_mps=np.where(np.abs(taken.climb_mps) <= FASTEST_CLIMB_MPS, taken.climb_mps, np.nan),
    )


def _listed(part: Soonest, place: int) -> Iterator[tuple[float, int, _Found]]:
    """Give the pairs of one track that is asked about: when lost, the other, and all that was found."""
    kept = int(part.kept[place])
    columns = (part.loss_s, part.closest_s, part.closest_m, part.by_height, part.other)
    for *found, other in zip(*(column[place, :kept].tolist() for column in columns), strict=True):
        yield found[0], other, _Found(*found)
