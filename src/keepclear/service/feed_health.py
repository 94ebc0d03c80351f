"""How feeds do: proof of life each way, their clocks, and what was refused of them, by rule."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from msgspec import Struct

from keepclear.links.feeds import Unread
from keepclear.model.feeds import Feed
from keepclear.model.words import PartyId
from keepclear.rules.gates import REFUSALS
from keepclear.stores.tracks import RefusedRow
from keepclear.times import instant, microseconds
from keepclear.views.live import FeedView, RefusalView

_MARKS: Final = 64
_BATCHES: Final = 60
TOO_MANY: Final = "too-many-things"
WORDS: Final = dict(REFUSALS.values()) | {
    TOO_MANY: "more things than this node follows for one party",
}


class Silence(Struct, frozen=True):
    """A feed of which nothing comes for longer than it may be silent.

    `since` is when it was last heard of, or when this node came up where that was later; `was_heard` tells
    whether it was heard of since then.
    """

    feed: Feed
    since: datetime
    was_heard: bool


class Health:
    """How one feed does since the node is up; what was refused is counted over restarts."""

    def __init__(self, since: datetime, refused: Iterable[RefusedRow] = ()) -> None:
        self.since = since
        self.heard_at: datetime | None = None
        self.hears_us_at: datetime | None = None
        self.last_fix_us: int | None = None
        self.connected: bool | None = None
        self.words = ""
        self.taken = self.late = self.thinned = self.unread = self.beats = 0
        self.refused = {row.rule: row for row in refused}
        self.unsaved: set[str] = set()
        self._ahead_us: deque[int] = deque(maxlen=_BATCHES)
        self._marks: dict[str, datetime] = {}

    def heard(self, at: datetime) -> None:
        """Note that something whole came."""
        self.heard_at = at

    def asked(self, mark: str, at: datetime) -> None:
        """Note that something was sent that asks for an answer."""
        self._marks[mark] = at
        while len(self._marks) > _MARKS:
            self._marks.pop(next(iter(self._marks)))

    def answered(self, mark: str, at: datetime) -> None:
        """Note that the other end answered; a mark that this node did not send proves nothing."""
        if mark == "" or self._marks.pop(mark, None) is not None:
            self.hears_us_at = at

    def beat(self, at: datetime) -> str:
        """Make a mark for an answer that is being sent."""
        self.beats += 1
        mark = f"{self.beats:x}.{int(self.since.timestamp()):x}"
        self.asked(mark, at)
        return mark

    def clock(self, ahead_us: int) -> None:
        """Note by how much the newest time of a batch lay ahead of ours."""
        self._ahead_us.append(ahead_us)

    @property
    def clock_ahead_s(self) -> float | None:
        """By how much the feed's newest times lie ahead of ours at most, over its last batches."""
        return round(max(self._ahead_us) / 1e6, 3) if self._ahead_us else None

    def could_not_read(self, source: str, unread: Iterable[Unread], at: datetime) -> None:
        """Count what could not be read, by rule."""
        for each in unread:
            self.unread += 1
            self.refuse(source, each.rule, 1, at, f"item {each.at}")

    def refuse(self, source: str, rule: str, count: int, at: datetime, identity: str) -> None:
        """Count what a rule refused, with the last that it refused."""
        was = self.refused.get(rule)
        before = 0 if was is None else was.count
        at_us = microseconds(at)
        self.refused[rule] = RefusedRow(source, rule, before + count, at_us, identity[:120])
        self.unsaved.add(rule)

    def to_save(self) -> list[RefusedRow]:
        """Give the counts that have changed since they were kept last."""
        rows = [self.refused[rule] for rule in sorted(self.unsaved)]
        self.unsaved.clear()
        return rows

    def silent_since(self, feed: Feed, now: datetime) -> datetime | None:
        """Give since when a feed has been silent for longer than it may; None where it is heard of."""
        last = max(self.since, self.heard_at or self.since)
        return last if feed.silent_s and now - last >= timedelta(seconds=feed.silent_s) else None

    def silence(self, feed: Feed, now: datetime) -> Silence | None:
        """Give a silence that is longer than it may be; None where the feed is heard of."""
        since = self.silent_since(feed, now)
        return None if since is None else Silence(feed, since, was_heard=self.heard_at is not None)

    def view(self, feed: Feed, things: int, now: datetime) -> FeedView:
        """Give how the feed does, for showing."""
        last = None if self.last_fix_us is None else instant(self.last_fix_us)
        state, words = self._state(feed, now)
        return FeedView(
            name=feed.name,
            kind=feed.kind.value,
            standing=feed.standing.value,
            invented=feed.invented,
            state=state,
            words=words,
            heard_at=self.heard_at,
            hears_us_at=self.hears_us_at,
            last_fix_at=last,
            last_fix_age_s=None if last is None else round((now - last).total_seconds(), 3),
            clock_ahead_s=self.clock_ahead_s,
            silent_after_s=feed.silent_s,
            things=things,
            taken=self.taken,
            late=self.late,
            thinned=self.thinned,
            unread=self.unread,
            refused=tuple(
                RefusalView(
                    row.rule, WORDS.get(row.rule, row.rule), row.count, instant(row.last_us), row.last_id
                )
                for row in sorted(self.refused.values(), key=lambda row: row.rule)
            ),
        )

    def _state(self, feed: Feed, now: datetime) -> tuple[str, str]:
        since = self.silent_since(feed, now)
        if since is not None:
            return "silent", self.words or "nothing has come for longer than this feed may be silent"
        if self.heard_at is None:
            return "not heard yet", self.words
        ahead = self.clock_ahead_s
        if ahead is not None and ahead > feed.ahead_s:
            return "clock ahead", "its times lie ahead of this node's clock: one of the two is wrong"
        if self.hears_us_at is None:
            return "heard", "it has not shown that it hears this node"
        return "both ways", self.words


class HealthBook:
    """The health of every feed of one party."""

    def __init__(self, party: PartyId, since: datetime, refused: Iterable[RefusedRow]) -> None:
        self._party = party
        self._since = since
        self._kept = list(refused)
        self._found: dict[str, Health] = {}

    def of(self, feed: str) -> Health:
        """Give the health of a feed, by its name."""
        found = self._found.get(feed)
        if found is None:
            rows = [row for row in self._kept if row.source == feed]
            found = self._found[feed] = Health(self._since, rows)
        return found

    def to_save(self) -> list[RefusedRow]:
        """Give the counts that have changed since they were kept last."""
        return [row for health in self._found.values() for row in health.to_save()]
