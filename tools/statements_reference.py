"""Writes docs/reference/statements.md from the model."""

from __future__ import annotations

import sys
from enum import Enum

from tools.type_words import all_named, field_rows, purpose, section

PAGE = "docs/reference/statements.md"

HEAD = """# Statements

Written by `python -m tools.reference` from the model; do not edit by hand.

A statement is what one party says: whole, signed, dated and never changed. To say something, a desk hands in
an *act* (`Tell`); the node makes the statement of it, signs it, and appends it to the author's own log and to
the log of each reader. Reading is strict: a field that does not stand here is refused, and so is a time
without its offset. Which rules an act must also fulfil: [errors.md](errors.md). Why it is so:
[the record](../explanation/the-record.md).

"""


def text() -> str:
    """Write the page."""
    from keepclear.commands.telling import Tell
    from keepclear.model.statements import KINDS, Statement, kind_of

    kinds = sorted(KINDS, key=kind_of)
    reached = described()
    parts = [HEAD.rstrip(), "", "## Tell", "", purpose(Tell), "", *field_rows(Tell, reached), ""]
    parts += ["## Statement", "", purpose(Statement), "", *field_rows(Statement, reached), ""]
    parts += ["## Kinds", "", f"There are {len(kinds)} kinds of body; `kind` says which.", ""]
    parts += ["| kind | what it is |", "|---|---|"]
    parts += [f"| [`{kind_of(kind)}`](#kind-{kind_of(kind)}) | {_first(purpose(kind))} |" for kind in kinds]
    parts.append("")
    for kind in kinds:
        parts += [f"### kind: {kind_of(kind)}", "", purpose(kind), "", *field_rows(kind, reached), ""]
    parts += ["## Values", "", "What recurs in bodies.", ""]
    values = sorted((kind for kind in reached if not issubclass(kind, Enum)), key=lambda kind: kind.__name__)
    words = sorted((kind for kind in reached if issubclass(kind, Enum)), key=lambda kind: kind.__name__)
    for kind in values:
        parts += section(kind, reached)
    parts += ["## Closed sets of words", ""]
    for kind in words:
        parts += section(kind, reached)
    return "\n".join(parts).rstrip() + "\n"


def described() -> list[type]:
    """List the values and closed sets that this page describes."""
    from keepclear.commands.telling import Tell
    from keepclear.model.statements import KINDS, Statement

    whole = (*KINDS, Tell, Statement)
    return [kind for kind in all_named(whole) if kind not in whole]


def _first(words: str) -> str:
    return words.split("\n\n")[0].replace("\n", " ").replace("|", "\\|")


if __name__ == "__main__":
    sys.stdout.write(text())
