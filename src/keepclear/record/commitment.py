"""The tree of an hourly commitment: 1,024 leaves, whose places and salts come from one secret seed.

A leaf that is used is the hash of a salt and of a statement's digest; every other leaf is a keyed hash of the
seed. Without the seed they look alike, so that neither the root nor a path tells how many are used.
"""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from typing import Final

from msgspec import Struct

from keepclear.errors import Malformed, ProofRefused
from keepclear.record.proof import inclusion_proof, verify_inclusion
from keepclear.record.tree import HASH_BYTES, leaf_hash, root_of

LEAVES: Final = 1_024
SEED_BYTES: Final = 32
_PREFIX: Final = b"keepclear-commitment/v1\n"


class Opening(Struct, frozen=True):
    """What leads from one digest to the root: its place, its salt (32 bytes) and the sibling hashes."""

    place: int
    salt: bytes
    path: tuple[bytes, ...]


def commitment_root(seed: bytes, digests: Sequence[bytes]) -> bytes:
    """Give the root over these digests (32 bytes each) at the places that the seed gives them.

    Raises:
        Malformed: more digests than leaves, or a seed or digest of another length.
    """
    return root_of(_leaves(seed, digests))


def open_digest(seed: bytes, digests: Sequence[bytes], digest: bytes) -> Opening:
    """Give what leads from one of the digests to the root.

    Raises:
        Malformed: it is none of them, or see `commitment_root`.
    """
    leaves = _leaves(seed, digests)
    if digest not in digests:
        raise Malformed("opening a digest that is not committed", "commitment-leaf", "one that is")
    place = _places(seed)[digests.index(digest)]
    return Opening(place, _salt(seed, place), tuple(inclusion_proof(leaves, place, LEAVES)))


def check_opening(root: bytes, digest: bytes, opening: Opening) -> None:
    """Check that a digest stood under a root.

    Raises:
        ProofRefused: it did not, or the salt is not 32 bytes.
    """
    if len(opening.salt) != HASH_BYTES:
        raise ProofRefused(f"a salt of {len(opening.salt)} bytes", "commitment-salt", f"{HASH_BYTES} bytes")
    leaf = leaf_hash(_PREFIX + opening.salt + digest)
    verify_inclusion(leaf, opening.place, LEAVES, opening.path, root)


def _leaves(seed: bytes, digests: Sequence[bytes]) -> list[bytes]:
    if len(seed) != SEED_BYTES or len(digests) > LEAVES or any(len(one) != HASH_BYTES for one in digests):
        raise Malformed(
            f"a commitment to {len(digests)} digests",
            "commitment-size",
            f"at most {LEAVES} digests of {HASH_BYTES} bytes, and a seed of {SEED_BYTES}",
        )
    places = _places(seed)
    leaves = [_keyed(seed, b"pad", place) for place in range(LEAVES)]
    for place, digest in zip(places, digests, strict=False):
        leaves[place] = leaf_hash(_PREFIX + _salt(seed, place) + digest)
    return leaves


def _places(seed: bytes) -> list[int]:
    """Give all places in an order that only the seed tells."""
    return sorted(range(LEAVES), key=lambda place: _keyed(seed, b"place", place))


def _salt(seed: bytes, place: int) -> bytes:
    return _keyed(seed, b"salt", place)


def _keyed(seed: bytes, what: bytes, place: int) -> bytes:
    return hmac.digest(seed, _PREFIX + what + b"/%d" % place, "sha256")
