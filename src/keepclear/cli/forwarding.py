"""Commands of forwarding: show another's words on, and see the way that a text has gone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

from cyclopts import Parameter

from keepclear.cli.client import FOLDER, desk
from keepclear.cli.looking import As, At, Dir, Ids, Json
from keepclear.cli.output import Printer, bold, instant, safe
from keepclear.cli.telling import Key
from keepclear.times import text, utc

Item = dict[str, Any]
Which = Annotated[str, Parameter(help="The id of the statement, as --ids shows it.")]


def forward(
    statement: Which,
    /,
    *,
    to: Annotated[
        list[str], Parameter(negative="", help="A party that is to be shown it; may be given again.")
    ],
    remarks: Annotated[str, Parameter(help="Own words beside it; they do not change it.")] = "",
    party: As = None,
    key: Key = None,
    dir_: Dir = FOLDER,
    json: Json = False,
    ids: Ids = False,
) -> int:
    """Show another's statement on as it came, with its author's signature inside."""
    with desk(dir_, party) as here:
        made = here.post("forwards", {"statement": statement, "readers": to, "remarks": remarks}, key)
    words = f"Forwarded to {', '.join(to)} as it came. Statement {made['statement']}"
    Printer(as_json=json, ids=ids).give(made, lambda _: iter((safe(words),)))
    return 0


def relay(
    statement: Which,
    /,
    *,
    party: As = None,
    at: At = None,
    dir_: Dir = FOLDER,
    json: Json = False,
) -> int:
    """Show the way of a text: who told it to whom and when, what came back, and which leg waits now.

    Exit status: 0 nothing waits, 2 a leg waits, 1 error.
    """
    with desk(dir_, party) as here:
        found = here.get(f"statements/{statement}/relay", at=None if at is None else text(utc(at)))
    Printer(as_json=json).give(found, _lines)
    return 2 if found["waiting"] else 0


def _lines(found: Item) -> Iterator[str]:
    yield f"{bold(found['title'])}, by {safe(found['author_name'])} {instant(found['stated_at'])}"
    yield safe(f"{found['signature']}{'' if found['onward'] else '; its author asks not to tell it onward'}")
    for leg in found["legs"]:
        mark = bold("WAITS  ") if leg["waiting"] else "       "
        yield mark + safe(leg["words"])
    if not found["legs"]:
        yield "It was told to nobody, as far as is known here."
