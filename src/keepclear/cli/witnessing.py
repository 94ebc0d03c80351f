"""Commands of witnesses: to be one, and to have one's own logs witnessed elsewhere."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import msgspec
from cyclopts import App, Parameter

from keepclear.cli.client import FOLDER, desk, node_settings
from keepclear.cli.looking import Dir, Json
from keepclear.cli.output import OUT, Printer, instant, safe, say
from keepclear.cli.running import bound, run
from keepclear.errors import Malformed, NotKnown
from keepclear.record.signing import fingerprint
from keepclear.service.clock import SystemClock
from keepclear.service.http.witness_app import witness_application
from keepclear.service.listening import PORT, Listening, tls_of
from keepclear.service.opening import open_node
from keepclear.service.settings import WITNESSES
from keepclear.service.tls import check_tls
from keepclear.service.witness import (
    Witness,
    WitnessSettings,
    check_witness_may_listen,
    create_witness,
    open_witness,
)
from keepclear.service.witnesses import Offered, Witnesses, WitnessRow, offer_all

witness = App(name="witness", help="Witnesses: be one for others' logs, or have one's own logs witnessed.")
Folder = Annotated[Path, Parameter(help="The witness's folder.")]


@witness.command
def init(
    folder: Folder,
    /,
    *,
    name: Annotated[str, Parameter(help="The witness's name, as in monitors.example.")],
    host: Annotated[str, Parameter(help="The address to listen at.")] = "127.0.0.1",
    port: Annotated[int, Parameter(help="The port to listen at.")] = PORT + 1,
    tls_certificate: Annotated[Path | None, Parameter(help="A TLS certificate, to listen further.")] = None,
    tls_key: Annotated[Path | None, Parameter(help="Its key.")] = None,
) -> int:
    """Make a witness. Whoever is a party to the arrangement does not witness others' logs."""
    certificate, key_file = ("" if one is None else str(one.absolute()) for one in (tls_certificate, tls_key))
    listen = Listening(host, port, tls_certificate=certificate, tls_key=key_file)
    check_witness_may_listen(listen, tls=tls_of(folder, listen) is not None)
    create_witness(folder, WitnessSettings(name, listen))
    return key(folder)


@witness.command
def key(folder: Folder, /) -> int:
    """Print the witness's public key, and its fingerprint to be read aloud."""
    opened = open_witness(folder)
    opened.store.close()
    OUT.print(safe(opened.key.vkey))
    say(f"Fingerprint {fingerprint(opened.key.vkey)}")
    return 0


@witness.command(name="add-log")
def add_log(
    folder: Folder,
    vkeys: Annotated[list[str] | None, Parameter(help="Public keys of logs.")] = None,
    /,
    *,
    from_: Annotated[
        Path | None, Parameter(name="--from", help="A file with one key in a row; a policy file will do.")
    ] = None,
) -> int:
    """Witness further logs, by their public keys; nothing else of them is needed."""
    rows = [row.split() for row in ([] if from_ is None else from_.read_text("utf-8").splitlines())]
    listed = [row[-1] for row in rows if row and (len(row) == 1 or row[0] == "log")]
    wanted = [*(vkeys or []), *listed]
    if not wanted:
        raise Malformed("adding no log", "witness-log-key", "a log's public key, or --from FILE")
    opened = open_witness(folder)
    try:
        fresh = sum(opened.trust(vkey) for vkey in wanted)
    finally:
        opened.store.close()
    say(f"{fresh} added, {len(wanted) - fresh} known before.")
    return 0


@witness.command
def logs(folder: Folder, /, *, json: Json = False) -> int:
    """Show what the witness has cosigned: origin, size and time of each log. It knows nothing more."""
    opened = open_witness(folder)
    try:
        known = opened.store.logs()
    finally:
        opened.store.close()
    found = [
        {"origin": origin, "size": seen.size, "root": seen.root.hex(), "at": seen.at}
        for origin, seen in known.items()
    ]

    def lined(_: object) -> Iterator[str]:
        for origin, seen in known.items():
            when = f"size {seen.size} at {instant(seen.at.isoformat())}"
            yield safe(f"{origin}: {when if seen.at_us else 'nothing cosigned yet'}")
        if not known:
            yield "No log is known here."

    Printer(as_json=json).give(found, lined)
    return 0


