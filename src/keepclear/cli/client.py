"""How a command reaches a desk: over HTTP if the node is running, else by opening its folder itself.

Either way the same application answers, so the command line cannot do what the routes refuse.
"""

from __future__ import annotations

import os
import shlex
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import msgspec
from msgspec import Struct

from keepclear.cli.desks import Desk
from keepclear.errors import Refused, StoreFault
from keepclear.model.words import PartyId
from keepclear.service.auth import Grant, Role
from keepclear.service.listening import is_loopback, tls_of
from keepclear.service.settings import RECORD, RUNNING, SETTINGS, TOKENS, Settings, settings_of
from keepclear.service.tls import pinned_context

DEMO_FOLDER = Path(".keepclear/demo")
"""Where the demo plays: itself the folder of its one node, or with a folder for each of several."""


def _folder() -> Path:
    """Give the data directory where none is named: the environment's, a node's here, or the demo's."""
    named = os.environ.get("KEEPCLEAR_DIR")
    own = Path(named or ".keepclear")
    return DEMO_FOLDER if named is None and not (own / SETTINGS).exists() and DEMO_FOLDER.exists() else own


FOLDER = _folder()
TIMEOUT_S = 60.0
ALIVE_S = 10.0
"""How long a node whose process lives may take to say so, on a machine that is busy."""


def dir_option(folder: Path) -> str:
    """Give what a command that is named to somebody has at its end, so that it finds the node in a folder."""
    return "" if folder == FOLDER else f" --dir {shlex.quote(str(folder))}"


class Running(Struct, frozen=True):
    """Where a running node can be reached, and its process."""

    url: str
    pid: int


def node_settings(folder: Path) -> Settings:
    """Read the settings of the node in a folder.

    Raises:
        Refused: there is no node in it, or it holds those of a demo; names what would do.
    """
    seats = seats_of(folder)
    if seats:
        folders = " or ".join(f"--dir {seat} ({', '.join(settings_of(seat).parties)})" for seat in seats)
        raise Refused(f"one node is needed, and the demo in {folder} has {len(seats)}", "which-node", folders)
    if not (folder / SETTINGS).exists():
        raise Refused(
            f"a node is needed, and there is none in {folder}",
            "no-node",
            f"keepclear demo, which makes one to try things on here; keepclear init {folder} --party COA "
            "--party RUS, for one of your own; or --dir with a node's folder",
        )
    return settings_of(folder)


def seats_of(folder: Path) -> list[Path]:
    """Give the folders of a demo's nodes where it was last played on several; else none."""
    if folder.resolve() != DEMO_FOLDER.resolve() or (folder / RECORD).exists():
        return []
    return sorted(record.parent for record in folder.glob(f"*/{RECORD}"))


def seat_of(folder: Path, party: str | None) -> Path:
    """Give the folder of a party's node: the folder itself, or in a demo on several nodes one within.

    Raises:
        Refused: it holds several nodes and no party that one of them hosts was named.
    """
    seats = {name: seat for seat in seats_of(folder) for name in settings_of(seat).parties}
    if not seats:
        return folder
    if party not in seats:
        asked = "a desk is needed: name its party" if party is None else f'the desk of "{party}"'
        raise Refused(f"{asked}, in a demo on several nodes", "party", f"--as with one of {', '.join(seats)}")
    return seats[party]


class Reached(Struct, frozen=True):
    """A running node, whose desk it is, the token that opens it, and what is trusted of its certificate."""

    url: str
    party: PartyId
    token: str
    verify: ssl.SSLContext | bool


def reached(folder: Path, party: str | None, role: Role) -> Reached:
    """Reach the node that runs on a folder, as its owner.

    Raises:
        Refused: it does not run, or no party was named and the node hosts several.
    """
    folder = seat_of(folder, party)
    name = _named(folder, party)
    running = _running(folder)
    if running is None:
        raise Refused(f"the running node of {folder}", "node-runs", f"first: keepclear serve --dir {folder}")
    return Reached(running.url, name, _token(folder, name, role), _trusted(folder, running.url))


