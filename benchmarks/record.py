"""What the record costs per statement: signing, verifying, hashing and canonical form, beside the bare calls.

The peers do the same arithmetic without names, prefixes or refusals, so a ratio near 1 says that ours adds
little. For canonical form the peer is the C encoder of Python's `json`, which writes the same bytes for this
statement but not for every one (RFC 8785 orders keys and writes numbers differently).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from benchmarks import Row, rate_row
from benchmarks.timing import medians, timed
from keepclear.record.canonical import canonical
from keepclear.record.signing import SigningKey
from keepclear.record.tree import Frontier, leaf_hash

NAME = "record"
REPEATS = 9
SEED = bytes(range(32))
PLAIN = {
    "author": {"key": "coalition+0123abcd", "party": "coalition"},
    "body": {
        "area": {"center": {"lat": 33.51, "lon": 38.98}, "radius_m": 55000, "type": "circle"},
        "effect": "keep-out-requested",
        "kind": "measure",
        "name": "зона 55 км",
        "window": {"start": "2017-05-18T00:00:00Z"},
    },
    "cap": "Actual",
    "id": "coalition.7f3a9c2e51d04b68",
    "remarks": "stated by telephone and again in writing " * 8,
    "said_by": {"party": "coalition", "role": "desk"},
    "stated_at": "2017-05-18T11:20:00Z",
    "subject": "coalition.m.55e0b7",
    "v": 1,
}
ENCODED = canonical(PLAIN)


def run() -> list[Row]:
    return [signing(), verifying(), hashing(), growing(), writing_canonically()]


def compare(
    name: str,
    peer: str,
    rounds: int,
    ours: Callable[[], object],
    theirs: Callable[[], object],
    *,
    equal: bool,
) -> Row:
    seconds = medians(timed(ours, rounds), timed(theirs, rounds), REPEATS)
    return rate_row(name, rounds, peer, "1/s", seconds, equal=equal)


def signing() -> Row:
    ours, theirs = SigningKey.from_seed("coalition", SEED), Ed25519PrivateKey.from_private_bytes(SEED)
    equal = ours.sign(ENCODED) == theirs.sign(ENCODED)
    peer = "cryptography Ed25519"
    return compare(
        "record sign", peer, 2_000, lambda: ours.sign(ENCODED), lambda: theirs.sign(ENCODED), equal=equal
    )


def verifying() -> Row:
    private = Ed25519PrivateKey.from_private_bytes(SEED)
    ours, theirs = SigningKey.from_seed("coalition", SEED).verifying, private.public_key()
    signature = private.sign(ENCODED)
    equal = ours.verify(signature, ENCODED) == theirs.verify(signature, ENCODED)
    return compare(
        "record verify",
        "cryptography Ed25519",
        1_000,
        lambda: ours.verify(signature, ENCODED),
        lambda: theirs.verify(signature, ENCODED),
        equal=equal,
    )


def hashing() -> Row:
    def bare() -> bytes:
        return hashlib.sha256(b"\x00" + ENCODED).digest()

    equal = leaf_hash(ENCODED) == bare()
    return compare(
        "record leaf hash", "hashlib SHA-256", 20_000, lambda: leaf_hash(ENCODED), bare, equal=equal
    )


def growing() -> Row:
    """Append 4,096 leaves to a tree; the peer hashes the tree level by level, all leaves at hand."""
    leaves = [leaf_hash(ENCODED + number.to_bytes(4, "big")) for number in range(4_096)]

    def by_levels() -> bytes:
        level = leaves
        while len(level) > 1:
            pairs = zip(level[::2], level[1::2], strict=True)
            level = [hashlib.sha256(b"\x01" + left + right).digest() for left, right in pairs]
        return level[0]

    def ours() -> bytes:
        return Frontier().extend(leaves).root()

    seconds = medians(timed(ours, 5), timed(by_levels, 5), REPEATS)
    equal = ours() == by_levels()
    return rate_row("record tree append", 5 * len(leaves), "hashlib by levels", "1/s", seconds, equal=equal)


def writing_canonically() -> Row:
    def bare() -> bytes:
        return json.dumps(PLAIN, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()

    equal = canonical(PLAIN) == bare()
    return compare(
        "record canonical", "json.dumps sort_keys", 2_000, lambda: canonical(PLAIN), bare, equal=equal
    )
