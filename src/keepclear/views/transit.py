"""Messages that crossed in transit: each was told before its author had seen the other (pairwise)."""

from __future__ import annotations

from keepclear.model.hotline import MessageSent, WarningGiven
from keepclear.model.statements import Entry
from keepclear.model.words import PartyId, StatementId
from keepclear.views.picture import Picture, speaks_for_itself
from keepclear.views.told import Outbox


def crossed(picture: Picture, box: Outbox, entry: Entry) -> tuple[StatementId, ...]:
    """Name the other end's messages that crossed with one of this party's, or this party's with theirs.

    An entry says how much of the opposite log its author had seen (`sees`), and its place in its own log. Two
    messages crossed where neither had seen the other. No clock is asked.
    """
    author = entry.statement.author.party
    if author == picture.party:
        pairs = [
            (told, reader)
            for reader in _addressees(entry)
            if (told := box.entry(reader, entry.statement.id)) is not None
        ]
        return tuple(
            dict.fromkeys(
                theirs.statement.id
                for told, reader in pairs
                for theirs in _messages(picture, reader)
                if _crossed(told, theirs)
            )
        )
    if picture.party not in _addressees(entry) or not speaks_for_itself(entry.statement):
        return ()
    mine = (box.entry(author, told.statement.id) for told in _messages(picture, picture.party))
    return tuple(told.statement.id for told in mine if told is not None and _crossed(told, entry))


def _crossed(mine: Entry, theirs: Entry) -> bool:
    return mine.sees <= theirs.index and theirs.sees <= mine.index


def _addressees(entry: Entry) -> tuple[PartyId, ...]:
    body = entry.statement.body
    return body.to if isinstance(body, MessageSent | WarningGiven) else ()


def _messages(picture: Picture, author: PartyId) -> list[Entry]:
    """Give the messages of a party that reached this one in the log between the two, or its own."""
    found = [text.entry for _, text, _ in picture.each(MessageSent)]
    found += [text.entry for _, text, _ in picture.each(WarningGiven)]
    own = author == picture.party
    return [
        entry
        for entry in found
        if entry.statement.author.party == author
        and speaks_for_itself(entry.statement)
        and (own or entry.log.reader == picture.party)
    ]
