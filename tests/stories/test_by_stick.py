"""Two nodes that have no link at all: everything goes by stick, both ways, by the commands of the pages.

Each act is a run of the real command on a real node's folder. The twins: a bundle with one byte changed, and
a stick that was left at home.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from keepclear.cli.main import main


@dataclass
class Desk:
    """One side, by its commands alone."""

    party: str
    folder: Path
    capsys: Any

    def run(self, *words: object, status: int = 0) -> str:
        self.capsys.readouterr()
        found = main([*map(str, words), "--dir", str(self.folder)])
        got = self.capsys.readouterr()
        assert found == status, got.out + got.err
        return got.out + got.err

    def heard(self) -> list[str]:
        """The words of the messages of the other side that have reached this desk, in order of arrival."""
        items = json.loads(self.run("held", "--json"))["items"]
        return [item["title"] for item in items if item["kind"] == "message" and item["author"] != self.party]

    def reached(self, reader: str) -> list[str]:
        items = json.loads(self.run("told", reader, "--json"))["items"]
        return [item["ladder"]["reached"] for item in items if item["kind"] == "message"]


@pytest.fixture
def paired(tmp_path, capsys):
    """Two nodes that were paired in person: cards and fingerprints, nothing else."""
    desks = {}
    for party, name in (("COA", "alpha"), ("RUS", "bravo")):
        desks[party] = Desk(party, tmp_path / name, capsys)
        assert main(["init", str(tmp_path / name), "--party", party, "--name", name]) == 0
    said = {}
    for party, other in (("COA", "RUS"), ("RUS", "COA")):
        card = tmp_path / f"{party}.json"
        shown = json.loads(desks[party].run("peer", "card", "--for", other, "--out", card, "--json"))
        said[party] = shown["fingerprint"]
        desks[party].run("party", other, f"The side of {other}")
    for party, other in (("COA", "RUS"), ("RUS", "COA")):
        desks[party].run("peer", "add", tmp_path / f"{other}.json", "--fingerprint", said[other])
    return desks["COA"], desks["RUS"]


def carry(author: Desk, reader: Desk, place: Path, *, changed: bool = False, status: int = 0) -> str:
    """Export to a stick and take it at the other side; gives what the other side was shown."""
    author.run("export", "--to", reader.party, "--out", place)
    if changed:
        (entries,) = (path for path in (place / "logs/0/tile/entries").rglob("*") if path.is_file())
        raw = bytearray(entries.read_bytes())
        raw[len(raw) // 2] ^= 1
        entries.write_bytes(raw)
    return reader.run("import", place, status=status)


def receipt(author: Desk, reader: Desk) -> Path:
    name = {"COA": "alpha", "RUS": "bravo"}[author.party]
    return author.folder.parent / f"receipt-for-{name}-from-{reader.party}.json"


def test_two_sides_talk_by_stick_alone_both_ways(paired, tmp_path):
    coa, rus = paired
    coa.run("message", "RUS", "A convoy leaves at first light. Is the bridge yours?")
    assert "3 new, 3 in all" in carry(coa, rus, tmp_path / "stick-1")
    assert len(rus.heard()) == 1
    assert "first light" in rus.heard()[0]
    assert coa.reached("RUS") == ["told"], "nothing has come back yet"

    rus.run("acknowledge", "latest")
    rus.run("answer", "latest", "ours")
    carry(rus, coa, tmp_path / "stick-2")
    assert "3 new, 3 in all" in coa.run("import", receipt(coa, rus))
    assert coa.reached("RUS") == ["acknowledged"]
    steps = json.loads(coa.run("told", "RUS", "--json"))["items"][-1]["ladder"]["steps"]
    assert [step["rung"] for step in steps] == ["sent", "delivered", "acknowledged"]
    assert [step["how"] for step in steps] == ["machine", "machine", "own"]

    coa.run("message", "RUS", "Thank you. We go at six.")
    assert "1 new" in carry(coa, rus, tmp_path / "stick-3")
    assert len(rus.heard()) == 2
    for number in (1, 2, 3):
        holder = coa if number == 2 else rus
        assert "nothing new" in holder.run("import", tmp_path / f"stick-{number}"), "a stick that comes twice"
    assert len(rus.heard()) == 2

    coa.run("import", receipt(coa, rus))
    assert coa.reached("RUS") == ["acknowledged", "delivered"]
    coa.run("peer", "policy", "--out", tmp_path / "confirmed")
    coa.run("export", "--out", tmp_path / "inquiry", "--reader", "RUS")
    verified = verify(coa, tmp_path / "inquiry", tmp_path / "confirmed")
    assert verified.splitlines()[-1] == "grade: 2 cosigned by the reader"


def verify(desk: Desk, folder: Path, policy: Path) -> str:
    desk.capsys.readouterr()
    assert main(["verify", str(folder), "--policy", str(policy)]) == 0
    return desk.capsys.readouterr().out


def test_twin_a_bundle_with_one_byte_changed_brings_nothing(paired, tmp_path):
    coa, rus = paired
    coa.run("message", "RUS", "A convoy leaves at first light.")
    shown = carry(coa, rus, tmp_path / "stick", changed=True, status=1)
    assert "verify-first" in shown
    assert "entry" in shown
    assert rus.heard() == []
    assert not receipt(coa, rus).exists(), "what is not held is not cosigned"


def test_twin_a_stick_left_at_home_is_never_delivered(paired, tmp_path):
    coa, rus = paired
    coa.run("message", "RUS", "A convoy leaves at first light.")
    coa.run("export", "--to", "RUS", "--out", tmp_path / "stick")
    assert rus.heard() == []
    assert coa.reached("RUS") == ["told"]
    rus.run("message", "COA", "Where is the convoy?")
    carry(rus, coa, tmp_path / "back")
    assert coa.reached("RUS") == ["told"], "what the reader says of something else is no receipt"
    coa.run("peer", "policy", "--out", tmp_path / "confirmed")
    verified = verify(coa, tmp_path / "stick", tmp_path / "confirmed")
    assert verified.splitlines()[-1] == "grade: 1 self-consistent only"


def test_one_statement_is_proved_by_a_text_that_can_be_read_out(paired, tmp_path):
    coa, rus = paired
    coa.run("message", "RUS", "A convoy leaves at first light.")
    carry(coa, rus, tmp_path / "stick")
    coa.run("import", receipt(coa, rus))
    told = json.loads(coa.run("told", "RUS", "--json"))["items"][-1]["statement"]
    files = {name: tmp_path / name for name in ("proof", "radio", "words.json", "code.png", "confirmed")}
    coa.run(
        "proof", told, "--out", files["proof"], "--statement", files["words.json"], "--qr", files["code.png"]
    )
    coa.run("proof", told, "--text", "--out", files["radio"])
    coa.run("peer", "policy", "--for", "RUS", "--out", files["confirmed"])
    assert files["proof"].stat().st_size <= 1_300
    assert files["code.png"].read_bytes().startswith(b"\x89PNG")
    for name in ("proof", "radio"):
        assert check(coa, files, name) == 0
        assert coa.capsys.readouterr().out.splitlines()[-1] == "grade: 2 cosigned by the reader"
    words = files["words.json"].read_text()
    files["words.json"].write_text(words.replace("first light", "last light"))
    assert check(coa, files, "proof") == 2, "other words under the same proof"
    assert "REFUSED" in coa.capsys.readouterr().out
    files["words.json"].write_text(words)
    misheard = files["radio"].read_text().replace("\n03 ", "\n03 Q", 1)
    files["radio"].write_text(misheard)
    assert check(coa, files, "radio") == 1
    assert "rows 3" in coa.capsys.readouterr().err


def check(desk: Desk, files: dict[str, Path], name: str) -> int:
    desk.capsys.readouterr()
    given = ["check-proof", files[name], "--policy", files["confirmed"], "--statement", files["words.json"]]
    return main([str(word) for word in given])
