"""Commands that run a node: serve, doctor."""

from __future__ import annotations

import asyncio
import logging
import os
import platform
import shutil
import signal
import socket
import sqlite3
import ssl
import sys
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import msgspec
import uvicorn
import uvloop
from cyclopts import Parameter

from keepclear import __version__
from keepclear.cli.client import FOLDER, Running, desk, node_settings
from keepclear.cli.looking import Dir, Json
from keepclear.cli.output import Printer, safe, say
from keepclear.cli.persons import people_of
from keepclear.errors import KeepclearError
from keepclear.service import listening
from keepclear.service.clock import SystemClock
from keepclear.service.collecting import Collecting
from keepclear.service.commitments import Commitments
from keepclear.service.deadlines import Engine
from keepclear.service.delivery import StationLog
from keepclear.service.exchange import journal
from keepclear.service.exchange.behind import OWN_LOGS, OwnLogs
from keepclear.service.exchange.concerns import concerns
from keepclear.service.exchange.identity import EVIDENCE, PEERS, identity
from keepclear.service.exchange.link import Link
from keepclear.service.exchange.pairing import Peers
from keepclear.service.exchange.session import Exchange
from keepclear.service.exchange.stopped import StoppedLogs
from keepclear.service.feeding import Feeding
from keepclear.service.feeds import FeedBook
from keepclear.service.heartbeat import Heartbeat
from keepclear.service.http.app import application, console_folder
from keepclear.service.http.exchange import exchange_application
from keepclear.service.http.protocol import BoundedHead
from keepclear.service.http.signin import Door
from keepclear.service.http.unbuilt import UNBUILT
from keepclear.service.listening import (
    Listening,
    Tls,
    bound_sockets,
    check_may_listen,
    is_loopback,
    place_of,
    tls_of,
)
from keepclear.service.live import Live
from keepclear.service.opening import open_node
from keepclear.service.passkeys import Passkeys
from keepclear.service.reach import Book, LastHop, Tries
from keepclear.service.readying import make_ready
from keepclear.service.settings import (
    FEEDS,
    HEARTBEAT,
    REACH,
    REACH_STATE,
    RUNNING,
    STATION_LOG,
    TRACKS,
    WITNESSES,
)
from keepclear.service.throttle import Throttle
from keepclear.service.tls import check_tls, server_context
from keepclear.service.witnesses import Offering, Witnesses
from keepclear.service.writer import Writer
from keepclear.stores.tracks import TrackStore

if TYPE_CHECKING:
    from starlette.types import ASGIApp

GRACE_S = 1
STATION_ALONE = "Its alarms wake nobody beyond this station: keepclear reach add."
_SOON_DAYS = 14
_LOOK_S = 0.02


def serve(
    *,
    dir_: Dir = FOLDER,
    port: Annotated[int | None, Parameter(help="The port to listen at; else the settings'.")] = None,
    host: Annotated[
        str | None, Parameter(help="The address to listen at; else the settings', this machine only.")
    ] = None,
) -> int:
    """Serve a node: on this machine, or beyond it once it has a certificate and somebody can sign in."""
    listen = _listening(node_settings(dir_).listen, host, port)
    tls = tls_of(dir_, listen)
    place = place_of(listen, tls=tls is not None)
    with people_of(dir_) as people:
        check_may_listen(listen, tls, can_sign_in=people.can_sign_in(place.rp_id))
        if tls is not None:
            check_tls(tls, listen.allowed_hosts, SystemClock().now())
        door = Door(people, Passkeys(place), Throttle(), SystemClock())
        with bound(listen.host, listen.port, ready) as listeners:
            _serve(dir_, listen, tls, door, listeners)
    return 0


def _serve(
    folder: Path, listen: Listening, tls: Tls | None, door: Door, listeners: list[socket.socket]
) -> None:
    opened = open_node(folder)
    hosts = frozenset(name.lower() for name in listen.allowed_hosts)
    writer = Writer(opened.node)
    hop = LastHop(
        StationLog(folder / STATION_LOG), Book(folder / REACH), Tries(folder / REACH_STATE), SystemClock().now
    )
    engine = Engine(lambda: writer.node, hop, Heartbeat(folder / HEARTBEAT))
    own = OwnLogs(folder / OWN_LOGS)
    exchange = Exchange(opened.node, Peers.open(folder / PEERS), StoppedLogs(folder / EVIDENCE), own)
    engine.beside = lambda party, now: concerns(exchange, party, now)
    link = Link(exchange, writer, identity(folder, opened.node.keys.node, SystemClock().now()))
    positions = TrackStore.open(folder / TRACKS)
    live = Live(lambda: writer.node, positions, FeedBook(folder / FEEDS))
    works = (
        Collecting(),
        Commitments(lambda: writer.node),
        Offering(lambda: writer.node, Witnesses(folder / WITNESSES)),
        Feeding(live),
    )
    journal.to_stderr()
    console = console_folder()
    app = application(
        writer,
        opened.tokens,
        console=console,
        door=door,
        hosts=hosts,
        engine=engine,
        reach=hop,
        works=works,
        exchange=exchange,
        link=link,
        live=live,
    )
    hosted, address = ", ".join(opened.node.hosted), door.passkeys.place.origins[0]
    try:
        with announced(folder, listen, tls), _peers_door(listen) as peers_door:
            pages = f" {UNBUILT}" if console is None else ""
            pages += "" if Book(folder / REACH).ways() else f" {STATION_ALONE}"
            heard_at = f"{address}, listening at {listen.host}"
            say(f"Keepclear serves {hosted} at {heard_at}; stop with Ctrl-C.{pages}")
            run(app, listeners, tls, PeersDoor(exchange_application(link, writer), link, peers_door))
    finally:
        positions.close()
        opened.node.store.close()


