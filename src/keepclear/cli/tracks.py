"""Commands on live positions: look at the own picture, send a file, tie to a notice, replay a recording."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

from cyclopts import App, Parameter

from keepclear.cli.client import FOLDER, desk
from keepclear.cli.looking import As, Dir, Json
from keepclear.cli.output import Printer, bold, joined, safe, say
from keepclear.errors import Malformed

tracks = App(name="tracks", help="Live positions: list, send, tie, untie, trail, replay.")

_FORMS = {".json": "application/json", ".geojson": "application/geo+json", ".csv": "text/csv"}
WORLD = "-180,-90,180,90"
Number = Annotated[int, Parameter(help="The number of the thing, as keepclear tracks list shows it.")]


@tracks.command(name="list")
def list_things(
    *,
    box: Annotated[str, Parameter(help="west,south,east,north in degrees; without it everywhere.")] = WORLD,
    party: As = None,
    dir_: Dir = FOLDER,
    json: Json = False,
) -> int:
    """List what this desk follows, by name: each with its age, accuracy and standing."""
    with desk(dir_, party) as here:
        answer = here.get("live", box=box)

    def lined(got: dict[str, Any]) -> Iterator[str]:
        for each in got["moving"]:
            yield bold(f"{each['number']}  {each['callsign'] or each['id']}") + safe(f": {_about(each)}")
        if got["left_out"]:
            yield f"{got['left_out']} more are not shown: ask for a smaller box."
        if not got["moving"]:
            yield "Nothing is followed there."

    Printer(as_json=json).give(answer, lined)
    return 0


def _about(each: dict[str, Any]) -> str:
    accuracy = "accuracy unknown" if each["accuracy_m"] is None else f"within {each['accuracy_m']:.0f} m"
    return joined(
        f"{each['kind']}, {each['standing']}, by {each['feed']}",
        "invented" if each["invented"] else "",
        f"{each['lat']:.4f} {each['lon']:.4f}, {accuracy}, {each['age_s']:.0f} s old",
        "STALE" if each["stale"] else "",
        each["doubt"],
        f"tied to {each['tied_to']['name']}" if each["tied_to"] else "",
        each["expected_again"],
    )


@tracks.command
def send(
    file: Annotated[Path, Parameter(help="A batch: .json, .geojson or .csv, as docs/how-to says.")],
    /,
    *,
    feed: Annotated[str, Parameter(help="The feed that it comes by.")],
    party: As = None,
    dir_: Dir = FOLDER,
    json: Json = False,
) -> int:
    """Send a batch of positions to the running node; says what was taken and what was refused."""
    form = _FORMS.get(file.suffix.lower())
    if form is None:
        raise Malformed(f"the file {file.name}", "media-type", f"one of {', '.join(_FORMS)}", "file")
    with desk(dir_, party) as here:
        answer = here.send_bytes(f"live/feeds/{feed}/fixes", file.read_bytes(), form)

    def lined(got: dict[str, Any]) -> Iterator[str]:
        yield f"Taken: {got['taken']}; late, kept in the trail: {got['late']}."
        for rule, count in got["refused"].items():
            yield safe(f"Refused by {rule}: {count}.")
        for no in got["unread"]:
            yield safe(f"Not read, item {no['number']}: {no['words']}")

    Printer(as_json=json).give(answer, lined)
    return 0


@tracks.command
def tie(
    number: Number,
    subject: Annotated[str, Parameter(help="The notice or movement, by its subject (--ids shows it).")],
    /,
    *,
    party: As = None,
    dir_: Dir = FOLDER,
) -> int:
    """Tie a thing to a notice or movement: from then on it is held against it, and expected again."""
    with desk(dir_, party) as here:
        answer = here.post(f"live/{number}/tie", {"subject": subject})
    say(f"{answer['callsign'] or answer['id']} is tied to {answer['tied_to']['name']}.")
    return 0


@tracks.command
def untie(number: Number, /, *, party: As = None, dir_: Dir = FOLDER) -> int:
    """Take a thing's tie away."""
    with desk(dir_, party) as here:
        answer = here.post(f"live/{number}/untie", {})
    say(f"{answer['callsign'] or answer['id']} is tied to nothing.")
    return 0


@tracks.command
def findings(*, party: As = None, dir_: Dir = FOLDER, json: Json = False) -> int:
    """Show what the live rules find now, each at its measure, and what is expected again."""
    with desk(dir_, party) as here:
        answer = here.get("live/findings")

    def lined(got: dict[str, Any]) -> Iterator[str]:
        for row in got["findings"]:
            things = ", ".join(thing["called"] for thing in row["things"] if not thing["over"])
            yield bold(row["matter"]["name"]) + safe(f": {row['rule']}: {things or 'over'}. {row['words']}")
        for each in got["expected_again"]:
            yield bold(each["callsign"] or each["id"]) + safe(f": {each['expected_again']}")
        if not got["findings"] and not got["expected_again"]:
            yield "Nothing is found now."

    Printer(as_json=json).give(answer, lined)
    return 0
