"""Recorded flights among which a scenario is played: which recording, at whose desk, on whose word.

The recording is not shipped: `flights.yaml` names the file within the folder where recordings are kept.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from msgspec import Struct

from keepclear.errors import Malformed
from keepclear.model.feeds import FeedName
from keepclear.model.parties import PartyStated
from keepclear.model.words import PartyId
from keepclear.scenarios.demo import Cue, Demo, Focus, Recorded, Scene, caption_of, party_names, sample_plan
from keepclear.scenarios.loader import Script, converted, instants
from keepclear.scenarios.reading import read_yaml
from keepclear.times import utc

FLIGHTS = "flights.yaml"


class Flights(Struct, frozen=True, forbid_unknown_fields=True):
    """What is recorded of a scenario: `recording` within the folder of recordings, heard by `feed` at `desk`.

    `view` is what the map shows at first: west, south, east, north. `begins` is from when on it is played
    where people watch (RFC 3339): what was told before stands by then.
    """

    scenario: str
    recording: str
    brought_by: str
    feed: FeedName
    desk: PartyId
    desks: tuple[PartyId, ...]
    begins: str
    view: tuple[float, float, float, float]
    title: str
    credit: str
    licence: str
    address: str
    sample_plan: str

    @property
    def begins_at(self) -> datetime:
        """Give the instant from which on it is played, UTC."""
        return utc(self.begins)


def flights(folder: Path) -> Flights:
    """Read which recording a scenario is played among.

    Raises:
        Malformed: there is no such file, it says something else, or the desk is none of those shown.
    """
    found: Flights = converted(read_yaml(folder / FLIGHTS), Flights, f"{folder.name}/{FLIGHTS}")
    if found.desk not in found.desks:
        asked = f'the desk "{found.desk}" that hears the flights'
        raise Malformed(asked, "flights-desk", f"one of {', '.join(found.desks)}", "desk")
    _ = found.begins_at
    return found


def programme(
    folder: Path,
    script: Script,
    found: Flights,
    recorded: Recorded,
    duration_s: float,
    second_of: Callable[[datetime], float],
) -> Demo:
    """Give what a page shows of it: each act captioned as it comes, and the map where the script plays.

    Args:
        folder: of the scenario.
        script: its acts; none of them waits here, since the recording paces them.
        found: what is recorded of it.
        recorded: the same, as the page says it.
        duration_s: how long the recording takes at its pace, in seconds.
        second_of: gives for an instant of the recording the second at which it is played.
    """
    sources, names = script.sources(), party_names(script)
    cues = [
        Cue(second_of(at), step.step, step.by, Focus(_view(step.body)))
        for step, at in zip(script.steps, instants(script.steps), strict=True)
    ]
    captions = tuple(
        caption_of(number, cue, script.step(cue.step), sources, names) for number, cue in enumerate(cues, 1)
    )
    scene = Scene(1, found.title, 0.0, duration_s, Focus("measures"))
    return Demo(
        script.scenario, script.caption, duration_s, found.desks, names, (scene,), captions,
        dict.fromkeys((step.step for step in script.steps), 0.0), sample_plan(folder / found.sample_plan),
        found.view, recorded,
    )  # fmt: skip


def _view(body: object) -> str:
    return "parties" if isinstance(body, PartyStated) else "measures"
