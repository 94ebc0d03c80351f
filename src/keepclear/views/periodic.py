"""Which counterparts a desk owes a periodic duty: to verify again what stands, and to reconcile the records.

Both are worked out of the desk's own record: a verification is a remark or a check, a reconciliation a
statement of its own, and what the other side says of either counts for nothing here.
Source: domain.md §8 (weekly re-verification of the list, monthly joint reconciliation of logs).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import cache, partial
from typing import Final

from msgspec import Struct

from keepclear.model.channels import ChannelStated
from keepclear.model.parties import Reach
from keepclear.model.reconciling import Reconciled
from keepclear.model.statements import Entry
from keepclear.model.words import PartyId, StatementId, SubjectId, owner_of
from keepclear.views.attribution import as_it_came, description, is_archive, is_latest
from keepclear.views.picture import Picture
from keepclear.views.told import Outbox
from keepclear.views.verifying import StandingView, standing

MONTH: Final = timedelta(days=30)
"""How long a reconciliation lasts."""


class ToVerify(Struct, frozen=True):
    """What one party stated, or this desk told others itself, and when the first of it is to be verified."""

    party: PartyId
    matter: SubjectId
    due_at: datetime
    rows: tuple[StandingView, ...]


class ToReconcile(Struct, frozen=True):
    """With whom, on which matter and from when records are to be laid side by side, and the grounds of it.

    `last` is when that was last done; None where it never was, and it counts from the hotline's first text.
    """

    party: PartyId
    matter: SubjectId
    due_at: datetime
    last: datetime | None
    grounds: tuple[StatementId, ...]


def to_verify(picture: Picture, box: Outbox, now: datetime) -> list[ToVerify]:
    """Group what stands by the party that stated it, a hotline by its other end.

    What nobody else holds is left out. `due_at` is the earliest of the group, and may lie ahead.
    """
    groups: dict[PartyId, list[StandingView]] = {}
    archives = cache(partial(is_archive, picture))  # of many measures by few parties
    for row in standing(picture, now):
        party = _other_end(picture, row.subject) or owner_of(row.subject)
        if not archives(party) and (party != picture.party or _is_told(box, picture, row)):
            groups.setdefault(party, []).append(row)
    found = []
    for party, rows in groups.items():
        matter = _matter(picture, party)
        if matter is not None:
            found.append(ToVerify(party, matter, min(row.due_at for row in rows), tuple(rows)))
    return found


def _is_told(box: Outbox, picture: Picture, row: StandingView) -> bool:
    """Tell whether anybody else holds an own text; nobody else can be asked whether it stands."""
    return picture.is_public(row.subject) or bool(box.holders(row.subject).keys() - {picture.party})


def to_reconcile(picture: Picture, now: datetime) -> list[ToReconcile]:
    """List the parties at the other ends of this desk's hotlines that keep a record of their own."""
    first: dict[PartyId, Entry] = {}
    for subject, _, body in picture.each(ChannelStated):
        if not any(end.party == picture.party for end in body.ends):
            continue
        text = min(picture.texts(subject), key=lambda entry: entry.received_at)
        for end in body.ends:
            known = first.setdefault(end.party, text)
            if text.received_at < known.received_at:
                first[end.party] = text
    found = []
    for party, text in first.items():
        matter = _matter(picture, party)
        if party == picture.party or matter is None or not _keeps_a_record(picture, party):
            continue
        done = max(_reconciled(picture, party, now), default=None)
        since, ground = (text.received_at, text.statement.id) if done is None else done
        last = None if done is None else done[0]
        found.append(ToReconcile(party, matter, since + MONTH, last, (ground,)))
    return found


def _reconciled(picture: Picture, party: PartyId, now: datetime) -> Iterator[tuple[datetime, StatementId]]:
    """Give when this desk stated that it reconciled with a party; the other side's word is its own."""
    for _, text, body in picture.each(Reconciled):
        own = text.statement.author.party == picture.party and is_latest(picture, text.entry)
        at = as_it_came(text.entry, body.done)[0]
        if own and body.with_party == party and at <= now:
            yield at, text.statement.id


def _keeps_a_record(picture: Picture, party: PartyId) -> bool:
    found = description(picture, party)
    return found is not None and found[1].reach in (Reach.NODE, Reach.HOSTED)


def _other_end(picture: Picture, subject: SubjectId) -> PartyId | None:
    """Give the first other end of a hotline; None of anything else."""
    text = picture.latest(subject)
    body = None if text is None else text.statement.body
    if not isinstance(body, ChannelStated):
        return None
    return next((end.party for end in body.ends if end.party != picture.party), None)


def _matter(picture: Picture, party: PartyId) -> SubjectId | None:
    """Give the subject under which a party was first described here: it stays the same while it is known."""
    found = picture.described(party)
    return found[0][0].statement.subject if found else None
