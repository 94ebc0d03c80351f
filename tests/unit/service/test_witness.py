"""A witness answers as c2sp.org/tlog-witness says, in one transaction, and no party is one."""

from __future__ import annotations

import sqlite3
import threading
from datetime import UTC, datetime
from http import HTTPStatus
from itertools import pairwise

import pytest
from msgspec.structs import replace

from keepclear.errors import KeepclearError, NotAllowed, Refused
from keepclear.model.words import CapStatus
from keepclear.record import note
from keepclear.record.checkpoint import Checkpoint, open_checkpoint
from keepclear.record.cosign import cosign
from keepclear.record.proof import consistency_proof
from keepclear.record.signing import Role, SigningKey
from keepclear.record.tree import EMPTY_ROOT, leaf_hash, root_of
from keepclear.record.witnessing import SIZE_TYPE, AddCheckpoint, parse_request
from keepclear.service.http.witness_app import witness_application
from keepclear.service.listening import Listening
from keepclear.service.settings import Settings, create
from keepclear.service.witness import (
    Witness,
    WitnessSettings,
    check_witness_may_listen,
    create_witness,
    open_witness,
)
from keepclear.stores import witness as stores
from keepclear.stores.witness import LastSeen, WitnessStore

AT = datetime(2018, 2, 7, 21, tzinfo=UTC)
ORIGIN = "usa.example/abc"
LOG = SigningKey.derive(ORIGIN, b"l" * 32, Role.LOG)
OTHER = SigningKey.derive(ORIGIN, b"o" * 32, Role.LOG)
KEY = SigningKey.derive("mon.example/witness", b"w" * 32, Role.WITNESS)
LEAVES = [leaf_hash(b"%d" % number) for number in range(70)]
FORKED = [*LEAVES[:5], *(leaf_hash(b"x%d" % number) for number in range(65))]


@pytest.fixture
def store(tmp_path):
    made = WitnessStore.open(tmp_path / "witness.sqlite3")
    made.trust(ORIGIN, LOG.vkey)
    yield made
    made.close()


@pytest.fixture
def witness(store):
    return Witness(store, KEY, lambda: AT)


def offered(old, size, leaves=LEAVES, key=LOG, proof=None, origin=ORIGIN):
    if proof is None:
        proof = consistency_proof(leaves, old, size) if 0 < old < size else []
    text = Checkpoint(origin, size, root_of(leaves[:size])).text()
    return AddCheckpoint(old, tuple(proof), note.sign(text, key)).encode()


def test_a_log_that_grows_is_cosigned_and_the_line_holds(witness, store):
    for old, size in ((0, 3), (3, 3), (3, 8), (8, 70)):
        answer = witness.add_checkpoint(offered(old, size))
        assert (answer.status, answer.content_type) == (HTTPStatus.OK, "text/plain; charset=utf-8")
        signed = AddCheckpoint.encode(parse_request(offered(old, size))).partition(b"\n\n")[2]
        head = open_checkpoint(signed + answer.body, LOG.verifying, [KEY.verifying])
        assert [mark.key for mark in head.cosigned()] == [KEY.verifying]
        assert store.logs()[ORIGIN].size == size
        assert answer.body.count(b"\n") == 1


def test_the_size_last_cosigned_comes_with_409_and_its_own_content_type(witness):
    witness.add_checkpoint(offered(0, 8))
    for old, size in ((0, 9), (7, 9), (9, 9), (3, 3)):
        answer = witness.add_checkpoint(offered(old, size))
        assert (answer.status, answer.body, answer.content_type) == (409, b"8\n", "text/x.tlog.size")
    assert SIZE_TYPE == "text/x.tlog.size"


def test_another_tree_of_the_same_size_is_a_conflict(witness, store):
    witness.add_checkpoint(offered(0, 8))
    assert witness.add_checkpoint(offered(8, 8, FORKED)).status == 409
    assert store.logs()[ORIGIN].root == root_of(LEAVES[:8])


def test_a_fork_is_never_cosigned(witness, store):
    witness.add_checkpoint(offered(0, 8))
    for proof in (None, [], [b"x" * 32] * 4):
        assert witness.add_checkpoint(offered(8, 20, FORKED, proof=proof)).status == 422
    assert store.logs()[ORIGIN].size == 8


