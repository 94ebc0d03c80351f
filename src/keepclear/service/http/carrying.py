"""Routes of the exchange by hand: a bundle for another node, one that it gave, receipts, one proof."""

from __future__ import annotations

import asyncio
import io
import re

import msgspec
from msgspec import Struct
from starlette.responses import Response

from keepclear.errors import Malformed, Refused
from keepclear.links.tlog import port
from keepclear.model.words import PUBLIC, PartyId, StatementId
from keepclear.service.asking import Prepared
from keepclear.service.exchange.carrying import (
    MAX_RECEIPT_BYTES,
    NOTHING_NEW,
    STOPPED,
    TAKEN,
    Came,
    CarriedLog,
    carried,
    read_receipt,
    receipt_of,
)
from keepclear.service.exchange.pairing import Peer
from keepclear.service.exchange.session import Exchange
from keepclear.service.exchange.taking import Diverged
from keepclear.service.exporting import export
from keepclear.service.http.policy import Policy
from keepclear.service.http.routes import Call, Param, Route
from keepclear.service.node import Node
from keepclear.service.proving import prove

MAX_BUNDLE_BYTES = 128 * 2**20
"""A day of 5,000 statements takes about 2 MB packed."""

MAX_UNPACKED_BYTES = 512 * 2**20
_ONE_AT_A_TIME = asyncio.Lock()
_HASHES = re.compile(r"[0-9a-f]{64}(,[0-9a-f]{64}){0,99}")
TO = Param("to", "a party of the node for which the bundle is")
ERASED = Param("erased", "salted hashes of bodies that their author says it has erased, with commas between")
READER = Param("reader", "whom it was told, where this desk told it")


class ImportAnswer(Struct, frozen=True):
    """What a bundle brought, log by log, and the receipt to carry back ("" where nothing is held yet)."""

    peer: str
    logs: tuple[Came, ...]
    receipt: str


class ReceiptRefused(Struct, frozen=True):
    """A receipt that was not taken, and why; `status` is that of c2sp.org/tlog-witness."""

    origin: str
    status: int
    words: str


class ReceiptsAnswer(Struct, frozen=True):
    """What a receipt file came to: how much more of each log its reader's node is known to hold."""

    peer: str
    logs: tuple[Came, ...]
    refused: tuple[ReceiptRefused, ...]


class StatementProof(Struct, frozen=True):
    """One statement's proof: a tlog-proof text, the statement's canonical text, and who cosigned."""

    proof: str
    statement: str
    author: PartyId
    reader: PartyId
    index: int
    cosigned: tuple[str, ...]


def _exchange(call: Call) -> Exchange:
    exchange: Exchange | None = call.request.app.state.exchange
    if exchange is None:
        raise Refused("an exchange with another node", "peers", "a node with peers: keepclear peer add")
    exchange.peers.refresh()
    return exchange


def _json(value: Struct) -> Response:
    return Response(msgspec.json.encode(value), media_type="application/json")


async def give(call: Call) -> Response:
    """Give the bundle of what this desk told the parties of another node."""
    to = call.query("to")
    if not to:
        raise Malformed("a bundle for nobody", "missing", "to=PARTY, a party of the other node", "to")
    peer = _exchange(call).peers.of_party(PartyId(to))
    await call.writer.settled()
    made = export(call.writer.node, call.party, to=peer)
    body = await asyncio.to_thread(port.zip_bytes, made)
    headers = {"Content-Disposition": f'attachment; filename="keepclear-{call.party}-to-{peer.node}.zip"'}
    return Response(body, 200, headers, "application/zip")


async def take(call: Call) -> Response:
    """Take a bundle: verified first, then by the way that a pull would have gone."""
    exchange = _exchange(call)
    erased = call.query("erased") or ""
    if erased and not _HASHES.fullmatch(erased):
        raise Malformed("erased bodies by other than their hashes", "salted-hash", "64 hex digits", "erased")
    raw = await call.body(MAX_BUNDLE_BYTES)
    if _ONE_AT_A_TIME.locked():
        raise Refused("a second bundle while one is taken", "busy", "the same a little later")
    async with _ONE_AT_A_TIME:
        return _json(await _taken_whole(call, exchange, raw, erased.split(",")))


