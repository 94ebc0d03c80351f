"""Backups: whole, of a running node too, with every acknowledged statement, and refused when changed."""

from __future__ import annotations

import io
import json
import random
import stat
import threading
import zipfile
from contextlib import nullcontext
from datetime import UTC, datetime

import msgspec
import pytest
from tests.building_node import party_body

from keepclear.commands.telling import Tell
from keepclear.errors import Malformed, NotAllowed, ProofRefused, Refused, StoreFault
from keepclear.links.tlog import codec
from keepclear.links.tlog.verify import verify_files
from keepclear.model.words import CapStatus, PartyId
from keepclear.service.auth import Role
from keepclear.service.backup import MANIFEST, back_up, heads_of, restore
from keepclear.service.clock import SystemClock
from keepclear.service.exporting import export
from keepclear.service.opening import open_node
from keepclear.service.people import People, Scope
from keepclear.service.settings import PEOPLE, RECORD, SETTINGS, Settings, create
from keepclear.service.tls import make_self_signed
from keepclear.stores.people import PasskeyRow, PeopleStore

NOW = datetime(2026, 1, 1, tzinfo=UTC)
COA, RUS = PartyId("COA"), PartyId("RUS")


def act(body, *readers):
    return msgspec.convert({"body": body, "readers": list(readers)}, Tell)


def remark(number):
    return act({"kind": "remark", "text": f"remark {number}"}, RUS)


@pytest.fixture
def folder(tmp_path):
    create(tmp_path / "node", Settings("keepclear.test", CapStatus.EXERCISE, (COA, RUS)))
    opened = open_node(tmp_path / "node")
    opened.node.act(opened.node.ask(COA, act(party_body(RUS)), "party"))
    for number in range(5):
        opened.node.act(opened.node.ask(COA, remark(number), f"key-{number}"))
    opened.node.store.close()
    return tmp_path / "node"


def with_people(folder):
    people = People(PeopleStore.open(folder / PEOPLE), SystemClock())
    invited = people.add("Anna Berg", COA, Role.WATCH_CHIEF)
    enrolled = people.enrol(invited.code, PasskeyRow(b"k", invited.person, b"p", 0, "localhost"))
    begun = people.begin(people.named("Anna Berg"), None, "198.51.100.7")
    open_code = people.add("Bo", COA, Role.OBSERVER).code
    token, _ = people.add_token("probe", COA, Scope.READ_DESK, None, SystemClock().now() - NOW)
    return people, begun.secret, open_code, enrolled.recovery_codes[0], token


def test_a_backup_brings_the_same_logs_back_and_they_verify(folder, tmp_path):
    made = back_up(folder, tmp_path / "b", NOW)
    assert stat.S_IMODE((tmp_path / "b").stat().st_mode) == 0o600
    assert {(log.author, log.reader, log.size) for log in made.logs} == {
        ("COA", "COA", 8), ("COA", "RUS", 7), ("RUS", "RUS", 2),
    }  # fmt: skip
    assert restore(tmp_path / "b", tmp_path / "again") == made
    assert heads_of(tmp_path / "again", "keepclear.test") == heads_of(folder, "keepclear.test") == made.logs
    opened = open_node(tmp_path / "again")
    assert all(verify_files(codec.build(export(opened.node, party))).verified for party in (COA, RUS))
    repeated = opened.node.act(opened.node.ask(COA, remark(3), "key-3"))
    assert repeated.repeated, "idempotency keys come back too"
    opened.node.store.close()
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []
    assert [path.name for path in folder.iterdir() if path.name.startswith(".")] == []


def test_every_file_that_comes_back_is_its_owners_alone(folder, tmp_path):
    make_self_signed(folder, ("hq.example.org",), NOW)
    people, *_ = with_people(folder)
    people.store.close()
    back_up(folder, tmp_path / "b", NOW)
    restore(tmp_path / "b", tmp_path / "again")
    assert stat.S_IMODE((tmp_path / "again").stat().st_mode) == 0o700
    kept = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "again").iterdir()}
    assert set(kept) >= {RECORD, PEOPLE, SETTINGS, "keys.json", "tokens.json", "tls-key.pem"}
    assert set(kept.values()) == {0o600}


