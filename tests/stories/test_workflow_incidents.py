"""Workflows over HTTP: a build-up raised until it is an incident; an incident with claims and reopening."""

from __future__ import annotations

import pytest
from tests.building_node import buildup, claim, house, incident, message


@pytest.fixture
def node():
    with house() as made:
        yield made


def status(node):
    return node.items("COA", "buildups")[0]["status"]


def a_build_up_goes_from_watched_to_its_end(node, end="dispersed", answer="not ours"):
    kept = node.tell("COA", buildup())
    assert status(node) == "watched"
    call = {
        "kind": "contact", "with_party": "RUS", "direction": "out", "purpose": "query",
        "gist": "Whose are they?", "started": {"at": "2018-02-01T08:00:00Z"}, "about": [kept["subject"]],
    }  # fmt: skip
    node.tell("COA", call)
    assert status(node) == "raised"
    node.later()
    heard = {"name": "ground desk", "party": "RUS"}
    body = {"kind": "answer", "answer": answer, "about": [kept["subject"]]}
    asked = node.tell("COA", message("RUS", asks=["ours", "not ours"]), "RUS")
    node.tell("COA", body, said_by=heard, via="phone", answers=[asked["statement"]])
    shown = node.items("COA", "buildups")[0]
    assert (shown["status"], shown["ask"]) == ("UNCLAIMED", "Who can reach them?")
    node.later()
    node.tell("COA", {"kind": "status", "of": kept["statement"], "status": end})
    assert status(node) == end


def an_incident_keeps_every_word_and_is_reopened(node, whose="SDF fighters"):
    made = node.tell("COA", incident(), "public")
    ours = node.tell("COA", claim(made["subject"]), "public")
    node.later()
    theirs = claim(made["subject"], count={"low": 5, "high": 9}, whose=whose)
    node.tell("RUS", theirs, "public")
    node.tell("RUS", {"kind": "reply", "to": ours["statement"], "reply": "declines"}, "public")
    found = claim(made["subject"], aspect="cause", count=None, words="not determined", finding=True)
    node.tell("COA", found, "public")
    rows = {row["aspect"]: row["claims"] for row in node.items("SDF", "incidents")[0]["aspects"]}
    assert [row["whose"] for row in rows["killed"]] == ["pro-government forces", whose]
    assert [row["speaker_party"] for row in rows["killed"]] == ["COA", "RUS"]
    assert [row["reply"] for row in rows["killed"][0]["replies"]] == ["declines"]
    assert [row["finding"] for row in rows["cause"]] == [True]
    for word in ("closed", "open"):
        node.later()
        node.tell("COA", incident(status=word), "public", subject=made["subject"])
        assert node.items("SDF", "incidents")[0]["status"] == word
    assert len(node.items("SDF", "incidents")[0]["aspects"]) == 2, "reopened, every claim still stands"


@pytest.mark.parametrize("end", ["dispersed", "closed", "became an incident"])
def test_a_build_up_goes_from_watched_to_its_end(node, end):
    a_build_up_goes_from_watched_to_its_end(node, end)


def test_a_build_up_twin_claimed_it_is_not_unclaimed(node):
    with pytest.raises(AssertionError, match="claimed, per"):
        a_build_up_goes_from_watched_to_its_end(node, answer="ours")


def test_an_incident_keeps_every_word_and_is_reopened(node):
    an_incident_keeps_every_word_and_is_reopened(node)


def test_an_incident_twin_without_whose_a_count_is_refused(node):
    with pytest.raises(AssertionError, match="claim-whose"):
        an_incident_keeps_every_word_and_is_reopened(node, whose="")
