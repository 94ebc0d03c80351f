"""The loop over real sockets with mutual TLS: delivered, cosigned, refused to strangers, never given up."""

from __future__ import annotations

import asyncio
import socket
import ssl
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

import httpx
import msgspec
import pytest
import uvicorn
from tests.patience import PATIENCE_S

from keepclear.commands.telling import Tell
from keepclear.model.notices import RemarkMade
from keepclear.model.parties import PartyKind, PartyStated
from keepclear.model.statements import LogId
from keepclear.model.words import CapStatus, PartyId
from keepclear.service.clock import SystemClock
from keepclear.service.exchange import wire
from keepclear.service.exchange.identity import PEERS, identity
from keepclear.service.exchange.link import PATH, RETRY_S, Link, certificate_text, client_context, retry_after
from keepclear.service.exchange.pairing import Peer, Peers, fingerprint, own_card
from keepclear.service.exchange.session import Exchange
from keepclear.service.http.exchange import exchange_application
from keepclear.service.http.peers import peer_view
from keepclear.service.http.protocol import BoundedHead
from keepclear.service.keys import Keyring
from keepclear.service.listening import Tls
from keepclear.service.node import Node
from keepclear.service.writer import Writer
from keepclear.stores.memory import MemoryStore

PARTIES = {"alpha": PartyId("COA"), "bravo": PartyId("RUS"), "carol": PartyId("TUR")}


@dataclass
class Side:
    node: Node
    writer: Writer
    link: Link
    peers: Peers
    tls: Tls
    port: int

    @property
    def party(self) -> PartyId:
        return PARTIES[self.node.keys.node]

    def card(self, *others: str):
        return own_card(
            self.node.keys, CapStatus.EXERCISE, (self.party,), tuple(PARTIES[name] for name in others),
            certificate_text(self.tls.certificate), f"https://127.0.0.1:{self.port}",
        )  # fmt: skip

    def pin(self, other: Side) -> None:
        card = other.card(self.node.keys.node)
        self.peers.put(Peer(card, fingerprint(card)), (self.party,))

    async def say(self, words: str, *readers: str) -> None:
        tell = Tell(body=RemarkMade(words), readers=tuple(PARTIES[name] for name in readers))
        await self.writer.submit(self.node.ask(self.party, tell, words))

    async def introduce(self, other: str) -> None:
        body = PartyStated(PARTIES[other], other, PartyKind.STATE_FORCE)
        await self.writer.submit(self.node.ask(self.party, Tell(body=body), f"p {other}"))


class Quiet(uvicorn.Server):
    def capture_signals(self):
        from contextlib import nullcontext

        return nullcontext()


@asynccontextmanager
async def running(folder, *names: str):
    """Run nodes with their loops and doors on one event loop; none knows another yet."""
    async with AsyncExitStack() as stack:
        sides = {}
        for name in names:
            place = folder / name
            place.mkdir()
            node = Node(
                MemoryStore(), Keyring.from_seed(name, name.encode() * 8, (PARTIES[name],)), SystemClock(),
                CapStatus.EXERCISE, "party",
            )  # fmt: skip
            node.host(PARTIES[name])
            writer = Writer(node)
            tls = identity(place, name, SystemClock().now())
            peers = Peers.open(place / PEERS)
            link = Link(Exchange(node, peers), writer, tls)
            door = socket.socket()
            door.bind(("127.0.0.1", 0))
            config = uvicorn.Config(
                exchange_application(link, writer), http=BoundedHead, log_level="critical", lifespan="off",
                timeout_graceful_shutdown=1,
            )  # fmt: skip
            config.load()
            config.ssl = link.context
            server = Quiet(config)
            await stack.enter_async_context(writer.running())
            await stack.enter_async_context(link.running(writer))
            serving = asyncio.create_task(server.serve(sockets=[door]))
            stack.push_async_callback(_stopped, server, serving)
            sides[name] = Side(node, writer, link, peers, tls, door.getsockname()[1])
        yield [sides[name] for name in names]


async def _stopped(server: uvicorn.Server, serving: asyncio.Task) -> None:
    server.should_exit = True
    async with asyncio.timeout(PATIENCE_S):
        await serving


async def until(holds, within_s: float = PATIENCE_S) -> None:
    async with asyncio.timeout(within_s):
        while not holds():  # noqa: ASYNC110 - what is waited for has no event of its own
            await asyncio.sleep(0.02)


def receipted(side: Side, reader: str) -> int:
    found = side.node.receipt(LogId(side.party, PARTIES[reader]))
    return 0 if found is None else found.size


def size(side: Side, author: str, reader: str) -> int:
    return side.node.durable_size(LogId(PARTIES[author], PARTIES[reader]))


def test_what_is_told_is_held_there_and_receipted_here_while_both_run(tmp_path):
    async def story():
        async with running(tmp_path, "alpha", "bravo") as (alpha, bravo):
            await alpha.introduce("bravo")
            await alpha.say("before the two have met", "bravo")
            alpha.pin(bravo)  # taken up without a restart, as after a command
            bravo.pin(alpha)
            await until(lambda: receipted(alpha, "bravo") == size(alpha, "alpha", "bravo") > 0)
            await alpha.say("now", "bravo")
            await until(lambda: receipted(alpha, "bravo") == 4)
            assert size(bravo, "alpha", "bravo") == 4
            words = [entry.statement.body for entry in bravo.node.inbox(bravo.party)]
            assert [each.text for each in words if isinstance(each, RemarkMade)] == [
                "before the two have met", "now",
            ]  # fmt: skip
            assert alpha.link.exchange.session("bravo").unsent(alpha.node.clock.now()).entries == 0

    asyncio.run(story())


