"""Telling: the one command behind every act. It decides; it signs, stores and sends nothing."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from keepclear.commands.acts import Act
from keepclear.commands.admission import admit
from keepclear.commands.forms import current, holds_text, is_current, owed, refuse_finer
from keepclear.commands.naming import closed_under_reference
from keepclear.commands.ports import Ids
from keepclear.errors import Conflicting, Malformed, NotAllowed, NotKnown, Refused
from keepclear.model.notifications import NotificationStep
from keepclear.model.statements import Author, Body, Entry, Statement
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
from keepclear.views.from_live import NOTHING, FromLive
from keepclear.views.picture import Picture
from keepclear.views.told import Outbox

MAX_READERS = 32
MAX_KEY = 128


class Tell(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """One act of telling: what is said, and to whom besides the author's own log.

    `subject` names the own subject that is restated; without it a new subject is opened. `not_telling`
    gives, for each reader that holds an older text and is left out, the reason; `finer` names the readers
    that are to have a finer form than they held, on purpose.
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
    finer: Annotated[tuple[PartyId, ...], Meta(max_length=MAX_READERS)] = ()


class Desk(Struct, frozen=True):
    """What a command is decided on: the author's own picture and outbox, and the status of its logs.

    `live` is what its live picture says beside the record.
    """

    picture: Picture
    outbox: Outbox
    cap: CapStatus
    live: FromLive = NOTHING

    @property
    def party(self) -> PartyId:
        """Whose desk it is."""
        return self.picture.party


class Telling(Struct, frozen=True):
    """One statement, not yet signed, and the readers besides its author to whom it is told."""

    statement: Statement
    readers: tuple[PartyId, ...]


class Decision(Struct, frozen=True):
    """What an act comes to: the statements to append in order, and which of them is the act's own."""

    tells: tuple[Telling, ...]
    own: int = 0


def decide(
    desk: Desk,
    tell: Tell,
    key: str,
    now: datetime,
    ids: Ids,
    if_match: StatementId | None = None,
    *,
    approved: bool = False,
) -> Decision:
    """Decide an act of telling on the picture that its author has.

    Args:
        desk: the author's picture and outbox, earlier commands of the same batch included.
        tell: what is said and to whom.
        key: the idempotency key; it makes the ids.
        now: the node's time; used as `stated_at` where none is given.
        ids: the id maker.
        if_match: the text that the author believes to be restating.
        approved: a second person has approved it, where the party's policy asks for one.

    Raises:
        Refused: a rule of the record or of the body's kind says no (NotAllowed, NotKnown, Conflicting and
            LimitRefused among them).
        Malformed: the key or a field breaks a bound.
    """
    if not 1 <= len(key) <= MAX_KEY or not key.isprintable():
        raise Malformed(
            "an idempotency key of this form", "idempotency-key", f"1 to {MAX_KEY} printable characters"
        )
    by = desk.party
    readers = _readers(desk, tell.readers)
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
    _changed(desk, tell, statement)
    admit(Act(desk.picture, desk.outbox, statement, readers, now, approved))
    refuse_finer(desk.picture, desk.outbox, statement, readers, tell.finer)
    matter = _matter(desk, statement)
    left_out = _sticky(desk, tell, statement, matter, readers)
    notes = _not_told(statement, matter, left_out, tell, key, ids)
    told = _by_form(desk, statement, readers, key, ids)
    for one in told:
        closed_under_reference(desk.picture, desk.outbox, one.statement, one.readers)
    return Decision((*told, *notes))


