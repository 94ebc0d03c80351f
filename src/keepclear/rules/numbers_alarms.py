"""Alarms of numbers that leave their base, and of crossings that have become usual: contact actions only.

One alarm for each matter; a claim, an answer "not ours" or a closing by the owner ends it, as does a level
back at its base, and so does silence: of what nobody counts for four weeks nothing can be said.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Final

from keepclear.model.alarms import AlarmRaised, Asked, Contact
from keepclear.model.words import Precedence, SubjectId
from keepclear.rules.base_rates import BaseRateView, Departure, Held, held, view_of
from keepclear.rules.crossings import CrossingSeries, series_of
from keepclear.rules.escalation import plan_for
from keepclear.views.activity import UNCLAIMED, buildups
from keepclear.views.attribution import Named, named
from keepclear.views.daily_counts import HandedIn
from keepclear.views.indicators import IndicatorView, indicators
from keepclear.views.picture import Picture
from keepclear.views.told import Outbox

BUILD_UP: Final = "build-up"
CROSSINGS: Final = "crossings"
UNWATCHED: Final = timedelta(days=28)
"""Without a count for so long nothing stands any more."""

DAY: Final = timedelta(days=1)
SECOND: Final = timedelta(seconds=1)
INDICATOR_KEPT: Final = timedelta(days=7)
"""How long after an indicator that is looked for was last reported it asks for a call."""

ENDED_NUMBERS: Final[dict[str, str]] = {
    BUILD_UP: "levels are back at their base, or it dispersed or was closed",
    CROSSINGS: "crossings are back at their base",
}
_WATCHED_STILL: Final = ("watched", "raised")
_GRAVE: Final = (Departure.CERTAIN, Departure.POSSIBLE)


def numbers_alarms(
    picture: Picture, box: Outbox, now: datetime, handed: Sequence[HandedIn] = ()
) -> Iterator[AlarmRaised]:
    """Give the alarms that a desk's counts call for, one for each matter."""
    by_matter: dict[tuple[SubjectId, str], list[Held]] = {}
    for each in held(picture, handed):
        by_matter.setdefault((each.series.matter, each.series.part), []).append(each)
    calls = [call for found in by_matter.values() for call in _of_matter(picture, box, found, now)]
    status = {row.subject: row.status for row in buildups(picture, now)} if calls else {}
    yield from (call for call in calls if status.get(call.matter, "watched") in _WATCHED_STILL)
    for subject, crossed in series_of(picture, now, handed).items():
        for series in crossed:
            yield from _of_crossings(named(picture, subject), series, now)


def _of_matter(picture: Picture, box: Outbox, found: Sequence[Held], now: datetime) -> Iterator[AlarmRaised]:
    """Give the alarm of one matter by the gravest of its series, or by a fresh indicator."""
    risen = [each for each in found if each.answer in _GRAVE and not _is_unwatched(each.last_watched, now)]
    is_build_up = found[0].watches == "build-up"
    listed = indicators(picture, found[0].series.matter) if is_build_up else ()
    fresh = [each for each in listed if _is_fresh(each, now)]
    if risen:
        gravest = min(risen, key=lambda each: _GRAVE.index(each.answer))
        yield _rise(view_of(picture, box, gravest, now), fresh, now)
    elif fresh:
        yield _indicator(view_of(picture, box, found[0], now), fresh, now)


def _rise(view: BaseRateView, fresh: Sequence[IndicatorView], now: datetime) -> AlarmRaised:
    certain = view.answer == Departure.CERTAIN.value
    precedence = Precedence.PRIORITY if certain else Precedence.ROUTINE
    where = f", {view.part}" if view.part else ""
    return AlarmRaised(
        matter=view.matter.subject,
        rule=f"{BUILD_UP}/{_slug(view.part)}{view.answer}",
        title=f"Above its base rate, {view.answer}: {view.matter.name}{where}"[:160],
        precedence=precedence,
        plan=plan_for(precedence),
        counts_from=now,
        words=f"{view.words} {_reported_words(fresh)}{_test_words(view)} {view.cannot_say}"[:4_000],
        grounds=tuple(dict.fromkeys((*view.grounds, *(g for each in fresh for g in each.grounds))))[:64],
        asks=(
            Asked(Contact.CALL, "Raise it on the hotline with its series so far"),
            Asked(Contact.ASK, "Ask whose they are, and who can reach them"),
            Asked(Contact.STEP_BACK, "Offer a mutual step-back"),
        ),
    )


def _indicator(view: BaseRateView, fresh: Sequence[IndicatorView], now: datetime) -> AlarmRaised:
    what = ", ".join(each.indicator for each in fresh)
    return AlarmRaised(
        matter=view.matter.subject,
        rule=f"{BUILD_UP}/indicator",
        title=f"Indicator of a build-up: {what}: {view.matter.name}"[:160],
        precedence=Precedence.ROUTINE,
        plan=plan_for(Precedence.ROUTINE),
        counts_from=now,
        words=f"{_reported_words(fresh)}{view.words} {view.cannot_say}"[:4_000],
        grounds=tuple(dict.fromkeys(ground for each in fresh for ground in each.grounds))[:64],
        asks=(
            Asked(Contact.CALL, "Say on the hotline what was seen"),
            Asked(Contact.ASK, "Ask whose they are, and what it is for"),
        ),
    )


