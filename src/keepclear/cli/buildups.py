"""Commands of build-ups: watch one, note what is seen, raise it, note what is heard, end it, list."""

from __future__ import annotations

import math
import secrets
from typing import Annotated, Any

from cyclopts import App, Parameter

from keepclear.cli import lines
from keepclear.cli.client import FOLDER, desk
from keepclear.cli.desks import Desk
from keepclear.cli.looking import As, At, Dir, Ids, Json, read_out
from keepclear.cli.output import Printer, say
from keepclear.cli.stating import count, hotline_of, stamp
from keepclear.cli.telling import Key, one_of, the_one, told
from keepclear.errors import Malformed, NotKnown
from keepclear.geo.figures import Point
from keepclear.geo.geodesy import distance_m
from keepclear.geo.positions import read_position
from keepclear.model.hotline import Answer
from keepclear.model.words import Precedence
from keepclear.service.auth import Role
from keepclear.service.clock import SystemClock
from keepclear.times import text
from keepclear.views.desk import PURPOSE_BANNER

Item = dict[str, Any]
Which = Annotated[str, Parameter(help="The build-up, by name or id.")]
Sign = Annotated[
    list[str], Parameter(negative="", help="What was seen beside the count; may be given again.")
]
ENDS = ("dispersed", "closed", "became an incident")
ASKED = (Answer.OURS, Answer.NOT_OURS, Answer.CHECKING, Answer.DENIED, Answer.WILL_ACT)
CELL_KM = 8.0
"""How far a build-up's circle is widened at least before others are told: nobody's place is given away."""

build_up = App(name="build-up", help="Build-ups: watch, note, raise, hear, end, list.")


@build_up.command
def watch(
    name: Annotated[str, Parameter(help="What you call it.")],
    center: Annotated[str, Parameter(help='The middle of the area, as in "35.30 N 40.28 E".')],
    radius_km: Annotated[float, Parameter(help="Its radius in kilometres.")],
    seen: Annotated[str, Parameter(help='About how many, as in "50 to 80 fighters".')],
    /,
    *,
    at: Annotated[
        str | None, Parameter(help="When it was seen (RFC 3339, or a day); now if left out.")
    ] = None,
    sign: Sign = [],  # noqa: B006 - never changed
    of: Annotated[str | None, Parameter(help="The party that is thought to be there, if any.")] = None,
    watch_for: Annotated[str, Parameter(help="What to look out for.")] = "",
    party: As = None,
    key: Key = None,
    dir_: Dir = FOLDER,
    json: Json = False,
    ids: Ids = False,
) -> int:
    """Begin to watch a gathering of strength; it stays in your own log until you raise it."""
    point = read_position(center).point
    body: Item = {
        "kind": "build-up", "name": name, "series": [_band(seen, at, sign)], "watch_for": watch_for,
        "area": _circle(point, radius_km), "attributed_to": of,
    }  # fmt: skip
    with desk(dir_, party) as here:
        return told(here, {"body": body}, key, Printer(as_json=json, ids=ids))


@build_up.command
def note(
    which: Which,
    seen: Annotated[str, Parameter(help='About how many now, as in "100 to 150 fighters".')],
    /,
    *,
    at: Annotated[
        str | None, Parameter(help="When it was seen (RFC 3339, or a day); now if left out.")
    ] = None,
    sign: Sign = [],  # noqa: B006 - never changed
    party: As = None,
    key: Key = None,
    dir_: Dir = FOLDER,
    json: Json = False,
    ids: Ids = False,
) -> int:
    """Note what is seen now: the series grows, in your own log; others still hold what they were told.

    That those who hold the older text are not told yet is decided as watch chief, and stands in your log.
    """
    with desk(dir_, party, Role.WATCH_CHIEF) as here:
        found, own = _own(here, which)
        body = {**own["body"], "series": [*own["body"]["series"], _band(seen, at, sign)]}
        holding = _holding(here, found["subject"])
        asked = {
            "body": body, "subject": found["subject"],
            "not_telling": dict.fromkeys(holding, "seen since; to be raised again if they should have it"),
        }  # fmt: skip
        return told(here, asked, key, Printer(as_json=json, ids=ids))


