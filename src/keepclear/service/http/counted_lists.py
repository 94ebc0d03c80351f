"""The lists of a desk that hold counts against their base, and rival courses; desks.py mounts them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from keepclear.rules.base_rates import BaseRateView, base_rates
from keepclear.rules.crossings import CrossingsView, crossings
from keepclear.service.http.hotline_lists import Seen
from keepclear.views.courses import CoursesView, courses
from keepclear.views.daily_counts import HandedIn


class Counting(Seen, Protocol):
    """What such a list is worked out from: what the live picture handed in, too."""

    @property
    def handed(self) -> tuple[HandedIn, ...]:
        """Counts a day that come from beside the record."""
        ...


ROWS: dict[str, tuple[Callable[[Counting], Any], Any]] = {
    "base-rates": (lambda s: base_rates(s.picture, s.outbox, s.now, s.handed), BaseRateView),
    "crossings": (lambda s: crossings(s.picture, s.now, s.handed), CrossingsView),
    "courses": (lambda s: courses(s.picture), CoursesView),
}
