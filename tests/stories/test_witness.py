"""A monitor that is no party witnesses two desks' logs: sizes and times, and grade three for who pins it.

The twins show the story failing where the witness is not pinned, does not know the log, or is a party's own.
"""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
import time
from contextlib import contextmanager
from datetime import timedelta

import httpx
import pytest
from tests.building_node import house, message
from tests.patience import PATIENCE_S
from tests.ready_command import keepclear

from keepclear.cli.main import main
from keepclear.commands.ports import Batch, CheckpointRow
from keepclear.errors import KeepclearError
from keepclear.links.tlog import codec, port
from keepclear.links.tlog.verify import verify_export
from keepclear.record import note
from keepclear.record.checkpoint import parse
from keepclear.record.cosign import cosign
from keepclear.record.signing import Role, SigningKey
from keepclear.service.exporting import export
from keepclear.service.witness import Witness, WitnessSettings, create_witness, open_witness
from keepclear.service.witnesses import Offering, Reply, Witnesses, WitnessRow, known, offer_all

URL = "http://127.0.0.1:1"


class Monitor:
    """A witness in the same process, over real files, that answers as over HTTP."""

    def __init__(self, folder, now) -> None:
        create_witness(folder, WitnessSettings("mon.example"))
        self.opened = open_witness(folder)
        self.witness = Witness(self.opened.store, self.opened.key, now)
        self.up = True
        self.came: list[bytes] = []

    def send(self, row, body: bytes) -> Reply:
        if not self.up:
            raise httpx.ConnectError("no way")
        self.came.append(body)
        answer = self.witness.add_checkpoint(body)
        return Reply(answer.status.value, answer.content_type, answer.body)

    def row(self, name: str = "MON") -> WitnessRow:
        return WitnessRow(name, self.opened.key.vkey, URL)

    def trust(self, node) -> None:
        for log in node.store.logs():
            self.opened.trust(node.keys.log_key(log.log.author, log.origin).vkey)


@pytest.fixture
def world(tmp_path):
    with house() as made:
        made.tell("COA", message("RUS"), "RUS")
        monitor = Monitor(tmp_path / "mon", made.clock.now)
        monitor.trust(made.node)
        made.node.witnesses = known((monitor.row(),))
        yield made, monitor
        monitor.opened.store.close()


def grade(made, tmp_path, *pins: str, party: str = "COA", reader: str | None = "RUS") -> int:
    folder = tmp_path / "export"
    shutil.rmtree(folder, ignore_errors=True)
    port.write_directory(folder, export(made.node, party, reader))
    verdict = verify_export(folder, None, pins, ())
    assert verdict.refused is None
    return verdict.grade


def test_a_log_that_a_witness_has_cosigned_is_of_grade_three_for_who_pins_it(world, tmp_path):
    made, monitor = world
    came = offer_all(made.node, (monitor.row(),), monitor.send)
    assert came
    assert all(one.done and one.words == "cosigned" for one in came)
    assert grade(made, tmp_path, f"witness/MON={monitor.row().vkey}") == 3


def test_twin_without_the_pin_it_is_of_grade_one(world, tmp_path):
    made, monitor = world
    offer_all(made.node, (monitor.row(),), monitor.send)
    assert grade(made, tmp_path) == 1


def test_twin_where_nothing_was_offered_it_is_of_grade_one(world, tmp_path):
    made, monitor = world
    assert grade(made, tmp_path, f"witness/MON={monitor.row().vkey}") == 1


def test_growth_is_cosigned_with_a_proof_and_an_older_cosignature_stays_in_the_export(world, tmp_path):
    made, monitor = world
    offer_all(made.node, (monitor.row(),), monitor.send)
    for number in range(9):
        made.tell("COA", message("RUS", words=f"number {number}"), "RUS")
    pin = f"witness/MON={monitor.row().vkey}"
    assert grade(made, tmp_path, pin) == 1, "nine entries that no witness has seen"
    [log] = [log for log in export(made.node, "COA", "RUS").logs if log.reader == "RUS"]
    assert len(log.earlier) == 1
    verdict = verify_export(tmp_path / "export", None, [pin], ())
    assert any(
        "entries alone are of grade 3: cosigned by witness/MON" in one for one in verdict.logs[0].notes
    )
    assert codec.parse(codec.build(export(made.node, "COA", "RUS"))).logs[0].earlier == log.earlier
    offer_all(made.node, (monitor.row(),), monitor.send)
    assert grade(made, tmp_path, pin) == 3
    assert all(one.words == "cosigned before" for one in offer_all(made.node, (monitor.row(),), monitor.send))


