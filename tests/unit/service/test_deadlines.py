"""The engine's loop on a real clock: in time while it is up, at once after a start; it looks after itself."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from tests.patience import PATIENCE_S
from tests.watching import COA, PARTIES, RUS, Post, Watch, verdict

import keepclear.service.deadlines as engine_module
from keepclear.commands.alarms import decide_raise
from keepclear.commands.telling import Tell
from keepclear.errors import StoreFault
from keepclear.model.alarms import AlarmRaised, Plan, PlanStep, StepKind
from keepclear.model.hotline import Rung, RungReached
from keepclear.model.statements import digest, encode
from keepclear.model.words import CapStatus, Precedence, StatementId
from keepclear.rules.alarming import Wanted
from keepclear.rules.attention import last
from keepclear.service.asking import Ask
from keepclear.service.clock import SystemClock
from keepclear.service.deadlines import AUDIT_S, Engine
from keepclear.service.duties import Duties, Rows
from keepclear.service.heartbeat import Heartbeat
from keepclear.service.keys import Keyring
from keepclear.service.node import Node
from keepclear.service.writer import Writer
from keepclear.stores.sqlite import SqliteStore
from keepclear.views.alarms import alarms

SHORT = Plan(tuple(PlanStep(after_s, f"role {after_s}") for after_s in (0, 1)), 60, 600)


class Live:
    """A real node with a real store, clock and loop."""

    def __init__(self, folder: Path) -> None:
        self.store = SqliteStore.open(folder / "record.db")
        self.node = Node(
            self.store, Keyring.from_seed("live", b"x", PARTIES), SystemClock(), CapStatus.EXERCISE
        )
        self.node.host(*PARTIES)
        self.writer, self.post = Writer(self.node), Post()
        self.engine = Engine(lambda: self.node, self.post, Heartbeat(folder / "beat.json"))

    async def raise_alarm(self, name: str) -> None:
        node, key = self.node, f"\n{name}"
        body = AlarmRaised(
            node.keys.subject(COA, key), "test", name, Precedence.FLASH, SHORT, node.clock.now()
        )
        await self.writer.submit(
            Ask(COA, key, b"", (), lambda desk, now: decide_raise(desk, body, key, now, node.keys))
        )

    async def has_sent(self, steps: int) -> bool:
        """Tell whether so many steps are durable, and nothing of theirs waits to be sent."""
        await self.writer.settled()  # a step that is decided stands in the picture before it is in the store
        return len(self.lateness_s()) >= steps and not self.store.outbox()

    def lateness_s(self) -> list[float]:
        steps = [entry.statement for each in alarms(self.node.picture(COA)) for entry in each.history]
        return [
            (step.stated_at - step.body.due).total_seconds()
            for step in steps
            if step.body.step == StepKind.ESCALATED
        ]


async def up(folder: Path, names: range, steps: int) -> tuple[Live, float]:
    """Raise alarms, stay up until so many steps were sent; give the longest that a short sleep took."""
    live, longest = Live(folder), 0.0
    async with live.writer.running(), live.engine.running(live.writer):
        for number in names:
            await live.raise_alarm(f"alarm {number}")
        async with asyncio.timeout(PATIENCE_S):
            while not await live.has_sent(steps):
                began = time.monotonic()
                await asyncio.to_thread(time.sleep, 0.05)
                longest = max(longest, time.monotonic() - began)
    live.store.close()
    return live, longest


def test_while_up_it_is_never_a_second_late_and_after_a_start_it_catches_up_at_once(tmp_path: Path) -> None:
    # The second is meant where we get to run: if a short sleep takes half of it, another try counts.
    for attempt in range(20):
        folder = tmp_path / f"{attempt}"
        folder.mkdir()
        first, longest = asyncio.run(up(folder, range(5), 10))
        late = first.lateness_s()
        assert len(late) == len(first.post.came) == 10
        assert min(late) >= 0
        if longest < 0.5:
            break
    assert max(late) < 1.0
    second, _ = asyncio.run(up(folder, range(5, 8), 13))
    came = len(first.post.came) + len(second.post.came)
    third, _ = asyncio.run(up(folder, range(0), 16))
    assert len(third.lateness_s()) == 16
    assert came + len(third.post.came) == 16


def test_it_beats_into_the_file_while_it_runs(tmp_path: Path) -> None:
    async def beat() -> None:
        live = Live(tmp_path)
        async with live.writer.running(), live.engine.running(live.writer):
            await asyncio.sleep(0.1)
        live.store.close()

    asyncio.run(beat())
    assert Heartbeat(tmp_path / "beat.json").last is not None


class Failing:
    """A store that cannot be read for a while."""

    def __init__(self, store: SqliteStore) -> None:
        self._store = store
        self.left = 2

    def outbox(self):
        self.left -= 1
        if self.left >= 0:
            raise StoreFault("reading", "disk-sound", "a sound disk")
        return self._store.outbox()

    def __getattr__(self, name: str):
        return getattr(self._store, name)


def test_a_fault_of_the_disk_does_not_end_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine_module, "TICK_S", 0.05)
    monkeypatch.setattr("keepclear.service.again.TICK_S", 0.05)

    async def up() -> Live:
        live = Live(tmp_path)
        live.node.store = Failing(live.store)
        async with live.writer.running(), live.engine.running(live.writer):
            await live.raise_alarm("alarm")
            await asyncio.sleep(0.5)
        live.store.close()
        return live

    assert len(asyncio.run(up()).post.came) == 1


# It looks after itself.


def forget(watch: Watch) -> None:
    """Take an alarm's deadline out of the store and of memory, as a fault would."""
    found = watch.durable._deadlines
    place = next(iter(found))
    del found[place]
    watch.node.duties.rows[place] = Rows()


