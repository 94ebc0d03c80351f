"""When a hotline or a duty is open, and when it opens next: local hours made into instants.

Pure but for the time zone database, which the machine holds and `service/zones.py` names by its edition.
A local time that a clock change skips counts as the moment of the change. One that comes twice opens at its
first coming and closes at its last: nobody is sent away in the hour that is there twice.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from msgspec import Struct

from keepclear.model.hours import CheckTimes, Day, Hours, Span

AHEAD_DAYS = 9  # a weekly span and the days on either side of it
_DAY = timedelta(days=1)
_SECOND = timedelta(seconds=1)
_DAYS = tuple(Day)


class Opening(Struct, frozen=True):
    """Whether hours are open at an instant; `until` is when that changes next, None where it never does.

    `known` is false where this machine knows no such zone: then nothing else is meant.
    """

    known: bool
    open: bool
    until: datetime | None
    words: str


@lru_cache(maxsize=256)
def zone_of(name: str) -> ZoneInfo | None:
    """Give a zone of the database, or None where this machine knows none of that name."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def opening(hours: Hours, now: datetime) -> Opening:
    """Tell whether hours are open at an instant and when that changes next.

    Args:
        hours: local times and their zone.
        now: the instant, in UTC.
    """
    zone = zone_of(hours.zone)
    if zone is None:
        return Opening(False, False, None, f"hours in {hours.zone}, a zone that this node does not know")
    spans = list(_merged(sorted(_windows(hours, zone, now))))
    for start, end in spans:
        if start <= now < end:
            until = None if end - now > timedelta(days=AHEAD_DAYS - 2) else end
            return Opening(True, True, until, _said(zone, "open", "until", until, "around the clock"))
        if now < start:
            return Opening(True, False, start, _said(zone, "closed", "opens", start, ""))
    return Opening(True, False, None, "closed, no next opening")


def _said(zone: ZoneInfo, state: str, word: str, at: datetime | None, never: str) -> str:
    if at is None:
        return f"{state}, {never}"
    there = at.astimezone(zone)
    return f"{state}, {word} {there:%Y-%m-%d %H:%M} {there:%z} ({zone.key})"


def _windows(hours: Hours, zone: ZoneInfo, now: datetime) -> Iterator[tuple[datetime, datetime]]:
    today = now.astimezone(zone).date()
    for ahead in range(-2, AHEAD_DAYS):
        day = today + ahead * _DAY
        for span in hours.spans:
            if not span.days or _DAYS[day.weekday()] in span.days:
                yield _window(span, zone, day)


def _window(span: Span, zone: ZoneInfo, day: date) -> tuple[datetime, datetime]:
    opens, closes = time.fromisoformat(span.opens), time.fromisoformat(span.closes)
    ends = day if closes > opens else day + _DAY
    # Around the clock is one stretch: midnight of the hour that is there twice closes nothing.
    last = first_instant if closes == opens else last_instant
    return first_instant(datetime.combine(day, opens), zone), last(datetime.combine(ends, closes), zone)


def _merged(windows: list[tuple[datetime, datetime]]) -> Iterator[tuple[datetime, datetime]]:
    standing: tuple[datetime, datetime] | None = None
    for start, end in windows:
        if end <= start:
            continue
        if standing is not None and start <= standing[1]:
            standing = (standing[0], max(standing[1], end))
            continue
        if standing is not None:
            yield standing
        standing = (start, end)
    if standing is not None:
        yield standing


def first_instant(local: datetime, zone: ZoneInfo) -> datetime:
    """Give the first instant at which the clocks of a zone show a local time, or skip it."""
    return _instant(local, zone, fold=0)


def last_instant(local: datetime, zone: ZoneInfo) -> datetime:
    """Give the instant after which the clocks of a zone show no time before a local one any more."""
    at = _instant(local, zone, fold=1)
    # A time at which the clocks are put back is shown twice, but nothing before it is shown between the two.
    doubled = (at - _SECOND).astimezone(zone).replace(tzinfo=None) >= local
    return _instant(local, zone, fold=0) if doubled else at


def _instant(local: datetime, zone: ZoneInfo, fold: int) -> datetime:
    at = local.replace(tzinfo=zone, fold=fold).astimezone(UTC)
    if at.astimezone(zone).replace(tzinfo=None) == local:
        return at
    low = min(local.replace(tzinfo=zone, fold=each).astimezone(UTC) for each in (0, 1))
    high = max(local.replace(tzinfo=zone, fold=each).astimezone(UTC) for each in (0, 1))
    while high - low > _SECOND:
        middle = low + (high - low) // _SECOND // 2 * _SECOND
        skipped = middle.astimezone(zone).replace(tzinfo=None) >= local
        low, high = (low, middle) if skipped else (middle, high)
    return high


def last_due(times: CheckTimes, now: datetime) -> datetime | None:
    """Give the latest of the local times of day at or before an instant; None where the zone is not known."""
    return max((at for at in _due(times, now) if at <= now), default=None)


def next_due(times: CheckTimes, now: datetime) -> datetime | None:
    """Give the first of the local times of day after an instant; None where the zone is not known."""
    return min((at for at in _due(times, now) if at > now), default=None)


def due_between(times: CheckTimes, after: datetime, until: datetime) -> list[datetime]:
    """Give the due times after one instant and up to another, each once, at most 400 days of them."""
    zone = zone_of(times.zone)
    if zone is None:
        return []
    day, end = after.astimezone(zone).date() - _DAY, min(until, after + timedelta(days=400))
    found: set[datetime] = set()
    while day <= end.astimezone(zone).date() + _DAY:
        found |= {first_instant(datetime.combine(day, time.fromisoformat(at)), zone) for at in times.at}
        day += _DAY
    return sorted(at for at in found if after < at <= until)


def _due(times: CheckTimes, now: datetime) -> Iterator[datetime]:
    zone = zone_of(times.zone)
    if zone is None:
        return
    today = now.astimezone(zone).date()
    for ahead in (-2, -1, 0, 1, 2):
        for at in times.at:
            yield first_instant(datetime.combine(today + ahead * _DAY, time.fromisoformat(at)), zone)
