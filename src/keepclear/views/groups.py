"""Group hotlines of three parties and more: who has agreed to which text, and what was said on them.

What a member says names what it answers. What has not arrived here yet shows as such; whose acknowledgement
names other bytes than those held here shows a different text. What crossed in transit is told pair by pair:
between this party and another, never between two others. Source: statements.md §1.11.
"""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct

from keepclear.model.channels import GroupStated
from keepclear.model.hotline import AnswerGiven, MessageSent, Rung, RungReached
from keepclear.model.measures import Stance, StanceTaken
from keepclear.model.statements import Entry, LogId, digest_of
from keepclear.model.words import PartyId, StatementId, SubjectId
from keepclear.views.attribution import Said, in_time, is_latest, party_name, said
from keepclear.views.picture import Picture, speaks_for_itself
from keepclear.views.told import Outbox
from keepclear.views.wording import text_words

NOT_YET = "not yet received"
PROPOSED, IN_USE, SUSPENDED = "proposed", "in use", "suspended"


class Member(Struct, frozen=True):
    """One member and its word on the text that stands: agreed, another stance, or "" while silent."""

    party: PartyId
    party_name: str
    word: str


class Acknowledged(Struct, frozen=True):
    """A member's acknowledgement, and whether it names the bytes that are held here."""

    party: PartyId
    party_name: str
    rung: str
    role: str
    at: datetime
    text: str


class GroupMessage(Struct, frozen=True):
    """Something said on a group hotline. `missing` are those of `answers` that have not arrived here.

    `to_all` tells that it is addressed to every member of the text in use. `waiting` are the members
    that have not acknowledged. `crossed` are the messages that crossed with this one, between this party and
    its author.
    """

    statement: StatementId
    subject: SubjectId
    kind: str
    words: str
    digest: str
    answers: tuple[StatementId, ...]
    missing: tuple[str, ...]
    acknowledged: tuple[Acknowledged, ...]
    waiting: tuple[PartyId, ...]
    different_text: tuple[PartyId, ...]
    crossed: tuple[StatementId, ...]
    to_all: bool
    said: Said


class GroupView(Struct, frozen=True):
    """A group hotline: the text in use or proposed, its members, and what was said on it, oldest first."""

    subject: SubjectId
    statement: StatementId
    name: str
    domain: str
    state: str
    in_use: StatementId | None
    members: tuple[Member, ...]
    words: str
    messages: tuple[GroupMessage, ...]
    said: Said


def groups(picture: Picture, box: Outbox) -> list[GroupView]:
    """List the group hotlines that this party was told of, oldest first."""
    return [
        _view(picture, box, subject, text.entry, body) for subject, text, body in picture.each(GroupStated)
    ]


def in_use(picture: Picture, group: SubjectId) -> Entry | None:
    """Give the text of a group to which every member has agreed by its id; None before that, or suspended.

    A later text that is only proposed takes nothing away. Where a member takes its word back, nothing is in
    use: never an earlier text.
    """
    found: Entry | None = None
    for entry in picture.standing(group):
        words = _words_of(picture, entry)
        if _all_ever_agreed(picture, entry):
            found = entry if all(word == Stance.AGREED for word in words.values()) else None
    return found


def members_of(entry: Entry) -> tuple[PartyId, ...]:
    """Give whom a group's text, or a message on a group, reaches: its author among them; none for others."""
    body = entry.statement.body
    if isinstance(body, GroupStated):
        return body.members
    if isinstance(body, MessageSent) and body.group is not None:
        return (entry.statement.author.party, *body.to)
    return ()


def _words_of(picture: Picture, entry: Entry) -> dict[PartyId, str]:
    words = dict.fromkeys(members_of(entry), "")
    words[entry.statement.author.party] = Stance.AGREED.value
    for told, body in _own_stances(picture, entry):
        words[body.party] = body.stance.value if picture.stands(told) and is_latest(picture, told) else ""
    return {party: words.get(party, "") for party in members_of(entry)}


def _own_stances(picture: Picture, entry: Entry) -> list[tuple[Entry, StanceTaken]]:
    """Give what members said for themselves of one text, oldest first; nobody agrees in another's place."""
    return [
        (told, body)
        for told, body in picture.about(entry.statement.id, StanceTaken)
        if told.statement.author.party == body.party and speaks_for_itself(told.statement)
    ]


