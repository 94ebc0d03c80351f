"""Mutual step-back: whose forces, by when, and the check; what the check found, as its speaker says.

Source: FAIL-06(c), a step-back is a measure with distance, time and check.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from msgspec import Meta, Struct

from keepclear.model.words import Name, PartyId, StatementId, SubjectId, Words
from keepclear.times import Instant, Stamp


class StepBack(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """The terms of a step-back, beside the measure's place and its `step_back_m`.

    `parties` are those whose forces step back, `by` is until when; at `check_at` the role `check_role` of
    `check_by` looks and says what it found.
    """

    parties: Annotated[tuple[PartyId, ...], Meta(min_length=1, max_length=16)]
    by: Instant
    check_at: Instant
    check_by: PartyId
    check_role: Name


class StepBackSeen(StrEnum):
    """What a check of a step-back found; that nothing could be seen is no finding either way."""

    STEPPED_BACK = "stepped back"
    NOT_STEPPED_BACK = "not stepped back"
    NOT_SEEN = "could not be seen"


class StepBackChecked(
    Struct,
    frozen=True,
    tag_field="kind",
    tag="step-back-check",
    forbid_unknown_fields=True,
    omit_defaults=True,
):
    """What a check found of one text of a step-back; of another party's check it is the author's report."""

    of: StatementId
    measure: SubjectId
    found: StepBackSeen
    done: Stamp
    by_role: Name
    words: Words = ""
