"""What a stated shift must fulfil: told to those who must call, its name beside, its end after its start."""

from __future__ import annotations

from keepclear.commands.acts import Act
from keepclear.errors import Refused
from keepclear.model.channels import ChannelStated
from keepclear.model.shifts import ShiftStated
from keepclear.model.words import PartyId
from keepclear.times import text


def admit_shift(act: Act, body: ShiftStated) -> None:
    """Hold a shift.

    Raises:
        Refused: it is told to somebody with whom no hotline is shared, is a report told on, ends before it
            starts, or names no attachment.
    """
    _hold_readers(act)
    if all(named.salted_hash != body.person for named in act.statement.attachments):
        raise Refused(
            "a shift whose person is none of its attachments",
            "name-beside",
            "POST …/shifts with the name (keepclear shift); or attachments with the same salted_hash",
            "body.person",
        )
    if body.end <= body.start:
        raise Refused(
            f"a shift that ends at {text(body.end)}",
            "window-order",
            f"an end after {text(body.start)}",
            "body.end",
        )


def _hold_readers(act: Act) -> None:
    """Let a name go to the other end of a hotline alone: only to the cell that must call (domain.md §5)."""
    callers = _callers(act)
    strange = [reader for reader in act.readers if reader not in callers]
    if strange:
        known = ", ".join(sorted(callers)) or "none is known here"
        raise Refused(
            f"telling {', '.join(strange)} by name who has the watch",
            "shift-readers",
            f"no readers, or a party at the other end of a hotline of yours: {known}",
            "readers",
        )
    speaker = act.statement.said_by
    if act.readers and speaker is not None and speaker.party != act.by:
        raise Refused(
            "telling on by name who has another party's watch", "shift-readers", "no readers", "readers"
        )


def _callers(act: Act) -> set[PartyId]:
    """Give the parties with which the author shares a hotline that is no group's."""
    found: set[PartyId] = set()
    for _, _, body in act.picture.each(ChannelStated):
        ends = {end.party for end in body.ends}
        found |= ends if act.by in ends else set()
    return found - {act.by}
