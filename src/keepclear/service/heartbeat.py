"""The dead-man's heartbeat: a file that a peer or a watchdog reads; a start learns from the last one.

If the whole host dies no engine on it can say so: somebody else must see that the beat has stopped.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import msgspec
from msgspec import Struct

from keepclear.commands.ports import Clock

BOOT = Path("/proc/sys/kernel/random/boot_id")
JUMP_S = 2.0


class Beat(Struct, frozen=True):
    """One beat: the record's time, the machine's clock, the steady clock, and the machine's start."""

    record: datetime
    wall: datetime
    monotonic_s: float
    boot: str


class Jump(Struct, frozen=True):
    """By how much the machine's clock jumped, and by how much the record's times went back."""

    jump_s: float
    record_s: float


def this_boot() -> str:
    """Give what names this start of the machine; "" where the machine does not say."""
    try:
        return BOOT.read_text("ascii").strip()
    except OSError:
        return ""


class Heartbeat:
    """Beats into a file, or into memory alone, and tells how old the last beat is."""

    def __init__(self, path: Path | None = None, boot: str | None = None) -> None:
        self._path = path
        self._boot = this_boot() if boot is None else boot
        self.last: Beat | None = self._read()

    def beat(self, clock: Clock) -> None:
        """Leave a new beat in place of the last; a beat that cannot be written is a silence, which alarms."""
        self.last = Beat(clock.now(), clock.wall(), clock.monotonic(), self._boot)
        if self._path is None:
            return
        fresh = self._path.with_suffix(".new")
        try:
            fresh.write_bytes(msgspec.json.encode(self.last))
            fresh.replace(self._path)
        except OSError:
            return

    def age_s(self, clock: Clock) -> float | None:
        """Give how long ago the last beat was."""
        return None if self.last is None else clock.monotonic() - self.last.monotonic_s

    def since_last(self, clock: Clock) -> Jump | None:
        """Give the jump between the last beat before a start and now, or None where there is none.

        On the same start of the machine the steady clock tells exactly; after another only a clock that
        went back is known to be wrong.
        """
        last = self.last
        if last is None:
            return None
        passed = timedelta(0)
        same = bool(self._boot) and last.boot == self._boot and clock.monotonic() >= last.monotonic_s
        if same:
            passed = timedelta(seconds=clock.monotonic() - last.monotonic_s)
        jump_s = (clock.wall() - (last.wall + passed)).total_seconds()
        record_s = min(0.0, (clock.now() - (last.record + passed)).total_seconds())
        if not same:
            jump_s = min(0.0, jump_s)
        if abs(jump_s) <= JUMP_S and record_s >= -JUMP_S:
            return None
        return Jump(jump_s, record_s if record_s < -JUMP_S else 0.0)

    def _read(self) -> Beat | None:
        if self._path is None:
            return None
        try:
            return msgspec.json.decode(self._path.read_bytes(), type=Beat)
        except (OSError, msgspec.DecodeError):
            return None
