"""Calls for sites in danger: who was called, and who of each, named by office, has answered."""

from __future__ import annotations

from msgspec import Struct

from keepclear.model.hotline import MessageSent, Purpose
from keepclear.model.notices import RemarkMade
from keepclear.model.statements import Entry, Statement
from keepclear.model.words import StatementId, SubjectId
from keepclear.views.answerers import Called, answered
from keepclear.views.attribution import Named, Said, in_time, named, said
from keepclear.views.picture import Picture, speaks_for_itself


class DangerView(Struct, frozen=True):
    """One call for a site in danger; `site` is None where its readers were never told the site.

    `waiting` names those of whom nobody has answered; at another's desk only the own answer is known.
    """

    subject: SubjectId
    statement: StatementId
    site: Named | None
    own: bool
    words: str
    called: tuple[Called, ...]
    waiting: tuple[str, ...]
    said: Said


def dangers(picture: Picture) -> list[DangerView]:
    """List the calls for sites in danger that left or reached this party and stand, oldest first."""
    return [_view(picture, entry, body) for entry, body in calls(picture)]


def calls(picture: Picture) -> list[tuple[Entry, MessageSent]]:
    """Give the messages that call for a site in danger and were not taken back, oldest first."""
    found = [
        (text.entry, body)
        for _, text, body in picture.each(MessageSent)
        if body.purpose == Purpose.SITE_IN_DANGER and speaks_for_itself(text.statement)
    ]
    return sorted(found, key=lambda item: in_time(item[0]))


def _view(picture: Picture, entry: Entry, body: MessageSent) -> DangerView:
    statement = entry.statement
    own = statement.author.party == picture.party
    called = tuple(answered(picture, entry, party) for party in body.to if own or party == picture.party)
    site = _site(picture, statement, body)
    return DangerView(
        subject=statement.subject,
        statement=statement.id,
        site=None if site is None else named(picture, site),
        own=own,
        words=body.texts[0].words,
        called=called,
        waiting=tuple(each.name for each in called if not each.how),
        said=said(picture, entry),
    )


def _site(picture: Picture, statement: Statement, body: MessageSent) -> SubjectId | None:
    """Give the site of a call: named in it, or for those who may not know it in the caller's own note."""
    if body.about:
        return body.about[0]
    for noted, note in picture.about(statement.subject, RemarkMade):
        if noted.statement.author.party == statement.author.party and note.about:
            return note.about[0]
    return None
