"""A person's own drafts by command: beside the record, sent once, thrown away; refusals say what passes."""

from __future__ import annotations

import json

import pytest

import keepclear.cli.drafting as drafting
from keepclear.cli.main import main


@pytest.fixture
def node(tmp_path, monkeypatch):
    monkeypatch.setenv("KEEPCLEAR_DIR", str(tmp_path / "node"))
    monkeypatch.setenv("KEEPCLEAR_AS", "COA")
    assert main(["init", str(tmp_path / "node"), "--party", "COA", "--party", "RUS"]) == 0
    assert main(["party", "RUS", "Russian forces in Syria", "--dir", str(tmp_path / "node")]) == 0
    return tmp_path / "node"


@pytest.fixture
def run(node, capsys):
    def command(*words, status=0):
        capsys.readouterr()
        assert main([*words, "--dir", str(node)]) == status, capsys.readouterr().err
        return capsys.readouterr()

    return command


def add(run, name="Major Adams", role="duty officer"):
    run("user", "add", name, "--party", "COA", "--role", role)


def listed(run, *more):
    return json.loads(run("drafts", "--json", *more).out)["items"]


def told(run):
    return [row for row in json.loads(run("told", "RUS", "--json").out)["items"] if row["kind"] == "message"]


def a_draft_is_sent_once_and_is_then_no_draft(run):
    add(run)
    run("draft", "keep", "RUS", "Who is at the", "--title", "crossing", "--precedence", "priority")
    assert told(run) == []
    run("draft", "change", "crossing", "Who is at the crossing?")
    shown = run("draft", "show", "crossing").out
    assert "“Who is at the crossing?”" in shown
    assert "priority message to RUS" in shown
    assert "Told to RUS." in run("draft", "send", "crossing").out
    assert len(told(run)) == 1
    assert listed(run) == []


def test_a_draft_is_sent_once_and_is_then_no_draft(run):
    a_draft_is_sent_once_and_is_then_no_draft(run)


def test_a_draft_is_sent_once_twin_not_dropped_it_is_still_listed(run, monkeypatch):
    monkeypatch.setattr(drafting, "drop_draft", lambda *_: None)
    with pytest.raises(AssertionError):
        a_draft_is_sent_once_and_is_then_no_draft(run)


def test_a_send_that_was_cut_before_the_draft_went_is_not_told_twice(run, monkeypatch):
    add(run)
    run("draft", "keep", "RUS", "Stop there.")
    with monkeypatch.context() as cut:
        cut.setattr(drafting, "drop_draft", lambda *_: None)
        run("draft", "send")
    run("draft", "send")
    assert len(told(run)) == 1
    assert listed(run) == []


def test_what_is_refused_stays_a_draft(run):
    add(run)
    run("draft", "keep", "RUS", "--title", "empty")
    run("draft", "change", "empty", "We ask.", "--to", "NOBODY")
    refused = run("draft", "send", "empty", status=1).err
    assert "NOBODY" in refused
    assert [item["title"] for item in listed(run)] == ["empty"]


def test_drafts_are_each_persons_own_and_one_is_named_where_there_are_several(run):
    assert "keepclear user add" in run("drafts", status=1).err
    add(run)
    add(run, "Captain Brook", "liaison officer")
    assert "Captain Brook, Major Adams" in run("drafts", status=1).err
    run("draft", "keep", "RUS", "Mine.", "--person", "Major Adams")
    assert listed(run, "--person", "Captain Brook") == []
    identity = listed(run, "--person", "Major Adams")[0]["id"]
    refused = run("draft", "drop", identity, "--person", "Captain Brook", status=1).err
    assert "own-draft" in refused
    assert "none is kept yet" in refused
    assert run("draft", "drop", identity, "--person", "Major Adams").out.startswith("Thrown away: Mine.")
    assert listed(run, "--person", "Major Adams") == []


def test_an_observers_draft_is_not_sent_with_more_than_its_role(run):
    add(run, "Monitor Lee", "observer")
    run("draft", "keep", "RUS", "We ask.")
    assert "role" in run("draft", "send", status=1).err
    assert told(run) == []


def test_a_draft_of_another_act_is_kept_from_a_file_and_refuses_words(run, tmp_path):
    add(run)
    act = tmp_path / "act.json"
    act.write_text(json.dumps({"body": {"kind": "remark", "text": "Fog."}, "readers": ["RUS"]}))
    run("draft", "keep", "--file", str(act), "--title", "fog")
    assert "draft-message" in run("draft", "change", "fog", "Rain.", status=1).err
    assert "draft-empty" in run("draft", "keep", status=1).err
    made = json.loads(run("draft", "send", "fog", "--json").out)
    assert [row["reader"] for row in made["told"]] == ["COA", "RUS"]
