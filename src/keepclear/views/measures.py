"""Measures with every party's stance side by side; nothing here is recognised or in force for everybody."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from msgspec import Struct

from keepclear.model.words import PartyId, SubjectId
from keepclear.views.attribution import Named, Said, Shown
from keepclear.views.picture import Picture


class StanceView(Struct, frozen=True):
    """One stance on one text of a measure: whose, on whose word, when; later ones stand beside it.

    `on_this_text` is false where it was taken on an older text. `latest` marks the party's latest by its
    date, separately for its own word and for each speaker who reports of it.
    """

    party: PartyId
    party_name: str
    stance: str
    words: str
    own: bool
    when: Shown | None
    on_this_text: bool
    latest: bool
    said: Said


class PostView(Struct, frozen=True):
    """An observation post of a monitor."""

    name: str
    monitor: PartyId
    monitor_name: str
    place: str
    outline: dict[str, Any] | None


class SegmentView(Struct, frozen=True):
    """A segment of a boundary with a standing of its own."""

    subject: SubjectId
    name: str
    standing: str


class TextView(Struct, frozen=True):
    """One text of a measure in its history: the n-th that reached this party."""

    ordinal: int
    statement: str
    stated_at: datetime
    form: str
    standing: str


class MeasureView(Struct, frozen=True):
    """A measure as its owner states it, and what each party says of it.

    `standing` is "declared" (one side's word), "operative" (all named parties agreed to this text),
    "proposed" (some have not), "suspended", or "withdrawn". `wording` reads aloud: what is asked there, e.g.
    "stand-off requested: call first". `outline` is GeoJSON for drawing only; `belt` is the tolerance belt of
    a boundary. `texts` are all texts that reached this party.
    """

    subject: SubjectId
    statement: str
    name: str
    measure: str
    effect: str
    wording: str
    basis: str
    standing: str
    parties: tuple[PartyId, ...]
    domain: str
    heights: str
    place: str
    outline: dict[str, Any] | None
    belt: dict[str, Any] | None
    radius_m: float | None
    tolerance_m: float | None
    reach_m: float | None
    left_bank: str
    right_bank: str
    left_parties: tuple[PartyId, ...]
    right_parties: tuple[PartyId, ...]
    part_of: Named | None
    segments: tuple[SegmentView, ...]
    guarantors: tuple[str, ...]
    monitors: tuple[str, ...]
    posts: tuple[PostView, ...]
    step_back_m: float | None
    checked_by: str
    term: str
    purpose: str
    drawn_from: str
    stances: tuple[StanceView, ...]
    no_stance: tuple[str, ...]
    texts: tuple[TextView, ...]
    linked: tuple[Named, ...]
    remarks: tuple[Said, ...]
    not_owner: tuple[Said, ...]
    said: Said


class OverlayItemView(Struct, frozen=True):
    """One text inside a map exchange."""

    statement: str
    name: str
    standing: str


class OverlayView(Struct, frozen=True):
    """A map exchange: what was offered, what was left out, and the ladder for each reader (own ones only)."""

    subject: SubjectId
    statement: str
    name: str
    items: tuple[OverlayItemView, ...]
    left_out: tuple[str, ...]
    medium: str
    ladders: tuple[Any, ...]
    said: Said


def measures(picture: Picture) -> list[MeasureView]:
    """List the measures that this party has been told of, with all stances that reached it."""
    raise NotImplementedError


def stances(picture: Picture, subject: SubjectId) -> tuple[StanceView, ...]:
    """Give every stance on a measure that reached this party, oldest first; none replaces another."""
    raise NotImplementedError
