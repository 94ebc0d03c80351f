"""What is carried by hand goes the way of the network: whole, once, in order, and only what verifies."""

from __future__ import annotations

import msgspec
import pytest
from tests.building_node import party_body, remark
from tests.two_nodes import Side, files_of, packed_of, side, sides

from keepclear.links.tlog.keepclear_verify import verify_evidence
from keepclear.model.words import PartyId
from keepclear.service.exchange import evidence
from keepclear.service.exchange.carrying import NOTHING_NEW, STOPPED, TAKEN, read_receipt
from keepclear.service.exchange.pairing import Peer, fingerprint, own_card


@pytest.fixture
def pair():
    with sides("alpha", "bravo") as made:
        yield made


def test_a_bundle_brings_everything_once_and_in_order(pair):
    alpha, bravo = pair
    said = [f"report {number}" for number in range(5)]
    for words in said:
        alpha.say(words, "RUS")
    packed = alpha.bundle("RUS")
    first = bravo.take(packed).ok(200).json
    assert [(row["author"], row["reader"], row["outcome"]) for row in first["logs"]] == [
        ("COA", "RUS", TAKEN)
    ]
    assert bravo.heard() == said
    again = bravo.take(packed).ok(200).json
    assert [row["outcome"] for row in again["logs"]] == [NOTHING_NEW]
    assert bravo.heard() == said
    assert again["receipt"] == first["receipt"], "a receipt says the same however often it is made"


def test_a_later_bundle_goes_on_and_an_earlier_one_is_a_no_op(pair):
    alpha, bravo = pair
    alpha.say("first", "RUS")
    early = alpha.bundle("RUS")
    bravo.take(early).ok(200)
    alpha.say("second", "RUS")
    row = bravo.take(alpha.bundle("RUS")).ok(200).json["logs"][0]
    assert (row["before"], row["size"]) == (3, 4)
    assert bravo.take(early).ok(200).json["logs"][0]["outcome"] == NOTHING_NEW
    assert bravo.heard() == ["first", "second"]


def test_more_than_256_entries_come_in_one_bundle(pair):
    alpha, bravo = pair
    for number in range(300):
        alpha.say(f"report {number}", "RUS")
    bravo.take(alpha.bundle("RUS")).ok(200)
    assert bravo.heard() == [f"report {number}" for number in range(300)]


def test_only_the_receipt_that_came_back_says_delivered(pair):
    alpha, bravo = pair
    alpha.say("hello", "RUS")
    receipt = bravo.take(alpha.bundle("RUS")).ok(200).json["receipt"]
    assert alpha.rungs("RUS") == ["told"], "the stick was left at home"
    taken = alpha.take_receipt(receipt).ok(200).json
    assert (taken["logs"][0]["outcome"], taken["refused"]) == (TAKEN, [])
    assert alpha.rungs("RUS") == ["delivered"]
    assert alpha.take_receipt(receipt).ok(200).json["logs"][0]["outcome"] == NOTHING_NEW


