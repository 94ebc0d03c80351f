"""Opening hours and times of day as a party states them: local time and the name of its zone.

Nothing here looks a zone up: a statement must read the same on every node, whatever edition of the time zone
database the node has. views/opening.py works out instants.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from msgspec import Meta, Struct

from keepclear.errors import Malformed

ZoneName = Annotated[str, Meta(pattern=r"^[A-Za-z0-9_+-]{1,32}(/[A-Za-z0-9_+-]{1,32}){0,2}$(?!\n)")]
TimeOfDay = Annotated[str, Meta(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$(?!\n)")]


class Day(StrEnum):
    """A day of the week, in the order of `datetime.weekday`."""

    MONDAY = "mon"
    TUESDAY = "tue"
    WEDNESDAY = "wed"
    THURSDAY = "thu"
    FRIDAY = "fri"
    SATURDAY = "sat"
    SUNDAY = "sun"


class Span(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """From a local time to a local time, on some days; it ends the day after where it ends at or before it.

    The same time twice is a whole day. `days` are those on which it begins; none named means every day.
    """

    opens: TimeOfDay
    closes: TimeOfDay
    days: Annotated[tuple[Day, ...], Meta(max_length=7)] = ()


class Hours(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Opening hours: local times in a zone of the IANA database, such as "Asia/Damascus"."""

    zone: ZoneName
    spans: Annotated[tuple[Span, ...], Meta(min_length=1, max_length=21)]


class CheckTimes(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """When a hotline is checked: local times in a zone, each once a day; twice a day unless said otherwise.

    Source of the two a day: domain.md §8.
    """

    zone: ZoneName
    at: Annotated[tuple[TimeOfDay, ...], Meta(min_length=1, max_length=8)] = ("08:00", "20:00")

    def __post_init__(self) -> None:
        if len(set(self.at)) != len(self.at):
            raise Malformed("a check twice at one time", "check-times", "each time once", "at")
