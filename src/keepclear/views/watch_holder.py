"""Who holds the watch of a desk now, and who is expected to take it over; names stand beside the log."""

from __future__ import annotations

import re
from datetime import datetime

from msgspec import Struct

from keepclear.model.countersigning import Countersigned
from keepclear.model.handover import HandoverStated
from keepclear.model.words import StatementId
from keepclear.views.picture import NAME_NOT_HELD, Picture

_HASH = re.compile(r"[0-9a-f]{64}")


class Holder(Struct, frozen=True):
    """Who took the watch over last, since when, by which handover; one that nobody signed moves nothing."""

    name: str
    since: datetime
    handover: StatementId


class Expected(Struct, frozen=True):
    """Who is to take over by the last handover stated, from whom, since when; it is not signed yet."""

    outgoing: str
    incoming: str
    stated_at: datetime
    handover: StatementId


def signed(picture: Picture, handover: StatementId) -> bool:
    """Tell whether a handover has its second signature, which it gets once (commands/handover.py)."""
    return bool(picture.about(handover, Countersigned))


def expected(picture: Picture) -> Expected | None:
    """Give who is to sign for the last handover stated; None where it is signed, or none was stated."""
    stated = max(picture.history(HandoverStated), key=lambda row: row[0].index, default=None)
    if stated is None or signed(picture, stated[0].statement.id):
        return None
    entry, body = stated
    outgoing, incoming = (named(picture, salted) for salted in (body.outgoing, body.incoming))
    return Expected(outgoing, incoming, entry.statement.stated_at, entry.statement.id)


def named(picture: Picture, salted_hash: str) -> str:
    """Give a name that stands beside the log, or say that it is not held; a past form held it in the log."""
    if _HASH.fullmatch(salted_hash) is None:
        return salted_hash
    return picture.names(salted_hash) or NAME_NOT_HELD


def holder(picture: Picture) -> Holder | None:
    """Give who holds the watch; None where no handover of this party has been taken over."""
    taken = [
        (second.index, Holder(named(picture, body.incoming), second.statement.stated_at, entry.statement.id))
        for entry, body in picture.history(HandoverStated)
        for second, _ in picture.about(entry.statement.id, Countersigned)
    ]
    return max(taken, key=lambda row: row[0])[1] if taken else None
