"""Drafts that wait for a second person, and what a party's policy asks; all from its own log."""

from __future__ import annotations

from datetime import datetime

import msgspec
from msgspec import Struct

from keepclear.model.approvals import ApprovalPolicy, DraftDecided, DraftSubmitted
from keepclear.model.hotline import MessageSent, Purpose, WarningGiven
from keepclear.model.statements import Entry
from keepclear.model.words import PartyId, Precedence, StatementId, SubjectId
from keepclear.views.picture import Picture

WAITING = "waits for a second person"


class DraftView(Struct, frozen=True):
    """A submitted draft: who wrote it, the act that would be told, what was decided, by whom, why."""

    subject: SubjectId
    statement: StatementId
    title: str
    by_role: str
    submitted_at: datetime
    act: msgspec.Raw
    state: str
    decided_by: str
    decided_at: datetime | None
    reason: str
    told: StatementId | None


def drafts(picture: Picture) -> list[DraftView]:
    """List the submitted drafts of this party, those that wait first, then the latest."""
    rows = [
        _view(picture, text.entry, body)
        for _, text, body in picture.each(DraftSubmitted)
        if own(picture, text.entry)
    ]
    return sorted(rows, key=lambda row: (row.state != WAITING, -row.submitted_at.timestamp(), row.subject))


def own(picture: Picture, entry: Entry) -> bool:
    """Tell whether an entry stands in the party's own log, by its own hand."""
    return entry.log.author == entry.log.reader == picture.party


def decision(picture: Picture, draft: StatementId) -> tuple[Entry, DraftDecided] | None:
    """Give what was decided about a draft; the first word counts."""
    told = [(entry, body) for entry, body in picture.about(draft, DraftDecided) if own(picture, entry)]
    return min(told, key=lambda item: item[0].index, default=None)


def _view(picture: Picture, entry: Entry, body: DraftSubmitted) -> DraftView:
    made = decision(picture, entry.statement.id)
    return DraftView(
        subject=entry.statement.subject,
        statement=entry.statement.id,
        title=body.title,
        by_role=body.by_role,
        submitted_at=entry.statement.stated_at,
        act=msgspec.Raw(body.act.encode()),
        state=WAITING if made is None else made[1].decided.value,
        decided_by="" if made is None else made[1].by_role,
        decided_at=None if made is None else made[0].statement.stated_at,
        reason="" if made is None else made[1].reason,
        told=None if made is None else made[1].told,
    )


def needs_approval(picture: Picture, party: PartyId, body: object) -> bool:
    """Tell whether a party's policy asks for a second person before this is told.

    A flash for safety never waits; nor does an air warning that is flash.
    """
    if not isinstance(body, MessageSent | WarningGiven):
        return False
    purpose = body.purpose if isinstance(body, MessageSent) else Purpose.AIR_WARNING
    if body.precedence == Precedence.FLASH and purpose in (Purpose.SAFETY, Purpose.AIR_WARNING):
        return False
    return any(
        body.precedence in policy.precedences and (not policy.purposes or purpose in policy.purposes)
        for _, text, policy in picture.each(ApprovalPolicy)
        if text.entry.log.author == text.entry.log.reader == party
    )