def test_an_open_alarm_without_a_deadline_is_found_within_two_minutes_and_alarms() -> None:
    watch = Watch()
    subject = watch.raise_alarm().subject
    watch.run(70, tick_s=10)
    forget(watch)
    watch.run(2 * AUDIT_S, tick_s=10)
    found = [each.body for each in watch.alarms() if each.body.rule == "deadline-audit"]
    assert [body.matter for body in found] == [subject]
    assert found[0].title.startswith("Escalation has stopped")


def test_a_sound_night_gives_the_auditor_nothing_to_say() -> None:
    watch = Watch()
    watch.message()
    watch.raise_alarm()
    watch.machine.set_by(86_400)
    watch.run(600, tick_s=10)
    assert [each for each in watch.alarms() if each.body.rule == "deadline-audit"] == []
    verdict(watch)


def test_a_start_mends_rows_that_are_not_those_of_the_record() -> None:
    watch = Watch()
    watch.raise_alarm()
    watch.turn()
    watch.durable._deadlines.clear()
    watch.durable._outbox.clear()
    watch.start()
    assert watch.node.mended
    watch.check_law()
    watch.run(130)
    verdict(watch)
    watch.start()
    assert not watch.node.mended


def test_what_is_due_is_given_soonest_first_and_stays_until_it_is_done() -> None:
    watch = Watch()
    first = watch.raise_alarm()
    watch.machine.pass_s(1)
    watch.raise_alarm()
    duties: Duties = watch.node.duties
    now = watch.node.clock.now()
    assert [row.alarm for row in duties.due(now, 1)] == [first.subject]
    assert len(duties.due(now, 10)) == 2
    assert len(duties.due(now, 10)) == 2
    assert duties.due(now - timedelta(seconds=2), 10) == []


def acknowledge(watch: Watch, told: StatementId) -> None:
    text_hash = digest(encode(watch.node.picture(COA).entry(told).statement))
    body = RungReached(told, COA, Rung.ACKNOWLEDGED, "duty officer", text_hash=text_hash)
    watch.node.act(watch.node.ask(COA, Tell(body=body, readers=(RUS,)), "answer"))


