"""The node's core: batches decided in order and kept whole or not at all; the same after a restart."""

from __future__ import annotations

from datetime import timedelta

import msgspec
import pytest
from tests.building_node import (
    HOSTED,
    START,
    bare_house,
    circle,
    furnish,
    house,
    notice,
    party_body,
    public,
    remark,
    stance,
    valid_tells,
    zone,
)
from tests.unit.service.failing import FailingStore

from keepclear.commands.telling import Tell
from keepclear.errors import Conflicting, KeepclearError, NotKnown, Refused, StoreFault
from keepclear.model.notices import RemarkMade
from keepclear.model.statements import LogId
from keepclear.model.words import PUBLIC, CapStatus
from keepclear.record import checkpoint, note
from keepclear.record.tree import root_of
from keepclear.service.asking import Outcome
from keepclear.service.keys import Keyring
from keepclear.service.node import Node
from keepclear.stores.memory import MemoryStore
from keepclear.stores.sqlite import SqliteStore


def said(words: str = "x", *readers: str, **more) -> Tell:
    return Tell(body=RemarkMade(words), readers=readers, **more)


def state_of(node: Node) -> dict:
    """Everything that a node shows of its parties, for comparing."""
    return {
        party: (
            node.picture(party).snapshot(),
            node.inbox(party),
            {reader: node.outbox(party).told(reader) for reader in node.outbox(party).readers()},
        )
        for party in node.hosted
    }


def kept_by(store) -> tuple:
    return (
        store.logs(),
        list(store.entries()),
        list(store.statements()),
        {row.log: store.checkpoints(row.log) for row in store.logs()},
    )


@pytest.fixture
def syria():
    with house() as made:
        yield made


# A batch.


def test_each_act_of_a_batch_is_decided_on_what_the_earlier_ones_did(syria):
    node = syria.node
    first = node.ask("COA", said("first", "RUS"), "a")
    node_id = node.keys.subject("COA", "a")
    asks = [
        first,
        node.ask("COA", said("second", "RUS", subject=node_id), "b"),
        node.ask("RUS", said("on it", "COA", answers=(node.keys.statement("COA", "a", "exact"),)), "c"),
        node.ask("COA", said("third", subject=node_id), "d"),
        node.ask("COA", said("first", "RUS"), "a"),
        node.ask("COA", said("else", "RUS"), "a"),
    ]
    outcomes = node.carry_out(asks)
    assert [isinstance(outcome, Outcome) for outcome in outcomes] == [True, True, True, False, True, False]
    assert isinstance(outcomes[3], Refused)
    assert outcomes[3].rule == "sticky-telling"
    assert outcomes[4].repeated
    assert outcomes[4].statement == outcomes[0].statement
    assert isinstance(outcomes[5], Conflicting)
    assert [entry.statement.body.text for entry in node.picture("RUS").texts(node_id)] == ["first", "second"]


def test_a_refused_act_leaves_the_others_of_its_batch_standing(syria):
    node = syria.node
    before = syria.size()
    outcomes = node.carry_out([
        node.ask("COA", said("one"), "1"),
        node.ask("COA", said("two", "NOBODY"), "2"),
        node.ask("COA", said("three"), "3"),
    ])  # fmt: skip
    assert [isinstance(outcome, KeepclearError) for outcome in outcomes] == [False, True, False]
    assert syria.size() == before + 2


def test_a_fault_of_ours_in_one_act_leaves_the_others_of_its_batch_standing(syria, monkeypatch):
    node = syria.node
    broken = node.ask("COA", said("broken"), "broken")

    def explode(*_: object) -> None:
        raise ZeroDivisionError

    broken = type(broken)(broken.party, broken.key, broken.asked, broken.readers, explode)
    outcomes = node.carry_out([node.ask("COA", said("one"), "1"), broken, node.ask("COA", said("two"), "2")])
    assert [isinstance(outcome, Outcome) for outcome in outcomes] == [True, False, True]
    assert outcomes[1].rule == "internal"


