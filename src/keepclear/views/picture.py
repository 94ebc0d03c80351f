"""The picture: what had reached one party, as a fold over the logs that it reads.

The fold only files statements: by id, by subject, by kind, and by what they speak about. What a person
sees is worked out from there by the other views, so there is no second truth. Filing is independent of
order: statements may come in any admissible order, twice, or merged from two nodes, and the picture is
the same.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from enum import Enum
from typing import TypeVar, cast

import msgspec
from msgspec import Struct

from keepclear.geo.shapes import Shape
from keepclear.model.measures import MeasureStated, Stance, StanceTaken
from keepclear.model.parties import KeyStated, PartyStated
from keepclear.model.statements import REFERENCE_FIELDS, Entry, LogId, Statement
from keepclear.model.telling import Revoked
from keepclear.model.words import PUBLIC, Form, PartyId, StatementId, SubjectId, owner_of

B = TypeVar("B", bound=Struct)


# Most names have one statement; a list for each would be most of the work of the garbage collector.
_Index = dict[str, str | list[str]]

Shapes = Callable[[str], Shape | None]
"""Gives the shape that stands beside the log under a salted hash, or None where it is not held."""


Names = Callable[[str], str | None]
"""Gives the name of a person that stands beside the log under a salted hash, or None where it is not held."""
NAME_NOT_HELD = "name not held here"
"""What views say of a name that was erased or never came."""


Receipts = Callable[[LogId, int], datetime | None]
"""Gives since when a log's reader says by its own key that it holds an entry, by its index, or None."""


def no_receipts(log: LogId, index: int) -> None:
    """Give none: no reader has said that it holds anything."""


def no_names(_: str) -> None:
    """Hold no name beside the log."""


def no_shapes(_: str) -> None:
    """Hold no shape beside the log."""


class Agreement(Enum):
    """How far the named parties have agreed to one text of a measure."""

    OPEN = "open"
    REACHED = "reached"
    TAKEN_BACK = "taken back"


class Text(Struct, frozen=True):
    """One text of a subject as it stands in a picture, with the texts of other forms beneath it."""

    entry: Entry
    beneath: tuple[Entry, ...] = ()

    @property
    def statement(self) -> Statement:
        """The statement itself."""
        return self.entry.statement