@pytest.mark.parametrize("precedence", list(Precedence))
def test_the_cause_ends_and_the_alarm_with_it_and_why_is_said(precedence: Precedence) -> None:

    watch = Watch()
    told = watch.message(precedence)
    watch.run(2, tick_s=1)
    acknowledge(watch, told)
    watch.run(2, tick_s=1)
    [each] = watch.alarms()
    assert each.state == "ended"
    assert each.reason == "acknowledged or answered here"


# A look for causes goes on part by part; what happens in between counts once.


def looking(watch: Watch) -> Iterator[list[Ask]]:
    """Begin a look and stop after its first part."""
    parts = watch.engine._sweep(watch.node.hosted)
    assert next(parts) == []
    return parts


def test_a_look_by_parts_finds_what_a_look_at_once_finds() -> None:
    watch = Watch()
    watch.message()
    watch.machine.pass_s(600)
    at_once = watch.engine.sweep([COA])
    *before, found = watch.engine._sweep([COA])
    assert [ask.key for ask in found] == [ask.key for ask in at_once] != []
    assert len(before) > 10
    assert not any(before)


def test_what_was_raised_while_a_look_goes_on_is_neither_raised_again_nor_ended() -> None:
    watch = Watch()
    watch.message()
    parts = looking(watch)
    watch.submit(watch.engine.sweep(watch.node.hosted))
    [raised] = watch.alarms()
    watch.submit(last(parts))
    assert watch.alarms() == [raised]
    assert raised.is_open


def test_what_ended_while_a_look_goes_on_is_ended_once() -> None:
    watch = Watch()
    told = watch.message()
    watch.run(2, tick_s=1)
    parts = looking(watch)
    acknowledge(watch, told)
    watch.submit(watch.engine.sweep(watch.node.hosted))
    watch.submit(last(parts))
    [each] = watch.alarms()
    assert (each.state, each.reason) == ("ended", "acknowledged or answered here")
    assert [step.statement.body.step for step in each.history].count(StepKind.ENDED) == 1


def test_a_look_is_given_up_where_the_record_was_read_anew() -> None:
    """What it saw may not have become durable."""
    watch = Watch()
    watch.message()
    parts = looking(watch)
    watch.node.drop()
    assert not any(parts)
    watch.turn()  # and looks again at once
    assert len(watch.alarms()) == 1


def test_others_act_between_the_parts_of_a_look(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    turns, seen = 0, []

    def parts(*_: object) -> Iterator[list[Wanted]]:
        for _ in range(3):
            seen.append(turns)
            yield []

    async def others() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    async def up() -> None:
        live = Live(tmp_path)
        other = asyncio.create_task(others())
        async with live.writer.running(), live.engine.running(live.writer), asyncio.timeout(PATIENCE_S):
            while len(seen) < 3 * len(PARTIES):  # noqa: ASYNC110 - it waits for the engine's own loop
                await asyncio.sleep(0.01)
        other.cancel()
        live.store.close()

    monkeypatch.setattr(engine_module, "wanted_by_parts", parts)
    asyncio.run(up())
    assert all(one < other for one, other in pairwise(seen[:3])), seen


def test_what_falls_due_while_a_look_goes_on_is_fired(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    live = Live(tmp_path)
    until = time.monotonic() + PATIENCE_S
    fired: list[bool] = []

    def parts(*_: object) -> Iterator[list[Wanted]]:
        while not live.lateness_s() and time.monotonic() < until:
            yield []
        fired.append(bool(live.lateness_s()))
        yield []

    async def up() -> None:
        async with live.writer.running():
            await live.raise_alarm("alarm")
            async with live.engine.running(live.writer):
                while not fired:  # noqa: ASYNC110 - it waits for the engine's own loop
                    await asyncio.sleep(0.01)
        live.store.close()

    monkeypatch.setattr(engine_module, "wanted_by_parts", parts)
    asyncio.run(up())
    assert fired[0], "it waited for the end of the look"
