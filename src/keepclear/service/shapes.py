"""The shapes that stand beside the logs of one node: read from its store, each decoded once while in use."""

from __future__ import annotations

from keepclear.commands.ports import Store
from keepclear.geo.shapes import Shape
from keepclear.model.beside import read_shape
from keepclear.record.canonical import salted_hash as hash_of

MAX_KEPT = 64


class ShapesBeside:
    """Gives a shape by its salted hash, for the pictures of a node; holds the ones last decoded."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._kept: dict[str, Shape] = {}

    def __call__(self, salted_hash: str) -> Shape | None:
        """Give the shape, or None where it was erased, never held, or is not what its hash says.

        Raises:
            Malformed: what stands under this hash is no shape.
        """
        kept = self._kept.get(salted_hash)
        if kept is not None:
            return kept
        row = self._store.attachment(salted_hash)
        if row is None or hash_of(row.salt, row.body) != salted_hash:
            return None
        shape = read_shape(row.body)
        while len(self._kept) >= MAX_KEPT:
            self._kept.pop(next(iter(self._kept)))
        self._kept[salted_hash] = shape
        return shape

    def forget(self, salted_hash: str) -> None:
        """Let go of a shape that was erased."""
        self._kept.pop(salted_hash, None)
