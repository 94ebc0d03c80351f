"""When the disk, the file or a second process is in the way: a clear refusal, and nothing is lost."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import apsw
import pytest
from tests.contracts.stores.apsw_driver import ApswConnection
from tests.contracts.stores.story import OPENING, OWN, Step, contents, dice_of, expected, steps, take, telling

from keepclear.commands.ports import Batch
from keepclear.errors import StoreFault
from keepclear.stores.sqlite import SCHEMA_VERSION, Connection, SqliteStore, connect_sqlite

DONE = 12


def course_of(length: int = DONE) -> list[Step]:
    return list(islice(steps(4), length))


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    """A store that was closed after a course of steps."""
    path = tmp_path / "logs.db"
    store = SqliteStore.open(path)
    for step in course_of():
        take(store, step)
    store.close()
    return path


def refusal_of(path: Path, connect: Callable[[str], Connection] = connect_sqlite) -> StoreFault:
    with pytest.raises(StoreFault) as refusal:
        SqliteStore.open(path, connect)
    assert str(path) in refusal.value.asked
    assert refusal.value.passes, "a fault must say what to do"
    return refusal.value


def assert_all_there(path: Path) -> None:
    store = SqliteStore.open(path)
    assert contents(store, course_of()) == expected(course_of(), DONE)
    store.check()
    store.close()


def child(*arguments: object) -> list[str]:
    return [sys.executable, "-m", "tests.contracts.stores.child", *map(str, arguments)]


# The disk


class FailingVfs(apsw.VFS):
    """A file system whose nth write, sync or truncation fails, and all after it until it is repaired."""

    def __init__(self, name: str, code: int) -> None:
        self.name = name
        self.code = code
        self.left: int | None = None
        super().__init__(name, "")

    def xOpen(self, name: object, flags: list[int]) -> apsw.VFSFile:
        return _FailingFile(self, name, flags)

    def step(self) -> None:
        if self.left is not None:
            self.left -= 1
            if self.left < 0:
                raise apsw.exception_for(self.code)


class _FailingFile(apsw.VFSFile):
    def __init__(self, vfs: FailingVfs, name: object, flags: list[int]) -> None:
        self._vfs = vfs
        super().__init__("", name, flags)

    def xWrite(self, data: bytes, offset: int) -> None:
        self._vfs.step()
        super().xWrite(data, offset)

    def xSync(self, flags: int) -> None:
        self._vfs.step()
        super().xSync(flags)

    def xTruncate(self, newsize: int) -> None:
        self._vfs.step()
        super().xTruncate(newsize)


@pytest.mark.parametrize(
    ("code", "rule"),
    [
        (apsw.SQLITE_FULL, "disk-full"),
        (apsw.SQLITE_IOERR_WRITE, "disk-sound"),
        (apsw.SQLITE_IOERR_FSYNC, "disk-sound"),
    ],
)
def test_whichever_write_fails_nothing_acknowledged_is_lost_and_the_store_goes_on(
    fast_folder: Callable[[str], Path], code: int, rule: str
) -> None:
    folder = fast_folder("disk")
    vfs = FailingVfs(f"failing-{code}", code)
    course = course_of(DONE + 1)
    batch = course[DONE]
    refused = 0
    for turn in range(200):
        path = folder / str(turn)
        store = SqliteStore.open(path, lambda place: ApswConnection(place, vfs.name))
        for step in course[:DONE]:
            take(store, step)
        vfs.left = turn
        fault = fault_of(store, batch)
        needed_less, vfs.left = vfs.left >= 0, None
        if fault is None:
            assert contents(store, course) == expected(course, DONE + 1)
        else:
            refused += 1
            assert fault.rule == rule
            assert contents(store, course) == expected(course, DONE)
            take(store, batch)
        store.close()
        reopened = SqliteStore.open(path)
        assert contents(reopened, course) == expected(course, DONE + 1)
        reopened.close()
        path.unlink()
        if needed_less:
            break
    assert refused >= 8, "the commit must have been interrupted at many places"


def fault_of(store: SqliteStore, step: Step) -> StoreFault | None:
    try:
        take(store, step)
    except StoreFault as fault:
        return fault
    return None


def test_a_full_database_refuses_a_batch_whole_and_goes_on_when_there_is_room(tmp_path: Path) -> None:
    raw: list[Any] = []

    def connect(path: str) -> Connection:
        raw.append(connect_sqlite(path))
        return raw[-1]

    store = SqliteStore.open(tmp_path / "logs.db", connect)
    store.commit(OPENING)
    store.commit(telling(OWN, 0, b"before"))
    pages = raw[0].execute("PRAGMA page_count").fetchone()[0]
    raw[0].execute(f"PRAGMA max_page_count = {pages + 2}").fetchall()
    with pytest.raises(StoreFault, match="disk is full") as refusal:
        store.commit(telling(OWN, 1, b"x" * 60_000))
    assert refusal.value.rule == "disk-full"
    assert "free space" in refusal.value.passes
    assert [row.index for row in store.entries(OWN)] == [0]
    raw[0].execute("PRAGMA max_page_count = 1000000").fetchall()
    store.commit(telling(OWN, 1, b"x" * 60_000))
    store.close()
    reopened = SqliteStore.open(tmp_path / "logs.db")
    assert [len(encoded) for _, encoded in reopened.statements()] == [6, 60_000]
    reopened.close()


def test_a_process_that_may_write_no_more_keeps_what_it_acknowledged(tmp_path: Path) -> None:
    path = tmp_path / "logs.db"
    ran = subprocess.run(child("fill", path), capture_output=True, text=True, check=True)
    rule, acknowledged = ran.stdout.split()
    assert rule in {"disk-full", "disk-sound"}
    assert int(acknowledged) > 5
    store = SqliteStore.open(path)
    texts = [encoded for _, encoded in store.statements()]
    assert texts[:-1] == [b"%d" % number * 4_000 for number in range(int(acknowledged))]
    assert texts[-1] == b"after the fault"
    store.check()
    store.close()


# Permissions


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that every user can reach, unlike those of the test runner."""
    folder = Path(tempfile.mkdtemp(prefix="keepclear-"))
    folder.chmod(0o755)
    yield folder
    folder.chmod(0o755)
    shutil.rmtree(folder)


