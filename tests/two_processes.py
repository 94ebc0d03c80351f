"""Two nodes in processes of their own, paired, each reached by the other over a link that can be bad."""

from __future__ import annotations

import asyncio
import secrets
import signal
import socket
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import httpx
from tests.patience import PATIENCE_S
from tests.ready_command import Started

from keepclear.model.words import CapStatus, PartyId
from keepclear.service.auth import Role, Tokens
from keepclear.service.clock import machine_time
from keepclear.service.exchange.identity import PEERS, identity
from keepclear.service.exchange.link import certificate_text
from keepclear.service.exchange.pairing import Peer, Peers, fingerprint, own_card
from keepclear.service.keys import Keyring
from keepclear.service.listening import Listening
from keepclear.service.settings import KEYS, TOKENS, Settings, create

PIECE = 1024


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass
class BadLink:
    """A link in user space to a port: open, slow, broken off after so many bytes, or cut.

    `bytes_per_s` bounds what comes back from the far end; `left` is how many bytes still come before the
    link breaks off and stays cut. A cut link closes whatever is open and lets nobody in.
    """

    far: int
    port: int = field(default_factory=free_port)
    cut: bool = False
    bytes_per_s: float | None = None
    left: int | None = None
    passed: int = 0
    _open: set[asyncio.StreamWriter] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._began = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        assert self._began.wait(10)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._server = self._loop.run_until_complete(asyncio.start_server(self._met, "127.0.0.1", self.port))
        self._began.set()
        self._loop.run_forever()

    async def _met(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.cut:
            writer.transport.abort()
            return
        try:
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self.far)
        except OSError:
            writer.transport.abort()
            return
        self._open |= {writer, far_writer}
        ways = (self._pass(reader, far_writer, back=False), self._pass(far_reader, writer, back=True))
        try:
            await asyncio.gather(*ways)
        finally:
            for one in (writer, far_writer):
                self._open.discard(one)
                one.transport.abort()

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, back: bool) -> None:
        with suppress(OSError):
            while piece := await reader.read(PIECE):
                if back:
                    self.passed += len(piece)
                    if self.bytes_per_s:
                        await asyncio.sleep(len(piece) / self.bytes_per_s)
                    if self.left is not None:
                        self.left -= len(piece)
                        if self.left <= 0:
                            self._break_off()
                            return
                writer.write(piece)
                await writer.drain()
        writer.transport.abort()

    def _break_off(self) -> None:
        self.cut = True
        for one in list(self._open):
            one.transport.abort()

    def break_off(self) -> None:
        """Cut the link, in the middle of whatever is on its way."""
        self._loop.call_soon_threadsafe(self._break_off)
        self.until(lambda: self.cut)

    def mend(self, bytes_per_s: float | None = None, left: int | None = None) -> None:
        """Let the link go on: at a pace, or for so many bytes."""
        self.bytes_per_s, self.left, self.cut = bytes_per_s, left, False

    def until(self, done, seconds: float = PATIENCE_S) -> None:
        until = time.monotonic() + seconds
        while not done():
            assert time.monotonic() < until, "the link did not do as it was asked"
            time.sleep(0.02)

    def close(self) -> None:
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(timeout=10)
        self._loop.close()

    async def _end(self) -> None:
        self._server.close()
        tasks = [each for each in asyncio.all_tasks() if each is not asyncio.current_task()]
        for each in tasks:
            each.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


