"""Shifts: who has the watch by the rota, as a named person; the names stand beside the party's own log."""

from __future__ import annotations

from msgspec import Struct

from keepclear.model.words import Name, PersonBeside, Words
from keepclear.times import Instant


class ShiftStated(
    Struct, frozen=True, tag_field="kind", tag="shift", forbid_unknown_fields=True, omit_defaults=True
):
    """That one named person has a role of the watch from `start` until before `end`, at a station.

    It is told to nobody but the other end of a hotline, which must call; what that end said of its own shift
    by telephone is noted with `said_by`, in the own log. `person` is the salted hash of a name that stands
    beside the log and is one of the attachments, so that it can be erased (statements.md section 5). A
    handover that is taken over moves the shift to who comes.
    """

    role: Name
    person: PersonBeside
    start: Instant
    end: Instant
    station: Words = ""