@contextmanager
def _peers_door(listen: Listening) -> Iterator[list[socket.socket]]:
    """Take the port at which peers pull, if there is one."""
    if not listen.exchange_port:
        yield []
        return
    with bound(listen.exchange_host, listen.exchange_port) as listeners:
        say(f"Peers' nodes are answered at {listen.exchange_host}, port {listen.exchange_port}.")
        yield listeners


@dataclass(frozen=True)
class Way:
    """An application, its TLS settings if it has any, and the sockets where it is reached."""

    app: ASGIApp
    context: ssl.SSLContext | None
    listeners: list[socket.socket]


@asynccontextmanager
async def served(ways: Sequence[Way]) -> AsyncIterator[None]:
    """Serve several applications on this event loop for the life of the block; signals are the caller's."""
    inner = [(_Inner(_configured(way.app, way.context)), way.listeners) for way in ways]
    logging.getLogger("uvicorn.error").addFilter(_worth_saying)
    tasks = [asyncio.create_task(server.serve(sockets=listeners)) for server, listeners in inner]
    try:
        # The server of uvicorn has no event for it.
        while not all(server.started or server.should_exit for server, _ in inner):  # noqa: ASYNC110
            await asyncio.sleep(_LOOK_S)
        yield
    finally:
        for server, _ in inner:
            server.should_exit = True
        await asyncio.gather(*tasks, return_exceptions=True)


def run_async(work: Coroutine[Any, Any, None]) -> None:
    """Run on the event loop of libuv, on which sockets cost less of the processor."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(work)


def run_all(ways: Sequence[Way]) -> None:
    """Serve several applications on one event loop until Ctrl-C or SIGTERM, then end quietly."""

    async def until_stopped() -> None:
        async with served(ways):
            await asyncio.Event().wait()

    kept = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with suppress(KeyboardInterrupt):
            run_async(until_stopped())
    finally:
        signal.signal(signal.SIGTERM, kept)


@dataclass(frozen=True)
class PeersDoor:
    """The application that answers peers, its TLS, and the sockets where it listens, if it does."""

    app: ASGIApp
    link: Link
    listeners: list[socket.socket]


def _listening(kept: Listening, host: str | None, port: int | None) -> Listening:
    asked = {name: value for name, value in (("host", host), ("port", port)) if value is not None}
    return msgspec.structs.replace(kept, **asked)


def ready() -> None:
    """Make ready what a node compiles; say so where that takes its time."""
    make_ready(say)


@contextmanager
def bound(host: str, port: int, first: Callable[[], None] = lambda: None) -> Iterator[list[socket.socket]]:
    """Take the port before anything is opened or said of it; let callers in when what comes first is done.

    Raises:
        Refused: there is no such port, or another process has it.
    """
    listeners = bound_sockets(host, port)
    try:
        first()
        listening.listen(listeners, port)
        yield listeners
    finally:
        for listener in listeners:
            listener.close()


def run(
    app: ASGIApp, listeners: list[socket.socket], tls: Tls | None = None, peers: PeersDoor | None = None
) -> None:
    """Serve until Ctrl-C or SIGTERM, then end quietly, open streams too."""
    server = uvicorn.Server(_configured(app, None if tls is None else server_context(tls)))
    logging.getLogger("uvicorn.error").addFilter(_worth_saying)
    kept = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with suppress(KeyboardInterrupt):
            if peers is None or not peers.listeners:
                run_async(server.serve(sockets=listeners))
            else:
                run_async(_both(server, listeners, peers))
    finally:
        signal.signal(signal.SIGTERM, kept)


def _configured(app: ASGIApp, context: ssl.SSLContext | None) -> uvicorn.Config:
    # Headers by which a go-between names its caller are not believed: see http/callers.py.
    config = uvicorn.Config(
        app,
        http=BoundedHead,
        log_level="warning",
        timeout_graceful_shutdown=GRACE_S,
        proxy_headers=False,
        server_header=False,
    )
    config.load()
    config.ssl = context
    return config


async def _both(server: uvicorn.Server, listeners: list[socket.socket], peers: PeersDoor) -> None:
    """Serve desks and peers on one event loop, since one writer writes for both; end together."""
    door = _Inner(_configured(peers.app, peers.link.context))
    inner = asyncio.create_task(door.serve(sockets=peers.listeners), name="peers' door")
    try:
        await server.serve(sockets=listeners)
    finally:
        door.should_exit = True
        await asyncio.gather(inner, return_exceptions=True)


class _Inner(uvicorn.Server):
    """A server beside another one, which alone answers to signals."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave the signals to the outer server."""
        yield


