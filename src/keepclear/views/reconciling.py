"""Two parties' records laid side by side: what one holds and the other does not, log by log.

It compares records and nothing else. It never decides which side is right, and where the two hold different
bytes in one place it states both. A log is a prefix of what its author said, so an entry past the end of a
copy is *not yet exchanged*, unless that side's own record shows that its copy once reached further: each
entry says in `sees` how far its author had read the opposite log. Then it is *missing*.
Source: domain.md §8 (monthly joint reconciliation of logs), trust.md (split view).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from msgspec import Struct

from keepclear.errors import Malformed
from keepclear.model.reconciling import Difference
from keepclear.model.statements import LogId
from keepclear.model.words import PUBLIC, PartyId
from keepclear.times import text
from keepclear.views.kept_records import Kept, KeptLog, KeptRecord, Receipt, read_kept, receipt_of

OURS, THEIRS = "our record", "their record"


class Finding(Struct, frozen=True):
    """One difference: in which log and place, when its author recorded it, and how each side has it.

    `ours` and `theirs` are what each record holds, in words; empty where it holds nothing.
    """

    what: Difference
    at: datetime
    log: LogId
    index: int
    statement: str
    ours: str
    theirs: str
    words: str


class Reach(Struct, frozen=True):
    """How far one side's copy of a log goes: its size, the root of its checkpoint, its last entry's time."""

    size: int
    root: str
    until: datetime | None


class Compared(Struct, frozen=True):
    """One log that was laid side by side, with the reach of each copy; None where a side holds none."""

    log: LogId
    ours: Reach | None
    theirs: Reach | None


class Reconciliation(Struct, frozen=True):
    """What was compared, what differs, and which logs only one side is meant to hold."""

    compared: tuple[Compared, ...]
    findings: tuple[Finding, ...]
    only_ours: tuple[LogId, ...]
    only_theirs: tuple[LogId, ...]


class _Side(Struct, frozen=True):
    """One side's record, read: its copies, every statement by id, and its receipts by statement."""

    name: str
    copies: dict[LogId, KeptLog]
    entries: dict[LogId, tuple[Kept, ...]]
    by_id: dict[str, list[Kept]]
    receipts: dict[str, set[Receipt]]
    files: frozenset[str]


def reconcile(
    ours: KeptRecord, theirs: KeptRecord, since: datetime | None = None, until: datetime | None = None
) -> Reconciliation:
    """Lay two verified records side by side and state every difference, oldest first.

    Args:
        ours: one side's record.
        theirs: the other's.
        since: leave out differences recorded before this; a split view is stated whenever it was.
        until: leave out differences recorded at or after this, likewise.

    Raises:
        Malformed: an entry cannot be read, or a record holds one log twice.
    """
    one, other = _read(OURS, ours), _read(THEIRS, theirs)
    shared = _shared(one, other)
    found = [*_logs(one, other, shared), *_texts(one, other), *_receipts(one, other, shared)]
    found += _files(one, other, shared)
    kept = [each for each in found if each.what == Difference.SPLIT or _within(each.at, since, until)]
    compared = tuple(Compared(log, _reach(one, log), _reach(other, log)) for log in shared)
    left = [tuple(sorted(side.copies.keys() - set(shared))) for side in (one, other)]
    return Reconciliation(compared, tuple(sorted(kept, key=_order)), left[0], left[1])


def _within(at: datetime, since: datetime | None, until: datetime | None) -> bool:
    return (since is None or at >= since) and (until is None or at < until)


def _order(found: Finding) -> tuple[datetime, LogId, int, str, str]:
    return found.at, found.log, found.index, found.what, found.words


def _read(name: str, record: KeptRecord) -> _Side:
    copies: dict[LogId, KeptLog] = {}
    by_id: dict[str, list[Kept]] = defaultdict(list)
    receipts: dict[str, set[Receipt]] = defaultdict(set)
    entries: dict[LogId, tuple[Kept, ...]] = {}
    for copy in record.logs:
        if not copy.entries:  # a log begins with its opening; without it there is no copy
            continue
        if copy.log in copies:
            raise Malformed(f"{name} with two logs {copy.log}", "log-twice", "each log once")
        copies[copy.log], entries[copy.log] = copy, read_kept(copy)
        for kept in entries[copy.log]:
            by_id[kept.id].append(kept)
            for receipt in receipt_of(kept):
                receipts[receipt.of].add(receipt)
    return _Side(name, copies, entries, by_id, receipts, record.files)


