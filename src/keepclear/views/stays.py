"""What a desk asks of stays in areas, as its own people read it."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct

from keepclear.model.words import PartyId
from keepclear.views.attribution import Named


class ExpectedView(Struct, frozen=True):
    """A thing that must be inside: its number, what it is called, from when and until when."""

    number: int
    called: str
    start: datetime | None
    end: datetime | None
    grace_s: int


class StayView(Struct, frozen=True):
    """What is asked of stays in one measure, by which role and since when.

    `dwell_s` is after how long a stay is an alarm, None where none is; `whose` of whose things.
    """

    about: Named
    dwell_s: int | None
    whose: str
    expected: tuple[ExpectedView, ...]
    by_role: str
    since: datetime


class StaysAnswer(Struct, frozen=True):
    """Everything that is asked of stays, in the order of the measures' names."""

    party: PartyId
    now: datetime
    stays: tuple[StayView, ...]
