"""Exports of a desk's logs: what it told and what it was told, with everything that proves it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from itertools import islice

from keepclear.commands.ports import LogRow
from keepclear.errors import NotKnown, StoreFault
from keepclear.links.tlog.codec import Attached, Export, LogExport
from keepclear.model.statements import LogId, Statement, decode, entry_bytes
from keepclear.model.words import PUBLIC, PartyId
from keepclear.record import note
from keepclear.record.policy import Policy, PolicyLog, PolicyWitness
from keepclear.service.node import Node
from keepclear.times import text

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def readable_logs(node: Node, party: PartyId, reader: PartyId | None = None) -> list[LogRow]:
    """Give the logs that a desk writes or reads; with `reader`, only what it told that reader.

    Raises:
        NotKnown: it told that reader nothing.
    """
    rows = [row for row in node.store.logs() if row.log.author == party or row.log.reader in (party, PUBLIC)]
    if reader is None:
        return rows
    chosen = [row for row in rows if row.log == LogId(party, reader)]
    if not chosen:
        raise NotKnown(f"a log from {party} to {reader}", "log", "a reader that this desk has told something")
    return chosen


def export(node: Node, party: PartyId, reader: PartyId | None = None) -> Export:
    """Make the export of a desk's logs, or of the one log to a reader.

    Raises:
        NotKnown: there is no such log.
        StoreFault: the store cannot give it.
    """
    rows = readable_logs(node, party, reader)
    keys: dict[str, str] = {}
    attachments: dict[str, Attached] = {}
    logs = tuple(_log(node, row, keys, attachments) for row in rows)
    return Export(logs, _policy(node, rows).text(), keys, attachments)


def _policy(node: Node, rows: Iterable[LogRow]) -> Policy:
    logs = tuple(PolicyLog(node.keys.log_key(row.log.author, row.origin).verifying) for row in rows)
    mirror = node.keys.mirror_key().verifying
    host = PolicyWitness(f"host/{node.keys.node}", mirror)
    elsewhere = (PolicyWitness(f"witness/{name}", key, url) for name, key, url in node.witnesses)
    return Policy(logs, (host, *elsewhere))


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
    marks = _checkpoints(node, row)
    return LogExport(row.log.author, row.log.reader, row.origin, tuple(entries), marks[-1], tuple(marks[:-1]))


def _checkpoints(node: Node, row: LogRow) -> list[bytes]:
    """Give the newest checkpoint, and before it the largest that each witness has cosigned.

    Lines by keys that the export's policy does not name are left out: nobody could say whose they are.
    """
    known = {(key.name, key.hash) for _, key, _ in node.witnesses}
    ours = {
        (one.name, one.hash)
        for one in (
            node.keys.mirror_key().verifying, node.keys.log_key(row.log.author, row.origin).verifying
        )
    }  # fmt: skip
    kept = node.store.checkpoints(row.log)
    chosen = {kept[-1].size: kept[-1].note}
    for identity in known:
        marked = (one for one in reversed(kept) if identity in _signers(one.note, identity[0]))
        chosen |= {one.size: one.note for one in islice(marked, 1)}
    return [_only(chosen[size], known | ours) for size in sorted(chosen)]


def _signers(signed: bytes, name: str) -> set[tuple[str, bytes]]:
    if name.encode() not in signed:
        return set()
    return {(line.name, line.hash) for line in note.parse(signed).lines}


def _only(signed: bytes, keys: set[tuple[str, bytes]]) -> bytes:
    bare = note.parse(signed)
    lines = "".join(line.line() for line in bare.lines if (line.name, line.hash) in keys)
    return f"{bare.text}\n{lines}".encode()


def _attach(node: Node, statement: Statement, attachments: dict[str, Attached]) -> None:
    for named in statement.attachments:
        kept = node.store.attachment(named.salted_hash)
        if kept is not None:
            attachments[named.salted_hash] = Attached(kept.salt, kept.body)
