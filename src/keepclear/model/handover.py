"""The handover of a watch: what is open, as the record stood, and who hands it to whom."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from keepclear.model.words import Name, PersonBeside, Words


class OpenItem(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One open matter, in words; `what` is its kind, such as "hotline" or "shelved alarm"."""

    what: Name
    words: Annotated[str, Meta(max_length=200)]


class HandoverStated(
    Struct, frozen=True, tag_field="kind", tag="handover", forbid_unknown_fields=True, omit_defaults=True
):
    """What one person hands to the next at the end of a watch; it stands in the party's own log.

    `items_hash` is the SHA-256 of the canonical form of `items`. `outgoing` and `incoming` are the salted
    hashes of two names that stand beside the log, erasable (statements.md section 5). Who goes signs by
    stating it; the watch is taken over when who comes has countersigned, once. `by_person` keeps the id of a
    signed-in person, so that nobody signs for both.
    """

    outgoing: PersonBeside
    incoming: PersonBeside
    role: Name
    items: Annotated[tuple[OpenItem, ...], Meta(max_length=120)]
    items_hash: Annotated[str, Meta(pattern="^[0-9a-f]{64}$(?!\n)")]
    by_person: Words = ""
    words: Words = ""
