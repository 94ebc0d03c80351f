"""Ways to try what the hard limits bar: on every route, in every kind at every level, in the importer."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator
from typing import Any

from tests.building_node import House, feature, plan, valid_tells

from keepclear.service.http.app import table
from keepclear.service.http.policy import Policy

Path = tuple[str | int, ...]


def objects_in(value: Any, path: Path = ()) -> Iterator[Path]:
    """Every JSON object in a value, the outermost first."""
    if isinstance(value, dict):
        yield path
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, below in inner:
        yield from objects_in(below, (*path, name))


def with_field(whole: Any, path: Path, name: str, value: Any) -> Any:
    made = copy.deepcopy(whole)
    at = made
    for step in path:
        at = at[step]
    at[name] = value
    return made


def acts_with(made: House, name: str, value: Any) -> Iterator[tuple[str, Path, dict[str, Any]]]:
    """Every kind of act that COA may carry out, with one more field in one of its objects."""
    for kind, act in valid_tells(made, made.things).items():
        for path in objects_in(act):
            if "not_telling" not in path:
                yield kind, path, with_field(act, path, name, value)


def plans_with(name: str, value: Any) -> Iterator[tuple[Path, dict[str, Any]]]:
    """A plan with one more member in one of its objects."""
    floor = {"value_m": 0, "datum": "AGL"}
    whole = plan(feature(floor=floor, window={"start": "2018-02-07T20:00:00Z"}))
    for path in objects_in(whole):
        yield path, with_field(whole, path, name, value)


def refuses_field_everywhere(made: House, name: str, limit: str) -> int:
    """Hold that no act of any kind and no plan takes a field of this name; give how many were tried."""
    tried = 0
    before = made.size()
    for kind, path, act in acts_with(made, name, "x"):
        answer = made.post("COA", "statements", act)
        assert (answer.status, answer.rule) == (403, limit), (kind, path, answer.body)
        assert limit in answer.json["detail"]
        assert answer.json["passes"].startswith("leave it out")
        tried += 1
    for path, whole in plans_with(name, "x"):
        answer = made.post("COA", "check", whole)
        assert (answer.status, answer.rule) == (403, limit), (path, answer.body)
        tried += 1
    on = {"statement": made.things["zone"]["statement"], "readers": ["SDF"], name: "x"}
    made.post("COA", "tellings", on).refused(limit, 403)
    assert made.size() == before
    return tried


def asks(made: House, query: dict[str, str]) -> Iterator[tuple[str, Any]]:
    """Ask every route that takes no demo with a query, as a chief, an auditor and the operator."""
    filled = {"party": "COA", "reader": "RUS", "statement": made.things["zone"]["statement"],
              "salted_hash": "0" * 64, "subject": "COA." + "0" * 32,
              "template": "hotline check", "person": "0" * 16,
              "session": "0" * 16, "peer": "bravo", "feed": "adsb", "thing": "0"}  # fmt: skip
    for row in table():
        if row.policy is Policy.DEMO:
            continue
        path = re.sub(r"{(\w+)}", lambda found: filled[found[1]], row.path)
        role = "operator" if row.policy is Policy.OPERATE else "auditor"
        tokens = [made.token("*", role)]
        tokens += [] if row.policy is Policy.OPERATE else [made.token("COA")]
        for token in tokens:
            answer = made.call(
                row.method, path, token=token, query=query, headers={"Idempotency-Key": "k"}, body=b"{}"
            )
            if answer.status in (401, 403) and answer.rule in ("role", "token", "session"):
                continue
            yield f"{row.method} {row.path}", answer


def refuses_query_everywhere(made: House, query: dict[str, str], *rules: str) -> None:
    """Hold that every route refuses a query by one of these rules and gives nothing."""
    tried = set()
    for route, answer in asks(made, query):
        assert answer.status in (400, 403), (route, query, answer.body)
        assert answer.rule in rules, (route, query, answer.body)
        assert answer.json["passes"]
        tried.add(route)
    # What only a person may do who has signed in is refused to tokens before the query is read.
    persons_only = (Policy.DEMO, Policy.SIGNED_IN, Policy.PEOPLE)
    assert {f"{row.method} {row.path}" for row in table() if row.policy not in persons_only} <= tried


def fields_of(made: House) -> dict[str, set[str]]:
    """Every field that any schema of the API names, by schema."""
    document = made.call("GET", "/openapi.json").ok().json
    return {
        name: set(schema.get("properties", {})) for name, schema in document["components"]["schemas"].items()
    }
