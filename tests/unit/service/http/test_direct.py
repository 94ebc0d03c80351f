"""The short way to a route finds what the long way finds, and leaves to it what it does not know."""

from __future__ import annotations

import pytest
from msgspec import structs
from starlette.routing import Match
from starlette.routing import Route as Mounted
from tests.building_node import house

from keepclear.service.http.app import table
from keepclear.service.http.direct import Direct


def endpoint_of(route):
    async def endpoint(request):
        raise AssertionError(route.path)

    return endpoint


@pytest.fixture(scope="module")
def both():
    answered = [(row, endpoint_of(row)) for row in table()]
    long_way = [Mounted(row.path, endpoint, methods=[row.method]) for row, endpoint in answered]
    return Direct(None, answered), long_way


def asked(method, path):
    return {"type": "http", "method": method, "path": path, "headers": []}


def paths():
    for row in table():
        parts = row.path.split("/")
        filled = "/".join("some-thing" if part.startswith("{") else part for part in parts)
        yield row.method, filled
        yield row.method, f"{filled}/"
        yield row.method, filled.replace("some-thing", "")
        yield "PATCH", filled
        yield row.method, f"{filled}/more"


def test_both_ways_find_the_same_route_and_parameters(both):
    direct, long_way = both
    for method, path in sorted(set(paths())):
        expected = None
        for route in long_way:
            match, scope = route.matches(asked(method, path))
            if match is Match.FULL:
                expected = (scope["endpoint"], scope["path_params"])
                break
        assert direct.found(asked(method, path)) in (expected, None), (method, path)


def test_most_routes_have_a_short_way_and_a_route_under_another_path_has_none(both):
    direct, _ = both
    found = [row for row in table() if direct.found(asked(row.method, row.path))]
    assert len(found) >= 0.9 * len(table())
    [row] = [row for row in table() if (row.method, row.path) == ("POST", "/api/v1/desks/{party}/statements")]
    elsewhere = structs.replace(row, path="/api/v1/desks/{party}/statement")
    assert Direct(None, [(elsewhere, endpoint_of(elsewhere))]).found(asked(row.method, row.path)) is None


def test_what_nobody_knows_is_answered_the_long_way():
    with house() as made:
        assert made.get("COA", "nothing-here").status == 404
        assert made.call("PATCH", "/api/v1/desks/COA/statements").status == 405
