"""Numbered checks of a scenario: what a party, user or auditor must be able to see, at which time.

A check looks only at what a view gives over HTTP. Whoever runs checks hands in `fetch`; the answer is judged
by a JMESPath expression and compared with one value. A check whose work is not due yet is not looked at.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

import jmespath
import jmespath.exceptions
from msgspec import Struct

from keepclear.errors import Malformed
from keepclear.model.words import PartyId
from keepclear.scenarios.changes import Setting, Twin
from keepclear.scenarios.loader import Script, converted
from keepclear.scenarios.player import Played
from keepclear.scenarios.reading import read_yaml
from keepclear.times import utc

EXPECT = "expect.yaml"
COVERAGE = "coverage.yaml"
END = "end"
_NAMED = re.compile(r"\$\{([^}]+)\}")


class Due(StrEnum):
    """The piece of work in which a check must pass."""

    FOUNDATION = "Foundation"
    HOTLINE = "Hotline"
    LIVE = "Live"
    NOTICES = "Notices"


DONE = frozenset({Due.FOUNDATION, Due.HOTLINE, Due.LIVE})
"""The pieces of work that are done, so that their checks are looked at."""


class Look(Struct, frozen=True, forbid_unknown_fields=True, rename={"party": "as", "value": "is"}):
    """One look at a view: as whom, when, which view, what in it (JMESPath), and what it must be.

    In `get` and `that`, and in strings of `is`, `${2-08b}` stands for the id of that step's statement and
    `${B-7}` for the id of the subject of that name.
    """

    party: PartyId
    get: str
    that: str
    value: Any
    at: str = END


class Check(Struct, frozen=True, forbid_unknown_fields=True):
    """One numbered check with its looks, all of which must hold, and its twins, each of which must fail."""

    id: str
    due: Due
    check: str
    refs: tuple[str, ...]
    looks: tuple[Look, ...] = ()
    twins: tuple[Twin, ...] = ()
    kind: str = ""


class Held(Struct, frozen=True, forbid_unknown_fields=True, rename={"denied": "not"}):
    """Which steps a party held at a time, and which it did not hold."""

    party: PartyId
    at: str
    held: tuple[str, ...]
    denied: tuple[str, ...]


class Expectations(Struct, frozen=True, forbid_unknown_fields=True):
    """All checks of a scenario; `include` takes in the checks of scenarios that are woven into this one.

    `done` names pieces of work that are done for this scenario before they are for all.
    """

    scenario: str
    checks: tuple[Check, ...] = ()
    held: tuple[Held, ...] = ()
    include: tuple[str, ...] = ()
    done: tuple[Due, ...] = ()


class Verdict(StrEnum):
    """What came of a check."""

    PASS = "pass"  # noqa: S105 - no secret
    FAIL = "fail"
    NOT_YET = "not yet"


class Result(Struct, frozen=True):
    """What came of one check; for a failed one, what was found where what was expected."""

    id: str
    due: str
    check: str
    refs: tuple[str, ...]
    verdict: Verdict
    words: str = ""


Fetch = Callable[[PartyId, str, datetime | None], Any]
"""Gives a party's view by its path, as JSON values: `fetch(party, "incidents", at)`; `at` None is now.

