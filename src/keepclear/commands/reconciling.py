"""What a stated reconciliation must fulfil: with another party, of logs between the two, told to it alone."""

from __future__ import annotations

from keepclear.commands.acts import Act
from keepclear.errors import Refused
from keepclear.model.reconciling import Reconciled, ReconcileResult
from keepclear.model.words import PUBLIC


def admit_reconciled(act: Act, body: Reconciled) -> None:
    """Hold a reconciliation.

    Raises:
        Refused: it is with oneself, of others' logs, told to others, or its counts do not fit its result.
    """
    pair = {act.by, body.with_party}
    if len(pair) == 1:
        _refuse("a reconciliation with oneself", "another party", "body.with_party", "reconciled-with")
    if not set(act.readers) <= pair:
        _refuse(
            f"telling others that records were compared with {body.with_party}",
            f"no readers, or {body.with_party} alone",
            "readers",
            "reconciled-readers",
        )
    found: list[tuple[str, str]] = []
    for head in body.heads:
        ends = {head.author, head.reader}
        if head.author not in pair or not (ends == pair or head.reader == PUBLIC):
            _refuse(
                f"a comparison of the log of {head.author} to {head.reader} with {body.with_party}",
                "logs between the two, or of one of them to everybody",
                "body.heads",
                "reconciled-heads",
            )
        if head.ours is None and head.theirs is None:
            _refuse("a log that neither side gave", "how far a copy went", "body.heads", "reconciled-heads")
        found.append((head.author, head.reader))
    sorts = [each.what for each in body.counts]
    if len(set(found)) < len(found) or len(set(sorts)) < len(sorts):
        _refuse("a log or a sort of difference named twice", "each once", "body.heads", "reconciled-heads")
    if bool(body.counts) != (body.result is ReconcileResult.DIFFERENCES):
        _refuse(
            f'the result "{body.result}" with {len(body.counts)} sorts of differences',
            "counts where there are differences, and none where nothing differs",
            "body.counts",
            "reconciled-counts",
        )


def _refuse(asked: str, passes: str, field: str, rule: str) -> None:
    raise Refused(asked, rule, passes, field)
