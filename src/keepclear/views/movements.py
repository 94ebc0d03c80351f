"""Movements: what holds of each now, on whom it waits, its telephones, check-ins, and contact lost.

Hold, active and paused are worked out here and stated by nobody. Only the owner's desk holds all of it; any
other desk shows what it was told, and says so.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from msgspec import Struct

from keepclear.model.hotline import MessageSent, Rung, RungReached
from keepclear.model.notifications import Cell, Halt, Leg, MovementStated, NotificationStep, StepTaken
from keepclear.model.statements import Entry
from keepclear.model.words import PartyId, Precedence, StatementId, SubjectId
from keepclear.times import text as time_text
from keepclear.views.attribution import Said, names, party_name, said
from keepclear.views.picture import Picture, speaks_for_itself
from keepclear.views.submissions import steps
from keepclear.views.told import Ladder, Outbox, ladder
from keepclear.views.wording import area_words, count_words, instant_words, place_words

MISSED_AFTER: Final = timedelta(minutes=10)
"""How long after its time a check-in is missed."""
PHONE_TESTED_WITHIN: Final = timedelta(hours=24)
"""How old the test of a telephone may be when a movement sets out."""

_ON_THE_WAY = (StepTaken.DEPARTED, StepTaken.CHECKED_IN, StepTaken.ARRIVED)
_PHONES = (StepTaken.PHONE_ANSWERED, StepTaken.PHONE_SILENT)


class Condition(StrEnum):
    """What holds of a movement; worked out, never stated."""

    HOLD = "HOLD"
    ACTIVE = "ACTIVE"
    PAUSED = "PAUSED"
    COMPLETED = "completed"
    EXPIRED = "expired"
    TOLD = "told here; its owner knows the rest"


class CellView(Struct, frozen=True):
    """An operating cell that must have relayed the current text, and when it did, by its own party's word."""

    party: PartyId
    party_name: str
    cell: str
    relayed_at: datetime | None
    by_role: str


class PhoneView(Struct, frozen=True):
    """A telephone by its label, and how its last test ended."""

    phone: str
    answered: bool
    at: datetime
    statement: StatementId


class LegView(Struct, frozen=True):
    """A leg: planned and real times; the last check-in on it."""

    number: int
    origin: str
    destination: str
    route: str
    departs: datetime
    arrives: datetime
    departed_at: datetime | None
    checked_in_at: datetime | None
    where: str
    arrived_at: datetime | None


class HaltView(Struct, frozen=True):
    """A halt and its window; `in_force` tells whether the temporary site exists now."""

    name: str
    place: str
    purpose: str
    start: datetime | None
    end: datetime | None
    in_force: bool


class LostView(Struct, frozen=True):
    """Contact lost: since when, what was done about it in its order, and what comes next."""

    last_contact: datetime
    missed_at: datetime
    done: tuple[str, ...]
    next: str


class ReaderLadder(Struct, frozen=True):
    """A reader's receipts of the current text; `older` tells that it holds an earlier one alone."""

    reader: PartyId
    reader_name: str
    older: bool
    ladder: Ladder | None


class MovementView(Struct, frozen=True):
    """A movement as it stands. `texts` counts the texts known here; `waiting_on` names who has not relayed.

    `departure_barred` says why it may not set out; empty says only that nothing known here stands against it.
    """

    subject: SubjectId
    statement: StatementId
    texts: int
    name: str
    function: str
    condition: str
    words: str
    waiting_on: tuple[str, ...]
    departure_barred: tuple[str, ...]
    composition: tuple[str, ...]
    cells: tuple[CellView, ...]
    phones: tuple[PhoneView, ...]
    legs: tuple[LegView, ...]
    halts: tuple[HaltView, ...]
    check_in_due: datetime | None
    last_contact: datetime | None
    lost: LostView | None
    readers: tuple[ReaderLadder, ...]
    said: Said


