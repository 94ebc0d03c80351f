"""LIM-08: others' positions never leave as a live track or point, only as a cell or belt with a band."""

from __future__ import annotations

import pytest
from tests.building_node import (
    House,
    buildup,
    circle,
    encoded_statement,
    observation,
    party_body,
    release,
    source,
    spot,
)
from tests.limits.abuse import refuses_field_everywhere, refuses_query_everywhere

from keepclear.model.statements import KINDS, kind_of
from keepclear.service.http.app import table


def box(side_deg: float) -> dict:
    corners = [(0, 0), (1, 0), (1, 1), (0, 1), (0, 0)]
    points = [{"lon": 40.3 + x * side_deg, "lat": 35.3 + y * side_deg} for x, y in corners]
    return {"shape": "polygon", "exterior": points}


def corridor(half_width_m: float) -> dict:
    ends = [{"lon": 40.3, "lat": 35.3}, {"lon": 40.31, "lat": 35.3}]
    return {"shape": "corridor", "path": ends, "half_width_m": half_width_m}


RING = {"shape": "ring", "center": {"lon": 40.3, "lat": 35.3}, "inner_m": 1.0, "outer_m": 200.0}
TOO_EXACT = [
    spot(accuracy_m=0.0), spot(accuracy_m=999.0), circle(40.3, 35.3, 500.0), box(0.001), corridor(20.0), RING,
]  # fmt: skip
COARSE = [spot(accuracy_m=1_000.0), circle(40.3, 35.3, 1_000.0), box(0.02), corridor(1_000.0)]


def of_others(kind: str, area: dict) -> dict:
    if kind == "presence":
        return {
            "kind": "presence", "party": "PGF", "what": "a force", "place": {"area": area},
            "seen": "observed", "strength": {"low": 100, "high": 200},
        }  # fmt: skip
    return observation(place={"area": area}) if kind == "observation" else buildup(area=area)


def told_by_release(made: House, body: dict, reader: str = "RUS", **more):
    own = made.tell("COA", body)
    made.tell("COA", release(own["subject"], reader, "exact"))
    return made.post("COA", "tellings", {"statement": own["statement"], "readers": [reader]}, **more)


@pytest.mark.parametrize("kind", ["observation", "build-up", "presence"])
@pytest.mark.parametrize("area", TOO_EXACT)
def test_a_position_of_others_as_a_point_is_refused_even_with_a_release(fresh, kind, area):
    told_by_release(fresh, of_others(kind, area)).refused("LIM-08", 403)


@pytest.mark.parametrize("kind", ["observation", "build-up", "presence"])
@pytest.mark.parametrize("area", COARSE)
def test_a_cell_or_belt_leaves_after_a_release_and_not_before(fresh, kind, area):
    body = of_others(kind, area)
    fresh.try_tell("COA", body, "RUS").refused("LIM-08", 403)
    told_by_release(fresh, body).ok(201)
    fresh.try_tell("COA", body, "RUS", "SDF").refused("LIM-08", 403)


@pytest.mark.parametrize("kind", ["observation", "presence", "build-up"])
def test_an_exact_number_of_others_is_refused(fresh, kind):
    exact = {"low": 37, "high": 37, "unit": "vehicles"}
    body = of_others(kind, spot(accuracy_m=5_000.0))
    if kind == "build-up":
        body["series"] = [{"at": {"at": "2018-02-01T06:00:00Z"}, "count": exact}]
    else:
        body["count" if kind == "observation" else "strength"] = exact
    answer = told_by_release(fresh, body).refused("LIM-08", 403)
    assert "band" in answer.json["passes"]


@pytest.mark.parametrize("seen", ["declared", "reported", "observed"])
@pytest.mark.parametrize("via", ["direct", "phone", "meeting"])
def test_a_point_of_others_does_not_leave_by_being_called_declared_or_reported(fresh, seen, via):
    body = of_others("presence", spot(accuracy_m=5.0)) | {"seen": seen}
    fresh.try_tell("COA", body, "RUS", via=via).refused("LIM-08", 403)
    fresh.try_tell("COA", body, "public", via=via).refused("LIM-08", 403)


def test_ones_own_presence_leaves_as_exactly_as_its_owner_likes(fresh):
    body = of_others("presence", spot(accuracy_m=5.0)) | {"party": "COA", "seen": "declared"}
    assert fresh.try_tell("COA", body, "RUS").status == 201


def test_what_the_press_printed_is_told_without_a_release_but_still_not_as_a_sighted_point(fresh):
    fresh.tell("COA", party_body("PGF", "Reading room", "archive"), "public")
    press = {"via": "press", "source": fresh.tell("PGF", source(), "public")["subject"]}
    cell = of_others("presence", spot()) | {"party": "RUS", "seen": "reported"}
    assert fresh.try_tell("COA", cell, "public", **press).status == 201
    point = cell | {"place": {"area": spot(accuracy_m=10.0)}}
    fresh.try_tell("COA", point, "public", **press).refused("LIM-08", 403)
    own = {"via": "press", "source": fresh.tell("COA", source(), "public")["subject"]}
    fresh.try_tell("COA", cell, "public", **own).refused("LIM-08", 403)


def test_a_sighting_is_not_shown_on_without_a_release_of_ones_own(fresh):
    told_by_release(fresh, of_others("observation", spot())).ok(201)
    held = [row for row in fresh.items("RUS", "held") if row["kind"] == "observation"][-1]
    body = {"kind": "forwarded", "original": encoded_statement(fresh, "RUS", held["statement"])}
    fresh.try_tell("RUS", body, "PGF").refused("LIM-08", 403)
    mine = fresh.tell("RUS", body)
    fresh.tell("RUS", release(mine["subject"], "PGF", "exact"))
    fresh.post("RUS", "tellings", {"statement": mine["statement"], "readers": ["PGF"]}).ok(201)


@pytest.mark.parametrize("name", ["track", "live_position", "tracks"])
def test_no_field_and_no_query_carries_a_track(syria, name):
    refuses_field_everywhere(syria, name, "LIM-08")
    refuses_query_everywhere(syria, {name: "1"}, "LIM-08")


def test_there_is_no_kind_and_no_route_of_tracks(syria):
    assert not [kind_of(kind) for kind in KINDS if kind_of(kind) in ("track", "fix", "position", "plot")]
    assert not [row.path for row in table() if "track" in row.path or "position" in row.path]
    syria.try_tell("COA", {"kind": "track", "party": "RUS"}, "RUS").refused("type", 400)
    for path in ("tracks", "positions", "tracks/live"):
        syria.get("COA", path).refused("path", 404)


def test_the_stream_gives_no_positions(fresh):
    with fresh.listen("RUS") as listener:
        listener.settle()
        told_by_release(fresh, of_others("observation", spot(40.31234, 35.32345))).ok(201)
        listener.settle()
        assert listener.statements()
        for event in listener.events():
            assert not set(event["data"]) & {"lon", "lat", "place", "outline", "area"}
        assert b"40.31" not in listener.raw
