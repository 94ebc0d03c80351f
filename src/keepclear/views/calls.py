"""Calls as one party logged them: who called, who answered, how long on hold, what was passed and heard.

All of it is that party's report. It is no machine's receipt and never the counterpart's acknowledgement.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from msgspec import Struct

from keepclear.model.channels import ContactLogged, Direction
from keepclear.model.countersigning import Countersigned
from keepclear.model.hotline import AnswerGiven, Rung, RungReached
from keepclear.model.statements import Entry, digest_of
from keepclear.model.words import PartyId, Precedence, StatementId, SubjectId
from keepclear.views.attribution import Named, Said, Shown, in_time, named, named_all, party_name, said, shown
from keepclear.views.picture import Picture, speaks_for_itself
from keepclear.views.readbacks import Repeated, repeated
from keepclear.views.script import Code, code_of

HOLD_LIMIT = timedelta(seconds=60)
"""Proposed by domain.md §9: after this, any officer is asked to take a flash call (FAIL-02)."""
DIALLING, WAITING, ON_HOLD, ANSWERED, NO_ANSWER, ENDED = (
    "dialling", "waiting", "on hold", "answered", "no answer", "ended",
)  # fmt: skip


class PassedView(Struct, frozen=True):
    """A text that was passed by voice: its check code, what was read back, confirmed and answered."""

    statement: str
    title: Named
    code: Code
    repeated: Repeated
    acknowledged: str
    confirmed: bool
    answers: tuple[str, ...]


class CallView(Struct, frozen=True):
    """One call: where it stands, and everything that was noted of it.

    `state` is "dialling" (ours), "waiting" (theirs, not taken yet), "on hold", "answered", "no answer" or
    "ended". `waiting_since` is the start of the wait that still goes on, for the hold clock; `hold_due` is
    when it reaches 60 s; `hold_s` counts all waiting so far, that of now included. `countersigned` names the
    office of the other end that has signed this very text, "" where none has.
    """

    subject: SubjectId
    statement: str
    state: str
    direction: str
    with_party: PartyId
    with_name: str
    channel: Named | None
    purpose: str
    precedence: str
    gist: str
    started: Shown | None
    caller_role: str
    answerer_role: str
    answered: bool | None
    answered_at: Shown | None
    interpreter: bool | None
    language: str
    waiting_since: datetime | None
    hold_due: datetime | None
    hold_s: int
    about: tuple[Named, ...]
    passed: tuple[PassedView, ...]
    ended: Shown | None
    countersigned: str
    reported: str
    said: Said


def calls(picture: Picture, now: datetime) -> list[CallView]:
    """List the calls that reached this desk's own log or were told to it, those that go on first."""
    told = [(text.entry, body) for _, text, body in picture.each(ContactLogged)]
    rows = [(in_time(entry, body.started), _call(picture, entry, body, now)) for entry, body in told]
    rows.sort(key=lambda row: row[0], reverse=True)
    return [view for _, view in sorted(rows, key=lambda row: row[1].state in (ENDED, NO_ANSWER))]


def call(picture: Picture, subject: SubjectId, now: datetime) -> CallView | None:
    """Give one call, or None where there is none of this subject."""
    text = picture.latest(subject)
    body = None if text is None else text.statement.body
    if text is None or not isinstance(body, ContactLogged):
        return None
    return _call(picture, text.entry, body, now)


def state_of(body: ContactLogged) -> str:
    """Tell where a call stands. One that was only noted down afterwards, with its answer, has ended."""
    if body.answered is False:
        return NO_ANSWER
    if body.ended is not None or (body.answered and body.answered_at is None):
        return ENDED
    if body.hold_since is not None:
        return ON_HOLD
    if body.answered:
        return ANSWERED
    return WAITING if body.direction == Direction.IN else DIALLING


def waiting_since(body: ContactLogged) -> datetime | None:
    """Give when the wait began that still goes on: put on hold, or theirs and not taken yet."""
    if body.ended is not None or body.answered is False:
        return None
    if body.hold_since is not None:
        return body.hold_since.at
    untaken = body.direction == Direction.IN and not body.answered and not body.passed
    return body.started.at if untaken else None


def _call(picture: Picture, entry: Entry, body: ContactLogged, now: datetime) -> CallView:
    since = waiting_since(body)
    waited_s = 0 if since is None else max(0, int((now - since) / timedelta(seconds=1)))
    flash = body.precedence == Precedence.FLASH
    return CallView(
        subject=entry.statement.subject,
        statement=entry.statement.id,
        state=state_of(body),
        direction=body.direction.value,
        with_party=body.with_party,
        with_name=party_name(picture, body.with_party),
        channel=None if body.channel is None else named(picture, body.channel),
        purpose=body.purpose.value,
        precedence=body.precedence.value,
        gist=body.gist,
        started=shown(body.started),
        caller_role=body.caller_role,
        answerer_role=body.answerer_role,
        answered=body.answered,
        answered_at=shown(body.answered_at),
        interpreter=body.interpreter,
        language=body.language,
        waiting_since=since,
        hold_due=since + HOLD_LIMIT if since is not None and flash else None,
        hold_s=(body.hold_s or 0) + waited_s,
        about=named_all(picture, body.about),
        passed=tuple(_passed(picture, identity, body.with_party) for identity in body.passed
                     if picture.entry(identity) is not None),
        ended=shown(body.ended),
        countersigned=countersigned(picture, entry),
        reported=f"reported by {party_name(picture, entry.statement.author.party)}",
        said=said(picture, entry),
    )  # fmt: skip


def countersigned(picture: Picture, entry: Entry) -> str:
    """Name who of the other end has signed this text, under the hash as it is held here; "" for nobody."""
    body = entry.statement.body
    held = digest_of(entry.statement)
    signed = [
        (told, second)
        for told, second in picture.about(entry.statement.id, Countersigned)
        if picture.stands(told)
        and second.text_hash == held
        and isinstance(body, ContactLogged)
        and told.statement.author.party == body.with_party
        and speaks_for_itself(told.statement)
    ]
    if not signed:
        return ""
    told, second = signed[-1]
    return f"{second.role}, {party_name(picture, told.statement.author.party)}"


def _passed(picture: Picture, identity: StatementId, reader: PartyId) -> PassedView:
    entry = picture.entry(identity)
    assert entry is not None  # noqa: S101 - narrows the type; the caller looked
    rungs = [
        body
        for told, body in picture.about(entry.statement.id, RungReached)
        if body.reader == reader and picture.stands(told)
    ]
    answers = [
        body.answer.value
        for told, body in picture.about(entry.statement.id, AnswerGiven)
        if picture.stands(told)
    ]
    acknowledged = [body.role for body in rungs if body.rung == Rung.ACKNOWLEDGED]
    return PassedView(
        statement=entry.statement.id,
        title=named(picture, entry.statement.subject),
        code=code_of(entry),
        repeated=repeated(picture, entry, reader),
        acknowledged=acknowledged[-1] if acknowledged else "",
        confirmed=any(body.rung == Rung.CONFIRMED for body in rungs),
        answers=tuple(answers),
    )
