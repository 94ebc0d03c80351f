"""What is counted, held against its own base: the finding, in words, with its grounds and what it cannot say.

Counts are bands, so a finding is *certain* where it holds whatever the bands hide, and *possible* where it
holds for their low ends or their high ends alone. Missing days are missing. A second observer is a change of
coverage, never a rise. Source: FAIL-05(b), FAIL-06(a); the test: rules/steadiness.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from enum import StrEnum

from msgspec import Struct

from keepclear.geo.geodesy import distance_m
from keepclear.geo.outlines import disc_around
from keepclear.model.base_rates import BaseRateSet
from keepclear.model.notices import BuildUpStated, PresenceStated, Seen
from keepclear.model.words import Place, StatementId, SubjectId
from keepclear.rules.steadiness import MIN_BASE, Run, limits, run
from keepclear.views.activity import closed_at
from keepclear.views.attribution import Named, named
from keepclear.views.daily_counts import (
    Apart,
    DayCount,
    HandedIn,
    Series,
    Watched,
    of_belts,
    of_build_up,
)
from keepclear.views.indicators import IndicatorView, indicators
from keepclear.views.picture import Picture
from keepclear.views.ranging import unranged
from keepclear.views.sides import NEIGHBOURHOOD_M, Known, SideTest, known_measures, side_tests
from keepclear.views.told import Outbox

SILENT = timedelta(days=7)
"""After so many days without a word an observer has stopped, as far as is known."""

MOST_DAYS = 120
"""How many days before the last one are shown; all are reckoned with."""


class Departure(StrEnum):
    """How a series stands to its own base."""

    CERTAIN = "certain"
    POSSIBLE = "possible"
    BANDS = "bands too wide to tell"
    TOO_FEW = "too few watched days"
    USUAL = "as usual"


class DayRow(Struct, frozen=True):
    """One day of a series for the chart: "watched", "missing" or "not counted"; never zero for a missing one.

    `base` is the mean a day of the base it was held against, `raises_at` the least count that would have
    raised a finding that day (of the observer who has watched longest); `raised` tells that one stands.
    """

    day: date
    state: str
    low: int | None
    high: int | None
    base: float | None
    raises_at: int | None
    raised: str


class ObserverRow(Struct, frozen=True):
    """One observer: how many days it watched, from when to when, and how its own series stands."""

    observer: str
    days: int
    first: date
    last: date
    answer: str


class CoverageChange(Struct, frozen=True):
    """A day on which other people, or other feeds, began or ceased to watch."""

    day: date
    words: str


class BaseRateView(Struct, frozen=True):
    """What was counted of a matter in one unit, held against its own base rate.

    `watches` is "build-up" or "belt", `part` the bank of a belt. `began` and `found` are the days on which a
    rise began and was found. `usual_low` and `usual_high` are the base a day, at least and at most;
    `sum_now` and `sum_raises` the test's running sum and the one that raises. `tests` tell how far the area
    is from the measures it is about, `presences` from one's own presences that others know of.
    """

    matter: Named
    watches: str
    unit: str
    part: str
    answer: str
    words: str
    cannot_say: str
    began: date | None
    found: date | None
    last_watched: date | None
    usual_low: float | None
    usual_high: float | None
    sum_now: float
    sum_raises: float
    false_per_month: float
    set_by: str
    observers: tuple[ObserverRow, ...]
    coverage: tuple[CoverageChange, ...]
    days: tuple[DayRow, ...]
    indicators: tuple[IndicatorView, ...]
    tests: tuple[SideTest, ...]
    presences: tuple[str, ...]
    grounds: tuple[StatementId, ...]


class Standing(Struct, frozen=True):
    """How one observer's series stands: the answer, and the run of the test it rests on."""

    watched: Watched
    answer: Departure
    counts: tuple[int, ...]
    run: Run
    days: tuple[DayCount, ...]

    @property
    def began(self) -> date | None:
        """The first day of the rise that stands."""
        return None if self.run.began is None else self.days[self.run.began].day

    @property
    def found(self) -> date | None:
        """The day on which it was found."""
        return None if self.run.found is None else self.days[self.run.found].day


_GRAVE = (Departure.CERTAIN, Departure.POSSIBLE, Departure.BANDS, Departure.USUAL, Departure.TOO_FEW)


