"""Exports of a desk's logs: what it told and what it was told, with everything that proves it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from keepclear.commands.ports import LogRow
from keepclear.errors import Malformed, NotKnown, StoreFault
from keepclear.links.tlog.codec import Attached, Export, LogExport
from keepclear.model.parties import KeyStated
from keepclear.model.statements import LogId, Statement, decode, entry_bytes
from keepclear.model.words import PUBLIC, PartyId
from keepclear.record import note
from keepclear.record.policy import HOST, READER, WITNESS, Group, Policy, PolicyLog, PolicyWitness
from keepclear.record.signing import VerifyingKey
from keepclear.service.exchange.pairing import Peer, cosigner_of
from keepclear.service.node import Node
from keepclear.times import instant, text
from keepclear.views.client_keys import client_keys, mirror_keys

COSIGNERS = "cosigners"
"""The group, in an export's policy, of those who have cosigned anything in it."""


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


def logs_for(node: Node, party: PartyId, peer: Peer) -> list[LogRow]:
    """Give what a desk told the parties of another node, and what this node's parties said to everybody.

    Raises:
        NotKnown: there is nothing to carry there.
    """
    mine = [row for row in node.store.logs() if row.log.author in node.hosted]
    told = [row for row in mine if row.log.author == party and row.log.reader in peer.parties]
    chosen = told + [row for row in mine if row.log.reader == PUBLIC]
    if not chosen:
        others = ", ".join(sorted(peer.parties))
        raise NotKnown(f"a bundle from {party} to {others}", "log", "a desk that has told them something")
    return chosen


def export(
    node: Node,
    party: PartyId,
    reader: PartyId | None = None,
    counterpart: PartyId | None = None,
    peers: Iterable[Peer] = (),
    to: Peer | None = None,
) -> Export:
    """Make the export of a desk's logs, of some of them, or of what goes to another node.

    Args:
        node: the node whose desk it is.
        party: whose desk.
        reader: only what was told to this reader.
        counterpart: only what the desk and this party told each other.
        peers: the nodes whose cards were confirmed; their keys vouch for their logs and cosignatures.
        to: the one node for whose parties the export is; no other peer is named in it.

    Raises:
        Malformed: both a reader and a counterpart are named.
        NotKnown: there is no such log, or the card of a log's node is not here.
        StoreFault: the store cannot give it.
    """
    rows = readable_logs(node, party, reader, counterpart) if to is None else logs_for(node, party, to)
    known = _Known(node, tuple(peers) if to is None else (to,), rows)
    keys: dict[str, str] = {}
    attachments: dict[str, Attached] = {}
    logs = tuple(_log(node, row, known, keys, attachments) for row in rows)
    return Export(logs, known.policy(rows, logs).text(), keys, attachments)


class _Known:
    """Whose key is whose: this node's own, and those of the cards that were confirmed here."""

    def __init__(self, node: Node, peers: tuple[Peer, ...], rows: Iterable[LogRow]) -> None:
        self._node = node
        self._peers = peers
        own = f"{READER}{node.hosted[0]}" if node.is_partys else f"{HOST}{node.keys.node}"
        elsewhere = [PolicyWitness(cosigner_of(peer.card), peer.mirror) for peer in peers]
        elsewhere += [one for one in readers_own(node, rows) if one.name != own]
        elsewhere += [PolicyWitness(f"{WITNESS}{name}", key, url) for name, key, url in node.witnesses]
        self._cosigners = [PolicyWitness(own, node.mirror_key), *elsewhere]
        self._names = {(one.key.name, one.key.hash) for one in self._cosigners}
        self._elsewhere = {(one.key.name, one.key.hash) for one in elsewhere}
        self._marks = [f"— {one.key.name} ".encode() for one in elsewhere]

    def log_key(self, row: LogRow) -> VerifyingKey:
        """Give the key of a log's heads."""
        if row.log.author in self._node.hosted:
            return self._node.keys.log_key(row.log.author, row.origin).verifying
        for peer in self._peers:
            if row.origin in peer.logs:
                return peer.logs[row.origin][1]
        raise NotKnown(
            f"the key of {row.log}, which another node writes", "peer", "that node's card: keepclear peer add"
        )

    def statement_keys(self, log: LogId) -> dict[str, str]:
        """Give the present key of an author's statements, by its id."""
        if log.author in self._node.hosted:
            own = self._node.keys.statement_key(log.author).verifying
            theirs = map(VerifyingKey.parse, client_keys(self._node.picture(log.author)))
            return {key.key_id: key.vkey for key in (*theirs, own)}
        found = [peer.statement_keys[log.author] for peer in self._peers if log.author in peer.parties]
        return {key.key_id: key.vkey for key in found}

    def kept(self, row: LogRow, signed: bytes) -> bytes:
        """Give a checkpoint with the lines of its log and of known cosigners alone."""
        key = self.log_key(row)
        names = {*self._names, (key.name, key.hash)}
        parsed = note.parse(signed)
        lines = "".join(line.line() for line in parsed.lines if (line.name, line.hash) in names)
        return f"{parsed.text}\n{lines}".encode()

    def others(self, signed: bytes) -> set[tuple[str, bytes]]:
        """Give those that have cosigned a checkpoint besides this node."""
        if not any(mark in signed for mark in self._marks):  # most have none, and reading them takes time
            return set()
        return {(line.name, line.hash) for line in note.parse(signed).lines} & self._elsewhere

    def policy(self, rows: Iterable[LogRow], logs: Iterable[LogExport]) -> Policy:
        """Name the keys that have signed what is exported, and no other."""
        signers = {
            (line.name, line.hash)
            for log in logs
            for signed in (log.signed_checkpoint, *log.earlier)
            for line in note.parse(signed).lines
        }
        named = [one for one in self._cosigners if (one.key.name, one.key.hash) in signers]
        logs_ = tuple(PolicyLog(self.log_key(row)) for row in rows)
        if not named:
            return Policy(logs_)
        # The group binds the cosigners' names: one of them with a changed letter stands nowhere above.
        group = Group(COSIGNERS, 1, tuple(one.name for one in named))
        return Policy(logs_, tuple(named), (group,), COSIGNERS)


