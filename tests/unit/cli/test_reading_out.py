"""A node reads out its own keys: the digits that the verifier of an export prints, under the same names."""

from __future__ import annotations

import re

from tests.unit.cli.test_taking_back import carried, told, two

__all__ = ["two"]
_DIGITS = r"\d{5}(?: \d{5}){5}"


def test_a_stranger_compares_every_key_that_the_verifier_prints_with_what_the_two_sides_read_out(
    cli, two, tmp_path
):
    told(cli, two["alpha"], "one", tmp_path)
    carried(cli, two, tmp_path, "first")
    receipt = tmp_path / "first.receipt"
    found = receipt if receipt.is_file() else next(tmp_path.glob("*receipt*"))
    assert cli("import", found, "--dir", two["alpha"]).status == 0
    out = tmp_path / "inquiry.zip"
    assert cli("export", out, "--reader", "RUS", "--dir", two["alpha"]).status == 0
    printed = cli("verify", out).out
    digits = set(re.findall(_DIGITS, printed))
    assert len(digits) >= 3, "the log's key, its author's mirror and its reader's"
    alpha, bravo = (cli("peer", "keys", "--dir", two[name]) for name in ("alpha", "bravo"))
    assert (alpha.status, bravo.status) == (0, 0)
    assert digits <= set(re.findall(_DIGITS, alpha.out)) | set(re.findall(_DIGITS, bravo.out))
    rows = {
        item["name"]: item for item in cli("peer", "keys", "--json", "--dir", two["bravo"]).json()["items"]
    }
    assert f"reader/RUS fingerprint {rows['reader/RUS']['fingerprint']}" in " ".join(printed.split())
    # As it would go on: what was read out raises the grade.
    done = cli("verify", out, "--pin", f"reader/RUS={rows['reader/RUS']['key']}")
    assert "grade: 2 cosigned by the reader" in done.out


def test_a_host_reads_out_its_own_key_as_a_hosts(cli, node):
    shown = cli("peer", "keys", "--for", "TUR", "--dir", node).out
    assert "host/" in shown
    assert "reader/" not in shown
    assert "log NOR -> TUR" in shown
    assert "log SOU -> everybody" in shown


def test_twin_another_nodes_keys_are_not_read_out(cli, two):
    alpha, bravo = (cli("peer", "keys", "--dir", two[name]).out for name in ("alpha", "bravo"))
    assert not set(re.findall(_DIGITS, alpha)) & set(re.findall(_DIGITS, bravo))
