"""Which text of a subject each reader had at a time, how far it had got, and whether it was in force then."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct

from keepclear.model.words import PUBLIC, PartyId, StatementId, SubjectId
from keepclear.views.attribution import party_name
from keepclear.views.picture import Picture
from keepclear.views.told import Ladder, Outbox, told


class ProvenanceRow(Struct, frozen=True):
    """One text as one reader had it: its ordinal towards that reader, its ladder, whether it was in force.

    `in_force` tells that no later text in this form had been stated by then and that it was not taken back.
    """

    reader: PartyId
    reader_name: str
    statement: StatementId
    ordinal: int
    told_at: datetime
    in_force: bool
    ladder: Ladder


def provenance(picture: Picture, box: Outbox, subject: SubjectId, at: datetime) -> list[ProvenanceRow]:
    """List the texts of an own subject that each reader had been told by an instant, oldest first.

    Args:
        picture: the author's picture, cut at the instant.
        box: the author's outbox.
        subject: the subject that is asked about.
        at: the instant, included.
    """
    standing = {entry.statement.id for entry in picture.forms(subject)}
    return [
        ProvenanceRow(
            reader=reader,
            reader_name="everybody" if reader == PUBLIC else party_name(picture, reader),
            statement=row.entry.statement.id,
            ordinal=row.ordinal,
            told_at=row.entry.recorded_at,
            in_force=row.entry.statement.id in standing,
            ladder=row.ladder,
        )
        for reader in sorted(box.readers())
        if reader != box.author
        for row in told(box, picture, reader, at)
        if row.entry.statement.subject == subject
    ]
