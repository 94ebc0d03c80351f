"""The bundles that two paired nodes carry to each other: read by others' tools, and refused when changed."""

from __future__ import annotations

import json
import subprocess
import sys
import time

import pytest
from sigstore._internal.rekor.checkpoint import SignedCheckpoint
from tests.contracts.tlog.test_sigstore import root_by_sigstore
from tests.two_nodes import files_of, packed_of, side, sides

from keepclear.errors import KeepclearError
from keepclear.links.tlog import codec, keepclear_verify, port
from keepclear.links.tlog.verify import report, verify_files
from keepclear.record import note
from keepclear.record.proof import consistency_proof, inclusion_proof
from keepclear.record.signing import encode_base64
from keepclear.record.tree import leaf_hash, root_of
from keepclear.service.exchange.carrying import carried
from keepclear.service.exporting import export

COMPANIONS = {"README.txt", "keepclear_verify.py"}


@pytest.fixture(scope="module")
def told():
    """What alpha told bravo, with bravo's cosignature of all but the last text."""
    with sides("alpha", "bravo") as (alpha, bravo):
        alpha.say("one", "RUS")
        alpha.take_receipt(bravo.take(alpha.bundle("RUS")).ok(200).json["receipt"]).ok(200)
        held = alpha.bundle("RUS")
        alpha.say("two", "RUS")
        yield alpha, bravo, files_of(held), files_of(alpha.bundle("RUS"))


def test_a_bundle_that_the_reader_cosigned_reads_as_grade_two(told):
    alpha, _, held, _ = told
    verdict = verify_files(held, alpha.policy())
    assert verdict.verified
    assert report(verdict)[-1] == "grade: 2 cosigned by the reader"
    assert report(verify_files(held))[-1] == "grade: 1 self-consistent only", "on its own word it is nothing"


def test_what_came_after_is_said_apart_up_to_which_entry(told):
    alpha, _, _, files = told
    verdict = verify_files(files, alpha.policy())
    said = report(verdict)
    assert verdict.grade == 1, "all of it is no more than its weakest part"
    assert (verdict.logs[0].first_grade, verdict.logs[0].first_size, verdict.logs[0].size) == (2, 3, 4)
    words = "its first 3 entries alone are of grade 2: cosigned by reader/RUS at 2018-02-01T08:0"
    assert any(words in line for line in said)
    assert said[-1].startswith("grade: 2 cosigned by the reader, up to entry 2 of logs/0; 1 self-consistent")


def test_another_nodes_cosignature_raises_no_grade(told):
    _, _, held, _ = told
    stranger = side("bravo", seed=b"other keys under the same name, all of them")
    try:
        own = side("alpha")
        own.pin(stranger)
        verdict = verify_files(held, own.policy())
        assert verdict.grade == 1
        own.close()
    finally:
        stranger.close()


def test_a_host_that_holds_for_the_reader_raises_no_grade_and_is_called_so():
    alpha, host = side("alpha"), side("bravo", parties=("RUS", "PGF"))
    try:
        alpha.pin(host)
        host.pin(alpha)
        alpha.say("hello", "RUS")
        alpha.take_receipt(host.take(alpha.bundle("RUS")).ok(200).json["receipt"]).ok(200)
        verdict = verify_files(files_of(alpha.bundle("RUS")), alpha.policy())
        assert verdict.grade == 1
        said = "\n".join(report(verdict))
        assert "held for RUS by host/bravo" in said
        assert "a host's word, not the reader's own" in said
    finally:
        alpha.close()
        host.close()


def test_the_readers_own_desk_exports_what_it_holds_with_the_keys_of_the_card(told):
    _, bravo, _, _ = told
    made = export(bravo.node, "RUS", peers=bravo.exchange.peers.all())
    mirrored = next(log for log in made.logs if log.author == "COA")
    verdict = verify_files(codec.build(made), bravo.policy())
    found = next(log for log in verdict.logs if log.origin == mirrored.origin)
    assert verdict.verified
    assert found.key_confirmed, "the author's log key is that of its card"
    assert [mark.who for mark in found.cosigned] == ["reader/RUS"]


def test_sigstore_reads_the_checkpoint_and_computes_its_root(told):
    _, _, _, files = told
    log = codec.parse(files).logs[0]
    read = SignedCheckpoint.from_text(log.signed_checkpoint.decode())
    leaves = [leaf_hash(entry) for entry in log.entries]
    size = read.checkpoint.log_size
    assert size == len(leaves)
    for index, entry in enumerate(log.entries):
        root = root_by_sigstore(entry, index, size, inclusion_proof(leaves, index, size))
        assert root.hex() == read.checkpoint.log_hash


