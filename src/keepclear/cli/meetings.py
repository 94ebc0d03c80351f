"""Commands of meetings and of map exchanges: plan, note as held, offer maps, receive them, list."""

from __future__ import annotations

from typing import Annotated, Any

from cyclopts import App, Parameter

from keepclear.cli import lines
from keepclear.cli.client import FOLDER, desk
from keepclear.cli.desks import Desk
from keepclear.cli.looking import As, At, Dir, Ids, Json, read_out
from keepclear.cli.output import Printer
from keepclear.cli.telling import Key, To, acted, one_of, the_one, told
from keepclear.errors import Refused
from keepclear.model.hotline import Rung
from keepclear.model.words import Level

Item = dict[str, Any]
Words = Annotated[list[str], Parameter(negative="", help="In words; may be given again.")]
Which = Annotated[str, Parameter(help="The meeting, by name or id.")]
Maps = Annotated[
    list[str], Parameter(negative="", help="A map exchange that belongs to it, by name; may be given again.")
]

meeting = App(name="meeting", help="Meetings: plan one, note what was settled, list the series.")
map_exchange = App(name="map-exchange", help="Map exchanges: offer zones and boundaries together, receive.")


@meeting.command
def plan(
    name: Annotated[str, Parameter(help="What it is called.")],
    others: Annotated[list[str], Parameter(help="The parties besides this one.")],
    /,
    *,
    tell: To = [],  # noqa: B006 - never changed
    when: Annotated[str | None, Parameter(help='When (RFC 3339, or a day; "about" before it).')] = None,
    place_: Annotated[str, Parameter(name="--place", help="Where, in words; withheld where left out.")] = "",
    level: Annotated[str, one_of(Level, "Of which level.")] = Level.DEPUTY,
    series: Annotated[str, Parameter(help="The series to which it belongs.")] = "",
    number: Annotated[int | None, Parameter(help="Its number in the series; the next if left out.")] = None,
    agenda: Words = [],  # noqa: B006 - never changed
    party: As = None,
    key: Key = None,
    dir_: Dir = FOLDER,
    json: Json = False,
    ids: Ids = False,
) -> int:
    """Plan a meeting; where no place is given it is withheld, from everybody alike."""
    with desk(dir_, party) as here:
        asked: Item = {
            "name": name, "others": others, "when": when or "", "place": place_, "level": level,
            "series": series, "number": number, "agenda": agenda, "readers": tell,
        }  # fmt: skip
        return acted(here, "meetings", asked, key, Printer(as_json=json, ids=ids))


@meeting.command
def held(
    which: Which,
    /,
    *,
    outcome: Words = [],  # noqa: B006 - never changed
    follow_up: Annotated[
        list[str], Parameter(negative="", help='What follows, as "words" or "words by 2099-04-01".')
    ] = [],  # noqa: B006 - never changed
    maps: Maps = [],  # noqa: B006 - never changed
    when: Annotated[str | None, Parameter(help="When it was held, if otherwise than planned.")] = None,
    party: As = None,
    key: Key = None,
    dir_: Dir = FOLDER,
    json: Json = False,
    ids: Ids = False,
) -> int:
    """Note an own meeting as held, with what was settled; everybody who holds it is told the new text."""
    with desk(dir_, party) as here:
        found = _own(here, "meetings", which)
        asked: Item = {
            "outcomes": outcome, "follow_ups": follow_up, "when": when or "",
            "overlays": [_named(here, "overlays", each)["subject"] for each in maps],
        }  # fmt: skip
        return acted(here, f"meetings/{found['subject']}/held", asked, key, Printer(as_json=json, ids=ids))


@meeting.command(name="list")
def list_meetings(
    *, party: As = None, at: At = None, dir_: Dir = FOLDER, json: Json = False, ids: Ids = False
) -> int:
    """List the meetings: series and number, agenda, what was settled, what follows."""
    none = "No meeting has reached this desk."
    return read_out("meetings", lines.meeting, none, party, at, dir_, Printer(as_json=json, ids=ids))


@map_exchange.command
def offer(
    name: Annotated[str, Parameter(help="What it is called.")],
    items: Annotated[list[str], Parameter(help="Zones and boundaries, by name or id.")],
    /,
    *,
    tell: To,
    along: Annotated[
        list[str],
        Parameter(negative="", help="An own one of them to tell along to who does not hold it; given again."),
    ] = [],  # noqa: B006 - never changed
    left_out: Words = [],  # noqa: B006 - never changed
    medium: Annotated[str, Parameter(help='How it went over, as in "on paper, at the meeting".')] = "",
    party: As = None,
    key: Key = None,
    dir_: Dir = FOLDER,
    json: Json = False,
    ids: Ids = False,
) -> int:
    """Offer zones and boundaries together, and say what is left out on purpose; each reader has a ladder."""
    with desk(dir_, party) as here:
        asked: Item = {
            "name": name, "items": _subjects(here, items), "told_along": _subjects(here, along),
            "left_out": left_out, "medium": medium, "readers": tell,
        }  # fmt: skip
        return acted(here, "map-exchanges", asked, key, Printer(as_json=json, ids=ids))


@map_exchange.command
def receive(
    which: Annotated[str, Parameter(help="The map exchange, by name or id.")],
    /,
    *,
    rung: Annotated[str, one_of(Rung, "How far it got here.")] = Rung.ACKNOWLEDGED,
    by_role: Annotated[str, Parameter(help="The office that received it.")] = "duty officer",
    cell: Annotated[str, Parameter(help="For relayed: the cell to which it was passed.")] = "",
    party: As = None,
    key: Key = None,
    dir_: Dir = FOLDER,
    json: Json = False,
    ids: Ids = False,
) -> int:
    """Give a receipt for a map exchange that reached this desk, under the hash of its very text."""
    with desk(dir_, party) as here:
        found = _named(here, "overlays", which)
        author = found["said"]["author"]
        if author == here.party:
            asks = "one that another party offered: keepclear map-exchange list"
            raise Refused(f'a receipt for "{found["name"]}", which this desk offered', "own-receipt", asks)
        whole = here.get(f"statements/{found['statement']}")
        body = {
            "kind": "rung", "of": found["statement"], "reader": here.party, "rung": rung, "role": by_role,
            "text_hash": whole["digest"], "cell": cell,
        }  # fmt: skip
        return told(here, {"body": body, "readers": [author]}, key, Printer(as_json=json, ids=ids))


@map_exchange.command(name="list")
def list_maps(
    *, party: As = None, at: At = None, dir_: Dir = FOLDER, json: Json = False, ids: Ids = False
) -> int:
    """List the map exchanges: what each holds, what was left out, and each reader's receipt."""
    none = "No map exchange has reached this desk."
    return read_out("overlays", lines.overlay, none, party, at, dir_, Printer(as_json=json, ids=ids))


def _named(here: Desk, view: str, which: str) -> Item:
    items: list[Item] = here.get(view)["items"]
    found = [item for item in items if which in (item["name"], item["subject"], item["statement"])]
    return the_one(found, items, f'"{which}"')


def _subjects(here: Desk, which: list[str]) -> list[str]:
    return [_named(here, "measures", each)["subject"] for each in which]


def _own(here: Desk, view: str, which: str) -> Item:
    items = [item for item in here.get(view)["items"] if item["said"]["author"] == here.party]
    found = [item for item in items if which in (item["name"], item["subject"], item["statement"])]
    return the_one(found, items, f'"{which}", stated by this desk')
