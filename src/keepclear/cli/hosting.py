"""The command of the neutral host: what was found between notices told to it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from keepclear.cli.client import FOLDER, desk
from keepclear.cli.looking import As, At, Dir, Ids, Json
from keepclear.cli.output import Printer, bold, instant, safe

Item = dict[str, Any]


def host(*, party: As = None, at: At = None, dir_: Dir = FOLDER, json: Json = False, ids: Ids = False) -> int:
    """Show the conflicts that neutral hosts told this desk; at a host's desk, what it told each side."""
    out = Printer(as_json=json, ids=ids)
    with desk(dir_, party) as here:
        answer = here.get("comparisons", at=at)

    def lined(got: Item) -> Iterator[str]:
        if not got["items"]:
            yield "No neutral host has told of a conflict."
        for item in got["items"]:
            state = "ended" if item["ended"] else f"{item['form']} form, {_window(item['window'])}"
            yield bold(safe(f'To {item["side"]}, of "{item["what"] or item["notice"]}": {state}')) + out.tag(
                item
            )
            yield safe(f"  {item['words']}")
            for cell in item["cells"]:
                yield f"  cell {_corners(cell)}"
        for each in got["paused"]:
            yield bold(safe(each["words"]))
        yield f"A host tells one side of at most {got['hits_a_day']} hits with another in a UTC day."
        yield safe(got["closing"])

    out.give(answer, lined)
    return 0


def _window(window: dict[str, str] | None) -> str:
    got = window or {}
    start = instant(got["start"]) if "start" in got else "no start"
    end = instant(got["end"]) if "end" in got else "no end"
    return f"{start} to {end}"


def _corners(cell: Item) -> str:
    lons = [point["lon"] for point in cell["exterior"]]
    lats = [point["lat"] for point in cell["exterior"]]
    return f"longitude {min(lons):g} to {max(lons):g}, latitude {min(lats):g} to {max(lats):g}"
