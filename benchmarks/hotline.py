"""The hotline of a real node over real HTTP: durable messages a second, and from POST to the other's screen.

A node serves in a process of its own, with its engine, keys and `synchronous=FULL`; the callers are in this
one, so the two share the machine. A message counts when it was answered 201, which is after the disk has it.
"Acknowledged by the reader": the reader's desk has then acknowledged it by a statement of its own, answered
likewise. The peers are the figures that were asked for, and the same rows committed one by one to a file.
Two thousand messages come from 64 connections; the way to the screen is timed at 50 messages a second.
"""

from __future__ import annotations

import asyncio
import json
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks import Row
from benchmarks.timing import Beside

NAME = "hotline"
MESSAGES = 2_000
CONNECTIONS = 64
SCREEN_MESSAGES, PACE_S = 500, 0.02
ASKED_PER_S, ASKED_MS = 1_000.0, 25.0
BARE_COMMITS = 300
SENDER, READER = "COA", "RUS"


class Served:
    """A node in a process of its own, and how to speak to it without a client library's own cost."""

    def __init__(self, folder: Path, port: int) -> None:
        self.folder, self.port = folder, port
        grants = json.loads((folder / "tokens.json").read_bytes())
        self.tokens = {row["party"]: row["token"] for row in grants if row["role"] == "duty officer"}

    def request(self, method: str, party: str, path: str, body: object = None, key: str = "") -> bytes:
        content = b"" if body is None else json.dumps(body).encode()
        lines = [
            f"{method} /api/v1/desks/{party}/{path} HTTP/1.1", "Host: 127.0.0.1",
            f"Authorization: Bearer {self.tokens[party]}", f"Content-Length: {len(content)}",
            "Content-Type: application/json",
        ]  # fmt: skip
        lines += [f"Idempotency-Key: {key}"] if key else []
        return "\r\n".join([*lines, "", ""]).encode() + content


Pipe = tuple[asyncio.StreamReader, asyncio.StreamWriter]


def run() -> list[Row]:
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as place:
        with served(Path(place) / "plain") as node:
            beside = Beside()
            plain_s, told = asyncio.run(crowd(node, acknowledged=False))
            kept, plain = durable(node.folder) >= told, str(beside)
        with served(Path(place) / "acknowledged") as node:
            beside = Beside()
            both_s, told = asyncio.run(crowd(node, acknowledged=True))
            kept, both = kept and durable(node.folder) >= told, str(beside)
        with served(Path(place) / "screen") as node:
            beside = Beside()
            seen_ms = sorted(asyncio.run(to_the_screen(node)))
        bare = bare_rate(Path(place) / "bare.db")
    rate, rate_both = MESSAGES / plain_s, MESSAGES / both_s
    p99 = seen_ms[int(len(seen_ms) * 0.99)]
    asked = "the figure asked for"
    return [
        row("hotline durable messages", asked, rate, ASKED_PER_S, f"messages/s, {plain}", kept),
        row("hotline durable messages", "bare SQLite, a commit each", rate, bare, "messages/s", kept),
        row("hotline acknowledged by the reader", asked, rate_both, ASKED_PER_S, f"messages/s, {both}", kept),
        Row("hotline POST to the other's screen, p99", SCREEN_MESSAGES, asked, ASKED_MS / p99, p99, ASKED_MS,
            f"ms, {beside}", len(seen_ms) == SCREEN_MESSAGES),
    ]  # fmt: skip


def row(name: str, peer: str, ours: float, theirs: float, unit: str, kept: bool) -> Row:
    return Row(name, MESSAGES, peer, ours / theirs, ours, theirs, unit, kept)


@contextmanager
def served(folder: Path) -> Iterator[Served]:
    cli = [sys.executable, "-m", "keepclear.cli.main"]
    made = [*cli, "init", str(folder), "--party", SENDER, "--party", READER]
    subprocess.run(made, check=True, capture_output=True)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    serve = [*cli, "serve", "--dir", str(folder), "--port", str(port)]
    process = subprocess.Popen(serve, stderr=subprocess.DEVNULL)
    try:
        while socket.socket().connect_ex(("127.0.0.1", port)):
            time.sleep(0.1)
        node = Served(folder, port)
        asyncio.run(introduced(node))
        yield node
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(20)


