"""What a rung of the receipt ladder, a read-back and an answer must fulfil."""

from __future__ import annotations

from datetime import datetime, timedelta

from keepclear.commands.acts import Act
from keepclear.errors import NotAllowed, NotKnown, Refused
from keepclear.model import hotline
from keepclear.model.statements import Entry, digest_of
from keepclear.model.words import PartyId, Via
from keepclear.rules.limits import refuse_barred_names
from keepclear.times import text, to_the_second
from keepclear.views.picture import speaks_for_itself
from keepclear.views.readbacks import NOT_READ, field_name, parts_of, read_backs_of, repeated

_BY_THE_NODE = (hotline.Rung.SENT, hotline.Rung.DELIVERED)


def admit_rung(act: Act, body: hotline.RungReached) -> None:
    """Hold a rung against what was told, to whom, when, and in which bytes.

    Raises:
        Refused: who may not state it, or what it would rest on.
    """
    entry = act.picture.entry(body.of)
    if entry is None:
        raise NotKnown(
            f"a rung of {body.of}", "rung-of-text", "a text that has reached this party", "body.of"
        )
    if body.rung in _BY_THE_NODE:
        raise NotAllowed(
            f"a person stating {body.rung}",
            "machine-rung",
            "displayed or a later rung; the node states this one",
        )
    if body.rung == hotline.Rung.CONFIRMED:
        _confirms_a_read_back(act, body, entry)
    elif body.reader != act.by:
        _is_reported(act, body)
    elif entry.statement.author.party == act.by:
        raise Refused("acknowledging an own text", "own-rung", "a text that another party told", "body.of")
    if body.rung == hotline.Rung.DISPLAYED and body.reader == act.by:
        _displayed_once(act, body)
    _to_a_cell(body)
    if body.rung == hotline.Rung.READ_BACK:
        _something_was_heard(act, body, entry)
    _names_the_bytes(act, body, entry)
    _at_a_time(act, body, entry)


def _to_a_cell(body: hotline.RungReached) -> None:
    """Refuse a text that was relayed to nobody in particular: on that word a movement goes (FAIL-14)."""
    if body.rung == hotline.Rung.RELAYED and not body.cell.strip():
        raise Refused(
            "a text as relayed, without the cell to which it was relayed",
            "relayed-cell",
            'the operating cell by its name, as in --cell "river post"',
            "body.cell",
        )


def _something_was_heard(act: Act, body: hotline.RungReached, entry: Entry) -> None:
    """Refuse a bare rung: where there is something to compare, only what was repeated is a read-back."""
    if parts_of(entry.statement) and not read_backs_of(act.picture, body.of, body.reader):
        raise Refused(
            f"{body.of} as read back by {body.reader}, of which nothing was heard",
            "read-back-first",
            "the read-back itself, field by field: at the reader's desk b on the hotline screen; as you hear "
            "it by telephone: keepclear in-call read-back --heard FIELD=WORDS",
            "body.rung",
        )


def _displayed_once(act: Act, body: hotline.RungReached) -> None:
    """Refuse to state anew that a text was displayed: many screens of a party show it, one word says so."""
    for told, rung in act.picture.about(body.of, hotline.RungReached):
        same = rung.rung == body.rung and rung.reader == told.statement.author.party == act.by
        if same and act.picture.stands(told) and told.statement.subject != act.statement.subject:
            raise Refused(
                f"{body.of} as displayed once more",
                "displayed-once",
                "nothing further: it was stated when this party first displayed the text",
                "body.rung",
            )


def _confirms_a_read_back(act: Act, body: hotline.RungReached, entry: Entry) -> None:
    if entry.statement.author.party != act.by:
        raise NotAllowed(
            "confirming a read-back of another's text", "confirm-own", "the sender confirms", "body.rung"
        )
    if not _was_read_back(act, body.reader, entry):
        raise Refused(
            f"confirming a read-back that {body.reader} has not made",
            "read-back-first",
            f"a read-back by {body.reader}: keepclear in-call read-back --heard FIELD=WORDS, as you hear it",
            "body.rung",
        )
    _nothing_open(act, body, entry)


