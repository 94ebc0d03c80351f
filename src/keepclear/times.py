"""Instants, windows and stamps: UTC inside, precision carried, no clock.

An `Instant` is an aware `datetime` in UTC. Windows are half-open. A `Stamp` keeps what was said of a
time ("8 June 2017, local") beside the instants it may mean.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta, timezone
from enum import StrEnum
from functools import lru_cache
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from keepclear.errors import Malformed

Instant = Annotated[datetime, Meta(tz=True)]

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_CALENDAR = (datetime(2, 1, 1, tzinfo=UTC), datetime(9998, 12, 31, tzinfo=UTC))
_OFFSET = re.compile(r"(?P<sign>[+-])(?P<hours>[01]?\d):(?P<minutes>[0-5]\d)", re.ASCII)


class Precision(StrEnum):
    """How exactly a time is known; a coarser precision widens the span, it never picks a moment."""

    MONTH = "month"
    WEEK = "week"
    DAY = "day"
    HOUR = "hour"
    MINUTE = "minute"
    SECOND = "second"


_SPANS = {
    Precision.MONTH: timedelta(days=31),
    Precision.WEEK: timedelta(days=7),
    Precision.DAY: timedelta(days=1),
    Precision.HOUR: timedelta(hours=1),
    Precision.MINUTE: timedelta(minutes=1),
    Precision.SECOND: timedelta(seconds=1),
}


def utc(text: str) -> datetime:
    """Read an RFC 3339 time with its offset and give it in UTC.

    Raises:
        Malformed: the text is no RFC 3339 time, or it is naive (has no offset).
    """
    try:
        value = datetime.fromisoformat(text)
    except ValueError as error:
        raise Malformed(
            f'"{text}" is not a time', "rfc3339", 'a time such as "2018-02-07T20:00:00Z"'
        ) from error
    if value.tzinfo is None:
        raise Malformed(f'"{text}" has no offset from UTC', "naive-time", f'"{text}Z" or "{text}+02:00"')
    return in_utc(value)


def in_utc(at: datetime, field: str = "") -> datetime:
    """Give the same instant in UTC.

    Raises:
        Malformed: it lies in no year there, as the last hours of 9999 west of Greenwich do.
    """
    if at.tzinfo is UTC:
        return at
    try:
        return at.astimezone(UTC)
    except OverflowError as error:
        raise Malformed(f"{at.isoformat()} lies in no year", "calendar", "years 1 to 9999", field) from error


def in_calendar(at: datetime, field: str = "") -> datetime:
    """Give the same instant in UTC, far enough from both ends of the calendar to be reckoned with.

    Raises:
        Malformed: it lies before year 2 or after 9998.
    """
    there = in_utc(at, field)
    if not _CALENDAR[0] <= there <= _CALENDAR[1]:
        raise Malformed(f"the time {text(there)}", "calendar", "years 2 to 9998", field)
    return there


def microseconds(at: datetime) -> int:
    """Give an instant as microseconds since 1970 UTC, as stores keep it."""
    return (at - EPOCH) // _MICROSECOND


def instant(at_us: int) -> datetime:
    """Give the instant of so many microseconds since 1970 UTC; exact, as no float would be."""
    return EPOCH + timedelta(microseconds=at_us)


def text(at: datetime) -> str:
    """Give an instant as RFC 3339 in UTC, ending in Z, with as many digits as it needs.

    One that lies in no year in UTC keeps its own offset: whoever stated it, it can still be shown.
    """
    try:
        return in_utc(at).replace(tzinfo=None).isoformat() + "Z"
    except Malformed:
        return at.isoformat()


def to_the_second(at: datetime) -> str:
    """Give an instant as `text` does, without the part of a second: as a person says it."""
    return text(at.replace(microsecond=0))


class Window(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A half-open span of time `[start, end)`; a bound that is None is unbounded, not unknown-as-zero."""

    start: Instant | None = None
    end: Instant | None = None

    def __post_init__(self) -> None:
        for name in ("start", "end"):
            bound = getattr(self, name)
            if bound is not None and bound.utcoffset() != timedelta(0):
                msgspec.structs.force_setattr(self, name, in_utc(bound, name))
        if self.start is not None and self.end is not None and self.end <= self.start:
            raise Malformed(
                f"a window that ends ({text(self.end)}) at or before it starts ({text(self.start)})",
                "window-order",
                f"an end after {text(self.start)}, or none",
                "window",
            )

    def holds(self, at: datetime) -> bool:
        """Tell whether the instant lies in the window (start inside, end outside)."""
        return (self.start is None or self.start <= at) and (self.end is None or at < self.end)

    def meet(self, other: Window) -> Window | None:
        """Give the span that both windows share, or None when they share no instant."""
        starts = [bound for bound in (self.start, other.start) if bound is not None]
        ends = [bound for bound in (self.end, other.end) if bound is not None]
        start, end = max(starts, default=None), min(ends, default=None)
        if start is not None and end is not None and end <= start:
            return None
        return Window(start, end)


