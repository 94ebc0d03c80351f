"""What falls due and what waits to be sent, as rows: worked out of the parties' own logs, and nowhere else.

Each batch moves the rows of the alarms that it touches, in the same commit. So `rebuild(P→P)` equals the
rows at every moment; where a start finds that it does not, the record wins and the rows are mended.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Mapping
from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

from keepclear.commands.ports import Batch, DeadlineChange, DeadlineRow, OutboxRow, Store
from keepclear.model.alarms import AlarmRaised, AlarmStep, ClockEvent
from keepclear.model.statements import Entry
from keepclear.model.words import PartyId, SubjectId
from keepclear.rules.escalation import due
from keepclear.times import microseconds
from keepclear.views.alarms import Alarm, alarm, alarms
from keepclear.views.picture import Picture

Place = tuple[PartyId, SubjectId]


class Rows(Struct, frozen=True):
    """The rows of one alarm: what is due next, and what waits to be sent."""

    deadline: DeadlineRow | None = None
    outbox: tuple[OutboxRow, ...] = ()


_NONE = Rows()


def rows_of(party: PartyId, found: Alarm) -> Rows:
    """Give the rows that one alarm calls for."""
    coming = due(found)
    deadline = None
    if coming is not None:
        at_us = microseconds(coming.at)
        deadline = DeadlineRow(party, found.subject, found.text, coming.what, coming.number, at_us)
    waiting = tuple(
        OutboxRow(send.key, party, found.subject, send.step, send.place) for send in found.waiting
    )
    return Rows(deadline, waiting)


def rebuild(pictures: Mapping[PartyId, Picture]) -> dict[Place, Rows]:
    """Work all rows out anew from the parties' own logs."""
    return _rows(_standing(pictures))


def _standing(pictures: Mapping[PartyId, Picture]) -> dict[Place, Alarm]:
    return {(party, each.subject): each for party, picture in pictures.items() for each in alarms(picture)}


def _rows(found: Mapping[Place, Alarm]) -> dict[Place, Rows]:
    made = {place: rows_of(place[0], each) for place, each in found.items()}
    return {place: rows for place, rows in made.items() if rows != _NONE}


def stored(store: Store) -> dict[Place, Rows]:
    """Give the rows as the store keeps them, without the attempts, which stand in no log."""
    found: dict[Place, Rows] = {}
    for row in store.deadlines():
        found[row.party, row.alarm] = Rows(row)
    for waiting in store.outbox():
        place = (waiting.party, waiting.alarm)
        rows = found.get(place, _NONE)
        found[place] = Rows(rows.deadline, (*rows.outbox, replace(waiting, attempts=0)))
    return found


class Duties:
    """The rows in memory, and a queue of what is due soonest."""

    def __init__(self, pictures: Mapping[PartyId, Picture]) -> None:
        self._alarms = _standing(pictures)
        self.rows = _rows(self._alarms)
        self._queue = [
            (rows.deadline.due_us, *place) for place, rows in self.rows.items() if rows.deadline is not None
        ]
        heapq.heapify(self._queue)

    def standing(self, party: PartyId) -> list[Alarm]:
        """Give a party's alarms as they stand, ended ones too."""
        return [each for (owner, _), each in self._alarms.items() if owner == party]

    def mending(self, store: Store) -> Batch | None:
        """Give the batch that makes a store's rows those of the record, or None where they are."""
        kept = stored(store)
        places = [place for place in {**kept, **self.rows} if kept.get(place) != self.rows.get(place)]
        if not places:
            return None
        return _batch({place: (kept.get(place, _NONE), self.rows.get(place, _NONE)) for place in places})

    def moved(self, entries: Iterable[Entry], pictures: Mapping[PartyId, Picture]) -> Batch:
        """Give the changes of rows that follow from new entries, and hold the new rows."""
        changes: dict[Place, tuple[Rows, Rows]] = {}
        for party, subject in self._touched(entries, pictures):
            found = alarm(pictures[party], subject)
            was = self.rows.get((party, subject), _NONE)
            now = _NONE if found is None else rows_of(party, found)
            if found is not None:
                self._alarms[party, subject] = found
            if was != now:
                changes[party, subject] = (was, now)
                self._hold((party, subject), now)
        return _batch(changes)

    def _touched(self, entries: Iterable[Entry], pictures: Mapping[PartyId, Picture]) -> dict[Place, None]:
        touched: dict[Place, None] = {}
        for entry in entries:
            party, body = entry.log.author, entry.statement.body
            if entry.log.reader != party or party not in pictures:
                continue
            if isinstance(body, AlarmRaised):
                touched[party, entry.statement.subject] = None
            elif isinstance(body, AlarmStep):
                text = pictures[party].entry(body.of)
                if text is not None:
                    touched[party, text.statement.subject] = None
            elif isinstance(body, ClockEvent) and body.record_s:
                touched.update((place, None) for place in self.rows if place[0] == party)
        return touched

    def _hold(self, place: Place, rows: Rows) -> None:
        if rows == _NONE:
            self.rows.pop(place, None)
        else:
            self.rows[place] = rows
        if rows.deadline is not None:
            heapq.heappush(self._queue, (rows.deadline.due_us, *place))

    def next_us(self) -> int | None:
        """Give when the next deadline is due."""
        while self._queue and self._standing(self._queue[0]) is None:
            heapq.heappop(self._queue)
        return self._queue[0][0] if self._queue else None

    def due(self, now: datetime, at_most: int) -> list[DeadlineRow]:
        """Give the deadlines at or past due, soonest first; they stay until something moves them."""
        now_us = microseconds(now)
        found: list[DeadlineRow] = []
        while len(found) < at_most and (first := self.next_us()) is not None and first <= now_us:
            row = self._standing(heapq.heappop(self._queue))
            if row is not None and row not in found[-1:]:
                found.append(row)
        for row in found:
            heapq.heappush(self._queue, (row.due_us, row.party, row.alarm))
        return found

    def _standing(self, queued: tuple[int, PartyId, SubjectId]) -> DeadlineRow | None:
        rows = self.rows.get((queued[1], queued[2]))
        row = None if rows is None else rows.deadline
        return row if row is not None and row.due_us == queued[0] else None


def _batch(changes: Mapping[Place, tuple[Rows, Rows]]) -> Batch:
    deadlines: list[DeadlineChange] = []
    fresh: list[OutboxRow] = []
    gone: list[str] = []
    for was, now in changes.values():
        if was.deadline != now.deadline:
            deadlines.append(DeadlineChange(was.deadline, now.deadline))
        before, after = {row.key for row in was.outbox}, {row.key for row in now.outbox}
        fresh += [row for row in now.outbox if row.key not in before]
        gone += [row.key for row in was.outbox if row.key not in after]
    return Batch(deadlines=tuple(deadlines), outbox=tuple(fresh), unsent=tuple(gone))
