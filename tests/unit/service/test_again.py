"""Work beside the writer: a fault ends it as little as success does; the end of the block does."""

from __future__ import annotations

import asyncio
import logging
import sys
from contextlib import suppress

import pytest

from keepclear.service import again


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(again, "TICK_S", 0.001)


def turns_of(faults: set[int], seconds: float = 0.05) -> int:
    turns = 0

    async def work() -> None:
        nonlocal turns
        turns += 1
        if turns in faults:
            raise OSError("the disk is full")

    async def lived() -> None:
        async with again.running(work, "a work", 0.001):
            await asyncio.sleep(seconds)
        ended = turns
        await asyncio.sleep(0.01)
        assert turns == ended, "it ends with its block"

    asyncio.run(lived())
    return turns


def test_the_work_is_done_again_and_again():
    assert turns_of(set()) > 3


def test_a_fault_is_logged_and_does_not_end_it(caplog):
    with caplog.at_level(logging.ERROR):
        assert turns_of({1, 2}) > 3
    assert caplog.text.count("a work: goes on after a fault") == 2


def test_twin_a_loop_that_does_not_catch_ends_at_its_first_fault(monkeypatch):
    async def bare(work, name, pause_s=0.0):
        while True:
            await work()
            await asyncio.sleep(pause_s)

    monkeypatch.setattr(again, "for_ever", bare)
    assert turns_of({2}) == 2


def stops(loop_of, after: int) -> bool:
    """Tell whether work ends that is cancelled so many turns of the loop after what it waits for came."""

    async def lived() -> bool:
        came = asyncio.Event()

        async def work() -> None:
            with suppress(TimeoutError):
                await asyncio.wait_for(came.wait(), 60)  # noqa: TID251 - as a library may
            came.clear()

        task = asyncio.create_task(loop_of(work, "a work"))
        for _ in range(5):
            await asyncio.sleep(0)
        came.set()
        for _ in range(after):
            await asyncio.sleep(0)
        task.cancel()
        _, left = await asyncio.wait({task}, timeout=0.2)
        for each in left:
            each.cancel()
        return not left

    return asyncio.run(lived())


@pytest.mark.parametrize("after", range(6))
def test_it_ends_when_it_is_cancelled_just_as_what_it_waits_for_comes(after):
    assert stops(again.for_ever, after)


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="wait_for was mended in Python 3.12")
def test_twin_a_loop_that_trusts_its_work_to_notice_may_never_end():
    async def trusting(work, name):
        while True:
            await work()

    assert not all(stops(trusting, after) for after in range(6))
