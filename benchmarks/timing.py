"""Fair turns on a noisy machine."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable
from statistics import median


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
