"""Commands of what is counted: build-ups and belts against their base, crossings, courses, settings."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from itertools import groupby
from typing import Annotated, Any

from cyclopts import Parameter

from keepclear.cli.client import FOLDER, desk
from keepclear.cli.desks import Desk
from keepclear.cli.looking import As, At, Dir, Ids, Json, read_out
from keepclear.cli.output import Printer, bold, joined, safe, when
from keepclear.cli.telling import Key, the_one, told
from keepclear.errors import Malformed
from keepclear.service.auth import Role
from keepclear.times import text, utc
from keepclear.views.desk import PURPOSE_BANNER

Item = dict[str, Any]
DAYS = 14
"""How many of the last days are read out; --json gives all."""


def buildups(
    *, party: As = None, at: At = None, dir_: Dir = FOLDER, json: Json = False, ids: Ids = False
) -> int:
    """Show what is counted against its own base rate: build-ups and belts, day by day, missing days named."""
    none, out = "No build-up and no belt is counted here.", Printer(as_json=json, ids=ids)
    return read_out("base-rates", _base_rate, none, party, at, dir_, out, PURPOSE_BANNER)  # LIM-05


def crossings(
    *, party: As = None, at: At = None, dir_: Dir = FOLDER, json: Json = False, ids: Ids = False
) -> int:
    """Show crossings a day of each boundary and zone, whether they have become usual, and who left again."""
    none, out = "No crossing or entry is known here.", Printer(as_json=json, ids=ids)
    return read_out("crossings", _crossing, none, party, at, dir_, out, PURPOSE_BANNER)  # LIM-05


def courses(
    *, party: As = None, at: At = None, dir_: Dir = FOLDER, json: Json = False, ids: Ids = False
) -> int:
    """Show the rival courses that were claimed of incidents, each with its ellipses; none is chosen."""
    none, out = "No course of an incident is known here.", Printer(as_json=json, ids=ids)
    return read_out("courses", _course, none, party, at, dir_, out, PURPOSE_BANNER)  # LIM-05


def count_crossings(
    measure: Annotated[str, Parameter(help="The boundary or zone, by name or id.")],
    low: Annotated[int, Parameter(help="How many at least; 0 where all of the day was watched.")],
    high: Annotated[
        int | None, Parameter(help="How many at most; as many as at least where left out.")
    ] = None,
    /,
    *,
    day: Annotated[str, Parameter(help="The day at the place, such as 2026-11-20.")],
    offset: Annotated[str, Parameter(help="The place's offset from UTC.")] = "+00:00",
    by: Annotated[str | None, Parameter(help="The party that crossed; left out while unknown.")] = None,
    post: Annotated[str, Parameter(help="The post that counted, if not this desk.")] = "",
    party: As = None,
    key: Key = None,
    dir_: Dir = FOLDER,
    json: Json = False,
    ids: Ids = False,
) -> int:
    """Log a day's crossings of a boundary or zone in this desk's own log; a day without one is missing."""
    counted = {"low": low, "high": low if high is None else high, "unit": "crossings"}
    at = {"at": _begins(day, offset), "local": day, "offset": offset, "precision": "day"}
    body: Item = {"kind": "observation", "what": "crossings, the day's count", "at": at, "count": counted}
    if by is not None:
        body["party"] = by
    with desk(dir_, party) as here:
        found = _measure(here, measure)
        body |= {"about": [found["subject"]], "place": {"words": f"along {found['name']}"}}
        asked: Item = {"body": body, "readers": []}
        if post:
            asked["said_by"] = {"name": post, "party": here.party}
        return told(here, asked, key, Printer(as_json=json, ids=ids))


def base_rate(
    reason: Annotated[str, Parameter(help="Why; it stands in the record.")],
    /,
    *,
    about: Annotated[
        str | None, Parameter(help="A build-up, boundary or zone, by name or id; all where left out.")
    ] = None,
    false_per_month: Annotated[float, Parameter(help="How many false findings a month are accepted.")] = 0.1,
    tolerated_per_day: Annotated[float, Parameter(help="Crossings a day that ask for no contact.")] = 1.0,
    base_from: Annotated[
        str | None,
        Parameter(help="The first day of the base, such as 2026-11-20; earlier ones are left out."),
    ] = None,
    party: As = None,
    key: Key = None,
    dir_: Dir = FOLDER,
    json: Json = False,
    ids: Ids = False,
) -> int:
    """Set, as watch chief, how numbers are watched: false findings, crossings, the base's first day."""
    body: Item = {
        "kind": "base-rate", "reason": reason, "false_per_month": false_per_month,
        "tolerated_per_day": tolerated_per_day, "by_role": Role.WATCH_CHIEF.value,
    }  # fmt: skip
    if base_from is not None:
        at = _begins(base_from, "+00:00")
        body["base_from"] = {"at": at, "local": base_from, "precision": "day"}
    with desk(dir_, party, Role.WATCH_CHIEF) as here:
        if about is not None:
            body["about"] = _counted_thing(here, about)["subject"]
        return told(here, {"body": body, "readers": []}, key, Printer(as_json=json, ids=ids))


