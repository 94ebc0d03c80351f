"""Messages and warnings with their answers and ladders; meetings."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct

from keepclear.model.hotline import Text
from keepclear.model.words import SubjectId
from keepclear.views.attribution import Named, Said, Shown
from keepclear.views.picture import Picture
from keepclear.views.told import Ladder, Outbox


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


class MessageView(Struct, frozen=True):
    """A message or warning: `kind` says which; `direction` is "out", "in" or "reported".

    `trigger` and `consequence` belong to conditional warnings, `warning` is "standing", "conditional" or "".
    `ladders` has one ladder per addressee for own messages; for received ones the reader's own rungs.
    `acknowledge_due` counts from when it was told, by precedence (flash 2 min, priority 15 min, routine
    4 h); `overdue` tells that no addressee's own acknowledgement had come by then.
    `answers_to` are the messages that this one answers; `missing` tells that one of them has not arrived.
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
    """List messages and warnings that reached or left this party, oldest first."""
    raise NotImplementedError


def meetings(picture: Picture) -> list[MeetingView]:
    """List meetings, oldest first."""
    raise NotImplementedError
