"""`keepclear export --to` and `keepclear import`: what is refused, and where the receipt goes."""

from __future__ import annotations

import json

import httpx
import pytest

from keepclear.cli.carrying import _bundle
from keepclear.cli.desks import Desk
from keepclear.model.words import PartyId


@pytest.fixture
def paired(cli, tmp_path):
    """Two nodes in two folders that have pinned each other's cards."""
    for party, other in (("NOR", "SOU"), ("SOU", "NOR")):
        assert cli("init", tmp_path / party, "--party", party, "--name", party.lower()).status == 0
        assert cli("party", other, other, "--dir", tmp_path / party).status == 0
    for party, other in (("NOR", "SOU"), ("SOU", "NOR")):
        card = tmp_path / f"{party}.json"
        said = cli("peer", "card", "--for", other, "--out", card, "--json", "--dir", tmp_path / party).json()
        added = cli("peer", "add", card, "--fingerprint", said["fingerprint"], "--dir", tmp_path / other)
        assert added.status == 0, added.err
    cli("message", "SOU", "Is the bridge yours?", "--dir", tmp_path / "NOR")
    return tmp_path / "NOR", tmp_path / "SOU"


def test_a_bundle_is_a_folder_or_a_zip_by_its_name(cli, paired, tmp_path):
    north, south = paired
    for name in ("stick", "stick.zip"):
        assert cli("export", "--to", "SOU", "--out", tmp_path / name, "--dir", north).status == 0
        done = cli("import", tmp_path / name, "--dir", south, "--json")
        assert done.status == 0, done.err
    assert (tmp_path / "stick").is_dir()
    assert (tmp_path / "stick.zip").is_file()
    assert done.json()["logs"][0]["outcome"] == "nothing new"


def test_the_receipt_goes_beside_the_bundle_or_where_it_is_told(cli, paired, tmp_path):
    north, south = paired
    cli("export", "--to", "SOU", "--out", tmp_path / "stick", "--dir", north)
    cli("import", tmp_path / "stick", "--dir", south)
    beside = tmp_path / "receipt-for-nor-from-SOU.json"
    assert json.loads(beside.read_bytes())["node"] == "sou"
    cli("import", tmp_path / "stick", "--receipt", tmp_path / "mine.json", "--dir", south)
    assert (tmp_path / "mine.json").read_bytes() == beside.read_bytes()
    unwritable = cli("import", tmp_path / "stick", "--receipt", tmp_path / "no" / "x.json", "--dir", south)
    assert unwritable.status == 1
    assert "held all the same" in unwritable.err


@pytest.mark.parametrize("name", ["README.txt", "keepclear_verify.py", ""])
def test_a_file_beside_the_record_that_was_changed_is_said_and_twin_an_unchanged_one_is_not(
    cli, paired, tmp_path, name
):
    north, south = paired
    stick = tmp_path / "stick"
    cli("export", "--to", "SOU", "--out", stick, "--dir", north)
    if name:
        raw = bytearray((stick / name).read_bytes())
        raw[100] ^= 1
        (stick / name).write_bytes(raw)
    done = cli("import", stick, "--dir", south)
    assert done.status == 0, done.err
    warned = " ".join(done.err.split())
    assert ("Do not run or trust it" in warned) == bool(name)
    assert name in warned


def test_a_receipt_is_for_one_node_alone(cli, paired, tmp_path):
    north, south = paired
    cli("export", "--to", "SOU", "--out", tmp_path / "stick", "--dir", north)
    cli("import", tmp_path / "stick", "--receipt", tmp_path / "r.json", "--dir", south)
    wrong = cli("import", tmp_path / "r.json", "--dir", south)
    assert wrong.status == 1
    assert "receipt-author" in wrong.err
    assert cli("import", tmp_path / "r.json", "--dir", north).status == 0


@pytest.mark.parametrize(
    ("words", "rule"),
    [
        (["export", "--dir"], "export-one"),
        (["export", "a.zip", "--out", "b", "--dir"], "export-one"),
        (["export", "a.zip", "--to", "SOU", "--reader", "SOU", "--dir"], "export-one"),
        (["export", "a.zip", "--to", "TUR", "--dir"], "peer"),
        (["import", "nowhere", "--dir"], "no-such-file"),
        (["proof", "NOR.nothing", "--dir"], "held"),
        (["proof", "--text", "--dir"], "proof-of"),
    ],
)
def test_what_cannot_be_carried_says_what_would_pass(cli, paired, tmp_path, monkeypatch, words, rule):
    monkeypatch.chdir(tmp_path)
    done = cli(*words, paired[0])
    assert done.status == 1
    assert f"[rule {rule}]" in done.err
    assert "Accepted: " in done.err


def test_bytes_that_are_no_bundle_are_refused(cli, paired, tmp_path):
    (tmp_path / "x.zip").write_bytes(b"PK\x03\x04 and no more")
    (tmp_path / "x.json").write_bytes(b"{}")
    (tmp_path / "empty").mkdir()
    for name in ("x.zip", "x.json", "empty"):
        done = cli("import", tmp_path / name, "--dir", paired[1])
        assert done.status == 1, name
        assert "[rule " in done.err


def test_a_node_that_told_nothing_has_nothing_to_carry(cli, paired, tmp_path):
    done = cli("export", "--to", "NOR", "--out", tmp_path / "stick", "--dir", paired[1])
    assert done.status == 1
    assert "[rule log]" in done.err
    assert not (tmp_path / "stick").exists()


@pytest.mark.parametrize("outcome", ["taken", "stopped: two histories"])
def test_after_two_histories_the_receipt_is_not_to_be_carried_back_before_a_call(tmp_path, capsys, outcome):
    row = {"author": "COA", "reader": "RUS", "before": 3, "size": 3, "outcome": outcome}
    answer = {"peer": "alpha", "logs": [row], "receipt": "{}"}
    here = Desk(PartyId("RUS"), "token", lambda *_, **__: httpx.Response(200, json=answer))
    status = _bundle(here, tmp_path / "stick.zip", b"PK", tmp_path / "receipt.json", [], json=False)
    shown = " ".join(capsys.readouterr().out.split())
    stopped = outcome != "taken"
    assert status == (2 if stopped else 0)
    assert ("Carry back" in shown, "Call them first." in shown) == (not stopped, stopped)