def _of_crossings(measure: Named, series: CrossingSeries, now: datetime) -> Iterator[AlarmRaised]:
    last = max((each.last for each in series.observers), default=None)
    if last is None or now.date() - last > UNWATCHED:
        return
    usual, risen = _is_usual(series), series.answer in _GRAVE
    if not usual and not risen:
        return
    head = "Crossings have become usual" if usual else "More crossings than usual"
    by = f" by {series.party}" if series.party else ""
    yield AlarmRaised(
        matter=measure.subject,
        rule=f"{CROSSINGS}/{_slug(series.party)}{'usual' if usual else 'more'}",
        title=f"{head}: {measure.name}{by}"[:160],
        precedence=Precedence.ROUTINE,
        plan=plan_for(Precedence.ROUTINE),
        counts_from=now,
        words=f"{series.usual.words if usual else series.words} {series.cannot_say}"[:4_000],
        grounds=series.usual.grounds if usual else series.grounds,
        asks=(
            Asked(Contact.CALL, "Take it up on the next call: how many a day, against what is tolerated"),
            Asked(Contact.ASK, "Ask for a contact before each crossing, or for agreed times"),
        ),
    )


def _is_usual(series: CrossingSeries) -> bool:
    return series.usual.answer in _GRAVE


def why_ended(
    picture: Picture, rule: str, matter: SubjectId, now: datetime, handed: Sequence[HandedIn] = ()
) -> str:
    """Say why an alarm of these rules has lost its cause; "" where it is no alarm of theirs."""
    family = rule.partition("/")[0]
    if family == BUILD_UP:
        return _why_build_up(picture, matter, now, handed)
    if family == CROSSINGS:
        found = series_of(picture, now, handed).get(matter, ())
        lasts = [each.last for series in found for each in series.observers]
        return _why(max(lasts, default=None), now, "crossings are back at their base")
    return ""


def _why_build_up(picture: Picture, matter: SubjectId, now: datetime, handed: Sequence[HandedIn]) -> str:
    for row in buildups(picture, now):
        if row.subject == matter and row.status == UNCLAIMED:
            return "answered “not ours”: it is asked again under an alarm of its own"
        if row.subject == matter and row.status not in _WATCHED_STILL:
            return f"{row.status}, as stated"
    found = [each for each in held(picture, handed) if each.series.matter == matter]
    if not found:
        return "nothing of it stands any more: it was taken back"
    last = max(each.last_watched for each in found)
    if any(each.answer in _GRAVE for each in found) and not _is_unwatched(last, now):
        return "it stands under another alarm now: its bands say more, or less, than before"
    return _why(last, now, "levels are back at their base")


def _why(last: date | None, now: datetime, otherwise: str) -> str:
    if last is None:
        return "nothing is counted any more"
    is_old = now.date() - last > UNWATCHED
    return "not counted for four weeks: nothing can be said" if is_old else otherwise


def _is_unwatched(last: date, now: datetime) -> bool:
    return now.date() - last > UNWATCHED


def _is_fresh(each: IndicatorView, now: datetime) -> bool:
    return each.listed and each.last is not None and now - each.last.at <= INDICATOR_KEPT


def _reported_words(fresh: Sequence[IndicatorView]) -> str:
    if not fresh:
        return ""
    told = (f"{each.indicator} ({each.last.words})" for each in fresh if each.last is not None)
    return f"Reported: {', '.join(told)}. "


def _test_words(view: BaseRateView) -> str:
    return (
        f"Test: each day against the days before, sum {view.sum_now:g} where {view.sum_raises:g} raises;"
        f" {view.false_per_month:g} false findings a month are accepted ({view.set_by})."
    )


def _slug(words: str) -> str:
    """Give words as a part of a rule's name, which holds no second slash."""
    return f"{words.replace('/', ' ')[:60]}/" if words else ""


def moments_of_numbers(picture: Picture, now: datetime) -> Iterator[datetime]:
    """Give the instants after now at which such an alarm loses its cause by time alone."""
    lasts = [each.last_watched for each in held(picture)]
    lasts += [
        each.last for rows in series_of(picture, now).values() for row in rows for each in row.observers
    ]
    ends = [datetime(last.year, last.month, last.day, tzinfo=UTC) + UNWATCHED + DAY for last in lasts]
    matters = {each.series.matter for each in held(picture) if each.watches == "build-up"}
    fresh = [each for matter in matters for each in indicators(picture, matter) if _is_fresh(each, now)]
    ends += [each.last.at + INDICATOR_KEPT + SECOND for each in fresh if each.last is not None]
    yield from (end for end in sorted(set(ends)) if end > now)