def opened_by_a_plain_user(path: Path) -> str:
    return subprocess.run(child("demoted", path), capture_output=True, text=True, check=True).stdout.strip()


def in_hands_of_a_plain_user(folder: Path) -> None:
    if os.geteuid() == 0:
        for path in (folder, *folder.iterdir()):
            os.chown(path, 65_534, 65_534)


def test_a_plain_user_opens_what_is_his(kept: Path, open_folder: Path) -> None:
    shutil.copytree(kept.parent, open_folder, dirs_exist_ok=True)
    in_hands_of_a_plain_user(open_folder)
    open_folder.chmod(0o755)
    assert opened_by_a_plain_user(open_folder / kept.name) == "open"


def test_a_read_only_file_is_refused_and_left_as_it_was(kept: Path, open_folder: Path) -> None:
    shutil.copytree(kept.parent, open_folder, dirs_exist_ok=True)
    in_hands_of_a_plain_user(open_folder)
    path = open_folder / kept.name
    path.chmod(0o444)
    open_folder.chmod(0o755)
    before = path.read_bytes()
    assert opened_by_a_plain_user(path) == "store-writable"
    assert path.read_bytes() == before
    path.chmod(0o644)
    assert_all_there(path)


def test_a_read_only_folder_is_refused(kept: Path, open_folder: Path) -> None:
    shutil.copytree(kept.parent, open_folder, dirs_exist_ok=True)
    in_hands_of_a_plain_user(open_folder)
    open_folder.chmod(0o555)
    assert opened_by_a_plain_user(open_folder / kept.name) in {"store-readable", "store-writable"}
    assert opened_by_a_plain_user(open_folder / "new.db") == "store-writable"
    open_folder.chmod(0o755)
    assert_all_there(open_folder / kept.name)


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    assert refusal_of(tmp_path / "nowhere" / "logs.db").rule == "store-writable"


# Another process


def test_a_second_process_is_refused_until_the_first_is_gone_however_it_goes(kept: Path) -> None:
    holder = subprocess.Popen(child("hold", kept), stdout=subprocess.PIPE)
    assert holder.stdout is not None
    assert holder.stdout.readline() == b"open\n"
    fault = refusal_of(kept)
    assert fault.rule == "one-process"
    assert f"process {holder.pid}" in fault.asked
    holder.kill()
    holder.wait()
    holder.stdout.close()
    assert_all_there(kept)


def test_a_second_store_in_the_same_process_is_refused(kept: Path) -> None:
    store = SqliteStore.open(kept)
    assert refusal_of(kept).rule == "one-process"
    store.commit(Batch())
    store.close()
    assert_all_there(kept)


def test_a_database_browser_that_writes_is_named_as_the_cause(kept: Path) -> None:
    browser = sqlite3.connect(kept, isolation_level=None)
    store = SqliteStore.open(kept)
    browser.execute("BEGIN IMMEDIATE")
    list(store._writer.execute("PRAGMA busy_timeout = 20"))
    with pytest.raises(StoreFault, match="another program") as refusal:
        store.erase_attachment("0" * 64)
    assert refusal.value.rule == "one-writer"
    browser.execute("ROLLBACK")
    browser.close()
    store.close()
    assert_all_there(kept)


