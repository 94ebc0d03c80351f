"""What stands at one desk, and when a named person of this desk last verified that it still does.

Measures, boundaries and notified sites are verified by a remark of this desk that begins with
`VERIFIED_AGAIN`; a hotline by a check that a person answered. A later text is another matter: it counts from
when it came. Source: domain.md §8 (weekly re-verification of the list).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import cache, partial
from typing import Final

from msgspec import Struct

from keepclear.model.channels import ChannelStated, CheckHow, CheckMade, CheckResult
from keepclear.model.measures import MeasureStated
from keepclear.model.notices import RemarkMade
from keepclear.model.statements import Entry
from keepclear.model.words import PartyId, StatementId, SubjectId
from keepclear.times import text
from keepclear.views.attribution import as_it_came, is_latest, party_name
from keepclear.views.picture import Picture

Called = Callable[[PartyId], str]
"""Gives a party's name in full."""

VERIFIED_AGAIN: Final = "Verified again: "
"""How the remark of a verification begins; the words after it say by whom, how and with whom."""

WEEK: Final = timedelta(days=7)
"""How long a verification lasts."""


class StandingView(Struct, frozen=True):
    """One thing that stands: since when its text is held here, when it was last verified, when that is due.

    `verified_at` is None where nobody has verified this text; then `due_at` counts from when it came.
    `verified` are the words of the verification, `due` tells that it is older than seven days.
    """

    subject: SubjectId
    statement: StatementId
    what: str
    name: str
    stated_by: str
    since: datetime
    verified_at: datetime | None
    verified: str
    due_at: datetime
    due: bool


def standing(picture: Picture, now: datetime) -> list[StandingView]:
    """List what stands at a desk, what has waited longest for its verification first."""
    called = cache(partial(party_name, picture))  # of many measures by few parties
    rows = [*_measures(picture, called, now), *_hotlines(picture, called, now)]
    return sorted(rows, key=lambda row: (row.due_at, row.what, row.name, row.subject))


def verification_words(row: StandingView) -> str:
    """Say in one sentence how old the last verification of something is."""
    last = f"last verified {text(row.verified_at)}" if row.verified_at is not None else "not verified yet"
    due = f"due since {text(row.due_at)}" if row.due else f"due {text(row.due_at)}"
    return f"{row.what} {row.name} ({row.stated_by}): {last}, {due}"


def _measures(picture: Picture, called: Called, now: datetime) -> Iterator[StandingView]:
    for subject, held, body in picture.each(MeasureStated):
        valid = held.statement.valid
        if valid is not None and not valid.holds(now):
            continue
        verified = [
            (as_it_came(entry, remark.as_of)[0], remark.text.removeprefix(VERIFIED_AGAIN))
            for entry, remark in picture.about(subject, RemarkMade)
            if remark.text.startswith(VERIFIED_AGAIN) and _own(picture, entry, now)
        ]
        by = called(held.statement.author.party)
        yield _row(held.entry, body.measure.value, body.name, by, verified, now)


def _hotlines(picture: Picture, called: Called, now: datetime) -> Iterator[StandingView]:
    for subject, held, body in picture.each(ChannelStated):
        if not any(end.party == picture.party for end in body.ends):
            continue
        verified = [
            (as_it_came(entry, check.done)[0], f"check by {check.by_role}: {check.result.value}")
            for entry, check in picture.about(subject, CheckMade)
            if check.how == CheckHow.HUMAN and check.result == CheckResult.OK and _own(picture, entry, now)
        ]
        by = called(held.statement.author.party)
        yield _row(held.entry, "hotline", body.name, by, verified, now)


def _own(picture: Picture, entry: Entry, now: datetime) -> bool:
    mine = entry.statement.author.party == picture.party
    return mine and entry.received_at <= now and is_latest(picture, entry)


def _row(
    entry: Entry, what: str, name: str, by: str, verified: list[tuple[datetime, str]], now: datetime
) -> StandingView:
    since = entry.received_at
    of_this_text = [each for each in verified if since <= each[0] <= now]
    at, words = max(of_this_text, default=(None, ""))
    due_at = (at or since) + WEEK
    return StandingView(
        subject=entry.statement.subject,
        statement=entry.statement.id,
        what=what,
        name=name,
        stated_by=by,
        since=since,
        verified_at=at,
        verified=words,
        due_at=due_at,
        due=now >= due_at,
    )
