"""The hourly commitments of a node's parties: made on the clock, never on an event.

`turn` is a plain function, so that tests drive it on a clock of their own; `running` is the loop around it.
The table is made durable beside the log before the commitment is stated: a crash between leaves a table
that nothing names, never a commitment that nobody can open.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime

from msgspec import Struct

from keepclear.commands.commitments import (
    HOUR,
    Kept,
    candidates,
    choose,
    decide_commitment,
    decide_opening,
    due,
    full_hour,
    holds_digest,
    prepare,
    read_table,
    table_of,
)
from keepclear.commands.ports import AttachmentRow, Batch
from keepclear.commands.telling import Decision, Desk
from keepclear.errors import KeepclearError
from keepclear.model.words import PartyId, StatementId
from keepclear.record.canonical import canonical, salted_hash
from keepclear.service import again
from keepclear.service.asking import Ask
from keepclear.service.node import Node
from keepclear.service.writer import Writer

TICK_S = 1.0
STEP_S = 10.0


class Owed(Struct, frozen=True):
    """A commitment that is due: its table, to be kept first, and the act that states it."""

    table: AttachmentRow
    ask: Ask


class Commitments:
    """States, for every hosted party, each full hour's commitment at the first moment that the node is up."""

    def __init__(self, node: Callable[[], Node]) -> None:
        self._node = node
        self._quiet_until: dict[PartyId, datetime] = {}

    def turn(self) -> list[Owed]:
        """Give the commitments that are due now."""
        node = self._node()
        now = node.clock.now()
        owed = []
        for party in node.hosted:
            quiet = self._quiet_until.get(party)
            if quiet is not None and now < quiet <= now + HOUR:
                continue
            if not node.is_whole(party):
                continue  # its own words are lost here, or a reader is not heard of since a restore: later
            made = self._owed(node, party, now)
            if made is None:
                self._quiet_until[party] = full_hour(now) + HOUR
            else:
                owed.append(made)
        return owed

    def _owed(self, node: Node, party: PartyId, now: datetime) -> Owed | None:
        desk = node.desk(party)
        wanted = due(desk, now)
        if wanted is None:
            return None
        chosen = choose(desk)
        table = table_of(chosen, node.keys.salt(party))
        salt = node.keys.salt(party)
        row = AttachmentRow(salted_hash(salt, table.encoded()), salt, table.encoded())
        made = prepare(wanted, chosen, table, row.salted_hash)
        key = f"\ncommitment/{wanted.hour.isoformat()}"  # no caller's key holds a line break

        def decided(desk: Desk, now: datetime) -> Decision:
            return decide_commitment(desk, made, key, now, node.keys)

        return Owed(row, Ask(party, key, key.encode(), (), decided))

    def make(self) -> int:
        """Make what is due, one after the other; give how many. For whoever has no event loop."""
        node, owed = self._node(), self.turn()
        for one in owed:
            node.store.commit(Batch(attachments=(one.table,)))
            node.act(one.ask)
        return len(owed)

    @asynccontextmanager
    async def running(self, writer: Writer) -> AsyncIterator[None]:
        """Run for the life of the block."""
        async with again.running(lambda: self._settled(writer), "commitments", TICK_S):
            yield

    async def _settled(self, writer: Writer) -> None:
        await writer.settled()
        await self._make(writer)

    async def _make(self, writer: Writer) -> None:
        """Prepare what is due, and state it at the second full ten seconds from now.

        The more was filed, the longer the work takes; told as soon as it is done, the time alone would tell.
        """
        clock = writer.node.clock
        left_s = 2 * STEP_S - clock.now().timestamp() % STEP_S  # never less than a whole step for the work
        began = clock.monotonic()
        owed = self.turn()
        if not owed:
            return
        tables = tuple(one.table for one in owed)
        await asyncio.to_thread(writer.node.store.commit, Batch(attachments=tables))
        await asyncio.sleep(max(0.0, left_s - (clock.monotonic() - began)))
        await asyncio.gather(*(writer.submit(one.ask) for one in owed))


def ask_opening(node: Node, party: PartyId, statement: StatementId, reader: PartyId, key: str) -> Ask:
    """Make the opening of one filed statement to a reader ready for the writer."""

    def decided(desk: Desk, now: datetime) -> Decision:
        kept = _kept(node, desk, statement, reader)
        return decide_opening(desk, statement, kept, reader, key, now, node.keys)

    asked = canonical(["opening", statement, reader])
    return Ask(party, key, asked, (reader,), decided)


def _kept(node: Node, desk: Desk, statement: StatementId, reader: PartyId) -> Kept | None:
    """Find the earliest commitment that a reader holds and in which a statement stands."""
    for commitment, beside in candidates(desk, statement, reader):
        row = node.store.attachment(beside)
        if row is None:
            continue
        try:
            table = read_table(row.body)
        except KeepclearError:
            continue
        if holds_digest(table, desk, statement):
            return Kept(commitment, table)
    return None
