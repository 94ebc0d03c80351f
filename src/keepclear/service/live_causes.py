"""The causes that a party's live picture has found, from their beginning until an alarm has said their end.

Nothing found is dropped: a cause stands here, and on the disk, until the writer has taken the alarm that says
it. What the fences find comes as events; what is held against notices comes anew at each look.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final

from msgspec.structs import replace

from keepclear.model.alarms import FixSeen
from keepclear.model.measures import MeasureKind, MeasureStated
from keepclear.model.tracks import Track
from keepclear.model.words import PartyId, SubjectId
from keepclear.rules.fences import EventKind, FenceEvent, FixAt
from keepclear.rules.live_causes import (
    Cause,
    LiveRule,
    called,
    concerns_crossing,
    concerns_entry,
    party_of,
    warns_of_approach,
)
from keepclear.times import to_the_second
from keepclear.views.picture import Picture

APPROACH_LASTS: Final = timedelta(minutes=10)
_AT_MEASURES: Final = (LiveRule.ENTRY, LiveRule.INSIDE, LiveRule.APPROACH)
_Key = tuple[str, str, int]


class CauseBook:
    """The causes of one party."""

    def __init__(self, party: PartyId, causes: Iterable[Cause] = ()) -> None:
        self._party = party
        self._causes: dict[_Key, Cause] = {cause.key: cause for cause in causes}

    def all(self) -> tuple[Cause, ...]:
        """Give every cause, over ones too, in the order in which they began."""
        return tuple(self._causes.values())

    def begin(self, cause: Cause) -> None:
        """Note a cause; one that goes on stays as it began, one that was over goes on under its alarm."""
        was = self._causes.get(cause.key)
        if was is None:
            self._causes[cause.key] = cause
        elif was.over:
            again = (
                cause.words if cause.thing < 0 else f"{cause.called} again, at {to_the_second(cause.since)}"
            )
            self._causes[cause.key] = replace(cause, alarm=was.alarm, note=again if was.alarm else "")
        else:
            if cause.certain and not was.certain:
                was = replace(was, certain=True, words=cause.words)
            if was.unheard:
                was = replace(was, unheard=False, note=f"heard of again: {cause.words}")
            self._causes[cause.key] = was

    def unheard(self, cause: Cause, note: str) -> None:
        """Note that nothing more is heard of what a cause says; it goes on: nobody knows that it ended."""
        if not cause.unheard:
            self._causes[cause.key] = replace(cause, unheard=True, note=note)

    def end(self, rule: LiveRule, matter: SubjectId, thing: int, reason: str) -> None:
        """Note that a cause is over; one that is not there stays so.

        Of feeds an alarm says which is heard again: each other one is silent still, and shows what is old.
        """
        was = self._causes.get((rule.value, matter, thing))
        if was is not None and not was.over:
            told = bool(was.alarm) and rule is LiveRule.SILENT
            note = f"{was.called}: {reason}" if told else was.note
            self._causes[was.key] = replace(was, over=reason, note=note)

    def stand(self, rules: Iterable[LiveRule], found: Sequence[Cause], reason: str) -> None:
        """Take what some rules find now, whole: what they found before and do not find now is over."""
        wanted, now = frozenset(rules), {cause.key for cause in found}
        for cause in found:
            self.begin(cause)
        for cause in self.all():
            if cause.rule in wanted and cause.key not in now:
                self.end(cause.rule, cause.matter, cause.thing, reason)

    def said(self, causes: Iterable[Cause]) -> None:
        """Note by which alarm causes are said, now that it stands in the record."""
        for cause in causes:
            was = self._causes.get(cause.key)
            if was is not None:
                note = "" if was.note == cause.note else was.note  # another came while this one was told
                self._causes[cause.key] = replace(was, alarm=cause.alarm, note=note)

    def settled(self, rule: str, matter: SubjectId) -> None:
        """Forget the causes of an alarm that has lost them."""
        for cause in self.all():
            if cause.over and cause.alarm == rule and cause.matter == matter:
                del self._causes[cause.key]

    def forget_over(self, standing: frozenset[tuple[str, str]]) -> None:
        """Forget causes that are over and whose alarm is open no more, as after a person ended it."""
        over = (cause for cause in self._causes.values() if cause.over and cause.alarm)
        for cause in [cause for cause in over if (cause.alarm, cause.matter) not in standing]:
            del self._causes[cause.key]

    # What the fences find.

    def take(
        self, picture: Picture, events: Iterable[FenceEvent], track_of: Callable[[int], Track | None]
    ) -> None:
        """Take what the fences found, in its order."""
        for event in events:
            track = track_of(event.track)
            text = picture.operative(event.subject) or picture.latest(event.subject)
            body = None if text is None else text.statement.body
            if track is None or text is None or not isinstance(body, MeasureStated):
                self._gone(event, "the measure no longer stands")
                continue
            boundary = body.measure is MeasureKind.BOUNDARY
            if event.kind is EventKind.CROSSING or (boundary and event.kind is EventKind.PASSED):
                self._over(picture, event, track, body)
            else:
                self._one(event, track, body, PartyId(text.statement.author.party))

    def _over(self, picture: Picture, event: FenceEvent, track: Track, body: MeasureStated) -> None:
        """Take a crossing, or a way over and back, of a boundary or of a segment of one.

        Both are found at one step where a segment lies on its boundary, and are one matter: the segment's,
        whose own terms stand there. Where the segment calls for nothing the boundary does.
        """
        name = called(track)
        onto = None if event.onto is None else event.onto.value
        passed = event.kind is EventKind.PASSED
        parts = self._parts(picture, event)
        if not concerns_crossing(self._party, body, track, onto):
            for matter in () if passed else (event.subject, *(part.matter for part in parts)):
                reason = f"{name} has crossed back, {event.at:%H:%M:%SZ}"
                self.end(LiveRule.CROSSING, matter, event.track, reason)
            return
        if any(not part.over or part.since == event.at for part in parts):
            return
        if body.part_of is not None and not self._is_left_to_its_part(body.part_of, event):
            return
        cause = self._cause(LiveRule.CROSSING, event, track)
        self.begin(replace(cause, over=f"{name} was over and back between two fixes") if passed else cause)

    def _parts(self, picture: Picture, event: FenceEvent) -> list[Cause]:
        """Give the causes of a thing at the segments of a boundary."""
        return [
            cause
            for cause in self._causes.values()
            if cause.rule is LiveRule.CROSSING
            and cause.thing == event.track
            and (body := measure_of(picture, cause.matter)) is not None
            and body.part_of == event.subject
        ]

    def _is_left_to_its_part(self, whole: SubjectId, event: FenceEvent) -> bool:
        """Drop what was found of a thing at the whole boundary; not where an alarm says it already."""
        was = self._causes.get((LiveRule.CROSSING.value, whole, event.track))
        if was is None or (was.over and was.since != event.at):
            return True
        if was.alarm:
            return False
        del self._causes[was.key]
        return True

    def _one(self, event: FenceEvent, track: Track, body: MeasureStated, author: PartyId) -> None:
        name = called(track)
        match event.kind:
            case EventKind.ENTRY | EventKind.CAME_BACK | EventKind.ALREADY_INSIDE | EventKind.PASSED:
                self._inside(event, track, body, author)
            case EventKind.EXIT:
                self._gone(event, f"{name} has left, {event.at:%H:%M:%SZ}")
            case EventKind.ENDED:
                self._gone(event, f"{event.words or 'the measure ended or changed'}")
            case EventKind.TAKEN_BACK:
                self._gone(event, event.words)
                self.end(LiveRule.CROSSING, event.subject, event.track, event.words)
            case EventKind.APPROACH:
                if warns_of_approach(body) and concerns_entry(self._party, author, body, track):
                    self.begin(self._cause(LiveRule.APPROACH, event, track))
            case _:
                return  # a dwell goes on inside, and an absence is held against the notice

    def _inside(self, event: FenceEvent, track: Track, body: MeasureStated, author: PartyId) -> None:
        self.end(LiveRule.APPROACH, event.subject, event.track, f"{called(track)} has come in")
        if not concerns_entry(self._party, author, body, track):
            return
        already = event.kind is EventKind.ALREADY_INSIDE
        entry = self._causes.get((LiveRule.ENTRY.value, event.subject, event.track))
        if already and entry is not None and not entry.over:
            return
        cause = self._cause(LiveRule.INSIDE if already else LiveRule.ENTRY, event, track)
        if event.kind is EventKind.PASSED:
            cause = replace(cause, over=f"{called(track)} was in and out between two fixes")
        self.begin(cause)

    def _gone(self, event: FenceEvent, reason: str) -> None:
        for rule in _AT_MEASURES:
            self.end(rule, event.subject, event.track, reason)

    def _cause(self, rule: LiveRule, event: FenceEvent, track: Track) -> Cause:
        whose = party_of(self._party, track)
        fixes = tuple(_seen(track, fix) for fix in (event.before, event.fix) if fix is not None)
        return Cause(
            rule, event.subject, event.track, called(track), whose == self._party, event.at, event.certain,
            event.words, (event.statement,), fixes, whose,
        )  # fmt: skip

    def expire(self, now: datetime) -> None:
        """End what lasts for its time alone: an approach after which nothing came in."""
        for cause in self.all():
            if cause.rule is LiveRule.APPROACH and not cause.over and now - cause.since >= APPROACH_LASTS:
                self.end(cause.rule, cause.matter, cause.thing, f"{cause.called} did not come in")


def measure_of(picture: Picture, subject: SubjectId) -> MeasureStated | None:
    """Give what a measure says: by the text that binds, or else by its latest."""
    text = picture.operative(subject) or picture.latest(subject)
    body = None if text is None else text.statement.body
    return body if isinstance(body, MeasureStated) else None


def _seen(track: Track, fix: FixAt) -> FixSeen:
    return FixSeen(track.source, track.id, fix.at, fix.place, fix.accuracy_m, fix.height)