def tell_on(
    desk: Desk,
    statement: StatementId,
    readers: tuple[PartyId, ...],
    now: datetime,
    finer: tuple[PartyId, ...] = (),
) -> Decision:
    """Decide to tell an own statement, as it is, to more readers: the same id in another log.

    Only what stands is told on, and with it the condition in which its author has said it to be.

    Raises:
        Refused: the statement is not the desk's own, no longer stands, or a reader may not have it.
    """
    entry = desk.picture.entry(statement)
    if entry is None or entry.statement.author.party != desk.party:
        raise NotKnown(
            f"telling on statement {statement}", "own-statement", "a statement that this party itself made"
        )
    fresh = tuple(reader for reader in dict.fromkeys(readers) if desk.outbox.entry(reader, statement) is None)
    fresh = _readers(desk, fresh)
    if not fresh:
        raise Refused(
            f"telling statement {statement} on to nobody new",
            "tell-on",
            "a reader that does not hold it yet",
            "readers",
        )
    _stands(desk, entry)
    admit(Act(desk.picture, desk.outbox, entry.statement, fresh, now))
    refuse_finer(desk.picture, desk.outbox, entry.statement, fresh, finer)
    closed_under_reference(desk.picture, desk.outbox, entry.statement, fresh)
    return Decision((Telling(entry.statement, fresh), *_condition_along(desk, entry, fresh)))


def _stands(desk: Desk, entry: Entry) -> None:
    """Refuse to tell as standing what its author has since restated, taken back or said otherwise."""
    picture, body = desk.picture, entry.statement.body
    texts = current(picture, entry.statement.subject)
    last = next((text for text in texts if text.statement.form == entry.statement.form), None)
    stale = not is_current(picture, entry)
    if isinstance(body, StatusStated) and not stale:
        stated = [told for told, _ in picture.about(body.of, StatusStated) if is_current(picture, told)]
        last = next((told for told in reversed(stated) if told.statement.author.party == desk.party), last)
        stale = last is not None and last.statement.id != entry.statement.id
    if stale:
        raise Refused(
            f"telling on statement {entry.statement.id}, which no longer stands",
            "stands",
            "nothing of what was taken back" if last is None else f"the text {last.statement.id}",
            "statement",
        )


def _condition_along(desk: Desk, entry: Entry, fresh: tuple[PartyId, ...]) -> tuple[Telling, ...]:
    """Give the condition that stands of a text, for those new readers who were not told it."""
    stated = [
        told
        for told, _ in desk.picture.about(entry.statement.id, StatusStated)
        if told.statement.author.party == desk.party and is_current(desk.picture, told)
    ]
    if not stated:
        return ()
    condition = stated[-1].statement
    readers = tuple(reader for reader in fresh if desk.outbox.entry(reader, condition.id) is None)
    return (Telling(condition, readers),) if readers else ()


def _by_form(
    desk: Desk, statement: Statement, readers: tuple[PartyId, ...], key: str, ids: Ids
) -> tuple[Telling, ...]:
    """Give what an act tells: one statement, but a condition once for each form in which its text stands.

    Whoever holds a form is told the condition of that one, in the same transaction: none can name another.
    """
    body = statement.body
    about = desk.picture.entry(body.of) if isinstance(body, StatusStated) else None
    if about is None:
        return (Telling(statement, readers),)
    others = [
        form
        for form in current(desk.picture, about.statement.subject)
        if form.statement.id != about.statement.id
    ]
    have = {
        form.statement.id: tuple(
            reader for reader in readers if holds_text(desk.picture, desk.outbox, reader, form)
        )
        for form in (about, *others)
    }
    elsewhere = {reader for form in others for reader in have[form.statement.id]}
    main = tuple(
        reader for reader in readers if reader in have[about.statement.id] or reader not in elsewhere
    )
    told = [Telling(statement, main)]
    for form in others:
        sub_key = f"{key}\nstatus/{form.statement.form}"  # no caller's key holds a line break
        made = msgspec.structs.replace(
            statement,
            id=ids.statement(desk.party, sub_key, Form.EXACT),
            subject=ids.subject(desk.party, sub_key),
            body=msgspec.structs.replace(body, of=form.statement.id),
        )
        told.append(Telling(made, have[form.statement.id]))
    return tuple(told)


def _readers(desk: Desk, asked: tuple[PartyId, ...]) -> tuple[PartyId, ...]:
    """Give the readers once each, the author left out; refuse parties that nobody has described."""
    readers = tuple(reader for reader in dict.fromkeys(asked) if reader != desk.party)
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
        if if_match is not None:
            raise Conflicting(
                f"a new subject in place of text {if_match}",
                "if-match",
                "subject with what is restated",
                "subject",
            )
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


