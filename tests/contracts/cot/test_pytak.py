"""A client that is not ours, pytak, against the port, both ways and as others run it."""

from __future__ import annotations

import asyncio
import warnings
from collections.abc import AsyncIterator
from configparser import ConfigParser
from contextlib import asynccontextmanager
from xml.etree import ElementTree

from tests.building_node import zone
from tests.contracts.cot.devices import Post, post
from tests.patience import PATIENCE_S

from keepclear.service.clock import SystemClock

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # it warns that it cannot enrol; plain TCP does not
    import pytak


class Client:
    """A pytak client with its own queues and workers."""

    def __init__(self) -> None:
        self.out: asyncio.Queue[bytes] = asyncio.Queue()
        self.into: asyncio.Queue[bytes] = asyncio.Queue()

    async def until(self, uid: str) -> ElementTree.Element:
        async with asyncio.timeout(PATIENCE_S):
            while True:
                event = ElementTree.fromstring(await self.into.get())  # noqa: S314 - what our own node has sent
                if event.get("uid") == uid:
                    return event


@asynccontextmanager
async def client(there: Post) -> AsyncIterator[Client]:
    settings = ConfigParser()
    settings["pytak"] = {"COT_URL": f"tcp://127.0.0.1:{there.port}", "TAK_PROTO": "0"}
    config = settings["pytak"]
    (await there.connect()).writer.close()  # the port is open
    reader, writer = await pytak.protocol_factory(config)
    made = Client()
    workers = [pytak.TXWorker(made.out, config, writer), pytak.RXWorker(made.into, config, reader)]
    tasks = [asyncio.create_task(worker.run()) for worker in workers]
    try:
        yield made
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        writer.close()


def now_at(there: Post) -> None:
    """Put the node's clock where pytak takes its times from."""
    there.house.clock.move_to(SystemClock().now())


def test_pytak_is_shown_the_picture_and_its_position_comes_in():
    with post() as there:
        now_at(there)
        told = there.house.tell("COA", zone("At Tanf zone"), "RUS")

        async def talk() -> ElementTree.Element:
            async with client(there) as made:
                drawn = await made.until(f"keepclear.measure.{told['subject']}")
                now_at(there)
                await made.out.put(pytak.gen_cot(lat=33.51, lon=38.91, uid="PYTAK-1", cot_type="a-f-G-U-C"))
                await made.out.put(pytak.gen_cot(uid="pytak-ping", cot_type="t-x-c-t"))
                await made.until("takPong")
                await asyncio.sleep(0.1)
                return drawn

        drawn = there.run(talk())
        assert drawn.find("detail/contact").get("callsign") == "At Tanf zone"
        assert there.there.feed("devices")["unread"] == 0
        thing = there.there.moving()["PYTAK-1"]
        assert (thing["lat"], thing["lon"], thing["standing"]) == (33.51, 38.91, "own")


def test_what_one_pytak_client_sends_another_gets_whole():
    with post() as there:
        now_at(there)

        async def talk() -> list[ElementTree.Element]:
            async with client(there) as first, client(there) as second:
                for each in (first, second):
                    await each.until("keepclear.node")
                now_at(there)
                for number in range(200):
                    await first.out.put(
                        pytak.gen_cot(lat=33.5, lon=38.9, ce=12, uid=f"PYTAK-{number}", cot_type="a-f-A-C-H")
                    )
                return [await second.until(f"PYTAK-{number}") for number in range(200)]

        found = there.run(talk())
        assert {event.get("type") for event in found} == {"a-n-A-C-H"}
        assert {event.find("point").get("ce") for event in found} == {"12.0"}
