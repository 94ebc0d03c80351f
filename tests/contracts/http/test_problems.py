"""Errors are RFC 9457 problems; hosts, origins and headers are those of a page on this machine alone."""

from __future__ import annotations

import msgspec
import pytest
from tests.building_node import CHIEF, Answer, furnish, house, plan, remark, scope_of

from keepclear.service.http import desks
from keepclear.service.http.app import table
from keepclear.service.http.policy import OF_PERSONS
from keepclear.service.http.problems import Problem

MEMBERS = set(Problem.__struct_fields__)


@pytest.fixture(scope="module")
def syria():
    with house() as made:
        made.things = furnish(made)
        yield made


def is_problem(answer, status: int, rule: str) -> None:
    assert (answer.status, answer.rule) == (status, rule), answer.body
    assert answer.header("content-type") == "application/problem+json"
    problem = answer.json
    assert set(problem) == MEMBERS
    assert problem["type"] == f"urn:keepclear:rule:{rule}"
    assert problem["status"] == status
    assert problem["title"]
    assert problem["detail"]
    assert problem["passes"]


def test_each_sort_of_refusal_is_a_problem_with_its_status(syria):
    desk = "/api/v1/desks/COA"
    token = syria.token("COA")

    def sent(method: str, path: str, body: bytes = b"", **headers: str):
        named = {"Idempotency-Key": "k", **{name.replace("_", "-"): value for name, value in headers.items()}}
        return syria.call(method, path, token=token, headers=named, body=body)

    is_problem(sent("GET", "/api/v1/nothing"), 404, "path")
    is_problem(sent("GET", f"{desk}/nothing"), 404, "path")
    is_problem(sent("PUT", f"{desk}/picture"), 405, "method")
    is_problem(sent("DELETE", f"{desk}/statements"), 405, "method")
    is_problem(sent("POST", "/livez"), 405, "method")
    assert sent("POST", "/livez").header("allow") is not None
    is_problem(sent("GET", f"{desk}/picture?x=1".partition("?")[0] + "/x"), 404, "path")
    is_problem(sent("POST", f"{desk}/statements", b"x" * 40_000), 413, "size")
    is_problem(sent("POST", f"{desk}/statements", b"{"), 400, "json")
    is_problem(sent("POST", f"{desk}/statements", b'{"body":' * 3_000), 400, "json")
    is_problem(sent("POST", f"{desk}/check", b"[" * 300_000), 400, "depth")
    is_problem(sent("POST", f"{desk}/statements", b'{"body":{"kind":"remark"}}'), 400, "type")
    is_problem(sent("POST", f"{desk}/statements", b'{"body":{"kind":"no"}}'), 400, "type")
    is_problem(sent("POST", f"{desk}/statements", b'{"x":1}'), 400, "unknown-field")
    is_problem(sent("POST", f"{desk}/statements", b'{"weapon":1}'), 403, "LIM-01")
    is_problem(sent("GET", f"{desk}/statements/COA.x"), 404, "held")
    is_problem(sent("POST", f"{desk}/check", b"{}"), 400, "plan")


ROWS = [row for row in table() if row.policy not in OF_PERSONS]  # those are asked in test_callers


@pytest.mark.parametrize("row", [pytest.param(row, id=f"{row.method} {row.path}") for row in ROWS])
def test_every_route_refuses_a_query_that_it_does_not_know(syria, row):
    names = {
        "reader": "RUS",
        "statement": "COA.x",
        "subject": "COA.y",
        "peer": "bravo",
        "feed": "adsb",
        "thing": "0",
        "template": "x",
        "salted_hash": "0" * 64,
    }
    path = row.path.format(party="COA", **names)
    token = syria.token("*", "operator") if row.path == "/metrics" else syria.token("COA")
    answer = syria.call(row.method, path, token=token, query={"colour": "red"})
    if row.path.startswith("/api/v1/demo"):
        is_problem(answer, 404, "demo-only")
    else:
        is_problem(answer, 400, "unknown-parameter")
        assert answer.json["field"] == "colour"
    for param in row.params:
        twice = syria.call(row.method, path, token=token, query=f"{param.name}=1&{param.name}=2")
        is_problem(twice, 400, "given-twice")


def test_a_fault_of_ours_is_a_problem_that_tells_nothing(syria, monkeypatch):
    def broken(*_: object) -> None:
        raise ZeroDivisionError("the secret path /home/x")

    monkeypatch.setitem(desks.LISTS, "notices", (broken, None))
    caught = None
    answer = None
    sent: list = []

    async def receive():
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message):
        sent.append(message)

    scope = scope_of("GET", "/api/v1/desks/COA/notices", syria.token("COA"), (), None)
    try:
        syria.runner.run(syria.app(scope, receive, send))
    except ZeroDivisionError as error:
        caught = error  # for the server's log
    answer = Answer(sent[0]["status"], sent[0]["headers"], b"".join(m.get("body", b"") for m in sent[1:]))
    assert caught is not None
    is_problem(answer, 500, "internal")
    assert b"secret" not in answer.body


def test_a_request_for_another_host_is_refused_against_rebinding(syria):
    names = ("evil.example", "evil.example:8642", "127.0.0.1.evil.example", "localhost.evil", "testserver")
    for host in (*names, "", "192.168.0.7", "[::2]", "10.0.0.1:8642"):
        answer = syria.call("GET", "/livez", headers={"Host": host})
        is_problem(answer, 421, "host")
    for host in ("127.0.0.1", "127.0.0.1:8642", "localhost", "LOCALHOST:9", "[::1]", "[::1]:8642"):
        assert syria.call("GET", "/livez", headers={"Host": host}).status == 200


