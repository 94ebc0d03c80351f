"""What a good script must honour besides its format: no results, sources, neutral words, right places.

A script that loads can be played; a script that lints may be shown. Every rule gives the step, what is wrong
and what would pass.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from msgspec import Struct

from keepclear.errors import Malformed
from keepclear.geo.shapes import Point
from keepclear.model.hotline import Rung, RungReached
from keepclear.model.parties import PartyStated
from keepclear.model.telling import StatusStated
from keepclear.model.words import PUBLIC, Mark, PartyId, Via
from keepclear.scenarios.loader import Script, Step, load, names, own_steps

ARCHIVE = PartyId("PRESS")
MAX_CAPTION = 160

_MACHINE_RUNGS = frozenset((Rung.SENT, Rung.DELIVERED, Rung.DISPLAYED))
_COMPUTED_STATUS = re.compile(
    r"^(hold|unclaimed|claimed|raised|watched|overdue|operative|proposed|suspended|superseded|rising|falling)$",
    re.IGNORECASE,
)
_RESULT_WORDS = re.compile(r"\b(UNCLAIMED|HOLD|OVERDUE|no known conflict)\b")
_BARRED = re.compile(
    r"\b(regimes?|enem(?:y|ies)|hostiles?|terrorists?|target(?:s|ed|ing)?|friendl(?:y|ies)|"
    r"lines?|clear(?:ed|ance)?|safe|approved)\b",
    re.IGNORECASE,
)
_QUOTED = re.compile(r"\"[^\"]*\"|“[^”]*”|«[^»]*»")
# Where something was read is no wording of ours, and keys such as `shape` hold no words.
_NO_WORDS = frozenset(("file", "local", "offset"))


class Fault(Struct, frozen=True):
    """One thing that is wrong in a script."""

    step: str
    rule: str
    words: str
    passes: str

    def __str__(self) -> str:
        return f"step {self.step}: {self.words} [rule {self.rule}]. Accepted: {self.passes}."


def lint_folder(folder: Path) -> list[Fault]:
    """Lint a scenario's script in its folder; a script that cannot be read is one fault."""
    try:
        faults = lint(load(folder))
        own = own_steps(folder)
    except Malformed as error:
        return [Fault("?", error.rule, f"{error.asked} {error.field}".strip(), error.passes)]
    return [*faults, *_in_time(own)]


def lint(script: Script) -> list[Fault]:
    """Hold every step of a script against the rules; gives what is wrong, in the script's order."""
    known = _parties(script)
    faults = [*_names_known(script)]
    for step in script.steps:
        faults.extend(fault for rule in _RULES for fault in rule(step))
        faults.extend(_parties_known(step, known))
        faults.extend(_in_bounds(step, script))
    order = {step.step: number for number, step in enumerate(script.steps)}
    return sorted(faults, key=lambda fault: order.get(fault.step, -1))


def _parties(script: Script) -> set[str]:
    return {step.body.party for step in script.steps if isinstance(step.body, PartyStated)} | {PUBLIC}


def _parties_known(step: Step, known: set[str]) -> Iterator[Fault]:
    named = {step.by, *step.tell, *step.not_telling}
    if step.said_by is not None and step.said_by.party is not None:
        named.add(step.said_by.party)
    for party in sorted(named - known):
        yield Fault(
            step.step, "unknown-party", f"the party {party}", "a party that a step of kind party describes"
        )


def _names_known(script: Script) -> Iterator[Fault]:
    """Find names that nothing earlier made, and subjects that two parties would own."""
    subjects: dict[str, PartyId] = {}
    made: set[str] = set()
    for step in script.steps:
        for name in names(step):
            if name.name not in (subjects if name.subject else made):
                what = "a subject that an earlier step names" if name.subject else "the id of an earlier step"
                yield Fault(step.step, "known-name", f'"{name.name}" in {name.field}', what)
        owner = subjects.setdefault(step.name, step.by)
        if owner != step.by:
            yield Fault(step.step, "one-owner", f"{step.name} restated by {step.by}", f"its owner, {owner}")
        subjects.setdefault(step.step, step.by)
        made.add(step.step)


