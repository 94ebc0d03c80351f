"""Humanitarian notification: what an agency submits, a movement as the cell states it, and each step of it.

What holds of them (hold, active, paused, verified, consented) is worked out from these; nobody states it.
Names, telephones and plates stand in attachments beside the log, never here.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from msgspec import Meta, Struct

from keepclear.errors import Malformed
from keepclear.geo.shapes import Area
from keepclear.model.words import Code, Count, Form, Name, PartyId, Place, StatementId, SubjectId, Words
from keepclear.times import Stamp, Window


class Submitted(StrEnum):
    """What an agency submits."""

    STATIC_SITE = "static site"
    MOVEMENT = "movement"


class StepTaken(StrEnum):
    """What is done about a submission or a movement; a closed set, in which nothing permits."""

    CONSENTED = "consented"
    CONSENT_WITHDRAWN = "consent withdrawn"
    TAKEN_IN = "taken in"
    RETURNED = "returned"
    VERIFIED = "verified"
    PHONE_ANSWERED = "phone answered"
    PHONE_SILENT = "phone silent"
    DEPARTED = "departed"
    CHECKED_IN = "checked in"
    ARRIVED = "arrived"


class Located(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A place as it was typed, in two forms at least, so that a slip in one is found by the other."""

    name: Name
    forms: Annotated[
        tuple[Annotated[str, Meta(min_length=1, max_length=100)], ...], Meta(min_length=2, max_length=4)
    ]


class Marking(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What the watcher can see: by day, by night, on a thermal picture; None where nobody has said."""

    day: bool | None = None
    night: bool | None = None
    thermal: bool | None = None
    words: Words = ""


class Leg(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One leg of a movement: from where to where, when it leaves and arrives."""

    origin: Place
    destination: Place
    departs: Stamp
    arrives: Stamp
    route: Words = ""


class Halt(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A halt: a protected site that exists only in its window (FAIL-13)."""

    name: Name
    area: Area
    window: Window
    purpose: Words = ""

    def __post_init__(self) -> None:
        if self.window.start is None or self.window.end is None:
            raise Malformed(
                f'the halt "{self.name}" without a beginning or an end',
                "halt-window",
                "a window with start and end: a temporary site exists in it alone",
                "window",
            )


class Cell(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A named operating cell of a party: those who act there, and must know (FAIL-14)."""

    party: PartyId
    name: Name


class SubmissionMade(
    Struct, frozen=True, tag_field="kind", tag="submission", forbid_unknown_fields=True, omit_defaults=True
):
    """What an agency gives a notification cell: a static site or a movement, with each place in two forms.

    It goes to that cell alone. The cell restates it as its own subject to those for whom the agency consents.
    """

    what: Submitted
    name: Name
    function: Words
    places: Annotated[tuple[Located, ...], Meta(min_length=1, max_length=32)]
    composition: tuple[Count, ...] = ()
    armed_escort: bool | None = None
    marking: Marking | None = None
    focal_points: Annotated[int, Meta(ge=0, le=16)] = 0
    route: Words = ""


class MovementStated(
    Struct, frozen=True, tag_field="kind", tag="movement", forbid_unknown_fields=True, omit_defaults=True
):
    """A movement under protection, whole: legs, halts, what it is made up of, and who must have relayed it.

    `cells` are the operating cells that must have relayed the current text before it may set out or go on;
    a changed composition is a new text. `check_in_minutes` is the longest time between two check-ins under
    way, `phones` how many telephones must have answered before it sets out.
    """

    name: Name
    function: Words
    legs: Annotated[tuple[Leg, ...], Meta(min_length=1, max_length=16)]
    cells: Annotated[tuple[Cell, ...], Meta(min_length=1, max_length=16)]
    composition: Annotated[tuple[Count, ...], Meta(min_length=1, max_length=16)]
    halts: Annotated[tuple[Halt, ...], Meta(max_length=16)] = ()
    armed_escort: bool | None = None
    marking: Marking | None = None
    check_in_minutes: Annotated[int, Meta(ge=5, le=720)] = 60
    phones: Annotated[int, Meta(ge=2, le=8)] = 2


class NotificationStep(
    Struct,
    frozen=True,
    tag_field="kind",
    tag="notification-step",
    forbid_unknown_fields=True,
    omit_defaults=True,
):
    """One step about a submission or a movement, by the office that took it.

    `text` is the text of a submission that was taken in, returned or verified: a later one is another matter.
    `officer` tells two persons of one office apart without a name. `party` and `form` belong to consent,
    `phone` (a label; the number is an attachment) to telephones, `leg` to what happens under way.
    """

    of: SubjectId
    step: StepTaken
    by_role: Name
    officer: Words = ""
    text: StatementId | None = None
    party: PartyId | None = None
    form: Form | None = None
    phone: Code | None = None
    leg: Annotated[int, Meta(ge=1, le=16)] | None = None
    where: Words = ""
    at: Stamp | None = None
    reason: Words = ""
