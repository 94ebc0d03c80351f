"""The reader's side: what is refused and by which rule, and that nothing of it is held or cosigned."""

from __future__ import annotations

from datetime import timedelta

import msgspec
import pytest
from tests.simulated_nodes import copied, entries_of, keys_of, size_of
from tests.unit.service.exchange.pair import COA, RUS, SAID, TOLD, Pair, changed, other_key, parts

from keepclear.errors import KeepclearError, Malformed, ProofRefused, StoreFault
from keepclear.model.notices import RemarkMade
from keepclear.model.statements import LogId
from keepclear.model.telling import StatusStated
from keepclear.model.words import PUBLIC, CapStatus
from keepclear.record import checkpoint, note
from keepclear.record.checkpoint import Checkpoint
from keepclear.service.exchange import evidence
from keepclear.service.exchange.taking import Diverged
from keepclear.service.exchange.wire import Beside


@pytest.fixture
def pair() -> Pair:
    made = Pair()
    made.said("one")
    made.exchange()
    made.said("two")
    made.said("three")
    return made


def refused(pair: Pair, pack, rule: str, kind: type[KeepclearError] = KeepclearError) -> None:
    before = vars(copied(pair.bravo.store))
    with pytest.raises(kind) as refusal:
        pair.take(pack)
    assert refusal.value.rule == rule
    after = vars(copied(pair.bravo.store))
    assert {n: v for n, v in after.items() if n != "_whole"} == {
        n: v for n, v in before.items() if n != "_whole"
    }
    assert pair.bravo.node.mirrored(TOLD)[0].size == 3


def test_a_pack_is_held_and_cosigned_and_its_repeat_changes_nothing(pair):
    pack = pair.pack()
    pair.take(pack)
    assert entries_of(pair.bravo.store, TOLD) == entries_of(pair.alpha.store, TOLD)
    kept = pair.bravo.store.checkpoints(TOLD)[-1].note
    opened = checkpoint.open_checkpoint(
        kept, pair.alpha.keys.log_key(COA, pair.origin()).verifying, (pair.bravo.node.mirror_key,)
    )
    assert [mark.key.name for mark in opened.cosigned()] == ["bravo/mirror"]
    inbox = pair.bravo.inbox()
    pair.take(pack, pack)
    assert pair.bravo.inbox() == inbox


def test_logs_that_are_not_on_the_card_or_not_ours_to_read_are_refused(pair):
    for origin in ("alpha/unknown", pair.alpha.keys.origin(COA, COA), pair.bravo.keys.origin(RUS, COA)):
        refused(pair, msgspec.structs.replace(pair.pack(), origin=origin), "pinned-log", ProofRefused)


def test_a_head_must_be_the_logs_own_at_the_packs_end(pair):
    pack = pair.pack()
    key = other_key(pack.origin)
    text = note.parse(pack.head).text
    refused(pair, msgspec.structs.replace(pack, head=note.sign(text, key)), "note-signed", ProofRefused)
    entries = entries_of(pair.alpha.store, TOLD)
    for size in (3, 4):
        refused(pair, msgspec.structs.replace(pack, head=pair.head(entries[:size])), "head-size")
    refused(pair, msgspec.structs.replace(pack, head=pair.head([*entries, b"more"])), "head-size")
    other = pair.head(entries, origin="alpha/another")
    refused(pair, msgspec.structs.replace(pack, head=other), "head-origin")
    refused(pair, msgspec.structs.replace(pack, head=b"x"), "note", Malformed)


def test_entries_that_the_head_does_not_cover_are_refused_and_stop_nothing(pair):
    pack = pair.pack()
    at = (pair.alpha.clock.now() + timedelta(seconds=1)).isoformat().replace("+00:00", "Z")
    for entries in (
        (pack.entries[0], changed(pack.entries[1], recorded_at=at)),
        pack.entries[::-1],
        (pack.entries[0], pack.entries[0]),
    ):
        refused(pair, msgspec.structs.replace(pack, entries=entries), "split-view", Diverged)
    refused(pair, msgspec.structs.replace(pack, entries=pack.entries[:1]), "head-size")
    assert pair.bravo.stopped.all() == []
    pair.exchange()
    assert size_of(pair.bravo.store, TOLD) == 5


