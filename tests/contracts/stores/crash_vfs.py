"""A file system that records what a store does to its files, and the disks that a power cut may leave.

The model: what was synced survives; of what was not, nothing, everything, or any set of 512-byte sectors
does. Making and removing a file are taken as durable at once.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum, auto
from pathlib import Path

import apsw

SECTOR_BYTES = 512


class Act(Enum):
    """What was done to a file; ACKNOWLEDGED marks that a step of the course returned."""

    WRITE = auto()
    TRUNCATE = auto()
    SYNC = auto()
    DELETE = auto()
    ACKNOWLEDGED = auto()


@dataclass(frozen=True)
class Operation:
    """One act: `at` is the offset of a write, or the size that a truncation leaves."""

    act: Act
    name: str = ""
    at: int = 0
    written: bytes = b""


class RecordingVfs(apsw.VFS):
    """Passes everything to the real file system, and keeps a list of what changed files.

    `forgets_sync_of` is the planted defect: syncs of files whose name ends so are not done.
    """

    def __init__(self, name: str, forgets_sync_of: str | None = None) -> None:
        self.operations: list[Operation] = []
        self.forgets_sync_of = forgets_sync_of
        self.name = name
        super().__init__(name, "")

    def xOpen(self, name: object, flags: list[int]) -> apsw.VFSFile:
        return _RecordingFile(self, name, flags)

    def xDelete(self, filename: str, syncdir: bool) -> None:
        super().xDelete(filename, syncdir)
        self.operations.append(Operation(Act.DELETE, Path(filename).name))

    def acknowledge(self) -> None:
        self.operations.append(Operation(Act.ACKNOWLEDGED))


class _RecordingFile(apsw.VFSFile):
    def __init__(self, vfs: RecordingVfs, name: object, flags: list[int]) -> None:
        self._vfs = vfs
        filename = name.filename() if isinstance(name, apsw.URIFilename) else str(name)
        self._name = Path(filename).name
        super().__init__("", name, flags)

    def _note(self, operation: Operation) -> None:
        self._vfs.operations.append(operation)

    def xWrite(self, data: bytes, offset: int) -> None:
        super().xWrite(data, offset)
        self._note(Operation(Act.WRITE, self._name, offset, bytes(data)))

    def xTruncate(self, newsize: int) -> None:
        super().xTruncate(newsize)
        self._note(Operation(Act.TRUNCATE, self._name, newsize))

    def xSync(self, flags: int) -> None:
        ending = self._vfs.forgets_sync_of
        if ending is None or not self._name.endswith(ending):
            self._note(Operation(Act.SYNC, self._name))


@dataclass
class _File:
    synced: bytearray = field(default_factory=bytearray)
    waiting: list[Operation] = field(default_factory=list)

    def nothing_more(self) -> bytes:
        return bytes(self.synced)

    def everything(self) -> bytes:
        kept = bytearray(self.synced)
        for operation in self.waiting:
            _do(kept, operation)
        return bytes(kept)

    def some_sectors(self, dice: random.Random) -> bytes:
        kept = bytearray(self.synced)
        for operation in self.waiting:
            for part in _sectors(operation):
                if dice.random() < 0.5:
                    _do(kept, part)
        return bytes(kept)

    def sync(self) -> None:
        self.synced = bytearray(self.everything())
        self.waiting.clear()


def _do(content: bytearray, operation: Operation) -> None:
    if operation.act is Act.TRUNCATE:
        del content[operation.at :]
        return
    missing = operation.at - len(content)
    if missing > 0:
        content.extend(bytes(missing))
    content[operation.at : operation.at + len(operation.written)] = operation.written


def _sectors(operation: Operation) -> Iterator[Operation]:
    if operation.act is Act.TRUNCATE:
        yield operation
        return
    start, end = operation.at, operation.at + len(operation.written)
    while start < end:
        stop = min(end, (start // SECTOR_BYTES + 1) * SECTOR_BYTES)
        part = operation.written[start - operation.at : stop - operation.at]
        yield Operation(Act.WRITE, operation.name, start, part)
        start = stop


@dataclass(frozen=True)
class CrashState:
    """The files that a power cut left, and how many steps had been acknowledged before it."""

    files: dict[str, bytes]
    acknowledged: int


def crash_states(operations: list[Operation], dice: random.Random, draws: int = 2) -> Iterator[CrashState]:
    """Give the distinct disks that a power cut after each operation may leave."""
    disk: dict[str, _File] = {}
    acknowledged = 0
    seen: set[int] = set()
    for operation in operations:
        if operation.act is Act.ACKNOWLEDGED:
            acknowledged += 1
        else:
            _carry_out(disk, operation)
        for files in _survivors(disk, dice, draws):
            mark = hash((acknowledged, tuple(sorted(files.items()))))
            if mark not in seen:
                seen.add(mark)
                yield CrashState(files, acknowledged)


def _carry_out(disk: dict[str, _File], operation: Operation) -> None:
    if operation.act is Act.DELETE:
        disk.pop(operation.name, None)
        return
    file = disk.setdefault(operation.name, _File())
    if operation.act is Act.SYNC:
        file.sync()
    else:
        file.waiting.append(operation)


def _survivors(disk: dict[str, _File], dice: random.Random, draws: int) -> Iterator[dict[str, bytes]]:
    yield {name: file.nothing_more() for name, file in disk.items()}
    yield {name: file.everything() for name, file in disk.items()}
    if any(file.waiting for file in disk.values()):
        for _ in range(draws):
            yield {name: file.some_sectors(dice) for name, file in disk.items()}
