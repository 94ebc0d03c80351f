"""`keepclear verify` needs no node, and a changed byte ends with two."""

from __future__ import annotations

from zipfile import ZipFile

import pytest
from tests.unit.cli.test_taking_back import told, two

from keepclear.links.tlog import keepclear_verify

__all__ = ["two"]


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


def test_a_proof_comes_back_from_what_a_scanner_gives_and_a_picture_says_how(cli, two, tmp_path):
    told(cli, two["alpha"], "one", tmp_path)
    at = ["--dir", two["alpha"]]
    items = cli("told", "RUS", "--json", *at).json()["items"]
    one = next(row["statement"] for row in items if row["kind"] == "remark")
    names = ("one.proof", "one.json", "one.png", "keys")
    proof, words, picture, keys = (tmp_path / name for name in names)
    made = cli(
        "proof", one, "--reader", "RUS", "--out", proof, "--statement", words, "--qr", picture, *at
    )  # fmt: skip
    assert made.status == 0, made.err
    assert cli("peer", "policy", "--for", "RUS", "--out", keys, *at).status == 0
    confirmed = ["--policy", keys, "--statement", words]

    # Scanned and kept on a telephone: rows end as on another system, the last end is lost.
    scanned = tmp_path / "scanned.proof"
    scanned.write_bytes(proof.read_bytes().rstrip(b"\n").replace(b"\n", b"\r\n"))
    done = cli("check-proof", scanned, *confirmed)
    assert (done.status, "grade: 1" in done.out) == (0, True), done.err
    done = cli("check-proof", picture, *confirmed)
    assert (done.status, "rule proof-scanned" in done.err) == (1, True)
    assert "the text that a scanner" in " ".join(done.err.split())

    scanned.write_bytes(proof.read_bytes().replace(b"index 2", b"index 1"))
    assert cli("check-proof", scanned, *confirmed).status == 2, "another place is still another place"


def test_radio_rows_in_a_file_are_read_by_the_one_file_and_a_misheard_row_is_no_refusal(
    cli, two, tmp_path, capsys
):
    told(cli, two["alpha"], "one", tmp_path)
    at = ["--dir", two["alpha"]]
    items = cli("told", "RUS", "--json", *at).json()["items"]
    one = next(row for row in items if row["kind"] == "remark")
    rows, words, keys = (tmp_path / name for name in ("rows.txt", "one.json", "keys"))
    # By its subject too: what is proved is its last text.
    made = cli("proof", one["subject"], "--text", "--out", rows, "--statement", words, *at)
    assert (made.status, one["statement"] in made.err) == (0, True), made.err
    assert one["statement"] in words.read_text()
    assert cli("peer", "policy", "--for", "RUS", "--out", keys, *at).status == 0

    def checked(*more) -> tuple[int, str, str]:
        status = keepclear_verify.main([str(rows), "--policy", str(keys), *map(str, more)])
        return (status, *capsys.readouterr())

    whole = rows.read_text()
    rows.write_text(whole.lower().replace("end ", "END "))
    status, out, err = checked("--statement", words)
    assert (status, "grade: 1" in out) == (0, True), out + err
    status, out, err = checked()
    assert (status, "REFUSED" in out, "--statement FILE" in err) == (1, False, True)
    # Twin: one letter of row 2 misheard.
    second = whole.splitlines()[2]
    rows.write_text(whole.replace(second, second[:3] + ("B" if second[3] == "A" else "A") + second[4:]))
    status, out, err = checked("--statement", words)
    assert (status, "REFUSED" in out) == (1, False)
    assert "radio rows of which 2 are missing or misheard" in err


def test_twin_an_id_that_is_nobodys_is_not_proved(cli, two, tmp_path):
    told(cli, two["alpha"], "one", tmp_path)
    done = cli("proof", "COA.aaaaaaaaaaaaaaaaaaaaaaaa", "--dir", two["alpha"])
    assert (done.status, "rule held" in done.err) == (1, True)
