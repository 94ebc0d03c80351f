"""Message templates from a terminal: listed, filled, sent, let into use under a name."""

from __future__ import annotations

from pathlib import Path

from tests.unit.cli.conftest import Cli


def test_a_template_is_read_out_and_sent_in_two_languages(cli: Cli, node: Path) -> None:
    rows = cli("templates", "--as", "NOR", "--dir", node, "--json").json()["templates"]
    bare = next(row for row in rows if not row["wordings"][0]["needs"])
    shown = cli("templates", "--as", "NOR", "--dir", node)
    assert bare["name"] in shown.out
    assert "not reviewed by a native speaker" in shown.out
    read_out = cli("template", bare["name"], "SOU", "--lang", "ru", "--as", "NOR", "--dir", node)
    assert read_out.status == 0, read_out.err
    assert "Not sent." in read_out.out
    before = cli("show", "messages", "--as", "SOU", "--dir", node, "--json").json()["items"]
    sent = cli("template", bare["name"], "SOU", "--lang", "ru", "--send", "--as", "NOR", "--dir", node)
    assert (sent.status, "Sent to SOU" in sent.out) == (0, True), sent.err
    there = cli("show", "messages", "--as", "SOU", "--dir", node, "--json").json()["items"]
    assert len(there) == len(before) + 1
    assert [text.get("lang", "en") for text in there[-1]["texts"]] == ["en", "ru"]


def test_words_are_let_into_use_under_a_name(cli: Cli, node: Path) -> None:
    name = cli("templates", "--as", "NOR", "--dir", node, "--json").json()["templates"][0]["name"]
    done = cli("approve-template", name, "ru", "Anna Example", "--as", "NOR", "--dir", node)
    assert (done.status, "Let into use by Anna Example" in done.out) == (0, True), done.err
    words = cli("templates", "--as", "NOR", "--dir", node, "--json").json()["templates"][0]["wordings"]
    assert [word["lang"] for word in words if word["let_in"]] == ["ru"]
    for wrong in (["no-such", "ru"], [name, "xx"]):
        refused = cli("approve-template", *wrong, "Anna", "--as", "NOR", "--dir", node)
        assert (refused.status, "one of:" in refused.err) == (1, True)
