"""Notices of what a party will do or have somewhere; presences, observations and build-ups."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from msgspec import Meta, Struct

from keepclear.geo.shapes import Area
from keepclear.geo.volumes import Volume
from keepclear.model.words import Count, Name, PartyId, Place, SubjectId, Words
from keepclear.times import Stamp


class Activity(StrEnum):
    """What a notice announces."""

    MOVEMENT = "movement"
    REDEPLOYMENT = "redeployment"
    FLIGHT = "flight"
    EXERCISE = "exercise"
    OPERATION = "operation"
    WORKS = "works"
    HAZARD = "hazard"


class Hazard(StrEnum):
    """Hazards named by the 1989 agreement on dangerous military activities and by notice practice."""

    LASERS = "lasers"
    NETWORK_INTERFERENCE = "command network interference"
    SPECIAL_CAUTION = "special caution"
    TERRITORY_ENTRY = "entry to territory"
    UNEXPLODED = "unexploded remains"


class Seen(StrEnum):
    """Whether a presence is declared by its owner or observed by somebody else."""

    DECLARED = "declared"
    OBSERVED = "observed"
    REPORTED = "reported"


class NoticeStated(
    Struct, frozen=True, tag_field="kind", tag="notice", forbid_unknown_fields=True, omit_defaults=True
):
    """What a party will do or have somewhere, as one or more volumes; it informs and asks no permission."""

    activity: Activity
    what: Words
    volumes: tuple[Volume, ...] = ()
    people: Count | None = None
    origin: Place | None = None
    destination: Place | None = None
    contact_role: Words = ""
    reason: Words = ""
    hazards: tuple[Hazard, ...] = ()
    about: tuple[SubjectId, ...] = ()


class PresenceStated(
    Struct, frozen=True, tag_field="kind", tag="presence", forbid_unknown_fields=True, omit_defaults=True
):
    """Who is somewhere, on whose word, how exactly, since when and until what."""

    party: PartyId
    what: Words
    place: Place
    seen: Seen
    strength: Count | None = None
    as_of: Stamp | None = None
    since: Words = ""
    purpose: Words = ""
    end_condition: Words = ""
    beside: tuple[PartyId, ...] = ()
    about: tuple[SubjectId, ...] = ()


class Observed(
    Struct, frozen=True, tag_field="kind", tag="observation", forbid_unknown_fields=True, omit_defaults=True
):
    """One sighting by its author: what, about where, when, how many; `party` is None while unknown."""

    what: Words
    place: Place
    at: Stamp
    party: PartyId | None = None
    count: Count | None = None
    indicators: tuple[Words, ...] = ()
    about: tuple[SubjectId, ...] = ()


class Band(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One observation of a build-up: when, and about how many."""

    at: Stamp
    count: Count
    indicators: tuple[Words, ...] = ()


class BuildUpStated(
    Struct, frozen=True, tag_field="kind", tag="build-up", forbid_unknown_fields=True, omit_defaults=True
):
    """A gathering of strength in an area, told with its whole series so far: one band has no trend."""

    name: Name
    area: Area
    series: Annotated[tuple[Band, ...], Meta(min_length=1)]
    reference: SubjectId | None = None
    attributed_to: PartyId | None = None
    rate: Words = ""
    watch_for: Words = ""
    review_at: Stamp | None = None
    about: tuple[SubjectId, ...] = ()


class RemarkMade(
    Struct, frozen=True, tag_field="kind", tag="remark", forbid_unknown_fields=True, omit_defaults=True
):
    """A note on a matter by somebody who does not own it: context, a reading, a wider course of events."""

    text: Words
    about: tuple[SubjectId, ...] = ()
    place: Place | None = None
    as_of: Stamp | None = None
