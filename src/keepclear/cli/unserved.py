"""A desk of a node that is not running: its folder is opened, and the application asked in this process."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from keepclear.cli.desks import Desk
from keepclear.cli.output import say
from keepclear.model.words import PartyId
from keepclear.service.auth import Role
from keepclear.service.delivery import StationLog
from keepclear.service.exchange.behind import OWN_LOGS, OwnLogs
from keepclear.service.exchange.identity import EVIDENCE, PEERS
from keepclear.service.exchange.pairing import Peers
from keepclear.service.exchange.session import Exchange
from keepclear.service.exchange.stopped import StoppedLogs
from keepclear.service.http.app import application
from keepclear.service.opening import open_node
from keepclear.service.reach import Book, LastHop, Tries
from keepclear.service.settings import REACH, REACH_STATE
from keepclear.service.writer import Writer

_ALARMS = "/alarms"
_CREATED = 201


@contextmanager
def unserved_desk(folder: Path, party: PartyId, role: Role, dir_option: str = "") -> Iterator[Desk]:
    """Open the folder, and a party's desk in it; at the end say what nobody does while no node is served.

    Raises:
        StoreFault: the folder's files cannot be used.
    """
    opened = open_node(folder)
    writer = Writer(opened.node)
    own = OwnLogs(folder / OWN_LOGS)
    exchange = Exchange(opened.node, Peers.open(folder / PEERS), StoppedLogs(folder / EVIDENCE), own)
    # Asked which ways there are, it sends nothing: no engine runs here.
    hop = LastHop(StationLog(), Book(folder / REACH), Tries(folder / REACH_STATE), opened.node.clock.now)
    app = application(writer, opened.tokens, exchange=exchange, reach=hop)
    missing = dict[str, None]()
    try:
        with asyncio.Runner() as runner:
            transport = httpx.ASGITransport(app, raise_app_exceptions=True)
            inside = httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1")

            def request(method: str, url: str, **rest: Any) -> httpx.Response:  # noqa: ANN401
                async def ask() -> httpx.Response:
                    async with writer.running():
                        return await inside.request(method, url, **rest)

                given = runner.run(ask())
                missing.update(dict.fromkeys(_missing(method, url, given.status_code)))
                return given

            yield Desk(party, opened.tokens.token(party, role), request, dir_option)
        for words in missing:
            say(f"{words} To serve it: keepclear serve --dir {folder}")
    finally:
        opened.node.store.close()


def _missing(method: str, url: str, status: int) -> Iterator[str]:
    """Say what no served node means for what was asked: an act, or a look at the alarms."""
    if method == "POST" and status == _CREATED:
        yield (
            "NO NODE IS SERVED here: recorded, but shown on no page and given to no other node; "
            "no deadline of it is watched, no alarm rings."
        )
    if method == "GET" and url.endswith(_ALARMS):
        yield (
            "NO NODE IS SERVED here: no deadline is watched and no alarm is raised; what is listed was "
            "raised while one was served."
        )
