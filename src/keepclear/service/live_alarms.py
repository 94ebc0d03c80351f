"""From what the live picture finds to alarms in the party's own log, through the one writer.

The causes of each party stand here, on the event loop, beside its picture. What is to be raised or ended is
worked out anew from them and from the alarms that stand, so that a refused or lost act is simply tried again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Final
from zlib import crc32

import msgspec
from msgspec import Struct

from keepclear.commands.alarms import decide_raise, decide_step, ends
from keepclear.commands.telling import Decision, Desk
from keepclear.model.feeds import Feed
from keepclear.model.tracks import Track
from keepclear.model.words import PartyId, SubjectId
from keepclear.record.canonical import canonical
from keepclear.rules.conformance import Followed, Memory, conform
from keepclear.rules.fences import FenceEvent
from keepclear.rules.live_causes import (
    Call,
    Cause,
    LiveRule,
    Settled,
    called,
    is_for,
    live_changes,
    orphans,
    party_of,
)
from keepclear.rules.on_shift import with_stations
from keepclear.rules.stays import Stayed
from keepclear.service.asking import Ask
from keepclear.service.closing_feed import Closing, LookedAhead
from keepclear.service.live_causes import CauseBook, measure_of
from keepclear.service.node import Node
from keepclear.times import to_the_second
from keepclear.views.attribution import named
from keepclear.views.live import Found, FoundThing
from keepclear.views.picture import Picture
from keepclear.views.shifts import rota

CLOSING_LASTS: Final = timedelta(seconds=30)
_NO_LONGER: Final = {
    LiveRule.CLOSING: "close in no longer",
    LiveRule.CROWD: "is in a crowd no longer: every pair is told again",
}
_OF_STAYS: Final = frozenset((LiveRule.STAY, LiveRule.ABSENT))
_HELD_AGAINST_NOTICES: Final = (
    LiveRule.EARLY, LiveRule.LATE, LiveRule.OUTSIDE, LiveRule.LOST, LiveRule.COMPOSITION,
)  # fmt: skip


class Act(Struct, frozen=True):
    """An act for the writer, and what to note once it stands."""

    ask: Ask
    done: Callable[[], None]


class _Kept(Struct, frozen=True):
    causes: tuple[Cause, ...] = ()
    memories: dict[int, Memory] = {}


_DECODER = msgspec.json.Decoder(_Kept)


class LiveAlarms:
    """The causes of one party and the alarms that say them."""

    def __init__(self, party: PartyId, kept: bytes | None, *, anew: bool) -> None:
        self.party = party
        """Take up the causes that were kept; `anew` tells that what the fences remembered is gone."""
        held = _DECODER.decode(kept) if kept else _Kept()
        self.book = CauseBook(party, held.causes)
        self.again: Mapping[int, str] = {}
        self._memories: Mapping[int, Memory] = held.memories
        self._anew = anew
        self._closing_at: dict[tuple[LiveRule, int], datetime] = {}

    def kept(self) -> bytes:
        """Give what is to be kept with the positions."""
        return msgspec.json.encode(_Kept(self.book.all(), dict(self._memories)))

    def take(
        self, picture: Picture, events: Iterable[FenceEvent], track_of: Callable[[int], Track | None]
    ) -> None:
        """Take what the fences found."""
        self.book.take(picture, events, track_of)

    def look(
        self,
        picture: Picture,
        now: datetime,
        followed: Iterable[Followed],
        silent: Iterable[tuple[Feed, datetime]],
        closing: LookedAhead,
        track_of: Callable[[int], Track | None],
    ) -> None:
        """Look ahead, hold tied things against their notices, and feeds against their silence."""
        self._look_ahead(picture, closing, track_of, now)
        held = conform(picture, tuple(followed), self._memories, now)
        self._memories, self.again = held.memories, held.expected_again
        self.book.stand(_HELD_AGAINST_NOTICES, held.causes, "heard of again, or as it was notified")
        matter = own_subject(picture)
        if matter is not None:
            causes = [_silence(matter, *each) for each in silent]
            self.book.stand((LiveRule.SILENT,), causes, "heard again")
        self.book.expire(now)

    def take_stays(
        self, picture: Picture, stayed: Stayed | None, track_of: Callable[[int], Track | None]
    ) -> None:
        """Take who stays too long and what is not where it is expected; None: it could not be judged."""
        if stayed is None:
            return
        found = set()
        for cause in stayed.causes:
            measure, track = measure_of(picture, cause.matter), track_of(cause.thing)
            if measure is None or track is None or is_for(measure, track.kind):
                found.add(cause.key)
                self.book.begin(cause)
        for cause in self.book.all():
            if cause.rule in _OF_STAYS and cause.key not in found:
                self.book.end(cause.rule, cause.matter, cause.thing, stayed.reason(cause))

    def _look_ahead(
        self,
        picture: Picture,
        closing: LookedAhead,
        track_of: Callable[[int], Track | None],
        now: datetime,
    ) -> None:
        """Take the pairs that will lose their separation; one is over when it was not found for a while."""
        matter = own_subject(picture)
        for cause in () if matter is None else self._ahead(matter, closing, track_of, now):
            self.book.begin(cause)
            self._closing_at[cause.rule, cause.thing] = now
        for cause in self.book.all():
            reason = _NO_LONGER.get(cause.rule)
            if reason is None or cause.over:
                continue
            if now - self._closing_at.setdefault((cause.rule, cause.thing), now) > CLOSING_LASTS:
                self._closing_at.pop((cause.rule, cause.thing))
                self.book.end(cause.rule, cause.matter, cause.thing, f"{cause.called} {reason}")

    def _ahead(
        self,
        matter: SubjectId,
        closing: LookedAhead,
        track_of: Callable[[int], Track | None],
        now: datetime,
    ) -> Iterator[Cause]:
        for pair in closing.pairs:
            own, other = track_of(pair.own), track_of(pair.other)
            if own is not None and other is not None:
                yield _closing(self.party, matter, pair, own, other, now)
        for crowd in closing.crowds:
            own = track_of(crowd.own)
            if own is not None:
                words = f"{called(own)}: {crowd.words}"
                yield Cause(LiveRule.CROWD, matter, crowd.own, called(own), True, now, True, words)

    def acts(self, node: Node) -> list[Act]:
        """Give what is to be raised and ended now; each is decided anew in the writer's turn."""
        desk, now = node.desk(self.party), node.clock.now()
        standing = node.duties.standing(self.party)
        changes = live_changes(desk.picture, self.book.all(), standing, now)
        self.book.said(changes.joined)
        acts = [self._raise(node, desk, call, now) for call in changes.to_raise]
        ended = list(changes.ended)
        if self._anew:
            self._anew = False
            ended += orphans(self.book.all(), standing)
        acts += [self._end(node, each) for each in ended]
        open_now = frozenset((each.body.rule, each.body.matter) for each in standing if each.is_open)
        self.book.forget_over(open_now)
        return acts

    def _raise(self, node: Node, desk: Desk, call: Call, now: datetime) -> Act:
        body = with_stations(rota(desk.picture, now), call.body, now)
        subject = node.keys.subject(self.party, f"\nalarm/{body.rule}/{body.matter}")
        key = f"\nraise/{body.rule}/{body.matter}/{len(desk.picture.texts(subject))}"

        def decided(at_desk: Desk, at: datetime) -> Decision:
            return decide_raise(at_desk, body, key, at, node.keys)

        return Act(_ask(self.party, key, decided), lambda: self.book.said(call.causes))

    def _end(self, node: Node, each: Settled) -> Act:
        alarm = each.alarm
        key = f"\nended/{alarm.text}/{len(alarm.history)}"
        step = ends(alarm, each.reason)

        def decided(at_desk: Desk, at: datetime) -> Decision:
            return decide_step(at_desk, alarm.subject, step, key, at, node.keys)

        rule, matter = alarm.body.rule, alarm.body.matter
        return Act(_ask(self.party, key, decided), lambda: self.book.settled(rule, matter))

    def found(self, node: Node, picture: Picture) -> tuple[Found, ...]:
        """Give what holds now, in the order of the measures' names; nothing in it says where a thing is."""
        groups: dict[tuple[LiveRule, SubjectId], list[Cause]] = {}
        for cause in self.book.all():
            groups.setdefault((cause.rule, cause.matter), []).append(cause)
        rows = []
        for (rule, matter), causes in groups.items():
            things = tuple(_found_thing(cause) for cause in causes)
            said = next((cause.alarm for cause in causes if cause.alarm), "")
            alarm = node.keys.subject(self.party, f"\nalarm/{said}/{matter}") if said else None
            rows.append(Found(rule.value, named(picture, matter), causes[0].words, things, alarm))
        return tuple(sorted(rows, key=lambda row: (row.matter.name, row.rule)))