def _last_said(desk: Desk, tell: Tell, subject: SubjectId) -> datetime | None:
    """Give when the author last spoke of what this act restates, takes back or gives a condition.

    Revocations and conditions count like texts: which of them stands is told by their times alone. So do
    steps of one notification: which came last is what holds.
    """
    picture, body = desk.picture, tell.body
    matters = [subject] if tell.subject is not None else []
    if isinstance(body, Revoked):
        matters.append(body.of)
    elif isinstance(body, StatusStated):
        about = picture.entry(body.of)
        matters += [] if about is None else [about.statement.subject]
    said = [entry.statement for matter in matters for entry in picture.texts(matter)]
    names = [*matters, *(statement.id for statement in said)]
    for name in names:
        said += [entry.statement for entry, _ in picture.about(name, Revoked)]
        said += [entry.statement for entry, _ in picture.about(name, StatusStated)]
    if isinstance(body, NotificationStep):
        said += [entry.statement for entry, _ in picture.about(body.of, NotificationStep)]
    return max((one.stated_at for one in said if one.author.party == desk.party), default=None)


def _stated_at(desk: Desk, tell: Tell, subject: SubjectId, now: datetime) -> datetime:
    """Give the author's time, which rises strictly per subject and is never ahead of the node's."""
    last = _last_said(desk, tell, subject)
    if tell.stated_at is None:
        return now if last is None or now > last else last + timedelta(microseconds=1)
    if tell.stated_at.utcoffset() != timedelta(0):
        raise Malformed("stated_at is not in UTC", "utc", 'a time ending in "Z"', "stated_at")
    if tell.stated_at > now:
        raise Refused(
            f"a text stated at {text(tell.stated_at)}, which is still to come",
            "stated-at-ahead",
            f"a time up to {text(now)}, or none; what will hold later goes into valid",
            "stated_at",
        )
    if last is not None and tell.stated_at <= last:
        raise Refused(
            f"a text stated at {text(tell.stated_at)}, not after the last one",
            "stated-at-rises",
            f"a time after {text(last)}",
            "stated_at",
        )
    return tell.stated_at


def _changed(desk: Desk, tell: Tell, statement: Statement) -> None:
    """Refuse to tell a coarse form again unchanged: that alone would show that the exact one has changed."""
    if tell.subject is None or tell.form == Form.EXACT:
        return
    same_form = [e.statement for e in desk.picture.standing(tell.subject) if e.statement.form == tell.form]
    if same_form and (same_form[-1].body, same_form[-1].valid) == (statement.body, statement.valid):
        raise Refused(
            f"the {tell.form} form told again unchanged",
            "form-unchanged",
            "a form that has changed itself; else nothing: who holds it holds the latest",
            "body",
        )


def _matter(desk: Desk, statement: Statement) -> SubjectId:
    """Give the subject of which a statement changes what its holders hold: its own, or what it takes back."""
    body = statement.body
    if isinstance(body, Revoked):
        return body.of
    about = desk.picture.entry(body.of) if isinstance(body, StatusStated) else None
    return statement.subject if about is None else about.statement.subject


def _sticky(
    desk: Desk, tell: Tell, statement: Statement, matter: SubjectId, readers: tuple[PartyId, ...]
) -> list[PartyId]:
    """Give the holders that are left out on purpose; refuse leaving one out without a reason.

    A text is owed to those who hold its form; that a subject is taken back or given a condition, to all.
    """
    holders = set(desk.outbox.holders(matter)) if matter != statement.subject else set()
    if tell.subject is not None:
        holders |= owed(desk.picture, desk.outbox, statement)
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
    statement: Statement, matter: SubjectId, left_out: list[PartyId], tell: Tell, key: str, ids: Ids
) -> tuple[Telling, ...]:
    """Make the decisions not to tell, which stand in the author's own log only."""
    by = statement.author.party
    made = []
    for reader in left_out:
        sub_key = f"{key}\nnot-told/{reader}"  # no caller's key holds a line break
        body = NotTold(of=matter, text=statement.id, reader=reader, reason=tell.not_telling[reader])
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
            said_at=None,
            via=Via.DIRECT,
            valid=None,
            attachments=(),
            remarks="",
        )
        made.append(Telling(note, ()))
    return tuple(made)