async def _taken_whole(call: Call, exchange: Exchange, raw: bytes, erased: list[str]) -> ImportAnswer:
    files = await asyncio.to_thread(lambda: port.read_zip(io.BytesIO(raw), MAX_UNPACKED_BYTES))
    await call.writer.settled()
    node = call.writer.node
    held = {row.origin: node.durable_size(row.log) for row in node.store.logs()}
    bundle = await asyncio.to_thread(carried, exchange, files, call.party, held, erased)
    came = [await _taken(call, each) for each in bundle.logs]
    came += [Came(log.author, log.reader, 0, node.durable_size(log), STOPPED) for log in bundle.stopped]
    await call.writer.settled()
    receipt = receipt_of(exchange, bundle.peer, call.party)
    return ImportAnswer(bundle.peer.node, tuple(came), "" if receipt is None else receipt.text().decode())


async def _taken(call: Call, each: CarriedLog) -> Came:
    """Make what is new of one log durable; a second history stops that log and holds up no other."""
    node, log = call.writer.node, each.log
    await call.writer.settled()
    before, now = node.durable_size(log), node.clock.now()
    try:
        each.compare(now)
        if before < len(each.leaves):
            await call.writer.submit_whole(lambda turn: _step(turn, each))
    except Diverged:
        return Came(log.author, log.reader, before, before, STOPPED)
    size = node.durable_size(log)
    return Came(log.author, log.reader, before, size, TAKEN if size > before else NOTHING_NEW)


def _step(node: Node, each: CarriedLog) -> Prepared:
    return each.step(node, node.clock.now())


async def receipts(call: Call) -> Response:
    """Take a receipt that was carried back, by the way that one in a pull would have gone."""
    exchange = _exchange(call)
    receipt = read_receipt(await call.body(MAX_RECEIPT_BYTES))
    node = call.writer.node
    if receipt.author != node.keys.node:
        raise Refused(
            f"a receipt for {receipt.author}", "receipt-author", f"one for this node, {node.keys.node}"
        )
    peer = _counting(exchange.peers.of(receipt.node))
    giver = exchange.session(peer.node).giver
    await call.writer.settled()
    mine = {
        row.origin: row.log
        for row in giver.logs()
        if row.log.author == call.party or row.log.reader == PUBLIC
    }
    pull = receipt.pull(node.clock.now())
    held = tuple(each for each in pull.held if each.origin in mine)
    found = giver.receipts(msgspec.structs.replace(pull, held=held))
    before = {origin: row.size if (row := node.receipt(log)) else 0 for origin, log in mine.items()}
    if found.notes:
        await call.writer.submit_whole(found.prepare)
    refused = {each.origin: each for each in found.refused}
    newly = {row.log for row in found.notes}
    logs = tuple(
        Came(log.author, log.reader, before[origin], size, TAKEN if log in newly else NOTHING_NEW)
        for origin, size, log in ((each.origin, each.size, mine[each.origin]) for each in held)
        if origin not in refused
    )
    why = tuple(ReceiptRefused(each.origin, each.status, each.words) for each in found.refused)
    if not logs and not why:
        raise Refused(f"a receipt for {call.party}", "receipt-author", "one for logs of this desk")
    return _json(ReceiptsAnswer(peer.node, logs, why))


def _counting(peer: Peer) -> Peer:
    if peer.revoked:
        raise Refused(
            f"a receipt of {peer.node}, whose keys count no more: {peer.revoked}", "revoked",
            "a new card, compared anew: keepclear peer add",
        )  # fmt: skip
    return peer


async def one_proof(call: Call) -> Response:
    """Give the proof of one statement, small enough for a QR code."""
    exchange: Exchange | None = call.request.app.state.exchange
    await call.writer.settled()
    identity = StatementId(str(call.request.path_params["statement"]))
    reader = call.query("reader")
    peers = [] if exchange is None else exchange.peers.all()
    found = prove(call.writer.node, peers, call.party, identity, None if reader is None else PartyId(reader))
    return _json(
        StatementProof(
            found.proof.decode(),
            found.statement.decode(),
            found.log.author,
            found.log.reader,
            found.index,
            found.cosigned,
        )
    )


def routes() -> list[Route]:
    """List the routes of this module."""
    base = "/api/v1/desks/{party}"
    return [
        Route("GET", f"{base}/bundle", Policy.WHOLE, give, "The bundle to carry to another node.",
              params=(TO,), media_type="application/zip"),
        Route("POST", f"{base}/bundle", Policy.ACT, take, "Take a bundle that was carried here.",
              ImportAnswer, bytes, params=(ERASED,)),
        Route("POST", f"{base}/receipts", Policy.ACT, receipts, "Take a receipt that was carried back.",
              ReceiptsAnswer, bytes),
        Route("GET", f"{base}/statements/{{statement}}/proof", Policy.WHOLE, one_proof,
              "The proof of one statement, for a QR code or a radio text.", StatementProof, params=(READER,)),
    ]  # fmt: skip
