"""Acts on a call: started, answered, held, a text passed, read back, answered, ended; each in the own log.

What is noted of the other end is this party's report, said by telephone: never a machine's receipt, never the
other's own acknowledgement (domain.md, ladder). A call is one subject, restated as it goes on.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated

from msgspec import Meta, Struct
from msgspec.structs import replace

from keepclear.commands.ports import Ids
from keepclear.commands.telling import Decision, Desk, Tell, decide
from keepclear.errors import NotKnown, Refused
from keepclear.model.channels import ContactLogged, ContactPurpose, Direction
from keepclear.model.hotline import (
    Answer,
    AnswerGiven,
    ReadBack,
    ReadBackSettled,
    Rung,
    RungReached,
)
from keepclear.model.statements import Entry, digest_of
from keepclear.model.words import (
    Attachment,
    Name,
    PartyId,
    Precedence,
    Speaker,
    StatementId,
    SubjectId,
    Via,
    Words,
)
from keepclear.times import Stamp
from keepclear.views.calls import ANSWERED, DIALLING, ON_HOLD, WAITING, state_of, waiting_since

Lang = Annotated[str, Meta(pattern="^([a-z]{2})?$(?!\n)")]
_GOES_ON = (DIALLING, WAITING, ON_HOLD, ANSWERED)


class Start(Struct, frozen=True, forbid_unknown_fields=True):
    """A call that begins: "out" is ours, "in" is theirs, which waits until somebody takes it."""

    with_party: PartyId
    direction: Direction = Direction.OUT
    purpose: ContactPurpose = ContactPurpose.SAFETY
    precedence: Precedence = Precedence.FLASH
    channel: SubjectId | None = None
    caller_role: Words = ""
    gist: Words = ""
    about: tuple[SubjectId, ...] = ()
    language: Lang = ""


class Answered(Struct, frozen=True, forbid_unknown_fields=True):
    """Somebody speaks: their office, and a name, kept beside the log, erasable; or nobody answered."""

    role: Words = ""
    name: Words = ""
    answered: bool = True
    interpreter: bool | None = None
    language: Lang = ""


class Passed(Struct, frozen=True, forbid_unknown_fields=True):
    """A text of this desk was read out; it was told to the other end first, by whatever way there is."""

    message: StatementId


class ReadBackHeard(Struct, frozen=True, forbid_unknown_fields=True):
    """What the other end read back, typed in as heard, by field; `role` is the office that read it."""

    message: StatementId
    fields: dict[str, Words]
    role: Words = ""


class Acknowledged(Struct, frozen=True, forbid_unknown_fields=True):
    """The other end said that it has the text and, by `rung`, how far it went: to which cell, when."""

    message: StatementId
    role: Words = ""
    rung: Rung = Rung.ACKNOWLEDGED
    cell: Words = ""
    remarks: Words = ""


class AnswerHeard(Struct, frozen=True, forbid_unknown_fields=True):
    """What the other end answered."""

    message: StatementId
    answer: Answer
    words: Words = ""
    role: Words = ""


class Ended(Struct, frozen=True, forbid_unknown_fields=True):
    """The call is over; `gist` says in a sentence what was said."""

    gist: Words = ""


class Confirm(Struct, frozen=True, forbid_unknown_fields=True):
    """The sender's word that a reader's read-back is right."""

    reader: PartyId
    role: Name = "duty officer"


class Settle(Struct, frozen=True, forbid_unknown_fields=True):
    """A person's explicit word that fields of a read-back are right; `read_back` is its statement."""

    read_back: StatementId
    fields: Annotated[tuple[Name, ...], Meta(min_length=1, max_length=32)]
    words: Annotated[str, Meta(min_length=1, max_length=4000)]
    role: Name = "duty officer"


class Acting(Struct, frozen=True):
    """What an act on a call is decided on."""

    desk: Desk
    key: str
    now: datetime
    ids: Ids


def start(acting: Acting, asked: Start) -> Decision:
    """Begin a call.

    Raises:
        Refused: the other end is this party itself.
    """
    if asked.with_party == acting.desk.party:
        raise Refused("a call with oneself", "call-other", "another party", "with_party")
    body = ContactLogged(
        with_party=asked.with_party,
        direction=asked.direction,
        purpose=asked.purpose,
        gist=asked.gist,
        started=Stamp(acting.now),
        channel=asked.channel,
        precedence=asked.precedence,
        caller_role=asked.caller_role,
        about=asked.about,
        language=asked.language,
    )
    return decide(acting.desk, Tell(body=body, via=Via.PHONE), acting.key, acting.now, acting.ids)


