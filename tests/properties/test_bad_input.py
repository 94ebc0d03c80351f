"""Whatever is sent: never a fault of ours, never half an act, always a rule and what would pass.

Every kind of statement is taken whole and valid, then damaged: members dropped, replaced, added, of wrong
type, huge, out of range. What is refused leaves the record as it was. What is taken must be readable ever
after: every view of its author and its reader still answers, and a node that starts from the same store
holds the same.
"""

from __future__ import annotations

import copy
import itertools

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.building_node import (
    HOSTED,
    House,
    bare_house,
    boundary,
    circle,
    feature,
    furnish,
    house,
    message,
    notice,
    plan,
    remark,
    rung,
    stance,
    valid_tells,
    zone,
)
from tests.shares import mostly_long

from keepclear.model.statements import KINDS, MAX_STATEMENT_BYTES, kind_of
from keepclear.service.node import Node

NODE_ONLY = {"log-opened", "log-closed", "key", "conflict", "hits-capped", "alarm", "alarm-step",
             "clock-event", "handover", "draft-submitted", "draft-decided", "commitment",
             "commitment-table", "commitment-opened"}  # fmt: skip
KIND_NAMES = sorted({kind_of(kind) for kind in KINDS} - NODE_ONLY)

STRANGE = st.one_of(
    st.none(),
    st.booleans(),
    st.sampled_from([0, -1, 1, 2**31, 2**53, 2**53 - 1, 2**63, 2**64, -(2**63), 10**30, 10**15]),
    st.sampled_from([0.0, -0.0, 0.5, 1e-320, 1e22, 1e300, -1e308, 91.0, 181.0, 999_999_999.0]),
    st.sampled_from(["", " ", "x" * 4001, "x" * 161, "\x00", "é" * 100, "\u202e", "😀", "public", "*"]),
    st.sampled_from(["2018-02-07T20:00:00", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00", "now"]),
    st.sampled_from(["9998-12-31T23:00:00Z", "0002-01-01T00:00:00Z", "2018-02-07T20:00:00.123456789Z"]),
    st.sampled_from(["+99:00", "+3", "-00:30", "COA", "XXX", "COA.nothing", "RUS.x", "exact", "press", "λ"]),
    st.sampled_from([[], [None], [[]], ["a", "a"], [1], {}, {"x": 1}, {"kind": "zone"}, {"shape": "circle"}]),
    st.text(max_size=8),
)
NAMES = st.sampled_from(["weapon", "nearest", "note", "kind", "__proto__", "", "x" * 300, "a.b", "sort"])


def places_in(value, path=()):
    """Every place in a JSON value, outermost first."""
    yield path
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, below in inner:
        yield from places_in(below, (*path, name))


def at(value, path):
    for name in path:
        value = value[name]
    return value


@st.composite
def damaged(draw, whole):
    """A copy of a JSON object with one to three places damaged."""
    value = copy.deepcopy(whole)
    for _ in range(draw(st.integers(1, 3))):
        path = draw(st.sampled_from([place for place in places_in(value) if place] or [()]))
        if not path:
            break  # nothing is left to damage
        outer, name = at(value, path[:-1]), path[-1]
        match draw(st.sampled_from(["drop", "replace", "replace", "replace", "add", "double", "stretch"])):
            case "drop":
                del outer[name]
            case "replace":
                outer[name] = copy.deepcopy(draw(STRANGE))
            case "add" if isinstance(outer, dict):
                outer[draw(NAMES)] = copy.deepcopy(draw(STRANGE))
            case "double" if isinstance(outer, list):
                outer.insert(name, copy.deepcopy(outer[name]))
            case "stretch" if isinstance(outer[name], int | float) and not isinstance(outer[name], bool):
                outer[name] = outer[name] * draw(st.sampled_from([-1, 10, 1_000, 10**7, 10**12]))
    return value


class Furnished:
    """One house for many examples, made anew when accepted acts have filled it."""

    def __init__(self) -> None:
        self.renew()

    def renew(self) -> None:
        if hasattr(self, "house"):
            starts_again_the_same(self.house)
            self.house.close()
        self.house = house()
        self.tells = valid_tells(self.house, furnish(self.house))
        self.taken = 0


def starts_again_the_same(made: House) -> None:
    """A node that starts from what was kept holds what the running one holds."""
    running = made.node
    again = Node(running.store, running.keys, running.clock, running.cap)
    for party in HOSTED:
        assert again.picture(party).snapshot() == running.picture(party).snapshot()
        assert again.inbox(party) == running.inbox(party)
        assert again.outbox(party).readers() == running.outbox(party).readers()


@pytest.fixture(scope="module")
def furnished():
    made = Furnished()
    yield made
    starts_again_the_same(made.house)
    made.house.close()


def explains_itself(answer) -> None:
    """A refusal names its rule and what would pass; no refusal is a fault of ours."""
    assert 400 <= answer.status < 500, (answer.status, answer.body)
    problem = answer.json
    assert answer.header("content-type") == "application/problem+json"
    assert problem["rule"], problem
    assert problem["passes"], problem
    assert problem["rule"] in problem["detail"]
    assert len(answer.body) < 20_000


def all_views_answer(made: House) -> None:
    for party, view in (("COA", "picture"), ("RUS", "picture"), ("SDF", "picture"), ("COA", "told/RUS")):
        answer = made.get(party, view)
        assert answer.status == 200, (party, view, answer.body)
    made.post("COA", "check", plan(feature(lon=40.2, lat=35.4), feature())).ok()


@pytest.mark.parametrize("kind", mostly_long(KIND_NAMES, 5))
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_a_damaged_act_of_any_kind_is_refused_whole_or_taken_for_good(furnished, kind, data):
    made = furnished.house
    act = data.draw(damaged(furnished.tells[kind]))
    before = made.size()
    answer = made.post("COA", "statements", act)
    if answer.status == 201:
        furnished.taken += 1
        try:
            all_views_answer(made)
        finally:
            if furnished.taken >= 12:
                furnished.renew()
    else:
        explains_itself(answer)
        assert made.size() == before, "a refusal that wrote something"


def test_every_kind_passes_undamaged():
    """The twin: without damage each act is carried out, so the refusals above are for the damage."""
    with house() as made:
        tells = valid_tells(made, furnish(made))
        assert sorted(tells) == KIND_NAMES
        for kind, act in tells.items():
            assert made.post("COA", "statements", act).status == 201, kind
        all_views_answer(made)
        starts_again_the_same(made)


@settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_a_damaged_plan_is_refused_or_answered(furnished, data):
    whole = plan(
        feature(floor={"value_m": 0, "datum": "AGL"}, start="2018-02-07T20:00:00Z"),
        {
            "type": "Feature", "properties": {"name": "area", "ceiling_m": 900, "datum": "AMSL"},
            "geometry": {"type": "Polygon", "coordinates": [[[40, 35], [40.1, 35], [40.1, 35.1], [40, 35]]]},
        },
    )  # fmt: skip
    before = furnished.house.size()
    answer = furnished.house.post("COA", "check", data.draw(damaged(whole)))
    if answer.status != 200:
        explains_itself(answer)
    assert furnished.house.size() == before, "a check that wrote something"


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(body=st.binary(max_size=60), path=st.sampled_from(["statements", "tellings", "check"]))
def test_bytes_that_are_no_act_are_refused(furnished, body, path):
    before = furnished.house.size()
    explains_itself(furnished.house.post("COA", path, body))
    assert furnished.house.size() == before


# Each by its name; every refusal beside the twin that passes.


@pytest.fixture(scope="module")
def syria():
    with house() as made:
        made.things = furnish(made)
        yield made


def refused(made: House, body, *readers, rule, field, status=400, **rest):
    before = made.size()
    answer = made.try_tell("COA", body, *readers, **rest).refused(rule, status)
    explains_itself(answer)
    assert answer.json["field"] == field, answer.json
    assert made.size() == before
    return answer


def taken(made: House, body, *readers, **rest) -> None:
    assert made.try_tell("COA", body, *readers, **rest).status == 201


def at_point(lon, lat):
    return zone(shape={"shape": "circle", "center": {"lon": lon, "lat": lat}, "radius_m": 500.0})


def test_latitude_in_the_place_of_longitude_is_refused_where_it_can_be_told(syria):
    answer = refused(
        syria, at_point(33.5, 138.6), "RUS", rule="coordinate-range", field="body.shape.center.lon,lat"
    )
    assert "latitude first" in answer.json["detail"]
    taken(syria, at_point(138.6, 33.5), "RUS")


def test_degrees_minutes_seconds_are_never_read_as_decimals(syria):
    for lon, lat in (
        ("68°51′43.96″E", "36°43′04.91″N"),
        (685143.96, 364304.91),
        ("68.5143.96", "36.4304.91"),
    ):
        answer = syria.post("COA", "check", plan(feature(lon, lat)))
        explains_itself(answer)
        assert answer.rule in ("geojson-number", "coordinate-range", "coordinate-form")
        assert answer.json["field"].startswith("features.0.")
    syria.post("COA", "check", plan(feature(68.862211, 36.718031))).ok()


def ring(*points):
    return {"shape": "polygon", "exterior": [{"lon": lon, "lat": lat} for lon, lat in points]}


CORNERS = ((40.0, 35.0), (40.1, 35.0), (40.1, 35.1), (40.0, 35.1))


def test_an_open_polygon_is_refused(syria):
    refused(syria, zone(shape=ring(*CORNERS)), rule="ring-closed", field="body.shape.exterior")
    taken(syria, zone(shape=ring(*CORNERS, CORNERS[0])))


def test_a_polygon_that_crosses_itself_is_refused_with_the_place(syria):
    a, b, c, d = CORNERS
    answer = refused(
        syria, zone(shape=ring(a, c, b, d, a)), rule="polygon-crossing", field="body.shape.exterior"
    )
    assert "lon 40.05" in answer.json["detail"]
    taken(syria, zone(shape=ring(a, b, c, d, a)))


def test_a_boundary_that_meets_itself_is_refused(syria):
    crossing = [(40.0, 35.0), (40.2, 35.2), (40.2, 35.0), (40.0, 35.2)]
    points = [{"lon": lon, "lat": lat} for lon, lat in crossing]
    body = boundary(shape={"shape": "path", "points": points})
    refused(syria, body, "RUS", rule="path-crossing", field="body.shape")
    taken(syria, boundary("Segment 9"), "RUS")


def test_a_boundary_whose_reach_lies_within_its_tolerance_is_refused(syria):
    body = boundary("Segment 8", tolerance_m=5_000.0, reach_m=4_000.0)
    refused(syria, body, "RUS", rule="boundary-reach", field="body.reach_m")
    taken(syria, boundary("Segment 8", tolerance_m=4_000.0, reach_m=5_000.0), "RUS")


def windowed(start, end):
    return notice(volumes=[{"area": circle(radius_m=900.0), "window": {"start": start, "end": end}}])


def test_a_window_that_ends_before_it_starts_is_refused(syria):
    evening, morning = "2018-02-07T18:00:00Z", "2018-02-07T06:00:00Z"
    answer = refused(
        syria, windowed(evening, morning), "RUS", rule="window-order", field="body.volumes[0].window.window"
    )
    assert "2018-02-07T18:00:00Z" in answer.json["passes"]
    refused(
        syria, windowed(morning, morning), "RUS", rule="window-order", field="body.volumes[0].window.window"
    )
    taken(syria, windowed(morning, evening), "RUS")


def test_a_time_without_an_offset_is_refused(syria):
    refused(
        syria,
        windowed("2018-02-07T06:00:00", None),
        "RUS",
        rule="naive-time",
        field="body.volumes[0].window.start",
    )
    taken(syria, windowed("2018-02-07T09:00:00+03:00", None), "RUS")


def test_a_time_that_no_calendar_shows_is_refused(syria):
    late = {"at": "9999-12-31T23:59:59Z", "offset": "+03:00"}
    refused(syria, remark(as_of=late), rule="calendar", field="body.as_of.at")
    refused(
        syria,
        remark(as_of={"at": "2018-02-07T20:00:00Z", "offset": "+99:99"}),
        rule="offset",
        field="body.as_of.offset",
    )
    overflowing = {"at": "0001-01-01T00:00:00+14:00"}
    refused(syria, remark(as_of=overflowing), rule="calendar", field="body.as_of.at")
    taken(syria, remark(as_of={"at": "2018-01-31T20:00:00Z", "offset": "+03:00"}))


@pytest.mark.parametrize("at", ["0001-01-01T00:00:00+14:00", "2018-02-07", "2018-02-07T20:00:00", "soon", ""])
def test_a_view_at_a_time_that_is_none_is_refused(syria, at):
    explains_itself(syria.get("COA", "picture", at=at))
    syria.get("COA", "picture", at="2018-02-01T10:00:00+03:00").ok()


def test_an_unknown_party_is_refused_wherever_it_stands(syria):
    refused(syria, remark(), "XXX", rule="unknown-party", field="readers", status=404)
    refused(syria, message("XXX"), "RUS", rule="unknown-party", field="body", status=404)
    refused(syria, zone(parties=["XXX"]), "RUS", rule="unknown-party", field="body", status=404)
    refused(
        syria, remark(), rule="unknown-party", field="body", status=404, said_by={"name": "x", "party": "XXX"}
    )
    taken(syria, remark(), "RUS", said_by={"name": "x", "party": "TUR"})


def test_a_body_over_the_limit_is_refused_before_it_is_read_whole(syria):
    big = remark("x" * 4000, about=[])
    fits = msgspec.json.encode({"body": big, "readers": [], "remarks": "y" * 4000})
    assert syria.post("COA", "statements", fits).status == 201
    for path, size in (("statements", MAX_STATEMENT_BYTES + 1), ("tellings", MAX_STATEMENT_BYTES + 1),
                       ("check", 2 * 2**20 + 1)):  # fmt: skip
        before = syria.size()
        explains_itself(syria.post("COA", path, b" " * size).refused("size", 413))
        assert syria.size() == before


def test_an_act_that_only_grows_too_large_by_being_signed_is_refused(syria):
    """Its own bytes fit; with id, author and signature it could not be read back at the next start."""
    points = [{"lon": round(38 + number * 1e-5, 6), "lat": 35.5} for number in range(20_000)]
    act = {"body": boundary(shape={"shape": "path", "points": []}), "readers": []}
    for count in itertools.count(600):
        act["body"]["shape"]["points"] = points[:count]
        if len(msgspec.json.encode(act)) > MAX_STATEMENT_BYTES - 150:
            break
    act["body"]["shape"]["points"] = points[: count - 1]
    assert len(msgspec.json.encode(act)) <= MAX_STATEMENT_BYTES
    before = syria.size()
    explains_itself(syria.post("COA", "statements", act).refused("statement-size", 413))
    assert syria.size() == before
    act["body"]["shape"]["points"] = points[: count - 40]
    assert syria.post("COA", "statements", act).status == 201
    starts_again_the_same(syria)


@pytest.mark.parametrize(
    "deep", [b"[" * 30_000, b'{"body":' * 3_000, b'{"body":{"kind":"remark","text":' + b"[" * 5_000]
)
@pytest.mark.parametrize("path", ["statements", "tellings", "check"])
def test_deep_nesting_is_refused(syria, path, deep):
    explains_itself(syria.post("COA", path, deep))


@pytest.mark.parametrize("levels", [20, 33, 200, 800])
def test_a_plan_nested_deep_in_a_known_member_is_refused(syria, levels):
    nested = b"[" * levels + b"1" + b"]" * levels
    whole = msgspec.json.encode(plan(feature(floor="here"))).replace(b'"here"', nested)
    answer = syria.post("COA", "check", whole)
    explains_itself(answer.refused("height" if levels < 28 else "depth", 400))


def test_a_statement_on_anothers_subject_is_refused(syria):
    theirs = syria.things["message"]["subject"]
    refused(syria, message("RUS"), "RUS", rule="one-owner", field="subject", status=403, subject=theirs)
    own = syria.things["notice"]
    taken(syria, notice("later"), "RUS", subject=own["subject"])


def test_a_reference_that_the_reader_was_not_told_is_refused(syria):
    draft = syria.things["draft"]["subject"]
    answer = refused(
        syria, remark(about=[draft]), "RUS", rule="closed-under-reference", field="readers", status=422
    )
    assert draft in answer.json["detail"]
    taken(syria, remark(about=[draft]))
    syria.post("COA", "tellings", {"statement": syria.things["draft"]["statement"], "readers": ["RUS"]}).ok(
        201
    )
    taken(syria, remark(about=[draft]), "RUS")


def test_a_party_with_an_id_that_breaks_ownership_or_means_everybody_is_refused(syria):
    for party in ("COA.x", "public", "Public", "", "*", "a b", "x" * 33, "Ж", "a/b"):
        body = {"kind": "party", "party": party, "name": "Somebody", "party_kind": "agency"}
        refused(syria, body, "public", rule="party-id", field="body.party")
    body = {"kind": "party", "party": "OCHA-2", "name": "Somebody", "party_kind": "agency"}
    taken(syria, body, "public")


def test_acts_that_only_the_node_states_are_refused(syria):
    for body in (
        {"kind": "key", "vkey": "k", "signs": "statements"},
        {"kind": "log-opened", "author": "COA", "reader": "RUS", "cap": "Actual", "custody": "host"},
        {"kind": "log-closed", "reason": "over"},
        {"kind": "conflict", "notice": "COA.n", "against": ["RUS.z"], "words": "they meet"},
        {"kind": "hits-capped", "with_party": "RUS", "cap": 1, "until": "2018-02-02T00:00:00Z", "words": ""},
    ):
        refused(syria, body, rule="node-only", field="body.kind", status=403)


@pytest.mark.parametrize("key", ["", "x" * 129, "a\tb", "caf\u0085"])
def test_an_act_without_a_usable_idempotency_key_is_refused(syria, key):
    on = {"statement": syria.things["zone"]["statement"], "readers": ["SDF"]}
    before = syria.size()
    for path, act in (("statements", {"body": remark()}), ("tellings", on)):
        headers = {"Idempotency-Key": key} if key else {}
        answer = syria.call(
            "POST", f"/api/v1/desks/COA/{path}", token=syria.token("COA"), headers=headers,
            body=msgspec.json.encode(act),
        )  # fmt: skip
        explains_itself(answer.refused("idempotency-key", 400))
    assert syria.size() == before


@pytest.mark.parametrize("cursor", ["-1", "x", "1.5", "9" * 12, "9" * 5_000, "١", ""])
def test_a_cursor_that_is_none_is_refused(syria, cursor):
    if cursor:
        explains_itself(
            syria.call("GET", "/api/v1/desks/COA/stream", token=syria.token("COA"),
                       headers={"Last-Event-ID": cursor.encode().decode("latin-1")})
        )  # fmt: skip
    explains_itself(syria.get("COA", "held", after=cursor))
    explains_itself(syria.get("COA", "held", limit=cursor))
    explains_itself(syria.get("COA", "held", limit="0"))


def test_stances_rungs_and_claims_on_what_never_reached_this_desk_are_refused(syria):
    nothing = {"statement": "COA.nothing", "subject": "COA.nothing", "digest": ""}
    refused(syria, stance(nothing, "COA"), rule="stance-on-text", field="body.on", status=404)
    refused(syria, rung(nothing, "COA"), rule="rung-of-text", field="body.of", status=404)


def test_the_first_word_of_an_empty_node_can_only_be_who_is_there():
    with bare_house() as made:
        made.try_tell("COA", remark(), "RUS").refused("unknown-party", 404)
        made.introduce()
        assert made.try_tell("COA", remark(), "RUS").status == 201
