"""That two parties' records were laid side by side: how far each copy went, and what differed.

It is a remark of who compared, about its own record and a file of the other's; it says nothing of who is
right, and is no word of the other side. Source: domain.md §8 (monthly joint reconciliation of logs).
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from msgspec import Meta, Struct

from keepclear.model.words import Name, PartyId, Words
from keepclear.times import Stamp

Root = Annotated[str, Meta(pattern=r"^[0-9a-f]{64}$(?!\n)")]


class Difference(StrEnum):
    """How two records differ; a closed set in which nothing says who is right."""

    SPLIT = "split view"
    TEXT = "differing text"
    MISSING = "missing"
    NOT_EXCHANGED = "not yet exchanged"
    NOT_GIVEN = "log in one record alone"
    RECEIPT = "differing receipt"
    FILE = "attached file in one record alone"


class ReconcileResult(StrEnum):
    """What came of laying two records side by side."""

    NOTHING_DIFFERS = "nothing differs"
    DIFFERENCES = "differences"


class Head(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """How far a copy of a log went: its size, and the root of its checkpoint in hex."""

    size: Annotated[int, Meta(ge=1)]
    root: Root


class HeadsCompared(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One log that was compared, and how far each side's copy went; None where a side gave none."""

    author: PartyId
    reader: PartyId
    ours: Head | None = None
    theirs: Head | None = None


class Counted(Struct, frozen=True, forbid_unknown_fields=True):
    """How many differences of one sort were found."""

    what: Difference
    count: Annotated[int, Meta(ge=1)]


class Reconciled(
    Struct, frozen=True, tag_field="kind", tag="reconciled", forbid_unknown_fields=True, omit_defaults=True
):
    """That this party laid its record beside that of `with_party`, and what came of it.

    `heads` say how far each copy of each compared log went, `counts` how many differences of each sort were
    found; `by` is who compared, `done` when: as it was stated where that is left out. It stands in the own
    log, and may be told to `with_party` alone.
    """

    with_party: PartyId
    result: ReconcileResult
    by: Name
    heads: Annotated[tuple[HeadsCompared, ...], Meta(min_length=1, max_length=8)]
    done: Stamp | None = None
    counts: Annotated[tuple[Counted, ...], Meta(max_length=len(Difference))] = ()
    words: Words = ""
