"""The demo of a scenario: scenes, captions with account and speaker, and the second at which each step comes.

Captioned steps come at their stated second; the steps between two captions are spread over the time between
them, so that acts are played in the order of the script and none waits for another.
"""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from keepclear.errors import Malformed
from keepclear.model.parties import PartyStated
from keepclear.model.words import PartyId
from keepclear.scenarios.loader import Script, Step, converted
from keepclear.scenarios.reading import MAX_BYTES, read_yaml

DEMO = "demo.yaml"
MAX_DURATION_S = 75.0


class Focus(Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """What a scene or caption points at: a view of the desk, and a place on the map."""

    view: str
    lon: float | None = None
    lat: float | None = None
    zoom: float | None = None


class Scene(Struct, frozen=True, forbid_unknown_fields=True):
    """One scene and its seconds, half-open."""

    n: int
    title: str
    from_s: float
    to_s: float
    focus: Focus


class Cue(Struct, frozen=True, forbid_unknown_fields=True):
    """When a step is captioned, and at whose desk it is shown."""

    at_s: float
    step: str
    desk: PartyId
    focus: Focus


class _File(Struct, frozen=True, forbid_unknown_fields=True):
    scenario: str
    duration_s: float
    desks: tuple[PartyId, ...]
    scenes: tuple[Scene, ...]
    captions: tuple[Cue, ...]
    sample_plan: str


class Caption(Struct, frozen=True):
    """One caption: its second, the account and the speaker on whose word it rests, and the words."""

    n: int
    at_s: float
    step: str
    acc: tuple[str, ...]
    account: str
    speaker: str
    text: str
    mark: str
    desk: PartyId
    when: str
    focus: Focus


class Recorded(Struct, frozen=True):
    """What of a demo is recorded and not invented: by which feed it comes, from whom it is, on what terms.

    `began` and `ended` are RFC 3339 instants of the part that is played, `speed` how many times as fast as it
    was. What `feed` brings is all that is recorded; everything else of the demo is invented.
    """

    feed: str
    aircraft: int
    began: str
    ended: str
    speed: float
    credit: str
    licence: str
    address: str


class Demo(Struct, frozen=True):
    """What the demo shows: `seconds` gives for every step of the script when it is played.

    `view` is what its map shows at first, as west, south, east, north in degrees; None for the page's own.
    """

    scenario: str
    caption: str
    duration_s: float
    desks: tuple[PartyId, ...]
    names: dict[PartyId, str]
    scenes: tuple[Scene, ...]
    captions: tuple[Caption, ...]
    seconds: dict[str, float]
    sample_plan: Any
    view: tuple[float, float, float, float] | None = None
    recorded: Recorded | None = None


def demo(folder: Path, script: Script) -> Demo:
    """Read how a scenario is shown.

    Raises:
        Malformed: a caption of an unknown step, out of the script's order or beyond its scenes; scenes that
            leave a gap; too long a play.
    """
    file: _File = converted(read_yaml(folder / DEMO), _File, f"{folder.name}/{DEMO}")
    _scenes_join(file)
    cues = _in_order(file, script)
    sources = script.sources()
    names = party_names(script)
    return Demo(
        scenario=script.scenario,
        caption=script.caption,
        duration_s=file.duration_s,
        desks=file.desks,
        names=names,
        scenes=file.scenes,
        captions=tuple(
            caption_of(number, cue, script.step(cue.step), sources, names)
            for number, cue in enumerate(cues, 1)
        ),
        seconds=_seconds(file, cues, script),
        sample_plan=sample_plan(folder / file.sample_plan),
    )


def _scenes_join(file: _File) -> None:
    bounds = [(scene.from_s, scene.to_s) for scene in file.scenes]
    joined = all(before[1] == after[0] for before, after in pairwise(bounds))
    whole = bool(bounds) and bounds[0][0] == 0 and bounds[-1][1] == file.duration_s
    if not (joined and whole and file.duration_s <= MAX_DURATION_S):
        raise Malformed(
            f"scenes that do not fill {file.duration_s:g} s without a gap",
            "scenes",
            f"scenes from 0 to duration_s, each from where the last one ended, up to {MAX_DURATION_S:g} s",
            "scenes",
        )


def _in_order(file: _File, script: Script) -> tuple[Cue, ...]:
    """Give the captions in order of time; their steps must come in the script's order, too."""
    order = {step.step: number for number, step in enumerate(script.steps)}
    for cue in file.captions:
        script.step(cue.step)
        if not 0 <= cue.at_s < file.duration_s:
            raise Malformed(
                f"step {cue.step} at {cue.at_s:g} s", "caption-time", f"0 to {file.duration_s:g} s", "at_s"
            )
    for before, after in pairwise(file.captions):
        if not (before.at_s < after.at_s and order[before.step] < order[after.step]):
            raise Malformed(
                f"step {after.step} captioned at {after.at_s:g} s, after step {before.step}",
                "caption-order",
                "captions in the order of the script, each later than the one before",
                "captions",
            )
    return file.captions


def party_names(script: Script) -> dict[PartyId, str]:
    """Give the full names of the parties that a script describes."""
    return {step.body.party: step.body.name for step in script.steps if isinstance(step.body, PartyStated)}


def caption_of(
    number: int, cue: Cue, step: Step, sources: dict[str, str], names: dict[PartyId, str]
) -> Caption:
    """Give a caption: whose words it is, from which account, and when it comes."""
    account = sources.get(step.source, "") if step.source is not None else ""
    return Caption(
        n=number,
        at_s=cue.at_s,
        step=step.step,
        acc=step.acc,
        account=account or sources.get("INVENTED", "Invented for the exercise"),
        speaker=_speaker(step, names),
        text=step.caption,
        mark=step.mark.value,
        desk=cue.desk,
        when=step.at.shown(),
        focus=cue.focus,
    )


def _speaker(step: Step, names: dict[PartyId, str]) -> str:
    """Give whose words a step is: the speaker quoted, or the party that acts, by its full name."""
    if step.said_by is None:
        return names.get(step.by, step.by)
    office = f", {step.said_by.office}" if step.said_by.office else ""
    return f"{step.said_by.name}{office}"


def _seconds(file: _File, cues: tuple[Cue, ...], script: Script) -> dict[str, float]:
    """Spread the steps between captions evenly over the time between them."""
    captioned = {cue.step: cue.at_s for cue in cues}
    seconds: dict[str, float] = {}
    waiting: list[str] = []
    last_s = 0.0
    for step in script.steps:
        waiting.append(step.step)
        at_s = captioned.get(step.step)
        if at_s is not None:
            _spread(waiting, last_s, at_s, seconds)
            waiting, last_s = [], at_s
    _spread(waiting, last_s, min(file.duration_s, last_s + 1.0), seconds)
    return seconds


def _spread(steps: list[str], from_s: float, to_s: float, seconds: dict[str, float]) -> None:
    for number, step in enumerate(steps, 1):
        seconds[step] = from_s + (to_s - from_s) * number / len(steps)


def sample_plan(path: Path) -> Any:  # noqa: ANN401 - GeoJSON, read by the check itself
    """Read the plan that a page offers for checking.

    Raises:
        Malformed: there is none, it is too large, or it is no JSON.
    """
    try:
        encoded = path.read_bytes()
        if len(encoded) > MAX_BYTES:
            raise Malformed(f"{path.name} of {len(encoded)} bytes", "plan-size", f"at most {MAX_BYTES} bytes")
        return msgspec.json.decode(encoded)
    except (OSError, msgspec.DecodeError) as error:
        raise Malformed(f"the sample plan {path.name}: {error}", "sample-plan", "a GeoJSON file") from error
