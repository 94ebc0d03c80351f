"""The one writer: takes acts in order and group-commits what they come to.

Whoever waits while a batch is being made durable goes into the next one, so the disk is asked once for
many acts. Readers run between batches and never see what is not yet durable.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any

from keepclear.commands.ports import Batch
from keepclear.errors import KeepclearError, StoreFault
from keepclear.service.asking import Ask, Outcome, Prepared
from keepclear.service.node import Node

MAX_BATCH = 256
MAX_WAITING = 4_096
BESIDE_PEOPLE = 3
"""So many acts of the node's own go into one batch where they need not all be done at once."""
BREATH_S = 0.02
_NOTHING = Batch()

Waiting = tuple[Ask, asyncio.Future[Outcome]]
Whole = tuple[Callable[[Node], Prepared], asyncio.Future[None]]
_STOPPING = StoreFault(
    "an act while the node is stopping; it was perhaps carried out",
    "stopping",
    "the same act under the same idempotency key once the node runs again",
)


class Writer:
    """Carries out acts for many callers at once, on one event loop."""

    def __init__(self, node: Node) -> None:
        self.node = node
        self._waiting: asyncio.Queue[Waiting | Whole] = asyncio.Queue(MAX_WAITING)
        self._settled = asyncio.Event()
        self._settled.set()
        self._changed = asyncio.Event()
        self.commits = 0
        self.acts = 0

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Writer]:
        """Run the writer's task for the life of the block."""
        task = asyncio.create_task(self._run(), name="writer")
        try:
            yield self
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            while not self._waiting.empty():
                _refuse([self._waiting.get_nowait()[1]], _STOPPING)

    async def submit(self, ask: Ask) -> Outcome:
        """Hand in an act and wait until it is durable.

        Raises:
            KeepclearError: what refused it; nothing was changed.
            StoreFault: too many acts are waiting, or the store failed.
        """
        done: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        self._put((ask, done))
        return await done

    async def hand_in(
        self,
        asks: Sequence[Ask],
        meanwhile: Callable[[], Sequence[Ask]] = tuple,
        is_overtaken: Callable[[int], bool] = lambda _: False,
    ) -> list[Outcome | BaseException]:
        """Hand in many acts of the node's own, a few at a time: no person's act waits behind them all.

        `meanwhile` gives what goes before the next few, such as what has fallen due. Where the acts from a
        number on are overtaken by something that should go before them, they are not handed in. Gives for
        each act that was handed in what it made or what refused it, in the order in which they went in.
        """
        done: list[Outcome | BaseException] = []
        loop = asyncio.get_running_loop()
        for first in range(0, len(asks), BESIDE_PEOPLE):
            if first and is_overtaken(first):
                break
            few = [*(meanwhile() if first else ()), *asks[first : first + BESIDE_PEOPLE]]
            began = loop.time()
            done += await asyncio.gather(*map(self.submit, few), return_exceptions=True)
            # Half of the time is for people's acts, what other nodes have told, and what pages ask.
            await asyncio.sleep(min(loop.time() - began, BREATH_S))
        return done

    async def submit_whole(self, prepare: Callable[[Node], Prepared]) -> None:
        """Hand in what becomes durable as a batch of its own, such as what another's node has told.

        `prepare` runs in the writer's turn, on the pictures that include all earlier acts.

        Raises:
            KeepclearError: what refused it; nothing was changed.
            StoreFault: too much is waiting, or the store failed.
        """
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._put((prepare, done))
        await done

    def _put(self, waiting: Waiting | Whole) -> None:
        try:
            self._waiting.put_nowait(waiting)
        except asyncio.QueueFull as full:
            raise StoreFault(
                "an act while the node is overloaded", "busy", "the same act a little later"
            ) from full

    async def settled(self) -> None:
        """Wait until no batch is between decided and durable; read at once after it, without awaiting."""
        while not self._settled.is_set():
            await self._settled.wait()

    async def changed(self, seconds: float) -> bool:
        """Wait for the next batch to become durable, at most so long; tell whether one did."""
        event = self._changed
        try:
            async with asyncio.timeout(seconds):
                await event.wait()
        except TimeoutError:
            return False
        return True

    async def _run(self) -> None:
        while True:
            acts: list[Waiting] = []
            whole: Whole | None = None
            following = await self._waiting.get()
            while True:
                if isinstance(following[0], Ask):
                    acts.append(following)
                else:
                    whole = following
                    break
                if len(acts) >= MAX_BATCH or self._waiting.empty():
                    break
                following = self._waiting.get_nowait()
            await self._carry_out(acts, whole)
            await asyncio.sleep(0)

    async def _carry_out(self, acts: list[Waiting], whole: Whole | None) -> None:
        """Carry out a batch of acts, and what came in whole after them as a batch of its own."""
        if acts:
            try:
                decided = await self._commit(lambda node: node.prepare(ask for ask, _ in acts), acts)
            except asyncio.CancelledError:
                _refuse(() if whole is None else (whole[1],), _STOPPING)
                raise
            if decided is not None:
                self._answer(acts, decided.outcomes)
        if whole is not None and await self._commit(whole[0], [whole]) is not None:
            if not whole[1].done():
                whole[1].set_result(None)
            self._tell_of_change()

    async def _commit(
        self, prepare: Callable[[Node], Prepared], waiting: Sequence[Waiting | Whole]
    ) -> Prepared | None:
        """Prepare a batch and make it durable; on any fault refuse it to all who wait for it."""
        node = self.node  # the demo may put another in its place meanwhile
        futures = [done for _, done in waiting]
        self._settled.clear()
        try:
            prepared = prepare(node)
            if prepared.batch != _NOTHING:
                await asyncio.to_thread(node.store.commit, prepared.batch)
            node.publish(prepared)
        except asyncio.CancelledError:
            _refuse(futures, _STOPPING)
            raise
        except Exception as error:  # noqa: BLE001 - whatever it was, nothing was acknowledged: say so to each
            # If the record cannot be read again now, the node says so to everybody until it can.
            with suppress(KeepclearError):
                node.drop()
            _refuse(futures, error if isinstance(error, KeepclearError) else _unexpected(error))
            return None
        finally:
            self._settled.set()
        return prepared

    def _answer(self, batch: list[Waiting], outcomes: tuple[Outcome | KeepclearError, ...]) -> None:
        self.commits += 1
        for (_, done), outcome in zip(batch, outcomes, strict=True):
            if done.done():
                continue  # the caller went away; the act stands all the same
            if isinstance(outcome, KeepclearError):
                done.set_exception(outcome)
            else:
                self.acts += 1
                done.set_result(outcome)
        self._tell_of_change()

    def _tell_of_change(self) -> None:
        previous, self._changed = self._changed, asyncio.Event()
        previous.set()


def _refuse(waiting: Iterable[asyncio.Future[Any]], fault: KeepclearError) -> None:
    for done in waiting:
        if not done.done():
            done.set_exception(fault)


def _unexpected(error: Exception) -> StoreFault:
    return StoreFault(
        f"an act that failed inside the node ({type(error).__name__}: {error})",
        "internal",
        "a report of this",
    )
