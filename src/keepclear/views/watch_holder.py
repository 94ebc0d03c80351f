"""Who holds the watch of a desk now: the person who last took it over."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct

from keepclear.model.countersigning import Countersigned
from keepclear.model.handover import HandoverStated
from keepclear.model.words import StatementId
from keepclear.views.picture import Picture


class Holder(Struct, frozen=True):
    """Who took the watch over last, since when, by which handover; one that nobody signed moves nothing."""

    name: str
    since: datetime
    handover: StatementId


def holder(picture: Picture) -> Holder | None:
    """Give who holds the watch; None where no handover of this party has been taken over."""
    taken = [
        (signed.index, Holder(body.incoming, signed.statement.stated_at, entry.statement.id))
        for entry, body in picture.history(HandoverStated)
        for signed, second in picture.about(entry.statement.id, Countersigned)
        if second.words.casefold() == body.incoming.casefold()
    ]
    return max(taken, key=lambda row: row[0])[1] if taken else None
