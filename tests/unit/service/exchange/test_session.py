"""What one node says to another: pulls, steps, clocks, heads, and logs that are stopped."""

from __future__ import annotations

from datetime import timedelta

import msgspec
import pytest
from tests.simulated_nodes import PARTIES, entries_of, size_of
from tests.unit.service.exchange.pair import RUS, SAID, TOLD, Pair, changed, parts

from keepclear.errors import KeepclearError, Malformed, NotKnown
from keepclear.model.notices import RemarkMade
from keepclear.model.words import PUBLIC
from keepclear.record import note
from keepclear.service.exchange import evidence
from keepclear.service.exchange.session import Exchange
from keepclear.service.exchange.wire import Gave, Pull


def other(pair: Pair, entries: list[bytes]) -> list[bytes]:
    """Another history whose last entry says something else."""
    said = msgspec.structs.replace(parts(entries[-1])[3], body=RemarkMade("another history"))
    return [*entries[:-1], changed(entries[-1], statement=pair.alpha.keys.sign(said))]


@pytest.fixture
def three() -> Pair:
    made = Pair(("alpha", "bravo", "carol"))
    made.said("to all", PUBLIC)
    for name in ("bravo", "carol"):
        made.round_trip(made.sides[name], made.alpha)
    return made


def test_a_peer_that_is_none_has_no_session():
    with pytest.raises(NotKnown):
        Pair().alpha.exchange.session("carol")


def test_another_card_of_a_peer_begins_a_new_session():
    pair = Pair()
    session = pair.alpha.exchange.session("bravo")
    assert pair.alpha.exchange.session("bravo") is session
    cut = msgspec.structs.replace(session.peer, cut=True)
    pair.alpha.exchange.peers._peers = {"bravo": cut}
    assert pair.alpha.exchange.session("bravo") is not session


def test_a_refused_pack_holds_up_no_other():
    pair = Pair()
    pair.said("one")
    pair.said("to all", PUBLIC)
    packs = pair.asked().packs
    bad = msgspec.structs.replace(packs[0], entries=(b"x",) * len(packs[0].entries))
    session, refused = pair.bravo.exchange.session("alpha"), 0
    for step in session.steps(Gave((bad, *packs[1:]), pair.t0, pair.t0), pair.t0):
        try:
            pair.bravo.node._durably(lambda step=step: step(pair.bravo.node))
        except KeepclearError:
            refused += 1
    assert refused == 1
    assert (size_of(pair.bravo.store, TOLD), size_of(pair.bravo.store, SAID)) == (0, 3)


def test_the_offset_of_the_clocks_is_that_of_the_middle_of_a_round_trip():
    pair = Pair()
    session, sent = pair.bravo.exchange.session("alpha"), pair.t0
    got = sent + timedelta(minutes=4, seconds=1)
    answered = got + timedelta(seconds=20)
    session.failed(ValueError("down"), sent)
    assert (session.health.failures, session.health.why) == (1, "down")
    session.took(Pull((), sent), Gave((), got, answered), sent + timedelta(seconds=22))
    assert session.health.offset_s == 240.0
    assert session.health.round_trip_s == 2.0
    assert (session.health.failures, session.health.why) == (0, "")


def test_an_answer_of_which_something_was_refused_does_not_end_the_failures():
    """Else the tries for a pack that is never taken would go on once a second for good."""
    pair = Pair()
    session, sent = pair.bravo.exchange.session("alpha"), pair.t0
    for number in range(1, 6):
        refused = Malformed("an entry", "exchange-frame", "a whole one")
        session.took(Pull((), sent), Gave((), sent, sent), sent, refused)
        session.failed(refused, sent)
        assert (session.health.failures, session.health.refused) == (number, True)
    assert session.health.pulled_at == sent
    session.failed(ValueError("down"), sent)
    assert not session.health.refused
    session.took(Pull((), sent), Gave((), sent, sent), sent)
    assert (session.health.failures, session.health.why) == (0, "")


def test_a_failure_without_words_is_named_by_its_kind():
    session = Pair().bravo.exchange.session("alpha")
    session.failed(TimeoutError(), Pair().t0)
    assert session.health.why == "TimeoutError"


def test_heads_that_are_none_are_refused_and_leave_nothing_behind():
    pair = Pair()
    with pytest.raises(Malformed):
        pair.asked(Pull((), pair.t0, heads=(b"x",)))
    assert pair.bravo.exchange.compare((b"x", b"\xff", b"a\n\nb\n"), pair.t0) == []


