"""Writes docs/reference/http.md from the table of routes."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable
from typing import Any

from tools import statements_reference
from tools.type_words import all_named, answer_rows, section, type_words

PAGE = "docs/reference/http.md"

HEAD = """# The HTTP interface

Written by `python -m tools.reference` from the table of routes; do not edit by hand. A node gives the same
as OpenAPI 3.1 at `/openapi.json`. A node listens on this machine, by default at `http://127.0.0.1:8642`,
and beyond it over TLS once somebody can sign in: [how to](../how-to/sign-in-and-listen.md).

- **Who calls**: a person by the cookie of its session, whose writes bear the header `X-Keepclear-CSRF`; a
  program by `Authorization: Bearer TOKEN`, which `keepclear token add NAME --scope act` made; on the machine
  itself also a token of `tokens.json` in the data directory, one for each party and role. Another party's
  desk and a desk that does not exist answer alike.
- **Times** are RFC 3339 in UTC. `?at=` gives a view as it had reached that party by then.
- **Unknown query parameters are refused**, with the id of the hard limit where one bars them.
- **Acts** carry an `Idempotency-Key`: the same key and act give the same answer with `repeated: true`, the
  same key with another act is refused (409). `If-Match` with the id of the text that is restated refuses
  (412) when another text stands.
- **Views** carry an `ETag`; `If-None-Match` answers 304.
- **The stream** resumes after `Last-Event-ID`, and after the `cursor` of a picture, without a gap.
- **Errors** are `application/problem+json` (RFC 9457) with `rule`, `field` and `passes`: see
  [errors.md](errors.md).

`{party}` is the desk; every path below begins at the node's address.

| asks | means |
|---|---|
"""
SHAPES = """A list of a desk stands in `items`, beside `party` and `at`. Every attribute of an answer is
always there, null where there is none. Values that come from statements leave out what has its default:
[statements.md](statements.md)."""
POLICY_WORDS = {
    "OPEN": "anybody who reaches the node",
    "READ": "any role at that desk, or an auditor whom all parties appointed",
    "WHOLE": "the same without observers: an observer reads what the desk was told and what it told others, "
    "and nothing that stands in the desk's own log alone",
    "ACT": "duty officer, liaison officer, watch chief or information steward at that desk",
    "OPERATE": "the operator of the node, who has no desk",
    "SIGNED_IN": "a signed-in person, for its own sessions; no token",
    "PEOPLE": "a signed-in watch chief of that desk; no token",
    "DEMO": "anybody on this machine, in the demo only",
}


def text() -> str:
    """Write the page."""
    from keepclear.service.http.app import table
    from keepclear.service.http.policy import Policy

    rows = table()
    types = _known(route.gives for route in rows if route.gives is not None)
    parts = [HEAD.rstrip()]
    parts += [f"| {policy.value} | {POLICY_WORDS.get(policy.name, policy.value)} |" for policy in Policy]
    parts += ["", "## Routes", ""]
    for group, routes in _grouped(rows).items():
        parts += [f"### {group}", "", "| route | asks | gives | what it is |", "|---|---|---|---|"]
        parts += [_row(route, types) for route in routes]
        parts.append("")
    parts += ["## Shapes", ""]
    parts += [SHAPES, ""]
    for kind in sorted((kind for kind in types if not types[kind]), key=lambda kind: kind.__name__):
        parts += section(kind, types, answer_rows)
    return "\n".join(parts).rstrip() + "\n"


def _known(gives: Iterable[Any]) -> dict[type, str]:
    """Give the types of answers with the page that describes each; "" is this page."""
    from keepclear.commands.telling import Tell
    from keepclear.model.statements import KINDS, Statement
    from keepclear.service.http.acts import TellOn

    elsewhere = dict.fromkeys((*statements_reference.described(), *KINDS), "statements.md")
    elsewhere |= {Tell: "statements.md", Statement: "statements.md"}
    return {**dict.fromkeys(all_named(gives), ""), TellOn: "", **elsewhere}


def _grouped(rows: list[Any]) -> dict[str, list[Any]]:
    groups: dict[str, list[Any]] = {"Desk: looking": [], "Desk: acting": [], "Demo": [], "Node": []}
    for route in rows:
        if route.policy.name == "DEMO":
            groups["Demo"].append(route)
        elif "{party}" not in route.path:
            groups["Node"].append(route)
        else:
            groups["Desk: looking" if route.method == "GET" else "Desk: acting"].append(route)
    return groups


def _row(route: Any, types: dict[type, str]) -> str:
    params = "".join(f"<br>`?{param.name}=` {param.words}" for param in route.params)
    headers = "".join(f"<br>`{header.name}:` {header.words}" for header in route.headers)
    takes = "" if route.takes is None else f"<br>takes {type_words(route.takes, types)}"
    gives = type_words(route.gives, types) if route.gives is not None else route.media_type
    path = re.sub(r"^/api/v1/desks/\{party\}", "…/{party}", route.path)
    words = f"{route.words}{params}{headers}{takes}".replace("|", "\\|")
    return f"| `{route.method} {path}` | {route.policy.value} | {gives} | {words} |"


if __name__ == "__main__":
    sys.stdout.write(text())
