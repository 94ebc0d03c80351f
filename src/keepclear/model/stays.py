"""What a desk asks of stays in an area: for how long at most, and which of its own things must be there.

A setting of the party's own live picture, kept beside it and no statement: it tells nobody anything. It asks
for contact and nothing else (LIM-07), and only own, consenting and released things can be expected (LIM-08).
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from msgspec import Meta, Struct

from keepclear.model.words import SubjectId
from keepclear.times import Instant

Seconds = Annotated[int, Meta(ge=60, le=30 * 86_400)]


class Stayers(StrEnum):
    """Of whose things a stay is looked at."""

    OWN = "own"
    TIED = "tied"  # to a notice or movement
    ANYONE = "anyone"


class ExpectedThing(Struct, frozen=True):
    """A thing that must be inside from a time until a time; None: from when it was set, without end.

    `source` and `id` are those of its track. What is not inside `grace_s` after the beginning is absent.
    """

    source: str
    id: str
    start: Instant | None = None
    end: Instant | None = None
    grace_s: Annotated[int, Meta(ge=0, le=86_400)] = 0


class Stay(Struct, frozen=True):
    """What is asked of stays in one measure, by whom and since when.

    Attributes:
        about: the measure; an area.
        since: when it was set.
        by_role: the role that set it.
        dwell_s: a stay for longer is an alarm; None: any stay is no matter.
        whose: whose stays.
        expected: what must be inside.
    """

    about: SubjectId
    since: Instant
    by_role: str
    dwell_s: Seconds | None = None
    whose: Stayers = Stayers.ANYONE
    expected: tuple[ExpectedThing, ...] = ()
