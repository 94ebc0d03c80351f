"""Shifts: who has the watch by the rota, as a named person; the names stand in the party's own log."""

from __future__ import annotations

from msgspec import Struct

from keepclear.model.words import Name, Words
from keepclear.times import Instant


class ShiftStated(
    Struct, frozen=True, tag_field="kind", tag="shift", forbid_unknown_fields=True, omit_defaults=True
):
    """That one named person has a role of the watch from `start` until before `end`, at a station.

    It is told to nobody. A handover that is taken over moves it to who comes.
    """

    role: Name
    person: Name
    start: Instant
    end: Instant
    station: Words = ""