class Picture:
    """What had reached `party` by `at` (None: everything that is held).

    Not frozen: a node files each committed batch into the one picture that it keeps. Nothing is ever
    taken out; the views ask and never change it.
    """

    __slots__ = (
        "_about",
        "_entries",
        "_kinds",
        "_own_keys",
        "_parties",
        "_public",
        "_revoked",
        "_subjects",
        "at",
        "names",
        "party",
        "receipts",
        "shapes",
    )

    def __init__(
        self,
        party: PartyId,
        at: datetime | None = None,
        shapes: Shapes = no_shapes,
        names: Names = no_names,
        receipts: Receipts = no_receipts,
    ) -> None:
        self.party = party
        self.at = at
        self.shapes = shapes
        self.names = names
        self.receipts = receipts
        self._entries: dict[str, Entry] = {}
        self._subjects: _Index = {}
        self._about: _Index = {}
        self._kinds: defaultdict[type[Struct], dict[str, None]] = defaultdict(dict)
        self._revoked: _Index = {}
        self._public: set[str] = set()
        self._parties: _Index = {}
        self._own_keys: list[str] = []

    def fold(self, entries: Iterable[Entry]) -> Picture:
        """File entries; a statement that is already here keeps its earliest arrival. Gives itself."""
        held, add_public = self._entries, self._public.update
        file = self._file
        for entry in entries:
            statement = entry.statement
            identity = statement.id
            if entry.log.reader == PUBLIC:
                add_public((identity, statement.subject))
            known = held.get(identity)
            if known is None:
                held[identity] = entry
                file(statement, identity)
            elif _arrival(entry) < _arrival(known):
                held[identity] = entry
        return self

    def copied(self) -> Picture:
        """Give another picture of the same: what is filed into it changes nothing here."""
        made = Picture(self.party, self.at, self.shapes, self.names, self.receipts)
        made._entries, made._public = dict(self._entries), set(self._public)
        made._kinds = defaultdict(dict, {kind: dict(held) for kind, held in self._kinds.items()})
        made._subjects, made._about = _copied(self._subjects), _copied(self._about)
        made._revoked, made._parties = _copied(self._revoked), _copied(self._parties)
        made._own_keys = [*self._own_keys]
        return made

    def _file(self, statement: Statement, identity: str) -> None:
        """File a statement under its subject, its kind, and all that it speaks about."""
        body, subject, about = statement.body, statement.subject, self._about
        body_type = type(body)
        _add(self._subjects, subject, identity)
        self._kinds[body_type][subject] = None
        for field, many in REFERENCE_FIELDS[body_type]:
            value = getattr(body, field)
            if many:
                for name in value:
                    _add(about, name, identity)
            elif value:
                _add(about, value, identity)
        if statement.answers or statement.attachments or statement.thread is not None:
            self._file_head(statement, identity)
        if statement.source is not None:
            _add(about, statement.source, identity)
        if body_type is PartyStated:
            _add(self._parties, cast("PartyStated", body).party, identity)
        elif body_type is Revoked:
            _add(self._revoked, cast("Revoked", body).of, identity)
        elif body_type is KeyStated and statement.author.party == self.party:
            self._own_keys.append(identity)

    def _file_head(self, statement: Statement, identity: str) -> None:
        for name in statement.answers:
            _add(self._about, name, identity)
        for attached in statement.attachments:
            _add(self._about, attached.salted_hash, identity)
        if statement.thread is not None:
            _add(self._about, statement.thread, identity)

    def __len__(self) -> int:
        return len(self._entries)

    def __contains__(self, identity: object) -> bool:
        return identity in self._entries or identity in self._subjects

    def entry(self, identity: StatementId) -> Entry | None:
        """Give the entry of a statement that has reached this party."""
        return self._entries.get(identity)

    def entries(self) -> list[Entry]:
        """Give everything that has reached this party, in order of arrival."""
        return sorted(self._entries.values(), key=_arrival)

    def whole(self, body: MeasureStated) -> MeasureStated:
        """Give a measure with the shape that stands beside the log in its place.

        As it is where that shape is not held: then `shape_beside` is still there.
        """
        shape = None if body.shape_beside is None else self.shapes(body.shape_beside)
        return body if shape is None else msgspec.structs.replace(body, shape=shape, shape_beside=None)

    def any_entry(self) -> Entry | None:
        """Give the earliest entry, or None where nothing has arrived."""
        return min(self._entries.values(), key=_arrival, default=None)

    def known_parties(self) -> set[PartyId]:
        """Give the parties that somebody has described to this party, itself among them."""
        return {self.party, *map(PartyId, self._parties)}

    def own_keys(self) -> list[tuple[Entry, KeyStated]]:
        """Give the keys that this picture's party has stated of itself, oldest first."""
        found = sorted((self._entries[identity] for identity in self._own_keys), key=_told)
        return [(entry, cast("KeyStated", entry.statement.body)) for entry in found]

    def described(self, party: PartyId) -> list[tuple[Entry, PartyStated]]:
        """Give what was said of who a party is, by whomever, oldest first."""
        found = sorted(self._filed(self._parties, party), key=_told)
        return [
            (entry, entry.statement.body) for entry in found if isinstance(entry.statement.body, PartyStated)
        ]

    def is_public(self, identity: str) -> bool:
        """Tell whether a statement, or any text of a subject, was said to everybody."""
        return identity in self._public

    def texts(self, subject: SubjectId) -> list[Entry]:
        """Give the owner's texts of a subject, oldest first by the owner's clock; others' are left out."""
        held = self._filed(self._subjects, subject)
        if len(held) == 1:  # as nearly every subject has; every look for alarms asks this of every measure
            return held if held[0].statement.is_owners else []
        return sorted((entry for entry in held if entry.statement.is_owners), key=_told)

    def not_owners(self, subject: SubjectId) -> list[Entry]:
        """Give statements on a subject by parties that do not own it: kept, shown so, never folded in."""
        held = self._filed(self._subjects, subject)
        return sorted((entry for entry in held if not entry.statement.is_owners), key=_told)

    def about(self, identity: str, body_type: type[B]) -> list[tuple[Entry, B]]:
        """Give the statements of one kind that speak about an id, oldest first, each with its body."""
        found = self.all_about(identity)
        return [
            (entry, entry.statement.body) for entry in found if isinstance(entry.statement.body, body_type)
        ]

    def all_about(self, identity: str) -> list[Entry]:
        """Give every statement that speaks about an id, oldest first."""
        return sorted(self._filed(self._about, identity), key=_told)

    def _filed(self, index: _Index, name: str) -> list[Entry]:
        """Give the entries that an index holds under a name, each once."""
        held = index.get(name)
        if held is None:
            return []
        if isinstance(held, str):
            return [self._entries[held]]
        return [self._entries[identity] for identity in dict.fromkeys(held)]

    def latest(self, subject: SubjectId) -> Text | None:
        """Give the text of a subject that stands: the owner's most exact, the other forms beneath it.

        Of each form the newest counts. A coarse form that was told to somebody else takes nothing away from
        what is known exactly here. A revoked subject has no text until its owner restates it: never the
        previous one.
        """
        forms = self.forms(subject)
        return Text(forms[0], forms[1:]) if forms else None

    def forms(self, subject: SubjectId) -> tuple[Entry, ...]:
        """Give the newest standing text of each form of a subject, the most exact first."""
        texts = self.standing(subject)
        if len(texts) < 2:
            return tuple(texts)
        newest = {entry.statement.form: entry for entry in texts}
        return tuple(newest[form] for form in Form if form in newest)

    def furthest(self, subject: SubjectId, reach: Callable[[Entry], datetime]) -> Entry | None:
        """Give the standing text whose matter reaches furthest in time, of equals the most exact.

        For what is carried on, like a series: one that goes further in a coarse form is not hidden by an
        exact one that ends before.
        """
        return max(self.forms(subject), key=reach, default=None)

    def is_current(self, entry: Entry) -> bool:
        """Tell whether a text stands and is the newest of its form."""
        return any(entry.statement.id == text.statement.id for text in self.forms(entry.statement.subject))

    def counting(self, subject: SubjectId) -> tuple[Entry, ...]:
        """Give the texts of a subject on which rules rest, the most exact first.

        That is the operative text, or where none is operative the one that is proposed. Only its owner knows
        that a coarser form stated later says no more than the exact one: to everybody else it may tell of a
        change that was not told exactly, so that it counts as well.
        """
        text = self.operative(subject) or self.latest(subject)
        if text is None:
            return ()
        if self.party == owner_of(subject):
            return (text.entry,)
        since = _told(text.entry)
        return (text.entry, *(coarser for coarser in text.beneath if _told(coarser) > since))

    def standing(self, subject: SubjectId) -> list[Entry]:
        """Give the owner's texts of a subject that were not taken back, oldest first."""
        texts = self.texts(subject)
        since = self._revoked_since(subject)
        return texts if since is None else [entry for entry in texts if _told(entry) > since]

    def revocation(self, subject: SubjectId) -> Entry | None:
        """Give the statement by which its owner last took a subject back."""
        revoked = self._filed(self._revoked, subject)
        if not revoked:
            return None
        return max((entry for entry in revoked if _same_author(entry, subject)), key=_told, default=None)

    def _revoked_since(self, subject: SubjectId) -> tuple[datetime, str] | None:
        """Give the place in its owner's order at which a subject was last taken back by its owner."""
        revoked = self.revocation(subject)
        return None if revoked is None else _told(revoked)

    def stands(self, entry: Entry) -> bool:
        """Tell whether a text was not taken back; a later text of its subject may still replace it."""
        since = self._revoked_since(entry.statement.subject)
        return since is None or _told(entry) > since

    def operative(self, subject: SubjectId) -> Text | None:
        """Give the text of a measure that binds rules.

        That is the last text to which every party that it needs has said *agreed* by statement id (see
        `needs`); where one of them has since taken that back, the measure is suspended, and no earlier text
        comes back in its place. A subject of which no text needs anybody's word binds by its most exact text.
        """
        texts = self.standing(subject)
        if not any(must_be_agreed(entry) for entry in texts):
            return self.latest(subject)
        own_word: dict[Form, Entry] = {}
        binding: Text | None = None
        for entry, needed in self._needs(texts):
            if not needed:
                own_word[entry.statement.form] = entry
                forms = tuple(own_word[form] for form in Form if form in own_word)
                binding = Text(forms[0], forms[1:])
                continue
            agreement = self._agreed_by(entry, needed)
            if agreement is not Agreement.OPEN:
                own_word = {}
                binding = Text(entry) if agreement is Agreement.REACHED else None
        return binding

    def needs(self, entry: Entry) -> frozenset[PartyId]:
        """Name the parties that must have agreed to one text of a measure before it binds; none for most.

        A text on the basis of agreement needs those whom it names. Once a text of the subject has been agreed
        to, every later one needs those who agreed, whatever its own basis and whomever it names: what was
        agreed is not changed by one side.
        """
        for text, needed in self._needs(self.standing(entry.statement.subject)):
            if text.statement.id == entry.statement.id:
                return needed
        return _named_in(entry)

    def _needs(self, texts: list[Entry]) -> Iterator[tuple[Entry, frozenset[PartyId]]]:
        """Go through the standing texts of a subject, oldest first, each with the parties that it needs."""
        agreed: frozenset[PartyId] = frozenset()
        for entry in texts:
            named = _named_in(entry)
            needed = named | agreed
            yield entry, needed
            if needed and self._agreed_by(entry, needed) is not Agreement.OPEN:
                agreed = named

    def agreement(self, entry: Entry) -> Agreement:
        """Tell how far the parties that a text of a measure needs have agreed to it, each by its own word."""
        return self._agreed_by(entry, self.needs(entry))

    def _agreed_by(self, entry: Entry, needed: frozenset[PartyId]) -> Agreement:
        if not isinstance(entry.statement.body, MeasureStated):
            return Agreement.OPEN
        now: dict[PartyId, Stance | None] = {entry.statement.author.party: Stance.AGREED}
        reached = all(now.get(party) == Stance.AGREED for party in needed)
        for _, party, stance in sorted(self._own_stances(entry.statement.id), key=lambda change: change[0]):
            now[party] = stance
            agreed = all(now.get(party) == Stance.AGREED for party in needed)
            reached = reached or agreed
        if all(now.get(party) == Stance.AGREED for party in needed):
            return Agreement.REACHED
        return Agreement.TAKEN_BACK if reached else Agreement.OPEN

    def _own_stances(
        self, text: StatementId
    ) -> Iterator[tuple[tuple[datetime, str], PartyId, Stance | None]]:
        """Go through what parties said for themselves of one text, and when they took it back (None)."""
        for told, body in self.about(text, StanceTaken):
            statement = told.statement
            if statement.author.party != body.party or not speaks_for_itself(statement):
                continue
            yield _told(told), body.party, body.stance
            since = self._revoked_since(statement.subject)
            if since is not None and since > _told(told):
                yield since, body.party, None

    def each(self, body_type: type[B]) -> Iterator[tuple[SubjectId, Text, B]]:
        """Go through the subjects of one kind that have a standing text, by the owner's first telling."""
        found: list[tuple[SubjectId, Text, B]] = []
        for name in self._kinds.get(body_type, {}):
            subject = SubjectId(name)
            text = self.latest(subject)
            if text is not None and isinstance(text.statement.body, body_type):
                found.append((subject, text, text.statement.body))
        found.sort(key=lambda item: _told(item[1].entry))
        return iter(found)

    def withdrawn(self, body_type: type[B]) -> Iterator[tuple[SubjectId, Entry, B]]:
        """Go through the subjects of one kind that their owners took back, each with its last text.

        To be shown as withdrawn: what was told cannot be made unknown. No rule may rest on it.
        """
        for name in sorted(self._kinds.get(body_type, {})):
            subject = SubjectId(name)
            texts = self.texts(subject)
            if texts and self.latest(subject) is None:
                body = texts[-1].statement.body
                if isinstance(body, body_type):
                    yield subject, texts[-1], body

    def history(self, body_type: type[B]) -> Iterator[tuple[Entry, B]]:
        """Go through all statements of one kind, every text, oldest first by their authors' clocks."""
        kept = [
            (entry, entry.statement.body)
            for name in self._kinds.get(body_type, {})
            for entry in self._filed(self._subjects, name)
            if isinstance(entry.statement.body, body_type)
        ]
        kept.sort(key=lambda item: _told(item[0]))
        return iter(kept)

    def snapshot(self) -> dict[str, tuple[datetime, str, int]]:
        """Give a value that is equal exactly when two pictures hold the same, however they were filled."""
        return {
            identity: (entry.received_at, str(entry.log), entry.index)
            for identity, entry in sorted(self._entries.items())
        }


