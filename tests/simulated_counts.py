"""Made-up series of daily counts, and how often the test finds something in them that is not there."""

from __future__ import annotations

from collections.abc import Callable
from statistics import median

import numpy as np

from keepclear.rules.steadiness import DAYS_A_MONTH, MIN_BASE, run

SEED = 20180207
SERIES, DAYS = 60, 240
SET = 0.1

Rng = np.random.Generator
Make = Callable[[Rng, int], np.ndarray]


def scattered(rng: Rng, mean, scatter: float) -> np.ndarray:
    mean = np.asarray(mean, dtype=float)
    return rng.poisson(rng.gamma(1 / scatter**2, mean * scatter**2)) if scatter else rng.poisson(mean)


def steady(mean: float, scatter: float) -> Make:
    return lambda rng, n: scattered(rng, np.full(n, mean), scatter)


def weekly(rest: float, work: float, scatter: float) -> Make:
    return lambda rng, n: scattered(rng, np.where(np.arange(n) % 7 >= 5, rest, work), scatter)


def missing(mean: float, scatter: float, part: float) -> Make:
    """Days on which nobody counted are left out of the series, as the views leave them out."""

    def made(rng: Rng, n: int) -> np.ndarray:
        whole = scattered(rng, np.full(n, mean), scatter)
        return whole[rng.random(n) >= part]

    return made


def drifting(mean: float, a_day: float, scatter: float) -> Make:
    return lambda rng, n: scattered(rng, mean * a_day ** np.arange(n), scatter)


def hanging_together(mean: float, tie: float, spread: float) -> Make:
    def made(rng: Rng, n: int) -> np.ndarray:
        level = np.zeros(n)
        for day in range(1, n):
            level[day] = tie * level[day - 1] + rng.normal(0, spread)
        return rng.poisson(mean * np.exp(level))

    return made


UNCHANGED: dict[str, Make] = {
    "3 a day, no more than chance": steady(3, 0),
    "6 a day, scatter 35 %": steady(6, 0.35),
    "100 a day, steady high, scatter 10 %": steady(100, 0.1),
    "100 a day, steady high, scatter 35 %": steady(100, 0.35),
    "100 a day, scatter 35 %, every third day missing": missing(100, 0.35, 1 / 3),
    "100 a day, scatter 50 %": steady(100, 0.5),
    "10 on weekdays, 4 on two days": weekly(4, 10, 0),
    "100 on weekdays, 40 on two days, scatter 20 %": weekly(40, 100, 0.2),
    "drift downwards, 1 % a day, from 100": drifting(100, 0.99, 0.3),
    "drift upwards, 0.3 % a day, from 50": drifting(50, 1.003, 0.3),
    "days that hang together (0.5), around 100": hanging_together(100, 0.5, 0.25),
}

STEPS: dict[str, tuple[float, float, float]] = {
    "100 to 150, scatter 35 %": (100, 0.35, 1.5),
    "100 to 200, scatter 35 %": (100, 0.35, 2),
    "100 to 300, scatter 35 %": (100, 0.35, 3),
    "6 to 9, scatter 20 %": (6, 0.2, 1.5),
    "6 to 12, scatter 20 %": (6, 0.2, 2),
    "6 to 18, scatter 20 %": (6, 0.2, 3),
}
BEFORE, AFTER = 14, 40


def found_at(counts: tuple[int, ...], false_per_month: float = SET) -> list[int]:
    """Give the days on which a finding began."""
    raised = [False, *(day.raised for day in run(counts, counts, false_per_month).days)]
    return [place for place in range(len(counts)) if raised[place + 1] and not raised[place]]


def false_a_month(make: Make, false_per_month: float = SET) -> float:
    """Give how many findings a month of counted days an unchanged series raised."""
    rng = np.random.default_rng(SEED)
    found = counted = 0
    for _ in range(SERIES):
        counts = tuple(int(count) for count in make(rng, DAYS))
        found += len(found_at(counts, false_per_month))
        counted += len(counts) - MIN_BASE
    return found * DAYS_A_MONTH / counted


def delay(mean: float, scatter: float, times: float, false_per_month: float = SET) -> tuple[float, float]:
    """Give the median of counted days to a finding after a step, and the part found within forty."""
    rng = np.random.default_rng(SEED)
    delays = []
    for _ in range(100):
        level = np.r_[np.full(BEFORE, mean), np.full(AFTER, mean * times)]
        counts = tuple(int(count) for count in scattered(rng, level, scatter))
        raised = [day.raised for day in run(counts, counts, false_per_month).days]
        delays.append(next((n - BEFORE + 1 for n in range(BEFORE, len(raised)) if raised[n]), AFTER + 1))
    return float(median(delays)), sum(each <= AFTER for each in delays) / len(delays)


def table() -> str:
    """Give the table of the page, as it would be if written now."""
    rows = ["| a series that does not change | set | false findings a month |", "|---|---|---|"]
    for name, make in UNCHANGED.items():
        rows.append(f"| {name} | {SET:g} | {false_a_month(make):.2f} |")
    rows += [
        "",
        "| a step, after 14 counted days | found after (days) | found within 40 days |",
        "|---|---|---|",
    ]
    for name, step in STEPS.items():
        days, part = delay(*step)
        shown = f"{days:g}" if days <= AFTER else "more than 40"
        rows.append(f"| {name} | {shown} | {part:.0%} |")
    return "\n".join(rows)
