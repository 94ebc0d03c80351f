"""Personal drafts: what a person writes and has shown to nobody, beside the record; one rule for all ways.

A draft need not be finished or admissible. It goes when its writer throws it away, sends it, or is erased.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

import msgspec
from msgspec import Struct

from keepclear.errors import Malformed, NotKnown, Refused
from keepclear.model.statements import MAX_STATEMENT_BYTES
from keepclear.record.canonical import canonical
from keepclear.stores.people import DraftRow, PeopleStore
from keepclear.times import microseconds

MAX_DRAFTS: Final = 100


class OwnDraft(Struct, frozen=True):
    """One of one's own drafts."""

    id: str
    title: str
    act: msgspec.Raw
    saved_at: datetime


def own_drafts(store: PeopleStore, person: str) -> tuple[OwnDraft, ...]:
    """List a person's drafts, the latest first."""
    return tuple(
        OwnDraft(row.id, row.title, msgspec.Raw(row.act), datetime.fromtimestamp(row.saved_at_us / 1e6, UTC))
        for row in store.drafts(person)
    )


def own_draft(store: PeopleStore, person: str, identity: str) -> OwnDraft:
    """Give one of a person's drafts.

    Raises:
        NotKnown: the person has none of this id.
    """
    for draft in own_drafts(store, person):
        if draft.id == identity:
            return draft
    raise _unknown(identity)


def keep_draft(
    store: PeopleStore, person: str, act: Mapping[str, Any], title: str, identity: str, now: datetime
) -> str:
    """Keep a draft of a person, in place of its own one of `identity` where that is given; gives the id.

    Raises:
        NotKnown: the person has no draft of this id.
        Malformed: it is larger than a statement can be.
        Refused: the person has as many drafts as are kept.
    """
    if identity:
        own_draft(store, person, identity)
    kept = canonical(act)
    if len(kept) > MAX_STATEMENT_BYTES:
        asks = f"at most {MAX_STATEMENT_BYTES} bytes; put large bodies in an attachment"
        raise Malformed(f"a draft of {len(kept)} bytes", "statement-size", asks, "act")
    row = DraftRow(identity or secrets.token_hex(8), person, title, kept, microseconds(now))
    if not store.put_draft(row, MAX_DRAFTS):
        raise Refused(
            f"a draft more than {MAX_DRAFTS}", "drafts-many", "throw away drafts that are not needed", "act"
        )
    return row.id


def drop_draft(store: PeopleStore, person: str, identity: str) -> None:
    """Throw one of a person's drafts away.

    Raises:
        NotKnown: the person has none of this id.
    """
    if not store.drop_draft(person, identity):
        raise _unknown(identity)


def _unknown(identity: str) -> NotKnown:
    return NotKnown(f"the draft {identity}", "own-draft", "the id of one of one's own drafts", "id")
