"""LIM-09: an alarm sent to a device stands at the measure it concerns, never at the other's position."""

from __future__ import annotations

import inspect
import re

from tests.building_node import house, observation, spot, zone
from tests.limits.abuse import fields_of

from keepclear.model.alarms import Contact
from keepclear.model.words import CapStatus
from keepclear.rules.reaching import words_beyond
from keepclear.service.reach import WayView

PLACES = {
    "lon", "lat", "place", "outline", "area", "shape", "center", "position", "coordinates",
    "geometry", "point",
}  # fmt: skip
SEEN = {"at": "2018-02-01T08:10:00Z"}


def test_what_needs_attention_has_no_place_for_a_position(syria):
    schemas = fields_of(syria)
    reached, waiting = set(), ["Attention"]
    document = syria.call("GET", "/openapi.json").json["components"]["schemas"]
    while waiting:
        name = waiting.pop()
        if name in reached:
            continue
        reached.add(name)
        text = repr(document[name])
        waiting += [other for other in schemas if f"#/components/schemas/{other}'" in text]
    assert {"Attention", "Action", "Ground", "Named", "StanceView"} <= reached
    for name in reached:
        assert not schemas[name] & PLACES, name


def test_an_entry_stands_at_the_measure_and_not_where_the_others_are():
    with house() as made:
        own = made.tell("COA", zone("At Tanf zone"))
        made.later(30)
        made.tell("COA", observation(place={"area": spot(38.71234, 33.45678)}, at=SEEN))
        [entry] = [item for item in made.items("COA", "attention") if item["rule"] == "zone-entry"]
        assert entry["matter"] == {"subject": own["subject"], "name": "At Tanf zone", "kind": "measure"}
        body = made.get("COA", "attention").body
        for part in (b"38.71", b"33.45"):
            assert part not in body


def test_a_perhaps_entry_stands_at_the_measure_too():
    with house() as made:
        own = made.tell("COA", zone())
        made.later(30)
        made.tell("COA", observation(place={"area": spot(39.2, 33.5, 9_000.0)}, at=SEEN))
        [entry] = [item for item in made.items("COA", "attention") if item["rule"] == "zone-entry"]
        assert entry["title"].startswith("Possible entry")
        assert entry["matter"]["subject"] == own["subject"]


def test_what_leaves_for_a_device_is_made_of_closed_words_alone():
    """No argument of it is anybody's text: what is sent cannot hold a position, whatever the alarm says."""
    taken = inspect.signature(words_beyond).parameters
    assert list(taken) == ["cap", "role", "rule", "contacts", "key", "attempt"]
    said = words_beyond(CapStatus.ACTUAL, "deputy", "35.3 N 40.3 E", [each.value for each in Contact], "k", 1)
    assert "35.3" not in said
    assert not re.search(r"\d", said.removesuffix("Key k"))
    assert not PLACES & set(WayView.__struct_fields__)
    assert "url" not in WayView.__struct_fields__