def test_a_backup_holds_no_session_and_no_open_code(folder, tmp_path):
    people, session, code, recovery, token = with_people(folder)
    back_up(folder, tmp_path / "b", NOW)
    assert people.session(session) is not None
    assert people.invited(code).name == "Bo"
    people.store.close()
    restore(tmp_path / "b", tmp_path / "again")
    again = People(PeopleStore.open(tmp_path / "again" / PEOPLE), SystemClock())
    assert again.session(session) is None
    with pytest.raises(NotAllowed):
        again.invited(code)
    assert again.invited(recovery).name == "Anna Berg"
    assert again.token(token) is not None
    assert [person.name for person in again.listed()] == ["Anna Berg", "Bo"]
    again.store.close()


def test_a_backup_while_the_node_writes_holds_all_that_was_acknowledged_before_it_began(folder, tmp_path):
    opened = open_node(folder)
    acknowledged, stop = [], threading.Event()

    def write():
        number = 100
        while not stop.is_set():
            made = opened.node.act(opened.node.ask(COA, remark(number), f"key-{number}"))
            acknowledged.append(made.statement)
            number += 1

    writer = threading.Thread(target=write)
    writer.start()
    try:
        taken = []
        for number in range(4):
            while len(acknowledged) < 30 * (number + 1):
                pass
            before = list(acknowledged)
            manifest = back_up(folder, tmp_path / f"b{number}", NOW)
            taken.append((before, manifest, len(acknowledged)))
    finally:
        stop.set()
        writer.join()
        opened.node.store.close()
    assert any(after > len(before) for before, _, after in taken), "nothing was written meanwhile"
    for number, (before, manifest, _) in enumerate(taken):
        restored = tmp_path / f"again{number}"
        assert restore(tmp_path / f"b{number}", restored) == manifest
        again = open_node(restored)
        assert all(again.node.picture(RUS).entry(statement) is not None for statement in before)
        again.node.store.close()


def test_a_node_goes_on_while_a_backup_reads(folder, tmp_path):
    opened = open_node(folder)
    back_up(folder, tmp_path / "b", NOW)
    made = opened.node.act(opened.node.ask(COA, remark(9), "key-9"))
    assert opened.node.picture(RUS).entry(made.statement) is not None
    opened.node.store.close()
    again = open_node(folder)
    assert again.node.picture(RUS).entry(made.statement) is not None
    again.node.store.close()


def test_nothing_is_overwritten(folder, tmp_path):
    (tmp_path / "b").write_bytes(b"mine")
    with pytest.raises(Refused):
        back_up(folder, tmp_path / "b", NOW)
    assert (tmp_path / "b").read_bytes() == b"mine"
    back_up(folder, tmp_path / "c", NOW)
    before = (folder / RECORD).read_bytes()
    for there in (folder, tmp_path / "b"):
        with pytest.raises(Refused, match="not empty"):
            restore(tmp_path / "c", there)
    assert (folder / RECORD).read_bytes() == before


def test_where_there_is_no_node_there_is_no_backup(tmp_path):
    with pytest.raises(Refused, match="no-node"):
        back_up(tmp_path, tmp_path / "b", NOW)
    create(tmp_path / "never", Settings("n", CapStatus.EXERCISE, (COA,)))
    with pytest.raises(StoreFault, match="backup-whole"):
        back_up(tmp_path / "never", tmp_path / "b", NOW)
    assert not (tmp_path / "b").exists()


def test_a_backup_that_cannot_be_written_leaves_nothing(folder, tmp_path):
    with pytest.raises(StoreFault):
        back_up(folder, tmp_path / "no" / "b", NOW)
    assert not [path for path in folder.iterdir() if path.is_dir()]


def test_a_record_whose_log_is_not_the_signed_one_is_not_backed_up(folder, tmp_path):
    import sqlite3

    with sqlite3.connect(folder / RECORD) as record:
        record.execute("UPDATE entry SET sees = sees + 1 WHERE idx = 3")
    record.close()
    with pytest.raises(ProofRefused, match="backup-root"):
        back_up(folder, tmp_path / "b", NOW)
    assert not (tmp_path / "b").exists()


def packed(members):
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in members:
            archive.writestr(name, body)
    return held.getvalue()


def members_of(path):
    with zipfile.ZipFile(path) as archive:
        return [(name, archive.read(name)) for name in archive.namelist()]


def change(members, name, body):
    return [(kept, body if kept == name else was) for kept, was in members]


def with_manifest(members, **fields):
    manifest = {**json.loads(dict(members)[MANIFEST]), **fields}
    return change(members, MANIFEST, json.dumps(manifest).encode())


