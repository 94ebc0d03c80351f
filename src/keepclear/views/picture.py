"""The picture: what had reached one party, as a fold over the logs that it reads.

The fold only files statements: by id, by subject, by kind, and by what they speak about. What a person
sees is worked out from there by the other views, so there is no second truth. Filing is independent of
order: statements may come in any admissible order, twice, or merged from two nodes, and the picture is
the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import TypeVar

from msgspec import Struct

from keepclear.model.measures import MeasureStated, Stance, StanceTaken
from keepclear.model.parties import PartyStated
from keepclear.model.statements import REFERENCE_FIELDS, Entry, Statement
from keepclear.model.telling import Revoked
from keepclear.model.words import PUBLIC, Form, PartyId, StatementId, SubjectId

B = TypeVar("B", bound=Struct)


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

    __slots__ = ("_about", "_entries", "_kinds", "_parties", "_public", "_subjects", "at", "party")

    def __init__(self, party: PartyId, at: datetime | None = None) -> None:
        self.party = party
        self.at = at
        self._entries: dict[str, Entry] = {}
        self._subjects: dict[str, list[str]] = {}
        self._about: dict[str, list[str]] = {}
        self._kinds: dict[type[Struct], dict[str, None]] = {}
        self._public: set[str] = set()
        self._parties: set[PartyId] = {party}

    def reads(self, author: PartyId, reader: PartyId) -> bool:
        """Tell whether the log `author→reader` is one that this party reads."""
        return reader in (self.party, PUBLIC)

    def fold(self, entries: Iterable[Entry]) -> Picture:
        """File entries; a statement that is already here keeps its earliest arrival. Gives itself."""
        held, subjects, about, kinds = self._entries, self._subjects, self._about, self._kinds
        public, parties = self._public, self._parties
        fields_of = REFERENCE_FIELDS
        for entry in entries:
            statement = entry.statement
            identity = statement.id
            if entry.log.reader == PUBLIC:
                public.add(identity)
                public.add(statement.subject)
            known = held.get(identity)
            if known is not None:
                if _arrival(entry) < _arrival(known):
                    held[identity] = entry
                continue
            held[identity] = entry
            subject = statement.subject
            texts = subjects.get(subject)
            if texts is None:
                subjects[subject] = [identity]
            else:
                texts.append(identity)
            body = statement.body
            body_type = type(body)
            if body_type is PartyStated:
                parties.add(body.party)  # type: ignore[union-attr]
            by_kind = kinds.get(body_type)
            if by_kind is None:
                by_kind = kinds[body_type] = {}
            by_kind[subject] = None
            for field, many in fields_of[body_type]:
                value = getattr(body, field)
                if not value:
                    continue
                for name in value if many else (value,):
                    spoken = about.get(name)
                    if spoken is None:
                        about[name] = [identity]
                    else:
                        spoken.append(identity)
            for name in statement.answers:
                about.setdefault(name, []).append(identity)
            if statement.thread is not None:
                about.setdefault(statement.thread, []).append(identity)
            if statement.source is not None:
                about.setdefault(statement.source, []).append(identity)
        return self

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

    def known_parties(self) -> set[PartyId]:
        """Give the parties that somebody has described to this party, itself among them."""
        return self._parties

    def is_public(self, identity: str) -> bool:
        """Tell whether a statement, or any text of a subject, was said to everybody."""
        return identity in self._public

    def texts(self, subject: SubjectId) -> list[Entry]:
        """Give the owner's texts of a subject, oldest first by the owner's clock; others' are left out."""
        held = (self._entries[identity] for identity in self._subjects.get(subject, ()))
        return sorted((entry for entry in held if entry.statement.is_owners), key=_told)

    def not_owners(self, subject: SubjectId) -> list[Entry]:
        """Give statements on a subject by parties that do not own it: kept, shown so, never folded in."""
        held = (self._entries[identity] for identity in self._subjects.get(subject, ()))
        return sorted((entry for entry in held if not entry.statement.is_owners), key=_told)

    def about(self, identity: str, body_type: type[B]) -> list[tuple[Entry, B]]:
        """Give the statements of one kind that speak about an id, oldest first, each with its body."""
        found = [self._entries[name] for name in dict.fromkeys(self._about.get(identity, ()))]
        found.sort(key=_told)
        return [
            (entry, entry.statement.body) for entry in found if isinstance(entry.statement.body, body_type)
        ]

    def all_about(self, identity: str) -> list[Entry]:
        """Give every statement that speaks about an id, oldest first."""
        return sorted(
            {name: self._entries[name] for name in self._about.get(identity, ())}.values(), key=_told
        )

    def latest(self, subject: SubjectId) -> Text | None:
        """Give the text of a subject that stands: the owner's latest, older other forms beneath.

        A revoked subject has no text until its owner restates it: never the previous one.
        """
        texts = self.texts(subject)
        revoked = [told for told, body in self.about(subject, Revoked) if _same_author(told, subject)]
        if revoked:
            since = _told(revoked[-1])
            texts = [entry for entry in texts if _told(entry) > since]
        if not texts:
            return None
        top = texts[-1]
        beneath: dict[Form, Entry] = {}
        for entry in texts[:-1]:
            if entry.statement.form != top.statement.form:
                beneath[entry.statement.form] = entry
        return Text(top, tuple(beneath[form] for form in sorted(beneath)))

    def operative(self, subject: SubjectId) -> Text | None:
        """Give the text of a measure that binds rules.

        A measure on the basis of agreement is operative in the last text to which every named party has
        said *agreed* by statement id and has not taken it back; any other subject in its latest text.
        """
        latest = self.latest(subject)
        if latest is None or not _must_be_agreed(latest.entry):
            return latest
        revoked = [told for told, _ in self.about(subject, Revoked) if _same_author(told, subject)]
        since = _told(revoked[-1]) if revoked else None
        for entry in reversed(self.texts(subject)):
            if since is not None and _told(entry) < since:
                break
            if self._agreed_by_all(entry):
                return Text(entry)
        return None

    def _agreed_by_all(self, entry: Entry) -> bool:
        body = entry.statement.body
        if not isinstance(body, MeasureStated):
            return False
        said: dict[PartyId, Stance] = {entry.statement.author.party: Stance.AGREED}
        for told, stance in self.about(entry.statement.id, StanceTaken):
            if told.statement.author.party == stance.party and told.statement.said_by is None:
                said[stance.party] = stance.stance
        return all(said.get(party) == Stance.AGREED for party in body.parties)

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

    def history(self, body_type: type[B]) -> Iterator[tuple[Entry, B]]:
        """Go through all statements of one kind, every text, oldest first by their authors' clocks."""
        kept = [
            (entry, entry.statement.body)
            for name in self._kinds.get(body_type, {})
            for entry in (self._entries[identity] for identity in self._subjects[name])
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
    view = Picture(party, at)
    return view.fold(
        entry
        for entry in inbox
        if view.reads(entry.log.author, entry.log.reader) and (at is None or entry.received_at <= at)
    )


def _arrival(entry: Entry) -> tuple[datetime, PartyId, PartyId, int]:
    return (entry.received_at, entry.log.author, entry.log.reader, entry.index)


def _told(entry: Entry) -> tuple[datetime, str]:
    return (entry.statement.stated_at, entry.statement.id)


def _same_author(entry: Entry, subject: SubjectId) -> bool:
    return entry.statement.author.party == subject.partition(".")[0]


def _must_be_agreed(entry: Entry) -> bool:
    body = entry.statement.body
    return isinstance(body, MeasureStated) and body.basis == "agreed" and bool(body.parties)
