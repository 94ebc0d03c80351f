"""Looking for garbage in small steps, so that no message waits for a look through the whole record.

A node holds some hundred thousand objects that live as long as it does. The collector of Python looks through
all of them again whenever enough new ones have come: 0.2 s, in which nothing else runs. So what has lived for
a while is set aside, where it is looked at no more; what falls out of use is freed all the same, bar rings of
objects that hold each other, and for these all is looked through once an hour.
"""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from keepclear.service.again import running
from keepclear.service.writer import Writer

ASIDE_S: Final = 10.0
WHOLE_S: Final = 3_600.0
_YOUNG: Final = 1


class Collecting:
    """Sets aside what lives long, for the life of a served node."""

    def __init__(self, aside_s: float = ASIDE_S, whole_s: float = WHOLE_S) -> None:
        self._aside_s, self._whole_s = aside_s, whole_s
        self._whole_at = float("-inf")

    @asynccontextmanager
    async def running(self, writer: Writer) -> AsyncIterator[None]:
        """Run for the life of the block; at its end everything is looked at as before."""
        try:
            async with running(self.step, "the search for garbage", self._aside_s):
                yield
        finally:
            gc.unfreeze()

    async def step(self) -> None:
        """Free what is young and gone, and set the rest aside; now and then look through everything."""
        now = asyncio.get_running_loop().time()
        if now - self._whole_at >= self._whole_s:
            self._whole_at = now
            gc.unfreeze()
            gc.collect()
        else:
            gc.collect(_YOUNG)
        gc.freeze()
