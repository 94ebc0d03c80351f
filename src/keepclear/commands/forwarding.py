"""Showing another's words on, with the bytes that its author signed."""

from __future__ import annotations

import base64
from datetime import datetime
from typing import Annotated

from msgspec import Meta, Struct

from keepclear.commands.ports import Ids
from keepclear.commands.telling import MAX_READERS, Decision, Desk, Tell, decide
from keepclear.errors import NotKnown, Refused
from keepclear.model.statements import encode
from keepclear.model.telling import Forwarded
from keepclear.model.words import PartyId, StatementId, Words


class Forward(Struct, frozen=True, forbid_unknown_fields=True):
    """To show a statement that has come here on to readers, as it came, with own remarks beside it."""

    statement: StatementId
    readers: Annotated[tuple[PartyId, ...], Meta(min_length=1, max_length=MAX_READERS)]
    remarks: Words = ""


def decide_forward(desk: Desk, asked: Forward, key: str, now: datetime, ids: Ids) -> Decision:
    """Decide to show a statement on: its very bytes, signature and all, to those who may have them.

    Raises:
        NotKnown: it has not reached this desk.
        Refused: it is the desk's own, its author marked it onward: no, or a rule bars telling it.
    """
    entry = desk.picture.entry(asked.statement)
    if entry is None:
        raise NotKnown(
            f"forwarding the statement {asked.statement}",
            "forward",
            "a statement that has come here",
            "statement",
        )
    if entry.statement.author.party == desk.party:
        raise Refused(
            f"forwarding the own statement {asked.statement}",
            "forward-own",
            "the statement itself, told to more readers",
            "statement",
        )
    original = base64.b64encode(encode(entry.statement)).decode()
    tell = Tell(body=Forwarded(original, asked.remarks), readers=asked.readers)
    return decide(desk, tell, key, now, ids)
