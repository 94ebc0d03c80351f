"""LIM-10: no query orders or selects by distance to a point or unit; no such parameter exists."""

from __future__ import annotations

import itertools
import re

import pytest
from tests.building_node import (
    boundary,
    circle,
    feature,
    house,
    incident,
    notice,
    observation,
    plan,
    spot,
    zone,
)
from tests.limits.abuse import fields_of, refuses_field_everywhere, refuses_query_everywhere

from keepclear.service.http.app import table

BY_NAME = [
    {"sort": "distance"}, {"near": "38.6,33.5"}, {"order_by": "distance"}, {"distance_to": "RUS.x"},
    {"sort_by": "name"}, {"nearby": "1"}, {"orderBy": "sort"}, {"q": "order_by distance_to"},
]  # fmt: skip
UNKNOWN = [
    {"order": "distance"}, {"within": "5000"}, {"radius": "5"}, {"bbox": "1,2,3,4"}, {"lat": "1"},
    {"center": "38,33"}, {"around": "x"}, {"distance": "asc"}, {"by": "range"}, {"knn": "5"},
]  # fmt: skip
ORDERS = re.compile(r"(^|_)(near|nearby|sort|order|range|closest)($|_)")


@pytest.mark.parametrize("query", BY_NAME)
def test_no_route_orders_or_chooses_by_distance(syria, query):
    refuses_query_everywhere(syria, query, "LIM-10")


@pytest.mark.parametrize("query", UNKNOWN)
def test_no_route_takes_any_other_way_to_ask_it(syria, query):
    refuses_query_everywhere(syria, query, "unknown-parameter")


@pytest.mark.parametrize("name", ["near", "order_by", "distance_to"])
def test_no_statement_and_no_plan_asks_for_it(syria, name):
    refuses_field_everywhere(syria, name, "LIM-10")


def test_the_parameters_of_all_routes_are_these_and_no_more():
    params = {param.name for row in table() for param in row.params}
    headers = {param.name for row in table() for param in row.headers}
    assert params == {
        "all", "at", "after", "box", "erased", "lang", "limit", "ours", "reader", "since", "text", "to",
        "with",
    }  # fmt: skip
    assert headers == {
        "Idempotency-Key", "If-Match", "Keepclear-Heard", "Last-Event-ID", "X-Keepclear-CSRF",
    }  # fmt: skip


def test_no_field_is_named_for_an_order_by_distance(syria):
    # `near` of a build-up names incidents of its neighbourhood, ordered by time: incidents, not units.
    allowed = {("BuildUpView", "near")}
    for schema, fields in fields_of(syria).items():
        for field in fields:
            if (schema, field) not in allowed:
                assert not ORDERS.search(field), (schema, field)


PLACES = ((38.62, 33.51), (38.9, 33.6), (39.3, 33.9))


@pytest.mark.parametrize("view", ["observations", "notices", "incidents", "measures"])
def test_no_list_changes_its_order_when_places_are_exchanged(view):
    orders = set()
    for places in itertools.permutations(PLACES):
        with house() as made:
            for number, (lon, lat) in enumerate(places):
                name, at = f"thing {number}", {"at": f"2018-02-01T07:{number:02d}:00Z"}
                body = {
                    "observations": observation(what=name, place={"area": spot(lon, lat)}, at=at),
                    "notices": notice(name, circle(lon, lat, 2_000.0)),
                    "incidents": incident(name, place={"area": spot(lon, lat)}, occurred=at),
                    "measures": zone(name, shape=circle(lon, lat, 2_000.0)),
                }[view]
                made.tell("COA", body)
                made.later()
            items = made.items("COA", view)
            orders.add(tuple(item.get("what") or item.get("name") for item in items))
    assert len(orders) == 1
    assert len(next(iter(orders))) == 3


def test_where_something_lies_is_told_in_the_order_of_the_measures_names():
    with house() as made:
        for name, lon in (("B far", 39.4), ("A near", 38.7), ("C middle", 39.0)):
            made.tell("COA", zone(name, shape=circle(lon, 33.5, 10_000.0)))
        made.tell("COA", boundary("D boundary", shape={"shape": "path", "points": [
            {"lon": 38.0, "lat": 33.0}, {"lon": 39.5, "lat": 33.2}]}), "RUS")  # fmt: skip
        made.later(30)
        made.tell("COA", observation(place={"area": spot(38.7, 33.5)}, at={"at": "2018-02-01T08:20:00Z"}))
        [seen] = made.items("COA", "observations")
        names = [test["measure"]["name"] for test in seen["tests"]]
        assert names == sorted(names)
        assert len(names) == 4


def test_a_check_gives_its_findings_in_the_order_of_telling_not_of_distance():
    with house() as made:
        for lon in (39.0, 38.6, 38.8):
            made.tell("COA", zone(f"zone at {lon}", shape=circle(lon, 33.5, 60_000.0)))
            made.later()
        found = made.post("COA", "check", plan(feature(38.6, 33.5, 500.0))).ok().json["findings"]
        assert [item["matter"]["name"] for item in found] == ["zone at 39.0", "zone at 38.6", "zone at 38.8"]
