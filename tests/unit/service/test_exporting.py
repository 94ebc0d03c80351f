"""What a desk exports verifies without a node, holds its own logs alone, and shows a changed byte."""

from __future__ import annotations

import io
import subprocess
import sys
import zipfile

import pytest
from tests.building_node import HOSTED, House, furnish, house, remark, valid_tells, zone

from keepclear.errors import NotKnown
from keepclear.links.tlog import codec
from keepclear.links.tlog.sides import verified_side
from keepclear.links.tlog.verify import verify_files
from keepclear.model.statements import LogId
from keepclear.service.exporting import export, readable_logs
from keepclear.service.http.app import application
from keepclear.views.reconciling import reconcile


@pytest.fixture(scope="module")
def syria():
    with house() as made:
        made.things = furnish(made)
        for act in valid_tells(made, made.things).values():
            made.post("COA", "statements", act).ok(201)
        made.tell("SDF", remark("between us"), "PGF")
        yield made


@pytest.mark.parametrize("party", HOSTED)
def test_every_desks_export_verifies_at_grade_one(syria, party):
    verdict = verify_files(codec.build(export(syria.node, party)))
    assert verdict.verified, verdict.refused
    assert verdict.grade == 1, "a host's own cosignature proves nothing against the host"
    assert verdict.entries == sum(
        1 for row in readable_logs(syria.node, party) for _ in syria.node.store.entries(row.log)
    )


@pytest.mark.parametrize("party", HOSTED)
def test_an_export_holds_the_logs_that_the_desk_writes_or_reads_and_no_other(syria, party):
    logs = {LogId(log.author, log.reader) for log in export(syria.node, party).logs}
    every = {row.log for row in syria.node.store.logs()}
    assert logs == {log for log in every if log.author == party or log.reader in (party, "public")}
    assert logs != every
    whole = b"".join(codec.build(export(syria.node, party)).values())
    assert (b"between us" in whole) == (party in ("SDF", "PGF"))


def test_one_log_can_be_exported_alone(syria):
    one = export(syria.node, "COA", "RUS")
    assert [(log.author, log.reader) for log in one.logs] == [("COA", "RUS")]
    assert verify_files(codec.build(one)).verified
    with pytest.raises(NotKnown) as refused:
        export(syria.node, "COA", "TUR")
    assert refused.value.rule == "log"


@pytest.mark.parametrize("party", ["COA", "RUS"])
def test_the_record_that_two_share_is_exported_alone_in_both_directions(syria, party, tmp_path):
    other = "RUS" if party == "COA" else "COA"
    shared = export(syria.node, party, counterpart=other)
    assert {(log.author, log.reader) for log in shared.logs} == {("COA", "RUS"), ("RUS", "COA")}
    files = codec.build(shared)
    verdict = verify_files(files)
    assert verdict.verified, verdict.refused
    whole = b"".join(files.values())
    pair = (LogId("COA", "RUS"), LogId("RUS", "COA"))
    inside = {row.digest for log in pair for row in syria.node.store.entries(log)}
    for digest, encoded in syria.node.store.statements():
        assert (encoded in whole) == (digest in inside)
    packed = syria.get(party, "export", **{"with": other}).ok().body
    with zipfile.ZipFile(io.BytesIO(packed)) as opened:
        opened.extractall(tmp_path)
    done = subprocess.run(
        [sys.executable, "keepclear_verify.py", "."], cwd=top_of(tmp_path), capture_output=True
    )
    assert done.returncode == 0, done.stdout + done.stderr


def top_of(folder):
    """The folder in which the verifier of an unpacked export lies."""
    return next(folder.rglob("keepclear_verify.py")).parent


def test_a_shared_record_is_with_another_party_and_no_reader_besides(syria):
    for nobody in ("TUR", "COA", "public"):
        syria.get("COA", "export", **{"with": nobody}).refused("log", 404)
    syria.get("COA", "export", reader="RUS", **{"with": "RUS"}).refused("export-one", 400)


def test_two_shared_records_laid_side_by_side_do_not_differ(syria, tmp_path):
    sides = [
        verified_side(party, codec.build(export(syria.node, party, counterpart=other)), tmp_path).record
        for party, other in (("COA", "RUS"), ("RUS", "COA"))
    ]
    found = reconcile(*sides)
    assert (found.findings, found.only_ours, found.only_theirs) == ((), (), ())
    assert len(found.compared) == 2


def test_the_proof_route_says_the_grade_and_lists_the_logs(syria):
    proof = syria.get("COA", "proof").ok().json
    assert (proof["verified"], proof["grade"]) == (True, 1)
    assert proof["grade_words"] == "self-consistent only"
    assert {(log["author"], log["reader"]) for log in proof["logs"]} >= {("COA", "RUS"), ("RUS", "COA")}
    assert all(log["size"] >= 2 for log in proof["logs"])
    alone = syria.get("COA", "proof", reader="RUS").ok().json
    assert [(log["author"], log["reader"]) for log in alone["logs"]] == [("COA", "RUS")]


def demo_of(made: House) -> House:
    """The same node behind an application that is a demo's."""
    made.app = application(made.writer, made.tokens, play=object())
    return made


def test_a_changed_byte_is_refused_naming_log_entry_and_file(syria):
    plain = syria.app
    before = syria.size()
    try:
        for party in HOSTED:
            refused = demo_of(syria).post(party, "proof/altered", b"").ok(200).json
            assert refused["verified"] is False
            assert refused["refused"]
            assert "/tile/entries/" in refused["file"]
            assert isinstance(refused["entry"], int)
            assert any("REFUSED" in line for line in refused["lines"])
            author, _, reader = refused["log"].partition(" -> ")
            assert party in (author, reader) or reader == "public", refused["log"]
    finally:
        syria.app = plain
    assert syria.size() == before
    assert syria.get("COA", "proof").ok().json["verified"], "the record itself was not touched"


def test_the_zip_carries_a_verifier_that_runs_by_itself(syria, tmp_path):
    answer = syria.get("COA", "export").ok(200)
    assert answer.header("content-type") == "application/zip"
    assert "keepclear-COA.zip" in answer.header("content-disposition")
    assert answer.body == syria.get("COA", "export").body, "the same record, the same bytes"
    with zipfile.ZipFile(io.BytesIO(answer.body)) as packed:
        packed.extractall(tmp_path)
    command = [sys.executable, "-I", str(tmp_path / "keepclear_verify.py"), str(tmp_path)]
    run = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert run.returncode == 0, run.stdout + run.stderr
    bundle = max(path for path in tmp_path.glob("logs/*/tile/entries/**/*") if path.is_file())
    raw = bytearray(bundle.read_bytes())
    raw[len(raw) // 2] ^= 1
    bundle.write_bytes(bytes(raw))
    run = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert run.returncode == 2
    assert "REFUSED" in run.stdout


def test_what_was_withheld_is_in_nobodys_export_but_the_authors(syria):
    own = syria.tell("COA", zone("private plan"))
    syria.tell("COA", zone("private plan, moved"), subject=own["subject"])
    for party in HOSTED:
        whole = b"".join(codec.build(export(syria.node, party)).values())
        assert (b"private plan" in whole) == (party == "COA")
