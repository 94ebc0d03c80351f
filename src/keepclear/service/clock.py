"""Clocks: the machine's, and one that a replay moves by hand."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta


def machine_time() -> datetime:
    """Give what the machine's clock says now."""
    return datetime.now(UTC)


class SystemClock:
    """The machine's clock, in UTC; it never runs backwards within one process.

    Set forward, it follows. Set back, it goes on from where it was at the pace of the clock that nobody sets:
    so a deadline that is past by either clock is past by this one.
    """

    def __init__(
        self,
        machine: Callable[[], datetime] = machine_time,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._machine = machine
        self._monotonic = monotonic
        self._from = machine()
        self._since = monotonic()

    def now(self) -> datetime:
        """Give the present instant; if the machine's clock was set back, what it would be otherwise."""
        # In this order: a pause between the two readings makes the steady time lag, never run ahead.
        wall, passed = self._machine(), self._monotonic()
        steady = self._from + timedelta(seconds=passed - self._since)
        if wall <= steady:
            return steady
        self._from, self._since = wall, passed
        return wall

    def wall(self) -> datetime:
        """Give what the machine's clock says, even when it was set back."""
        return self._machine()

    def monotonic(self) -> float:
        """Give seconds of a clock that nobody sets."""
        return self._monotonic()


class SimulatedClock:
    """A clock that stands where it was put, and after `run` goes on from there at the machine's pace."""

    def __init__(self, at: datetime) -> None:
        self._at = at
        self._since: float | None = None

    def now(self) -> datetime:
        """Give the simulated instant."""
        if self._since is None:
            return self._at
        return self._at + timedelta(seconds=time.monotonic() - self._since)

    def wall(self) -> datetime:
        """Give the simulated instant; nobody sets this clock back."""
        return self.now()

    def monotonic(self) -> float:
        """Give the simulated instant in seconds."""
        return self.now().timestamp()

    def move_to(self, at: datetime) -> None:
        """Put the clock forward to an instant; it does not go back."""
        self._at = max(self.now(), at)
        if self._since is not None:
            self._since = time.monotonic()

    def run(self) -> None:
        """Let the clock go on by itself."""
        if self._since is None:
            self._since = time.monotonic()


class StoryClock(SimulatedClock):
    """A simulated clock for nodes that meet over a real link: the story's time for the record alone."""

    def wall(self) -> datetime:
        """Give what the machine's clock says: by it a link is up or down."""
        return machine_time()
