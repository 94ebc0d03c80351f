"""The workflows by command: a build-up is told wide and in bands alone; each refusal names the next step."""

from __future__ import annotations

import json

import pytest

import keepclear.commands.buildups as buildups
import keepclear.rules.watch as watch_rules
from keepclear.cli.main import main


@pytest.fixture
def run(tmp_path, capsys):
    folder = str(tmp_path / "node")
    assert main(["init", folder, "--party", "COA", "--party", "RUS", "--party", "SDF"]) == 0

    def command(*words, by="COA", status=0):
        capsys.readouterr()
        assert main([*words, "--as", by, "--dir", folder]) == status, capsys.readouterr().err
        return capsys.readouterr()

    for party in ("COA", "RUS", "SDF"):
        command("party", party, f"Party {party}", "--tell", "public")
    return command


def rows(run, view, by):
    return json.loads(run("show", view, "--json", by=by).out)["items"]


def told_wide(run):
    run("build-up", "raise", "East bank", "RUS", "--risk-note", "shows that it was noticed")
    (seen,) = rows(run, "buildups", "RUS")
    # The instants, of which the digits come by chance, are left out.
    assert "53" not in json.dumps([{**band, "at": None} for band in seen["series"]])
    assert seen["said"]["form"] == "covering"
    assert seen["series"][0]["low"] <= 53 < 61 <= seen["series"][0]["high"]


def test_raised_it_gives_nobodys_place_away(run):
    run("build-up", "watch", "East bank", "35.3123 N 40.2877 E", "2", "53 to 61 fighters")
    assert rows(run, "buildups", "RUS") == []
    told_wide(run)


def test_raised_twin_not_widened_the_place_is_given_away(run, monkeypatch):
    monkeypatch.setattr(buildups, "coarse", lambda body, area, radius_km: body)
    run("build-up", "watch", "East bank", "35.3123 N 40.2877 E", "2", "53 to 61 fighters")
    with pytest.raises(AssertionError):
        told_wide(run)


def test_every_holder_gets_the_newer_text_and_the_end(run):
    run("build-up", "watch", "East bank", "35.30 N 40.28 E", "2", "50 to 80 fighters")
    run("build-up", "raise", "East bank", "RUS", "--risk-note", "noticed")
    run("build-up", "note", "East bank", "100 to 150 fighters")
    assert len(rows(run, "buildups", "RUS")[0]["series"]) == 1
    run("build-up", "raise", "East bank", "SDF", "--risk-note", "noticed")
    assert [len(rows(run, "buildups", party)[0]["series"]) for party in ("RUS", "SDF")] == [2, 2]
    run("build-up", "end", "East bank", "dispersed")
    assert {rows(run, "buildups", party)[0]["status"] for party in ("COA", "RUS", "SDF")} == {"dispersed"}


def test_each_refusal_of_a_workflow_names_the_next_step(run):
    run("build-up", "watch", "East bank", "35.30 N 40.28 E", "2", "50 to 80 fighters")
    early = run("build-up", "heard", "East bank", "ours", "--by", "RUS", status=1).err
    assert "keepclear build-up raise" in early
    assert "dispersed, closed" in run("build-up", "end", "East bank", "gone", status=1).err
    assert "--then" in run("warn", "RUS", "Hold back.", "--if", "another approach", status=1).err
    run("incident", "state", "Clash", "shots", "--when", "2018-02-07", "--tell", "RUS")
    assert "keepclear incident claims" in run("incident", "reply", "Clash", "1", "denies", status=1).err
    assert "whose" in run("incident", "claim", "Clash", "killed", "--count", "5 killed", status=1).err
    assert "one-owner" in run("incident", "status", "Clash", "closed", by="RUS", status=1).err
    run("zone", "Ford", "35.30 N 40.30 E", "2", "--tell", "RUS")
    run("map-exchange", "offer", "Maps", "Ford", "--tell", "RUS")
    assert "own-receipt" in run("map-exchange", "receive", "Maps", status=1).err
    unknown = run("map-exchange", "offer", "More maps", "Ford", "--tell", "SDF", status=1).err
    assert "Accepted:" in unknown


def test_an_ultimatum_by_command_runs_and_the_receipt_is_the_others(run):
    run("warn", "RUS", "Hold back.", "--if", "another approach", "--then", "we call", "--within-min", "60")
    (kept,) = rows(run, "messages", "COA")
    assert kept["ladders"][0]["reached"] != "acknowledged"
    assert "left of" in run("ultimatums").out
    run("acknowledge", "latest", by="RUS")
    (kept,) = rows(run, "messages", "COA")
    assert kept["ladders"][0]["reached"] == "acknowledged"


def a_corrected_flash_bars_no_handover_once_its_correction_is_acknowledged(run):
    run("message", "RUS", "Twenty vehicles", "--precedence", "flash")
    (first,) = rows(run, "messages", "COA")
    run("message", "RUS", "Thirty vehicles", "--precedence", "flash", "--corrects", first["statement"])
    barred = run("hand-over", "Major Adams", "Captain Brook", status=1).err
    assert "Thirty vehicles" in barred, "the text that waits is the newer one"
    run("acknowledge", "latest", by="RUS")
    run("hand-over", "Major Adams", "Captain Brook")


def test_a_corrected_flash_bars_no_handover_once_its_correction_is_acknowledged(run):
    a_corrected_flash_bars_no_handover_once_its_correction_is_acknowledged(run)


def test_a_corrected_flash_twin_counted_still_it_bars_for_good(run, monkeypatch):
    monkeypatch.setattr(watch_rules, "_is_replaced", lambda row, flash: False)
    with pytest.raises(AssertionError):
        a_corrected_flash_bars_no_handover_once_its_correction_is_acknowledged(run)


def test_a_flash_corrected_as_less_urgent_still_bars(run):
    run("message", "RUS", "Twenty vehicles", "--precedence", "flash")
    (first,) = rows(run, "messages", "COA")
    run("message", "RUS", "Thirty vehicles", "--precedence", "routine", "--corrects", first["statement"])
    run("acknowledge", "latest", by="RUS")
    assert "Twenty vehicles" in run("hand-over", "Major Adams", "Captain Brook", status=1).err


def test_a_hotline_is_set_up_by_command_at_both_ends(run):
    assert "keepclear open-hotline" in run("hotlines").out
    assert "no hotline to it" in run("call", "RUS").out
    run("open-hotline", "Ground hotline", "RUS", "--role", "ground desk", "--hours", "06:00-22:00",
        "--zone", "Asia/Damascus")  # fmt: skip
    run("hotline-end", "Ground hotline", "suspended", "--role", "night desk", "--lang", "ru", by="RUS")
    board = run("hotlines").out
    assert "Party RUS: night desk; says: suspended" in board
    assert "06:00" in run("hotlines", "--json").out or "Asia/Damascus" in board
    assert "keepclear put-on-call" in run("on-call").out
    run("put-on-call", "ground desk", "--lang", "en")
    assert "ground desk" in run("on-call").out
    assert "a whole day" in run("put-on-call", "desk", "--hours", "always", status=1).err
