"""The node's core: what it hosts, its pictures, and how acts become durable entries.

Synchronous and without tasks or threads: the writer, the replay and the tests all drive it. An act is
decided on the picture that includes the earlier acts of its batch; the batch is committed whole; if the
store fails, the pictures are dropped and folded again from what is durable.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from datetime import datetime
from itertools import islice

import msgspec
from msgspec import Struct

from keepclear.commands.admission import barred
from keepclear.commands.client import need_client_key
from keepclear.commands.door import check_own, check_same
from keepclear.commands.ports import (
    AttachmentRow,
    Batch,
    CheckpointRow,
    Clock,
    EntryRow,
    KeyRow,
    LogRow,
    ReceiptRow,
    Store,
)
from keepclear.commands.telling import Decision, Desk, Tell, decide, tell_on
from keepclear.errors import Conflicting, KeepclearError, NotKnown, StoreFault
from keepclear.model.parties import KeyStated
from keepclear.model.statements import Author, Entry, LogId, Statement, digest_of, encode, entry_bytes, reread
from keepclear.model.telling import LogOpened
from keepclear.model.words import PUBLIC, CapStatus, Form, PartyId, StatementId
from keepclear.record import note
from keepclear.record.canonical import canonical, sha256
from keepclear.record.checkpoint import Checkpoint
from keepclear.record.cosign import cosign
from keepclear.record.signing import VerifyingKey
from keepclear.record.tree import Frontier, leaf_hash
from keepclear.service.asking import Ask, Outcome, Place, Prepared
from keepclear.service.duties import Duties
from keepclear.service.keys import Keyring
from keepclear.service.names import NamesBeside
from keepclear.service.shapes import ShapesBeside
from keepclear.service.shown import ShownOn, Withheld
from keepclear.service.stored import (
    MIRROR,
    KeptReceipts,
    Mirrored,
    StoredStatements,
    check_cap,
    instant_of,
)
from keepclear.times import EPOCH, instant, microseconds, text
from keepclear.views.client_keys import client_key_statements
from keepclear.views.from_live import NOTHING, FromLive
from keepclear.views.picture import Picture
from keepclear.views.told import Outbox

_KEPT_PICTURES = 16
_PIECE = 20_000
_Sealed = tuple[Statement, bytes, tuple[PartyId, ...]]


class _Tail(Struct):
    """The end of a log in memory: its row, its tree, the time of its last entry."""

    row: LogRow
    tree: Frontier
    last_at: datetime


class Node:
    """One node that hosts one or more parties under one CAP status."""

    def __init__(
        self, store: Store, keys: Keyring, clock: Clock, cap: CapStatus, custody: str = "host"
    ) -> None:
        self.store = store
        self.shapes = ShapesBeside(store)
        self.names = NamesBeside(store)
        self.keys = keys
        self.clock = clock
        self.cap = cap
        self.custody = custody
        self.hosted: tuple[PartyId, ...] = ()
        self.mirror_signer = keys.mirror_key()
        self.witnesses: tuple[tuple[str, VerifyingKey, str], ...] = ()
        """Name in policies, key and address of each witness that has cosigned logs of this node or may."""
        self._tails: dict[LogId, _Tail] = {}
        self._receipts = KeptReceipts()
        self._durable: dict[LogId, int] = {}
        self.withheld: dict[StatementId, Withheld] = {}
        self.shown = ShownOn()
        self.check_tellable: Callable[[LogId], None] = lambda _: None
        """Refuses to tell in a log of which its reader may hold more than there is here."""
        self.from_live: dict[PartyId, FromLive] = {}
        self.is_whole: Callable[[PartyId], bool] = lambda _: True
        self._pictures: dict[PartyId, Picture] = {}
        self._outboxes: dict[PartyId, Outbox] = {}
        self._inboxes: dict[PartyId, list[Entry]] = {}
        self._since: dict[PartyId, datetime] = {}
        self._late: dict[tuple[PartyId, LogId, int], Entry] = {}
        self._then: dict[tuple[PartyId, datetime], Picture] = {}
        self._keys_used: dict[tuple[PartyId, str], tuple[bytes, StatementId]] = {}
        self.duties = Duties({})
        self._stale = True
        self.drop()
        self.mended = self._mend()

    def _mend(self) -> bool:
        """Make the store's deadlines those of the record; tell whether they had to be."""
        mending = self.duties.mending(self.store)
        if mending is not None:
            self.store.commit(mending)
        return mending is not None

    # What is held.

    def desk(self, party: PartyId) -> Desk:
        """Give a hosted party's picture and outbox.

        Raises:
            NotKnown: the party is not hosted here.
            StoreFault: the store failed and what it keeps could not be read again since.
        """
        self.check_readable()
        picture = self._pictures.get(party)
        if picture is None:
            raise NotKnown(f"the desk of {party}", "hosted-party", "a party that this node hosts")
        return Desk(picture, self._outboxes[party], self.cap, self.from_live.get(party, NOTHING))

    def check_readable(self) -> None:
        """Refuse to go on while the pictures may not be those of what is durable.

        Raises:
            StoreFault: the store failed and what it keeps could not be read again since.
        """
        if self._stale:
            raise StoreFault(
                "the record, which could not be read again after the store failed",
                "record-stale",
                "the same a little later; if it stays so, keepclear doctor",
            )

    def picture(self, party: PartyId, at: datetime | None = None) -> Picture:
        """Give what had reached a hosted party by an instant; None or the future: all of it."""
        desk = self.desk(party)
        if at is None or at >= self.clock.now():
            return desk.picture
        kept = self._then.get((party, at))
        if kept is None:
            entries = (entry for entry in self._inboxes[party] if entry.received_at <= at)
            kept = Picture(party, at, self.shapes, self.names, self._receipts.by_reader).fold(entries)
            while len(self._then) >= _KEPT_PICTURES:
                self._then.pop(next(iter(self._then)))
            self._then[party, at] = kept
        return kept

    def outbox(self, party: PartyId) -> Outbox:
        """Give what a hosted party has told its readers."""
        return self.desk(party).outbox

    def inbox(self, party: PartyId, start: int = 0) -> list[Entry]:
        """Give what reached a hosted party, in order of arrival, from a position on."""
        self.desk(party)
        return self._inboxes[party][start:]

    def inbox_size(self, party: PartyId) -> int:
        """Give how many entries have reached a hosted party."""
        self.desk(party)
        return len(self._inboxes[party])

    def logs_of(self, party: PartyId) -> list[LogRow]:
        """Give the logs that a hosted party writes."""
        return [tail.row for log, tail in self._tails.items() if log.author == party]

    def mirrored(self, log: LogId) -> tuple[Frontier, datetime]:
        """Give the tree and the last recorded time of a log that another's node writes; empty at first."""
        tail = self._tails.get(log)
        return (Frontier(), EPOCH) if tail is None else (tail.tree, tail.last_at)

    @property
    def mirror_key(self) -> VerifyingKey:
        """The key by which others know this node's cosignatures."""
        return self.mirror_signer.verifying

    @property
    def is_partys(self) -> bool:
        """Tell whether this is the node of its one party, whose cosignature is that party's own receipt."""
        return self.custody == "party"

    def durable_size(self, log: LogId) -> int:
        """Give how many entries of a log are durable: those of a batch in the making do not count."""
        return self._durable.get(log, 0)

    def receipts_counted(self, party: PartyId) -> int:
        """Count the receipts for what a hosted party has told, and its own for what it was told."""
        return self._receipts.counted(party)

    def receipt(self, log: LogId) -> ReceiptRow | None:
        """Give how much of a log its reader's own key says that it holds, and since when."""
        return self._receipts.last(log)

    def seen_by_author(self, log: LogId) -> int:
        """Give how much of what a log's reader has told its author is there: of that pair and nobody else."""
        opposite = None if log.reader == log.author else self._tails.get(LogId(log.reader, log.author))
        return 0 if opposite is None else opposite.tree.size

    def host(self, *parties: PartyId) -> None:
        """Take parties in: make their keys and open the log in which each keeps what it tells nobody.

        What was said to everybody, or to them, before they were hosted has reached them when they are taken
        in, and not before: until then no node of theirs had received it.
        """
        self.keys.host(*parties)
        if any(party not in self.hosted for party in parties):
            self.hosted = tuple(dict.fromkeys((*self.hosted, *parties)))
            self.drop()
        fresh = [party for party in parties if LogId(party, party) not in self._tails]
        if fresh:
            self._durably(lambda: self._opening(fresh))
            self.drop()

    def _opening(self, parties: Iterable[PartyId]) -> Prepared:
        building = _Building(self)
        for party in parties:
            building.tail(LogId(party, party))
        return building.prepared()

    def _take_in(self, party: PartyId) -> None:
        if party not in self._pictures:
            self._pictures[party] = Picture(
                party, shapes=self.shapes, names=self.names, receipts=self._receipts.by_reader
            )
            self._outboxes[party] = Outbox(party)
            self._inboxes[party] = []
        if party not in self.hosted:
            self.hosted = (*self.hosted, party)

    # Acts.

    def ask(self, party: PartyId, tell: Tell, key: str, if_match: StatementId | None = None) -> Ask:
        """Make an act of telling ready for the writer."""
        asked = canonical([tell, if_match or ""])

        def decided(desk: Desk, now: datetime) -> Decision:
            return decide(desk, tell, key, now, self.keys, if_match)

        return Ask(party, key, asked, tell.readers, decided)

    def ask_on(
        self,
        party: PartyId,
        statement: StatementId,
        readers: tuple[PartyId, ...],
        key: str,
        finer: tuple[PartyId, ...] = (),
    ) -> Ask:
        """Make the telling of an own statement to more readers ready for the writer."""

        def decided(desk: Desk, now: datetime) -> Decision:
            return tell_on(desk, statement, readers, now, finer)

        asked = canonical(["on", statement, list(readers), *([list(finer)] if finer else [])])
        return Ask(party, key, asked, readers, decided)

    def act(self, ask: Ask) -> Outcome:
        """Carry out one act, durably.

        Raises:
            KeepclearError: what refused it; nothing was changed.
        """
        outcome = self.carry_out([ask])[0]
        if isinstance(outcome, KeepclearError):
            raise outcome
        return outcome

    def carry_out(self, asks: Iterable[Ask]) -> tuple[Outcome | KeepclearError, ...]:
        """Carry out a batch in order, durable when this returns; each act gets its outcome or refusal."""
        return self._durably(lambda: self.prepare(asks)).outcomes

    def _durably(self, prepare: Callable[[], Prepared]) -> Prepared:
        """Prepare and commit; whatever goes wrong, the pictures are those of what is durable."""
        try:
            prepared = prepare()
            self.store.commit(prepared.batch)
        except Exception:
            with suppress(KeepclearError):
                self.drop()
            raise
        self.publish(prepared)
        return prepared

    def prepare(self, asks: Iterable[Ask]) -> Prepared:
        """Decide a batch, each act on the picture that includes the earlier ones.

        Follow with `publish` once the batch is durable, or with `drop` if it did not become so; until then
        nobody else may read the pictures.
        """
        if self._stale:
            self.drop()
        asks = tuple(asks)
        used = self.store.keys(tuple({(ask.party, ask.key): None for ask in asks}))
        building = _Building(self, used)
        outcomes: list[Outcome | KeepclearError] = []
        for ask in asks:
            try:
                outcomes.append(building.take(ask))
            except KeepclearError as refusal:
                outcomes.append(refusal)
        return building.prepared(tuple(outcomes))

    def prepare_mirrored(self, told: Iterable[Mirrored]) -> Prepared:
        """Fold what others' nodes have told parties hosted here; follow with `publish` or `drop`."""
        if self._stale:
            self.drop()
        told = tuple(told)
        for each in told:
            tail = self._tails.get(each.row.log)
            if tail is None:
                tail = self._tails[each.row.log] = _Tail(each.row, Frontier(), EPOCH)
            tail.tree, tail.last_at = each.tree, each.entries[-1].recorded_at
            self._fold(each.entries)
        entries = tuple(entry for each in told for entry in each.entries)
        moved = self.duties.moved(entries, self._pictures)
        known = {row.log for row in self.store.logs()}
        batch = Batch(
            tuple(each.row for each in told if each.row.log not in known),
            tuple(pair for each in told for pair in each.statements),
            tuple(row for each in told for row in each.rows),
            tuple(CheckpointRow(each.row.log, each.tree.size, each.note) for each in told),
            attachments=tuple(beside for each in told for beside in each.attachments),
            deadlines=moved.deadlines,
            outbox=moved.outbox,
            unsent=moved.unsent,
        )
        return Prepared(batch, (), entries)

    def prepare_taken_back(self, told: Mirrored) -> Prepared:
        """Fold own entries that a reader gave back, checked; what the author's own log lacks goes there."""
        if self._stale:
            self.drop()
        building = _Building(self)
        building.take_back(told)
        return building.prepared()

    def prepare_receipts(self, notes: Iterable[CheckpointRow], receipts: Iterable[ReceiptRow]) -> Prepared:
        """Make ready the cosignatures of readers' nodes or clients; they count once `publish` was called."""
        return Prepared(Batch(checkpoints=tuple(notes), receipts=tuple(receipts)), (), ())

    def publish(self, prepared: Prepared) -> None:
        """Let a batch that has become durable count; its entries were folded when it was prepared."""
        self._arrive(prepared.entries)
        for entry in prepared.entries:
            self._durable[entry.log] = entry.index + 1
        for row in prepared.batch.receipts:
            self._receipts.count(row)
            self._outboxes[row.log.author].received(
                row.log.reader, row.size, instant_of(row), by_reader=row.by_reader
            )
        self._keys_used.clear()

    def drop(self) -> None:
        """Forget everything that is only in memory and fold again what is durable.

        Until that has worked, nothing is read from the pictures and no act is decided.

        Raises:
            StoreFault: the store cannot be read, or keeps a record of another CAP status.
        """
        self._stale = True
        for held in (self._tails, self._receipts, self._pictures, self._outboxes, self._inboxes):
            held.clear()
        for kept in (self._then, self._durable, self._keys_used, self._since, self._late):
            kept.clear()
        self.withheld.clear()
        self.shown.clear()
        for party in self.hosted:
            self._take_in(party)
        self._load()
        self._durable = {log: tail.tree.size for log, tail in self._tails.items()}
        self._stale = False

    def used(self, ask: Ask, row: KeyRow | None) -> Outcome | None:
        """Give what an idempotency key made before, in the batch in the making or as the store keeps it.

        Raises:
            Conflicting: the key was used for another act.
        """
        known = self._keys_used.get((ask.party, ask.key))
        if known is None:
            if row is None:
                return None
            known = (row.asked, row.statement)
        asked, statement = known
        entry = self.desk(ask.party).picture.entry(statement)
        if asked != bytes.fromhex(sha256(ask.asked)) or not self.names.are(ask.names, entry):
            raise Conflicting(
                f'the idempotency key "{ask.key}" was used for another act',
                "idempotency-key",
                "a new key, or the same act as before",
                "Idempotency-Key",
            )
        return msgspec.structs.replace(self.outcome(ask, statement), repeated=True)

    def outcome(self, ask: Ask, statement: StatementId) -> Outcome:
        """Give what an act came to: the same answer the first time, when repeated, and after a restart."""
        box = self.desk(ask.party).outbox
        asked = dict.fromkeys((ask.party, *ask.readers))
        told = [entry for reader in asked if (entry := box.entry(reader, statement)) is not None]
        if not told:
            raise StoreFault(
                f"statement {statement} is missing from its log", "store", "a restore from backup"
            )
        places = tuple(Place(entry.log.reader, entry.index, entry.recorded_at) for entry in told)
        made = told[0].statement
        return Outcome(statement, made.subject, digest_of(made), places)

    # Start.

    def _load(self) -> None:
        """Fold what the store keeps; each statement is decoded once and shared by all pictures."""
        # Nothing that is read here is garbage: looking for it would take half the time of a start.
        gc.disable()
        try:
            self._read_store()
        finally:
            gc.enable()
        self.duties = Duties(self._pictures)

    def _read_store(self) -> None:
        for row in self.store.logs():
            self._tails[row.log] = _Tail(row, Frontier(), EPOCH)
            if row.custody == "host" or row.log.author == row.log.reader:
                self._take_in(row.log.author)
            if row.log.author == row.log.reader:
                first = next(iter(self.store.entries(row.log)), None)
                if first is not None:
                    self._since[row.log.author] = instant(first.recorded_at_us)
        for receipt in self.store.receipts():
            self._receipts.count(receipt)
        statements = StoredStatements(self.store)
        rows = self.store.entries()
        while piece := list(islice(rows, _PIECE)):
            self._read_piece(piece, statements)

    def _read_piece(self, piece: list[EntryRow], statements: StoredStatements) -> None:
        entries: list[Entry] = []
        leaves: dict[LogId, list[bytes]] = {}
        for stored in piece:
            tail = self._tails[stored.log]
            leaves.setdefault(tail.row.log, []).append(stored.leaf)
            recorded_at = instant(stored.recorded_at_us)
            received_at = recorded_at
            if stored.received_at_us != stored.recorded_at_us:
                received_at = instant(stored.received_at_us)
            statement = statements.of(stored.digest)
            if statement.author.party != tail.row.log.author:
                check_own(statement, tail.row.log.author)
            entries.append(
                Entry(
                    tail.row.log,
                    stored.index,
                    recorded_at,
                    received_at,
                    stored.sees,
                    statement,
                    tail.row.custody == MIRROR and self.is_partys,
                )
            )
            tail.last_at = recorded_at
        for log, hashes in leaves.items():
            self._tails[log].tree = self._tails[log].tree.extend(hashes)
        check_cap(entries, self.cap)
        self._fold(entries)
        self._arrive(entries)

    def _fold(self, entries: Sequence[Entry]) -> None:
        by_log: dict[LogId, list[Entry]] = {}
        for entry in entries:
            by_log.setdefault(entry.log, []).append(entry)
        for log, told in by_log.items():
            self._fold_log(log, told)

    def _fold_log(self, log: LogId, told: Sequence[Entry]) -> None:
        """Fold entries of one log."""
        self.shown.fold(told)
        shown = self._showable(log, told)
        for party in self._readers(log):
            self._pictures[party].fold([self._reached(party, entry) for entry in shown])
        if (outbox := self._outboxes.get(log.author)) is not None:
            reader = log.author if log.reader == PUBLIC else log.reader
            outbox.fold([self._reached(reader, entry) for entry in told])

    def _arrive(self, entries: Iterable[Entry]) -> None:
        for entry in entries:
            if entry.statement.id not in self.withheld:
                for party in self._readers(entry.log):
                    self._inboxes[party].append(self._reached(party, entry))

    def _showable(self, log: LogId, told: Sequence[Entry]) -> Sequence[Entry]:
        """Leave out what another's node has told against a hard limit; it stays in the record as it came."""
        if self._tails[log].row.custody != MIRROR:
            return told
        for entry in told:
            limit = barred(entry.statement)
            if limit:
                known = self.withheld.get(entry.statement.id)
                readers = frozenset(self._readers(log)) | (known.readers if known else frozenset())
                self.withheld[entry.statement.id] = Withheld(limit, entry.statement, readers)
        return [entry for entry in told if entry.statement.id not in self.withheld]

    def _reached(self, party: PartyId, entry: Entry) -> Entry:
        """Give an entry as a reader has it: received when its node held it, or not at all without a node."""
        if party not in self._inboxes:
            return self._receipts.applied(entry)
        since = self._since.get(party)
        if since is None or entry.received_at >= since:
            return entry
        key = (party, entry.log, entry.index)
        late = self._late.get(key)
        if late is None:  # one object, wherever it is held: what is kept is known by it
            late = self._late[key] = msgspec.structs.replace(entry, received_at=since)
        return late

    def _readers(self, log: LogId) -> tuple[PartyId, ...]:
        if log.reader == PUBLIC:
            return self.hosted
        return (log.reader,) if log.reader in self._inboxes else ()


