"""A recording of positions: cut into steps, and from an instant on."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from datetime import datetime, timedelta

from msgspec import Struct
from msgspec.structs import replace

from keepclear.links.feeds import Reading


class Cut(Struct, frozen=True):
    """One step of a recording: what was heard up to an instant, each thing described when it comes first."""

    until: datetime
    reading: Reading


def cuts(reading: Reading, step: timedelta) -> Iterator[Cut]:
    """Cut a recording into steps; where nothing was heard for a time there is none."""
    described = {track.id: track for track in reading.tracks}
    times = [fix.at for fix in reading.fixes]
    start, until = 0, times[0] + step if times else None
    while until is not None and start < len(times):
        if times[start] >= until:
            until += step * ((times[start] - until) // step + 1)
        end = bisect_right(times, until)
        fixes = reading.fixes[start:end]
        fresh = {fix.track for fix in fixes} & described.keys()
        tracks = tuple(described.pop(name) for name in sorted(fresh))
        yield Cut(until, Reading(fixes, tracks, alive=True))
        start, until = end, until + step


def from_then_on(reading: Reading, at: datetime) -> Reading:
    """Give the part of a recording that was heard at an instant or after it, with the things heard then."""
    first = bisect_left([fix.at for fix in reading.fixes], at)
    fixes = reading.fixes[first:]
    heard = {fix.track for fix in fixes}
    return replace(reading, fixes=fixes, tracks=tuple(each for each in reading.tracks if each.id in heard))
