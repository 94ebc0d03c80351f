"""The command that lays two parties' records side by side; needs no trust in either file."""

from __future__ import annotations

import io
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import Annotated, Any

import msgspec
from cyclopts import Parameter

from keepclear.cli.client import FOLDER, desk
from keepclear.cli.looking import As, Dir, Json
from keepclear.cli.output import Printer, bold, instant, safe, say
from keepclear.cli.telling import Key
from keepclear.errors import Malformed
from keepclear.links.tlog.port import read_zip
from keepclear.links.tlog.sides import VerifiedSide, read_files, verified_side
from keepclear.links.tlog.verify import GRADES
from keepclear.service.settings import SETTINGS
from keepclear.times import text, utc
from keepclear.views.comparing import statement_of
from keepclear.views.reconciling import OURS, THEIRS, Compared, Finding, Reach, Reconciliation, reconcile

CAVEAT = "This compares records. It does not say who is right, nor what happened."


class _Answer(msgspec.Struct, frozen=True):
    grades: dict[str, dict[str, Any]]
    found: Reconciliation


def reconcile_records(
    ours: Annotated[Path, Parameter(help="Our export (folder or ZIP), or the folder of our node.")],
    theirs: Annotated[Path, Parameter(help="The other side's export (folder or ZIP).")],
    /,
    *,
    from_: Annotated[
        str | None, Parameter(name="--from", help="Only what was recorded from then on (RFC 3339).")
    ] = None,
    to: Annotated[str | None, Parameter(help="Only what was recorded before then (RFC 3339).")] = None,
    policy: Annotated[Path | None, Parameter(help="Keys that you confirmed, in a file from outside.")] = None,
    pin: Annotated[
        list[str] | None, Parameter(negative="", help="One such key, reader/RUS=VKEY; may be given again.")
    ] = None,
    with_: Annotated[
        str | None,
        Parameter(name="--with", help="Of our node only what it shares with that party, as export --with."),
    ] = None,
    state: Annotated[
        bool, Parameter(negative="", help="State the result in the own log, which ends the monthly alarm.")
    ] = False,
    by: Annotated[str, Parameter(help="Who compared, by name; asked for with --state.")] = "",
    party: As = None,
    key: Key = None,
    dir_: Dir = FOLDER,
    json: Json = False,
) -> int:
    """Lay two records side by side: what one holds and the other does not, by day; decides nothing.

    Each side is verified first. Split views are stated whatever the period. A node may stand for our side.

    Exit status: 0 nothing differs, 2 differences, 1 error.
    """
    period = (None if from_ is None else utc(from_), None if to is None else utc(to))
    sides = {
        OURS: _side(OURS, ours, policy, pin, party, with_),
        THEIRS: _side(THEIRS, theirs, policy, pin, party, with_),
    }
    found = reconcile(sides[OURS].record, sides[THEIRS].record, *period)
    answer = _Answer({name: _grade(side) for name, side in sides.items()}, found)
    Printer(as_json=json).give(answer, _lines)
    if state:
        _state(found, dir_ if not (ours / SETTINGS).is_file() else ours, party, by, key)
    return 2 if found.findings else 0


def _state(found: Reconciliation, folder: Path, party: str | None, by: str, key: str | None) -> None:
    """State in the own log that the records were compared, and what came of it."""
    if not by.strip():
        raise Malformed("a reconciliation without a name", "reconciled-by", "--by with who compared")
    with desk(folder, party) as here:
        body = statement_of(found, here.party, by.strip())
        made = here.post("statements", {"body": msgspec.to_builtins(body)}, key)
    words = f"compared with {body.with_party}, {body.result}"
    say(f"Stated by {safe(here.party)}, told to nobody: {safe(words)}. Statement {made['statement']}")


def _side(
    name: str,
    path: Path,
    policy: Path | None,
    pin: list[str] | None,
    party: str | None,
    with_: str | None,
) -> VerifiedSide:
    if not path.exists():
        raise Malformed(f"{name} in {path}: no such file or folder", "no-such-file", "an export or a node")
    if (path / SETTINGS).is_file():
        with desk(path, party) as here:
            files = read_zip(io.BytesIO(here.raw("export", **{"with": with_})))
    else:
        files = read_files(path)
    return verified_side(f"{name} in {path}", files, path, policy, pin or ())


def _grade(side: VerifiedSide) -> dict[str, Any]:
    grade = side.verdict.grade
    return {"grade": grade, "grade_text": GRADES[grade], "notes": side.verdict.notes}


def _lines(answer: _Answer) -> Iterator[str]:
    for name, verdict in answer.grades.items():
        yield f"{_begun(name)} verifies at grade {verdict['grade']}, {safe(verdict['grade_text'])}."
    for each in answer.found.compared:
        yield _compared(each)
    for name, logs in ((OURS, answer.found.only_ours), (THEIRS, answer.found.only_theirs)):
        if logs:
            listed = safe(", ".join(map(str, logs)))
            yield f"Not compared, for the other side is not a party to them: {listed} in {name}."
    for day, rows in groupby(answer.found.findings, lambda each: each.at.date()):
        yield ""
        yield bold(day.isoformat())
        yield from map(_finding, rows)
    yield ""
    if not answer.found.findings:
        yield "Nothing differs in what was compared."
    yield CAVEAT


def _begun(words: str) -> str:
    return words[:1].upper() + words[1:]


def _finding(found: Finding) -> str:
    return f"  {found.at:%H:%M:%S}Z  {safe(found.words)}"


def _compared(each: Compared) -> str:
    return safe(f"{each.log}: {OURS} {_reach(each.ours)}; {THEIRS} {_reach(each.theirs)}.")


def _reach(reach: Reach | None) -> str:
    if reach is None:
        return "holds no copy"
    until = "" if reach.until is None else f", the last recorded {instant(text(reach.until))}"
    return f"reaches size {reach.size} (checkpoint {reach.root[:16]}{until})"
