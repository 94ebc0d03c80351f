"""Two histories of one log, or two texts of one statement, proved by their author's own signatures.

A log's head at some size fixes the root of every smaller head. So an author has shown two histories when it
signed one head of size n, and another of size m ≥ n whose tree has a different root over its first n entries,
which a consistency proof (RFC 9162 §2.1.4) shows. Nobody else can make such a pair.

A statement is the same bytes in every log in which it is told. So an author that has signed two texts under
one id has told two readers different things under one name, whichever logs or hands they came by.
"""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from keepclear.errors import KeepclearError, Malformed, ProofRefused
from keepclear.model.statements import Statement, decode, encode, signed_part
from keepclear.model.words import StatementId, owner_of
from keepclear.record import checkpoint, note
from keepclear.record.canonical import canonical
from keepclear.record.checkpoint import Checkpoint
from keepclear.record.proof import consistency_proof, verify_consistency
from keepclear.record.signing import VerifyingKey, decode_base64, encode_base64
from keepclear.record.tree import root_of

SPLIT = "two histories of one log, each signed by its author"
TWO_TEXTS = "two texts of one statement, each signed by its author"


class Evidence(Struct, frozen=True, forbid_unknown_fields=True):
    """Two signed heads of one origin that no honest log could both have signed, self-contained.

    `smaller` and `larger` are signed notes; `root_within` (base64) is the root over the first entries of the
    larger one's tree, at the smaller one's size, and `proof` (base64 hashes) shows that it is.
    """

    origin: str
    key: str
    smaller: str
    larger: str
    root_within: str
    proof: tuple[Annotated[str, Meta(max_length=64)], ...] = ()
    what: str = SPLIT
    v: Annotated[int, Meta(ge=1, le=1)] = 1

    def text(self) -> bytes:
        """Give the file of this evidence."""
        return canonical(self) + b"\n"


class TwoTexts(Struct, frozen=True, forbid_unknown_fields=True):
    """Two statements of one id that their author has signed, self-contained; canonical bytes in base64."""

    author: str
    id: str
    key: str
    first: str
    second: str
    what: str = TWO_TEXTS
    v: Annotated[int, Meta(ge=1, le=1)] = 1

    def text(self) -> bytes:
        """Give the file of this evidence."""
        return canonical(self) + b"\n"


def two_texts(key: VerifyingKey, first: Statement, second: Statement) -> TwoTexts | None:
    """Look whether two statements prove that their author signed two texts under one id; None if not.

    Args:
        key: the key of the author's statements, as it was confirmed.
        first: the text that is held.
        second: the text that came.
    """
    author, identity = first.author.party, first.id
    made = TwoTexts(author, identity, key.vkey, encode_base64(encode(first)), encode_base64(encode(second)))
    try:
        check_texts(made, key)
    except KeepclearError:
        return None
    return made


def check_texts(evidence: TwoTexts, key: VerifyingKey) -> None:
    """Check two texts with nothing but their author's pinned key.

    Raises:
        ProofRefused: they prove nothing: a signature does not hold, or they are one text or of two ids.
        Malformed: one cannot be read.
    """
    raw = [decode_base64(each, "a statement") for each in (evidence.first, evidence.second)]
    texts = [decode(each) for each in raw]
    about = {(text.id, text.author.party, text.author.key) for text in texts}
    whole = all(encode(text) == each for text, each in zip(texts, raw, strict=True))
    owner = owner_of(StatementId(evidence.id))
    if raw[0] == raw[1] or not whole or about != {(evidence.id, evidence.author, key.key_id)}:
        raise _no_texts()
    if evidence.key != key.vkey or owner != evidence.author or evidence.what != TWO_TEXTS:
        raise _no_texts()
    for text in texts:
        key.verify(decode_base64(text.sig, "the signature of a statement"), signed_part(text))


def split(key: VerifyingKey, head: bytes, ours: bytes, leaves: list[bytes]) -> Evidence | None:
    """Look whether a signed head contradicts the log as it is held here; None where it does not.

    Args:
        key: the log's key.
        head: another signed head of the log, of at most as many entries as are held.
        ours: the signed head of all entries that are held.
        leaves: their leaf hashes.

    Raises:
        ProofRefused: a head is not signed by the log's key.
        Malformed: a head cannot be read, or is larger than what is held.
    """
    other, mine = _head(key, head), _head(key, ours)
    if other.size > mine.size or mine.size != len(leaves):
        raise Malformed(
            f"a head of {other.size} entries against {mine.size}", "head-size", "a head of what is held"
        )
    within = root_of(leaves[: other.size])
    if within == other.root:
        return None
    proof = () if other.size in (0, mine.size) else tuple(consistency_proof(leaves, other.size, mine.size))
    return Evidence(
        mine.origin,
        key.vkey,
        _by_log_alone(key, head),
        _by_log_alone(key, ours),
        encode_base64(within),
        tuple(encode_base64(each) for each in proof),
    )


def check(evidence: Evidence, key: VerifyingKey) -> tuple[int, int]:
    """Check evidence with nothing but the log's pinned key; give the sizes of the two heads.

    Raises:
        ProofRefused: it proves nothing: a signature does not hold, or the two heads may be of one history.
        Malformed: it cannot be read.
    """
    smaller, larger = _head(key, evidence.smaller.encode()), _head(key, evidence.larger.encode())
    within = decode_base64(evidence.root_within, "the root within")
    same = smaller.origin == larger.origin == evidence.origin
    if not same or not 0 < smaller.size <= larger.size or within == smaller.root:
        raise _nothing()
    if smaller.size == larger.size:
        if within != larger.root:
            raise _nothing()
    else:
        proof = [decode_base64(each, "a proof") for each in evidence.proof]
        verify_consistency(smaller.size, larger.size, proof, within, larger.root)
    return smaller.size, larger.size


def _by_log_alone(key: VerifyingKey, signed: bytes) -> str:
    """Give a head with its log's signature alone: no other signature proves anything of two histories."""
    parsed = note.parse(signed)
    lines = [line.line() for line in parsed.lines if (line.name, line.hash) == (key.name, key.hash)]
    return f"{parsed.text}\n{''.join(lines)}"


def _nothing() -> ProofRefused:
    return ProofRefused("this evidence", "split-view", "two signed heads that one history cannot both have")


def _no_texts() -> ProofRefused:
    return ProofRefused("this evidence", "two-texts", "two texts of one id, each signed by its author's key")


def _head(key: VerifyingKey, note: bytes) -> Checkpoint:
    return checkpoint.open_checkpoint(note, key).checkpoint
