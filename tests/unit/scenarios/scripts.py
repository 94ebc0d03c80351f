"""Small scripts for tests: a few parties, a zone, and what each test adds."""

from __future__ import annotations

import copy
from typing import Any

from keepclear.scenarios.loader import Bounds, Script, in_order, step_of

BOUNDS = Bounds(35.0, 31.5, 43.0, 38.0)


def at(minute: int, precision: str = "minute") -> dict[str, Any]:
    return {"local": f"2018-02-07 20:{minute:02d}", "offset": "+02:00", "precision": precision}


def party(identity: str, minute: int = 0) -> dict[str, Any]:
    return {
        "step": f"p-{identity}",
        "at": at(minute),
        "by": "PRESS",
        "tell": "public",
        "mark": "I",
        "caption": f"{identity} is described.",
        "party": {"party": identity, "name": f"Party {identity}", "party_kind": "state force"},
    }


def zone(**more: Any) -> dict[str, Any]:
    body = {
        "name": "Zone one",
        "measure": "zone",
        "effect": "call",
        "basis": "declared",
        "shape": {"shape": "circle", "center": {"lon": 38.6, "lat": 33.5}, "radius_m": 55_000},
    }
    return act("z-1", 1, "COA", "measure", body, tell="public", subject="Z1") | more


def act(step: str, minute: int, by: str, kind: str, body: dict[str, Any], **more: Any) -> dict[str, Any]:
    common = {"step": step, "at": at(minute), "by": by, "mark": "I", "caption": "Something is stated."}
    return {**common, kind: body, **more}


def message(step: str = "m-1", minute: int = 2, **more: Any) -> dict[str, Any]:
    body = {"to": ["RUS"], "purpose": "concern", "texts": [{"words": "Whose is it?"}], "about": ["Z1"]}
    return act(step, minute, "COA", "message", body, tell=["RUS"], subject=f"S-{step}") | more


def answer(step: str = "a-1", minute: int = 3, to: str = "m-1") -> dict[str, Any]:
    return act(
        step, minute, "RUS", "answer", {"answer": "not ours", "about": ["Z1"]}, tell=["COA"], answers=[to]
    )


def rung(of: str, minute: int = 4, value: str = "acknowledged") -> dict[str, Any]:
    body = {"of": of, "reader": "RUS", "rung": value, "role": "duty officer"}
    return act(f"r-{of}", minute, "RUS", "rung", body, tell=["COA"])


def script(*steps: dict[str, Any]) -> Script:
    parties = [party(name) for name in ("PRESS", "COA", "RUS")]
    read = [step_of(copy.deepcopy(step), "test") for step in (*parties, *steps)]
    return Script("test", "A test", "A reconstruction.", BOUNDS, in_order(read))
