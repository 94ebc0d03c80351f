"""Exports of a desk's logs: what it told and what it was told, with everything that proves it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice

from keepclear.commands.ports import LogRow
from keepclear.errors import Malformed, NotKnown, StoreFault
from keepclear.links.tlog.codec import Attached, Export, LogExport
from keepclear.model.statements import LogId, Statement, decode, entry_bytes
from keepclear.model.words import PUBLIC, PartyId
from keepclear.record import note
from keepclear.record.policy import Policy, PolicyLog, PolicyWitness
from keepclear.record.signing import VerifyingKey
from keepclear.service.node import Node
from keepclear.times import text
from keepclear.views.client_keys import client_keys, mirror_keys

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
    host = PolicyWitness(f"host/{node.keys.node}", mirror)
    elsewhere = (PolicyWitness(f"witness/{name}", key, url) for name, key, url in node.witnesses)
    return Policy(logs, (host, *_readers_own(node, rows), *elsewhere))


def _readers_own(node: Node, rows: Iterable[LogRow]) -> Iterator[PolicyWitness]:
    """Give the keys with which hosted readers' own clients have cosigned what they fetched."""
    for reader in sorted({row.log.reader for row in rows if row.log.reader in node.hosted}):
        *before, last = mirror_keys(node.picture(reader)) or [""]
        for number, vkey in enumerate(before, 1):
            yield PolicyWitness(f"reader/{reader}/{number}", VerifyingKey.parse(vkey))
        if last:
            yield PolicyWitness(f"reader/{reader}", VerifyingKey.parse(last))


def _log(node: Node, row: LogRow, keys: dict[str, str], attachments: dict[str, Attached]) -> LogExport:
    entries = []
    for stored in node.store.entries(row.log):
        encoded = node.store.statement(stored.digest)
        if encoded is None:
            raise StoreFault(
                f"entry {stored.index} of {row.log} is missing", "store", "a restore from backup"
            )
        statement = decode(encoded)
        keys[statement.author.key] = _key_of(node, statement)
        _attach(node, statement, attachments)
        at = _EPOCH + timedelta(microseconds=stored.recorded_at_us)
        entries.append(entry_bytes(stored.index, text(at), stored.sees, encoded))
    marks = _checkpoints(node, row)
    return LogExport(row.log.author, row.log.reader, row.origin, tuple(entries), marks[-1], tuple(marks[:-1]))


def _checkpoints(node: Node, row: LogRow) -> list[bytes]:
    """Give the newest checkpoint, and before it the largest that each cosigner elsewhere has cosigned.

    Lines by keys that the export's policy does not name are left out: nobody could say whose they are.
    """
    elsewhere = {(key.name, key.hash) for _, key, _ in node.witnesses}
    elsewhere |= {(one.key.name, one.key.hash) for one in _readers_own(node, (row,))}
    ours = {
        (one.name, one.hash)
        for one in (
            node.keys.mirror_key().verifying, node.keys.log_key(row.log.author, row.origin).verifying
        )
    }  # fmt: skip
    kept = node.store.checkpoints(row.log)
    chosen = {kept[-1].size: kept[-1].note}
    for identity in elsewhere:
        marked = (one for one in reversed(kept) if identity in _signers(one.note, identity[0]))
        chosen |= {one.size: one.note for one in islice(marked, 1)}
    return [_only(chosen[size], elsewhere | ours) for size in sorted(chosen)]


def _signers(signed: bytes, name: str) -> set[tuple[str, bytes]]:
    if name.encode() not in signed:
        return set()
    return {(line.name, line.hash) for line in note.parse(signed).lines}


def _only(signed: bytes, keys: set[tuple[str, bytes]]) -> bytes:
    bare = note.parse(signed)
    lines = "".join(line.line() for line in bare.lines if (line.name, line.hash) in keys)
    return f"{bare.text}\n{lines}".encode()


def _key_of(node: Node, statement: Statement) -> str:
    """Give the public key that signed a statement: the client's, where it was its author's own."""
    author = statement.author
    if author.party in node.hosted:
        for vkey in client_keys(node.picture(author.party)):
            if VerifyingKey.parse(vkey).key_id == author.key:
                return vkey
    return node.keys.statement_key(author.party).vkey


def _attach(node: Node, statement: Statement, attachments: dict[str, Attached]) -> None:
    for named in statement.attachments:
        kept = node.store.attachment(named.salted_hash)
        if kept is not None:
            attachments[named.salted_hash] = Attached(kept.salt, kept.body)
