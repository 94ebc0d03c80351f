"""Shapes beside the logs: read once, forgotten when erased, and only as their hash says."""

from __future__ import annotations

import pytest

from keepclear.commands.ports import AttachmentRow, Batch
from keepclear.errors import Malformed
from keepclear.geo.shapes import Path, Point
from keepclear.model.beside import shape_bytes
from keepclear.record.canonical import salted_hash
from keepclear.service.shapes import MAX_KEPT, ShapesBeside
from keepclear.stores.memory import MemoryStore

SALT = bytes(32)


def trace(number: int = 0) -> Path:
    return Path((Point(38.0 + number / 1000, 35.0), Point(39.0, 35.5)))


def put(store: MemoryStore, body: bytes, name: str | None = None) -> str:
    named = name or salted_hash(SALT, body)
    store.commit(Batch(attachments=(AttachmentRow(named, SALT, body),)))
    return named


def test_a_shape_is_given_as_one_object_until_it_is_erased():
    store = MemoryStore()
    shapes = ShapesBeside(store)
    name = put(store, shape_bytes(trace()))
    assert shapes(name) == trace()
    assert shapes(name) is shapes(name)
    assert store.erase_attachment(name)
    shapes.forget(name)
    assert shapes(name) is None
    assert shapes("0" * 64) is None


def test_one_changed_byte_of_what_is_kept_makes_it_a_shape_that_is_not_held():
    store = MemoryStore()
    body = shape_bytes(trace())
    changed = body.replace(b"35.5", b"35.6")
    assert changed != body
    assert ShapesBeside(store)(put(store, changed, salted_hash(SALT, body))) is None


def test_what_is_no_shape_says_so():
    store = MemoryStore()
    with pytest.raises(Malformed):
        ShapesBeside(store)(put(store, b'{"shape":"blot"}'))


def test_more_shapes_than_are_kept_are_still_given():
    store = MemoryStore()
    shapes = ShapesBeside(store)
    names = [put(store, shape_bytes(trace(number))) for number in range(MAX_KEPT + 2)]
    assert [shapes(name) for name in names] == [trace(number) for number in range(MAX_KEPT + 2)]
    assert shapes(names[0]) == trace(0)
    assert len(shapes._kept) == MAX_KEPT
