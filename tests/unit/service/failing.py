"""Stores that fail or tarry on demand, at the seam where a disk does."""

from __future__ import annotations

import threading

from keepclear.errors import StoreFault
from keepclear.stores.memory import MemoryStore


class FailingStore(MemoryStore):
    """Keeps everything until told to fail: when writing, when reading, or both."""

    writing_fails = False
    reading_fails = False

    def commit(self, batch):
        if self.writing_fails:
            raise StoreFault("a batch", "disk-full", "free space")
        super().commit(batch)

    def statements(self):
        if self.reading_fails:
            raise StoreFault("the statements", "disk-sound", "another disk")
        return super().statements()


class TarryingStore(FailingStore):
    """Holds each commit until it is let go."""

    def __init__(self) -> None:
        super().__init__()
        self.free = threading.Event()
        self.free.set()
        self.begun = threading.Event()
        self.batches: list[int] = []

    def commit(self, batch):
        self.begun.set()
        assert self.free.wait(10)
        self.batches.append(len(batch.keys))
        super().commit(batch)
