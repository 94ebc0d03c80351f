"""LIM-02: no "nearest hostile", in any query, view or API."""

from __future__ import annotations

import pytest
from tests.limits.abuse import fields_of, refuses_field_everywhere, refuses_query_everywhere

from keepclear.service.http.app import table


@pytest.mark.parametrize(
    "query",
    [{"nearest": "hostile"}, {"nearest": "38.6,33.5"}, {"closest": "5"}, {"find": "nearest"}],
)
def test_no_route_answers_who_is_nearest(syria, query):
    refuses_query_everywhere(syria, query, "LIM-02")


@pytest.mark.parametrize("name", ["nearest", "closest_to"])
def test_no_statement_and_no_plan_asks_for_it(syria, name):
    refuses_field_everywhere(syria, name, "LIM-02")


def test_no_route_and_no_field_has_it_in_its_name(syria):
    for row in table():
        words = f"{row.path} {row.words} {[param.name for param in row.params]}".lower()
        assert "nearest" not in words
        assert "closest" not in words
    for schema, fields in fields_of(syria).items():
        assert not [field for field in fields if "nearest" in field or "closest" in field], schema


def test_paths_that_ask_for_it_lead_nowhere(syria):
    for path in ("observations/nearest", "nearest", "presences/nearest/hostile", "buildups/closest"):
        syria.get("COA", path).refused("path", 404)
