"""The file of people: durable, for its owner alone, one use of each code, and erasable without a trace."""

from __future__ import annotations

import os
import sqlite3
import stat
import threading
from contextlib import closing
from importlib.resources import files

import pytest

from keepclear.errors import StoreFault
from keepclear.model.words import PartyId
from keepclear.stores.people import (
    APPLICATION_ID,
    SCHEMA_FILES,
    CodeRow,
    PasskeyRow,
    PeopleStore,
    PersonRow,
    SessionRow,
    TokenRow,
)

COA = PartyId("COA")
NOW, LATER, NEVER = 1_000, 2_000, 2**62


@pytest.fixture
def store(tmp_path):
    opened = PeopleStore.open(tmp_path / "people.sqlite3")
    yield opened
    opened.close()


def person(number=1, name="Anna Berg", party=COA):
    return PersonRow(f"id-{number}", bytes([number]) * 32, party, name, ("duty officer",), NOW)


def code(number=1, of=1, kind="enrolment", until=LATER):
    return CodeRow(bytes([number]) * 32, f"id-{of}", kind, until)


def passkey(number=1, of=1, count=0):
    return PasskeyRow(bytes([number]) * 16, f"id-{of}", b"public", count, "hq.example.org")


def session(number=1, of=1, role="duty officer"):
    return SessionRow(f"session-{number}", f"id-{of}", "Anna Berg", COA, role, NOW, LATER, "198.51.100.7")