def test_a_page_of_another_origin_is_refused(syria):
    for origin in (
        "http://evil.example",
        "null",
        "http://127.0.0.1:9999",
        "http://localhost:8642",
        "file://",
    ):
        answer = syria.call("GET", "/livez", headers={"Origin": origin})
        is_problem(answer, 403, "origin")
        assert answer.header("access-control-allow-origin") is None
    for origin in ("http://127.0.0.1:8642", "https://127.0.0.1:8642"):
        assert syria.call("GET", "/livez", headers={"Origin": origin}).status == 200


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/livez"), ("GET", "/nowhere"), ("GET", "/api/v1/desks/COA/picture"), ("PUT", "/livez"),
     ("GET", "/openapi.json"), ("GET", "/api/v1/desks/COA/export")],
)  # fmt: skip
def test_every_answer_carries_the_security_headers(syria, method, path):
    for headers in ({}, {"Host": "evil.example"}):
        answer = syria.call(method, path, token=syria.token("COA"), headers=headers)
        assert answer.header("x-content-type-options") == "nosniff"
        assert answer.header("referrer-policy") == "no-referrer"
        assert answer.header("cross-origin-opener-policy") == "same-origin"
        assert answer.header("cross-origin-resource-policy") == "same-origin"
        policy = answer.header("content-security-policy")
        for part in ("default-src 'self'", "object-src 'none'", "frame-ancestors 'none'", "base-uri 'none'"):
            assert part in policy
        assert "unsafe-eval" not in policy
        assert "script-src" not in policy or "unsafe-inline" not in policy.partition("script-src")[2]


def test_what_belongs_to_one_desk_is_not_kept_by_caches_in_between(syria):
    for path in ("picture", "held", "notices", f"statements/{syria.things['zone']['statement']}", "told/RUS"):
        assert "private" in syria.get("COA", path).header("cache-control")


@pytest.mark.parametrize("typed", ["33°30'18\"N", "33.505"])
def test_a_coordinate_sent_as_text_is_told_the_number_it_should_be(syria, typed):
    center = {"lon": 36.3, "lat": typed}
    shape = {"shape": "circle", "center": center, "radius_m": 5_000.0}
    body = {"kind": "measure", "measure": "zone", "effect": "call", "basis": "declared", "name": "Z"}
    act = {"readers": ["RUS"], "body": {**body, "shape": shape}}
    done = syria.call(
        "POST",
        "/api/v1/desks/COA/statements",
        token=syria.token("COA"),
        headers={"Idempotency-Key": typed.encode().hex()},
        body=msgspec.json.encode(act),
    )
    is_problem(done, 400, "coordinate-form")
    assert done.json["field"].endswith("center.lat")
    assert "33 + 30/60 + 18/3600" in done.json["passes"]
    center["lat"] = 33.505
    told = syria.call(
        "POST",
        "/api/v1/desks/COA/statements",
        token=syria.token("COA"),
        headers={"Idempotency-Key": f"{typed.encode().hex()}-number"},
        body=msgspec.json.encode(act),
    )
    assert told.status == 201, told.body


@pytest.mark.parametrize("media_type", ["text/html\r\nX-Evil: 1", "Ж/Ж", "a b", "x" * 160])
def test_an_authors_media_type_never_reaches_a_header_unless_it_is_one(syria, media_type):
    kept = syria.post("COA", "attachments", b"body").ok(201).json["salted_hash"]
    named = [{"salted_hash": kept, "what": "x", "media_type": media_type}]
    before = syria.size()
    syria.try_tell("COA", remark(), "RUS", attachments=named).refused("type", 400)
    assert syria.size() == before


@pytest.mark.parametrize("media_type", ["text/html", "text/plain; charset=utf-8", "image/svg+xml"])
def test_an_attachment_is_given_under_its_type_to_be_kept_and_never_shown(syria, media_type):
    kept = syria.post("COA", "attachments", b"body").ok(201).json["salted_hash"]
    named = [{"salted_hash": kept, "what": "x", "media_type": media_type}]
    assert syria.try_tell("COA", remark(), "RUS", attachments=named).status == 201
    answer = syria.get("RUS", f"attachments/{kept}").ok()
    assert answer.header("content-type").partition(";")[0] == media_type.partition(";")[0]
    assert answer.header("content-disposition") == "attachment"


def test_a_check_submits_nothing_and_says_what_it_was_checked_against(syria):
    before = syria.size()
    answer = syria.post("COA", "check", plan()).ok(200).json
    assert answer["answer"] in ("conflicts", "no known conflict")
    assert "no permission" in answer["closing"]
    assert answer["checked_against"]["parties"]
    assert syria.size() == before


def test_the_answer_to_an_act_says_where_it_stands(syria):
    answer = syria.try_tell("COA", remark("where"), "RUS", role=CHIEF)
    assert answer.status == 201
    made = answer.json
    assert answer.header("location") == f"/api/v1/desks/COA/statements/{made['statement']}"
    assert [place["reader"] for place in made["told"]] == ["COA", "RUS"]
    held = syria.get("RUS", f"statements/{made['statement']}").ok().json
    assert held["digest"] == made["digest"]
    assert held["log"] == {"author": "COA", "reader": "RUS", "index": made["told"][1]["index"]}
    assert held["told_to"] == [], "only the author sees whom it told"
    assert set(msgspec.json.decode(syria.get("COA", f"statements/{made['statement']}").body)["told_to"]) == {
        "COA", "RUS",
    }  # fmt: skip
