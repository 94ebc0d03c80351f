"""An act as the rules see it: the statement, its readers, and the picture on which it is decided."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct

from keepclear.model.statements import Statement
from keepclear.model.words import PartyId
from keepclear.views.picture import Picture
from keepclear.views.told import Outbox


class Act(Struct, frozen=True):
    """A statement about to be told: on which picture, to whom, when; `approved` by a second person."""

    picture: Picture
    outbox: Outbox
    statement: Statement
    readers: tuple[PartyId, ...]
    now: datetime
    approved: bool = False

    @property
    def by(self) -> PartyId:
        """Who tells."""
        return self.statement.author.party