def answered(
    acting: Acting, subject: SubjectId, asked: Answered, attachments: tuple[Attachment, ...] = ()
) -> Decision:
    """Note who answered, or that nobody did."""
    body = _going_on(acting, subject)
    made = _off_hold(acting, body)
    if not asked.answered:
        made = replace(made, answered=False, ended=Stamp(acting.now))
    else:
        made = replace(
            made,
            answered=True,
            answerer_role=asked.role or body.answerer_role,
            answered_at=body.answered_at or Stamp(acting.now),
            interpreter=body.interpreter if asked.interpreter is None else asked.interpreter,
            language=asked.language or body.language,
        )
    return _restated(acting, subject, made, attachments)


def held(acting: Acting, subject: SubjectId) -> Decision:
    """Note that the call is on hold: the hold clock starts."""
    body = _going_on(acting, subject)
    if body.hold_since is not None:
        raise Refused("a call put on hold twice", "call-state", "resume it first", "subject")
    waited = waiting_since(body)
    since = Stamp(acting.now) if waited is None else Stamp(waited)
    return _restated(acting, subject, replace(body, hold_since=since))


def resumed(acting: Acting, subject: SubjectId) -> Decision:
    """Note that somebody speaks again: the hold clock stops.

    Raises:
        Refused: the call is not on hold.
    """
    body = _going_on(acting, subject)
    if body.hold_since is None:
        raise Refused("resuming a call that is not on hold", "call-state", "hold it first", "subject")
    made = _off_hold(acting, body)
    at = body.answered_at or Stamp(acting.now)
    return _restated(acting, subject, replace(made, answered=True, answered_at=at))


def passed(acting: Acting, subject: SubjectId, asked: Passed) -> Decision:
    """Note that a text was read out: whoever holds a call while it is, has it no longer on hold."""
    body = _going_on(acting, subject)
    _own_text(acting, body.with_party, asked.message)
    made = _off_hold(acting, body)
    done = (*body.passed, *(() if asked.message in body.passed else (asked.message,)))
    at = body.answered_at or Stamp(acting.now)
    return _restated(acting, subject, replace(made, answered=True, answered_at=at, passed=done))


def read_back(acting: Acting, subject: SubjectId, asked: ReadBackHeard) -> Decision:
    """Note what the other end read back, as it was heard."""
    body = _on_the_telephone(acting, subject, asked.message)
    role = _role(asked.role, body)
    return _heard(
        acting, body, role, Tell(body=ReadBack(asked.message, asked.fields, role[:160]), thread=subject)
    )


def acknowledged(acting: Acting, subject: SubjectId, asked: Acknowledged) -> Decision:
    """Note that the other end said it has the text, or has passed it on: a report, no acknowledgement."""
    body = _on_the_telephone(acting, subject, asked.message)
    role = _role(asked.role, body)
    entry = _own_text(acting, body.with_party, asked.message)
    rung = RungReached(
        of=asked.message,
        reader=body.with_party,
        rung=asked.rung,
        role=role[:160],
        text_hash=digest_of(entry.statement),
        cell=asked.cell,
        remarks=asked.remarks,
    )
    return _heard(acting, body, role, Tell(body=rung, thread=subject))


def answer(acting: Acting, subject: SubjectId, asked: AnswerHeard) -> Decision:
    """Note what the other end answered; a report."""
    body = _on_the_telephone(acting, subject, asked.message)
    role = _role(asked.role, body)
    said = AnswerGiven(asked.answer, asked.words)
    return _heard(acting, body, role, Tell(body=said, answers=(asked.message,), thread=subject))


def ended(acting: Acting, subject: SubjectId, asked: Ended) -> Decision:
    """Note that the call is over."""
    body = _going_on(acting, subject)
    made = replace(_off_hold(acting, body), ended=Stamp(acting.now), gist=asked.gist or body.gist)
    if made.answered is None:
        made = replace(made, answered=False)
    return _restated(acting, subject, made)


