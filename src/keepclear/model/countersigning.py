"""The second signature under a statement: both ends hold the same bytes, or it is refused."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from keepclear.model.words import Name, StatementId, Words


class Countersigned(
    Struct, frozen=True, tag_field="kind", tag="countersigned", forbid_unknown_fields=True, omit_defaults=True
):
    """A second person's signature under one text: the receipt of a call by its other end, a handover.

    `text_hash` is the SHA-256 of the text's canonical bytes as the second end holds them. A contact that both
    ends signed stands under one hash at both (FAIL-04).
    """

    of: StatementId
    text_hash: Annotated[str, Meta(pattern="^[0-9a-f]{64}$(?!\n)")]
    role: Name
    words: Words = ""
