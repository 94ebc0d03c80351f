"""Commands of a mutual step-back: propose, agree, decline, check, list."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

from cyclopts import App, Parameter

from keepclear.cli.client import FOLDER, desk
from keepclear.cli.desks import Desk
from keepclear.cli.looking import As, At, Dir, Ids, Json
from keepclear.cli.output import Printer, bold, instant, joined, safe
from keepclear.cli.telling import Key, one_of, the_one
from keepclear.model.step_backs import StepBackSeen

Item = dict[str, Any]
Which = Annotated[str, Parameter(help="The step-back, by name or id.")]

step_back = App(name="step-back", help="A mutual step-back: propose, agree, decline, check, list.")


@step_back.command
def propose(
    name: Annotated[str, Parameter(help="What it is called.")],
    others: Annotated[list[str], Parameter(help="The parties that must agree besides this one.")],
    /,
    *,
    from_where: Annotated[str, Parameter(name="--from", help="From where, in words.")],
    distance_m: Annotated[float, Parameter(help="How far each steps back, in metres.")],
    by: Annotated[str, Parameter(help="Until when (RFC 3339).")],
    check_at: Annotated[str, Parameter(help="When it is checked (RFC 3339).")],
    check_by: Annotated[str, Parameter(help="The party that checks it.")],
    check_role: Annotated[str, Parameter(help="The role that checks it.")] = "duty officer",
    whose: Annotated[
        list[str], Parameter(negative="", help="Whose forces step back; all parties where left out.")
    ] = [],  # noqa: B006 - never changed
    party: As = None,
    key: Key = None,
    dir_: Dir = FOLDER,
    json: Json = False,
    ids: Ids = False,
) -> int:
    """Propose a mutual step-back; it binds once every party has agreed to its very text."""
    with desk(dir_, party) as here:
        terms = {
            "parties": whose or [here.party, *others], "by": by, "check_at": check_at, "check_by": check_by,
            "check_role": check_role,
        }  # fmt: skip
        body = {
            "name": name, "others": others, "place": {"words": from_where}, "distance_m": distance_m,
            "terms": terms,
        }  # fmt: skip
        made = here.post("step-backs", body, key)
    words = f"Proposed to {', '.join(others)}. Hash {made['digest']}"
    Printer(as_json=json, ids=ids).give(made, lambda _: iter((safe(words),)))
    return 0


@step_back.command
def agree(
    which: Which,
    text_hash: Annotated[str, Parameter(help="The hash of the text that you read, 64 characters.")],
    /,
    *,
    words: Annotated[str, Parameter(help="Its words.")] = "",
    party: As = None,
    key: Key = None,
    dir_: Dir = FOLDER,
    json: Json = False,
) -> int:
    """Agree to a step-back: to this text and no other."""
    with desk(dir_, party) as here:
        of = _find(here, which)
        made = here.post(f"step-backs/{of}/agree", {"text_hash": text_hash, "words": words}, key)
    Printer(as_json=json).give(made, lambda _: iter(("Agreed to this text.",)))
    return 0


@step_back.command
def decline(
    which: Which,
    /,
    words: Annotated[str, Parameter(help="Why.")] = "",
    *,
    party: As = None,
    key: Key = None,
    dir_: Dir = FOLDER,
    json: Json = False,
) -> int:
    """Decline a step-back, or take an agreement to it back."""
    with desk(dir_, party) as here:
        made = here.post(f"step-backs/{_find(here, which)}/decline", {"words": words}, key)
    Printer(as_json=json).give(made, lambda _: iter(("Declined.",)))
    return 0


@step_back.command
def check(
    which: Which,
    found: Annotated[str, one_of(StepBackSeen, "What was found.")],
    /,
    *,
    role: Annotated[str, Parameter(help="The role that looked.")] = "duty officer",
    words: Annotated[str, Parameter(help="Its words.")] = "",
    done: Annotated[str | None, Parameter(help="When (RFC 3339); now where left out.")] = None,
    said_by: Annotated[str | None, Parameter(help="The party whose words these are, if not yours.")] = None,
    party: As = None,
    key: Key = None,
    dir_: Dir = FOLDER,
    json: Json = False,
) -> int:
    """State what the check found; another party's words stay reported by you."""
    with desk(dir_, party) as here:
        body: Item = {"found": found, "by_role": role, "words": words}
        if done is not None:
            body["done"] = {"at": done}
        if said_by is not None:
            body |= {"said_by": {"name": role, "party": said_by}, "via": "phone"}
        made = here.post(f"step-backs/{_find(here, which)}/check", body, key)
    Printer(as_json=json).give(made, lambda _: iter((f"Stated: {safe(found)}.",)))
    return 0


@step_back.command(name="list")
def list_(
    *, party: As = None, at: At = None, dir_: Dir = FOLDER, json: Json = False, ids: Ids = False
) -> int:
    """Show step-backs: what each asks, who has agreed to its text, and the check."""
    out = Printer(as_json=json, ids=ids)
    with desk(dir_, party) as here:
        answer = here.get("step-backs", at=at)

    def lined(got: Item) -> Iterator[str]:
        if not got["items"]:
            yield "No step-back is known here."
        for item in got["items"]:
            yield from _lines(item, out)

    out.give(answer, lined)
    return 0


def _lines(item: Item, out: Printer) -> Iterator[str]:
    yield bold(f"{safe(item['name'])}: {safe(item['standing'])}") + out.tag(item)
    whose = joined(*item["parties"], by=" and ")
    yield safe(f"  {whose}: {item['distance_m']:g} m back from {item['place']} by {instant(item['by'])}")
    yield safe(f"  hash {item['text_hash']}")
    if item["not_agreed"]:
        yield safe(f"  not agreed by: {', '.join(item['not_agreed'])}")
    state = f": {item['check']}" if item["check"] else ""
    yield safe(f"  check at {instant(item['check_at'])} by {item['check_by']}, {item['check_role']}{state}")
    for one in item["checks"]:
        who = f"{one['said']['speaker']}, {one['how']}"
        yield safe(joined(f"  {one['found']}: {who}", one["words"], instant(one["done"]), by=", "))


def _find(here: Desk, which: str) -> str:
    items: list[Item] = here.get("step-backs")["items"]
    found = [item for item in items if which in (item["name"], item["subject"], item["statement"])]
    return str(the_one(found, items, f'the step-back "{which}"')["statement"])
