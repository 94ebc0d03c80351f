"""Matters over HTTP as they are typed: each is one act, whole or not at all, in a role that may do it."""

from __future__ import annotations

import json

import pytest
from tests.building_node import House, house, zone

from keepclear.service.auth import Role

EAST = {"name": "East bank", "center": "35.3123 N 40.2877 E", "radius_km": 2, "seen": "53 to 61 fighters"}
RAISED = {"to": "RUS", "risk_note": "shows that it was noticed"}
CLASH = {"name": "Clash", "act": "shots were heard", "when": "about 2018-01-31", "readers": ["RUS"]}
TALKS = {"name": "Talks", "others": ["RUS"], "series": "Ground talks", "readers": ["RUS"]}


@pytest.fixture
def node():
    with house() as made:
        yield made


def watched(node: House) -> str:
    return node.post("COA", "buildups", EAST).ok(201).json["subject"]


def raised(node: House, subject: str, **more: object):
    return node.post("COA", f"buildups/{subject}/raise", {**RAISED, **more})


def kinds(node: House, party: str) -> list[str]:
    return [row["kind"] for row in node.items(party, "held")]


def test_a_build_up_is_watched_for_oneself_and_told_wide_in_one_act(node):
    subject = watched(node)
    assert node.items("RUS", "buildups") == []
    before = node.writer.acts
    raised(node, subject).ok(201)
    assert node.writer.acts == before + 1
    (seen,) = node.items("RUS", "buildups")
    band = seen["series"][0]
    assert seen["said"]["form"] == "covering"
    assert "53" not in json.dumps({**band, "at": None}), "no exact count is told"
    assert node.items("COA", "buildups")[0]["status"] == "raised"
    assert kinds(node, "COA").count("release") == 1


def nothing_of_a_refused_raise_is_told(node, channel="COA.nothing-of-this-id"):
    subject = watched(node)
    before = node.size()
    answer = raised(node, subject, channel=channel)
    assert node.size() == before
    assert node.items("RUS", "buildups") == []
    assert answer.status >= 400


def test_nothing_of_a_refused_raise_is_told(node):
    nothing_of_a_refused_raise_is_told(node)


def test_a_refused_raise_twin_with_a_question_that_passes_it_is_told(node):
    with pytest.raises(AssertionError):
        nothing_of_a_refused_raise_is_told(node, channel=None)


def test_the_same_key_raises_once(node):
    subject = watched(node)
    first = node.post("COA", f"buildups/{subject}/raise", RAISED, key="once").ok(201).json
    size = node.size()
    again = node.post("COA", f"buildups/{subject}/raise", RAISED, key="once").ok(200).json
    assert (again["statement"], again["repeated"], node.size()) == (first["statement"], True, size)
    assert [row["reader"] for row in first["told"]] == ["COA", "RUS"]


def test_a_duty_officer_watches_and_a_watch_chief_decides_the_release(node):
    made = node.post("COA", "buildups", EAST, role=Role.DUTY_OFFICER).ok(201).json
    path = f"buildups/{made['subject']}/raise"
    node.post("COA", path, RAISED, role=Role.DUTY_OFFICER).refused("role", 403)
    assert node.items("RUS", "buildups") == []
    node.post("COA", path, {**RAISED, "risk_note": " "}).refused("risk-note")


def test_the_wide_form_can_be_looked_at_before_and_states_nothing(node):
    subject = watched(node)
    before = node.size()
    wide = node.post("COA", f"buildups/{subject}/wide", {"radius_km": 20}).ok().json
    assert (wide["radius_m"], wide["bands"], wide["readers"]) == (20_000.0, ["40 to 80 fighters"], [])
    node.post("RUS", f"buildups/{subject}/wide", {}).refused("build-up")
    read = node.post("COA", "coordinates", {"text": EAST["center"]}).ok().json
    assert (read["lat"], read["lon"], read["words"]) == (35.3123, 40.2877, "35°18'44.3\"N 040°17'15.7\"E")
    node.post("COA", "coordinates", {"text": "somewhere"}).refused("two-coordinates")
    assert node.size() == before


def test_raised_unchanged_with_a_second_party_it_is_told_on(node):
    subject = watched(node)
    first = raised(node, subject).ok(201).json
    node.later()
    raised(node, subject, to="SDF").ok(201)
    assert first["subject"] != subject
    assert [len(node.items(party, "buildups")) for party in ("RUS", "SDF")] == [1, 1]
    asked = {name: [row["to"] for row in node.items(name, "messages")] for name in ("RUS", "SDF")}
    assert asked == {"RUS": [["RUS"]], "SDF": [["SDF"]]}, "the question goes to the one that is asked"


