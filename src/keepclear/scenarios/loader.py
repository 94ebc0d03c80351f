"""A scenario's script: the acts of people in order of time, with names where a record holds ids.

The format is described in docs/reference/scenarios.md. Reading checks the shape of every step against the
model, so that a script that loads can be played; what a good script must honour besides is `lint`'s.
"""

from __future__ import annotations

import copy
import typing
from datetime import datetime, timedelta
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from keepclear.errors import Malformed
from keepclear.model.statements import KINDS, REFERENCE_FIELDS, Body, kind_of
from keepclear.model.words import PUBLIC, Form, Mark, PartyId, Speaker, StatementId, SubjectId, Via
from keepclear.scenarios.reading import read_yaml
from keepclear.times import Precision, Stamp, Window, stamp, text

BY_THE_NODE = frozenset(
    {
        "log-opened", "log-closed", "key", "conflict", "hits-capped", "not-told", "forwarded",
        "alarm", "alarm-step", "clock-event", "draft-submitted", "draft-decided",
        "commitment", "commitment-table", "commitment-opened",
    }
)  # fmt: skip


class ToldOn(Struct, frozen=True, tag_field="kind", tag="tell-on", forbid_unknown_fields=True):
    """An act of a script that states nothing new: what an earlier step stated is told to more readers."""

    of: StatementId


BODY_KEYS: dict[str, type[Struct]] = {
    **{kind_of(kind): kind for kind in KINDS if kind_of(kind) not in BY_THE_NODE},
    kind_of(ToldOn): ToldOn,
}
SCRIPT = "script.yaml"
_TICK = timedelta(microseconds=1)


class Step(Struct, frozen=True, kw_only=True):
    """One act as the script gives it: who tells whom what, when, on whose word.

    Fields of the body that hold ids hold names here: a subject's name, or the id of the step that states it.
    `written` is the step as it stands in the file, for changes and for showing; `folder` says in which.
    """

    step: str
    folder: str
    at: Stamp
    by: PartyId
    kind: str
    body: Body | ToldOn
    mark: Mark
    caption: str
    written: dict[str, Any]
    tell: tuple[PartyId, ...] = ()
    said_by: Speaker | None = None
    said_at: Stamp | None = None
    via: Via = Via.DIRECT
    source: str | None = None
    acc: tuple[str, ...] = ()
    subject: str | None = None
    form: Form = Form.EXACT
    valid: Window | None = None
    answers: tuple[str, ...] = ()
    thread: str | None = None
    onward: bool = True
    remarks: str = ""
    not_telling: dict[PartyId, str] = {}

    @property
    def name(self) -> str:
        """The name under which later steps speak of this step's subject."""
        return self.subject or self.step


class Bounds(Struct, frozen=True, forbid_unknown_fields=True):
    """The part of the world in which a scenario plays, in degrees: a point outside it was mistyped."""

    west: float
    south: float
    east: float
    north: float

    def holds(self, lon: float, lat: float) -> bool:
        """Tell whether a position lies in these bounds, edges included."""
        return self.west <= lon <= self.east and self.south <= lat <= self.north


class Script(Struct, frozen=True):
    """A scenario's acts in the order in which they are played.

    `deadlines` tells whether what falls due between two acts fires; a twin may have it off.
    """

    scenario: str
    title: str
    caption: str
    bounds: Bounds
    steps: tuple[Step, ...]
    deadlines: bool = True

    def step(self, identity: str) -> Step:
        """Give a step by its id.

        Raises:
            Malformed: no step has it.
        """
        for step in self.steps:
            if step.step == identity:
                return step
        raise Malformed(f'a step "{identity}"', "known-step", f"a step of {self.scenario}", "step")

    def sources(self) -> dict[str, str]:
        """Give the names of the sources by the names that the script gives to their subjects."""
        return {
            step.name: str(getattr(step.body, "name", "")) for step in self.steps if step.kind == "source"
        }


class _Include(Struct, frozen=True, forbid_unknown_fields=True, rename={"origin": "from"}):
    """Steps that are taken in from another scenario's folder."""

    origin: str
    steps: str | list[str]


class _File(Struct, frozen=True, forbid_unknown_fields=True):
    """A script as it stands in its file."""

    scenario: str
    title: str
    caption: str
    bounds: Bounds
    steps: list[dict[str, Any]]
    include: list[_Include] = []


