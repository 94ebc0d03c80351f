"""How a command reaches a desk: over HTTP if the node is running, else by opening its folder itself.

Either way the same application answers, so the command line cannot do what the routes refuse.
"""

from __future__ import annotations

import asyncio
import os
import secrets
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import msgspec
from msgspec import Struct

from keepclear.errors import Malformed, Refused, StoreFault
from keepclear.model.words import PartyId
from keepclear.service.auth import Grant, Role
from keepclear.service.exchange.identity import EVIDENCE, PEERS
from keepclear.service.exchange.pairing import Peers
from keepclear.service.exchange.session import Exchange
from keepclear.service.exchange.stopped import StoppedLogs
from keepclear.service.http.app import application
from keepclear.service.listening import is_loopback, tls_of
from keepclear.service.opening import RUNNING, SETTINGS, TOKENS, Settings, open_node, settings_of
from keepclear.service.tls import pinned_context
from keepclear.service.writer import Writer

DEMO_FOLDER = Path(".keepclear/demo")


def _folder() -> Path:
    """Give the data directory where none is named: the environment's, a node's here, or the demo's."""
    named = os.environ.get("KEEPCLEAR_DIR")
    own = Path(named or ".keepclear")
    return DEMO_FOLDER if named is None and not (own / SETTINGS).exists() and DEMO_FOLDER.exists() else own


FOLDER = _folder()
TIMEOUT_S = 60.0


class Running(Struct, frozen=True):
    """Where a running node can be reached, and its process."""

    url: str
    pid: int


class Problem(Exception):
    """What a node refused, as it said it."""

    def __init__(self, body: Mapping[str, Any]) -> None:
        self.body = dict(body)
        super().__init__(str(body.get("detail", "refused")))


class Desk:
    """One party's desk at a node, by one role's token."""

    def __init__(self, party: PartyId, token: str, request: Any) -> None:  # noqa: ANN401 - two transports
        self.party = party
        self._token = token
        self._request = request

    def get(self, path: str, **query: str | None) -> Any:  # noqa: ANN401 - JSON
        """Read a path below the desk."""
        asked = {name: value for name, value in query.items() if value is not None}
        return self._json(self._send("GET", path, params=asked))

    def raw(self, path: str, **query: str | None) -> bytes:
        """Read bytes below the desk."""
        asked = {name: value for name, value in query.items() if value is not None}
        response = self._send("GET", path, params=asked)
        self._json(response, parse=response.is_error)
        return bytes(response.content)

    def post(
        self,
        path: str,
        body: object,
        key: str | None = None,
        if_match: str | None = None,
        query: Mapping[str, str] | None = None,
    ) -> Any:  # noqa: ANN401 - JSON
        """Act below the desk, under a fresh idempotency key if none is given."""
        headers = {"Idempotency-Key": key or secrets.token_hex(12)}
        if if_match:
            headers["If-Match"] = f'"{if_match}"'
        try:
            content = body if isinstance(body, bytes) else msgspec.json.encode(body)
        except RecursionError as error:
            raise Malformed(
                "an act nested too deep to be read", "json-depth", "an act of few levels"
            ) from error
        return self._json(self._send("POST", path, content=content, headers=headers, params=query or {}))

    def send_bytes(self, path: str, body: bytes, form: str) -> Any:  # noqa: ANN401 - JSON
        """Send bytes of a media type below the desk."""
        return self._json(self._send("POST", path, content=body, headers={"Content-Type": form}))

    def delete(self, path: str) -> Any:  # noqa: ANN401 - JSON
        """Take away what stands below the desk."""
        return self._json(self._send("DELETE", path))

    def _send(self, method: str, path: str, **rest: Any) -> httpx.Response:  # noqa: ANN401
        headers = {"Authorization": f"Bearer {self._token}", **rest.pop("headers", {})}
        url = f"/api/v1/desks/{self.party}/{path}"
        response: httpx.Response = self._request(method, url, headers=headers, **rest)
        return response

    def _json(self, response: httpx.Response, *, parse: bool = True) -> Any:  # noqa: ANN401 - JSON
        if response.is_error:
            try:
                raise Problem(msgspec.json.decode(response.content, type=dict[str, Any]))
            except msgspec.DecodeError:
                raise Problem({"detail": f"the node answered {response.status_code}"}) from None
        return msgspec.json.decode(response.content) if parse else None


def node_settings(folder: Path) -> Settings:
    """Read the settings of the node in a folder.

    Raises:
        Refused: there is no node in it; names the commands that make one.
    """
    if not (folder / SETTINGS).exists():
        raise Refused(
            f"a node is needed, and there is none in {folder}",
            "no-node",
            f"keepclear demo, which makes one to try things on here; keepclear init {folder} --party COA "
            "--party RUS, for one of your own; or --dir with a node's folder",
        )
    return settings_of(folder)


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
    name = _named(folder, party)
    running = _running(folder)
    if running is not None:
        with httpx.Client(
            base_url=running.url, timeout=TIMEOUT_S, verify=_trusted(folder, running.url), trust_env=False
        ) as client:
            yield Desk(name, _token(folder, name, role), client.request)
        return
    opened = open_node(folder)
    writer = Writer(opened.node)
    exchange = Exchange(opened.node, Peers.open(folder / PEERS), StoppedLogs(folder / EVIDENCE))
    app = application(writer, opened.tokens, exchange=exchange)
    try:
        with asyncio.Runner() as runner:
            transport = httpx.ASGITransport(app, raise_app_exceptions=True)
            inside = httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1")

            def request(method: str, url: str, **rest: Any) -> httpx.Response:  # noqa: ANN401
                async def ask() -> httpx.Response:
                    async with writer.running():
                        return await inside.request(method, url, **rest)

                return runner.run(ask())

            yield Desk(name, opened.tokens.token(name, role), request)
    finally:
        opened.node.store.close()


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
            f"{running.url}/livez", timeout=2.0, verify=_trusted(folder, running.url), trust_env=False
        )
        asked.raise_for_status()
    except (OSError, msgspec.DecodeError, httpx.HTTPError):
        return None
    return running


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
