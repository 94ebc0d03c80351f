"""Work that is done again and again beside the writer: no fault of the disk or of ours may end it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

LOG = logging.getLogger(__name__)
TICK_S = 1.0


async def for_ever(work: Callable[[], Awaitable[None]], name: str, pause_s: float = 0.0) -> None:
    """Do the work again and again, with a pause after each turn and a second after a fault.

    Args:
        work: one turn; what it raises is logged.
        name: what goes on, for the log.
        pause_s: seconds between two turns; 0 where the work itself waits for its next moment.
    """
    task = asyncio.current_task()
    # Work that a library keeps from noticing that it is cancelled must end all the same, or nothing stops.
    while task is None or not task.cancelling():
        try:
            await work()
        except Exception:
            LOG.exception("%s: goes on after a fault", name)
            await asyncio.sleep(TICK_S)
        else:
            if pause_s:
                await asyncio.sleep(pause_s)


@asynccontextmanager
async def running(work: Callable[[], Awaitable[None]], name: str, pause_s: float) -> AsyncIterator[None]:
    """Do the work again and again for the life of the block."""
    task = asyncio.create_task(for_ever(work, name, pause_s), name=name)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
