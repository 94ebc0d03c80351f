"""Messages and warnings with their answers and ladders; meetings."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime, timedelta

from msgspec import Struct

from keepclear.model.hotline import (
    AnswerGiven,
    How,
    MeetingStated,
    MessageSent,
    ReadBack,
    Rung,
    Text,
    WarningGiven,
)
from keepclear.model.statements import Entry
from keepclear.model.words import PUBLIC, Attachment, Dated, PartyId, Precedence, SubjectId
from keepclear.views.answerers import reported
from keepclear.views.attribution import (
    Named,
    Said,
    Shown,
    as_it_came,
    in_time,
    named,
    named_all,
    names,
    party_name,
    said,
    shown,
    speaker_words,
)
from keepclear.views.moot import moot_since
from keepclear.views.parties import relay_to
from keepclear.views.picture import Picture, speaks_for_itself
from keepclear.views.raising import answerer
from keepclear.views.readbacks import Repeated, parts_of, readers_of, repeated
from keepclear.views.saying import value_words
from keepclear.views.script import code_of
from keepclear.views.ties import remarks
from keepclear.views.told import ACKNOWLEDGING, TOLD, Ladder, Outbox, ladder, ladders
from keepclear.views.transit import Crossings
from keepclear.views.wording import place_words

OUT, IN, REPORTED = "out", "in", "reported"
# Proposed defaults of domain.md §8, to be tried with users.
ACKNOWLEDGE_WITHIN = {
    Precedence.FLASH: timedelta(minutes=2),
    Precedence.PRIORITY: timedelta(minutes=15),
    Precedence.ROUTINE: timedelta(hours=4),
}


class AnswerView(Struct, frozen=True):
    """An answer to a message; by another than the addressee it is a report."""

    statement: str
    answer: str
    words: str
    by: str
    own: bool
    at: datetime
    said: Said


class ReadBackView(Struct, frozen=True):
    """What a reader repeated, field by field."""

    statement: str
    by: str
    role: str
    fields: dict[str, str]
    said: Said


class PartView(Struct, frozen=True):
    """A structured part of a message: its field, of which sort it is, and its value as it is said."""

    field: str
    part: str
    said: str


class MessageView(Struct, frozen=True):
    """A message or warning: `kind` says which; `direction` is "out", "in" or "reported".

    `code` is the check code that both ends can read aloud, as four and four digits. `repeated` holds the
    fields compared, for each reader that read it back. `corrects` and `corrected_by` are statements: nothing
    is edited. `crossed` names messages of the other end that were under way at the same time, neither
    author having seen the other's.

    `trigger` and `consequence` belong to conditional warnings, `warning` is "standing", "conditional" or "".
    `ladders` has one ladder per addressee for own messages; for received ones the reader's own rungs.
    `acknowledge_due` counts from when it was told, by precedence (flash 2 min, priority 15 min, routine
    4 h); `overdue` tells that it is past and an addressee has still neither acknowledged nor answered by its
    own word: one addressee's receipt does not hide another's silence, and a reported one counts
    only for a reader that has no node.
    `missing` tells that a message which this one answers has not arrived.
    """

    subject: SubjectId
    statement: str
    kind: str
    direction: str
    to: tuple[str, ...]
    to_names: tuple[str, ...]
    purpose: str
    precedence: str
    texts: tuple[Text, ...]
    warning: str
    trigger: str
    consequence: str
    channel: Named | None
    about: tuple[Named, ...]
    asks: tuple[str, ...]
    for_party: str
    relay_words: str
    answers: tuple[AnswerView, ...]
    read_backs: tuple[ReadBackView, ...]
    ladders: tuple[Ladder, ...]
    acknowledge_due: datetime | None
    overdue: bool
    missing: bool
    code: str
    parts: tuple[PartView, ...]
    repeated: tuple[Repeated, ...]
    corrects: str
    corrected_by: str
    crossed: tuple[str, ...]
    attachments: tuple[Attachment, ...]
    said: Said


class MeetingView(Struct, frozen=True):
    """A meeting: who, when, what was settled; a withheld place reads "place withheld"."""

    subject: SubjectId
    statement: str
    name: str
    parties: tuple[str, ...]
    level: str
    when: Shown | None
    place: str
    series: str
    number: int | None
    agenda: tuple[str, ...]
    outcomes: tuple[str, ...]
    follow_ups: tuple[str, ...]
    hedge: str
    overlays: tuple[Named, ...]
    held: bool
    remarks: tuple[Said, ...]
    said: Said


def messages(picture: Picture, box: Outbox, now: datetime) -> list[MessageView]:
    """List messages and warnings that reached or left this party, oldest first.

    What its author took back is left out: a warning that was withdrawn warns no longer.
    """
    told = [text.entry for _, text, _ in picture.each(MessageSent)]
    told += [text.entry for _, text, _ in picture.each(WarningGiven)]
    crossings = Crossings(picture, box, told)
    return [_message(picture, box, entry, now, crossings) for entry in sorted(told, key=in_time)]


def owed_messages(
    picture: Picture, box: Outbox, now: datetime, owed: Sequence[Entry] | None = None
) -> Iterator[MessageView]:
    """Go through what still waits for a word: own messages overdue, received ones until it is given here.

    The same views as `messages` gives, without working out the many that are settled. `owed` are those of
    `owed_entries` to go through, where it is known already; None for all.
    """
    owed = owed_entries(picture, box, now) if owed is None else owed
    if owed:
        crossings = Crossings(picture, box, _passed(picture))
        yield from (_message(picture, box, entry, now, crossings) for entry in owed)


def owed_entries(picture: Picture, box: Outbox, now: datetime) -> list[Entry]:
    """List the texts that still wait for a word, in time, and nothing of what there is to say of them."""
    return [entry for entry in sorted(_passed(picture), key=in_time) if _is_owed(picture, box, entry, now)]


def _passed(picture: Picture) -> list[Entry]:
    told = [text.entry for _, text, _ in picture.each(MessageSent)]
    return told + [text.entry for _, text, _ in picture.each(WarningGiven)]


def _is_owed(picture: Picture, box: Outbox, entry: Entry, now: datetime) -> bool:
    body = entry.statement.body
    assert isinstance(body, MessageSent | WarningGiven)  # noqa: S101 - narrows the type; the caller chose it
    direction = _direction(picture, entry, body.to)
    if direction == REPORTED:
        return False
    if direction == OUT and not _is_past_due(box, entry, body, now):
        return False  # as most are, so that their ladders are not built
    found = _ladders(picture, box, entry, body.to, direction)
    if direction == IN and any(map(acknowledged, found)):
        return False
    answers = _answers(picture, entry, body.to)
    if direction == OUT:
        return _somebody_owes(picture, entry, found, answers)
    # Nobody else's word or report acknowledges for this desk.
    answered = any(answer.own and answer.said.author == picture.party for answer in answers)
    return not answered and moot_since(picture, entry) is None


def _is_past_due(box: Outbox, entry: Entry, body: MessageSent | WarningGiven, now: datetime) -> bool:
    """Tell what `_due` tells of an own text's ladders, whose first steps are those of its telling."""
    told = (box.entry(reader, entry.statement.id) for reader in body.to if reader not in (PUBLIC, box.author))
    told_at = min((each.recorded_at for each in told if each is not None), default=None)
    return told_at is not None and now > told_at + ACKNOWLEDGE_WITHIN[body.precedence]


