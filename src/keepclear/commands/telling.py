"""Telling: the one command behind every act. It decides; it signs, stores and sends nothing."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from keepclear.commands.admission import Act, admit
from keepclear.commands.ports import Ids
from keepclear.errors import Conflicting, Malformed, NotAllowed, NotKnown, Refused
from keepclear.model.statements import Author, Body, Statement, references
from keepclear.model.telling import NotTold, Revoked, StatusStated
from keepclear.model.words import (
    PUBLIC,
    Attachment,
    CapStatus,
    Form,
    Mark,
    PartyId,
    Speaker,
    StatementId,
    SubjectId,
    Via,
    Words,
    owner_of,
)
from keepclear.times import Instant, Stamp, Window, text
from keepclear.views.picture import Picture
from keepclear.views.told import Outbox

MAX_READERS = 32
MAX_KEY = 128


class Tell(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """One act of telling: what is said, and to whom besides the author's own log.

    `subject` names the own subject that is restated; without it a new subject is opened. `not_telling`
    gives, for each reader that holds an older text and is left out, the reason.
    """

    body: Body
    readers: Annotated[tuple[PartyId, ...], Meta(max_length=MAX_READERS)] = ()
    subject: SubjectId | None = None
    form: Form = Form.EXACT
    thread: SubjectId | None = None
    said_by: Speaker | None = None
    said_at: Stamp | None = None
    via: Via = Via.DIRECT
    source: SubjectId | None = None
    mark: Mark | None = None
    valid: Window | None = None
    answers: tuple[StatementId, ...] = ()
    onward: bool = True
    stated_at: Instant | None = None
    attachments: tuple[Attachment, ...] = ()
    remarks: Words = ""
    not_telling: dict[PartyId, Words] = {}


class Desk(Struct, frozen=True):
    """What a command is decided on: the author's own picture and outbox, and the status of its logs."""

    picture: Picture
    outbox: Outbox
    cap: CapStatus

    @property
    def party(self) -> PartyId:
        """Whose desk it is."""
        return self.picture.party


class Telling(Struct, frozen=True):
    """One statement, not yet signed, and the readers besides its author to whom it is told."""

    statement: Statement
    readers: tuple[PartyId, ...]


class Decision(Struct, frozen=True):
    """What an act comes to: the statements to append, the act's own first."""

    tells: tuple[Telling, ...]


def decide(
    desk: Desk, tell: Tell, key: str, now: datetime, ids: Ids, if_match: StatementId | None = None
) -> Decision:
    """Decide an act of telling on the picture that its author has.

    Args:
        desk: the author's picture and outbox, earlier commands of the same batch included.
        tell: what is said and to whom.
        key: the idempotency key; it makes the ids.
        now: the node's time; used as `stated_at` where none is given.
        ids: the id maker.
        if_match: the text that the author believes to be restating.

    Raises:
        Refused: a rule of the record or of the body's kind says no (NotAllowed, NotKnown, Conflicting and
            LimitRefused among them).
        Malformed: the key or a field breaks a bound.
    """
    if not 1 <= len(key) <= MAX_KEY:
        raise Malformed("an idempotency key of this length", "idempotency-key", f"1 to {MAX_KEY} characters")
    by = desk.party
    readers = _readers(desk, tell)
    subject = _subject(desk, tell, key, ids, if_match)
    statement = Statement(
        id=ids.statement(by, key, tell.form),
        subject=subject,
        author=Author(by, "unsigned"),
        cap=desk.cap,
        stated_at=_stated_at(desk, tell, subject, now),
        body=tell.body,
        form=tell.form,
        thread=tell.thread,
        said_by=tell.said_by,
        said_at=tell.said_at,
        via=tell.via,
        source=tell.source,
        mark=tell.mark,
        valid=tell.valid,
        answers=tell.answers,
        onward=tell.onward,
        attachments=tell.attachments,
        remarks=tell.remarks,
    )
    if statement.id in desk.picture:
        raise Conflicting(
            f"idempotency key {key} used again", "idempotency-key", "a new key", "Idempotency-Key"
        )
    admit(Act(desk.picture, desk.outbox, statement, readers, now))
    _closed_under_reference(desk, statement, readers)
    left_out = _sticky(desk, tell, statement, readers)
    return Decision((Telling(statement, readers), *_not_told(statement, left_out, tell, key, ids)))


def tell_on(desk: Desk, statement: StatementId, readers: tuple[PartyId, ...], now: datetime) -> Decision:
    """Decide to tell an own statement, as it is, to more readers: the same id in another log.

    Raises:
        Refused: the statement is not the desk's own, or a reader may not have it.
    """
    entry = desk.picture.entry(statement)
    if entry is None or entry.statement.author.party != desk.party:
        raise NotKnown(
            f"telling on statement {statement}", "own-statement", "a statement that this party itself made"
        )
    fresh = tuple(reader for reader in dict.fromkeys(readers) if desk.outbox.entry(reader, statement) is None)
    known = Tell(body=entry.statement.body, readers=fresh)
    fresh = _readers(desk, known)
    if not fresh:
        raise Refused(
            f"telling statement {statement} on to nobody new",
            "tell-on",
            "a reader that does not hold it yet",
            "readers",
        )
    admit(Act(desk.picture, desk.outbox, entry.statement, fresh, now))
    _closed_under_reference(desk, entry.statement, fresh)
    return Decision((Telling(entry.statement, fresh),))


