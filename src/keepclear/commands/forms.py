"""Who holds a subject in which form, and what each of them has to be told when it changes."""

from __future__ import annotations

from keepclear.commands.beside import lacks_shape, whole_text
from keepclear.errors import Refused
from keepclear.model.statements import Entry, Statement
from keepclear.model.words import PUBLIC, Form, PartyId, SubjectId
from keepclear.rules.coarseness import COARSENESS, covers
from keepclear.rules.disclosure import needs_release
from keepclear.views.picture import Picture
from keepclear.views.told import Outbox


def current(picture: Picture, subject: SubjectId) -> list[Entry]:
    """Give the newest text of each form that stands, the most exact first."""
    newest = {entry.statement.form: entry for entry in picture.standing(subject)}
    return [newest[form] for form in Form if form in newest]


def is_current(picture: Picture, entry: Entry) -> bool:
    """Tell whether a text stands and is the newest of its form."""
    texts = current(picture, entry.statement.subject)
    return any(text.statement.id == entry.statement.id for text in texts)


def holds_text(picture: Picture, outbox: Outbox, reader: PartyId, entry: Entry) -> bool:
    """Tell whether a reader has a text: by its own log, or since everybody was told."""
    return outbox.entry(reader, entry.statement.id) is not None or picture.is_public(entry.statement.id)


def held(picture: Picture, outbox: Outbox, reader: PartyId, subject: SubjectId) -> dict[Form, Entry]:
    """Give the newest text of each form that a reader was ever told, or everybody was."""
    return {
        entry.statement.form: entry
        for entry in picture.texts(subject)
        if holds_text(picture, outbox, reader, entry)
    }


def owed(picture: Picture, outbox: Outbox, statement: Statement) -> set[PartyId]:
    """Give the readers that a restatement has to reach: those who hold its form.

    Who holds a coarser form only is not owed the exact one. But where that form no longer covers what the
    exact one says, its holders would be kept in error.
    """
    found: set[PartyId] = set()
    for reader in set(outbox.readers()) - {statement.author.party}:
        forms = {
            entry.statement.form: entry
            for entry in picture.texts(statement.subject)
            if outbox.entry(reader, entry.statement.id) is not None
        }
        coarse = [entry for form, entry in forms.items() if COARSENESS[form] > COARSENESS[statement.form]]
        outgrown = bool(coarse) and not any(_covers(picture, entry.statement, statement) for entry in coarse)
        if statement.form in forms or outgrown:
            found.add(reader)
    return found


def _covers(picture: Picture, coarse: Statement, exact: Statement) -> bool:
    """Tell whether a coarse form still covers the exact one; a shape that is not held covers nothing."""
    outer = whole_text(picture, coarse)
    return not lacks_shape(outer) and covers(outer, whole_text(picture, exact))


def refuse_finer(
    picture: Picture,
    outbox: Outbox,
    statement: Statement,
    readers: tuple[PartyId, ...],
    on_purpose: tuple[PartyId, ...],
) -> None:
    """Refuse a form finer than any that a reader holds of the subject, unless that is said on purpose.

    Where a Release decides on the form, it has been asked for already.

    Raises:
        Refused: whom it would tell more than before.
    """
    if needs_release(picture, statement) is not None:
        return
    for reader in readers:
        if reader in on_purpose:
            continue
        forms = held(picture, outbox, reader, statement.subject)
        finest = min((COARSENESS[form] for form in forms), default=COARSENESS[Form.CONFLICT_ONLY] + 1)
        if forms and COARSENESS[statement.form] < finest:
            to = "everybody" if reader == PUBLIC else reader
            raise Refused(
                f"telling {to} the {statement.form} form of what {to} holds in a coarser one",
                "finer-form",
                f"readers without {reader}, which keeps its form; or finer with {reader}, on purpose",
                "readers",
            )
