"""The fence watch: fed with measures and with steps of tracks, it gives events, each once.

The kernel picks the few measures that a step touches (`geo/kernels/fences.py`); each of those is judged on
the ellipsoid (`fence_judging.py`, `fence_steps.py`). Nothing is read, written or timed here: the caller feeds
what came, in the order in which it came.

- **Restart**: `state()` gives all that is remembered, `restore()` takes it; then `change()` with the measures
  that stand compares them with those that stood.
- **A change of measures** judges the tracks' last fixes against what is new or drawn anew, and ends what is
  gone; steps after it are judged against what stands then.
- **A late fix**: feed its step and all later steps of its track again (see `fence_tracks.py`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from datetime import datetime

import msgspec
import numpy as np

from keepclear.errors import Malformed
from keepclear.geo.covers import boxes
from keepclear.geo.figures import Path, Point
from keepclear.geo.frames import said
from keepclear.geo.heights import Altitude
from keepclear.geo.kernels.fences import Int64s
from keepclear.geo.kernels.steps import BIRTH, GAP, REFUSED, STRAIGHT, TOO_LATE, Flow, follow, grown, no_fixes
from keepclear.model.words import SubjectId
from keepclear.rules.fence_judging import Seen, stand
from keepclear.rules.fence_layers import Layers, reach_m
from keepclear.rules.fence_steps import (
    NEVER,
    Finding,
    Held,
    Pair,
    Step,
    is_watchful,
    judge,
    wakes_us,
    words_for,
)
from keepclear.rules.fence_tracks import HeldRow, TrackPairs, TrackRow, WatchState
from keepclear.rules.fences import (
    DATUMS,
    NO_TIME,
    EventKind,
    Expected,
    Fed,
    Fence,
    FenceEvent,
    FenceSettings,
    FixAt,
    Inside,
    Level,
    Steps,
)
from keepclear.times import instant, microseconds

_NEAR_M = 1.0


class FenceWatch:
    """Watches over measures while tracks move; see the module for how to feed it."""

    def __init__(self, settings: FenceSettings | None = None) -> None:
        self.settings = settings or FenceSettings()
        self.unwatched: dict[SubjectId, str] = {}
        """Measures that cannot be watched, each with the reason."""
        self._layers = Layers(self.settings)
        self._held: dict[int, Held] = {}
        self._numbers: dict[SubjectId, int] = {}
        self._next_no = 0
        self._fixes = no_fixes(256)
        self._tracks: defaultdict[int, TrackPairs] = defaultdict(TrackPairs)
        self._expected: tuple[Expected, ...] = ()
        self._absent: set[str] = set()
        self._restored: dict[int, HeldRow] = {}

    def change(self, measures: Iterable[Fence], at: datetime) -> tuple[FenceEvent, ...]:
        """Take the measures that stand from now on, all of them; gives what this changed for the tracks.

        A track inside a measure that is new is *already inside*; one that was told to be in a measure that is
        gone, or that is not in it as drawn anew, gets *ended*. A measure that cannot be watched is named in
        `unwatched`.
        """
        wanted = {fence.subject: fence for fence in measures}
        us = microseconds(at)
        events = list(self._ended([no for subject, no in self._numbers.items() if subject not in wanted], us))
        self.unwatched = {}
        laid: list[Held] = []
        judged: list[Held] = []
        for fence in wanted.values():
            held, is_known = self._taken(fence, us)
            if held is not None:
                laid.append(held)
                judged += [] if is_known else [held]
        if laid:
            self._layers.change(laid, {held.no for held in laid})
        for held in judged:
            events += self._judged_again(held, us, anew=held.drawn_us != held.since_us)
        return tuple(events)

    def _taken(self, fence: Fence, us: int) -> tuple[Held | None, bool]:
        """Hold a measure; gives it if it must be laid into cells, and whether it is known as it is."""
        no = self._numbers.get(fence.subject)
        old = None if no is None else self._held.get(no)
        row = None if no is None else self._restored.pop(no, None)
        digest = fence.digest
        if old is not None and old.digest == digest:
            self._held[old.no] = old._replace(fence=fence)
            return None, True
        try:
            self._layers.check(fence)
        except Malformed as error:
            self.unwatched[fence.subject] = str(error)
            return None, True
        before = old or row
        if before is None:
            held = Held(self._next_no, fence, us, us, digest)
            self._next_no += 1
        elif before.digest == digest:
            held = Held(before.no, fence, before.since_us, before.drawn_us, digest)
        else:
            held = Held(before.no, fence, before.since_us, us, digest)
        self._held[held.no] = held
        self._numbers[fence.subject] = held.no
        return held, before is not None and before.digest == digest

    def _ended(self, gone: list[int], us: int) -> Iterator[FenceEvent]:
        """End what no longer stands."""
        if gone:
            self._layers.change((), gone)
        for no in gone:
            held, row = self._held.pop(no, None), self._restored.pop(no, None)
            was = row if held is None else held.fence
            if was is None:
                continue
            del self._numbers[was.subject]
            for track, pairs in self._tracks.items():
                pair = pairs.drop(no)
                if pair is not None:
                    self._set_alarm_clock(track, us)
                if pair is not None and pair.told is not Level.OUT:
                    yield FenceEvent(
                        f"{was.subject}/{track}/{EventKind.ENDED}/{us}", EventKind.ENDED, True, was.subject,
                        was.statement, track, instant(us), fix=_fix(self._last(track)),
                        words=f"{was.name}: {EventKind.ENDED}; the measure no longer stands",
                    )  # fmt: skip

    def _judged_again(self, held: Held, us: int, *, anew: bool) -> Iterator[FenceEvent]:
        """Judge the last fixes of the tracks near a measure that is new or drawn anew."""
        if isinstance(held.fence.shape, Path):
            return
        inside = {track for track, pairs in self._tracks.items() if held.no in pairs.pairs}
        for track in sorted(inside | self._tracks_near(held)):
            for finding in self._as_of(track, held, us, first=not anew):
                left = anew and finding.kind is EventKind.EXIT
                told = self._drawn_away_from(held, track, finding) if left else finding
                yield from self._told(held, track, told, None, self._last(track), us)

    def _drawn_away_from(self, held: Held, track: int, finding: Finding) -> Finding:
        """Say of a track that is out, or may be, that the measure moved; a stay in doubt ends later, once."""
        pair = self._tracks[track].pairs.get(held.no)
        told = finding._replace(words="the measure was drawn anew")
        in_doubt = pair is not None and pair.told is not Level.OUT
        return told if in_doubt else told._replace(kind=EventKind.ENDED, certain=True)

    def _tracks_near(self, held: Held) -> set[int]:
        fixes, found = self._fixes, set()
        accuracy = np.nan_to_num(fixes.accuracy_m, nan=self.settings.unknown_accuracy_m)
        known = fixes.us != NO_TIME
        wide_m = reach_m(held.fence, self.settings) + float(np.max(accuracy[known], initial=0.0))
        assert not isinstance(held.fence.shape, Path)  # noqa: S101  (asked only of areas)
        for box in boxes(held.fence.shape, wide_m):
            here = known & (fixes.lon >= box.west) & (fixes.lon <= box.east)
            here &= (fixes.lat >= box.south) & (fixes.lat <= box.north)
            found |= {int(track) for track in np.flatnonzero(here)}
        return found

    def _as_of(self, track: int, held: Held, us: int, *, first: bool) -> list[Finding]:
        """Judge a track's last fix against a measure as of a later time."""
        seen = self._last(track)
        pairs = self._tracks[track]
        us = max(us, seen.us)
        fresh = us - seen.us <= self.settings.stale_s * 1e6
        step = Step(None if first else seen, seen, False, us, fresh)
        after, findings = judge(held, pairs.pairs.get(held.no), step, self.settings)
        pairs.put(held.no, after, us)
        pairs.as_of_us = max(pairs.as_of_us, us)
        self._set_alarm_clock(track, us)
        return findings

    def feed(self, steps: Steps) -> Fed:
        """Judge a batch of steps, those of one track in order of time; gives what they brought."""
        if not len(steps.track):
            return Fed()
        highest = int(steps.track.max())
        if highest >= len(self._fixes.us):
            self._fixes = grown(self._fixes, max(highest + 1, 2 * len(self._fixes.us)))
        s = self.settings
        flow = follow(self._fixes, *steps, s.max_step_m, int(s.max_gap_s * 1e6), int(s.late_s * 1e6))
        near = self._near(steps, flow)
        slow = flow.slow.copy()
        slow[self._quiet(steps, flow)] = False
        slow[list(near)] = True
        # A step may make the next of its track one to look at.
        hot = np.zeros(len(self._fixes.us), bool)
        hot[steps.track[slow]] = True
        slow |= hot[steps.track] & (flow.sort < TOO_LATE)
        events = [
            event
            for n in np.flatnonzero(slow)
            for event in self._step(steps, flow, int(n), near.get(int(n), []))
        ]
        too_late, refused = (int(np.count_nonzero(flow.sort == sort)) for sort in (TOO_LATE, REFUSED))
        return Fed(tuple(events), too_late, refused)

    def _quiet(self, steps: Steps, flow: Flow) -> Int64s:
        """Give the first fixes that no area may hold, of tracks of which nothing is remembered yet.

        Thousands come at once when a feed begins; of these there is nothing to judge nor to remember.
        """
        first = np.flatnonzero((flow.sort == BIRTH) & ~flow.late)
        new = [track not in self._tracks for track in steps.track[first].tolist()]
        first = first[np.array(new, np.bool_)]
        accuracy = steps.accuracy_m[first]
        off_m = np.where(np.isnan(accuracy), self.settings.unknown_accuracy_m, accuracy)
        held = self._layers.may_hold(steps.new_lon[first], steps.new_lat[first], off_m)
        quiet: Int64s = first[~held]
        return quiet

    def _near(self, steps: Steps, flow: Flow) -> dict[int, list[int]]:
        """Give the measures that steps may touch, by the number of the step."""
        straight = np.flatnonzero(flow.sort == STRAIGHT)
        accuracy = steps.accuracy_m[straight]
        pad_m = np.where(np.isnan(accuracy), self.settings.unknown_accuracy_m, accuracy) + _NEAR_M
        columns = (steps.old_lon, steps.old_lat, steps.new_lon, steps.new_lat)
        lon0, lat0, lon1, lat1 = (each[straight] for each in columns)
        found, numbers = self._layers.touched(lon0, lat0, lon1, lat1, pad_m)
        near: dict[int, list[int]] = {}
        for n, no in zip(straight[found].tolist(), numbers.tolist(), strict=True):
            near.setdefault(n, []).append(no)
        return near

    def _step(self, steps: Steps, flow: Flow, n: int, near: list[int]) -> Iterator[FenceEvent]:
        track, sort = int(steps.track[n]), int(flow.sort[n])
        new = _new(steps, n)
        old = None if sort == BIRTH else _old(steps, flow, n)
        pairs = self._tracks[track]
        if flow.late[n]:
            self._go_back(pairs, old, new)
        step = Step(old, new, sort == STRAIGHT, max(new.us, pairs.as_of_us))
        for no in sorted(self._to_judge(pairs, new, sort, near)):
            held = self._held[no]
            after, findings = judge(held, pairs.pairs.get(no), step, self.settings)
            pairs.put(no, after, new.us)
            for finding in findings:
                yield from self._told(held, track, finding, old, new, new.us)
        yield from self._taken_back(track, new)
        pairs.forget(new.us - int(self.settings.late_s * 1e6))
        self._set_alarm_clock(track, step.as_of_us)

    def _to_judge(self, pairs: TrackPairs, new: Seen, sort: int, near: list[int]) -> set[int]:
        """Give the measures against which a step is judged: those it may touch, and those in doubt."""
        if sort in (BIRTH, GAP):
            off_m = self.settings.unknown_accuracy_m if new.accuracy_m is None else new.accuracy_m
            return {*near, *pairs.pairs, *self._layers.holding(new.place, off_m)} & self._held.keys()
        held = self._held
        due = (
            no
            for no, pair in pairs.pairs.items()
            if no in held and (is_watchful(held[no], pair) or wakes_us(held[no], pair, NO_TIME) != NEVER)
        )
        return {*near, *due}

    def _go_back(self, pairs: TrackPairs, old: Seen | None, new: Seen) -> None:
        """Set a track back to the fix before a late one, as if what came since had not come yet."""
        us = new.us - 1 if old is None else old.us
        pairs.back_to(us)
        if old is None:
            return
        # What was drawn since is not in the past of the pairs: only where the track was is made up for it.
        off_m = self.settings.unknown_accuracy_m if old.accuracy_m is None else old.accuracy_m
        for no in {*self._layers.holding(old.place, off_m), *pairs.pairs} & self._held.keys():
            held = self._held[no]
            if held.drawn_us > us and not isinstance(held.fence.shape, Path):
                lies = stand(held.fence, held.fence.shape, old, self.settings, was_in=False)
                pair = pairs.pairs.get(no, Pair())
                was = msgspec.structs.replace(pair, ground=lies.ground)
                pairs.put(no, was if was != Pair() else None, us)

    def _taken_back(self, track: int, new: Seen) -> Iterator[FenceEvent]:
        for told in self._tracks[track].not_found_again(new.us):
            held = self._held.get(told.no)
            if held is not None:
                why = f"a late fix shows otherwise: {told.event.words}"
                finding = Finding(EventKind.TAKEN_BACK, True, words=why)
                event = self._event(held, track, finding, None, new, new.us)
                yield msgspec.structs.replace(event, of=told.event.id, id=f"{told.event.id}/taken back")

    def _told(
        self, held: Held, track: int, finding: Finding, old: Seen | None, new: Seen, us: int
    ) -> Iterator[FenceEvent]:
        event = self._event(held, track, finding, old, new, us)
        if self._tracks[track].tell(held.no, event, us):
            yield event

    def _event(
        self, held: Held, track: int, finding: Finding, old: Seen | None, new: Seen | None, us: int
    ) -> FenceEvent:
        fence, grade = held.fence, "" if finding.certain else " (possible)"
        bank = ""
        if finding.onto is not None and fence.banks is not None:
            bank = fence.banks.left_name if finding.onto == "left" else fence.banks.right_name
        return FenceEvent(
            id=f"{fence.subject}/{track}/{finding.kind}{grade}/{us}",
            kind=finding.kind,
            certain=finding.certain,
            subject=fence.subject,
            statement=fence.statement,
            track=track,
            at=instant(us),
            before=None if old is None else _fix(old),
            fix=None if new is None else _fix(new),
            onto=finding.onto,
            bank=bank,
            distance_m=finding.away_m,
            tolerance_m=fence.tolerance_m,
            time_to_entry_s=finding.time_to_entry_s,
            since=None if finding.since_us is None else instant(finding.since_us),
            words=words_for(fence, finding, new, self.settings),
        )

    def _set_alarm_clock(self, track: int, us: int) -> None:
        """Note whether and when the next fix of a track must be judged though no edge be near it."""
        pairs = self._tracks[track].pairs
        known = [(self._held[no], pair) for no, pair in pairs.items() if no in self._held]
        self._fixes.watchful[track] = any(is_watchful(*each) for each in known)
        self._fixes.wake_us[track] = min((wakes_us(*each, us) for each in known), default=NEVER)

    def _last(self, track: int) -> Seen:
        fixes = self._fixes
        return _seen(
            int(fixes.us[track]), fixes.lon[track], fixes.lat[track], fixes.accuracy_m[track],
            fixes.height_m[track], int(fixes.datum[track]), fixes.height_accuracy_m[track],
        )  # fmt: skip

    def expect(self, expected: Iterable[Expected]) -> None:
        """Take what is expected where, all of it; not being there is told by `tick`."""
        self._expected = tuple(expected)
        keys = {_key(each) for each in self._expected}
        self._absent &= keys

    def inside(self, subjects: Collection[SubjectId]) -> dict[SubjectId, tuple[Fence, dict[int, Inside]]]:
        """Give what is in some areas, by row; a measure that is not watched, or a boundary, is left out."""
        found: dict[int, tuple[Fence, dict[int, Inside]]] = {}
        for subject in subjects:
            held = self._held.get(self._numbers.get(subject, -1))  # none has this number
            if held is not None and not isinstance(held.fence.shape, Path):
                found[held.no] = (held.fence, {})
        for track, known in self._tracks.items() if found else ():
            for no in known.pairs.keys() & found.keys():
                pair = known.pairs[no]
                if pair.told is not Level.OUT:
                    found[no][1][track] = Inside(instant(pair.since_us), pair.told is Level.IN)
        return {fence.subject: (fence, rows) for fence, rows in found.values()}

    def tick(self, now: datetime) -> tuple[FenceEvent, ...]:
        """Give what became true by time alone: times of measures that began or ended, and absences."""
        us = microseconds(now)
        events: list[FenceEvent] = []
        for row in np.flatnonzero(self._fixes.wake_us <= us):
            track = int(row)
            for no in list(self._tracks[track].pairs):
                held = self._held.get(no)
                if held is not None and not isinstance(held.fence.shape, Path):
                    last = self._last(track)
                    for finding in self._as_of(track, held, us, first=False):
                        events += self._told(held, track, finding, None, last, max(us, last.us))
        events += [event for each in self._expected for event in self._missed(each, now)]
        return tuple(events)

    def _missed(self, expected: Expected, now: datetime) -> Iterator[FenceEvent]:
        """Give the finding that a track is not where it is expected; once for each expectation."""
        no, key, window = self._numbers.get(expected.subject), _key(expected), expected.window
        if no is None or key in self._absent or not window.holds(now):
            return
        start = window.start or now
        if (now - start).total_seconds() < expected.grace_s:
            return
        held, track = self._held[no], expected.track
        is_known = track < len(self._fixes.us) and self._fixes.us[track] != NO_TIME
        seen = self._last(track) if is_known else None
        pair = self._tracks[track].pairs.get(no) if track in self._tracks else None
        if pair is not None and pair.told is Level.IN:
            return
        outside = pair is None or pair.ground is Level.OUT
        fresh = seen is not None and microseconds(now) - seen.us <= self.settings.stale_s * 1e6
        certain = seen is not None and fresh and outside and seen.accuracy_m is not None
        why = "expected here; no fix of it has come" if seen is None else "expected here"
        self._absent.add(key)
        finding = Finding(EventKind.ABSENCE, certain, words=why)
        yield self._event(held, track, finding, None, seen, microseconds(now))

    def state(self) -> WatchState:
        """Give all that is remembered; a value of its own that later feeding does not change."""
        return msgspec.msgpack.decode(self.written(), type=WatchState)

    def written(self) -> bytes:
        """Give all that is remembered, as msgpack of a `WatchState`."""
        measures = tuple(
            HeldRow(
                held.no,
                held.fence.subject,
                held.fence.statement,
                held.fence.name,
                held.digest,
                held.since_us,
                held.drawn_us,
            )
            for held in self._held.values()
        )
        fixes, rows = self._fixes, np.flatnonzero(self._fixes.us != NO_TIME)
        # Ten thousand rows are written at a time, so columns are made lists at once.
        columns = (
            fixes.us[rows].tolist(), fixes.lon[rows].tolist(), fixes.lat[rows].tolist(),
            said(fixes.accuracy_m[rows]), said(fixes.height_m[rows]), fixes.datum[rows].tolist(),
            said(fixes.height_accuracy_m[rows]), map(self._tracks.get, rows.tolist()),
        )  # fmt: skip
        tracks = tuple(map(TrackRow, rows.tolist(), *columns))
        return msgspec.msgpack.encode(
            WatchState(self._next_no, measures, tracks, tuple(sorted(self._absent)))
        )

    def restore(self, state: WatchState) -> None:
        """Take what another watch remembered, in place of everything; `change` must follow before feeding."""
        copied = msgspec.msgpack.decode(msgspec.msgpack.encode(state), type=WatchState)
        self._next_no = copied.next_no
        self._layers, self._held = Layers(self.settings), {}
        self._restored = {row.no: row for row in copied.measures}
        self._numbers = {row.subject: row.no for row in copied.measures}
        self._absent = set(copied.absent)
        self._tracks = defaultdict(TrackPairs)
        self._fixes = no_fixes(max((row.track + 1 for row in copied.tracks), default=256))
        for row in copied.tracks:
            track, nan = row.track, float("nan")
            given = (row.accuracy_m, row.height_m, row.height_accuracy_m)
            accuracy_m, height_m, height_accuracy_m = (nan if each is None else each for each in given)
            fixes = self._fixes
            fixes.us[track], fixes.lon[track], fixes.lat[track] = row.us, row.lon, row.lat
            fixes.accuracy_m[track], fixes.datum[track] = accuracy_m, row.datum
            fixes.height_m[track], fixes.height_accuracy_m[track] = height_m, height_accuracy_m
            if row.remembered is not None:
                self._tracks[track] = row.remembered
                # Until its measures are back, each fix is looked at; judging sets this right again.
                self._fixes.watchful[track] = True