class Standing(Struct, frozen=True):
    """What a movement's steps and receipts come to, before it is worded."""

    subject: SubjectId
    entry: Entry
    body: MovementStated
    relayed: tuple[tuple[Cell, Entry | None], ...]
    way: tuple[tuple[Entry, NotificationStep], ...]
    phones: tuple[tuple[Entry, NotificationStep], ...]

    @property
    def owes(self) -> tuple[Cell, ...]:
        """The cells that have not relayed the current text."""
        return tuple(cell for cell, entry in self.relayed if entry is None)

    @property
    def departed(self) -> bool:
        """Whether any leg has begun."""
        return any(body.step == StepTaken.DEPARTED for _, body in self.way)

    @property
    def completed(self) -> bool:
        """Whether the last leg has ended."""
        return any(body.step == StepTaken.ARRIVED and body.leg == len(self.body.legs) for _, body in self.way)

    @property
    def last_contact(self) -> datetime | None:
        """When it was last heard of on its way: by a check-in, or by a telephone that answered."""
        way = [taken_at(entry, body) for entry, body in self.way]
        if not way:
            return None
        heard = [taken_at(entry, body) for entry, body in self.phones
                 if body.step == StepTaken.PHONE_ANSWERED]  # fmt: skip
        return max([*way, *(at for at in heard if at > min(way))])

    @property
    def check_in_due(self) -> datetime | None:
        """When the next check-in is due; None before it sets out and once it has arrived."""
        last = self.last_contact
        if last is None or self.completed or not self.departed:
            return None
        return last + timedelta(minutes=self.body.check_in_minutes)

    def missed_at(self) -> datetime | None:
        """Give when the check-in that is due next counts as missed."""
        due = self.check_in_due
        return None if due is None else due + MISSED_AFTER

    def answering(self, now: datetime) -> list[str]:
        """Give the telephones whose last test, not too old, was answered."""
        last = {body.phone: (entry, body) for entry, body in self.phones}
        return [
            str(phone)
            for phone, (entry, body) in last.items()
            if body.step == StepTaken.PHONE_ANSWERED and now - taken_at(entry, body) <= PHONE_TESTED_WITHIN
        ]


def taken_at(entry: Entry, body: NotificationStep) -> datetime:
    """Give when a step was taken: as stated of it, else when it was written down."""
    return entry.statement.stated_at if body.at is None else min(body.at.at, entry.statement.stated_at)


def standing(picture: Picture, subject: SubjectId) -> Standing | None:
    """Give what a movement's statements come to, or None where none of that name stands."""
    text = picture.latest(subject)
    if text is None or not isinstance(text.statement.body, MovementStated):
        return None
    body, owner = text.statement.body, text.statement.author.party
    own = [(entry, step) for entry, step in steps(picture, subject) if entry.statement.author.party == owner]
    return Standing(
        subject=subject,
        entry=text.entry,
        body=body,
        relayed=tuple((cell, _relayed(picture, text.entry, cell)) for cell in body.cells),
        way=tuple(item for item in own if item[1].step in _ON_THE_WAY),
        phones=tuple(item for item in own if item[1].step in _PHONES),
    )


def _relayed(picture: Picture, entry: Entry, cell: Cell) -> Entry | None:
    """Give the party's own word that its named cell has the current text; nobody else's word counts."""
    for told, body in picture.about(entry.statement.id, RungReached):
        own = told.statement.author.party == body.reader == cell.party and speaks_for_itself(told.statement)
        named_so = body.cell.casefold() == cell.name.casefold()
        if own and named_so and body.rung in (Rung.RELAYED, Rung.BRIEFED) and picture.is_current(told):
            return told
    return None


def movements(picture: Picture, box: Outbox, now: datetime) -> list[MovementView]:
    """List the movements that this party states or was told of, oldest first."""
    found = [standing(picture, subject) for subject, _, _ in picture.each(MovementStated)]
    return [_movement(picture, box, each, now) for each in found if each is not None]


