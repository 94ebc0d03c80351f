"""Hotlines as one party knows them: declared and observed state apart, and the last contact that worked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import NamedTuple

from msgspec import Struct

from keepclear.model.channels import (
    ChannelEnd,
    ChannelEndStated,
    ChannelStated,
    CheckHow,
    CheckMade,
    CheckResult,
    ContactLogged,
    Declared,
)
from keepclear.model.hotline import AnswerGiven, MessageSent, RungReached, WarningGiven
from keepclear.model.statements import Entry
from keepclear.model.telling import StatusStated
from keepclear.model.words import Domain, Level, PartyId, SubjectId
from keepclear.times import Stamp
from keepclear.views.attribution import Said, Shown, as_it_came, is_latest, party_name, said, shown
from keepclear.views.picture import Picture, speaks_for_itself
from keepclear.views.ties import condition
from keepclear.views.told import ACKNOWLEDGING
from keepclear.views.wording import place_words

UP, DEGRADED, UNANSWERED, DOWN, UNKNOWN = "up", "degraded", "unanswered", "down", "unknown"
ECHO, NO_ECHO = "echo", "no echo"
_ANSWERED = {
    (CheckHow.HUMAN, CheckResult.OK): True,
    (CheckHow.HUMAN, CheckResult.NO_ANSWER): False,
    (CheckHow.HUMAN, CheckResult.REFUSED): False,
    (CheckHow.HUMAN, CheckResult.TECHNICAL_FAULT): False,
}
_RESULTS = {
    CheckResult.OK: UP,
    CheckResult.NO_ANSWER: UNANSWERED,
    CheckResult.REFUSED: UNANSWERED,
    CheckResult.TECHNICAL_FAULT: DOWN,
}


def observed(evidence: Iterable[str]) -> str:
    """Fold what uses and checks showed, oldest first, into the observed state of a hotline (FAIL-16).

    Only a person's answer makes it *up*: an echo shows that the circuit carries, and nothing of who is there.
    A fault after the last answer makes it *down*; an answer after an echo that failed leaves it *degraded*.
    """
    human, circuit, faulty = UNKNOWN, "", False
    for shown_ in evidence:
        if shown_ in (UP, UNANSWERED):
            human, faulty = shown_, False
        elif shown_ in (DOWN, NO_ECHO):
            faulty, circuit = True, NO_ECHO
        elif shown_ == ECHO:
            faulty, circuit = False, ECHO
    if faulty:
        return DOWN
    return DEGRADED if human == UP and circuit == NO_ECHO else human


class EndView(Struct, frozen=True):
    """One end of a hotline: the role that answers."""

    party: PartyId
    party_name: str
    role: str
    place: str
    languages: tuple[str, ...]


class UseView(Struct, frozen=True):
    """One use or check of a hotline as its author reports it."""

    statement: str
    what: str
    with_party: str
    purpose: str
    gist: str
    answered: bool | None
    when: Shown | None
    said: Said


class _Tried(NamedTuple):
    """One use of a hotline: the key of its place in time, the state that it shows, and how it reads."""

    at: tuple[datetime, datetime, str]
    state: str
    use: UseView


class HotlineView(Struct, frozen=True):
    """A hotline: what its ends declare, what this party observed, when somebody last answered.

    `observed` is "up", "degraded", "unanswered", "down" or "unknown"; it never replaces `declared`.
    `last_contact` is the last use that was answered: a call, a check, or a message on this hotline that one
    of both ends itself acknowledged or answered; a use of which nobody said whether it was answered changes
    neither. `uses` lists calls and checks.
    """

    subject: SubjectId
    name: str
    domain: str
    level: str
    ends: tuple[EndView, ...]
    media: tuple[str, ...]
    hours: str
    security: str
    purpose_limit: str
    declared: str
    observed: str
    last_contact: UseView | None
    unanswered: tuple[UseView, ...]
    uses: tuple[UseView, ...]
    said: Said


def hotlines(picture: Picture, now: datetime) -> list[HotlineView]:
    """List the hotlines that this party knows of, air and ground first, desk before commander.

    Uses that arrived after `now` are left out, by whatever clock they were logged.
    """
    rows = [
        (_order(body, subject), _hotline(picture, text.entry, body, now))
        for subject, text, body in picture.each(ChannelStated)
    ]
    return [row for _, row in sorted(rows, key=lambda item: item[0])]


def _order(body: ChannelStated, subject: SubjectId) -> tuple[int, int, str, str]:
    return (list(Domain).index(body.domain), list(Level).index(body.level), body.name, subject)


def _hotline(picture: Picture, entry: Entry, body: ChannelStated, now: datetime) -> HotlineView:
    uses = _uses(picture, entry.statement.subject, now)
    worked = _answered_messages(picture, entry.statement.subject, now)
    tried = sorted([*uses, *worked], key=lambda item: item.at)
    answered = [item.use for item in tried if item.use.answered]
    return HotlineView(
        subject=entry.statement.subject,
        name=body.name,
        domain=body.domain.value,
        level=body.level.value,
        ends=tuple(_end(picture, end) for end in body.ends),
        media=body.media,
        hours=body.hours,
        security=body.security,
        purpose_limit=body.purpose_limit,
        declared=_declared(picture, entry, body),
        observed=observed(item.state for item in tried),
        last_contact=answered[-1] if answered else None,
        unanswered=tuple(item.use for item in uses if item.use.answered is False),
        uses=tuple(item.use for item in uses),
        said=said(picture, entry),
    )


def _end(picture: Picture, end: ChannelEnd) -> EndView:
    return EndView(end.party, party_name(picture, end.party), end.role, place_words(end.place), end.languages)


def _declared(picture: Picture, entry: Entry, body: ChannelStated) -> str:
    """Give what its author declares, and beside it what another end has since declared of it."""
    own = condition(picture, entry) or body.declared.value
    author = entry.statement.author.party
    others: dict[PartyId, str] = {}
    for told, status in picture.about(entry.statement.id, StatusStated):
        if told.statement.author.party != author and picture.stands(told):
            others[told.statement.author.party] = status.status
    beside = [f"{status} by {party_name(picture, party)}" for party, status in sorted(others.items())]
    beside += [
        f"{end.declared.value} by {party_name(picture, party)}"
        for party, end in sorted(declared_ends(picture, entry.statement.subject).items())
        if end.declared == Declared.SUSPENDED and party not in others
    ]
    return "; ".join([own, *beside])


def declared_ends(picture: Picture, channel: SubjectId) -> dict[PartyId, ChannelEndStated]:
    """Give what each end of a hotline last said of itself, by party."""
    told = [(entry, body) for entry, body in picture.about(channel, ChannelEndStated)]
    return {entry.statement.author.party: body for entry, body in told if is_latest(picture, entry)}


def standing_uses(picture: Picture, channel: SubjectId, now: datetime) -> list[tuple[str, UseView]]:
    """Give the uses and checks of a hotline up to an instant, each with what it showed ("" where nothing)."""
    return [(item.state, item.use) for item in _uses(picture, channel, now)]


def _uses(picture: Picture, subject: SubjectId, now: datetime) -> list[_Tried]:
    """Give the uses and checks of a hotline by when they took place, each with the state that it shows."""
    found: list[_Tried] = []
    for entry, contact in picture.about(subject, ContactLogged):
        if contact.channel == subject and is_latest(picture, entry) and entry.received_at <= now:
            at = as_it_came(entry, contact.started)
            found.append(_Tried(at, _state(contact), _contact(picture, entry, contact)))
    for entry, check in picture.about(subject, CheckMade):
        if is_latest(picture, entry) and entry.received_at <= now:
            at = as_it_came(entry, check.done)
            found.append(_Tried(at, _shows(check), _check(picture, entry, check)))
    return sorted(found, key=lambda item: item.at)


def _answered_messages(picture: Picture, subject: SubjectId, now: datetime) -> list[_Tried]:
    """Give the acknowledgements and answers to messages on a hotline, with this party at one end of each.

    Only the own word of who was told counts: a report of it is no contact with them.
    """
    found: list[_Tried] = []
    for entry, body in _messages(picture):
        if body.channel != subject:
            continue
        identity, sender = entry.statement.id, entry.statement.author.party
        ends = {*body.to, sender}
        words: list[tuple[Entry, str]] = [
            (told, rung.rung.value)
            for told, rung in picture.about(identity, RungReached)
            if rung.rung in ACKNOWLEDGING and rung.reader == told.statement.author.party
        ]
        words += [(told, given.answer.value) for told, given in picture.about(identity, AnswerGiven)]
        for told, gist in words:
            by = told.statement.author.party
            is_contact = by != sender and by in ends and picture.party in (by, sender)
            if is_contact and speaks_for_itself(told.statement) and _counts(picture, told, now):
                use = _word(picture, told, sender if by == picture.party else by, body, gist)
                found.append(_Tried(as_it_came(told), UP, use))
    return found


def _counts(picture: Picture, told: Entry, now: datetime) -> bool:
    return told.received_at <= now and picture.stands(told)


def _messages(picture: Picture) -> Iterator[tuple[Entry, MessageSent | WarningGiven]]:
    for subject, _, _ in (*picture.each(MessageSent), *picture.each(WarningGiven)):
        for entry in picture.standing(subject):
            body = entry.statement.body
            if isinstance(body, MessageSent | WarningGiven):
                yield entry, body


def _word(
    picture: Picture, entry: Entry, other: PartyId, body: MessageSent | WarningGiven, gist: str
) -> UseView:
    return UseView(
        statement=entry.statement.id,
        what="answer" if isinstance(entry.statement.body, AnswerGiven) else "acknowledgement",
        with_party=party_name(picture, other),
        purpose=body.purpose.value if isinstance(body, MessageSent) else "warning",
        gist=gist,
        answered=True,
        when=shown(Stamp(as_it_came(entry)[0])),
        said=said(picture, entry),
    )


def _state(contact: ContactLogged) -> str:
    if contact.answered is None:
        return ""
    return UP if contact.answered else UNANSWERED


def _shows(check: CheckMade) -> str:
    if check.how == CheckHow.ECHO:
        return ECHO if check.result == CheckResult.OK else NO_ECHO
    return _RESULTS[check.result]


def _contact(picture: Picture, entry: Entry, body: ContactLogged) -> UseView:
    return UseView(
        statement=entry.statement.id,
        what="contact",
        with_party=party_name(picture, body.with_party),
        purpose=body.purpose.value,
        gist=body.gist,
        answered=body.answered,
        when=shown(body.started),
        said=said(picture, entry),
    )


def _check(picture: Picture, entry: Entry, body: CheckMade) -> UseView:
    return UseView(
        statement=entry.statement.id,
        what="check" if body.how == CheckHow.HUMAN else "echo",
        with_party="",
        purpose="check",
        gist=f"{body.result.value}: {body.fault}" if body.fault else body.result.value,
        answered=_ANSWERED.get((body.how, body.result)),
        when=shown(body.done),
        said=said(picture, entry),
    )
