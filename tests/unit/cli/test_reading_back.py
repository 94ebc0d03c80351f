"""A party with a node reads back what reached it by its own word; its author compares and confirms."""

from __future__ import annotations

from pathlib import Path

from tests.unit.cli.conftest import Cli


def test_what_reached_a_desk_is_read_back_by_its_own_word_and_confirmed(cli: Cli, node: Path) -> None:
    sent = cli("message", "SOU", "Stop", "--part", "bank=east", "--as", "NOR", "--dir", node, "--json")
    wrong = cli("read-back", "--heard", "bank=west", "--as", "SOU", "--dir", node)
    assert "bank: differs; said “east”; heard “west”" in wrong.out, wrong.err
    done = cli("read-back", "latest", "--heard", "bank=east bank", "--as", "SOU", "--dir", node)
    assert done.status == 0, done.err
    assert "bank: same" in done.out
    assert "Read back to Northern command, who compares it and confirms." in done.out
    assert cli("confirm", "--as", "NOR", "--dir", node).status == 0
    held = cli("show", "messages", "--as", "NOR", "--dir", node, "--json").json()["items"][-1]
    assert held["statement"] == sent.json()["statement"]
    assert {read["said"]["author"] for read in held["read_backs"]} == {"SOU"}


def test_a_desk_that_received_and_asks_for_the_telephones_command_is_shown_its_own(
    cli: Cli, node: Path
) -> None:
    """Twin: at a desk that sent nothing, the command of the telephone alone is no way."""
    here = ("--as", "SOU", "--dir", node)
    for words in (["in-call", "read-back", "--heard", "bank=east"], ["read-backs"]):
        run = cli(*words, *here)
        assert (run.status, "keepclear read-back" in run.err) == (1, True)
    nothing = cli("read-back", *here)
    assert (nothing.status, "--heard field=words" in nothing.err) == (1, True)
