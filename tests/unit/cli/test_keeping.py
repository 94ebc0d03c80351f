"""Backup and restore by command: what they hold is said, and what a restore may mean."""

from __future__ import annotations

import stat


def test_a_backup_says_what_it_holds_and_comes_back(cli, node, tmp_path):
    cli("user", "add", "Anna Berg", "--party", "NOR", "--role", "observer", "--dir", node)
    done = cli("backup", tmp_path / "b", "--dir", node)
    assert done.status == 0
    assert stat.S_IMODE((tmp_path / "b").stat().st_mode) == 0o600
    assert "1 person, no tokens, 3 logs:" in done.out
    assert "NOR → SOU: size" in done.out
    assert "It holds the keys of NOR, SOU" in done.err
    back = cli("restore", tmp_path / "b", tmp_path / "again")
    assert back.status == 0
    assert back.out == done.out
    assert "keepclear peer take-back NAME" in back.err
    assert "Tokens revoked and persons erased since" in back.err
    shown = cli("show", "messages", "--as", "SOU", "--dir", tmp_path / "again")
    assert shown.out == cli("show", "messages", "--as", "SOU", "--dir", node).out
    assert cli("doctor", "--dir", tmp_path / "again").status == 0


def test_restoring_over_a_node_is_refused(cli, node, tmp_path):
    cli("backup", tmp_path / "b", "--dir", node)
    done = cli("restore", tmp_path / "b", node)
    assert (done.status, "not empty" in done.err) == (1, True)


def test_sizes_and_roots_come_as_json_too(cli, node, tmp_path):
    made = cli("backup", tmp_path / "b", "--dir", node, "--json").json()
    back = cli("restore", tmp_path / "b", tmp_path / "again", "--json").json()
    assert made == back
    assert {(log["author"], log["reader"]) for log in made["logs"]} >= {("NOR", "SOU"), ("SOU", "SOU")}
    assert all(len(log["root"]) == 44 for log in made["logs"])