def confirm(acting: Acting, message: StatementId, asked: Confirm) -> Decision:
    """State that a reader's read-back is right; refused while a field of it is open.

    It is told to the reader like everything else; to one without a node that is what will be said by voice.
    """
    entry = _own_text(acting, asked.reader, message)
    rung = RungReached(
        message, asked.reader, Rung.CONFIRMED, asked.role, text_hash=digest_of(entry.statement)
    )
    tell = Tell(body=rung, readers=(asked.reader,))
    return decide(acting.desk, tell, acting.key, acting.now, acting.ids)


def settle(acting: Acting, message: StatementId, asked: Settle) -> Decision:
    """State a person's explicit word about fields of a read-back.

    Raises:
        NotKnown: the read-back is not one of this message.
    """
    read = acting.desk.picture.entry(asked.read_back)
    told = None if read is None else read.statement.body
    if not isinstance(told, ReadBack) or told.of != message:
        raise NotKnown(
            f"settling {asked.read_back}", "settle", f"the id of a read-back of {message}", "read_back"
        )
    body = ReadBackSettled(asked.read_back, asked.fields, asked.words, asked.role)
    return decide(acting.desk, Tell(body=body), acting.key, acting.now, acting.ids)


def _going_on(acting: Acting, subject: SubjectId) -> ContactLogged:
    """Give a call of this desk that is not over.

    Raises:
        NotKnown: there is no such call in this desk's log.
        Refused: it has ended.
    """
    text = acting.desk.picture.latest(subject)
    body = None if text is None else text.statement.body
    own = text is not None and text.statement.author.party == acting.desk.party
    if not isinstance(body, ContactLogged) or not own:
        raise NotKnown(f"the call {subject}", "call", "the subject of a call at this desk", "subject")
    if state_of(body) not in _GOES_ON:
        raise Refused(
            "noting something of a call that is over", "call-state", "a new call; or a remark", "subject"
        )
    return body


def _on_the_telephone(acting: Acting, subject: SubjectId, message: StatementId) -> ContactLogged:
    """Give a call in which a text was passed.

    Raises:
        Refused: the text was not passed in this call.
    """
    body = _going_on(acting, subject)
    if message not in body.passed:
        raise Refused(
            f"what was heard of {message}, which was not passed in this call",
            "call-passed",
            "pass it first (passed)",
            "message",
        )
    return body


def _own_text(acting: Acting, reader: PartyId, message: StatementId) -> Entry:
    """Give a text of this desk for the other end: told to it, so that both can speak of the same.

    Raises:
        NotKnown: it is none of this desk's.
        Refused: it was not told to the other end.
    """
    entry = acting.desk.picture.entry(message)
    if entry is None or entry.statement.author.party != acting.desk.party:
        raise NotKnown(f"passing {message}", "own-text", "the id of a text that this desk made", "message")
    if acting.desk.outbox.entry(reader, message) is None:
        raise Refused(
            f"passing {reader} a text that {reader} is not told",
            "addressee-told",
            f"tell it to {reader} first; to one without a node that is what will be said by voice",
            "message",
        )
    return entry


def _off_hold(acting: Acting, body: ContactLogged) -> ContactLogged:
    """Add up the time on hold and stop the clock."""
    since = waiting_since(body)
    if since is None:
        return body
    waited_s = max(0, int((acting.now - since) / timedelta(seconds=1)))
    return replace(body, hold_since=None, hold_s=(body.hold_s or 0) + waited_s)


def _heard(acting: Acting, body: ContactLogged, role: str, tell: Tell) -> Decision:
    """State what was heard, with whose words it was: the other end's, by telephone, now."""
    said_by = Speaker(name=role[:160], party=body.with_party)
    told = replace(tell, said_by=said_by, said_at=Stamp(acting.now), via=Via.PHONE)
    return decide(acting.desk, told, acting.key, acting.now, acting.ids)


def _role(asked: str, body: ContactLogged) -> str:
    return asked or body.answerer_role or "who answered"


def _restated(
    acting: Acting, subject: SubjectId, body: ContactLogged, attachments: tuple[Attachment, ...] = ()
) -> Decision:
    text = acting.desk.picture.latest(subject)
    kept = () if text is None else text.statement.attachments
    holders = tuple(reader for reader in acting.desk.outbox.holders(subject) if reader != acting.desk.party)
    tell = Tell(body=body, subject=subject, readers=holders, via=Via.PHONE, attachments=(*kept, *attachments))
    return decide(acting.desk, tell, acting.key, acting.now, acting.ids)
