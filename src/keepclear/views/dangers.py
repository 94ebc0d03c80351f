"""Calls for sites in danger: who was called, and which named person of each has answered."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from msgspec import Struct

from keepclear.model.hotline import AnswerGiven, MessageSent, Purpose, Rung, RungReached
from keepclear.model.notices import RemarkMade
from keepclear.model.parties import Reach
from keepclear.model.statements import Entry, Statement
from keepclear.model.words import PartyId, StatementId, SubjectId, Via
from keepclear.views.attribution import Named, Said, description, in_time, named, party_name, said
from keepclear.views.picture import Picture, speaks_for_itself

ANSWERING = frozenset({Rung.ACKNOWLEDGED, Rung.READ_BACK, Rung.RELAYED, Rung.BRIEFED})
BY_VOICE = frozenset({Reach.VOICE, Reach.NONE})


class Called(Struct, frozen=True):
    """One party that was called: who of it answered, on whose word and when; "" and None while nobody has.

    `how` is "own", or "reported" for a party that is reached by voice alone.
    """

    party: PartyId
    name: str
    by: str = ""
    how: str = ""
    words: str = ""
    at: datetime | None = None


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


def answered(picture: Picture, entry: Entry, party: PartyId) -> Called:
    """Tell which named person of a party has answered a call, or that nobody has.

    A machine's receipt is no person's, and what its caller writes down counts only for a party that has no
    node: with the name of who spoke (domain.md §6).
    """
    name = party_name(picture, party)
    for told, by, words in _answers(picture, entry):
        statement = told.statement
        own = statement.author.party == party and speaks_for_itself(statement)
        if own:
            return Called(party, name, by or name, "own", words, statement.stated_at)
        if _reports(picture, entry, statement, party):
            speaker = statement.said_by
            spoken = (
                "" if speaker is None else ", ".join(part for part in (speaker.name, speaker.office) if part)
            )
            return Called(party, name, spoken, "reported", words, statement.stated_at)
    return Called(party, name)


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


def _answers(picture: Picture, entry: Entry) -> Iterator[tuple[Entry, str, str]]:
    """Go through what answers a call, oldest first, each with the office that answers and its words."""
    identity = entry.statement.id
    found: list[tuple[Entry, str, str]] = [
        (told, body.role, body.rung.value)
        for told, body in picture.about(identity, RungReached)
        if body.rung in ANSWERING
        and (body.reader == told.statement.author.party or _speaks_for(told.statement, body.reader))
    ]
    found += [(told, "", body.answer.value) for told, body in picture.about(identity, AnswerGiven)]
    found = [item for item in found if picture.stands(item[0])]
    found.sort(key=lambda item: (item[0].statement.stated_at, item[0].statement.id))
    yield from found


def _speaks_for(statement: Statement, party: PartyId) -> bool:
    return statement.said_by is not None and statement.said_by.party == party


def _reports(picture: Picture, entry: Entry, statement: Statement, party: PartyId) -> bool:
    """Tell whether the caller reports the answer of a named person of a party without a node."""
    speaker = statement.said_by
    if statement.author.party != entry.statement.author.party or speaker is None or speaker.unclear:
        return False
    known = description(picture, party)
    by_voice = known is not None and known[1].reach in BY_VOICE
    return by_voice and speaker.party == party and statement.via in (Via.PHONE, Via.MEETING)