def _movement(picture: Picture, box: Outbox, found: Standing, now: datetime) -> MovementView:
    body, entry = found.body, found.entry
    own = entry.statement.author.party == picture.party
    condition, words = condition_of(picture, found, now)
    return MovementView(
        subject=found.subject,
        statement=entry.statement.id,
        texts=len(picture.texts(found.subject)),
        name=body.name,
        function=body.function,
        condition=condition.value,
        words=words,
        waiting_on=tuple(_cell_words(picture, cell) for cell in _owed_here(picture, found)),
        departure_barred=barred(picture, found, now) if own else (),
        composition=tuple(count_words(count) for count in body.composition),
        cells=tuple(_cell(picture, cell, told) for cell, told in found.relayed),
        phones=_phones(found),
        legs=tuple(_leg(found, number, leg) for number, leg in enumerate(body.legs, 1)),
        halts=tuple(_halt(halt, now) for halt in body.halts),
        check_in_due=found.check_in_due if own else None,
        last_contact=found.last_contact,
        lost=lost(picture, found, now) if own else None,
        readers=_readers(picture, box, found) if own else (),
        said=said(picture, entry),
    )


def condition_of(picture: Picture, found: Standing, now: datetime) -> tuple[Condition, str]:
    """Give what holds of a movement at an instant, and why, in words."""
    if found.completed:
        return Condition.COMPLETED, "the last leg has ended"
    valid = found.entry.statement.valid
    if valid is not None and valid.end is not None and valid.end <= now:
        return Condition.EXPIRED, f"its window ended {instant_words(valid.end)}"
    if found.entry.statement.author.party != picture.party:
        return _as_told(picture, found)
    if lost(picture, found, now) is not None:
        return Condition.PAUSED, "contact lost: pause and ask; do not assume"
    owes = ", ".join(_cell_words(picture, cell) for cell in found.owes)
    if owes and found.departed:
        return Condition.PAUSED, f"its text has changed and has not been relayed by: {owes}"
    if owes:
        return Condition.HOLD, f"not yet relayed by: {owes}"
    return Condition.ACTIVE, "every named operating cell has relayed the current text"


def _as_told(picture: Picture, found: Standing) -> tuple[Condition, str]:
    """Give what a desk that does not own a movement can say of it: its own cells, and the owner's flash."""
    owes = ", ".join(_cell_words(picture, cell) for cell in _owed_here(picture, found))
    spoken = messages_about(picture, found)
    if spoken and spoken[-1][1].precedence == Precedence.FLASH:
        return Condition.PAUSED, "its owner has sent a flash on it: pause and ask; do not assume"
    if owes:
        return Condition.HOLD, f"not yet relayed by: {owes}"
    return Condition.TOLD, "the cells of this party have relayed it; of others nothing is told here"


def _owed_here(picture: Picture, found: Standing) -> tuple[Cell, ...]:
    own = found.entry.statement.author.party == picture.party
    return tuple(cell for cell in found.owes if own or cell.party == picture.party)


def messages_about(picture: Picture, found: Standing) -> list[tuple[Entry, MessageSent]]:
    """Give the owner's messages about a movement, oldest first."""
    owner = found.entry.statement.author.party
    return [
        (entry, body)
        for entry, body in picture.about(found.subject, MessageSent)
        if entry.statement.author.party == owner and picture.is_current(entry)
    ]


def barred(picture: Picture, found: Standing, now: datetime) -> tuple[str, ...]:
    """Say what stands against setting out: receipts, telephones, the window, contact lost."""
    reasons = [f"not yet relayed by {_cell_words(picture, cell)}" for cell in found.owes]
    answering = found.answering(now)
    if len(answering) < found.body.phones:
        tested = ", ".join(answering) or "none"
        reasons.append(f"{found.body.phones} telephones must answer, within 24 h before; answered: {tested}")
    valid = found.entry.statement.valid
    if valid is not None and not valid.holds(now):
        start = "open" if valid.start is None else time_text(valid.start)
        end = "open" if valid.end is None else time_text(valid.end)
        reasons.append(f"outside its window, {start} to {end}")
    if lost(picture, found, now) is not None:
        reasons.append("contact is lost")
    return tuple(reasons)


