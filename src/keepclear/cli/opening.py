"""Commands that set hotlines up: the hotline itself, what one's own end says of itself, who is on call."""

from __future__ import annotations

import re
from typing import Annotated, Any

from cyclopts import Parameter

from keepclear.cli.client import FOLDER, desk
from keepclear.cli.looking import As, Dir, Ids, Json, hotline_of
from keepclear.cli.output import Printer, safe, say
from keepclear.cli.telling import Key, one_of, told
from keepclear.errors import Malformed
from keepclear.model.channels import Declared, Duty
from keepclear.model.hours import Day
from keepclear.model.words import Domain, Level

Item = dict[str, Any]
_SPAN = re.compile(r"(?:(?P<days>[a-z]{3}(?:,[a-z]{3})*) )?(?P<opens>\d\d:\d\d)-(?P<closes>\d\d:\d\d)", re.I)
Hours = Annotated[
    list[str],
    Parameter(
        negative="", help='Local hours, as "08:00-20:00" or "mon,tue 08:00-12:00"; may be given again.'
    ),
]
Zone = Annotated[str, Parameter(help='The time zone of the hours, as in "Asia/Damascus".')]
Langs = Annotated[list[str], Parameter(name="--lang", negative="", help="A language; may be given again.")]


def open_hotline(
    name: Annotated[str, Parameter(help="What it is called.")],
    to: Annotated[str, Parameter(help="The party at the other end.")],
    /,
    *,
    domain: Annotated[str, one_of(Domain, "For what.")] = Domain.GROUND,
    level: Annotated[str, one_of(Level, "Between which levels.")] = Level.DESK,
    role: Annotated[str, Parameter(help="The role that answers at your end.")] = "duty officer",
    their_role: Annotated[str, Parameter(help="The role that answers at theirs.")] = "duty officer",
    hours: Hours = [],  # noqa: B006 - never changed
    zone: Zone = "UTC",
    then: Annotated[
        list[str], Parameter(negative="", help="The hotline to try next, by name; may be given again.")
    ] = [],  # noqa: B006 - never changed
    party: As = None,
    key: Key = None,
    dir_: Dir = FOLDER,
    json: Json = False,
    ids: Ids = False,
) -> int:
    """State a hotline with another party, and tell it; it is checked twice a day at 08:00 and 20:00 local.

    Each side then says of its own end who answers and when: keepclear hotline-end.
    """
    with desk(dir_, party) as here:
        body: Item = {
            "kind": "channel", "name": name, "domain": domain, "level": level, "checks": {"zone": zone},
            "ends": [{"party": here.party, "role": role}, {"party": to, "role": their_role}],
            "fallbacks": [hotline_of(here, each) for each in then],
        }  # fmt: skip
        if hours:
            body["opening"] = {"zone": zone, "spans": [_span(each) for each in hours]}
        done = told(here, {"body": body, "readers": [to]}, key, Printer(as_json=json, ids=ids))
        say(f'Then say of your own end who answers, and when: keepclear hotline-end "{safe(name)}".')
        return done


def hotline_end(
    name: Annotated[str, Parameter(help="The hotline, by name or id.")],
    declared: Annotated[str, one_of(Declared, "What your end is.")] = Declared.OPEN,
    /,
    *,
    role: Annotated[str, Parameter(help="The role that answers at your end.")] = "duty officer",
    hours: Hours = [],  # noqa: B006 - never changed
    zone: Zone = "UTC",
    lang: Langs = [],  # noqa: B006 - never changed
    words: Annotated[str, Parameter(help="Why, in words.")] = "",
    party: As = None,
    key: Key = None,
    dir_: Dir = FOLDER,
    json: Json = False,
    ids: Ids = False,
) -> int:
    """Say of your own end of a hotline who answers there, when, and whether it is open or suspended."""
    with desk(dir_, party) as here:
        rows = here.get("hotlines")["items"]
        subject = hotline_of(here, name)
        others = [end["party"] for row in rows if row["subject"] == subject for end in row["ends"]]
        body: Item = {
            "kind": "channel-end", "channel": subject, "role": role, "declared": declared,
            "languages": lang, "words": words,
        }  # fmt: skip
        if hours:
            body["opening"] = {"zone": zone, "spans": [_span(each) for each in hours]}
        readers = [other for other in others if other != here.party]
        return told(here, {"body": body, "readers": readers}, key, Printer(as_json=json, ids=ids))


def put_on_call(
    role: Annotated[str, Parameter(help="The role, never a person.")],
    /,
    *,
    duty: Annotated[str, one_of(Duty, "What it is on call for.")] = Duty.OFFICER,
    hours: Hours = ["00:00-00:00"],  # noqa: B006 - never changed
    zone: Zone = "UTC",
    level: Annotated[str, one_of(Level, "Of which level.")] = Level.DESK,
    lang: Langs = [],  # noqa: B006 - never changed
    station: Annotated[str, Parameter(help="At which station.")] = "",
    party: As = None,
    key: Key = None,
    dir_: Dir = FOLDER,
    json: Json = False,
    ids: Ids = False,
) -> int:
    """State a role of your own as on call at stated hours; who has it by name: keepclear shift."""
    body = {
        "kind": "on-call", "role": role, "duty": duty, "level": level, "languages": lang, "station": station,
        "hours": {"zone": zone, "spans": [_span(each) for each in hours]},
    }  # fmt: skip
    with desk(dir_, party) as here:
        return told(here, {"body": body}, key, Printer(as_json=json, ids=ids))


def _span(typed: str) -> Item:
    found = _SPAN.fullmatch(typed.strip())
    days = [] if found is None or not found["days"] else found["days"].lower().split(",")
    if found is None or not set(days) <= set(Day):
        asks = '"08:00-20:00", or "mon,tue 08:00-12:00"; the same time twice is a whole day'
        raise Malformed(f'the hours "{typed}"', "hours", asks, "hours")
    return {"opens": found["opens"], "closes": found["closes"], **({"days": days} if days else {})}
