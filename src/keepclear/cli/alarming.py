"""Commands on alarms: what is shown at a station, and what a person does about one."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal

from cyclopts import Parameter

from keepclear.cli.client import FOLDER, desk
from keepclear.cli.desks import Desk
from keepclear.cli.looking import As, At, Dir, Ids, Json
from keepclear.cli.output import Printer, bold, instant, joined, safe
from keepclear.cli.telling import Key
from keepclear.errors import NotKnown
from keepclear.times import text

Act = Literal["acknowledge", "shelve", "unshelve", "end"]
Item = dict[str, Any]


def alarms(
    *,
    all_: Annotated[
        bool, Parameter(name="--all", negative="", show_default=False, help="Every alarm, ended ones too.")
    ] = False,
    party: As = None,
    at: At = None,
    dir_: Dir = FOLDER,
    json: Json = False,
    ids: Ids = False,
) -> int:
    """Show a desk's alarms: the new ones, the most urgent first, then the earlier; the rest in bundles."""
    out = Printer(as_json=json, ids=ids)
    with desk(dir_, party) as here:
        answer = here.get("alarms", at=at, all="yes" if all_ else None)

    def lined(got: Item) -> Iterator[str]:
        shown = got["board"]
        exercise = "" if got["cap"] == "Actual" else f"{got['cap'].upper()}. "
        flood = " More than ten within ten minutes." if shown["flood"] else ""
        yield bold(f"{exercise}{shown['open_count']} open.") + safe(flood)
        if got["beyond"]:
            yield safe(got["beyond"])
        if all_:
            for item in got["alarms"]:
                yield from _alarm(item, out)
            return
        for heading, name in (("New", "new"), ("Earlier", "earlier"), ("Shelved", "shelved")):
            if shown[name]:
                yield f"\n[bold underline]{heading}[/bold underline]"
            for item in shown[name]:
                yield from _alarm(item, out)
        for bundle in shown["bundled"]:
            yield safe(f"and {bundle['count']} more, {bundle['precedence']}, {bundle['rule']}")

    out.give(answer, lined)
    return 0


def alarm(
    act: Annotated[Act, Parameter(help="What you do about it.")],
    which: Annotated[str, Parameter(help='Its id; "top" is the most urgent that is not acknowledged.')],
    /,
    *,
    reason: Annotated[str, Parameter(help="Why; shelving and ending need it.")] = "",
    minutes: Annotated[float, Parameter(help="For how long it is shelved.")] = 10.0,
    party: As = None,
    key: Key = None,
    dir_: Dir = FOLDER,
    json: Json = False,
    ids: Ids = False,
) -> int:
    """Acknowledge, shelve, unshelve or end an alarm; acknowledged at one station, it is silent at all."""
    out = Printer(as_json=json, ids=ids)
    with desk(dir_, party) as here:
        subject = _top(here) if which == "top" else which
        body: Item = {"reason": reason}
        if act == "shelve":
            now = datetime.fromisoformat(here.get("alarms")["now"]).astimezone(UTC)
            body["until"] = text(now + timedelta(minutes=minutes))
        made = here.post(f"alarms/{subject}/{act}", body, key)
        items = here.get("alarms", all="yes")["alarms"]
    stands = next(item for item in items if item["subject"] == subject)

    def lined(got: Item) -> Iterator[str]:
        if got["repeated"]:
            yield "It had been done before; nothing was doubled."
        yield from _alarm(stands, out)

    out.give(made, lined)
    return 0


def _top(here: Desk) -> str:
    shown = here.get("alarms")["board"]
    waiting = [item for item in (*shown["new"], *shown["earlier"]) if "unacknowledged" in item["state"]]
    if not waiting:
        raise NotKnown(
            "the top alarm: none is open that nobody has acknowledged",
            "alarm",
            "the id of an alarm, see: keepclear alarms --ids",
        )
    # What still goes on goes before what is over and was not seen.
    return str(min(waiting, key=lambda item: item["state"].startswith("returned"))["subject"])


def _alarm(item: Item, out: Printer) -> Iterator[str]:
    """Read out one alarm: what, where it stands, what to do, what comes next by itself."""
    cap = "" if item["cap"] == "Actual" else f"{safe(item['cap'].upper())} "
    head = bold(f"{item['precedence'].upper()} {item['title']}")
    yield f"{cap}{head}: {safe(item['state'])}{out.tag(item)}"
    if item["words"]:
        yield f"  {safe(item['words'])}"
    yield from (f"  {safe(asked)}" for asked in item["asks"])
    who = f"by {item['by_role']}" if item["by_role"] else ""
    said = joined(who, item["reason"], f"climbed to {item['reached']}" if item["reached"] else "")
    if said:
        yield f"  {safe(said)}"
    if item["next_due"]:
        yield f"  next: {safe(item['next_words'])}, {instant(item['next_due'])}"
