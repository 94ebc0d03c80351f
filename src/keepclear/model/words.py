"""Ids and bounded texts that every body uses, and the small values that recur in them."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, NewType

from msgspec import Meta, Struct

from keepclear.errors import Malformed
from keepclear.geo.shapes import Area
from keepclear.times import Stamp

PartyId = NewType("PartyId", str)
StatementId = NewType("StatementId", str)
SubjectId = NewType("SubjectId", str)

PUBLIC = PartyId("public")

Name = Annotated[str, Meta(min_length=1, max_length=160)]
Words = Annotated[str, Meta(max_length=4000)]
Code = Annotated[str, Meta(pattern=r"^[A-Za-z][A-Za-z0-9_-]{0,31}$")]


def owner_of(identity: str) -> PartyId:
    """Give the party whose id key made a statement or subject id: the part before the dot.

    Ownership is written in the id, so that no order of arrival and no backdated text can move it.
    """
    return PartyId(identity.partition(".")[0])


class CapStatus(StrEnum):
    """The status of CAP 1.2, adopted verbatim; a log holds one and never mixes."""

    ACTUAL = "Actual"
    EXERCISE = "Exercise"
    SYSTEM = "System"
    TEST = "Test"
    DRAFT = "Draft"


class Via(StrEnum):
    """How the words reached the author of the statement."""

    DIRECT = "direct"
    PHONE = "phone"
    MEETING = "meeting"
    PRESS = "press"


class Domain(StrEnum):
    """What a channel or measure is for."""

    AIR = "air"
    GROUND = "ground"
    SEA = "sea"
    HUMANITARIAN = "humanitarian"


class Level(StrEnum):
    """The rung of command at which a channel is answered."""

    DESK = "desk"
    DEPUTY = "deputy"
    COMMANDER = "commander"
    CHIEF = "chief"


class Precedence(StrEnum):
    """How urgent a message is; each has its own time to acknowledge."""

    ROUTINE = "routine"
    PRIORITY = "priority"
    FLASH = "flash"


class Form(StrEnum):
    """How exactly a subject is told to a reader; forms share the subject and are separate statements."""

    EXACT = "exact"
    COVERING = "covering"
    CONFLICT_ONLY = "conflict-only"


class Mark(StrEnum):
    """In a reconstruction: whether a step is sourced or was invented to make the script run."""

    SOURCED = "S"
    INVENTED = "I"
    CLOCK_INVENTED = "S, clock I"


class Speaker(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Whose words a statement reports; a speaker that the account leaves unclear is said to be so."""

    name: Name
    office: Words = ""
    party: PartyId | None = None
    unclear: bool = False


class Count(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A number as its speaker gave it: a range whose missing bound is unknown, never zero.

    `words` keeps the speaker's own expression (">100", "several dozen").
    """

    low: int | None = None
    high: int | None = None
    unit: Words = ""
    words: Words = ""

    def __post_init__(self) -> None:
        if self.low is None and self.high is None and not self.words:
            raise Malformed(
                "a count without a number or words", "count-empty", "low, high, or words", "count"
            )
        if (self.low or 0) < 0 or (self.high or 0) < 0:
            raise Malformed("a count below zero", "count-range", "zero or more", "count")
        if self.low is not None and self.high is not None and self.high < self.low:
            raise Malformed(
                f"a count from {self.low} to {self.high}",
                "count-range",
                "a low that is at most high",
                "count",
            )

    @property
    def is_exact(self) -> bool:
        """Tell whether the count names one number rather than a band."""
        return self.low is not None and self.low == self.high

    def shown(self) -> str:
        """Give the count as it is read aloud, the speaker's words first."""
        if self.words:
            return self.words
        if self.low == self.high:
            return f"{self.low} {self.unit}".strip()
        low = "unknown" if self.low is None else str(self.low)
        high = "unknown" if self.high is None else str(self.high)
        return f"{low} to {high} {self.unit}".strip()


class Place(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Somewhere: in words, as an area with its accuracy, or both; `withheld` says that it is kept back.

    What is kept back is not there: the bytes of a statement are the same for all whom it reaches.
    """

    words: Words = ""
    area: Area | None = None
    withheld: bool = False

    def __post_init__(self) -> None:
        if not self.words and self.area is None and not self.withheld:
            raise Malformed(
                "a place without words or area", "place-empty", "words, an area, or withheld", "place"
            )
        if self.withheld and (self.words or self.area is not None):
            raise Malformed(
                "a withheld place that tells where it is",
                "place-withheld",
                "withheld alone; its words and area reach every reader",
                "place",
            )


MediaType = Annotated[str, Meta(pattern=r"^[a-z0-9.+-]+/[a-z0-9.+-]+(;[ -~]*)?$(?!\n)", max_length=120)]


SaltedHash = Annotated[str, Meta(pattern=r"^[0-9a-f]{64}$(?!\n)")]
PersonBeside = Name
"""A person: the salted hash of a name that stands beside the log. In a past form the name itself stood here;
it still loads, so that no record of that time is lost, and no act admits it any more."""


class Attachment(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A body that stands beside the log under a salted hash, so that it can be erased or withheld."""

    salted_hash: SaltedHash
    what: Name
    media_type: MediaType = "text/plain"
    size_bytes: int = 0


class Dated(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Words with the time they are about."""

    words: Words
    at: Stamp | None = None
