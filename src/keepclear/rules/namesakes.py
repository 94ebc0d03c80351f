"""Two things of one party under one name: allowed, and worth a word, since people call them by it."""

from __future__ import annotations

from keepclear.model.measures import MeasureStated
from keepclear.model.words import SubjectId, owner_of
from keepclear.views.picture import Picture


def same_name(picture: Picture, subject: SubjectId) -> tuple[str, ...]:
    """Warn that a measure is called as another standing one of the same party; no ground to refuse it."""
    text = picture.latest(subject)
    body = None if text is None else text.statement.body
    if not isinstance(body, MeasureStated):
        return ()
    called = " ".join(body.name.casefold().split())
    others = [
        other
        for other, _, its in picture.each(MeasureStated)
        if other != subject
        and owner_of(other) == owner_of(subject)
        and its.measure == body.measure
        and " ".join(its.name.casefold().split()) == called
    ]
    if not others:
        return ()
    count = "another" if len(others) == 1 else f"{len(others)} others"
    return (
        f'{owner_of(subject)} has {count} of the name "{body.name}": {", ".join(others)}. To change what '
        "stands, restate that subject; else give each a name of its own.",
    )
