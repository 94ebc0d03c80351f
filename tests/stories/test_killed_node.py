"""A serving node is killed again and again under two desks at work: nothing told is lost, nothing doubled.

The node is the command `serve`, the desks speak HTTP, the engine fires on a fast clock. Whatever was answered
for stands in the record once; what was cut off is asked again under its key, as a client does. Every alarm
climbed each step of its plan once and in order, and none that was due is missing; every message that the
record calls sent came to the station.
"""

from __future__ import annotations

import asyncio
import json
import os
import socket
import time
from collections import Counter
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.contracts.stores.story import dice_of
from tests.forked_node import ForkedNode
from tests.patience import PATIENCE_S
from tests.watching import check_law, due_steps, durable_picture

from keepclear.cli.main import main
from keepclear.model.alarms import AlarmStep, StepKind
from keepclear.model.hotline import MessageSent, RungReached
from keepclear.model.words import PartyId
from keepclear.stores.sqlite import SqliteStore
from keepclear.views.alarms import State, alarms

KILLS = 50
SOAK_KILLS = int(os.environ.get("KEEPCLEAR_KILLS", "1000"))
PACE = 60.0
SLACK = timedelta(seconds=PACE * 2)  # two seconds of the test
ROUND = 25  # kills of one node, so that reading its record stays quick
SENDER, READER = "RUS", "COA"


