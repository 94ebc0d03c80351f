"""What was counted on each day, by whom: of a build-up, in the belt of a boundary, of crossings.

A day on which nobody said anything is missing, never zero. Every observer has a series of its own: two who
count the same thing are never added up, and one who starts later raises nobody's numbers. A count is the
interval that was said; an open upper end stays open, and a sighting that lies perhaps in the area counts from
zero. Each day is that of the place, as the stamp says it; a week or a month is no day.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime

from msgspec import Struct

from keepclear.geo.enclosing import encloses
from keepclear.geo.shapes import Area, Path
from keepclear.model.measures import MeasureKind, MeasureStated
from keepclear.model.notices import Band, BuildUpStated, Observed
from keepclear.model.statements import Entry
from keepclear.model.words import Count, Domain, StatementId, SubjectId
from keepclear.times import Precision, Stamp
from keepclear.views.attribution import party_name
from keepclear.views.picture import Picture
from keepclear.views.sides import OUT_OF_REACH, UNDETERMINED, Known, known_measures, side_tests, within

BELT_M = 10_000.0
"""How far from a boundary its belt reaches."""

CROSSING = frozenset({"crossing", "crossings"})
"""The units by which a sighting counts crossings of the boundary or zone that it is about."""

LEFT = "tracks that left again"
"""The unit by which tracks are handed in that entered an area and were seen leaving it."""

_DAYS = frozenset({Precision.DAY, Precision.HOUR, Precision.MINUTE, Precision.SECOND})


class DayCount(Struct, frozen=True):
    """What one observer counted on one day: `low` at least, `high` at most, None where it has no upper end.

    `counted` is false where something was seen and no number said: then both ends say nothing.
    """

    day: date
    low: int
    high: int | None
    grounds: tuple[StatementId, ...] = ()
    counted: bool = True


class HandedIn(Struct, frozen=True):
    """A day's count that the caller hands in, such as how many tracks crossed: a number, no position.

    `observer` names the feeds that were watching that day, all of them: where it changes, the coverage has
    changed and another series begins. A day that was watched and saw nothing is handed in as zero.
    """

    about: SubjectId
    observer: str
    count: DayCount
    unit: str = "crossings"
    party: str = ""


class Apart(Struct, frozen=True):
    """An area that is watched by itself, up to the day on which that was closed."""

    area: Area
    until: date | None = None

    def holds(self, body: Observed) -> bool:
        """Tell whether a sighting lies wholly in it and was made while it was watched."""
        in_time = self.until is None or body.at.local_day() <= self.until
        return in_time and inside(self.area, body) is True


class Watched(Struct, frozen=True):
    """One observer's days, the earliest first."""

    observer: str
    days: tuple[DayCount, ...]


class Series(Struct, frozen=True):
    """What was counted of one matter in one unit: by whom, on which days.

    `part` is the bank for a belt and the party for crossings, else "".
    """

    matter: SubjectId
    unit: str
    part: str
    observers: tuple[Watched, ...]

    @property
    def days(self) -> tuple[DayCount, ...]:
        """All observers' days together: at least what one of them saw, at most what all saw in sum."""
        by_day: dict[date, list[DayCount]] = defaultdict(list)
        for each in self.observers:
            for day in each.days:
                by_day[day.day].append(day)
        return tuple(_together(day, found) for day, found in sorted(by_day.items()))


class _Seen(Struct, frozen=True):
    """One count as it was said: when, of which day, and whether it is of the whole day."""

    at: datetime
    day: DayCount
    whole: bool


_Filed = dict[tuple[str, str], dict[str, dict[date, list[_Seen]]]]


def of_build_up(
    picture: Picture, subject: SubjectId, until: date | None = None, handed: Sequence[HandedIn] = ()
) -> tuple[Series, ...]:
    """Give the counts of a build-up: the bands of its own series, and the sightings in its area.

    The bands of all its forms count; where two forms tell of one time, what holds in both. Sightings of
    before it was stated are its base; those after the day `until`, on which it was closed, are not of it.
    """
    filed: _Filed = _filed()
    area: Area | None = None
    for entry in picture.forms(subject):
        stated = entry.statement.body
        if isinstance(stated, BuildUpStated):
            area = area or stated.area
            observer = party_name(picture, entry.statement.author.party)
            for band in stated.series:
                _file_band(filed, entry, band, observer)
    units = {unit for unit, _ in filed}
    for entry, seen in _sightings(picture) if area is not None else ():
        in_time = until is None or seen.at.local_day() <= until
        if area is not None and seen.count is not None and seen.count.unit in units and in_time:
            _file_sighting(picture, filed, entry, seen, inside(area, seen))
    return tuple(_merged([*_series(subject, filed), *_handed(subject, handed)]))


