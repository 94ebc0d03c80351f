"""The SQL of what falls due and what waits to be sent; part of the SQLite store's one transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from keepclear.stores import refusals

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from keepclear.commands.ports import Batch, DeadlineChange, DeadlineRow

DEADLINES = "SELECT party, alarm, text, what, number, due_us FROM deadline ORDER BY due_us, party, alarm"
OUTBOX = "SELECT key, party, alarm, step, place, attempts FROM outbox ORDER BY seq"

_TAKE = """
    DELETE FROM deadline
    WHERE party = ? AND alarm = ? AND text = ? AND what = ? AND number = ? AND due_us = ? RETURNING 1
"""
_SET = "INSERT INTO deadline VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING RETURNING 1"
_CLAIM = "UPDATE outbox SET attempts = attempts + 1 WHERE key = ? AND attempts = ? RETURNING 1"
_DROP = "DELETE FROM outbox WHERE key = ? RETURNING 1"
_WAIT = "INSERT INTO outbox VALUES (NULL, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING RETURNING 1"


class Connection(Protocol):
    """The part of a database driver that is needed here."""

    def execute(self, sql: str, parameters: Sequence[Any] = ..., /) -> Iterable[tuple[Any, ...]]:
        """Run one statement and give its rows."""
        ...


def write(connection: Connection, batch: Batch) -> None:
    """Change what falls due and what waits to be sent; a row that does not fit refuses the whole batch.

    Raises:
        StoreFault: a deadline or message is not what the batch takes it for.
    """
    for change in batch.deadlines:
        _move(connection, change)
    for claim in batch.claims:
        if not _did(connection, _CLAIM, (claim.key, claim.attempts)):
            raise refusals.outbox_claimed(claim)
    for key in batch.unsent:
        if not _did(connection, _DROP, (key,)):
            raise refusals.outbox_gone(key)
    for row in batch.outbox:
        kept = (row.key, row.party, row.alarm, row.step, row.place, row.attempts)
        if not _did(connection, _WAIT, kept):
            raise refusals.outbox_twice(row.key)


def _move(connection: Connection, change: DeadlineChange) -> None:
    if change.was is None and change.now is None:
        raise refusals.deadline_moved(change)
    if change.was is not None and not _did(connection, _TAKE, _values(change.was)):
        raise refusals.deadline_moved(change)
    if change.now is not None and not _did(connection, _SET, _values(change.now)):
        raise refusals.deadline_moved(change)


def _values(row: DeadlineRow) -> tuple[str | int, ...]:
    return (row.party, row.alarm, row.text, row.what, row.number, row.due_us)


def _did(connection: Connection, sql: str, values: tuple[str | int, ...]) -> bool:
    return bool(list(connection.execute(sql, values)))