# The file


def test_a_newer_schema_is_refused_untouched(kept: Path) -> None:
    newer = SCHEMA_VERSION + 6
    with sqlite3.connect(kept) as connection:
        connection.execute(f"PRAGMA user_version = {newer}")
    connection.close()
    before = kept.read_bytes()
    fault = refusal_of(kept)
    assert fault.rule == "store-schema"
    assert f"schema {newer}" in fault.asked
    assert "newer version" in fault.passes
    assert kept.read_bytes() == before


def test_a_database_of_another_program_is_refused_untouched(tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE theirs (a)")
    connection.close()
    before = path.read_bytes()
    assert refusal_of(path).rule == "store-ours"
    assert path.read_bytes() == before


def test_a_file_that_is_no_database_is_refused_untouched(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("the log of the watch, kept by hand\n" * 200)
    before = path.read_bytes()
    fault = refusal_of(path)
    assert fault.rule == "store-whole"
    assert "backup" in fault.passes
    assert path.read_bytes() == before


@pytest.mark.parametrize("part", [0.1, 0.5, 0.9, 0.999])
def test_a_file_cut_short_is_refused(kept: Path, part: float) -> None:
    whole = kept.read_bytes()
    kept.write_bytes(whole[: int(len(whole) * part)])
    assert refusal_of(kept).rule == "store-whole"
    kept.write_bytes(whole)
    assert_all_there(kept)


@pytest.mark.parametrize("how", ["emptied", "removed"])
def test_a_store_that_vanished_is_not_begun_anew(kept: Path, how: str) -> None:
    whole = kept.read_bytes()
    if how == "emptied":
        kept.write_bytes(b"")
    else:
        kept.unlink()
    assert refusal_of(kept).rule == "store-present"
    kept.write_bytes(whole)
    assert_all_there(kept)


def test_a_changed_byte_of_a_statement_is_never_given_out(kept: Path) -> None:
    store = SqliteStore.open(kept)
    digest, encoded = next(store.statements())
    store.close()
    whole = kept.read_bytes()
    at = whole.index(encoded) + len(encoded) // 2
    kept.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
    store = SqliteStore.open(kept)
    for ask in (lambda: store.statement(digest), lambda: list(store.statements())):
        with pytest.raises(StoreFault, match="not the bytes that were kept") as refusal:
            ask()
        assert refusal.value.rule == "store-bytes"
    store.close()


def test_damage_anywhere_in_the_file_is_a_fault_or_harmless_never_a_crash(kept: Path) -> None:
    whole = kept.read_bytes()
    dice = dice_of(8)
    faults = 0
    for _ in range(300):
        damaged = bytearray(whole)
        at = dice.randrange(len(damaged))
        damaged[at : at + 16] = dice.randbytes(16)
        kept.write_bytes(damaged)
        try:
            store = SqliteStore.open(kept)
        except StoreFault:
            faults += 1
            continue
        try:
            contents(store, course_of())
        except StoreFault:
            faults += 1
        finally:
            store.close()
    assert faults > 50


def test_damage_to_the_tree_after_an_unclean_stop_is_found_at_opening(kept: Path) -> None:
    with sqlite3.connect(kept) as connection:
        root = connection.execute("SELECT rootpage FROM sqlite_schema WHERE name = 'entry'").fetchone()[0]
    connection.close()
    damaged = bytearray(kept.read_bytes())
    page = (root - 1) * 4_096
    damaged[page + 40 : page + 4_000] = dice_of(1).randbytes(3_960)
    kept.write_bytes(damaged)
    kept.with_name(kept.name + "-wal").write_bytes(b"")
    assert refusal_of(kept).rule == "store-whole"


# The settings


class Deaf(ApswConnection):
    """A driver that takes a setting without following it."""

    setting = ""

    def execute(self, sql: str, parameters: Any = (), /) -> Any:
        if sql.startswith(f"PRAGMA {self.setting} ="):
            return []
        return super().execute(sql, parameters)


@pytest.mark.parametrize("setting", ["journal_mode", "synchronous", "secure_delete"])
def test_a_database_that_does_not_take_a_durable_setting_is_refused(tmp_path: Path, setting: str) -> None:
    class DeafToOne(Deaf):
        pass

    DeafToOne.setting = setting

    def connect(path: str) -> Connection:
        connection = DeafToOne(path)
        ApswConnection.execute(connection, "PRAGMA synchronous = NORMAL")
        return connection

    fault = refusal_of(tmp_path / "logs.db", connect)
    assert fault.rule == "durable-settings"
    assert setting in fault.asked
