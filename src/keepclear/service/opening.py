"""Opening a node's data directory: settings, keys, tokens and the record, in that order."""

from __future__ import annotations

import os
from pathlib import Path

from msgspec import Struct

from keepclear.commands.ports import Clock
from keepclear.model.words import PartyId
from keepclear.service.auth import Tokens
from keepclear.service.clock import SystemClock
from keepclear.service.keys import Keyring
from keepclear.service.node import Node
from keepclear.service.settings import KEYS, RECORD, TOKENS, WITNESSES, settings_of
from keepclear.service.witnesses import Witnesses, known
from keepclear.stores.sqlite import SqliteStore


class Opened(Struct, frozen=True):
    """A node that is open, and who may call it."""

    node: Node
    tokens: Tokens


def open_node(folder: Path, clock: Clock | None = None) -> Opened:
    """Open a node's data directory; one process at a time may.

    Raises:
        Refused: there is no node.
        StoreFault: another process has it open, or a file cannot be used; says what to do.
    """
    settings = settings_of(folder)
    store = SqliteStore.open(folder / RECORD)
    try:
        os.chmod(folder, 0o700)
        keys = Keyring.open(folder / KEYS, settings.name)
        custody = "party" if len(settings.parties) == 1 else "host"
        node = Node(store, keys, clock or SystemClock(), settings.cap, custody)
        parties = tuple(PartyId(party) for party in settings.parties)
        node.host(*parties)
        node.witnesses = known(Witnesses(folder / WITNESSES).rows())
        return Opened(node, Tokens.open(folder / TOKENS, parties))
    except BaseException:
        store.close()
        raise
