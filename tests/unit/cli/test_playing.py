"""Playing a scenario: each act with its speaker, each check with its verdict, the exit status for scripts."""

from __future__ import annotations

from pathlib import Path

import pytest

from keepclear.cli import playing_apart, playing_flights

STORY = Path(__file__).parents[3] / "scenarios" / "at_tanf_2017"


def test_a_replay_prints_each_check_and_ends_with_zero_when_all_due_pass(cli):
    done = cli("replay", STORY)
    assert done.status == 0
    assert "Reconstruction from press accounts" in done.out
    assert "    pass  SCN-1.1" in done.out
    assert done.out.rstrip().endswith("0 fail, 0 not yet")


def test_the_checks_alone_can_be_asked_for(cli):
    assert len(cli("replay", STORY, "--quiet").out) < len(cli("replay", STORY).out) / 2


def test_a_replay_as_json_parses(cli):
    found = cli("replay", STORY, "--json").json()
    assert found["scenario"] == "at_tanf_2017"
    assert {check["verdict"] for check in found["checks"]} <= {"pass", "not yet"}


def test_a_replay_as_one_party_shows_what_it_was_told(cli):
    shown = cli("replay", STORY, "--as", "SYR").out
    assert "COA → RUS" not in shown
    assert "PRESS → public" in shown


def test_a_replay_can_stop_at_a_time(cli):
    whole = cli("replay", STORY).out
    part = cli("replay", STORY, "--until", "2017-05-18T12:00:00Z")
    assert part.status == 0
    assert len(part.out) < len(whole)


def test_an_unknown_scenario_names_those_there_are(cli):
    done = cli("replay", "nowhere")
    assert (done.status, done.out) == (1, "")
    assert "at_tanf_2017" in done.err


def test_the_demo_listens_on_this_machine_only(cli):
    done = cli("demo", "--host", "192.0.2.1")
    assert (done.status, done.out) == (1, "")
    assert "loopback-only" in done.err


@pytest.mark.long
def test_the_demo_in_the_terminal_ends_with_zero_only_if_all_due_checks_pass(cli, tmp_path):
    done = cli("demo", "--once", "--one-node", "--recordings", tmp_path)
    assert done.status == 0
    *_, judged, flights = done.out.splitlines()
    assert judged == "syria_accounts: 38 pass, 0 fail, 0 not yet"
    assert flights.startswith("NOT RUN: the recorded flights of fire_airspace")


@pytest.mark.long
def test_the_flights_end_counts_too(cli, monkeypatch, tmp_path):
    monkeypatch.setattr(playing_flights, "once", lambda folder: 2)
    assert cli("demo", "--once", "--one-node", "--recordings", tmp_path).status == 2


def test_flights_that_would_stand_still_are_refused(cli):
    done = cli("demo", "--speed", "0", "--no-browser")
    assert (done.status, done.out) == (1, "")
    assert "a number above 0" in done.err


@pytest.mark.long
def test_the_demo_in_the_terminal_goes_on_with_two_nodes_and_the_worse_end_counts(cli, monkeypatch, tmp_path):
    """The trial itself is a story of its own; here, that it follows the account and its end is not lost."""
    played = []
    monkeypatch.setattr(playing_apart, "once", lambda home, held: played.append((home.name, held)) or 2)
    done = cli("demo", "--once", "--recordings", tmp_path)
    assert done.status == 2
    assert [(name, held.script.scenario) for name, held in played] == [("syria_accounts", "syria_accounts")]
