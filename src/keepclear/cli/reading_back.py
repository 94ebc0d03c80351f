"""The command `read-back`: this desk repeats, by its own word, a message that reached it."""

from __future__ import annotations

from typing import Annotated, Any

from cyclopts import Parameter

from keepclear.cli.answering import MessageId, read_out
from keepclear.cli.calling import Field, fields_of, repeated
from keepclear.cli.client import FOLDER, desk
from keepclear.cli.looking import As, Dir, Json
from keepclear.cli.output import Printer, safe
from keepclear.cli.telling import Key
from keepclear.errors import Malformed

Item = dict[str, Any]


def read_back(
    message: MessageId = "latest",
    /,
    *,
    heard: Field = None,
    role: Annotated[str, Parameter(help="The office that reads back.")] = "duty officer",
    party: As = None,
    key: Key = None,
    dir_: Dir = FOLDER,
    json: Json = False,
) -> int:
    """Read a message out that reached this desk, then read it back to its author, field by field.

    The author compares and confirms. For what was heard by telephone of an own message: keepclear in-call.
    """
    if not heard:
        raise Malformed(
            "a read-back of nothing",
            "read-back-field",
            '--heard field=words for each part of the message, as in --heard "bank=east"',
            "heard",
        )
    fields, out = fields_of(heard), Printer(as_json=json)
    with desk(dir_, party) as here:
        whole = read_out(here, message, out, "reading back")
        text, author = whole["statement"]["id"], whole["said"]["author"]
        body = {"kind": "read-back", "of": text, "fields": fields, "role": role}
        here.post("statements", {"body": body, "readers": [author]}, key)
        rows = here.get(f"messages/{text}/read-backs")
        mine = [row for row in rows["readers"] if row["reader"] == here.party]

    def lined(_: Item) -> list[str]:
        told = f"Read back to {whole['said']['author_name']}, who compares it and confirms."
        return [*(line for row in mine for line in repeated(row)), safe(told)]

    out.give({**rows, "readers": mine}, lined)
    return 0