def readers_own(node: Node, rows: Iterable[LogRow]) -> Iterator[PolicyWitness]:
    """Give the keys with which hosted readers' own clients have cosigned what they fetched."""
    for reader in sorted({row.log.reader for row in rows if row.log.reader in node.hosted}):
        *before, last = mirror_keys(node.picture(reader)) or [""]
        for number, vkey in enumerate(before, 1):
            yield PolicyWitness(f"{READER}{reader}/{number}", VerifyingKey.parse(vkey))
        if last:
            yield PolicyWitness(f"{READER}{reader}", VerifyingKey.parse(last))


def _log(
    node: Node, row: LogRow, known: _Known, keys: dict[str, str], attachments: dict[str, Attached]
) -> LogExport:
    entries: list[bytes] = []
    used: set[str] = set()
    listed = known.statement_keys(row.log)
    for stored in node.store.entries(row.log):
        encoded = node.store.statement(stored.digest)
        if encoded is None:
            raise StoreFault(
                f"entry {stored.index} of {row.log} is missing", "store", "a restore from backup"
            )
        statement = decode(encoded)
        if isinstance(statement.body, KeyStated):  # an earlier key than the card's has its place in the log
            listed.setdefault(VerifyingKey.parse(statement.body.vkey).key_id, statement.body.vkey)
        used.add(statement.author.key)
        _attach(node, statement, attachments)
        at = instant(stored.recorded_at_us)
        entries.append(entry_bytes(stored.index, text(at), stored.sees, encoded))
    keys |= {each: _listed(listed, each, row) for each in used}
    newest, earlier = _checkpoints(node, row, known)
    return LogExport(row.log.author, row.log.reader, row.origin, tuple(entries), newest, earlier)


def _checkpoints(node: Node, row: LogRow, known: _Known) -> tuple[bytes, tuple[bytes, ...]]:
    """Give the newest checkpoint, and for each cosigner elsewhere not in it the newest that it cosigned."""
    kept = node.store.checkpoints(row.log)
    newest = known.kept(row, kept[-1].note)
    seen = known.others(newest)
    earlier: list[bytes] = []
    for each in reversed(kept[:-1]):
        others = known.others(each.note) - seen
        if others:
            seen |= others
            earlier.append(known.kept(row, each.note))
    return newest, tuple(reversed(earlier))


def _listed(listed: dict[str, str], key_id: str, row: LogRow) -> str:
    if key_id not in listed:
        raise NotKnown(f"the key {key_id} of {row.log}", "peer", "the card of that node: keepclear peer add")
    return listed[key_id]


def _attach(node: Node, statement: Statement, attachments: dict[str, Attached]) -> None:
    for named in statement.attachments:
        kept = node.store.attachment(named.salted_hash)
        if kept is not None:
            attachments[named.salted_hash] = Attached(kept.salt, kept.body)
