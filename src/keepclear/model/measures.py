"""Measures: zones, boundaries, areas and posts that parties declare or agree; stances; map exchange."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from msgspec import Meta, Struct

from keepclear.errors import Malformed
from keepclear.geo.shapes import Clip, Shape
from keepclear.geo.volumes import Altitude
from keepclear.model.step_backs import StepBack
from keepclear.model.words import (
    Domain,
    Name,
    PartyId,
    Place,
    SaltedHash,
    StatementId,
    SubjectId,
    Words,
)
from keepclear.times import Stamp


class MeasureKind(StrEnum):
    """What sort of measure it is; there is no permissive one."""

    ZONE = "zone"
    BOUNDARY = "boundary"
    CORRIDOR = "corridor"
    PROTECTED_SITE = "protected site"
    RING = "ring"
    DE_ESCALATION_AREA = "de-escalation area"
    SPECIAL_CAUTION_AREA = "special caution area"
    STEP_BACK = "step-back"


class Effect(StrEnum):
    """What the author asks of others there; every effect asks for contact or distance, none permits."""

    CALL = "call"
    CONTACT_REQUIRED = "contact-required"
    KEEP_OUT_REQUESTED = "keep-out-requested"
    MONITORED = "monitored"
    CLOSED = "closed"


class Basis(StrEnum):
    """On what ground the measure stands."""

    DECLARED = "declared"
    AGREED = "agreed"
    CUSTOMARY = "customary"


class Stance(StrEnum):
    """What one party says of a measure."""

    AGREED = "agreed"
    TACIT = "tacit"
    SILENT = "silent"
    NOT_RECOGNISED = "not recognised"
    DISPUTES_GEOMETRY = "disputes geometry"
    REJECTED = "rejected"


class Banks(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Whose forces keep to which bank, left and right as seen along the boundary's direction."""

    left_name: Name
    right_name: Name
    left: tuple[PartyId, ...] = ()
    right: tuple[PartyId, ...] = ()


class Post(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """An observation post of a monitor; own or consenting people only."""

    name: Name
    monitor: PartyId
    place: Place


class MeasureStated(
    Struct, frozen=True, tag_field="kind", tag="measure", forbid_unknown_fields=True, omit_defaults=True
):
    """A measure, whole: its shape, heights, effect, basis and whom it names.

    What must be agreed (`basis: agreed`) is operative only in the last text to which every party in
    `parties` has said *agreed* by statement id. `tolerance_m` and `reach_m` belong to boundaries: nearer
    than the tolerance no bank is told, beyond the reach a bank has no meaning. `step_back` are the terms of a
    step-back. A shape too large for a statement stands beside the log: `shape_beside` is its salted hash,
    which `attachments` names too.
    """

    name: Name
    measure: MeasureKind
    effect: Effect
    basis: Basis
    shape: Shape | None = None
    place: Place | None = None
    parties: tuple[PartyId, ...] = ()
    domain: Domain | None = None
    floor: Altitude | None = None
    ceiling: Altitude | None = None
    tolerance_m: Annotated[float, Meta(ge=0)] | None = None
    reach_m: Annotated[float, Meta(gt=0)] | None = None
    banks: Banks | None = None
    clips: tuple[Clip, ...] = ()
    part_of: SubjectId | None = None
    guarantors: tuple[PartyId, ...] = ()
    monitors: tuple[PartyId, ...] = ()
    posts: tuple[Post, ...] = ()
    step_back_m: Annotated[float, Meta(gt=0)] | None = None
    checked_by: Words = ""
    term: Words = ""
    purpose: Words = ""
    drawn_from: Words = ""
    step_back: StepBack | None = None
    shape_beside: SaltedHash | None = None

    def __post_init__(self) -> None:
        if self.shape is not None and self.shape_beside is not None:
            raise Malformed(
                "a measure with two shapes", "shape-once", "shape, or shape_beside, not both", "shape_beside"
            )


class StanceTaken(
    Struct, frozen=True, tag_field="kind", tag="stance", forbid_unknown_fields=True, omit_defaults=True
):
    """What `party` says of one text of a measure; by another author it is that author's report.

    `text_hash` is the SHA-256 of the text's canonical bytes as `party` holds them.
    """

    on: StatementId
    measure: SubjectId
    party: PartyId
    stance: Stance
    words: Words = ""
    as_of: Stamp | None = None
    text_hash: Annotated[str, Meta(pattern="^([0-9a-f]{64})?$(?!\n)")] = ""


class OverlayOffered(
    Struct, frozen=True, tag_field="kind", tag="overlay", forbid_unknown_fields=True, omit_defaults=True
):
    """A map exchange: a named set of texts offered together, and what was left out on purpose."""

    name: Name
    items: tuple[StatementId, ...] = ()
    left_out: tuple[Words, ...] = ()
    medium: Words = ""
