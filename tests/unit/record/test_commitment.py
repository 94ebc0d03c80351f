"""The tree of a commitment: what is in it can be shown, what is not cannot."""

from __future__ import annotations

from hashlib import sha256

import pytest
from msgspec.structs import replace

from keepclear.errors import Malformed, ProofRefused
from keepclear.record.commitment import LEAVES, check_opening, commitment_root, open_digest

SEED = b"s" * 32


def digests(count):
    return [sha256(b"%d" % number).digest() for number in range(count)]


@pytest.mark.parametrize("count", [1, 2, 700, LEAVES])
def test_every_digest_opens_and_no_other_does(count):
    held = digests(count)
    root = commitment_root(SEED, held)
    for digest in (held[0], held[-1]):
        check_opening(root, digest, open_digest(SEED, held, digest))
    found = open_digest(SEED, held, held[0])
    with pytest.raises(ProofRefused):
        check_opening(root, sha256(b"another").digest(), found)


def test_a_changed_salt_place_path_or_root_does_not_hold():
    held = digests(3)
    root, found = commitment_root(SEED, held), open_digest(SEED, held, held[1])
    for changed in (
        replace(found, salt=b"x" * 32),
        replace(found, salt=b""),
        replace(found, place=(found.place + 1) % LEAVES),
        replace(found, path=(*found.path[:-1], b"x" * 32)),
        replace(found, path=found.path[:-1]),
    ):
        with pytest.raises(ProofRefused):
            check_opening(root, held[1], changed)
    with pytest.raises(ProofRefused):
        check_opening(commitment_root(b"t" * 32, held), held[1], found)


def test_places_are_those_of_the_seed_and_not_in_order():
    held = digests(40)
    places = [open_digest(SEED, held, one).place for one in held]
    assert len(set(places)) == len(places)
    assert places != sorted(places)
    assert places != [open_digest(b"t" * 32, held, one).place for one in held]


def test_an_empty_tree_has_a_root_of_its_own_for_every_seed():
    assert commitment_root(SEED, []) != commitment_root(b"t" * 32, [])


@pytest.mark.parametrize(("seed", "held"), [(SEED, digests(LEAVES + 1)), (b"short", []), (SEED, [b"short"])])
def test_what_does_not_fit_is_refused(seed, held):
    with pytest.raises(Malformed):
        commitment_root(seed, held)


def test_a_digest_that_is_not_committed_cannot_be_opened():
    with pytest.raises(Malformed):
        open_digest(SEED, digests(2), sha256(b"another").digest())