def _message(picture: Picture, box: Outbox, entry: Entry, now: datetime, crossings: Crossings) -> MessageView:
    body = entry.statement.body
    assert isinstance(body, MessageSent | WarningGiven)  # noqa: S101 - narrows the type; `messages` chose it
    warning = body if isinstance(body, WarningGiven) else None
    message = body if isinstance(body, MessageSent) else None
    direction = _direction(picture, entry, body.to)
    answers = _answers(picture, entry, body.to)
    found = _ladders(picture, box, entry, body.to, direction)
    due = _due(found, body.precedence)
    return MessageView(
        subject=entry.statement.subject,
        statement=entry.statement.id,
        kind=entry.statement.kind,
        direction=direction,
        to=body.to,
        to_names=names(picture, body.to),
        purpose="warning" if message is None else message.purpose.value,
        precedence=body.precedence.value,
        texts=body.texts,
        warning="" if warning is None else warning.warning.value,
        trigger="" if warning is None else warning.trigger,
        consequence="" if warning is None else warning.consequence,
        channel=None if body.channel is None else named(picture, body.channel),
        about=named_all(picture, body.about),
        asks=() if message is None else tuple(answer.value for answer in message.asks),
        for_party=_for_party(picture, message),
        relay_words=_relay_words(picture, message, direction),
        answers=answers,
        read_backs=_read_backs(picture, entry),
        ladders=found,
        acknowledge_due=due,
        overdue=due is not None and now > due and _somebody_owes(picture, entry, found, answers),
        missing=any(identity not in picture for identity in entry.statement.answers),
        code=code_of(entry).spoken,
        parts=_parts(entry),
        repeated=tuple(
            repeated(picture, entry, reader) for reader in readers_of(picture, entry.statement.id)
        ),
        corrects=body.corrects or "",
        corrected_by=_corrected_by(picture, entry),
        crossed=crossings.of(entry),
        attachments=entry.statement.attachments,
        said=said(picture, entry),
    )


def _parts(entry: Entry) -> tuple[PartView, ...]:
    return tuple(
        PartView(part.name, str(part.__struct_config__.tag), value_words(part))
        for part in parts_of(entry.statement)
    )