def setting_for(picture: Picture, subject: SubjectId) -> tuple[BaseRateSet, str]:
    """Give how a matter's numbers are watched, and on whose word: its own setting, else that of all."""
    found: dict[SubjectId | None, tuple[BaseRateSet, str]] = {}
    for _, text, body in picture.each(BaseRateSet):
        if text.statement.author.party == picture.party and body.about in (subject, None):
            by = body.by_role or "this desk"
            found[body.about] = (body, f"{by}: {body.reason}")
    default = BaseRateSet("the project's proposal, nothing was set")
    return found.get(subject) or found.get(None) or (default, default.reason)


class Held(Struct, frozen=True):
    """A series held against its base: each observer's standing, the gravest first, and by which setting."""

    series: Series
    watches: str
    judged: tuple[Standing, ...]
    setting: BaseRateSet
    set_by: str

    @property
    def answer(self) -> Departure:
        """How the gravest of the observers' series stands."""
        return self.judged[0].answer

    @property
    def last_watched(self) -> date:
        """The last day on which anybody counted."""
        return max(each.watched.days[-1].day for each in self.judged)


def held(picture: Picture, handed: Sequence[HandedIn] = ()) -> list[Held]:
    """Hold what is counted against its base: build-ups, oldest first, then belts by the boundary's name."""
    areas: list[Apart] = []
    found: list[Held] = []
    for subject, _, body in picture.each(BuildUpStated):
        closed = closed_at(picture, subject)
        until = None if closed is None else closed.date()
        areas.append(Apart(body.area, until))
        found += (_held(picture, each, "build-up") for each in of_build_up(picture, subject, until, handed))
    return [*found, *(_held(picture, each, "belt") for each in of_belts(picture, areas, handed))]


def _held(picture: Picture, series: Series, watches: str) -> Held:
    setting, by = setting_for(picture, series.matter)
    return Held(series, watches, tuple(standing(series, setting)), setting, by)


def base_rates(
    picture: Picture, box: Outbox, now: datetime, handed: Sequence[HandedIn] = ()
) -> list[BaseRateView]:
    """List what is counted against its base rate, in the order of `held`.

    Args:
        picture: what has reached the party.
        box: what it has told; own presences that it told nobody tell no distance.
        now: the instant.
        handed: the caller's own counts a day, such as those of tracks: numbers alone.
    """
    found = held(picture, handed)
    ranging = ranging_of(picture, box) if found else None
    return [view_of(picture, box, each, now, ranging) for each in found]


def standing(series: Series, setting: BaseRateSet) -> list[Standing]:
    """Judge each observer's series by itself, the gravest first."""
    since = None if setting.base_from is None else setting.base_from.local_day()
    found = [_judged(watched, setting.false_per_month, since) for watched in series.observers]
    return sorted(found, key=lambda each: (_GRAVE.index(each.answer), -len(each.days), each.watched.observer))


def _judged(watched: Watched, false_per_month: float, since: date | None) -> Standing:
    days = tuple(day for day in watched.days if day.counted and (since is None or day.day >= since))
    lows = tuple(day.low for day in days)
    low_run = run(lows, lows, false_per_month)
    if len(days) <= MIN_BASE:
        return Standing(watched, Departure.TOO_FEW, lows, low_run, days)
    closed = tuple(day for day in days if day.high is not None)
    highs = tuple(day.high for day in closed if day.high is not None)
    high_run = run(highs, highs, false_per_month)
    if len(closed) == len(days):
        sure = run(lows, highs, false_per_month)
        if sure.stands:
            return Standing(watched, Departure.CERTAIN, lows, sure, days)
    if low_run.stands:
        return Standing(watched, Departure.POSSIBLE, lows, low_run, days)
    if high_run.stands:
        return Standing(watched, Departure.POSSIBLE, highs, high_run, closed)
    hidden = len(closed) == len(days) and run(highs, lows, false_per_month).stands
    return Standing(watched, Departure.BANDS if hidden else Departure.USUAL, lows, low_run, days)


class Ranging(Struct, frozen=True):
    """What places are tested against: the measures known, and those from which no distance is told."""

    known: tuple[Known, ...]
    unranged: frozenset[SubjectId]


def ranging_of(picture: Picture, box: Outbox) -> Ranging:
    """Work out once what the places of a desk are tested against."""
    return Ranging(tuple(known_measures(picture)), unranged(picture, box))


