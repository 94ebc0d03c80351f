"""LIM-03: no ranking of others' positions."""

from __future__ import annotations

import itertools

import pytest
from tests.building_node import circle, house, observation, spot, zone
from tests.limits.abuse import fields_of, refuses_field_everywhere, refuses_query_everywhere


@pytest.mark.parametrize("name", ["rank", "threat_level", "score", "priority_list"])
def test_no_statement_no_plan_and_no_route_takes_a_rank(syria, name):
    refuses_query_everywhere(syria, {name: "1"}, "LIM-03")
    refuses_field_everywhere(syria, name, "LIM-03")


def test_no_view_has_a_field_that_ranks(syria):
    for schema, fields in fields_of(syria).items():
        for word in ("rank", "score", "threat", "weight"):
            assert [field for field in fields if word in field] == [], schema


def test_the_order_of_sightings_is_their_time_wherever_they_lie():
    """Three sightings at three distances of a zone, in every order of places: the list stays as it is."""
    places = [(38.62, 33.51), (39.4, 33.5), (40.9, 34.4)]
    for order in itertools.permutations(places):
        with house() as made:
            made.tell("COA", zone(shape=circle()))
            for number, (lon, lat) in enumerate(order):
                at = {"at": f"2018-02-01T07:{number:02d}:00Z"}
                made.tell("COA", observation(what=f"seen {number}", place={"area": spot(lon, lat)}, at=at))
            seen = [item["what"] for item in made.items("COA", "observations")]
            assert seen == ["seen 0", "seen 1", "seen 2"]


def test_the_order_of_what_needs_attention_is_its_time_wherever_it_lies():
    for lons in ((38.6, 38.9), (38.9, 38.6)):
        with house() as made:
            made.tell("COA", zone(shape=circle()))
            made.later(30)
            for number, lon in enumerate(lons):
                at = {"at": f"2018-02-01T08:{10 + number}:00Z"}
                made.tell("COA", observation(what=f"seen {number}", place={"area": spot(lon, 33.5)}, at=at))
            found = [item for item in made.items("COA", "attention") if item["rule"] == "zone-entry"]
            assert [item["words"][:6] for item in found] == ["seen 1", "seen 0"], "the latest first"