def _begins(day: str, offset: str) -> str:
    """Give the instant at which a day begins at a place.

    Raises:
        Malformed: it is no day, or no offset.
    """
    try:
        date.fromisoformat(day)
    except ValueError as error:
        raise Malformed(f'"{day}" is no day', "day", "a day such as 2026-11-20", "day") from error
    return text(utc(f"{day}T00:00:00{offset}"))


def _base_rate(item: Item, _: Printer) -> Iterator[str]:
    part = f", {item['part']}" if item["part"] else ""
    unit = f" ({item['unit']})" if item["unit"] else ""
    yield f"{bold(item['matter']['name'] + part + unit)}: {bold(item['answer'])}"
    yield f"  {safe(item['words'])}"
    yield from _days(item)
    for test in item["tests"]:
        yield f"  {safe(test['words'])}"
    for presence in item["presences"]:
        yield f"  own presence: {safe(presence)}"
    reported = [
        f"{safe(each['indicator'])} ({when(each['first'])})"
        for each in item["indicators"]
        if each["reported"]
    ]
    if item["indicators"]:
        yield f"  indicators reported: {', '.join(reported) or 'none, which is not none there'}"
    yield f"  {safe(item['cannot_say'])}"
    yield f"  {item['false_per_month']:g} false findings a month accepted: {safe(item['set_by'])}"


def _crossing(item: Item, _: Printer) -> Iterator[str]:
    yield bold(item["measure"]["name"])
    for series in item["series"]:
        by = f"by {series['party']}: " if series["party"] else ""
        yield f"  {safe(by)}{safe(series['usual']['words'])}"
        yield f"  {safe(series['words'])}"
        yield from _days(series)
    if item["counts"]:
        yield f"  {safe(item['counts']['words'])}"
    for passage in item["passages"]:
        after = _followed_by(passage["incident"])
        yield f"  {safe(passage['words'])}{after}"


def _followed_by(incident: Item | None) -> str:
    """Name the incident that followed, if any did."""
    return "" if incident is None else f": {safe(incident['name'])}"


def _days(item: Item) -> Iterator[str]:
    """Read out the last days: a count, its base and what would raise a finding; missing ones as missing."""
    for state, group in groupby(item["days"][-DAYS:], key=lambda day: str(day["state"])):
        days = list(group)
        if state != "watched":
            yield f"  {joined(*dict.fromkeys((days[0]['day'], days[-1]['day'])), by=' to ')}  {state}"
            continue
        yield from map(_day, days)
    for change in item["coverage"]:
        yield f"  {change['day']}  {safe(change['words'])}"


def _day(day: Item) -> str:
    most = "or more" if day["high"] is None else "" if day["high"] == day["low"] else f"to {day['high']}"
    base = "" if day["base"] is None else f"base {day['base']:g}"
    limit = "" if day["raises_at"] is None else f"a finding from {day['raises_at']}"
    counted = joined(str(day["low"]), most, by=" ")
    return f"  {day['day']}  {joined(counted, base, limit, day['raised'], by='; ')}"


def _course(item: Item, _: Printer) -> Iterator[str]:
    yield f"{bold(item['incident']['name'])}: {safe(item['words'])}"
    for version in item["versions"]:
        whose = version["of_party"] or "unknown"
        yield f"  {safe(version['speaker'])}: {safe(version['what'])} of {safe(whose)}"
        for place in version["places"]:
            axes = f"within {place['major_m']:g} m by {place['minor_m']:g} m along {place['bearing_deg']:g}°"
            sides = [test["answer"] for test in place["tests"]]
            yield f"    {when(place['at'])}: {place['lat']:.3f} {place['lon']:.3f}, {joined(axes, *sides)}"
    for row in item["compared"]:
        yield f"  {safe(row['words'])}"


def _measure(here: Desk, which: str) -> Item:
    items: list[Item] = here.get("measures")["items"]
    return the_one([item for item in items if which in (item["name"], item["subject"])], items, f'"{which}"')


def _counted_thing(here: Desk, which: str) -> Item:
    items: list[Item] = [*here.get("buildups")["items"], *here.get("measures")["items"]]
    return the_one([item for item in items if which in (item["name"], item["subject"])], items, f'"{which}"')
