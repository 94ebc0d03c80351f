"""An act without a served node says that nobody watches it (test_running.py: with one, nothing of it)."""

from __future__ import annotations

import pytest

import keepclear.cli.unserved as unserved

FLASH = ("message", "SOU", "Stop: our people are there.", "--precedence", "flash", "--as", "NOR")


def nobody_is_left_to_believe_that_a_flash_is_watched(cli, node):
    """FAIL-02(b): with no node served a flash is written, and the command says that nobody watches it."""
    told = cli(*FLASH, "--dir", node)
    assert (told.status, "told to SOU" in told.out) == (0, True)
    assert "NO NODE IS SERVED" in told.err
    assert "no deadline of it is watched" in told.err
    assert f"keepclear serve --dir {node}" in told.err
    assert told.err.count("NO NODE IS SERVED") == 1
    listed = cli("alarms", "--as", "SOU", "--dir", node)
    assert listed.out.startswith("EXERCISE. 0 open")
    assert "no alarm is raised" in listed.err
    assert cli("show", "messages", "--as", "SOU", "--dir", node).err == "", "a look without deadlines"


def test_fail_02b_nobody_is_left_to_believe_that_a_flash_is_watched(cli, node):
    nobody_is_left_to_believe_that_a_flash_is_watched(cli, node)


def test_fail_02b_twin_an_act_that_says_nothing_of_it_is_found_out(cli, node, monkeypatch):
    monkeypatch.setattr(unserved, "_missing", lambda *_: ())
    with pytest.raises(AssertionError):
        nobody_is_left_to_believe_that_a_flash_is_watched(cli, node)
