"""The loop that pulls from each peer: at once when there is news, again and again while the link is down."""

from __future__ import annotations

import asyncio
import logging
import secrets
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from pathlib import Path

import httpx
import msgspec
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from keepclear.errors import KeepclearError, Malformed
from keepclear.service.exchange import faults, wire
from keepclear.service.exchange.journal import changed
from keepclear.service.exchange.pairing import Peer
from keepclear.service.exchange.session import Exchange, Session
from keepclear.service.exchange.wire import Gave, Pull
from keepclear.service.listening import Tls
from keepclear.service.writer import Writer

LOG = logging.getLogger(__name__)
PATH = "/exchange/v1/pull"
WAIT_S = 20.0
"""How long an answer waits for news: the wake-up is the answer itself."""

PATIENCE_S = 60.0
"""How long nothing at all may come in before a link counts as down; short texts pass at 9,600 bit/s."""

RETRY_S = (1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 60.0)
TICK_S = 1.0
_RANDOM = secrets.SystemRandom()


def retry_after(failures: int) -> float:
    """Give the seconds to the next try: doubling to a minute, with jitter, and no end of trying."""
    base = RETRY_S[min(max(failures, 1), len(RETRY_S)) - 1]
    return base * _RANDOM.uniform(0.5, 1.0)


def client_context(tls: Tls, peer: Peer) -> ssl.SSLContext:
    """Give the TLS settings by which a peer is met: its pinned certificate alone, ours shown to it."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.check_hostname = False  # the certificate itself is known, whatever address it is met at
    context.load_verify_locations(cadata=peer.certificate)
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    context.load_cert_chain(tls.certificate, tls.key)
    return context


def server_context(tls: Tls) -> ssl.SSLContext:
    """Give the TLS settings of the exchange: nobody but a peer with its pinned certificate gets in."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.load_cert_chain(tls.certificate, tls.key)
    context.verify_mode = ssl.CERT_REQUIRED
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    return context


def trust(context: ssl.SSLContext, peers: list[Peer]) -> None:
    """Let the certificates of further peers in; which of them may do what is judged at each request."""
    for peer in peers:
        if peer.card.certificate:
            context.load_verify_locations(cadata=peer.certificate)


def certificate_text(path: Path) -> str:
    """Give a certificate file's one certificate in PEM."""
    return x509.load_pem_x509_certificate(path.read_bytes()).public_bytes(Encoding.PEM).decode()


