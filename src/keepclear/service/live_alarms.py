"""From what the live picture finds to alarms in the party's own log, through the one writer.

The causes of each party stand here, on the event loop, beside its picture. What is to be raised or ended is
worked out anew from them and from the alarms that stand, so that a refused or lost act is simply tried again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Final
from zlib import crc32

import msgspec
from msgspec import Struct

from keepclear.commands.alarms import decide_raise, decide_step, ends
from keepclear.commands.telling import Decision, Desk
from keepclear.model.alarms import AlarmStep, StepKind
from keepclear.model.tracks import Track
from keepclear.model.words import PartyId, SubjectId
from keepclear.record.canonical import canonical
from keepclear.rules.approach import ApproachSettings
from keepclear.rules.conformance import Followed, Memory, conform
from keepclear.rules.escalation import BY_THE_NODE
from keepclear.rules.fences import FenceEvent
from keepclear.rules.live_causes import (
    Call,
    Cause,
    LiveRule,
    Noted,
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
from keepclear.service.feed_health import Silence
from keepclear.service.live_causes import CauseBook, measure_of
from keepclear.service.node import Node
from keepclear.times import to_the_second
from keepclear.views.alarms import URGENT_FIRST
from keepclear.views.attribution import named
from keepclear.views.live import Found, FoundThing
from keepclear.views.picture import Picture
from keepclear.views.shifts import rota

CLOSING_LASTS: Final = timedelta(seconds=30)
UNHEARD: Final = timedelta(seconds=ApproachSettings().stale_s)
"""After so long without a position the look ahead leaves a thing out: what it does now is not known."""
_NO_LONGER: Final = {
    LiveRule.CLOSING: "close in no longer",
    LiveRule.CROWD: "is in a crowd no longer: every pair is told again",
}
_NOT_KNOWN: Final = "whether it goes on is not known"
_OF_STAYS: Final = frozenset((LiveRule.STAY, LiveRule.ABSENT))
_HELD_AGAINST_NOTICES: Final = (
    LiveRule.EARLY, LiveRule.LATE, LiveRule.OUTSIDE, LiveRule.LOST, LiveRule.COMPOSITION,
)  # fmt: skip


class Act(Struct, frozen=True):
    """An act for the writer, and what to note once it stands.

    The less `urgency` is, the sooner it goes: alarms by their precedence, then what is noted at alarms, then
    what ends them.
    """

    ask: Ask
    done: Callable[[], None]
    urgency: int

    @property
    def raises(self) -> bool:
        """Whether it raises an alarm, which waits for nothing else."""
        return self.urgency < len(URGENT_FIRST)

    @property
    def key(self) -> tuple[PartyId, str]:
        """What tells it from any other act of the live picture."""
        return (self.ask.party, self.ask.key)


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
        silent: Iterable[Silence],
        closing: LookedAhead,
        track_of: Callable[[int], Track | None],
        heard_at: Callable[[int], datetime],
    ) -> None:
        """Look ahead, hold tied things against their notices, and feeds against their silence."""
        self._look_ahead(picture, closing, track_of, heard_at, now)
        held = conform(picture, tuple(followed), self._memories, now)
        self._memories, self.again = held.memories, held.expected_again
        self.book.stand(_HELD_AGAINST_NOTICES, held.causes, "heard of again, or as it was notified")
        matter = own_subject(picture)
        if matter is not None:
            causes = [_silence(matter, each) for each in silent]
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
        heard_at: Callable[[int], datetime],
        now: datetime,
    ) -> None:
        """Take the pairs that will lose their separation; one is over when it was not found for a while.

        Of things that are not heard of nobody knows whether they close in: their alarm says so and goes on.
        """
        matter = own_subject(picture)
        for cause in () if matter is None else self._ahead(matter, closing, track_of, now):
            self.book.begin(cause)
            self._closing_at[cause.rule, cause.thing] = now
        for cause in self.book.all():
            reason = _NO_LONGER.get(cause.rule)
            if reason is None or cause.over:
                continue
            if now - self._closing_at.setdefault((cause.rule, cause.thing), now) <= CLOSING_LASTS:
                continue
            rows = _rows(cause)
            held = [
                row for row in rows if (each := track_of(row)) is not None and called(each) in cause.called
            ]
            silent = [row for row in held if now - heard_at(row) > UNHEARD]
            if silent and len(held) == len(rows):
                self.book.unheard(cause, _unheard(map(track_of, silent), min(map(heard_at, silent))))
                continue
            if len(held) < len(rows):
                reason = f"not heard of for as long as positions are kept: {_NOT_KNOWN}"
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
        acts = [self._raise(node, desk, call, now) for call in changes.to_raise]
        acts += [self._note(node, each) for each in changes.noted]
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

        urgency = URGENT_FIRST[body.precedence]
        return Act(_ask(self.party, key, decided), lambda: self.book.said(call.causes), urgency)

    def _note(self, node: Node, each: Noted) -> Act:
        alarm = each.alarm
        key = f"\nnoted/{alarm.text}/{len(alarm.history)}"
        step = AlarmStep(alarm.text, StepKind.NOTED, BY_THE_NODE, reason=each.words, number=each.more)

        def decided(at_desk: Desk, at: datetime) -> Decision:
            return decide_step(at_desk, alarm.subject, step, key, at, node.keys)

        return Act(_ask(self.party, key, decided), lambda: self.book.said(each.causes), len(URGENT_FIRST))

    def _end(self, node: Node, each: Settled) -> Act:
        alarm = each.alarm
        key = f"\nended/{alarm.text}/{len(alarm.history)}"
        step = ends(alarm, each.reason)

        def decided(at_desk: Desk, at: datetime) -> Decision:
            return decide_step(at_desk, alarm.subject, step, key, at, node.keys)

        rule, matter = alarm.body.rule, alarm.body.matter
        settled = partial(self.book.settled, rule, matter)
        return Act(_ask(self.party, key, decided), settled, len(URGENT_FIRST) + 1)

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
            rows.append(Found(rule.value, named(picture, matter), _words(causes), things, alarm))
        return tuple(sorted(rows, key=lambda row: (row.matter.name, row.rule)))


def own_subject(picture: Picture) -> SubjectId | None:
    """Give the subject that stands for the party itself: its latest description of itself, or anybody's."""
    described = picture.described(picture.party)
    return described[-1][0].statement.subject if described else None