class _Written(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A step's keys beside its body."""

    step: str
    at: Stamp
    by: PartyId
    mark: Mark
    caption: str
    tell: str | list[PartyId] = []
    said_by: Speaker | None = None
    said_at: Stamp | None = None
    via: Via = Via.DIRECT
    source: str | None = None
    acc: tuple[str, ...] = ()
    subject: str | None = None
    form: Form = Form.EXACT
    valid: Window | None = None
    answers: tuple[str, ...] = ()
    thread: str | None = None
    onward: bool = True
    remarks: str = ""
    not_telling: dict[PartyId, str] = {}


def load(folder: Path) -> Script:
    """Read a scenario's script, with the steps of other scenarios that it takes in.

    Raises:
        Malformed: a file or step that breaks the format; names the step and the field.
    """
    file = _file(folder)
    steps: list[Step] = []
    for include in file.include:
        if "/" in include.origin or include.origin.startswith("."):
            raise Malformed(
                f'a script that takes in "{include.origin}"',
                "include",
                "the name of a folder beside this one",
            )
        steps.extend(_taken(own_steps(folder.parent / include.origin), include))
    steps.extend(own_steps(folder))
    return Script(file.scenario, file.title, file.caption, file.bounds, in_order(steps))


def own_steps(folder: Path) -> list[Step]:
    """Read the steps that a folder's script holds itself, in the order in which they are written."""
    return [step_of(written, folder.name) for written in _ungrouped(_file(folder).steps, folder.name)]


def in_order(steps: typing.Iterable[Step]) -> tuple[Step, ...]:
    """Put steps in order of time; those of one instant keep their order.

    Raises:
        Malformed: two steps have one id.
    """
    known: dict[str, Step] = {}
    for step in steps:
        if step.step in known:
            raise Malformed(
                f'the step "{step.step}" twice, in {known[step.step].folder} and in {step.folder}',
                "step-once",
                "an id of its own for each step",
                "step",
            )
        known[step.step] = step
    return tuple(sorted(known.values(), key=lambda step: step.at.at))


def _file(folder: Path) -> _File:
    file: _File = converted(read_yaml(folder / SCRIPT), _File, f"{folder.name}/{SCRIPT}")
    return file


def _taken(steps: list[Step], include: _Include) -> list[Step]:
    if include.steps == "all":
        return steps
    wanted = [include.steps] if isinstance(include.steps, str) else include.steps
    for pattern in wanted:
        if not any(fnmatchcase(step.step, pattern) for step in steps):
            raise Malformed(
                f'taking in steps "{pattern}" of {include.origin}',
                "include",
                "steps that stand there",
                "include",
            )
    return [step for step in steps if any(fnmatchcase(step.step, pattern) for pattern in wanted)]


def _ungrouped(steps: list[dict[str, Any]], folder: str) -> typing.Iterator[dict[str, Any]]:
    """Give single steps; a group's `all` stands in each of its steps unless the step says otherwise."""
    for step in steps:
        if "all" not in step:
            yield step
            continue
        if set(step) != {"all", "steps"} or not isinstance(step["steps"], list):
            raise Malformed(
                f"a group of steps in {folder}", "step-group", 'the keys "all" and "steps"', "steps"
            )
        for inner in step["steps"]:
            yield {**step["all"], **inner}


def step_of(written: dict[str, Any], folder: str) -> Step:
    """Read one step.

    Raises:
        Malformed: naming the step and the field.
    """
    where = f"{folder}, step {written.get('step', '?')}"
    kind = _body_key(written, where)
    value = stamped(copy.deepcopy(written), where)
    body = converted({"kind": kind, **value.pop(kind)}, Body | ToldOn, f"{where}, {kind}")
    keys = converted(value, _Written, where)
    told = [PUBLIC] if keys.tell == PUBLIC else keys.tell
    if isinstance(told, str):
        raise Malformed(f"{where} that tells {told}", "tell", 'a list of parties, or "public"', "tell")
    fields = {name: getattr(keys, name) for name in keys.__struct_fields__}
    fields |= {"tell": tuple(told), "folder": folder, "kind": kind, "body": body, "written": written}
    if keys.said_at is None:
        fields["said_at"] = keys.at  # keeps the local words and the offset beside the instant
    return Step(**fields)


def _body_key(written: dict[str, Any], where: str) -> str:
    """Find the kind of a step: the one key that is a kind and holds a mapping (`source` may be either)."""
    found = [key for key in written if key in BODY_KEYS and isinstance(written[key], dict)]
    if len(found) != 1:
        asked = f"{where} with {' and '.join(found)}" if found else f"{where} without anything stated"
        other = next((key for key in written if key in BY_THE_NODE or key in RESULTS), None)
        if other is not None:
            asked = f'{where} with "{other}", which the system itself brings about'
        raise Malformed(asked, "one-body", f"one of {', '.join(sorted(BODY_KEYS))}")
    return found[0]


RESULTS = frozenset(
    ("alarm", "attention", "deadline", "finding", "ladder", "receipt", "timer", "trend", "verdict", "view")
)
"""Keys of things that must come out of the system; a script that holds one is refused."""


def stamped(value: Any, where: str) -> Any:  # noqa: ANN401 - YAML values
    """Replace every time written as local words and offset by the stamp that it means.

    Raises:
        Malformed: a time that is none.
    """
    if isinstance(value, list):
        return [stamped(item, where) for item in value]
    if not isinstance(value, dict):
        return value
    if "local" in value and "offset" in value:
        return _stamp(value, where)
    return {key: stamped(item, where) for key, item in value.items()}


def _stamp(value: dict[str, Any], where: str) -> dict[str, Any]:
    extra = sorted(set(value) - {"local", "offset", "precision", "about"})
    if extra or value.get("precision") not in tuple(Precision):
        raise Malformed(
            f"{where}: the time {value}",
            "stamp",
            "local, offset, precision, and about if it is approximate",
            "at",
        )
    try:
        made = stamp(
            value["local"], value["offset"], Precision(value["precision"]), about=value.get("about", False)
        )
    except Malformed as error:
        raise Malformed(f"{where}: {error.asked}", error.rule, error.passes, error.field) from error
    return {
        "at": text(made.at),
        "local": made.local,
        "offset": made.offset,
        "precision": made.precision.value,
        "about": made.about,
    }


def converted(value: Any, kind: Any, where: str) -> Any:  # noqa: ANN401 - the asked type
    """Read a value from a scenario's file as a typed one.

    Raises:
        Malformed: naming the file or step, and the field.
    """
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        message, _, path = str(error).partition(" - at ")
        cause = error.__cause__
        rule, passes = (
            (cause.rule, cause.passes) if isinstance(cause, Malformed) else ("type", "the documented type")
        )
        raise Malformed(f"{where}: {message}", rule, passes, path.strip("`").removeprefix("$.")) from error


class Reference(Struct, frozen=True):
    """A field of a body that names others: statements by their step, or subjects by their name."""

    field: str
    many: bool
    subject: bool


def _references() -> dict[type[Struct], tuple[Reference, ...]]:
    table = {}
    for kind in KINDS:
        hints = typing.get_type_hints(kind)
        table[kind] = tuple(
            Reference(field, many, _holds(hints[field], SubjectId)) for field, many in REFERENCE_FIELDS[kind]
        )
    table[ToldOn] = (Reference("of", False, False),)
    return table


def _holds(hint: object, wanted: object) -> bool:
    return hint is wanted or any(_holds(argument, wanted) for argument in typing.get_args(hint))


REFERENCES = _references()


class Name(Struct, frozen=True):
    """A name that a step uses: of a subject or a statement, and in which field."""

    name: str
    subject: bool
    field: str


def names(step: Step) -> list[Name]:
    """List what a step speaks about by name."""
    found = [Name(name, False, "answers") for name in step.answers]
    if step.source is not None:
        found.append(Name(step.source, True, "source"))
    if step.thread is not None:
        found.append(Name(step.thread, True, "thread"))
    for reference in REFERENCES[type(step.body)]:
        value = getattr(step.body, reference.field)
        used = value if reference.many else (value,) if value is not None else ()
        found.extend(Name(name, reference.subject, f"{step.kind}.{reference.field}") for name in used)
    return found


def instants(steps: typing.Sequence[Step]) -> list[datetime]:
    """Give the instant at which each step is played: its own, or a microsecond after the one before.

    A coarse time is played at its first instant. Steps of one instant so keep their order, and an author's
    times rise strictly.
    """
    played: list[datetime] = []
    for step in steps:
        at = step.at.at
        if played and at <= played[-1]:
            at = played[-1] + _TICK
        played.append(at)
    return played
