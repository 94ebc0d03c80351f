"""The author's side: what a pull gets, and which cosignatures count as receipts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from tests.simulated_nodes import size_of
from tests.unit.service.exchange.pair import COA, RUS, SAID, TOLD, Pair

from keepclear.model.words import PUBLIC
from keepclear.record import note
from keepclear.record.checkpoint import Checkpoint
from keepclear.record.cosign import cosign, cosigned_message
from keepclear.record.signing import Role, SigningKey, encode_base64
from keepclear.service.exchange import giving
from keepclear.service.exchange.wire import PACK_ENTRIES, Held, Pull


@pytest.fixture
def pair() -> Pair:
    made = Pair()
    made.said("one")
    made.exchange()
    made.said("two")
    return made


def mark(pair: Pair, size: int, key: SigningKey | None = None, at: datetime | None = None) -> bytes:
    head = pair.receipt(size, b"").held[0].receipt.decode().removesuffix("\n")
    return cosign(head, key or pair.bravo.node.mirror_signer, at or pair.bravo.clock.now())


def take(pair: Pair, pull: Pull) -> None:
    step, unheld = pair.alpha.exchange.session("bravo").receipts(pull)
    assert unheld == ()
    assert step is not None
    pair.alpha.node._durably(lambda: step(pair.alpha.node))


def test_a_receipt_counts_by_the_readers_own_key(pair):
    assert pair.alpha.node.receipt(TOLD).size == 3
    take(pair, pair.receipt(4, mark(pair, 4)))
    assert pair.alpha.node.receipt(TOLD).size == 4
    pair.alpha.start()
    assert pair.alpha.node.receipt(TOLD).size == 4


@pytest.mark.parametrize(
    ("key", "status"),
    [
        (SigningKey.derive("bravo/mirror", b"\3" * 32, Role.MIRROR), 403),
        (SigningKey.derive("alpha/mirror", b"\3" * 32, Role.MIRROR), 403),
        (SigningKey.derive("carol/mirror", b"\3" * 32, Role.MIRROR), 403),
    ],
    ids=lambda value: getattr(value, "name", value),
)
def test_a_receipt_by_another_key_is_refused(pair, key, status):
    assert pair.refused(pair.receipt(4, mark(pair, 4, key))) == status


def test_the_nodes_own_cosignature_is_no_receipt_by_its_reader(pair):
    own = pair.alpha.store.checkpoints(TOLD)[-1].note
    assert b"alpha/mirror" in own
    assert pair.refused(Pull((Held(pair.origin(), 4, own),), pair.bravo.clock.now())) == 403


def test_a_receipt_beyond_the_log_or_of_another_head_is_refused(pair):
    assert pair.refused(Pull((Held(pair.origin(), 5),), pair.bravo.clock.now())) == 400
    smaller = pair.receipt(3, mark(pair, 3)).held[0].receipt
    assert pair.refused(Pull((Held(pair.origin(), 4, smaller),), pair.bravo.clock.now())) == 403
    elsewhere = Checkpoint(pair.origin(SAID), 4, b"\1" * 32).text()
    line = cosign(elsewhere, pair.bravo.node.mirror_signer, pair.bravo.clock.now())
    held = Held(pair.origin(), 4, f"{elsewhere}\n".encode() + line)
    assert pair.refused(Pull((held,), pair.bravo.clock.now())) == 403


def test_a_receipt_of_another_root_is_a_conflict(pair):
    head = Checkpoint(pair.origin(), 4, b"\1" * 32).text()
    line = cosign(head, pair.bravo.node.mirror_signer, pair.bravo.clock.now())
    held = Held(pair.origin(), 4, f"{head}\n".encode() + line)
    assert pair.refused(Pull((held,), pair.bravo.clock.now())) == 409


def test_logs_of_others_are_not_found_and_unopened_ones_are_passed_over(pair):
    assert pair.refused(Pull((Held("alpha/nothing", 3),), pair.bravo.clock.now())) == 404
    own = pair.alpha.keys.origin(COA, COA)
    assert size_of(pair.alpha.store, msgspec.structs.replace(TOLD, reader=COA))
    assert pair.refused(Pull((Held(own, 1),), pair.bravo.clock.now())) == 404
    words = {
        each.words
        for origin in (own, "alpha/nothing")
        for each in pair.alpha.exchange.session("bravo").giver.receipts(
            Pull((Held(origin, 1),), pair.bravo.clock.now())
        ).refused
    }  # fmt: skip
    assert len(words) == 1, "a log that is not the reader's must look like none"
    session = pair.alpha.exchange.session("bravo")
    assert session.receipts(Pull((Held("alpha/nothing", 0),), pair.bravo.clock.now())) == (None, ())


@pytest.mark.parametrize("receipt", [b"", b"x", b"\xff\n\n", b"a\n\nb\n"])
def test_a_receipt_that_is_no_note_is_refused(pair, receipt):
    pull = Pull((Held(pair.origin(), 4, receipt),), pair.bravo.clock.now())
    if receipt:
        assert pair.refused(pull) == 403
    else:
        assert pair.alpha.exchange.session("bravo").receipts(pull) == (None, ())


def test_a_receipt_of_a_time_that_lies_in_no_year_is_refused(pair):
    head = pair.receipt(4, b"").held[0].receipt.decode().removesuffix("\n")
    key, time_s = pair.bravo.node.mirror_signer, 2**62
    signature = time_s.to_bytes(8, "big") + key.sign(cosigned_message(head, time_s))
    line = f"— {key.name} {encode_base64(key.verifying.hash + signature)}\n".encode()
    assert pair.refused(pair.receipt(4, line)) == 403
    late = mark(pair, 4, at=datetime(9998, 12, 31, tzinfo=UTC))
    take(pair, pair.receipt(4, late))
    pair.alpha.start()
    assert pair.alpha.node.receipt(TOLD).size == 4


def test_many_signatures_by_one_reader_leave_one(pair):
    times = [pair.bravo.clock.now() + timedelta(seconds=second) for second in range(90)]
    lines = b"".join(mark(pair, 4, at=at) for at in times)
    take(pair, pair.receipt(4, lines))
    kept = note.parse(pair.alpha.store.checkpoints(TOLD)[-1].note)
    assert sorted(line.name for line in kept.lines) == ["alpha/mirror", pair.origin(), "bravo/mirror"]


def test_a_public_log_gains_one_signature_of_each_reader_however_often_it_is_cosigned(pair):
    pair.said("to all", PUBLIC)
    pair.exchange()
    before = pair.alpha.store.checkpoints(SAID)[-1]
    assert b"bravo/mirror" in before.note
    head = note.parse(before.note).text
    line = cosign(head, pair.bravo.node.mirror_signer, pair.bravo.clock.now() + timedelta(hours=1))
    again = Pull((Held(pair.origin(SAID), before.size, f"{head}\n".encode() + line),), pair.bravo.clock.now())
    assert pair.alpha.exchange.session("bravo").receipts(again) == (None, ())
    assert pair.alpha.store.receipts()
    assert all(row.log != SAID for row in pair.alpha.store.receipts())


def test_two_receipts_in_one_pull_are_as_they_are_after_a_start(pair):
    small, large = pair.receipt(3, mark(pair, 3)).held[0], pair.receipt(4, mark(pair, 4)).held[0]
    for order in ((small, large), (large, small)):
        made = Pair()
        made.said("one")
        made.take(made.pack())
        made.said("two")
        take(made, Pull(order, made.bravo.clock.now()))
        before = [entry.received_at for entry in made.alpha.node.outbox(COA).told(RUS)]
        made.alpha.start()
        assert [entry.received_at for entry in made.alpha.node.outbox(COA).told(RUS)] == before
        assert [row.size for row in made.alpha.store.receipts()] == [4]


def test_two_pulls_whose_receipts_are_judged_before_either_is_kept(pair):
    made = Pair(("alpha", "bravo", "carol"))
    made.said("to all", PUBLIC)
    for name in ("bravo", "carol"):
        made.round_trip(made.sides[name], made.alpha)
    steps = []
    for name in ("bravo", "carol"):
        pull = made.sides[name].exchange.session("alpha").pull(made.alpha.clock.now())
        steps.append(made.alpha.exchange.session(name).receipts(pull)[0])
    for step in steps:
        made.alpha.node._durably(lambda step=step: step(made.alpha.node))
    kept = made.alpha.store.checkpoints(SAID)[-1].note
    assert b"bravo/mirror" in kept
    assert b"carol/mirror" in kept


def test_nothing_tells_a_reader_who_else_holds_a_public_log():
    made = Pair(("alpha", "bravo", "carol"))
    made.said("to all", PUBLIC)
    for _ in range(2):
        for name in ("bravo", "carol"):
            made.round_trip(made.sides[name], made.alpha)
    own = made.alpha.store.checkpoints(SAID)[-1].note
    assert b"carol/mirror" in own
    curious = msgspec.structs.replace(made.pull(), heads=(own,))
    (head,) = made.asked(curious).heads
    assert note.parse(head).text == note.parse(own).text
    assert [line.name for line in note.parse(head).lines] == [made.origin(SAID)]
    (shown,) = made.bravo.exchange.session("carol").pull(made.bravo.clock.now()).heads
    assert [line.name for line in note.parse(shown).lines] == [made.origin(SAID)]


def test_a_stopped_log_takes_no_room_in_an_answer(pair):
    pair.said("to all", PUBLIC)
    held = tuple(
        msgspec.structs.replace(each, stopped=each.origin == pair.origin()) for each in pair.pull().held
    )
    gave = pair.asked(msgspec.structs.replace(pair.pull(), held=held))
    assert [pack.origin for pack in gave.packs] == [pair.origin(SAID)]


def test_an_answer_has_at_most_256_entries_and_resumes_at_their_multiples(pair):
    for number in range(300):
        pair.said(f"number {number}")
    for number in range(20):
        pair.said(f"to all {number}", PUBLIC)
    starts = []
    while (gave := pair.asked()).packs:
        assert sum(len(pack.entries) for pack in gave.packs) <= PACK_ENTRIES
        starts += [pack.start for pack in gave.packs if pack.origin == pair.origin()]
        pair.take(*gave.packs)
    assert starts == [3, 256]


def test_a_pack_ends_early_where_its_entries_are_large(pair, monkeypatch):
    for number in range(6):
        pair.said(f"number {number}")
    whole = pair.pack()
    monkeypatch.setattr(giving, "PACK_BYTES", sum(map(len, whole.entries[:2])))
    assert len(pair.pack().entries) == 2
    monkeypatch.setattr(giving, "PACK_BYTES", 1)
    assert len(pair.pack().entries) == 1, "one entry always goes, however large"
    pair.exchange()


def test_what_waits_and_how_long(pair):
    now = pair.alpha.clock.now() + timedelta(minutes=5)
    unsent = pair.alpha.exchange.session("bravo").unsent(now)
    assert (unsent.entries, unsent.age_s) == (1, 300.0)
    pair.exchange()
    assert pair.alpha.exchange.session("bravo").unsent(now).entries == 0
