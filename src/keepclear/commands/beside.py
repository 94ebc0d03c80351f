"""Acts whose measure has its shape beside the log, as the rules see them: with the shape in its place."""

from __future__ import annotations

import msgspec

from keepclear.commands.acts import Act
from keepclear.errors import Refused
from keepclear.model.beside import need_named, need_size, shape_bytes
from keepclear.model.measures import MeasureStated
from keepclear.model.statements import Statement
from keepclear.views.picture import Picture


def whole_act(act: Act) -> Act:
    """Put the shape that stands beside the log into its measure, so that every rule reads it.

    Raises:
        Refused: the shape is not held here, so that nothing can be said of it.
        Malformed: the attachment is no shape, or the statement does not name it.
    """
    need_named(act.statement)
    whole = whole_text(act.picture, act.statement)
    if lacks_shape(whole):
        raise Refused(
            f"telling the {act.statement.kind} {act.statement.id}, whose shape is not held here",
            "attachment-kept",
            "its shape first, as an attachment; or a new text with its shape",
            "body.shape_beside",
        )
    if whole is act.statement:
        return act
    if act.picture.entry(act.statement.id) is None and isinstance(whole.body, MeasureStated):
        _need_size(whole.body)  # a new text; what stands in the record already may be told on
    return msgspec.structs.replace(act, statement=whole)


def _need_size(body: MeasureStated) -> None:
    if body.shape is not None:
        need_size(shape_bytes(body.shape), body.shape)


def whole_text(picture: Picture, statement: Statement) -> Statement:
    """Give a statement with the shape of its measure in place, where it stands beside the log and is held."""
    body = statement.body
    if not isinstance(body, MeasureStated) or body.shape_beside is None:
        return statement
    return msgspec.structs.replace(statement, body=picture.whole(body))


def lacks_shape(whole: Statement) -> bool:
    """Tell of a text from `whole_text` whether its shape could not be put in place."""
    return isinstance(whole.body, MeasureStated) and whole.body.shape_beside is not None
