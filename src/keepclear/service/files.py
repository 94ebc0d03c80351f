"""Small files that are kept whole or not at all, whatever happens while they are written.

What a node must not lose beside its record (keys, peers, evidence, receipts) is written beside the old file,
synced, put in its place in one step, and the folder synced: only then does the writer go on. A crash at any
point leaves the old file or the new one, and after the return the new one alone (trust.md §2).
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import Final

from keepclear.errors import StoreFault

FRESH: Final = ".new"
"""The ending of a file that is being written; one that is found was never finished and counts for nothing."""

_ONLY_OURS: Final = 0o600
_PASSES: Final = "a folder that can be written, on a disk with room"


def keep(path: Path, content: bytes, rule: str, passes: str = _PASSES) -> None:
    """Write a file durably, in the place of the one before; only its owner can read it.

    Args:
        path: the file.
        content: all of it.
        rule: the rule that a fault is named by.
        passes: what would pass, for the words of the fault.

    Raises:
        StoreFault: the disk refused; what stood there before stands there still.
    """
    fresh = path.with_name(f"{path.name}{FRESH}")
    try:
        with suppress(FileNotFoundError):
            os.unlink(fresh)
        _write(fresh, content)
        os.replace(fresh, path)
        sync_folder(path.parent)
    except OSError as error:
        raise StoreFault(f"writing {path}: {error}", rule, passes) from error


def keep_new(path: Path, content: bytes) -> None:
    """Write a file that must not be there yet, durably; only its owner can read it.

    Raises:
        FileExistsError: it is there.
        OSError: the disk refused; nothing is left of it.
    """
    _write(path, content)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make durable what a folder's files are called.

    Raises:
        OSError: the disk refused.
    """
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _write(path: Path, content: bytes) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _ONLY_OURS)
    try:
        try:
            left = memoryview(content)
            while left:  # a full disk takes a part, and says so only at the next one
                left = left[os.write(handle, left) :]
            os.fsync(handle)
        finally:
            os.close(handle)
    except BaseException:
        os.unlink(path)
        raise