def test_an_entry_must_be_as_it_must_be(pair):
    raw, second = pair.pack().entries
    refused(pair, pair.resigned(b"{}"), "entry", Malformed)
    refused(pair, pair.resigned(b"\xff"), "entry", Malformed)
    refused(pair, pair.resigned(changed(raw, index=4)), "entry", Malformed)
    refused(pair, pair.resigned(changed(raw, sees=-1)), "entry", Malformed)
    refused(pair, pair.resigned(changed(raw, recorded_at="2018-02-01T11:00:00+03:00")), "entry", Malformed)
    refused(pair, pair.resigned(changed(raw, recorded_at="tomorrow")), "rfc3339", Malformed)
    refused(pair, pair.resigned(raw.replace(b'"index":3', b'"index": 3')), "canonical", Malformed)
    refused(pair, pair.resigned(raw[:-1] + b',"x":1}'), "canonical", Malformed)
    refused(pair, pair.resigned(changed(raw, recorded_at="2018-01-01T00:00:00Z")), "entry-order", Malformed)
    refused(pair, pair.resigned(changed(raw, sees=1)), "entry-order", Malformed)
    refused(pair, pair.resigned(raw.replace(b'"text":"two"', b'"text":7')), "type", Malformed)
    pair.take(pair.resigned(raw, second))


def test_a_statement_must_be_its_authors_by_the_key_of_the_card(pair):
    raw = pair.pack().entries[0]
    said = parts(raw)[3]
    swapped = pair.resigned(changed(raw, statement=msgspec.structs.replace(said, remarks="never said")))
    refused(pair, swapped, "signature", ProofRefused)
    theirs = keys_of("bravo").sign(
        msgspec.structs.replace(said, author=msgspec.structs.replace(said.author, party=RUS))
    )
    refused(pair, pair.resigned(changed(raw, statement=theirs)), "author-of-log", StoreFault)
    other_id = pair.alpha.keys.sign(msgspec.structs.replace(said, id="RUS.abc"))
    refused(pair, pair.resigned(changed(raw, statement=other_id)), "owner-of-id", StoreFault)
    fresh = pair.alpha.keys.from_seed("alpha", b"9" * 32, (COA,)).sign(said)
    refused(pair, pair.resigned(changed(raw, statement=fresh)), "pinned-key", ProofRefused)
    actual = pair.alpha.keys.sign(msgspec.structs.replace(said, cap=CapStatus.ACTUAL))
    refused(pair, pair.resigned(changed(raw, statement=actual)), "cap-status", ProofRefused)


def test_the_first_entry_opens_this_log():
    made = Pair()
    made.said("one")
    opening, key, said = made.pack().entries
    for first in (key, said):
        with pytest.raises(Malformed) as refusal:
            made.take(made.resigned(changed(first, index=0)))
        assert refusal.value.rule == "log-opened"
    made.said("to all", PUBLIC)
    public = next(pack for pack in made.asked().packs if pack.origin == made.origin(SAID))
    with pytest.raises(Malformed):
        made.take(made.resigned(public.entries[0]))
    made.take(made.resigned(opening, key, said))


def another_text(pair: Pair, raw: bytes, words: str) -> bytes:
    said = msgspec.structs.replace(parts(raw)[3], body=RemarkMade(words))
    return changed(raw, statement=pair.alpha.keys.sign(said))


def test_an_id_has_one_text_in_one_pack_and_over_all_logs(pair):
    raw = pair.pack().entries[0]
    refused(pair, pair.resigned(raw, another_text(pair, changed(raw, index=4), "other")), "one-text-per-id")
    (stopped,) = pair.bravo.stopped.all()
    (proof,) = pair.bravo.stopped.doubled()
    assert stopped.texts == proof.evidence.id == parts(raw)[3].id
    assert pair.asked(pair.pull()).packs == (), "a stopped log is not asked for again"
    pair.bravo.stopped = type(pair.bravo.stopped)()
    pair.bravo.start()
    pair.take(pair.resigned(raw))
    with pytest.raises(StoreFault) as refusal:
        pair.take(pair.resigned(another_text(pair, changed(raw, index=4), "other")))
    assert refusal.value.rule == "one-text-per-id"


