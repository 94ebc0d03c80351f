"""What is special to the memory store; the rest is in tests/contracts/stores."""

from __future__ import annotations

from keepclear.commands.ports import Batch, LogRow, Store
from keepclear.model.statements import LogId
from keepclear.model.words import PartyId
from keepclear.stores.memory import MemoryStore

OPENING = Batch(logs=(LogRow(LogId(PartyId("a"), PartyId("b")), "node/1", "party"),))


def test_it_is_a_store() -> None:
    store: Store = MemoryStore()
    store.commit(OPENING)
    assert store.logs() == list(OPENING.logs)


def test_two_memory_stores_share_nothing() -> None:
    first, second = MemoryStore(), MemoryStore()
    first.commit(OPENING)
    assert second.logs() == []


def test_lists_that_were_given_out_change_nothing_inside() -> None:
    store = MemoryStore()
    store.commit(OPENING)
    store.logs().clear()
    assert store.logs() == list(OPENING.logs)