def test_the_file_is_its_owners_and_durable(store, tmp_path):
    store.add(person(), code())
    for path in tmp_path.glob("people.sqlite3*"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path
    run = store._writer.execute
    settings = {"journal_mode": "wal", "synchronous": 2, "secure_delete": 1}
    assert {name: run(f"PRAGMA {name}").fetchone()[0] for name in settings} == settings


def test_a_file_that_others_may_read_is_refused(tmp_path):
    path = tmp_path / "people.sqlite3"
    PeopleStore.open(path).close()
    path.chmod(0o640)
    with pytest.raises(StoreFault, match="open to others"):
        PeopleStore.open(path)


def test_a_file_of_another_program_or_a_newer_keepclear_is_left_alone(tmp_path):
    for pragma, words in (("application_id = 7", "another program"), ("user_version = 99", "schema 99")):
        path = tmp_path / f"{words.split()[0]}.sqlite3"
        PeopleStore.open(path).close()
        with sqlite3.connect(path) as other:
            other.execute(f"PRAGMA {pragma}")
        other.close()
        before = path.read_bytes()
        with pytest.raises(StoreFault, match=words):
            PeopleStore.open(path)
        assert path.read_bytes() == before


def test_bytes_that_are_no_database_are_refused(tmp_path):
    path = tmp_path / "people.sqlite3"
    path.write_bytes(b"not a database" * 100)
    path.chmod(0o600)
    with pytest.raises(StoreFault, match="not a database"):
        PeopleStore.open(path)


def test_a_party_has_one_person_of_a_name_and_another_party_may_have_one_too(store):
    assert store.add(person(1), code(1, 1))
    assert not store.add(person(2), code(2, 2))
    assert store.add(person(3, party=PartyId("RUS")), code(3, 3))
    assert [(row.party, row.name) for row in store.persons()] == [("COA", "Anna Berg"), ("RUS", "Anna Berg")]


def test_one_code_makes_one_passkey_whoever_comes_at_once(tmp_path):
    """Sixteen enrolments by one code, through stores of their own, as by as many processes."""
    path = tmp_path / "people.sqlite3"
    stores = [PeopleStore.open(path) for _ in range(16)]
    stores[0].add(person(), code())
    start, won = threading.Barrier(16), []

    def enrol(number):
        start.wait()
        if stores[number].enrol(code().hash, passkey(number), [], NOW):
            won.append(number)

    threads = [threading.Thread(target=enrol, args=(number,)) for number in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(won) == 1
    assert [kept.id for kept in stores[0].passkeys()] == [passkey(won[0]).id]
    for one in stores:
        one.close()


def test_an_enrolment_that_fails_leaves_everything_as_it_was(store):
    store.add(person(1), code(1, 1))
    store.add(person(2, "Bo"), code(2, 2))
    assert store.enrol(code(1, 1).hash, passkey(1, of=1), [], NOW)
    assert not store.enrol(code(2, 2).hash, passkey(1, of=2), [], NOW), "the id of another's passkey"
    assert not store.enrol(code(2, 2).hash, passkey(2, of=1), [], NOW), "another's code"
    assert not store.enrol(code(2, 2).hash, passkey(2, of=2), [], LATER), "too late"
    assert store.code(code(2, 2).hash) is not None
    assert [kept.person for kept in store.passkeys()] == ["id-1"]


def test_a_new_code_makes_the_one_before_useless(store):
    store.add(person(), code(1))
    store.put_code(code(2))
    assert store.code(code(1).hash) is None
    assert store.code(code(2).hash) is not None


def test_a_signature_counts_once_whoever_comes_at_once(tmp_path):
    path = tmp_path / "people.sqlite3"
    stores = [PeopleStore.open(path) for _ in range(8)]
    stores[0].add(person(), code())
    stores[0].enrol(code().hash, passkey(), [], NOW)
    start, won = threading.Barrier(8), []

    def begin(number):
        start.wait()
        if stores[number].begin(bytes([number]) * 32, session(number), passkey(count=0), 5, None):
            won.append(number)

    threads = [threading.Thread(target=begin, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(won) == 1
    for one in stores:
        one.close()


def test_a_session_ends_with_its_time_its_role_or_its_person(store):
    store.add(person(), code())
    store.put_session(b"a" * 32, session(1))
    assert store.session(b"a" * 32, NOW) == session(1)
    assert store.session(b"a" * 32, LATER) is None
    store.appoint("id-1", "observer")
    assert store.take_role("session-1", "observer")
    assert not store.take_role("session-1", "watch chief")
    store.dismiss("id-1", "observer")
    assert store.session(b"a" * 32, NOW) is None
    store.put_session(b"b" * 32, session(2))
    store.erase("id-1")
    assert store.session(b"b" * 32, NOW) is None


def test_a_token_ends_with_its_time_or_when_revoked(store):
    store.put_token(TokenRow("t1", b"t" * 32, "probe", COA, "observer", "read desk", NOW, LATER))
    assert store.token(b"t" * 32, NOW) is not None
    assert store.token(b"t" * 32, LATER) is None
    assert store.revoke_token("t1", NOW)
    assert not store.revoke_token("t1", NOW)
    assert store.token(b"t" * 32, NOW) is None
    assert [token.revoked_at_us for token in store.tokens()] == [NOW]


@pytest.mark.parametrize("others", [0, 40, 400])
def test_an_erased_person_leaves_no_byte_in_the_files(store, tmp_path, others):
    """Among so many others that pages were split and balanced after the person came."""
    name = "Zacharias Unforgotten"
    store.add(person(1, name), code(1, 1))
    key = PasskeyRow(b"PASSKEY-ID-OF-ONE", "id-1", b"PUBLIC-KEY-OF-ONE", 0, "x")
    store.enrol(code(1, 1).hash, key, [], NOW)
    store.put_session(b"S" * 32, session(1))
    for number in range(2, others + 2):
        mark = number.to_bytes(32, "big")
        row = PersonRow(f"id-{number}", mark, COA, f"{name[:4]} {number}", ("observer",), NOW)
        store.add(row, CodeRow(mark, row.id, "enrolment", LATER))
    assert store.erase("id-1")
    left = b"".join(path.read_bytes() for path in tmp_path.glob("people.sqlite3*"))
    for trace in (name.encode(), b"PASSKEY-ID-OF-ONE", b"PUBLIC-KEY-OF-ONE", b"S" * 32, b"session-1"):
        assert trace not in left, trace
    assert len(store.persons()) == others
    assert not store.erase("id-1")


def test_without_writing_the_file_anew_a_trace_could_stay(tmp_path):
    """The twin of the test above: a plain deletion leaves the name in the write-ahead log."""
    store = PeopleStore.open(tmp_path / "people.sqlite3")
    store.add(person(1, "Zacharias Unforgotten"), code(1, 1))
    with store._writing("deleting in") as run:
        run("DELETE FROM person")
    left = b"".join(path.read_bytes() for path in tmp_path.glob("people.sqlite3*"))
    store.close()
    assert b"Zacharias Unforgotten" in left


def test_erasing_says_when_another_program_keeps_the_bytes(store, tmp_path, monkeypatch):
    monkeypatch.setattr("keepclear.stores.small._BUSY_TIMEOUT_MS", 100)
    store._writer.execute("PRAGMA busy_timeout = 100")
    store.add(person(), code())
    other = sqlite3.connect(tmp_path / "people.sqlite3")
    other.execute("BEGIN")
    other.execute("SELECT count(*) FROM person").fetchone()
    with pytest.raises(StoreFault, match="another program"):
        store.erase("id-1")
    other.close()
    assert store.persons() == []


def test_a_locked_file_is_a_fault_that_says_so_and_reading_goes_on(store, tmp_path):
    store._writer.execute("PRAGMA busy_timeout = 50")
    store.add(person(), code())
    other = sqlite3.connect(tmp_path / "people.sqlite3", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreFault, match="another program holds"):
        store.appoint("id-1", "observer")
    assert store.person("id-1") == person()
    other.execute("ROLLBACK")
    other.close()
    store.appoint("id-1", "observer")


def test_what_was_kept_is_there_after_kill(tmp_path):
    path = tmp_path / "people.sqlite3"
    read, write = os.pipe()
    if (child := os.fork()) == 0:  # pragma: no cover - ends by the signal
        store = PeopleStore.open(path)
        for number in range(50):
            store.add(person(number, f"Person {number}"), code(number, number))
            os.write(write, bytes([number]))
        os.write(write, b"\xff")
        signal_stop()
    os.close(write)
    acknowledged = 0
    while (byte := os.read(read, 1)) and byte != b"\xff":
        acknowledged += 1
        if acknowledged == 20:
            os.kill(child, 9)
            break
    os.waitpid(child, 0)
    while byte := os.read(read, 1):
        acknowledged += byte != b"\xff"
    store = PeopleStore.open(path)
    kept = len(store.persons())
    store.close()
    assert acknowledged <= kept <= acknowledged + 1


def signal_stop():
    os.kill(os.getpid(), 9)


def test_tokens_of_an_older_file_stay_and_new_ones_may_bring_positions_in(tmp_path):
    path = tmp_path / "people.sqlite3"
    with closing(sqlite3.connect(path)) as old:
        for name in SCHEMA_FILES[:2]:
            old.executescript(files("keepclear.stores").joinpath("people_schema", name).read_text("utf-8"))
        old.execute(
            "INSERT INTO token VALUES ('t1', x'01', 'probe', 'COA', 'observer', 'read desk', 1, 2, NULL)"
        )
        old.executescript(f"PRAGMA user_version = 2; PRAGMA application_id = {APPLICATION_ID};")
    path.chmod(0o600)
    with closing(PeopleStore.open(path)) as store:
        store.put_token(TokenRow("t2", b"2", "feed", COA, "duty officer", "feed", NOW, LATER))
        assert [(row.id, row.scope) for row in store.tokens()] == [("t1", "read desk"), ("t2", "feed")]


def test_a_file_of_before_takes_tokens_to_operate_and_keeps_those_it_has(tmp_path):
    path = tmp_path / "people.sqlite3"
    folder = files("keepclear.stores").joinpath("people_schema")
    with closing(sqlite3.connect(path)) as old:
        for name in SCHEMA_FILES[:2]:
            old.executescript(folder.joinpath(name).read_text("utf-8"))
        old.execute("PRAGMA user_version = 2")
        old.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        row = ("t1", b"t" * 32, "probe", "COA", "observer", "read desk", NOW, LATER, None)
        old.execute("INSERT INTO token VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", row)
        old.commit()
    path.chmod(0o600)
    with closing(PeopleStore.open(path)) as store:
        store.put_token(
            TokenRow("t2", b"u" * 32, "counters", PartyId("*"), "operator", "operate", NOW, LATER)
        )
        assert {token.id: token.scope for token in store.tokens()} == {"t1": "read desk", "t2": "operate"}
