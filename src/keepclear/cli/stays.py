"""Commands on stays: how long things may stay in an area, and what of one's own must be there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

from cyclopts import App, Parameter

from keepclear.cli.client import FOLDER, desk
from keepclear.cli.looking import As, Dir, Json
from keepclear.cli.output import Printer, bold, joined, safe, say
from keepclear.cli.telling import one_of
from keepclear.model.stays import Stayers
from keepclear.service.auth import Role
from keepclear.times import text, utc

stays = App(
    name="stays", help="How long things may stay in an area, and what must be there: list, set, drop."
)

Area = Annotated[str, Parameter(help="The zone, by its subject (keepclear show measures --ids shows it).")]


@stays.command(name="set")
def set_(
    area: Area,
    /,
    *,
    longer_than_s: Annotated[
        int | None, Parameter(help="A stay for longer than so many seconds is an alarm; at least 60.")
    ] = None,
    whose: Annotated[str, one_of(Stayers, "Of whose things: own, tied to a notice, or anyone's.")] = (
        Stayers.ANYONE
    ),
    expect: Annotated[
        tuple[int, ...],
        Parameter(
            help="An own thing that must be inside, by its number of keepclear tracks list; again for more."
        ),
    ] = (),
    start: Annotated[
        str, Parameter(name="--from", help="From when, as 2026-03-01T06:00:00Z; else now.")
    ] = "",
    until: Annotated[str, Parameter(help="Until when; else without end.")] = "",
    grace_s: Annotated[
        int, Parameter(help="So many seconds after the beginning it may still be missing.")
    ] = 0,
    party: As = None,
    dir_: Dir = FOLDER,
) -> int:
    """Say what is asked of stays in an area, in place of what was; for the watch chief."""
    window = {"start": _at(start), "end": _at(until), "grace_s": grace_s}
    expected = [{"thing": number, **window} for number in expect]
    with desk(dir_, party, Role.WATCH_CHIEF) as here:
        act = {"about": area, "dwell_s": longer_than_s, "whose": whose, "expected": expected}
        answer = here.post("live/stays", act)
    say(f"{answer['about']['name']}: {_asked(answer)}.")
    return 0


@stays.command
def drop(area: Area, /, *, party: As = None, dir_: Dir = FOLDER) -> int:
    """Ask nothing of stays in an area any more; what was found ends with that reason."""
    with desk(dir_, party, Role.WATCH_CHIEF) as here:
        answer = here.post("live/stays", {"about": area})
    say(f"{answer['about']['name']}: nothing is asked of stays there.")
    return 0


@stays.command(name="list")
def list_stays(*, party: As = None, dir_: Dir = FOLDER, json: Json = False) -> int:
    """List what is asked of stays, by the names of the areas."""
    with desk(dir_, party) as here:
        answer = here.get("live/stays")

    def lined(got: dict[str, Any]) -> Iterator[str]:
        for row in got["stays"]:
            yield bold(row["about"]["name"]) + safe(f": {_asked(row)}; by the {row['by_role']}")
        if not got["stays"]:
            yield "Nothing is asked of stays. Next: keepclear stays set AREA --longer-than-s 1800"

    Printer(as_json=json).give(answer, lined)
    return 0


def _at(given: str) -> str | None:
    return text(utc(given)) if given else None


def _asked(row: dict[str, Any]) -> str:
    longest = f"{row['whose']}: no longer than {row['dwell_s']} s" if row["dwell_s"] else ""
    return (
        joined(longest, *(f"expected: {_expected(each)}" for each in row["expected"])) or "nothing is asked"
    )


def _expected(each: dict[str, Any]) -> str:
    start = f" from {each['start']}" if each["start"] else ""
    end = f" until {each['end']}" if each["end"] else ""
    return f"{each['called']}{start}{end}"
