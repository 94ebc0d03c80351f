"""Messages that crossed in transit: each was told before its author had seen the other (pairwise).

An entry says how much of the opposite log its author had seen (`sees`), and its place in its own log. Two
messages crossed where neither had seen the other. No clock is asked.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable

from msgspec import Struct

from keepclear.model.hotline import MessageSent, WarningGiven
from keepclear.model.statements import Entry
from keepclear.model.words import PartyId, StatementId
from keepclear.views.picture import Picture, speaks_for_itself
from keepclear.views.told import Outbox


class _Log:
    """The messages in one log by their place, and from each place on the least that any of them had seen."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self._entries = sorted(entries, key=lambda entry: entry.index)
        self._places = [entry.index for entry in self._entries]
        self._least: list[int] = []
        least = 0
        for entry in reversed(self._entries):
            least = min(least, entry.sees) if self._least else entry.sees
            self._least.append(least)
        self._least.reverse()

    def unseen_by(self, entry: Entry) -> list[StatementId]:
        """Name the messages here that an entry of the opposite log crossed.

        What an honest author has seen only grows, so that few are looked at beyond those that are given.
        """
        found = []
        for n in range(bisect_left(self._places, entry.sees), len(self._entries)):
            if self._least[n] > entry.index:
                break
            if self._entries[n].sees <= entry.index:
                found.append(self._entries[n].statement.id)
        return found


class _Between(Struct, frozen=True):
    mine: _Log
    theirs: _Log


class Crossings:
    """What crossed in transit between one party and each other, of the messages and warnings that stand.

    Built once for a whole list of messages: each is then looked up, not compared with all.
    """

    def __init__(self, picture: Picture, box: Outbox, standing: Iterable[Entry]) -> None:
        self._picture, self._box = picture, box
        self._own: list[Entry] = []
        self._by: dict[PartyId, list[Entry]] = {}
        self._between: dict[PartyId, _Between] = {}
        for entry in standing:
            author = entry.statement.author.party
            if not speaks_for_itself(entry.statement):
                continue
            if author == picture.party:
                self._own.append(entry)
            elif entry.log.reader == picture.party:
                self._by.setdefault(author, []).append(entry)

    def of(self, entry: Entry) -> tuple[StatementId, ...]:
        """Name the messages that one crossed: the other end's for an own one, own ones for theirs."""
        author, to = entry.statement.author.party, _addressees(entry)
        if author != self._picture.party:
            if self._picture.party not in to or not speaks_for_itself(entry.statement):
                return ()
            return tuple(self._with(author).mine.unseen_by(entry))
        found: dict[StatementId, None] = {}
        for reader in to:
            told = self._box.entry(reader, entry.statement.id)
            if told is not None:
                found.update(dict.fromkeys(self._with(reader).theirs.unseen_by(told)))
        return tuple(found)

    def _with(self, party: PartyId) -> _Between:
        between = self._between.get(party)
        if between is None:
            told = (self._box.entry(party, entry.statement.id) for entry in self._own)
            mine = _Log(entry for entry in told if entry is not None)
            between = self._between[party] = _Between(mine, _Log(self._by.get(party, ())))
        return between


def _addressees(entry: Entry) -> tuple[PartyId, ...]:
    body = entry.statement.body
    return body.to if isinstance(body, MessageSent | WarningGiven) else ()
