"""The search for garbage sets aside what lives long, frees rings in time, and puts everything back."""

from __future__ import annotations

import asyncio
import gc
import weakref

import pytest
from tests.building_node import house

from keepclear.service.collecting import Collecting


class Ring:
    def __init__(self) -> None:
        self.me = self


@pytest.fixture(autouse=True)
def put_back():
    yield
    gc.unfreeze()


def steps(collecting: Collecting, count: int) -> None:
    async def go() -> None:
        for _ in range(count):
            await collecting.step()

    asyncio.run(go())


def test_what_lives_is_set_aside_and_the_search_passes_it_by():
    kept = [Ring() for _ in range(100)]
    steps(Collecting(), 2)
    assert gc.get_freeze_count() > len(kept)
    assert not any(each is kept[0] for each in gc.get_objects())


@pytest.mark.parametrize(("whole_s", "freed"), [(0.0, True), (3_600.0, False)])
def test_a_ring_that_fell_out_of_use_is_freed_when_all_is_looked_through(whole_s, freed):
    """The twin looks through everything an hour later only."""
    collecting, ring = Collecting(whole_s=whole_s), Ring()
    seen = weakref.ref(ring)
    steps(collecting, 2)
    del ring
    steps(collecting, 1)
    assert (seen() is None) == freed


def test_it_runs_beside_a_node_and_puts_everything_back_at_its_end():
    with house() as made:

        async def go() -> int:
            async with Collecting(aside_s=0.01).running(made.writer):
                await asyncio.sleep(0.1)
                return gc.get_freeze_count()

        assert made.runner.run(go()) > 1_000
    assert gc.get_freeze_count() == 0
