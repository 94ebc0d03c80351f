"""Questions that nobody owes a word on any more, since who asked has ended what was asked about."""

from __future__ import annotations

from datetime import datetime

from keepclear.model.hotline import MessageSent
from keepclear.model.notices import BuildUpStated
from keepclear.model.statements import Entry
from keepclear.model.words import owner_of
from keepclear.views.activity import closed_at
from keepclear.views.picture import Picture


def moot_since(picture: Picture, entry: Entry) -> datetime | None:
    """Give when the author of a question ended every build-up that it asks about; None where one goes on.

    The question stands in the record as it was asked, and whoever wants to answer it still may. What asks
    nothing, or speaks of anything else too, waits for its receipt as before.
    """
    body = entry.statement.body
    if not isinstance(body, MessageSent) or not body.asks or not body.about:
        return None
    ends = []
    for subject in body.about:
        text = picture.latest(subject)
        if text is None or not isinstance(text.statement.body, BuildUpStated):
            return None
        ended = closed_at(picture, subject) if owner_of(subject) == entry.statement.author.party else None
        if ended is None or ended <= entry.statement.stated_at:
            return None
        ends.append(ended)
    return max(ends)
