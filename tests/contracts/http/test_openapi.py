"""The OpenAPI document is whole and true: what it promises is what the routes take and give."""

from __future__ import annotations

import re
from itertools import pairwise

import jsonschema_rs
import msgspec
import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from tests.building_node import CHIEF, furnish, house, plan, valid_tells

from keepclear.service.http.app import table
from keepclear.service.http.policy import OF_PERSONS, Policy

TYPE_WORDS = {"string", "integer", "number", "boolean", "object", "array", "null"}


@pytest.fixture(scope="module")
def syria():
    with house() as made:
        made.things = furnish(made)
        yield made


@pytest.fixture(scope="module")
def document(syria):
    return syria.call("GET", "/openapi.json").ok(200).json


def everything_in(value, path=""):
    yield path, value
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, below in inner:
        yield from everything_in(below, f"{path}/{name}")


def test_the_document_is_openapi_3_1_with_every_route_and_no_other(document):
    assert document["openapi"].startswith("3.1")
    assert document["info"]["version"]
    stated = {(method.upper(), path) for path, item in document["paths"].items() for method in item}
    assert stated == {(row.method, row.path) for row in table()}


def test_every_reference_in_the_document_leads_somewhere(document):
    objects = [value for _, value in everything_in(document) if isinstance(value, dict)]
    found = [value["$ref"] for value in objects if "$ref" in value]
    assert len(found) > 100
    for reference in found:
        at = document
        for name in reference.removeprefix("#/").split("/"):
            at = at[name]
    mapped = [reference for value in objects for reference in value.get("mapping", {}).values()]
    assert {reference.rpartition("/")[2] for reference in mapped} <= set(document["components"]["schemas"])


def test_operations_have_names_of_their_own_words_and_a_policy(document):
    operations = [op for item in document["paths"].values() for op in item.values()]
    names = [op["operationId"] for op in operations]
    assert len(names) == len(set(names))
    for op in operations:
        assert re.fullmatch(r"[a-z0-9_]+", op["operationId"])
        assert op["summary"].endswith((".", ").")), op["summary"]
        assert op["x-policy"] in set(Policy)
        guarded = op["x-policy"] not in (Policy.OPEN, Policy.DEMO)
        assert ("security" in op) == guarded
        assert "default" in op["responses"]


def test_every_parameter_in_a_path_is_declared_and_no_other(document):
    for path, item in document["paths"].items():
        for op in item.values():
            declared = [param["name"] for param in op["parameters"] if param["in"] == "path"]
            assert declared == re.findall(r"{(\w+)}", path)
            keys = [(param["in"], param["name"]) for param in op["parameters"]]
            assert len(keys) == len(set(keys))


def test_every_schema_is_one_and_closed_where_callers_write(document):
    for name, schema in document["components"]["schemas"].items():
        jsonschema_rs.meta.validate(
            {"$schema": "https://json-schema.org/draft/2020-12/schema", "$defs": {"it": schema}}
        )
        for path, value in everything_in(schema, name):
            plain = isinstance(value, dict) and not path.endswith("properties")
            if plain and isinstance(value.get("type"), str):
                assert value["type"] in TYPE_WORDS, path
    schemas = document["components"]["schemas"]
    for name in ("Tell", "TellOn", "MeasureStated", "Observed", "Place", "Circle", "Stamp"):
        found = [schema for full, schema in schemas.items() if full.rpartition(".")[2] == name]
        assert any(schema.get("additionalProperties") is False for schema in found), name


def validator(document, reference: str):
    return jsonschema_rs.validator_for({**document, "$ref": reference})


