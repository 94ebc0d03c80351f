"""What belongs to a subject: stated ties, and the statements that name it among what they are about."""

from __future__ import annotations

from msgspec import Struct

from keepclear.model.channels import ContactLogged
from keepclear.model.hotline import MeetingStated, MessageSent, WarningGiven
from keepclear.model.incidents import IncidentStated, Linked, PublicStated
from keepclear.model.measures import OverlayOffered
from keepclear.model.notices import BuildUpStated, NoticeStated, Observed, PresenceStated, RemarkMade
from keepclear.model.statements import Entry
from keepclear.model.telling import StatusStated
from keepclear.model.words import SubjectId
from keepclear.views.attribution import Named, Said, in_time, is_latest, named_all, remark_said
from keepclear.views.picture import Picture

# Kinds that stand as things of their own; stances, claims, answers and receipts are shown with their matter.
_THINGS: tuple[type[Struct], ...] = (
    BuildUpStated,
    ContactLogged,
    IncidentStated,
    MeetingStated,
    MessageSent,
    NoticeStated,
    Observed,
    OverlayOffered,
    PresenceStated,
    PublicStated,
    WarningGiven,
)


def linked(picture: Picture, subject: SubjectId) -> tuple[Named, ...]:
    """Name what is tied to a subject, each once: stated ties first, then what says to be about it."""
    found: dict[SubjectId, None] = {}
    for entry, body in sorted(picture.about(subject, Linked), key=lambda item: in_time(item[0])):
        if is_latest(picture, entry):
            found[body.b if body.a == subject else body.a] = None
    for entry in sorted(picture.all_about(subject), key=in_time):
        if isinstance(entry.statement.body, _THINGS) and picture.is_current(entry):
            found[entry.statement.subject] = None
    found.pop(subject, None)
    return named_all(picture, found)


def remarks(picture: Picture, subject: SubjectId) -> tuple[Said, ...]:
    """Give the remarks on a subject, oldest first, each with its text."""
    told = [entry for entry, _ in picture.about(subject, RemarkMade) if is_latest(picture, entry)]
    return tuple(remark_said(picture, entry) for entry in sorted(told, key=in_time))


def condition(picture: Picture, entry: Entry) -> str:
    """Give the condition that a text's own author last stated of it; "" where none was."""
    stated = conditions(picture, entry)
    return stated[-1][1].status if stated else ""


def conditions(picture: Picture, entry: Entry) -> list[tuple[Entry, StatusStated]]:
    """Give what a text's own author stated of its condition, oldest first; the last counts.

    A condition is of the matter, whichever form names it: what was stated of the current text of another
    form, after this text, counts for this one too. So the author and every reader see the same.
    """
    stated = _stated_of(picture, entry)
    if picture.is_current(entry):
        since = entry.statement.stated_at
        for other in picture.forms(entry.statement.subject):
            if other.statement.id != entry.statement.id:
                stated += [item for item in _stated_of(picture, other) if item[0].statement.stated_at > since]
    return sorted(stated, key=lambda item: (item[0].statement.stated_at, item[0].statement.id))


def _stated_of(picture: Picture, entry: Entry) -> list[tuple[Entry, StatusStated]]:
    author = entry.statement.author.party
    return [
        (told, body)
        for told, body in picture.about(entry.statement.id, StatusStated)
        if told.statement.author.party == author and picture.stands(told)
    ]