def of_belts(picture: Picture, but: Iterable[Apart] = (), handed: Sequence[HandedIn] = ()) -> list[Series]:
    """Give the counts in the belts of the boundaries on the ground, for each bank and unit.

    Args:
        picture: what has reached the party.
        but: areas that are watched by themselves, or were; what lies wholly in one is left out here.
        handed: counts of the caller's own.
    """
    apart = tuple(but)
    seen = [
        (entry, body)
        for entry, body in _sightings(picture)
        if body.party != picture.party and not any(each.holds(body) for each in apart)
    ]
    found: list[Series] = []
    for known in known_measures(picture) if seen else ():
        if not _has_belt(known.body):
            continue
        filed: _Filed = _filed()
        for entry, body in seen:
            for bank, surely in _banks(known, body):
                _file_sighting(picture, filed, entry, body, surely, bank)
        found += _series(known.measure.subject, filed)
    of_boundaries = [each for each in handed if each.unit.casefold() not in {*CROSSING, LEFT}]
    for about in dict.fromkeys(each.about for each in of_boundaries):
        if isinstance(_body_of(picture, about), MeasureStated):
            found += _handed(about, of_boundaries)
    return _merged(found)


def of_crossings(picture: Picture, handed: Sequence[HandedIn] = ()) -> list[Series]:
    """Give the crossings a day of each boundary and zone, for each party that crossed."""
    by_measure: dict[SubjectId, _Filed] = defaultdict(_filed)
    for entry, body in _sightings(picture, crossings=True):
        for about in body.about:
            if any(isinstance(text.statement.body, MeasureStated) for text in picture.texts(about)):
                party = party_name(picture, body.party)
                _file_sighting(picture, by_measure[about], entry, body, surely=True, part=party)
    found = [series for about, filed in by_measure.items() for series in _series(about, filed, flows=True)]
    crossed = [each for each in handed if each.unit.casefold() in CROSSING]
    for about in dict.fromkeys(each.about for each in crossed):
        found += _handed(about, crossed)
    return _merged(found)


def _body_of(picture: Picture, subject: SubjectId) -> Struct | None:
    text = picture.latest(subject)
    return None if text is None else text.statement.body


def _filed() -> _Filed:
    return defaultdict(lambda: defaultdict(lambda: defaultdict(list)))


def _sightings(picture: Picture, *, crossings: bool = False) -> list[tuple[Entry, Observed]]:
    return [
        (text.entry, body)
        for _, text, body in picture.each(Observed)
        if body.count is not None
        and body.at.precision in _DAYS
        and (body.count.unit.casefold() in CROSSING) == crossings
    ]


def inside(area: Area, body: Observed) -> bool | None:
    """Tell whether a sighting lies in an area: surely, perhaps (False), or not (None)."""
    place = body.place.area
    if place is None or body.place.withheld or not within(area, place, 0.0):
        return None
    return encloses(area, place)


def _has_belt(body: MeasureStated) -> bool:
    on_ground = body.measure == MeasureKind.BOUNDARY and body.domain != Domain.AIR
    return on_ground and body.part_of is None and isinstance(body.shape, Path)


def _banks(known: Known, body: Observed) -> list[tuple[str, bool]]:
    """Give the banks in whose belt a sighting lies, each with whether that is sure."""
    tests = side_tests((known,), body.place, body.at.span(), (known.measure.subject,))
    if not tests or tests[0].distance_m is None or tests[0].answer == OUT_OF_REACH:
        return []
    [test] = tests
    away_m, accuracy_m = test.distance_m or 0.0, test.accuracy_m or 0.0
    if away_m - accuracy_m > BELT_M:
        return []
    if test.answer != UNDETERMINED:
        return [(test.answer, away_m + accuracy_m <= BELT_M)]
    banks = known.body.banks
    names = ("left side", "right side") if banks is None else (banks.left_name, banks.right_name)
    return [(name, False) for name in names]


def _file_band(filed: _Filed, entry: Entry, band: Band, observer: str) -> None:
    if band.at.precision in _DAYS:
        day = _counted(band.at, band.count, (entry.statement.id,), surely=True)
        filed[(band.count.unit, "")][observer][day.day].append(_Seen(band.at.at, day, whole=True))


