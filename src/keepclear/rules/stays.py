"""Who stays in an area for longer than was said, and which own thing is not where it is expected.

Both are judged anew at each look from who is inside now and since when, as the fence watch has it: so a
restart, a late fix or another setting leaves nothing behind. What follows is contact (LIM-07): call, ask,
and for one that stays, step back. What is not heard of is taken neither to be there nor to be gone: it is
*possible*.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from msgspec import Struct

from keepclear.errors import LimitRefused, Malformed
from keepclear.model.stays import ExpectedThing, Stay, Stayers
from keepclear.model.tracks import Fix, Track
from keepclear.model.words import PartyId, StatementId, SubjectId
from keepclear.rules.conformance import LOST_AFTER
from keepclear.rules.fences import Inside
from keepclear.rules.leaving import may_leave
from keepclear.rules.live_causes import Cause, LiveRule, called, fix_seen, party_of
from keepclear.times import text, to_the_second
from keepclear.views.live import STALE_S

MAX_STAYS: Final = 200
MAX_EXPECTED: Final = 50


class Watched(Struct, frozen=True):
    """An area as it stands in the fence watch: its text, its name, and what is in it, by number."""

    statement: StatementId
    name: str
    inside: Mapping[int, Inside]


class Seen(Struct, frozen=True):
    """A thing as it was last heard of; `tied` to a notice or movement."""

    number: int
    track: Track
    fix: Fix | None
    tied: bool


class Stayed(Struct, frozen=True):
    """What holds now, and what is needed to say why something holds no longer.

    `asked` are the measures of which something is asked, `standing` those of them that are watched, `inside`
    who is in them, `expected` what is expected now.
    """

    causes: tuple[Cause, ...] = ()
    asked: frozenset[SubjectId] = frozenset()
    standing: frozenset[SubjectId] = frozenset()
    inside: frozenset[tuple[SubjectId, int]] = frozenset()
    expected: frozenset[tuple[SubjectId, int]] = frozenset()

    def reason(self, cause: Cause) -> str:
        """Say why a cause that was found before does not hold now."""
        place, is_stay = (cause.matter, cause.thing), cause.rule is LiveRule.STAY
        if cause.matter not in self.asked:
            return "it is asked there no longer" if is_stay else "it is expected there no longer"
        if cause.matter not in self.standing:
            return "the measure no longer stands"
        if is_stay:
            return "it is asked there no longer" if place in self.inside else f"{cause.called} has left"
        return f"{cause.called} is inside" if place in self.expected else "it is expected there no longer"


def check(stay: Stay, expected: Sequence[tuple[ExpectedThing, Track]]) -> None:
    """Refuse what may not be asked.

    Raises:
        LimitRefused: something is expected that is neither own nor consenting nor released.
        Malformed: a window ends before it begins, or too much is expected.
    """
    if len(expected) > MAX_EXPECTED:
        raise Malformed(
            f"{len(expected)} things expected in one area", "stay", f"at most {MAX_EXPECTED}", "expected"
        )
    for each, track in expected:
        if not may_leave(track.standing):
            asks = "an own, consenting or released thing; of others nothing is expected anywhere"
            raise LimitRefused(f"{called(track)} as expected in an area", "LIM-08", asks, "expected")
        start = each.start or stay.since
        if each.end is not None and each.end <= start:
            asks = f"an end after {text(start)}, or none"
            raise Malformed(
                f"{called(track)} expected until {text(each.end)}", "window-order", asks, "expected"
            )


def judge(
    party: PartyId,
    stays: Sequence[Stay],
    watched: Mapping[SubjectId, Watched],
    thing: Callable[[int], Seen | None],
    number: Callable[[str, str], int | None],
    now: datetime,
) -> Stayed:
    """Judge every setting against who is inside now.

    Args:
        party: whose desk it is.
        stays: what is asked.
        watched: of the measures that stand, who is inside.
        thing: gives a thing by its number.
        number: gives the number of a track by its source and id.
        now: as of when.
    """
    causes: list[Cause] = []
    expected: set[tuple[SubjectId, int]] = set()
    for stay in stays:
        area = watched.get(stay.about)
        if area is None:
            continue
        causes += _too_long(party, stay, area, thing, now)
        for each in stay.expected:
            row = number(each.source, each.id)
            seen = None if row is None else thing(row)
            # What has become another's meanwhile is expected nowhere (LIM-08).
            if seen is not None and may_leave(seen.track.standing) and _runs(each, now):
                expected.add((stay.about, seen.number))
                causes += _missing(party, stay, area, each, seen, now)
    return Stayed(
        tuple(causes),
        frozenset(stay.about for stay in stays),
        frozenset(watched),
        frozenset((subject, row) for subject, area in watched.items() for row in area.inside),
        frozenset(expected),
    )


def _too_long(
    party: PartyId, stay: Stay, area: Watched, thing: Callable[[int], Seen | None], now: datetime
) -> Iterator[Cause]:
    if stay.dwell_s is None:
        return
    limit = timedelta(seconds=stay.dwell_s)
    for row, present in area.inside.items():
        seen = thing(row) if now - present.since >= limit else None
        if seen is not None and _counts(party, stay.whose, seen):
            inside = f"Inside since {to_the_second(present.since)}"
            words = f"{inside}, longer than the {_lasting(limit)} that were said"
            certain = present.certain and not _is_silent(seen, now)
            since = present.since + limit
            yield _cause(party, LiveRule.STAY, stay, area, seen, since, words + _heard(seen, now), certain)


def _counts(party: PartyId, whose: Stayers, seen: Seen) -> bool:
    match whose:
        case Stayers.OWN:
            return party_of(party, seen.track) == party
        case Stayers.TIED:
            return seen.tied
        case Stayers.ANYONE:
            return True


def _runs(each: ExpectedThing, now: datetime) -> bool:
    begun = each.start is None or each.start <= now
    return begun and (each.end is None or now < each.end)


def _missing(
    party: PartyId, stay: Stay, area: Watched, each: ExpectedThing, seen: Seen, now: datetime
) -> Iterator[Cause]:
    due = (each.start or stay.since) + timedelta(seconds=each.grace_s)
    present = area.inside.get(seen.number)
    silent = _is_silent(seen, now)
    if now < due or (present is not None and not silent):
        return
    until = "" if each.end is None else f" until {text(each.end)}"
    words = f"Expected there from {text(each.start or stay.since)}{until}"
    if present is not None:
        words += "; it was inside when it was last heard of"
    certain = present is None and not silent and seen.fix is not None and seen.fix.accuracy_m is not None
    yield _cause(party, LiveRule.ABSENT, stay, area, seen, now, words + _heard(seen, now), certain)


def _is_silent(seen: Seen, now: datetime) -> bool:
    if seen.fix is None:
        return True
    return now - seen.fix.at > timedelta(seconds=LOST_AFTER * STALE_S[seen.track.kind])


def _heard(seen: Seen, now: datetime) -> str:
    if seen.fix is None:
        return "; nothing has been heard of it"
    if _is_silent(seen, now):
        return f"; not heard of since {to_the_second(seen.fix.at)}, so where it is now is not known"
    return ""


def _lasting(limit: timedelta) -> str:
    """Say a limit exactly: one that is cut off to minutes, as ages are said, would be another limit."""
    minutes, seconds = divmod(int(limit.total_seconds()), 60)
    hours, minutes = divmod(minutes, 60)
    parts = ((hours, "h"), (minutes, "min"), (seconds, "s"))
    return " ".join(f"{count} {unit}" for count, unit in parts if count)


def _cause(
    party: PartyId, rule: LiveRule, stay: Stay, area: Watched, seen: Seen, since: datetime, words: str,
    certain: bool,
) -> Cause:  # fmt: skip
    whose = party_of(party, seen.track)
    fixes = () if seen.fix is None else (fix_seen(seen.fix),)
    return Cause(
        rule, stay.about, seen.number, called(seen.track), whose == party, since, certain, words,
        (area.statement,), fixes, whose,
    )  # fmt: skip
