"""The live picture of one party: takes fixes, gates them, keeps them and gives what its map asks for.

Synchronous, without tasks and clock: one thread at a time drives it (service/live.py), and so do the tests.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from datetime import datetime
from itertools import islice
from typing import Final

import msgspec
import numpy as np
from msgspec import Struct, field
from msgspec.structs import replace

from keepclear.errors import Malformed, NotKnown, StoreFault
from keepclear.links.feeds import Leaving, Reading
from keepclear.model.feeds import Feed
from keepclear.model.stays import Stay
from keepclear.model.tracks import Fix, FixRow, Standing, Track, TrackKind
from keepclear.model.words import PartyId, SubjectId
from keepclear.rules.conformance import Followed
from keepclear.rules.fences import Fence, FenceEvent
from keepclear.rules.gates import NEVER, REFUSALS, Ints, Limits, Verdict, Verdicts, judge
from keepclear.rules.leaving import may_leave
from keepclear.rules.stays import MAX_STAYS, Stayed, Watched, check
from keepclear.rules.stays import Seen as Stayer
from keepclear.rules.stays import judge as judge_stays
from keepclear.rules.track_counts import TrackCounts, decoded, encoded
from keepclear.service.closing_feed import ClosingFeed
from keepclear.service.feed_health import TOO_MANY, Health, HealthBook
from keepclear.service.fence_feed import FenceFeed
from keepclear.stores.columns import (
    STANDINGS,
    Columns,
    Incoming,
    Moves,
    fix_of,
    incoming,
    rows_of,
)
from keepclear.stores.tracks import Keeping, ThingRow, TieRow, TrackStore, TrailRow
from keepclear.times import instant
from keepclear.views.live import STALE_S, Box, Diff, Name, PieceRefused, Taken
from keepclear.views.live_things import Seen

MAX_THINGS: Final = 100_000
MAX_PENDING: Final = 200_000
FENCES, CAUSES, COUNTS, STAYS, PLACES = "fences", "causes", "track counts", "stays", "places"
TRAIL_EVERY_US: Final = 5_000_000
DOUBT_S: Final = 600.0
"""For how long after a jump that stayed a position is shown as doubted."""

_SECOND_US: Final = 1_000_000
_STAYS: Final = msgspec.json.Decoder(tuple[Stay, ...])


class Looked(Struct, frozen=True):
    """What is in a box: the first so many things by name, and how many did not fit."""

    seen: tuple[Seen, ...]
    left_out: int
    cursor: int


class Window(Struct):
    """What one open map has been shown: its box, what is drawn there, and up to which turn."""

    box: Box
    at_most: int
    cursor: int = -1
    shown: Ints = field(default_factory=lambda: np.empty(0, dtype=np.int64))
    names: dict[int, Track] = field(default_factory=dict)


class TakenToKeep(Struct, frozen=True):
    """What was taken out to be kept, and as of when.

    `trail` counts the rows of trails that waited then, with those that were ever lost for want of room.
    """

    keeping: Keeping
    turn: int
    counted: int
    trail: int


class LiveDesk:
    """Where everything is that one party follows."""

    def __init__(self, party: PartyId, store: TrackStore, since: datetime) -> None:
        """Take up what the store has kept of a party; `since` is when the node came up."""
        self.party = party
        self.columns = Columns()
        self.columns.load(store.things(party), store.kept(party, PLACES))
        self.health = HealthBook(party, since, store.refused(party))
        self.ties = {(row.source, row.id): row for row in store.ties(party)}
        self.kept_causes = store.kept(party, CAUSES)
        kept_stays = store.kept(party, STAYS)
        stays = _STAYS.decode(kept_stays) if kept_stays else ()
        self.stays = {stay.about: stay for stay in stays}
        self.counts = TrackCounts(party, decoded(store.kept(party, COUNTS)))
        self._counts_kept = self.counts.turn
        self._stand: tuple[SubjectId, ...] = ()
        self.fences = FenceFeed()
        self.closing = ClosingFeed(self.columns)
        state = store.kept(party, FENCES)
        self._settled: dict[str, Standing] = {}
        self.anew = state is None or not self.fences.restore(state)
        self.lost_to_disk = 0
        self._is_watching = False
        self._store = store
        self._saved = -1
        self._trail: deque[TrailRow] = deque()
        self._may_go = 0

    # Taking fixes in.

    def take(self, feed: Feed, reading: Reading, now: datetime) -> tuple[Taken, tuple[FenceEvent, ...]]:
        """Take what a link has read; give what became of it, and what the fences found."""
        health = self.health.of(feed.name)
        if reading.alive:
            health.heard(now)
            self.counts.heard(feed.name, now)
        health.could_not_read(feed.name, reading.unread, now)
        unread = tuple(PieceRefused(each.at, each.field, each.rule, each.words) for each in reading.unread)
        self._settle(feed)
        fixes = self._that_fit(feed, reading.fixes, health, now)
        if not fixes:
            self._describe(reading.tracks)
            return Taken(0, 0, {}, unread, ""), ()
        unsaid = Track("", feed.name, TrackKind.UNKNOWN, "", None, feed.standing, feed.invented)
        rows = self.columns.rows_for(feed.name, [fix.track for fix in fixes], unsaid, reading.tracks)
        self._describe(reading.tracks)
        batch = incoming(fixes, rows)
        before = self.columns.before(batch.fixes.rows)
        limits = Limits(feed.oldest_s * _SECOND_US, feed.ahead_s * _SECOND_US)
        verdicts = judge(batch.fixes, self.columns.gates, limits)
        moves = self.columns.take(batch, verdicts, before)
        late = np.flatnonzero(verdicts == Verdict.LATE)
        self._to_trail(batch, self.columns.thinned(moves, TRAIL_EVERY_US))
        self._to_trail(batch, late)
        refused = self._refused(feed, batch, verdicts, health, now)
        health.clock(int((batch.fixes.at_us - batch.fixes.received_us).max()))
        if len(moves.rows):
            self.counts.heard(feed.name, instant(int(moves.at_us.min())))
            health.last_fix_us = max(health.last_fix_us or NEVER, int(moves.at_us.max()))
        health.taken += len(moves.rows) + len(late)
        health.late += len(late)
        self.closing.moved(np.unique(moves.rows), now)
        taken = Taken(len(moves.rows), len(late), refused, unread, "")
        return taken, self._watched(batch, moves, late)

    def _watched(self, batch: Incoming, moves: Moves, late: Ints) -> tuple[FenceEvent, ...]:
        """Feed the fences once they know what stands; before that their first look finds who is inside."""
        if not self._is_watching:
            return ()
        return self._counted(self.fences.moved(moves) + self.fences.late(batch, late))

    def change(self, fences: Sequence[Fence], now: datetime) -> tuple[FenceEvent, ...]:
        """Take the measures that stand from now on; give what that changed for the things."""
        events = self.fences.change(fences, now)
        self._stand = tuple(fence.subject for fence in fences)
        self._is_watching = True
        return self._counted(events)

    def tick(self, now: datetime) -> tuple[FenceEvent, ...]:
        """Give what became true by time alone."""
        if self._is_watching:
            self.counts.watched(self._stand, now)
        return self._counted(self.fences.tick(now))

    def _counted(self, events: tuple[FenceEvent, ...]) -> tuple[FenceEvent, ...]:
        self.counts.take(events, self.columns.tracks.__getitem__)
        return events

    def _that_fit(self, feed: Feed, fixes: Sequence[Fix], health: Health, now: datetime) -> Sequence[Fix]:
        """Leave out the fixes of new things where this party follows too many already; they are counted."""
        room = MAX_THINGS - self.columns.size
        if self.columns.new_among(feed.name, [fix.track for fix in fixes]) <= room:
            return fixes
        fitting = [fix for fix in fixes if self.columns.row(feed.name, fix.track) is not None]
        health.refuse(feed.name, TOO_MANY, len(fixes) - len(fitting), now, fixes[-1].track)
        return fitting

    def _settle(self, feed: Feed) -> None:
        """Hold what a feed brought to what it is now: one made anew may be trusted with less."""
        if self._settled.get(feed.name) is not feed.standing:
            self.columns.lessen(feed.name, feed.standing)
            self._settled[feed.name] = feed.standing

    def _describe(self, tracks: Sequence[Track]) -> None:
        for track in tracks:
            if self.columns.row(track.source, track.id) is not None:
                self.columns.describe(track)

    def _refused(
        self, feed: Feed, batch: Incoming, verdicts: Verdicts, health: Health, now: datetime
    ) -> dict[str, int]:
        found: dict[str, int] = {}
        for verdict, (rule, _) in REFUSALS.items():
            which = np.flatnonzero(verdicts == verdict)
            if len(which):
                last = self.columns.tracks[int(batch.fixes.rows[which[-1]])]
                health.refuse(feed.name, rule, len(which), now, "" if last is None else last.id)
                found[rule] = len(which)
        return found

    def _to_trail(self, batch: Incoming, which: Ints) -> None:
        self._trail += rows_of(batch, which)
        while len(self._trail) > MAX_PENDING:
            self.lost_to_disk += 1
            self._trail.popleft()
            self._may_go = max(0, self._may_go - 1)

    # Keeping.

    def keep(self, causes: bytes = b"{}") -> None:
        """Bring to the disk what has changed, what the fences remember and the causes; all of it or nothing.

        Raises:
            StoreFault: the file cannot be written; what was to be kept waits, as much as there is room for.
        """
        taken = self.to_keep(causes)
        try:
            self.write(taken)
        except StoreFault:
            self.not_kept(taken)
            raise
        self.was_kept(taken)

    def to_keep(self, causes: bytes) -> TakenToKeep:
        """Take out what is to be kept as of now; `was_kept` or `not_kept` must follow."""
        unsaved = np.array(sorted(self.columns.unsaved), dtype=np.int64)
        placed = unsaved[self.columns.gates.at_us[unsaved] != NEVER]
        turn, counted = self.columns.turn, self.counts.turn
        bodies = ((CAUSES, causes), (FENCES, self.fences.state())) if self._is_watching else ()
        if counted != self._counts_kept:
            bodies = (*bodies, (COUNTS, encoded(self.counts.state())))
        if turn != self._saved:
            bodies = (*bodies, (PLACES, self.columns.places()))
        things = tuple(self.columns.things(placed))
        self.columns.unsaved.difference_update(placed.tolist())
        keeping = Keeping(things, tuple(self.health.to_save()), bodies)
        return TakenToKeep(keeping, turn, counted, len(self._trail) + self.lost_to_disk)

    def write(self, taken: TakenToKeep) -> None:
        """Bring to the disk what was taken out: the one step that another thread may do.

        Raises:
            StoreFault: the file cannot be written.
        """
        self._store.keep(self.party, taken.keeping)

    def was_kept(self, taken: TakenToKeep) -> None:
        """Note that what was taken out is on the disk; trails of new things may follow it."""
        self._saved, self._counts_kept = taken.turn, taken.counted
        self._may_go = max(0, taken.trail - self.lost_to_disk)

    def not_kept(self, taken: TakenToKeep) -> None:
        """Put back what was taken out, so that it is kept the next time."""
        self.columns.unsaved.update(
            thing.number for thing in taken.keeping.things if self.columns.tracks[thing.number] is not None
        )
        for row in taken.keeping.refused:
            self.health.of(row.source).unsaved.add(row.rule)

    def add_to_trails(self, at_most: int) -> bool:
        """Bring some of the trails to the disk, of things that are kept already; tell whether more wait.

        Raises:
            StoreFault: the file cannot be written; what was to be added waits.
        """
        few = list(islice(self._trail, min(at_most, self._may_go)))
        if few:
            self._store.add_trail(self.party, few)
            for _ in few:
                self._trail.popleft()
            self._may_go -= len(few)
        return self._may_go > 0

    # Looking.

    def heard_at(self, row: int) -> datetime:
        """Give the time of a thing's newest position, by its source's clock."""
        return instant(int(self.columns.gates.at_us[row]))

    def look(self, box: Box, at_most: int, now: datetime) -> Looked:
        """Give what is in a box, by name."""
        rows = self.columns.within(box.west, box.south, box.east, box.north)
        seen = sorted(self.seen(rows, now), key=_by_name)
        return Looked(tuple(seen[:at_most]), max(0, len(seen) - at_most), self.columns.turn)

    def seen(self, rows: Ints, now: datetime) -> list[Seen]:
        """Give things by their rows; empty rows are left out."""
        found = []
        for row in rows:
            thing = self.columns.thing(int(row))
            if thing is not None:
                found.append(Seen(thing.number, thing.track, thing.fix, self.doubt(int(row), now)))
        return found

    def seen_one(self, number: int, now: datetime) -> Seen:
        """Give one thing.

        Raises:
            NotKnown: there is none of this number.
        """
        thing = self.thing(number)
        return Seen(number, thing.track, thing.fix, self.doubt(number, now))

    def doubt(self, row: int, now: datetime) -> str:
        """Say why the position of a thing is doubted; empty where nothing known speaks against it."""
        resumed = int(self.columns.resumed_us[row])
        if resumed != NEVER and (now - instant(resumed)).total_seconds() < DOUBT_S:
            return (
                f"it was elsewhere until {instant(resumed):%H:%M:%SZ}: no way that its kind moves leads here"
            )
        if self.columns.gates.jump_count[row]:
            return "its newest fixes jump and are refused: this is where it was before them"
        return ""

    def thing(self, number: int) -> ThingRow:
        """Give one thing.

        Raises:
            NotKnown: there is none of this number.
        """
        found = self.columns.thing(number)
        if found is None or found.fix.at_us == NEVER:
            asks = "the number of a thing in the live picture of this desk"
            raise NotKnown(f"thing {number}", "thing", asks, "thing")
        return found

    def trail(self, number: int, since: datetime, at_most: int) -> tuple[ThingRow, list[FixRow]]:
        """Give where a thing has been since a time: what is kept, what waits to be kept, and where it is.

        Raises:
            NotKnown: there is none of this number.
        """
        thing = self.thing(number)
        since_us = since_microseconds(since)
        found = {fix.at_us: fix for fix in self._store.trail(self.party, number, since_us, at_most)}
        waiting = (row.fix for row in self._trail if row.number == number)
        found.update((fix.at_us, fix) for fix in (*waiting, thing.fix) if fix.at_us >= since_us)
        return thing, [found[at_us] for at_us in sorted(found)][-at_most:]

    @property
    def trail_every_s(self) -> float:
        """How far apart kept positions of a trail are at least, in seconds."""
        return TRAIL_EVERY_US / 1e6

    def window(self, box: Box, at_most: int) -> Window:
        """Open a map on a box."""
        return Window(box, at_most)

    def diff(self, window: Window, now: datetime) -> Diff:
        """Give what has changed in an open map since it was drawn last."""
        box = window.box
        inside = self.columns.within(box.west, box.south, box.east, box.north)
        left_out = max(0, len(inside) - window.at_most)
        inside = inside[: window.at_most]
        fresh = np.setdiff1d(inside, window.shown, assume_unique=True)
        moved = inside[self.columns.changed[inside] > window.cursor]
        rows = np.union1d(fresh, moved)
        out = np.setdiff1d(window.shown, inside, assume_unique=True)
        window.shown, window.cursor = inside, self.columns.turn
        named = []
        for row in rows:
            track = self.columns.tracks[int(row)]
            if track is not None and window.names.get(int(row)) is not track:
                window.names[int(row)] = track
                named.append(name_of(int(row), track))
        for row in out:
            window.names.pop(int(row), None)
        columns, gates = self.columns, self.columns.gates
        # What was not said is NaN here, and null where it is written as JSON.
        return Diff(
            now, columns.turn, tuple(named), rows.tolist(), gates.lon[rows].tolist(),
            gates.lat[rows].tolist(), (gates.at_us[rows] / 1e6).tolist(), gates.accuracy_m[rows].tolist(),
            columns.height_m[rows].tolist(), columns.speed_mps[rows].tolist(),
            columns.course_deg[rows].tolist(), out.tolist(), left_out,
        )  # fmt: skip

    def things_of(self, feed: str) -> int:
        """Count the things that a feed has brought."""
        return sum(track is not None and track.source == feed for track in self.columns.tracks)

    # What is tied to a notice or a movement.

    def tie(self, number: int, subject: SubjectId, by_role: str, now: datetime) -> ThingRow:
        """Tie a thing to a notice or movement, in place of what it was tied to.

        Raises:
            NotKnown: there is no thing of this number.
            StoreFault: it cannot be kept.
        """
        thing = self.thing(number)
        track = thing.track
        row = TieRow(track.source, track.id, subject, since_microseconds(now), by_role)
        self._store.tie(self.party, row)
        self.ties[track.source, track.id] = row
        return thing

    def untie(self, number: int) -> ThingRow:
        """Take the tie of a thing away.

        Raises:
            NotKnown: there is no thing of this number.
            StoreFault: the file cannot be written.
        """
        thing = self.thing(number)
        track = thing.track
        self._store.untie(self.party, track.source, track.id)
        self.ties.pop((track.source, track.id), None)
        return thing

    def followed(self) -> list[Followed]:
        """Give the things that are tied, with their newest fixes."""
        found = []
        for (source, identity), tie in self.ties.items():
            row = self.columns.row(source, identity)
            thing = None if row is None else self.columns.thing(row)
            if thing is not None and thing.fix.at_us != NEVER:
                found.append(Followed(thing.number, thing.track, fix_of(thing), tie.subject))
        return found

    def tied_to(self, track: Track) -> SubjectId | None:
        """Give what a thing is tied to."""
        tie = self.ties.get((track.source, track.id))
        return None if tie is None else tie.subject

    # What is asked of stays in areas.

    def ask_of_stays(self, stay: Stay, rows: Sequence[int]) -> Stay:
        """Set what is asked of stays in a measure, in place of what was; of nothing asked nothing is kept.

        Args:
            stay: what is asked; of each thing that is expected its window alone.
            rows: the numbers of the things that are expected, in their order.

        Raises:
            NotKnown: there is no thing of one of the numbers.
            LimitRefused: one of them is another's (LIM-08).
            Malformed: a window ends before it begins, or there are too many.
            StoreFault: it cannot be kept.
        """
        tracks = [self.thing(row).track for row in rows]
        named = zip(stay.expected, tracks, strict=True)
        expected = [(replace(each, source=track.source, id=track.id), track) for each, track in named]
        check(stay, expected)
        stay = replace(stay, expected=tuple(each for each, _ in expected))
        stays = {**self.stays, stay.about: stay}
        if stay.dwell_s is None and not stay.expected:
            del stays[stay.about]
        if len(stays) > MAX_STAYS:
            asks = f"at most {MAX_STAYS} areas; take one away first"
            raise Malformed("one more area of which stays are asked", "stay", asks)
        body = msgspec.json.encode(tuple(stays.values()))
        self._store.keep(self.party, Keeping(kept=((STAYS, body),)))
        self.stays = stays
        return stay

    def stayed(self, now: datetime) -> Stayed | None:
        """Judge the stays as of now; None before the measures that stand are known."""
        if not self._is_watching:
            return None
        areas = self.fences.watch.inside(self.stays.keys()) if self.stays else {}
        watched = {
            subject: Watched(fence.statement, fence.name, inside)
            for subject, (fence, inside) in areas.items()
        }
        stays = tuple(self.stays.values())
        return judge_stays(self.party, stays, watched, self._as_stayer, self.columns.row, now)

    def _as_stayer(self, row: int) -> Stayer | None:
        thing = self.columns.thing(row)
        if thing is None:
            return None
        fix = None if thing.fix.at_us == NEVER else fix_of(thing)
        return Stayer(row, thing.track, fix, self.tied_to(thing.track) is not None)

    # What leaves.

    def leaving(self, after: int) -> tuple[int, tuple[Leaving, ...]]:
        """Give the latest fix of what may leave and has moved since a turn (LIM-08)."""
        rows = self.columns.changed_since(after)
        open_codes = [code for code, standing in enumerate(STANDINGS) if may_leave(standing)]
        rows = rows[np.isin(self.columns.standing[rows], open_codes)]
        found = (
            Leaving(thing.track, fix_of(thing))
            for thing in self.columns.things(rows)
            if may_leave(thing.track.standing)
        )
        return self.columns.turn, tuple(found)

    # Forgetting.

    def forget(self, feed: str, before: datetime) -> int:
        """Drop what a feed brought before a time: trails, and things of others that nothing holds.

        One's own, consenting and released things stay until a person puts them away: they are expected again.
        """
        before_us = since_microseconds(before)
        gone = [
            row
            for row in np.flatnonzero(self.columns.gates.at_us[: self.columns.size] < before_us).tolist()
            if (track := self.columns.tracks[row]) is not None
            and track.source == feed
            and track.standing is Standing.OTHER
            and self.tied_to(track) is None
        ]
        self._store.forget(self.party, feed, before_us, gone)
        for row in gone:
            self.columns.drop(row)
        return len(gone)


def since_microseconds(at: datetime) -> int:
    """Give an instant as microseconds since 1970 UTC."""
    return round(at.timestamp() * 1e6)


def name_of(number: int, track: Track) -> Name:
    """Give what seldom changes of a thing."""
    return Name(
        number, track.id, track.source, track.kind.value, track.callsign, track.whose, track.standing.value,
        track.invented, STALE_S[track.kind],
    )  # fmt: skip


def _by_name(seen: Seen) -> tuple[str, str, str]:
    return (seen.track.callsign or seen.track.id, seen.track.source, seen.track.id)
