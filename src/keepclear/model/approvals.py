"""Second-person approval: which texts of a party need it, what was submitted, what decided; all in P→P."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from msgspec import Meta, Struct

from keepclear.model.hotline import Purpose
from keepclear.model.words import Name, Precedence, StatementId, SubjectId, Words

Reason = Annotated[str, Meta(max_length=4000)]


class Decided(StrEnum):
    """What a second person decides about a draft."""

    APPROVED = "approved"
    RETURNED = "returned"


class ApprovalPolicy(
    Struct,
    frozen=True,
    tag_field="kind",
    tag="approval-policy",
    forbid_unknown_fields=True,
    omit_defaults=True,
):
    """Which messages and warnings of this party a second person must approve before they are told.

    A text needs it whose precedence and purpose are both named; no purpose named means every purpose. A
    warning counts as an air warning. A flash for safety never waits, whatever is named here.
    """

    precedences: Annotated[tuple[Precedence, ...], Meta(max_length=3)]
    purposes: Annotated[tuple[Purpose, ...], Meta(max_length=16)] = ()
    reason: Words = ""


class DraftSubmitted(
    Struct,
    frozen=True,
    tag_field="kind",
    tag="draft-submitted",
    forbid_unknown_fields=True,
    omit_defaults=True,
):
    """A draft that its writer has submitted: the act to be told, whole, as JSON, and who wrote it."""

    act: Annotated[str, Meta(min_length=2, max_length=24_000)]
    by_role: Name
    by_person: Name
    title: Words = ""


class DraftDecided(
    Struct, frozen=True, tag_field="kind", tag="draft-decided", forbid_unknown_fields=True, omit_defaults=True
):
    """What another person decided about a submitted draft; `told` is the text that went out by it."""

    of: StatementId
    decided: Decided
    by_role: Name
    by_person: Name
    reason: Reason = ""
    told: StatementId | None = None
    told_subject: SubjectId | None = None
