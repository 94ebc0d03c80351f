"""Inclusion and consistency proofs of RFC 6962 §2.1, and the tlog-proof text of c2sp.org/tlog-proof@v1.

Proofs are made from a `HashReader`, which gives the root of a complete subtree: `LeafHashes` reads from
leaf hashes, `tiles.TileHashes` from tiles. Verification follows RFC 9162 §2.1.3.2 and §2.1.4.2 and closes
three laxities that its plain reading leaves open: leaf and root must be 32 bytes long in an inclusion proof,
nothing is proved from size 0, and a size is never taken from the proof itself.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from msgspec import Struct

from keepclear.errors import Malformed, ProofRefused
from keepclear.record import checkpoint, note
from keepclear.record.signing import decode_base64, encode_base64
from keepclear.record.tree import HASH_BYTES, leaf_hash, node_hash

if TYPE_CHECKING:
    from collections.abc import Iterable

    from keepclear.record.signing import VerifyingKey

HashReader = Callable[[int, int], bytes]
"""Gives the root of the complete subtree of `2**level` leaves that is number `index` at its level."""

MAX_PROOF_HASHES = 63
_HEADER = "c2sp.org/tlog-proof@v1"
_INDEX = re.compile(r"index (0|[1-9][0-9]{0,18})")


class LeafHashes:
    """Reads subtree roots from leaf hashes and keeps each level that it had to compute."""

    def __init__(self, leaves: Sequence[bytes]) -> None:
        self._levels: list[Sequence[bytes]] = [leaves]

    def __call__(self, level: int, index: int) -> bytes:
        """Give the root of one complete subtree."""
        while len(self._levels) <= level:
            below = self._levels[-1]
            pairs = range(0, len(below) - 1, 2)
            self._levels.append([node_hash(below[place], below[place + 1]) for place in pairs])
        return self._levels[level][index]


def _reader(hashes: Sequence[bytes] | HashReader) -> HashReader:
    return hashes if callable(hashes) else LeafHashes(hashes)


def _split(count: int) -> int:
    """Give the largest power of two below `count`."""
    return 1 << ((count - 1).bit_length() - 1)


def range_root(hashes: HashReader, start: int, end: int) -> bytes:
    """Give the root over the leaves `[start, end)`, where `start` begins a subtree at least that large."""
    count = end - start
    level = count.bit_length() - 1
    if count == 1 << level:
        return hashes(level, start >> level)
    middle = start + _split(count)
    return node_hash(range_root(hashes, start, middle), range_root(hashes, middle, end))


def inclusion_proof(hashes: Sequence[bytes] | HashReader, index: int, size: int) -> list[bytes]:
    """Prove that the leaf at `index` is in the tree of the first `size` leaves.

    Raises:
        Malformed: the index is not below the size.
    """
    if not 0 <= index < size:
        raise Malformed(
            f"a proof of entry {index} in a log of {size}", "proof-index", "an index below the size"
        )
    read = _reader(hashes)
    start, end, path = 0, size, list[bytes]()
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            path.append(range_root(read, middle, end))
            end = middle
        else:
            path.append(range_root(read, start, middle))
            start = middle
    return path[::-1]


def consistency_proof(hashes: Sequence[bytes] | HashReader, old: int, new: int) -> list[bytes]:
    """Prove that the tree of the first `new` leaves begins with the tree of the first `old`.

    Raises:
        Malformed: the old size is 0 or above the new.
    """
    if not 0 < old <= new:
        raise Malformed(f"a proof from size {old} to {new}", "proof-sizes", "0 < old <= new")
    read = _reader(hashes)
    start, end, path = 0, new, list[bytes]()
    while old != end:
        middle = start + _split(end - start)
        if old <= middle:
            path.append(range_root(read, middle, end))
            end = middle
        else:
            path.append(range_root(read, start, middle))
            start = middle
    if start:
        path.append(range_root(read, start, end))
    return path[::-1]


def verify_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> None:
    """Check that a leaf hash stands at `index` in the tree of `size` leaves with this root.

    Raises:
        ProofRefused: it does not, or a hash has a wrong length.
    """
    _check_lengths("an inclusion proof", (leaf, root, *proof))
    if not 0 <= index < size:
        raise ProofRefused(f"entry {index} in a log of {size}", "inclusion", "an index below the size")
    place, last, node = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            raise ProofRefused("an inclusion proof that is too long", "inclusion", "one hash per level")
        if place & 1 or place == last:
            node = node_hash(sibling, node)
            while place and not place & 1:
                place, last = place >> 1, last >> 1
        else:
            node = node_hash(node, sibling)
        place, last = place >> 1, last >> 1
    if last or node != root:
        raise ProofRefused(
            f"entry {index} is not in the log of size {size} under this root",
            "inclusion",
            f"a proof that leads to {root.hex()}; this one leads to {node.hex()}",
        )


def verify_consistency(old: int, new: int, proof: Sequence[bytes], old_root: bytes, new_root: bytes) -> None:
    """Check that the tree of `new` leaves begins with the tree of `old` leaves.

    The roots' length is the concern of whoever read them (`checkpoint.parse`): equal sizes compare roots.

    Raises:
        ProofRefused: it does not; or the old size is 0, from which everything would follow.
    """
    if not 0 < old <= new:
        raise ProofRefused(f"consistency from size {old} to {new}", "consistency", "0 < old <= new")
    if old == new:
        if proof or old_root != new_root:
            raise ProofRefused(f"two trees of size {old}", "consistency", "equal roots and an empty proof")
        return
    _check_lengths("a consistency proof", proof)
    path = list(proof) if old & (old - 1) else [old_root, *proof]
    seen_old, seen_new = _climb(old - 1, new - 1, path)
    if seen_old != old_root or seen_new != new_root:
        wrong = old if seen_old != old_root else new
        raise ProofRefused(
            f"the log of size {new} does not begin with the log of size {old}: root {wrong} differs",
            "consistency",
            "a proof that leads to both roots",
        )


def _climb(place: int, last: int, path: Sequence[bytes]) -> tuple[bytes, bytes]:
    """Compute the old and the new root that a consistency path leads to (RFC 9162 §2.1.4.2)."""
    if not path:
        raise ProofRefused("a consistency proof that is empty", "consistency", "one hash per level")
    while place & 1:
        place, last = place >> 1, last >> 1
    seen_old = seen_new = path[0]
    for sibling in path[1:]:
        if last == 0:
            raise ProofRefused("a consistency proof that is too long", "consistency", "one hash per level")
        if place & 1 or place == last:
            seen_old, seen_new = node_hash(sibling, seen_old), node_hash(sibling, seen_new)
            while place and not place & 1:
                place, last = place >> 1, last >> 1
        else:
            seen_new = node_hash(seen_new, sibling)
        place, last = place >> 1, last >> 1
    if last:
        raise ProofRefused("a consistency proof that is too short", "consistency", "one hash per level")
    return seen_old, seen_new


def _check_lengths(what: str, hashes: Iterable[bytes]) -> None:
    for one in hashes:
        if len(one) != HASH_BYTES:
            raise ProofRefused(
                f"{what} with a hash of {len(one)} bytes", "hash-length", f"{HASH_BYTES} bytes"
            )


class LogProof(Struct, frozen=True):
    """A self-contained proof that an entry stands in a log; `extra` is carried and proves nothing."""

    index: int
    path: tuple[bytes, ...]
    signed_checkpoint: bytes
    extra: bytes | None = None

    def encode(self) -> bytes:
        """Write the proof as text, short enough for a QR code."""
        lines = [_HEADER]
        if self.extra is not None:
            lines.append(f"extra {encode_base64(self.extra)}")
        lines += [f"index {self.index}", *(encode_base64(one) for one in self.path), "", ""]
        return "\n".join(lines).encode() + self.signed_checkpoint

    def verify(
        self, entry: bytes, log_key: VerifyingKey, cosigners: Iterable[VerifyingKey] = ()
    ) -> checkpoint.SignedCheckpoint:
        """Check that this entry is in the log, and give the checkpoint with what holds of its signatures.

        Raises:
            ProofRefused: the checkpoint is not signed by its log, a known signature fails, or the entry is
                not where the proof says.
        """
        head = checkpoint.open_checkpoint(self.signed_checkpoint, log_key, cosigners)
        found = head.checkpoint
        verify_inclusion(leaf_hash(entry), self.index, found.size, self.path, found.root)
        return head


def parse_log_proof(text: bytes) -> LogProof:
    """Read a tlog-proof text; nothing in it is checked against a key or an entry yet.

    Raises:
        Malformed: it is not in the one form that `LogProof.encode` writes.
    """
    head, blank, signed = text.partition(b"\n\n")
    if not blank or len(text) > note.MAX_NOTE_BYTES:
        raise Malformed("bytes that are no tlog-proof", "tlog-proof", "header, index, hashes, checkpoint")
    try:
        lines = head.decode("ascii").split("\n")
    except UnicodeDecodeError as error:
        raise Malformed("a tlog-proof that is not ASCII", "tlog-proof", "header, index, hashes") from error
    if lines.pop(0) != _HEADER:
        raise Malformed("a proof of another kind", "tlog-proof", f'a first line "{_HEADER}"')
    extra = None
    if lines and lines[0].startswith("extra "):
        extra = decode_base64(lines.pop(0)[6:], "the extra data")
    index = _INDEX.fullmatch(lines.pop(0)) if lines else None
    if index is None or len(lines) > MAX_PROOF_HASHES:
        raise Malformed(
            "a tlog-proof without its index", "tlog-proof", f"index, <= {MAX_PROOF_HASHES} hashes"
        )
    path = tuple(decode_base64(line, "a hash of the proof") for line in lines)
    if any(len(one) != HASH_BYTES for one in path):
        raise Malformed("a tlog-proof with a short hash", "tlog-proof", f"hashes of {HASH_BYTES} bytes")
    checkpoint.parse(note.parse(signed).text)
    return LogProof(int(index[1]), path, signed, extra)