def lost(picture: Picture, found: Standing, now: datetime) -> LostView | None:
    """Give what is known of a movement that has missed its check-in; None while it is heard of.

    What was done comes in the order in which it was done; what comes next follows from what has not been:
    call, second telephone, flash to all, pause and ask (FAIL-14).
    """
    missed_at, last = found.missed_at(), found.last_contact
    if missed_at is None or last is None or now < missed_at:
        return None
    silent = [
        (entry.index, f"{body.phone} silent", str(body.phone))
        for entry, body in found.phones
        if body.step == StepTaken.PHONE_SILENT and taken_at(entry, body) >= missed_at
    ]
    flashed = [
        (entry.index, f"flash to {', '.join(names(picture, body.to))}")
        for entry, body in messages_about(picture, found)
        if body.precedence == Precedence.FLASH and entry.statement.stated_at >= missed_at
    ]
    # The order is that of the own log, where all of it stands, and of no clock.
    done = sorted([(index, words) for index, words, _ in silent] + flashed)
    tried = {phone for *_, phone in silent}
    return LostView(last, missed_at, tuple(words for *_, words in done), _next(len(tried), bool(flashed)))


def _next(phones_tried: int, flashed: bool) -> str:
    if phones_tried == 0:
        return "call the first telephone"
    if phones_tried == 1:
        return "call the second telephone"
    if not flashed:
        return "flash to all who hold it: contact lost, do not assume"
    return "pause and ask: nobody assumes where it is until it is heard of"


def _cell_words(picture: Picture, cell: Cell) -> str:
    return f"{cell.name} of {party_name(picture, cell.party)}"


def _cell(picture: Picture, cell: Cell, told: Entry | None) -> CellView:
    body = None if told is None else told.statement.body
    at = None if told is None else told.statement.stated_at
    role = body.role if isinstance(body, RungReached) else ""
    return CellView(cell.party, party_name(picture, cell.party), cell.name, at, role)


def _phones(found: Standing) -> tuple[PhoneView, ...]:
    last = {body.phone: (entry, body) for entry, body in found.phones}
    return tuple(
        PhoneView(
            str(phone), body.step == StepTaken.PHONE_ANSWERED, taken_at(entry, body), entry.statement.id
        )
        for phone, (entry, body) in last.items()
    )


def _leg(found: Standing, number: int, leg: Leg) -> LegView:
    on_it = [(taken_at(entry, body), body) for entry, body in found.way if body.leg == number]
    last = {body.step: at for at, body in on_it}
    return LegView(
        number=number,
        origin=place_words(leg.origin),
        destination=place_words(leg.destination),
        route=leg.route,
        departs=leg.departs.at,
        arrives=leg.arrives.at,
        departed_at=last.get(StepTaken.DEPARTED),
        checked_in_at=last.get(StepTaken.CHECKED_IN),
        where=next((body.where for _, body in reversed(on_it) if body.where), ""),
        arrived_at=last.get(StepTaken.ARRIVED),
    )


def _halt(halt: Halt, now: datetime) -> HaltView:
    window = halt.window
    return HaltView(
        halt.name, area_words(halt.area), halt.purpose, window.start, window.end, window.holds(now)
    )


def _readers(picture: Picture, box: Outbox, found: Standing) -> tuple[ReaderLadder, ...]:
    owner = found.entry.statement.author.party
    rows = []
    for reader in sorted(set(box.holders(found.subject)) - {owner}):
        told = box.entry(reader, found.entry.statement.id)
        climbed = None if told is None else ladder(picture, told, reader, picture.at)
        rows.append(ReaderLadder(reader, party_name(picture, reader), told is None, climbed))
    return tuple(rows)
