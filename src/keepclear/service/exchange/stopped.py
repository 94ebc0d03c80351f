"""Logs that are stopped because a second history of them was shown: what proves it, kept in files."""

from __future__ import annotations

import os
from hashlib import sha256
from pathlib import Path

import msgspec
from msgspec import Struct

from keepclear.errors import StoreFault
from keepclear.service.exchange.evidence import Evidence


class Stopped(Struct, frozen=True, forbid_unknown_fields=True):
    """One log that takes nothing more: whose head stopped it, when, and the proof, where there is one.

    Without proof the author signed a head of entries that it does not give: `ours` and `head` are both
    signed by it, and nobody can say which history it stands by.
    """

    origin: str
    peer: str
    at: str
    head: str
    ours: str
    evidence: Evidence | None = None


class StoppedLogs:
    """The stopped logs of a node, each in a file of its own; in memory alone where there is no folder."""

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder
        self._kept: dict[str, Stopped] = {}
        if folder is None or not folder.exists():
            return
        for path in sorted(folder.glob("*.json")):
            try:
                kept = msgspec.json.decode(path.read_bytes(), type=Stopped)
            except (OSError, msgspec.DecodeError, UnicodeDecodeError) as error:
                raise StoreFault(
                    f"the evidence in {path}: {error}", "evidence-file", "the file as it was made"
                ) from error
            self._kept[kept.origin] = kept

    def __contains__(self, origin: str) -> bool:
        return origin in self._kept

    def all(self) -> list[Stopped]:
        """Give all stopped logs."""
        return list(self._kept.values())

    def stop(self, found: Stopped) -> bool:
        """Stop a log, durably before this returns; proof takes the place of a bare contradiction.

        Raises:
            StoreFault: the file cannot be written.
        """
        known = self._kept.get(found.origin)
        if known is not None and (known.evidence is not None or found.evidence is None):
            return False
        if self._folder is not None:
            self._write(found)
        self._kept[found.origin] = found
        return True

    def _write(self, found: Stopped) -> None:
        folder = self._folder
        if folder is None:
            return
        name = sha256(found.origin.encode()).hexdigest()[:24]
        fresh = folder / f"{name}.new"
        try:
            folder.mkdir(mode=0o700, exist_ok=True)
            with fresh.open("wb") as file:
                file.write(msgspec.json.format(msgspec.json.encode(found), indent=1))
                file.flush()
                os.fsync(file.fileno())
            fresh.replace(folder / f"{name}.json")
            held = os.open(folder, os.O_RDONLY)
            try:
                os.fsync(held)
            finally:
                os.close(held)
        except OSError as error:
            raise StoreFault(
                f"writing evidence in {folder}: {error}", "evidence-file", "a folder that can be written"
            ) from error
