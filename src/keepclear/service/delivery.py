"""Getting a message to a role: the seam, and the station's own log as the first way.

What leaves here is a last hop: it is never counted as an acknowledgement.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

import msgspec
from msgspec import Struct

from keepclear.errors import StoreFault
from keepclear.model.words import CapStatus, Level, PartyId, Precedence, SubjectId

STATION = "station"


class Delivery(Struct, frozen=True):
    """One message to one role. The key is the same at each try, so that a receiver can tell a repeat."""

    key: str
    party: PartyId
    alarm: SubjectId
    role: str
    level: Level
    channel: str
    precedence: Precedence
    cap: CapStatus
    words: str
    attempt: int
    rule: str = ""
    asks: tuple[str, ...] = ()


class Deliver(Protocol):
    """A way by which messages reach people. What it returns from has left; anything raised is tried again."""

    def deliver(self, delivery: Delivery) -> None:
        """Send one message, or raise StoreFault."""
        ...


class StationLog:
    """Writes messages as lines of JSON to a file at the station, or to standard output."""

    def __init__(self, path: Path | None = None) -> None:
        self._path = path

    def deliver(self, delivery: Delivery) -> None:
        """Append one line, synced where it goes to a file.

        Raises:
            StoreFault: the file cannot be written.
        """
        line = msgspec.json.encode(delivery) + b"\n"
        if self._path is None:
            sys.stdout.buffer.write(line)
            sys.stdout.buffer.flush()
            return
        try:
            handle = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            try:
                os.write(handle, line)
                os.fsync(handle)
            finally:
                os.close(handle)
        except OSError as error:
            raise StoreFault(
                f"the station log {self._path}: {error}", "station-log", "a file that can be written"
            ) from error


class Channels:
    """Ways by the name that a plan gives them; an unknown name goes to the station rather than nowhere."""

    def __init__(self, station: Deliver, others: Mapping[str, Deliver] | None = None) -> None:
        self._station = station
        self._others = dict(others or {})

    def deliver(self, delivery: Delivery) -> None:
        """Send one message by its channel."""
        self._others.get(delivery.channel, self._station).deliver(delivery)