def test_the_one_file_verifier_needs_nothing_else_and_less_than_a_minute(told, tmp_path):
    alpha, _, held, _ = told
    port.write_files(tmp_path / "stick", held)
    (tmp_path / "confirmed").write_text(alpha.policy())
    command = [sys.executable, "-I", str(tmp_path / "stick" / "keepclear_verify.py")]
    begun = time.monotonic()
    done = subprocess.run([*command, "--policy", str(tmp_path / "confirmed")], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.splitlines()[-1] == "grade: 2 cosigned by the reader"
    assert time.monotonic() - begun < 60


@pytest.mark.long
@pytest.mark.parametrize("kept", ["own word", "confirmed"])
def test_every_flipped_bit_of_what_is_proved_is_refused_on_import_and_by_the_verifier(told, kept):
    alpha, bravo, _, files = told
    proved = {path: raw for path, raw in files.items() if path not in COMPANIONS}
    known = keepclear_verify.outside(alpha.policy()) if kept == "confirmed" else None
    assert imported(bravo, files)
    unseen = []
    for path, whole in proved.items():
        for place in range(len(whole) * 8):
            changed = bytearray(whole)
            changed[place // 8] ^= 1 << place % 8
            flipped = files | {path: bytes(changed)}
            taken = imported(bravo, flipped) if kept == "confirmed" else verified(flipped, known)
            if taken:
                unseen.append((path, place))
    assert unseen == []


def imported(bravo, files) -> bool:
    try:
        carried(bravo.exchange, files, bravo.party, {})
    except KeepclearError:
        return False
    return True


def verified(files, known) -> bool:
    try:
        return keepclear_verify.verify_files(files, known).refused is None
    except keepclear_verify.Unreadable:
        return False


def test_a_flipped_bit_of_the_zip_is_refused_or_changes_nothing(told):
    _, bravo, _, files = told
    proved = {path: raw for path, raw in files.items() if path not in COMPANIONS}
    packed = packed_of(proved)
    refused = 0
    for place in range(0, len(packed) * 8, 13):
        changed = bytearray(packed)
        changed[place // 8] ^= 1 << place % 8
        try:
            read = files_of(bytes(changed))
        except KeepclearError:
            refused += 1
            continue
        if {path: raw for path, raw in read.items() if path not in COMPANIONS} != proved:
            assert not imported(bravo, read), place
            refused += 1
    assert refused > 1_000


# Evidence of two histories.


@pytest.fixture(scope="module")
def two_histories():
    with sides("alpha", "bravo") as (alpha, bravo):
        twin = side("alpha")
        twin.pin(bravo)
        alpha.say("one history", "RUS")
        for words in ("another history", "and more of it"):
            twin.say(words, "RUS")
        bravo.take(alpha.bundle("RUS")).ok(200)
        bravo.take(twin.bundle("RUS")).ok(200)
        (stopped,) = bravo.exchange.stopped.all()
        twin.close()
        yield bravo, stopped.evidence.text()


def test_evidence_says_what_it_proves_in_plain_words(two_histories):
    bravo, raw = two_histories
    found = keepclear_verify.verify_evidence(raw, keepclear_verify.outside(bravo.policy()))
    assert found.verified
    assert (found.smaller_size, found.larger_size, found.key_confirmed) == (3, 4, True)
    said = keepclear_verify.report_evidence(found)
    assert any("so the entries 0 to 2 of the one history are not those of the other" in line for line in said)
    assert said[-1] == "PROVED: two histories of one log, each signed by its author"


def test_the_one_file_verifier_takes_evidence(two_histories, tmp_path):
    _, raw = two_histories
    (tmp_path / "evidence.json").write_bytes(raw)
    command = [sys.executable, "-I", keepclear_verify.__file__, str(tmp_path / "evidence.json")]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "the file's own word" in done.stdout
    (tmp_path / "evidence.json").write_bytes(raw.replace(b"_within", b"_wothin"))
    done = subprocess.run(command, capture_output=True, text=True)
    assert (done.returncode, "REFUSED" in done.stdout) == (2, True)


def test_every_flipped_bit_of_evidence_is_refused(two_histories):
    bravo, raw = two_histories
    known = keepclear_verify.outside(bravo.policy())
    for place in range(len(raw) * 8):
        changed = bytearray(raw)
        changed[place // 8] ^= 1 << place % 8
        assert not keepclear_verify.verify_evidence(bytes(changed), known).verified, place


def by_log_alone(log) -> str:
    parsed = note.parse(log.signed_checkpoint)
    return f"{parsed.text}\n{''.join(line.line() for line in parsed.lines if line.name == log.origin)}"


def test_two_heads_of_one_history_are_no_evidence(told, two_histories):
    _, _, held, later = told
    _, raw = two_histories
    first, second = (codec.parse(files).logs[0] for files in (held, later))
    leaves = [leaf_hash(entry) for entry in second.entries]
    smaller, larger = (by_log_alone(log) for log in (first, second))
    false = json.loads(raw) | {
        "smaller": smaller,
        "larger": larger,
        "root_within": encode_base64(root_of(leaves[: len(first.entries)])),
        "proof": [encode_base64(one) for one in consistency_proof(leaves, len(first.entries), len(leaves))],
        "origin": second.origin,
    }
    found = keepclear_verify.verify_evidence(keepclear_verify.canonical(false).encode() + b"\n")
    assert found.refused is not None
    assert "one history" in found.refused
    false["root_within"] = encode_base64(b"\1" * 32)
    found = keepclear_verify.verify_evidence(keepclear_verify.canonical(false).encode() + b"\n")
    assert found.refused is not None
