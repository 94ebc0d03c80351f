"""How many tracks crossed a boundary or entered an area on each day (UTC), from what the fences found.

A track counts once a day for each measure, bank and party: at least those that surely did, at most those
that possibly did too. A day on which no feed was heard is missing, and never zero. A day of which an hour
was not heard, and the day that still runs, say *at least*; where they say none, they are missing too.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Final

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from keepclear.model.measures import Effect, MeasureStated
from keepclear.model.tracks import Track
from keepclear.model.words import PartyId, SubjectId
from keepclear.record.canonical import sha256
from keepclear.rules.fences import EventKind, FenceEvent
from keepclear.rules.live_causes import party_of
from keepclear.views.attribution import party_name
from keepclear.views.daily_counts import LEFT, DayCount, HandedIn
from keepclear.views.picture import Picture

KEPT: Final = timedelta(days=120)
"""How many days of counts are kept: four times what a base holds."""

OPEN: Final = timedelta(days=1)
"""How long the single findings of a day are kept, so that one that is taken back corrects it."""

DAY: Final = timedelta(days=1)
ALL_HOURS: Final = (1 << 24) - 1
OBSERVER: Final = "tracks of "
IN, OUT = "", "left"
_OTHER: Final = {"left side": "right side", "right side": "left side"}
_KINDS: Final = frozenset(
    {
        EventKind.ENTRY,
        EventKind.EXIT,
        EventKind.PASSED,
        EventKind.CROSSING,
        EventKind.CAME_BACK,
        EventKind.TAKEN_BACK,
    }
)


class Place(Struct, frozen=True, order=True):
    """What is counted apart: the measure, where to ("" into it, "left" out again, else a side), whose."""

    subject: SubjectId
    way: str
    whose: str


class Finding(Struct, frozen=True):
    """One finding of one track, by a mark that does not name it."""

    id: str
    day: date
    place: Place
    track: str
    certain: bool


class Closed(Struct, frozen=True):
    """The count of a day of which no finding can be taken back any more."""

    day: date
    place: Place
    low: int
    high: int


class Heard(Struct, frozen=True):
    """In which hours of a day a feed was heard, a bit for each."""

    day: date
    feed: str
    hours: int


class Stood(Struct, frozen=True):
    """From which day to which a measure was watched."""

    subject: SubjectId
    first: date
    last: date


class State(Struct, frozen=True):
    """All that is kept."""

    findings: tuple[Finding, ...] = ()
    closed: tuple[Closed, ...] = ()
    heard: tuple[Heard, ...] = ()
    stood: tuple[Stood, ...] = ()


class Counted(Struct, frozen=True):
    """The count of one day by the feeds that were heard on it."""

    place: Place
    feeds: tuple[str, ...]
    day: date
    low: int
    high: int | None


class TrackCounts:
    """The counts of one party. `turn` goes up with everything that changes them."""

    def __init__(self, party: PartyId, state: State | None = None) -> None:
        """Take up what was kept."""
        held = state or State()
        self.turn = 0
        self._noted: tuple[date, frozenset[SubjectId]] | None = None
        self._party = party
        self._findings: dict[tuple[SubjectId, str], list[Finding]] = {}
        for each in held.findings:
            self._of(each.place.subject, each.track).append(each)
        self._closed = {(each.day, each.place): each for each in held.closed}
        self._heard = {(each.day, each.feed): each.hours for each in held.heard}
        self._stood = list(held.stood)

    def state(self) -> State:
        """Give all that is to be kept."""
        heard = (Heard(day, feed, hours) for (day, feed), hours in self._heard.items())
        return State(tuple(self._all()), tuple(self._closed.values()), tuple(heard), tuple(self._stood))

    def _of(self, subject: SubjectId, mark: str) -> list[Finding]:
        return self._findings.setdefault((subject, mark), [])

    def _all(self) -> list[Finding]:
        return [each for found in self._findings.values() for each in found]

    # What comes in.

    def heard(self, feed: str, now: datetime) -> None:
        """Note that a feed was heard."""
        at = now.astimezone(UTC)
        key = (at.date(), feed)
        hours = self._heard.get(key, 0) | 1 << at.hour
        if hours != self._heard.get(key):
            self._heard[key] = hours
            self.turn += 1

    def watched(self, subjects: Iterable[SubjectId], now: datetime) -> None:
        """Note which measures are watched now, and close the days that are past."""
        today, subjects = now.astimezone(UTC).date(), frozenset(subjects)
        if self._noted == (today, subjects):
            return
        self._noted = (today, subjects)
        spans = {(each.subject, each.last): n for n, each in enumerate(self._stood)}
        for subject in sorted(subjects):
            if (subject, today) in spans:
                continue
            self.turn += 1
            n = spans.get((subject, today - DAY))
            if n is None:
                self._stood.append(Stood(subject, today, today))
            else:
                self._stood[n] = replace(self._stood[n], last=today)
        self._close(today)

    def take(self, events: Iterable[FenceEvent], track_of: Callable[[int], Track | None]) -> None:
        """Take what the fences found, in its order."""
        for event in events:
            track = track_of(event.track)
            if track is not None and event.kind in _KINDS:
                self._one(event, track)

    def _one(self, event: FenceEvent, track: Track) -> None:
        side = "" if event.onto is None else f"{event.onto.value} side"
        mark = sha256(f"{track.source}\n{track.id}".encode())[:16]
        found = self._of(event.subject, mark)
        last = found[-1] if found else None
        self.turn += 1
        if event.kind is EventKind.TAKEN_BACK:
            found[:] = [each for each in found if each.id != event.of]
            return
        if event.kind is EventKind.CAME_BACK:
            if last is not None and not last.certain and last.place.way not in (IN, side):
                found.pop()
            return
        ways = {
            EventKind.ENTRY: (IN,),
            EventKind.EXIT: (OUT,),
            EventKind.CROSSING: (side,),
            EventKind.PASSED: (_OTHER[side],) if side else (IN, OUT),
        }[event.kind]
        day = event.at.astimezone(UTC).date()
        for way in ways:
            if last is not None and last.place.way == way and not last.certain:
                day = last.day  # told again, as more certain: the same matter
            place = Place(event.subject, way, party_of(self._party, track) or "")
            found.append(Finding(event.id, day, place, mark, event.certain))

    def _close(self, today: date) -> None:
        old = [each for each in self._all() if each.day < today - OPEN]
        if old:
            self._closed |= {(each.day, each.place): each for each in _sums(old)}
            kept = {key: [e for e in found if e.day >= today - OPEN] for key, found in self._findings.items()}
            self._findings = {key: found for key, found in kept.items() if found}
            self.turn += 1
        first = today - KEPT
        if any(day < first for day, _ in self._heard):
            self._heard = {key: hours for key, hours in self._heard.items() if key[0] >= first}
            self._closed = {key: each for key, each in self._closed.items() if key[0] >= first}
            self._stood = [each for each in self._stood if each.last >= first]
            self.turn += 1

    # What it gives.

    def days(self, now: datetime) -> list[Counted]:
        """Give the count of every day on which a feed was heard and the measure was watched."""
        today = now.astimezone(UTC).date()
        sums = {(each.day, each.place): each for each in _sums(self._all())} | self._closed
        heard = self._watched_days()
        stood: dict[SubjectId, list[Stood]] = defaultdict(list)
        for span in self._stood:
            stood[span.subject].append(span)
        found = []
        for place in sorted({place for _, place in sums}):
            for day, (feeds, whole) in heard.items():
                if not any(span.first <= day <= span.last for span in stood[place.subject]):
                    continue
                count = sums.get((day, place), Closed(day, place, 0, 0))
                is_whole = whole and day < today
                if count.high or is_whole:
                    high = count.high if is_whole else None
                    found.append(Counted(place, feeds, day, count.low, high))
        return found

    def _watched_days(self) -> dict[date, tuple[tuple[str, ...], bool]]:
        """Give the feeds heard on each day, and whether each of them was heard in every hour of it."""
        by_day: dict[date, list[tuple[str, int]]] = defaultdict(list)
        for (day, feed), hours in sorted(self._heard.items()):
            by_day[day].append((feed, hours))
        return {
            day: (tuple(feed for feed, _ in rows), all(hours == ALL_HOURS for _, hours in rows))
            for day, rows in by_day.items()
        }


def _sums(findings: Iterable[Finding]) -> Iterator[Closed]:
    by: dict[tuple[date, Place], tuple[set[str], set[str]]] = defaultdict(lambda: (set(), set()))
    for each in findings:
        sure, all_ = by[each.day, each.place]
        all_.add(each.track)
        if each.certain:
            sure.add(each.track)
    for (day, place), (sure, all_) in by.items():
        yield Closed(day, place, len(sure), len(all_))


def encoded(state: State) -> bytes:
    """Give a state as it is kept."""
    return msgspec.msgpack.encode(state)


def decoded(kept: bytes | None) -> State | None:
    """Read what was kept; None where nothing was, or nothing that can be read."""
    try:
        return None if kept is None else msgspec.msgpack.decode(kept, type=State)
    except msgspec.DecodeError:
        return None


def handed_in(picture: Picture, counted: Iterable[Counted]) -> tuple[HandedIn, ...]:
    """Give the counts as numbers for the base rates, with the names of measures' banks and parties.

    Left out is what asks nobody for anything: things of the author of an area in it, where it is not closed
    to all, and the way back onto a bank where its party is named.
    """
    return tuple(found for each in counted if (found := _handed(picture, each)) is not None)


def _handed(picture: Picture, each: Counted) -> HandedIn | None:
    text = picture.operative(each.place.subject) or picture.latest(each.place.subject)
    body = None if text is None else text.statement.body
    if text is None or not isinstance(body, MeasureStated):
        return None
    way, whose = each.place.way, each.place.whose
    who = party_name(picture, PartyId(whose)) if whose else "not known whose"
    if way in _OTHER:
        banks = body.banks
        named = () if banks is None else (banks.left if way == "left side" else banks.right)
        if whose in named:
            return None
        bank = "" if banks is None else (banks.left_name if way == "left side" else banks.right_name)
        who = f"{who}, onto the {bank or way}"
    elif whose == text.statement.author.party and body.effect is not Effect.CLOSED:
        return None
    day = DayCount(each.day, each.low, each.high)
    observer = f"{OBSERVER}{', '.join(each.feeds)}"
    return HandedIn(each.place.subject, observer, day, LEFT if way == OUT else "crossings", who)
