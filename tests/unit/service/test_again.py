"""Work beside the writer: a fault ends it as little as success does; the end of the block does."""

from __future__ import annotations

import asyncio
import logging

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
