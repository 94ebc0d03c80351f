"""The Merkle tree of RFC 6962 §2.1 over SHA-256, as an append-only frontier.

A `Frontier` keeps only the roots of the complete subtrees, largest first: one per set bit of the size. That
is all that appending needs; proofs are made from leaf hashes or tiles (`proof`).
"""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Iterable

HASH_BYTES = 32
EMPTY_ROOT = sha256(b"").digest()


def leaf_hash(entry: bytes) -> bytes:
    """Hash one log entry as a leaf."""
    return sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash two subtrees into their parent."""
    return sha256(b"\x01" + left + right).digest()


class Frontier(Struct, frozen=True):
    """The right edge of a tree of `size` leaves: the roots of its complete subtrees, largest first."""

    size: int = 0
    peaks: tuple[bytes, ...] = ()

    def append(self, leaf: bytes) -> Frontier:
        """Give the frontier after one more leaf hash."""
        node, peaks, carry = leaf, self.peaks, self.size
        kept = len(peaks)
        while carry & 1:
            kept -= 1
            node = sha256(b"\x01" + peaks[kept] + node).digest()
            carry >>= 1
        return Frontier(self.size + 1, (*peaks[:kept], node))

    def extend(self, leaves: Iterable[bytes]) -> Frontier:
        """Give the frontier after several more leaf hashes, in order."""
        peaks, size = list(self.peaks), self.size
        for leaf in leaves:
            node, carry = leaf, size
            while carry & 1:
                node = sha256(b"\x01" + peaks.pop() + node).digest()
                carry >>= 1
            peaks.append(node)
            size += 1
        return Frontier(size, tuple(peaks))

    def root(self) -> bytes:
        """Give the root hash of the whole tree."""
        if not self.peaks:
            return EMPTY_ROOT
        *rest, root = self.peaks
        for peak in reversed(rest):
            root = node_hash(peak, root)
        return root


def root_of(leaves: Iterable[bytes]) -> bytes:
    """Give the root of the tree over these leaf hashes."""
    return Frontier().extend(leaves).root()
