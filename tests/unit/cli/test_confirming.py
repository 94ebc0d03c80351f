"""Confirming and settling a read-back from a terminal."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.unit.cli.conftest import Cli


@pytest.fixture
def told(cli: Cli, node: Path) -> str:
    made = cli(
        "message", "SOU", "Stop: our people are there.", "--precedence", "flash", "--part", "bank=east",
        "--part", "vehicles=20 vehicles", "--as", "NOR", "--dir", node, "--json",
    )  # fmt: skip
    assert made.status == 0, made.err
    for words in (["call", "SOU"], ["in-call", "answered"], ["in-call", "passed"]):
        assert cli(*words, "--as", "NOR", "--dir", node).status == 0
    return made.json()["statement"]


def heard(cli: Cli, node: Path, *fields: str) -> None:
    words = [word for field in fields for word in ("--heard", field)]
    assert cli("in-call", "read-back", *words, "--as", "NOR", "--dir", node).status == 0


def test_a_read_back_is_confirmed_only_when_nothing_is_open(cli: Cli, node: Path, told: str) -> None:
    heard(cli, node, "bank=west", "vehicles=20 vehicles")
    shown = cli("read-backs", "--as", "NOR", "--dir", node)
    assert "Southern command read back:" in shown.out
    assert "OPEN: bank" in shown.out
    refused = cli("confirm", "--as", "NOR", "--dir", node)
    assert refused.status == 1
    assert "bank" in refused.err
    heard(cli, node, "bank=east")
    done = cli("confirm", "--as", "NOR", "--dir", node)
    assert (done.status, "Read-back confirmed: Southern command" in done.out) == (0, True), done.err


def test_a_field_is_settled_by_a_persons_word(cli: Cli, node: Path, told: str) -> None:
    heard(cli, node, "bank=west", "vehicles=20 vehicles")
    unknown = cli("settle", "ban", "sure", "--as", "NOR", "--dir", node)
    assert (unknown.status, "one of: bank" in unknown.err) == (1, True), unknown.err
    done = cli("settle", "bank", "he pointed at the east bank on the sheet", "--as", "NOR", "--dir", node)
    assert (done.status, "Settled by your word: bank" in done.out) == (0, True), done.err
    assert cli("confirm", told, "--reader", "SOU", "--as", "NOR", "--dir", node).status == 0
    assert cli("confirm", told, "--reader", "ONE", "--as", "NOR", "--dir", node).status == 1


def test_what_was_not_read_back_is_counted_and_nothing_is_called_the_same(
    cli: Cli, node: Path, told: str
) -> None:
    shown = cli("read-backs", "--as", "NOR", "--dir", node)
    assert "2 not read back" in shown.out, shown.out
    assert "Nothing differs" not in shown.out
    heard(cli, node, "bank=west")
    assert "OPEN: bank; 1 not read back" in cli("read-backs", "--as", "NOR", "--dir", node).out
    heard(cli, node, "bank=east", "vehicles=20 vehicles")
    assert "Nothing differs." in cli("read-backs", "--as", "NOR", "--dir", node).out