def test_the_acts_of_one_batch_have_instants_of_their_own():
    class Ticking:
        at = START

        def now(self):
            self.at += timedelta(microseconds=1)
            return self.at

    node = Node(MemoryStore(), Keyring.from_seed("n", b"s", HOSTED), Ticking(), CapStatus.EXERCISE)
    node.host(*HOSTED)
    node.carry_out([node.ask("COA", said(f"{number}"), f"{number}") for number in range(5)])
    times = [entry.statement.stated_at for entry in node.outbox("COA").told("COA")[2:]]
    assert times == sorted(set(times))
    assert [entry.recorded_at for entry in node.outbox("COA").told("COA")[2:]] == times


def test_a_batch_leaves_one_checkpoint_for_each_log_it_touched(syria):
    node = syria.node
    before = {row.log: len(node.store.checkpoints(row.log)) for row in node.store.logs()}
    node.carry_out([node.ask("COA", said(f"{number}", "RUS"), f"{number}") for number in range(4)])
    after = {row.log: len(node.store.checkpoints(row.log)) for row in node.store.logs()}
    grown = {log for log in after if after[log] != before.get(log, 0)}
    assert grown == {LogId("COA", "COA"), LogId("COA", "RUS")}
    assert all(after[log] == before.get(log, 0) + 1 for log in grown)


# Failure.


@pytest.mark.parametrize("act", ["act", "carry_out"])
def test_a_store_that_fails_drops_the_whole_batch_and_the_pictures_are_as_before(act):
    with house(FailingStore()) as made:
        furnish(made)
        node, before = made.node, state_of(made.node)
        rows = kept_by(node.store)
        node.store.writing_fails = True
        asks = [node.ask("COA", said("one", "RUS", "TUR"), "1"), node.ask("RUS", said("two", "COA"), "2")]
        with pytest.raises(StoreFault, match="disk-full"):
            node.act(asks[0]) if act == "act" else node.carry_out(asks)
        assert state_of(node) == before
        assert kept_by(node.store) == rows
        node.store.writing_fails = False
        outcomes = node.carry_out(asks)
        assert not any(isinstance(outcome, KeepclearError) or outcome.repeated for outcome in outcomes)
        assert node.picture("RUS").entry(outcomes[0].statement) is not None


def test_a_full_disk_drops_the_whole_batch_and_nothing_acknowledged(tmp_path):
    store = SqliteStore.open(tmp_path / "record.sqlite3")
    with house(store) as made:
        furnish(made)
        before = state_of(made.node)
        [(pages,)] = store._writer.execute("PRAGMA page_count")
        list(store._writer.execute(f"PRAGMA max_page_count = {pages + 3}"))
        refused = 0
        for number in range(40):
            answer = made.try_tell("COA", remark("x" * 3_000), "RUS", key=f"fill-{number}")
            if answer.status == 201:
                before = state_of(made.node)
                continue
            refused += 1
            assert (answer.status, answer.rule) == (503, "disk-full")
            assert "everything acknowledged before is still there" in answer.json["passes"]
            assert state_of(made.node) == before
        assert refused > 5
        list(store._writer.execute("PRAGMA max_page_count = 1000000"))
        assert made.try_tell("COA", remark("room again"), "RUS").status == 201
        after = state_of(made.node)
    with bare_house(SqliteStore.open(tmp_path / "record.sqlite3")) as again:
        assert state_of(again.node) == after


def test_while_the_record_cannot_be_read_again_nothing_is_shown_and_nothing_is_done():
    with house(FailingStore()) as made:
        first = made.tell("COA", zone(), "RUS")
        store = made.node.store
        store.writing_fails = store.reading_fails = True
        made.try_tell("COA", remark(), "RUS").refused("disk-full", 503)
        made.get("RUS", "measures").refused("record-stale", 503)
        made.call("GET", "/readyz").refused("record-stale", 503)
        made.call("GET", "/livez").ok(200)
        made.try_tell("COA", remark(), "RUS").refused("disk-sound", 503)
        store.reading_fails = False
        made.try_tell("COA", remark(), "RUS").refused("disk-full", 503)
        assert made.get("RUS", "measures").ok().json["items"][0]["statement"] == first["statement"]
        store.writing_fails = False
        assert made.try_tell("COA", remark(), "RUS").status == 201
        made.call("GET", "/readyz").ok(200)


