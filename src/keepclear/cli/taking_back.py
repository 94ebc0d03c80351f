"""Take back what a node has lost of its own logs, from a reader's node or from an export that it gave."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated, Any

import httpx
from cyclopts import Parameter

from keepclear.cli.client import FOLDER, dir_option
from keepclear.cli.looking import Dir, Json
from keepclear.cli.output import Printer, safe
from keepclear.cli.peering import Node, asked, peer
from keepclear.errors import KeepclearError, Malformed, NotKnown, Refused
from keepclear.links.tlog import codec
from keepclear.links.tlog.sides import read_files
from keepclear.model.statements import LogId
from keepclear.service import node as nodes
from keepclear.service.clock import SystemClock
from keepclear.service.exchange import taking_back, wire
from keepclear.service.exchange.behind import OWN_LOGS, OwnLogs
from keepclear.service.exchange.giving import Giver
from keepclear.service.exchange.identity import PEERS, identity
from keepclear.service.exchange.link import client_context
from keepclear.service.exchange.pairing import Peer, Peers
from keepclear.service.exchange.taking_back import Lost
from keepclear.service.opening import open_node

Ask = Callable[[wire.Pull], wire.Gave]


def over_the_link(folder: Path, name: str, known: Peer) -> Ask:
    """Give the way to ask a peer over the link."""
    if not known.card.url:
        raise Refused(
            f"asking {known.node}, which has no address",
            "peer-url",
            "an export that it wrote: keepclear peer take-back NAME --from FILE",
        )
    tls = identity(folder, name, SystemClock().now())

    def ask(pull: wire.Pull) -> wire.Gave:
        try:
            return asyncio.run(asked(client_context(tls, known), known, pull))
        except (httpx.HTTPError, OSError, KeepclearError) as error:
            raise NotKnown(
                f"{known.node} at {known.card.url}: {error}", "peer-reached",
                "a peer that runs there and has not cut the link; or an export that it wrote: --from FILE",
            ) from error  # fmt: skip

    return ask


def from_link(ask: Ask, log: LogId, origin: str, size: int) -> Lost | None:
    """Ask a peer for the end of one own log, until it was given whole; None where it holds no more."""
    packs: list[wire.Pack] = []
    while not packs or size < packs[-1].size:
        gave = ask(wire.Pull((), SystemClock().wall(), back=(wire.Held(origin, size),)))
        pack = next((each for each in gave.back if (each.origin, each.start) == (origin, size)), None)
        if pack is None:
            break
        packs.append(pack)
        size += len(pack.entries)
    return taking_back.joined(packs, log) if packs else None


def from_export(export: codec.Export, log: LogId, origin: str, size: int) -> Lost | None:
    """Take the end of one own log from an export that its reader wrote; None where it holds no more."""
    found = next((each for each in export.logs if each.origin == origin), None)
    if found is None or len(found.entries) <= size:
        return None
    beside = tuple(wire.Beside(name, each.salt, each.body) for name, each in export.attachments.items())
    return Lost(log, origin, size, found.entries[size:], found.signed_checkpoint, beside)


def take(
    node: nodes.Node, own: OwnLogs, known: Peer, lost: Callable[[LogId, str, int], Lost | None]
) -> list[dict[str, Any]]:
    """Take back every log to a peer, and to everybody, each whole or not at all; give what came."""
    rows = []
    for origin, log in Giver(node, known).own_logs().items():
        before = node.durable_size(log)
        found = lost(log, origin, before)
        if found is not None:
            prepared = taking_back.prepare(node, found)
            node.store.commit(prepared.batch)
            node.publish(prepared)
            rows.append({"author": log.author, "reader": log.reader, "before": before,
                         "size": node.durable_size(log)})  # fmt: skip
        if any(each.origin == origin and each.size <= node.durable_size(log) for each in own.ahead()):
            own.caught_up(origin)
    own.hear(known.node)
    return rows


@peer.command(name="take-back")
def take_back(
    name: Node,
    /,
    *,
    from_: Annotated[
        Path | None, Parameter(name="--from", help="An export that they wrote, where there is no link.")
    ] = None,
    nothing_more: Annotated[
        bool, Parameter(negative="", help="They have said by voice that they hold no more than is here.")
    ] = False,
    dir_: Dir = FOLDER,
    json: Json = False,
) -> int:
    """Take back from a reader what this node has told it and has lost, as after a restore; stop it first.

    What comes must bear this node's own signatures and go on from what is here. What only you yourself held
    does not come back: alarms, drafts, what was told to others.
    """
    peers = Peers.open(dir_ / PEERS)
    known = peers.of(name)
    own = OwnLogs(dir_ / OWN_LOGS)
    opened = open_node(dir_)
    try:
        rows: list[dict[str, Any]] = []
        if nothing_more:
            own.hear(name)
        elif from_ is not None:
            export = _export(from_)
            rows = take(opened.node, own, known, lambda *place: from_export(export, *place))
        else:
            ask = over_the_link(dir_, opened.node.keys.node, known)
            rows = take(opened.node, own, known, lambda *place: from_link(ask, *place))
    finally:
        opened.node.store.close()
    left = [each.origin for each in own.ahead()]
    unheard = [each.node for each in own.unheard(peers)]
    answer = {"peer": name, "logs": rows, "behind": left, "unheard": unheard}
    Printer(as_json=json).give(answer, lambda got: _lined(got, dir_option(dir_), said=nothing_more))
    return 2 if left else 0


def _export(file: Path) -> codec.Export:
    try:
        return codec.parse(read_files(file))
    except OSError as error:
        raise Malformed(f"{file}: {error.strerror}", "import-file", "a file that can be read") from error


def _lined(got: dict[str, Any], here: str, *, said: bool) -> Iterator[str]:
    for row in got["logs"]:
        new = row["size"] - row["before"]
        yield safe(f"{row['author']} to {row['reader']}: {new} entries taken back, {row['size']} in all.")
    if not got["logs"]:
        word = "by their word" if said else "by their node"
        yield safe(f"{got['peer']} holds no more than is here, {word}.")
    for origin in got["behind"]:
        yield safe(f"STILL BEHIND: {origin}; see keepclear peer list{here}")
    if got["unheard"]:
        yield safe(f"Not heard of yet since the restore: {', '.join(got['unheard'])}.")
    yield safe(f"Start the node again: keepclear serve{here}")
