"""First use of a kind of notice with a party, in earnest and without a drill before (FAIL-02, PRA-02).

A notice that neither end has ever passed, read back and plotted together is misplaced at its first use. This
refuses nothing: safety does not wait for a drill. It asks for the call that makes up for it.
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from keepclear.model.exercises import DrillResult, ExerciseRun
from keepclear.model.notices import Activity, NoticeStated
from keepclear.model.statements import Entry
from keepclear.model.words import PUBLIC, CapStatus, PartyId
from keepclear.views.picture import Picture
from keepclear.views.told import Outbox


class FirstUse(Struct, frozen=True):
    """The first notice of an activity that a party was told, with no drill of it that was understood."""

    notice: Entry
    activity: Activity
    reader: PartyId


def first_uses(picture: Picture, box: Outbox) -> Iterator[FirstUse]:
    """Go through this party's notices in status Actual: the first of each activity to each other party."""
    seen: set[tuple[Activity, PartyId]] = set()
    drilled = {
        (body.activity, body.with_party)
        for _, _, body in picture.each(ExerciseRun)
        if body.result == DrillResult.UNDERSTOOD
    }
    for _, text, body in picture.each(NoticeStated):
        statement = text.entry.statement
        if statement.author.party != picture.party or statement.cap != CapStatus.ACTUAL:
            continue
        for reader in sorted(box.holders(statement.subject)):
            pair = (body.activity, reader)
            if reader in (PUBLIC, picture.party) or pair in seen:
                continue
            seen.add(pair)
            if pair not in drilled:
                yield FirstUse(text.entry, body.activity, reader)
