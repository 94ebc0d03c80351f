"""Incidents, rival claims, replies, public statements, and the sources they come from."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from msgspec import Meta, Struct

from keepclear.errors import Malformed
from keepclear.geo.figures import Point
from keepclear.model.words import Count, Name, PartyId, Place, StatementId, SubjectId, Words
from keepclear.times import Stamp


class Aspect(StrEnum):
    """What a claim is about."""

    INITIATOR = "initiator"
    KILLED = "killed"
    WOUNDED = "wounded"
    CASUALTIES = "casualties"
    PLACE = "place"
    TIME = "time"
    MEANS = "means"
    STRENGTH = "strength"
    CAUSE = "cause"
    PRESENCE = "presence"
    BASIS = "basis"
    AFFILIATION = "affiliation"
    COMPOSITION = "composition"
    RESTRAINT = "restraint"
    MOTIVE = "motive"
    OBJECTS = "objects"
    ACT = "act"
    COURSE = "course"


class Certainty(StrEnum):
    """How sure the speaker says to be; the first four are the levels of the WHO surveillance system."""

    RUMOUR = "rumour"
    POSSIBLE = "possible"
    PROBABLE = "probable"
    CONFIRMED = "confirmed"
    HIGHLY_PROBABLE = "highly probable"
    PLAUSIBLE = "plausible"
    BELIEVES = "believes"
    NOT_STATED = "not stated"


class ReplyKind(StrEnum):
    """What a party says to another's claim; to decline or to have no information is no denial."""

    CONFIRMS = "confirms"
    DENIES = "denies"
    DECLINES = "declines"
    NO_INFORMATION = "no information"
    CONDEMNS = "condemns"


class IncidentStatus(StrEnum):
    """Where the handling of an incident stands."""

    REPORTED = "reported"
    OPEN = "open"
    UNDER_INQUIRY = "under inquiry"
    FINDINGS = "findings"
    CLOSED = "closed"


class Involved(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Somebody involved in an incident; `party` is None while unknown."""

    role: Name
    party: PartyId | None = None
    words: Words = ""


class IncidentStated(
    Struct, frozen=True, tag_field="kind", tag="incident", forbid_unknown_fields=True, omit_defaults=True
):
    """That something happened, as its first stater tells it; what exactly is left to claims.

    What was fired or flown stands in `narrative` only: there is no field for means of attack (LIM-01).
    """

    name: Name
    act: Words
    occurred: Stamp
    place: Place
    involved: tuple[Involved, ...] = ()
    status: IncidentStatus = IncidentStatus.REPORTED
    measures: tuple[SubjectId, ...] = ()
    series: Words = ""
    narrative: Words = ""


class Ellipse(Struct, frozen=True, forbid_unknown_fields=True):
    """Where something was, by one account: within these half-axes of the middle 95 times in 100.

    The long half-axis points along `bearing_deg`, in degrees from true north. What a speaker does not know is
    said by a wider ellipse, never by zero.
    """

    center: Point
    major_m: Annotated[float, Meta(gt=0, le=500_000)]
    minor_m: Annotated[float, Meta(gt=0, le=500_000)]
    bearing_deg: Annotated[float, Meta(ge=0, lt=360)] = 0.0

    def __post_init__(self) -> None:
        if self.minor_m > self.major_m:
            raise Malformed(
                f"an ellipse of {self.major_m:.0f} m by {self.minor_m:.0f} m",
                "ellipse-axes",
                "the longer half-axis as major_m",
                "minor_m",
            )


class WasAt(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One place of a course: when, and where within an ellipse."""

    at: Stamp
    where: Ellipse


class Course(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """The way that something took in an incident, as one speaker gives it; history, never a live position.

    `of_party` is whose it was, None while unknown. The places stand in order of time.
    """

    what: Name
    places: Annotated[tuple[WasAt, ...], Meta(min_length=1, max_length=64)]
    of_party: PartyId | None = None

    def __post_init__(self) -> None:
        times = [place.at.at for place in self.places]
        if sorted(times) != times:
            raise Malformed("a course that goes back in time", "course-order", "the earlier first", "places")


class ClaimMade(
    Struct, frozen=True, tag_field="kind", tag="claim", forbid_unknown_fields=True, omit_defaults=True
):
    """What one speaker said of one aspect of an incident at one time; never a verdict.

    A count says whose dead or wounded are counted in `whose`. A course is one speaker's version of a way.
    """

    incident: SubjectId
    aspect: Aspect
    words: Words = ""
    count: Count | None = None
    whose: Words = ""
    place: Place | None = None
    as_of: Stamp | None = None
    certainty: Certainty = Certainty.NOT_STATED
    finding: bool = False
    course: Course | None = None

    def __post_init__(self) -> None:
        if not self.words and self.count is None and self.place is None and self.course is None:
            raise Malformed(
                "a claim that says nothing", "claim-empty", "words, a count, a place or a course", "claim"
            )
        if (self.aspect == Aspect.COURSE) != (self.course is not None):
            raise Malformed(
                f"a claim of {self.aspect} {'without' if self.course is None else 'with'} a course",
                "claim-course",
                "the aspect course, and with it the course",
                "course",
            )
        counted = {Aspect.KILLED, Aspect.WOUNDED, Aspect.CASUALTIES}
        if self.aspect in counted and not self.whose:
            raise Malformed(
                f"a claim of {self.aspect} that does not say whose",
                "claim-whose",
                'whose, for example "SDF fighters" or "not said"',
                "whose",
            )


class ReplyMade(
    Struct, frozen=True, tag_field="kind", tag="reply", forbid_unknown_fields=True, omit_defaults=True
):
    """What a party says to one claim or public statement."""

    to: StatementId
    reply: ReplyKind
    words: Words = ""


class Topic(StrEnum):
    """What a public statement does."""

    POSTURE = "posture"
    STANDING_WARNING = "standing warning"
    COMMITMENT = "commitment"
    PROTEST = "protest"
    DESCRIPTION = "description"
    RESOLUTION = "resolution"


class PublicStated(
    Struct, frozen=True, tag_field="kind", tag="public", forbid_unknown_fields=True, omit_defaults=True
):
    """What a speaker said to everybody, in gist; wording that recurs shares a `template` name."""

    topic: Topic
    gist: Words
    about: tuple[SubjectId, ...] = ()
    template: Words = ""


class SourceKind(StrEnum):
    """What sort of source it is."""

    PRESS_REPORT = "press report"
    REPRINT = "reprint"
    BRIEFING = "briefing"
    OFFICIAL = "official statement"
    INVENTED = "invented for the exercise"


class SourceStated(
    Struct, frozen=True, tag_field="kind", tag="source", forbid_unknown_fields=True, omit_defaults=True
):
    """Where words were read: publisher, date, chain of republication, and a grade with its reason."""

    name: Name
    source_kind: SourceKind
    publisher: Words = ""
    published: Stamp | None = None
    file: Words = ""
    reprint_of: SubjectId | None = None
    grade: Words = ""


class LinkKind(StrEnum):
    """How two things belong together."""

    SAME_PLACE = "same place"
    SAME_EVENT = "same event"
    SAME_SERIES = "same series"
    CAUSED_BY = "led to"
    CONTEXT = "context of"
    CORRECTS = "corrects"
    MATTER = "same matter"


class Linked(
    Struct, frozen=True, tag_field="kind", tag="link", forbid_unknown_fields=True, omit_defaults=True
):
    """A tie between two subjects, told only to those who hold both ends."""

    a: SubjectId
    b: SubjectId
    relation: LinkKind
    words: Words = ""
