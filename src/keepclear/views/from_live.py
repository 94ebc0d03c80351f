"""What the live picture says beside the record: numbers a day, and what is expected again; no position."""

from __future__ import annotations

from datetime import date

from msgspec import Struct

from keepclear.views.daily_counts import HandedIn


class FromLive(Struct, frozen=True):
    """What a desk's live picture hands to its lists and alarms.

    `expected_again` says of each tied thing that has landed, halted or fallen silent why it is expected.
    """

    handed: tuple[HandedIn, ...] = ()
    expected_again: tuple[str, ...] = ()

    def before(self, day: date) -> FromLive:
        """Give what the days before one hold, for a look at the past; what was expected then is not kept."""
        return FromLive(tuple(each for each in self.handed if each.count.day < day))


NOTHING = FromLive()
