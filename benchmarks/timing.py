"""Fair turns on a noisy machine."""

from __future__ import annotations

import gc
import os
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

_STOLEN = 7
"""Where /proc/stat has what the host gave to others while this machine had work (proc_stat(5))."""


class Beside:
    """What the machine had to do besides a measurement, since this was made: wall-clock rates need it.

    A share that the host took for others is no load that this machine can see, and makes all rates and
    latencies worse.
    """

    def __init__(self) -> None:
        self._before = _ticks()

    def __str__(self) -> str:
        words = f"load {os.getloadavg()[0]:.1f}"
        passed = [after - before for before, after in zip(self._before, _ticks(), strict=True)]
        if not sum(passed):
            return words
        return f"{words}, stolen {passed[_STOLEN] / sum(passed):.0%}"


def _ticks() -> list[int]:
    try:
        first = Path("/proc/stat").read_text(encoding="ascii").splitlines()[0]
    except OSError:  # no Linux: the load alone
        return [0]
    return [int(each) for each in first.split()[1 : _STOLEN + 2]]


def medians(ours: Callable[[], float], theirs: Callable[[], float], repeats: int) -> tuple[float, float]:
    """Give the median seconds of both, which report their own, run in turns: A B, B A, A B, …

    Turns and their changing order keep a busy neighbour, a warming disk or a flushing cache from favouring
    one side.
    """
    taken: tuple[list[float], list[float]] = ([], [])
    for turn in range(repeats):
        order = (0, 1) if turn % 2 == 0 else (1, 0)
        for side in order:
            gc.collect()
            taken[side].append((ours, theirs)[side]())
    return median(taken[0]), median(taken[1])


def timed(work: Callable[[], object], rounds: int) -> Callable[[], float]:
    """Give a run that does the work so many rounds and reports the seconds of all."""

    def run() -> float:
        start = time.perf_counter()
        for _ in range(rounds):
            work()
        return time.perf_counter() - start

    return run
