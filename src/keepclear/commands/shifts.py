"""What a stated shift must fulfil: it stays in the party's own log, and ends after it starts."""

from __future__ import annotations

from keepclear.commands.acts import Act
from keepclear.errors import Refused
from keepclear.model.shifts import ShiftStated
from keepclear.times import text


def admit_shift(act: Act, body: ShiftStated) -> None:
    """Hold a shift.

    Raises:
        Refused: it is told to others, or ends before it starts.
    """
    if act.readers:
        raise Refused(
            "telling others who has the watch",
            "kept-in-own-log",
            "no readers: it stays in the own log",
            "readers",
        )
    if body.end <= body.start:
        raise Refused(
            f"a shift that ends at {text(body.end)}",
            "window-order",
            f"an end after {text(body.start)}",
            "body.end",
        )
