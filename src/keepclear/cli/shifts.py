"""Commands of the rota: state a shift, list the rota with its gaps and overlaps."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

from cyclopts import Parameter

from keepclear.cli.client import FOLDER, desk
from keepclear.cli.looking import As, At, Dir, Ids, Json
from keepclear.cli.output import Printer, bold, instant, joined, safe
from keepclear.cli.telling import Key

Item = dict[str, Any]


def shift(
    role: Annotated[str, Parameter(help='The role of the watch, as in "duty officer".')],
    person: Annotated[str, Parameter(help="Who has it, by name.")],
    start: Annotated[str, Parameter(help="From when (RFC 3339).")],
    end: Annotated[str, Parameter(help="Until when (RFC 3339).")],
    /,
    *,
    station: Annotated[str, Parameter(help="At which station.")] = "",
    party: As = None,
    key: Key = None,
    dir_: Dir = FOLDER,
    json: Json = False,
    ids: Ids = False,
) -> int:
    """State who has the watch from when until when; the name is kept beside your own log."""
    asked = {"role": role, "name": person, "start": start, "end": end, "station": station}
    with desk(dir_, party) as here:
        made = here.post("shifts", asked, key)
    words = f"{person} has the watch as {role}."
    Printer(as_json=json, ids=ids).give(made, lambda _: iter((safe(words),)))
    return 0


def shifts(
    *, party: As = None, at: At = None, dir_: Dir = FOLDER, json: Json = False, ids: Ids = False
) -> int:
    """Show the rota: who has which role when, and where it has a gap or an overlap."""
    out = Printer(as_json=json, ids=ids)
    with desk(dir_, party) as here:
        answer = here.get("shifts", at=at)

    def lined(got: Item) -> Iterator[str]:
        if not got["items"]:
            yield "No shift has been stated."
        for item in got["items"]:
            span = f"{instant(item['start'])} to {instant(item['end'])}"
            if item["what"] == "shift":
                who = joined(item["now_with"], item["station"], item["words"], by=", ")
                yield safe(f"{item['role']}, {span}: {who} ({item['state']})") + out.tag(item)
            else:
                yield bold(safe(f"{item['role']}, {span}: {item['what'].upper()}, {item['words']}"))

    out.give(answer, lined)
    return 0
