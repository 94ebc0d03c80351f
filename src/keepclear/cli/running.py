"""Commands that run a node: init, serve, doctor."""

from __future__ import annotations

import ipaddress
import os
import platform
import shutil
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import msgspec
import uvicorn
from cyclopts import Parameter

from keepclear import __version__
from keepclear.cli.client import FOLDER, Running, desk
from keepclear.cli.looking import Dir, Json
from keepclear.cli.output import Printer, safe, say
from keepclear.errors import KeepclearError, NotAllowed
from keepclear.model.words import CapStatus
from keepclear.service.deadlines import Engine
from keepclear.service.delivery import StationLog
from keepclear.service.heartbeat import Heartbeat
from keepclear.service.http.app import application, console_folder
from keepclear.service.opening import (
    HEARTBEAT,
    RUNNING,
    STATION_LOG,
    Settings,
    create,
    open_node,
    settings_of,
)
from keepclear.service.writer import Writer

PORT = 8642


def init(
    folder: Annotated[Path, Parameter(help="The data directory to make.")] = FOLDER,
    /,
    *,
    party: Annotated[
        list[str], Parameter(negative="", help="The id of a party that the node hosts; may be given again.")
    ],
    name: Annotated[str, Parameter(help="The node's name in the origins of its logs.")] = "keepclear.local",
    exercise: Annotated[
        bool, Parameter(negative="--actual", help="Everything in it is Exercise, or Actual.")
    ] = True,
) -> int:
    """Make the data directory of a node that hosts one or more parties."""
    cap = CapStatus.EXERCISE if exercise else CapStatus.ACTUAL
    create(folder, Settings(name, cap, tuple(party)))
    open_node(folder).node.store.close()
    say(f"Made {folder} for {', '.join(party)}, status {cap}. Start it with: keepclear serve --dir {folder}")
    return 0


def serve(
    *,
    dir_: Dir = FOLDER,
    port: Annotated[int, Parameter(help="The port to listen at.")] = PORT,
    host: Annotated[str, Parameter(help="The address to listen at; this machine only.")] = "127.0.0.1",
) -> int:
    """Serve a node on this machine."""
    refuse_beyond_loopback(host)
    opened = open_node(dir_)
    writer = Writer(opened.node)
    engine = Engine(lambda: writer.node, StationLog(dir_ / STATION_LOG), Heartbeat(dir_ / HEARTBEAT))
    app = application(writer, opened.tokens, console=console_folder(), engine=engine)
    try:
        with announced(dir_, host, port):
            say(
                f"Keepclear serves {', '.join(opened.node.hosted)} at http://{host}:{port}; stop with Ctrl-C."
            )
            uvicorn.run(app, host=host, port=port, log_level="warning", timeout_graceful_shutdown=2)
    finally:
        opened.node.store.close()
    return 0


def refuse_beyond_loopback(host: str) -> None:
    """Refuse to listen where others can reach it, as long as nobody signs in.

    Raises:
        NotAllowed: the address is not of the loopback range.
    """
    try:
        local = host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        local = False
    if not local:
        raise NotAllowed(
            f"listening at {host}, beyond this machine",
            "loopback-only",
            "127.0.0.1; sign-in and TLS, which listening further needs, come with a later release",
        )


@contextmanager
def announced(folder: Path, host: str, port: int) -> Iterator[None]:
    """Leave word in the folder of where the node can be reached, while it runs."""
    path = folder / RUNNING
    path.write_bytes(msgspec.json.encode(Running(f"http://{host}:{port}", os.getpid())))
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
        settings = settings_of(folder)
    except KeepclearError as error:
        yield _row(f"a node in {folder}", False, str(error), must=False)
        return
    yield _row(f"a node in {folder}", True, f"{settings.cap}, hosts {', '.join(settings.parties)}")
    try:
        with desk(folder, settings.parties[0]) as here:
            proof = here.get("proof")
        yield _row("its record verifies", bool(proof["verified"]), "; ".join(proof["lines"][-1:]))
    except KeepclearError as error:
        yield _row("its record opens", False, str(error))


def _extra(what: str, found: object, command: str) -> dict[str, object]:
    return _row(what, found is not None, str(found) if found else f"brought by: {command}", must=False)


def _row(what: str, ok: bool, words: str, *, must: bool = True) -> dict[str, object]:
    return {"what": what, "ok": ok, "words": words, "must": must}
