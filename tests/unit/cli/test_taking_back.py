"""A node brought back from a backup: what the commands say, and how its words come back by a stick."""

from __future__ import annotations

import json

import pytest
from tests.unit.cli.test_peering import said

from keepclear.service.exchange.behind import OWN_LOGS


@pytest.fixture
def two(cli, tmp_path):
    """Two nodes that have pinned each other; alpha has told bravo two things after its backup."""
    folders = {"alpha": tmp_path / "alpha", "bravo": tmp_path / "bravo"}
    for (name, folder), (own, other) in zip(folders.items(), (("COA", "RUS"), ("RUS", "COA")), strict=True):
        assert cli("init", folder, "--party", own, "--name", name).status == 0
        assert (
            cli("peer", "card", "--for", other, "--out", tmp_path / f"{name}.json", "--dir", folder).status
            == 0
        )
        assert cli("party", other, other, "--dir", folder).status == 0
    for name, other in (("alpha", "bravo"), ("bravo", "alpha")):
        card = tmp_path / f"{other}.json"
        done = cli("peer", "add", card, "--fingerprint", said(card), "--dir", folders[name])
        assert done.status == 0, done.err
    return folders


def told(cli, folder, words, tmp_path) -> None:
    body = {"body": {"kind": "remark", "text": words}, "readers": ["RUS"]}
    (tmp_path / "act.json").write_text(json.dumps(body))
    done = cli("state", tmp_path / "act.json", "--dir", folder)
    assert done.status == 0, done.err


def carried(cli, two, tmp_path, name) -> None:
    stick = tmp_path / f"{name}.zip"
    done = cli("export", stick, "--to", "RUS", "--dir", two["alpha"])
    assert done.status == 0, done.err
    done = cli("import", stick, "--dir", two["bravo"], "--receipt", tmp_path / f"{name}.receipt")
    assert done.status == 0, done.err


def test_a_node_that_was_brought_back_takes_its_words_from_its_readers_stick(cli, two, tmp_path):
    told(cli, two["alpha"], "one", tmp_path)
    assert cli("backup", tmp_path / "backup", "--dir", two["alpha"]).status == 0
    told(cli, two["alpha"], "two", tmp_path)
    told(cli, two["alpha"], "three", tmp_path)
    carried(cli, two, tmp_path, "first")
    again = tmp_path / "again"
    done = cli("restore", tmp_path / "backup", again)
    assert (done.status, "keepclear peer take-back NAME" in done.err) == (0, True)
    assert (again / OWN_LOGS).exists()
    done = cli("state", tmp_path / "act.json", "--dir", again)
    assert (done.status, "reader-unheard" in done.err) == (1, True)
    assert "take-back bravo --nothing-more" in " ".join(done.err.split())
    assert "not heard of since" in " ".join(cli("peer", "list", "--dir", again).out.split())

    stick = tmp_path / "back.zip"
    assert cli("export", stick, "--with", "COA", "--dir", two["bravo"]).status == 0
    done = cli("peer", "take-back", "bravo", "--from", stick, "--dir", again)
    assert done.status == 0, done.err
    assert "COA to RUS: 2 entries taken back" in done.out
    told(cli, again, "four", tmp_path)
    two["alpha"] = again
    carried(cli, two, tmp_path, "second")  # bravo takes what goes on, and has one history
    assert cli("peer", "evidence", "--dir", two["bravo"]).status == 0
    again_done = cli("peer", "take-back", "bravo", "--from", stick, "--dir", again)
    assert (again_done.status, "holds no more" in again_done.out) == (0, True)


def test_twin_a_backup_that_misses_nothing_goes_on_by_the_readers_word(cli, two, tmp_path):
    told(cli, two["alpha"], "one", tmp_path)
    assert cli("backup", tmp_path / "backup", "--dir", two["alpha"]).status == 0
    again = tmp_path / "again"
    assert cli("restore", tmp_path / "backup", again).status == 0
    done = cli("peer", "take-back", "bravo", "--dir", again)
    assert (done.status, "no address" in done.err) == (1, True)
    done = cli("peer", "take-back", "bravo", "--nothing-more", "--dir", again)
    assert (done.status, "by their word" in done.out) == (0, True)
    told(cli, again, "two", tmp_path)


def test_ones_own_bundle_is_called_so_and_its_readers_takes_it(cli, two, tmp_path):
    told(cli, two["alpha"], "one", tmp_path)
    carried(cli, two, tmp_path, "first")
    done = cli("import", tmp_path / "first.zip", "--dir", two["alpha"])
    assert (done.status, "your own bundle" in done.err) == (1, True), done.err
    assert "rule own-bundle" in " ".join(done.err.split())
