"""Changes to a script: the twins of checks, which must make those checks fail.

A twin drops steps, sets one value, adds a step, or lets nothing fire by itself. What speaks of a dropped step
loses that mention; a step that cannot stand without it is dropped, too.
"""

from __future__ import annotations

import copy
from typing import Any

import msgspec
from msgspec import Struct

from keepclear.errors import Malformed
from keepclear.scenarios.loader import REFERENCES, Script, Step, in_order, names, step_of


class Setting(Struct, frozen=True, forbid_unknown_fields=True):
    """One value in one step: the dotted path to it (`claim.count.low`, `measure.posts.0`) and the new value.

    A value of null takes the key out.
    """

    step: str
    path: str
    value: Any = None


class Twin(Struct, frozen=True, forbid_unknown_fields=True):
    """What is changed in a twin: steps dropped, values set, or steps added; or no deadline fires."""

    drop: str | list[str] = []
    set: Setting | list[Setting] = []
    add: list[dict[str, Any]] = []
    deadlines: bool = True


def with_change(script: Script, twin: Twin) -> Script:
    """Give the script as its twin has it.

    Raises:
        Malformed: the twin names a step or value that is not there, or changes nothing.
    """
    steps = list(script.steps)
    for setting in [twin.set] if isinstance(twin.set, Setting) else twin.set:
        script.step(setting.step)
        at = next(number for number, step in enumerate(steps) if step.step == setting.step)
        steps[at] = _set(steps[at], setting)
    steps.extend(step_of(written, "twin") for written in twin.add)
    dropped = [twin.drop] if isinstance(twin.drop, str) else twin.drop
    for name in dropped:
        script.step(name)
    kept = _without(list(in_order(steps)), set(dropped))
    same = tuple(step.written for step in kept) == tuple(step.written for step in script.steps)
    if same and twin.deadlines:
        raise Malformed(
            "a twin that changes nothing", "twin-change", "a drop, a new value or an added step", "twin"
        )
    return msgspec.structs.replace(script, steps=tuple(kept), deadlines=twin.deadlines)


def _set(step: Step, setting: Setting) -> Step:
    """Set one value in a step as it is written, and read it again."""
    written = copy.deepcopy(step.written)
    *above, last = setting.path.split(".")
    place: Any = written
    for key in above:
        place = place[_key(place, key, step, setting.path)]
    if isinstance(place, dict) and setting.value is not None:
        place[last] = copy.deepcopy(setting.value)
    elif setting.value is None:
        del place[_key(place, last, step, setting.path)]
    else:
        place[_key(place, last, step, setting.path)] = copy.deepcopy(setting.value)
    return step_of(written, step.folder)


def _key(place: Any, key: str, step: Step, path: str) -> Any:  # noqa: ANN401 - a YAML value
    if isinstance(place, dict) and key in place:
        return key
    if isinstance(place, list) and key.isdigit() and int(key) < len(place):
        return int(key)
    raise Malformed(
        f'the path "{path}" in step {step.step}', "twin-path", "a path that is written there", "path"
    )


def _without(steps: list[Step], dropped: set[str]) -> list[Step]:
    """Leave out the dropped steps, every mention of them, and what cannot stand without such a mention."""
    kept: list[Step] = []
    subjects: set[str] = set()
    made: set[str] = set()
    for step in steps:
        if step.step in dropped:
            continue
        missing = {name.name for name in names(step) if name.name not in (subjects if name.subject else made)}
        whole = _struck(step, missing) if missing else step
        if whole is None:
            continue
        kept.append(whole)
        subjects.update((step.name, step.step))
        made.add(step.step)
    return kept


def _struck(step: Step, missing: set[str]) -> Step | None:
    """Strike out mentions of what is missing; None where the step cannot stand without them."""
    written = copy.deepcopy(step.written)
    body = written[step.kind]
    for reference in REFERENCES[type(step.body)]:
        value = body.get(reference.field)
        if reference.many and value:
            body[reference.field] = [name for name in value if name not in missing]
        elif value in missing:
            del body[reference.field]
    if "answers" in written:
        written["answers"] = [name for name in written["answers"] if name not in missing]
        if step.kind == "answer" and not written["answers"]:
            return None
    for key in ("thread", "source"):
        if isinstance(written.get(key), str) and written[key] in missing:
            del written[key]
            if key == "source" and step.via == "press":
                return None
    try:
        return step_of(written, step.folder)
    except Malformed:
        return None