def _nothing_open(act: Act, body: hotline.RungReached, entry: Entry) -> None:
    """Refuse to confirm while a field differs from what was said, or was never read back."""
    found = repeated(act.picture, entry, body.reader)
    if found.may_confirm:
        return
    lacking = [row.field for row in found.fields if row.outcome == NOT_READ]
    wrong = f"{', '.join(found.open)} as heard not as said" if found.open else ""
    missing = f"{', '.join(lacking)} not read back" if lacking else ""
    raise Refused(
        f"confirming a read-back with {'; '.join(part for part in (wrong, missing) if part)}",
        "read-back-open",
        "a read-back in which each field is as said, or a person's explicit word about the field "
        "(kind read-back-settled)",
        "body.rung",
    )


def _was_read_back(act: Act, reader: PartyId, entry: Entry) -> bool:
    """Tell whether a reader read a text back: by its own statement, or by a rung of that."""
    identity = entry.statement.id
    if read_backs_of(act.picture, identity, reader):
        return True
    return any(
        rung.reader == reader and rung.rung == hotline.Rung.READ_BACK and act.picture.stands(told)
        for told, rung in act.picture.about(identity, hotline.RungReached)
    )


def _is_reported(act: Act, body: hotline.RungReached) -> None:
    if act.statement.via == Via.DIRECT:
        raise NotAllowed(
            f"{act.by} stating a rung of {body.reader}",
            "own-rung",
            f"{body.reader} states it; or report it with via phone, meeting or press",
            "body.reader",
        )


def _names_the_bytes(act: Act, body: hotline.RungReached, entry: Entry) -> None:
    held = digest_of(entry.statement)
    if body.text_hash and body.text_hash != held:
        raise Refused("a rung for other bytes than those held here", "text-hash", held, "body.text_hash")
    if not body.text_hash and body.reader == act.by and body.rung != hotline.Rung.CONFIRMED:
        raise Refused(
            "an own rung that does not say for which bytes",
            "text-hash",
            f"the hash of the text as it is held here: {held}",
            "body.text_hash",
        )


def _at_a_time(act: Act, body: hotline.RungReached, entry: Entry) -> None:
    """Refuse a rung dated before its text: a reader cannot have had what was not yet told."""
    if body.at is None:
        return
    since = _told_at(act, body, entry)
    end = body.at.span().end
    if end is not None and end <= since - timedelta(minutes=1):
        raise Refused(
            f"a rung at {body.at.shown()}, before the text was told",
            "rung-after-text",
            f"a time from {text(since)} on, or none",
            "body.at",
        )


def _told_at(act: Act, body: hotline.RungReached, entry: Entry) -> datetime:
    """Give when a reader can have had a text: in its own log, or said to it by voice when it was stated."""
    return entry.recorded_at if body.reader == act.by else entry.statement.stated_at


def admit_read_back(act: Act, body: hotline.ReadBack) -> None:
    """Hold a read-back against the text that it repeats.

    Raises:
        NotKnown: another party told no such text.
    """
    entry = act.picture.entry(body.of)
    if entry is None:
        raise NotKnown(
            f"a read-back of {body.of}", "read-back", "a text that has reached this party", "body.of"
        )
    if entry.statement.author.party == act.by:
        _heard_by_voice(act)
    refuse_barred_names(body.fields, "body.fields")


def _heard_by_voice(act: Act) -> None:
    """An own text is read back by another: what is typed in as heard says whose words it was, and how."""
    speaker = act.statement.said_by
    if speaker is None or speaker.party in (None, act.by) or act.statement.via == Via.DIRECT:
        raise NotAllowed(
            "a read-back of an own text as one's own word",
            "read-back",
            "said_by with the party that read it back, and via phone or meeting; it is reported, not theirs",
            "said_by",
        )