def test_a_text_that_is_withheld_keeps_its_id_and_the_node_starts_again():
    made = Pair()
    made.said("one")
    made.said("two")
    *opening, one, two = made.pack().entries
    said = msgspec.structs.replace(
        parts(one)[3], body=StatusStated(parts(two)[3].id, "paused", "cleared to fire")
    )
    barred = changed(one, statement=made.alpha.keys.sign(said))
    made.take(made.resigned(*opening, barred))
    assert parts(barred)[3].id in made.bravo.node.withheld
    for second in (changed(one, index=3), another_text(made, changed(one, index=3), "harmless")):
        for _ in range(2):
            with pytest.raises(StoreFault) as refusal:
                made.take(made.resigned(second))
            assert refusal.value.rule == "one-text-per-id"
            made.bravo.stopped = type(made.bravo.stopped)()
            made.bravo.start()
    made.take(made.resigned(changed(two, index=3)))
    made.bravo.start()
    assert size_of(made.bravo.store, TOLD) == 4


@pytest.fixture
def beside() -> Pair:
    made = Pair()
    made.said("with a body", attachments=(made.attach(made.alpha, "names"),))
    return made


def test_what_is_attached_comes_along_or_was_erased(beside):
    pack = beside.pack()
    (body,) = pack.beside
    for bodies, rule in (
        ((), "attachment-held"),
        ((msgspec.structs.replace(body, body=body.body + b"."),), "salted-hash"),
        ((msgspec.structs.replace(body, salt=bytes(32)),), "salted-hash"),
    ):
        with pytest.raises(ProofRefused) as refusal:
            beside.take(msgspec.structs.replace(pack, beside=bodies))
        assert refusal.value.rule == rule
    assert size_of(beside.bravo.store, TOLD) == 0
    beside.take(pack)
    assert beside.bravo.store.attachment(body.salted_hash).body == b"beside names"


def test_what_its_author_has_erased_is_said_so(beside):
    (body,) = beside.pack().beside
    beside.alpha.store.erase_attachment(body.salted_hash)
    assert beside.pack().beside == (Beside(body.salted_hash, erased=True),)
    beside.exchange()
    assert beside.bravo.store.attachment(body.salted_hash) is None


def test_bodies_that_no_statement_names_are_not_kept(beside, pair):
    (body,) = beside.pack().beside
    pair.take(msgspec.structs.replace(pair.pack(), beside=(body,)))
    assert pair.bravo.store.attachment(body.salted_hash) is None


def test_a_note_keeps_the_line_of_its_log_alone(pair):
    pack = pair.pack()
    text = note.parse(pack.head).text
    junk = [note.sign(text, other_key(f"junk/{n}")).split(b"\n\n")[1] for n in range(98)]
    junk.append(note.sign(text, other_key(pack.origin)).split(b"\n\n")[1])
    lines = pack.head.split(b"\n\n")[1]
    pair.take(msgspec.structs.replace(pack, head=f"{text}\n".encode() + b"".join(junk) + lines))
    kept = note.parse(pair.bravo.store.checkpoints(TOLD)[-1].note)
    assert [line.name for line in kept.lines] == [pack.origin, "bravo/mirror"]
    pair.exchange()
    assert pair.alpha.node.receipt(TOLD).size == 5