def _readers(desk: Desk, tell: Tell) -> tuple[PartyId, ...]:
    """Give the readers once each, the author left out; refuse parties that nobody has described."""
    readers = tuple(reader for reader in dict.fromkeys(tell.readers) if reader != desk.party)
    unknown = [
        reader for reader in readers if reader != PUBLIC and reader not in desk.picture.known_parties()
    ]
    if unknown:
        known = ", ".join(sorted(desk.picture.known_parties())) or "none yet"
        raise NotKnown(
            f"telling the unknown party {unknown[0]}",
            "unknown-party",
            f'one of {known}, or "public"',
            "readers",
        )
    return readers


def _subject(desk: Desk, tell: Tell, key: str, ids: Ids, if_match: StatementId | None) -> SubjectId:
    if tell.subject is None:
        return ids.subject(desk.party, key)
    if owner_of(tell.subject) != desk.party:
        owner = owner_of(tell.subject)
        raise NotAllowed(
            f"restating a subject of {owner}",
            "one-owner",
            f"a stance, answer or claim about it; only {owner} restates it",
            "subject",
        )
    texts = desk.picture.texts(tell.subject)
    if not texts:
        raise NotKnown(
            f"restating the unknown subject {tell.subject}", "own-subject", "an own subject", "subject"
        )
    if type(texts[-1].statement.body) is not type(tell.body):
        raise Refused(
            f"restating a {texts[-1].statement.kind} as another kind",
            "same-kind",
            f"a body of kind {texts[-1].statement.kind}, or a new subject",
            "body",
        )
    if if_match is not None and texts[-1].statement.id != if_match:
        raise Conflicting(
            f"restating text {if_match}, which no longer stands",
            "if-match",
            f"the text {texts[-1].statement.id}",
        )
    return tell.subject


def _stated_at(desk: Desk, tell: Tell, subject: SubjectId, now: datetime) -> datetime:
    """Give the author's time, which rises strictly per subject."""
    texts = desk.picture.texts(subject) if tell.subject is not None else []
    last = texts[-1].statement.stated_at if texts else None
    if tell.stated_at is None:
        return now if last is None or now > last else last + timedelta(microseconds=1)
    if tell.stated_at.utcoffset() != timedelta(0):
        raise Malformed("stated_at is not in UTC", "utc", 'a time ending in "Z"', "stated_at")
    if last is not None and tell.stated_at <= last:
        raise Refused(
            f"a text stated at {text(tell.stated_at)}, not after the last one",
            "stated-at-rises",
            f"a time after {text(last)}",
            "stated_at",
        )
    return tell.stated_at


def _closed_under_reference(desk: Desk, statement: Statement, readers: tuple[PartyId, ...]) -> None:
    """Refuse a statement that names anything its reader was not told (statements.md, rule 8)."""
    for name in references(statement):
        if name not in desk.picture:
            raise NotKnown(
                f"a statement that names {name}, which has not reached this party",
                "closed-under-reference",
                "an id that this party has been told",
            )
        for reader in readers:
            if not may_name(desk, reader, name):
                raise Refused(
                    f"telling {reader} a statement that names {name}, which {reader} was not told",
                    "closed-under-reference",
                    f"tell {reader} that first, or leave the name out",
                    "readers",
                )


def may_name(desk: Desk, reader: PartyId, name: str) -> bool:
    """Tell whether what is told to a reader may name an id: it made it, was told it, or all were."""
    if desk.picture.is_public(name):
        return True
    if reader == PUBLIC:
        return False
    return owner_of(name) == reader or desk.outbox.holds(reader, name)


def _sticky(desk: Desk, tell: Tell, statement: Statement, readers: tuple[PartyId, ...]) -> list[PartyId]:
    """Give the holders that are left out on purpose; refuse leaving one out without a reason."""
    body = statement.body
    holders: set[PartyId] = set()
    if tell.subject is not None:
        holders = set(desk.outbox.holders(tell.subject))
    elif isinstance(body, Revoked):
        holders = set(desk.outbox.holders(body.of))
    elif isinstance(body, StatusStated):
        about = desk.picture.entry(body.of)
        holders = set(desk.outbox.holders(about.statement.subject)) if about is not None else set()
    missing = sorted(holders - set(readers) - {desk.party})
    silent = [reader for reader in missing if not tell.not_telling.get(reader)]
    if silent:
        raise Refused(
            f"restating what {', '.join(silent)} also holds, without telling {', '.join(silent)}",
            "sticky-telling",
            f"readers with {', '.join(silent)}, or not_telling with a reason for each",
            "readers",
        )
    return missing


def _not_told(
    statement: Statement, left_out: list[PartyId], tell: Tell, key: str, ids: Ids
) -> tuple[Telling, ...]:
    """Make the decisions not to tell, which stand in the author's own log only."""
    by = statement.author.party
    made = []
    for number, reader in enumerate(left_out):
        sub_key = f"{key}/not-told/{number}"
        body = NotTold(
            of=statement.subject, text=statement.id, reader=reader, reason=tell.not_telling[reader]
        )
        note = msgspec.structs.replace(
            statement,
            id=ids.statement(by, sub_key, Form.EXACT),
            subject=ids.subject(by, sub_key),
            form=Form.EXACT,
            body=body,
            answers=(),
            thread=None,
            source=None,
            said_by=None,
            attachments=(),
            remarks="",
        )
        made.append(Telling(note, ()))
    return tuple(made)
