"""Commands that look: the desk's lists, what was told, what is held, a check, a proof."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal

from cyclopts import Parameter

from keepclear.cli import lines
from keepclear.cli.client import FOLDER, desk
from keepclear.cli.desks import Desk
from keepclear.cli.output import OUT, Printer, bold, instant, safe
from keepclear.errors import NotKnown, Refused
from keepclear.model.beside import NOT_HELD
from keepclear.model.hotline import Rung
from keepclear.model.words import PUBLIC
from keepclear.times import text, utc
from keepclear.views.desk import PURPOSE_BANNER
from keepclear.views.told import HELD

As = Annotated[
    str | None, Parameter(name="--as", env_var="KEEPCLEAR_AS", help="The party at whose desk you are.")
]
Dir = Annotated[Path, Parameter(name="--dir", help="The node's data directory.")]
Json = Annotated[bool, Parameter(name="--json", negative="", show_default=False, help="Print JSON.")]
Ids = Annotated[
    bool, Parameter(name="--ids", negative="", show_default=False, help="Print ids with the sentences.")
]
At = Annotated[str | None, Parameter(name="--at", help="As it had reached this party by then (RFC 3339).")]

View = Literal[
    "parties", "relations", "relays", "agreements", "hotlines", "measures", "overlays", "notices",
    "presences", "observations", "buildups", "remarks", "messages", "meetings", "incidents", "publics",
    "sources", "links", "attention", "mechanisms",
]  # fmt: skip


PICTURE_VIEWS = ("attention", "hotlines", "measures", "buildups", "messages", "incidents")
OBSERVED = ("presences", "observations", "buildups")
LATEST = 10
EVERYBODY = "keepclear told public"
NOT_ALL_CHECKED_EXIT = 3
"""No conflict was found, but a measure known here could not be held against the plan."""
WORDED = ("message", "warning", "answer", "remark", "public")


def show(
    view: Annotated[View, Parameter(help="Which list.")],
    /,
    *,
    party: As = None,
    at: At = None,
    dir_: Dir = FOLDER,
    json: Json = False,
    ids: Ids = False,
) -> int:
    """Show one list of a desk: hotlines, measures, incidents, messages and so on."""
    out = Printer(as_json=json, ids=ids)
    with desk(dir_, party) as here:
        answer = here.get(view, at=_instant(at))
        if view == "measures":
            _centred(here, answer["items"])

    def lined(got: dict[str, Any]) -> Iterator[str]:
        yield from _each(got["items"], lines.LINERS[view], out, f"{lines.HEADINGS[view]}: {_none(view)}.")
        if view in OBSERVED:  # LIM-05
            yield f"\n{PURPOSE_BANNER}"

    out.give(answer, lined)
    return 0


def picture(
    *, party: As = None, at: At = None, dir_: Dir = FOLDER, json: Json = False, ids: Ids = False
) -> int:
    """Show the whole desk: what needs attention, hotlines, zones and boundaries, incidents, messages."""
    out = Printer(as_json=json, ids=ids)
    with desk(dir_, party) as here:
        answer = here.get("picture", at=_instant(at))
        _centred(here, answer["measures"])
    out.give(answer, lambda got: whole_desk(got, out))
    return 0


def whole_desk(got: dict[str, Any], out: Printer) -> Iterator[str]:
    """Read out a desk: its name and time, the lists that matter at once, and the purpose limit."""
    yield f"{bold(got['name'])}, as of {instant(got['at'] or got['now'])}, status {safe(got['cap'])}"
    if got["caption"]:
        yield f"[italic]{safe(got['caption'])}[/italic]"
    for view in PICTURE_VIEWS:
        yield f"\n[bold underline]{lines.HEADINGS[view]}[/bold underline]"
        yield from _latest(view, got[view], out)
    yield f"\n{safe(got['banner'])}"


def told(
    reader: Annotated[str, Parameter(help='The party that was told, or "public".')],
    /,
    *,
    waiting: Annotated[
        bool, Parameter(negative="", help="Only what the reader's node does not hold yet.")
    ] = False,
    party: As = None,
    at: At = None,
    dir_: Dir = FOLDER,
    json: Json = False,
    ids: Ids = False,
) -> int:
    """Show what this desk had told a reader by a time, and the rung that each text had reached.

    Entries of the log itself (its opening, keys, hourly commitments) are shown with --ids.
    """
    if waiting and reader == PUBLIC:
        raise Refused(
            "what waits for everybody, whom no one node stands for", "waiting-public", "a party's id, as RUS"
        )
    out = Printer(as_json=json, ids=ids)
    with desk(dir_, party) as here:
        _refuse_unknown(here, reader)
        answer = here.get(f"told/{reader}", at=_instant(at))
        if waiting:
            answer["items"] = [row for row in answer["items"] if not _is_held(row)]
        for row in answer["items"]:
            if row["kind"] in WORDED:
                row["words"] = _words(here.get(f"statements/{row['statement']}")["statement"]["body"])
        none = f"This desk had told {safe(reader)} nothing."
        if waiting:
            none = f"The node of {safe(reader)} holds all that this desk had told it."
        elif reader != PUBLIC:
            none += f"\nWhat was said to everybody is told to public: {EVERYBODY} --as {safe(here.party)}."
    out.give(answer, lambda got: _each(_spoken(got["items"], out), lines.told, out, none))
    return 0


def _is_held(row: dict[str, Any]) -> bool:
    """Tell whether a reader's node, or the host of both, holds a text that was told."""
    return any(step["rung"] in (HELD, Rung.DELIVERED.value) for step in row["ladder"]["steps"])


