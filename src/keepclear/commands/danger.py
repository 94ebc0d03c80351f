"""A protected site is in danger: one act that calls every cell at once, each with what it may know."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated

from msgspec import Meta, Struct

from keepclear.commands.naming import may_name
from keepclear.commands.ports import Ids
from keepclear.commands.several import Beside
from keepclear.commands.telling import MAX_READERS, Decision, Desk, Tell, Telling, decide
from keepclear.errors import LimitRefused, NotKnown, Refused
from keepclear.model.hotline import Answer, MessageSent, Purpose, Text
from keepclear.model.measures import MeasureKind, MeasureStated
from keepclear.model.notices import RemarkMade
from keepclear.model.statements import Author, Entry, Statement
from keepclear.model.words import PUBLIC, Form, PartyId, Precedence, SubjectId, owner_of
from keepclear.rules.coarseness import tells_a_position

ASKS = (Answer.WILL_ACT, Answer.CHECKING, Answer.NO_INFORMATION, Answer.REFUSE)
CALL = "Hold and step back. Answer now: who are you, and which cell have you told?"


class Danger(Struct, frozen=True, forbid_unknown_fields=True):
    """What is said with the call: words for those who hold the site exactly.

    `outside` are parties that were never told the site: they are called with `area`, a name or a wide area
    in words, and with nothing else.
    """

    words: Annotated[str, Meta(max_length=1000)] = ""
    outside: Annotated[tuple[PartyId, ...], Meta(max_length=MAX_READERS)] = ()
    area: Annotated[str, Meta(max_length=160)] = ""


class _Group(Struct, frozen=True):
    """Those who are called in the same words."""

    readers: tuple[PartyId, ...]
    words: str
    about: tuple[SubjectId, ...]


def decide_danger(
    desk: Desk, site: SubjectId, asked: Danger, role: str, key: str, now: datetime, ids: Ids
) -> Decision:
    """Call every cell at once: all that hold the site, and outside parties by its area alone.

    Everybody is told in this one decision, each in its own log: flash, purpose "site in danger", the site's
    id filled in. What ties the calls together stands in the caller's own log.

    Raises:
        NotKnown: no protected site of this id stands at this desk.
        LimitRefused: the words would tell where the site is (LIM-06).
        Refused: nobody is there to call.
    """
    body = _site(desk, site)
    _hold_back(body, asked)
    tells: list[Telling] = []
    for number, group in enumerate(_groups(desk, site, body, asked)):
        message = MessageSent(
            to=group.readers,
            purpose=Purpose.SITE_IN_DANGER,
            texts=(Text(group.words),),
            precedence=Precedence.FLASH,
            about=group.about,
            asks=ASKS,
        )
        made = Beside(ids, f"danger/{number}") if number else ids
        tells += decide(desk, Tell(body=message, readers=group.readers), key, now, made).tells
    if not tells:
        raise Refused(
            f"a call for {body.name}, which nobody holds",
            "danger-cells",
            "outside with the parties to call, and area with where it is in wide words",
            "outside",
        )
    return Decision((*tells, _note(desk, site, tells, role, key, now, ids)))


def _note(
    desk: Desk, site: SubjectId, tells: list[Telling], role: str, key: str, now: datetime, ids: Ids
) -> Telling:
    """Make the note that ties the calls to the site; told to nobody, since it names them all."""
    beside = Beside(ids, "danger/note")
    subjects = [telling.statement.subject for telling in tells]
    note = Statement(
        id=beside.statement(desk.party, key, Form.EXACT),
        subject=beside.subject(desk.party, key),
        author=Author(desk.party, "unsigned"),
        cap=desk.cap,
        stated_at=now,
        body=RemarkMade(
            f"Site in danger: {len(tells)} call(s), sent by the {role}.", about=(site, *subjects)
        ),
    )
    return Telling(note, ())


def cells(desk: Desk, site: SubjectId, asked: Danger) -> tuple[PartyId, ...]:
    """Give everybody whom an act would call."""
    body = _site(desk, site)
    return tuple(reader for group in _groups(desk, site, body, asked) for reader in group.readers)


def _site(desk: Desk, site: SubjectId) -> MeasureStated:
    text = desk.picture.latest(site)
    body = None if text is None else text.statement.body
    if not isinstance(body, MeasureStated) or body.measure != MeasureKind.PROTECTED_SITE:
        raise NotKnown(
            f"a call for the site {site}",
            "site",
            "the name or id of a protected site that stands at this desk: keepclear sites",
            "subject",
        )
    return body


def _hold_back(body: MeasureStated, asked: Danger) -> None:
    """Refuse words that tell where the site is, or to outsiders which it is."""
    for field, said in (("words", asked.words), ("area", asked.area)):
        if tells_a_position(said):
            raise LimitRefused(
                "coordinates in a call for a protected site",
                "LIM-06",
                "its id, which says where it is to those who hold it; a wide area in words for others",
                field,
            )
    if not asked.outside:
        return
    place = "" if body.place is None else body.place.words
    telling = [name for name in (body.name, place) if name and name.casefold() in asked.area.casefold()]
    if telling or not asked.area.strip():
        raise LimitRefused(
            "a call to those who were never told the site, with its name or without an area",
            "LIM-06",
            "area with a district or province in words; for more, a release of the site first",
            "area",
        )


def _groups(desk: Desk, site: SubjectId, body: MeasureStated, asked: Danger) -> Iterator[_Group]:
    """Go through those to call, grouped by what they hold: the exact text, a coarser one, nothing."""
    holders = _holders(desk, site)
    words = f" {asked.words.strip()}" if asked.words.strip() else ""
    for held in dict.fromkeys(holders.values()):
        readers = tuple(reader for reader, holds in holders.items() if holds == held)
        name, exact = held
        yield _Group(readers, f"SITE IN DANGER: {name} [{site}].{words if exact else ''} {CALL}", (site,))
    outside = tuple(
        reader for reader in dict.fromkeys(asked.outside) if reader not in holders and reader != desk.party
    )
    if outside:
        yield _Group(outside, f"SITE IN DANGER: a protected site in {asked.area.strip()}. {CALL}", ())


def _holders(desk: Desk, site: SubjectId) -> dict[PartyId, tuple[str, bool]]:
    """Give everybody who holds the site, each with the name it holds and whether it holds it exactly.

    At the desk of another than its owner that is the owner, and whoever may be told its id.
    """
    found: dict[PartyId, tuple[str, bool]] = {}
    if owner_of(site) == desk.party:
        for reader in desk.outbox.holders(site):
            texts = [entry for entry in desk.outbox.told(reader) if entry.statement.subject == site]
            if reader not in (PUBLIC, desk.party):
                found[reader] = _as_held(texts)
        return found
    for reader in sorted(desk.picture.known_parties() - {desk.party}):
        if may_name(desk.picture, desk.outbox, reader, site):
            found[reader] = _as_held(list(desk.picture.forms(site)))
    return found


def _as_held(texts: list[Entry]) -> tuple[str, bool]:
    exact = [entry for entry in texts if entry.statement.form == Form.EXACT]
    body = (exact or texts)[-1].statement.body
    return (body.name if isinstance(body, MeasureStated) else "", bool(exact))
