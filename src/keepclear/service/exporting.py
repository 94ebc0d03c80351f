"""Exports of a desk's logs: what it told and what it was told, with everything that proves it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from keepclear.commands.ports import LogRow
from keepclear.errors import Malformed, NotKnown, StoreFault
from keepclear.links.tlog.codec import Attached, Export, LogExport
from keepclear.model.statements import LogId, Statement, decode, entry_bytes
from keepclear.model.words import PUBLIC, PartyId
from keepclear.record.policy import Policy, PolicyLog, PolicyWitness
from keepclear.service.node import Node
from keepclear.times import text

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def readable_logs(
    node: Node, party: PartyId, reader: PartyId | None = None, counterpart: PartyId | None = None
) -> list[LogRow]:
    """Give the logs that a desk writes or reads.

    Args:
        node: the node that keeps them.
        party: whose desk it is.
        reader: only what it told that reader.
        counterpart: only what the two told each other, both directions: the record that they share.

    Raises:
        Malformed: both a reader and a counterpart are named.
        NotKnown: it told that reader nothing, or the two told each other nothing.
    """
    rows = [row for row in node.store.logs() if row.log.author == party or row.log.reader in (party, PUBLIC)]
    if reader is not None and counterpart is not None:
        raise Malformed(
            "one reader's log and a shared record at once", "export-one", "reader, or with", "with"
        )
    if counterpart is not None:
        return _shared(rows, party, counterpart)
    if reader is None:
        return rows
    chosen = [row for row in rows if row.log == LogId(party, reader)]
    if not chosen:
        raise NotKnown(f"a log from {party} to {reader}", "log", "a reader that this desk has told something")
    return chosen


def _shared(rows: Iterable[LogRow], party: PartyId, counterpart: PartyId) -> list[LogRow]:
    both = (LogId(party, counterpart), LogId(counterpart, party))
    chosen = [row for row in rows if row.log in both and counterpart not in (party, PUBLIC)]
    if not chosen:
        passes = "another party that this desk has told something, or that has told it something"
        raise NotKnown(f"the record that {party} shares with {counterpart}", "log", passes)
    return chosen


def export(
    node: Node, party: PartyId, reader: PartyId | None = None, counterpart: PartyId | None = None
) -> Export:
    """Make the export of a desk's logs, of the one log to a reader, or of what it shares with one party.

    Raises:
        Malformed: both a reader and a counterpart are named.
        NotKnown: there is no such log.
        StoreFault: the store cannot give it.
    """
    rows = readable_logs(node, party, reader, counterpart)
    keys: dict[str, str] = {}
    attachments: dict[str, Attached] = {}
    logs = tuple(_log(node, row, keys, attachments) for row in rows)
    return Export(logs, _policy(node, rows).text(), keys, attachments)


def _policy(node: Node, rows: Iterable[LogRow]) -> Policy:
    logs = tuple(PolicyLog(node.keys.log_key(row.log.author, row.origin).verifying) for row in rows)
    mirror = node.keys.mirror_key().verifying
    return Policy(logs, (PolicyWitness(f"host/{node.keys.node}", mirror),))


def _log(node: Node, row: LogRow, keys: dict[str, str], attachments: dict[str, Attached]) -> LogExport:
    entries = []
    for stored in node.store.entries(row.log):
        encoded = node.store.statement(stored.digest)
        if encoded is None:
            raise StoreFault(
                f"entry {stored.index} of {row.log} is missing", "store", "a restore from backup"
            )
        statement = decode(encoded)
        keys[statement.author.key] = node.keys.statement_key(statement.author.party).vkey
        _attach(node, statement, attachments)
        at = _EPOCH + timedelta(microseconds=stored.recorded_at_us)
        entries.append(entry_bytes(stored.index, text(at), stored.sees, encoded))
    checkpoint = node.store.checkpoints(row.log)[-1]
    return LogExport(row.log.author, row.log.reader, row.origin, tuple(entries), checkpoint.note)


def _attach(node: Node, statement: Statement, attachments: dict[str, Attached]) -> None:
    for named in statement.attachments:
        kept = node.store.attachment(named.salted_hash)
        if kept is not None:
            attachments[named.salted_hash] = Attached(kept.salt, kept.body)
