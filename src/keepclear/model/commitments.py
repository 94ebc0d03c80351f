"""Statements about what a party has filed and told nobody: the hourly root, its table, and its opening."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from keepclear.model.words import StatementId
from keepclear.times import Instant

Hash = Annotated[str, Meta(pattern="^[0-9a-f]{64}$")]
"""32 bytes in hex."""


class CommitmentStated(
    Struct, frozen=True, tag_field="kind", tag="commitment", forbid_unknown_fields=True, omit_defaults=True
):
    """The salted root, stated every hour, over what its author had filed in its own log and told nobody.

    The tree has 1,024 leaves, always: whoever reads the root cannot tell whether anything stands in it.
    `hour` is the full hour for which it is stated; `missed` counts the hours before it for which none was,
    as the node was down. Source: statements.md section 5.
    """

    hour: Instant
    root: Hash
    missed: Annotated[int, Meta(ge=0)] = 0


class CommitmentTable(
    Struct,
    frozen=True,
    tag_field="kind",
    tag="commitment-table",
    forbid_unknown_fields=True,
    omit_defaults=True,
):
    """What stands in a commitment; kept in A→A, its leaves and salts beside the log as an attachment.

    All that was filed before index `covers_to` of A→A and told nobody stands in this commitment or in an
    earlier one. With the attachment erased, the commitment can never be opened again.
    """

    of: StatementId
    covers_to: Annotated[int, Meta(ge=0)]


class CommitmentOpened(
    Struct,
    frozen=True,
    tag_field="kind",
    tag="commitment-opened",
    forbid_unknown_fields=True,
    omit_defaults=True,
):
    """The salt and path that lead from a statement to the root of a commitment that its reader was told.

    So the reader can check that the statement had been filed before that commitment reached it.
    """

    commitment: StatementId
    of: StatementId
    place: Annotated[int, Meta(ge=0, le=1023)]
    salt: Hash
    path: Annotated[tuple[Hash, ...], Meta(min_length=10, max_length=10)]
