"""Routes that prove: verify a desk's logs, show that one changed byte is refused, give the export."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
from msgspec import Struct
from starlette.responses import Response

from keepclear.errors import NotAllowed
from keepclear.links.tlog import codec, port
from keepclear.links.tlog.verify import GRADES, Verdict, report, verify_files
from keepclear.model.words import PartyId
from keepclear.service.exchange.pairing import Peer, policy_of
from keepclear.service.exchange.session import Exchange
from keepclear.service.exporting import export
from keepclear.service.http.policy import Policy
from keepclear.service.http.routes import Call, Param, Route

READER = Param("reader", "only what this desk told that reader")
WITH = Param("with", "only what this desk and that party told each other: the record that they share")


class LogProof(Struct, frozen=True):
    """What was found of one log; `cosigned` leaves out the mark of its author's own node."""

    author: str
    reader: str
    size: int
    grade: int
    cosigned: tuple[str, ...]


class ProofAnswer(Struct, frozen=True):
    """What the verifier found of an export: the lowest grade of its logs, or why it refuses."""

    verified: bool
    grade: int
    grade_words: str
    entries: int
    lines: tuple[str, ...]
    logs: tuple[LogProof, ...]
    refused: str
    log: str
    entry: int | None
    file: str


def _answer(verdict: Verdict) -> Response:
    refused: dict[str, Any] = verdict.refused or {}
    logs = tuple(
        LogProof(
            log.author,
            log.reader,
            log.size,
            log.grade,
            tuple(mark.who for mark in log.cosigned if not mark.own),
        )
        for log in verdict.logs
    )
    found = ProofAnswer(
        verified=verdict.verified,
        grade=verdict.grade,
        grade_words=GRADES.get(verdict.grade, "refused"),
        entries=verdict.entries,
        lines=tuple(report(verdict)),
        logs=() if refused else logs,
        refused=str(refused.get("why", "")),
        log=str(refused.get("log", "")),
        entry=refused.get("entry"),
        file=str(refused.get("file", "")),
    )
    return Response(msgspec.json.encode(found), media_type="application/json")


async def _chosen(call: Call) -> codec.Export:
    """Make the export that the query asks for."""
    await call.writer.settled()
    reader, counterpart = call.query(READER.name), call.query(WITH.name)
    return export(
        call.writer.node,
        call.party,
        None if reader is None else PartyId(reader),
        None if counterpart is None else PartyId(counterpart),
        peers_of(call),
    )


def peers_of(call: Call) -> list[Peer]:
    """Give the nodes whose cards were confirmed here; none where the node has no exchange."""
    exchange: Exchange | None = call.request.app.state.exchange
    return [] if exchange is None else exchange.peers.all()


async def _files(call: Call) -> dict[str, bytes]:
    return await asyncio.to_thread(codec.build, await _chosen(call))


def _verified(call: Call, files: dict[str, bytes]) -> Verdict:
    """Verify against the keys that were confirmed in person; on a node without peers there are none."""
    peers = [peer for peer in peers_of(call) if not peer.revoked]
    return verify_files(files, policy_of(peers).text() if peers else None)


async def proof(call: Call) -> Response:
    """Export the desk's logs afresh and run the one-file verifier over them."""
    files = await _files(call)
    return _answer(await asyncio.to_thread(_verified, call, files))


async def altered(call: Call) -> Response:
    """Change one byte of one entry in a copy of the export and verify that; the record is not touched."""
    if call.request.app.state.demo is None:
        raise NotAllowed(
            "altering a copy outside the demo", "demo-only", "a node started with: keepclear demo"
        )
    files = await _files(call)
    path = max(name for name in files if "/tile/entries/" in name)
    body = bytearray(files[path])
    body[len(body) // 2] ^= 1
    files[path] = bytes(body)
    return _answer(await asyncio.to_thread(_verified, call, files))


async def packed(call: Call) -> Response:
    """Give the export as a ZIP with the one-file verifier inside."""
    body = await asyncio.to_thread(port.zip_bytes, await _chosen(call))
    headers = {"Content-Disposition": f'attachment; filename="keepclear-{call.party}.zip"'}
    return Response(body, 200, headers, "application/zip")


def routes() -> list[Route]:
    """List the routes of this module."""
    base = "/api/v1/desks/{party}"
    return [
        Route("GET", f"{base}/proof", Policy.WHOLE, proof, "Verify this desk's logs.", ProofAnswer,
              params=(READER, WITH)),
        Route("POST", f"{base}/proof/altered", Policy.WHOLE, altered,
              "Verify a copy with one byte changed (demo).", ProofAnswer, params=(READER, WITH)),
        Route("GET", f"{base}/export", Policy.WHOLE, packed, "The export, with the verifier.",
              params=(READER, WITH), media_type="application/zip"),
    ]  # fmt: skip