def test_the_witness_gets_origin_size_root_and_signature_and_nothing_else(world):
    made, monitor = world
    offer_all(made.node, (monitor.row(),), monitor.send)
    for body in monitor.came:
        head, _, signed = body.partition(b"\n\n")
        assert re.fullmatch(rb"old 0", head)
        assert note.parse(signed).text == parse(note.parse(signed).text).text()
        assert len(note.parse(signed).lines) == 1
    written = b"".join(monitor.came) + (monitor.opened.store._path).read_bytes()
    for secret in (b"COA", b"RUS", b"east bank", b"PGF"):
        assert secret not in written


def test_what_the_witness_knows_counts_where_the_node_has_forgotten_it(world):
    made, monitor = world
    offer_all(made.node, (monitor.row(),), monitor.send)
    for log in made.node.store.logs():
        newest = made.node.store.checkpoints(log.log)[-1]
        bare = note.parse(newest.note)
        forgotten = f"{bare.text}\n{bare.lines[0].line()}".encode()
        made.node.store.commit(Batch(checkpoints=(CheckpointRow(log.log, newest.size, forgotten),)))
    made.tell("COA", message("RUS"), "RUS")
    monitor.came.clear()
    assert all(one.done for one in offer_all(made.node, (monitor.row(),), monitor.send))
    asked = [body.split(b"\n", 1)[0] for body in monitor.came]
    assert asked.count(b"old 0") == len(made.node.store.logs())
    assert len(asked) == 2 * len(made.node.store.logs())


def test_a_restored_node_that_lacks_entries_is_told_so_and_gets_no_cosignature(world, tmp_path):
    made, monitor = world
    made.tell("COA", message("RUS"), "RUS")
    offer_all(made.node, (monitor.row(),), monitor.send)
    with house() as restored:
        restored.tell("COA", message("RUS"), "RUS", key="another act")
        came = offer_all(restored.node, (monitor.row(),), monitor.send)
        short = [one for one in came if not one.done]
        assert any("entries are missing here" in one.words for one in short)
        assert any("second history" in one.words or "entries are missing" in one.words for one in short)


def test_a_line_by_another_key_or_over_another_text_is_not_kept(world):
    made, monitor = world
    forger = SigningKey.derive("mon.example/witness", b"f" * 32, Role.WITNESS)

    def lying(row, body):
        text = note.parse(body.partition(b"\n\n")[2]).text
        return Reply(200, "text/plain", cosign(text, forger, made.clock.now()))

    came = offer_all(made.node, (monitor.row(),), lying)
    assert not any(one.done for one in came)
    newest = made.node.store.checkpoints(made.node.store.logs()[0].log)[-1]
    assert b"mon.example" not in newest.note


def test_it_is_offered_hourly_after_the_hour_and_tried_again_where_it_was_not_reached(world, tmp_path):
    made, monitor = world
    kept = Witnesses(tmp_path / "witnesses.json")
    kept.use(monitor.row(), "keepclear.test", made.node.hosted)
    work = Offering(lambda: made.node, kept, monitor.send)
    monitor.up = False
    assert work.turn()
    assert "not reached" in work.last[0].words
    monitor.up = True
    assert not work.turn(), "a minute passes first"
    made.later(2)
    assert work.turn()
    assert all(one.done for one in work.last)
    turns = 0
    for _ in range(6 * 60):
        made.later(1)
        turns += work.turn()
    assert turns == 6
    made.clock.move_to(made.clock.now().replace(minute=0, second=0) + timedelta(hours=1))
    assert not work.turn(), "the commitments of the hour come first"
    assert kept.drop("MON")
    assert not kept.drop("MON")
    made.later(2)
    came = len(monitor.came)
    made.tell("COA", message("RUS"), "RUS")
    assert work.turn()
    assert len(monitor.came) == came


