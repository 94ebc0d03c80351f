"""Tiles: the specification's own examples, strict reading, and proofs from tiles alone."""

from __future__ import annotations

from collections import Counter

import pytest

from keepclear.errors import Malformed
from keepclear.record import tiles
from keepclear.record.proof import LeafHashes, consistency_proof, inclusion_proof
from keepclear.record.tree import Frontier, leaf_hash

LEAVES = [leaf_hash(number.to_bytes(4, "big")) for number in range(66_000)]


def test_tile_number_is_written_in_groups_of_three():
    assert tiles.index_path(1_234_067) == "x001/x234/067"
    assert tiles.index_path(0) == "000"
    assert tiles.index_path(999, 17) == "999.p/17"
    assert tiles.index_path(1000) == "x001/000"


def test_seventy_thousand_entries_lie_as_the_specification_says():
    widths = Counter((place.level, place.width) for place in tiles.places(70_000))
    assert widths == {(0, 256): 273, (0, 112): 1, (1, 256): 1, (1, 17): 1, (2, 1): 1}


def test_tree_of_256_has_a_full_tile_and_one_hash_above_it():
    built = tiles.hash_tiles(LEAVES[:256])
    assert {path: len(tile) for path, tile in built.items()} == {"tile/0/000": 8192, "tile/1/000.p/1": 32}
    assert built["tile/1/000.p/1"] == Frontier().extend(LEAVES[:256]).root()


@pytest.mark.parametrize("size", [1, 255, 256, 257, 511, 513, 65_535, 65_536, 65_537])
def test_tiles_are_those_that_the_layout_lists(size):
    assert set(tiles.hash_tiles(LEAVES[:size])) == {place.path() for place in tiles.places(size)}


@pytest.mark.parametrize("size", [1, 3, 255, 256, 257, 700, 65_537])
def test_frontier_and_proofs_come_from_tiles_alone(size):
    built = tiles.hash_tiles(LEAVES[:size])

    def read(place: tiles.Place) -> bytes:
        return built[place.path()]

    assert tiles.frontier_of(read, size) == Frontier().extend(LEAVES[:size])
    from_tiles, from_leaves = tiles.TileHashes(read, size), LeafHashes(LEAVES[:size])
    for index in {0, size // 3, size - 1}:
        assert inclusion_proof(from_tiles, index, size) == inclusion_proof(from_leaves, index, size)
        old = index + 1
        assert consistency_proof(from_tiles, old, size) == consistency_proof(from_leaves, old, size)


def test_tiles_give_no_subtree_that_is_not_complete():
    built = tiles.hash_tiles(LEAVES[:5])
    with pytest.raises(Malformed):
        tiles.TileHashes(lambda place: built[place.path()], 5)(2, 1)


def test_bundle_is_read_back():
    entries = [b"", b"a", b"x" * 65_535]
    assert tiles.parse_bundle(tiles.bundle(entries), 3) == entries
    assert tiles.bundle([b"ab"]) == b"\x00\x02ab"


def test_entry_beyond_its_two_length_bytes_is_refused():
    with pytest.raises(Malformed, match="65536 bytes"):
        tiles.bundle([b"x" * 65_536])


@pytest.mark.parametrize("raw", [b"", b"\x00", b"\x00\x02a", b"\x00\x01ab", b"\x00\x01a\x00\x00"])
def test_bundle_with_bytes_missing_or_left_is_refused(raw):
    with pytest.raises(Malformed):
        tiles.parse_bundle(raw, 1)


def test_tile_of_another_width_is_refused():
    with pytest.raises(Malformed):
        tiles.parse_tile(b"x" * 64, 3)
    with pytest.raises(Malformed):
        tiles.parse_tile(b"", 0)
