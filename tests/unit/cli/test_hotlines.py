"""Hotlines, groups and approvals from a terminal."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.unit.cli.conftest import Cli

from keepclear.cli.main import main

ENDS = [{"party": "NOR", "role": "night desk"}, {"party": "SOU", "role": "duty officer"}]
CHANNEL = {"kind": "channel", "name": "Ground hotline", "domain": "ground", "level": "desk", "ends": ENDS,
           "opening": {"zone": "Asia/Damascus", "spans": [{"opens": "00:00", "closes": "00:00"}]},
           "checks": {"zone": "Asia/Damascus"}}  # fmt: skip


@pytest.fixture
def here(cli: Cli, node: Path, tmp_path: Path):
    """Runs a command at a desk of a node with one hotline."""

    def run(party: str, *words: object):
        return cli(*words, "--as", party, "--dir", node)

    path = tmp_path / "channel.json"
    path.write_text(json.dumps({"body": CHANNEL, "readers": ["SOU"]}), encoding="utf-8")
    assert run("NOR", "state", path).status == 0
    return run


def test_a_hotline_is_read_out_and_a_check_changes_what_was_observed(here) -> None:
    before = here("SOU", "hotlines")
    assert before.status == 0
    assert "declared open; observed unknown" in before.out
    assert "last contact: never" in before.out
    assert "hours: open, around the clock" in before.out
    assert "Hours by time zone database 20" in before.out
    assert "observed unknown" in here("SOU", "check-hotline", "Ground hotline", "ok", "--echo").out
    after = here("SOU", "check-hotline", "Ground hotline", "ok")
    assert "observed up" in after.out
    assert "last contact: under a minute ago; last echo: ok" in after.out


def test_lists_that_hold_nothing_say_so(here) -> None:
    assert "No ultimatum is known here." in here("NOR", "ultimatums").out
    assert "No role has been stated as on call." in here("NOR", "on-call").out
    assert "No group hotline is known here." in here("NOR", "groups").out
    assert "No draft was submitted here." in here("NOR", "approvals").out
    assert here("NOR", "monitoring").status == 0


def test_a_second_person_approves_from_the_terminal(here) -> None:
    assert here("NOR", "approval-policy", "routine").status == 0
    refused = here(
        "NOR", "message", "SOU", "Who moves there?", "--purpose", "query", "--precedence", "routine"
    )
    assert (refused.status, "second-person" in refused.err) == (1, True)
    sent = here("NOR", "submit-draft", "SOU", "Who moves there?", "--purpose", "query", "--title", "query")
    assert "Waits for a second person" in sent.out
    assert "query: waits for a second person, by duty officer" in here("NOR", "approvals").out
    assert "Told, on a second person's word." in here("NOR", "approve", "top").out
    assert "query: approved" in here("NOR", "approvals").out
    assert "Who moves there?" in here("SOU", "show", "messages").out


def test_a_draft_is_returned_with_a_reason(here) -> None:
    here("NOR", "submit-draft", "SOU", "Who moves there?")
    assert "Returned to its writer." in here("NOR", "approve", "top", "--return", "say where").out
    assert "returned, by duty officer" in here("NOR", "approvals").out
    assert "say where" in here("NOR", "approvals").out


def test_a_group_hotline_from_proposal_to_acknowledgement(cli: Cli, tmp_path: Path) -> None:
    node = tmp_path / "three"
    parties = ("NOR", "SOU", "AID")
    assert main(["init", str(node), *(word for party in parties for word in ("--party", party))]) == 0

    def run(party: str, *words: str):
        done = cli(*words, "--as", party, "--dir", node)
        assert done.status == 0, done.err
        return done.out

    for party in parties:
        run("NOR", "party", party, f"{party} command", "--tell", "public")
    run("NOR", "group-propose", "Three desks", *parties)
    assert "Three desks: proposed" in run("AID", "groups")
    for party in ("SOU", "AID"):
        run(party, "group", "agree", "Three desks")
    run("NOR", "group", "say", "Three desks", "Convoy halts at the bridge")
    run("SOU", "group", "answer", "Three desks", "none of ours", "--answer", "not ours")
    run("SOU", "group", "acknowledge", "Three desks")
    read = run("AID", "groups")
    assert "Three desks: in use" in read
    assert "not ours: none of ours" in read
    assert "acknowledged by SOU command, duty officer" in read
    assert "waits for: AID" in read


def an_ultimatum_is_shown_with_its_units_and_with_nobody_elses_ladder(here) -> None:
    given = ("warn", "SOU", "Hold back.", "--if", "another approach", "--then", "we call")
    assert here("NOR", *given, "--within-min", "60").status == 0
    theirs, ours = here("SOU", "ultimatums").out, here("NOR", "ultimatums").out
    assert "left of 01:00 (hours:minutes)" in theirs
    assert "opened" in theirs
    assert "opened" not in ours
    assert "given by this desk: no ladder of its own runs on it" in ours


def test_an_ultimatum_is_shown_with_its_units_and_with_nobody_elses_ladder(here) -> None:
    an_ultimatum_is_shown_with_its_units_and_with_nobody_elses_ladder(here)


def test_twin_the_ladder_at_who_received_it_is_shown(here) -> None:
    with pytest.raises(AssertionError):
        an_ultimatum_is_shown_with_its_units_and_with_nobody_elses_ladder(
            lambda party, *words: here("SOU" if words == ("ultimatums",) else party, *words)
        )
