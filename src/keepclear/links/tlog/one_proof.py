"""One statement's proof by itself: a tlog-proof text, checked with a policy and the statement, no node.

A log entry is a statement with its index, the time when it was recorded and how much its author had seen.
The index stands in the proof; the other two go along as its `extra` data, which by itself proves nothing:
the entry that they make must have the hash that leads to the signed root.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import Struct

from keepclear.errors import Malformed, ProofRefused
from keepclear.links.tlog.keepclear_verify import same_node
from keepclear.record import checkpoint, note
from keepclear.record.canonical import canonical
from keepclear.record.policy import HOST, READER, WITNESS, Policy
from keepclear.record.proof import LogProof, parse_log_proof

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_STATEMENT_BYTES = 65_535
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_GRADES = {
    1: "signed by its author's log alone",
    2: "cosigned by the reader",
    3: "cosigned by a witness elsewhere",
}


class _Extra(Struct, frozen=True, forbid_unknown_fields=True):
    recorded_at: str
    sees: int


class _StatedBy(Struct, frozen=True):
    party: str
    key: str


class _Statement(Struct, frozen=True):
    id: str
    author: _StatedBy
    stated_at: str


class ProofMark(Struct, frozen=True):
    """A cosignature that holds: whose by the policy, and when by its clock."""

    who: str
    at: datetime


class OneProof(Struct, frozen=True):
    """What a proof shows: where the statement stands, in a log of which size, and who cosigned that.

    `unknown` counts the signatures by keys that the policy does not name; they count for nothing. `own`
    are those in `cosigned` whose key is of the node that writes the log.
    """

    origin: str
    index: int
    size: int
    recorded_at: str
    author: str
    statement: str
    stated_at: str
    grade: int
    cosigned: tuple[ProofMark, ...]
    unknown: int = 0
    own: tuple[str, ...] = ()


def beside_statement(recorded_at: str, sees: int) -> bytes:
    """Give what an entry holds besides its index and statement, as it goes along in a proof."""
    return canonical(_Extra(recorded_at, sees))


def check_proof(text: bytes, statement: bytes, policy: Policy) -> OneProof:
    """Check a proof and the statement that it is of, with keys confirmed by another way.

    Args:
        text: the tlog-proof.
        statement: the statement as JSON in any layout, or the log entry that holds it.
        policy: the confirmed keys; its log lines say which logs count.

    Raises:
        Malformed: the proof or the statement cannot be read.
        ProofRefused: it proves nothing of this statement under these keys.
    """
    proof = parse_log_proof(text)
    extra = _read_extra(proof)
    stated = _statement(statement)
    said = msgspec.convert(stated, type=_Statement)
    origin = checkpoint.parse(note.parse(proof.signed_checkpoint).text).origin
    log_key = next((log.key for log in policy.logs if log.key.name == origin), None)
    if log_key is None:
        raise ProofRefused(
            f"a proof in the log {origin}", "proof-policy", "a policy with a confirmed key of this log"
        )
    entry = canonical(
        {"index": proof.index, "recorded_at": extra.recorded_at, "sees": extra.sees, "statement": stated}
    )
    found = proof.verify(entry, log_key, [one.key for one in policy.witnesses])
    names = {one.key: one.name for one in policy.witnesses}
    marks = tuple(
        ProofMark(names[mark.key], _EPOCH + timedelta(seconds=min(mark.time_s or 0, 2**37)))
        for mark in found.cosigned()
    )
    own = tuple(names[mark.key] for mark in found.cosigned() if same_node(mark.key.name, origin))
    return OneProof(
        origin, proof.index, found.checkpoint.size, extra.recorded_at, said.author.party, said.id,
        said.stated_at, _grade(policy, marks, said.author.party, own), marks,
        len(found.unknown), own,
    )  # fmt: skip


def _grade(policy: Policy, marks: tuple[ProofMark, ...], author: str, own: tuple[str, ...]) -> int:
    worth = {READER: 2, WITNESS: 3, HOST: 1}
    grades = [
        next((grade for role, grade in worth.items() if mark.who.startswith(role)), 1)
        for mark in marks
        if mark.who.partition("/")[2] != author and mark.who not in own
    ]
    return max(grades, default=1) if policy.satisfied({mark.who for mark in marks}) else 1


def _read_extra(proof: LogProof) -> _Extra:
    raw = proof.extra or b""
    try:
        extra = msgspec.json.decode(raw, type=_Extra)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Malformed(
            f"a proof without the time of its entry: {error}", "proof-extra", "one by keepclear proof"
        ) from error
    if canonical(extra) != raw:
        raise Malformed("a proof whose extra data is not canonical", "canonical", "one by keepclear proof")
    return extra


def _statement(raw: bytes) -> dict[str, Any]:
    if len(raw) > 4 * MAX_STATEMENT_BYTES:
        raise Malformed("a statement file", "statement-size", f"at most {4 * MAX_STATEMENT_BYTES} bytes")
    try:
        value = msgspec.json.decode(raw)
        inner = value.get("statement", value) if isinstance(value, dict) else None
        msgspec.convert(inner, type=_Statement)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Malformed(
            f"a statement that cannot be read: {error}", "statement", "the file that keepclear proof wrote"
        ) from error
    return dict(inner)  # type: ignore[arg-type]  # it converted, so it is an object


def report_proof(found: OneProof) -> Iterator[str]:
    """Give what a proof shows as sentences; the last one is the grade."""
    yield (
        f"The statement {found.statement}, which its author {found.author} dates {found.stated_at}, is entry "
        f"{found.index} of the log {found.origin}."
    )
    yield f"Its author's node recorded it at {found.recorded_at}, by its own clock."
    for mark in found.cosigned:
        role, _, name = mark.who.partition("/")
        at = mark.at.strftime("%Y-%m-%dT%H:%M:%SZ")
        held = f"held all entries up to {found.size - 1} at {at} by its clock"
        if mark.who in found.own and role != "host" and name != found.author:
            yield (
                f"The node that writes this log marked it at {at}, by the key that you confirmed as "
                f"{mark.who}: that is its author's own side's word."
            )
        elif role == "host":
            yield f"The host {name} {held}: that is no reader's word."
        elif role == "witness":
            yield f"The witness {name} had seen this tree of {found.size} entries at {at}; it holds none."
        elif name == found.author:
            yield f"{name}'s own node {held}: that is its author's word."
        else:
            yield f"{name}'s own key says that it {held}."
    if found.unknown:
        yield f"{found.unknown} signatures by keys that your policy does not name count for nothing."
    yield "Not shown: that a person read it, that it is true, or the true time."
    yield f"grade: {found.grade} {_GRADES[found.grade]}"
