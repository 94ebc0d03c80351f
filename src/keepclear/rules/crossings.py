"""Crossings a day of each boundary and zone: their base rate, and the drift by which they become usual.

What is crossed every day is soon nobody's news: before 13 December 2017 there were six to eight crossings a
day (FAIL-09(a)). So crossings are held against their own base, which finds a step, and against the rate that
asks for no contact, which finds what a base has grown used to. Entries that ended in nothing are counted too.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from msgspec import Struct

from keepclear.model.base_rates import BaseRateSet
from keepclear.model.words import StatementId, SubjectId
from keepclear.rules.base_rates import (
    CoverageChange,
    DayRow,
    Departure,
    ObserverRow,
    Standing,
    coverage,
    day_rows,
    grounds_of,
    observer_row,
    setting_for,
    standing,
    usual,
    words_of,
)
from keepclear.rules.steadiness import Run, run_at_rate
from keepclear.views.attribution import Named, named
from keepclear.views.daily_counts import CROSSING, LEFT, DayCount, HandedIn, Series, of_crossings
from keepclear.views.passages import Outcome, Passage, passages
from keepclear.views.picture import Picture

USUAL_DAYS = 7
USUAL_LEAST = 5
"""Of the last seven counted days so many above what is tolerated make crossings usual, not an event."""


class UsualView(Struct, frozen=True):
    """Whether crossings have become usual: "certain", "possible" or "no", against what is tolerated a day."""

    answer: str
    words: str
    tolerated_per_day: float
    since: date | None
    days_above: int
    of_days: int
    grounds: tuple[StatementId, ...]


class CrossingSeries(Struct, frozen=True):
    """The crossings of one party, a day at a time, against their own base and against what is tolerated."""

    party: str
    unit: str
    answer: str
    words: str
    cannot_say: str
    usual: UsualView
    usual_low: float | None
    usual_high: float | None
    false_per_month: float
    set_by: str
    observers: tuple[ObserverRow, ...]
    coverage: tuple[CoverageChange, ...]
    days: tuple[DayRow, ...]
    grounds: tuple[StatementId, ...]


class PassageCounts(Struct, frozen=True):
    """The base rate of entries: how many there were, and what became of them as far as was seen."""

    entries: int
    entered_and_left: int
    incident_followed: int
    not_seen_leaving: int
    words: str


class CrossingsView(Struct, frozen=True):
    """What crossed one boundary or entered one zone; nothing here is ordered by place or distance."""

    measure: Named
    measure_kind: str
    series: tuple[CrossingSeries, ...]
    passages: tuple[Passage, ...]
    counts: PassageCounts | None


def crossings(picture: Picture, now: datetime, handed: Sequence[HandedIn] = ()) -> list[CrossingsView]:
    """List the boundaries and zones of which a crossing or entry is known, by name.

    Args:
        picture: what has reached the party.
        now: the instant.
        handed: the caller's own counts a day, such as those of tracks: numbers alone.
    """
    series = series_of(picture, now, handed)
    entered = passages(picture)
    rows = []
    for subject in {**series, **entered}:
        found = tuple(entered.get(subject, ()))
        thing = named(picture, subject)
        crossed = tuple(series.get(subject, ()))
        tracks = [each for each in handed if each.about == subject]
        counts = _counts(found, tracks) if found or tracks else None
        rows.append(CrossingsView(thing, thing.kind, crossed, found, counts))
    return sorted(rows, key=lambda row: (row.measure.name, row.measure.subject))


def series_of(
    picture: Picture, now: datetime, handed: Sequence[HandedIn] = ()
) -> dict[SubjectId, list[CrossingSeries]]:
    """Give the crossings of each boundary and zone, held against their base and what is tolerated."""
    series: dict[SubjectId, list[CrossingSeries]] = {}
    for each in of_crossings(picture, handed):
        series.setdefault(each.matter, []).append(_series(picture, each, now))
    return series


def _counts(found: Sequence[Passage], tracks: Sequence[HandedIn] = ()) -> PassageCounts:
    by = {outcome: sum(each.outcome == outcome.value for each in found) for outcome in Outcome}
    words = (
        f"{len(found)} entries seen: {by[Outcome.LEFT]} entered and left,"
        f" {by[Outcome.INCIDENT]} followed by an incident, {by[Outcome.UNSEEN]} not seen leaving."
    )
    if any(each.unit == LEFT for each in tracks):
        entered = _added([each.count for each in tracks if each.unit.casefold() in CROSSING])
        left = _added([each.count for each in tracks if each.unit == LEFT])
        words += f" Of tracks: {entered} entered, {left} seen leaving, on the days that were watched."
    return PassageCounts(len(found), by[Outcome.LEFT], by[Outcome.INCIDENT], by[Outcome.UNSEEN], words)


def _added(days: Sequence[DayCount]) -> str:
    low, highs = sum(day.low for day in days), [day.high for day in days if day.high is not None]
    if len(highs) < len(days):
        return f"{low} or more"
    return str(low) if sum(highs) == low else f"{low} to {sum(highs)}"


def _series(picture: Picture, series: Series, now: datetime) -> CrossingSeries:
    setting, by = setting_for(picture, series.matter)
    judged = standing(series, setting)
    first = judged[0]
    base = usual(first)
    return CrossingSeries(
        party=series.part,
        unit=series.unit,
        answer=first.answer.value,
        words=words_of(series, first, base),
        cannot_say="It says how often, not why, and nothing of crossings that nobody saw.",
        usual=_usual(judged, setting),
        usual_low=None if base is None else base[0],
        usual_high=None if base is None else base[1],
        false_per_month=setting.false_per_month,
        set_by=by,
        observers=tuple(
            observer_row(each) for each in sorted(judged, key=lambda each: each.watched.observer)
        ),
        coverage=coverage(series, now),
        days=day_rows(series, first, setting, now),
        grounds=grounds_of(first),
    )


def _usual(judged: Sequence[Standing], setting: BaseRateSet) -> UsualView:
    """Hold each observer's crossings against what is tolerated; the gravest answer counts."""
    found = [_usual_of(each, setting) for each in judged]
    order = (Departure.CERTAIN.value, Departure.POSSIBLE.value, "no")
    return min(found, key=lambda each: (order.index(each.answer), -each.of_days))