def view_of(
    picture: Picture, box: Outbox, found: Held, now: datetime, ranging: Ranging | None = None
) -> BaseRateView:
    """Give a series that was held against its base for reading; `ranging` saves working it out again."""
    against = ranging or ranging_of(picture, box)
    series, first, judged = found.series, found.judged[0], found.judged
    setting, last = found.setting, found.last_watched
    base = usual(first)
    text = picture.latest(series.matter)
    body = None if text is None or found.watches == "belt" else text.statement.body
    build_up = body if isinstance(body, BuildUpStated) else None
    return BaseRateView(
        matter=named(picture, series.matter),
        watches=found.watches,
        unit=series.unit,
        part=series.part,
        answer=first.answer.value,
        words=words_of(series, first, base),
        cannot_say=_cannot_say(first, last, now),
        began=first.began,
        found=first.found,
        last_watched=last,
        usual_low=None if base is None else base[0],
        usual_high=None if base is None else base[1],
        sum_now=round(first.run.days[-1].total, 2) if first.run.days else 0.0,
        sum_raises=first.run.threshold,
        false_per_month=setting.false_per_month,
        set_by=found.set_by,
        observers=tuple(
            observer_row(each) for each in sorted(judged, key=lambda each: each.watched.observer)
        ),
        coverage=coverage(series, now),
        days=day_rows(series, first, setting, now),
        indicators=indicators(picture, series.matter) if build_up is not None else (),
        tests=() if build_up is None else _tests(against, build_up),
        presences=() if build_up is None else _presences(picture, box, build_up),
        grounds=grounds_of(first),
    )


def usual(found: Standing) -> tuple[float, float | None] | None:
    """Give the base a day against which the last day was held: by its low ends and by its high ends."""
    judged = [day.base for day in found.run.days if day.base is not None]
    if not judged:
        return None
    place = found.run.began if found.run.began is not None else len(found.days)
    held = found.days[: max(MIN_BASE, place)][-28:]
    highs = [day.high for day in held if day.high is not None]
    low = sum(day.low for day in held) / len(held)
    return round(low, 1), round(sum(highs) / len(highs), 1) if len(highs) == len(held) else None


def words_of(series: Series, found: Standing, base: tuple[float, float | None] | None) -> str:
    """Say the finding as it is read aloud."""
    unit = f" {series.unit}" if series.unit else ""
    last = found.days[-1] if found.days else None
    if last is None or base is None:
        missing = MIN_BASE + 1 - len(found.days)
        return f"{found.answer.value.capitalize()}: {len(found.days)} counted, {max(missing, 1)} more needed."
    now = f"{_band(last.low, last.high)}{unit} on {last.day.isoformat()}"
    was = f"a base of {_band(*base)} a day"
    match found.answer:
        case Departure.CERTAIN:
            return f"Above its base, certain: {now} against {was}; {_rate(found)} It began by {found.began}."
        case Departure.POSSIBLE:
            return f"Above its base, possible within its bands: {now} against {was}; {_rate(found)}"
        case Departure.BANDS:
            return f"The bands are too wide to tell: {now} against {was}."
        case _:
            return f"As usual: {now} against {was}."


def _rate(found: Standing) -> str:
    """Say how fast it rises: from the base to the last day, over the days of the rise."""
    began = found.began
    last = found.days[-1]
    if began is None:
        return ""
    days = (last.day - began).days + 1
    base = usual(found) or (0.0, None)
    least = (last.low - (base[1] if base[1] is not None else base[0])) / days
    most = None if last.high is None else (last.high - base[0]) / days
    said = f"{least:.0f} a day or more" if most is None else f"{least:.0f} to {most:.0f} a day"
    return f"it rose by {said} over {days} days."


def _band(low: float, high: float | None) -> str:
    if high is None:
        return f"{low:g} or more"
    return f"{low:g}" if low == high else f"{low:g} to {high:g}"


def _cannot_say(found: Standing, last: date | None, now: datetime) -> str:
    parts = ["It says that the count changed, not why, and nothing of what was not seen."]
    if last is not None and now.date() - last > SILENT:
        parts.append(f"Nobody has counted since {last.isoformat()}: what has been since is unknown.")
    gaps = _missing(found.days)
    if gaps:
        parts.append(f"{gaps} days between counts are missing and are not taken for zero.")
    return " ".join(parts)


