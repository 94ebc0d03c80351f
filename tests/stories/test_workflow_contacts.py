"""Workflows over HTTP: a conditional warning, and a series of meetings with a withheld place and maps."""

from __future__ import annotations

import pytest
from tests.building_node import house, rung, zone

import keepclear.commands.admission as admission


@pytest.fixture
def node():
    with house() as made:
        yield made


def warning(**more):
    return {
        "kind": "warning", "to": ["RUS"], "warning": "conditional", "trigger": "another approach",
        "consequence": "we call your commander", "texts": [{"words": "Hold back.", "lang": "en"}],
    } | more  # fmt: skip


def a_conditional_warning_is_whole_and_receipted(node):
    node.try_tell("COA", warning(trigger=""), "RUS").refused("warning-whole")
    made = node.tell("COA", warning(), "RUS")
    node.later()
    seen = node.items("RUS", "messages")[0]
    assert (seen["warning"], seen["trigger"], seen["consequence"], seen["to"]) == (
        "conditional", "another approach", "we call your commander", ["RUS"],
    )  # fmt: skip
    assert node.items("COA", "messages")[0]["ladders"][0]["reached"] != "acknowledged"
    node.tell("RUS", rung(made, "RUS"), "COA")
    assert node.items("COA", "messages")[0]["ladders"][0]["reached"] == "acknowledged"


def meeting(number, **more):
    return {
        "kind": "meeting", "name": f"Meeting {number}", "parties": ["COA", "RUS"], "level": "deputy",
        "series": "Ground talks", "number": number, "place": {"withheld": True}, **more,
    }  # fmt: skip


def meetings_exchange_maps_with_a_receipt(node, receipt=True):
    area = node.tell("COA", zone(), "RUS")
    maps = {"kind": "overlay", "name": "Maps", "items": [area["statement"]], "left_out": ["posts"]}
    offered = node.tell("COA", maps, "RUS")
    node.tell("COA", meeting(1), "RUS")
    node.later()
    node.tell("COA", meeting(2, overlays=[offered["subject"]]), "RUS")
    rows = node.items("RUS", "meetings")
    assert [(row["series"], row["number"]) for row in rows] == [("Ground talks", 1), ("Ground talks", 2)]
    assert {row["place"] for row in rows} == {"place withheld"}
    assert [one["name"] for one in rows[1]["overlays"]] == ["Maps"]
    if receipt:
        node.tell("RUS", rung(offered, "RUS"), "COA")
    shown = node.items("COA", "overlays")[0]
    assert (shown["left_out"], shown["ladders"][0]["reached"]) == (["posts"], "acknowledged")


def test_a_conditional_warning_is_whole_and_receipted(node):
    a_conditional_warning_is_whole_and_receipted(node)


def test_a_conditional_warning_twin_without_its_rule_the_trigger_may_lack(node, monkeypatch):
    rules = admission._RULES
    kept = {kind: rule for kind, rule in rules.items() if rule is not admission._warning}
    monkeypatch.setattr(admission, "_RULES", kept)
    with pytest.raises(AssertionError):
        a_conditional_warning_is_whole_and_receipted(node)


def test_meetings_exchange_maps_with_a_receipt(node):
    meetings_exchange_maps_with_a_receipt(node)


def test_meetings_twin_without_the_receipt_the_maps_are_not_acknowledged(node):
    with pytest.raises(AssertionError):
        meetings_exchange_maps_with_a_receipt(node, receipt=False)