def test_a_cut_link_keeps_what_is_told_and_heals(tmp_path):
    async def story():
        async with running(tmp_path, "alpha", "bravo") as (alpha, bravo):
            await alpha.introduce("bravo")
            alpha.pin(bravo)
            bravo.pin(alpha)
            await alpha.say("one", "bravo")
            await until(lambda: receipted(alpha, "bravo") == 3)
            alpha.peers.put(msgspec.structs.replace(alpha.peers.of("bravo"), cut=True), (alpha.party,))
            await until(lambda: bravo.link.exchange.session("alpha").health.failures > 0)
            for number in range(5):
                await alpha.say(f"while cut {number}", "bravo")
            assert size(bravo, "alpha", "bravo") == 3
            assert alpha.link.exchange.session("bravo").unsent(alpha.node.clock.now()).entries == 5
            alpha.peers.put(msgspec.structs.replace(alpha.peers.of("bravo"), cut=False), (alpha.party,))
            await until(lambda: receipted(alpha, "bravo") == 8)
            assert size(bravo, "alpha", "bravo") == 8

    asyncio.run(story())


def test_strangers_and_those_whose_keys_were_revoked_get_nothing(tmp_path):
    async def story():
        async with running(tmp_path, "alpha", "bravo", "carol") as (alpha, bravo, carol):
            alpha.pin(bravo)
            bravo.pin(alpha)
            carol.pin(alpha)  # carol knows alpha, and alpha does not know carol
            with pytest.raises((httpx.HTTPError, ssl.SSLError)):
                await asked(carol, alpha)
            assert (await asked(bravo, alpha)).status_code == 200
            gone = msgspec.structs.replace(alpha.peers.of("bravo"), revoked="key lost")
            alpha.peers.put(gone, (alpha.party,))
            assert (await asked(bravo, alpha)).status_code == 403

    async def asked(by: Side, of: Side) -> httpx.Response:
        context = client_context(by.tls, by.peers.of(of.node.keys.node))
        async with httpx.AsyncClient(verify=context, trust_env=False) as client:
            frame = wire.encode(wire.Pull((), by.node.clock.wall()))
            return await client.post(f"https://127.0.0.1:{of.port}{PATH}", content=frame)

    asyncio.run(story())


def test_a_frame_that_is_none_is_a_problem_and_changes_nothing(tmp_path):
    async def story():
        async with running(tmp_path, "alpha", "bravo") as (alpha, bravo):
            alpha.pin(bravo)
            bravo.pin(alpha)
            await asyncio.sleep(1.2)  # until the door has taken the certificate up
            context = client_context(bravo.tls, bravo.peers.of("alpha"))
            async with httpx.AsyncClient(verify=context, trust_env=False) as client:
                url = f"https://127.0.0.1:{alpha.port}{PATH}"
                for content, rule in ((b"x", "exchange-frame"), (b"x" * 300_000, "exchange-size")):
                    answer = await client.post(url, content=content)
                    assert (answer.status_code, answer.json()["rule"]) == (400, rule)

    asyncio.run(story())


def test_a_peer_under_another_certificate_is_not_the_peer(tmp_path):
    async def story():
        async with running(tmp_path, "alpha", "bravo", "carol") as (alpha, bravo, carol):
            # Somebody else answers at bravo's address.
            card = msgspec.structs.replace(bravo.card("alpha"), url=f"https://127.0.0.1:{carol.port}")
            alpha.peers.put(Peer(card, fingerprint(card)), (alpha.party,))
            carol.pin(alpha)
            await until(lambda: alpha.link.exchange.session("bravo").health.failures > 0)
            assert alpha.link.exchange.session("bravo").health.pulled_at is None

    asyncio.run(story())


def test_a_pack_that_is_refused_again_and_again_is_asked_for_ever_more_seldom(tmp_path):
    """The link is up and said to be so; what came is not taken in, and the tries in a row are counted on."""

    async def story():
        async with running(tmp_path, "alpha", "bravo", "carol") as (alpha, bravo, carol):
            await alpha.introduce("bravo")
            await alpha.say("one", "bravo")
            alpha.pin(bravo)
            card = alpha.card("bravo")  # its statements are not by the key that was confirmed
            strange = msgspec.structs.replace(
                card.parties[0], statements=carol.card("bravo").parties[0].statements
            )
            card = msgspec.structs.replace(card, parties=(strange,))
            bravo.peers.put(Peer(card, fingerprint(card)), (bravo.party,))
            health = bravo.link.exchange.session("alpha").health
            await until(lambda: health.failures >= 3)
            view = peer_view(bravo.link.exchange, bravo.peers.of("alpha"), bravo.node.clock.wall())
            assert (view.state, size(bravo, "alpha", "bravo")) == ("up", 0)
            assert view.why.startswith("not taken in here, and asked for again: ")

    asyncio.run(story())


def test_it_is_tried_again_without_end_ever_more_seldom_up_to_a_minute():
    for failures, base in enumerate((*RETRY_S, RETRY_S[-1], RETRY_S[-1]), 1):
        found = {retry_after(failures) for _ in range(50)}
        assert len(found) > 10, "two nodes that lost each other must not try in step"
        assert base / 2 <= min(found)
        assert max(found) <= base
    assert retry_after(10**6) <= 60.0
