"""Ours beside its peers, as ratios measured in one run.

A module `benchmarks/<name>.py` with `NAME` and `run() -> list[Row]` is found and run by
`python -m benchmarks`; nothing else needs to know of it. A row says what was done with how much (`n`), beside
whom, and `ratio`: above 1 ours is faster or smaller. `equal_answers` is computed from both results, never
assumed; the run fails where it is false, since a wrong answer has no speed.
"""

from __future__ import annotations

from msgspec import Struct


class Row(Struct, frozen=True):
    """One comparison; `ours` and `theirs` are in `unit`."""

    name: str
    n: int
    peer: str
    ratio: float
    ours: float
    theirs: float
    unit: str
    equal_answers: bool


def rate_row(name: str, n: int, peer: str, unit: str, seconds: tuple[float, float], *, equal: bool) -> Row:
    """Give the row of a rate: `n` things done in our seconds and in theirs."""
    ours, theirs = seconds
    return Row(name, n, peer, round(theirs / ours, 3), round(n / ours, 1), round(n / theirs, 1), unit, equal)
