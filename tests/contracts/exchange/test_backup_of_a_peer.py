"""A node that holds a peer's words is backed up, running and stopped, and goes on with its peer once back."""

from __future__ import annotations

import sqlite3
import subprocess
from datetime import UTC, datetime

import pytest
from tests.ready_command import keepclear
from tests.two_processes import End, Pair, waited

from keepclear.errors import ProofRefused
from keepclear.service.backup import back_up

NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def pair(tmp_path):
    made = Pair.made(tmp_path)
    try:
        made.start()
        yield made
    finally:
        made.close()


def asked_of(*words) -> subprocess.CompletedProcess[str]:
    command = [keepclear(), *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120)


def say(end: End, words: str, reader: str) -> None:
    body = {"kind": "remark", "text": words}
    end.ask("POST", "statements", json={"body": body, "readers": [reader]})


def heard(end: End) -> list[str]:
    items = end.ask("GET", "held", params={"limit": "1000"})["items"]
    told = [each["statement"] for each in items if each["kind"] == "remark"]
    texts = [each for each in told if not each.startswith(f"{end.party}.")]
    return [end.ask("GET", f"statements/{each}")["statement"]["body"]["text"] for each in texts]


def both_heard(pair: Pair, alpha: list[str], bravo: list[str]) -> None:
    waited(lambda: heard(pair.alpha) == alpha and heard(pair.bravo) == bravo)
    waited(lambda: pair.alpha.peer()["unsent"] == 0 and pair.bravo.peer()["unsent"] == 0)


@pytest.mark.long
def test_a_node_with_a_peer_is_backed_up_running_and_stopped_and_goes_on_after_a_restore(pair, tmp_path):
    alpha, bravo = pair.alpha, pair.bravo
    say(alpha, "one", "RUS")
    say(bravo, "eins", "COA")
    both_heard(pair, ["eins"], ["one"])

    running = asked_of("backup", tmp_path / "running", "--dir", alpha.folder)
    assert running.returncode == 0, running.stderr
    assert "RUS → COA: size" in running.stdout
    say(alpha, "two", "RUS")
    say(bravo, "zwei", "COA")
    both_heard(pair, ["eins", "zwei"], ["one", "two"])
    alpha.stop()
    stopped = asked_of("backup", tmp_path / "stopped", "--dir", alpha.folder)
    assert stopped.returncode == 0, stopped.stderr
    assert stopped.stdout != running.stdout

    # The whole one goes on at once, when the reader was heard.
    whole = asked_of("restore", tmp_path / "stopped", tmp_path / "whole")
    assert (whole.returncode, whole.stdout) == (0, stopped.stdout), whole.stderr
    alpha.folder = tmp_path / "whole"
    alpha.start()
    waited(lambda: alpha.peer()["state"] == "up" and "not heard of" not in alpha.peer()["why"])
    say(alpha, "three", "RUS")
    say(bravo, "drei", "COA")
    both_heard(pair, ["eins", "zwei", "drei"], ["one", "two", "three"])
    alpha.stop()

    # The older one takes its own words back, and gets the peer's again: those that had seen words which are
    # lost here come in once these are back. The peer sees one history.
    older = asked_of("restore", tmp_path / "running", tmp_path / "older")
    assert older.returncode == 0, older.stderr
    alpha.folder = tmp_path / "older"
    alpha.start()
    waited(lambda: "signed here" in alpha.peer()["why"])
    assert heard(alpha)[0] == "eins"
    # The healthy side reads whose words are gone, of which log, and what to say to them.
    waited(lambda: "alpha has" in bravo.peer()["why"])
    assert "entries of its log COA to RUS, fewer than this node holds of it" in bravo.peer()["why"]
    assert "alpha was probably brought back from a backup" in bravo.peer()["why"]
    alpha.stop()
    back = asked_of("peer", "take-back", "bravo", "--dir", alpha.folder)
    assert back.returncode == 0, back.stdout + back.stderr
    alpha.start()
    say(alpha, "four", "RUS")
    both_heard(pair, ["eins", "zwei", "drei"], ["one", "two", "three", "four"])
    assert bravo.peer()["stopped"] == []
    assert (bravo.peer()["state"], bravo.peer()["why"]) == ("up", "")


def test_twin_a_peers_log_that_is_not_the_one_taken_in_is_not_backed_up(pair, tmp_path):
    say(pair.bravo, "eins", "COA")
    waited(lambda: heard(pair.alpha) == ["eins"])
    pair.alpha.stop()
    with sqlite3.connect(pair.alpha.folder / "record.sqlite3") as record:
        changed = record.execute(
            "UPDATE entry SET sees = sees + 1 WHERE (log, idx) IN (SELECT e.log, max(e.idx) FROM entry e "
            "JOIN log l ON e.log = l.id WHERE l.author = 'RUS' GROUP BY e.log)"
        )  # fmt: skip
        assert changed.rowcount
    record.close()
    with pytest.raises(ProofRefused, match="backup-root"):
        back_up(pair.alpha.folder, tmp_path / "b", NOW)
