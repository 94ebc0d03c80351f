"""A fresh node for the demo: a data directory of its own, with keys, tokens and an empty record."""

from __future__ import annotations

from pathlib import Path

from keepclear.model.words import CapStatus
from keepclear.scenarios.loader import Script
from keepclear.service.clock import SimulatedClock
from keepclear.service.node import Node
from keepclear.service.opening import Opened, open_node
from keepclear.service.replay import NODE, opening_time, parties_of
from keepclear.service.settings import RECORD, SETTINGS, Settings, create
from keepclear.stores.sqlite import SqliteStore


def demo_node(folder: Path, script: Script, name: str = NODE) -> tuple[Opened, SimulatedClock]:
    """Open a demo's folder with an empty record; keys and tokens of an earlier round are kept.

    Raises:
        StoreFault: the folder cannot be used, or another demo runs in it.
    """
    if not (folder / SETTINGS).exists():
        create(folder, Settings(name, CapStatus.EXERCISE, parties_of(script)))
    clock = SimulatedClock(opening_time(script))
    if (folder / RECORD).exists():
        SqliteStore.open(folder / RECORD).close()  # refuses while another process plays in this folder
    for path in folder.glob(f"{RECORD}*"):
        path.unlink()
    return open_node(folder, clock), clock


def next_round(folder: Path, script: Script, name: str = NODE) -> tuple[Node, SimulatedClock]:
    """Begin again on an empty record."""
    opened, clock = demo_node(folder, script, name)
    return opened.node, clock