@dataclass
class End:
    """One node in a process of its own, and how its page asks."""

    folder: Path
    party: PartyId
    page: int
    door: int
    process: Started | None = None

    def start(self) -> None:
        self.process = Started("serve", "--dir", self.folder, "--port", self.page)
        until = time.monotonic() + PATIENCE_S
        while True:
            assert self.process.poll() is None, self.process.stderr.read()
            assert time.monotonic() < until
            with suppress(httpx.HTTPError):
                if httpx.get(f"{self.url}/livez", trust_env=False).status_code == 200:
                    return
            time.sleep(0.05)

    @property
    def url(self) -> str:
        return f"http://localhost:{self.page}"

    def kill(self) -> None:
        """End the process as a power cut would."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(timeout=PATIENCE_S)
        self.process.stderr.close()
        (self.folder / "running.json").unlink(missing_ok=True)

    def stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            self.process.communicate(timeout=PATIENCE_S)

    def token(self, role: Role, party: str | None = None) -> str:
        tokens = Tokens.open(self.folder / TOKENS, (self.party,))
        return tokens.token(PartyId(party or self.party), role)

    def headers(self, key: str = "") -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token(Role.WATCH_CHIEF)}", "Idempotency-Key": key}

    def ask(self, method: str, path: str, **rest):
        url, headers = f"{self.url}/api/v1/desks/{self.party}/{path}", self.headers(secrets.token_hex(8))
        answer = httpx.request(
            method, url, headers=headers,
            trust_env=False, timeout=PATIENCE_S, **rest,
        )  # fmt: skip
        assert answer.status_code < 300, answer.text
        return answer.json()

    def peer(self):
        return self.ask("GET", "peers")["items"][0]

    def metric(self, name: str) -> float:
        """Give a counter of this node's one peer, as the operator reads it."""
        bearer = {"Authorization": f"Bearer {self.token(Role.OPERATOR, '*')}"}
        shown = httpx.get(f"{self.url}/metrics", headers=bearer, trust_env=False).text
        rows = [row for row in shown.splitlines() if row.startswith(f"keepclear_peer_{name}{{")]
        return float(rows[0].split()[-1])


@dataclass
class Pair:
    """Two nodes, paired by cards; each is reached by the other over a link of its own."""

    alpha: End
    bravo: End
    to_alpha: BadLink
    to_bravo: BadLink

    @classmethod
    def made(cls, folder: Path) -> Pair:
        ends = [
            End(folder / name, PartyId(party), free_port(), free_port())
            for name, party in (("alpha", "COA"), ("bravo", "RUS"))
        ]
        links = [BadLink(end.door) for end in ends]
        for end in ends:
            listen = Listening(exchange_host="127.0.0.1", exchange_port=end.door)
            create(end.folder, Settings(end.folder.name, CapStatus.EXERCISE, (end.party,), listen))
        for end, other, link in ((ends[0], ends[1], links[1]), (ends[1], ends[0], links[0])):
            _pin(end, other, f"https://127.0.0.1:{link.port}")
        return cls(*ends, *links)

    def start(self) -> None:
        """Start both, and let each side know the other's party."""
        for end, other in ((self.alpha, self.bravo), (self.bravo, self.alpha)):
            end.start()
            body = {
                "kind": "party", "party": other.party, "name": f"Forces of {other.party}",
                "party_kind": "state force",
            }  # fmt: skip
            end.ask("POST", "statements", json={"body": body, "readers": []})

    def break_off(self) -> None:
        for link in (self.to_alpha, self.to_bravo):
            link.break_off()

    def mend(self, **how) -> None:
        for link in (self.to_alpha, self.to_bravo):
            link.mend(**how)

    def close(self) -> None:
        for end in (self.alpha, self.bravo):
            end.stop()
        for link in (self.to_alpha, self.to_bravo):
            link.close()


def _pin(end: End, other: End, url: str) -> None:
    """Pin the other's card, which is reached over a link."""
    keys = Keyring.open(other.folder / KEYS, other.folder.name)
    keys.host(other.party)
    tls = identity(other.folder, other.folder.name, machine_time())
    card = own_card(
        keys, CapStatus.EXERCISE, (other.party,), (end.party,), certificate_text(tls.certificate), url
    )
    Peers.open(end.folder / PEERS).put(Peer(card, fingerprint(card), machine_time()), (end.party,))


def waited(what, seconds: float = PATIENCE_S):
    """Wait for something to be so, and give it."""
    until = time.monotonic() + seconds
    while not (found := what()):
        assert time.monotonic() < until, "it did not come about in time"
        time.sleep(0.05)
    return found
