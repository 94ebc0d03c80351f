"""The memory store and the SQLite store answer alike, whatever is offered to them in whatever order."""

from __future__ import annotations

import shutil
import tempfile
from hashlib import sha256
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from keepclear.commands.ports import (
    AttachmentRow,
    Batch,
    CheckpointRow,
    Claim,
    DeadlineChange,
    DeadlineRow,
    EntryRow,
    KeyRow,
    LogRow,
    OutboxRow,
    ReceiptRow,
    Store,
)
from keepclear.errors import StoreFault
from keepclear.model.statements import LogId
from keepclear.model.words import PartyId, StatementId, SubjectId
from keepclear.stores.memory import MemoryStore
from keepclear.stores.sqlite import SqliteStore

PARTIES = [PartyId(name) for name in ("a", "b", "c")]
LOGS = [LogId(author, reader) for author in PARTIES for reader in PARTIES]
TEXTS = [b"", b"x", b"y" * 900, b"z" * 9_000]
BODIES = [AttachmentRow(letter * 64, letter.encode() * 32, letter.encode() * 700) for letter in "0123"]


def hashed(text: bytes) -> bytes:
    return sha256(text).digest()


log_rows = st.builds(LogRow, st.sampled_from(LOGS), st.sampled_from("pqrstuvw"), st.just("party"))
key_rows = st.builds(
    KeyRow,
    st.sampled_from(PARTIES),
    st.sampled_from(["k1", "k2", "k3", "ключ", "k\x00l"]),
    st.binary(max_size=4),
    st.just(StatementId("a.1")),
)


DUE = [
    DeadlineRow(party, SubjectId(alarm), StatementId("a.t"), "step", number, due_us)
    for party in PARTIES[:2]
    for alarm in ("a.1", "a.2")
    for number, due_us in ((0, -5), (1, 2**60))
]
LETTERS = [OutboxRow(key, PARTIES[0], SubjectId("a.1"), StatementId("a.s"), 0) for key in ("l1", "l2", "ł")]
letters = st.sampled_from([letter.key for letter in LETTERS])


class Stores(RuleBasedStateMachine):
    """Offers every batch to both stores, mostly fit, sometimes not."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.durable = SqliteStore.open(self.folder / "logs.db")
        self.memory = MemoryStore()
        self.sizes: dict[LogId, int] = {}

    def teardown(self) -> None:
        self.durable.close()
        shutil.rmtree(self.folder)

    def offer(self, batch: Batch) -> None:
        answers = [self.answer(store, batch) for store in (self.memory, self.durable)]
        assert answers[0] == answers[1]
        if answers[0] is None:
            for row in batch.logs:
                self.sizes[row.log] = 0
            for entry in batch.entries:
                self.sizes[entry.log] += 1

    @staticmethod
    def answer(store: Store, batch: Batch) -> str | None:
        try:
            store.commit(batch)
        except StoreFault as fault:
            return str(fault)
        return None

    @rule(rows=st.lists(log_rows, min_size=1, max_size=2))
    def open_logs(self, rows: list[LogRow]) -> None:
        self.offer(Batch(logs=tuple(rows)))

    @precondition(lambda self: self.sizes)
    @rule(
        data=st.data(),
        keys=st.lists(key_rows, max_size=2),
        bodies=st.lists(st.sampled_from(BODIES), max_size=1),
    )
    def tell(self, data: st.DataObject, keys: list[KeyRow], bodies: list[AttachmentRow]) -> None:
        sizes = dict(self.sizes)
        entries, notes = [], []
        for log in data.draw(st.lists(st.sampled_from(sorted(sizes)), max_size=4)):
            text = data.draw(st.sampled_from(TEXTS))
            slip = data.draw(st.sampled_from([0, 0, 0, 0, 0, 0, 1, -1]))
            index = max(0, sizes[log] + slip)
            entries.append(EntryRow(log, index, 2**60, -5, 7, hashed(text), hashed(text + b"leaf")))
            sizes[log] += 1
            notes.append(CheckpointRow(log, data.draw(st.integers(0, sizes[log] + slip)), text[:9]))
        carried = data.draw(st.sets(st.sampled_from(TEXTS), min_size=2))
        statements = tuple((hashed(text), text) for text in sorted(carried))
        self.offer(Batch((), statements, tuple(entries), tuple(notes), tuple(keys), tuple(bodies)))

    @rule(data=st.data())
    def receive_receipts(self, data: st.DataObject) -> None:
        """Mostly of an open log and within it; of one size more than once."""
        rows = [
            ReceiptRow(
                log,
                data.draw(st.integers(0, self.sizes.get(log, 0) + data.draw(st.sampled_from([0, 0, 0, 1])))),
                data.draw(st.sampled_from([-5, 0, 7, 2**60])),
                data.draw(st.booleans()),
            )
            for log in data.draw(st.lists(st.sampled_from(sorted(self.sizes) or LOGS), max_size=3))
        ]
        self.offer(Batch(receipts=tuple(rows)))

    @rule(data=st.data())
    def move_what_is_due(self, data: st.DataObject) -> None:
        """Mostly the deadline that stands, sometimes another, sometimes none."""
        changes = []
        for now in data.draw(st.lists(st.sampled_from(DUE), max_size=2)):
            standing = {(row.party, row.alarm): row for row in self.memory.deadlines()}
            was = standing.get((now.party, now.alarm))
            was = data.draw(st.sampled_from([was, was, was, None, DUE[0]]))
            changes.append(DeadlineChange(was, data.draw(st.sampled_from([now, now, None]))))
        self.offer(Batch(deadlines=tuple(changes)))

    @rule(
        put=st.lists(st.sampled_from(LETTERS), max_size=2),
        gone=st.lists(letters, max_size=2),
        claims=st.lists(st.builds(Claim, letters, st.integers(0, 2)), max_size=2),
    )
    def write_letters(self, put: list[OutboxRow], gone: list[str], claims: list[Claim]) -> None:
        self.offer(Batch(outbox=tuple(put), unsent=tuple(gone), claims=tuple(claims)))

    @rule(body=st.sampled_from(BODIES))
    def erase(self, body: AttachmentRow) -> None:
        told = [store.erase_attachment(body.salted_hash) for store in (self.memory, self.durable)]
        assert told[0] == told[1]

    @rule()
    def reopen(self) -> None:
        self.durable.close()
        self.durable = SqliteStore.open(self.folder / "logs.db")

    @rule(log=st.sampled_from(LOGS), start=st.integers(0, 9))
    def read_from(self, log: LogId, start: int) -> None:
        assert list(self.memory.entries(log, start)) == list(self.durable.entries(log, start))
        assert list(self.memory.entries(None, start)) == list(self.durable.entries(None, start))

    @invariant()
    def both_hold_the_same(self) -> None:
        assert self.holdings(self.memory) == self.holdings(self.durable)

    @staticmethod
    def holdings(store: Store) -> list[object]:
        return [
            store.logs(),
            list(store.entries()),
            list(store.statements()),
            store.deadlines(),
            store.outbox(),
            sorted(store.receipts(), key=lambda row: (row.log, row.size)),
            [store.told(log, 1, 2) for log in LOGS],
            [list(store.entries(log)) for log in LOGS],
            [store.checkpoints(log) for log in LOGS],
            [store.attachment(body.salted_hash) for body in BODIES],
            [store.keys([(party, key)]) for party in PARTIES for key in ("k1", "k2", "k3", "ключ", "k\x00l")],
        ]


Stores.TestCase.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)
TestStoresAgree = Stores.TestCase
