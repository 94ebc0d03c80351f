"""Notices, presences, observations and build-ups as one party holds them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from msgspec import Struct

from keepclear.model.words import PartyId, SubjectId
from keepclear.views.attribution import Named, Said, Shown
from keepclear.views.parties import RelayView
from keepclear.views.picture import Picture
from keepclear.views.sides import SideTest


class NoticeView(Struct, frozen=True):
    """What a party says it will do or have somewhere; informing is not asking."""

    subject: SubjectId
    statement: str
    activity: str
    what: str
    volumes: tuple[Any, ...]
    outlines: tuple[dict[str, Any], ...]
    window: str
    people: str
    origin: str
    destination: str
    contact_role: str
    reason: str
    hazards: tuple[str, ...]
    about: tuple[Named, ...]
    status: str
    said: Said


class PresenceView(Struct, frozen=True):
    """Who is said to be somewhere, how exactly and as of when; never dropped for being old."""

    subject: SubjectId
    statement: str
    party: PartyId
    party_name: str
    what: str
    place: str
    outline: dict[str, Any] | None
    accuracy_m: float | None
    seen: str
    strength: str
    as_of: Shown | None
    since: str
    purpose: str
    end_condition: str
    beside: tuple[str, ...]
    about: tuple[Named, ...]
    tests: tuple[SideTest, ...]
    said: Said


class ObservationView(Struct, frozen=True):
    """One sighting: what, about where, when, how many, and where it lies as to the known measures."""

    subject: SubjectId
    statement: str
    what: str
    party: str
    place: str
    outline: dict[str, Any] | None
    at: Shown | None
    count: str
    count_low: int | None
    count_high: int | None
    indicators: tuple[str, ...]
    tests: tuple[SideTest, ...]
    said: Said


class BandView(Struct, frozen=True):
    """One observation in the series of a build-up."""

    at: Shown | None
    count: str
    low: int | None
    high: int | None
    indicators: tuple[str, ...]


class RaisedView(Struct, frozen=True):
    """A message that raised a build-up, and what was answered."""

    statement: str
    to: tuple[str, ...]
    precedence: str
    said: Said
    answer: str
    answered_at: datetime | None
    answered_by: str


class BuildUpView(Struct, frozen=True):
    """A build-up: its series and trend, whether it was raised, and what the answers make of it.

    `status` is "watched", "raised", "claimed" (answered *ours*), "UNCLAIMED" (answered *not ours*), or a
    status stated by its owner ("dispersed", "closed"). UNCLAIMED brings `reask_due` (15 minutes after the
    answer), `next_rung` (the next level of hotline to that party that this party knows of) and `ask`
    ("Who can reach them?") with `reach`, the ways to the parties that might be meant.
    """

    subject: SubjectId
    statement: str
    name: str
    outline: dict[str, Any]
    reference: Named | None
    series: tuple[BandView, ...]
    trend: str
    trend_words: str
    attributed_to: str
    rate: str
    watch_for: str
    review_at: Shown | None
    about: tuple[Named, ...]
    near: tuple[Named, ...]
    raised: tuple[RaisedView, ...]
    status: str
    reask_due: datetime | None
    next_rung: str
    ask: str
    reach: tuple[RelayView, ...]
    said: Said


class RemarkView(Struct, frozen=True):
    """A note of context, with what it is about."""

    subject: SubjectId
    text: str
    about: tuple[Named, ...]
    place: str
    as_of: Shown | None
    said: Said


def notices(picture: Picture) -> list[NoticeView]:
    """List the notices that reached this party, soonest first, those without a window last."""
    raise NotImplementedError


def presences(picture: Picture) -> list[PresenceView]:
    """List what was said of who is where."""
    raise NotImplementedError


def observations(picture: Picture) -> list[ObservationView]:
    """List sightings, oldest first; every sighting keeps its own count."""
    raise NotImplementedError


def buildups(picture: Picture, now: datetime) -> list[BuildUpView]:
    """List build-ups with their trend and the state that answers have brought about."""
    raise NotImplementedError


def remarks(picture: Picture) -> list[RemarkView]:
    """List notes of context."""
    raise NotImplementedError
