"""How a desk watches its numbers: how many false findings it accepts, and what it holds for usual.

It stands in the own log with its reason, so that a finding of any day can be worked out again as it was.
"""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from keepclear.model.words import SubjectId, Words
from keepclear.times import Stamp

FALSE_PER_MONTH = 0.1
TOLERATED_PER_DAY = 1.0


class BaseRateSet(
    Struct, frozen=True, tag_field="kind", tag="base-rate", forbid_unknown_fields=True, omit_defaults=True
):
    """How the numbers of one matter are watched, or of all where `about` is left out.

    `false_per_month` is how many false findings a month of watched days are accepted for each series,
    `tolerated_per_day` how many crossings a day of a boundary or zone ask for no contact. Counts before
    `base_from` are left out of the base: a level that has been explained begins a base of its own.
    """

    reason: Annotated[Words, Meta(min_length=1)]
    about: SubjectId | None = None
    false_per_month: Annotated[float, Meta(ge=0.01, le=4.0)] = FALSE_PER_MONTH
    tolerated_per_day: Annotated[float, Meta(ge=0.0, le=1_000.0)] = TOLERATED_PER_DAY
    base_from: Stamp | None = None
    by_role: Words = ""
