"""sigstore-python, written by others, reads our checkpoint and computes our root from our proof."""

from __future__ import annotations

import hashlib

import pytest
from sigstore._internal import merkle
from sigstore._internal.rekor.checkpoint import SignedCheckpoint

from keepclear.record.proof import inclusion_proof
from keepclear.record.tree import leaf_hash, root_of


def root_by_sigstore(entry, index, size, path):
    inner, border = merkle._decomp_inclusion_proof(index, size)
    assert len(path) == inner + border
    node = merkle._chain_inner(merkle._hash_leaf(entry), path[:inner], index)
    return merkle._chain_border_right(node, path[inner:])


def test_sigstore_parses_the_checkpoint_with_its_cosignatures(world):
    made = world.log()
    signed = made.signed(world.rus.mirror, world.monitor.witness)
    read = SignedCheckpoint.from_text(signed.decode())
    assert read.checkpoint.origin == made.origin
    assert read.checkpoint.log_size == 3
    assert read.checkpoint.log_hash == root_of(map(leaf_hash, made.entries())).hex()
    names = [one.name for one in read.signed_note.signatures]
    assert names == [made.origin, "rus.example/mirror", "mon.example/witness"]
    assert read.signed_note.signatures[0].sig_hash == made.key.verifying.hash


@pytest.mark.parametrize("size", [1, 2, 3, 7, 8, 64, 100, 257])
def test_sigstore_computes_the_root_from_every_inclusion_proof(size):
    entries = [hashlib.sha256(number.to_bytes(4, "big")).digest() for number in range(size)]
    leaves = [leaf_hash(entry) for entry in entries]
    root = root_of(leaves)
    for index, entry in enumerate(entries):
        assert root_by_sigstore(entry, index, size, inclusion_proof(leaves, index, size)) == root
