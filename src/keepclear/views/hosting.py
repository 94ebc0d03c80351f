"""Which parties are neutral hosts, and what a host has told each side of conflicts that it found.

A host is who says so of itself. What it found is read from its own statements alone, so that a host's node
and the node of either side work from the record, and nothing has to be kept beside it.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from msgspec import Struct

from keepclear.geo.figures import Polygon
from keepclear.geo.volumes import Volume
from keepclear.model.notices import NoticeStated
from keepclear.model.parties import PartyKind
from keepclear.model.statements import Entry
from keepclear.model.telling import ConflictStated, HitsCapped
from keepclear.model.words import Form, PartyId, StatementId, SubjectId, owner_of
from keepclear.times import Window
from keepclear.views.attribution import party_name
from keepclear.views.picture import Picture

Pair = tuple[PartyId, PartyId]
"""Two parties, in alphabetical order."""


class ComparisonView(Struct, frozen=True):
    """A conflict as a host has last told it to one side: whose notice, with whom, about where and when.

    `form` says how exactly: conflict-only is the cells and the window alone. `times_told` counts the texts
    that this side was told of it.
    """

    subject: SubjectId
    statement: StatementId
    host: PartyId
    side: PartyId
    notice: StatementId
    what: str
    with_party: PartyId | None
    with_name: str
    words: str
    form: Form
    cells: tuple[Polygon, ...]
    window: Window | None
    theirs: tuple[Volume, ...]
    ended: bool
    stated_at: datetime
    times_told: int


class CappedView(Struct, frozen=True):
    """That a host tells of no more conflicts with a party until a time: ask by hotline."""

    statement: StatementId
    host: PartyId
    with_party: PartyId | None
    cap: int
    until: datetime
    words: str


def is_host(picture: Picture, party: PartyId) -> bool:
    """Tell whether a party says of itself that it is a neutral host, by the last that it said of itself."""
    own = [body for entry, body in picture.described(party) if entry.statement.author.party == party]
    return bool(own) and own[-1].party_kind is PartyKind.HOST


def sides_told(picture: Picture, subject: SubjectId) -> dict[PartyId, list[Entry]]:
    """Give what a host told of one conflict by the side that it told, oldest first."""
    found: dict[PartyId, list[Entry]] = {}
    for entry in picture.texts(subject):
        body = entry.statement.body
        if isinstance(body, ConflictStated):
            found.setdefault(owner_of(body.notice), []).append(entry)
    return found


def conflicts_of(picture: Picture) -> Iterator[tuple[SubjectId, dict[PartyId, list[Entry]]]]:
    """Go through the conflicts that stand in a picture, each with what each side was told of it."""
    for subject, _, _ in picture.each(ConflictStated):
        yield subject, sides_told(picture, subject)


def comparisons(picture: Picture) -> list[ComparisonView]:
    """Give the conflicts that reached a party, the last told first; at a host, each side's own."""
    found = [
        _view(picture, texts[-1], len(texts))
        for _, sides in conflicts_of(picture)
        for texts in sides.values()
    ]
    return sorted(found, key=lambda each: (each.stated_at, each.statement), reverse=True)


def _view(picture: Picture, entry: Entry, times: int) -> ComparisonView:
    statement, body = entry.statement, entry.statement.body
    assert isinstance(body, ConflictStated)  # noqa: S101 - narrows the type; `sides_told` gives no other
    notice = picture.entry(body.notice)
    own = None if notice is None else notice.statement.body
    return ComparisonView(
        statement.subject,
        statement.id,
        statement.author.party,
        owner_of(body.notice),
        body.notice,
        own.what if isinstance(own, NoticeStated) else "",
        body.with_party,
        "" if body.with_party is None else party_name(picture, body.with_party),
        body.words,
        statement.form,
        body.cells,
        body.window,
        body.theirs,
        body.ended,
        statement.stated_at,
        times,
    )


def capped(picture: Picture, now: datetime) -> list[CappedView]:
    """Give which comparisons are paused now."""
    return [
        CappedView(
            entry.statement.id,
            entry.statement.author.party,
            body.with_party,
            body.cap,
            body.until,
            body.words,
        )
        for entry, body in picture.history(HitsCapped)
        if now < body.until
    ]
