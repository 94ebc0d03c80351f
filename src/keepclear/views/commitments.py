"""Commitments as they reached a party, and whether what was opened of them holds."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct

from keepclear.errors import KeepclearError
from keepclear.model.commitments import CommitmentOpened, CommitmentStated
from keepclear.model.statements import Entry, digest_of
from keepclear.model.words import PartyId, StatementId
from keepclear.record.commitment import Opening, check_opening
from keepclear.times import text
from keepclear.views.attribution import Said, party_name, said
from keepclear.views.picture import Picture


class CommitmentView(Struct, frozen=True):
    """One hourly commitment: for which hour, how many hours before it were missed, when it came here."""

    statement: StatementId
    by: PartyId
    by_name: str
    hour: datetime
    missed: int
    root: str
    received_at: datetime
    words: str
    said: Said


class OpeningView(Struct, frozen=True):
    """One opening: of which statement, under which commitment, and whether it holds.

    `filed_before` is when the commitment had reached this party: the author had filed the statement before
    that; None where the opening does not hold.
    """

    of: StatementId
    commitment: StatementId
    by: PartyId
    by_name: str
    to: tuple[PartyId, ...]
    holds: bool
    filed_before: datetime | None
    words: str
    said: Said


def commitments(picture: Picture) -> list[CommitmentView]:
    """List the commitments that have reached a party, oldest first."""
    return [_view(picture, entry, body) for entry, body in picture.history(CommitmentStated)]


def _view(picture: Picture, entry: Entry, body: CommitmentStated) -> CommitmentView:
    statement = entry.statement
    name = party_name(picture, statement.author.party)
    missed = f"; {body.missed} hours before it were missed" if body.missed else ""
    return CommitmentView(
        statement=statement.id,
        by=statement.author.party,
        by_name=name,
        hour=body.hour,
        missed=body.missed,
        root=body.root,
        received_at=entry.received_at,
        words=f"{name}, commitment for {text(body.hour)}{missed}",
        said=said(picture, entry),
    )


def openings(picture: Picture) -> list[OpeningView]:
    """List what was opened to a party, or by it, oldest first, each checked afresh."""
    return [_opening(picture, entry, body) for entry, body in picture.history(CommitmentOpened)]


def _opening(picture: Picture, entry: Entry, body: CommitmentOpened) -> OpeningView:
    by = entry.statement.author.party
    name = party_name(picture, by)
    why = why_not(picture, by, body)
    before = None if why else _reached(picture, body.commitment)
    words = (
        f"does not hold: {why}"
        if before is None
        else f"{name} had filed this before its commitment came here, {text(before)}"
    )
    return OpeningView(
        of=body.of,
        commitment=body.commitment,
        by=by,
        by_name=name,
        to=() if entry.log.reader == entry.log.author else (entry.log.reader,),
        holds=before is not None,
        filed_before=before,
        words=words,
        said=said(picture, entry),
    )


def _reached(picture: Picture, commitment: StatementId) -> datetime | None:
    entry = picture.entry(commitment)
    return None if entry is None else entry.received_at


def why_not(picture: Picture, by: PartyId, body: CommitmentOpened) -> str:
    """Say why an opening by a party does not hold on what has reached here; "" where it does.

    It holds where the statement and the commitment are both the opener's own, both are here, and salt and
    path lead from the very bytes of the one to the root of the other.
    """
    told, under = picture.entry(body.of), picture.entry(body.commitment)
    if told is None or under is None:
        return "the statement or the commitment has not reached this party"
    stated = under.statement.body
    if not isinstance(stated, CommitmentStated):
        return "what it names as the commitment is none"
    if {told.statement.author.party, under.statement.author.party} != {by}:
        return "statement, commitment and opening are not of one author"
    try:
        digest = bytes.fromhex(digest_of(told.statement))
        path = tuple(bytes.fromhex(one) for one in body.path)
        opening = Opening(body.place, bytes.fromhex(body.salt), path)
        check_opening(bytes.fromhex(stated.root), digest, opening)
    except KeepclearError as error:
        return error.asked
    return ""