For `held` it gives all pages as one.
"""


def expectations(folder: Path) -> Expectations:
    """Read a scenario's checks.

    Raises:
        Malformed: the file breaks the format; names the field.
    """
    read: Expectations = converted(read_yaml(folder / EXPECT), Expectations, f"{folder.name}/{EXPECT}")
    checks = [check for name in read.include for check in expectations(folder.parent / name).checks]
    return Expectations(read.scenario, (*checks, *read.checks), read.held, done=read.done)


def run(expected: Expectations, played: Played, fetch: Fetch, done: frozenset[Due] = DONE) -> list[Result]:
    """Run all checks of a scenario against what has been played."""
    return [
        *(judge(check, played, fetch, done | set(expected.done)) for check in expected.checks),
        *_held(expected, played, fetch),
    ]


def judge(check: Check, played: Played, fetch: Fetch, done: frozenset[Due] = DONE) -> Result:
    """Run one check; a check that is not due yet is not looked at and never passes."""
    if check.due not in done:
        return Result(check.id, check.due, check.check, check.refs, Verdict.NOT_YET)
    faults = [fault for look in check.looks if (fault := fault_of(look, played, fetch))]
    if not check.looks:
        faults = ["the check looks at nothing"]
    verdict = Verdict.FAIL if faults else Verdict.PASS
    return Result(check.id, check.due, check.check, check.refs, verdict, "; ".join(faults))


def fault_of(look: Look, played: Played, fetch: Fetch) -> str:
    """Look once; give what is wrong in words, or nothing."""
    try:
        answer = fetch(look.party, _filled(look.get, played), moment(look.at, played))
        found = jmespath.search(_filled(look.that, played), answer)
        wanted = _filled_all(look.value, played)
    except Malformed as error:
        return str(error)
    except jmespath.exceptions.JMESPathError as error:
        return f"{look.that} does not fit what {look.get} gives: {error}"
    if _same(found, wanted):
        return ""
    return f"{look.party} {look.get} at {look.at}: {look.that} is {_short(found)}, expected {_short(wanted)}"


def _same(found: Any, wanted: Any) -> bool:  # noqa: ANN401 - JSON values
    """Compare JSON values; true is not 1."""
    if isinstance(found, bool) or isinstance(wanted, bool):
        return found is wanted
    if isinstance(found, list) and isinstance(wanted, list):
        return len(found) == len(wanted) and all(map(_same, found, wanted))
    if isinstance(found, dict) and isinstance(wanted, dict):
        return found.keys() == wanted.keys() and all(_same(found[key], wanted[key]) for key in found)
    return bool(found == wanted)


def _short(value: Any) -> str:  # noqa: ANN401 - a JSON value
    said = repr(value)
    return said if len(said) <= 400 else said[:400] + " …"


def moment(at: str, played: Played) -> datetime | None:
    """Give the instant that a check means: a time, the moment of a step, or the end (None).

    Raises:
        Malformed: neither a time nor a step that was played.
    """
    if at == END:
        return None
    if at in played.steps:
        return played.steps[at].at
    if "T" in at:
        return utc(at)
    return played.made(at).at


def _filled(words: str, played: Played) -> str:
    """Put ids in place of the names of steps and subjects."""

    def identity(found: re.Match[str]) -> str:
        name = found[1]
        if name in played.steps:
            return played.steps[name].statement
        if name in played.subjects:
            return played.subjects[name]
        raise Malformed(f'"${{{name}}}"', "known-name", "a step that was played, or a subject's name", "that")

    return _NAMED.sub(identity, words)


def _filled_all(value: Any, played: Played) -> Any:  # noqa: ANN401 - a JSON value
    if isinstance(value, str):
        return _filled(value, played)
    if isinstance(value, list):
        return [_filled_all(item, played) for item in value]
    if isinstance(value, dict):
        return {key: _filled_all(item, played) for key, item in value.items()}
    return value


def _held(expected: Expectations, played: Played, fetch: Fetch) -> Iterator[Result]:
    """Check what each party held, and did not hold, at the times that are stated."""
    for row in expected.held:
        check = f"what {row.party} held and did not hold at {row.at}"
        faults = held_faults(row, played, fetch)
        verdict = Verdict.FAIL if faults else Verdict.PASS
        yield Result(f"held {row.party} {row.at}", Due.FOUNDATION, check, (), verdict, "; ".join(faults))


def held_faults(row: Held, played: Played, fetch: Fetch) -> list[str]:
    """Give in words which steps a party lacked or held against what is stated."""
    try:
        answer = fetch(row.party, "held", moment(row.at, played))
        there = {item["statement"] for item in answer["items"]}
        lacked = [step for step in row.held if played.made(step).statement not in there]
        leaked = [
            step for step in row.denied if step in played.steps and played.made(step).statement in there
        ]
    except Malformed as error:
        return [str(error)]
    return [
        *(f"{row.party} did not hold step {step}" for step in lacked),
        *(f"{row.party} held step {step}, which it was not told" for step in leaked),
    ]


def unknown_steps(script: Script, expected: Expectations) -> list[str]:
    """Give the steps that a scenario's checks name and its script does not hold."""
    known = {step.step for step in script.steps}
    named: set[str] = set()
    for row in expected.held:
        named.update(row.held, row.denied)
    for check in expected.checks:
        for twin in check.twins:
            named.update([twin.drop] if isinstance(twin.drop, str) else twin.drop)
    return sorted(named - known)


def tally(results: Iterable[Result]) -> dict[Verdict, int]:
    """Count the verdicts."""
    counts = dict.fromkeys(Verdict, 0)
    for result in results:
        counts[result.verdict] += 1
    return counts


class Row(Struct, frozen=True, forbid_unknown_fields=True):
    """One row of an acceptance list: the steps that state it, its main value altered, and where it shows."""

    row: str
    steps: tuple[str, ...]
    main: Setting
    looks: tuple[Look, ...]


class Coverage(Struct, frozen=True, forbid_unknown_fields=True):
    """The rows that a scenario covers."""

    scenario: str
    rows: tuple[Row, ...]


def coverage(folder: Path) -> Coverage:
    """Read which rows of the acceptance list a scenario covers, and how each shows.

    Raises:
        Malformed: the file breaks the format; names the field.
    """
    read: Coverage = converted(read_yaml(folder / COVERAGE), Coverage, f"{folder.name}/{COVERAGE}")
    return read


def row_faults(row: Row, played: Played, fetch: Fetch) -> list[str]:
    """Look for a row; give in words what does not show."""
    return [fault for look in row.looks if (fault := fault_of(look, played, fetch))]