def _shared(one: _Side, other: _Side) -> tuple[LogId, ...]:
    """Give the logs that both sides hold or should: between the two, and what each says to the public."""
    pair = _keepers(one) | _keepers(other)
    both = one.copies.keys() & other.copies.keys()
    single = one.copies.keys() ^ other.copies.keys()
    if len(pair) == 1:  # two copies of one party's record
        return tuple(sorted(both | single))
    due = {log for log in single if len(pair) == 2 and log.author in pair and _may_read(log, pair)}
    return tuple(sorted(both | due))


def _may_read(log: LogId, pair: set[PartyId]) -> bool:
    return log.reader == PUBLIC or (log.reader in pair and log.reader != log.author)


def _keepers(side: _Side) -> set[PartyId]:
    """Tell whose record it is: who stands at an end of every log that is not told to the public."""
    own = {log.author for log in side.copies if log.author == log.reader}
    ends = [{log.author, log.reader} for log in side.copies if log.reader != PUBLIC]
    common = set.intersection(*ends) if ends else {log.author for log in side.copies}
    return own & common or common


def _reach(side: _Side, log: LogId) -> Reach | None:
    copy = side.copies.get(log)
    if copy is None:
        return None
    last = max((kept.recorded_at for kept in side.entries[log]), default=None)
    return Reach(len(copy.entries), copy.root, last)


def _logs(one: _Side, other: _Side, shared: Iterable[LogId]) -> Iterator[Finding]:
    for log in shared:
        if log not in one.copies or log not in other.copies:
            yield _not_given(one, other, log)
            continue
        mine, yours = one.entries[log], other.entries[log]
        if one.copies[log].origin != other.copies[log].origin:
            yield _two_origins(one, other, log)
        split = False
        for left, right in zip(mine, yours, strict=False):
            if left.entry_hash != right.entry_hash:
                split = True
                yield _split(left, right)
        if split:
            yield from _nowhere(one, other, log)
            yield from _nowhere(other, one, log)
        else:
            yield from _past_the_end(one, other, log)
            yield from _past_the_end(other, one, log)


def _begun(words: str) -> str:
    """Give words as the beginning of a sentence."""
    return words[:1].upper() + words[1:]


def _finding(
    what: Difference, kept: Kept, sides: Mapping[str, str], words: str, at: datetime | None = None
) -> Finding:
    held = sides.get(OURS, ""), sides.get(THEIRS, "")
    return Finding(what, at or kept.recorded_at, kept.log, kept.index, kept.id, *held, words)


def _not_given(one: _Side, other: _Side, log: LogId) -> Finding:
    holder, lacking = (one, other) if log in one.copies else (other, one)
    first, size = holder.entries[log][0], len(holder.entries[log])
    words = (
        f"{_begun(holder.name)} holds the log {log} with {size} entries; {lacking.name} holds no copy of it. "
        "Its entries could not be compared."
    )
    return _finding(Difference.NOT_GIVEN, first, {holder.name: f"{size} entries"}, words)


def _two_origins(one: _Side, other: _Side, log: LogId) -> Finding:
    origins = {side.name: side.copies[log].origin for side in (one, other)}
    words = (
        f"ALARM, SPLIT VIEW: the log {log} stands under two names. Our record: {origins[OURS]}. "
        f"Their record: {origins[THEIRS]}. Both stand; neither is chosen here."
    )
    return _finding(Difference.SPLIT, one.entries[log][0], origins, words)


def _split(left: Kept, right: Kept) -> Finding:
    held = {OURS: _in_full(left), THEIRS: _in_full(right)}
    words = (
        f"ALARM, SPLIT VIEW: entry {left.index} of {left.log} is not the same. "
        f"Our record: {held[OURS]}. Their record: {held[THEIRS]}. Both stand; neither is chosen here. "
        "Call the other side, and keep both files."
    )
    at = min(left.recorded_at, right.recorded_at)
    return _finding(Difference.SPLIT, left, held, words, at)


def _in_full(kept: Kept) -> str:
    return f"{kept.shown}, recorded {text(kept.recorded_at)}, entry hash {kept.entry_hash}"