def test_a_proof_where_none_is_due_is_refused(witness):
    assert witness.add_checkpoint(offered(0, 8, proof=[b"x" * 32])).status == 422
    witness.add_checkpoint(offered(0, 8))
    assert witness.add_checkpoint(offered(8, 8, proof=[b"x" * 32])).status == 422


def test_unknown_logs_and_untrusted_or_broken_signatures_are_told_apart(witness):
    strange = SigningKey.derive("usa.example/other", b"l" * 32, Role.LOG)
    assert witness.add_checkpoint(offered(0, 3, key=strange, origin="usa.example/other")).status == 404
    assert witness.add_checkpoint(offered(0, 3, key=OTHER)).status == 403
    whole = offered(0, 3)
    broken = whole[:-8] + (b"A" if whole[-8:-7] != b"A" else b"B") + whole[-7:]
    assert witness.add_checkpoint(broken).status in (400, 403)
    text = Checkpoint(ORIGIN, 3, root_of(LEAVES[:3])).text()
    forged = note.sign(text, LOG).replace(note.sign(text, LOG)[-60:-20], note.sign(text, OTHER)[-60:-20])
    assert witness.add_checkpoint(AddCheckpoint(0, (), forged).encode()).status == 403


def test_unknown_signatures_beside_the_trusted_one_are_ignored(witness):
    text = Checkpoint(ORIGIN, 3, root_of(LEAVES[:3])).text()
    mirror = SigningKey.derive("rus.example/mirror", b"m" * 32, Role.MIRROR)
    signed = note.add_lines(note.sign(text, OTHER, LOG), cosign(text, mirror, AT))
    assert witness.add_checkpoint(AddCheckpoint(0, (), signed).encode()).status == 200


@pytest.mark.parametrize(
    "body",
    [
        b"", b"old 0\n", b"old 0\n\n", b"old 00\n\nx", b"old -1\n\nx", b"old 1 \n\nx", b"OLD 1\n\nx",
        offered(5, 3, proof=[]), offered(0, 3).replace(b"old 0", b"old 0\nnot base64!"),
        offered(0, 3).replace(b"old 0", b"old 0\nAAAA"), b"\xff" + offered(0, 3), offered(0, 3)[:-1],
        offered(0, 3, proof=[b"x" * 32] * 64), b"x" * 70_000, offered(0, 3).replace(b"\n", b"\r\n"),
    ],
)  # fmt: skip
def test_what_is_not_of_the_form_is_a_bad_request(witness, store, body):
    assert witness.add_checkpoint(body).status == 400
    assert store.logs()[ORIGIN].size == 0


def test_63_hashes_are_taken_and_a_second_key_of_a_log_is_trusted(witness, store):
    assert witness.add_checkpoint(offered(0, 3, proof=[b"x" * 32] * 63)).status == 422
    assert store.trust(ORIGIN, OTHER.vkey)
    assert not store.trust(ORIGIN, OTHER.vkey)
    assert witness.add_checkpoint(offered(0, 3, key=OTHER)).status == 200


def test_the_state_outlives_the_process_and_the_file_is_durable(witness, store, tmp_path):
    witness.add_checkpoint(offered(0, 8))
    again = WitnessStore.open(tmp_path / "witness.sqlite3")
    assert again.logs()[ORIGIN] == LastSeen(8, root_of(LEAVES[:8]), int(AT.timestamp()) * 1_000_000)
    assert Witness(again, KEY, lambda: AT).add_checkpoint(offered(0, 9)).status == 409
    for setting, value in (("journal_mode", "wal"), ("synchronous", 2)):
        assert again._connection.execute(f"PRAGMA {setting}").fetchone() == (value,)
    again.close()
    assert (tmp_path / "witness.sqlite3").stat().st_mode & 0o077 == 0


class InTwoSteps(WitnessStore):
    """The planted defect: check in one transaction, store in another."""

    def advance(self, origin, judge):
        with self._transaction("reading") as connection:
            last = stores._last(connection, origin, "")
        new = judge(last)
        gap.wait(0.01)
        with self._transaction("keeping") as connection:
            stores._keep(connection, origin, new)
        return new


gap = threading.Event()


