"""From POST at one side's node to the screen of the other side's: two processes, mutual TLS, loopback.

Each side's node serves in a process of its own with its engine, keys and `synchronous=FULL`; the caller and
the watching screen share this process, and the machine with them. A message counts when the stream of the
other side's desk has it, which is after that side's disk has it too. Fifty messages a second; the peer is the
figure asked for.
"""

from __future__ import annotations

import asyncio
import json
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks import Row
from benchmarks.hotline import PACE_S, READER, SENDER, Served, answered, message
from benchmarks.timing import Beside

NAME = "exchange-screen"
MESSAGES = 500
ASKED_MS = 50.0
NODES = {SENDER: "alpha", READER: "bravo"}


def run() -> list[Row]:
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as place, pair(Path(place)) as (author, reader):
        beside = Beside()
        seen_ms = sorted(asyncio.run(to_the_other_screen(author, reader)))
    p99 = seen_ms[int(len(seen_ms) * 0.99)]
    unit = f"ms, median {seen_ms[len(seen_ms) // 2]:.1f}, {beside}"
    name = "exchange POST to the other node's screen, p99"
    equal = len(seen_ms) == MESSAGES
    return [Row(name, MESSAGES, "the figure asked for", ASKED_MS / p99, p99, ASKED_MS, unit, equal)]


def keepclear(*words: object) -> str:
    command = [sys.executable, "-m", "keepclear.cli.main", *map(str, words)]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


@contextmanager
def pair(place: Path) -> Iterator[tuple[Served, Served]]:
    """Make two nodes that have compared their cards, and serve them."""
    cards = {}
    for party, other in ((SENDER, READER), (READER, SENDER)):
        folder, card = place / party, place / f"{party}.json"
        keepclear("init", folder, "--party", party, "--name", NODES[party])
        keepclear("peer", "listen", "--port", free_port(), "--dir", folder)
        made = keepclear("peer", "card", "--for", other, "--out", card, "--dir", folder, "--json")
        cards[party] = (card, json.loads(made)["fingerprint"])
        keepclear("party", other, f"{other} forces", "--dir", folder)
        keepclear("party", other, f"{other} forces", "--tell", other, "--dir", folder)
    for party, other in ((SENDER, READER), (READER, SENDER)):
        card, fingerprint = cards[other]
        keepclear("peer", "add", card, "--fingerprint", fingerprint, "--dir", place / party)
    processes, served = [], []
    try:
        for party in NODES:
            port = free_port()
            serve = ["serve", "--dir", str(place / party), "--port", str(port)]
            command = [sys.executable, "-m", "keepclear.cli.main", *serve]
            processes.append(subprocess.Popen(command, stderr=subprocess.DEVNULL))
            while socket.socket().connect_ex(("127.0.0.1", port)):
                time.sleep(0.1)
            served.append(Served(place / party, port))
        yield served[0], served[1]
    finally:
        for process in processes:
            process.send_signal(signal.SIGINT)
        for process in processes:
            process.wait(20)


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


async def to_the_other_screen(author: Served, reader: Served) -> list[float]:
    """Tell messages at a steady pace; give for each the milliseconds until the other side's stream had it."""
    stream, writer = await asyncio.open_connection("127.0.0.1", reader.port)
    writer.write(reader.request("GET", READER, "stream"))
    await stream.readuntil(b"event: ready")
    began: dict[str, float] = {}
    seen: dict[str, float] = {}
    warm = 20

    async def screen() -> None:
        while len(seen) < MESSAGES + warm:
            line = await stream.readline()
            if line.startswith(b"data:") and b'"kind":"message"' in line:
                seen[json.loads(line[5:])["statement"]] = time.perf_counter()

    watching = asyncio.create_task(screen())
    pipe = await asyncio.open_connection("127.0.0.1", author.port)
    for number in range(warm):  # until the link stands
        await answered(
            pipe, author.request("POST", SENDER, "statements", message(f"w{number}"), f"w{number}")
        )
    while len(seen) < warm:  # noqa: ASYNC110 - it waits for another process
        await asyncio.sleep(0.05)
    start = time.perf_counter()
    for number in range(MESSAGES):
        await asyncio.sleep(max(0.0, start + number * PACE_S - time.perf_counter()))
        at, key = time.perf_counter(), f"s{number}"
        made = await answered(pipe, author.request("POST", SENDER, "statements", message(key), key))
        began[made["statement"]] = at
    await asyncio.wait_for(watching, 20)
    writer.close()
    pipe[1].close()
    return [1e3 * (seen[each] - at) for each, at in began.items()]