def _all_ever_agreed(picture: Picture, entry: Entry) -> bool:
    agreed = {body.party for _, body in _own_stances(picture, entry) if body.stance == Stance.AGREED}
    return set(members_of(entry)) <= agreed | {entry.statement.author.party}


def _view(picture: Picture, box: Outbox, subject: SubjectId, entry: Entry, body: GroupStated) -> GroupView:
    used = in_use(picture, subject)
    ever = any(_all_ever_agreed(picture, text) for text in picture.standing(subject))
    words = _words_of(picture, entry)
    members = tuple(Member(party, party_name(picture, party), words[party]) for party in body.members)
    return GroupView(
        subject=subject,
        statement=entry.statement.id,
        name=body.name,
        domain=body.domain.value,
        state=IN_USE if used is not None else SUSPENDED if ever else PROPOSED,
        in_use=None if used is None else used.statement.id,
        members=members,
        words=body.words,
        messages=_messages(picture, box, subject, body.members),
        said=said(picture, entry),
    )


def _messages(
    picture: Picture, box: Outbox, group: SubjectId, members: tuple[PartyId, ...]
) -> tuple[GroupMessage, ...]:
    asked = [entry for entry, _ in picture.about(group, MessageSent) if picture.is_current(entry)]
    known = {entry.statement.id for entry in asked}
    replies = [
        entry
        for _, text, _ in picture.each(AnswerGiven)
        if (entry := text.entry).statement.author.party in members
        and (known.intersection(entry.statement.answers) or _names_unseen(picture, entry))
    ]
    every = sorted([*asked, *replies], key=in_time)
    return tuple(_message(picture, box, entry, members, every) for entry in every)


def _names_unseen(picture: Picture, entry: Entry) -> bool:
    """Tell whether an answer answers only what has not arrived here: that happens on groups alone."""
    answers = entry.statement.answers
    return bool(answers) and all(picture.entry(each) is None for each in answers)


def _message(
    picture: Picture, box: Outbox, entry: Entry, members: tuple[PartyId, ...], every: list[Entry]
) -> GroupMessage:
    statement = entry.statement
    body = statement.body
    held = digest_of(statement)
    receipts = _receipts(picture, entry, held)
    spoke = {row.party for row in receipts} | {
        other.statement.author.party for other in every if statement.id in other.statement.answers
    }
    return GroupMessage(
        statement=statement.id,
        subject=statement.subject,
        kind=statement.kind,
        words=text_words(body.texts) if isinstance(body, MessageSent) else _answer_words(body),
        digest=held,
        answers=statement.answers,
        missing=tuple(NOT_YET for each in statement.answers if picture.entry(each) is None),
        acknowledged=receipts,
        waiting=tuple(p for p in members if p != statement.author.party and p not in spoke),
        different_text=tuple(dict.fromkeys(row.party for row in receipts if row.text == "different")),
        crossed=tuple(each.statement.id for each in every if crossed(picture, box, entry, each)),
        to_all=not isinstance(body, MessageSent) or set(members) <= {statement.author.party, *body.to},
        said=said(picture, entry),
    )


def _answer_words(body: object) -> str:
    if not isinstance(body, AnswerGiven):
        return ""
    return f"{body.answer.value}: {body.words}" if body.words else body.answer.value


def _receipts(picture: Picture, entry: Entry, held: str) -> tuple[Acknowledged, ...]:
    rows = []
    for told, body in picture.about(entry.statement.id, RungReached):
        if told.statement.author.party != body.reader or not picture.stands(told):
            continue
        if body.rung == Rung.DISPLAYED:
            continue  # its screen's word: no member has spoken by it
        same = "same" if body.text_hash == held else "different"
        rows.append(
            Acknowledged(
                body.reader, party_name(picture, body.reader), body.rung.value, body.role,
                told.statement.stated_at, same if body.text_hash else "not said",
            )
        )  # fmt: skip
    return tuple(rows)


def crossed(picture: Picture, box: Outbox, one: Entry, other: Entry) -> bool:
    """Tell whether an own text and another party's crossed: neither had seen the other's when it was told."""
    me = picture.party
    authors = (one.statement.author.party, other.statement.author.party)
    if authors[0] == authors[1] or me not in authors:
        return False
    mine, theirs = (one, other) if authors[0] == me else (other, one)
    sent = box.entry(theirs.statement.author.party, mine.statement.id)
    if sent is None or theirs.log != LogId(theirs.statement.author.party, me):
        return False
    return theirs.sees <= sent.index and sent.sees <= theirs.index