def test_what_is_round_already_is_told_wider_all_the_same(node):
    round_one = {**EAST, "center": "35.3 N 40.3 E", "radius_km": 8}
    subject = node.post("COA", "buildups", round_one).ok(201).json["subject"]
    assert node.post("COA", f"buildups/{subject}/wide", {}).ok().json["radius_m"] == 9_000.0
    raised(node, subject).ok(201)


def test_a_new_count_stays_with_its_desk_and_the_end_reaches_all_who_hold_it(node):
    subject = watched(node)
    raised(node, subject).ok(201)
    node.later()
    node.post("COA", f"buildups/{subject}/counts", {"seen": "100 to 150 fighters"}).ok(201)
    assert [len(node.items(party, "buildups")[0]["series"]) for party in ("COA", "RUS")] == [2, 1]
    node.post("COA", f"buildups/{subject}/heard", {"answer": "not ours", "by": "RUS"}).ok(201)
    assert node.items("COA", "buildups")[0]["status"] == "UNCLAIMED"
    node.later()
    ended = node.post("COA", f"buildups/{subject}/end", {"how": "dispersed"}).ok(201).json
    assert [row["reader"] for row in ended["told"]] == ["COA", "RUS"]
    assert {node.items(party, "buildups")[0]["status"] for party in ("COA", "RUS")} == {"dispersed"}


def test_what_cannot_be_read_names_its_field_and_states_nothing(node):
    before = node.size()
    answers = (
        node.post("COA", "buildups", {**EAST, "center": "somewhere"}).refused("two-coordinates"),
        node.post("COA", "buildups", {**EAST, "radius_km": -1}).refused("radius"),
        node.post("COA", "buildups", {**EAST, "radius_km": 1e300}).refused("radius"),
        node.post("COA", "buildups", {**EAST, "seen": " "}).refused("count-empty"),
        node.post("COA", "incidents", {**CLASH, "when": "yesterday"}).refused("rfc3339"),
        node.post("COA", "meetings", {**TALKS, "when": "2018-02-07T20:00:00"}).refused("naive-time"),
    )
    assert [each.json["field"] for each in answers[1:]] == ["radius_km", "radius_km", "seen", "when", "when"]
    assert node.size() == before


def test_rival_claims_stand_side_by_side_and_one_is_replied_to_and_taken_back(node):
    subject = node.post("COA", "incidents", CLASH).ok(201).json["subject"]
    killed = {"aspect": "killed", "counted": "at least 100 killed", "readers": ["RUS"]}
    node.post("COA", f"incidents/{subject}/claims", killed).refused("claim-whose")
    ours = node.post("COA", f"incidents/{subject}/claims", {**killed, "whose": "not said"}).ok(201).json
    theirs = {**killed, "counted": "5 to 9", "whose": "own citizens", "readers": ["COA"]}
    node.post("RUS", f"incidents/{subject}/claims", theirs).ok(201)
    node.post("RUS", f"incidents/{subject}/status", {"status": "closed"}).refused("one-owner", 403)
    rows = node.items("COA", "incidents")[0]["aspects"][0]["claims"]
    assert [(row["low"], row["high"]) for row in rows] == [(100, None), (5, 9)]
    node.later()
    node.post("RUS", "withdrawals", {"of": ours["statement"], "reason": "?"}).refused("one-owner", 403)
    gone = node.post("COA", "withdrawals", {"of": ours["statement"], "reason": "counted twice"}).ok(201).json
    assert [row["reader"] for row in gone["told"]] == ["COA", "RUS"]
    assert [row["withdrawn"] for row in node.items("RUS", "incidents")[0]["aspects"][0]["claims"]] == [
        True,
        False,
    ]
    node.post("COA", f"incidents/{subject}/status", {"status": "closed"}).ok(201)
    assert node.items("RUS", "incidents")[0]["status"] == "closed"


def test_a_meeting_has_the_next_number_and_no_place_unless_one_is_said(node):
    first = node.post("COA", "meetings", TALKS).ok(201).json["subject"]
    node.post("COA", "meetings", {**TALKS, "name": "Talks 2", "place": "at the bridge"}).ok(201)
    rows = {(row["number"], row["place"]) for row in node.items("RUS", "meetings")}
    assert rows == {(1, "place withheld"), (2, "at the bridge")}
    node.later()
    ford = node.tell("COA", zone(), "RUS")
    maps = node.tell("COA", {"kind": "overlay", "name": "Maps", "items": [ford["statement"]]}, "RUS")
    held = {"outcomes": ["call before"], "follow_ups": ["names by 2018-03-01"], "overlays": [maps["subject"]]}
    node.post("RUS", f"meetings/{first}/held", held).refused("one-owner", 403)
    node.post("COA", f"meetings/{first}/held", held).ok(201)
    row = next(row for row in node.items("RUS", "meetings") if row["subject"] == first)
    assert (row["held"], row["outcomes"]) == (True, ["call before"])
