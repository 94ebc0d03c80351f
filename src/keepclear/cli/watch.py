"""Commands of the watch: what is open, handing over, taking over, the morning call, the daily report."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

from cyclopts import Parameter

from keepclear.cli.client import FOLDER, desk
from keepclear.cli.looking import As, At, Dir, Ids, Json
from keepclear.cli.output import Printer, bold, instant, safe
from keepclear.cli.telling import Key

Since = Annotated[str | None, Parameter(help="The last one (RFC 3339); a day ago where left out.")]
Item = dict[str, Any]


def watch(*, party: As = None, dir_: Dir = FOLDER, json: Json = False) -> int:
    """Show what a handover would hold now, and what bars it."""
    with desk(dir_, party) as here:
        answer = here.get("watch")
    Printer(as_json=json).give(answer, _items)
    return 0


def hand_over(
    outgoing: Annotated[str, Parameter(help="Who goes, by name.")],
    incoming: Annotated[str, Parameter(help="Who comes, by name.")],
    /,
    *,
    party: As = None,
    key: Key = None,
    dir_: Dir = FOLDER,
    json: Json = False,
    ids: Ids = False,
) -> int:
    """State a handover with what is open; the other person then takes over."""
    with desk(dir_, party) as here:
        made = here.post("watch/handovers", {"outgoing": outgoing, "incoming": incoming}, key)
        answer = here.get("watch")

    def lined(got: Item) -> Iterator[str]:
        yield from _items(answer)
        yield f"Handover stated. {safe(incoming)} signs: keepclear take-over {safe(got['statement'])}"

    Printer(as_json=json, ids=ids).give(made, lined)
    return 0


def take_over(
    name: Annotated[str, Parameter(help="Who takes over, by name.")],
    handover: Annotated[str, Parameter(help='Its id; "latest" is the last one stated.')] = "latest",
    /,
    *,
    party: As = None,
    key: Key = None,
    dir_: Dir = FOLDER,
    json: Json = False,
) -> int:
    """Countersign a handover: the watch is yours."""
    with desk(dir_, party) as here:
        stated = here.get("watch")["handovers"]
        of = stated[-1] if handover == "latest" and stated else handover
        made = here.post(f"watch/handovers/{of}/countersign", {"name": name}, key)
    Printer(as_json=json).give(made, lambda got: iter((f"The watch is taken over by {safe(name)}.",)))
    return 0


def agenda(*, since: Since = None, party: As = None, dir_: Dir = FOLDER, json: Json = False) -> int:
    """Draft the agenda of the morning call, as Markdown that reads as plain text."""
    return _draft("agenda", since, party, dir_, json=json)


def sitrep(*, since: Since = None, party: As = None, dir_: Dir = FOLDER, json: Json = False) -> int:
    """Draft the daily report, as Markdown that reads as plain text."""
    return _draft("sitrep", since, party, dir_, json=json)


def provenance(
    subject: Annotated[str, Parameter(help="The id of something that this desk stated, or of one text.")],
    /,
    *,
    at: At = None,
    party: As = None,
    dir_: Dir = FOLDER,
    json: Json = False,
) -> int:
    """Show which text each reader had at a time, who acknowledged it, and to which cell it was relayed."""
    with desk(dir_, party) as here:
        answer = here.get(f"provenance/{subject}", at=at)

    def lined(got: Item) -> Iterator[str]:
        if not got["items"]:
            yield safe(f"This desk has told nobody else of {subject}; ids: keepclear show messages --ids")
        for row in got["items"]:
            force = "in force" if row["in_force"] else "no longer in force"
            yield bold(f"{row['reader_name']}: text {row['ordinal']}, {force}, {row['ladder']['reached']}")
            for step in row["ladder"]["steps"]:
                cell = f" to {step['cell']}" if step["cell"] else ""
                yield f"  {safe(step['rung'])}{safe(cell)}, {safe(step['how'])}, {instant(step['at'])}"

    Printer(as_json=json).give(answer, lined)
    return 0


def _draft(path: str, since: str | None, party: As, dir_: Dir, *, json: bool) -> int:
    with desk(dir_, party) as here:
        answer = here.get(path, since=since)
    Printer(as_json=json).give(answer, lambda got: map(safe, got["markdown"].splitlines()))
    return 0


def _items(got: Item) -> Iterator[str]:
    held = got["held_by"]
    if held is None:
        yield "The watch: nobody has taken it over yet."
    else:
        yield f"The watch: held by {safe(held['name'])} since {instant(held['since'])}."
    awaited = got["expected"]
    if awaited is not None:
        comes, goes = safe(awaited["incoming"]), safe(awaited["outgoing"])
        yield f"Expected: {comes} takes over from {goes}, not signed yet."
    for row in got["on_shift"]:
        station = f", {safe(row['station'])}" if row["station"] else ""
        span = f"until {instant(row['end'])}"
        yield f"On shift: {safe(row['now_with'])} as {safe(row['role'])}{station}, {span}."
    yield bold(f"{got['cap']}: {len(got['items'])} open; hash {got['items_hash'][:16]}")
    yield from (f"  {safe(item['what'])}: {safe(item['words'])}" for item in got["items"])
    yield from (f"No handover while this is open: {safe(words)}" for words in got["flash"])
