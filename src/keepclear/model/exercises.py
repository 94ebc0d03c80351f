"""Exercise runs: a drill of one kind of notice with another party, before it is used in earnest (PRA-02)."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct

from keepclear.model.notices import Activity
from keepclear.model.words import PartyId, Words
from keepclear.times import Stamp


class DrillResult(StrEnum):
    """How a drill ended."""

    UNDERSTOOD = "understood"
    DISCREPANT = "discrepant"
    NOT_HELD = "not held"


class ExerciseRun(
    Struct, frozen=True, tag_field="kind", tag="exercise-run", forbid_unknown_fields=True, omit_defaults=True
):
    """A drill of one kind of notice with a party: passed, read back, plotted, and how that went.

    The drill itself stands in logs of the status Exercise; this says in the other logs that it was held.
    """

    activity: Activity
    with_party: PartyId
    held: Stamp
    result: DrillResult
    words: Words = ""