def _nowhere(holder: _Side, lacking: _Side, log: LogId) -> Iterator[Finding]:
    """Where copies have parted, say which texts the other copy holds in no place at all."""
    there = {kept.digest for kept in lacking.entries[log]}
    for kept in holder.entries[log]:
        if kept.digest not in there:
            words = (
                f"{_begun(holder.name)} holds {kept.shown} as entry {kept.index} of {log}; the copy in "
                f"{lacking.name}, of size {len(lacking.entries[log])}, holds it in no place."
            )
            yield _finding(Difference.MISSING, kept, {holder.name: _in_full(kept)}, words)


def _past_the_end(holder: _Side, lacking: _Side, log: LogId) -> Iterator[Finding]:
    size = len(lacking.entries[log])
    shown = _shown_reach(lacking, log)
    for kept in holder.entries[log][size:]:
        gone = kept.index < shown
        what = Difference.MISSING if gone else Difference.NOT_EXCHANGED
        why = (
            f"its copy ends at size {size}, yet it holds an entry of the opposite log whose author had seen "
            f"{shown}: missing"
            if gone
            else f"its copy ends at size {size}, its checkpoint reaches no further: not yet exchanged"
        )
        held = f"{_begun(holder.name)} holds {kept.shown} as entry {kept.index} of {log}"
        words = f"{held}; {lacking.name} does not: {why}."
        yield _finding(what, kept, {holder.name: _in_full(kept)}, words)


def _shown_reach(side: _Side, log: LogId) -> int:
    """Give the size of a log that the opposite log, as this side keeps it, says was seen."""
    opposite = LogId(log.reader, log.author)
    if opposite == log:
        return 0
    return max((kept.sees for kept in side.entries.get(opposite, ())), default=0)


def _texts(one: _Side, other: _Side) -> Iterator[Finding]:
    """Find statement ids under which the two records hold different bytes, in whatever logs."""
    for identity in sorted(one.by_id.keys() & other.by_id.keys()):
        mine, yours = one.by_id[identity], other.by_id[identity]
        if {kept.digest for kept in mine} == {kept.digest for kept in yours}:
            continue
        held = {OURS: _variants(mine), THEIRS: _variants(yours)}
        words = (
            f"The statement {identity} has differing texts. {OURS}: {held[OURS]}. {THEIRS}: {held[THEIRS]}. "
            "Both stand; neither is chosen here."
        )
        yield _finding(Difference.TEXT, mine[0], held, words)


def _variants(held: Iterable[Kept]) -> str:
    return "; ".join(sorted({f"{kept.shown}, text hash {kept.digest}" for kept in held}))


def _receipts(one: _Side, other: _Side, shared: Iterable[LogId]) -> Iterator[Finding]:
    """Compare what each record says of the receipts of the statements that both hold."""
    seen: set[str] = set()
    for log in shared:
        theirs = {kept.id for kept in other.entries.get(log, ())}
        for kept in one.entries.get(log, ()):
            if kept.id in seen or kept.id not in theirs:
                continue
            seen.add(kept.id)
            mine, yours = one.receipts.get(kept.id, set()), other.receipts.get(kept.id, set())
            for by in sorted({each.by for each in mine ^ yours}):
                yield _receipt(kept, by, _by(mine, by), _by(yours, by))


def _by(receipts: set[Receipt], party: str) -> str:
    return ", ".join(sorted(each.words for each in receipts if each.by == party))


def _receipt(kept: Kept, by: str, mine: str, yours: str) -> Finding:
    words = (
        f"Receipts differ for {kept.shown} in {kept.log}. Our record, of {by}: {mine or 'no receipt held'}. "
        f"Their record, of {by}: {yours or 'no receipt held'}."
    )
    return _finding(Difference.RECEIPT, kept, {OURS: mine, THEIRS: yours}, words)


def _files(one: _Side, other: _Side, shared: Iterable[LogId]) -> Iterator[Finding]:
    """Find files that a text which both hold names, and that one of the two holds no longer."""
    uneven = one.files ^ other.files
    for log in shared:
        theirs = {kept.digest for kept in other.entries.get(log, ())}
        for kept in one.entries.get(log, ()):
            for name in sorted(uneven.intersection(kept.files())):
                if kept.digest not in theirs:
                    continue
                holder, lacking = (one, other) if name in one.files else (other, one)
                words = (
                    f"{_begun(holder.name)} holds the file {name[:16]}… that {kept.shown} in {kept.log} "
                    f"names; {lacking.name} does not: erased there, or withheld from its export."
                )
                yield _finding(Difference.FILE, kept, {holder.name: name}, words)
