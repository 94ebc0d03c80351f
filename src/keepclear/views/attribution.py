"""Who said it, to whom it is owed, how it came: the part that every shown thing carries."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct

from keepclear.model.statements import Entry
from keepclear.model.words import PartyId, SubjectId
from keepclear.times import Stamp
from keepclear.views.picture import Picture


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
    if stamp is None:
        return None
    return Shown(stamp.at, stamp.shown(), stamp.precision.value, stamp.about)


def said(picture: Picture, entry: Entry) -> Said:
    """Give the attribution of a statement as the reader of this picture may see it."""
    raise NotImplementedError


def party_name(picture: Picture, party: PartyId) -> str:
    """Give a party's name in full as it reached this party; its id where no name has."""
    raise NotImplementedError


def title(picture: Picture, entry: Entry) -> str:
    """Give one line that says what a statement is, for lists and captions."""
    raise NotImplementedError


def named(picture: Picture, subject: SubjectId) -> Named:
    """Give a subject by the name in its latest text; "not told here" where its text has not arrived."""
    raise NotImplementedError
