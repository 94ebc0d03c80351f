"""Making a lost connection again: later each time, at no fixed beat, and soon after one that held."""

from __future__ import annotations

import random
from typing import Final

FIRST_S: Final = 1.0
LONGEST_S: Final = 60.0
HELD_S: Final = 60.0
"""A connection that held for so long was a good one: the next is tried soon again."""

_DRAW: Final = random.SystemRandom()


class Again:
    """How long to wait before the next attempt."""

    def __init__(self, first_s: float = FIRST_S, longest_s: float = LONGEST_S) -> None:
        self._first_s = self._next_s = first_s
        self._longest_s = longest_s

    def wait_s(self, held_s: float) -> float:
        """Give the seconds to wait, after a connection that held for so long, or 0 for none.

        Between a half and all of what doubles each time, so that many who lost one sender do not come back
        at once.
        """
        if held_s >= HELD_S:
            self._next_s = self._first_s
        wait_s = self._next_s * _DRAW.uniform(0.5, 1.0)
        self._next_s = min(self._next_s * 2.0, self._longest_s)
        return wait_s
