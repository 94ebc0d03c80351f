"""Which checks of a hotline are due at one desk: at local times each day, and after what its ends announce.

A check is a test call by a person; an echo of the circuit does not count for one, nor does another party's
check. Source: domain.md §8; FAIL-04(c), FAIL-16(a).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from msgspec import Struct

from keepclear.model.channels import (
    ChannelEndStated,
    ChannelStated,
    CheckHow,
    CheckMade,
    ContactLogged,
    Declared,
)
from keepclear.model.statements import Entry
from keepclear.model.telling import Condition, StatusStated
from keepclear.model.words import PartyId, StatementId, SubjectId
from keepclear.views.attribution import as_it_came, is_latest, party_name
from keepclear.views.opening import last_due, next_due
from keepclear.views.picture import Picture

EARLY = timedelta(minutes=30)
"""How long before its time a daily check may be made and still count for it."""

_CONDITIONS = {
    Condition.SUSPENDED: "suspended",
    Condition.PAUSED: "suspended",
    Condition.RESUMED: "resumed",
    Condition.ACTIVE: "resumed",
}


class CheckDue(Struct, frozen=True):
    """A check that nobody has made yet: since when, why, and the statements that call for it."""

    since: datetime
    why: str
    announced: bool
    grounds: tuple[StatementId, ...]


class Announced(Struct, frozen=True):
    """That an end of a hotline was suspended or resumed: by whose word, when it reached this desk."""

    at: datetime
    what: str
    by: PartyId
    statement: StatementId


def check_due(picture: Picture, channel: SubjectId, now: datetime) -> CheckDue | None:
    """Give the check of one hotline that is due at this desk, or None.

    What was announced goes before the time of day. Several times of day that passed make one check.
    """
    text = picture.latest(channel)
    body = None if text is None else text.statement.body
    if text is None or not isinstance(body, ChannelStated) or not _is_ours(picture, body):
        return None
    made = sorted(_tried(picture, channel, now))
    for announced, why in _calls(picture, channel, body):
        if announced.at <= now and not any(at >= announced.at for at in made):
            return CheckDue(announced.at, why, True, (announced.statement,))
    since = None if body.checks is None else last_due(body.checks, now)
    known = text.entry.received_at
    if since is None or since <= known or any(at >= since - EARLY for at in made):
        return None
    assert body.checks is not None  # noqa: S101 - narrows the type; without times there is none due
    why = f"the daily check at {', '.join(body.checks.at)} ({body.checks.zone})"
    return CheckDue(since, why, False, (text.statement.id,))


def check_next(picture: Picture, body: ChannelStated, now: datetime) -> datetime | None:
    """Give when the next daily check of a hotline of this desk falls due."""
    if body.checks is None or not _is_ours(picture, body):
        return None
    return next_due(body.checks, now)


def _is_ours(picture: Picture, body: ChannelStated) -> bool:
    return any(end.party == picture.party for end in body.ends)


def _tried(picture: Picture, channel: SubjectId, now: datetime) -> Iterator[datetime]:
    """Give when this desk itself tried a hotline by voice, whatever came of it."""
    for entry, check in picture.about(channel, CheckMade):
        if check.how == CheckHow.HUMAN and _own(picture, entry, now):
            yield as_it_came(entry, check.done)[0]
    for entry, contact in picture.about(channel, ContactLogged):
        if contact.channel == channel and contact.answered is not None and _own(picture, entry, now):
            yield as_it_came(entry, contact.started)[0]


def _own(picture: Picture, entry: Entry, now: datetime) -> bool:
    return (
        entry.statement.author.party == picture.party
        and entry.received_at <= now
        and is_latest(picture, entry)
    )


def _calls(picture: Picture, channel: SubjectId, body: ChannelStated) -> list[tuple[Announced, str]]:
    """Give what calls for a check: announcements of its own, and suspensions for which it stands in."""
    found: list[tuple[Announced, str]] = []
    own = announcements(picture, channel)
    if own:
        last = own[-1]
        found.append((last, f"{body.name} was {last.what} by {party_name(picture, last.by)}"))
    for other, _, stated in picture.each(ChannelStated):
        if other == channel or not stands_in(picture, channel, body, other, stated):
            continue
        last_word = announcements(picture, other)[-1:]
        found += [
            (each, f"{stated.name} was suspended by {party_name(picture, each.by)}: this is its fallback")
            for each in last_word
            if each.what == "suspended"
        ]
    return sorted(found, key=lambda item: item[0].at)


def stands_in(
    picture: Picture, channel: SubjectId, body: ChannelStated, other: SubjectId, stated: ChannelStated
) -> bool:
    """Tell whether one hotline is a fallback of another: named so, or where none is, to the same ends."""
    if stated.fallbacks:
        return channel in stated.fallbacks
    return {end.party for end in stated.ends} <= {end.party for end in body.ends}


def announcements(picture: Picture, channel: SubjectId) -> list[Announced]:
    """Give when a hotline was said to be suspended or resumed, by its author or another end, oldest first."""
    found = [*_by_ends(picture, channel), *_by_condition(picture, channel), *_by_text(picture, channel)]
    return sorted(found, key=lambda each: (each.at, each.statement))


def _by_ends(picture: Picture, channel: SubjectId) -> Iterator[Announced]:
    stood: dict[PartyId, Declared] = {}
    told = sorted(picture.about(channel, ChannelEndStated), key=lambda item: item[0].statement.stated_at)
    for entry, body in told:
        party = entry.statement.author.party
        before, stood[party] = stood.get(party, Declared.OPEN), body.declared
        if body.declared != before and picture.stands(entry):
            yield _announced(entry, body.declared == Declared.SUSPENDED)


def _by_condition(picture: Picture, channel: SubjectId) -> Iterator[Announced]:
    for text in picture.texts(channel):
        for entry, body in picture.about(text.statement.id, StatusStated):
            if body.status in _CONDITIONS and picture.stands(entry):
                yield _announced(entry, _CONDITIONS[body.status] == "suspended")


def _by_text(picture: Picture, channel: SubjectId) -> Iterator[Announced]:
    before = Declared.OPEN
    for entry in picture.standing(channel):
        body = entry.statement.body
        if isinstance(body, ChannelStated) and body.declared != before:
            yield _announced(entry, body.declared == Declared.SUSPENDED)
            before = body.declared


def _announced(entry: Entry, suspended: bool) -> Announced:
    what = "suspended" if suspended else "resumed"
    return Announced(entry.received_at, what, entry.statement.author.party, entry.statement.id)