async def introduced(node: Served) -> None:
    pipe = await asyncio.open_connection("127.0.0.1", node.port)
    for party in (SENDER, READER):
        body = {
            "kind": "party",
            "party": party,
            "name": party,
            "party_kind": "state force",
            "reach": "hosted",
        }
        asked = {"body": body, "readers": ["public"]}
        await answered(pipe, node.request("POST", party, "statements", asked, f"party/{party}"))
    pipe[1].close()


async def answered(pipe: Pipe, request: bytes, status: bytes = b"201") -> dict[str, Any]:
    reader, writer = pipe
    writer.write(request)
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    length = int(head.split(b"content-length: ")[1].split(b"\r\n")[0])
    body = await reader.readexactly(length)
    if not head.startswith(b"http/1.1 " + status):
        raise RuntimeError(body.decode())
    made: dict[str, Any] = json.loads(body)
    return made


def message(key: str) -> dict[str, Any]:
    text = {"words": f"Convoy {key} on the road to Raqqa. Who is on the east bank?"}
    body = {"kind": "message", "to": [READER], "purpose": "safety", "precedence": "priority", "texts": [text]}
    return {"body": body, "readers": [READER]}


def acknowledgement(made: dict[str, Any]) -> dict[str, Any]:
    body = {
        "kind": "rung", "of": made["statement"], "reader": READER, "rung": "acknowledged",
        "role": "duty officer", "text_hash": made["digest"],
    }  # fmt: skip
    return {"body": body, "readers": [SENDER]}


async def crowd(node: Served, *, acknowledged: bool) -> tuple[float, set[str]]:
    """Tell all messages over many connections; give the seconds, and the ids that were answered for."""
    told: set[str] = set()

    async def one(caller: int) -> None:
        pipe = await asyncio.open_connection("127.0.0.1", node.port)
        for number in range(caller, MESSAGES, CONNECTIONS):
            key = f"m{number}"
            made = await answered(pipe, node.request("POST", SENDER, "statements", message(key), key))
            told.add(made["statement"])
            if acknowledged:
                asked = acknowledgement(made)
                done = await answered(pipe, node.request("POST", READER, "statements", asked, f"a{number}"))
                told.add(done["statement"])
        pipe[1].close()

    began = time.perf_counter()
    await asyncio.gather(*(one(caller) for caller in range(CONNECTIONS)))
    return time.perf_counter() - began, told


async def to_the_screen(node: Served) -> list[float]:
    """Tell messages at a steady pace; give for each the milliseconds until the reader's stream had it."""
    stream, writer = await asyncio.open_connection("127.0.0.1", node.port)
    writer.write(node.request("GET", READER, "stream"))
    await stream.readuntil(b"event: ready")
    began: dict[str, float] = {}
    seen: dict[str, float] = {}

    async def screen() -> None:
        while len(seen) < SCREEN_MESSAGES:
            line = await stream.readline()
            if line.startswith(b"data:") and b'"kind":"message"' in line:
                seen[json.loads(line[5:])["statement"]] = time.perf_counter()

    watching = asyncio.create_task(screen())
    pipe = await asyncio.open_connection("127.0.0.1", node.port)
    start = time.perf_counter()
    for number in range(SCREEN_MESSAGES):
        await asyncio.sleep(max(0.0, start + number * PACE_S - time.perf_counter()))
        at, key = time.perf_counter(), f"s{number}"
        made = await answered(pipe, node.request("POST", SENDER, "statements", message(key), key))
        began[made["statement"]] = at
    await asyncio.wait_for(watching, 10)
    writer.close()
    pipe[1].close()
    return [1e3 * (seen[each] - at) for each, at in began.items()]


def durable(folder: Path) -> set[str]:
    """Give the statements that the record holds, read by another connection than the node's."""
    connection = sqlite3.connect(f"file:{folder / 'record.sqlite3'}?mode=ro", uri=True)
    try:
        return {json.loads(body)["id"] for (body,) in connection.execute("SELECT bytes FROM statement")}
    finally:
        connection.close()


def bare_rate(path: Path) -> float:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("CREATE TABLE message (id INTEGER PRIMARY KEY, body BLOB)")
    began = time.perf_counter()
    for number in range(BARE_COMMITS):
        connection.execute("INSERT INTO message VALUES (?, ?)", (number, b"x" * 700))
    rate = BARE_COMMITS / (time.perf_counter() - began)
    connection.close()
    return rate
