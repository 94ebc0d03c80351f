"""Parties, how they can influence one another, their agreements and their keys."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from msgspec import Meta, Struct

from keepclear.model.words import Domain, Name, PartyId, Words
from keepclear.times import Stamp


class PartyKind(StrEnum):
    """What an organisation with a command of its own is."""

    STATE_FORCE = "state force"
    NON_STATE_FORCE = "non-state force"
    COALITION = "coalition"
    AGENCY = "agency"
    MONITOR = "monitor"
    OPERATOR = "operator"
    AUTHORITY = "authority"
    ARCHIVE = "archive"
    HOST = "host"


class Reach(StrEnum):
    """How a party can be reached."""

    NODE = "node"
    HOSTED = "hosted"
    VOICE = "voice"
    NONE = "none"


class RelationKind(StrEnum):
    """What one party is to another; says nothing of friend or foe."""

    COMMANDS = "commands"
    SUPPORTS = "supports"
    ADVISES = "advises"
    CAN_INFLUENCE = "can influence"
    PARTNERS = "partners"
    DISCLAIMS = "disclaims"


class Label(Struct, frozen=True, forbid_unknown_fields=True):
    """A legal status that one jurisdiction gives a party; never part of its name."""

    jurisdiction: Name
    words: Name


class PartyStated(
    Struct, frozen=True, tag_field="kind", tag="party", forbid_unknown_fields=True, omit_defaults=True
):
    """A party as its author describes it: neutral name in full, kind, how to reach it."""

    party: PartyId
    name: Name
    party_kind: PartyKind
    reach: Reach = Reach.NONE
    local_names: dict[str, Name] = {}
    labels: tuple[Label, ...] = ()
    remarks: Words = ""


class RelationStated(
    Struct, frozen=True, tag_field="kind", tag="relation", forbid_unknown_fields=True, omit_defaults=True
):
    """One party's standing towards another, and how long words take to pass between them."""

    from_party: PartyId
    to_party: PartyId
    relation: RelationKind
    relay_minutes: Annotated[int, Meta(gt=0)] | None = None
    as_of: Stamp | None = None
    remarks: Words = ""


class AgreementStated(
    Struct, frozen=True, tag_field="kind", tag="agreement", forbid_unknown_fields=True, omit_defaults=True
):
    """What parties have agreed on, its term and what it leaves out; its text may be withheld."""

    name: Name
    parties: tuple[PartyId, ...]
    domains: tuple[Domain, ...] = ()
    signed: Stamp | None = None
    text_withheld: bool = False
    provides: tuple[Words, ...] = ()
    excludes: tuple[Words, ...] = ()


class KeyStated(
    Struct, frozen=True, tag_field="kind", tag="key", forbid_unknown_fields=True, omit_defaults=True
):
    """A public key of the author and what it signs; judged by its position in the log, not by time."""

    vkey: Name
    signs: Name
    revoked: bool = False