def test_two_readers_find_an_author_who_showed_them_different_histories(three):
    ours = entries_of(three.alpha.store, SAID)
    three.said("more", PUBLIC)
    first = entries_of(three.alpha.store, SAID)
    three.round_trip(three.bravo, three.alpha)
    carol = three.sides["carol"]
    forked = other(three, first)
    pack = three.resigned(*forked[3:], log=SAID)
    pack = msgspec.structs.replace(pack, start=3, head=three.head(forked, SAID))
    session = carol.exchange.session("alpha")
    for step in session.steps(Gave((pack,), three.t0, three.t0), three.t0):
        carol.node._durably(lambda step=step: step(carol.node))
    assert len(entries_of(carol.store, SAID)) == len(ours) + 1

    pull = three.bravo.exchange.session("carol").pull(three.t0)
    assert carol.exchange.compare(pull.heads, three.t0) == [three.origin(SAID)]
    assert carol.exchange.compare(pull.heads, three.t0) == [], "it is said once"
    (found,) = carol.stopped.all()
    pinned = carol.exchange.peers.of("alpha").logs[three.origin(SAID)][1]
    assert evidence.check(found.evidence, pinned) == (4, 4)
    assert found.peer == "alpha"
    gave = carol.exchange.session("bravo").gave(pull, (), three.t0, three.t0)
    assert three.bravo.exchange.compare(gave.heads, three.t0) == [three.origin(SAID)]


def test_a_head_that_its_log_did_not_sign_stops_nothing(three):
    forked = other(three, entries_of(three.alpha.store, SAID))
    head = three.head(forked, SAID)
    text = note.parse(head).text
    stranger = note.sign(text, three.sides["carol"].keys.log_key(PARTIES["carol"], three.origin(SAID)))
    assert three.bravo.exchange.compare((stranger,), three.t0) == []
    assert three.bravo.stopped.all() == []
    assert three.bravo.exchange.compare((head,), three.t0) == [three.origin(SAID)]


def test_a_stopped_log_takes_nothing_more_says_so_and_holds_up_no_other():
    pair = Pair()
    pair.said("one")
    pair.said("to all", PUBLIC)
    pair.exchange()
    pair.bravo.exchange.compare((pair.head(other(pair, entries_of(pair.alpha.store, TOLD))),), pair.t0)
    assert [each.origin for each in pair.bravo.stopped.all()] == [pair.origin()]
    for number in range(300):
        pair.said(f"number {number}")
    pair.said("to all again", PUBLIC)
    pair.bravo.start()
    held = {each.origin: each for each in pair.pull().held}
    assert held[pair.origin()].stopped
    assert held[pair.origin()].receipt == b""
    pair.round_trip(pair.bravo, pair.alpha)
    assert (size_of(pair.bravo.store, TOLD), size_of(pair.bravo.store, SAID)) == (3, 4)
    pair.take(pair.resigned(*entries_of(pair.alpha.store, TOLD)[3:5]))
    assert size_of(pair.bravo.store, TOLD) == 3
    assert pair.alpha.node.receipt(TOLD).size == 3


def test_receipts_are_judged_in_the_turn_of_the_writer():
    pair = Pair()
    pair.said("one")
    pair.take(pair.pack())
    pull, session = pair.pull(), pair.alpha.exchange.session("bravo")
    first, second = session.receipts(pull)[0], session.receipts(pull)[0]
    pair.alpha.node._durably(lambda: first(pair.alpha.node))
    assert pair.alpha.node._durably(lambda: second(pair.alpha.node)).batch.receipts == ()
    assert session.receipts(pull) == (None, ())


def test_an_exchange_without_stopped_logs_begins_with_none():
    pair = Pair()
    assert Exchange(pair.alpha.node, pair.alpha.exchange.peers).stopped.all() == []
    assert pair.bravo.node.inbox(RUS)


def test_a_pull_and_its_answer_read_no_list_of_all_checkpoints(three, monkeypatch):
    three.said("one")
    three.round_trip(three.bravo, three.alpha)
    three.round_trip(three.bravo, three.alpha)

    def listed(log):
        raise AssertionError("the work of a pull would grow with the record")

    for side in three.sides.values():
        monkeypatch.setattr(side.store, "checkpoints", listed)
    three.said("two")
    three.round_trip(three.bravo, three.sides["carol"])
    three.round_trip(three.bravo, three.alpha)
    three.round_trip(three.bravo, three.alpha)
    assert three.faults == []
    assert three.alpha.node.receipt(TOLD).size == 4
