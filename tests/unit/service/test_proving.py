"""One proof is small, holds with the confirmed keys alone, and for no other words, place or key."""

from __future__ import annotations

import msgspec
import pytest
from tests.two_nodes import Side, side, sides

from keepclear.errors import KeepclearError, NotKnown, ProofRefused
from keepclear.links.tlog.one_proof import check_proof, report_proof
from keepclear.record import policy as policies
from keepclear.record.policy import Policy
from keepclear.service.exchange.pairing import policy_of
from keepclear.service.proving import Proven, prove

LIMIT_BYTES = 1_300


@pytest.fixture(scope="module")
def pair():
    with sides("alpha", "bravo") as (alpha, bravo):
        for number in range(40):
            alpha.say(f"report {number}", "RUS")
        alpha.take_receipt(bravo.take(alpha.bundle("RUS")).ok(200).json["receipt"]).ok(200)
        yield alpha, bravo


def confirmed(alpha: Side) -> Policy:
    return policy_of(alpha.exchange.peers.all(), alpha.card("bravo"))


def of(desk: Side, words: str) -> Proven:
    entries = desk.node.inbox(desk.party)
    wanted = next(e.statement.id for e in entries if getattr(e.statement.body, "text", "") == words)
    return prove(desk.node, desk.exchange.peers.all(), desk.party, wanted)


def test_a_proof_shows_the_place_and_the_readers_own_cosignature(pair):
    alpha, _ = pair
    made = of(alpha, "report 7")
    found = check_proof(made.proof, made.statement, confirmed(alpha))
    assert (found.index, found.author, found.grade) == (9, "COA", 2)
    assert [mark.who for mark in found.cosigned] == ["reader/RUS"]
    assert len(made.proof) <= LIMIT_BYTES
    said = list(report_proof(found))
    assert any("RUS's own key says that it held all entries up to 41" in line for line in said)
    assert said[-1] == "grade: 2 cosigned by the reader"


def test_both_ends_can_make_the_proof(pair):
    alpha, bravo = pair
    made = of(bravo, "report 7")
    assert check_proof(made.proof, made.statement, confirmed(alpha)).grade == 2


def test_a_log_of_five_thousand_entries_still_fits(pair):
    """The size grows by 45 bytes for each doubling: 13 hashes at 5,000 entries, 17 at 131,072."""
    alpha, _ = pair
    made = of(alpha, "report 7")
    hashes = made.proof.split(b"\n\n")[0].count(b"\n") - 2
    assert len(made.proof) + (17 - hashes) * 45 <= LIMIT_BYTES


def test_what_no_reader_holds_yet_is_grade_one(pair):
    alpha, _ = pair
    alpha.say("not carried yet", "RUS")
    made = of(alpha, "not carried yet")
    found = check_proof(made.proof, made.statement, confirmed(alpha))
    assert (found.grade, found.cosigned) == (1, ())


def test_a_policy_without_the_logs_key_refuses(pair):
    alpha, _ = pair
    made = of(alpha, "report 7")
    with pytest.raises(ProofRefused) as refused:
        check_proof(made.proof, made.statement, policy_of(alpha.exchange.peers.all()))
    assert refused.value.rule == "proof-policy"


def test_another_author_under_the_same_name_is_refused(pair):
    alpha, bravo = pair
    made = of(alpha, "report 7")
    double = side("alpha", seed=b"another master seed than that of alpha")
    try:
        double.pin(bravo)
        with pytest.raises(KeepclearError):
            check_proof(made.proof, made.statement, policies.parse(confirmed(double).text()))
    finally:
        double.close()


def test_flipped_bits_of_the_proof_or_the_statement_are_refused_or_cost_the_grade(pair):
    alpha, _ = pair
    made, keys = of(alpha, "report 7"), confirmed(alpha)
    lost = 0
    for name in ("proof", "statement"):
        whole = getattr(made, name)
        for place in range(0, len(whole) * 8, 3):
            changed = bytearray(whole)
            changed[place // 8] ^= 1 << place % 8
            given = msgspec.structs.replace(made, **{name: bytes(changed)})
            try:
                found = check_proof(given.proof, given.statement, keys)
            except KeepclearError:
                continue
            lost += 1
            # A flip in the name or key hash of a cosigner makes it nobody's: then it counts for nothing.
            assert (name, found.grade, found.cosigned, found.unknown) == ("proof", 1, (), 1), place
    assert lost < 60


def test_the_words_of_another_statement_are_refused(pair):
    alpha, _ = pair
    with pytest.raises(ProofRefused):
        check_proof(of(alpha, "report 7").proof, of(alpha, "report 8").statement, confirmed(alpha))


def test_a_statement_that_did_not_reach_the_desk_is_not_known(pair):
    alpha, bravo = pair
    kept = alpha.say("for nobody else")["statement"]
    with pytest.raises(NotKnown) as hidden:
        prove(bravo.node, bravo.exchange.peers.all(), bravo.party, kept)
    with pytest.raises(NotKnown) as absent:
        prove(bravo.node, bravo.exchange.peers.all(), bravo.party, "COA.nothing")
    assert hidden.value.rule == absent.value.rule
    assert hidden.value.passes == absent.value.passes


def test_what_was_told_to_several_asks_for_whom():
    with sides("alpha", "bravo", "carol") as (alpha, _, _carol):
        told = alpha.say("to both", "RUS", "TUR")["statement"]
        with pytest.raises(NotKnown) as refused:
            prove(alpha.node, alpha.exchange.peers.all(), alpha.party, told)
        assert refused.value.rule == "reader"
        assert prove(alpha.node, alpha.exchange.peers.all(), alpha.party, told, "TUR").log.reader == "TUR"