@build_up.command(name="raise")
def raise_(
    which: Which,
    to: Annotated[str, Parameter(help="The party that is asked.")],
    words: Annotated[str, Parameter(help="The words in which it is asked.")] = "Is it yours?",
    /,
    *,
    risk_note: Annotated[str, Parameter(help="At what risk it is told to them, in words.")],
    radius_km: Annotated[float | None, Parameter(help="The radius in which they are told of it.")] = None,
    precedence: Annotated[str, one_of(Precedence, "How urgent it is.")] = Precedence.FLASH,
    hotline: Annotated[str | None, Parameter(help="The hotline over which it goes, by name or id.")] = None,
    party: As = None,
    key: Key = None,
    dir_: Dir = FOLDER,
    json: Json = False,
    ids: Ids = False,
) -> int:
    """Raise a build-up with a party: the whole series in a wide area with count bands, and the question.

    The release is decided as watch chief; it stands in your own log with its risk note (LIM-08).
    """
    key = key or secrets.token_hex(12)
    out = Printer(as_json=json, ids=ids)
    with desk(dir_, party, Role.WATCH_CHIEF) as chief:
        found, own = _own(chief, which)
        wide = {**own["body"], **_coarse(own["body"], radius_km)}
        # Whoever holds an older text is told this one too, and each telling has a release of its own.
        readers = list(dict.fromkeys((to, *_holding(chief, found["subject"]))))
        for reader in readers:
            release = {
                "kind": "release", "of": found["subject"], "reader": reader, "form": "covering",
                "approved_by_role": Role.WATCH_CHIEF, "risk_note": risk_note,
            }  # fmt: skip
            chief.post("statements", {"body": release}, f"{key}-release-{reader}")
        coarse = {"body": wide, "subject": found["subject"], "form": "covering", "readers": readers}
        chief.post("statements", coarse, f"{key}-form")
    body: Item = {
        "kind": "message", "to": [to], "purpose": "concern", "precedence": precedence,
        "about": [found["subject"]], "asks": list(ASKED), "texts": [{"words": words}],
    }  # fmt: skip
    with desk(dir_, party) as here:
        if hotline is not None:
            body["channel"] = hotline_of(here, hotline)
        area = wide["area"]["radius_m"] / 1000.0
        say(f"{to} is told a circle of {area:.0f} km with count bands, and asked: {words}")
        return told(here, {"body": body, "readers": [to]}, key, out)


@build_up.command
def heard(
    which: Which,
    word: Annotated[str, one_of(Answer, "What they say of it.")],
    /,
    *,
    by: Annotated[str, Parameter(help="The party whose words these are.")],
    role: Annotated[str, Parameter(help="The office that spoke.")] = "duty officer",
    words: Annotated[str, Parameter(help="The words in which it was said.")] = "",
    party: As = None,
    key: Key = None,
    dir_: Dir = FOLDER,
    json: Json = False,
    ids: Ids = False,
) -> int:
    """Note the answer that was given by telephone; it stays reported by you and is no word of theirs."""
    with desk(dir_, party) as here:
        found, _ = _own(here, which)
        asked = [raised["statement"] for raised in found["raised"]]
        if not asked:
            asks = (
                f'first: keepclear build-up raise "{found["name"]}" {by} --risk-note "…"; or keepclear call'
            )
            raise NotKnown(f'an answer on "{found["name"]}", which was raised with nobody', "raised", asks)
        body = {"kind": "answer", "answer": word, "words": words, "about": [found["subject"]]}
        said = {"said_by": {"name": role, "party": by}, "via": "phone", "answers": [asked[-1]]}
        return told(here, {"body": body, **said}, key, Printer(as_json=json, ids=ids))