CHANGES = {
    "another file": lambda m: [*m, ("more", b"x")],
    "a path that leaves": lambda m: with_manifest([*m, ("../out", b"x")], files={
        **json.loads(dict(m)[MANIFEST])["files"], "../out": {"size": 1, "sha256": "0" * 64}}),
    "a file twice": lambda m: [*m, m[1]],
    "a file less": lambda m: m[:-1],
    "a key less": lambda m: [pair for pair in m if pair[0] != "keys.json"],
    "no manifest": lambda m: m[1:],
    "another format": lambda m: with_manifest(m, format="other"),
    "a newer version": lambda m: with_manifest(m, version=2),
    "a field more": lambda m: with_manifest(m, more=1),
    "other keys": lambda m: change(m, "keys.json", b"{}"),
    "a longer file": lambda m: change(m, "settings.json", dict(m)["settings.json"] + b" "),
    "a shorter file": lambda m: change(m, "settings.json", dict(m)["settings.json"][:-1]),
    "a bomb": lambda m: change(m, "settings.json", bytes(50_000_000)),
    "other logs named": lambda m: with_manifest(m, logs=json.loads(dict(m)[MANIFEST])["logs"][1:]),
}  # fmt: skip


@pytest.mark.parametrize("name", CHANGES)
def test_a_changed_backup_is_refused_and_nothing_is_left_of_it(folder, tmp_path, name):
    back_up(folder, tmp_path / "b", NOW)
    with pytest.warns(UserWarning, match="Duplicate") if name == "a file twice" else nullcontext():
        (tmp_path / "changed").write_bytes(packed(CHANGES[name](members_of(tmp_path / "b"))))
    with pytest.raises((Malformed, ProofRefused)):
        restore(tmp_path / "changed", tmp_path / "again")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["b", "changed", "node"]


def test_no_changed_byte_comes_back_as_another_node(folder, tmp_path):
    """Bytes of the archive that mean nothing may change; what comes back is then what was backed up."""
    made = back_up(folder, tmp_path / "b", NOW)
    whole, chance = (tmp_path / "b").read_bytes(), random.Random(7)
    refused = 0
    for number in range(120):
        body = bytearray(whole)
        body[chance.randrange(len(body))] ^= 1 << chance.randrange(8)
        (tmp_path / f"c{number}").write_bytes(body)
        try:
            found = restore(tmp_path / f"c{number}", tmp_path / f"again{number}")
        except (Malformed, ProofRefused):
            refused += 1
        else:
            assert found == made
    assert refused > 100


def test_a_truncated_or_foreign_file_is_refused(folder, tmp_path):
    back_up(folder, tmp_path / "b", NOW)
    whole = (tmp_path / "b").read_bytes()
    for number, body in enumerate((b"", b"junk", whole[: len(whole) // 2], whole[:-1])):
        (tmp_path / f"c{number}").write_bytes(body)
        with pytest.raises(Malformed):
            restore(tmp_path / f"c{number}", tmp_path / "again")
    with pytest.raises(StoreFault):
        restore(tmp_path / "none", tmp_path / "again")


def test_an_older_backup_is_seen_to_be_older(folder, tmp_path):
    older = back_up(folder, tmp_path / "old", NOW)
    opened = open_node(folder)
    opened.node.act(opened.node.ask(COA, remark(50), "key-50"))
    opened.node.store.close()
    newer = back_up(folder, tmp_path / "new", NOW)
    sizes = [{(log.author, log.reader): log.size for log in made.logs} for made in (older, newer)]
    assert sizes[1][COA, RUS] == sizes[0][COA, RUS] + 1
    assert older.logs != newer.logs


def test_erasing_a_person_leaves_the_record_as_it_was_and_verifying(folder):
    people, *_ = with_people(folder)
    before = heads_of(folder, "keepclear.test"), (folder / RECORD).read_bytes()
    people.store.erase(people.named("Anna Berg").id)
    assert (heads_of(folder, "keepclear.test"), (folder / RECORD).read_bytes()) == before
    left = b"".join(path.read_bytes() for path in folder.iterdir() if path.is_file())
    assert b"Anna Berg" not in left
    people.store.close()
    opened = open_node(folder)
    assert verify_files(codec.build(export(opened.node, COA))).verified
    opened.node.store.close()
