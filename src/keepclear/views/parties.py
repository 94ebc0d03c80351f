"""Parties, relations between them, agreements, and the relay path where there is no direct link."""

from __future__ import annotations

from msgspec import Struct

from keepclear.model.words import PartyId, SubjectId
from keepclear.views.attribution import Said
from keepclear.views.picture import Picture


class PartyView(Struct, frozen=True):
    """A party as it was described, its name in full."""

    party: PartyId
    name: str
    party_kind: str
    reach: str
    local_names: dict[str, str]
    labels: tuple[str, ...]
    remarks: str
    said: Said


class RelationView(Struct, frozen=True):
    """What one party is said to be to another."""

    subject: SubjectId
    from_party: PartyId
    from_name: str
    to_party: PartyId
    to_name: str
    relation: str
    relay_minutes: int | None
    remarks: str
    said: Said


class Leg(Struct, frozen=True):
    """One step of a relay: over which hotline or relation, and its minutes (None: not stated)."""

    from_party: PartyId
    to_party: PartyId
    over: str
    minutes: int | None


class RelayView(Struct, frozen=True):
    """How words get from this party to another: directly over a hotline, or through others with a clock.

    `minutes` is the sum of the stated legs; `minutes_known` is false where a leg's time is not stated.
    `words` reads aloud, for example "No direct link. Coalition → Russian forces (ground hotline, desk) →
    pro-government forces: about 25 minutes."
    """

    to_party: PartyId
    to_name: str
    direct: bool
    path: tuple[PartyId, ...]
    legs: tuple[Leg, ...]
    minutes: int | None
    minutes_known: bool
    words: str


class AgreementView(Struct, frozen=True):
    """What parties have agreed, and what the agreement leaves out."""

    subject: SubjectId
    name: str
    parties: tuple[PartyId, ...]
    domains: tuple[str, ...]
    signed: str
    text_withheld: bool
    provides: tuple[str, ...]
    excludes: tuple[str, ...]
    said: Said


def parties(picture: Picture) -> list[PartyView]:
    """List the parties that this party has been told of, by name."""
    raise NotImplementedError


def relations(picture: Picture) -> list[RelationView]:
    """List what was said of how parties stand to one another."""
    raise NotImplementedError


def relays(picture: Picture) -> list[RelayView]:
    """Give the quickest known way of words from this party to every other that it knows of."""
    raise NotImplementedError


def agreements(picture: Picture) -> list[AgreementView]:
    """List the agreements that this party has been told of."""
    raise NotImplementedError
