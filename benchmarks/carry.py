"""A day's backlog by hand: 5,000 statements exported, taken from the stick, and the receipt taken back.

Both nodes keep their record on the disk (`synchronous=FULL`) and answer through their own applications, by
the routes that the commands call: the author's node writes the bundle as a ZIP; the reader's verifies it with
the one-file verifier, checks every entry once more, makes it durable and cosigns; the author's node takes
the receipt. The peer is the bound that the project keeps, so a ratio above 1 is inside.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx

from benchmarks import Row
from benchmarks.exchange import COA, RUS, message, paired
from benchmarks.timing import Beside
from keepclear.commands.telling import Tell
from keepclear.model.parties import PartyKind, PartyStated
from keepclear.model.statements import LogId
from keepclear.service.auth import Role, Tokens
from keepclear.service.exchange.session import Exchange
from keepclear.service.http.app import application
from keepclear.service.node import Node
from keepclear.service.writer import Writer

NAME = "carry"
STATEMENTS = 5_000
LIMIT_S = 5.0


def run() -> list[Row]:
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as place:
        author, reader = paired(Path(place))
        fill(author.node)
        beside = Beside()
        seconds, packed_bytes = asyncio.run(carried(author, reader))
        log = LogId(COA, RUS)
        size, receipt = author.node.durable_size(log), author.node.receipt(log)
        equal = reader.node.durable_size(log) == size and receipt is not None and receipt.size == size
        author.node.store.close()
        reader.node.store.close()
    whole = sum(seconds.values())
    parts = ", ".join(f"{name} {took:.1f}" for name, took in seconds.items())
    unit = f"s ({parts}; {packed_bytes / 1e6:.1f} MB; {beside})"
    bound = f"bound of {LIMIT_S:.0f} s"
    return [Row("a day carried by hand", size, bound, LIMIT_S / whole, whole, LIMIT_S, unit, equal)]


def fill(node: Node) -> None:
    other = PartyStated(RUS, "Russian forces", PartyKind.STATE_FORCE)
    node.act(node.ask(COA, Tell(body=other), "party"))
    for start in range(0, STATEMENTS, 250):
        numbers = range(start, start + 250)
        asks = [node.ask(COA, Tell(body=message(each), readers=(RUS,)), f"m{each}") for each in numbers]
        for outcome in node.carry_out(asks):
            if isinstance(outcome, Exception):
                raise outcome


async def carried(author: Exchange, reader: Exchange) -> tuple[dict[str, float], int]:
    seconds: dict[str, float] = {}
    async with desk(author, COA) as give, desk(reader, RUS) as take:
        began = time.perf_counter()
        packed = (await give.get("bundle", params={"to": RUS})).raise_for_status().content
        seconds["export"] = time.perf_counter() - began
        began = time.perf_counter()
        answer: Any = (await take.post("bundle", content=packed)).raise_for_status().json()
        seconds["import"] = time.perf_counter() - began
        began = time.perf_counter()
        (await give.post("receipts", content=answer["receipt"].encode())).raise_for_status()
        seconds["receipt"] = time.perf_counter() - began
    return seconds, len(packed)


@asynccontextmanager
async def desk(exchange: Exchange, party: str) -> AsyncIterator[httpx.AsyncClient]:
    """A desk of a node behind its own application, with the writer running."""
    tokens, writer = Tokens.fresh((party,)), Writer(exchange.node)
    headers = {"Authorization": f"Bearer {tokens.token(party, Role.WATCH_CHIEF)}"}
    transport = httpx.ASGITransport(application(writer, tokens, exchange=exchange))
    base = f"http://127.0.0.1/api/v1/desks/{party}/"
    async with (
        writer.running(),
        httpx.AsyncClient(transport=transport, base_url=base, headers=headers) as client,
    ):
        yield client
