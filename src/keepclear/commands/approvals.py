"""Submit a draft, approve it or return it; only what was approved is told, in the same commit.

Who wrote a draft does not approve it. In Actual both are persons who have signed in: a token that stands for
a role cannot show that two people looked. Elsewhere two roles stand for two people.
"""

from __future__ import annotations

from datetime import datetime

import msgspec
from msgspec import Struct

from keepclear.commands.ports import Ids
from keepclear.commands.telling import Decision, Desk, Tell, Telling, decide
from keepclear.errors import Conflicting, NotAllowed, NotKnown, Refused
from keepclear.model.approvals import Decided, DraftDecided, DraftSubmitted
from keepclear.model.hotline import MessageSent, WarningGiven
from keepclear.model.statements import Author, Statement, read
from keepclear.model.words import CapStatus, Form, StatementId
from keepclear.record.canonical import canonical
from keepclear.views.approvals import decision, own

TOKEN_PREFIX = "role: "  # noqa: S105 - a role, no secret
_TELL = msgspec.json.Decoder(Tell)


class Person(Struct, frozen=True):
    """Who acts: the role, and the handle of the person, or of the role where no person has signed in."""

    role: str
    handle: str

    @property
    def is_named(self) -> bool:
        """Tell whether a person stands behind it, who has signed in."""
        return not self.handle.startswith(TOKEN_PREFIX)


def person_of(role: str, person: str) -> Person:
    """Give who acts, by its role and the id of the signed-in person ("" for a token)."""
    return Person(role, person or f"{TOKEN_PREFIX}{role}")


def decide_submit(
    desk: Desk, tell: Tell, who: Person, title: str, key: str, now: datetime, ids: Ids
) -> Decision:
    """Submit a draft for a second person's approval; what could not be told is refused at once.

    Raises:
        Refused: the act would not pass, or is neither a message nor a warning.
    """
    if not isinstance(tell.body, MessageSent | WarningGiven):
        raise Refused(
            "a draft of this kind", "draft-kind", "a message or a warning; others are told at once", "act"
        )
    decide(desk, tell, key, now, ids, approved=True)
    body = DraftSubmitted(canonical(tell).decode(), who.role, who.handle, title)
    return Decision((_kept(desk, body, f"\ndraft/{key}", now, ids),))


def decide_draft(
    desk: Desk, draft: StatementId, body: DraftDecided, key: str, now: datetime, ids: Ids
) -> Decision:
    """Approve a draft, which tells it in the same commit, or return it with a reason.

    Args:
        desk: the party's desk.
        draft: the submitted draft.
        body: what is decided, by whom, why; `told` is filled in here.
        key: the idempotency key; it makes the ids of what is told.
        now: the node's time.
        ids: the id maker.

    Raises:
        NotKnown: no such draft.
        Conflicting: somebody has decided already.
        NotAllowed: its writer decides, or in Actual somebody without a name.
        Refused: returned without a reason, or the act would no longer pass.
    """
    submitted = submitted_draft(desk, draft)
    made = decision(desk.picture, draft)
    if made is not None:
        raise Conflicting(
            f"a draft that was {made[1].decided} by {made[1].by_role}", "draft-decided", "a draft that waits"
        )
    if body.decided == Decided.RETURNED:
        if not body.reason.strip():
            raise Refused("returning a draft without a reason", "return-reason", "a reason", "reason")
        return Decision((_kept(desk, body, f"\ndecided/{key}", now, ids),))
    _second(desk, submitted, Person(body.by_role, body.by_person))
    told = decide(desk, act_of(submitted), key, now, ids, approved=True)
    first = told.tells[0].statement
    noted = msgspec.structs.replace(body, told=first.id, told_subject=first.subject)
    return Decision((*told.tells, _kept(desk, noted, f"\ndecided/{key}", now, ids)))


def submitted_draft(desk: Desk, draft: StatementId) -> DraftSubmitted:
    """Give a submitted draft of this desk.

    Raises:
        NotKnown: there is none of this id.
    """
    entry = desk.picture.entry(draft)
    body = None if entry is None else entry.statement.body
    if entry is None or not isinstance(body, DraftSubmitted) or not own(desk.picture, entry):
        raise NotKnown(f"the draft {draft}", "draft", "the id of a draft submitted at this desk", "statement")
    return body


def act_of(body: DraftSubmitted) -> Tell:
    """Read the act that a draft would tell."""
    found: Tell = read(_TELL, body.act.encode(), "the draft")
    return found


def _second(desk: Desk, draft: DraftSubmitted, who: Person) -> None:
    writer = Person(draft.by_role, draft.by_person)
    if who.handle == writer.handle:
        raise NotAllowed(
            "approving one's own draft", "second-person", "another person; whoever wrote it may not"
        )
    if desk.cap == CapStatus.ACTUAL and not (who.is_named and writer.is_named):
        raise NotAllowed(
            "approving in Actual without two named people",
            "named-person",
            "two persons who have signed in; a token is nobody",
        )


def _kept(desk: Desk, body: DraftSubmitted | DraftDecided, name: str, now: datetime, ids: Ids) -> Telling:
    """Make a statement that stands in the party's own log; no caller's key holds a line break."""
    statement = Statement(
        id=ids.statement(desk.party, name, Form.EXACT),
        subject=ids.subject(desk.party, name),
        author=Author(desk.party, "unsigned"),
        cap=desk.cap,
        stated_at=now,
        body=body,
    )
    return Telling(statement, ())
