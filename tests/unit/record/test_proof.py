"""Proofs: every one of small trees, the three laxities, and the tlog-proof text."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from keepclear.errors import Malformed, ProofRefused
from keepclear.record import cosign, note
from keepclear.record.checkpoint import Checkpoint
from keepclear.record.proof import (
    LeafHashes,
    LogProof,
    consistency_proof,
    inclusion_proof,
    parse_log_proof,
    verify_consistency,
    verify_inclusion,
)
from keepclear.record.signing import Role, SigningKey
from keepclear.record.tree import EMPTY_ROOT, leaf_hash, root_of

ENTRIES = [f"entry {number}".encode() for number in range(70)]
LEAVES = [leaf_hash(entry) for entry in ENTRIES]
ROOTS = [root_of(LEAVES[:size]) for size in range(71)]
LOG = SigningKey.derive("a.example/log", b"a" * 32, Role.LOG)
MIRROR = SigningKey.derive("b.example/mirror", b"b" * 32, Role.MIRROR)
WITNESS = SigningKey.derive("w.example/witness", b"c" * 32, Role.WITNESS)


def test_every_entry_of_every_size_is_proved():
    for size in range(1, 71):
        read = LeafHashes(LEAVES[:size])
        for index in range(size):
            verify_inclusion(LEAVES[index], index, size, inclusion_proof(read, index, size), ROOTS[size])


def test_every_pair_of_sizes_is_proved_consistent():
    read = LeafHashes(LEAVES)
    for new in range(1, 71):
        for old in range(1, new + 1):
            verify_consistency(old, new, consistency_proof(read, old, new), ROOTS[old], ROOTS[new])


def test_entry_is_not_proved_at_another_index_or_size():
    path = inclusion_proof(LEAVES, 5, 11)
    for index, size in ((4, 11), (6, 11), (5, 8), (5, 22), (11, 11), (-1, 11)):
        with pytest.raises(ProofRefused):
            verify_inclusion(LEAVES[5], index, size, path, ROOTS[11])


def test_rewritten_history_is_not_consistent():
    other = [leaf_hash(b"rewritten"), *LEAVES[1:20]]
    with pytest.raises(ProofRefused, match="root 7 differs"):
        verify_consistency(7, 20, consistency_proof(other, 7, 20), ROOTS[7], root_of(other))


def test_nothing_is_proved_from_size_zero():
    with pytest.raises(ProofRefused):
        verify_consistency(0, 5, [], EMPTY_ROOT, ROOTS[5])
    with pytest.raises(ProofRefused):
        verify_consistency(0, 0, [], b"garbage", b"other garbage")


def test_empty_root_and_leaf_prove_nothing():
    with pytest.raises(ProofRefused, match="hash of 0 bytes"):
        verify_inclusion(b"", 0, 1, [], b"")


def test_short_hash_in_a_proof_is_refused():
    path = inclusion_proof(LEAVES, 3, 8)
    with pytest.raises(ProofRefused):
        verify_inclusion(LEAVES[3], 3, 8, [path[0][:31], *path[1:]], ROOTS[8])


def test_making_a_proof_outside_the_log_is_refused():
    with pytest.raises(Malformed):
        inclusion_proof(LEAVES, 8, 8)
    with pytest.raises(Malformed):
        consistency_proof(LEAVES, 0, 8)


@pytest.fixture
def log_proof() -> LogProof:
    text = Checkpoint("a.example/log", 70, ROOTS[70]).text()
    at = datetime(2018, 2, 7, 20, tzinfo=UTC)
    signed = note.add_lines(
        note.sign(text, LOG), cosign.cosign(text, MIRROR, at), cosign.cosign(text, WITNESS, at)
    )
    return LogProof(41, tuple(inclusion_proof(LEAVES, 41, 70)), signed)


def test_proof_text_is_read_back_and_holds_offline(log_proof):
    read = parse_log_proof(log_proof.encode())
    assert read == log_proof
    head = read.verify(ENTRIES[41], LOG.verifying, [MIRROR.verifying, WITNESS.verifying])
    assert [mark.key.name for mark in head.cosigned()] == ["b.example/mirror", "w.example/witness"]


def test_proof_text_with_two_cosignatures_fits_a_qr_code(log_proof):
    assert len(log_proof.encode()) < 1248


def test_proof_text_of_another_entry_is_refused(log_proof):
    with pytest.raises(ProofRefused):
        log_proof.verify(ENTRIES[40], LOG.verifying)


def test_proof_text_carries_extra_data():
    text = LogProof(0, (), note.sign(Checkpoint("a.example/log", 1, ROOTS[1]).text(), LOG), b"salt").encode()
    assert text.startswith(b"c2sp.org/tlog-proof@v1\nextra c2FsdA==\nindex 0\n\na.example/log\n1\n")
    assert parse_log_proof(text).extra == b"salt"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"@v1", b"@v2"),
        (b"index 41", b"index 041"),
        (b"index 41", b"index -1"),
        (b"index 41\n", b""),
        (b"index 41\n", b"index 41\nQUJD\n"),
    ],
)
def test_proof_text_in_any_other_form_is_refused(log_proof, old, new):
    text = log_proof.encode()
    assert old in text
    with pytest.raises(Malformed):
        parse_log_proof(text.replace(old, new, 1))
