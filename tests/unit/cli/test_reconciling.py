"""`keepclear reconcile` on real exports: 0 nothing differs, 2 differences, 1 a file that does not hold."""

from __future__ import annotations

from zipfile import ZipFile

import pytest


@pytest.fixture
def exchanged(cli, node, tmp_path):
    """Both sides' exports, and the southern one as it was a message earlier."""
    at = ("--dir", node)
    for name, party in (("nor", "NOR"), ("early", "SOU")):
        assert cli("acknowledge", "latest", "--as", "SOU", *at).status == 0
        assert cli("export", tmp_path / name, "--as", party, *at).status == 0
    assert cli("message", "SOU", "Aid convoy has passed", "--as", "NOR", *at).status == 0
    for name, party in (("nor-late", "NOR"), ("sou-late", "SOU")):
        assert cli("export", tmp_path / name, "--as", party, *at).status == 0
    return {path.stem: path for path in tmp_path.glob("*.zip")} | {"node": node}


def test_two_sides_of_one_exchange_do_not_differ(cli, exchanged):
    done = cli("reconcile", exchanged["nor-late"], exchanged["sou-late"])
    assert done.status == 0
    assert "Our record verifies at grade 1, self-consistent only." in done.out
    assert "Nothing differs in what was compared." in done.out
    assert "does not say who is right" in done.out


def test_the_twin_an_earlier_export_is_not_yet_exchanged(cli, exchanged):
    done = cli("reconcile", exchanged["nor-late"], exchanged["early"])
    assert done.status == 2
    assert "not yet exchanged" in done.out
    assert "Aid convoy has passed" in done.out
    assert "SPLIT" not in done.out


def test_the_live_node_stands_for_our_side(cli, exchanged):
    done = cli("reconcile", exchanged["node"], exchanged["sou-late"], "--as", "NOR", "--json")
    assert done.status == 0
    shown = done.json()
    assert shown["grades"]["their record"]["grade"] == 1
    assert shown["found"]["findings"] == []


def test_the_period_narrows_what_is_stated(cli, exchanged):
    words = ("reconcile", exchanged["nor-late"], exchanged["early"])
    assert cli(*words, "--to", "2020-01-01T00:00:00Z").status == 0
    assert cli(*words, "--from", "2020-01-01T00:00:00Z").status == 2


def test_a_changed_byte_ends_with_one_and_is_not_compared(cli, exchanged, tmp_path):
    folder = tmp_path / "changed"
    with ZipFile(exchanged["sou-late"]) as packed:
        packed.extractall(folder)
    entries = max(folder.rglob("tile/entries/*/*"), default=None) or max(folder.rglob("tile/entries/*"))
    body = bytearray(entries.read_bytes())
    body[len(body) // 2] ^= 1
    entries.write_bytes(body)
    done = cli("reconcile", exchanged["nor-late"], folder)
    assert (done.status, done.out) == (1, "")
    assert "their record" in done.err
    assert "entry" in done.err


def test_what_is_not_there_ends_with_one(cli, exchanged, tmp_path):
    done = cli("reconcile", exchanged["nor"], tmp_path / "nothing")
    assert (done.status, done.out) == (1, "")
    assert "no such file" in done.err


def test_one_command_compares_and_states_the_result_in_the_own_log(cli, exchanged):
    where = ("--as", "NOR", "--dir", exchanged["node"])
    sides = (exchanged["nor-late"], exchanged["early"])
    assert cli("reconcile", *sides, "--state", *where).status == 1, "who compared is asked for"
    done = cli("reconcile", *sides, "--state", "--by", "Captain Ray", *where)
    assert done.status == 2
    assert "compared with SOU, differences" in done.err
    held = cli("held", *where, "--json").json()["items"]
    assert [item["kind"] for item in held].count("reconciled") == 1
    theirs = cli("held", "--as", "SOU", "--dir", exchanged["node"], "--json").json()["items"]
    assert "reconciled" not in {item["kind"] for item in theirs}
