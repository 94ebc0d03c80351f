"""Clocks: the machine's, and one that a replay moves by hand."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta


class SystemClock:
    """The machine's clock, in UTC; it never runs backwards within one process."""

    def __init__(self) -> None:
        self._last = datetime.min.replace(tzinfo=UTC)

    def now(self) -> datetime:
        """Give the present instant; if the machine's clock was set back, the last one given."""
        self._last = max(self._last, datetime.now(UTC))
        return self._last


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

    def move_to(self, at: datetime) -> None:
        """Put the clock forward to an instant; it does not go back."""
        self._at = max(self.now(), at)
        if self._since is not None:
            self._since = time.monotonic()

    def run(self) -> None:
        """Let the clock go on by itself."""
        if self._since is None:
            self._since = time.monotonic()
