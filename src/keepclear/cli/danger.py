"""Commands for a site in danger: the call to every cell, and who has not answered it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

from cyclopts import Parameter

from keepclear.cli.client import FOLDER, desk
from keepclear.cli.desks import Desk
from keepclear.cli.looking import As, At, Dir, Ids, Json
from keepclear.cli.output import Printer, bold, instant, joined, safe
from keepclear.cli.telling import Key
from keepclear.errors import NotKnown

Item = dict[str, Any]


def danger(
    site: Annotated[str, Parameter(help="The site's id, or its name.")],
    /,
    *,
    words: Annotated[str, Parameter(help="What happens there, for those who hold the site.")] = "",
    outside: Annotated[
        list[str],
        Parameter(
            name="--also", negative="", help="A party that was never told the site; may be given again."
        ),
    ] = [],  # noqa: B006 - never changed
    area: Annotated[str, Parameter(help="For those parties: a district or province in words.")] = "",
    party: As = None,
    key: Key = None,
    dir_: Dir = FOLDER,
    json: Json = False,
    ids: Ids = False,
) -> int:
    """Call every cell that holds a protected site, at once: it is in danger."""
    out = Printer(as_json=json, ids=ids)
    with desk(dir_, party) as here:
        subject = _site(here, site)
        body = {"words": words, "outside": outside, "area": area}
        made = here.post(f"sites/{subject}/danger", body, key)
        items = here.get("dangers")["items"]

    def lined(got: Item) -> Iterator[str]:
        if got["repeated"]:
            yield "It had been called before; nothing was doubled."
        for item in items:
            if item["said"]["stated_at"] >= _stated(items, got["statement"]):
                yield from _call(item, out)

    out.give(made, lined)
    return 0


def dangers(
    *, party: As = None, at: At = None, dir_: Dir = FOLDER, json: Json = False, ids: Ids = False
) -> int:
    """Show the calls for sites in danger, and who has not answered."""
    out = Printer(as_json=json, ids=ids)
    with desk(dir_, party) as here:
        answer = here.get("dangers", at=at)

    def lined(got: Item) -> Iterator[str]:
        if not got["items"]:
            yield "No call for a site in danger stands."
        for item in got["items"]:
            yield from _call(item, out)

    out.give(answer, lined)
    return 0


def _stated(items: list[Item], statement: str) -> str:
    return next((str(item["said"]["stated_at"]) for item in items if item["statement"] == statement), "")


def _site(here: Desk, wanted: str) -> str:
    """Give the subject of the one measure that is called so, or the id as it was given."""
    found = {
        item["subject"] for item in here.get("measures")["items"] if wanted in (item["subject"], item["name"])
    }
    if len(found) > 1:
        raise NotKnown(
            f'the site "{wanted}", of which there are several',
            "site",
            "its id: keepclear show measures --ids",
        )
    return str(found.pop()) if found else wanted


def _call(item: Item, out: Printer) -> Iterator[str]:
    """Read out one call: what was said, who has answered, who has not."""
    yield f"{bold(item['words'])}{out.tag(item)}"
    for each in item["called"]:
        if each["how"]:
            who = joined(each["by"], each["words"], instant(each["at"]), by=", ")
            yield f"  {safe(each['name'])}: answered ({safe(each['how'])}), {safe(who)}"
        else:
            yield f"  {safe(each['name'])}: nobody has answered; call"
    if item["own"]:
        yield f'  when it is over: keepclear withdraw {safe(item["subject"])} --reason "over"'
