"""An escalation plan says at which station the role of its step is on shift, where the rota says so.

The plan stands in a statement for good, so that it names stations alone; the watch shows who is there.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from msgspec.structs import replace

from keepclear.model.alarms import AlarmRaised, PlanStep
from keepclear.views.shifts import RotaRow, on_shift


def with_stations(rows: Sequence[RotaRow], body: AlarmRaised, now: datetime) -> AlarmRaised:
    """Name in each step of an alarm's plan where its role is on shift when it falls due, late steps now."""
    steps = tuple(_step(rows, step, body.counts_from, now) for step in body.plan.steps)
    return body if steps == body.plan.steps else replace(body, plan=replace(body.plan, steps=steps))


def _step(rows: Sequence[RotaRow], step: PlanStep, counts_from: datetime, now: datetime) -> PlanStep:
    at = max(now, counts_from + timedelta(seconds=step.after_s))
    there = on_shift(rows, step.role, at)
    stations = "; ".join(dict.fromkeys(row.station for row in there if row.station))
    if not stations:
        return step
    return replace(step, words=f"On shift at {stations}. {step.words}".strip()[:4_000])