def picture(party: PartyId, inbox: Iterable[Entry], at: datetime | None = None) -> Picture:
    """Fold what had reached `party` by `at` (that instant included) out of the logs that it reads.

    Entries of logs that the party does not read are passed over, so that a node hosting several parties
    may hand in all it has.
    """
    readers = (party, PUBLIC)
    return Picture(party, at).fold(
        entry for entry in inbox if entry.log.reader in readers and (at is None or entry.received_at <= at)
    )


def _copied(index: _Index) -> _Index:
    return {name: held if isinstance(held, str) else [*held] for name, held in index.items()}


def _add(index: _Index, name: str, identity: str) -> None:
    held = index.setdefault(name, identity)
    if held is identity:
        return
    if isinstance(held, list):
        held.append(identity)
    else:
        index[name] = [held, identity]


def speaks_for_itself(statement: Statement) -> bool:
    """Tell whether a statement is its author's own word, said by itself or by somebody speaking for it.

    What an author writes down of another's words is the author's report, never the other's own word.
    """
    speaker = statement.said_by
    return speaker is None or (speaker.party == statement.author.party and not speaker.unclear)


def _arrival(entry: Entry) -> tuple[datetime, PartyId, PartyId, int]:
    return (entry.received_at, entry.log.author, entry.log.reader, entry.index)


def _told(entry: Entry) -> tuple[datetime, str]:
    return (entry.statement.stated_at, entry.statement.id)


def _same_author(entry: Entry, subject: SubjectId) -> bool:
    return entry.statement.author.party == subject.partition(".")[0]


def must_be_agreed(entry: Entry) -> bool:
    """Tell whether a measure's text binds only by the agreement of the parties that it names."""
    body = entry.statement.body
    return isinstance(body, MeasureStated) and body.basis == "agreed" and bool(body.parties)


def _named_in(entry: Entry) -> frozenset[PartyId]:
    """Name the parties whose agreement a text asks for by its own words."""
    body = entry.statement.body
    return (
        frozenset(body.parties) if isinstance(body, MeasureStated) and must_be_agreed(entry) else frozenset()
    )
