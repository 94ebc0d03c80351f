"""Hotlines as one party knows them: declared and observed state apart, and the last contact that worked."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct

from keepclear.model.words import PartyId, SubjectId
from keepclear.views.attribution import Said, Shown
from keepclear.views.picture import Picture


class EndView(Struct, frozen=True):
    """One end of a hotline: the role that answers."""

    party: PartyId
    party_name: str
    role: str
    place: str
    languages: tuple[str, ...]


class UseView(Struct, frozen=True):
    """One use or check of a hotline as its author reports it."""

    statement: str
    what: str
    with_party: str
    purpose: str
    gist: str
    answered: bool | None
    when: Shown | None
    said: Said


class HotlineView(Struct, frozen=True):
    """A hotline: what its ends declare, what this party observed, when somebody last answered.

    `observed` is "answering", "unanswered", "faulty" or "not tried"; it never replaces `declared`.
    `last_contact` is the last use that was answered, over `uses` and checks alike.
    """

    subject: SubjectId
    name: str
    domain: str
    level: str
    ends: tuple[EndView, ...]
    media: tuple[str, ...]
    hours: str
    security: str
    purpose_limit: str
    declared: str
    observed: str
    last_contact: UseView | None
    unanswered: tuple[UseView, ...]
    uses: tuple[UseView, ...]
    said: Said


def hotlines(picture: Picture, now: datetime) -> list[HotlineView]:
    """List the hotlines that this party knows of, air and ground first, desk before commander."""
    raise NotImplementedError
