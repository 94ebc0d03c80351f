"""What every store promises, tried on the memory store, on SQLite, and on SQLite by another driver."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from hashlib import sha256
from itertools import islice
from pathlib import Path

import pytest
from tests.contracts.stores.apsw_driver import connect_apsw
from tests.contracts.stores.story import (
    ANSWERS,
    COALITION,
    OPENING,
    OWN,
    TOLD,
    attachment,
    contents,
    dice_of,
    entry,
    expected,
    steps,
    take,
    telling,
)
from tests.shares import mostly_long

from keepclear.commands.ports import AttachmentRow, Batch, CheckpointRow, KeyRow, LogRow, ReceiptRow, Store
from keepclear.errors import StoreFault
from keepclear.model.statements import LogId
from keepclear.model.words import PartyId, StatementId
from keepclear.stores.memory import MemoryStore
from keepclear.stores.sqlite import Connection, SqliteStore, connect_sqlite

Connect = Callable[[str], Connection]
DRIVERS: dict[str, Connect] = {"sqlite": connect_sqlite, "sqlite by apsw": connect_apsw}


@pytest.fixture(params=["memory", *DRIVERS])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    made = (
        MemoryStore()
        if request.param == "memory"
        else SqliteStore.open(tmp_path / "logs.db", DRIVERS[request.param])
    )
    made.commit(OPENING)
    yield made
    made.close()


@pytest.fixture(params=list(DRIVERS))
def connect(request: pytest.FixtureRequest) -> Connect:
    return DRIVERS[request.param]


@pytest.fixture
def reopen(connect: Connect, tmp_path: Path) -> Callable[[], SqliteStore]:
    return lambda: SqliteStore.open(tmp_path / "logs.db", connect)


def everything(store: Store) -> dict[str, object]:
    return contents(store, [])


def test_entries_come_in_commit_order_over_all_logs_and_by_index_in_one(store: Store) -> None:
    told = [(TOLD, 0), (OWN, 0), (TOLD, 1), (ANSWERS, 0), (OWN, 1)]
    for place, (log, index) in enumerate(told):
        store.commit(telling(log, index, b"statement %d" % place))
    assert [(row.log, row.index) for row in store.entries()] == told
    assert [row.index for row in store.entries(TOLD)] == [0, 1]
    assert [row.index for row in store.entries(TOLD, 1)] == [1]
    assert [(row.log, row.index) for row in store.entries(start=3)] == told[3:]
    assert list(store.entries(TOLD, 2)) == []
    assert list(store.entries(LogId(PartyId("nobody"), COALITION))) == []


def test_an_entry_comes_back_field_for_field(store: Store) -> None:
    store.commit(telling(TOLD, 0, b"told"))
    assert list(store.entries(TOLD)) == [entry(TOLD, 0, b"told")]


def test_logs_come_in_the_order_in_which_they_were_opened(store: Store) -> None:
    late = LogRow(LogId(PartyId("a"), PartyId("b")), "node/late", "host")
    store.commit(Batch(logs=(late,)))
    assert store.logs() == [*OPENING.logs, late]


def test_a_statement_told_in_three_logs_is_kept_once(store: Store) -> None:
    store.commit(telling(OWN, 0, b"same"))
    store.commit(telling(TOLD, 0, b"same"))
    same = sha256(b"same").digest()
    store.commit(Batch(entries=(entry(ANSWERS, 0, b"same"),)))
    assert list(store.statements()) == [(same, b"same")]
    assert store.statement(same) == b"same"
    assert [row.digest for row in store.entries()] == [same] * 3


def test_statements_come_in_the_order_in_which_they_were_first_kept(store: Store) -> None:
    texts = [b"%d" % number for number in (5, 3, 9, 3, 1, 5)]
    for index, text in enumerate(texts):
        store.commit(telling(OWN, index, text))
    assert [encoded for _, encoded in store.statements()] == [b"5", b"3", b"9", b"1"]


def test_an_unknown_statement_key_attachment_or_log_is_nothing(store: Store) -> None:
    assert store.statement(bytes(32)) is None
    assert store.keys([(COALITION, "never")]) == []
    assert store.attachment("0" * 64) is None
    assert store.erase_attachment("0" * 64) is False
    assert store.checkpoints(LogId(PartyId("x"), PartyId("y"))) == []


def test_a_key_gives_what_it_made(store: Store) -> None:
    row = KeyRow(COALITION, "first", b"\x00asked", StatementId("coalition.1"))
    store.commit(Batch(keys=(row,)))
    assert store.keys([(COALITION, "first"), (COALITION, "second"), (COALITION, "first")]) == [row]
    assert store.keys([(PartyId("russia"), "first")]) == []


def test_checkpoints_come_smallest_first_and_gain_cosignatures(store: Store) -> None:
    for index in range(3):
        store.commit(telling(TOLD, index, b"%d" % index))
    for size, note in ((3, b"three"), (1, b"one"), (3, b"three, cosigned")):
        store.commit(Batch(checkpoints=(CheckpointRow(TOLD, size, note),)))
    assert store.checkpoints(TOLD) == [
        CheckpointRow(TOLD, 1, b"one"),
        CheckpointRow(TOLD, 3, b"three, cosigned"),
    ]
    assert store.checkpoints(OWN) == []
    assert store.checkpoint(OWN) is None
    for each in store.checkpoints(TOLD):
        assert store.checkpoint(TOLD, each.size) == each
    assert store.checkpoint(TOLD) == store.checkpoints(TOLD)[-1]
    assert store.checkpoint(TOLD, 10**6) is None


def told_three(store: Store) -> None:
    for index in range(3):
        store.commit(telling(TOLD, index, b"%d" % index))
        store.commit(telling(ANSWERS, index, b"answer %d" % index))


def test_receipts_come_by_log_and_size_and_the_first_of_a_size_stays(store: Store) -> None:
    told_three(store)
    assert store.receipts() == []
    rows = [
        ReceiptRow(TOLD, 3, 9),
        ReceiptRow(ANSWERS, 2, 5, by_reader=False),
        ReceiptRow(TOLD, 1, 2**53),
        ReceiptRow(TOLD, 3, 4, by_reader=False),
    ]
    for row in rows:
        store.commit(Batch(receipts=(row,)))
    kept = {log: [row for row in store.receipts() if row.log == log] for log in (TOLD, ANSWERS)}
    assert kept == {TOLD: [rows[2], rows[0]], ANSWERS: [rows[1]]}
    store.commit(Batch(receipts=(ReceiptRow(ANSWERS, 3, 6), ReceiptRow(ANSWERS, 3, 7))))
    assert [row.at_us for row in store.receipts() if row.log == ANSWERS] == [5, 6]


def test_a_receipt_beyond_its_log_or_of_none_leaves_the_whole_batch_out(store: Store) -> None:
    told_three(store)
    before = everything(store), store.receipts()
    unknown = LogId(PartyId("nobody"), COALITION)
    for row, rule in ((ReceiptRow(TOLD, 4, 9), "checkpoint-size"), (ReceiptRow(unknown, 0, 9), "log-open")):
        with pytest.raises(StoreFault) as refusal:
            store.commit(Batch(receipts=(ReceiptRow(TOLD, 2, 1), row)))
        assert refusal.value.rule == rule
        assert (everything(store), store.receipts()) == before
    entries = telling(TOLD, 3, b"three")
    store.commit(
        Batch(statements=entries.statements, entries=entries.entries, receipts=(ReceiptRow(TOLD, 4, 9),))
    )
    assert [row.size for row in store.receipts()] == [4]


def test_entries_are_told_with_their_statements_from_an_index_on_and_no_more_than_asked(store: Store) -> None:
    told_three(store)
    assert [(row.index, said) for row, said in store.told(TOLD, 1, 9)] == [(1, b"1"), (2, b"2")]
    assert [(row.index, said) for row, said in store.told(TOLD, 0, 2)] == [(0, b"0"), (1, b"1")]
    assert store.told(TOLD, 0, 1) == [(entry(TOLD, 0, b"0"), b"0")]
    assert store.told(TOLD, 3, 9) == store.told(TOLD, 0, 0) == []
    assert store.told(LogId(PartyId("nobody"), COALITION), 0, 9) == []


def test_an_attachment_is_kept_once_and_can_be_erased(store: Store) -> None:
    row = AttachmentRow("ab" * 32, b"s" * 32, b"names of the hurt")
    store.commit(Batch(attachments=(row,)))
    store.commit(Batch(attachments=(row,)))
    assert store.attachment(row.salted_hash) == row
    assert store.erase_attachment(row.salted_hash) is True
    assert store.attachment(row.salted_hash) is None
    assert store.erase_attachment(row.salted_hash) is False


STRANGE = LogId(PartyId("x"), COALITION)
UNFIT = {
    "a gap in a log": (Batch(entries=(entry(OWN, 1, b"kept"),)), "log-next"),
    "an index that is taken": (
        Batch(entries=(entry(OWN, 0, b"kept"), entry(OWN, 0, b"kept"))),
        "log-next",
    ),
    "a gap after a good entry": (
        Batch(entries=(entry(OWN, 0, b"kept"), entry(TOLD, 3, b"kept"))),
        "log-next",
    ),
    "a log that is not open": (
        Batch(entries=(entry(LogId(PartyId("x"), OWN.reader), 0, b"kept"),)),
        "log-open",
    ),
    "a statement that is not there": (Batch(entries=(entry(OWN, 0, b"never kept"),)), "entry-statement"),
    "a log opened twice": (Batch(logs=(LogRow(OWN, "node/other", "party"),)), "log-once"),
    "an origin used twice": (
        Batch(logs=(LogRow(LogId(PartyId("x"), PartyId("y")), "node/1", "party"),)),
        "log-once",
    ),
    "two logs of one origin": (
        Batch(logs=tuple(LogRow(LogId(PartyId(name), OWN.reader), "node/9", "party") for name in "xy")),
        "log-once",
    ),
    "a checkpoint beyond its log": (Batch(checkpoints=(CheckpointRow(TOLD, 2, b"note"),)), "checkpoint-size"),
    "a checkpoint of no log": (
        Batch(checkpoints=(CheckpointRow(STRANGE, 0, b"note"),)),
        "log-open",
    ),
    "a key that was used": (
        Batch(keys=(KeyRow(COALITION, "used", b"other", StatementId("coalition.2")),)),
        "key-once",
    ),
    "a key used twice at once": (
        Batch(keys=(KeyRow(COALITION, "new", b"", StatementId("c.2")),) * 2),
        "key-once",
    ),
    "a short digest": (Batch(statements=((b"short", b"bytes"),)), "hash-length"),
}


@pytest.mark.parametrize("why", UNFIT)
def test_a_batch_with_one_unfit_row_leaves_nothing_behind(store: Store, why: str) -> None:
    unfit, rule = UNFIT[why]
    store.commit(telling(TOLD, 0, b"kept"))
    store.commit(Batch(keys=(KeyRow(COALITION, "used", b"", StatementId("coalition.1")),)))
    before = everything(store)
    secret = attachment(dice_of(1), 50)
    fit = (sha256(b"fit").digest(), b"fit")
    batch = Batch(
        (LogRow(LogId(PartyId("new"), PartyId("log")), "node/new", "party"), *unfit.logs),
        (fit, *unfit.statements),
        unfit.entries,
        unfit.checkpoints,
        (KeyRow(COALITION, "fit", b"", StatementId("coalition.9")), *unfit.keys),
        (secret,),
    )
    with pytest.raises(StoreFault, match="the whole batch was left out") as refusal:
        store.commit(batch)
    assert refusal.value.rule == rule
    assert refusal.value.passes
    assert everything(store) == before
    assert store.keys([(COALITION, "fit")]) == []
    assert store.attachment(secret.salted_hash) is None
    store.commit(telling(OWN, 0, b"the next one fits"))


def test_a_log_can_be_opened_and_written_in_one_batch(store: Store) -> None:
    log = LogId(PartyId("late"), COALITION)
    told = telling(log, 0, b"first")
    store.commit(
        Batch(
            (LogRow(log, "node/late", "party"),),
            told.statements,
            told.entries,
            (CheckpointRow(log, 1, b"n"),),
        )
    )
    assert [row.log for row in store.entries(log)] == [log]
    assert store.checkpoints(log) == [CheckpointRow(log, 1, b"n")]


def test_an_empty_batch_changes_nothing(store: Store) -> None:
    before = everything(store)
    store.commit(Batch())
    assert everything(store) == before


def test_an_iterator_gives_what_was_there_when_it_was_asked_for(store: Store) -> None:
    store.commit(telling(OWN, 0, b"before"))
    entries, statements = store.entries(), store.statements()
    own = store.entries(OWN)
    store.commit(telling(OWN, 1, b"after"))
    assert [row.index for row in entries] == [0]
    assert [row.index for row in own] == [0]
    assert [encoded for _, encoded in statements] == [b"before"]


def test_long_reads_come_whole(store: Store) -> None:
    texts = [b"statement %d" % number for number in range(5_000)]
    store.commit(
        Batch(
            statements=tuple((sha256(text).digest(), text) for text in texts),
            entries=tuple(entry(OWN, index, text) for index, text in enumerate(texts)),
        )
    )
    assert [encoded for _, encoded in store.statements()] == texts
    assert [row.index for row in store.entries()] == list(range(5_000))
    assert [row.index for row in store.entries(OWN, 17)] == list(range(17, 5_000))


def test_a_closed_store_says_so(store: Store) -> None:
    store.close()
    store.close()
    for ask in (store.logs, store.entries, lambda: store.commit(Batch()), lambda: store.statement(bytes(32))):
        with pytest.raises(StoreFault, match="closed"):
            ask()


def test_readers_go_on_beside_the_writer_and_see_whole_batches(store: Store) -> None:
    rounds, faults = 150, []
    done, interval = threading.Event(), sys.getswitchinterval()

    def read() -> None:
        seen = 0
        while not done.is_set():
            own = list(store.entries(OWN))
            if [row.index for row in own] != list(range(len(own))) or len(own) % 3 or len(own) < seen:
                faults.append(len(own))
            if any(store.statement(row.digest) is None for row in islice(own, seen, None)):
                faults.append("statement")
            seen = len(own)

    readers = [threading.Thread(target=read) for _ in range(3)]
    sys.setswitchinterval(1e-5)  # the writer is often stopped amid a batch
    try:
        for reader in readers:
            reader.start()
        for number in range(rounds):
            texts = [b"%d" % (3 * number + place) for place in range(3)]
            store.commit(
                Batch(
                    statements=tuple((sha256(text).digest(), text) for text in texts),
                    entries=tuple(entry(OWN, 3 * number + place, text) for place, text in enumerate(texts)),
                )
            )
    finally:
        done.set()
        sys.setswitchinterval(interval)
        for reader in readers:
            reader.join()
    assert faults == []
    assert len(list(store.entries(OWN))) == 3 * rounds


@pytest.mark.parametrize("seed", range(3))
def test_a_reopened_store_is_what_it_was(reopen: Callable[[], SqliteStore], seed: int) -> None:
    course = list(islice(steps(seed), 80))
    for start in range(0, len(course), 13):
        store = reopen()
        for step in course[start : start + 13]:
            take(store, step)
        store.close()
    store = reopen()
    assert contents(store, course) == expected(course, len(course))
    store.check()
    store.close()


def test_receipts_are_there_again_after_a_start(reopen: Callable[[], SqliteStore]) -> None:
    store = reopen()
    store.commit(OPENING)
    told_three(store)
    rows = [ReceiptRow(TOLD, 1, 5), ReceiptRow(TOLD, 3, 7, by_reader=False)]
    store.commit(Batch(receipts=tuple(rows)))
    store.close()
    store = reopen()
    assert store.receipts() == rows
    store.close()


def test_a_store_reopened_by_another_driver_is_what_it_was(tmp_path: Path) -> None:
    course = list(islice(steps(9), 40))
    for place, step in enumerate(course):
        store = SqliteStore.open(tmp_path / "logs.db", list(DRIVERS.values())[place % 2])
        take(store, step)
        store.close()
    store = SqliteStore.open(tmp_path / "logs.db")
    assert contents(store, course) == expected(course, len(course))
    store.close()


@pytest.mark.parametrize("seed", mostly_long(range(6), 1))
def test_erased_bytes_are_gone_from_every_file(
    reopen: Callable[[], SqliteStore], tmp_path: Path, seed: int
) -> None:
    store = reopen()
    assert found_of_the_erased(store, tmp_path, seed) == []
    store.close()


def test_the_search_finds_what_lies_where_pages_are_balanced(
    monkeypatch: pytest.MonkeyPatch, fast_folder: Callable[[str], Path]
) -> None:
    monkeypatch.setattr("keepclear.stores.sqlite._PAD_BYTES", 0)
    for seed in range(9, 60):
        folder = fast_folder(str(seed))
        store = SqliteStore.open(folder / "logs.db", connect_apsw)  # its SQLite is of a locked version
        found = found_of_the_erased(store, folder, seed)
        store.close()
        if found:
            return
    pytest.fail("secure_delete alone was enough: the page of zeros may go")


def found_of_the_erased(store: SqliteStore, folder: Path, seed: int) -> list[str]:
    """Keep and erase many attachments, and give those of which a byte run is still in a file."""
    dice = dice_of(seed)
    store.commit(OPENING)
    largest = dice.choice((100, 300, 300, 900, 5_000, 20_000))
    held, erased = [], []
    for number in range(150):
        if held and dice.random() < 0.45:
            erased.append(held.pop(dice.randrange(len(held))))
            assert store.erase_attachment(erased[-1].salted_hash)
        else:
            held.append(attachment(dice, dice.randint(16, largest)))
            store.commit(Batch(attachments=(held[-1],)))
        store.commit(telling(OWN, number, b"beside %d" % number))
    raw = b"".join(path.read_bytes() for path in folder.iterdir())
    assert all(row.salt in raw for row in held), "the search must be able to find what is there"
    assert all(store.attachment(row.salted_hash) == row for row in held)
    return [row.salted_hash for row in erased if row.salt in raw or _traces(row.body, raw)]


def _traces(body: bytes, raw: bytes) -> list[int]:
    return [start for start in range(0, len(body) - 15, 16) if body[start : start + 16] in raw]


def test_an_erasure_that_another_program_holds_up_says_so(connect: Connect, tmp_path: Path) -> None:
    store = SqliteStore.open(tmp_path / "logs.db", connect)
    row = attachment(dice_of(3), 500)
    store.commit(Batch(attachments=(row,)))
    browser = connect(str(tmp_path / "logs.db"))
    list(browser.execute("BEGIN"))
    list(browser.execute("SELECT count(*) FROM attachment"))
    list(store._writer.execute("PRAGMA busy_timeout = 50"))
    with pytest.raises(StoreFault, match="keeps its bytes") as refusal:
        store.erase_attachment(row.salted_hash)
    assert refusal.value.rule == "erase-whole"
    assert store.attachment(row.salted_hash) is None
    browser.close()
    store.close()
    SqliteStore.open(tmp_path / "logs.db", connect).close()
    assert not any(row.salt in path.read_bytes() for path in tmp_path.iterdir())
