"""What came of laying two records side by side, as the statement by which a desk keeps it."""

from __future__ import annotations

from collections import Counter

from keepclear.errors import Refused
from keepclear.model.reconciling import Counted, Head, HeadsCompared, Reconciled, ReconcileResult
from keepclear.model.words import PUBLIC, PartyId
from keepclear.times import Stamp
from keepclear.views.reconciling import Reach, Reconciliation


def counterpart(found: Reconciliation, party: PartyId) -> PartyId:
    """Give with whom a desk compared: the one other party at the ends of the logs that were compared.

    Raises:
        Refused: it is no comparison of this desk's record with another party's.
    """
    ends = {end for each in found.compared for end in (each.log.author, each.log.reader)} - {PUBLIC}
    others = sorted(ends - {party})
    if len(others) != 1 or party not in ends:
        raise Refused(
            f"stating for {party} a comparison of records between {', '.join(sorted(ends)) or 'nobody'}",
            "reconciled-with",
            f"the record of {party} beside that of one other party",
        )
    return others[0]


def statement_of(found: Reconciliation, party: PartyId, by: str, done: Stamp | None = None) -> Reconciled:
    """Give the statement in which a desk keeps what came of a comparison.

    Args:
        found: what was compared and what differs.
        party: whose desk states it.
        by: who compared, by name.
        done: when; as it is stated where that is left out.

    Raises:
        Refused: see `counterpart`.
    """
    other = counterpart(found, party)
    counts = Counter(each.what for each in found.findings)
    return Reconciled(
        with_party=other,
        result=ReconcileResult.DIFFERENCES if counts else ReconcileResult.NOTHING_DIFFERS,
        done=done,
        by=by,
        heads=tuple(
            HeadsCompared(each.log.author, each.log.reader, _head(each.ours), _head(each.theirs))
            for each in found.compared
            if each.log.author != each.log.reader
        ),
        counts=tuple(Counted(what, count) for what, count in sorted(counts.items())),
    )


def _head(reach: Reach | None) -> Head | None:
    return None if reach is None else Head(reach.size, reach.root)
