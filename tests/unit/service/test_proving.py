"""One proof is small, holds with the confirmed keys alone, and for no other words, place or key."""

from __future__ import annotations

import subprocess
import sys

import msgspec
import pytest
from tests.building_node import house, remark
from tests.stories.test_client_keys import OWN, by_client
from tests.two_nodes import Side, side, sides

from keepclear.commands.ports import Batch, CheckpointRow
from keepclear.errors import KeepclearError, NotKnown, ProofRefused
from keepclear.links.tlog import keepclear_verify
from keepclear.links.tlog.one_proof import check_proof, report_proof
from keepclear.model.statements import LogId
from keepclear.model.words import PartyId
from keepclear.record import note
from keepclear.record import policy as policies
from keepclear.record.cosign import cosign
from keepclear.record.policy import Policy
from keepclear.record.signing import Role, SigningKey
from keepclear.service.exchange.pairing import policy_of
from keepclear.service.proving import Proven, prove
from keepclear.service.receiving import prepared

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


# Witnesses and hosted readers' own clients.

TOWER = SigningKey.derive("tower/witness", b"\5" * 32, Role.WITNESS)


def witnessed(alpha: Side, size: int) -> None:
    """A witness elsewhere cosigns the head of a size, as the offering keeps it."""
    log = LogId(alpha.party, PartyId("RUS"))
    row = alpha.node.store.checkpoint(log, size)
    line = cosign(note.parse(row.note).text, TOWER, alpha.house.clock.now())
    alpha.node.store.commit(Batch(checkpoints=(CheckpointRow(log, size, note.add_lines(row.note, line)),)))
    alpha.node.witnesses = (("Tower", TOWER.verifying, ""),)


def with_tower(policy: Policy) -> Policy:
    tower = policies.PolicyWitness("witness/Tower", TOWER.verifying)
    return msgspec.structs.replace(policy, witnesses=(*policy.witnesses, tower))


def by_the_one_file(made: Proven, policy: Policy, tmp_path) -> tuple[int, str]:
    for name, content in (
        ("proof", made.proof),
        ("statement", made.statement),
        ("policy", policy.text().encode()),
    ):
        (tmp_path / name).write_bytes(content)
    command = [sys.executable, "-I", keepclear_verify.__file__, str(tmp_path / "proof"),
               "--statement", str(tmp_path / "statement"), "--policy", str(tmp_path / "policy")]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout


@pytest.fixture(scope="module")
def with_witness():
    with sides("alpha", "bravo") as (alpha, bravo):
        for number in range(5):
            alpha.say(f"report {number}", "RUS")
        alpha.take_receipt(bravo.take(alpha.bundle("RUS")).ok(200).json["receipt"]).ok(200)
        alpha.say("later", "RUS")
        witnessed(alpha, 7)
        yield alpha, bravo


def test_a_proof_carries_readers_and_witnesses_and_each_is_named(with_witness, tmp_path):
    alpha, _ = with_witness
    made, policy = of(alpha, "report 2"), with_tower(confirmed(alpha))
    assert set(made.cosigned) == {"reader/RUS", "witness/Tower"}
    found = check_proof(made.proof, made.statement, policy)
    assert (found.grade, {mark.who for mark in found.cosigned}) == (3, {"reader/RUS", "witness/Tower"})
    said = "\n".join(report_proof(found))
    assert "RUS's own key says that it held all entries up to 6" in said
    assert "The witness Tower had seen this tree of 7 entries" in said
    status, told = by_the_one_file(made, policy, tmp_path)
    assert (status, told.splitlines()[-1]) == (0, "grade: 3 cosigned by a witness elsewhere")
    assert "RUS's own key says" in told
    assert "the witness Tower had seen this tree of 7 entries" in told


def test_twin_a_witness_that_was_not_confirmed_counts_for_nothing(with_witness, tmp_path):
    alpha, _ = with_witness
    made = of(alpha, "report 2")
    found = check_proof(made.proof, made.statement, confirmed(alpha))
    assert (found.grade, found.unknown) == (2, 1)
    status, told = by_the_one_file(made, confirmed(alpha), tmp_path)
    assert (status, told.splitlines()[-1]) == (0, "grade: 2 cosigned by the reader")
    assert "1 signatures by keys that you did not confirm" in told


def test_what_the_witness_saw_no_more_is_not_covered_by_it(with_witness):
    alpha, _ = with_witness
    assert (
        check_proof(
            of(alpha, "later").proof, of(alpha, "later").statement, with_tower(confirmed(alpha))
        ).grade
        == 1
    )


def test_a_host_is_never_counted_as_reader(with_witness, tmp_path):
    alpha, _ = with_witness
    made, policy = of(alpha, "report 2"), confirmed(alpha)
    as_host = msgspec.structs.replace(
        policy,
        witnesses=tuple(
            msgspec.structs.replace(each, name=each.name.replace("reader/RUS", "host/bravo"))
            for each in policy.witnesses
        ),
    )
    found = check_proof(made.proof, made.statement, as_host)
    assert (found.grade, [mark.who for mark in found.cosigned]) == (1, ["host/bravo"])
    status, told = by_the_one_file(made, as_host, tmp_path)
    assert (status, told.splitlines()[-1]) == (0, "grade: 1 signed by its author's log alone")
    assert "the host bravo held it" in told


def test_every_changed_sign_of_a_proof_is_refused_by_the_one_file_too(with_witness):
    alpha, _ = with_witness
    made, policy = of(alpha, "report 2"), with_tower(confirmed(alpha))
    known = keepclear_verify.outside(policy.text())
    assert keepclear_verify.verify_proof(made.proof, made.statement, known).grade == 3
    for raw, other in ((made.proof, False), (made.statement, True)):
        for place in range(0, len(raw), 2):
            flipped = bytearray(raw)
            flipped[place] ^= 1 << place % 7
            given = (made.proof, bytes(flipped)) if other else (bytes(flipped), made.statement)
            found = keepclear_verify.verify_proof(*given, known)
            assert not found.verified or (found.grade, found.unknown) < (3, 0) or found.unknown, place


def test_a_hosted_readers_own_client_is_the_reader_and_its_host_is_not():
    client = SigningKey.derive("RUS/client-mirror", b"\6" * 32, Role.MIRROR)
    with house() as made:
        enrol = {"enrol": {"vkey": OWN.vkey, "mirror": client.vkey}}
        by_client(made, enrol, "enrol").ok(201)
        told = made.tell("COA", remark("to a hosted reader"), "RUS")
        node, log = made.node, LogId(PartyId("COA"), PartyId("RUS"))
        origin = next(row.origin for row in node.store.logs() if row.log == log)
        policy = Policy(
            (policies.PolicyLog(node.keys.log_key(log.author, origin).verifying),),
            (
                policies.PolicyWitness(f"host/{node.keys.node}", node.mirror_key),
                policies.PolicyWitness("reader/RUS", client.verifying),
            ),
        )
        for grade, names in ((1, ["host"]), (2, ["host", "reader"])):
            proven = prove(node, (), log.author, told["statement"], log.reader)
            found = check_proof(proven.proof, proven.statement, policy)
            assert (found.grade, [mark.who.split("/")[0] for mark in found.cosigned]) == (grade, names)
            size = node.durable_size(log)
            text = note.parse(node.store.checkpoint(log, size).note).text
            line = cosign(text, client, made.clock.now()).decode()
            receipted, _ = prepared(node, log.reader, [(origin, size, line)])
            node.store.commit(receipted.batch)
            node.publish(receipted)