@pytest.mark.parametrize(
    "row",
    [
        WitnessRow("COA", SigningKey.derive("m/witness", b"w" * 32, Role.WITNESS).vkey, URL),
        WitnessRow("MON", SigningKey.derive("keepclear.test/x", b"w" * 32, Role.WITNESS).vkey, URL),
        WitnessRow("MON", SigningKey.derive("m/log", b"w" * 32, Role.LOG).vkey, URL),
        WitnessRow("MON", SigningKey.derive("m/w", b"w" * 32, Role.WITNESS).vkey, "http://mon.example"),
        WitnessRow("a b", SigningKey.derive("m/w", b"w" * 32, Role.WITNESS).vkey, URL),
    ],
)
def test_who_is_a_party_or_not_to_be_trusted_is_no_witness_of_ours(tmp_path, row):
    with pytest.raises(KeepclearError):
        Witnesses(tmp_path / "witnesses.json").use(row, "keepclear.test", ("COA", "RUS"))


# Two processes over loopback, by the commands alone.


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@contextmanager
def serving(*words):
    served = subprocess.Popen([keepclear(), *map(str, words)],
                              stderr=subprocess.DEVNULL)  # fmt: skip
    try:
        yield served
    finally:
        served.terminate()
        served.wait(PATIENCE_S)


def until(found, seconds: float = PATIENCE_S):
    end = time.monotonic() + seconds
    while not found():
        assert time.monotonic() < end
        time.sleep(0.05)


def answers(at: int) -> bool:
    with socket.socket() as one:
        return one.connect_ex(("127.0.0.1", at)) == 0


def test_two_processes_a_node_and_a_witness_and_a_stranger_who_verifies(tmp_path, capsys):
    node, mon, at, there = tmp_path / "node", tmp_path / "mon", free_port(), free_port()
    assert main(["init", str(node), "--party", "COA", "--party", "RUS"]) == 0
    assert main(["party", "RUS", "Russia", "--tell", "public", "--as", "COA", "--dir", str(node)]) == 0
    assert main(["message", "RUS", "Stop.", "--as", "COA", "--dir", str(node)]) == 0
    capsys.readouterr()
    assert main(["witness", "init", str(mon), "--name", "mon.example", "--port", str(there)]) == 0
    vkey = capsys.readouterr().out.strip()
    assert main(["witness", "log-keys", "--dir", str(node)]) == 0
    (tmp_path / "keys").write_text(capsys.readouterr().out)
    assert main(["witness", "add-log", str(mon), "--from", str(tmp_path / "keys")]) == 0
    url = f"http://127.0.0.1:{there}"
    assert main(["witness", "use", "MON", url, vkey, "--dir", str(node)]) == 0
    packed = tmp_path / "coa.zip"
    with serving("witness", "serve", mon):
        until(lambda: answers(there))
        with serving("serve", "--dir", node, "--port", at):
            until(lambda: answers(at))
            until(lambda: all(one.size for one in seen(mon).values()))
        # The full hour may just have passed, and its commitments be new: by hand, the node being down.
        assert main(["witness", "offer", "--dir", str(node)]) == 0
        words = ["export", str(packed), "--as", "COA", "--reader", "RUS", "--dir", str(node)]
        assert main(words) == 0
        assert httpx.post(f"{url}/add-checkpoint", content=b"old x\n\n").status_code == 400
        assert httpx.get(f"{url}/add-checkpoint").status_code == 405
        assert httpx.get(f"{url}/other").status_code == 404
        assert httpx.post(f"{url}/add-checkpoint", content=b"x" * 70_000).status_code == 400
    capsys.readouterr()
    assert main(["verify", str(packed)]) == 0
    assert "grade: 1" in capsys.readouterr().out
    assert main(["verify", str(packed), "--pin", f"witness/MON={vkey}"]) == 0
    assert "grade: 3 cosigned by a witness elsewhere" in capsys.readouterr().out
    assert main(["witness", "logs", str(mon)]) == 0
    assert "COA" not in capsys.readouterr().out
    assert main(["witness", "init", str(node), "--name", "own.example"]) == 1
    assert main(["message", "RUS", "Go on.", "--as", "COA", "--dir", str(node)]) == 0
    assert main(["witness", "offer", "--dir", str(node)]) == 2, "the witness is down and the log has grown"


def seen(folder):
    opened = open_witness(folder)
    try:
        return opened.store.logs()
    finally:
        opened.store.close()
