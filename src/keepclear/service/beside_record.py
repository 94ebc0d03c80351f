"""Hands what the live pictures say beside the record to the node, for its lists, alarms and handovers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from keepclear.model.words import PartyId
from keepclear.rules.track_counts import Counted, handed_in
from keepclear.service.live_desk import LiveDesk
from keepclear.service.node import Node
from keepclear.views.daily_counts import HandedIn
from keepclear.views.from_live import FromLive

EVERY: Final = timedelta(seconds=5)
"""Numbers a day need not follow every second: at most so often they are worked out anew."""


class BesideRecord:
    """What was handed last of each party; numbers are worked out anew only where something changed."""

    def __init__(self) -> None:
        self._turns: dict[PartyId, tuple[int, datetime]] = {}
        self._handed: dict[PartyId, tuple[HandedIn, ...]] = {}

    def counted(self, desk: LiveDesk, now: datetime) -> list[Counted] | None:
        """Give the counts of a desk, in the engine's own thread; None where they are as they were."""
        turn, at = self._turns.get(desk.party, (-1, now))
        is_new_day = at.astimezone(UTC).date() != now.astimezone(UTC).date()
        if not is_new_day and turn != -1 and (turn == desk.counts.turn or abs(now - at) < EVERY):
            return None
        self._turns[desk.party] = (desk.counts.turn, now)
        return desk.counts.days(now)

    def forget(self, party: PartyId) -> None:
        """Work the numbers out anew next time: its measures have changed."""
        self._turns.pop(party, None)

    def hand(
        self, node: Node, party: PartyId, counted: Sequence[Counted] | None, again: Mapping[int, str]
    ) -> None:
        """Hand a party's numbers and what is expected again to the node."""
        if counted is not None:
            self._handed[party] = handed_in(node.picture(party), counted)
        words = tuple(again[number] for number in sorted(again))
        node.from_live[party] = FromLive(self._handed.get(party, ()), words)
