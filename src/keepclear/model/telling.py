"""Statements about telling: revoked texts, conditions, releases, forwarding, and the life of a log."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from msgspec import Meta, Struct

from keepclear.geo.figures import Polygon
from keepclear.geo.volumes import Volume
from keepclear.model.words import CapStatus, Form, Name, PartyId, StatementId, SubjectId, Words
from keepclear.times import Instant, Window


class Revoked(
    Struct, frozen=True, tag_field="kind", tag="revoked", forbid_unknown_fields=True, omit_defaults=True
):
    """The subject has no operative text until it is restated; what was known stays known."""

    of: SubjectId
    reason: Words = ""


class Condition(StrEnum):
    """What a text may be stated to be; a closed set, in which nothing permits."""

    ACTIVE = "active"
    IN_FORCE = "in force"
    HOLD = "hold"
    PAUSED = "paused"
    SUSPENDED = "suspended"
    RESUMED = "resumed"
    WITHDRAWN = "withdrawn"
    LAPSED = "lapsed"
    DISPERSED = "dispersed"
    BECAME_AN_INCIDENT = "became an incident"
    UNDER_REVIEW = "under review"
    UNDER_INQUIRY = "under inquiry"
    FINDINGS = "findings"
    CLOSED = "closed"


class StatusStated(
    Struct, frozen=True, tag_field="kind", tag="status", forbid_unknown_fields=True, omit_defaults=True
):
    """A condition of one text (hold, active, paused, lapsed, dispersed); it resets no receipt ladder."""

    of: StatementId
    status: Condition
    reason: Words = ""


class ReleaseDecided(
    Struct, frozen=True, tag_field="kind", tag="release", forbid_unknown_fields=True, omit_defaults=True
):
    """The decision to let one reader have a subject, in which form, by whom, at what risk; kept in A→A."""

    of: SubjectId
    reader: PartyId
    form: Form
    approved_by_role: Name
    risk_note: Annotated[str, Meta(min_length=1, max_length=4000)]
    withdrawn: bool = False


class NotTold(
    Struct, frozen=True, tag_field="kind", tag="not-told", forbid_unknown_fields=True, omit_defaults=True
):
    """The decision to leave a reader with an older text; kept in A→A and shown as such."""

    of: SubjectId
    text: StatementId
    reader: PartyId
    reason: Annotated[str, Meta(min_length=1, max_length=4000)]


class Forwarded(
    Struct, frozen=True, tag_field="kind", tag="forwarded", forbid_unknown_fields=True, omit_defaults=True
):
    """Another author's statement shown on, with its signed bytes inside (base64)."""

    original: Annotated[str, Meta(min_length=1, max_length=60_000)]
    remarks: Words = ""


class ConflictStated(
    Struct, frozen=True, tag_field="kind", tag="conflict", forbid_unknown_fields=True, omit_defaults=True
):
    """That a notice of the reader's meets one of another party's, as a neutral host tells each side.

    `notice` is the reader's own text. `cells` and `window` say about where and when, no finer than the host's
    grid and blocks of hours; `theirs` is what the other side has released to this reader, and empty where it
    has released nothing. `ended` says that what was told before no longer stands.
    """

    notice: StatementId
    against: tuple[StatementId, ...]
    words: Words
    with_party: PartyId | None = None
    cells: tuple[Polygon, ...] = ()
    window: Window | None = None
    theirs: tuple[Volume, ...] = ()
    ended: bool = False


class HitsCapped(
    Struct, frozen=True, tag_field="kind", tag="hits-capped", forbid_unknown_fields=True, omit_defaults=True
):
    """That a neutral host tells two parties of no more conflicts until a time; they ask by hotline."""

    with_party: PartyId | None
    cap: int
    until: Instant
    words: Words


class LogOpened(
    Struct, frozen=True, tag_field="kind", tag="log-opened", forbid_unknown_fields=True, omit_defaults=True
):
    """Entry 0 of every log: who tells whom, under which CAP status, and in whose custody it stands."""

    author: PartyId
    reader: PartyId
    cap: CapStatus
    custody: Annotated[str, Meta(pattern="^(host|party)$")]
    host: Name = ""
    previous_origin: Words = ""
    previous_size: int = 0
    previous_root: Words = ""


class LogClosed(
    Struct, frozen=True, tag_field="kind", tag="log-closed", forbid_unknown_fields=True, omit_defaults=True
):
    """The last entry of a log: why it ends and where it goes on."""

    reason: Words
    next_origin: Words = ""