def _worth_saying(record: logging.LogRecord) -> bool:
    """Keep back what the server logs of streams that end because it stops."""
    cut_off = record.exc_info and isinstance(record.exc_info[1], asyncio.CancelledError)
    return not cut_off and "timeout graceful shutdown" not in record.getMessage()


@contextmanager
def announced(folder: Path, listen: Listening, tls: Tls | None = None) -> Iterator[None]:
    """Leave word in the folder of where commands on this machine reach the node, while it runs."""
    path = folder / RUNNING
    near = listen.host if is_loopback(listen.host) else "127.0.0.1"
    at = f"[{near}]" if ":" in near else near
    running = Running(f"{'http' if tls is None else 'https'}://{at}:{listen.port}", os.getpid())
    path.write_bytes(msgspec.json.encode(running))
    try:
        yield
    finally:
        path.unlink(missing_ok=True)


def doctor(*, dir_: Dir = FOLDER, json: Json = False) -> int:
    """Look at this machine and at the node's folder, and say what is amiss and what to do."""
    found = [
        _row("Python 3.11 or later", sys.version_info >= (3, 11), platform.python_version()),
        _row("Keepclear", True, __version__),
        _row("SQLite 3.37 or later", sqlite3.sqlite_version_info >= (3, 37), sqlite3.sqlite_version),
        _extra("the console's pages", console_folder(), "make console"),
        _extra("Chromium, for the browser tests", shutil.which("chromium"), "make test-all"),
        _extra("Go, for the outside verifier's tests", shutil.which("go"), "make test-all"),
        *_node_rows(dir_),
    ]

    def lined(rows: list[dict[str, object]]) -> Iterator[str]:
        for row in rows:
            mark = "ok" if row["ok"] else "MISSING" if row["must"] else "not here"
            yield safe(f"{mark:<8}  {row['what']}: {row['words']}")

    Printer(as_json=json).give(found, lined)
    return 0 if all(row["ok"] or not row["must"] for row in found) else 1


def _node_rows(folder: Path) -> Iterator[dict[str, object]]:
    try:
        settings = node_settings(folder)
    except KeepclearError as error:
        yield _row(f"a node in {folder}", False, str(error), must=False)
        return
    yield _row(f"a node in {folder}", True, f"{settings.cap}, hosts {', '.join(settings.parties)}")
    yield from _tls_rows(folder, settings.listen)
    yield from _reach_rows(folder)
    try:
        with desk(folder, settings.parties[0]) as here:
            proof = here.get("proof")
        yield _row("its record verifies", bool(proof["verified"]), "; ".join(proof["lines"][-1:]))
    except KeepclearError as error:
        yield _row("its record opens", False, str(error))


def _tls_rows(folder: Path, listen: Listening) -> Iterator[dict[str, object]]:
    try:
        tls = tls_of(folder, listen)
        if tls is not None:
            now = SystemClock().now()
            left = (check_tls(tls, listen.allowed_hosts, now).not_valid_after_utc - now).days
            words = f"good for {left} days" if left > _SOON_DAYS else f"ends in {left} days: renew it"
            yield _row("its TLS certificate", left > _SOON_DAYS, words)
    except KeepclearError as error:
        yield _row("its TLS certificate", False, str(error))


def _reach_rows(folder: Path) -> Iterator[dict[str, object]]:
    try:
        ways, tries = Book(folder / REACH).ways(), Tries(folder / REACH_STATE)
    except KeepclearError as error:
        yield _row("its ways to people", False, str(error))
        return
    failing = [way.name for way in ways if tries.state(way).failures]
    words = (
        f"failing: {', '.join(failing)}; see keepclear reach list" if failing else f"{len(ways)}, none fails"
    )
    yield _row("its ways to people", not failing, words)


def _extra(what: str, found: object, command: str) -> dict[str, object]:
    return _row(what, found is not None, str(found) if found else f"brought by: {command}", must=False)


def _row(what: str, ok: bool, words: str, *, must: bool = True) -> dict[str, object]:
    return {"what": what, "ok": ok, "words": words, "must": must}
