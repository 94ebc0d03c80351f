"""Own logs of which a reader holds more than this node: after a restore, or where a disk has lost the end.

To go on from there would sign a second history by accident. So nothing more is told in such a log until its
end was taken back from its reader, whose copy bears this node's own signatures. After a restore nobody knows
yet what the readers hold: each is heard first.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from keepclear.errors import Conflicting, StoreFault
from keepclear.model.statements import LogId
from keepclear.model.words import PUBLIC, PartyId
from keepclear.service import files
from keepclear.service.exchange.pairing import Peer, Peers

OWN_LOGS: Final = "own-logs.json"


class Ahead(Struct, frozen=True, forbid_unknown_fields=True):
    """A reader's node that holds more of an own log: `head` bears this node's own signature of that size.

    `forked` says that this node has told other entries under the same numbers: nothing can be taken back.
    """

    origin: str
    author: PartyId
    reader: PartyId
    peer: str
    size: int
    ours: int
    head: str
    at: str
    forked: bool = False


class _Kept(Struct, frozen=True, forbid_unknown_fields=True):
    ahead: tuple[Ahead, ...] = ()
    restored_at: str = ""
    heard: tuple[str, ...] = ()


class OwnLogs:
    """What readers hold of a node's own logs beyond it, in one file; in memory alone without a path."""

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._kept = _Kept()
        if path is not None and path.exists():
            try:
                self._kept = msgspec.json.decode(path.read_bytes(), type=_Kept)
            except (OSError, msgspec.DecodeError, UnicodeDecodeError) as error:
                raise StoreFault(f"{path}: {error}", "own-logs", "the file as it was made") from error

    def ahead(self) -> tuple[Ahead, ...]:
        """Give the own logs of which a reader is known to hold more."""
        return self._kept.ahead

    def unheard(self, peers: Peers) -> list[Peer]:
        """Give the peers that were not heard of since this node was brought back from a backup."""
        if not self._kept.restored_at:
            return []
        return [peer for peer in peers.all() if not peer.revoked and peer.node not in self._kept.heard]

    def restored(self, at: str) -> None:
        """Note that the node was brought back: no reader was heard of yet.

        Raises:
            StoreFault: it cannot be written.
        """
        self._save(_Kept(self._kept.ahead, at))

    def hear(self, peer: str) -> None:
        """Note that a peer has said what it holds, or that who runs the node has it by voice.

        Raises:
            StoreFault: it cannot be written.
        """
        if self._kept.restored_at and peer not in self._kept.heard:
            self._save(msgspec.structs.replace(self._kept, heard=(*self._kept.heard, peer)))

    def note(self, found: Ahead) -> bool:
        """Note, durably, that a reader holds more of an own log; tell whether that is new.

        Raises:
            StoreFault: it cannot be written.
        """
        known = next((each for each in self._kept.ahead if each.origin == found.origin), None)
        if known is not None and (known.size, known.forked) >= (found.size, found.forked):
            return False
        others = tuple(each for each in self._kept.ahead if each.origin != found.origin)
        self._save(msgspec.structs.replace(self._kept, ahead=(*others, found)))
        return True

    def caught_up(self, origin: str) -> None:
        """Note that an own log was taken back whole.

        Raises:
            StoreFault: it cannot be written.
        """
        left = tuple(each for each in self._kept.ahead if each.origin != origin)
        self._save(msgspec.structs.replace(self._kept, ahead=left))

    def _save(self, kept: _Kept) -> None:
        if self._path is not None:
            files.keep(self._path, msgspec.json.format(msgspec.json.encode(kept), indent=1), "own-logs")
        self._kept = kept

    def is_whole(self, party: PartyId, peers: Peers) -> bool:
        """Tell whether every word that a party has told is held here, as far as its readers have said."""
        return not self.unheard(peers) and all(each.author != party for each in self._kept.ahead)

    def check(self, log: LogId, peers: Peers) -> None:
        """Refuse to tell in a log of which its reader may hold other entries under the next numbers.

        Raises:
            Conflicting: it holds more, or has not been heard of since a restore.
        """
        for each in self._kept.ahead:
            if LogId(each.author, each.reader) == log:
                raise Conflicting(
                    f"telling {_whom(log.reader)} while {each.peer} holds {each.size} entries of this "
                    "log and "
                    f"this node {each.ours}",
                    "log-behind",
                    next_step(each),
                )
        for peer in self.unheard(peers):
            if log.reader in peer.parties or log.reader == PUBLIC:
                raise Conflicting(
                    f"telling {_whom(log.reader)} before {peer.node} has said how much it holds: this node "
                    "was brought back from a backup",
                    "reader-unheard",
                    "the same once the link has been up; by voice until then; without a link, compare the "
                    f"sizes by voice, then keepclear peer take-back {peer.node} --nothing-more",
                )


def next_step(found: Ahead) -> str:
    """Say what brings a log back."""
    if found.forked:
        return (
            "other entries were told here under the same numbers, so nothing can be taken back: say so to "
            "the reader by voice, keep this folder as it is, and begin a node under a new name, with a new "
            "party id, whose card the reader compares"
        )
    return (
        f"stop the node, keepclear peer take-back {found.peer}, and start it again; call on the hotline "
        "until then"
    )


def _whom(reader: PartyId) -> str:
    return "everybody" if reader == PUBLIC else reader