@witness.command
def serve(folder: Folder, /) -> int:
    """Serve a witness."""
    opened = open_witness(folder)
    listen = opened.settings.listen
    tls = tls_of(folder, listen)
    check_witness_may_listen(listen, tls=tls is not None)
    clock = SystemClock()
    if tls is not None:
        check_tls(tls, listen.allowed_hosts, clock.now())
    app = witness_application(Witness(opened.store, opened.key, clock.now))
    try:
        with bound(listen.host, listen.port) as listeners:
            scheme = "http" if tls is None else "https"
            say(
                f"Witness {opened.settings.name} at {scheme}://{listen.host}:{listen.port}; stop with Ctrl-C."
            )
            run(app, listeners, tls)
    finally:
        opened.store.close()
    return 0


@witness.command
def use(
    name: Annotated[str, Parameter(help="What it is called in policies, as in MON.")],
    url: Annotated[str, Parameter(help="Where it answers.")],
    vkey: Annotated[str, Parameter(help="Its public key, confirmed by voice.")],
    /,
    *,
    certificate: Annotated[Path | None, Parameter(help="Its TLS certificate, where it signs itself.")] = None,
    dir_: Dir = FOLDER,
) -> int:
    """Have this node's logs witnessed: it is offered each log's checkpoint hourly."""
    settings = node_settings(dir_)
    row = WitnessRow(name, vkey, url, "" if certificate is None else str(certificate.absolute()))
    Witnesses(dir_ / WITNESSES).use(row, settings.name, settings.parties)
    say(f"{name} is used from the next hour on. Its fingerprint: {fingerprint(vkey)}")
    say(f"It needs this node's log keys: keepclear witness log-keys --dir {dir_}")
    return 0


@witness.command
def drop(name: Annotated[str, Parameter(help="The witness's name.")], /, *, dir_: Dir = FOLDER) -> int:
    """Offer a witness nothing more; what it has cosigned stays."""
    node_settings(dir_)
    if not Witnesses(dir_ / WITNESSES).drop(name):
        raise NotKnown(f"the witness {name}", "witness", "one that keepclear witness list names")
    say(f"{name} is offered nothing more.")
    return 0


@witness.command(name="list")
def list_(*, dir_: Dir = FOLDER, json: Json = False) -> int:
    """Show the witnesses of this node."""
    node_settings(dir_)
    rows = Witnesses(dir_ / WITNESSES).rows()

    def lined(_: object) -> Iterator[str]:
        for row in rows:
            state = "" if row.used else ", no longer used"
            yield safe(f"{row.name} at {row.url}, fingerprint {fingerprint(row.vkey)}{state}")
        if not rows:
            yield "This node's logs are witnessed by nobody."

    Printer(as_json=json).give(msgspec.to_builtins(rows), lined)
    return 0


@witness.command(name="log-keys")
def log_keys(*, dir_: Dir = FOLDER) -> int:
    """Print the public keys of this node's logs, for a witness to add; their names say nothing."""
    found: dict[str, None] = {}
    for party in node_settings(dir_).parties:
        with desk(dir_, party) as here, zipfile.ZipFile(io.BytesIO(here.raw("export"))) as packed:
            rows = packed.read("policy").decode().splitlines()
        found |= dict.fromkeys(row.split()[1] for row in rows if row.startswith("log "))
    for vkey in sorted(found):
        OUT.print(safe(vkey))
    return 0


@witness.command(name="offer")
def offer_now(*, dir_: Dir = FOLDER, json: Json = False) -> int:
    """Offer every log to every witness now; for a node that does not run, since a running one does it hourly.

    Exit status: 0 all are cosigned, 2 one is not, 1 error.
    """
    opened = open_node(dir_)
    try:
        came = offer_all(opened.node, Witnesses(dir_ / WITNESSES).rows())
    finally:
        opened.node.store.close()

    def lined(_: object) -> Iterator[str]:
        yield from (safe(_words(one)) for one in came)
        if not came:
            yield "This node's logs are witnessed by nobody."

    Printer(as_json=json).give(msgspec.to_builtins(came), lined)
    return 0 if all(one.done for one in came) else 2


def _words(one: Offered) -> str:
    return f"{one.witness}, {one.author}→{one.reader} at size {one.size}: {one.words}"
