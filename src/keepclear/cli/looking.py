"""Commands that look: the desk's lists, what was told, what is held, a check, a proof."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any, Literal

from cyclopts import Parameter

from keepclear.cli import lines
from keepclear.cli.client import FOLDER, desk
from keepclear.cli.output import OUT, Printer, say

As = Annotated[str | None, Parameter(name="--as", help="The party at whose desk you are.")]
Dir = Annotated[Path, Parameter(name="--dir", help="The node's data directory.")]
Json = Annotated[bool, Parameter(name="--json", negative="", help="Print JSON.")]
Ids = Annotated[bool, Parameter(name="--ids", negative="", help="Print ids with the sentences.")]
At = Annotated[str | None, Parameter(name="--at", help="As it had reached this party by then (RFC 3339).")]

View = Literal[
    "parties", "relations", "relays", "agreements", "hotlines", "measures", "overlays", "notices", "presences",
    "observations", "buildups", "remarks", "messages", "meetings", "incidents", "publics", "sources", "links",
    "attention", "mechanisms",
]  # fmt: skip


def show(
    view: View, *, party: As = None, at: At = None, dir_: Dir = FOLDER, json: Json = False, ids: Ids = False
) -> int:
    """Show one list of a desk: hotlines, measures, incidents, messages and so on."""
    out = Printer(as_json=json, ids=ids)
    liner = lines.LINERS.get(view, lines.plain)
    with desk(dir_, party) as here:
        answer = here.get(view, at=at)
    out.give(answer, lambda got: _each(got["items"], liner, out, f"No {view} have reached this desk."))
    return 0


def picture(
    *, party: As = None, at: At = None, dir_: Dir = FOLDER, json: Json = False, ids: Ids = False
) -> int:
    """Show the whole desk: what needs attention, hotlines, zones and boundaries, incidents, messages."""
    out = Printer(as_json=json, ids=ids)
    with desk(dir_, party) as here:
        answer = here.get("picture", at=at)

    def lined(got: dict[str, Any]) -> Any:  # noqa: ANN401 - a generator of lines
        yield f"[bold]{got['name']}[/bold], as of {got['at'] or got['now']} — {got['cap']}"
        if got["caption"]:
            yield f"[italic]{got['caption']}[/italic]"
        for view in ("attention", "hotlines", "measures", "buildups", "messages", "incidents"):
            yield f"\n[bold underline]{view}[/bold underline]"
            yield from _each(got[view], lines.LINERS[view], out, "none has reached this desk")
        yield f"\n{got['banner']}"

    out.give(answer, lined)
    return 0


def told(
    reader: str, *, party: As = None, at: At = None, dir_: Dir = FOLDER, json: Json = False, ids: Ids = False
) -> int:
    """Show what this desk had told a reader by a time, and the rung that each text had reached."""
    out = Printer(as_json=json, ids=ids)
    with desk(dir_, party) as here:
        answer = here.get(f"told/{reader}", at=at)
    out.give(answer, lambda got: _each(got["items"], lines.told, out, f"{reader} had been told nothing."))
    return 0


def held(*, party: As = None, at: At = None, dir_: Dir = FOLDER, json: Json = False, ids: Ids = False) -> int:
    """Show every statement that had reached this desk, in order of arrival."""
    out = Printer(as_json=json, ids=ids)
    items: list[Any] = []
    after: str | None = None
    with desk(dir_, party) as here:
        while True:
            page = here.get("held", at=at, after=after, limit="500")
            items.extend(page["items"])
            after = page["next"]
            if after is None:
                break
    out.give({**page, "items": items}, lambda got: _each(got["items"], lines.held, out, "Nothing yet."))
    return 0


def check(plan: Path, *, party: As = None, dir_: Dir = FOLDER, json: Json = False, ids: Ids = False) -> int:
    """Check a GeoJSON plan against what has reached this desk; submits nothing.

    Exit status: 0 no known conflict, 2 conflicts, 1 error.
    """
    out = Printer(as_json=json, ids=ids)
    text = sys.stdin.buffer.read() if str(plan) == "-" else plan.read_bytes()
    with desk(dir_, party) as here:
        answer = here.post("check", text)

    def lined(got: dict[str, Any]) -> Any:  # noqa: ANN401 - a generator of lines
        yield f"[bold]{got['answer']}[/bold]" + (f": {len(got['findings'])}" if got["findings"] else "")
        yield from _each(got["findings"], lines.conflict, out, "")
        yield got["closing"]

    out.give(answer, lined)
    return 2 if answer["findings"] else 0


def proof(
    *,
    party: As = None,
    reader: Annotated[str | None, Parameter(help="Only what this desk told that reader.")] = None,
    dir_: Dir = FOLDER,
    json: Json = False,
) -> int:
    """Export this desk's logs afresh and verify them; prints the grade."""
    out = Printer(as_json=json)
    with desk(dir_, party) as here:
        answer = here.get("proof", reader=reader)
    out.give(answer, lambda got: got["lines"])
    return 0 if answer["verified"] else 2


def export(folder: Path, *, party: As = None, dir_: Dir = FOLDER) -> int:
    """Write this desk's logs as a ZIP that anyone can verify with the one file inside."""
    with desk(dir_, party) as here:
        packed = here.raw("export")
    target = folder if folder.suffix == ".zip" else folder.with_suffix(".zip")
    with target.open("xb") as file:
        file.write(packed)
    say(f"Wrote {target}, {len(packed)} bytes. Verify it with: keepclear verify {target}")
    OUT.print(str(target))
    return 0


def _each(items: Any, liner: lines.Liner, out: Printer, none: str) -> Any:  # noqa: ANN401 - JSON, lines
    empty = True
    for item in items:
        empty = False
        yield from liner(item, out)
    if empty and none:
        yield none