class Link:
    """Pulls from every peer that has an address, for the life of the block in which it runs."""

    def __init__(self, exchange: Exchange, writer: Writer, tls: Tls) -> None:
        self.exchange = exchange
        self._writer = writer
        self._tls = tls
        self._tasks: dict[str, tuple[Peer, asyncio.Task[None]]] = {}
        self._wakes: dict[str, asyncio.Event] = {}
        self._trusted: set[str] = set()
        self.context = server_context(tls)
        self._trust()

    @asynccontextmanager
    async def running(self, writer: Writer) -> AsyncIterator[None]:
        """Pull for the life of the block; `writer` is the one that makes durable what comes."""
        if writer is not self._writer:
            raise ValueError("a link beside another node's writer")
        keeper = asyncio.create_task(self._keep(), name="peers")
        try:
            yield
        finally:
            tasks = [keeper, *(task for _, task in self._tasks.values())]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def rest(self) -> None:
        """End the pulls from peers that were cut, and wait until they have ended."""
        tasks = [task for _, task in self._tasks.values()]
        self._match()
        await asyncio.gather(*(task for task in tasks if task.cancelling()), return_exceptions=True)

    def wake(self, name: str) -> None:
        """Try a peer again at once: it has just been heard of."""
        if name in self._wakes:
            self._wakes[name].set()

    def stands(self, peer: Peer) -> bool:
        """Tell whether a peer is as it was: not cut, revoked or changed, by a command of this moment either.

        Raises:
            StoreFault: the peers cannot be read again.
        """
        self.exchange.peers.refresh()
        return peer in self.exchange.peers.all()

    def look(self) -> None:
        """Take up at once what was changed of the peers in this process."""
        self._match()

    async def _keep(self) -> None:
        """Keep one task per peer; peers that were added or changed by a command are taken up."""
        while True:
            try:
                self.exchange.peers.refresh()
                self._trust()
                self._match()
            except KeepclearError as error:
                LOG.warning("the peers cannot be read again: %s", error)
            await asyncio.sleep(TICK_S)

    def _trust(self) -> None:
        """Let peers in that were pinned since; their certificates stay known to the door until a restart."""
        fresh = [peer for peer in self.exchange.peers.all() if peer.card.certificate not in self._trusted]
        trust(self.context, fresh)
        self._trusted |= {peer.card.certificate for peer in fresh}

    def _match(self) -> None:
        wanted = {
            peer.node: peer
            for peer in self.exchange.peers.all()
            if peer.card.url and not peer.cut and not peer.revoked
        }
        for name, (peer, task) in list(self._tasks.items()):
            if wanted.get(name) != peer or task.done():
                task.cancel()
                del self._tasks[name]
        for name, peer in wanted.items():
            if name not in self._tasks:
                self._wakes[name] = asyncio.Event()
                self._tasks[name] = (peer, asyncio.create_task(self._pull_from(peer), name=f"pull {name}"))

    async def _pull_from(self, peer: Peer) -> None:
        limits = httpx.Timeout(PATIENCE_S, connect=10.0)
        client = httpx.AsyncClient(verify=client_context(self._tls, peer), timeout=limits, trust_env=False)
        async with client:
            wait_s = 0.0
            while True:
                session = self.exchange.session(peer.node)
                before = msgspec.structs.replace(session.health)
                try:
                    await self.once(client, session, wait_s)
                    wait_s = WAIT_S
                except (httpx.HTTPError, OSError, KeepclearError) as error:
                    session.failed(error, self._now())
                    wait_s = 0.0
                changed(peer.node, before, session.health)
                if session.health.failures:
                    await self._pause(peer.node, retry_after(session.health.failures))

    async def _pause(self, name: str, seconds: float) -> None:
        wake = self._wakes[name]
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await wake.wait()
        wake.clear()

    def _now(self) -> datetime:
        return self.exchange.node.clock.wall()

    async def once(self, client: httpx.AsyncClient, session: Session, wait_s: float) -> None:
        """Pull once and make durable what came; cosign it with the next pull.

        Raises:
            httpx.HTTPError: the link is down.
            KeepclearError: something of the answer was refused; the rest is kept.
        """
        await self._writer.settled()
        pull = session.pull(self._now(), wait_s)
        gave = await self._asked(client, session.peer, pull)
        if not self.stands(session.peer):
            self._match()  # ends this task: nothing is taken over a link that was cut meanwhile
            return
        refused: KeepclearError | None = None
        for step in session.steps(gave, self.exchange.node.clock.now()):
            try:
                await self._writer.submit_whole(step)
            except KeepclearError as error:
                refused = error
        session.took(pull, gave, self._now(), refused)
        self.exchange.compare(gave.heads, self._now())
        if refused is not None:
            raise refused

    async def _asked(self, client: httpx.AsyncClient, peer: Peer, pull: Pull) -> Gave:
        url = f"{peer.card.url}{PATH}"
        async with client.stream("POST", url, content=wire.encode(pull)) as response:
            raw = bytearray()
            async for piece in response.aiter_bytes():
                raw += piece
                if len(raw) > wire.MAX_ANSWER_BYTES:
                    raise Malformed(
                        f"an answer of {peer.node} beyond its bound", "exchange-size",
                        f"at most {wire.MAX_ANSWER_BYTES} bytes",
                    )  # fmt: skip
        if response.status_code != 200:
            raise faults.refusal(peer, response.status_code, bytes(raw))
        return wire.read_gave(bytes(raw))