def own_subject(picture: Picture) -> SubjectId | None:
    """Give the subject that stands for the party itself: its latest description of itself, or anybody's."""
    described = picture.described(picture.party)
    return described[-1][0].statement.subject if described else None


def _silence(matter: SubjectId, feed: Feed, since: datetime) -> Cause:
    number = crc32(feed.name.encode())
    words = f"The feed {feed.name} has been silent since {to_the_second(since)}; what it shows grows old"
    return Cause(LiveRule.SILENT, matter, -1 - number, feed.name, True, since, True, words)


def _closing(
    party: PartyId, matter: SubjectId, pair: Closing, own: Track, other: Track, now: datetime
) -> Cause:
    """Word a pair; it stands at the party itself, since it stands at no measure (LIM-09)."""
    number = -1 - (pair.own << 24) - pair.other
    both = f"{called(own)} and {called(other)}"
    words = f"{both}: {pair.found.words}"
    return Cause(
        LiveRule.CLOSING, matter, number, both, True, now, pair.found.certain, words, (), (),
        party_of(party, other),
    )  # fmt: skip


def _found_thing(cause: Cause) -> FoundThing:
    whose = "own" if cause.own else cause.whose or "not known whose"
    return FoundThing(cause.thing, cause.called, whose, cause.since, cause.certain, cause.over)


def _ask(party: PartyId, key: str, decide: Callable[[Desk, datetime], Decision]) -> Ask:
    return Ask(party=party, key=key, asked=canonical([key]), readers=(), decide=decide)
