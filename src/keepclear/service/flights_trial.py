"""What must hold of alarms about recorded flights: raised where an area stands, and only while it does."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from msgspec import Struct

from keepclear.model.measures import MeasureStated
from keepclear.model.telling import Revoked
from keepclear.scenarios.loader import Script, instants
from keepclear.service.apart_trial import Finding
from keepclear.service.track_replay import Said, Summary


class Stood(Struct, frozen=True):
    """From when until when a measure of a script stands; None for ever."""

    name: str
    since: datetime
    until: datetime | None

    def holds(self, at: datetime) -> bool:
        """Tell whether it stands at an instant."""
        return self.since <= at and (self.until is None or at <= self.until)


def stood(script: Script) -> tuple[Stood, ...]:
    """Give the measures that a script declares, each with its time."""
    ends: dict[str, datetime] = {}
    begun: dict[str, Stood] = {}
    for step, at in zip(script.steps, instants(script.steps), strict=True):
        if isinstance(step.body, MeasureStated):
            begun[step.name] = Stood(step.body.name, at, None)
        elif isinstance(step.body, Revoked):
            ends[step.body.of] = at
    return tuple(Stood(each.name, each.since, ends.get(name)) for name, each in begun.items())


def called_where_they_flew(script: Script, summary: Summary) -> Iterator[Finding]:
    """Hold the alarms of a replay against the acts: every area called about, and none while it did not stand.

    Args:
        script: the acts, as they are told in the story.
        summary: what the replay came to; its acts may be others, as in a twin.
    """
    areas = stood(script)
    raised = [line for line in summary.alarms if line.what == "raised"]
    for area in areas:
        about = [line for line in raised if area.name in line.title]
        yield Finding(
            f"the desk is called about recorded aircraft in the {area.name}", bool(about), "no alarm names it"
        )
    stray = [line for line in raised if not _stands(areas, line)]
    said = "; ".join(f"{line.at:%Y-%m-%d %H:%MZ} {line.title}" for line in stray[:3])
    yield Finding("no alarm names an area before it was declared or after it was taken back", not stray, said)
    ended = sum(line.what == "over" for line in summary.alarms)
    open_still = len(raised) - ended
    said = f"{open_still} of {len(raised)} have not ended"
    yield Finding(
        "every alarm ends when its aircraft has left, but for those of the last minutes",
        0 <= open_still <= len(areas),
        said,
    )


def _stands(areas: tuple[Stood, ...], line: Said) -> bool:
    return any(area.name in line.title and area.holds(line.at) for area in areas)
