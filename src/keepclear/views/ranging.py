"""From which measures a distance to others is told: from those that somebody else knows, and no markers.

A party could state a measure anywhere, tell it to nobody, and read off how far others are from there: a
range-finder (LIM-02, LIM-10). As to such a measure it is told inside or outside only.
"""

from __future__ import annotations

from keepclear.geo.extents import is_marker
from keepclear.model.measures import MeasureStated
from keepclear.model.words import SubjectId, owner_of
from keepclear.views.picture import Picture
from keepclear.views.told import Outbox


def unranged(picture: Picture, box: Outbox | None) -> frozenset[SubjectId]:
    """Name the measures from which no distance to others is told.

    Args:
        picture: what has reached the party.
        box: what the party has told; without it nothing counts as told.
    """
    return frozenset(
        subject
        for subject, _, body in picture.each(MeasureStated)
        if not _is_shared(picture, box, subject) or _is_marked(picture.whole(body))
    )


def _is_marked(body: MeasureStated) -> bool:
    return body.shape is None or is_marker(body.shape)


def _is_shared(picture: Picture, box: Outbox | None, subject: SubjectId) -> bool:
    if owner_of(subject) != picture.party:
        return True
    return box is not None and bool(box.holders(subject).keys() - {picture.party})
