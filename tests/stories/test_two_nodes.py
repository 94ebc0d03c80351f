"""Two sides at nodes of their own: a story between them, the link cut and healed, nothing lost."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from tests.staging import story

from keepclear.cli.playing_apart import once, tried
from keepclear.service.apart_trial import Finding, Trial
from keepclear.service.backup import back_up, restore
from keepclear.service.replay import SEED, replay, scenario_folder
from keepclear.times import utc

BEGINNING = utc("2017-05-20T00:00:00Z")
"""Enough for parties, a hotline and words between the sides."""


@pytest.mark.long
def test_the_story_on_nodes_of_their_own_with_the_link_cut_and_healed(capsys):
    """The status is 0 only if every check and comparison passes; it says what each of them is."""
    status = once(scenario_folder("syria_accounts"), replay(story("syria_accounts")))
    shown = capsys.readouterr().out
    assert status == 0, shown
    assert " 0 fail" in shown.splitlines()[-1]
    assert "FAIL" not in shown
    for what in (
        "RUS holds each message of COA once and in order",
        "what COA told RUS verifies as cosigned by the reader",
        "COA picture as on one node",
    ):
        assert f"    pass  {what}" in shown.splitlines()


@pytest.mark.long
def test_twin_a_view_that_is_not_the_storys_ends_it_with_a_failure_that_is_shown(capsys):
    """Held against a story that ended earlier, the desks are not as on one node, and the output says so."""
    shorter = replay(story("syria_accounts"), utc("2017-05-02T00:00:00Z"))
    assert once(scenario_folder("syria_accounts"), shorter) == 2
    shown = capsys.readouterr().out
    assert "    FAIL  COA picture as on one node: " in shown
    assert " 0 fail" not in shown.splitlines()[-1]


def beginning(folder: Path, *then) -> list[Finding]:
    """Play the beginning between the nodes, cut the link and tell; then do what is asked, and look."""

    def run(trial: Trial) -> list[Finding]:
        trial.play(BEGINNING)
        trial.cut()
        trial.tell()
        found = [*trial.while_cut()]
        for act in then:
            act(trial)
        return [*found, *trial.healed(), *trial.proved()]

    return asyncio.run(tried(story("syria_accounts"), folder, run))


def wrong(findings: list[Finding]) -> list[str]:
    return [each.what for each in findings if not each.ok]


def test_a_link_that_is_healed_brings_everything_once_and_in_order(tmp_path):
    assert wrong(beginning(tmp_path, Trial.heal, Trial.wait)) == []


@pytest.mark.long
def test_twin_a_link_that_is_never_healed_fails(tmp_path):
    found = wrong(beginning(tmp_path, lambda trial: trial.wait(2.0)))
    for what in (
        "RUS holds each message of COA once and in order",
        "COA sees each delivered",
        "COA sees the link up, and nothing waits",
        "COA holds each message of RUS once and in order",
    ):
        assert what in found


@pytest.mark.long
def test_twin_views_that_are_not_those_of_the_story_are_told_apart(tmp_path):
    """With one act less on the one node, the comparison finds it."""
    script = story("syria_accounts")
    shorter = replay(script, utc("2017-05-02T00:00:00Z"))

    def run(trial: Trial) -> list[Finding]:
        trial.play(BEGINNING)
        with shorter.asking():
            return list(trial.same_as(shorter))

    assert "COA picture as on one node" in wrong(asyncio.run(tried(script, tmp_path, run)))
    assert SEED


NODES = ("coalition.exercise", "russia.exercise", "others.exercise")


@pytest.mark.long
def test_the_nodes_of_the_demo_are_backed_up_while_they_play_and_after_and_come_back(tmp_path):
    now = utc("2026-01-01T00:00:00Z")

    def run(trial: Trial) -> list[Finding]:
        trial.play(BEGINNING)
        for name in NODES:
            back_up(tmp_path / name, tmp_path / f"{name}.running", now)
        return []

    asyncio.run(tried(story("syria_accounts"), tmp_path, run))
    for name in NODES:
        made = back_up(tmp_path / name, tmp_path / f"{name}.stopped", now)
        assert {log.author for log in made.logs} - set(made.parties), "no log of another node's is here"
        assert restore(tmp_path / f"{name}.stopped", tmp_path / f"{name}-again") == made
        assert restore(tmp_path / f"{name}.running", tmp_path / f"{name}-earlier").node == name
