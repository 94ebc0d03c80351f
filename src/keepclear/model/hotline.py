"""Messages, warnings, answers, the receipt ladder, read-backs and meetings."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from msgspec import Meta, Struct

from keepclear.model.parts import Parts
from keepclear.model.words import (
    Dated,
    Level,
    Name,
    PartyId,
    Place,
    Precedence,
    StatementId,
    SubjectId,
    Words,
)
from keepclear.times import Stamp


class Purpose(StrEnum):
    """What a message is for; a closed set."""

    SAFETY = "safety"
    DE_ESCALATION = "de-escalation"
    AIR_WARNING = "air warning"
    CONCERN = "concern"
    QUERY = "query"
    NOTIFICATION = "notification"
    RELAY = "relay"
    COORDINATION = "coordination"
    SITE_IN_DANGER = "site in danger"


class Answer(StrEnum):
    """What may be answered to a concern."""

    OURS = "ours"
    NOT_OURS = "not ours"
    CHECKING = "checking"
    DENIED = "denied"
    WILL_ACT = "will act"
    REFUSE = "refuse"
    NO_INFORMATION = "no information"


class Rung(StrEnum):
    """The receipt ladder, per recipient and per text; refused, disputed and no answer stand beside it."""

    SENT = "sent"
    DELIVERED = "delivered"
    DISPLAYED = "displayed"
    ACKNOWLEDGED = "acknowledged"
    READ_BACK = "read back"
    CONFIRMED = "read-back confirmed"
    RELAYED = "relayed"
    BRIEFED = "briefed"
    REFUSED = "refused"
    DISPUTED = "disputed"
    NO_ANSWER = "no answer"


class How(StrEnum):
    """On whose word a rung stands."""

    OWN = "own"
    MACHINE = "machine"
    REPORTED = "reported"


class WarningKind(StrEnum):
    """A standing warning holds until withdrawn; a conditional one names its trigger."""

    STANDING = "standing"
    CONDITIONAL = "conditional"


class Text(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Words in one language; a translation says that it is one.

    `template` and `template_hash` say from which template's wording they were made; both or neither.
    """

    words: Annotated[str, Meta(min_length=1, max_length=4000)]
    lang: Annotated[str, Meta(pattern="^[a-z]{2}$")] = "en"
    translation: bool = False
    template: Annotated[str, Meta(max_length=160)] = ""
    template_hash: Annotated[str, Meta(pattern="^([0-9a-f]{64})?$(?!\n)")] = ""


class MessageSent(
    Struct, frozen=True, tag_field="kind", tag="message", forbid_unknown_fields=True, omit_defaults=True
):
    """A message on a hotline to named parties, with the answers it asks for.

    `parts` say apart from the words what must be heard right. A message is never edited: another one
    `corrects` it, and both stay.
    """

    to: Annotated[tuple[PartyId, ...], Meta(min_length=1)]
    purpose: Purpose
    texts: Annotated[tuple[Text, ...], Meta(min_length=1)]
    precedence: Precedence = Precedence.ROUTINE
    channel: SubjectId | None = None
    about: tuple[SubjectId, ...] = ()
    asks: tuple[Answer, ...] = ()
    for_party: PartyId | None = None
    parts: Parts = ()
    corrects: StatementId | None = None
    group: SubjectId | None = None


class WarningGiven(
    Struct, frozen=True, tag_field="kind", tag="warning", forbid_unknown_fields=True, omit_defaults=True
):
    """A warning of one party to another: addressee, and for a conditional one trigger and consequence.

    `within_s` makes it an ultimatum: so many seconds from when it was said. `frequency` is where it was or is
    passed by radio, as `monitoring` names it.
    """

    to: Annotated[tuple[PartyId, ...], Meta(min_length=1)]
    warning: WarningKind
    texts: Annotated[tuple[Text, ...], Meta(min_length=1)]
    trigger: Words = ""
    consequence: Words = ""
    channel: SubjectId | None = None
    precedence: Precedence = Precedence.PRIORITY
    about: tuple[SubjectId, ...] = ()
    parts: Parts = ()
    corrects: StatementId | None = None
    within_s: Annotated[int, Meta(ge=60, le=366 * 86_400)] | None = None
    frequency: Words = ""


class AnswerGiven(
    Struct, frozen=True, tag_field="kind", tag="answer", forbid_unknown_fields=True, omit_defaults=True
):
    """An answer to a message or concern; what it answers stands in the statement's `answers`."""

    answer: Answer
    words: Words = ""
    about: tuple[SubjectId, ...] = ()


class RungReached(
    Struct, frozen=True, tag_field="kind", tag="rung", forbid_unknown_fields=True, omit_defaults=True
):
    """A rung that `reader` reached with one text; the hash shows which bytes were meant.

    `role` is the office that reached it; the person's name stands in an attachment. By the reader's own
    key it is *own*, by another author it is that author's report.
    """

    of: StatementId
    reader: PartyId
    rung: Rung
    role: Name
    text_hash: Words = ""
    cell: Words = ""
    remarks: Words = ""
    at: Stamp | None = None


class ReadBack(
    Struct, frozen=True, tag_field="kind", tag="read-back", forbid_unknown_fields=True, omit_defaults=True
):
    """What the reader repeated, field by field, so that the sender can compare and correct.

    By the reader itself it is its own word. Typed in by the sender as heard, with whose words it was, it is
    the sender's report.
    """

    of: StatementId
    fields: dict[str, Words]
    role: Name


class ReadBackSettled(
    Struct,
    frozen=True,
    tag_field="kind",
    tag="read-back-settled",
    forbid_unknown_fields=True,
    omit_defaults=True,
):
    """A person's explicit word that fields of a read-back are right, though the machine saw a difference."""

    of: StatementId
    fields: Annotated[tuple[Name, ...], Meta(min_length=1, max_length=32)]
    words: Annotated[str, Meta(min_length=1, max_length=4000)]
    role: Name


class MeetingStated(
    Struct, frozen=True, tag_field="kind", tag="meeting", forbid_unknown_fields=True, omit_defaults=True
):
    """A meeting in person or by conference: who, when, what was settled; the place may be withheld."""

    name: Name
    parties: tuple[PartyId, ...]
    level: Level | None = None
    when: Stamp | None = None
    place: Place | None = None
    series: Words = ""
    number: Annotated[int, Meta(gt=0)] | None = None
    agenda: tuple[Words, ...] = ()
    outcomes: tuple[Words, ...] = ()
    follow_ups: tuple[Dated, ...] = ()
    hedge: Words = ""
    overlays: tuple[SubjectId, ...] = ()
    held: bool = True
