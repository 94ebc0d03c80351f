"""Go's x/mod/sumdb, written by others, opens our checkpoints and computes our proofs from our tiles."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from msgspec.structs import replace
from tests.two_nodes import files_of, sides

from keepclear.links.tlog import codec, port
from keepclear.record.proof import consistency_proof, inclusion_proof
from keepclear.record.tree import leaf_hash
from keepclear.record.witnessing import AddCheckpoint
from keepclear.service.witness import Witness
from keepclear.stores.witness import WitnessStore

pytestmark = pytest.mark.needs_go

AT = datetime(2018, 2, 7, 22, tzinfo=UTC)
PROOFS = {"record": inclusion_proof, "tree": consistency_proof}
SOURCE = Path(__file__).parent / "go" / "main.go"


@pytest.fixture(scope="module")
def checker(tmp_path_factory):
    """The Go program, built from Debian's packages alone: no module proxy, no network."""
    folder = tmp_path_factory.mktemp("go")
    environment = os.environ | {
        "GO111MODULE": "off",
        "GOPATH": "/usr/share/gocode",
        "GOCACHE": str(folder / "cache"),
        "GOFLAGS": "",
        "GOPROXY": "off",
        "CGO_ENABLED": "0",
    }
    go = shutil.which("go")
    assert go is not None
    subprocess.run([go, "build", "-o", folder / "checker", SOURCE], env=environment, check=True)
    return folder / "checker"


def run(checker, folder, *keys):
    vkeys = [key.vkey for key in keys]
    return subprocess.run([checker, folder / "logs/0", *vkeys], capture_output=True, text=True)


@pytest.fixture(params=[3, 300])
def written(world, request, tmp_path):
    made = world.log(request.param)
    log = made.export(world.rus.mirror, world.monitor.witness)
    port.write_directory(tmp_path / "export", world.export(log, made))
    return made, tmp_path / "export", (made.key, world.rus.mirror, world.monitor.witness)


def test_go_accepts_every_entry_and_computes_our_very_proofs(checker, written):
    made, folder, keys = written
    done = run(checker, folder, *keys)
    assert done.returncode == 0, done.stderr
    leaves = [leaf_hash(entry) for entry in made.entries()]
    size, seen = len(leaves), 0
    for line in done.stdout.splitlines():
        found = json.loads(line)
        theirs = [base64.b64decode(one) for one in found["proof"] or []]
        number = found["number"]
        ours = PROOFS[found["kind"]](leaves, number, size)
        assert theirs == ours, found
        seen += 1
    assert seen == 2 * size


def test_go_refuses_a_changed_entry_tile_or_checkpoint(checker, written):
    _, folder, keys = written
    for path in ("checkpoint", "tile/0/*", "tile/0/*/*", "tile/entries/*", "tile/entries/*/*"):
        for file in (folder / "logs/0").glob(path):
            if file.is_file():
                whole = file.read_bytes()
                changed = bytearray(whole)
                changed[len(changed) // 2] ^= 1
                file.write_bytes(changed)
                assert run(checker, folder, *keys).returncode == 2, file
                file.write_bytes(whole)
    assert run(checker, folder, *keys).returncode == 0


def test_go_reads_the_bundles_that_two_nodes_carry(checker, tmp_path):
    with sides("alpha", "bravo") as (alpha, bravo):
        for number in range(300):
            alpha.say(f"report {number}", "RUS")
        alpha.take_receipt(bravo.take(alpha.bundle("RUS")).ok(200).json["receipt"]).ok(200)
        port.write_files(tmp_path / "stick", files_of(alpha.bundle("RUS")))
        origin = codec.parse(port.read_directory(tmp_path / "stick")).logs[0].origin
        log_key = bravo.exchange.peers.of("alpha").logs[origin][1]
        keys = (log_key, alpha.node.mirror_key, bravo.node.mirror_key)
        done = run(checker, tmp_path / "stick", *keys)
        assert done.returncode == 0, done.stderr
        assert len(done.stdout.splitlines()) == 2 * 302
        entries = next((tmp_path / "stick/logs/0/tile/entries").rglob("000"))
        entries.write_bytes(entries.read_bytes().replace(b"report 7", b"report 8", 1))
        assert run(checker, tmp_path / "stick", *keys).returncode == 2


def test_go_refuses_a_cosignature_by_another_key(checker, world, written):
    made, folder, _ = written
    stranger = world.Author("RUS", forger="not Russia")
    assert run(checker, folder, made.key, stranger.mirror).returncode == 2
    assert isinstance(codec.parse(port.read_directory(folder)), codec.Export)


def test_go_opens_a_checkpoint_with_the_cosignature_that_our_witness_gave(checker, world, tmp_path):
    made = world.log(300)
    with closing(WitnessStore.open(tmp_path / "witness.sqlite3")) as store:
        store.trust(made.origin, made.key.vkey)
        monitor = Witness(store, world.monitor.witness, lambda: AT)
        lines = b""
        for old, size in ((0, 100), (100, 300)):
            leaves = [leaf_hash(entry) for entry in made.entries()]
            proof = consistency_proof(leaves, old, size) if old else []
            asked = AddCheckpoint(old, tuple(proof), made.signed(size=size))
            answer = monitor.add_checkpoint(asked.encode())
            assert answer.status == 200
            lines = answer.body
    log = replace(made.export(), signed_checkpoint=made.signed() + lines)
    port.write_directory(tmp_path / "export", world.export(log, made))
    done = run(checker, tmp_path / "export", made.key, world.monitor.witness)
    assert done.returncode == 0, done.stderr
    stranger = world.Author("MON", forger="not the monitor")
    assert run(checker, tmp_path / "export", made.key, stranger.witness).returncode == 2
