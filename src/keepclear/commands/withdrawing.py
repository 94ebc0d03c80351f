"""What an own text becomes for all who hold it: restated as another body, or taken back."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct

from keepclear.commands.ports import Ids
from keepclear.commands.telling import Decision, Desk, Tell, decide
from keepclear.model.statements import Body
from keepclear.model.telling import Revoked
from keepclear.model.words import PartyId, StatementId, SubjectId, Words


class Withdrawal(Struct, frozen=True, forbid_unknown_fields=True):
    """What is taken back, by its subject or by the id of a text of it, and why."""

    of: Words
    reason: Words


def decide_withdrawal(desk: Desk, asked: Withdrawal, key: str, now: datetime, ids: Ids) -> Decision:
    """Take back something that this desk stated; everybody who holds it is told.

    Raises:
        NotAllowed: another party stated it.
        NotKnown: nothing of this id was stated.
    """
    subject = subject_of(desk, asked)
    tell = Tell(body=Revoked(subject, asked.reason), readers=holders(desk, subject))
    return decide(desk, tell, key, now, ids)


def subject_of(desk: Desk, asked: Withdrawal) -> SubjectId:
    """Give the subject that is meant by its own id or by that of one of its texts."""
    entry = desk.picture.entry(StatementId(asked.of))
    return SubjectId(asked.of) if entry is None else entry.statement.subject


def restated(desk: Desk, subject: SubjectId, body: Body) -> Tell:
    """Give the act that states an own text anew to everybody who holds it."""
    return Tell(body=body, subject=subject, readers=holders(desk, subject))


def holders(desk: Desk, subject: SubjectId) -> tuple[PartyId, ...]:
    """Give everybody who was told any text of a subject."""
    return tuple(sorted(set(desk.outbox.holders(subject)) - {desk.party}))
