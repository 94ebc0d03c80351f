"""Whether the times that a text states for itself hold: not yet, now, or no longer.

A text that states no times says nothing here: it stands until its author takes it back.
"""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct

from keepclear.model.statements import Statement
from keepclear.times import Window
from keepclear.views.wording import instant_words, window_words

_BINDING = frozenset({"declared", "operative"})


class Validity(Struct, frozen=True):
    """How a measure's own times stand at one instant, in UTC; all empty where it states none.

    `force` is "in force", "lapsed", "not yet in force", or "stated" where its times run but the measure is
    proposed, suspended, superseded or withdrawn. `words` reads aloud, e.g. "lapsed since 2018-02-07 20:00Z".
    """

    force: str = ""
    start: datetime | None = None
    end: datetime | None = None
    words: str = ""


def validity(statement: Statement, standing: str, now: datetime) -> Validity:
    """Say how the times that a text states for itself stand at `now`; they are half-open."""
    window = statement.valid
    if window is None or window == Window():
        return Validity()
    start, end = window.start, window.end
    if end is not None and end <= now:
        return Validity("lapsed", start, end, f"lapsed since {instant_words(end)}")
    if start is not None and now < start:
        until = "" if end is None else f" until {instant_words(end)}"
        return Validity(
            "not yet in force", start, end, f"not yet in force, from {instant_words(start)}{until}"
        )
    if standing not in _BINDING:
        return Validity("stated", start, end, f"stated times: {window_words(window)}")
    until = "" if end is None else f" until {instant_words(end)}"
    return Validity("in force", start, end, f"in force{until}")
