"""LIM-07: a zone entry yields contact actions only: call, warn, ask, step back."""

from __future__ import annotations

import inspect
import re

import pytest
from tests.building_node import buildup, channel, circle, house, message, observation, release, spot, zone
from tests.limits.abuse import refuses_field_everywhere, refuses_query_everywhere

from keepclear.rules import attention
from keepclear.rules.attention import Act

RULES = {"zone-entry", "build-up-rising", "unclaimed", "acknowledgement", "hotline-unanswered"}
CONTACT = {"call", "warn", "ask", "step back"}
FORCE = re.compile(
    r"\b(fire|strike|shoot|shot|engage|attack|intercept|weapon|destroy|deter)\w*", re.IGNORECASE
)


def test_the_actions_are_a_closed_set(syria):
    assert {act.value for act in Act} == CONTACT
    document = syria.call("GET", "/openapi.json").json
    action = document["components"]["schemas"]["Action"]["properties"]["kind"]
    assert action == {"$ref": "#/components/schemas/Act"}
    assert set(document["components"]["schemas"]["Act"]["enum"]) == CONTACT


@pytest.mark.parametrize("name", ["action", "actions", "next_action", "reaction"])
def test_no_statement_and_no_plan_brings_an_action_of_its_own(syria, name):
    refuses_field_everywhere(syria, name, "LIM-07")
    refuses_query_everywhere(syria, {name: "fire"}, "LIM-07")


@pytest.fixture(scope="module")
def alarmed():
    """A desk where everything that needs attention is at hand at once."""
    with house() as made:
        made.tell("COA", zone(), "RUS")
        made.tell("COA", channel(), "RUS")
        made.later(10)
        seen = {"at": "2018-02-01T08:10:00Z"}
        made.tell("COA", observation(place={"area": spot(38.62, 33.5)}, at=seen))
        rising = made.tell("COA", buildup())
        made.tell("COA", buildup(name="another"))
        made.tell("COA", release(rising["subject"], "RUS"))
        wider = buildup(area=circle(40.3, 35.3, 9_000.0))
        made.tell("COA", wider, "RUS", subject=rising["subject"], form="covering")
        asked = made.tell("COA", message("RUS", about=[rising["subject"]], asks=["ours", "not ours"]), "RUS")
        answer = {"kind": "answer", "answer": "not ours", "about": [rising["subject"]]}
        made.tell("RUS", answer, "COA", answers=[asked["statement"]])
        made.tell("RUS", message("COA", words="Answer us."), "COA")
        made.tell("COA", message("RUS", words="Who is there?"), "RUS")
        call = {
            "kind": "contact", "with_party": "RUS", "direction": "out", "purpose": "safety", "gist": "rang",
            "started": {"at": "2018-02-01T08:00:00Z"}, "answered": False,
        }  # fmt: skip
        made.tell("COA", call | {"channel": made.items("COA", "hotlines")[0]["subject"]})
        made.later(30)
        yield made


def test_every_finding_offers_contact_and_nothing_else(alarmed):
    found = alarmed.items("COA", "attention")
    rules = {item["rule"] for item in found}
    assert rules >= RULES
    for item in found:
        assert item["actions"], item
        for action in item["actions"]:
            assert action["kind"] in CONTACT
            assert not FORCE.search(action["words"]), action


def test_a_zone_entry_offers_each_contact_action_and_says_whose_stances_differ(alarmed):
    [entry] = [item for item in alarmed.items("COA", "attention") if item["rule"] == "zone-entry"]
    assert {action["kind"] for action in entry["actions"]} == CONTACT
    assert entry["grounds"]


def test_every_rule_that_makes_findings_was_tried(alarmed):
    """A rule added to the module without a case here would be missed by the test above."""
    source = inspect.getsource(attention)
    assert set(re.findall(r'rule="([a-z-]+)"', source)) == {
        item["rule"] for item in alarmed.items("COA", "attention")
    }


def test_no_status_of_a_zone_and_no_answer_is_an_order_to_act(syria):
    document = syria.call("GET", "/openapi.json").json
    schemas = document["components"]["schemas"]
    for name in ("Answer", "Purpose", "ContactPurpose", "Stance", "WarningKind", "Rung"):
        for word in schemas[name]["enum"]:
            assert not FORCE.search(word), (name, word)