@pytest.mark.long
def test_a_receipt_with_one_byte_changed_is_not_taken(pair):
    alpha, bravo = pair
    alpha.say("hello", "RUS")
    raw = bravo.take(alpha.bundle("RUS")).ok(200).json["receipt"].encode()
    for place in range(len(raw) * 8):
        changed = bytearray(raw)
        changed[place // 8] ^= 1 << place % 8
        answer = alpha.take_receipt(bytes(changed))
        assert answer.status >= 400 or not answer.json["logs"], (
            place,
            bytes(changed)[place // 8 - 20 :][:40],
        )
    assert alpha.rungs("RUS") == ["told"]
    alpha.take_receipt(raw).ok(200)
    assert alpha.rungs("RUS") == ["delivered"]


def test_a_receipt_by_another_node_is_not_taken():
    with sides("alpha", "bravo", "carol") as (alpha, bravo, carol):
        alpha.say("hello", "RUS")
        alpha.say("hello to you too", "TUR")
        theirs = read_receipt(carol.take(alpha.bundle("TUR")).ok(200).json["receipt"].encode())
        bravo.take(alpha.bundle("RUS")).ok(200)
        lied = msgspec.structs.replace(theirs, node="bravo")
        alpha.take_receipt(lied.text()).refused("receipt-author")
        ours = read_receipt(bravo.take(alpha.bundle("RUS")).ok(200).json["receipt"].encode())
        line = msgspec.structs.replace(ours.held[0], receipt=theirs.held[0].receipt)
        answer = alpha.take_receipt(msgspec.structs.replace(ours, held=(line,)).text()).ok(200).json
        assert (answer["logs"], [each["status"] for each in answer["refused"]]) == ([], [403])
        assert alpha.rungs("RUS") == ["told"]
        assert alpha.rungs("TUR") == ["told"]


def test_a_receipt_for_entries_that_this_node_does_not_have_says_so(pair):
    alpha, bravo = pair
    alpha.say("hello", "RUS")
    receipt = read_receipt(bravo.take(alpha.bundle("RUS")).ok(200).json["receipt"].encode())
    held = tuple(msgspec.structs.replace(each, size=each.size + 5) for each in receipt.held)
    answer = alpha.take_receipt(msgspec.structs.replace(receipt, held=held).text()).ok(200).json
    assert [each["status"] for each in answer["refused"]] == [400]
    assert "fewer than its reader holds" in answer["refused"][0]["words"]


def test_a_bundle_without_a_part_is_refused_and_says_what_to_carry(pair):
    alpha, bravo = pair
    for number in range(300):
        alpha.say(f"report {number}", "RUS")
    whole = files_of(alpha.bundle("RUS"))
    for path in [path for path in whole if path.startswith("logs/")]:
        answer = bravo.take(packed_of({name: raw for name, raw in whole.items() if name != path}))
        if path.endswith("checkpoints"):
            continue
        refused = answer.refused("verify-first").json
        assert path in refused["detail"], path
        assert "another copy" in refused["passes"]
    assert bravo.heard() == []


def test_a_bundle_of_a_node_that_was_not_confirmed_is_refused(pair):
    _, bravo = pair
    stranger = side("carol")
    try:
        stranger.pin(bravo)
        stranger.say("hello", "RUS")
        bravo.take(stranger.bundle("RUS")).refused("pinned-log")
    finally:
        stranger.close()


def test_an_author_with_other_keys_than_those_confirmed_is_refused(pair):
    _, bravo = pair
    double = side("alpha", seed=b"another master seed than that of alpha")
    try:
        double.pin(bravo)
        double.say("hello", "RUS")
        assert bravo.take(double.bundle("RUS")).status >= 400
        assert bravo.heard() == []
    finally:
        double.close()


def test_a_revoked_node_brings_nothing_more(pair):
    alpha, bravo = pair
    alpha.say("hello", "RUS")
    packed = alpha.bundle("RUS")
    peers = bravo.exchange.peers
    peers.put(msgspec.structs.replace(peers.of("alpha"), revoked="its keys were taken"), ("RUS",))
    bravo.take(packed).refused("revoked")
    assert bravo.heard() == []


def twin_of(alpha: Side, bravo: Side, *words: str) -> Side:
    """The same node with the same keys, which has told another history: what a dishonest author keeps."""
    twin = side("alpha")
    twin.pin(bravo)
    for each in words:
        twin.say(each, "RUS")
    return twin


@pytest.mark.parametrize("told", [("second history",), ("second history", "and more"), ("x", "y", "z", "w")])
def test_two_histories_stop_the_log_and_leave_evidence(pair, told):
    alpha, bravo = pair
    for words in ("first history", "goes on"):
        alpha.say(words, "RUS")
    twin = twin_of(alpha, bravo, *told)
    try:
        bravo.take(alpha.bundle("RUS")).ok(200)
        answer = bravo.take(twin.bundle("RUS")).ok(200).json
        assert [row["outcome"] for row in answer["logs"]] == [STOPPED]
        (stopped,) = bravo.exchange.stopped.all()
        assert stopped.evidence is not None
        log_key = bravo.exchange.peers.of("alpha").logs[stopped.origin][1]
        assert evidence.check(stopped.evidence, log_key)
        assert verify_evidence(stopped.evidence.text()).verified
        assert bravo.heard() == ["first history", "goes on"]
        alpha.say("third", "RUS")
        assert bravo.take(alpha.bundle("RUS")).ok(200).json["logs"][0]["outcome"] == STOPPED, (
            "until cleared up"
        )
        assert bravo.heard() == ["first history", "goes on"]
    finally:
        twin.close()


def test_one_history_leaves_no_evidence(pair):
    alpha, bravo = pair
    for words in ("first", "second", "third"):
        alpha.say(words, "RUS")
        bravo.take(alpha.bundle("RUS")).ok(200)
    assert bravo.exchange.stopped.all() == []


def test_an_attachment_comes_along_and_one_that_was_taken_out_is_missed(pair):
    alpha, bravo = pair
    named = alpha.house.post("COA", "attachments", b"names of the crew").ok(201).json["salted_hash"]
    alpha.house.tell("COA", remark("the crew"), "RUS", attachments=[{"salted_hash": named, "what": "crew"}])
    whole = files_of(alpha.bundle("RUS"))
    without = packed_of({path: raw for path, raw in whole.items() if path != f"attachments/{named}"})
    refused = bravo.take(without).refused("attachment-held").json
    assert named in refused["passes"]
    assert bravo.heard() == []
    bravo.take(packed_of(whole)).ok(200)
    assert bravo.house.get("RUS", f"attachments/{named}").ok(200).body == b"names of the crew"


def test_what_its_author_says_it_erased_may_be_missing(pair):
    alpha, bravo = pair
    named = alpha.house.post("COA", "attachments", b"names of the crew").ok(201).json["salted_hash"]
    alpha.house.tell("COA", remark("the crew"), "RUS", attachments=[{"salted_hash": named, "what": "crew"}])
    alpha.node.store.erase_attachment(named)
    packed = alpha.bundle("RUS")
    bravo.take(packed).refused("attachment-held")
    bravo.take(packed, erased="not a hash").refused("salted-hash")
    bravo.take(packed, erased=named).ok(200)
    assert bravo.heard() == ["the crew"]


def test_what_is_said_to_everybody_goes_along_and_counts_for_each_reader():
    with sides("alpha", "bravo", "carol") as (alpha, bravo, carol):
        alpha.say("to all", "public")
        alpha.say("to one", "RUS")
        assert len(bravo.take(alpha.bundle("RUS")).ok(200).json["logs"]) == 2
        carol.take(alpha.bundle("TUR")).ok(200)
        assert sorted(bravo.heard()) == ["to all", "to one"]
        assert carol.heard() == ["to all"]


def test_a_bundle_for_one_node_names_no_other():
    with sides("alpha", "bravo", "carol") as (alpha, _, carol):
        alpha.say("to all", "public")
        alpha.say("to carol", "TUR")
        alpha.take_receipt(carol.take(alpha.bundle("TUR")).ok(200).json["receipt"]).ok(200)
        alpha.say("to bravo", "RUS")
        whole = b"".join(files_of(alpha.bundle("RUS")).values())
        for word in (b"carol/", b'"TUR"', b"reader/TUR", b"to carol"):
            assert word not in whole, word


def test_a_desk_takes_what_is_for_it_and_learns_nothing_of_what_is_for_the_next():
    alpha, host = side("alpha"), side("bravo", parties=("RUS", "PGF"))
    try:
        alpha.exchange.peers.put(peer_of(host, "alpha"), ("COA",))
        card = alpha_card(alpha)
        host.exchange.peers.put(card, ("RUS", "PGF"))
        alpha.house.tell("COA", party_body("PGF"))
        alpha.house.tell("COA", remark("for the one"), "RUS")
        alpha.house.tell("COA", remark("for the other"), "PGF")
        answer = host.take(alpha.bundle("RUS")).ok(200)
        assert [row["reader"] for row in answer.json["logs"]] == ["RUS"]
        assert b"PGF" not in answer.body
        receipt = answer.json["receipt"]
        assert len(read_receipt(receipt.encode()).held) == 1
        alpha.take_receipt(receipt).ok(200)
        reached = [row["ladder"]["reached"] for row in alpha.house.get("COA", "told/RUS").ok().json["items"]]
        assert "delivered" not in reached, "a host's cosignature is no receipt by the reader"
        steps = alpha.house.get("COA", "told/RUS").ok().json["items"][-1]["ladder"]["steps"]
        assert [step["rung"] for step in steps] == ["sent", "held by host"]
    finally:
        alpha.close()
        host.close()


def peer_of(host: Side, reader: str):
    card = host.card(reader, custody="host")
    return Peer(card, fingerprint(card))


def alpha_card(alpha: Side):
    card = own_card(alpha.node.keys, alpha.node.cap, alpha.node.hosted, (PartyId("RUS"), PartyId("PGF")), "")
    return Peer(card, fingerprint(card))
