"""The hotlines as a duty officer needs them at 3 a.m.: who declares what, what was observed, when it opens.

Declared and observed stand apart, and nothing is called good: the last contact stands with its age.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from msgspec import Struct

from keepclear.model.channels import ChannelStated
from keepclear.model.words import PartyId, StatementId, SubjectId
from keepclear.times import span_words
from keepclear.views.attribution import party_name
from keepclear.views.checking import check_due, check_next
from keepclear.views.hotlines import (
    ECHO,
    NO_ECHO,
    HotlineView,
    UseView,
    declared_ends,
    hotlines,
    standing_uses,
)
from keepclear.views.on_watch import WatchState, watch_of
from keepclear.views.opening import Opening, opening
from keepclear.views.picture import Picture


class EndState(Struct, frozen=True):
    """One end: the role that answers there, what it declares, whether it is open now, who has the watch."""

    party: PartyId
    party_name: str
    role: str
    languages: tuple[str, ...]
    declared: str
    own_word: bool
    opening: Opening | None
    watch: WatchState


class Fallback(Struct, frozen=True):
    """Another hotline to try, in order."""

    subject: SubjectId
    name: str
    level: str
    observed: str
    stated: bool


class HotlineState(Struct, frozen=True):
    """One hotline now. Ages are in whole seconds; `check_due` is None where no check waits to be made.

    `last_contact_age_s` counts from the last contact that a person answered, `last_echo` is apart from it.
    """

    subject: SubjectId
    statement: StatementId
    name: str
    domain: str
    level: str
    declared: str
    observed: str
    opening: Opening | None
    hours: str
    ends: tuple[EndState, ...]
    last_contact: UseView | None
    last_contact_age_s: int | None
    last_contact_words: str
    last_echo: UseView | None
    fallbacks: tuple[Fallback, ...]
    check_due: datetime | None
    check_why: str
    check_next: datetime | None


def hotline_states(picture: Picture, now: datetime) -> list[HotlineState]:
    """List the hotlines of this party with their state, in the order of `hotlines`."""
    return [_state(picture, row, now) for row in hotlines(picture, now)]


def _body(picture: Picture, subject: SubjectId) -> ChannelStated | None:
    text = picture.latest(subject)
    body = None if text is None else text.statement.body
    return body if isinstance(body, ChannelStated) else None


def _state(picture: Picture, row: HotlineView, now: datetime) -> HotlineState:
    subject = row.subject
    body = _body(picture, subject)
    assert body is not None  # noqa: S101 - narrows the type; `hotlines` lists what stands
    age_s = _age_s(row.last_contact, now)
    echoes = [use for shows, use in standing_uses(picture, subject, now) if shows in (ECHO, NO_ECHO)]
    waiting = check_due(picture, subject, now)
    return HotlineState(
        subject=subject,
        statement=StatementId(row.said.statement),
        name=row.name,
        domain=row.domain,
        level=row.level,
        declared=row.declared,
        observed=row.observed,
        opening=None if body.opening is None else opening(body.opening, now),
        hours=row.hours,
        ends=_ends(picture, subject, body, now),
        last_contact=row.last_contact,
        last_contact_age_s=age_s,
        last_contact_words=_ago(age_s),
        last_echo=echoes[-1] if echoes else None,
        fallbacks=tuple(fallbacks(picture, subject, now)),
        check_due=None if waiting is None else waiting.since,
        check_why="" if waiting is None else waiting.why,
        check_next=check_next(picture, body, now),
    )


def _age_s(use: UseView | None, now: datetime) -> int | None:
    if use is None or use.when is None:
        return None
    return max(0, (now - use.when.at) // timedelta(seconds=1))


def _ago(age_s: int | None) -> str:
    if age_s is None:
        return "never"
    return "under a minute ago" if age_s < 60 else f"{span_words(age_s)} ago"


def _ends(picture: Picture, subject: SubjectId, body: ChannelStated, now: datetime) -> tuple[EndState, ...]:
    own = declared_ends(picture, subject)
    rows = []
    for end in body.ends:
        word = own.get(end.party)
        role = end.role if word is None else word.role
        rows.append(
            EndState(
                party=end.party,
                party_name=party_name(picture, end.party),
                role=role,
                languages=end.languages if word is None or not word.languages else word.languages,
                declared="" if word is None else word.declared.value,
                own_word=word is not None,
                opening=None if word is None or word.opening is None else opening(word.opening, now),
                watch=watch_of(picture, end.party, now, role),
            )
        )
    return tuple(rows)


def fallbacks(picture: Picture, subject: SubjectId, now: datetime) -> list[Fallback]:
    """Give the other ways when a hotline does not answer: the stated ones in their order, then the others.

    The others go to the same ends, those that were last answered first (FAIL-16(b)).
    """
    body = _body(picture, subject)
    if body is None:
        return []
    rows = {row.subject: row for row in hotlines(picture, now)}
    stated = [each for each in body.fallbacks if each in rows]
    parties = {end.party for end in body.ends}
    rest = [
        row
        for row in rows.values()
        if row.subject not in (subject, *stated) and parties <= {end.party for end in row.ends}
    ]
    rest.sort(key=lambda row: row.observed != "up")
    chosen = [rows[each] for each in stated] + rest
    return [Fallback(row.subject, row.name, row.level, row.observed, row.subject in stated) for row in chosen]


def unanswered_words(picture: Picture, subject: SubjectId, now: datetime) -> str:
    """Name the other ways for an officer whose call is not answered."""
    ways = "; ".join(f"{way.name} ({way.level}, {way.observed})" for way in fallbacks(picture, subject, now))
    return f"Other ways: {ways}." if ways else "No other hotline to the same ends is known."


def ways_to(picture: Picture, party: PartyId, now: datetime) -> str:
    """Name the hotlines to a party that does not answer, those that were last answered first."""
    joined = [
        row for row in hotlines(picture, now) if {party, picture.party} <= {end.party for end in row.ends}
    ]
    joined.sort(key=lambda row: row.observed != "up")
    ways = "; ".join(f"{row.name} ({row.level}, {row.observed})" for row in joined)
    return f"Hotlines to it: {ways}." if ways else "No hotline to it is known here."
