"""Who of a party has answered a text: by its own word, or for one without a node by its caller's report.

A party that is reached by voice alone has no log in which its own word could stand. What its caller notes of
the telephone counts for it, is called *reported*, and is never its own word (domain.md §6).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from msgspec import Struct

from keepclear.model.hotline import AnswerGiven, Rung, RungReached
from keepclear.model.parties import Reach
from keepclear.model.statements import Entry, Statement
from keepclear.model.words import PartyId, Via
from keepclear.views.attribution import description, party_name
from keepclear.views.picture import Picture, speaks_for_itself
from keepclear.views.readbacks import repeated

REPORTED = "reported"
ANSWERING = frozenset({Rung.ACKNOWLEDGED, Rung.READ_BACK, Rung.RELAYED, Rung.BRIEFED})
BY_VOICE = frozenset({Reach.VOICE, Reach.NONE})


class Called(Struct, frozen=True):
    """One party that was called: who of it answered, on whose word and when; "" and None while nobody has.

    `words` are all that it has answered, in order: "acknowledged, then will act"; `at` is the first of them.
    `how` is "own", or "reported" for a party that is reached by voice alone.
    """

    party: PartyId
    name: str
    by: str = ""
    how: str = ""
    words: str = ""
    at: datetime | None = None


def answered(picture: Picture, entry: Entry, party: PartyId) -> Called:
    """Tell who of a party, named by office, has answered a call, or that nobody has.

    A machine's receipt is no person's, and what its caller writes down counts only for a party that has no
    node: with the name of who spoke (domain.md §6).
    """
    own: list[tuple[Statement, str, str]] = []
    reports: list[tuple[Statement, str, str]] = []
    for told, by, words in _answers(picture, entry):
        statement = told.statement
        if statement.author.party == party and speaks_for_itself(statement):
            own.append((statement, by, words))
        elif _reports(picture, entry, statement, party):
            reports.append((statement, _spoken_by(statement), words))
    name = party_name(picture, party)
    found, how, nobody = (own, "own", name) if own else (reports, REPORTED, "")
    if not found:
        return Called(party, name)
    by = next((each for _, each, _ in found if each), nobody)
    words = ", then ".join(dict.fromkeys(each for _, _, each in found))
    return Called(party, name, by, how, words, found[0][0].stated_at)


def _spoken_by(statement: Statement) -> str:
    speaker = statement.said_by
    return "" if speaker is None else ", ".join(part for part in (speaker.name, speaker.office) if part)


def reported(picture: Picture, entry: Entry, party: PartyId) -> bool:
    """Tell whether a text's author reports that a party without a node has it, or has answered it."""
    return answered(picture, entry, party).how == REPORTED


def by_voice(picture: Picture, party: PartyId) -> bool:
    """Tell whether a party can be reached by voice alone, so that no own word of it will ever come."""
    known = description(picture, party)
    return known is not None and known[1].reach in BY_VOICE


def _answers(picture: Picture, entry: Entry) -> Iterator[tuple[Entry, str, str]]:
    """Go through what answers a call, oldest first, each with the office that answers and its words."""
    identity = entry.statement.id
    found: list[tuple[Entry, str, str]] = [
        (told, body.role, body.rung.value)
        for told, body in picture.about(identity, RungReached)
        if body.rung in ANSWERING
        and not (body.rung == Rung.READ_BACK and repeated(picture, entry, body.reader).open)
        and (body.reader == told.statement.author.party or _speaks_for(told.statement, body.reader))
    ]
    found += [(told, "", body.answer.value) for told, body in picture.about(identity, AnswerGiven)]
    found = [item for item in found if picture.stands(item[0])]
    found.sort(key=lambda item: (item[0].statement.stated_at, item[0].statement.id))
    yield from found


def _speaks_for(statement: Statement, party: PartyId) -> bool:
    return statement.said_by is not None and statement.said_by.party == party


def _reports(picture: Picture, entry: Entry, statement: Statement, party: PartyId) -> bool:
    """Tell whether the caller reports the answer of a person of a party without a node."""
    speaker = statement.said_by
    if statement.author.party != entry.statement.author.party or speaker is None or speaker.unclear:
        return False
    return by_voice(picture, party) and speaker.party == party and statement.via in (Via.PHONE, Via.MEETING)
