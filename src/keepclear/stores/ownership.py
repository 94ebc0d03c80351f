"""One process per store: an operating-system lock beside the database file.

The kernel lets go of the lock when its holder ends, however it ends, so nobody ever has to remove a stale
lock by hand. The lock file also remembers that a store was made, so that a database which is missing or
emptied is noticed instead of being begun anew.
"""

from __future__ import annotations

import fcntl
import os
from typing import TYPE_CHECKING

from keepclear.stores import refusals

if TYPE_CHECKING:
    from pathlib import Path

_MARK = b"keepclear store\n"
_OWNER_ONLY = 0o600


class Ownership:
    """The right to write one store, held until `release` or the end of the process."""

    def __init__(self, store: Path) -> None:
        """Take the right.

        Raises:
            StoreFault: another process holds it, or the folder cannot be written.
        """
        path = store.with_name(store.name + ".lock")
        try:
            self._file = os.open(path, os.O_RDWR | os.O_CREAT, _OWNER_ONLY)
        except OSError as error:
            raise refusals.file_fault(error, "opening the lock file", str(path)) from error
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            holder = self._holder()
            os.close(self._file)
            raise refusals.held_by_another(str(store), holder) from error
        self.had_store = os.pread(self._file, len(_MARK), 0) == _MARK
        self._note_holder(store)

    def _holder(self) -> str:
        return os.pread(self._file, 64, len(_MARK)).decode("ascii", "replace").strip()

    def _note_holder(self, store: Path) -> None:
        try:
            os.pwrite(self._file, f"process {os.getpid()}".ljust(32).encode() + b"\n", len(_MARK))
        except OSError as error:
            self.release()
            raise refusals.file_fault(error, "writing the lock file of", str(store)) from error

    def remember_store(self, store: Path) -> None:
        """Note for good that the store has been made."""
        try:
            os.pwrite(self._file, _MARK, 0)
            os.fsync(self._file)
            folder = os.open(store.parent, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)
        except OSError as error:
            raise refusals.file_fault(error, "writing the lock file of", str(store)) from error

    def release(self) -> None:
        """Let another process have the store."""
        os.close(self._file)
