"""What goes along when another's statement is shown on: its signed bytes, and its files if they are named."""

from __future__ import annotations

import msgspec

from keepclear.model.measures import MeasureStated
from keepclear.model.statements import Statement, original_of
from keepclear.model.telling import Forwarded
from keepclear.model.words import StatementId
from keepclear.views.picture import Picture


def innermost(statement: Statement) -> Statement:
    """Give what a statement shows on, however often it was shown on before."""
    while isinstance(statement.body, Forwarded):
        statement = original_of(statement.body)
    return statement


def innermost_whole(picture: Picture, statement: Statement) -> Statement:
    """Give what a statement shows on, a shape that stands beside the log in its place where it is held."""
    told = innermost(statement)
    if told is statement or not isinstance(told.body, MeasureStated):
        return told
    return msgspec.structs.replace(told, body=picture.whole(told.body))


def left_behind(picture: Picture, statement: StatementId) -> tuple[str, ...]:
    """Warn that what was shown on names files that do not go along; no ground to refuse it."""
    entry = picture.entry(statement)
    if entry is None or not isinstance(entry.statement.body, Forwarded):
        return ()
    named = {each.salted_hash for each in entry.statement.attachments}
    missing = [
        each for each in original_of(entry.statement.body).attachments if each.salted_hash not in named
    ]
    if not missing:
        return ()
    files = ", ".join(f"{each.what} ({each.salted_hash})" for each in missing)
    return (
        f"What is shown on names files that do not go along: {files}. Who is told it gets them where "
        "`attachments` of this act names them too.",
    )
