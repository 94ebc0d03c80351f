"""The OpenAPI 3.1 document, made from the table of routes."""

from __future__ import annotations

import re
from typing import Any

import msgspec

from keepclear import __version__
from keepclear.service.http.callers import COOKIE
from keepclear.service.http.policy import OF_PERSONS, Policy
from keepclear.service.http.problems import MEDIA_TYPE, Problem
from keepclear.service.http.routes import Param, Route

KEY = "Idempotency-Key"
_REF = "#/components/schemas/{name}"


def document(routes: list[Route]) -> dict[str, Any]:
    """Write the document for a table of routes."""
    types = [route.gives for route in routes if route.gives is not None]
    types += [route.takes for route in routes if route.takes is not None]
    types.append(Problem)
    schemas, components = msgspec.json.schema_components(types, ref_template=_REF)
    by_type = dict(zip(map(repr, types), schemas, strict=True))
    paths: dict[str, dict[str, Any]] = {}
    for route in routes:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route, by_type)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Keepclear",
            "version": __version__,
            "description": "Deconfliction: who told whom what, when, and how far it got.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "paths": paths,
        "components": {
            "schemas": components,
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer"},
                "session": {"type": "apiKey", "in": "cookie", "name": COOKIE},
            },
        },
    }


def _operation(route: Route, by_type: dict[str, Any]) -> dict[str, Any]:
    identity = re.sub(r"[^a-z0-9]+", "_", f"{route.method} {route.path}".lower()).strip("_")
    problem = {"content": {MEDIA_TYPE: {"schema": by_type[repr(Problem)]}}}
    plain = route.gives in (None, bytes)
    given = {} if plain else {"schema": by_type[repr(route.gives)]}
    operation: dict[str, Any] = {
        "operationId": identity,
        "summary": route.words,
        "x-policy": route.policy.value,
        "parameters": [
            *(_parameter(Param(name, name), "path") for name in re.findall(r"{(\w+)}", route.path)),
            *(_parameter(param, "query") for param in route.params),
            *(_parameter(header, "header") for header in route.headers),
        ],
        "responses": {
            str(route.status): {"description": route.words, "content": {route.media_type: given}},
            "default": {"description": "A refusal that names rule, field and what would pass.", **problem},
        },
    }
    if KEY in [header.name for header in route.headers]:
        operation["responses"]["200"] = {
            "description": "The same act under the same key was carried out before.",
            "content": {route.media_type: given},
        }
    if route.takes is not None:
        content = {"application/json": {"schema": by_type[repr(route.takes)]}}
        if route.takes is bytes:
            content = {"application/octet-stream": {}}
        operation["requestBody"] = {"required": True, "content": content}
    if route.policy not in (Policy.OPEN, Policy.DEMO):
        of_persons = route.policy in OF_PERSONS
        operation["security"] = [{"session": []}] if of_persons else [{"bearer": []}, {"session": []}]
    return operation


def _parameter(param: Param, where: str) -> dict[str, Any]:
    required = where == "path" or (param.name == KEY and not param.optional)
    return {
        "name": param.name,
        "in": where,
        "required": required,
        "description": param.words,
        "schema": {"type": "string"},
    }