@pytest.mark.long
def test_what_every_view_gives_is_what_its_schema_says(syria, document):
    for act in valid_tells(syria, syria.things).values():
        syria.post("COA", "statements", act).ok(201)
    syria.post("RUS", "statements", {"body": {"kind": "remark", "text": "x"}, "readers": ["COA"]}).ok(201)
    shown = 0
    for row in table():
        if row.method != "GET" or row.media_type != "application/json" or row.policy is Policy.DEMO:
            continue
        if row.policy in OF_PERSONS or row.policy is Policy.LIVE:
            continue  # held in test_callers, by a person, and in test_live, with live positions
        for party in ("COA", "RUS", "SDF"):
            last = syria.items(party, "held")[-1]
            path = row.path.format(
                party=party, reader="RUS", statement=last["statement"], subject=last["subject"]
            )
            answer = syria.call("GET", path, token=syria.token(party)).ok(200)
            given = document["paths"][row.path]["get"]["responses"]["200"]["content"]["application/json"]
            if "$ref" in given["schema"]:
                validator(document, given["schema"]["$ref"]).validate(answer.json)
                shown += 1
    assert shown > 60


def test_what_acts_and_refusals_give_is_what_their_schemas_say(syria, document):
    schema = "#/components/schemas/{}".format
    made = syria.try_tell("COA", {"kind": "remark", "text": "x"}, "RUS")
    validator(document, schema("ActAnswer")).validate(made.ok(201).json)
    validator(document, schema("CheckAnswer")).validate(syria.post("COA", "check", plan()).ok(200).json)
    validator(document, schema("ProofAnswer")).validate(syria.get("COA", "proof").ok(200).json)
    validator(document, schema("Problem")).validate(syria.get("COA", "told").json)
    with pytest.raises(jsonschema_rs.ValidationError):
        validator(document, schema("Problem")).validate(made.json)


# Requests made from the document itself.


@pytest.fixture(scope="module")
def operations(document):
    whole = schemathesis.openapi.from_dict(document)
    return [result.ok() for result in whole.get_all_operations()]


def send(syria, case, path_values):
    """Send a generated case as COA's watch chief, its desk put in the path."""
    filled = {**(case.path_parameters or {}), **path_values}
    path = re.sub(r"{(\w+)}", lambda found: str(filled[found[1]]), case.operation.path)
    headers = {name: str(value) for name, value in dict(case.headers or {}).items()}
    headers = {name: value for name, value in headers.items() if value.isascii() and name.isascii()}
    query = {name: str(value) for name, value in dict(case.query or {}).items()}
    if path.endswith("/stream"):
        query["after"] = "x"  # a stream that begins does not end
    body = b"" if isinstance(case.body, type(schemathesis.core.NOT_SET)) else as_bytes(case.body)
    token = syria.token("*", "operator") if path == "/metrics" else syria.token("COA", CHIEF)
    return syria.call(case.method.upper(), path, token=token, query=query, headers=headers, body=body)


def as_bytes(body) -> bytes:
    if isinstance(body, bytes):
        return body
    try:
        return msgspec.json.encode(body)
    except (TypeError, UnicodeEncodeError, msgspec.ValidationError):
        return repr(body).encode("utf-8", "replace")


@pytest.mark.long
@settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_requests_made_from_the_document_never_meet_a_fault_of_ours(syria, operations, data):
    operation = data.draw(st.sampled_from(operations), label="operation")
    mode = data.draw(st.sampled_from([GenerationMode.POSITIVE, GenerationMode.NEGATIVE]))
    case = data.draw(operation.as_strategy(generation_mode=mode), label="case")
    statement = syria.things["zone"]["statement"]
    values = {"party": "COA", "reader": "RUS"} | data.draw(st.sampled_from([{}, {"statement": statement}]))
    before = syria.size()
    answer = send(syria, case, values)
    assert answer.status < 500, (answer.status, answer.body)
    if answer.status >= 400:
        assert answer.header("content-type") == "application/problem+json"
        assert answer.json["passes"]
        assert syria.size() == before


def test_the_order_of_the_table_is_the_order_of_the_document(document):
    rows = [row.path for row in table()]
    stated = list(document["paths"])
    assert all(rows.index(a) < rows.index(b) for a, b in pairwise(stated))
