"""What a device has been told of measures and alarms, and what it must be told now."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from msgspec import Struct

from keepclear.links.cot import writing
from keepclear.links.showing import Drawn, Raised, Shown
from keepclear.model.words import SubjectId


class _Told(Struct, frozen=True):
    drawn: Drawn
    uids: tuple[str, ...]
    at: datetime


class _Called(Struct, frozen=True):
    raised: Raised
    at: datetime


class Sheet:
    """What every device of one feed is shown besides positions; they are all shown the same."""

    def __init__(self, node: str) -> None:
        self._node = node
        self._drawn: dict[SubjectId, _Told] = {}
        self._raised: dict[SubjectId, _Called] = {}

    def take(self, shown: Shown, now: datetime) -> tuple[list[bytes], list[bytes]]:
        """Take what is to be shown now; give the news, in order, and repeats that a busy device can miss."""
        news, repeats = list(self._changes(shown, now)), []
        for told in self._drawn.values():
            if now - told.at >= writing.SHOWN_FOR / 2:
                repeats += self._draw(told.drawn, now)
        for called in self._raised.values():
            if now - called.at >= writing.RAISED_FOR / 3:
                repeats.append(self._call(called.raised, now))
        return news, repeats

    def whole(self, now: datetime) -> Iterator[bytes]:
        """Give everything, for a device that is new: alarms after the measures at which they stand."""
        for told in tuple(self._drawn.values()):
            yield from self._draw(told.drawn, now)
        for called in tuple(self._raised.values()):
            yield self._call(called.raised, now)

    def _changes(self, shown: Shown, now: datetime) -> Iterator[bytes]:
        """Give what is over first, then what is new; an alarm comes after the measure at which it stands."""
        raised = {each.subject: each for each in shown.raised}
        for subject, called in tuple(self._raised.items()):
            if subject not in raised:
                del self._raised[subject]
                yield writing.alarm_over(called.raised, now, self._node)
        yield from self._redrawn({each.subject: each for each in shown.drawn}, now)
        for subject, alarm in raised.items():
            known = self._raised.get(subject)
            if known is None or known.raised != alarm:
                yield self._call(alarm, now)

    def _redrawn(self, drawn: dict[SubjectId, Drawn], now: datetime) -> Iterator[bytes]:
        for subject, told in tuple(self._drawn.items()):
            if subject not in drawn:
                del self._drawn[subject]
                for uid in told.uids:
                    yield writing.gone(uid, now)
        for subject, each in drawn.items():
            was = self._drawn.get(subject)
            if was is None or was.drawn != each:
                yield from self._draw(each, now)
                for uid in () if was is None else was.uids:
                    if uid not in self._drawn[subject].uids:
                        yield writing.gone(uid, now)

    def _draw(self, drawn: Drawn, now: datetime) -> list[bytes]:
        written = writing.measure(drawn, now, self._node)
        self._drawn[drawn.subject] = _Told(drawn, tuple(uid for uid, _ in written), now)
        return [event for _, event in written]

    def _call(self, raised: Raised, now: datetime) -> bytes:
        self._raised[raised.subject] = _Called(raised, now)
        return writing.alarm(raised, now, self._node)