def _corrected_by(picture: Picture, entry: Entry) -> str:
    """Give the last message by which the author of this one corrected it; "" where it did not."""
    author = entry.statement.author.party
    found = [
        told.statement.id
        for told in picture.all_about(entry.statement.id)
        if isinstance(told.statement.body, MessageSent | WarningGiven)
        and told.statement.body.corrects == entry.statement.id
        and told.statement.author.party == author
        and picture.stands(told)
    ]
    return found[-1] if found else ""


def _direction(picture: Picture, entry: Entry, to: tuple[PartyId, ...]) -> str:
    if not speaks_for_itself(entry.statement):
        return REPORTED
    if entry.statement.author.party == picture.party:
        return OUT
    return IN if picture.party in to else REPORTED


def _ladders(
    picture: Picture, box: Outbox, entry: Entry, to: tuple[PartyId, ...], direction: str
) -> tuple[Ladder, ...]:
    """Give the ladders that somebody climbs: of each addressee for an own message, else of this party."""
    if direction == OUT:
        return ladders(picture, box, entry, to)
    if direction == IN:
        return (ladder(picture, entry, picture.party),)
    return ()


def _due(found: tuple[Ladder, ...], precedence: Precedence) -> datetime | None:
    told = [step.at for row in found for step in row.steps if step.rung in (Rung.SENT, TOLD)]
    return min(told) + ACKNOWLEDGE_WITHIN[precedence] if told else None


def _somebody_owes(
    picture: Picture, entry: Entry, found: tuple[Ladder, ...], answers: tuple[AnswerView, ...]
) -> bool:
    """Tell whether an addressee has neither acknowledged nor answered: one without a node, as reported."""
    answered = {answer.said.author for answer in answers if answer.own}
    owed = any(owes(picture, entry, row, answered) for row in found)
    return owed and moot_since(picture, entry) is None


def owes(picture: Picture, entry: Entry, row: Ladder, answered: Collection[PartyId]) -> bool:
    """Tell whether a reader still owes its word on a text; `answered` are those that gave an own answer.

    For a reader that has no node its author's report stands in, since no own word can ever come.
    """
    if acknowledged(row) or row.reader in answered:
        return False
    return not reported(picture, entry, row.reader)


def acknowledged(row: Ladder) -> bool:
    """Tell whether a ladder holds the reader's own acknowledgement, or a rung that stands above it."""
    return any(step.rung in ACKNOWLEDGING and step.how == How.OWN for step in row.steps)


def _answers(picture: Picture, entry: Entry, to: tuple[PartyId, ...]) -> tuple[AnswerView, ...]:
    told = sorted(picture.about(entry.statement.id, AnswerGiven), key=lambda item: as_it_came(item[0]))
    return tuple(
        AnswerView(
            statement=answer.statement.id,
            answer=body.answer.value,
            words=body.words,
            by=party_name(picture, answerer(answer, to)),
            own=speaks_for_itself(answer.statement) and answer.statement.author.party in to,
            at=as_it_came(answer)[0],
            said=said(picture, answer),
        )
        for answer, body in told
        if picture.stands(answer)
    )


def _read_backs(picture: Picture, entry: Entry) -> tuple[ReadBackView, ...]:
    told = sorted(picture.about(entry.statement.id, ReadBack), key=lambda item: in_time(item[0]))
    return tuple(
        ReadBackView(
            statement=read.statement.id,
            by=speaker_words(picture, read),
            role=body.role,
            fields=dict(body.fields),
            said=said(picture, read),
        )
        for read, body in told
        if picture.stands(read)
    )


def _for_party(picture: Picture, message: MessageSent | None) -> str:
    if message is None or message.for_party is None:
        return ""
    return party_name(picture, message.for_party)


def _relay_words(picture: Picture, message: MessageSent | None, direction: str) -> str:
    """Say the way that the words still have to go: from this party, since it knows no other's ways."""
    if message is None or message.for_party is None:
        return ""
    if direction == REPORTED:
        return f"To be passed on to {party_name(picture, message.for_party)}."
    return relay_to(picture, message.for_party).words


def meetings(picture: Picture) -> list[MeetingView]:
    """List meetings, oldest first."""
    told = sorted(picture.each(MeetingStated), key=lambda item: in_time(item[1].entry, item[2].when))
    return [
        MeetingView(
            subject=subject,
            statement=text.statement.id,
            name=body.name,
            parties=names(picture, body.parties),
            level="" if body.level is None else body.level.value,
            when=shown(body.when),
            place=place_words(body.place),
            series=body.series,
            number=body.number,
            agenda=body.agenda,
            outcomes=body.outcomes,
            follow_ups=tuple(_follow_up(item) for item in body.follow_ups),
            hedge=body.hedge,
            overlays=named_all(picture, body.overlays),
            held=body.held,
            remarks=remarks(picture, subject),
            said=said(picture, text.entry),
        )
        for subject, text, body in told
    ]


def _follow_up(item: Dated) -> str:
    return item.words if item.at is None else f"{item.words} ({item.at.shown()})"