@build_up.command
def end(
    which: Which,
    how: Annotated[str, Parameter(help="How it ended: dispersed, closed, or became an incident.")],
    /,
    *,
    reason: Annotated[str, Parameter(help="Why, in words.")] = "",
    incident: Annotated[str | None, Parameter(help="The incident that it became, by name or id.")] = None,
    party: As = None,
    key: Key = None,
    dir_: Dir = FOLDER,
    json: Json = False,
    ids: Ids = False,
) -> int:
    """State how a build-up ended, to those who hold it; tie it to the incident that it became."""
    if how not in ENDS:
        raise Malformed(f'a build-up that ended "{how}"', "build-up-end", f"one of: {', '.join(ENDS)}", "how")
    key = key or secrets.token_hex(12)
    with desk(dir_, party) as here:
        found, own = _own(here, which)
        if incident is not None:
            items = here.get("incidents")["items"]
            meant = [each for each in items if incident in (each["name"], each["subject"])]
            one = the_one(meant, items, f'the incident "{incident}"')
            link = {"kind": "link", "a": found["subject"], "b": one["subject"], "relation": "led to"}
            here.post("statements", {"body": link}, f"{key}-link")
        readers = _holding(here, found["subject"])
        rows = [here.get(f"told/{reader}")["items"] for reader in readers]
        held = [row["statement"] for one in rows[:1] for row in one if row["subject"] == found["subject"]]
        body = {"kind": "status", "of": held[-1] if held else own["id"], "status": how, "reason": reason}
        return told(here, {"body": body, "readers": readers}, key, Printer(as_json=json, ids=ids))


@build_up.command(name="list")
def list_(
    *, party: As = None, at: At = None, dir_: Dir = FOLDER, json: Json = False, ids: Ids = False
) -> int:
    """List the build-ups: series and trend, with whom raised, what was answered, where that leaves it."""
    out = Printer(as_json=json, ids=ids)
    none = "No build-up has reached this desk."
    return read_out("buildups", lines.buildup, none, party, at, dir_, out, PURPOSE_BANNER)  # LIM-05


def _own(here: Desk, which: str) -> tuple[Item, Item]:
    """Give an own build-up as it is listed, and its latest exact text."""
    items = [item for item in here.get("buildups")["items"] if item["said"]["author"] == here.party]
    found = [item for item in items if which in (item["name"], item["subject"], item["statement"])]
    one = the_one(found, items, f'the build-up "{which}" of this desk')
    exact = [row for row in here.get(f"told/{here.party}")["items"] if row["subject"] == one["subject"]]
    texts = [here.get(f"statements/{row['statement']}")["statement"] for row in exact]
    kept = [
        each for each in texts if each["body"]["kind"] == "build-up" and each.get("form", "exact") == "exact"
    ]
    return one, kept[-1]


def _holding(here: Desk, subject: str) -> list[str]:
    from_desk = {item["party"] for item in here.get("parties")["items"]} - {here.party}
    return [
        reader
        for reader in sorted(from_desk)
        if any(row["subject"] == subject for row in here.get(f"told/{reader}")["items"])
    ]


def _band(seen: str, at: str | None, sign: list[str]) -> Item:
    made: Item = {"at": stamp(at) if at else {"at": text(SystemClock().now())}, "count": count(seen)}
    return made | ({"indicators": sign} if sign else {})


def _circle(point: Point, radius_km: float) -> Item:
    if not (math.isfinite(radius_km) and radius_km > 0.0):
        raise Malformed(f"a radius of {radius_km:g} km", "radius", "a number of kilometres above 0", "radius")
    return {"shape": "circle", "center": {"lon": point.lon, "lat": point.lat}, "radius_m": radius_km * 1000.0}


def _coarse(body: Item, radius_km: float | None) -> Item:
    """Give the wide form of a build-up: a circle about a rounded middle, and every count as a band."""
    area = body["area"]
    exact = Point(area["center"]["lon"], area["center"]["lat"])
    middle = Point(round(exact.lon, 1), round(exact.lat, 1))
    needed = area["radius_m"] + distance_m(exact, middle)
    radius_m = max(needed, CELL_KM * 1000.0, (radius_km or 0.0) * 1000.0)
    series = [{**band, "count": _widened(band["count"])} for band in body["series"]]
    return {"area": _circle(middle, math.ceil(radius_m / 1000.0)), "series": series}


def _widened(counted: Item) -> Item:
    """Give a count as a band with round bounds; one bound that is not known stays so."""
    low, high = counted.get("low"), counted.get("high")
    made: Item = {"unit": counted["unit"]} if counted.get("unit") else {}
    if low is None and high is None:
        return counted
    if low is not None:
        made["low"] = int(low * 0.8) // 10 * 10
    if high is not None:
        made["high"] = (int(high * 1.2) // 10 + 1) * 10
    return made