def races(path, kind, rounds=12, threads=6):
    """Offer growing trees from many threads, each over a connection of its own; give what was cosigned."""
    first = kind.open(path)
    first.trust(ORIGIN, LOG.vkey)
    cosigned: list[tuple[int, int]] = []
    start = threading.Barrier(threads)
    faults: list[BaseException] = []

    def work(number):
        store = kind.open(path)
        try:
            witness = Witness(store, KEY, lambda: AT)
            for _ in range(rounds):
                start.wait(10)
                old = store.logs()[ORIGIN].size
                size = min(len(LEAVES), old + 1 + number)
                answer = witness.add_checkpoint(offered(old, size))
                if answer.status == 200 and size > old:
                    cosigned.append((old, size))
        except BaseException as fault:  # noqa: BLE001 - given to the test
            faults.append(fault)
            start.abort()
        finally:
            store.close()

    workers = [threading.Thread(target=work, args=(number,)) for number in range(threads)]
    for one in workers:
        one.start()
    for one in workers:
        one.join(30)
    first.close()
    assert not faults
    return cosigned


def check_one_chain(cosigned):
    """Every cosigned size grew out of the one before it: from each old size there is one step and no more."""
    chain = sorted(cosigned)
    assert chain[0][0] == 0
    for (_, size), (old, _) in pairwise(chain):
        assert old == size, "a smaller tree came in the place of a larger one"


def test_of_racing_requests_one_wins_and_none_rolls_back(tmp_path):
    check_one_chain(races(tmp_path / "witness.sqlite3", WitnessStore))


def test_twin_a_witness_that_checks_and_keeps_in_two_steps_is_caught(tmp_path):
    with pytest.raises(AssertionError):
        check_one_chain(races(tmp_path / "witness.sqlite3", InTwoSteps))


def test_a_disk_that_refuses_cosigns_nothing(witness, store):
    store._connection.execute("PRAGMA query_only = ON")
    with pytest.raises(KeepclearError):
        witness.add_checkpoint(offered(0, 3))
    store._connection.execute("PRAGMA query_only = OFF")
    assert store.logs()[ORIGIN].size == 0


def test_a_party_is_no_witness_and_a_witness_no_party(tmp_path):
    create(tmp_path / "node", Settings("usa.example", CapStatus.EXERCISE, ("USA",)))
    with pytest.raises(NotAllowed):
        create_witness(tmp_path / "node", WitnessSettings("mon.example"))
    create_witness(tmp_path / "mon", WitnessSettings("mon.example"))
    with pytest.raises(Refused):
        create(tmp_path / "mon", Settings("mon.example", CapStatus.EXERCISE, ("MON",)))
    with pytest.raises(Refused):
        create_witness(tmp_path / "mon", WitnessSettings("mon.example"))
    opened = open_witness(tmp_path / "mon")
    own = SigningKey.derive("mon.example/log", b"l" * 32, Role.LOG)
    with pytest.raises(NotAllowed):
        opened.trust(own.vkey)
    with pytest.raises(KeepclearError):
        opened.trust(KEY.vkey)
    assert opened.trust(LOG.vkey)
    opened.store.close()
    (tmp_path / "mon" / "settings.json").write_text("{}")
    with pytest.raises(NotAllowed):
        open_witness(tmp_path / "mon")
    with pytest.raises(Refused):
        open_witness(tmp_path / "nowhere")


def test_a_file_of_another_program_is_left_alone(tmp_path):
    with sqlite3.connect(tmp_path / "other.sqlite3") as other:
        other.execute("PRAGMA application_id = 77")
    (tmp_path / "other.sqlite3").chmod(0o600)
    with pytest.raises(KeepclearError):
        WitnessStore.open(tmp_path / "other.sqlite3")


def test_the_empty_tree_is_where_a_log_begins(store):
    assert store.logs()[ORIGIN] == LastSeen(0, EMPTY_ROOT, 0)
    assert replace(store.logs()[ORIGIN], size=1).size == 1


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.7", "mon.example"])  # noqa: S104 - refused
def test_beyond_this_machine_it_listens_with_a_certificate_alone(host):
    with pytest.raises(NotAllowed):
        check_witness_may_listen(Listening(host), tls=False)
    check_witness_may_listen(Listening(host), tls=True)
    check_witness_may_listen(Listening("127.0.0.1"), tls=False)


def test_its_application_has_one_route_and_takes_no_more_than_a_request(witness):
    [route] = witness_application(witness).routes
    assert (route.path, route.methods) == ("/add-checkpoint", {"POST"})