def _file_sighting(
    picture: Picture, filed: _Filed, entry: Entry, body: Observed, surely: bool | None, part: str = ""
) -> None:
    if surely is None or body.count is None:
        return
    day = _counted(body.at, body.count, (entry.statement.id,), surely=surely)
    whole_day = body.at.precision == Precision.DAY
    seen = _Seen(body.at.at, day, whole_day)
    filed[(body.count.unit, part)][_observer(picture, entry)][day.day].append(seen)


def _observer(picture: Picture, entry: Entry) -> str:
    """Name who watched: the party that signs, with the person or post whose words it reports."""
    statement = entry.statement
    party = party_name(picture, statement.author.party)
    return party if statement.said_by is None else f"{party}: {statement.said_by.name}"


def _counted(at: Stamp, count: Count, grounds: tuple[StatementId, ...], *, surely: bool) -> DayCount:
    counted = count.low is not None or count.high is not None
    return DayCount(at.local_day(), (count.low or 0) if surely else 0, count.high, grounds, counted)


def _series(subject: SubjectId, filed: _Filed, *, flows: bool = False) -> list[Series]:
    return [
        Series(
            subject,
            unit,
            part,
            tuple(
                Watched(observer, tuple(_one_day(found, flows=flows) for _, found in sorted(days.items())))
                for observer, days in sorted(observers.items())
            ),
        )
        for (unit, part), observers in sorted(filed.items())
    ]


def _one_day(found: list[_Seen], *, flows: bool) -> DayCount:
    """Make one observer's day of what it said; a count of the whole day stands for its parts.

    What two forms say of one time holds in both. Of several times the fullest counts. Parts of a day are
    added up where they count crossings; else at least the largest was there, and at most all of them, if none
    was seen twice.
    """
    day = found[0].day.day
    grounds = tuple(dict.fromkeys(ground for each in found for ground in each.day.grounds))
    counted = [each for each in found if each.day.counted]
    if not counted:
        return DayCount(day, 0, None, grounds, counted=False)
    wholes: dict[datetime, list[DayCount]] = defaultdict(list)
    for each in counted:
        if each.whole:
            wholes[each.at].append(each.day)
    if wholes:
        ends = [_in_all(days) for days in wholes.values()]
        return DayCount(day, max(low for low, _ in ends), _most([high for _, high in ends]), grounds)
    lows = [each.day.low for each in counted]
    high = _sum([each.day.high for each in counted])
    return DayCount(day, sum(lows) if flows else max(lows), high, grounds)


def _in_all(days: list[DayCount]) -> tuple[int, int | None]:
    """Give the interval that all counts of one time allow; where there is none, all that any allows."""
    low = max(each.low for each in days)
    high = min((each.high for each in days if each.high is not None), default=None)
    if high is not None and high < low:
        return min(each.low for each in days), _most([each.high for each in days])
    return low, high


def _most(ends: list[int | None]) -> int | None:
    known = [end for end in ends if end is not None]
    return max(known) if len(known) == len(ends) else None


def _sum(ends: list[int | None]) -> int | None:
    known = [end for end in ends if end is not None]
    return sum(known) if len(known) == len(ends) else None


def _together(day: date, found: list[DayCount]) -> DayCount:
    counted = [each for each in found if each.counted]
    grounds = tuple(ground for each in found for ground in each.grounds)
    if not counted:
        return DayCount(day, 0, None, grounds, counted=False)
    return DayCount(day, max(each.low for each in counted), _sum([each.high for each in counted]), grounds)


def _handed(about: SubjectId, handed: Sequence[HandedIn]) -> list[Series]:
    by_part: dict[tuple[str, str], dict[str, list[DayCount]]] = defaultdict(lambda: defaultdict(list))
    for each in handed:
        if each.about == about:
            by_part[(each.unit, each.party)][each.observer].append(each.count)
    return [
        Series(
            about,
            unit,
            part,
            tuple(
                Watched(observer, tuple(sorted(days, key=lambda day: day.day)))
                for observer, days in sorted(observers.items())
            ),
        )
        for (unit, part), observers in sorted(by_part.items())
    ]


def _merged(found: list[Series]) -> list[Series]:
    """Put together what is of one matter, unit and part: the observers stand side by side."""
    observers: dict[tuple[SubjectId, str, str], list[Watched]] = defaultdict(list)
    for each in found:
        observers[(each.matter, each.unit, each.part)] += each.observers
    return [Series(*key, tuple(watched)) for key, watched in observers.items()]