def _in_bounds(step: Step, script: Script) -> Iterator[Fault]:
    for point in _points(step.body):
        if script.bounds.holds(point.lon, point.lat):
            continue
        swapped = script.bounds.holds(point.lat, point.lon)
        hint = "; these two look like latitude first" if swapped else ""
        words = f"a position at lon {point.lon}, lat {point.lat}, outside the scenario{hint}"
        yield Fault(step.step, "coordinate-order", words, "lon and lat within the script's bounds")


def _points(value: object) -> Iterator[Point]:
    if isinstance(value, Point):
        yield value
    elif isinstance(value, Struct):
        for field in value.__struct_fields__:
            yield from _points(getattr(value, field))
    elif isinstance(value, tuple):
        for item in value:
            yield from _points(item)


def _in_time(own: list[Step]) -> Iterator[Fault]:
    """Find steps that stand before an earlier one in their file: a reader goes by the order of the file."""
    for before, step in itertools.pairwise(own):
        if step.at.at < before.at.at:
            words = f"{step.at.shown()} after step {before.step} of {before.at.shown()}"
            yield Fault(step.step, "date-order", words, "steps in order of time")


def _sourced(step: Step) -> Iterator[Fault]:
    if step.mark == Mark.INVENTED or step.kind == "source":
        return
    if step.source is None or step.source == "INVENTED":
        yield Fault(
            step.step,
            "citation",
            f'a step marked "{step.mark.value}" without a source',
            "a source, or mark I",
        )


def _signature(step: Step) -> Iterator[Fault]:
    """Nobody's signature is invented: the press speaks through the archive, desks act on invented clocks."""
    if step.by != ARCHIVE and step.mark == Mark.SOURCED:
        yield Fault(
            step.step,
            "signature",
            f"an act signed by {step.by}, marked S",
            'the press archive, or mark "S, clock I"',
        )
    if step.via == Via.PRESS and step.by != ARCHIVE:
        yield Fault(step.step, "signature", f"a press account signed by {step.by}", "the press archive")
    if step.via == Via.PRESS and step.said_by is None:
        yield Fault(step.step, "speaker", "a press account without its speaker", "said_by, unclear if it is")


def _no_results(step: Step) -> Iterator[Fault]:
    acts = "an act; this must come out of the system"
    if isinstance(step.body, RungReached) and step.body.rung in _MACHINE_RUNGS:
        yield Fault(step.step, "result", f'the rung "{step.body.rung}" of a machine', acts)
    if isinstance(step.body, StatusStated) and _COMPUTED_STATUS.match(step.body.status):
        yield Fault(step.step, "result", f'the status "{step.body.status}", which is worked out', acts)
    for words in _words(step.written):
        found = _RESULT_WORDS.search(words)
        if found is not None:
            yield Fault(step.step, "result", f'"{found[0]}" in "{words}"', acts)


def _neutral(step: Step) -> Iterator[Fault]:
    for words in _words(step.written):
        found = _BARRED.search(_QUOTED.sub("", words))
        if found is not None:
            passes = "a neutral word, or the speaker's own within quotation marks"
            yield Fault(step.step, "neutral-words", f'"{found[0]}" in "{words}"', passes)


def _words(value: Any) -> Iterator[str]:  # noqa: ANN401 - YAML values
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for item in value:
            yield from _words(item)
    elif isinstance(value, dict):
        for key, item in value.items():
            if key not in _NO_WORDS:
                yield from _words(item)


def _captioned(step: Step) -> Iterator[Fault]:
    if not 1 <= len(step.caption) <= MAX_CAPTION:
        yield Fault(
            step.step,
            "caption",
            f"a caption of {len(step.caption)} characters",
            f"one sentence up to {MAX_CAPTION}",
        )


_RULES: tuple[Callable[[Step], Iterator[Fault]], ...] = (
    _sourced,
    _signature,
    _no_results,
    _neutral,
    _captioned,
)