def _new(steps: Steps, n: int) -> Seen:
    return _seen(
        int(steps.new_us[n]), steps.new_lon[n], steps.new_lat[n], steps.accuracy_m[n], steps.height_m[n],
        int(steps.datum[n]), steps.height_accuracy_m[n],
    )  # fmt: skip


def _old(steps: Steps, flow: Flow, n: int) -> Seen:
    # How good the fix before was is not asked: what is told rests on the accuracy of the new one.
    return _seen(
        int(steps.old_us[n]), steps.old_lon[n], steps.old_lat[n], steps.accuracy_m[n], flow.height_m[n],
        int(flow.datum[n]), flow.height_accuracy_m[n],
    )  # fmt: skip


def _seen(
    us: int, lon: float, lat: float, accuracy_m: float, height_m: float, datum: int, height_accuracy_m: float
) -> Seen:
    height = None
    if -12_000.0 <= height_m <= 100_000.0:
        height = Altitude(float(height_m), DATUMS[datum])
    place = Point(float(lon), float(lat))
    return Seen(us, place, _known(accuracy_m), height, _known(height_accuracy_m))


def _known(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


def _fix(seen: Seen) -> FixAt:
    return FixAt(instant(seen.us), seen.place, seen.accuracy_m, seen.height)


def _key(expected: Expected) -> str:
    start = expected.window.start
    return f"{expected.subject}/{expected.track}/{'' if start is None else start.isoformat()}"
