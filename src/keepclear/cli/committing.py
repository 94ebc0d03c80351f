"""Commands of the hourly commitments: list them, open one filed statement, check what was opened."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

from cyclopts import Parameter

from keepclear.cli.client import FOLDER, desk
from keepclear.cli.looking import As, Dir, Ids, Json
from keepclear.cli.output import Printer, bold, instant, safe
from keepclear.cli.telling import Key

Item = dict[str, Any]


def commitments(*, party: As = None, dir_: Dir = FOLDER, json: Json = False, ids: Ids = False) -> int:
    """Show the hourly commitments that have reached this desk, its own among them."""
    out = Printer(as_json=json, ids=ids)
    with desk(dir_, party) as here:
        answer = here.get("commitments")

    def lined(got: Item) -> Iterator[str]:
        for item in got["items"]:
            yield safe(f"{item['words']}; here since {instant(item['received_at'])}") + out.tag(item)
        if not got["items"]:
            yield "No commitment has reached this desk."

    out.give(answer, lined)
    return 0


def open_commitment(
    statement: Annotated[str, Parameter(help="The id of the filed statement.")],
    /,
    *,
    to: Annotated[str, Parameter(help="The party that is to see it.")],
    party: As = None,
    key: Key = None,
    dir_: Dir = FOLDER,
    json: Json = False,
    ids: Ids = False,
) -> int:
    """Tell a party what this desk had filed and told nobody, and prove since when it had been filed."""
    with desk(dir_, party) as here:
        made = here.post("openings", {"statement": statement, "reader": to}, key)
    words = f"Opened to {to}: the statement, and what leads from it to a commitment that {to} holds."
    Printer(as_json=json, ids=ids).give(made, lambda _: iter((safe(words),)))
    return 0


def openings(*, party: As = None, dir_: Dir = FOLDER, json: Json = False, ids: Ids = False) -> int:
    """Check what was opened here: had its author filed it before the commitment came, or not?

    Exit status: 0 every opening holds, 2 one does not, 1 error.
    """
    out = Printer(as_json=json, ids=ids)
    with desk(dir_, party) as here:
        answer = here.get("openings")

    def lined(got: Item) -> Iterator[str]:
        for item in got["items"]:
            mark = "holds" if item["holds"] else bold("DOES NOT HOLD")
            yield f"{mark}: {safe(item['words'])} [dim]({safe(item['of'])})[/dim]"
        if not got["items"]:
            yield "Nothing was opened here."

    out.give(answer, lined)
    return 0 if all(item["holds"] for item in answer["items"]) else 2
