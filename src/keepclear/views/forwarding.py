"""The relay of a text: who showed it on, when, to whom, what came back, how long each leg took, what waits.

Worked out of one party's picture: of the legs that others made it shows what they told here, and no more.
No software binds a counterpart's onward telling; that it was told onward shows only where somebody says so.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import pairwise

from msgspec import Struct

from keepclear.errors import KeepclearError
from keepclear.model.hotline import How, MessageSent, Rung, RungReached
from keepclear.model.parties import KeyStated, RelationStated
from keepclear.model.statements import Entry, Statement, original_of, signed_part
from keepclear.model.telling import Forwarded
from keepclear.model.words import PUBLIC, PartyId, StatementId, SubjectId
from keepclear.record.signing import VerifyingKey
from keepclear.times import span_words, text
from keepclear.views.attribution import name_of, party_name
from keepclear.views.labels import kind_words
from keepclear.views.parties import RELAYING, directions, relay_to
from keepclear.views.picture import Picture
from keepclear.views.told import ACKNOWLEDGING, HELD, LADDER, Outbox, Step, ladder

_PERSONAL = frozenset(rung.value for rung in ACKNOWLEDGING)
_ORDER = [rung.value for rung in LADDER]


class Signature(StrEnum):
    """What was found of a signature inside a forwarded text."""

    HOLDS = "signature holds"
    REVOKED = "signature holds, by a key that its author has since revoked"
    BROKEN = "SIGNATURE DOES NOT HOLD: these are not the author's words as signed"
    UNKNOWN = "signature not checked: key not known"


class RelayLeg(Struct, frozen=True):
    """One leg: from whom to whom, under which statement, what is known here of its way and of the receipt.

    `told_at` is by the teller's clock; None where the leg has not begun. `arrived_at` is None where it is not
    known here. `took_s` runs from the telling to the receipt by a person. `due` is when a stated relay time
    runs out. `waiting` tells that no person there has acknowledged it, by what is known here.
    """

    from_party: PartyId
    from_name: str
    to_party: PartyId
    to_name: str
    statement: StatementId
    told_at: datetime | None
    arrived_at: datetime | None
    reached: str
    reached_at: datetime | None
    reached_by: str
    took_s: float | None
    expected_minutes: int | None
    due: datetime | None
    waiting: bool
    overdue: bool
    words: str


class RelayTrail(Struct, frozen=True):
    """A text and its way: its author, whether its signature was checked, its legs, and what waits now."""

    original: StatementId
    subject: SubjectId
    kind: str
    title: str
    author: PartyId
    author_name: str
    stated_at: datetime
    onward: bool
    direct: bool
    signature: str
    legs: tuple[RelayLeg, ...]
    waiting: tuple[str, ...]


class _Hop(Struct, frozen=True):
    """A text as one party told it to another, as far as that is known here; None: not known."""

    statement: Statement
    to: PartyId
    told_at: datetime
    arrived_at: datetime | None
    entry: Entry | None


def shown_on(statement: Statement) -> list[Statement]:
    """Give a statement, what it shows on, and so on to the original, which is the last."""
    chain = [statement]
    while isinstance(chain[-1].body, Forwarded):
        chain.append(original_of(chain[-1].body))
    return chain


def signature_of(picture: Picture, statement: Statement) -> Signature:
    """Check a statement's signature by its author's keys, as the author itself has told them here."""
    author = statement.author
    stated = [
        body
        for entry, body in picture.history(KeyStated)
        if entry.statement.author.party == author.party
        and body.signs == "statements"
        and body.vkey.startswith(f"{author.key}+")
    ]
    if not stated:
        return Signature.UNKNOWN
    try:
        key = VerifyingKey.parse(stated[0].vkey)
        key.verify(base64.b64decode(statement.sig, validate=True), signed_part(statement))
    except (KeepclearError, ValueError):
        return Signature.BROKEN
    return Signature.REVOKED if any(body.revoked for body in stated) else Signature.HOLDS


def relay_trail(picture: Picture, box: Outbox, identity: StatementId, now: datetime) -> RelayTrail | None:
    """Give the way of a text, whether it is named by its own id or by that of a statement that shows it on.

    None where nothing of this id has reached the party.
    """
    asked = picture.entry(identity)
    chains = [(entry, shown_on(entry.statement)) for entry, _ in picture.history(Forwarded)]
    if asked is None and not any(chain[-1].id == identity for _, chain in chains):
        return None
    wanted = identity if asked is None else shown_on(asked.statement)[-1].id
    held = picture.entry(wanted)
    about = [(entry, chain) for entry, chain in chains if chain[-1].id == wanted]
    original = about[0][1][-1] if held is None else held.statement
    found = _hops(picture, box, held, about)
    hops = sorted(found, key=lambda hop: (hop.told_at, hop.statement.id != wanted, hop.to))
    legs = [_leg(picture, hop, original, now) for hop in hops]
    legs += _not_begun(picture, original, legs, now)
    author = original.author.party
    return RelayTrail(
        original=original.id,
        subject=original.subject,
        kind=kind_words(original.body),
        title=f"{kind_words(original.body)}: {name_of(picture, original)}",
        author=author,
        author_name=party_name(picture, author),
        stated_at=original.stated_at,
        onward=original.onward,
        direct=held is not None,
        signature=signature_of(picture, original).value,
        legs=tuple(legs),
        waiting=tuple(leg.words for leg in legs if leg.waiting),
    )


def _hops(
    picture: Picture, box: Outbox, held: Entry | None, about: list[tuple[Entry, list[Statement]]]
) -> Iterator[_Hop]:
    """Go through every telling of a text that is known here, each pair of parties once for each statement."""
    found: dict[tuple[StatementId, PartyId], _Hop] = {}
    told = [entry for entry in (held, *(entry for entry, _ in about)) if entry is not None]
    for entry in told:
        for hop in _told_to(picture, box, entry):
            found[entry.statement.id, hop.to] = hop
    for _, chain in about:
        for outer, inner in pairwise(chain):
            # What somebody shows on had reached it: when, the bytes inside do not say.
            to = outer.author.party
            if to not in (inner.author.party, picture.party):
                found.setdefault((inner.id, to), _Hop(inner, to, inner.stated_at, None, None))
    return iter(found.values())


def _told_to(picture: Picture, box: Outbox, entry: Entry) -> Iterator[_Hop]:
    """Go through those to whom a statement was told: by the outbox, by its log, by rungs told here."""
    statement = entry.statement
    author = statement.author.party
    if author == picture.party:
        for reader in box.readers():
            told = box.entry(reader, statement.id)
            if told is not None and reader not in (author, PUBLIC):
                held = told.received_at if told.received_at >= told.recorded_at else None
                yield _Hop(statement, reader, told.recorded_at, held, told)
        return
    yield _Hop(statement, picture.party, entry.recorded_at, entry.received_at, entry)
    others = {body.reader for _, body in picture.about(statement.id, RungReached)}
    for reader in sorted(others - {picture.party, author}):
        yield _Hop(statement, reader, statement.stated_at, None, entry)


def _leg(picture: Picture, hop: _Hop, original: Statement, now: datetime) -> RelayLeg:
    start = hop.statement.author.party
    steps = () if hop.entry is None else ladder(picture, hop.entry, hop.to, picture.at).steps
    persons = [step for step in steps if step.rung in _PERSONAL]
    best = max(persons, key=lambda step: _ORDER.index(step.rung), default=None)
    first = min((step.at for step in persons), default=None)
    minutes = _minutes(picture, start, hop.to)
    due = None if minutes is None else hop.told_at + timedelta(minutes=minutes)
    is_copy = hop.to == original.author.party  # shown that it went on: nobody waits for its own words
    waiting = first is None and hop.entry is not None and not is_copy
    overdue = waiting and due is not None and due <= now
    took_s = None if first is None else max(0.0, (first - hop.told_at).total_seconds())
    return RelayLeg(
        from_party=start,
        from_name=party_name(picture, start),
        to_party=hop.to,
        to_name=party_name(picture, hop.to),
        statement=hop.statement.id,
        told_at=hop.told_at,
        arrived_at=hop.arrived_at,
        reached="told" if best is None else best.rung,
        reached_at=None if best is None else best.at,
        reached_by="" if best is None else _whose(best),
        took_s=took_s,
        expected_minutes=minutes,
        due=due,
        waiting=waiting,
        overdue=overdue,
        words=f"{_told_words(picture, hop)}, a copy to its author"
        if is_copy
        else _words(picture, hop, steps, best, took_s, due, now),
    )


def _whose(step: Step) -> str:
    return f"reported by {step.per}" if step.how is How.REPORTED else step.how.value


def _minutes(picture: Picture, start: PartyId, to: PartyId) -> int | None:
    """Give the relay time that was stated between two parties, the shortest of several."""
    stated = [
        body.relay_minutes
        for _, _, body in picture.each(RelationStated)
        if body.relation in RELAYING and (start, to) in directions(body) and body.relay_minutes is not None
    ]
    return min(stated, default=None)


def _words(
    picture: Picture,
    hop: _Hop,
    steps: tuple[Step, ...],
    best: Step | None,
    took_s: float | None,
    due: datetime | None,
    now: datetime,
) -> str:
    told = _told_words(picture, hop)
    if hop.entry is None:
        return f"{told}; its arrival is not told here"
    if best is not None and took_s is not None:
        cell = f" to {best.cell}" if best.cell and best.rung == "relayed" else ""
        reached = f"{best.rung}{cell} ({_whose(best)}) {text(best.at)}"
        return f"{told}, {reached}; first receipt after {span_words(took_s)}"
    held = next((step for step in steps if step.rung in (Rung.DELIVERED.value, HELD)), None)
    if held is not None:
        told += f", {held.rung} {text(held.at)}"
    return f"{told}, waiting for {span_words((now - hop.told_at).total_seconds())}{_clock(due, now)}"


def _told_words(picture: Picture, hop: _Hop) -> str:
    head = f"{party_name(picture, hop.statement.author.party)} → {party_name(picture, hop.to)}"
    return f"{head}: {'stated' if hop.entry is None else 'told'} {text(hop.told_at)}"


def _clock(due: datetime | None, now: datetime) -> str:
    if due is None:
        return "; no relay time is stated"
    return f"; should have come by {text(due)}" if due <= now else f"; expected by {text(due)}"


def _not_begun(
    picture: Picture, original: Statement, legs: list[RelayLeg], now: datetime
) -> Iterator[RelayLeg]:
    """Give the leg that has not begun, where a message names for whom it is in the end."""
    body = original.body
    goal = body.for_party if isinstance(body, MessageSent) else None
    reached = {leg.to_party: leg for leg in legs}
    if goal is None or goal in (*reached, picture.party):
        return
    step = _next_step(picture, goal, {original.author.party, *reached})
    if step is None or any((leg.from_party, leg.to_party) == step for leg in legs):
        return
    start, to = step
    since = _held_since(reached.get(start), original)
    minutes = _minutes(picture, start, to)
    due = None if minutes is None else since + timedelta(minutes=minutes)
    head = f"{party_name(picture, start)} → {party_name(picture, to)}"
    lasted = span_words((now - since).total_seconds())
    yield RelayLeg(
        from_party=start,
        from_name=party_name(picture, start),
        to_party=to,
        to_name=party_name(picture, to),
        statement=original.id,
        told_at=None,
        arrived_at=None,
        reached="not told onward, as far as is known here",
        reached_at=None,
        reached_by="",
        took_s=None,
        expected_minutes=minutes,
        due=due,
        waiting=True,
        overdue=due is not None and due <= now,
        words=f"{head}: not told onward as far as is known here, for {lasted}{_clock(due, now)}",
    )


def _next_step(picture: Picture, goal: PartyId, holders: set[PartyId]) -> tuple[PartyId, PartyId] | None:
    """Give the next leg to a goal: from a holder that has a relation to it, else along the known way."""
    ties = [tie for _, _, body in picture.each(RelationStated) if body.relation in RELAYING
            for tie in directions(body)]  # fmt: skip
    direct = next(((start, to) for start, to in ties if to == goal and start in holders), None)
    if direct is not None:
        return direct
    path = relay_to(picture, goal).path
    place = max((n for n, party in enumerate(path) if party in holders), default=None)
    return None if place is None or place + 1 >= len(path) else (path[place], path[place + 1])


def _held_since(leg: RelayLeg | None, original: Statement) -> datetime:
    """Give since when a party has had a text, by the best that is known here."""
    if leg is None:
        return original.stated_at
    return leg.arrived_at or leg.told_at or original.stated_at
