"""Read-backs that differ from what was said: which field, of which text, by whom; each becomes an alarm."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from msgspec import Struct

from keepclear.model.hotline import MessageSent, ReadBack, WarningGiven
from keepclear.model.statements import Entry
from keepclear.model.words import PartyId, Precedence, StatementId, SubjectId
from keepclear.views.picture import Picture
from keepclear.views.readbacks import OPEN, FieldView, readers_of, repeated


class Mismatch(Struct, frozen=True):
    """One field of one text as a reader read it back: what was said and heard, in words to read aloud."""

    matter: SubjectId
    text: StatementId
    reader: PartyId
    reader_name: str
    precedence: Precedence
    row: FieldView
    since: datetime

    @property
    def words(self) -> str:
        """Say what was said, what was heard, and where the difference lies."""
        why = f" ({self.row.words})" if self.row.words else ""
        return f"{self.row.field}: said “{self.row.said}”, heard “{self.row.heard}”{why}."


def mismatches(picture: Picture) -> Iterator[Mismatch]:
    """Go through the open fields of this party's own texts that stand and were not corrected since."""
    for text in _read_back(picture):
        if not picture.is_current(text) or _corrected(picture, text):
            continue
        body = text.statement.body
        precedence = body.precedence if isinstance(body, MessageSent | WarningGiven) else Precedence.PRIORITY
        for reader in readers_of(picture, text.statement.id):
            found = repeated(picture, text, reader)
            for row in found.fields:
                if row.outcome not in OPEN:
                    continue
                told = picture.entry(StatementId(row.read_back))
                since = text.received_at if told is None else told.received_at
                yield Mismatch(
                    matter=text.statement.subject,
                    text=text.statement.id,
                    reader=reader,
                    reader_name=found.reader_name,
                    precedence=precedence,
                    row=row,
                    since=since,
                )


def _read_back(picture: Picture) -> list[Entry]:
    """Give the own texts of which a read-back has come, each once, oldest first."""
    found: dict[StatementId, Entry] = {}
    for _, _, body in picture.each(ReadBack):
        text = picture.entry(body.of)
        if text is not None and text.statement.author.party == picture.party:
            found[text.statement.id] = text
    return sorted(found.values(), key=lambda text: (text.statement.stated_at, text.statement.id))


def _corrected(picture: Picture, text: Entry) -> bool:
    """Tell whether its author has since corrected a text: what was heard of the old one matters no longer."""
    return any(
        isinstance(told.statement.body, MessageSent | WarningGiven)
        and told.statement.body.corrects == text.statement.id
        and told.statement.author.party == picture.party
        and picture.stands(told)
        for told in picture.all_about(text.statement.id)
    )
