"""Who said it, to whom it is owed, how it came: the part that every shown thing carries."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from keepclear.model.incidents import SourceStated
from keepclear.model.notices import RemarkMade
from keepclear.model.parties import PartyKind, PartyStated
from keepclear.model.statements import Entry, Statement
from keepclear.model.words import Mark, PartyId, StatementId, SubjectId, Via
from keepclear.times import Stamp
from keepclear.views.labels import Names, kind_words, label
from keepclear.views.picture import Picture, speaks_for_itself
from keepclear.views.wording import instant_words

NOT_TOLD = "not told here"
UNKNOWN = "unknown"

_VIA = {Via.PHONE: "by telephone", Via.MEETING: "in a meeting", Via.PRESS: "by way of the press"}


class Named(Struct, frozen=True):
    """A thing that is spoken of: its subject and the name that its owner gave it."""

    subject: SubjectId
    name: str
    kind: str


class Cited(Struct, frozen=True):
    """A source by its name, with what it was reprinted from, nearest first, and its grade."""

    subject: SubjectId
    name: str
    publisher: str
    published: str
    chain: tuple[str, ...]
    grade: str


class Shown(Struct, frozen=True):
    """A time for reading: the instant, the words at the place, how exactly it is known."""

    at: datetime
    words: str
    precision: str
    about: bool = False


class Said(Struct, frozen=True):
    """The attribution of one statement.

    `speaker` is whose words these are: the person or office quoted, else the author's name in full.
    `speaker_party` is the party spoken for, or "" where the account does not say. `own` tells that the
    author speaks for itself. `line` is the whole, for reading aloud.
    """

    statement: str
    subject: SubjectId
    author: PartyId
    author_name: str
    speaker: str
    speaker_party: str
    speaker_office: str
    speaker_unclear: bool
    own: bool
    via: str
    source: Cited | None
    mark: str
    stated_at: datetime
    said_at: Shown | None
    received_at: datetime
    form: str
    cap: str
    remarks: str
    line: str


def shown(stamp: Stamp | None) -> Shown | None:
    """Give a time for reading, or None where none was said."""
    return None if stamp is None else _shown(stamp)


def _shown(stamp: Stamp) -> Shown:
    return Shown(stamp.at, stamp.shown(), stamp.precision.value, stamp.about)


def said(picture: Picture, entry: Entry) -> Said:
    """Give the attribution of a statement as the reader of this picture may see it."""
    statement = entry.statement
    author = statement.author.party
    author_name = party_name(picture, author)
    speaker = statement.said_by
    party = author if speaker is None else speaker.party
    return Said(
        statement=statement.id,
        subject=statement.subject,
        author=author,
        author_name=author_name,
        speaker=author_name if speaker is None else speaker.name,
        speaker_party="" if party is None else party,
        speaker_office="" if speaker is None else speaker.office,
        speaker_unclear=speaker is not None and speaker.unclear,
        own=speaks_for_itself(statement),
        via=statement.via.value,
        source=None if statement.source is None else cited(picture, statement.source),
        mark="" if statement.mark is None else statement.mark.value,
        stated_at=statement.stated_at,
        said_at=shown(statement.said_at),
        received_at=entry.received_at,
        form=statement.form.value,
        cap=statement.cap.value,
        remarks=statement.remarks,
        line=_read_aloud(picture, statement, author_name),
    )


def remark_said(picture: Picture, entry: Entry) -> Said:
    """Give the attribution of a remark with its text in `remarks`, so that it can stand beside its matter."""
    body = entry.statement.body
    found = said(picture, entry)
    return replace(found, remarks=body.text) if isinstance(body, RemarkMade) else found


def _read_aloud(picture: Picture, statement: Statement, author_name: str) -> str:
    """Say who said it, for whom, when, on whose word and from which source."""
    speaker = statement.said_by
    parts = [author_name]
    if speaker is not None:
        office = f", {speaker.office}" if speaker.office else ""
        party = f" ({party_name(picture, speaker.party)})" if speaker.party is not None else ""
        unclear = " (speaker unclear)" if speaker.unclear else ""
        parts = [f"{speaker.name}{office}{party}{unclear}"]
    at = instant_words(statement.stated_at) if statement.said_at is None else statement.said_at.shown()
    parts.append(at)
    if not speaks_for_itself(statement):
        parts.append(f"as reported by {author_name}")
    if statement.via is not Via.DIRECT:
        parts.append(_VIA[statement.via])
    if statement.source is not None:
        parts.append(f"source: {named(picture, statement.source).name}")
    if statement.mark is not None and statement.mark is not Mark.SOURCED:
        parts.append("invented step" if statement.mark is Mark.INVENTED else "clock time invented")
    return ", ".join(parts)


def speaker_words(picture: Picture, entry: Entry) -> str:
    """Give whose words a statement holds in short: "Moscow", or "Moscow, per Press archive" by report."""
    statement = entry.statement
    author = party_name(picture, statement.author.party)
    if statement.said_by is None:
        return author
    name = statement.said_by.name
    return name if speaks_for_itself(statement) else f"{name}, per {author}"


def when(entry: Entry, matter: Stamp | None = None) -> Shown:
    """Give the time of the matter: as stated of it, else when it was said, else when it was written down."""
    return _shown(time_of(entry, matter))


def time_of(entry: Entry, matter: Stamp | None = None) -> Stamp:
    """Give the stamp by which a statement is put in order; never its arrival."""
    statement = entry.statement
    return matter or statement.said_at or Stamp(statement.stated_at)


def in_time(entry: Entry, matter: Stamp | None = None) -> tuple[datetime, datetime, str]:
    """Give the key that puts statements in the order of their matter, the same in every order of arrival."""
    statement = entry.statement
    return (time_of(entry, matter).at, statement.stated_at, statement.id)


def as_it_came(entry: Entry, matter: Stamp | None = None) -> tuple[datetime, datetime, str]:
    """Give the key of `in_time`, never later than the arrival: a clock ahead outlasts no later word."""
    at, stated_at, identity = in_time(entry, matter)
    return (min(at, entry.received_at), stated_at, identity)


def cited(picture: Picture, subject: SubjectId) -> Cited:
    """Give a source by name with its chain of republication, nearest first."""
    name = named(picture, subject).name
    body = _source(picture, subject)
    if body is None:
        return Cited(subject, name, "", "", (), "")
    published = "" if body.published is None else body.published.shown()
    return Cited(subject, name, body.publisher, published, chain(picture, subject), body.grade)


def chain(picture: Picture, subject: SubjectId) -> tuple[str, ...]:
    """Give what a source was reprinted from, nearest first; a source that names itself ends the chain."""
    names: list[str] = []
    seen = {subject}
    body = _source(picture, subject)
    while body is not None and body.reprint_of is not None and body.reprint_of not in seen:
        seen.add(body.reprint_of)
        names.append(named(picture, body.reprint_of).name)
        body = _source(picture, body.reprint_of)
    return tuple(names)


def _source(picture: Picture, subject: SubjectId) -> SourceStated | None:
    text = picture.latest(subject)
    body = None if text is None else text.statement.body
    return body if isinstance(body, SourceStated) else None


def party_name(picture: Picture, party: PartyId | None) -> str:
    """Give a party's name in full as it reached this party; its id where no name has.

    A party's own word for itself goes before others'. None reads "unknown".
    """
    if party is None:
        return UNKNOWN
    found = description(picture, party)
    return party if found is None else found[1].name


def description(picture: Picture, party: PartyId) -> tuple[Entry, PartyStated] | None:
    """Give the statement that describes a party: its own if there is one, else the latest of another's."""
    standing = [(entry, body) for entry, body in picture.described(party) if is_latest(picture, entry)]
    own = [item for item in standing if item[0].statement.author.party == party]
    found = own or standing
    return found[-1] if found else None


