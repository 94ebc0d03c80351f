"""Movements that have landed or gone out of contact: not ended, so each is expected again (FAIL-15)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from keepclear.model.notifications import MovementStated, StepTaken
from keepclear.times import text
from keepclear.views.movements import Standing, lost, standing, taken_at
from keepclear.views.picture import Picture


def expected_again(picture: Picture, now: datetime) -> Iterator[str]:
    """Say of each movement on its way that is not being heard of why it is expected again.

    The end of its window drops none: over northern Iraq symbols were dropped after a landing (FAIL-15).
    """
    for subject, _, _ in picture.each(MovementStated):
        found = standing(picture, subject)
        if found is None or found.completed or not found.departed:
            continue
        gone = lost(picture, found, now) if found.entry.statement.author.party == picture.party else None
        if gone is not None:
            yield f"{found.body.name}: out of contact, last heard of {text(gone.last_contact)}"
        elif (landed := _landed(found)) is not None:
            leg, at = landed
            yield f"{found.body.name}: landed after leg {leg} of {len(found.body.legs)}, {text(at)}"


def _landed(found: Standing) -> tuple[int | None, datetime] | None:
    entry, last = found.way[-1]
    return (last.leg, taken_at(entry, last)) if last.step == StepTaken.ARRIVED else None
