"""`keepclear verify` needs no node, and a changed byte ends with two."""

from __future__ import annotations

from zipfile import ZipFile

import pytest


@pytest.fixture
def exported(cli, read_node, tmp_path):
    path = tmp_path / "export.zip"
    assert cli("export", path, "--reader", "SOU", "--as", "NOR", "--dir", read_node).status == 0
    return path


def test_an_export_verifies_with_its_grade(cli, exported):
    done = cli("verify", exported)
    assert done.status == 0
    assert done.out.splitlines()[-1] == "grade: 1 self-consistent only"
    found = cli("verify", exported, "--json").json()
    assert found["verified"] is True
    assert found["grade"] == 1


def test_a_changed_byte_is_refused_and_the_entry_named(cli, exported, tmp_path):
    folder = tmp_path / "changed"
    with ZipFile(exported) as packed:
        packed.extractall(folder)
    entries = max(folder.rglob("tile/entries/*/*"), default=None) or max(folder.rglob("tile/entries/*"))
    body = bytearray(entries.read_bytes())
    body[len(body) // 2] ^= 1
    entries.write_bytes(body)
    done = cli("verify", folder)
    assert done.status == 2
    assert "entry" in done.out


def test_what_is_no_export_ends_with_one(cli, tmp_path):
    done = cli("verify", tmp_path / "nothing")
    assert (done.status, done.out) == (1, "")
    assert done.err.startswith("Error: ")
    assert "no such file" in done.err