class Stamp(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A time as it was said: UTC instant of its beginning, the local words, the offset, the precision.

    `at` is the first instant that the words allow; `span()` gives all of them. `about` marks a time that
    the speaker gave as approximate.
    """

    at: Instant
    local: str = ""
    offset: str = "+00:00"
    precision: Precision = Precision.MINUTE
    about: bool = False

    def __post_init__(self) -> None:
        # What is admitted must be shown: an offset that is none, or a span past the calendar, shows nowhere.
        _offset(self.offset)
        there = in_calendar(self.at, "at")
        if there is not self.at:
            msgspec.structs.force_setattr(self, "at", there)

    def span(self) -> Window:
        """Give the half-open window of all instants that this time may mean."""
        return Window(self.at, self.at + _SPANS[self.precision])

    def local_day(self) -> date:
        """Give the day on which it began at the place, by its offset."""
        return self.at.astimezone(timezone(_offset(self.offset))).date()

    def shown(self) -> str:
        """Give the time as a person at the place would read it, with offset and precision."""
        return _shown(self)


# Every view writes the same few hundred times again and again.
@lru_cache(maxsize=4_096)
def _shown(stamp: Stamp) -> str:
    zone = timezone(_offset(stamp.offset))
    there = stamp.at.astimezone(zone)
    about = "about " if stamp.about else ""
    match stamp.precision:
        case Precision.MONTH:
            return f"{about}{there:%B %Y}"
        case Precision.WEEK:
            return f"{about}the week of {there:%Y-%m-%d}"
        case Precision.DAY:
            return f"{about}{there:%Y-%m-%d}"
        case Precision.HOUR:
            return f"{about}{there:%Y-%m-%d} {there:%H} h {stamp.offset}"
        case _:
            return f"{about}{there:%Y-%m-%d %H:%M} {stamp.offset}"


def span_words(seconds: float) -> str:
    """Say how long: "40 s", "25 min", "2 h 05 min", and from two days on "5 d"; cut off, never rounded up."""
    whole = int(max(0.0, seconds))
    minutes = whole // 60
    if minutes < 1:
        return f"{whole} s"
    if minutes < 60:
        return f"{minutes} min"
    if whole < 2 * 86_400:
        return f"{minutes // 60} h" + (f" {minutes % 60:02d} min" if minutes % 60 else "")
    return f"{whole // 86_400} d"


def _offset(value: str) -> timedelta:
    found = _OFFSET.fullmatch(value)
    if found is None:
        raise Malformed(f'"{value[:40]}" is no offset from UTC', "offset", '"+03:00"', "offset")
    ahead = timedelta(hours=int(found["hours"]), minutes=int(found["minutes"]))
    return -ahead if found["sign"] == "-" else ahead


def stamp(local: str, offset: str, precision: Precision, *, about: bool = False) -> Stamp:
    """Make a stamp from local words such as `2017-06-08` or `2018-02-07 20:00` and their offset.

    Raises:
        Malformed: the words are no date or time, or the offset is none.
    """
    try:
        naive = datetime.fromisoformat(local)
    except ValueError as error:
        raise Malformed(f'"{local}" is not a local time', "local-time", '"2018-02-07 20:00"') from error
    at = (naive.replace(tzinfo=UTC) - _offset(offset)).astimezone(UTC)
    return Stamp(at, local, offset, precision, about)
