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
    tell: Annotated[
        list[str], Parameter(negative="", help="A party at the other end of a hotline that gets the name.")
    ] = [],  # noqa: B006 - never changed
    of: Annotated[
        str | None,
        Parameter(help="The party whose shift it is, as it told you by telephone; told to nobody."),
    ] = None,
    instead: Annotated[str | None, Parameter(help="The id of the shift that this one restates.")] = None,
    party: As = None,
    key: Key = None,
    dir_: Dir = FOLDER,
    json: Json = False,
    ids: Ids = False,
) -> int:
    """State who has the watch from when until when; the name is kept beside your own log."""
    asked = {
        "role": role, "name": person, "start": start, "end": end, "station": station, "readers": tell,
        "party": of, "subject": instead,
    }  # fmt: skip
    with desk(dir_, party) as here:
        made = here.post("shifts", asked, key)
    told = f" Told to {', '.join(tell)}." if tell else ""
    words = f"{person} has the watch as {role}." if of is None else f"Noted of {of}: {person} as {role}."
    words += told
    Printer(as_json=json, ids=ids).give(made, lambda _: iter((safe(words),)))
    return 0


def shifts(
    *, party: As = None, at: At = None, dir_: Dir = FOLDER, json: Json = False, ids: Ids = False
) -> int:
    """Show the rota: who has which role when, and where it has a gap or an overlap."""
    out = Printer(as_json=json, ids=ids)
    with desk(dir_, party) as here:
        answer = here.get("shifts", at=at)

    others: list[str] = []

    def lined(got: Item) -> Iterator[str]:
        if not got["items"]:
            yield 'No shift has been stated. Next: keepclear shift "duty officer" "NAME" START END'
        for item in got["items"]:
            if item["party"] != answer["party"] and item["party"] not in others:
                others.append(item["party"])
                yield bold(f"{item['party_name']}, {item['how']}")
            span = f"{instant(item['start'])} to {instant(item['end'])}"
            if item["what"] == "shift":
                who = joined(item["now_with"], item["station"], item["words"], by=", ")
                yield safe(f"{item['role']}, {span}: {who} ({item['state']})") + out.tag(item)
            else:
                yield bold(safe(f"{item['role']}, {span}: {item['what'].upper()}, {item['words']}"))

    out.give(answer, lined)
    return 0
