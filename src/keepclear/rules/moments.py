"""When a cause of an alarm may come about by time alone, with nobody doing anything.

A live node looks every second. Whoever moves a clock by hand asks here where to stop and look.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from keepclear.rules import movements, periodic_duties, standing_duties
from keepclear.rules.attention import zone_entries
from keepclear.rules.numbers_alarms import moments_of_numbers
from keepclear.views.picture import Picture
from keepclear.views.threads import messages
from keepclear.views.told import Outbox


def coming(picture: Picture, box: Outbox, now: datetime) -> Iterator[datetime]:
    """Give the instants after now at which something at a desk falls due that no alarm waits for yet."""
    for message in messages(picture, box, now):
        due = message.acknowledge_due
        if message.direction == "out" and due is not None and due > now:
            yield due
    yield from movements.moments(picture, box, now)
    yield from standing_duties.moments(picture, now)
    yield from periodic_duties.moments_of_periodic(picture, box, now)
    yield from moments_of_numbers(picture, now)
    yield from (
        found.due for found in zone_entries(picture, box, now) if found.due is not None and found.due > now
    )