def reached_at(url: str, party: str | None, token: str, certificate: Path | None) -> Reached:
    """Reach a node elsewhere by a token.

    Raises:
        Refused: there is no token or party, or the way to it is not encrypted.
    """
    address = httpx.URL(url)
    if address.scheme != "https" and not is_loopback(address.host):
        raise Refused(f"the node at {url} without encryption", "https", "https://… as its keepers gave it")
    if not token or not party:
        rest = "--as with the party, and the token of keepclear token add in KEEPCLEAR_TOKEN"
        raise Refused(f"the node at {url}", "token", rest)
    verify = True if certificate is None else pinned_context(certificate)
    return Reached(url.rstrip("/"), PartyId(party), token, verify)


@contextmanager
def desk(folder: Path, party: str | None, role: Role = Role.DUTY_OFFICER) -> Iterator[Desk]:
    """Open a party's desk: at the running node, or at its folder.

    Raises:
        Refused: no node is there, or no party was named and the node hosts several.
        StoreFault: the folder's files cannot be used.
    """
    folder = seat_of(folder, party)
    name = _named(folder, party)
    running = _running(folder)
    if running is not None:
        with httpx.Client(
            base_url=running.url, timeout=TIMEOUT_S, verify=_trusted(folder, running.url), trust_env=False
        ) as client:
            request = partial(_asked, client, folder, running)
            yield Desk(name, _token(folder, name, role), request, dir_option(folder))
        return
    # Here alone: to load the whole node takes half a second, which a running one need not be waited for.
    from keepclear.cli.unserved import unserved_desk

    with unserved_desk(folder, name, role, dir_option(folder)) as opened:
        yield opened


def _named(folder: Path, party: str | None) -> PartyId:
    """Give the party of the desk that is meant."""
    settings = node_settings(folder)
    name = party or (settings.parties[0] if len(settings.parties) == 1 else None)
    choices = f"--as with one of {', '.join(settings.parties)}"
    if name is None:
        raise Refused(
            f"a desk is needed: name its party, since this node hosts {len(settings.parties)}",
            "party",
            choices,
        )
    if name not in settings.parties:
        raise Refused(f'the desk of "{name}", a party that this node does not host', "own-desk", choices)
    return PartyId(name)


def _running(folder: Path) -> Running | None:
    path = folder / RUNNING
    try:
        running = msgspec.json.decode(path.read_bytes(), type=Running)
        os.kill(running.pid, 0)
        asked = httpx.get(
            f"{running.url}/livez", timeout=ALIVE_S, verify=_trusted(folder, running.url), trust_env=False
        )
        asked.raise_for_status()
    except httpx.TimeoutException as error:
        # Its process lives and its port is open: it holds the store, which nobody else could open.
        raise _slow(folder, running, ALIVE_S) from error
    except (OSError, msgspec.DecodeError, httpx.HTTPError):
        return None
    return running


def _asked(
    client: httpx.Client,
    folder: Path,
    running: Running,
    method: str,
    url: str,
    **rest: Any,  # noqa: ANN401 - as httpx takes it
) -> httpx.Response:
    try:
        return client.request(method, url, **rest)
    except httpx.TimeoutException as error:
        raise _slow(folder, running, TIMEOUT_S) from error


def _slow(folder: Path, running: Running, waited_s: float) -> StoreFault:
    """The node runs and does not answer in time."""
    return StoreFault(
        f"the node of {folder} runs (process {running.pid}, {running.url}) and has not answered for "
        f"{waited_s:g} s",
        "node-slow",
        "the same again in a minute, an act with the --key that it had, since it may have been done; "
        "if the node stays so, look at what loads the machine and at the node's own log, and start it anew",
    )


def _trusted(folder: Path, url: str) -> ssl.SSLContext | bool:
    """Give what is trusted of a node on this machine: its own certificate and nothing else."""
    tls = tls_of(folder, settings_of(folder).listen) if url.startswith("https:") else None
    return True if tls is None else pinned_context(tls.certificate)


def _token(folder: Path, party: str, role: Role) -> str:
    try:
        grants = msgspec.json.decode((folder / TOKENS).read_bytes(), type=tuple[Grant, ...])
    except (OSError, msgspec.DecodeError) as error:
        raise StoreFault(
            f"the tokens in {folder}: {error}", "token-file", "the rights of the node's owner"
        ) from error
    for grant in grants:
        if grant.party == party and grant.role == role:
            return grant.token
    raise Refused(f"the desk of {party}", "own-desk", "a party that the node hosts")
