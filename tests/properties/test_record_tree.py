"""Laws of the tree: appending is rebuilding, every proof holds, every altered proof is refused."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keepclear.errors import KeepclearError, ProofRefused
from keepclear.record import note, proof, tiles
from keepclear.record.tree import EMPTY_ROOT, Frontier, leaf_hash, node_hash, root_of

LEAVES = [leaf_hash(number.to_bytes(4, "big")) for number in range(700)]
ROOTS = [root_of(LEAVES[:size]) for size in range(701)]
READ = proof.LeafHashes(LEAVES)


def defined_root(leaves: list[bytes]) -> bytes:
    """RFC 6962 §2.1, word for word."""
    if len(leaves) < 2:
        return leaves[0] if leaves else hashlib.sha256(b"").digest()
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return node_hash(defined_root(leaves[:split]), defined_root(leaves[split:]))


@given(st.integers(0, 700), st.integers(0, 700))
def test_appending_in_any_two_halves_is_rebuilding(size, cut):
    first, rest = LEAVES[: min(cut, size)], LEAVES[min(cut, size) : size]
    frontier = Frontier().extend(first)
    for leaf in rest:
        frontier = frontier.append(leaf)
    assert frontier == Frontier().extend(LEAVES[:size])
    assert frontier.root() == defined_root(LEAVES[:size])


def test_empty_root_is_the_defined_one():
    assert defined_root([]) == EMPTY_ROOT


sizes = st.integers(1, 700)


@given(sizes, st.data())
def test_any_inclusion_proof_holds_and_any_altered_one_is_refused(size, data):
    index = data.draw(st.integers(0, size - 1))
    path = proof.inclusion_proof(READ, index, size)
    proof.verify_inclusion(LEAVES[index], index, size, path, ROOTS[size])
    altered, leaf, root = data.draw(alterations(path, LEAVES[index], ROOTS[size]))
    with pytest.raises(ProofRefused):
        proof.verify_inclusion(leaf, index, size, altered, root)


@given(sizes, sizes, st.data())
def test_any_consistency_proof_holds_and_any_altered_one_is_refused(one, other, data):
    old, new = sorted((one, other))
    path = proof.consistency_proof(READ, old, new)
    proof.verify_consistency(old, new, path, ROOTS[old], ROOTS[new])
    altered, old_root, new_root = data.draw(alterations(path, ROOTS[old], ROOTS[new]))
    with pytest.raises(ProofRefused):
        proof.verify_consistency(old, new, altered, old_root, new_root)


@st.composite
def alterations(draw, path: list[bytes], first: bytes, second: bytes):
    """One bit flipped, one hash dropped, doubled, added or moved: never the same proof again."""
    hashes = [*path, first, second]
    kind = draw(st.sampled_from(["flip", "drop", "add"] if path else ["flip", "add"]))
    if kind == "flip":
        place, bit = draw(st.integers(0, len(hashes) - 1)), draw(st.integers(0, 255))
        changed = bytearray(hashes[place])
        changed[bit // 8] ^= 1 << bit % 8
        hashes[place] = bytes(changed)
        return hashes[:-2], hashes[-2], hashes[-1]
    place = draw(st.integers(0, len(path) - 1 if kind == "drop" else len(path)))
    if kind == "drop":
        return [*path[:place], *path[place + 1 :]], first, second
    return [*path[:place], draw(st.binary(min_size=32, max_size=32)), *path[place:]], first, second


@given(st.lists(st.binary(max_size=200), max_size=600))
def test_entries_go_through_bundles_unchanged(entries):
    built = tiles.entry_bundles(entries)
    read = [
        entry
        for place in tiles.bundle_places(len(entries))
        for entry in tiles.parse_bundle(built[place.bundle_path()], place.width)
    ]
    assert read == entries


@given(st.binary(max_size=400), st.integers(1, 256))
def test_bytes_at_random_never_break_the_readers(raw, width):
    for read in (
        note.parse,
        proof.parse_log_proof,
        lambda one: tiles.parse_bundle(one, width),
        lambda one: tiles.parse_tile(one, width),
    ):
        try:
            read(raw)
        except KeepclearError:
            continue