def names(picture: Picture, parties: Iterable[PartyId]) -> tuple[str, ...]:
    """Give the names in full of several parties, in the order given."""
    return tuple(party_name(picture, party) for party in parties)


def is_archive(picture: Picture, party: PartyId) -> bool:
    """Tell whether a party only keeps what others said, so that it takes no stance and relays nothing."""
    found = description(picture, party)
    return found is not None and found[1].party_kind == PartyKind.ARCHIVE


def is_latest(picture: Picture, entry: Entry) -> bool:
    """Tell whether a statement is the standing text of its subject."""
    text = picture.latest(entry.statement.subject)
    return text is not None and text.statement.id == entry.statement.id


def named(picture: Picture, subject: SubjectId) -> Named:
    """Give a subject by the name in its most exact text; "not told here" where its text has not arrived.

    A subject that was taken back keeps the name by which it was known.
    """
    texts = picture.texts(subject)
    if not texts:
        return Named(subject, NOT_TOLD, "")
    standing = picture.latest(subject)
    statement = texts[-1].statement if standing is None else standing.statement
    return Named(subject, name_of(picture, statement), statement.kind)


def named_all(picture: Picture, subjects: Iterable[SubjectId]) -> tuple[Named, ...]:
    """Name several subjects, in the order given."""
    return tuple(named(picture, subject) for subject in subjects)


def name_of(picture: Picture, statement: Statement) -> str:
    """Give the name that a statement gives its subject, or a few words of it where it has none."""
    return label(statement.body, _names_in(picture))


def title(picture: Picture, entry: Entry) -> str:
    """Give one line that says what a statement is, for lists and captions."""
    return f"{kind_words(entry.statement.body)}: {name_of(picture, entry.statement)}"


def full_title(picture: Picture, entry: Entry) -> str:
    """Give what a statement is as `title` does, with all of its words: whoever goes through all reads all."""
    names = msgspec.structs.replace(_names_in(picture), short=lambda words: " ".join(words.split()))
    return f"{kind_words(entry.statement.body)}: {label(entry.statement.body, names)}"


def _names_in(picture: Picture) -> Names:
    return Names(lambda party: party_name(picture, party), lambda identity: _thing_name(picture, identity))


def _thing_name(picture: Picture, identity: str) -> str:
    """Name what a label points at, without labels of its own: ties that point at one another cannot loop."""
    entry = picture.entry(StatementId(identity))
    if entry is None:
        texts = picture.texts(SubjectId(identity))
        if not texts:
            return NOT_TOLD
        entry = texts[-1]
    body = entry.statement.body
    return getattr(body, "name", "") or kind_words(body).lower()