def _missing(days: Sequence[DayCount]) -> int:
    return (days[-1].day - days[0].day).days + 1 - len(days) if days else 0


def grounds_of(found: Standing) -> tuple[StatementId, ...]:
    """Name the statements on which a finding rests: the rise until it was found, else the last day."""
    run_of = found.run
    days = found.days[-1:] if run_of.found is None else found.days[run_of.began or 0 : run_of.found + 1]
    return tuple(dict.fromkeys(ground for day in reversed(days) for ground in day.grounds))[:64]


def observer_row(each: Standing) -> ObserverRow:
    """Give one observer for reading."""
    days = each.watched.days
    return ObserverRow(each.watched.observer, len(days), days[0].day, days[-1].day, each.answer.value)


def coverage(series: Series, now: datetime) -> tuple[CoverageChange, ...]:
    """Tell when observers began after the first one, and when one fell silent."""
    start = min(each.days[0].day for each in series.observers)
    changes: list[CoverageChange] = []
    for each in series.observers:
        first, last = each.days[0].day, each.days[-1].day
        if first > start:
            words = f"coverage changed: {each.observer} began to count; its base is its own"
            changes.append(CoverageChange(first, words))
        if now.date() - last > SILENT:
            words = f"coverage changed: nothing from {each.observer} since {last.isoformat()}"
            changes.append(CoverageChange(last + timedelta(days=1), words))
    return tuple(sorted(changes, key=lambda change: (change.day, change.words)))


def day_rows(series: Series, found: Standing, setting: BaseRateSet, now: datetime) -> tuple[DayRow, ...]:
    """Give every day from the first to the last count or to today, at most 120, missing ones as missing."""
    days = {day.day: day for day in series.days}
    judged = {day.day: place for place, day in enumerate(found.days)}
    raising = limits(found.counts, setting.false_per_month)
    first, last = min(days), max(days)
    end = min(max(last, now.date()), last + SILENT)
    rows: list[DayRow] = []
    place = 0
    for number in range(max(0, (end - first).days + 1 - MOST_DAYS), (end - first).days + 1):
        day = first + timedelta(days=number)
        place = judged.get(day, place)
        rows.append(_day_row(day, days.get(day), found, judged.get(day), raising[place]))
    return tuple(rows)


def _day_row(
    day: date, count: DayCount | None, found: Standing, place: int | None, raises_at: int | None
) -> DayRow:
    if count is None:
        return DayRow(day, "missing", None, None, None, raises_at, "")
    if not count.counted:
        return DayRow(day, "not counted", None, None, None, raises_at, "")
    judged = None if place is None else found.run.days[place]
    raised = found.answer.value if judged is not None and judged.raised else ""
    base = None if judged is None or judged.base is None else round(judged.base, 1)
    return DayRow(day, "watched", count.low, count.high, base, raises_at, raised)


def _tests(against: Ranging, body: BuildUpStated) -> tuple[SideTest, ...]:
    """Tell where the area lies as to the boundary it refers to and the measures it is about."""
    if body.reference is None and not body.about:
        return ()
    about = (*((body.reference,) if body.reference is not None else ()), *body.about)
    place = Place(area=body.area)
    found = side_tests(against.known, place, body.series[-1].at.span(), about, against.unranged)
    return tuple(test for test in found if test.measure.subject in about)


def _presences(picture: Picture, box: Outbox, body: BuildUpStated) -> tuple[str, ...]:
    """Say how far own presences are that somebody else knows of, by name and to the kilometre (LIM-02).

    From a presence that was told to nobody no distance is told: it could be stated anywhere, to range others.
    """
    around = disc_around(body.area)
    found = []
    for subject, _, own in picture.each(PresenceStated):
        if own.party != picture.party or own.seen != Seen.DECLARED or own.place.area is None:
            continue
        if not box.holders(subject).keys() - {picture.party}:
            continue
        there = disc_around(own.place.area)
        away_m = distance_m(around.center, there.center)
        least, most = away_m - around.radius_m - there.radius_m, away_m + around.radius_m + there.radius_m
        if least <= NEIGHBOURHOOD_M:
            found.append(f"{own.what}: {max(0.0, least) / 1000:.0f} to {most / 1000:.0f} km away")
    return tuple(sorted(found))