def held(*, party: As = None, at: At = None, dir_: Dir = FOLDER, json: Json = False, ids: Ids = False) -> int:
    """Show every statement that had reached this desk, in order of arrival."""
    out = Printer(as_json=json, ids=ids)
    with desk(dir_, party) as here:
        whole = _all_held(here, at)
    none = "Nothing had reached this desk."
    out.give(whole, lambda got: _each(_spoken(got["items"], out), lines.held, out, none))
    return 0


def _all_held(here: Desk, at: str | None = None) -> dict[str, Any]:
    items: list[Any] = []
    after: str | None = None
    while True:
        page = here.get("held", at=_instant(at), after=after, limit="500")
        items.extend(page["items"])
        after = page["next"]
        if after is None:
            return {**page, "items": items}


def last_text(here: Desk, subject: str) -> str | None:
    """Give the id of the last statement of a subject that has reached a desk; None where there is none."""
    found = [row["statement"] for row in _all_held(here)["items"] if row["subject"] == subject]
    return found[-1] if found else None


def check(
    plan: Annotated[
        Path, Parameter(allow_leading_hyphen=True, help='A GeoJSON file; "-" reads standard input.')
    ],
    /,
    *,
    party: As = None,
    dir_: Dir = FOLDER,
    json: Json = False,
    ids: Ids = False,
) -> int:
    """Check a GeoJSON plan against what has reached this desk; submits nothing.

    Exit status: 0 no known conflict, 2 conflicts, 3 none found but not all could be checked, 1 error.
    """
    out = Printer(as_json=json, ids=ids)
    text = sys.stdin.buffer.read() if str(plan) == "-" else plan.read_bytes()
    with desk(dir_, party) as here:
        answer = here.post("check", text)

    def lined(got: dict[str, Any]) -> Iterator[str]:
        found = got["findings"]
        yield bold(lines.many(len(found), "conflict") if found else got["answer"])
        for missing in got["checked_against"]["not_checked"]:
            yield bold(f"NOT CHECKED: {missing}, {NOT_HELD}")
        yield from _each(got["findings"], lines.conflict, out, "")
        yield safe(got["closing"])

    out.give(answer, lined)
    if answer["findings"]:
        return 2
    return 0 if answer["all_checked"] else NOT_ALL_CHECKED_EXIT


def attachment(
    salted_hash: Annotated[str, Parameter(help="The hash by which a statement names the file.")],
    file: Annotated[Path, Parameter(help="The file to write; it must not exist yet.")],
    /,
    *,
    party: As = None,
    dir_: Dir = FOLDER,
) -> int:
    """Write the file that a statement at this desk names by its salted hash."""
    with desk(dir_, party) as here:
        body = here.raw(f"attachments/{salted_hash}")
    with file.open("xb") as opened:
        opened.write(body)
    OUT.print(safe(file))
    return 0


def _instant(at: str | None) -> str | None:
    """Read a time here, as it was typed: in a query its signs are easily lost."""
    return None if at is None else text(utc(at))


def _centred(here: Desk, items: list[Any]) -> None:
    """Add its centre to each circle, from the text that reached this desk."""
    for item in items:
        if item["radius_m"] is not None:
            whole = here.get(f"statements/{item['statement']}")["statement"]
            item["center"] = (whole["body"].get("shape") or {}).get("center")


def known_parties(here: Desk) -> list[str]:
    """Give the ids of the parties that a desk knows of, and its own."""
    return sorted({here.party, *(item["party"] for item in here.get("parties")["items"])})


def _refuse_unknown(here: Desk, reader: str) -> None:
    known = [*known_parties(here), PUBLIC]
    if reader not in known:
        raise NotKnown(
            f'what was told to "{reader}", a party that this desk does not know',
            "unknown-party",
            f"one of {', '.join(known)}",
        )


def _words(body: dict[str, Any]) -> list[str]:
    """Give all words of a statement that consists of them, in each of its languages."""
    single = [body[name] for name in ("words", "gist", "text") if body.get(name)]
    return [item["words"] for item in body.get("texts", ())] or single


def _none(view: str) -> str:
    return "nothing that is known here" if view == "attention" else "none has reached this desk"


def _latest(view: str, items: list[Any], out: Printer) -> Iterator[str]:
    """Read out a list of the desk; of messages the latest, so that the desk stays one page or two."""
    older = len(items) - LATEST if view == "messages" else 0
    if older > 0:
        yield f"{older} earlier; all of them: keepclear show {view}"
        items = items[older:]
    yield from _each(items, lines.BRIEF[view], out, _none(view))


def _spoken(items: list[Any], out: Printer) -> list[Any]:
    """Leave out the entries of the log itself: opening, keys, commitments; --ids shows them too."""
    return [item for item in items if out.ids or item["kind"] not in lines.OF_THE_LOG]


def read_out(
    view: str, liner: lines.Liner, none: str, party: As, at: At, dir_: Dir, out: Printer, foot: str = ""
) -> int:
    """Fetch a view and read it out: each thing by its liner, `none` where nothing is, `foot` below it all."""
    with desk(dir_, party) as here:
        answer = here.get(view, at=_instant(at))

    def lined(got: Any) -> Iterator[str]:  # noqa: ANN401
        yield from _each(got["items"], liner, out, none)
        if foot:
            yield f"\n{foot}"

    out.give(answer, lined)
    return 0


def _each(items: list[Any], liner: lines.Liner, out: Printer, none: str) -> Iterator[str]:
    for item in items:
        yield from liner(item, out)
    if not items and none:
        yield none


def hotline_of(here: Desk, name: str) -> str:
    """Give the id of a hotline by its name or id; the node refuses what is none."""
    items = here.get("hotlines")["items"]
    return str(next((item["subject"] for item in items if name in (item["name"], item["subject"])), name))
