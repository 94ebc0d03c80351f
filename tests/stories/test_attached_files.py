"""A file beside the log, from the command line: kept, named, given, erased."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from tests.ready_command import keepclear


def asked_of(folder: Path, *words: str, feed: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    asked = [keepclear(), *words, "--dir", str(folder)]
    return subprocess.run(asked, input=feed, capture_output=True)


def test_a_file_is_kept_named_given_and_erased(tmp_path: Path) -> None:
    node = tmp_path / "node"
    made = [keepclear(), "init", str(node), "--party", "COA"]
    subprocess.run(made, check=True, capture_output=True)
    (tmp_path / "name.txt").write_text("a name and a telephone")
    named = asked_of(node, "attach", str(tmp_path / "name.txt")).stdout.decode().strip()
    assert len(named) == 64
    body = {
        "body": {"kind": "remark", "text": "Call this person."},
        "attachments": [{"salted_hash": named, "what": "name"}],
    }
    stated = asked_of(node, "state", "-", feed=json.dumps(body).encode())
    assert stated.returncode == 0, stated.stderr
    given = asked_of(node, "attachment", named, str(tmp_path / "back.txt"))
    assert given.returncode == 0, given.stderr
    assert (tmp_path / "back.txt").read_text() == "a name and a telephone"
    erased = asked_of(node, "erase", named, "--json")
    assert json.loads(erased.stdout)["erased"] is True
    again = asked_of(node, "attachment", named, str(tmp_path / "again.txt"))
    assert again.returncode == 1
    assert b"erased" in again.stderr
    assert asked_of(node, "proof").returncode == 0
