"""The lists of a desk that hold counts against their base, and rival courses; desks.py mounts them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from keepclear.rules.base_rates import BaseRateView, base_rates
from keepclear.rules.crossings import CrossingsView, crossings
from keepclear.service.http.hotline_lists import Seen
from keepclear.views.courses import CoursesView, courses

ROWS: dict[str, tuple[Callable[[Seen], Any], Any]] = {
    "base-rates": (lambda s: base_rates(s.picture, s.outbox, s.now), BaseRateView),
    "crossings": (lambda s: crossings(s.picture, s.now), CrossingsView),
    "courses": (lambda s: courses(s.picture), CoursesView),
}