def _silence(matter: SubjectId, found: Silence) -> Cause:
    name, since = found.feed.name, to_the_second(found.since)
    words = f"The feed {name} has been silent since {since}; what it shows grows old"
    if not found.was_heard:
        words = f"Nothing has come from the feed {name} since this node began to listen, at {since}"
    return Cause(LiveRule.SILENT, matter, -1 - crc32(name.encode()), name, True, found.since, True, words)


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


def _rows(cause: Cause) -> tuple[int, ...]:
    """Give the desk's numbers of the things that a look ahead was about, as `_closing` wrote them."""
    if cause.thing >= 0:
        return (cause.thing,)
    number = -1 - cause.thing
    return (number >> 24, number & 0xFF_FF_FF)


def _unheard(silent: Iterable[Track | None], since: datetime) -> str:
    names = " and ".join(called(track) for track in silent if track is not None)
    return f"{names} not heard of since {to_the_second(since)}: {_NOT_KNOWN}"


def _words(causes: Sequence[Cause]) -> str:
    """Give what a finding rests on: that of every feed or pair that goes on, or of the first thing."""
    going_on = [cause for cause in causes if not cause.over] or causes
    if going_on[0].thing >= 0:
        return going_on[0].words
    silent = f" (not heard of since: {_NOT_KNOWN})"
    return ". ".join(f"{each.words}{silent if each.unheard else ''}" for each in going_on)


def _found_thing(cause: Cause) -> FoundThing:
    whose = "own" if cause.own else cause.whose or "not known whose"
    return FoundThing(cause.thing, cause.called, whose, cause.since, cause.certain, cause.over)


def _ask(party: PartyId, key: str, decide: Callable[[Desk, datetime], Decision]) -> Ask:
    return Ask(party=party, key=key, asked=canonical([key]), readers=(), decide=decide)
