"""Whether a series of daily counts still is what it was: the test behind the build-up watch, numbers only.

Each watched day is held against the watched days before it by an exact conditional test that allows for
counts that scatter more than chance alone (negative binomial: given the sum of all, the day's share is
beta-binomial, whatever the rate). The scores of the days are summed, a quiet day taking a part away again
(CUSUM); the sum that raises a finding is worked out from the rate of false findings that was asked for.
Missing days are no days: they are not in the series. Reasons and figures: docs/decisions, "Build-up watch".
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from statistics import NormalDist
from typing import Final

import numpy as np
from msgspec import Struct

SLACK: Final = 0.5
"""What each day takes off the sum, in standard deviations: tuned to rises of one standard deviation."""

SCATTER: Final = 0.45
"""How far counts of an unchanged thing scatter from day to day before it is known: a part of their mean."""

SCATTER_DAYS: Final = 7
"""As many days' worth of trust in `SCATTER` before the series' own scatter outweighs it."""

MIN_SCATTER: Final = 0.15
MIN_BASE: Final = 3
"""Watched days before any day is judged."""

MAX_BASE: Final = 28
"""At most so many watched days, the latest, make the base."""

BACK_DAYS: Final = 3
"""As many watched days running near the base end a finding."""

BACK_SCORE: Final = 1.0
MOST: Final = 10_000_000
DAYS_A_MONTH: Final = 365.25 / 12
_STATES: Final = 120
_NORMAL: Final = NormalDist()
_LEAST: Final = 1e-12


class Judged(Struct, frozen=True):
    """One watched day: the base it was held against, its score and the running sum.

    `base` is the mean a day of the base, None while it is too short; `p` the chance of as much or more on an
    unchanged day (half of "just as much" counted); `raised` tells that the finding stands after this day.
    """

    base: float | None
    p: float | None
    score: float
    total: float
    raised: bool


class Run(Struct, frozen=True):
    """What became of a series: its days, the sum that raises, and where the finding that stands began.

    `began` is the place of the first day of the rise that raised it, `found` that of the day on which it was
    found; both None where none stands.
    """

    days: tuple[Judged, ...]
    threshold: float
    began: int | None = None
    found: int | None = None

    @property
    def stands(self) -> bool:
        """Tell whether a finding stands at the end of the series."""
        return self.found is not None


@lru_cache(maxsize=64)
def threshold(false_per_month: float) -> float:
    """Give the sum that an unchanged series of normal scores passes so many times a month of watched days.

    By the Markov chain of Brook and Evans (Biometrika 59, 1972) on 120 states, solved for the mean run to a
    false finding; good to about 0.01.
    """
    wanted = DAYS_A_MONTH / false_per_month
    low, high = 0.0, 12.0
    while high - low > 1e-4:
        middle = (low + high) / 2
        low, high = (middle, high) if mean_run(middle) < wanted else (low, middle)
    return round((low + high) / 2, 3)


def mean_run(limit: float) -> float:
    """Give the mean number of watched days to a false finding for a limit of the sum."""
    width = 2 * limit / (2 * _STATES - 1)
    steps = np.zeros((_STATES, _STATES))
    # A step depends on how far it goes alone, so that each chance is worked out once.
    far = [_NORMAL.cdf((n + 0.5) * width + SLACK) for n in range(1 - _STATES, _STATES)]
    for place in range(_STATES):
        steps[place] = np.diff([0.0, *far[_STATES - 1 - place : 2 * _STATES - 1 - place]])
    runs = np.linalg.solve(np.eye(_STATES) - steps, np.ones(_STATES))
    return float(runs[0])


def chance(count: int, before: int, days: int, scatter: float) -> float:
    """Give the chance that a day has so many or more of what it and the days before it hold together.

    Half of the chance of just as many is counted, so that an unchanged series scores zero on average.

    Args:
        count: what the day counted.
        before: the sum over the days before.
        days: how many those are.
        scatter: the standard deviation beyond chance, as a part of the mean; above zero.
    """
    size, total = 1.0 / scatter**2, count + before
    rest = days * size
    same = math.exp(
        math.lgamma(total + 1) - math.lgamma(count + 1) - math.lgamma(before + 1)
        + _lbeta(count + size, before + rest) - _lbeta(size, rest)
    )  # fmt: skip
    if count * (days + 1) >= total:
        return 0.5 * same + _beyond(same, count, total, size, rest)
    return 1.0 - 0.5 * same - _below(same, count, total, size, rest)


def _lbeta(a: float, b: float) -> float:
    return math.lgamma(a) + math.lgamma(b) - math.lgamma(a + b)


def _beyond(same: float, count: int, total: int, size: float, rest: float) -> float:
    """Sum the chances of more than `count`, from one to the next."""
    term, found = same, 0.0
    for more in range(count, total):
        term *= (total - more) * (more + size) / ((more + 1) * (total - more - 1 + rest))
        found += term
        if term < _LEAST * found:
            break
    return found


def _below(same: float, count: int, total: int, size: float, rest: float) -> float:
    """Sum the chances of less than `count`."""
    term, found = same, 0.0
    for less in range(count, 0, -1):
        term *= less * (total - less + rest) / ((total - less + 1) * (less - 1 + size))
        found += term
        if term < _LEAST * found:
            break
    return found


def chance_at_rate(count: int, rate: float, scatter: float = SCATTER) -> float:
    """Give the chance of so many or more in a day at a stated rate (half of just as many counted)."""
    size = 1.0 / scatter**2
    part = rate / (rate + size)
    term = math.exp(size * math.log1p(-part))
    below = 0.0
    for less in range(count):
        below += term
        term *= (less + size) / (less + 1) * part
    return min(1.0, max(0.0, 1.0 - below - 0.5 * term))


def scatter_of(base: Sequence[int]) -> float:
    """Give how far the days of a base scatter beyond chance, leaning on `SCATTER` while they are few."""
    days, mean = len(base), sum(base) / max(1, len(base))
    if days < 2 or mean <= 0:
        return SCATTER
    spread = sum((count - mean) ** 2 for count in base) / (days - 1)
    own = min(4.0, max(0.0, (spread - mean) / mean**2))
    leaned = (SCATTER_DAYS * SCATTER**2 + (days - 1) * own) / (SCATTER_DAYS + days - 1)
    return max(MIN_SCATTER, math.sqrt(leaned))


def score(chance_of: float) -> float:
    """Give a chance as a score: 0 is usual, 2 is one day in 44, 3 one in 740."""
    return -_NORMAL.inv_cdf(min(1.0 - _LEAST, max(_LEAST, chance_of)))


@lru_cache(maxsize=4096)
def run(counts: tuple[int, ...], base_counts: tuple[int, ...], false_per_month: float) -> Run:
    """Go through a series of watched days, each held against those before it.

    The days of a rise that was found never enter the base: it ends when `BACK_DAYS` watched days running
    are near the base as it was before the rise, not when the base has grown used to it.

    Args:
        counts: the count of each watched day, as it is judged.
        base_counts: the same days' counts as they stand in the base; the same series, or the other ends of
            its bands for the answer that holds whatever the bands hide.
        false_per_month: how many false findings a month of watched days are accepted.
    """
    so_far = _SoFar(threshold(false_per_month), [], [])
    for place, (count, base_count) in enumerate(zip(counts, base_counts, strict=True)):
        so_far.take(place, count, base_count)
    return so_far.ended()


class _SoFar:
    """A series on the way through: the base, the days judged, and the rise that may be under way."""

    def __init__(self, limit: float, base: list[int], days: list[Judged]) -> None:
        self.limit, self.base, self.days = limit, base, days
        self.total = 0.0
        self.rise: tuple[int, int] | None = None  # where it began: the size of the base, the day
        self.found: int | None = None
        self.near: list[int] = []  # counts of the last days near the base, once found

    def take(self, place: int, count: int, base_count: int) -> None:
        if len(self.base) < MIN_BASE:
            self.base.append(base_count)
            self.days.append(Judged(None, None, 0.0, 0.0, raised=False))
            return
        held = self.held()
        p = chance(count, sum(held), len(held), scatter_of(held))
        got = score(p)
        self.total = max(0.0, self.total + got - SLACK)
        if self.found is None:
            self._look(place, base_count)
        else:
            self._look_for_its_end(got, base_count)
        self.days.append(Judged(sum(held) / len(held), p, got, self.total, raised=self.found is not None))

    def held(self) -> list[int]:
        """Give the base against which the next day is held."""
        if self.found is None or self.rise is None:
            return self.base[-MAX_BASE:]
        return self.base[: max(MIN_BASE, self.rise[0])][-MAX_BASE:]

    def _look(self, place: int, base_count: int) -> None:
        if self.total == 0.0:
            self.rise = None
        elif self.rise is None:
            self.rise = (len(self.base), place)
        self.base.append(base_count)
        if self.total > self.limit:
            self.found, self.near = place, []

    def _look_for_its_end(self, got: float, base_count: int) -> None:
        self.near = [*self.near, base_count] if got <= BACK_SCORE else []
        if len(self.near) >= BACK_DAYS:
            self.base = [*self.held(), *self.near]
            self.total, self.found, self.rise = 0.0, None, None

    def ended(self) -> Run:
        """Give the whole."""
        began = self.rise[1] if self.found is not None and self.rise is not None else None
        return Run(tuple(self.days), self.limit, began, self.found)


@lru_cache(maxsize=1024)
def limits(counts: tuple[int, ...], false_per_month: float) -> tuple[int | None, ...]:
    """Give for each watched day, and for the next one, the least count that raises a finding on that day.

    None where the base is too short. Where a finding stands it is the least count that is not near the base.
    """
    so_far = _SoFar(threshold(false_per_month), [], [])
    found = [_limit(so_far)]
    for place, count in enumerate(counts):
        so_far.take(place, count, count)
        found.append(_limit(so_far))
    return tuple(found)


def _limit(so_far: _SoFar) -> int | None:
    if len(so_far.base) < MIN_BASE:
        return None
    held = so_far.held()
    needed = BACK_SCORE if so_far.found is not None else so_far.limit + SLACK - so_far.total
    before, days, scatter = sum(held), len(held), scatter_of(held)
    low, high = -1, max(8, 2 * max(held))
    while score(chance(high, before, days, scatter)) <= needed:
        low, high = high, 2 * high
        if high > MOST:
            return None
    while high - low > 1:
        middle = (low + high) // 2
        reached = score(chance(middle, before, days, scatter)) > needed
        low, high = (low, middle) if reached else (middle, high)
    return high


@lru_cache(maxsize=1024)
def run_at_rate(counts: tuple[int, ...], rate: float, false_per_month: float) -> Run:
    """Go through a series held against a stated rate a day, such as the crossings that are tolerated."""
    limit = threshold(false_per_month)
    days: list[Judged] = []
    total, began, found, quiet = 0.0, None, None, 0
    for place, count in enumerate(counts):
        p = chance_at_rate(count, rate)
        got = score(p)
        total = max(0.0, total + got - SLACK)
        if found is None:
            began = None if total == 0.0 else (place if began is None else began)
            found = place if total > limit else None
            quiet = 0
        else:
            quiet = quiet + 1 if got <= BACK_SCORE else 0
            if quiet >= BACK_DAYS:
                total, began, found = 0.0, None, None
        days.append(Judged(rate, p, got, total, raised=found is not None))
    return Run(tuple(days), limit, began if found is not None else None, found)
