"""Evidence of two histories: it checks with the pinned key alone, and nobody else can make it."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from keepclear.errors import KeepclearError, Malformed, ProofRefused
from keepclear.record import note
from keepclear.record.checkpoint import Checkpoint
from keepclear.record.signing import Role, SigningKey, encode_base64
from keepclear.record.tree import EMPTY_ROOT, leaf_hash, root_of
from keepclear.service.exchange.evidence import Evidence, check, split

ORIGIN = "alpha/log"
KEY = SigningKey.derive(ORIGIN, b"\1" * 32, Role.LOG)
OTHER = SigningKey.derive(ORIGIN, b"\2" * 32, Role.LOG)
LEAVES = [leaf_hash(b"%d" % number) for number in range(9)]


def head(leaves: list[bytes], key: SigningKey = KEY, origin: str = ORIGIN) -> bytes:
    return note.sign(Checkpoint(origin, len(leaves), root_of(leaves)).text(), key)


def fork(size: int, at: int) -> list[bytes]:
    return [*LEAVES[:at], *(leaf_hash(b"other %d" % number) for number in range(at, size))]


@pytest.mark.parametrize("larger", range(1, 10))
def test_a_fork_is_proved_at_every_size_and_one_history_never(larger):
    ours = LEAVES[:larger]
    for smaller in range(1, larger + 1):
        assert split(KEY.verifying, head(LEAVES[:smaller]), head(ours), ours) is None
        for at in range(smaller):
            found = split(KEY.verifying, head(fork(smaller, at)), head(ours), ours)
            assert check(found, KEY.verifying) == (smaller, larger)
            again = msgspec.json.decode(found.text(), type=Evidence)
            assert check(again, KEY.verifying) == (smaller, larger)


def evidence(smaller: int = 5, larger: int = 8) -> Evidence:
    found = split(KEY.verifying, head(fork(smaller, 2)), head(LEAVES[:larger]), LEAVES[:larger])
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("what", "changed"),
    [
        ("the same history", {"smaller": head(LEAVES[:5]).decode()}),
        ("another origin", {"origin": "alpha/other"}),
        ("a smaller head by another key", {"smaller": head(fork(5, 2), OTHER).decode()}),
        ("a larger head by another key", {"larger": head(LEAVES[:8], OTHER).decode()}),
        ("a head of another log", {"smaller": head(fork(5, 2), KEY, "alpha/other").decode()}),
        ("the heads the wrong way round", {"smaller": head(LEAVES[:9]).decode()}),
        ("an empty log", {"smaller": note.sign(Checkpoint(ORIGIN, 0, EMPTY_ROOT).text(), KEY).decode()}),
        ("a root that is not within", {"root_within": encode_base64(b"\1" * 32)}),
        ("a root of no length", {"root_within": ""}),
        ("no proof", {"proof": ()}),
        ("no base64", {"proof": ("!",)}),
        ("no note", {"larger": "x"}),
    ],
)
def test_what_proves_nothing_is_refused(what, changed):
    with pytest.raises(KeepclearError):
        check(msgspec.structs.replace(evidence(), **changed), KEY.verifying)


def test_two_heads_of_one_size_need_the_larger_ones_own_root():
    found = evidence(8, 8)
    assert check(found, KEY.verifying) == (8, 8)
    with pytest.raises(ProofRefused):
        check(msgspec.structs.replace(found, root_within=encode_base64(b"\1" * 32)), KEY.verifying)


def test_another_pinned_key_refuses_it():
    with pytest.raises(ProofRefused):
        check(evidence(), OTHER.verifying)


def test_the_key_that_evidence_names_counts_for_nothing():
    found = split(OTHER.verifying, head(fork(5, 2), OTHER), head(LEAVES[:8], OTHER), LEAVES[:8])
    assert found.key == OTHER.vkey
    with pytest.raises(ProofRefused):
        check(found, KEY.verifying)


@given(st.data())
def test_a_changed_sign_never_makes_evidence_against_another_root(data):
    """What is changed is refused, or it proves the same: two heads that the key has signed."""
    raw = bytearray(evidence().text())
    raw[data.draw(st.integers(0, len(raw) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    try:
        found = msgspec.json.decode(bytes(raw), type=Evidence)
        check(found, KEY.verifying)
    except (KeepclearError, msgspec.DecodeError, UnicodeDecodeError):
        return
    whole = evidence()
    assert (found.smaller, found.larger, found.root_within) == (
        whole.smaller,
        whole.larger,
        whole.root_within,
    )


def test_a_head_beyond_what_is_held_cannot_be_judged():
    for ours in (LEAVES[:4], LEAVES[:5]):
        with pytest.raises(Malformed):
            split(KEY.verifying, head(LEAVES[:6]), head(LEAVES[:5]), ours)
    with pytest.raises(Malformed):
        split(KEY.verifying, head(LEAVES[:3]), head(LEAVES[:5]), LEAVES[:4])