def _usual_of(each: Standing, setting: BaseRateSet) -> UsualView:
    since = None if setting.base_from is None else setting.base_from.local_day()
    days = [day for day in each.watched.days if day.counted and (since is None or day.day >= since)]
    rate, false = setting.tolerated_per_day, setting.false_per_month
    by_lows = run_at_rate(tuple(day.low for day in days), rate, false)
    closed = [day for day in days if day.high is not None]
    by_highs = run_at_rate(tuple(day.high for day in closed if day.high is not None), rate, false)
    last = days[-USUAL_DAYS:]
    surely = [day for day in last if day.low > rate]
    perhaps = [day for day in last if day.high is None or day.high > rate]
    if by_lows.stands and len(surely) >= USUAL_LEAST:
        return _is_usual(Departure.CERTAIN.value, days, by_lows, surely, last, rate)
    if (by_lows.stands or by_highs.stands) and len(perhaps) >= USUAL_LEAST:
        stood = by_lows if by_lows.stands else by_highs
        return _is_usual(
            Departure.POSSIBLE.value, days if by_lows.stands else closed, stood, perhaps, last, rate
        )
    words = f"Not usual: {len(surely)} of the last {len(last)} counted days above {rate:g} a day."
    return UsualView("no", words, rate, None, len(surely), len(last), ())


def _is_usual(
    answer: str, days: Sequence[DayCount], stood: Run, above: Sequence[DayCount], last: Sequence[DayCount],
    rate: float,
) -> UsualView:  # fmt: skip
    began = days[stood.began or 0].day
    low, high = min(day.low for day in above), _most(above)
    words = (
        f"Crossings have become usual, {answer}: {len(above)} of the last {len(last)} counted days had"
        f" {low} to {high} a day; {rate:g} a day is tolerated without a contact."
    )
    until = (stood.found or 0) + 1
    grounds = tuple(dict.fromkeys(ground for day in days[stood.began or 0 : until] for ground in day.grounds))
    return UsualView(answer, words, rate, began, len(above), len(last), grounds[:64])


def _most(days: Sequence[DayCount]) -> str:
    highs = [day.high for day in days if day.high is not None]
    return str(max(highs)) if len(highs) == len(days) else "an unknown number"