class Desks:
    """Two desks of one node, which go on where they were after every kill."""

    def __init__(self, folder: Path, port: int) -> None:
        grants = json.loads((folder / "tokens.json").read_bytes())
        self.tokens = {row["party"]: row["token"] for row in grants if row["role"] == "duty officer"}
        self.port = port
        self.told: dict[str, str] = {}
        """What was answered for: the statement by the key of its act."""
        self.open: dict[str, tuple[str, str, dict[str, Any]]] = {}
        """Acts whose answer was cut off, by key."""
        self.made = 0

    async def work(self) -> None:
        """Tell and acknowledge until the node is gone."""
        with suppress(OSError, EOFError):
            pipe = await self._connected()
            for key, (party, path, body) in list(self.open.items()):
                await self._act(pipe, party, path, body, key)
            while True:
                await self._evening(pipe)

    async def _connected(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        until = time.monotonic() + PATIENCE_S
        while True:
            with suppress(OSError):
                return await asyncio.open_connection("127.0.0.1", self.port)
            assert time.monotonic() < until, "the node did not come up"
            await asyncio.sleep(0.01)

    async def _evening(self, pipe: tuple[asyncio.StreamReader, asyncio.StreamWriter]) -> None:
        self.made += 1
        key = f"m{self.made}"
        precedence = ("flash", "priority")[self.made % 2]
        body = {"kind": "message", "to": [READER], "purpose": "safety", "precedence": precedence,
                "texts": [{"words": f"Convoy {self.made}; who is on the east bank?"}]}  # fmt: skip
        made = await self._act(pipe, SENDER, "statements", {"body": body, "readers": [READER]}, key)
        if self.made % 5 == 0:
            shown = await self._ask(pipe, "GET", READER, "alarms", None, "")
            board = shown["board"]
            for each in (*board["new"], *board["earlier"])[:2]:
                if each["state"] == "unacknowledged, active":
                    key = f"alarm/{each['subject']}/{len(each['steps'])}"
                    await self._act(pipe, READER, f"alarms/{each['subject']}/acknowledge", {}, key)
        if self.made % 7:
            rung = {"kind": "rung", "of": made["statement"], "reader": READER, "rung": "acknowledged",
                    "role": "duty officer", "text_hash": made["digest"]}  # fmt: skip
            asked = {"body": rung, "readers": [SENDER]}
            await self._act(pipe, READER, "statements", asked, f"a{self.made}")
        await asyncio.sleep(0.002)

    async def _act(
        self,
        pipe: tuple[asyncio.StreamReader, asyncio.StreamWriter],
        party: str,
        path: str,
        body: dict[str, Any],
        key: str,
    ) -> dict[str, Any]:
        self.open[key] = (party, path, body)
        made = await self._ask(pipe, "POST", party, path, body, key)
        del self.open[key]
        if "statement" in made:
            assert self.told.setdefault(key, made["statement"]) == made["statement"], (
                "one key, two statements"
            )
        return made

    async def _ask(
        self,
        pipe: tuple[asyncio.StreamReader, asyncio.StreamWriter],
        method: str,
        party: str,
        path: str,
        body: dict[str, Any] | None,
        key: str,
    ) -> dict[str, Any]:
        content = b"" if body is None else json.dumps(body).encode()
        lines = [f"{method} /api/v1/desks/{party}/{path} HTTP/1.1", "Host: 127.0.0.1",
                 f"Authorization: Bearer {self.tokens[party]}",
                 f"Content-Length: {len(content)}"]  # fmt: skip
        lines += [f"Idempotency-Key: {key}"] if key else []
        pipe[1].write("\r\n".join([*lines, "", ""]).encode() + content)
        head = (await pipe[0].readuntil(b"\r\n\r\n")).lower()
        got = await pipe[0].readexactly(int(head.split(b"content-length: ")[1].split(b"\r\n")[0]))
        status = int(head[9:12])
        answer = json.loads(got)
        # An alarm that was acknowledged, or whose cause has gone, may be so by the time it is acknowledged.
        assert status in (200, 201) or answer["rule"] == "alarm-state", answer
        return answer


def evening(folder: Path) -> tuple[Path, int]:
    """Make a node that hosts both, and find it a port."""
    node = folder / "node"
    for words in (
        ["init", node, "--party", SENDER, "--party", READER],
        ["party", READER, READER, "--tell", "public", "--as", SENDER, "--dir", node],
        ["party", SENDER, SENDER, "--tell", "public", "--as", READER, "--dir", node],
    ):
        assert main([str(word) for word in words]) == 0
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return node, free.getsockname()[1]


def survive(folder: Path, kills: int, seed: int, planted: str = "") -> Counter[str]:
    """Kill a node under work so many times; give what was told and fired."""
    dice, seen = dice_of(seed), Counter[str]()
    for first in range(0, kills, ROUND):
        place = folder / str(first)
        place.mkdir()
        path, port = evening(place)
        desks, node = Desks(path, port), ForkedNode(path, port, PACE, planted)
        for _ in range(min(ROUND, kills - first)):
            node.start()
            asyncio.run(killed_at_some_moment(desks, node, dice.random()))
        node.start()
        asyncio.run(let_go_on(desks))
        node.stop()
        seen += judged(path, desks)
    return seen


async def killed_at_some_moment(desks: Desks, node: ForkedNode, chance: float) -> None:
    """Kill a node while the first to fourth message of its life, or what follows from it, is under way."""
    working = asyncio.create_task(desks.work())
    more, share = divmod(4 * chance, 1)
    made = desks.made + int(more)
    until = time.monotonic() + PATIENCE_S
    while desks.made <= made and not working.done():
        assert time.monotonic() < until, "the node does not answer"
        await asyncio.sleep(0.001)
    await asyncio.sleep(0.01 + 0.06 * share)
    node.kill()
    await working


async def let_go_on(desks: Desks) -> None:
    """Settle what was cut off, and let everything that is due by then fire."""
    with suppress(TimeoutError):
        async with asyncio.timeout(1.0):
            await desks.work()


def judged(folder: Path, desks: Desks) -> Counter[str]:
    """Hold the record on the disk, and the station's log, against what the desks were answered."""
    station = Counter[str]()
    for line in (folder / "station.log").read_bytes().splitlines():
        with suppress(ValueError):  # a line that a kill cut short is followed by its repeat
            sent = json.loads(line)
            station[sent["key"]] += 1
            assert (sent["attempt"] > 1) == ("REPEAT" in sent["words"]), sent
    store = SqliteStore.open(folder / "record.sqlite3")
    try:
        store.check()
        check_law(store)
        mine, theirs = (durable_picture(store, PartyId(party)) for party in (SENDER, READER))
        kept = {entry.statement.id for picture in (mine, theirs) for entry in picture.entries()}
        lost = set(desks.told.values()) - kept
        assert not lost, f"{len(lost)} acts that were answered for are lost"
        messages = [body.texts[0].words for _, body in mine.history(MessageSent)]
        assert max(Counter(messages).values()) == 1, "a message is doubled"
        assert len(messages) <= desks.made
        rungs = Counter(body.of for _, body in theirs.history(RungReached))
        assert max(rungs.values()) == 1, "an acknowledgement is doubled"
        steps = sum(climbed(each, station) for picture in (mine, theirs) for each in alarms(picture))
        not_lost(theirs, alarms(theirs))
    finally:
        store.close()
    return Counter(messages=len(messages), acknowledged=len(rungs), steps=steps)


def climbed(alarm, station: Counter[str]) -> int:
    """Hold that an alarm climbed each step once and in order, and that what is called sent came."""
    marks, next_place = Counter[tuple[Any, ...]](), 0
    for entry in alarm.history:
        step = entry.statement.body
        assert isinstance(step, AlarmStep)
        if step.step is StepKind.ESCALATED:
            assert step.first == next_place, "a step was left out or came twice"
            next_place = step.last + 1
        elif step.step is StepKind.UNSHELVED:
            next_place = 0
        elif step.step is StepKind.SENT:
            assert station[step.send] >= 1, "called sent, and never came"
        marks[step.step, step.due, step.number, step.send, step.first] += 1
    assert not marks or max(marks.values()) == 1, marks
    return marks.total()


def not_lost(picture, found) -> None:
    """Hold that what was due well before the end has fired, whatever died when it fell due.

    What was raised in the last moments, as by a node that a busy machine was slow to start, has yet to climb.
    """
    end = max(entry.recorded_at for entry in picture.entries()) - SLACK
    standing = [each for each in found if each.entry.recorded_at <= end]
    waiting = [each for each in standing if each.state is State.UNACKNOWLEDGED]
    assert waiting, "nothing was left to climb"
    for each in waiting:
        if each.base == each.body.counts_from:
            assert each.climbed >= due_steps(each, end), "an escalation is lost"


def test_fifty_kills_of_a_serving_node_lose_and_double_nothing(tmp_path, capfd):
    seen = survive(tmp_path, KILLS, 21)
    assert seen["messages"] > 2 * KILLS
    assert seen["acknowledged"] > KILLS
    assert seen["steps"] > KILLS


def test_a_writer_that_answers_before_the_disk_has_it_would_be_caught(tmp_path, capfd):
    with pytest.raises(AssertionError, match=r"are lost|one key, two statements|rung-of-text"):
        survive(tmp_path, ROUND, 23, "early")


@pytest.mark.long
def test_an_engine_that_forgets_what_fell_due_while_it_was_down_would_be_caught(tmp_path, capfd):
    with pytest.raises(AssertionError, match="an escalation is lost"):
        survive(tmp_path, ROUND, 24, "forget")


@pytest.mark.soak
def test_a_thousand_kills_of_a_serving_node_lose_and_double_nothing(tmp_path, capfd):
    seen = survive(tmp_path, SOAK_KILLS, 22)
    assert seen["messages"] > 2 * SOAK_KILLS
