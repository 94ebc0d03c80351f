"""What a stated shift must fulfil: kept in the own log, its name beside it, and it ends after it starts."""

from __future__ import annotations

from keepclear.commands.acts import Act
from keepclear.errors import Refused
from keepclear.model.shifts import ShiftStated
from keepclear.times import text


def admit_shift(act: Act, body: ShiftStated) -> None:
    """Hold a shift.

    Raises:
        Refused: it is told to others, ends before it starts, or names no attachment.
    """
    if act.readers:
        raise Refused(
            "telling others who has the watch",
            "kept-in-own-log",
            "no readers: it stays in the own log",
            "readers",
        )
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
