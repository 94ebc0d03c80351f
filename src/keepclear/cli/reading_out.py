"""What a node reads out to who verifies a record of it: the fingerprints of its keys, each by its name."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

from cyclopts import Parameter

from keepclear.cli import taking_back
from keepclear.cli.client import FOLDER, node_settings, seat_of
from keepclear.cli.looking import As, Dir, Json
from keepclear.cli.output import Printer, bold, safe
from keepclear.cli.peering import peer
from keepclear.errors import NotKnown
from keepclear.model.words import PUBLIC, PartyId
from keepclear.record.policy import HOST, READER
from keepclear.record.signing import VerifyingKey
from keepclear.service.exchange.identity import PEERS
from keepclear.service.exchange.pairing import Peers
from keepclear.service.keys import Keyring
from keepclear.service.settings import KEYS

Item = dict[str, Any]

__all__ = ["keys", "peer", "taking_back"]


@peer.command(name="keys")
def keys(
    *,
    for_: Annotated[
        list[str] | None,
        Parameter(name="--for", negative="", help="Another party that was told things; may be given again."),
    ] = None,
    party: As = None,
    dir_: Dir = FOLDER,
    json: Json = False,
) -> int:
    """Read out this node's own keys, for somebody who verifies an export or a proof and calls to compare.

    The names and digits are those that keepclear_verify.py prints. The key under "reader/" is the one by
    which this node says that it held what it was told; a "log" key signs what its party has told one reader.
    """
    dir_ = seat_of(dir_, party)
    settings = node_settings(dir_)
    if not (dir_ / KEYS).exists():
        raise NotKnown(f"the keys of {settings.name}", "key-file", "a node that was started once")
    ring = Keyring.open(dir_ / KEYS, settings.name)
    own = [PartyId(each) for each in settings.parties if PartyId(each) in ring.parties()]
    others = {each for known in Peers.open(dir_ / PEERS).all() for each in known.parties}
    readers = [*own, *sorted({*others, *map(PartyId, for_ or ())} - set(own)), PUBLIC]
    holder = f"{READER}{own[0]}" if len(settings.parties) == 1 else f"{HOST}{settings.name}"
    items = [_row(holder, "cosigns what this node holds", ring.mirror_key().verifying)]
    for author in own:
        stated = ring.statement_key(author).verifying
        items.append(_row(f"statements/{author}", f"signs the statements of {author}", stated))
        for reader in readers:
            whom = "everybody" if reader == PUBLIC else reader
            key = ring.log_key(author, ring.origin(author, reader)).verifying
            items.append(_row(f"log {author} -> {whom}", f"signs what {author} has told {whom}", key))
    Printer(as_json=json).give({"node": settings.name, "items": items}, _lines)
    return 0


def _row(name: str, what: str, key: VerifyingKey) -> Item:
    return {
        "name": name,
        "what": what,
        "key_name": key.name,
        "fingerprint": key.fingerprint(),
        "key": key.vkey,
    }


def _lines(answer: Item) -> Iterator[str]:
    yield f"The keys of {bold(answer['node'])}. Read them aloud to who calls you on a number of yours:"
    for item in answer["items"]:
        yield f"  {bold(item['fingerprint'])}  {safe(item['name'])}: {safe(item['what'])}"
