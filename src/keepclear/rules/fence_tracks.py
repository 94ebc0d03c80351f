"""What the fence watch remembers of each track: its last fix, its pairs, and what it told of late.

A late fix is judged by going back: the caller feeds the late fix's step and all later steps of that track
again. The pairs are set back to what they were at that time, the steps are judged as if they came for the
first time, and what was told before is matched: it is not told again, and what is not found again is taken
back.
"""

from __future__ import annotations

from msgspec import Struct

from keepclear.model.words import StatementId, SubjectId
from keepclear.rules.fence_steps import Pair
from keepclear.rules.fences import NO_TIME, FenceEvent


class Change(Struct, frozen=True, array_like=True):
    """A pair as it was before a time."""

    us: int
    no: int
    before: Pair | None


class Told(Struct, frozen=True, array_like=True):
    """An event that was told, and the time at which it was found."""

    us: int
    no: int
    event: FenceEvent


class TrackPairs(Struct):
    """The pairs of one track, with enough of their past to go back by the late window.

    `as_of_us` is the latest time at which the pairs were judged without a new fix.
    """

    pairs: dict[int, Pair] = {}
    changes: list[Change] = []
    told: list[Told] = []
    unmatched: list[Told] = []
    as_of_us: int = NO_TIME

    def put(self, no: int, pair: Pair | None, us: int) -> None:
        """Note a pair's new state, found at a time."""
        before = self.pairs.get(no)
        if before != pair:
            self.changes.append(Change(us, no, before))
            self._set(no, pair)

    def _set(self, no: int, pair: Pair | None) -> None:
        if pair is None:
            self.pairs.pop(no, None)
        else:
            self.pairs[no] = pair

    def back_to(self, us: int) -> None:
        """Set the pairs back to what they were at a time; what was told since waits to be found again."""
        while self.changes and self.changes[-1].us > us:
            change = self.changes.pop()
            self._set(change.no, change.before)
        since = [each for each in self.told if each.us > us]
        self.told = [each for each in self.told if each.us <= us]
        self.unmatched = sorted([*self.unmatched, *since], key=lambda each: each.us)
        self.as_of_us = min(self.as_of_us, us)

    def tell(self, no: int, event: FenceEvent, us: int) -> bool:
        """Note an event; gives whether it is new, and not one found again."""
        for place, each in enumerate(self.unmatched):
            if each.no == no and _is_same(each.event, event):
                self.told.append(Told(us, no, each.event))
                del self.unmatched[place]
                return False
        self.told.append(Told(us, no, event))
        return True

    def not_found_again(self, us: int) -> list[Told]:
        """Give, and forget, what was told up to a time and was not found by going through it anew."""
        gone = [each for each in self.unmatched if each.us <= us]
        self.unmatched = [each for each in self.unmatched if each.us > us]
        return gone

    def forget(self, before_us: int) -> None:
        """Drop the past before a time."""
        if self.changes and self.changes[0].us < before_us:
            self.changes = [each for each in self.changes if each.us >= before_us]
        if self.told and self.told[0].us < before_us:
            self.told = [each for each in self.told if each.us >= before_us]

    def drop(self, no: int) -> Pair | None:
        """Forget one measure altogether; gives the pair as it was."""
        self.changes = [each for each in self.changes if each.no != no]
        self.told = [each for each in self.told if each.no != no]
        self.unmatched = [each for each in self.unmatched if each.no != no]
        return self.pairs.pop(no, None)


class HeldRow(Struct, frozen=True):
    """A measure that was watched; its shape is not kept, only the hash that tells whether it changed."""

    no: int
    subject: SubjectId
    statement: StatementId
    name: str
    digest: str
    since_us: int
    drawn_us: int


class TrackRow(Struct, frozen=True):
    """A track's last fix, and what is remembered of it."""

    track: int
    us: int
    lon: float
    lat: float
    accuracy_m: float | None
    height_m: float | None
    datum: int
    height_accuracy_m: float | None
    remembered: TrackPairs | None


class WatchState(Struct, frozen=True):
    """All that a fence watch remembers, to be kept across a restart; `next_no` numbers the next measure."""

    next_no: int
    measures: tuple[HeldRow, ...]
    tracks: tuple[TrackRow, ...]
    absent: tuple[str, ...] = ()


def _is_same(a: FenceEvent, b: FenceEvent) -> bool:
    return (a.kind, a.certain, a.onto) == (b.kind, b.certain, b.onto)
