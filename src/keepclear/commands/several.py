"""An act that says several things in one commit: each is decided on the desk as it stands after those before.

All of it is told or none: a rule that refuses a later step lets nothing of the earlier ones out.
"""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct

from keepclear.commands.ports import Ids
from keepclear.commands.telling import Decision, Desk, Tell, Telling, decide, tell_on
from keepclear.model.statements import Entry, LogId
from keepclear.model.words import Form, PartyId, StatementId, SubjectId


class Beside(Struct, frozen=True):
    """Ids for a further statement of one act; no caller's idempotency key holds a line break."""

    ids: Ids
    what: str

    def statement(self, party: PartyId, key: str, form: Form) -> StatementId:
        """Give the id of the further statement."""
        return self.ids.statement(party, f"{key}\n{self.what}", form)

    def subject(self, party: PartyId, key: str) -> SubjectId:
        """Give the id of the subject that the further statement opens."""
        return self.ids.subject(party, f"{key}\n{self.what}")


class Several:
    """The steps of one act under one key, in the order in which they are told."""

    def __init__(self, desk: Desk, key: str, now: datetime, ids: Ids) -> None:
        self._desk, self._key, self._now, self._ids = desk, key, now, ids
        self._tells: list[Telling] = []
        self._copied = False

    def say(self, what: str, tell: Tell) -> None:
        """Decide one more thing that is said, by a name that no other step of this act has."""
        self._add(decide(self._desk, tell, self._key, self._now, Beside(self._ids, what)))

    def tell_on(self, statement: StatementId, readers: tuple[PartyId, ...]) -> None:
        """Decide to tell what stands already to those of these readers who do not hold it."""
        if any(self._desk.outbox.entry(reader, statement) is None for reader in readers):
            self._add(tell_on(self._desk, statement, readers, self._now))

    def ending(self, tell: Tell) -> Decision:
        """Decide the act's own statement, which comes last, and give the whole."""
        last = decide(self._desk, tell, self._key, self._now, self._ids)
        return Decision((*self._tells, *last.tells), own=len(self._tells))

    def _add(self, decision: Decision) -> None:
        self._tells += decision.tells
        if not self._copied:
            # Once: the node's own desk stays as it is, and a long record takes long to copy.
            at = self._desk
            self._desk = Desk(at.picture.copied(), at.outbox.copied(), at.cap, at.live)
            self._copied = True
        _foresee(self._desk, decision.tells, self._now)


def _foresee(desk: Desk, tells: tuple[Telling, ...], now: datetime) -> None:
    """File what will be told in a desk that is nobody's."""
    by = desk.party
    entries = [
        Entry(LogId(by, reader), len(desk.picture) + number, now, now, 0, telling.statement)
        for number, telling in enumerate(tells)
        for reader in (by, *telling.readers)
    ]
    desk.picture.fold(entry for entry in entries if entry.log.reader == by)
    desk.outbox.fold(entries)
