"""Incidents with rival claims side by side; nothing is chosen, averaged or totalled."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from keepclear.model.words import PartyId, SubjectId
from keepclear.views.activity import SideTest
from keepclear.views.attribution import Named, Said, Shown
from keepclear.views.picture import Picture


class ReplyView(Struct, frozen=True):
    """What somebody said to a claim; to decline is no denial."""

    reply: str
    words: str
    by: str
    said: Said


class ClaimView(Struct, frozen=True):
    """One claim: what its speaker said of one aspect, with whose count it is and every reply."""

    statement: str
    aspect: str
    shown: str
    low: int | None
    high: int | None
    unit: str
    whose: str
    place: str
    certainty: str
    finding: bool
    as_of: Shown | None
    speaker: str
    speaker_party: str
    withdrawn: bool
    replies: tuple[ReplyView, ...]
    said: Said


class AspectView(Struct, frozen=True):
    """All claims on one aspect, oldest first. There is no total and no chosen value."""

    aspect: str
    claims: tuple[ClaimView, ...]


class InvolvedView(Struct, frozen=True):
    """Somebody involved; an unknown party reads "unknown"."""

    role: str
    party: str
    words: str


class IncidentView(Struct, frozen=True):
    """What is said to have happened, about where and when, and what is claimed of it.

    `tests` tell where its place lies as to the measures that it names and to the boundaries in reach, each
    with distance, tolerance and accuracy. `linked` holds incidents, build-ups and statements tied to it.
    """

    subject: SubjectId
    statement: str
    name: str
    act: str
    occurred: Shown | None
    place: str
    outline: dict[str, Any] | None
    involved: tuple[InvolvedView, ...]
    status: str
    series: str
    narrative: str
    measures: tuple[Named, ...]
    tests: tuple[SideTest, ...]
    aspects: tuple[AspectView, ...]
    linked: tuple[Named, ...]
    statements: tuple[Said, ...]
    said: Said


class PublicView(Struct, frozen=True):
    """What a speaker said to everybody, in gist, with replies; recurring wording shares a template."""

    subject: SubjectId
    statement: str
    topic: str
    gist: str
    template: str
    about: tuple[Named, ...]
    replies: tuple[ReplyView, ...]
    said: Said


class SourceView(Struct, frozen=True):
    """A source with its chain of republication and its grade."""

    subject: SubjectId
    name: str
    source_kind: str
    publisher: str
    published: Shown | None
    file: str
    reprint_of: str
    chain: tuple[str, ...]
    grade: str
    cited_by: int
    said: Said


class LinkView(Struct, frozen=True):
    """A tie between two things that this party holds both ends of."""

    a: Named
    b: Named
    relation: str
    words: str
    party: PartyId
    said: Said


def incidents(picture: Picture) -> list[IncidentView]:
    """List incidents by when they are said to have happened, each with all claims that reached this party."""
    raise NotImplementedError


def publics(picture: Picture) -> list[PublicView]:
    """List public statements, oldest first."""
    raise NotImplementedError


def sources(picture: Picture) -> list[SourceView]:
    """List the sources with their chains of republication."""
    raise NotImplementedError


def links(picture: Picture) -> list[LinkView]:
    """List stated ties, oldest first."""
    raise NotImplementedError
