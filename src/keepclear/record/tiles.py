"""Hash tiles and entry bundles as in c2sp.org/tlog-tiles: a log as a finite set of small files.

A full tile holds 256 hashes; the rightmost of each level may be partial and says its width in its path.
An entry bundle holds the entries of one level-0 tile, each after its length as two bytes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from keepclear.errors import Malformed
from keepclear.record.tree import HASH_BYTES, Frontier, node_hash, root_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

TILE_WIDTH = 256
TILE_HEIGHT = 8
MAX_ENTRY_BYTES = 65_535
_LENGTH_BYTES = 2
_GROUP = 1000


class Place(Struct, frozen=True, order=True):
    """Where a tile lies: level, number within the level, and how many hashes it holds (1 to 256)."""

    level: int
    index: int
    width: int

    def path(self) -> str:
        """Give the path of the hash tile, such as `tile/0/x001/234` or `tile/1/000.p/17`."""
        return f"tile/{self.level}/{index_path(self.index, self.width)}"

    def bundle_path(self) -> str:
        """Give the path of the entry bundle that belongs to a tile of level 0."""
        return f"tile/entries/{index_path(self.index, self.width)}"


def index_path(index: int, width: int = TILE_WIDTH) -> str:
    """Write a tile number in groups of three digits, all but the last after an x, then the partial width."""
    groups = [f"{index % _GROUP:03d}"]
    while index >= _GROUP:
        index //= _GROUP
        groups.insert(0, f"x{index % _GROUP:03d}")
    partial = f".p/{width}" if width != TILE_WIDTH else ""
    return "/".join(groups) + partial


def places(size: int) -> Iterator[Place]:
    """List the tiles of a tree of `size` leaves, level by level; those of level 0 have bundles too."""
    level = 0
    while size:
        full, rest = divmod(size, TILE_WIDTH)
        yield from (Place(level, index, TILE_WIDTH) for index in range(full))
        if rest:
            yield Place(level, full, rest)
        size, level = full, level + 1


def bundle_places(size: int) -> Iterator[Place]:
    """List the level-0 places of a tree of `size` leaves."""
    full, rest = divmod(size, TILE_WIDTH)
    yield from (Place(0, index, TILE_WIDTH) for index in range(full))
    if rest:
        yield Place(0, full, rest)


def hash_tiles(leaves: Sequence[bytes]) -> dict[str, bytes]:
    """Build every hash tile of the tree over these leaf hashes, by path."""
    tiles: dict[str, bytes] = {}
    level, row = 0, list(leaves)
    while row:
        above: list[bytes] = []
        for start in range(0, len(row), TILE_WIDTH):
            hashes = row[start : start + TILE_WIDTH]
            tiles[Place(level, start // TILE_WIDTH, len(hashes)).path()] = b"".join(hashes)
            if len(hashes) == TILE_WIDTH:
                above.append(root_of(hashes))
        level, row = level + 1, above
    return tiles


def bundle(entries: Sequence[bytes]) -> bytes:
    """Write up to 256 entries as one bundle.

    Raises:
        Malformed: an entry is longer than its two length bytes can say, or there are too many.
    """
    if not 0 < len(entries) <= TILE_WIDTH:
        raise Malformed(f"a bundle of {len(entries)} entries", "bundle-width", f"1 to {TILE_WIDTH} entries")
    for entry in entries:
        if len(entry) > MAX_ENTRY_BYTES:
            raise Malformed(
                f"an entry of {len(entry)} bytes",
                "entry-size",
                f"at most {MAX_ENTRY_BYTES} bytes; larger bodies stand beside the log",
            )
    return b"".join(len(entry).to_bytes(_LENGTH_BYTES, "big") + entry for entry in entries)


def entry_bundles(entries: Sequence[bytes]) -> dict[str, bytes]:
    """Build every entry bundle of a log, by path."""
    return {
        place.bundle_path(): bundle(entries[place.index * TILE_WIDTH :][: place.width])
        for place in bundle_places(len(entries))
    }


def parse_tile(tile: bytes, width: int) -> list[bytes]:
    """Read a hash tile that must hold exactly `width` hashes.

    Raises:
        Malformed: it does not.
    """
    if not 0 < width <= TILE_WIDTH or len(tile) != width * HASH_BYTES:
        raise Malformed(
            f"a tile of {len(tile)} bytes for {width} hashes", "tile-width", f"{width * HASH_BYTES} bytes"
        )
    return [tile[start : start + HASH_BYTES] for start in range(0, len(tile), HASH_BYTES)]


def parse_bundle(raw: bytes, width: int) -> list[bytes]:
    """Read an entry bundle that must hold exactly `width` entries and nothing after them.

    Raises:
        Malformed: it ends early, or bytes are left over.
    """
    entries: list[bytes] = []
    start = 0
    for number in range(width):
        begin = start + _LENGTH_BYTES
        start = begin + int.from_bytes(raw[start:begin], "big")
        if begin > len(raw) or start > len(raw):
            raise Malformed(f"a bundle that ends inside entry {number}", "bundle", f"{width} whole entries")
        entries.append(raw[begin:start])
    if start != len(raw):
        raise Malformed(
            f"a bundle with {len(raw) - start} bytes after its entries", "bundle", "no more bytes"
        )
    return entries


class TileHashes:
    """Reads subtree roots for proofs from tiles; `tile` gives the bytes of one tile by its place."""

    def __init__(self, tile: Callable[[Place], bytes], size: int) -> None:
        self._tile = tile
        self._size = size

    def __call__(self, level: int, index: int) -> bytes:
        """Give the root of one complete subtree.

        Raises:
            Malformed: the subtree is not complete in a tree of this size, or its tile is broken.
        """
        tile_level, height = divmod(level, TILE_HEIGHT)
        first = index << height
        number, offset = divmod(first, TILE_WIDTH)
        row = self._size >> (TILE_HEIGHT * tile_level)
        width = min(TILE_WIDTH, row - number * TILE_WIDTH)
        count = 1 << height
        if offset + count > width:
            raise Malformed(
                f"subtree {index} of level {level} in a tree of {self._size}", "tile", "a complete subtree"
            )
        hashes = parse_tile(self._tile(Place(tile_level, number, width)), width)[offset : offset + count]
        while len(hashes) > 1:
            pairs = range(0, len(hashes), 2)
            hashes = [node_hash(hashes[place], hashes[place + 1]) for place in pairs]
        return hashes[0]


def frontier_of(tile: Callable[[Place], bytes], size: int) -> Frontier:
    """Read the frontier of a tree of `size` leaves from its tiles alone.

    Raises:
        Malformed: a tile is broken.
    """
    hashes = TileHashes(tile, size)
    peaks: list[bytes] = []
    start = 0
    for level in reversed(range(size.bit_length())):
        if size >> level & 1:
            peaks.append(hashes(level, start >> level))
            start += 1 << level
    return Frontier(size, tuple(peaks))
