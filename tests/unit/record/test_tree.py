"""The tree against roots that others published, and against its own definition."""

from __future__ import annotations

import time
from hashlib import sha256

import pytest

from keepclear.record.tree import EMPTY_ROOT, Frontier, leaf_hash, node_hash, root_of

# The eight leaves and the roots of their first n, as printed in the tests of certificate-transparency-go.
LEAVES = [
    bytes.fromhex(one)
    for one in (
        "", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"
    )
]  # fmt: skip
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


def test_empty_tree_is_the_hash_of_nothing():
    assert Frontier().root() == EMPTY_ROOT == sha256(b"").digest()


@pytest.mark.parametrize("size", range(1, 9))
def test_root_is_the_published_one(size):
    assert root_of(leaf_hash(one) for one in LEAVES[:size]).hex() == ROOTS[size - 1]


def test_appending_never_changes_the_frontier_it_started_from():
    before = Frontier().extend(leaf_hash(one) for one in LEAVES[:7])
    root = before.root()
    before.append(leaf_hash(LEAVES[7]))
    assert (before.size, before.root()) == (7, root)


def test_a_leaf_can_never_pass_for_a_node():
    left, right = leaf_hash(b"a"), leaf_hash(b"b")
    assert leaf_hash(left + right) != node_hash(left, right)


def test_frontier_keeps_one_hash_per_set_bit_of_its_size():
    frontier = Frontier()
    for size in range(1, 300):
        frontier = frontier.append(leaf_hash(bytes([size % 256])))
        assert len(frontier.peaks) == size.bit_count()


@pytest.mark.soak
def test_two_hundred_thousand_appends_a_second():
    entry, frontier = b"x" * 300, Frontier()
    start = time.perf_counter()
    for _ in range(200_000):
        frontier = frontier.append(leaf_hash(entry))
    assert time.perf_counter() - start < 1.0
