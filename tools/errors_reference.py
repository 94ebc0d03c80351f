"""Writes docs/reference/errors.md from the places in the sources that refuse something.

Each refusal names its rule and what would pass in the call that raises it. What is worked out at run time
stands as "…". A place that names no rule here could not be found by anybody, so the walk refuses it.
"""

from __future__ import annotations

import ast
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
SOURCES = ROOT / "src" / "keepclear"
PAGE = "docs/reference/errors.md"
# The one-file verifier imports nothing of Keepclear and has errors of its own.
APART = ("links/tlog/keepclear_verify.py",)

HEAD = """# Errors: rules, and what passes

Written by `python -m tools.reference` from the sources; do not edit by hand.

Every refusal says what was asked, which rule refused it, and what would pass. Over HTTP it is a problem
(RFC 9457) with `rule`, `field` and `passes`; at the command line it is one sentence on standard error and the
exit status 1. An act that was refused changed nothing. What a node does not know and what it may not tell
answer alike. "…" stands for what is filled in.

The hard limits LIM-01 to LIM-10 are refused by their id, also where a field or query parameter is only named
like something that they bar: [PURPOSE.md](../../PURPOSE.md) says how each is held.

| kind | means | HTTP |
|---|---|---|
| NotAllowed | the caller's role or party may not do this | 403; 401 without a valid token |
| LimitRefused | a [hard limit](../../PURPOSE.md) bars it, whoever asks | 403 |
| NotKnown | no such thing in what has reached this party | 404 |
| Conflicting | restated meanwhile, or a key used for another act | 409; 412 for `If-Match` |
| Refused | another rule said no | 422 |
| Malformed | bytes or fields that cannot be read | 400; 413 when too large, 405 and 421 for method and host |
| ProofRefused | a log, checkpoint, signature or proof does not hold | 422 |
| StoreFault | the disk or the database cannot take or give it; nothing acknowledged was lost | 503 |
"""
KINDS = (
    "NotAllowed", "LimitRefused", "NotKnown", "Conflicting", "Refused", "Malformed", "ProofRefused",
    "StoreFault",
)  # fmt: skip
PLACES = {"asked": 0, "rule": 1, "passes": 2, "field": 3}
GAP = "…"


def text() -> str:
    """Write the page."""
    parts = [HEAD]
    rows = refusals()
    for area in sorted({row[0] for row in rows}):
        parts += [f"## {area}", "", "| rule | refuses | accepted |", "|---|---|---|"]
        told = sorted({row[1:] for row in rows if row[0] == area})
        parts += [f"| `{rule}` | {_cell(asked)} | {_cell(passes)} |" for rule, asked, passes in told]
        parts.append("")
    return "\n".join(parts)


def refusals() -> list[tuple[str, str, str, str]]:
    """List the refusals in the sources: area, rule, what is refused, what would pass."""
    found = []
    for path in sorted(SOURCES.rglob("*.py")):
        inside = path.relative_to(SOURCES)
        if inside.as_posix() in APART:
            continue
        names = _named_texts(path)
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in KINDS:
                given = _given(call)
                rule = _words(given.get("rule"), names)
                if rule != GAP:
                    asked, passes = (_words(given.get(key), names) for key in ("asked", "passes"))
                    found.append((inside.parts[0].removesuffix(".py"), rule, asked, passes))
    return found


def _given(call: ast.Call) -> dict[str, ast.expr]:
    given = {name: call.args[place] for name, place in PLACES.items() if place < len(call.args)}
    return given | {keyword.arg: keyword.value for keyword in call.keywords if keyword.arg}


def _named_texts(path: Path) -> dict[str, str]:
    """Give the texts and numbers that a module names in capitals, so that they can be shown."""
    named = {}
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        value = getattr(node, "value", None)
        for target in getattr(node, "targets", ()):
            if isinstance(target, ast.Name) and isinstance(value, ast.Constant):
                named[target.id] = str(value.value)
    return named


def _words(node: ast.expr | None, names: dict[str, str]) -> str:
    if node is None:
        return ""
    if isinstance(node, ast.Constant):
        return str(node.value)
    if isinstance(node, ast.Name):
        return names.get(node.id, GAP)
    if isinstance(node, ast.JoinedStr):
        return "".join(_piece(value, names) for value in node.values)
    return GAP


def _piece(node: ast.expr, names: dict[str, str]) -> str:
    return _words(node.value if isinstance(node, ast.FormattedValue) else node, names)


def _cell(words: str) -> str:
    return words.replace("|", "\\|").replace("\n", " ").replace("<", "&lt;")


if __name__ == "__main__":
    sys.stdout.write(text())