def admit_settled(act: Act, body: hotline.ReadBackSettled) -> None:
    """Hold a person's word about fields of a read-back: the sender's of the text, of fields that are open.

    Raises:
        NotKnown: no such read-back of an own text.
        Refused: a field that was not read back, or the word of somebody else.
    """
    read = act.picture.entry(body.of)
    told = read.statement.body if read is not None else None
    entry = act.picture.entry(told.of) if isinstance(told, hotline.ReadBack) else None
    if entry is None or not isinstance(told, hotline.ReadBack) or entry.statement.author.party != act.by:
        raise NotKnown(
            f"settling {body.of}", "settle", "the id of a read-back of a text that this party told", "body.of"
        )
    if act.statement.said_by is not None:
        raise NotAllowed("settling by another's word", "settle", "the sender's own word", "said_by")
    heard = {field_name(name) for name in told.fields}
    unknown = [name for name in body.fields if field_name(name) not in heard]
    if unknown:
        raise Refused(
            f'settling the field "{unknown[0]}"', "settle", f"one of {', '.join(told.fields)}", "body.fields"
        )


def admit_answer(act: Act, body: hotline.AnswerGiven) -> None:
    """Hold an answer against what it answers.

    Raises:
        Refused: nothing that was asked, or the same own answer was given already.
    """
    asked = [act.picture.entry(name) for name in act.statement.answers]
    kinds = (hotline.MessageSent, hotline.WarningGiven)
    if not asked or any(entry is None or not isinstance(entry.statement.body, kinds) for entry in asked):
        raise Refused(
            "an answer to nothing", "answers", "answers with the ids of messages or warnings", "answers"
        )
    _admit_once(act, body)


def _admit_once(act: Act, body: hotline.AnswerGiven) -> None:
    """Refuse the same own word on the same messages a second time: it would be told, and stand, twice.

    What is reported of others may be said again: each is a call of its own.
    """
    statement = act.statement
    given = [
        entry
        for entry, _ in act.picture.about(statement.answers[0], hotline.AnswerGiven)
        if entry.statement.author.party == act.by
        and entry.statement.subject != statement.subject
        and entry.statement.answers == statement.answers
        and speaks_for_itself(entry.statement)
        and act.picture.stands(entry)
    ]
    last = max(given, key=lambda entry: entry.statement.stated_at, default=None)
    if last is None or last.statement.body != body or not speaks_for_itself(statement):
        return
    if all(act.outbox.entry(reader, last.statement.id) is not None for reader in act.readers):
        since = to_the_second(last.statement.stated_at)
        raise Refused(
            f'the answer "{body.answer.value}" again, which was given already and stands since {since}',
            "answered-already",
            "another answer, or this one in other words; what stands was told and needs nothing more",
            "answers",
        )


def admit_message(act: Act, body: hotline.MessageSent | hotline.WarningGiven) -> None:
    """Hold a message against its readers: whom it addresses is told it, now or before.

    Of what others passed elsewhere an author tells by press, with whose words it was; it addresses nobody.

    Raises:
        Refused: an addressee without the message.
    """
    speaker = act.statement.said_by
    if act.statement.via == Via.PRESS and speaker is not None and speaker.party != act.by:
        return
    reported = speaker is not None and speaker.party not in (None, act.by)
    if body.to and set(body.to) == {act.by} and not reported:
        raise Refused(
            "a message to oneself",
            "message-other",
            "another party; for oneself a remark (kind remark)",
            "body.to",
        )
    missing = [
        party
        for party in body.to
        if party not in (act.by, *act.readers) and act.outbox.entry(party, act.statement.id) is None
    ]
    if missing:
        raise Refused(
            f"a message to {missing[0]} that {missing[0]} is not told",
            "addressee-told",
            f"readers with {missing[0]}",
            "readers",
        )