def test_every_changed_bit_of_a_small_pack_is_refused_or_changes_nothing(pair):
    taker = pair.bravo.exchange.session("alpha").taker
    pack = pair.resigned(pair.pack().entries[0])
    now, flips = pair.bravo.clock.now(), 0
    for name, raw in (("head", pack.head), ("entries", pack.entries[0])):
        for place in range(len(raw) * 8):
            flipped = bytearray(raw)
            flipped[place // 8] ^= 1 << place % 8
            value = bytes(flipped) if name == "head" else (bytes(flipped),)
            with pytest.raises(KeepclearError) as refusal:
                taker._taken(msgspec.structs.replace(pack, **{name: value}), now, {})
            assert getattr(refusal.value, "proof", None) is None, "a flipped bit accuses nobody"
            flips += 1
    for start in (0, 1, 2, 4, 7, 11):
        assert taker._taken(msgspec.structs.replace(pack, start=start), now, {}) is None
    assert flips > 4_000
    assert taker._taken(pack, now, {}) is not None


# Second histories.


def forked(pair: Pair) -> tuple[list[bytes], list[bytes]]:
    """What bravo will hold, and another history of the same length."""
    ours = entries_of(pair.alpha.store, TOLD)
    return ours, [*ours[:-1], another_text(pair, ours[-1], "another history")]


def test_a_pack_of_what_is_held_already_shows_a_second_history(pair):
    ours, other = forked(pair)
    pair.exchange()
    pack = pair.resigned()
    pack = msgspec.structs.replace(pack, start=0, entries=tuple(other), head=pair.head(other))
    with pytest.raises(Diverged) as found:
        pair.take(pack)
    assert evidence.check(
        found.value.proof, pair.bravo.exchange.peers.of("alpha").logs[pair.origin()][1]
    ) == (5, 5)
    assert [each.origin for each in pair.bravo.stopped.all()] == [pair.origin()]
    assert entries_of(pair.bravo.store, TOLD) == ours


def test_a_shorter_head_in_a_pack_at_the_cursor_shows_a_second_history(pair):
    _, other = forked(pair)
    pair.exchange()
    pair.said("four")
    with pytest.raises(Diverged) as found:
        pair.take(msgspec.structs.replace(pair.pack(), head=pair.head(other)))
    assert found.value.proof is not None


def test_a_head_that_did_not_go_on_is_held_against_what_comes_later(pair):
    ours, other = forked(pair)
    pack = pair.pack()
    with pytest.raises(Diverged) as found:
        pair.take(msgspec.structs.replace(pack, entries=(*other[3:-1], ours[-1]), head=pair.head(other)))
    assert found.value.proof is None
    assert pair.bravo.stopped.all() == []
    pair.bravo.start()  # what was only in memory is gone
    pair.take(pack)
    pair.bravo.exchange.session("alpha").check_unjoined(pair.bravo.clock.now())
    (stopped,) = pair.bravo.stopped.all()
    assert stopped.evidence is not None


def test_heads_are_compared_with_what_is_held(pair):
    ours, other = forked(pair)
    pair.exchange()
    taker = pair.bravo.exchange.session("alpha").taker
    for size in range(1, 6):
        assert taker.compare(pair.head(ours[:size])) is None
    assert taker.compare(pair.head([*other, b"longer"])) is None, "nothing can be said of what is not held"
    assert taker.compare(pair.head(other)) is not None
    with pytest.raises(ProofRefused):
        taker.compare(note.sign(Checkpoint(pair.origin(), 5, b"\1" * 32).text(), other_key(pair.origin())))
    with pytest.raises(ProofRefused):
        taker.compare(pair.head(ours, origin="alpha/elsewhere"))
    with pytest.raises(Malformed):
        taker.compare(b"no head")


def test_what_is_received_is_in_order_of_time_though_its_answer_came_earlier(pair):
    session = pair.bravo.exchange.session("alpha")
    early = pair.bravo.clock.now()
    steps = list(session.steps(pair.asked(), early))
    pair.bravo.clock.move_to(early + timedelta(minutes=1))
    pair.said("of ours", "COA", by=pair.bravo)
    for step in steps:
        pair.bravo.node._durably(lambda step=step: step(pair.bravo.node))
    received = [entry.received_at for entry in pair.bravo.node.inbox(RUS)]
    assert received == sorted(received)


def test_only_what_is_durable_is_cosigned(pair):
    taker = pair.bravo.exchange.session("alpha").taker
    before = taker.held()
    prepared = taker.prepare((pair.pack(),), pair.bravo.clock.now())
    assert taker.held() == before
    pair.bravo.store.commit(prepared.batch)
    pair.bravo.node.publish(prepared)
    assert {each.size for each in taker.held()} == {0, 5}
    assert pair.bravo.node.durable_size(LogId(COA, RUS)) == 5