def test_an_unexpected_fault_while_preparing_leaves_no_trace(syria, monkeypatch):
    before = state_of(syria.node)
    monkeypatch.setattr(checkpoint.Checkpoint, "text", lambda self: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        syria.node.act(syria.node.ask("COA", said("x", "RUS"), "k"))
    monkeypatch.undo()
    assert state_of(syria.node) == before
    assert not syria.node.act(syria.node.ask("COA", said("x", "RUS"), "k")).repeated


# Restart.


@pytest.mark.parametrize("kept", ["in memory", "on disk"])
def test_a_restarted_node_holds_and_shows_the_same(tmp_path, kept):
    store = MemoryStore() if kept == "in memory" else SqliteStore.open(tmp_path / "record.sqlite3")
    with house(store) as made:
        for act in valid_tells(made, furnish(made)).values():
            made.post("COA", "statements", act).ok(201)
        running, kept = made.node, kept_by(store)
        again = Node(store, running.keys, running.clock, running.cap)
        assert state_of(again) == state_of(running)
        assert kept_by(store) == kept, "starting writes nothing"
        again.host(*HOSTED)
        assert kept_by(store) == kept, "hosting whom it hosts writes nothing"
        assert again.hosted == running.hosted
        shown = {party: made.get(party, "picture").body for party in HOSTED}
        running.drop()
        assert {party: made.get(party, "picture").body for party in HOSTED} == shown


def test_logs_go_on_after_a_restart_where_they_stopped(tmp_path):
    with house(SqliteStore.open(tmp_path / "r.db")) as made:
        made.tell("COA", zone(), "RUS", key="before")
    with bare_house(SqliteStore.open(tmp_path / "r.db"), at=START + timedelta(hours=1)) as made:
        made.tell("COA", notice(), "RUS", key="after")
        for row in made.node.store.logs():
            entries = list(made.node.store.entries(row.log))
            assert [entry.index for entry in entries] == list(range(len(entries)))
            head = checkpoint.parse(note.parse(made.node.store.checkpoints(row.log)[-1].note).text)
            assert (head.origin, head.size) == (row.origin, len(entries))
            assert head.root == root_of([entry.leaf for entry in entries])
        assert made.get("RUS", "proof").ok().json["verified"]


def test_a_clock_that_was_set_back_never_runs_a_log_backwards(tmp_path):
    with house(SqliteStore.open(tmp_path / "r.db")) as made:
        made.tell("COA", zone(), "RUS", key="before")
    with bare_house(SqliteStore.open(tmp_path / "r.db"), at=START - timedelta(days=1)) as made:
        made.tell("COA", notice(), "RUS", key="after")
        for row in made.node.store.logs():
            times = [entry.recorded_at_us for entry in made.node.store.entries(row.log)]
            assert times == sorted(times)
        assert made.get("RUS", "proof").ok().json["verified"]


def test_exercise_and_actual_never_share_a_record(tmp_path):
    with house(SqliteStore.open(tmp_path / "r.db")) as made:
        made.tell("COA", zone())
    store = SqliteStore.open(tmp_path / "r.db")
    with pytest.raises(StoreFault) as refused:
        bare_house(store, cap=CapStatus.ACTUAL)
    assert refused.value.rule == "cap-status"
    assert "Exercise never mixes with Actual" in refused.value.passes
    store.close()
    with bare_house(SqliteStore.open(tmp_path / "r.db")) as made:
        assert made.get("COA", "picture").json["cap"] == "Exercise"


# Hosting.


def test_a_party_hosted_later_holds_what_was_said_to_everybody_and_to_it_before(syria):
    public_one = syria.tell("COA", public("to all"), "public")
    to_it = syria.tell("COA", remark("to Turkey"), "TUR")
    syria.tell("COA", remark("to others"), "RUS")
    others = {party: syria.node.picture(party).snapshot() for party in HOSTED}
    syria.node.host("TUR")
    picture = syria.node.picture("TUR")
    assert picture.entry(public_one["statement"]) is not None
    assert picture.entry(to_it["statement"]) is not None
    assert {entry.log.reader for entry in syria.node.inbox("TUR")} == {"TUR", PUBLIC}
    assert {party: syria.node.picture(party).snapshot() for party in HOSTED} == others
    again = Node(syria.node.store, syria.node.keys, syria.clock, syria.node.cap)
    assert again.picture("TUR").snapshot() == picture.snapshot()
    assert again.inbox("TUR") == syria.node.inbox("TUR")
    late = syria.tell("COA", public("to all again"), "public")
    assert syria.node.picture("TUR").entry(late["statement"]) is not None


def test_a_hosting_that_could_not_be_kept_is_not_pretended():
    with house(FailingStore()) as made:
        made.node.store.writing_fails = True
        with pytest.raises(StoreFault):
            made.node.host("TUR")
        made.node.store.writing_fails = False
        made.node.host("TUR")
        told = made.node.outbox("TUR").told("TUR")
        assert [entry.statement.kind for entry in told] == ["log-opened", "key"]


def test_a_desk_that_is_not_hosted_is_not_known(syria):
    node = syria.node
    for ask in (node.desk, node.picture, node.outbox, node.inbox, node.inbox_size):
        with pytest.raises(NotKnown):
            ask("XXX")


# Logs.


def test_every_log_begins_with_who_tells_whom_and_under_which_key(syria):
    syria.tell("COA", zone(), "RUS", "public")
    for row in syria.node.store.logs():
        entries = list(syria.node.store.entries(row.log))
        first, second = (syria.node.store.statement(entry.digest) for entry in entries[:2])
        assert b'"kind":"log-opened"' in first
        assert f'"author":"{row.log.author}"'.encode() in first
        assert f'"reader":"{row.log.reader}"'.encode() in first
        assert b'"kind":"key"' in second
        assert row.origin.startswith("keepclear.test/")
        for party in (row.log.author, row.log.reader):
            assert party.lower() not in row.origin.partition("/")[2]


def test_what_an_entry_has_seen_is_of_that_pair_alone(syria):
    for number in range(3):
        syria.tell("RUS", remark(f"{number}"), "COA")
    syria.tell("COA", remark("mine"))
    made = syria.tell("COA", remark("to you"), "RUS", "SDF", "public")
    seen = {entry.log.reader: entry.sees
            for reader in ("COA", "RUS", "SDF", "public")
            if (entry := syria.node.outbox("COA").entry(reader, made["statement"]))}  # fmt: skip
    assert seen == {"COA": 0, "RUS": 5, "SDF": 0, "public": 0}


def test_a_picture_of_an_instant_is_kept_and_stays_true(syria):
    syria.tell("COA", zone(), "RUS")
    then = syria.clock.now()
    syria.later()
    before = syria.node.picture("RUS", then).snapshot()
    syria.tell("COA", zone("later", shape=circle(radius_m=1_000.0)), "RUS")
    assert syria.node.picture("RUS", then).snapshot() == before
    for minute in range(40):
        syria.node.picture("RUS", START + timedelta(seconds=minute))
    assert syria.node.picture("RUS", then).snapshot() == before
    assert len(syria.node._then) <= 16


def test_the_parties_described_and_a_stance_stand_in_the_readers_picture(syria):
    made = syria.tell("COA", zone(), "RUS")
    syria.tell("RUS", stance(made, "RUS", "rejected"), "COA")
    syria.tell("COA", party_body("OCHA", "Coordination office", "agency"), "RUS")
    assert "OCHA" in syria.node.picture("RUS").known_parties()
    assert "OCHA" not in syria.node.picture("SDF").known_parties()
    assert syria.items("COA", "measures")[0]["stances"][0]["stance"] == "rejected"


def test_a_refused_act_raises_what_refused_it(syria):
    with pytest.raises(NotKnown) as refused:
        syria.node.act(syria.node.ask("COA", said("x", "NOBODY"), "k"))
    assert refused.value.rule == "unknown-party"


def test_a_record_that_has_lost_a_statement_is_not_opened_as_if_it_had_not(syria):
    store = syria.node.store
    lost = store._in_order.pop()
    kept = store._statements.pop(lost)
    with pytest.raises(StoreFault, match="statement is missing"):
        Node(store, syria.node.keys, syria.clock, syria.node.cap)
    store._in_order.append(lost)
    store._statements[lost] = kept
    Node(store, syria.node.keys, syria.clock, syria.node.cap)


def test_a_key_whose_statement_is_gone_is_a_fault_and_not_a_new_act(syria):
    store = syria.node.store
    syria.tell("COA", remark("x"), key="k")
    row = store._keys["COA", "k"]
    store._keys["COA", "k"] = msgspec.structs.replace(row, statement="COA.gone")
    before = syria.size()
    syria.try_tell("COA", remark("x"), key="k").refused("store", 503)
    assert syria.size() == before