class _Building:
    """A batch in the making."""

    def __init__(self, node: Node, used: Iterable[KeyRow] = ()) -> None:
        self._node = node
        self._used = {(row.party, row.key): row for row in used}
        self._now = node.clock.now()
        self._logs: list[LogRow] = []
        self._statements: dict[bytes, bytes] = {}
        self._rows: list[EntryRow] = []
        self._entries: list[Entry] = []
        self._keys: list[KeyRow] = []
        self._beside: list[AttachmentRow] = []
        self._touched: dict[LogId, None] = {}
        self._heads: list[CheckpointRow] = []

    def take(self, ask: Ask) -> Outcome:
        """Decide one act and file what it tells; a repeated key gives what it made before."""
        node = self._node
        desk = node.desk(ask.party)
        before = node.used(ask, self._used.get((ask.party, ask.key)))
        if before is not None:
            return before
        # Each act has its own instant: two acts of one batch must not need a made-up order of their times,
        # by which a reader of the second could tell that there was a first.
        self._now = node.clock.now()
        told, own = self._decided(ask, desk)
        for sealed in told:
            self._tell(ask.party, *sealed)
        made = told[own][0].id
        asked = bytes.fromhex(sha256(ask.asked))
        self._beside.extend(ask.beside)
        self._keys.append(KeyRow(ask.party, ask.key, asked, made))
        node._keys_used[ask.party, ask.key] = (asked, made)
        return node.outcome(ask, made)

    def _decided(self, ask: Ask, desk: Desk) -> tuple[list[_Sealed], int]:
        """Decide, sign and read back everything before anything is filed: an act is told whole or not at all.

        Gives with it which is the act's own. A fault of ours in one act refuses no act that shares its batch.
        """
        try:
            decided = ask.decide(desk, self._now)
            sealed = [(*self._sealed(telling.statement), telling.readers) for telling in decided.tells]
            for reader in dict.fromkeys(reader for _, _, readers in sealed for reader in readers):
                self._node.check_tellable(LogId(ask.party, reader))
            for statement, _, _ in sealed:
                check_own(statement, ask.party)
                need_client_key(desk, statement)
                known = desk.picture.entry(statement.id)
                check_same(statement, None if known is None else known.statement)
            return sealed, decided.own
        except KeepclearError:
            raise
        except Exception as error:
            raise StoreFault(
                f"an act that failed inside the node ({type(error).__name__}: {error})",
                "internal",
                "a report of this",
            ) from error

    def _sealed(self, statement: Statement) -> tuple[Statement, bytes]:
        """Sign a new statement; what could not be read back after a restart is refused now."""
        if statement.sig:
            return statement, encode(statement)
        encoded = self._node.keys.seal(statement)
        return reread(encoded), encoded

    def _tell(self, party: PartyId, statement: Statement, encoded: bytes, to: tuple[PartyId, ...]) -> None:
        own = () if self._node.outbox(party).entry(party, statement.id) is not None else (party,)
        for reader in (*own, *to):
            self._append(LogId(party, reader), statement, encoded)

    def tail(self, log: LogId) -> _Tail:
        """Give the end of a log; a new log is opened with its two first entries."""
        node = self._node
        tail = node._tails.get(log)
        if tail is None:
            row = LogRow(log, node.keys.origin(log.author, log.reader), node.custody)
            tail = node._tails[log] = _Tail(row, Frontier(), self._now)
            self._logs.append(row)
            opened = LogOpened(log.author, log.reader, node.cap, node.custody, node.keys.node)
            key = KeyStated(node.keys.statement_key(log.author).vkey, "statements")
            # No caller's idempotency key holds a line break (commands/telling.py), so none makes these ids.
            for body, name in ((opened, f"\nlog-opened/{log.reader}"), (key, "\nstatement-key")):
                statement = self._own_statement(log.author, body, name)
                self._append(log, statement, encode(statement))
            for enrolled in client_key_statements(node.desk(log.author).picture):
                self._append(log, enrolled, encode(enrolled))
        return tail

    def _own_statement(self, author: PartyId, body: LogOpened | KeyStated, name: str) -> Statement:
        keys = self._node.keys
        identity = keys.statement(author, name, Form.EXACT)
        known = self._node.desk(author).picture.entry(identity)
        if known is not None:
            return known.statement
        return keys.sign(
            Statement(
                id=identity,
                subject=keys.subject(author, name),
                author=Author(author, "unsigned"),
                cap=self._node.cap,
                stated_at=self._now,
                body=body,
            )
        )

    def _append(self, log: LogId, statement: Statement, encoded: bytes) -> None:
        node = self._node
        tail = self.tail(log)
        at = max(self._now, tail.last_at)
        index = tail.tree.size
        sees = node.seen_by_author(log)
        leaf = leaf_hash(entry_bytes(index, text(at), sees, encoded))
        tail.tree, tail.last_at = tail.tree.append(leaf), at
        at_us = microseconds(at)
        digest = bytes.fromhex(digest_of(statement))
        self._statements[digest] = encoded
        self._rows.append(EntryRow(log, index, at_us, at_us, sees, digest, leaf))
        self._touched[log] = None
        entry = Entry(log, index, at, at, sees, statement)
        self._entries.append(entry)
        node._fold_log(log, (entry,))

    def take_back(self, told: Mirrored) -> None:
        """File entries of an own log as they stood, and in the author's own log what it has lost of them."""
        node, log = self._node, told.row.log
        if log not in node._tails:
            self._logs.append(told.row)
        node._tails[log] = _Tail(told.row, told.tree, told.entries[-1].recorded_at)
        self._statements |= dict(told.statements)
        self._rows += told.rows
        self._entries += told.entries
        self._beside += told.attachments
        self._heads.append(CheckpointRow(log, told.tree.size, told.note))
        node._fold(told.entries)
        for entry in told.entries:
            if node.outbox(log.author).entry(log.author, entry.statement.id) is None:
                self._append(LogId(log.author, log.author), entry.statement, encode(entry.statement))

    def prepared(self, outcomes: tuple[Outcome | KeepclearError, ...] = ()) -> Prepared:
        """Close the batch with one checkpoint per touched log, cosigned by this node under its own name."""
        checkpoints = self._heads
        for log in self._touched:
            tail = self._node._tails[log]
            head = Checkpoint(tail.row.origin, tail.tree.size, tail.tree.root()).text()
            signed = note.sign(head, self._node.keys.log_key(log.author, tail.row.origin))
            held = cosign(head, self._node.mirror_signer, tail.last_at)
            checkpoints.append(CheckpointRow(log, tail.tree.size, note.add_lines(signed, held)))
        moved = self._node.duties.moved(self._entries, self._node._pictures)
        batch = Batch(
            tuple(self._logs),
            tuple(self._statements.items()),
            tuple(self._rows),
            tuple(checkpoints),
            tuple(self._keys),
            tuple(self._beside),
            deadlines=moved.deadlines,
            outbox=moved.outbox,
            unsent=moved.unsent,
        )
        return Prepared(batch, outcomes, tuple(self._entries))
