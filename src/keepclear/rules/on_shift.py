"""An escalation plan names who has the role of its step on shift, where the rota says so."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from msgspec.structs import replace

from keepclear.model.alarms import AlarmRaised, PlanStep
from keepclear.views.shifts import RotaRow, on_shift


def with_persons(rows: Sequence[RotaRow], body: AlarmRaised, now: datetime) -> AlarmRaised:
    """Name in each step of an alarm's plan who is on shift when that step falls due, late steps now."""
    steps = tuple(_step(rows, step, body.counts_from, now) for step in body.plan.steps)
    return body if steps == body.plan.steps else replace(body, plan=replace(body.plan, steps=steps))


def _step(rows: Sequence[RotaRow], step: PlanStep, counts_from: datetime, now: datetime) -> PlanStep:
    at = max(now, counts_from + timedelta(seconds=step.after_s))
    there = on_shift(rows, step.role, at)
    if not there:
        return step
    named = "; ".join(f"{row.now_with}, {row.station}" if row.station else row.now_with for row in there)
    return replace(step, words=f"On shift: {named}. {step.words}".strip()[:4_000])
